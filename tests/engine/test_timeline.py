"""The months of a deal: how many, how long, and what comes after the legal final date."""

from __future__ import annotations

from datetime import date

import pytest

from dealmodel.engine.compile import compile_deal
from dealmodel.engine.run import run_deal
from dealmodel.engine.timeline import timeline_of

CENT = 0.005  # money to the cent
YEARS = 1e-15  # one division

KEEPS = """
tranches:
  note: {kind: note, ranking: 1, balance: 36_000, coupon: {fixed: 0.10}, day_count: 30/360 ISDA, deferrable: true}
accounts: {collection: {kind: collection}}
tests: {final: {measure: unpaid_balance, of: [note], first: legal_final, measured: after_payment}}
states:
  normal: {severity: 0, waterfall: payments}
  late: {severity: 1, waterfall: payments, entered_on: [final], left: never}
waterfalls:
  at_closing: [release: sponsor]
  payments:
    - pay: site_costs
    - pay_interest: note
    - pay_principal: {to: note, up_to: outstanding}
    - release: sponsor
"""
SELLS = KEEPS.replace("left: never}", "left: never, remedy: sell}")


def test_there_is_a_month_for_each_to_the_legal_final_date(tiny_deal) -> None:
    timeline = timeline_of(tiny_deal(KEEPS))
    assert (timeline.periods, timeline.legal_final) == (6, 6)
    assert timeline.grid.period_end[-1] == date(2027, 6, 15)


@pytest.mark.parametrize("lag", [0, 2, 6])
def test_a_deal_that_may_sell_has_the_lag_and_a_month_more(tiny_deal, lag: int) -> None:
    timeline = timeline_of(tiny_deal(SELLS, lag_months=lag))
    assert timeline.legal_final == 6
    assert timeline.periods == 6 + 1 + lag


def test_a_lag_without_a_sale_adds_nothing(tiny_deal) -> None:
    assert timeline_of(tiny_deal(KEEPS, lag_months=6)).periods == 6


def test_month_ends_in_winter_accrue_30_28_and_33_days(tiny_deal) -> None:
    """30/360 ISDA, by hand.

    Closing is on the 15th and the payment day the month end: 15 Dec to 31 Jan is 46 days (31 - 15 + 30), then 28 to
    28 Feb, 33 to 31 Mar and 30 to 30 Apr. At 10 a day: 460, 280, 330, 300.
    """
    deal = tiny_deal(KEEPS, payment_day="month_end", first_payment="2027-01-31", legal_final="2027-04-30", price=0.0)
    trace = run_deal(deal).lines
    assert trace.months("note.interest_accrued") == pytest.approx([460, 280, 330, 300], abs=CENT)
    assert [day.isoformat() for day in timeline_of(deal).grid.period_end] == [
        "2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30",
    ]  # fmt: skip


def test_years_from_closing_count_thirty_days_a_month(tiny_deal) -> None:
    years = timeline_of(tiny_deal(KEEPS)).years_from_closing()
    assert years == pytest.approx([month / 12 for month in range(1, 7)], abs=YEARS)


def test_month_numbers_and_the_last_month_are_known_to_formulas(tiny_deal) -> None:
    model = compile_deal(tiny_deal(SELLS, lag_months=1))
    assert model.input_by_path["time.month"].value == (1, 2, 3, 4, 5, 6, 7, 8)
    assert model.input_by_path["time.last_month"].value == (0, 0, 0, 0, 0, 0, 0, 1)
    assert model.input_by_path["time.legal_final"].value == 6
    assert not any(model.input_by_path[f"time.{name}"].live for name in ("month", "last_month", "legal_final"))


def test_events_of_the_deal_are_months(tiny_deal) -> None:
    deal = tiny_deal(KEEPS)
    clock = timeline_of(deal).clock
    assert clock.month(deal.tests["final"].first) == 6
    assert clock.month(deal.collateral.cohorts["rack"].delivered) == 0
