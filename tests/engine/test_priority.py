"""Who is paid first: deals of a few months, worked out by hand. Collections are 1,000 a month; coupons 1% a month."""

from __future__ import annotations

import pytest

from dealmodel.engine.result import Result
from dealmodel.engine.run import run_deal

CENT = 0.005  # money to the cent

TWO_CLASSES = """
tranches:
  defaults: {kind: note, day_count: 30/360 ISDA, coupon: {fixed: 0.12}, deferrable: true}
  senior: {ranking: 1, balance: 1_500}
  junior: {ranking: 2, balance: 1_000}
accounts: {collection: {kind: collection}}
states: {normal: {severity: 0, waterfall: payments}}
"""
SEQUENTIAL = (
    TWO_CLASSES
    + """
waterfalls:
  at_closing: [release: sponsor]
  payments:
    - pay: site_costs
    - pay_interest: senior
    - pay_interest: junior
    - pay_principal: {to: [senior, junior], order: sequential, up_to: outstanding}
    - release: sponsor
"""
)


def months(result: Result, name: str, count: int) -> list[float]:
    return result.lines.months(name)[:count]


def test_junior_principal_waits_until_senior_is_paid(tiny_deal) -> None:
    """Month 1: 15 + 10 interest, 975 to senior. Month 2: 5.25 + 10, 525 to senior, 459.75 to junior.

    Month 3: 5.4025 interest and 540.25 principal of junior; 454.3475 is released. Then all of the 1,000.
    """
    result = run_deal(tiny_deal(SEQUENTIAL))
    assert months(result, "senior.interest_paid", 4) == pytest.approx([15, 5.25, 0, 0], abs=CENT)
    assert months(result, "junior.interest_paid", 4) == pytest.approx([10, 10, 5.4025, 0], abs=CENT)
    assert months(result, "senior.principal_paid", 4) == pytest.approx([975, 525, 0, 0], abs=CENT)
    assert months(result, "junior.principal_paid", 4) == pytest.approx([0, 459.75, 540.25, 0], abs=CENT)
    assert months(result, "sponsor.received", 4) == pytest.approx([0, 0, 454.3475, 1000], abs=CENT)


def test_pro_rata_pays_both_down_together(tiny_deal) -> None:
    """Month 1: 975 over 1,500 and 1,000: 585 and 390. Month 2: 915 and 610 left, 15.25 interest, 984.75 over 1,525.

    915 x 984.75 / 1,525 = 590.85 and 393.90. Month 3: 324.15 and 216.10 left with 5.4025 interest.
    """
    deal = tiny_deal(SEQUENTIAL.replace("order: sequential, ", ""))
    result = run_deal(deal)
    assert months(result, "senior.principal_paid", 3) == pytest.approx([585, 590.85, 324.15], abs=CENT)
    assert months(result, "junior.principal_paid", 3) == pytest.approx([390, 393.90, 216.10], abs=CENT)
    assert months(result, "sponsor.received", 3) == pytest.approx([0, 0, 454.3475], abs=CENT)


def test_junior_gets_nothing_until_senior_interest_is_paid(tiny_deal) -> None:
    """Collections of 12 a month. Senior is due 15, then 15 + 3 + 0.03 = 18.03, then 15 + 6.03 + 0.0603 = 21.0903.

    Junior's arrears run up by 10, 20.10, 30.301. Nothing is released; nothing goes to principal.
    """
    result = run_deal(tiny_deal(SEQUENTIAL, price=0.012))
    assert months(result, "senior.interest_due", 3) == pytest.approx([15, 18.03, 21.0903], abs=CENT)
    assert months(result, "senior.interest_paid", 3) == pytest.approx([12, 12, 12], abs=CENT)
    assert months(result, "junior.interest_paid", 3) == [0, 0, 0]
    assert months(result, "junior.interest_shortfall", 3) == pytest.approx([10, 20.10, 30.301], abs=CENT)
    assert months(result, "senior.principal_paid", 3) == [0, 0, 0]


def test_what_is_unpaid_in_the_last_month_is_written_down(tiny_deal) -> None:
    """One month: 975 of 1,500 is paid; 525 of senior and 1,000 of junior are lost, and no more is owed."""
    result = run_deal(tiny_deal(SEQUENTIAL, legal_final="2027-01-15"))
    assert result.model.periods == 1
    assert months(result, "senior.write_down", 1) == pytest.approx([525], abs=CENT)
    assert months(result, "junior.write_down", 1) == pytest.approx([1000], abs=CENT)
    assert result.tranche_rows["senior"]["principal_loss"] == pytest.approx(525, abs=CENT)
    assert months(result, "senior.balance", 1) == [0]


def test_fees_come_first_and_are_carried_forward(tiny_deal) -> None:
    """A fee of 600 a month over collections of 500: 500 paid, 100, 200, 300 carried; the notes get nothing."""
    text = SEQUENTIAL.replace("pay: site_costs", "pay: [trustee, site_costs]")
    result = run_deal(tiny_deal("fees: {trustee: {amount_per_year: 7_200}}\n" + text, price=0.5))
    assert months(result, "trustee.paid", 3) == [500, 500, 500]
    assert months(result, "trustee.unpaid", 3) == [100, 200, 300]
    assert months(result, "senior.interest_paid", 3) == [0, 0, 0]


def test_a_percentage_fee_is_on_the_balances_before_payment(tiny_deal) -> None:
    """1.2% a year of 2,500 is 2.50; then of what is left after 1,000 - 25 - 2.5 = 972.5 of principal: 1.5275."""
    text = SEQUENTIAL.replace("pay: site_costs", "pay: [servicer, site_costs]")
    fee = "fees: {servicer: {rate_per_year: 0.012, of: opening_tranche_balance}}\n"
    result = run_deal(tiny_deal(fee + text))
    assert months(result, "servicer.paid", 2) == pytest.approx([2.5, 1.5275], abs=CENT)


TO_SCHEDULE = """
tranches:
  note: {kind: note, ranking: 1, balance: 1_200, coupon: {fixed: 0.12}, day_count: 30/360 ISDA, deferrable: true,
         scheduled_balance: {by: month, of: original, points: [[0, 1.0], [4, 0.0]], between: linear}}
accounts: {collection: {kind: collection}}
states: {normal: {severity: 0, waterfall: payments}}
waterfalls:
  at_closing: [release: sponsor]
  payments:
    - pay: site_costs
    - pay_interest: note
    - pay_principal: {to: note, up_to: scheduled}
    - release: sponsor
"""


def test_scheduled_principal_and_the_rest_to_the_sponsor(tiny_deal) -> None:
    """300 a month; interest 12, 9, 6, 3; the rest of 1,000 is released."""
    result = run_deal(tiny_deal(TO_SCHEDULE))
    assert months(result, "note.principal_paid", 5) == pytest.approx([300, 300, 300, 300, 0], abs=CENT)
    assert months(result, "sponsor.received", 5) == pytest.approx([688, 691, 694, 697, 1000], abs=CENT)


def test_principal_arrears_are_caught_up_with(tiny_deal) -> None:
    """The tenant pays 200 a month. 188, 189.88, 191.7788, 193.696588: always below the schedule.

    Balances 1,012, 822.12, 630.3412, 436.644612; in month 5 interest is 4.36644612 and 195.63355388 is paid.
    """
    result = run_deal(tiny_deal(TO_SCHEDULE, price=0.2))
    assert months(result, "note.balance", 4) == pytest.approx([1012, 822.12, 630.3412, 436.644612], abs=CENT)
    assert months(result, "note.principal_paid", 5)[4] == pytest.approx(195.63355388, abs=CENT)
    assert months(result, "sponsor.received", 5) == [0] * 5


def test_interest_of_senior_and_junior_shared_in_one_step(tiny_deal) -> None:
    """12 over dues of 15 and 10: 7.20 and 4.80."""
    text = SEQUENTIAL.replace("    - pay_interest: senior\n    - pay_interest: junior\n",
                              "    - pay_interest: [senior, junior]\n")  # fmt: skip
    result = run_deal(tiny_deal(text, price=0.012))
    assert months(result, "senior.interest_paid", 1) == pytest.approx([7.2], abs=CENT)
    assert months(result, "junior.interest_paid", 1) == pytest.approx([4.8], abs=CENT)


def test_two_steps_on_one_due_are_one_step_on_the_sum(tiny_deal) -> None:
    twice = SEQUENTIAL.replace(
        "    - pay_interest: senior\n", "    - pay_interest: senior\n    - pay_interest: senior\n"
    )
    one, two = run_deal(tiny_deal(SEQUENTIAL, price=0.012)), run_deal(tiny_deal(twice, price=0.012))
    for name in ("senior.interest_paid", "senior.balance", "junior.interest_shortfall"):
        assert one.lines.months(name) == two.lines.months(name)


def test_a_contract_may_cover_all_units_of_a_cohort(tiny_deal) -> None:
    """All ten, as the number would: 1,000 a month."""
    deal = tiny_deal(SEQUENTIAL, units="all")
    assert run_deal(deal).lines.months("collections") == run_deal(tiny_deal(SEQUENTIAL)).lines.months("collections")
