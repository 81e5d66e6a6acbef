"""Effective duration: the deal run anew with its market rates moved."""

from __future__ import annotations

import pytest

from dealmodel.analytics.sensitivity import effective_durations, shifted
from dealmodel.analytics.tranche_metrics import TrancheMetrics
from dealmodel.engine.run import run_deal, run_model

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


DAILY = """
  rates:
    sofr: {{kind: forward, day_count: Act/360, between: step, after_last: flat, index_type: compounded_in_arrears,
           calendar: NONE, daily_floor: {floor}, points: [[2026-12-01, 0.04]]}}
"""
ROUNDED = """
  rates:
    sofr: {kind: forward, day_count: Act/360, between: linear, after_last: flat, round_places: 5,
           points: [[2026-12-15, 0.0412345678], [2027-12-15, 0.07]]}
"""


def by_hand(result, price: float, shift: float) -> tuple[float, float]:
    """Effective figures of a floater from three runs and the sum of its flows, period by period on Act/360."""
    metrics = TrancheMetrics(result, "note", price)
    margin, worths = metrics.discount_margin().number, []
    for move in (-shift, 0.0, shift):
        run = run_deal_moved(result, move)
        flows, worth, growth, before = TrancheMetrics(run, "note").flows, 0.0, 1.0, None
        for day, cash, index in zip(flows.dates, flows.cash, run.lines["market.sofr.rate"], strict=True):
            growth *= 1 + (index + margin) * (day - (before or flows.closing)).days / 360
            worth, before = worth + cash / growth, day
        worths.append(worth)
    down, base, up = worths
    return (down - up) / (2 * shift * base), (down + up - 2 * base) / (shift**2 * base)


def run_deal_moved(result, move: float):
    return run_model(result.model, result.scenario, {"market.rates.sofr.shift": move})


@pytest.mark.parametrize("rates", [DAILY.format(floor=0.0), DAILY.format(floor=0.039), ROUNDED])
@pytest.mark.parametrize("price", [100.0, 97.0])
def test_rates_that_are_floored_daily_compounded_or_rounded_have_a_duration(one_note, rates: str, price: float) -> None:
    """At par none; below it what three runs written out give. A floor of 3.9% stops the move down from 4%."""
    result = run_deal(one_note(300, SIX_MONTHS, coupon=FLOATING, day_count="Act/360", rates=rates))
    found = effective_durations(result, "note", price=price)
    assert found == pytest.approx(by_hand(result, price, 0.0025), abs=1e-6)
    if price == 100:
        assert found == pytest.approx((0, 0), abs=1e-6)


def test_a_compounded_rate_moves_by_a_little_more_than_the_shift(one_note) -> None:
    """31 days of (1 + r / 360) from 4% to 4.5%, less what the floor of 3.9% allows on the way down."""
    rates = DAILY.format(floor=0.039)
    result = run_deal(one_note(300, SIX_MONTHS, coupon=FLOATING, day_count="Act/360", rates=rates))
    moves = {move: shifted(result, move).lines["market.sofr.rate"][0] for move in (-0.005, 0.0, 0.005)}
    for move, at in ((-0.005, 0.039), (0.0, 0.04), (0.005, 0.045)):
        assert moves[move] == pytest.approx(((1 + at / 360) ** 31 - 1) * 360 / 31, abs=1e-12)


def test_a_rounded_rate_moves_as_it_is_rounded(one_note) -> None:
    """4.12346% in month 1 of rates that are rounded to five places of percent, and 0.25% more."""
    result = run_deal(one_note(300, SIX_MONTHS, coupon=FLOATING, day_count="Act/360", rates=ROUNDED))
    assert result.lines["market.sofr.rate"][0] == pytest.approx(0.0412346, abs=1e-12)
    assert shifted(result, 0.0025).lines["market.sofr.rate"][0] == pytest.approx(0.0437346, abs=1e-12)
