"""Effective duration: the deal run anew with its market rates moved."""

from __future__ import annotations

import pytest

from dealmodel.analytics.sensitivity import effective_durations, shifted
from dealmodel.analytics.tranche_metrics import TrancheMetrics
from dealmodel.engine.run import run_deal

SIX_MONTHS = [[0, 1.0], [6, 0.0]]
FLOATING = "{index: sofr, margin: 0.02}"


def test_a_floater_at_par_has_no_duration(one_note) -> None:
    """Coupon and discount rate move together: the price is par under every shift."""
    result = run_deal(one_note(300, SIX_MONTHS, coupon=FLOATING, day_count="Act/360"))
    assert effective_durations(result, "note") == pytest.approx((0, 0), abs=1e-6)


def test_a_floater_below_par_gains_a_little_when_rates_rise(one_note) -> None:
    """Its price is par less what the margin falls short by on every balance, discounted: rates up, less is missing.

    At 99 a point is missing over half a year at most, and a discount changes by no more than half the shift (182
    days of 360): the duration is below nil, and above -1% x 0.51.
    """
    result = run_deal(one_note(300, SIX_MONTHS, coupon=FLOATING, day_count="Act/360"))
    duration, _ = effective_durations(result, "note", price=99)
    assert -0.01 * 0.51 < duration < 0


def test_fixed_flows_that_no_rate_moves_have_their_modified_duration(one_note) -> None:
    """The central difference misses the derivative by a term in the shift squared: 1e-4 squared, times some years."""
    result = run_deal(one_note(300, SIX_MONTHS))
    lives = TrancheMetrics(result, "note").durations
    assert lives is not None
    assert effective_durations(result, "note", shift=1e-4) == pytest.approx((lives[1], lives[2]), abs=1e-6)


def test_every_rate_moves_by_the_shift_over_what_the_scenario_does(one_note) -> None:
    scenarios = (
        "scenarios:\n"
        "  base: {title: Base}\n"
        "  up: {title: Up, changes: [{at: market.rates.sofr.shift, add: 0.01}]}\n"
        "  put: {title: Put, changes: [{at: market.rates.sofr.shift, set: 0.03}]}\n"
        "  early: {title: Early, changes: [{at: market.rates.sofr.shift, set: 0.01, until: month 2}]}\n"
    )
    deal = one_note(300, SIX_MONTHS, coupon=FLOATING, day_count="Act/360", rest=scenarios)
    for name in ("base", "up", "put"):
        result = run_deal(deal, name)
        moved = shifted(result, 0.005)
        difference = moved.lines["market.sofr.rate"] - result.lines["market.sofr.rate"]
        assert difference == pytest.approx([0.005] * 6, abs=1e-12)
    with pytest.raises(ValueError, match=r"^scenario 'early' changes market\.rates\.sofr\.shift so that a shift does"):
        shifted(run_deal(deal, "early"), 0.005)


def test_a_price_without_a_yield_is_refused(one_note) -> None:
    result = run_deal(one_note(300, SIX_MONTHS, rent=0.0))
    with pytest.raises(ValueError, match=r"^note has no yield or margin at this price: no sign change$"):
        effective_durations(result, "note")
