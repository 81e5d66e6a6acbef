"""Resale curves by hand, with delivery at closing, at a month's end, and within a month."""

from __future__ import annotations

import random
from datetime import date
from itertools import pairwise
from typing import Any

import pytest

from dealmodel.basics.kinds import inner_kinds, kinds_of, place_kinds
from dealmodel.basics.moments import Moment
from dealmodel.basics.schedule import monthly_grid
from dealmodel.collateral.decay import DecayCurve, ExponentialCurve, Life, StraightLineCurve, TableCurve
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import prev
from dealmodel.lines.inputs import Input
from dealmodel.lines.trace import Trace
from dealmodel.lines.values import values_of
from dealmodel.market.clock import Clock

CLOSING = Moment(event="closing")
MID_APRIL = Moment(day=date(2027, 4, 15))  # in month 4, with half of its 30 days left
TENTH_OF_APRIL = Moment(day=date(2027, 4, 10))  # with two thirds of them left

# A product of some hundred rounded factors.
ROUNDING = 1e-12

APPRAISAL = ((0, 1.0), (12, 0.6), (24, 0.4))


def exponential(decline: float) -> ExponentialCurve:
    return ExponentialCurve(curve="exponential", decline_per_year=decline)


def straight(years: float, scrap: float = 0.0) -> StraightLineCurve:
    return StraightLineCurve(curve="straight_line", life_years=years, scrap=scrap)


def table(points: Any = APPRAISAL, between: Any = "linear") -> TableCurve:
    return TableCurve(curve="table", points=tuple(points), between=between)


def trace_of(curve: DecayCurve, periods: int, delivered: Moment = CLOSING) -> Trace:
    """Lines `x.resale_curve` and `x.age` of a cohort delivered at a moment. Closing is 31 December 2026."""
    grid = monthly_grid(
        date(2026, 12, 31), date(2027, 1, 31), periods, payment_day="month_end", convention="none", calendar="NONE"
    )
    clock = Clock(grid, "month_end", {"closing": 0})
    lines = Builder("decay", periods=periods)
    lines.add_input(Input("time.month", "month", tuple(map(float, range(1, periods + 1))), monthly=True, live=False))
    month = lines.add_input(Input("delivered", "month", float(clock.month(delivered))))
    place_kinds(curve, "resale")
    for kind in inner_kinds(curve):
        for field, info in type(kind).model_fields.items():
            if isinstance(info.json_schema_extra, dict) and info.json_schema_extra["live"]:
                lines.add_input(Input(kind.path_of(field), "share", getattr(kind, field)))
    shares = clock.shares_after(lines, "x.delivered", delivered, month)
    age = lines.declare("x.age", unit="months", opening=0)
    lines.define(age, prev(age) + shares.share)
    curve.define(lines, Life("x", age, shares.started, shares.stub))
    model = lines.build()
    return Trace.of(model, values_of(model))


def left(curve: DecayCurve, periods: int, delivered: Moment = CLOSING) -> list[float]:
    """Share of the price left at the end of the months 1..T."""
    return trace_of(curve, periods, delivered).months("x.resale_curve")


# Exponential


def test_exponential_by_hand() -> None:
    """A decline of 0.36 leaves 0.64 after a year, its root 0.8 after half of one, 0.8 ** 3 after three halves."""
    found = left(exponential(0.36), 24)
    assert [found[5], found[11], found[17], found[23]] == pytest.approx([0.8, 0.64, 0.512, 0.4096], rel=ROUNDING)
    assert found[0] == pytest.approx(0.64 ** (1 / 12), rel=ROUNDING)


def test_exponential_with_the_published_rate_of_computers() -> None:
    """A geometric rate of 0.3119 a year for office machinery leaves 0.6881 after one year, 0.6881 ** 3 after three.

    Source: BEA, Survey of Current Business, July 1997, table 3 (geometric depreciation rates).
    """
    found = left(exponential(0.3119), 36)
    assert [found[11], found[35]] == pytest.approx([0.6881, 0.6881**3], rel=ROUNDING)


def test_exponential_without_decline_keeps_the_price_exactly() -> None:
    """1 to any power is 1, with no rounding."""
    assert left(exponential(0.0), 36) == [1.0] * 36
    assert left(exponential(0.0), 8, MID_APRIL) == [1.0] * 8


@pytest.mark.parametrize("decline", [0.05, 0.28, 0.36, 0.9])
def test_exponential_is_a_semigroup(decline: float) -> None:
    """What is left after a + b months is what is left after a, of what is left after b."""
    found = [1.0, *left(exponential(decline), 48)]
    for first in range(25):
        for second in range(24):
            assert found[first + second] == pytest.approx(found[first] * found[second], rel=ROUNDING)


def test_exponential_takes_half_a_months_power_in_a_half_month() -> None:
    """1 - 2 ** -24 a year leaves 2 ** -2 a month and 2 ** -1 in half of one: 1/2, 1/8, 1/32 from April on."""
    found = left(exponential(1 - 2.0**-24), 6, MID_APRIL)
    assert found == pytest.approx([1, 1, 1, 1 / 2, 1 / 8, 1 / 32], rel=ROUNDING)


def test_exponential_takes_the_power_of_the_days_left() -> None:
    """10 April leaves two thirds of its month: of 2 ** -3 a month, 2 ** -2 in April; then 2 ** -5 and 2 ** -8."""
    found = left(exponential(1 - 2.0**-36), 6, TENTH_OF_APRIL)
    assert found == pytest.approx([1, 1, 1, 1 / 4, 1 / 32, 1 / 256], rel=ROUNDING)


# Straight line


def test_straight_line_of_six_years() -> None:
    """An equal sixth a year: .83, .67 and .50 of the price are left after one, two and three years."""
    found = left(straight(6.0), 36)
    assert [round(found[month - 1], 2) for month in (12, 24, 36)] == [0.83, 0.67, 0.50]
    assert [found[11], found[23], found[35]] == pytest.approx([5 / 6, 2 / 3, 1 / 2], rel=ROUNDING)


def test_straight_line_falls_to_scrap_and_stays() -> None:
    """Two years to a scrap of 0.1: 1 - 0.9 x 12/24 = 0.55 after one, 0.1 after two, and ever after."""
    found = left(straight(2.0, scrap=0.1), 36)
    assert found[11] == pytest.approx(0.55, rel=ROUNDING)
    assert found[22] == pytest.approx(1 - 0.9 * 23 / 24, rel=ROUNDING)
    assert found[23:] == pytest.approx([0.1] * 13, rel=ROUNDING)


def test_straight_line_reaches_nothing_at_its_life_exactly() -> None:
    """Without scrap a 24th is left a month before the end of two years, and 0 at it: 1 - 24/24."""
    found = left(straight(2.0), 30)
    assert found[22] == pytest.approx(1 / 24, rel=ROUNDING)
    assert found[23:] == [0.0] * 7


def test_straight_line_with_all_the_price_as_scrap_loses_nothing() -> None:
    assert left(straight(2.0, scrap=1.0), 30) == [1.0] * 30


def test_straight_line_within_a_month_and_with_a_broken_number_of_years() -> None:
    """2.5 years are 30 months: 1 - 0.5/30 at the end of April, and a 30th less each month after."""
    found = left(straight(2.5), 6, MID_APRIL)
    assert found == pytest.approx([1, 1, 1, 1 - 0.5 / 30, 1 - 1.5 / 30, 1 - 2.5 / 30], rel=ROUNDING)


# Table


def test_table_reads_linearly_between_appraisals() -> None:
    """From 1.0 to 0.6 over twelve months, a thirtieth a month; then to 0.4, a sixtieth."""
    found = left(table(), 36)
    assert [found[0], found[5], found[11], found[17]] == pytest.approx([1 - 0.4 / 12, 0.8, 0.6, 0.5], rel=ROUNDING)


def test_table_holds_its_last_value() -> None:
    """No value is made up after the last appraisal."""
    assert left(table(), 36)[23:] == [0.4] * 13


def test_table_by_steps_holds_each_value_until_the_next() -> None:
    found = left(table(between="step"), 25)
    assert found[:11] == [1.0] * 11
    assert found[11:23] == [0.6] * 12
    assert found[23:] == [0.4] * 2


def test_table_of_one_point_is_flat() -> None:
    assert left(table([(0, 1.0)]), 5) == [1.0] * 5
    assert left(table([(0, 1.0)]), 5, MID_APRIL) == [1.0] * 5


def test_table_reads_half_months_after_the_month_of_delivery() -> None:
    """Delivered half way through April, the age is 1.5 at the end of May: 1 - 1.5 x 0.4/12 = 0.95.

    At 11.5 and 12.5 months it is half way to each side: (0.6333 + 0.6) / 2 and (0.6 + 0.5833) / 2.
    """
    found = left(table(), 16, MID_APRIL)
    assert [found[4], found[5]] == pytest.approx([0.95, 1 - 2.5 * 0.4 / 12], rel=ROUNDING)
    assert found[14] == pytest.approx((0.6 + 0.4 / 12 + 0.6) / 2, rel=ROUNDING)
    assert found[15] == pytest.approx((0.6 + 0.6 - 0.2 / 12) / 2, rel=ROUNDING)


def test_table_reads_half_a_month_in_the_month_of_delivery() -> None:
    """Delivered half way through April, the age is 0.5 at the end of April: 1 - 0.5 x 0.4/12 = 0.98333."""
    assert left(table(), 4, MID_APRIL) == pytest.approx([1, 1, 1, 1 - 0.2 / 12], rel=ROUNDING)


def test_table_reads_the_days_left_of_the_month_of_delivery() -> None:
    """Delivered on 10 April, the ages are 2/3 and 5/3 of a month, at 0.4/12 a month."""
    found = left(table(), 5, TENTH_OF_APRIL)
    assert found == pytest.approx([1, 1, 1, 1 - 2 / 3 * 0.4 / 12, 1 - 5 / 3 * 0.4 / 12], rel=ROUNDING)


def test_table_by_steps_holds_its_value_at_a_broken_age_too() -> None:
    """At 11.5 months the last point at or before is that of closing, by the meaning of `step`."""
    found = left(table(between="step"), 16, MID_APRIL)
    assert [found[14], found[15]] == [1.0, 0.6]


def test_table_after_its_end_holds_its_last_value_at_a_broken_age() -> None:
    found = left(table([(0, 1.0), (2, 0.5)]), 8, MID_APRIL)
    assert found[5:] == [0.5, 0.5, 0.5]  # ages 2.5, 3.5, 4.5


@pytest.mark.parametrize("points", [(), ((1, 1.0),), ((0, 1.0), (12, 0.5), (12, 0.4)), ((0, 1.0), (12, 0.5), (6, 0.4))])
def test_table_out_of_order_is_refused(points: Any) -> None:
    with pytest.raises(ValueError, match=r"the first of the ages must be 0|the ages must rise"):
        left(table(points), 3)


# Every curve

CURVES = (
    exponential(0.36), straight(2.0, scrap=0.1), straight(0.5), table(), table(between="step"),
)  # fmt: skip


def test_every_kind_of_curve_is_here() -> None:
    assert {type(curve) for curve in CURVES} == set(kinds_of(DecayCurve))


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.curve)
def test_the_whole_price_is_left_until_delivery(curve: DecayCurve) -> None:
    """v(0) = 1: at closing, and until the month of delivery has ended."""
    for delivered, month in ((Moment(month=3), 3), (Moment(month=5), 5), (MID_APRIL, 3)):
        assert left(curve, 6, delivered)[:month] == [1.0] * month
    assert left(curve, 6, Moment(event="never")) == [1.0] * 6


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.curve)
@pytest.mark.parametrize("month", [1, 3, 12])
def test_delivery_in_a_month_shifts_the_curve_by_it(curve: DecayCurve, month: int) -> None:
    at_closing, later = left(curve, 36), left(curve, 36, Moment(month=month))
    assert later[month:] == at_closing[:-month]
    assert trace_of(curve, 36, Moment(month=month)).months("x.age")[month] == 1


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.curve)
@pytest.mark.parametrize("delivered", [CLOSING, Moment(month=2), MID_APRIL, Moment(day=date(2027, 2, 27))])
def test_a_curve_never_rises_and_stays_between_nothing_and_the_price(curve: DecayCurve, delivered: Moment) -> None:
    found = left(curve, 40, delivered)
    assert all(later <= earlier for earlier, later in pairwise([1.0, *found]))
    assert all(0 <= value <= 1 for value in found)


@pytest.mark.parametrize("seed", range(20))
def test_random_curves_never_rise(seed: int) -> None:
    draw = random.Random(seed)
    points = [(month, 1.0 - month / 60) for month in sorted(draw.sample(range(1, 40), 3))]
    for curve in (
        exponential(draw.uniform(0, 0.99)),
        straight(draw.uniform(0.1, 8), scrap=draw.uniform(0, 1)),
        table([(0, 1.0), *points], draw.choice(["linear", "step"])),
    ):
        found = left(curve, 48, draw.choice([CLOSING, MID_APRIL]))
        assert all(later <= earlier for earlier, later in pairwise([1.0, *found])), curve


@pytest.mark.parametrize(
    "refused",
    [
        lambda: exponential(1.0),  # nothing left has no monthly factor
        lambda: exponential(-0.1),
        lambda: straight(0.0),
        lambda: straight(6.0, scrap=1.1),
        lambda: straight(6.0, scrap=-0.1),
        lambda: table([(0, 1.0), (12, float("nan"))]),
        lambda: table([(0.5, 1.0)]),
    ],
)
def test_what_is_no_curve_is_refused(refused: Any) -> None:
    with pytest.raises(ValueError, match="validation error"):
        refused()
