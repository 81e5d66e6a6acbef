"""Exponential, straight-line and table curves by hand, delivered at closing, at a month's end, and within a month."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import pairwise
from typing import Any

import pytest

from dealmodel.basics.moments import Moment
from dealmodel.collateral.decay import (
    ExponentialCurve,
    StraightLineCurve,
    TableCurve,
)
from dealmodel.lines.trace import Trace

CLOSING = Moment(event="closing")
MID_APRIL = Moment(day=date(2027, 4, 15))  # in month 4, with half of its 30 days left
TENTH_OF_APRIL = Moment(day=date(2027, 4, 10))  # with two thirds of them left

# A product of some hundred rounded factors.
ROUNDING = 1e-12

APPRAISAL = ((0, 1.0), (12, 0.6), (24, 0.4))


Left = Callable[..., list[float]]
TraceOf = Callable[..., Trace]


def exponential(decline: float) -> ExponentialCurve:
    return ExponentialCurve(curve="exponential", decline_per_year=decline)


def straight(years: float, scrap: float = 0.0) -> StraightLineCurve:
    return StraightLineCurve(curve="straight_line", life_years=years, scrap=scrap)


def table(points: Any = APPRAISAL, between: Any = "linear") -> TableCurve:
    return TableCurve(curve="table", points=tuple(points), between=between)


# Exponential


def test_exponential_by_hand(left: Left) -> None:
    """A decline of 0.36 leaves 0.64 after a year, its root 0.8 after half of one, 0.8 ** 3 after three halves."""
    found = left(exponential(0.36), 24)
    assert [found[5], found[11], found[17], found[23]] == pytest.approx([0.8, 0.64, 0.512, 0.4096], rel=ROUNDING)
    assert found[0] == pytest.approx(0.64 ** (1 / 12), rel=ROUNDING)


def test_exponential_with_the_published_rate_of_computers(left: Left) -> None:
    """A geometric rate of 0.3119 a year for office machinery leaves 0.6881 after one year, 0.6881 ** 3 after three.

    Source: BEA, Survey of Current Business, July 1997, table 3 (geometric depreciation rates).
    """
    found = left(exponential(0.3119), 36)
    assert [found[11], found[35]] == pytest.approx([0.6881, 0.6881**3], rel=ROUNDING)


def test_exponential_without_decline_keeps_the_price_exactly(left: Left) -> None:
    """1 to any power is 1, with no rounding."""
    assert left(exponential(0.0), 36) == [1.0] * 36
    assert left(exponential(0.0), 8, MID_APRIL) == [1.0] * 8


@pytest.mark.parametrize("decline", [0.05, 0.28, 0.36, 0.9])
def test_exponential_is_a_semigroup(left: Left, decline: float) -> None:
    """What is left after a + b months is what is left after a, of what is left after b."""
    found = [1.0, *left(exponential(decline), 48)]
    for first in range(25):
        for second in range(24):
            assert found[first + second] == pytest.approx(found[first] * found[second], rel=ROUNDING)


def test_exponential_takes_half_a_months_power_in_a_half_month(left: Left) -> None:
    """1 - 2 ** -24 a year leaves 2 ** -2 a month and 2 ** -1 in half of one: 1/2, 1/8, 1/32 from April on."""
    found = left(exponential(1 - 2.0**-24), 6, MID_APRIL)
    assert found == pytest.approx([1, 1, 1, 1 / 2, 1 / 8, 1 / 32], rel=ROUNDING)


def test_exponential_takes_the_power_of_the_days_left(left: Left) -> None:
    """10 April leaves two thirds of its month: of 2 ** -3 a month, 2 ** -2 in April; then 2 ** -5 and 2 ** -8."""
    found = left(exponential(1 - 2.0**-36), 6, TENTH_OF_APRIL)
    assert found == pytest.approx([1, 1, 1, 1 / 4, 1 / 32, 1 / 256], rel=ROUNDING)


# Straight line


def test_straight_line_of_six_years(left: Left) -> None:
    """An equal sixth a year: .83, .67 and .50 of the price are left after one, two and three years."""
    found = left(straight(6.0), 36)
    assert [round(found[month - 1], 2) for month in (12, 24, 36)] == [0.83, 0.67, 0.50]
    assert [found[11], found[23], found[35]] == pytest.approx([5 / 6, 2 / 3, 1 / 2], rel=ROUNDING)


def test_straight_line_falls_to_scrap_and_stays(left: Left) -> None:
    """Two years to a scrap of 0.1: 1 - 0.9 x 12/24 = 0.55 after one, 0.1 after two, and ever after."""
    found = left(straight(2.0, scrap=0.1), 36)
    assert found[11] == pytest.approx(0.55, rel=ROUNDING)
    assert found[22] == pytest.approx(1 - 0.9 * 23 / 24, rel=ROUNDING)
    assert found[23:] == pytest.approx([0.1] * 13, rel=ROUNDING)


def test_straight_line_reaches_nothing_at_its_life_exactly(left: Left) -> None:
    """Without scrap a 24th is left a month before the end of two years, and 0 at it: 1 - 24/24."""
    found = left(straight(2.0), 30)
    assert found[22] == pytest.approx(1 / 24, rel=ROUNDING)
    assert found[23:] == [0.0] * 7


def test_straight_line_with_all_the_price_as_scrap_loses_nothing(left: Left) -> None:
    assert left(straight(2.0, scrap=1.0), 30) == [1.0] * 30


def test_straight_line_within_a_month_and_with_a_broken_number_of_years(left: Left) -> None:
    """2.5 years are 30 months: 1 - 0.5/30 at the end of April, and a 30th less each month after."""
    found = left(straight(2.5), 6, MID_APRIL)
    assert found == pytest.approx([1, 1, 1, 1 - 0.5 / 30, 1 - 1.5 / 30, 1 - 2.5 / 30], rel=ROUNDING)


# Table


def test_table_reads_linearly_between_appraisals(left: Left) -> None:
    """From 1.0 to 0.6 over twelve months, a thirtieth a month; then to 0.4, a sixtieth."""
    found = left(table(), 36)
    assert [found[0], found[5], found[11], found[17]] == pytest.approx([1 - 0.4 / 12, 0.8, 0.6, 0.5], rel=ROUNDING)


def test_table_reads_by_equal_ratios(left: Left) -> None:
    """From 1 to 0.25 over twelve months: 0.5 at six, 0.25^(1/12) at one; flat after the end."""
    found = left(table([(0, 1.0), (12, 0.25)], "log_linear"), 14)
    assert [found[0], found[5], found[11], found[13]] == pytest.approx(
        [0.25 ** (1 / 12), 0.5, 0.25, 0.25], rel=ROUNDING
    )


def test_table_reads_smoothly(left: Left) -> None:
    """Secants of -0.4/12 and -0.2/12 have the harmonic mean -0.8/36; the ends are (3 x near - far) / 2.

    Ends: -0.5/12 and -0.1/12. Half way a cubic is the mean plus 12 x (slope at the start - slope at the end) / 8:
    0.8 - 7/240 at month 6 and 0.5 - 1/48 at month 18.
    """
    found = left(table(between="monotone"), 26)
    assert [found[5], found[17]] == pytest.approx([0.8 - 7 / 240, 0.5 - 1 / 48], rel=ROUNDING)
    assert [found[11], found[23], found[25]] == [0.6, 0.4, 0.4]


def test_a_smooth_table_within_a_month_reads_linearly_between_months(left: Left) -> None:
    whole = [1.0, *left(table(between="monotone"), 12)]
    found = left(table(between="monotone"), 12, MID_APRIL)
    halves = [(younger + older) / 2 for younger, older in pairwise(whole[:10])]
    assert found[3:] == pytest.approx(halves, rel=ROUNDING)


def test_table_holds_its_last_value(left: Left) -> None:
    """No value is made up after the last appraisal."""
    assert left(table(), 36)[23:] == [0.4] * 13


def test_table_by_steps_holds_each_value_until_the_next(left: Left) -> None:
    found = left(table(between="step"), 25)
    assert found[:11] == [1.0] * 11
    assert found[11:23] == [0.6] * 12
    assert found[23:] == [0.4] * 2


def test_table_of_one_point_is_flat(left: Left) -> None:
    assert left(table([(0, 1.0)]), 5) == [1.0] * 5
    assert left(table([(0, 1.0)]), 5, MID_APRIL) == [1.0] * 5


def test_table_reads_half_months_after_the_month_of_delivery(left: Left) -> None:
    """Delivered half way through April, the age is 1.5 at the end of May: 1 - 1.5 x 0.4/12 = 0.95.

    At 11.5 and 12.5 months it is half way to each side: (0.6333 + 0.6) / 2 and (0.6 + 0.5833) / 2.
    """
    found = left(table(), 16, MID_APRIL)
    assert [found[4], found[5]] == pytest.approx([0.95, 1 - 2.5 * 0.4 / 12], rel=ROUNDING)
    assert found[14] == pytest.approx((0.6 + 0.4 / 12 + 0.6) / 2, rel=ROUNDING)
    assert found[15] == pytest.approx((0.6 + 0.6 - 0.2 / 12) / 2, rel=ROUNDING)


def test_table_reads_half_a_month_in_the_month_of_delivery(left: Left) -> None:
    """Delivered half way through April, the age is 0.5 at the end of April: 1 - 0.5 x 0.4/12 = 0.98333."""
    assert left(table(), 4, MID_APRIL) == pytest.approx([1, 1, 1, 1 - 0.2 / 12], rel=ROUNDING)


def test_table_reads_the_days_left_of_the_month_of_delivery(left: Left) -> None:
    """Delivered on 10 April, the ages are 2/3 and 5/3 of a month, at 0.4/12 a month."""
    found = left(table(), 5, TENTH_OF_APRIL)
    assert found == pytest.approx([1, 1, 1, 1 - 2 / 3 * 0.4 / 12, 1 - 5 / 3 * 0.4 / 12], rel=ROUNDING)


def test_table_by_steps_holds_its_value_at_a_broken_age_too(left: Left) -> None:
    """At 11.5 months the last point at or before is that of closing, by the meaning of `step`."""
    found = left(table(between="step"), 16, MID_APRIL)
    assert [found[14], found[15]] == [1.0, 0.6]


def test_table_after_its_end_holds_its_last_value_at_a_broken_age(left: Left) -> None:
    found = left(table([(0, 1.0), (2, 0.5)]), 8, MID_APRIL)
    assert found[5:] == [0.5, 0.5, 0.5]  # ages 2.5, 3.5, 4.5


@pytest.mark.parametrize("points", [(), ((1, 1.0),), ((0, 1.0), (12, 0.5), (12, 0.4)), ((0, 1.0), (12, 0.5), (6, 0.4))])
def test_table_out_of_order_is_refused(left: Left, points: Any) -> None:
    with pytest.raises(ValueError, match=r"the first of the ages must be 0|the ages must rise"):
        left(table(points), 3)
