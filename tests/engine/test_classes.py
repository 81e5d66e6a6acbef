"""Strips, principal only, accrual and planned classes of a pool: deals of a few months, worked out by hand.

Months are of thirty days, so that 12% a year is 1% a month.
"""

from __future__ import annotations

import pytest

from dealmodel.analytics.decrement_report import decrement
from dealmodel.analytics.tranche_metrics import TrancheMetrics
from dealmodel.definition.deal import Deal
from dealmodel.definition.load import deal_from_text
from dealmodel.engine.issue import issue_price
from dealmodel.engine.result import Result
from dealmodel.engine.run import run_deal

HEAD = """
format: 1
deal: {id: classes, name: Classes, basis: illustrative, currency: USD, closing: 2026-12-15, first_payment: 2027-01-15,
       legal_final: 2027-04-15, frequency: monthly, payment_day: 15, calendar: NONE, business_days: none,
       rounding: none}
fees: {}
accounts: {collection: {kind: collection}}
states: {normal: {severity: 0, waterfall: payments}}
provenance: {"*": {status: assumed, note: made up for a test}}
"""
GIVEN = """
collateral:
  pools:
    loans: {kind: given_cash, cash: {columns: [month, interest, principal], rows: [ROWS]}}
"""
DEFAULTS = "defaults: {kind: note, ranking: 1, coupon: {fixed: 0.12}, day_count: 30/360 ISDA, deferrable: true}"


def deal(*parts: str, rows: str = "") -> Deal:
    return deal_from_text("".join([HEAD, GIVEN.replace("ROWS", rows) if rows else "", *parts]), "classes.yaml")


def months(result: Result, name: str, count: int = 4) -> list[float]:
    return result.lines.months(name)[:count]


ACCRUAL = f"""
tranches:
  {DEFAULTS}
  a: {{balance: 150}}
  z: {{balance: 100, pay_in_kind: {{while_outstanding: [a]}}}}
amounts: {{distribution: {{formula: "pool.principal + z.capitalised"}}}}
waterfalls:
  at_closing: [release: sponsor]
  payments:
    - pay_interest: [a, z]
    - pay_principal: {{to: [a, z], order: sequential, up_to: distribution}}
    - release: sponsor
"""
ACCRUAL_CASH = "[1, 2.5, 100], [2, 1.5, 100], [3, 0.5, 50]"


def test_interest_is_added_while_another_class_is_outstanding() -> None:
    """Month 1: z earns 1.00, which a gets beside the 100: 49 are left of a. Month 2: 1.01, so 101.01, of which a takes
    49 and z, now 102.01, the rest: 50 are left. Month 3: a is gone, and z is paid its 0.50.
    """
    result = run_deal(deal(ACCRUAL, rows=ACCRUAL_CASH))
    assert months(result, "z.capitalised") == pytest.approx([1.0, 1.01, 0, 0])
    assert months(result, "a.principal_paid") == pytest.approx([101, 49, 0, 0])
    assert months(result, "z.balance") == pytest.approx([101, 50, 0, 0])
    assert months(result, "z.principal_paid") == pytest.approx([0, 52.01, 50, 0])
    assert months(result, "z.interest_paid") == pytest.approx([0, 0, 0.5, 0])
    assert months(result, "sponsor.received") == pytest.approx([0, 0, 0, 0], abs=1e-12)


def test_interest_is_added_no_longer_than_until() -> None:
    """`until` ends it although a is outstanding: 1.01 of month 2 are due, and a gets 100 alone."""
    text = ACCRUAL.replace("while_outstanding: [a]", "while_outstanding: [a], until: month 1")
    result = run_deal(deal(text, rows=ACCRUAL_CASH))
    assert months(result, "z.capitalised") == pytest.approx([1, 0, 0, 0])
    assert months(result, "z.interest_paid")[1] == pytest.approx(1.01)


STRIPS = f"""
tranches:
  {DEFAULTS}
  a: {{balance: 150}}
  b: {{ranking: 2, balance: 100}}
  half: {{kind: notional, notional: {{of: [a], share: 0.5}}}}
  both: {{kind: notional, notional: {{of: [a, b]}}, interest_on_shortfall: none}}
  whole: {{kind: notional, notional: {{of: pool, share: 0.1}}}}
amounts: {{distribution: {{formula: pool.principal}}}}
waterfalls:
  at_closing: [release: sponsor]
  payments:
    - pay_interest: [a, b, whole]
    - pay_principal: {{to: [a, b], order: sequential, up_to: distribution}}
    - pay_interest: half
    - pay_interest: both
    - release: sponsor
"""


def test_a_strip_bears_interest_on_what_it_follows() -> None:
    """a is 150, then 50, then 0; b 100, 100, 50; the pool 250, 150, 50. Half of a earns 0.75 and 0.25."""
    result = run_deal(deal(STRIPS, rows="[1, 10, 100], [2, 10, 100], [3, 10, 50]"))
    assert months(result, "half.opening_notional") == pytest.approx([75, 25, 0, 0])
    assert months(result, "half.notional") == pytest.approx([25, 0, 0, 0])
    assert months(result, "half.interest_paid") == pytest.approx([0.75, 0.25, 0, 0])
    assert months(result, "both.interest_paid") == pytest.approx([2.5, 1.5, 0.5, 0])
    assert months(result, "whole.interest_paid") == pytest.approx([0.25, 0.15, 0.05, 0])


def test_a_strip_has_no_balance_and_no_principal() -> None:
    """Debt is that of a and b; what a strip lives by is the fall of its notional: 50 after 1 month and 25 after 2."""
    result = run_deal(deal(STRIPS, rows="[1, 10, 100], [2, 10, 100], [3, 10, 50]"))
    assert months(result, "tranches.opening_balance") == pytest.approx([250, 150, 50, 0])
    for word in ("balance", "principal_paid", "write_down"):
        assert set(result.lines.months(f"half.{word}")) == {0.0}
    assert result.tranche_rows["half"]["wal_years"] == pytest.approx((50 * 1 + 25 * 2) / 75 / 12)
    assert TrancheMetrics(result, "half", 1.0).average_life() == pytest.approx(100 / 75 / 12)


def test_a_decrement_table_of_a_strip_says_that_it_is_of_a_notional() -> None:
    """Of 75, 25 are left after a month, and nothing after two."""
    found = decrement(deal(STRIPS, rows="[1, 10, 100], [2, 10, 100], [3, 10, 50]"), by="month")
    assert found.table("half").percent.iloc[:, 0].tolist() == pytest.approx([100, 100 / 3, 0])
    assert "Figures of half, both and whole are those of the notional, which is no balance." in found.notes()
    assert not found.table("a").notional


def test_unpaid_interest_of_a_strip_is_carried() -> None:
    """No cash is left in month 1. In month 2 half is due 0.75, 1% of it and 0.25; both 2.5 + 1.5, without the 1%."""
    result = run_deal(deal(STRIPS, rows="[1, 2.75, 100], [2, 10, 100], [3, 10, 50]"))
    assert months(result, "half.interest_shortfall") == pytest.approx([0.75, 0, 0, 0], abs=1e-12)
    assert months(result, "half.interest_due")[1] == pytest.approx(1.0075)
    assert months(result, "both.interest_due")[1] == pytest.approx(4.0)


def test_a_strip_in_a_deal_that_pays_every_quarter() -> None:
    """Balances stand still between payment dates, and so does a notional: of the pool it is that after month 3."""
    text = STRIPS.replace("of: pool, share: 0.1", "of: pool")
    rows = "[1, 10, 100], [2, 10, 50], [3, 10, 50], [4, 10, 50]"
    whole = "".join([HEAD, GIVEN.replace("ROWS", rows), text])
    for find, write in (
        ("first_payment: 2027-01-15", "first_payment: 2027-03-15"),
        ("legal_final: 2027-04-15", "legal_final: 2027-06-15"),
        ("frequency: monthly", "frequency: quarterly"),
    ):
        whole = whole.replace(find, write)
    result = run_deal(deal_from_text(whole, "quarterly.yaml"))
    assert months(result, "whole.opening_notional", 6) == pytest.approx([250, 250, 250, 50, 50, 50])
    assert months(result, "whole.interest_due", 6) == pytest.approx([0, 0, 7.5, 0, 0, 1.5])
    assert months(result, "half.interest_due", 6) == pytest.approx([0, 0, 2.25, 0, 0, 0])


PRICED = f"""
tranches:
  {DEFAULTS}
  a: {{balance: 100}}
  principal_only: {{balance: 100, coupon: {{fixed: 0.0}}}}
  strip: {{kind: notional, notional: {{of: [a]}}, issue_price: 0.02}}
amounts: {{distribution: {{formula: pool.principal}}}}
waterfalls:
  at_closing: [release: sponsor]
  payments:
    - pay_interest: [a, principal_only, strip]
    - pay_principal: {{to: [a, principal_only], up_to: distribution}}
    - release: sponsor
"""


def test_yields_of_a_strip_and_of_principal_alone() -> None:
    """The strip pays 1 and 1, worth 1 / 1.01 + 1 / 1.01^2 at 12% a year; 100 in two months are worth 100 / 1.01^2."""
    result = run_deal(deal(PRICED, rows="[1, 2, 0], [2, 2, 200]"))
    strip = TrancheMetrics(result, "strip", 1 / 1.01 + 1 / 1.01**2)
    alone = TrancheMetrics(result, "principal_only", 100 / 1.01**2)
    assert strip.yield_in("monthly").value == pytest.approx(0.12, abs=1e-10)
    assert alone.yield_in("monthly").value == pytest.approx(0.12, abs=1e-10)
    assert strip.price_at(0.12, "monthly") == pytest.approx(strip.price)
    assert result.tranche_rows["principal_only"]["interest_paid"] == 0


def test_a_strip_brings_its_price_at_closing() -> None:
    """100 + 100, and 2% of a notional of 100; nothing of a strip without a price, which has no yield either."""
    result = run_deal(deal(PRICED, rows="[1, 2, 0], [2, 2, 200]"))
    assert result.lines.number("closing.start.collection") == pytest.approx(202)
    assert issue_price(result.lines, "strip") == pytest.approx(2.0)
    unpriced = run_deal(deal(PRICED.replace(", issue_price: 0.02", ""), rows="[1, 2, 0], [2, 2, 200]"))
    assert unpriced.lines.number("closing.start.collection") == pytest.approx(200)
    found = TrancheMetrics(unpriced, "strip", issue_price(unpriced.lines, "strip")).yield_in("monthly")
    assert found.value is None
    assert "no par" in found.reason


PLANNED = f"""
collateral:
  pools:
    loans:
      kind: receivables
      amortization: fixed_principal
      loans: {{columns: [balance, rate, remaining_months], rows: [[100, 0.0, 4]]}}
      prepayment: {{measure: smm, speed: 0.5}}
tranches:
  {DEFAULTS.replace("0.12", "0.0")}
  first: {{balance: 55, scheduled_balance: {{planned: {{pool: loans, measure: smm, speeds: [0.0, 0.5]}}}}}}
  second: {{balance: 40, scheduled_balance: {{planned: {{pool: loans, measure: smm, speeds: [0.5], net_of: [first]}}}}}}
  support: {{balance: 5}}
amounts:
  distribution: {{formula: pool.principal}}
  rest: {{remaining_of: distribution}}
  planned: {{least_of: [scheduled, rest]}}
waterfalls:
  at_closing: [release: sponsor]
  payments:
    - pay_interest: [first, second, support]
    - pay_principal: {{to: first, up_to: planned}}
    - pay_principal: {{to: second, up_to: planned}}
    - pay_principal: {{to: [support, first, second], order: sequential, up_to: rest}}
    - release: sponsor
scenarios:
  none: {{title: None prepays, changes: [{{at: collateral.pools.loans.prepayment.speed, set: 0.0}}]}}
"""


def test_planned_balances_follow_the_lesser_of_two_paths() -> None:
    """25 a month at no speed; at 50% SMM 62.5, 25, 9.375, 3.125. Of 55 the lesser, 25, 25 and 9.375, leave 30, 5 and 0.

    The second layer has 62.5 - 25, 25 - 25, 9.375 - 5: of its 40, 2.5, 2.5 and 0 are left.
    """
    result = run_deal(deal(PLANNED))
    assert months(result, "first.scheduled_balance") == pytest.approx([30, 5, 0, 0])
    assert months(result, "second.scheduled_balance") == pytest.approx([2.5, 2.5, 0, 0])


def test_planned_principal_of_a_first_collection_of_two_months() -> None:
    """50 or 87.5 in the first collection, 25 or 9.375 in the second: 50 of the 55, then all."""
    result = run_deal(deal(PLANNED.replace("fixed_principal", "fixed_principal\n      months_in_first_collection: 2")))
    assert months(result, "first.scheduled_balance") == pytest.approx([5, 0, 0, 0])


def test_support_takes_what_the_layers_leave() -> None:
    """At 50% both plans are met; in month 3, 9.375 - 5 - 2.5 = 1.875 are the support's, in month 4 the last 3.125."""
    result = run_deal(deal(PLANNED))
    assert months(result, "first.principal_paid") == pytest.approx([25, 25, 5, 0])
    assert months(result, "second.principal_paid") == pytest.approx([37.5, 0, 2.5, 0])
    assert months(result, "support.principal_paid") == pytest.approx([0, 0, 1.875, 3.125])


def test_a_layer_that_falls_behind_is_caught_up() -> None:
    """25 a month: the first layer is on plan; the second waits, then takes 20 and 20; 5 are left for the support."""
    result = run_deal(deal(PLANNED), "none")
    assert months(result, "first.principal_paid") == pytest.approx([25, 25, 5, 0])
    assert months(result, "second.principal_paid") == pytest.approx([0, 0, 20, 20])
    assert months(result, "support.principal_paid") == pytest.approx([0, 0, 0, 5])


def test_what_remains_takes_off_the_tranches_that_it_names() -> None:
    """Cash of 200 and an amount of 100: of it 40 go to a; b gets 60 of what remains, or 100 where a is not named."""
    text = f"""
tranches:
  {DEFAULTS.replace("0.12", "0.0")}
  a: {{balance: 40}}
  b: {{balance: 150}}
amounts: {{whole: {{formula: "100"}}, rest: {{remaining_of: whole, paid_to: [NAMED]}}}}
waterfalls:
  at_closing: [release: sponsor]
  payments:
    - pay_interest: [a, b]
    - pay_principal: {{to: a, up_to: whole}}
    - pay_principal: {{to: b, up_to: rest}}
    - release: sponsor
"""
    for named, paid in (("a", 60), ("b", 100)):
        result = run_deal(deal(text.replace("NAMED", named), rows="[1, 0, 200]"))
        assert months(result, "b.principal_paid", 1) == pytest.approx([paid])


PARI_PASSU = f"""
tranches:
  {DEFAULTS}
  a: {{balance: 300}}
  b: {{balance: 100}}
waterfalls:
  at_closing: [release: sponsor]
  payments:
    - pay_interest: [a, b]
    - pay_principal: {{to: [a, b], up_to: outstanding}}
    - release: sponsor
"""


@pytest.mark.parametrize(("on_arrears", "due"), [("coupon", 4.515), ("none", 4.5)])
def test_a_list_shares_interest_by_what_is_due(on_arrears: str, due: float) -> None:
    """3 and 1 are due, and 2 are there: 1.50 and 0.50. Then 1.50 and 0.50 more are due, with 1% on them or without."""
    text = PARI_PASSU.replace("deferrable: true", f"deferrable: true, interest_on_shortfall: {on_arrears}", 1)
    result = run_deal(deal(text, rows="[1, 2, 0], [2, 10, 400]"))
    assert months(result, "a.interest_paid", 1) == pytest.approx([1.5])
    assert months(result, "b.interest_paid", 1) == pytest.approx([0.5])
    assert months(result, "a.interest_due")[1] == pytest.approx(due)
    assert months(result, "b.interest_due")[1] == pytest.approx(due / 3)


def test_a_list_shares_principal_by_balance() -> None:
    """100 less 4 of interest: 72 and 24."""
    result = run_deal(deal(PARI_PASSU, rows="[1, 0, 100], [2, 10, 350]"))
    assert months(result, "a.principal_paid", 1) == pytest.approx([72])
    assert months(result, "b.principal_paid", 1) == pytest.approx([24])
