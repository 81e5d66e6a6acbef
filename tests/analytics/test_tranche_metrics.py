"""Figures of a tranche, by hand: 300 at 1% a month repaid in three months; floaters; a note that loses."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from math import log
from pathlib import Path

import pytest
from scipy.optimize import brentq

from dealmodel.analytics.analysis import analyse
from dealmodel.analytics.decrement import average_lives
from dealmodel.analytics.tranche_metrics import TrancheMetrics
from dealmodel.definition.load import deal_from_text, load_deal
from dealmodel.engine.issue import issue_price
from dealmodel.engine.run import run_deal

CENT = 0.005  # money to the cent
EXACT = 1e-12
ROOT = Path(__file__).parents[2]
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


DAY_COUNTS = ["Act/360", "Act/365F", "30/360 ISDA", "30/360 US", "30E/360", "30E/360 ISDA", "Act/Act ISDA"]


@pytest.mark.parametrize("day_count", [*DAY_COUNTS, "Act/Act ICMA"])
def test_discount_margin_at_par_is_the_quoted_margin(one_note, day_count: str) -> None:
    """Closing is a reset date, and the margin accrues as the coupon does, so that par is worth QM exactly."""
    deal = one_note(300, [[0, 1.0], [6, 0.0]], coupon=FLOATING, day_count=day_count)
    margin = TrancheMetrics(run_deal(deal), "note").discount_margin()
    assert margin.value == pytest.approx(0.02, abs=1e-9)
    assert TrancheMetrics(run_deal(deal), "note", 99).discount_margin().number > 0.02


def test_discount_margin_in_another_day_count_than_the_coupon_s(one_note) -> None:
    """One payment after 31 days on 30/360: interest of 6% / 12; on Act/360 the margin and 4% earn it over 31 / 360."""
    deal = one_note(300, [[0, 1.0], [1, 0.0]], coupon=FLOATING, day_count="30/360 ISDA")
    margin = TrancheMetrics(run_deal(deal), "note").discount_margin(day_count="Act/360")
    assert margin.value == pytest.approx(0.06 * 30 / 31 - 0.04, abs=1e-9)


@pytest.mark.parametrize("day_count", DAY_COUNTS)
def test_discount_margin_of_quarterly_payments_is_the_quoted_margin(day_count: str) -> None:
    """A first period of four months, a last one of more than three, business days: periods are those of the coupon."""
    text = (ROOT / "tests/kinds/quarterly.yaml").read_text(encoding="utf-8")
    text = text.replace("rounding: cent", "rounding: none").replace("stops_paying: month 20", "stops_paying: never")
    old = "balance: 3_000_000, day_count: 30/360 ISDA"
    assert old in text
    result = run_deal(
        deal_from_text(text.replace(old, f"balance: 3_000_000, day_count: {day_count}"), "quarterly.yaml")
    )
    for name, margin in (("senior", 0.03), ("mezzanine", 0.05)):
        metrics = TrancheMetrics(result, name)
        assert metrics.discount_margin().value == pytest.approx(margin, abs=1e-9)
        assert [day.month for day in metrics.flows.paid_on[:4]] == [4, 7, 10, 1]


def worth_of_simple(rate: float, days: list[int], cash: list[float], index: list[float]) -> float:
    """Worth of cash, term by term: each period grows by 1 + (index + rate) x its days over 360."""
    worth, growth = 0.0, 1.0
    for length, amount, over in zip(days, cash, index, strict=True):
        growth *= 1 + (over + rate) * length / 360
        worth += amount / growth
    return worth


def bracketed(metrics: TrancheMetrics, index: list[float] | None = None) -> float:
    """The simple rate at which the cash up to the last payment is worth par, by Brent's method."""
    flows = metrics.flows
    count = max(place for place, amount in enumerate(flows.cash) if amount) + 1
    ends = [flows.closing, *flows.dates[:count]]
    days = [(after - before).days for before, after in pairwise(ends)]
    cash, over = flows.cash[:count].tolist(), [0.0] * count if index is None else index[:count]
    lowest = max(-360 / length - rate for length, rate in zip(days, over, strict=True))
    return float(brentq(lambda m: worth_of_simple(m, days, cash, over) - flows.balance, lowest + 1e-9, 10, xtol=1e-14))


def test_money_market_yields_of_classes_that_lose_are_the_bracketed_roots() -> None:
    """Cash ends in month 23 of 90; months of nothing follow, and add no root."""
    result = run_deal(load_deal(ROOT / "sample_deals/gpu_abs_abc"), "both_protections_fail")
    for name, printed in (("class_a", -0.0635), ("class_b", -0.5542), ("class_c", -0.5565)):
        metrics = TrancheMetrics(result, name)
        found = metrics.yield_in("money_market").value
        assert found == pytest.approx(bracketed(metrics), abs=1e-10)
        assert found == pytest.approx(printed, abs=0.00005)


def test_discount_margin_of_a_floater_that_loses_is_the_bracketed_root(rent_deal) -> None:
    """155 a month for two months repay the senior 300; 0.52, then 5.00, come back on the junior note's 100."""
    stop = "{at: collateral.merchant.utilisation, set: 0, from: month 3}"
    dry = f"scenarios: {{base: {{title: Base}}, dry: {{title: Dry, changes: [{stop}]}}}}\n"
    deal = rent_deal(TWO_NOTES, BOTH_PAID, rent=0.155, legal_final="2030-06-15", rest=dry)
    metrics = TrancheMetrics(run_deal(deal, "dry"), "floating")
    index = metrics.result.lines["market.sofr.rate"].tolist()
    found = metrics.discount_margin().value
    assert metrics.flows.cash[:2] == pytest.approx([0.52, 5.00], abs=CENT)
    assert metrics.flows.cash[2:].sum() == 0
    assert found == pytest.approx(bracketed(metrics, index), abs=1e-9)


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


ADDED = """
  note: {kind: note, ranking: 1, balance: 300, coupon: {fixed: 0.12}, day_count: 30/360 ISDA, deferrable: true,
         pay_in_kind: {until: month 2},
         scheduled_balance: {by: month, of: original, points: [[0, 1.0], [2, 1.0], [3, 0.0]], between: linear}}
"""
ONE_PAID = "    - pay_interest: note\n    - pay_principal: {to: note, up_to: scheduled}"


def test_both_average_lives_of_interest_in_kind_by_hand(rent_deal) -> None:
    """3 is added in month 1 and 3.03 in month 2; 306.03 is repaid in month 3, when 3.0603 of interest is paid.

    Positive only: all of it after a quarter. Signed: (3 x 306.03 - 2 x 3.03 - 3) / 300 months.
    """
    result = run_deal(rent_deal(ADDED, ONE_PAID))
    signed = (3 * 306.03 - 2 * 3.03 - 3) / 300 / 12
    row = result.tranches.loc["note"]
    assert (row.wal_years, row.wal_signed_years) == pytest.approx((0.25, signed), abs=EXACT)
    assert result.average_lives("note") == pytest.approx((0.25, signed), abs=EXACT)
    told = analyse(result).tranches.loc["note"]
    assert (told.wal_positive_only, told.wal_30_360) == pytest.approx((0.25, signed), abs=EXACT)
    days = [31, 62, 90]  # of 15 January, February and March since 15 December
    on_365 = (306.03 * days[2] - 3.03 * days[1] - 3 * days[0]) / 300 / 365
    assert (told.wal_act_365_positive_only, told.wal_act_365) == pytest.approx((90 / 365, on_365), abs=EXACT)


def test_a_month_in_which_interest_is_added_and_principal_paid_counts_by_its_net(rent_deal) -> None:
    """Half of 300 is due in month 1, in which 3 is added: the schedule asks for half of 303, so 148.5 net of 300.

    The rest, 151.5 and 1.515 added in month 2, is repaid then: 151.5 net. Both lives: (148.5 + 2 x 151.5) / 300.
    """
    text = ADDED.replace("[2, 1.0], [3, 0.0]", "[2, 0.0]")
    result = run_deal(rent_deal(text, ONE_PAID))
    assert result.lines["note.principal_paid"][:2] == pytest.approx([151.5, 153.015], abs=CENT)
    lives = ((148.5 + 2 * 151.5) / 300 / 12,) * 2
    assert result.average_lives("note") == pytest.approx(lives, abs=1e-9)


@pytest.mark.parametrize("path", sorted((ROOT / "tests/kinds").glob("*.yaml")), ids=lambda path: path.stem)
def test_lives_are_the_same_wherever_they_are_told(path: Path) -> None:
    """In the table of tranches, by `analyse`, and below decrement tables."""
    deal = load_deal(path)
    for scenario in deal.scenarios:
        result = run_deal(deal, scenario)
        for name in result.tranche_names:
            metrics = TrancheMetrics(result, name)
            lives = (metrics.average_life(positive_only=True), metrics.average_life())
            told = result.average_lives(name)
            assert told == pytest.approx(lives, abs=1e-9)
            if lives[1] is not None:
                below = average_lives(result, name, "30/360")
                assert told == pytest.approx((below["positive_only"], below["signed"]), abs=1e-9)


def test_the_table_of_tranches_tells_coupon_and_yield() -> None:
    """The yield is that at the issue price, semi-annual; a class that gets nothing back has none, and NaN."""
    result = run_deal(load_deal(ROOT / "tests/kinds/debt.yaml"))
    for name, row in result.tranches.iterrows():
        metrics = TrancheMetrics(result, str(name), issue_price(result.lines, str(name)))
        assert row["yield"] == pytest.approx(metrics.yield_in("semi_annual").number, abs=1e-12, nan_ok=True)
        assert row["coupon"] == result.lines.value(f"{name}.rate", 1)
    assert list(result.tranches.columns[:2]) == ["balance", "coupon"]
    assert "yield" not in result.tranche_rows["level"]  # a run does not solve for it


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
