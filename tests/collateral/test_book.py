"""Book value by hand: cost is written off in equal amounts over a life, to nothing."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest

from dealmodel.basics.kinds import place_kinds
from dealmodel.basics.moments import Moment
from dealmodel.basics.schedule import monthly_grid
from dealmodel.collateral.book import StraightLineBook
from dealmodel.collateral.decay import Life
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import prev
from dealmodel.lines.inputs import Input
from dealmodel.lines.trace import Trace
from dealmodel.lines.values import values_of
from dealmodel.market.clock import Clock

# One division and one subtraction.
ROUNDING = 1e-15


def book(years: float, periods: int, delivered: Moment, *, override: float | None = None) -> list[float]:
    """Share of the cost on the books at the end of the months 1..T. Closing is 31 December 2026."""
    grid = monthly_grid(
        date(2026, 12, 31), date(2027, 1, 31), periods, payment_day="month_end", convention="none", calendar="NONE"
    )
    clock = Clock(grid, "month_end", {"closing": 0})
    method = StraightLineBook(method="straight_line", life_years=years)
    place_kinds(method, "book")
    lines = Builder("book", periods=periods)
    lines.add_input(Input("time.month", "month", tuple(map(float, range(1, periods + 1))), monthly=True, live=False))
    lines.add_input(Input("book.life_years", "years", years))
    month = lines.add_input(Input("delivered", "month", float(clock.month(delivered))))
    shares = clock.shares_after(lines, "x.delivered", delivered, month)
    age = lines.declare("x.age", unit="months", opening=0)
    lines.define(age, prev(age) + shares.share)
    method.define(lines, Life("x", age, shares.started, shares.stub))
    model = lines.build()
    overrides = None if override is None else {"book.life_years": override}
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
