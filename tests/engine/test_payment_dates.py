"""Deals that collect every month and do not pay every month: by hand, and against an independent library."""

from __future__ import annotations

import random
from datetime import date

import pytest
import QuantLib

from dealmodel.basics.errors import DealFileError
from dealmodel.basics.schedule import MONTHS_OF, Frequency, add_months, monthly_grid
from dealmodel.engine.result import Result
from dealmodel.engine.run import run_deal
from dealmodel.engine.timeline import Timeline
from dealmodel.market.clock import Clock

CENT = 0.005
ROUNDING = 1e-12
QUARTERLY = {"frequency: monthly": "frequency: quarterly"}
YEAR = {"first_payment": "2027-03-15", "legal_final": "2027-12-15", "edits": QUARTERLY}


def months(result: Result, name: str) -> list[float]:
    return result.lines.months(name)


def one(balance: int, terms: str, fees: str = "{}") -> str:
    return f"""
tranches:
  note: {{kind: note, ranking: 1, balance: {balance}, coupon: {{fixed: 0.12}}, day_count: 30/360 ISDA, deferrable: true,
         {terms}}}
fees: {fees}
accounts: {{collection: {{kind: collection}}}}
states: {{normal: {{severity: 0, waterfall: payments}}}}
waterfalls:
  at_closing: [release: sponsor]
  payments:
    - pay: [{"trustee, " if fees != "{}" else ""}site_costs]
    - pay_interest: note
    - pay_principal: {{to: note, up_to: scheduled}}
    - release: sponsor
"""


def test_cash_of_three_months_is_kept_and_paid_on_the_third(tiny_deal) -> None:
    """4,000 at 3% a quarter over four level payments: 4,000 x 0.03 / (1 - 1.03^-4) = 1,076.108... each.

    Interest 120.00 and principal 956.11 first; then 91.32 and 984.79 on 3,043.89. 1,000 comes in a month.
    """
    result = run_deal(tiny_deal(one(4_000, "amortization: {kind: level_pay}"), **YEAR))
    payment = 4000 * 0.03 / (1 - 1.03**-4)
    assert months(result, "collection.balance")[:6] == pytest.approx([1000, 2000, 0, 1000, 2000, 0], abs=CENT)
    paid = result.lines["note.interest_paid"] + result.lines["note.principal_paid"]
    assert paid == pytest.approx([0, 0, payment] * 4, abs=CENT)
    assert months(result, "note.interest_paid")[2] == pytest.approx(120, abs=CENT)
    assert months(result, "note.interest_paid")[5] == pytest.approx(91.32, abs=CENT)
    assert months(result, "sponsor.received") == pytest.approx([0, 0, 3000 - payment] * 4, abs=CENT)


def test_straight_line_counts_payments_and_not_months(tiny_deal) -> None:
    """4 payments of 1,000 and a share of 12% a year in four parts of 3%, the rest at the end."""
    result = run_deal(tiny_deal(one(4_000, "amortization: {kind: straight_line}"), **YEAR))
    assert months(result, "note.scheduled_balance")[2::3] == pytest.approx([3000, 2000, 1000, 0], abs=CENT)
    result = run_deal(tiny_deal(one(1_000, "amortization: {kind: share_of_original, share_per_year: 0.12}"), **YEAR))
    assert months(result, "note.scheduled_balance")[2::3] == pytest.approx([970, 940, 910, 0], abs=CENT)


def test_a_lock_out_counts_the_payments_after_it(tiny_deal) -> None:
    """From month 4 on there are three payments: 6, 9 and 12."""
    result = run_deal(tiny_deal(one(3_000, "amortization: {kind: straight_line, starts: month 4}"), **YEAR))
    assert months(result, "note.scheduled_balance")[2::3] == pytest.approx([3000, 2000, 1000, 0], abs=CENT)


def test_a_table_by_month_falls_on_payment_dates_alone(tiny_deal) -> None:
    """From 1 at closing to 0 in month 12 by straight lines: 75% after three months, and until the sixth."""
    table = "scheduled_balance: {by: month, of: original, points: [[0, 1.0], [12, 0.0]], between: linear}"
    result = run_deal(tiny_deal(one(4_000, table), **YEAR))
    assert months(result, "note.scheduled_balance")[:6] == pytest.approx([4000, 4000, 3000, 3000, 3000, 2000], abs=CENT)
    assert months(result, "note.scheduled_principal")[:6] == pytest.approx([0, 0, 1000, 0, 0, 1000], abs=CENT)


def test_a_later_first_payment_pays_the_interest_of_all_months_before(tiny_deal) -> None:
    """First payment in the third month: 90 days of 1,000 at 12% are 30. Four payments follow: 250 each."""
    result = run_deal(tiny_deal(one(1_000, "amortization: {kind: straight_line}"), first_payment="2027-03-15"))
    assert months(result, "note.interest_paid") == pytest.approx([0, 0, 30, 7.5, 5, 2.5], abs=CENT)
    assert months(result, "note.principal_paid") == pytest.approx([0, 0, 250, 250, 250, 250], abs=CENT)


def test_unpaid_interest_does_not_compound_within_a_period(tiny_deal) -> None:
    """Nothing comes from month 4. Due in month 6: 60. In month 9: 60 + 60 and 3% on 60, which is 1.80 and not 1.818."""
    deal = tiny_deal(one(2_000, "amortization: {kind: bullet}"), stops_paying="month 4", **YEAR)
    result = run_deal(deal)
    assert months(result, "note.interest_due")[5] == pytest.approx(60, abs=CENT)
    assert months(result, "note.interest_shortfall")[5:8] == pytest.approx([60, 60, 60], abs=CENT)
    assert months(result, "note.interest_due")[8] == pytest.approx(121.80, abs=CENT)


def test_a_short_and_a_long_last_period(tiny_deal) -> None:
    """Paid on the 15th, due on 30 June: 15 days of 1,000 at 12% are 5; with a long last period 45 days are 15."""
    bullet = one(1_000, "amortization: {kind: bullet}")
    result = run_deal(tiny_deal(bullet, legal_final="2027-06-30", price=2.0))
    assert result.model.period_ends[-1] == "2027-06-30"
    assert months(result, "note.interest_paid")[-3:] == pytest.approx([10, 10, 5], abs=CENT)
    assert months(result, "note.principal_paid")[-1] == pytest.approx(1000, abs=CENT)
    long = {"rounding: none": "rounding: none, last_period: long"}
    result = run_deal(tiny_deal(bullet, legal_final="2027-06-30", price=2.0, edits=long))
    assert months(result, "note.interest_paid")[-3:] == pytest.approx([10, 0, 15], abs=CENT)


def test_fees_of_a_period_are_rounded_once(tiny_deal) -> None:
    """100 a year is 25.00 a quarter; three months of 8.333... rounded one by one would be 24.99."""
    edits = {**QUARTERLY, "rounding: none": "rounding: cent"}
    deal = tiny_deal(
        one(1_000, "amortization: {kind: bullet}", "{trustee: {amount_per_year: 100}}"), **{**YEAR, "edits": edits}
    )
    assert months(run_deal(deal), "trustee.paid")[:6] == [0, 0, 25.0, 0, 0, 25.0]


def test_an_amount_for_each_payment_is_due_on_payment_dates(tiny_deal) -> None:
    fees = "{trustee: {amount_per_payment: 30}}"
    result = run_deal(tiny_deal(one(1_000, "amortization: {kind: bullet}", fees), **YEAR))
    assert months(result, "trustee.paid") == pytest.approx([0, 0, 30] * 4, abs=CENT)


def test_coverage_is_measured_on_payment_dates_over_the_whole_period(tiny_deal) -> None:
    """3,000 of cash over 30 of interest on 1,000: 100x on each payment date before the last, no result between."""
    bullet = one(1_000, "amortization: {kind: bullet}")
    test = """
tests: {cover: {measure: dscr, debt: [note], over_months: 3, at_least: 1.2}}
states: {normal: {severity: 0, waterfall: payments}, worse: {severity: 1, waterfall: payments, entered_on: [cover]}}
"""
    bullet = bullet.replace("states: {normal: {severity: 0, waterfall: payments}}\n", test)
    result = run_deal(tiny_deal(bullet, **YEAR))
    assert months(result, "cover.result") == [0, 0, 1] * 4
    assert months(result, "cover.ratio")[2] == pytest.approx(100, abs=1e-9)
    with pytest.raises(DealFileError, match="4 months are no whole number of the 3 months between payment dates"):
        tiny_deal(bullet.replace("over_months: 3", "over_months: 4"), **YEAR)


def test_a_rate_is_fixed_for_the_whole_interest_period(tiny_deal) -> None:
    """Term rates of 4% up to 14 March and 6% from 15 March: the first quarter bears 4%, the second 6%."""
    edits = {
        **QUARTERLY,
        "{fixed: 0.12}": "{index: term, margin: 0.0}",
        "  generations:": "  rates: {term: {kind: forward, day_count: Act/360, between: step, after_last: flat,"
        " points: [[2026-12-01, 0.04], [2027-01-01, 0.05], [2027-03-15, 0.06]]}}\n  generations:",
    }
    result = run_deal(tiny_deal(one(1_000, "amortization: {kind: bullet}"), **{**YEAR, "edits": edits}))
    assert months(result, "note.interest_paid")[2:6:3] == pytest.approx([10, 15], abs=CENT)


THIRTY = QuantLib.Thirty360
COUNTS = {
    "30/360 ISDA": THIRTY(THIRTY.BondBasis),
    "30U/360": THIRTY(THIRTY.USA),
    "30E/360": THIRTY(THIRTY.EurobondBasis),
    "Act/360": QuantLib.Actual360(),
    "Act/365F": QuantLib.Actual365Fixed(),
    "Act/Act ISDA": QuantLib.ActualActual(QuantLib.ActualActual.ISDA),
}


def ql(day: date) -> QuantLib.Date:
    return QuantLib.Date(day.day, day.month, day.year)


def random_grid(numbers: random.Random):
    """Months of a deal with any first and last period: grid, frequency, first and final date, and if by month ends."""
    frequency: Frequency = numbers.choice(list(MONTHS_OF))
    day = numbers.choice([1, 10, 15, 28, "month_end"])
    closing = date(numbers.randint(2015, 2030), numbers.randint(1, 12), numbers.randint(1, 28))
    first = add_months(closing, numbers.randint(1, 14), day)
    final = add_months(first, numbers.randint(3 * MONTHS_OF[frequency], 90), day)
    if numbers.random() < 0.5:
        final = final.replace(day=numbers.randint(1, 28))
    months = 12 * (final.year - closing.year) + final.month - closing.month + 2
    long = numbers.choice(["short", "long"])
    grid = monthly_grid(
        closing, first, months, payment_day=day, convention="none", calendar="NONE", frequency=frequency, final=final,
        last_period=long,
    )  # fmt: skip
    return grid, frequency, first, final, day == "month_end"


def test_interest_periods_with_any_first_and_last_are_those_of_an_independent_library() -> None:
    """2,000 random schedules: payment dates, and the day-count fraction of every interest period in six conventions.

    QuantLib is given the first date and the one before the last, as a term sheet states them.
    """
    numbers = random.Random(20261125)
    worst, periods, short, long = 0.0, 0, 0, 0
    for _ in range(2_000):
        grid, frequency, first, final, month_end = random_grid(numbers)
        last = grid.period_end.index(final)
        paid = [end for end, pays in zip(grid.period_end[: last + 1], grid.pays[: last + 1], strict=True) if pays]
        before = paid[-2] if len(paid) > 1 else first
        short += not grid.pays[last - 1] and frequency == "monthly"
        long += (first - grid.closing).days > 31 * MONTHS_OF[frequency]
        schedule = QuantLib.Schedule(
            ql(grid.closing), ql(final), QuantLib.Period(MONTHS_OF[frequency], QuantLib.Months),
            QuantLib.NullCalendar(), QuantLib.Unadjusted, QuantLib.Unadjusted, QuantLib.DateGeneration.Forward,
            month_end, ql(first), ql(before),
        )  # fmt: skip
        theirs = [day for day in schedule if day > ql(grid.closing)]
        assert [ql(day) for day in paid] == theirs
        timeline = Timeline(grid, Clock(grid, "month_end", {}), last + 1, MONTHS_OF[frequency])
        for name, counter in COUNTS.items():
            fractions = timeline.fractions(name, final)
            start = grid.closing
            so_far = 0.0
            for end, part, pays in zip(grid.period_end[: last + 1], fractions, grid.pays, strict=False):
                so_far += part
                if pays:
                    worst = max(worst, abs(so_far - counter.yearFraction(ql(start), ql(end))))
                    start, so_far, periods = end, 0.0, periods + 1
    print(f"{periods:,} interest periods, {short} long last ones, {long} long first ones; worst {worst:.1e} years")
    assert worst < ROUNDING
