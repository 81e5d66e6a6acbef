"""Figures of a tranche, by hand: 300 at 1% a month repaid in three months; floaters; a note that loses."""

from __future__ import annotations

from datetime import date
from math import log

import pytest

from dealmodel.analytics.analysis import analyse
from dealmodel.analytics.tranche_metrics import TrancheMetrics
from dealmodel.definition.load import load_deal
from dealmodel.engine.issue import issue_price
from dealmodel.engine.run import run_deal

CENT = 0.005  # money to the cent
EXACT = 1e-12
THREE_MONTHS = [[0, 1.0], [3, 0.0]]
FLOATING = "{index: sofr, margin: 0.02}"


def test_lives_yields_and_durations_by_hand(one_note) -> None:
    """Pays 103, 102, 101. At par it yields 1% a month: 12% monthly, 2 (1.01^6 - 1) semi-annual.

    Average life (1 + 2 + 3) / 36 = 1/6 of a year on 30/360; from 15 December to the 15th of January, February and March
    are 31, 62 and 90 days: 183 / 3 / 365 on Act/365F. Worth of the flows: 103 / 1.01, 102 / 1.01^2, 101 / 1.01^3.
    """
    metrics = TrancheMetrics(run_deal(one_note(300, THREE_MONTHS)), "note")
    semi_annual = 2 * (1.01**6 - 1)
    assert metrics.flows.cash[:4] == pytest.approx([103, 102, 101, 0], abs=CENT)
    assert metrics.average_life() == pytest.approx(1 / 6, abs=EXACT)
    assert metrics.average_life(positive_only=True) == pytest.approx(1 / 6, abs=EXACT)
    assert metrics.average_life(day_count="Act/365F") == pytest.approx(183 / 3 / 365, abs=EXACT)
    assert metrics.yield_in("monthly").value == pytest.approx(0.12, abs=EXACT)
    assert metrics.yield_in("semi_annual").value == pytest.approx(semi_annual, abs=EXACT)
    worth = [103 / 1.01, 102 / 1.01**2, 101 / 1.01**3]
    duration = sum(month / 12 * value for month, value in enumerate(worth, start=1)) / 300
    curved = sum(month / 12 * (month / 12 + 0.5) * value for month, value in enumerate(worth, start=1)) / 300
    growth = 1.01**6  # 1 + Y / 2
    expected = (duration, duration / growth, curved / growth**2)
    assert metrics.durations == pytest.approx(expected, abs=EXACT)
    assert metrics.principal_window == (1, 3)
    assert metrics.total_interest == pytest.approx(6, abs=CENT)
    assert metrics.factors[:3] == pytest.approx([2 / 3, 1 / 3, 0], abs=EXACT)
    assert (metrics.loss, metrics.principal_shortfall, metrics.first_interest_shortfall) == (0, 0, None)


def test_annual_and_money_market_yields_by_hand(one_note) -> None:
    """One payment of 101 after 31 days: 1.01^(365/31) - 1 effective, 0.01 x 360 / 31 simple."""
    metrics = TrancheMetrics(run_deal(one_note(300, [[0, 1.0], [1, 0.0]])), "note")
    assert metrics.flows.dates[0] == date(2027, 1, 15)
    assert metrics.yield_in("annual").value == pytest.approx(1.01 ** (365 / 31) - 1, abs=1e-11)
    assert metrics.yield_in("money_market").value == pytest.approx(0.01 * 360 / 31, abs=EXACT)


def test_a_discount_at_issue_raises_the_yield_and_the_price_follows_from_it(one_note) -> None:
    """2% of par: 98. One payment of 101 after a twelfth of a year: 101 / 98 is the growth of a month."""
    result = run_deal(one_note(300, [[0, 1.0], [1, 0.0]]))
    metrics = TrancheMetrics(result, "note", 98.0)
    assert metrics.price == pytest.approx(98)
    assert metrics.yield_in("monthly").value == pytest.approx(12 * (101 / 98 - 1), abs=EXACT)
    for basis in ("semi_annual", "monthly", "annual", "money_market"):
        found = metrics.yield_in(basis).value
        assert found is not None
        assert metrics.price_at(found, basis) == pytest.approx(98, abs=1e-8)


def test_discount_margin_at_par_is_the_quoted_margin(one_note) -> None:
    """Closing is a reset date and interest accrues Act/360 to the payment date, so that par is worth QM exactly."""
    deal = one_note(300, [[0, 1.0], [6, 0.0]], coupon=FLOATING, day_count="Act/360")
    margin = TrancheMetrics(run_deal(deal), "note").discount_margin()
    assert margin.value == pytest.approx(0.02, abs=1e-9)
    assert TrancheMetrics(run_deal(deal), "note", 99).discount_margin().number > 0.02


def test_a_floor_that_binds_is_worth_margin(one_note) -> None:
    """The index is 4% at closing; a floor of 5% pays 1% more in the one month there is."""
    coupon = "{index: sofr, margin: 0.02, floor: 0.05}"
    deal = one_note(300, [[0, 1.0], [1, 0.0]], coupon=coupon, day_count="Act/360")
    assert TrancheMetrics(run_deal(deal), "note").discount_margin().value == pytest.approx(0.03, abs=1e-9)


def test_a_fixed_coupon_has_no_discount_margin_and_says_so(one_note) -> None:
    found = TrancheMetrics(run_deal(one_note(300, THREE_MONTHS)), "note").discount_margin()
    assert (found.value, found.reason) == (None, "the coupon is fixed")


TWO_NOTES = """
  defaults: {kind: note, deferrable: true}
  fixed: {ranking: 1, balance: 300, coupon: {fixed: 0.12}, day_count: 30/360 ISDA}
  floating: {ranking: 2, balance: 100, coupon: {index: sofr, margin: 0.02}, day_count: Act/360}
"""
BOTH_PAID = """
    - pay_interest: [fixed, floating]
    - pay_principal: {to: [fixed, floating], order: sequential, up_to: outstanding}
"""


def test_spread_over_the_curve_by_hand(rent_deal) -> None:
    """303 after 31 days, the forward of that month 4%: exp(spread x 31 / 360) = 1.01 / (1 + 0.04 x 31 / 360)."""
    metrics = TrancheMetrics(run_deal(rent_deal(TWO_NOTES, BOTH_PAID)), "fixed")
    expected = log(1.01 / (1 + 0.04 * 31 / 360)) * 360 / 31
    assert metrics.spread_over("sofr").value == pytest.approx(expected, abs=EXACT)
    with pytest.raises(ValueError, match=r"^'libor' is no rate of this deal's market$"):
        metrics.spread_over("libor")


def test_a_note_that_is_not_repaid_loses_and_yields_less_than_nothing(one_note) -> None:
    """Collections of 100 a month for six months on 900 at 1%, all due in month 1.

    Interest 9, then 91 of principal: 809; 8.09 and 91.91: 717.09; and so on: 900 x 1.01^6 - 100 (1.01^6 - 1) / 0.01 is
    left. 600 comes back on 900, so the yield is negative.
    """
    result = run_deal(one_note(900, [[0, 1.0], [1, 0.0]], rent=0.1))
    metrics = TrancheMetrics(result, "note")
    left = 900 * 1.01**6 - 100 * (1.01**6 - 1) / 0.01
    assert metrics.loss == pytest.approx(left, abs=CENT)
    assert metrics.principal_shortfall == pytest.approx(left, abs=CENT)
    assert metrics.principal_window == (1, 6)
    assert metrics.yield_in("semi_annual").number < 0


def test_a_note_that_gets_nothing_has_no_yield(one_note) -> None:
    """Rent is nil: interest of 3, then 3 x 1.01 + 3, ... is unpaid: 300 (1.01^6 - 1) at the end."""
    result = run_deal(one_note(300, THREE_MONTHS, rent=0.0))
    metrics = TrancheMetrics(result, "note")
    assert metrics.yield_in("semi_annual").reason == "no sign change"
    assert metrics.yield_in("money_market").reason == "no sign change"
    assert metrics.average_life() is None
    assert metrics.durations is None
    assert metrics.principal_window is None
    assert metrics.first_interest_shortfall == 1
    assert metrics.worst_interest_shortfall == pytest.approx(300 * (1.01**6 - 1), abs=CENT)


def test_names_that_do_not_exist_are_refused(one_note) -> None:
    result = run_deal(one_note(300, THREE_MONTHS))
    with pytest.raises(ValueError, match=r"^'nota' is no tranche; choose note; did you mean 'note'\?$"):
        _ = TrancheMetrics(result, "nota").flows
    with pytest.raises(ValueError, match=r"^'monthy' is no yield basis; choose semi_annual, .*'monthly'\?$"):
        TrancheMetrics(result, "note").yield_in("monthy")


def test_a_tranche_is_priced_as_it_is_issued_unless_a_price_is_given() -> None:
    """98.5% less a fee of 1% is 97.5 per 100; what states neither is at par."""
    result = run_deal(load_deal("tests/kinds/debt.yaml"))
    assert issue_price(result.lines, "level") == pytest.approx(97.5)
    metrics = analyse(result, prices={"floats": 99.0}).metrics
    assert [metrics[name].price for name in ("level", "floats", "even")] == pytest.approx([97.5, 99.0, 100.0])
    assert metrics["level"].yield_in("monthly").number > 0.06
