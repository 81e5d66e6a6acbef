"""Fees in deals of a few months: what they are of, when they are known, and what a cap leaves for later steps.

Collections are 1,000 a month unless the tenant stops; the coupon is 1% a month; 500 is repaid in each of four months.
"""

from __future__ import annotations

from datetime import date

import pytest

from dealmodel.basics.errors import DealFileError
from dealmodel.engine.result import Result
from dealmodel.engine.run import run_deal
from dealmodel.engine.timeline import timeline_of

CENT = 0.005  # money to the cent

NOTE = """
tranches:
  note: {kind: note, ranking: 1, balance: 2_000, coupon: {fixed: 0.12}, day_count: 30/360 ISDA, deferrable: true,
         scheduled_balance: {by: month, of: original, points: [[0, 1.0], [4, 0.0]], between: linear}}
accounts: {collection: {kind: collection}}
"""
LISTS = """
states: {normal: {severity: 0, waterfall: payments}}
waterfalls:
  at_closing: [release: sponsor]
  payments:
    - pay: [fee, site_costs]
    - pay_interest: note
    - pay_principal: {to: note, up_to: scheduled}
    - release: sponsor
"""


def months(result: Result, name: str, count: int) -> list[float]:
    return result.lines.months(name)[:count]


def with_fee(tiny_deal, fee: str, **terms: str) -> Result:
    return run_deal(tiny_deal(f"{NOTE}fees: {{fee: {fee}}}\n{LISTS}", **terms))


@pytest.mark.parametrize(
    ("fee", "accrued"),
    [
        ("{amount_per_year: 120}", [10, 10]),
        ("{amount_per_payment: 15}", [15, 15]),
        ("{amount_per_unit_per_year: 24}", [20, 20]),
        ("{rate_per_year: 0.006, of: opening_tranche_balance}", [1, 0.75]),
        ("{rate_per_year: 0.006, of: [note]}", [1, 0.75]),
        ("{rate_per_year: 0.12, of: resale_value}", [29.5, 29]),
        ("{rate_per_year: 0.12, of: book_value}", [29.5, 29]),
        ("{rate: 0.02, of: revenue}", [20, 20]),
        ("{rate: 0.02, of: collections}", [20, 20]),
        ("{rate: 0.02, of: collections, at_least_per_year: 300}", [25, 25]),
    ],
)
def test_what_a_fee_is_of(tiny_deal, fee: str, accrued: list[float]) -> None:
    """Ten units; balances 2,000 and 1,500; values 2,950 and 2,900; cash 1,000 a month."""
    result = with_fee(tiny_deal, fee)
    assert months(result, "fee.accrued", 2) == pytest.approx(accrued, abs=CENT)
    released = [1000 - 20 - 500 - accrued[0], 1000 - 15 - 500 - accrued[1]]
    assert months(result, "sponsor.received", 2) == pytest.approx(released, abs=CENT)


@pytest.mark.parametrize(("day_count", "first"), [("twelfths", 10 * 47 / 31), ("Act/360", 120 * 47 / 360)])
def test_a_long_first_period_accrues_all_its_days(tiny_deal, day_count: str, first: float) -> None:
    """Closing on 15 December, first payment on 31 January: 47 days, of which a whole month has 31. Then February."""
    second = {"twelfths": 10, "Act/360": 120 * 28 / 360}[day_count]
    terms = {"first_payment": "2027-01-31", "legal_final": "2027-06-30", "payment_day": "month_end"}
    result = with_fee(tiny_deal, f"{{amount_per_year: 120, day_count: {day_count}}}", **terms)
    assert months(result, "fee.accrued", 2) == pytest.approx([first, second], abs=CENT)


def test_units_delivered_within_a_month_count_for_its_rest(tiny_deal) -> None:
    """Delivered on 30 December, 15 days into a month of 31: 20 x 16 / 31, then 20."""
    result = run_deal(
        tiny_deal(
            f"{NOTE}fees: {{fee: {{amount_per_unit_per_year: 24}}}}\n{LISTS}",
            edits={"delivered: closing": "delivered: 2026-12-30"},
        )
    )
    assert months(result, "fee.accrued", 2) == pytest.approx([20 * 16 / 31, 20], abs=CENT)


SALE = """
tests:
  cover: {measure: dscr, debt: [note], at_least: 1.5}
states:
  normal: {severity: 0, waterfall: payments}
  failed: {severity: 1, waterfall: payments, entered_on: [cover], left: never, remedy: sell}
waterfalls:
  at_closing: [release: sponsor]
  payments:
    - pay: [fee, site_costs]
    - pay_interest: note
    - pay_principal: {to: note, up_to: outstanding}
    - release: sponsor
"""


def test_a_fee_on_collections_has_its_share_of_a_sale_and_a_test_does_not(tiny_deal) -> None:
    """The tenant stops in month 2: no revenue, coverage 0, and the chips are sold at once for 2,900 x 0.8 = 2,320.

    Month 1: coverage (1,000 - 20) / 520. Month 2: the fee is 2% of 2,320, of which the test sees nothing.
    """
    deal = tiny_deal(f"{NOTE}fees: {{fee: {{rate: 0.02, of: collections}}}}\n{SALE}", stops_paying="month 2")
    result = run_deal(deal)
    assert months(result, "collections", 2) == pytest.approx([1000, 2320], abs=CENT)
    assert months(result, "fee.accrued", 2) == pytest.approx([20, 46.4], abs=CENT)
    assert months(result, "fee.of_revenue", 2) == pytest.approx([20, 0], abs=CENT)
    assert months(result, "cover.ratio", 2) == pytest.approx([980 / 520, 0], abs=1e-9)


CAPPED = LISTS.replace("    - release: sponsor\n", "    - pay: fee.excess\n    - release: sponsor\n")


def test_the_excess_of_a_cap_is_paid_where_its_step_stands(tiny_deal) -> None:
    """100 a month, at most 250 a year: 100, 100 and 50 first; beyond it 50, then 100 a month, after principal.

    Released: 1,000 - 100 - 520 = 380; 385; 1,000 - 50 - 510 - 50 = 390; 1,000 - 505 - 100 = 395.
    """
    fee = "{amount_per_year: 1_200, cap_per_year: 250}"
    result = run_deal(tiny_deal(f"{NOTE}fees: {{fee: {fee}}}\n{CAPPED}"))
    assert months(result, "fee.paid", 4) == pytest.approx([100, 100, 50, 0], abs=CENT)
    assert months(result, "fee.excess.paid", 4) == pytest.approx([0, 0, 50, 100], abs=CENT)
    assert months(result, "sponsor.received", 4) == pytest.approx([380, 385, 390, 395], abs=CENT)


def test_the_excess_waits_behind_principal_and_the_next_year_begins_anew(tiny_deal) -> None:
    """600 a month: 500 of principal fall due in each of months 1 to 4, so the excess is paid from month 5 on.

    Month 1: 100, 20, 480. Month 2: 100, interest 15.20, 484.80 of 520 due. Month 3: 50, 10.352, 535.2 due, paid in
    full: 4.448 for the excess, 45.552 unpaid. Month 4: interest 5, principal 500, 95 for the excess of 145.552: 50.552
    unpaid. Month 5 pays 150.552. Month 13 begins a year: 100 within the cap.
    """
    fee = "{amount_per_year: 1_200, cap_per_year: 250}"
    deal = tiny_deal(f"{NOTE}fees: {{fee: {fee}}}\n{CAPPED}", price=0.6, legal_final="2028-02-15")
    result = run_deal(deal)
    assert months(result, "note.principal_paid", 4) == pytest.approx([480, 484.8, 535.2, 500], abs=CENT)
    assert months(result, "fee.excess.paid", 5) == pytest.approx([0, 0, 4.448, 95, 150.552], abs=CENT)
    assert months(result, "fee.paid", 14)[10:] == pytest.approx([0, 0, 100, 100], abs=CENT)
    assert months(result, "fee.excess.paid", 14)[10:] == pytest.approx([100, 100, 0, 0], abs=CENT)


def test_a_cap_is_live(tiny_deal) -> None:
    fee = "{amount_per_year: 1_200, cap_per_year: 250}"
    result = run_deal(tiny_deal(f"{NOTE}fees: {{fee: {fee}}}\n{CAPPED}"), overrides={"fees.fee.cap_per_year": 130})
    assert months(result, "fee.paid", 3) == pytest.approx([100, 30, 0], abs=CENT)


def test_an_excess_that_no_step_pays_is_refused(tiny_deal) -> None:
    with pytest.raises(DealFileError, match=r"fee\.excess is never paid"):
        tiny_deal(f"{NOTE}fees: {{fee: {{amount_per_year: 1_200, cap_per_year: 250}}}}\n{LISTS}")


def test_years_of_a_cap_begin_on_anniversaries_or_in_january(tiny_deal) -> None:
    """Closing on 15 December 2026, 14 months; and on 15 September, where payments of October to December are 2026's."""
    late = timeline_of(tiny_deal(f"{NOTE}{LISTS}".replace("[fee, site_costs]", "site_costs"), legal_final="2028-02-15"))
    assert [t + 1 for t, flag in enumerate(late.year_begins("from_closing")) if flag] == [1, 13]
    assert [t + 1 for t, flag in enumerate(late.year_begins("calendar")) if flag] == [1, 13]
    deal = tiny_deal(
        f"{NOTE}{LISTS}".replace("[fee, site_costs]", "site_costs"),
        first_payment="2026-10-15", legal_final="2028-02-15", edits={"closing: 2026-12-15": "closing: 2026-09-15"},
    )  # fmt: skip
    early = timeline_of(deal)
    assert early.grid.payment_date[3] == date(2027, 1, 15)
    assert [t + 1 for t, flag in enumerate(early.year_begins("calendar")) if flag] == [4, 16]
    assert [t + 1 for t, flag in enumerate(early.year_begins("from_closing")) if flag] == [1, 13]
