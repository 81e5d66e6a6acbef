"""Reference rates by month, by hand: a curve that rises by one basis point a day from 4% on 31 December 2026."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from dealmodel.basics.kinds import place_kinds
from dealmodel.basics.schedule import monthly_grid
from dealmodel.lines.build import Builder
from dealmodel.lines.inputs import Input
from dealmodel.lines.trace import Trace
from dealmodel.lines.values import values_of
from dealmodel.market.rate_curves import RateCurve, define_rates, first_rates

# 31 December to 31 March is 90 days.
POINTS = ((date(2026, 12, 31), 0.04), (date(2027, 3, 31), 0.049))
ROUNDING = 1e-15
GROWTH = 1e-13  # a growth of a month is near 1 and rounded there; over a month of the year that is twelvefold, twice


def a_curve(**changes: Any) -> RateCurve:
    terms = {"kind": "forward", "day_count": "Act/360", "between": "linear", "after_last": "flat", "points": POINTS}
    return RateCurve.model_validate(terms | changes)


def rates(curve: RateCurve, *, shift: float | None = None, daily_floor: float | None = None) -> Trace:
    grid = monthly_grid(
        date(2026, 12, 31), date(2027, 1, 31), 5, payment_day="month_end", convention="none", calendar="NONE"
    )
    place_kinds(curve, "market.rates.sofr")
    lines = Builder("rates", periods=5)
    lines.add_input(Input("market.rates.sofr.shift", "rate per year", curve.shift))
    if curve.daily_floor is not None:
        lines.add_input(Input("market.rates.sofr.daily_floor", "rate per year", curve.daily_floor))
    define_rates(lines, {"sofr": curve}, grid)
    lines.constant("at_closing", first_rates(lines, {"sofr": curve}, grid)["sofr"], unit="rate per year")
    model = lines.build()
    changes = {"shift": shift, "daily_floor": daily_floor}
    overrides = {f"market.rates.sofr.{name}": value for name, value in changes.items() if value is not None}
    return Trace.of(model, values_of(model, overrides=overrides or None))


def test_the_rate_of_a_month_is_fixed_at_its_start() -> None:
    """Starts: 31 December, 31 January (31 days on), 28 February (59), 31 March (90), 30 April (flat)."""
    found = rates(a_curve()).months("market.sofr.rate")
    assert found == pytest.approx([0.04, 0.0431, 0.0459, 0.049, 0.049], abs=ROUNDING)


def test_a_rate_stays_as_it_was_set_between_resets() -> None:
    """Set in months 1 and 4 of five. From 10 February on, the first period to begin is the third, on 28 February."""
    found = rates(a_curve(reset_months=3)).months("market.sofr.rate")
    assert found == pytest.approx([0.04, 0.04, 0.04, 0.049, 0.049], abs=ROUNDING)
    found = rates(a_curve(reset_months=12, first_reset=date(2027, 2, 10))).months("market.sofr.rate")
    assert found == pytest.approx([0.04, 0.04, 0.0459, 0.0459, 0.0459], abs=ROUNDING)


def test_a_shift_moves_every_rate_that_is_set() -> None:
    """By one percent, in both."""
    found = rates(a_curve(reset_months=3), shift=0.01).months("market.sofr.rate")
    assert found == pytest.approx([0.05, 0.05, 0.05, 0.059, 0.059], abs=ROUNDING)


def test_by_steps_the_last_point_holds() -> None:
    assert rates(a_curve(between="step")).months("market.sofr.rate") == [0.04, 0.04, 0.04, 0.049, 0.049]


def test_the_shift_is_added_to_every_fixing_and_at_closing() -> None:
    trace = rates(a_curve(shift=0.01))
    assert trace.months("market.sofr.rate") == pytest.approx([0.05, 0.0531, 0.0559, 0.059, 0.059], abs=ROUNDING)
    assert trace.months("market.sofr.fixing")[0] == 0.04
    assert trace.number("at_closing") == pytest.approx(0.05, abs=ROUNDING)


def test_a_scenario_moves_the_shift_and_the_rate_at_closing_with_it() -> None:
    trace = rates(a_curve(), shift=-0.02)
    assert trace.months("market.sofr.rate")[0] == trace.number("at_closing") == pytest.approx(0.02, abs=ROUNDING)


def test_a_curve_that_ends_too_early_is_an_error_on_request() -> None:
    with pytest.raises(ValueError, match="no rate for 2027-04-30"):
        rates(a_curve(after_last="error"))


@pytest.mark.parametrize(
    "changes",
    [{"day_count": "Act/364"}, {"shift": 0.05 + 1}, {"shift": -0.51}, {"shift": float("nan")}, {"between": "cubic"}],
)
def test_what_is_no_curve_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="1 validation error"):
        a_curve(**changes)


# Made of daily fixings. 3.6% is a basis point a day on a year of 360.

FLAT = ((date(2026, 11, 1), 0.036),)


def daily(index_type: str, **changes: Any) -> RateCurve:
    return a_curve(**({"index_type": index_type, "points": FLAT} | changes))


def test_compounding_every_day_by_hand() -> None:
    """Months of 31, 28, 31, 30 and 31 days: [1.0001 ^ days - 1] x 360 / days."""
    expected = [(1.0001**days - 1) * 360 / days for days in (31, 28, 31, 30, 31)]
    assert rates(daily("compounded_in_arrears")).months("market.sofr.rate") == pytest.approx(expected, abs=GROWTH)


def test_weekends_and_holidays_bear_simple_interest() -> None:
    """31 December 2026 to 31 January 2027 under USD-GOVT, 31 days.

    Thursday 31 December counts to Monday the 4th, four days; Friday the 15th to Tuesday the 19th, four, as Monday is
    Martin Luther King Day; Fridays the 8th and 22nd three each; Friday the 29th two; the other fifteen days one.
    """
    curve = daily("compounded_in_arrears", calendar="USD-GOVT")
    expected = (1.0001**15 * 1.0002 * 1.0003**2 * 1.0004**2 - 1) * 360 / 31
    assert rates(curve).months("market.sofr.rate")[0] == pytest.approx(expected, abs=GROWTH)


def test_the_simple_average_of_a_flat_rate_is_the_rate() -> None:
    curve = daily("simple_average_in_arrears", calendar="USD-GOVT", lookback_days=5)
    assert rates(curve).months("market.sofr.rate") == pytest.approx([0.036] * 5, abs=ROUNDING)


def test_a_simple_average_by_hand() -> None:
    """By steps 3.6%, from 25 January 7.2%: 25 and 6 of the 31 days from 31 December, (25 x 3.6 + 6 x 7.2) / 31."""
    points = (*FLAT, (date(2027, 1, 25), 0.072))
    curve = daily("simple_average_in_arrears", points=points, between="step")
    found = rates(curve).months("market.sofr.rate")
    assert found[:2] == pytest.approx([(25 * 0.036 + 6 * 0.072) / 31, 0.072], abs=ROUNDING)


def test_an_average_in_advance_compounds_the_thirty_days_before() -> None:
    """Fixed on 31 December and 31 January from the days before: the change on 25 January is in February's, 6 days."""
    points = (*FLAT, (date(2027, 1, 25), 0.072))
    found = rates(daily("average_in_advance", points=points, between="step")).months("market.sofr.rate")
    expected = [(1.0001**30 - 1) * 12, (1.0001**24 * 1.0002**6 - 1) * 12, (1.0002**30 - 1) * 360 / 30]
    assert found[:3] == pytest.approx(expected, abs=GROWTH)
    longer = rates(daily("average_in_advance", average_days=60)).months("market.sofr.rate")[0]
    assert longer == pytest.approx((1.0001**60 - 1) * 6, abs=GROWTH)


def test_a_term_rate_is_fixed_some_business_days_before() -> None:
    """Two business days before Thursday 31 December is the 29th; before Sunday 31 January, Thursday the 28th.

    The curve rises by a basis point a day from 4% on 1 December: 28 days on, and 58.
    """
    points = ((date(2026, 12, 1), 0.04), (date(2027, 3, 11), 0.05))
    found = rates(a_curve(points=points, calendar="USD-GOVT", fixing_lag_days=2)).months("market.sofr.rate")
    assert found[:2] == pytest.approx([0.0428, 0.0458], abs=ROUNDING)


def test_published_fixings_come_before_forwards() -> None:
    """31 December is published; 31 January is not, and is read from the curve."""
    found = rates(a_curve(fixings=((date(2026, 12, 31), 0.0415),), shift=0.001)).months("market.sofr.rate")
    assert found[:2] == pytest.approx([0.0425, 0.0441], abs=ROUNDING)


def test_in_arrears_the_shift_is_added_to_the_compounded_rate() -> None:
    plain, moved = rates(daily("compounded_in_arrears")), rates(daily("compounded_in_arrears"), shift=-0.01)
    expected = [rate - 0.01 for rate in plain.months("market.sofr.rate")]
    assert moved.months("market.sofr.rate") == pytest.approx(expected, abs=ROUNDING)


@pytest.mark.parametrize("index_type", ["compounded_in_arrears", "simple_average_in_arrears"])
def test_a_daily_floor_lifts_each_day_alone(index_type: str) -> None:
    """By steps 1%, from 25 January 7.2%, floored at 3.6%: 25 days of 3.6% and 6 of 7.2%, not 31 of an average."""
    points = ((date(2026, 11, 1), 0.01), (date(2027, 1, 25), 0.072))
    trace = rates(daily(index_type, points=points, between="step", daily_floor=0.036))
    compound = (1.0001**25 * 1.0002**6 - 1) * 360 / 31
    expected = compound if index_type.startswith("compounded") else (25 * 0.036 + 6 * 0.072) / 31
    assert trace.months("market.sofr.rate")[0] == pytest.approx(expected, abs=GROWTH)
    assert trace.number("at_closing") == pytest.approx(expected, abs=GROWTH)


def test_a_daily_floor_and_the_shift_beneath_it_are_live() -> None:
    """Shifted by -2.6% each day is at 1%; a floor of 3.6% holds all the same, and one of 7.2% lifts it further."""
    curve = daily("compounded_in_arrears", daily_floor=0.0)
    months = (31, 28, 31, 30, 31)
    shifted = rates(curve, shift=-0.026, daily_floor=0.036).months("market.sofr.rate")
    assert shifted == pytest.approx([(1.0001**days - 1) * 360 / days for days in months], abs=GROWTH)
    lifted = rates(curve, daily_floor=0.072).months("market.sofr.rate")
    assert lifted == pytest.approx([(1.0002**days - 1) * 360 / days for days in months], abs=GROWTH)


def test_a_floor_far_below_changes_nothing() -> None:
    terms = {
        "calendar": "USD-GOVT",
        "lookback_days": 5,
        "points": ((date(2026, 12, 1), 0.03), (date(2027, 6, 1), 0.05)),
    }
    plain = rates(daily("compounded_in_arrears", **terms)).months("market.sofr.rate")
    floored = rates(daily("compounded_in_arrears", **terms, daily_floor=-0.05)).months("market.sofr.rate")
    assert floored == pytest.approx(plain, abs=GROWTH)


def test_the_index_is_rounded_to_places_of_percent() -> None:
    """4.123455% to five places is 4.12346%, half away from zero; to two it is 4.12%. The shift is rounded with it."""
    points = ((date(2026, 12, 31), 0.04123455),)
    assert rates(a_curve(points=points, round_places=5)).months("market.sofr.rate")[0] == 0.0412346
    trace = rates(a_curve(points=points, round_places=2), shift=0.00001)
    assert trace.months("market.sofr.rate")[0] == trace.number("at_closing") == 0.0412


def test_a_look_back_beyond_the_curve_is_refused() -> None:
    curve = daily("compounded_in_arrears", points=((date(2026, 12, 31), 0.04),), calendar="USD-GOVT", lookback_days=2)
    with pytest.raises(ValueError, match="no rate for 2026-12-29: it is before the first point"):
        rates(curve)
    fixings = ((date(2026, 12, 29), 0.041), (date(2026, 12, 30), 0.042))
    known = curve.model_copy(update={"fixings": fixings})
    # Two days back, 31 December (4 days) is at 4.1%, Monday 4 January at 4.2%, and what follows at 4%.
    later = 1 + 0.04 / 360
    growth = (1 + 4 * 0.041 / 360) * (1 + 0.042 / 360) * later**14
    growth *= (1 + 2 * 0.04 / 360) * (1 + 3 * 0.04 / 360) ** 2 * (1 + 4 * 0.04 / 360)
    assert rates(known).months("market.sofr.rate")[0] == pytest.approx((growth - 1) * 360 / 31, abs=GROWTH)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"lookback_days": 5}, "a rate of type term has no lookback_days; it is for rates in arrears"),
        ({"lockout_days": 1}, "a rate of type term has no lockout_days"),
        ({"daily_floor": 0.0}, "a rate of type term has no daily_floor"),
        ({"average_days": 30}, "a rate of type term has no average_days; it is for averages in advance"),
        (
            {"index_type": "compounded_in_arrears", "fixing_lag_days": 2},
            "has no fixing_lag_days; it is for rates fixed before",
        ),
        (
            {"index_type": "compounded_in_arrears", "observation_shift": True},
            "an observation shift needs lookback_days",
        ),
        (
            {"index_type": "compounded_in_arrears", "day_count": "30E/360"},
            "daily fixings are quoted in Act/360 and Act/365F",
        ),
        ({"index_type": "compounded"}, "Input should be 'term'"),
        ({"calendar": "USD-GOV"}, "'USD-GOV' is not a calendar"),
    ],
)
def test_a_rate_has_the_fields_of_its_type_only(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match="1 validation error") as refused:
        a_curve(**changes)
    assert said in str(refused.value)
