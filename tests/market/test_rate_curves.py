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


def a_curve(**changes: Any) -> RateCurve:
    terms = {"kind": "forward", "day_count": "Act/360", "between": "linear", "after_last": "flat", "points": POINTS}
    return RateCurve.model_validate(terms | changes)


def rates(curve: RateCurve, *, shift: float | None = None) -> Trace:
    grid = monthly_grid(
        date(2026, 12, 31), date(2027, 1, 31), 5, payment_day="month_end", convention="none", calendar="NONE"
    )
    place_kinds(curve, "market.rates.sofr")
    lines = Builder("rates", periods=5)
    lines.add_input(Input("market.rates.sofr.shift", "rate per year", curve.shift))
    define_rates(lines, {"sofr": curve}, grid)
    lines.constant("at_closing", first_rates(lines, {"sofr": curve}, grid)["sofr"], unit="rate per year")
    model = lines.build()
    return Trace.of(model, values_of(model, overrides=None if shift is None else {"market.rates.sofr.shift": shift}))


def test_the_rate_of_a_month_is_fixed_at_its_start() -> None:
    """Starts: 31 December, 31 January (31 days on), 28 February (59), 31 March (90), 30 April (flat)."""
    found = rates(a_curve()).months("market.sofr.rate")
    assert found == pytest.approx([0.04, 0.0431, 0.0459, 0.049, 0.049], abs=ROUNDING)


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
