"""Book value by hand: cost is written off over a life, by one of four methods, to nothing or to salvage."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Any

import pytest

from dealmodel.basics.kinds import place_kinds
from dealmodel.basics.moments import Moment
from dealmodel.basics.schedule import monthly_grid
from dealmodel.collateral.book import (
    BookMethod,
    DecliningBalanceBook,
    StraightLineBook,
    SumOfYearsDigitsBook,
    UnitsOfProductionBook,
)
from dealmodel.collateral.life import Life
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import prev
from dealmodel.lines.inputs import Input
from dealmodel.lines.trace import Trace
from dealmodel.lines.values import values_of
from dealmodel.market.clock import Clock

# One division and one subtraction.
ROUNDING = 1e-15
# A product of some sixty rounded factors.
PRODUCT = 1e-13


CLOSING = Moment(event="closing")
MID_APRIL = Moment(day=date(2027, 4, 15))


def book(years: float, periods: int, delivered: Moment, *, override: float | None = None) -> list[float]:
    """Share of the cost on the books at the end of the months 1..T by straight line."""
    overrides = None if override is None else {"book.life_years": override}
    method = StraightLineBook(method="straight_line", life_years=years)
    return left(method, periods, delivered, overrides=overrides)


def left(
    method: BookMethod,
    periods: int,
    delivered: Moment = CLOSING,
    *,
    hours: Sequence[float] = (),
    overrides: dict[str, float] | None = None,
) -> list[float]:
    """Share of the cost on the books at the end of the months 1..T. Closing is 31 December 2026.

    `hours` are the hours of use since delivery, month by month.
    """
    grid = monthly_grid(
        date(2026, 12, 31), date(2027, 1, 31), periods, payment_day="month_end", convention="none", calendar="NONE"
    )
    clock = Clock(grid, "month_end", {"closing": 0})
    place_kinds(method, "book")
    lines = Builder("book", periods=periods)
    lines.add_input(Input("time.month", "month", tuple(map(float, range(1, periods + 1))), monthly=True, live=False))
    for field in type(method).model_fields:
        value = getattr(method, field)
        if isinstance(value, int | float):
            lines.add_input(Input(f"book.{field}", "ratio", float(value)))
    month = lines.add_input(Input("delivered", "month", float(clock.month(delivered))))
    shares = clock.shares_after(lines, "x.delivered", delivered, month)
    age = lines.declare("x.age", unit="months", opening=0)
    lines.define(age, prev(age) + shares.share)
    used = lines.series("used", hours, unit="hours") if hours else None
    method.define(lines, Life("x", age, shares.started, shares.stub), used)
    model = lines.build()
    return Trace.of(model, values_of(model, overrides=overrides)).months("x.book_curve")


def test_five_years_by_hand() -> None:
    """A sixtieth a month: 59/60 after the first, 0.8 after a year, 1/60 a month before the end, 0 at it and after."""
    found = book(5.0, 66, Moment(event="closing"))
    assert [found[0], found[11], found[58]] == pytest.approx([59 / 60, 0.8, 1 / 60], abs=ROUNDING)
    assert found[59:] == [0.0] * 7


def test_every_month_writes_off_the_same_amount() -> None:
    found = [1.0, *book(4.0, 48, Moment(event="closing"))]
    written_off = [earlier - later for earlier, later in pairwise(found)]
    assert written_off == pytest.approx([1 / 48] * 48, abs=ROUNDING)


def test_nothing_is_written_off_before_delivery() -> None:
    """Delivered at the end of month 3, six months of life: 5/6 at the end of month 4."""
    assert book(0.5, 6, Moment(month=3)) == pytest.approx([1, 1, 1, 5 / 6, 4 / 6, 3 / 6], abs=ROUNDING)


def test_a_delivery_within_a_month_writes_off_a_share_of_the_month() -> None:
    """15 April leaves half of its month: half a sixth, then a sixth a month."""
    found = book(0.5, 6, Moment(day=date(2027, 4, 15)))
    assert found == pytest.approx([1, 1, 1, 1 - 0.5 / 6, 1 - 1.5 / 6, 1 - 2.5 / 6], abs=ROUNDING)


def test_a_life_shorter_than_a_month_is_over_in_it() -> None:
    """0.05 years are 0.6 months."""
    assert book(0.05, 2, Moment(event="closing")) == [0.0, 0.0]


def test_the_life_is_a_live_number() -> None:
    """Ten years in place of five leave 0.9 after one."""
    assert book(5.0, 12, Moment(event="closing"), override=10.0)[11] == pytest.approx(0.9, abs=ROUNDING)


def test_a_life_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="greater than 0"):
        StraightLineBook(method="straight_line", life_years=0.0)


def test_a_straight_line_ends_at_salvage() -> None:
    """1 - 0.9 x 1/2 = 0.55 after one of two years, 0.1 after two and for good."""
    found = left(StraightLineBook(method="straight_line", life_years=2.0, salvage=0.1), 30)
    assert found[11] == pytest.approx(0.55, abs=ROUNDING)
    assert found[23:] == pytest.approx([0.1] * 7, abs=ROUNDING)


# Declining balance


def declining(years: float, **fields: Any) -> DecliningBalanceBook:
    return DecliningBalanceBook(method="declining_balance", life_years=years, **fields)


def test_double_declining_balance_of_five_years() -> None:
    """0.6, 0.36, 0.216; then the straight line writes off more, and nothing is left after five years."""
    found = left(declining(5.0), 66)
    assert [found[11], found[23], found[35]] == pytest.approx([0.6, 0.36, 0.216], abs=PRODUCT)
    even = [earlier - later for earlier, later in pairwise(found[36:60])]
    assert even == pytest.approx([found[36] / 23] * 23, abs=PRODUCT)
    assert found[59:] == [0.0] * 7


def test_without_the_switch_the_balance_declines_for_good() -> None:
    """150% over five years is 0.3 a year: 0.7^5 = 0.16807 after five, 0.7^6 after six."""
    found = left(declining(5.0, factor=1.5, switch="never"), 72)
    assert [found[11], found[59], found[71]] == pytest.approx([0.7, 0.16807, 0.7**6], abs=PRODUCT)


def test_a_declining_balance_stops_at_salvage() -> None:
    """The rate applies to the whole balance: 0.6 after a year as without salvage; from 0.36 it goes no lower than 0.3.

    The straight line to 0.3 would take (0.6 - 0.3) / 48 = 0.00625 in month 13, the declining balance 0.6 x 0.0417.
    """
    found = left(declining(5.0, salvage=0.3), 66)
    assert [found[11], found[23]] == pytest.approx([0.6, 0.36], abs=PRODUCT)
    assert found[35:] == [0.3] * 31


def test_a_declining_balance_delivered_within_a_month() -> None:
    """A factor of 1 - 2^-24 over a year leaves 1/4 a month: a half at the end of April, 1/8 at the end of May."""
    found = left(declining(1.0, factor=1 - 2.0**-24, switch="never"), 5, MID_APRIL)
    assert found == pytest.approx([1, 1, 1, 1 / 2, 1 / 8], abs=PRODUCT)


# Sum of years' digits


def test_digits_of_five_years_and_linear_months() -> None:
    """10/15, 6/15, 3/15, 1/15 and 0 after each year; 2.5/15 of the first year's 5/15 after six months."""
    found = left(SumOfYearsDigitsBook(method="sum_of_years_digits", life_years=5), 66)
    assert [found[11], found[23], found[35], found[47]] == pytest.approx(
        [10 / 15, 6 / 15, 3 / 15, 1 / 15], abs=ROUNDING
    )
    assert found[5] == pytest.approx(12.5 / 15, abs=ROUNDING)
    assert found[59:] == [0.0] * 7


def test_digits_to_salvage_within_a_month() -> None:
    """Two years to 0.1 write off 0.9 x 2/3 in the first: half of April takes 0.6 x 0.5/12."""
    found = left(SumOfYearsDigitsBook(method="sum_of_years_digits", life_years=2, salvage=0.1), 5, MID_APRIL)
    assert found == pytest.approx([1, 1, 1, 1 - 0.6 * 0.5 / 12, 1 - 0.6 * 1.5 / 12], abs=ROUNDING)


# Units of production


def test_units_of_production_write_off_by_use() -> None:
    """730 of 7,300 hours a month: a tenth each; an idle third month writes off nothing; nothing is left after ten."""
    method = UnitsOfProductionBook(method="units_of_production", life_hours=7300.0)
    found = left(method, 5, hours=[730.0, 1460.0, 1460.0, 7300.0, 8030.0])
    assert found == pytest.approx([0.9, 0.8, 0.8, 0, 0], abs=ROUNDING)


def test_units_of_production_end_at_salvage() -> None:
    method = UnitsOfProductionBook(method="units_of_production", life_hours=100.0, salvage=0.2)
    assert left(method, 3, hours=[50.0, 100.0, 200.0]) == pytest.approx([0.6, 0.2, 0.2], abs=ROUNDING)
