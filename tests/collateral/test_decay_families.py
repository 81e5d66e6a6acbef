"""Declining balance, digits, hyperbolic and logistic curves and layers by hand; what every curve has in common."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from datetime import date
from itertools import pairwise
from typing import Any

import pytest

from dealmodel.basics.kinds import kinds_of
from dealmodel.basics.moments import Moment
from dealmodel.collateral.decay import (
    AgeCurve,
    DecayCurve,
    DecliningBalanceCurve,
    ExponentialCurve,
    HyperbolicCurve,
    LogisticCurve,
    StraightLineCurve,
    SumOfYearsDigitsCurve,
    TableCurve,
)
from dealmodel.collateral.resale import IncomeCurve, LowerOfCurve, ProductOfCurve
from dealmodel.lines.trace import Trace

CLOSING = Moment(event="closing")
MID_APRIL = Moment(day=date(2027, 4, 15))  # in month 4, with half of its 30 days left
APPRAISAL = ((0, 1.0), (12, 0.6), (24, 0.4))

# A product of some hundred rounded factors.
ROUNDING = 1e-12


Left = Callable[..., list[float]]
TraceOf = Callable[..., Trace]


def exponential(decline: float) -> ExponentialCurve:
    return ExponentialCurve(curve="exponential", decline_per_year=decline)


def straight(years: float, scrap: float = 0.0) -> StraightLineCurve:
    return StraightLineCurve(curve="straight_line", life_years=years, scrap=scrap)


def table(points: Any = APPRAISAL, between: Any = "linear") -> TableCurve:
    return TableCurve(curve="table", points=tuple(points), between=between)


def declining(share: float | None = None, **fields: Any) -> DecliningBalanceCurve:
    return DecliningBalanceCurve(curve="declining_balance", decline_per_year=share, **fields)


def digits(years: int, scrap: float = 0.0) -> SumOfYearsDigitsCurve:
    return SumOfYearsDigitsCurve(curve="sum_of_years_digits", life_years=years, scrap=scrap)


def hyperbolic(decline: float, exponent: float) -> HyperbolicCurve:
    return HyperbolicCurve(curve="hyperbolic", initial_decline_per_year=decline, exponent=exponent)


def logistic(midpoint: float, steepness: float, scrap: float = 0.0) -> LogisticCurve:
    return LogisticCurve(curve="logistic", midpoint_years=midpoint, steepness_per_year=steepness, scrap=scrap)


def lower_of(**layers: AgeCurve) -> LowerOfCurve:
    return LowerOfCurve(curve="lower_of", layers=layers)


def product_of(**layers: AgeCurve) -> ProductOfCurve:
    return ProductOfCurve(curve="product_of", layers=layers)


# Declining balance


def test_declining_balance_with_the_published_rate_and_factor(left: Left) -> None:
    """0.3119 a year leaves 0.6881 after one; the factor 2.1832 over a service life of seven years is the same rate.

    Source: BEA, Survey of Current Business, July 1997, table 3: computers and office machinery.
    """
    rate = left(declining(0.3119), 24)
    assert [rate[11], rate[23]] == pytest.approx([0.6881, 0.6881**2], rel=ROUNDING)
    factor = left(declining(factor=2.1832, life_years=7.0), 12)
    assert round(1 - factor[11], 4) == 0.3119


def test_double_declining_balance_of_five_years(left: Left) -> None:
    """2/5 of what is left goes each year: 0.6, 0.36, 0.216; without a switch 0.1296 and 0.07776 follow."""
    found = left(declining(factor=2.0, life_years=5.0), 60)
    yearly = [found[month - 1] for month in (12, 24, 36, 48, 60)]
    assert yearly == pytest.approx([0.6, 0.36, 0.216, 0.1296, 0.07776], rel=ROUNDING)


def test_double_declining_balance_switches_where_the_straight_line_charges_more(left: Left) -> None:
    """A month takes 1 - 0.6^(1/12) = 0.041676 of the balance, the straight line 1 / (months left).

    1/24 = 0.041667 at the start of month 37 is less, 1/23 at the start of month 38 is more: month 37 still declines,
    to m = 0.216 x 0.6^(1/12), and the 23 months after it take m / 23 each, down to nothing at 60.
    """
    found = left(declining(factor=2.0, life_years=5.0, switch="straight_line"), 66)
    assert [found[11], found[23], found[35]] == pytest.approx([0.6, 0.36, 0.216], rel=ROUNDING)
    last = 0.216 * 0.6 ** (1 / 12)
    assert found[36:59] == pytest.approx([last * (23 - month) / 23 for month in range(23)], abs=ROUNDING)
    assert found[59:] == [0.0] * 7


def test_a_declining_balance_stops_at_scrap(left: Left) -> None:
    """0.6 of the price is left after a year, 0.36 after two, above a scrap of 0.3; after three 0.216 would be below."""
    found = left(declining(0.4, scrap=0.3), 36)
    assert found[23] == pytest.approx(0.36, rel=ROUNDING)
    assert found[35] == 0.3


def test_the_straight_line_after_the_switch_ends_at_scrap(left: Left) -> None:
    """A share of 0 never charges more: the straight line of two years to 0.4 holds from the start, 0.7 after one."""
    found = left(declining(0.0, life_years=2.0, switch="straight_line", scrap=0.4), 30)
    assert found[11] == pytest.approx(0.7, rel=ROUNDING)
    assert found[23:] == pytest.approx([0.4] * 7, rel=ROUNDING)


def test_a_factor_of_the_life_leaves_nothing_after_a_month(left: Left) -> None:
    """A share of 1 a year has no remainder at any age; a factor above the life is no more than that."""
    assert left(declining(factor=2.0, life_years=2.0), 3) == [0.0, 0.0, 0.0]
    assert left(declining(factor=2.0, life_years=1.0), 5, MID_APRIL) == [1.0, 1.0, 1.0, 0.0, 0.0]


def test_declining_balance_delivered_within_a_month(left: Left) -> None:
    """Half of April takes half a month's power: 2^-2 a month leaves 1/2 and 1/8; the switch divides by months left.

    A life of 2.5 months from 15 April ends with June. With a share of 0 its straight line leaves 4/5, 2/5, 0.
    """
    assert left(declining(1 - 2.0**-24), 5, MID_APRIL)[3:] == pytest.approx([1 / 2, 1 / 8], rel=ROUNDING)
    even = left(declining(0.0, life_years=2.5 / 12, switch="straight_line"), 7, MID_APRIL)
    assert even == pytest.approx([1, 1, 1, 4 / 5, 2 / 5, 0, 0], abs=ROUNDING)


# Sum of years' digits


def test_digits_of_five_years(left: Left) -> None:
    """5, 4, 3, 2 and 1 of 15 parts go: 10/15, 6/15, 3/15, 1/15 and 0 are left, and 12.5/15 after six months."""
    found = left(digits(5), 66)
    yearly = [found[month - 1] for month in (12, 24, 36, 48)]
    assert yearly == pytest.approx([10 / 15, 6 / 15, 3 / 15, 1 / 15], rel=ROUNDING)
    assert found[5] == pytest.approx(12.5 / 15, rel=ROUNDING)
    assert found[59:] == [0.0] * 7


def test_digits_to_scrap(left: Left) -> None:
    """0.9 of the price goes by 2/3 and 1/3 over two years: 0.4, then 0.1 for good."""
    found = left(digits(2, scrap=0.1), 30)
    assert found[11] == pytest.approx(0.4, rel=ROUNDING)
    assert found[23:] == pytest.approx([0.1] * 7, rel=ROUNDING)


def test_digits_within_a_month(left: Left) -> None:
    """One year is one digit, a straight line: half of April takes 0.5/12. Of two years' month 12.5, 1/3 x 0.5/12."""
    assert left(digits(1), 4, MID_APRIL)[3] == pytest.approx(1 - 0.5 / 12, rel=ROUNDING)
    two = left(digits(2), 17, MID_APRIL)
    assert two[14] == pytest.approx(1 - 2 / 3 * 11.5 / 12, rel=ROUNDING)
    assert two[15] == pytest.approx(1 / 3 - 1 / 3 * 0.5 / 12, rel=ROUNDING)


# Hyperbolic


def test_harmonic_by_hand(left: Left) -> None:
    """b = 1 and D = 1: 1 / (1 + t), a half after one year, a third after two, 2/3 after six months."""
    found = left(hyperbolic(1.0, 1.0), 24)
    assert [found[5], found[11], found[23]] == pytest.approx([2 / 3, 1 / 2, 1 / 3], rel=ROUNDING)


def test_hyperbolic_by_hand(left: Left) -> None:
    """b = 1/2 and D = 1: (1 + t / 2)^-2, 4/9 after one year and 1/4 after two."""
    found = left(hyperbolic(1.0, 0.5), 24)
    assert [found[11], found[23]] == pytest.approx([4 / 9, 1 / 4], rel=ROUNDING)


@pytest.mark.parametrize("delivered", [CLOSING, MID_APRIL])
def test_hyperbolic_without_exponent_is_the_exponential_exactly(
    left: Left, trace_of: TraceOf, delivered: Moment
) -> None:
    """exp(-D t) to the bit, and the exponential curve of 1 - exp(-D) a year to rounding."""
    trace = trace_of(hyperbolic(0.64, 0.0), 120, delivered)
    ages = trace.months("x.age")
    assert trace.months("x.resale_curve") == [math.exp(-(0.64 * (age / 12))) for age in ages]
    twin = left(exponential(1 - math.exp(-0.64)), 120, delivered)
    assert trace.months("x.resale_curve") == pytest.approx(twin, rel=ROUNDING)


@pytest.mark.parametrize("exponent", [1e-10, 1e-12, 1e-14, 1e-16, 1e-300])
def test_hyperbolic_tends_to_the_exponential(left: Left, exponent: float) -> None:
    """Within 1e-9: to first order the difference is v (D t)^2 b / 2, at most 2 exp(-2) b; rounding adds nothing."""
    assert left(hyperbolic(0.64, exponent), 120) == pytest.approx(left(hyperbolic(0.64, 0.0), 120), abs=1e-9)


def test_hyperbolic_nears_the_exponential_at_the_rate_of_its_exponent(left: Left) -> None:
    """ln v = -D t + b (D t)^2 / 2 - ...: at D t = 1 and b = 1e-4, v / exp(-1) - 1 is 0.5e-4 to first order."""
    found = left(hyperbolic(1.0, 1e-4), 12)[11]
    assert found / math.exp(-1) - 1 == pytest.approx(0.5e-4, rel=1e-3)


def test_hyperbolic_within_a_month(left: Left) -> None:
    """D = 12 is 1 a month: 1 / (1 + 0.5) at the end of April, 1 / 2.5 at the end of May."""
    found = left(hyperbolic(12.0, 1.0), 5, MID_APRIL)
    assert found == pytest.approx([1, 1, 1, 1 / 1.5, 1 / 2.5], rel=ROUNDING)


# Logistic


def test_logistic_at_its_midpoint(left: Left) -> None:
    """F(t0) = 1/2 and 1 - F(0) = 1 / (1 + exp(-k t0)): (1 + exp(-3)) / 2 = 0.524894 is left at 1.5 years for k = 2."""
    found = left(logistic(1.5, 2.0), 36)
    assert found[17] == pytest.approx((1 + math.exp(-3)) / 2, rel=ROUNDING)
    assert round(found[17], 6) == 0.524894


def test_logistic_falls_to_scrap(left: Left) -> None:
    """At t0, 0.2 + 0.8 x 0.524894 = 0.619915; ten times as steep, nothing but scrap is left long after."""
    found = left(logistic(1.5, 2.0, scrap=0.2), 18)
    assert found[17] == pytest.approx(0.2 + 0.8 * (1 + math.exp(-3)) / 2, rel=ROUNDING)
    assert left(logistic(1.0, 20.0, scrap=0.2), 120)[-1] == pytest.approx(0.2, rel=ROUNDING)


def test_logistic_is_symmetric_about_its_midpoint(left: Left) -> None:
    """1 - F(t0 + a) = F(t0 - a): what is left a before and a after t0 adds to 1 + exp(-k t0)."""
    found = [1.0, *left(logistic(2.0, 3.0), 48)]
    for months in range(25):
        assert found[24 - months] + found[24 + months] == pytest.approx(1 + math.exp(-6), rel=ROUNDING)


def test_logistic_without_steepness_keeps_the_price(left: Left) -> None:
    assert left(logistic(2.0, 0.0), 12) == [1.0] * 12


def test_logistic_within_a_month(left: Left) -> None:
    """k = 12 is e a month: with t0 = 0 the odds are exp(0.5) at the end of April, exp(1.5) at the end of May."""
    found = left(logistic(0.0, 12.0), 5, MID_APRIL)
    assert found == pytest.approx([1, 1, 1, 2 / (1 + math.exp(0.5)), 2 / (1 + math.exp(1.5))], rel=ROUNDING)


@pytest.mark.parametrize("midpoint", [0.0, 30.0])
def test_the_steepest_logistic_is_finite_for_fifty_years(left: Left, midpoint: float) -> None:
    found = left(logistic(midpoint, 20.0), 600)
    assert all(0 <= value <= 1 for value in found)
    assert found[-1] < 1e-100


# Layers


def test_layers_by_hand(left: Left) -> None:
    """Six and four years of straight line leave 2/3 and 1/2 after two: the lower is 1/2, the product 1/3."""
    assert left(lower_of(wear=straight(6.0), age=straight(4.0)), 24)[23] == pytest.approx(1 / 2, rel=ROUNDING)
    assert left(product_of(wear=straight(6.0), age=straight(4.0)), 24)[23] == pytest.approx(1 / 3, rel=ROUNDING)


def test_the_lower_layer_changes_with_age(left: Left) -> None:
    """A line of two years to 0.4 is lower than a table that holds 0.8 until month 12 and 0.1 from then on."""
    steps = table([(0, 1.0), (1, 0.8), (12, 0.1)], "step")
    found = left(lower_of(line=straight(2.0, scrap=0.4), steps=steps), 12)
    assert found[0] == pytest.approx(0.8, rel=ROUNDING)
    assert found[10] == pytest.approx(1 - 0.6 * 11 / 24, rel=ROUNDING)
    assert found[11] == pytest.approx(0.1, rel=ROUNDING)


def test_a_layer_reads_no_lower_than_its_own_scrap(left: Left) -> None:
    """0.36 a year leaves 0.4096 after two; a scrap of 0.5 keeps the layer at 0.5, and the product at 0.5 x 0.8."""
    decay = ExponentialCurve(curve="exponential", decline_per_year=0.36, scrap=0.5)
    assert left(product_of(decay=decay, flat=table([(0, 0.8)])), 24)[23] == pytest.approx(0.4, rel=ROUNDING)


@pytest.mark.parametrize("delivered", [CLOSING, MID_APRIL])
def test_a_layer_that_keeps_the_price_changes_nothing(left: Left, delivered: Moment) -> None:
    alone = left(exponential(0.36), 24, delivered)
    assert left(lower_of(decay=exponential(0.36), flat=exponential(0.0)), 24, delivered) == alone
    assert left(product_of(decay=exponential(0.36), flat=exponential(0.0)), 24, delivered) == alone


def test_one_layer_is_refused() -> None:
    with pytest.raises(ValueError, match="two layers or more"):
        lower_of(alone=exponential(0.1))


def test_a_layer_is_not_made_of_layers() -> None:
    with pytest.raises(ValueError, match="validation error"):
        LowerOfCurve.model_validate({"curve": "lower_of", "layers": {"a": lower_of(x=straight(1), y=straight(2))}})


# Every curve

CURVES = (
    exponential(0.36), straight(2.0, scrap=0.1), straight(0.5), table(), table(between="step"),
    table(between="log_linear"), table(between="monotone"), declining(0.4), declining(factor=2.0, life_years=3.0),
    declining(factor=1.5, life_years=2.5, switch="straight_line", scrap=0.05), digits(3), digits(2, scrap=0.2),
    hyperbolic(0.9, 0.0), hyperbolic(0.9, 1e-9), hyperbolic(1.5, 2.0), logistic(1.5, 4.0), logistic(0.5, 20.0, 0.1),
    lower_of(decay=exponential(0.36), line=straight(4.0)), product_of(cliff=logistic(2.0, 9.0), line=straight(4.0)),
)  # fmt: skip


def test_every_kind_of_curve_is_here() -> None:
    """All but the one made of rents, which neither begins at 1 nor never rises."""
    assert {type(curve) for curve in CURVES} | {IncomeCurve} == set(kinds_of(DecayCurve))


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.curve)
def test_the_whole_price_is_left_until_delivery(left: Left, curve: DecayCurve) -> None:
    """v(0) = 1: at closing, and until the month of delivery has ended."""
    for delivered, month in ((Moment(month=3), 3), (Moment(month=5), 5), (MID_APRIL, 3)):
        assert left(curve, 6, delivered)[:month] == [1.0] * month
    assert left(curve, 6, Moment(event="never")) == [1.0] * 6


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.curve)
@pytest.mark.parametrize("month", [1, 3, 12])
def test_delivery_in_a_month_shifts_the_curve_by_it(
    left: Left, trace_of: TraceOf, curve: DecayCurve, month: int
) -> None:
    at_closing, later = left(curve, 36), left(curve, 36, Moment(month=month))
    assert later[month:] == at_closing[:-month]
    assert trace_of(curve, 36, Moment(month=month)).months("x.age")[month] == 1


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.curve)
@pytest.mark.parametrize("delivered", [CLOSING, Moment(month=2), MID_APRIL, Moment(day=date(2027, 2, 27))])
def test_a_curve_never_rises_and_stays_between_nothing_and_the_price(
    left: Left, curve: DecayCurve, delivered: Moment
) -> None:
    found = left(curve, 120, delivered)
    assert all(later <= earlier for earlier, later in pairwise([1.0, *found]))
    assert all(0 <= value <= 1 for value in found)


@pytest.mark.parametrize("seed", range(20))
def test_random_curves_never_rise(left: Left, seed: int) -> None:
    draw = random.Random(seed)
    points = [(month, 1.0 - month / 60) for month in sorted(draw.sample(range(1, 40), 3))]
    for curve in (
        exponential(draw.uniform(0, 0.99)),
        straight(draw.uniform(0.1, 8), scrap=draw.uniform(0, 1)),
        table([(0, 1.0), *points], draw.choice(["linear", "step", "log_linear", "monotone"])),
        declining(draw.uniform(0, 0.99), scrap=draw.uniform(0, 1)),
        declining(
            factor=draw.uniform(0, 3), life_years=draw.uniform(0.1, 8), switch="straight_line", scrap=draw.uniform(0, 1)
        ),
        digits(draw.randint(1, 6), scrap=draw.uniform(0, 1)),
        hyperbolic(draw.uniform(0, 3), draw.choice([0.0, 1e-12, draw.uniform(0, 3)])),
        logistic(draw.uniform(0, 4), draw.uniform(0, 20), scrap=draw.uniform(0, 1)),
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
        lambda: declining(),
        lambda: declining(0.3, factor=2.0, life_years=5.0),
        lambda: declining(factor=2.0),
        lambda: declining(0.3, life_years=5.0),
        lambda: declining(0.3, switch="straight_line"),
        lambda: digits(0),
        lambda: digits(2.5),  # type: ignore[arg-type]
        lambda: hyperbolic(0.5, -0.1),
        lambda: logistic(-1.0, 2.0),
        lambda: table([(0, 1.0), (12, float("nan"))]),
        lambda: table([(0.5, 1.0)]),
    ],
)
def test_what_is_no_curve_is_refused(refused: Any) -> None:
    with pytest.raises(ValueError, match="validation error"):
        refused()
