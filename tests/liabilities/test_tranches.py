"""Tranches: what is due each month, and the roll of balance and shortfall after what was paid."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

import pytest
from pydantic import ValidationError

from dealmodel.basics.day_count import year_fraction
from dealmodel.basics.moments import Moment
from dealmodel.liabilities.coupons import Coupon
from dealmodel.liabilities.interest_terms import PayInKind, StepUp
from dealmodel.liabilities.schedules import ScheduledBalance
from dealmodel.liabilities.tranche_lines import declare_balance, define_due, define_roll, define_schedule
from dealmodel.liabilities.tranches import Note
from dealmodel.lines.trace import Trace

MONEY = 1e-9  # amounts of a few thousand, worked out by hand in fewer than ten operations
TWELFTH = (1 / 12,) * 3


def note(**fields: object) -> Note:
    terms = {"kind": "note", "ranking": 1, "balance": 1200.0, "coupon": Coupon(fixed=0.12), "day_count": "30/360 ISDA"}
    return Note(**(terms | fields))  # type: ignore[arg-type]


def life(
    builder,
    run,
    tranche: Note,
    *,
    fractions: Sequence[float] = TWELFTH,
    interest_paid: Sequence[float] = (),
    principal_paid: Sequence[float] = (),
    index: Sequence[float] = (),
) -> Trace:
    """Run a tranche over some months in which payments are given, not worked out."""
    periods = len(fractions)
    lines = builder(periods, a=tranche)
    rates = {"sofr": lines.series("sofr", index, unit="rate per year")} if index else {}
    schedules = define_schedule(lines, tranche, tuple(fractions))
    interest = lines.series("given.interest", interest_paid or (0.0,) * periods, unit="currency")
    principal = lines.series("given.principal", principal_paid or (0.0,) * periods, unit="currency")
    lines.begin_cash()
    first = {"sofr": lines.named("first", 0.04, "rate per year")} if index else {}
    declare_balance(lines, tranche)
    due = define_due(lines, tranche, schedules=schedules, rates=rates, first_rates=first, in_force={})
    define_roll(lines, due, interest_paid=interest + 0, principal_paid=principal + 0)
    lines.line("month_of_interest", due.month_of_interest, unit="currency")
    lines.constant("closing_month_of_interest", due.closing_month_of_interest, unit="currency")
    lines.line("principal_of_the_month", due.scheduled_principal + 0, unit="currency")
    return run(lines)


def test_month_ends_in_winter_accrue_30_28_and_33_days(builder, run) -> None:
    """30/360 ISDA: 31 Dec to 31 Jan is 30; 31 Jan to 28 Feb is 28; 28 Feb to 31 Mar is 33, as 28 is no 30th.

    36,000 at 10% is 10 a day: 300, 280 and 330.
    """
    ends = [date(2026, 12, 31), date(2027, 1, 31), date(2027, 2, 28), date(2027, 3, 31)]
    fractions = [year_fraction("30/360 ISDA", start, end) for start, end in pairwise(ends)]
    trace = life(builder, run, note(balance=36_000.0, coupon=Coupon(fixed=0.10)), fractions=fractions)
    assert trace.months("a.interest_accrued") == pytest.approx([300.0, 280.0, 330.0], abs=MONEY)


def test_interest_is_on_the_balance_before_payment(builder, run) -> None:
    """1,200 at 1% a month: 12; 200 paid, then 10 on 1,000; 500 paid, then 5 on 500."""
    trace = life(builder, run, note(), interest_paid=(12, 10, 5), principal_paid=(200, 500, 100))
    assert trace.months("a.opening_balance") == [1200.0, 1000.0, 500.0]
    assert trace.months("a.interest_due") == pytest.approx([12.0, 10.0, 5.0], abs=MONEY)
    assert trace.months("a.balance")[:2] == [1000.0, 500.0]


def test_unpaid_interest_bears_interest_at_the_coupon(builder, run) -> None:
    """Nothing is paid: due 12; 12 + 12 + 0.12 = 24.12; 12 + 24.12 + 0.2412 = 36.3612."""
    trace = life(builder, run, note())
    assert trace.months("a.interest_due") == pytest.approx([12.0, 24.12, 36.3612], abs=MONEY)
    assert trace.months("a.interest_shortfall") == pytest.approx([12.0, 24.12, 36.3612], abs=MONEY)
    assert trace.months("a.interest_accrued") == pytest.approx([12.0] * 3, abs=MONEY)


def test_part_payment_leaves_the_rest_to_compound(builder, run) -> None:
    """Due 12, paid 2: 10 short. Due 12 + 10 + 0.1 = 22.1, paid 22: 0.1 short. Due 12 + 0.1 + 0.001 = 12.101."""
    trace = life(builder, run, note(), interest_paid=(2, 22, 12))
    assert trace.months("a.interest_due") == pytest.approx([12.0, 22.1, 12.101], abs=MONEY)
    assert trace.months("a.interest_shortfall") == pytest.approx([10.0, 0.1, 0.101], abs=MONEY)


def test_without_interest_on_shortfall_arrears_add_up(builder, run) -> None:
    trace = life(builder, run, note(interest_on_shortfall="none"))
    assert trace.months("a.interest_due") == pytest.approx([12.0, 24.0, 36.0], abs=MONEY)


def test_arrears_bear_the_coupon_and_days_of_the_present_month(builder, run) -> None:
    """Index 11%, 23%, 5% and 1% margin: 12% then 24% then 6%; the second month has half the days.

    Due 12; then 1,200 x 24% / 24 = 12, with 12 of arrears and 0.12 on them: 24.12; then 6 + 24.12 + 0.1206 = 30.2406.
    """
    floating = note(coupon=Coupon(index="sofr", margin=0.01))
    trace = life(builder, run, floating, fractions=(1 / 12, 1 / 24, 1 / 12), index=(0.11, 0.23, 0.05))
    assert trace.months("a.interest_due") == pytest.approx([12.0, 24.12, 30.2406], abs=MONEY)


STRAIGHT = ScheduledBalance(by="month", of="original", points=((0, 1.0), (3, 0.0)), between="linear")


def test_scheduled_principal_of_a_tranche_on_schedule(builder, run) -> None:
    """1,200 over three months: down to 800, 400, 0; 400 a month."""
    trace = life(builder, run, note(scheduled_balance=STRAIGHT), principal_paid=(400, 400, 400))
    assert trace.months("a.scheduled_balance") == pytest.approx([800.0, 400.0, 0.0], abs=MONEY)
    assert trace.months("a.scheduled_principal") == pytest.approx([400.0, 400.0, 400.0], abs=MONEY)


def test_prepaid_principal_is_not_scheduled_again(builder, run) -> None:
    """700 paid where 400 was scheduled: 500 stands where 800 may. Month 2 brings 500 - 400 = 100, month 3 the rest.

    1,100 paid leaves 100: below the 400 of month 2, so that month 2 brings nothing and month 3 its 100.
    """
    trace = life(builder, run, note(scheduled_balance=STRAIGHT), principal_paid=(700, 100, 400))
    assert trace.months("a.scheduled_principal") == pytest.approx([400.0, 100.0, 400.0], abs=MONEY)
    trace = life(builder, run, note(scheduled_balance=STRAIGHT), principal_paid=(1100, 0, 100))
    assert trace.months("a.scheduled_principal") == pytest.approx([400.0, 0.0, 100.0], abs=MONEY)


def test_arrears_of_principal_are_not_of_the_month(builder, run) -> None:
    """Nothing paid: 1,200 stands where 800 and 400 may. Each month still brings its own 400 and not the arrears."""
    trace = life(builder, run, note(scheduled_balance=STRAIGHT))
    assert trace.months("a.opening_balance") == [1200.0] * 3
    assert trace.months("a.scheduled_principal") == pytest.approx([400.0, 400.0, 400.0], abs=MONEY)


def test_without_a_schedule_there_is_no_scheduled_principal(builder, run) -> None:
    trace = life(builder, run, note())
    assert trace.months("principal_of_the_month") == [0.0] * 3
    assert "a.scheduled_principal" not in trace.model.definitions


def test_what_is_owed_in_the_last_month_is_written_down(builder, run) -> None:
    trace = life(builder, run, note(), principal_paid=(200, 300, 100))
    assert trace.months("a.write_down") == [0.0, 0.0, 600.0]
    assert trace.months("a.balance") == [1000.0, 700.0, 0.0]


def test_a_repaid_tranche_owes_nothing(builder, run) -> None:
    trace = life(builder, run, note(), interest_paid=(12, 0, 0), principal_paid=(1200, 0, 0))
    assert trace.months("a.interest_due")[1:] == [0.0, 0.0]
    assert trace.months("a.write_down") == [0.0, 0.0, 0.0]


def test_a_month_of_interest_is_a_twelfth_of_the_year_whatever_the_days(builder, run) -> None:
    """1,200 x 12% / 12 = 12 though the month has half a twelfth; at closing on the balance at closing."""
    trace = life(builder, run, note(), fractions=(1 / 24,) * 3, principal_paid=(700, 0, 0))
    assert trace.months("month_of_interest") == pytest.approx([12.0, 5.0, 5.0], abs=MONEY)
    assert trace.number("closing_month_of_interest") == pytest.approx(12.0, abs=MONEY)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"balance": 0.0}, "greater than 0"),
        ({"ranking": 0}, "greater than or equal to 1"),
        ({"day_count": "30/360"}, "ambiguous"),
        ({"day_count": "31/360"}, "is not a day count"),
        ({"interest_on_shortfall": "index"}, "'coupon' or 'none'"),
    ],
)
def test_terms_that_no_note_has_are_refused(fields: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        note(**fields)
    assert said in str(caught.value)


# what is added to the coupon, and to the balance


def test_a_step_up_is_added_from_its_month_on(builder, run) -> None:
    """1,200 at 12%, from month 2 at 18%, in month 3 at 24%: 12, 18, 24, nothing being repaid and all interest paid."""
    steps = {"late": StepUp(when=Moment(month=2), add=0.06), "later": StepUp(when=Moment(month=3), add=0.06)}
    trace = life(builder, run, note(step_ups=steps), interest_paid=(12, 18, 24))
    assert trace.months("a.rate") == pytest.approx([0.12, 0.18, 0.24])
    assert trace.months("a.interest_due") == pytest.approx([12.0, 18.0, 24.0], abs=MONEY)


def test_interest_in_kind_is_added_to_the_balance_and_not_paid(builder, run) -> None:
    """Half of 12 is added: 1,206 at 1% is 12.06, of which 6.03; from month 3 on all is paid in cash: 12.1203.

    2 of principal is paid in month 1: 1,206 - 2 = 1,204, then 12.04, 6.02 in kind, and 1,210.02 stands in month 3.
    """
    terms = note(pay_in_kind=PayInKind(share=0.5, until=Moment(month=2)))
    trace = life(builder, run, terms, interest_paid=(6, 6.02, 12.1002), principal_paid=(2, 0, 0))
    assert trace.months("a.capitalised") == pytest.approx([6.0, 6.02, 0.0], abs=MONEY)
    assert trace.months("a.interest_due") == pytest.approx([6.0, 6.02, 12.1002], abs=MONEY)
    assert trace.months("a.balance_before_payment") == pytest.approx([1206.0, 1210.02, 1210.02], abs=MONEY)
    assert trace.months("a.balance")[:2] == pytest.approx([1204.0, 1210.02], abs=MONEY)
    assert trace.months("a.write_down") == pytest.approx([0.0, 0.0, 1210.02], abs=MONEY)


def test_unpaid_interest_that_is_capitalised_is_no_arrear(builder, run) -> None:
    """12 due, 2 paid: 1,210 stands; 12.10 due, nothing paid: 1,222.10; then 12.221, all paid."""
    trace = life(builder, run, note(unpaid_interest="capitalised"), interest_paid=(2, 0, 12.221))
    assert trace.months("a.interest_due") == pytest.approx([12.0, 12.1, 12.221], abs=MONEY)
    assert trace.months("a.interest_deferred") == pytest.approx([10.0, 12.1, 0.0], abs=MONEY)
    assert trace.months("a.balance")[:2] == pytest.approx([1210.0, 1222.1], abs=MONEY)
    assert trace.months("a.interest_shortfall") == [0.0, 0.0, 0.0]


def test_a_price_below_par_and_a_fee_come_off_the_proceeds(builder, run) -> None:
    """1,200 at 98.5% less 1%: 1,170. At par nothing is multiplied."""
    for fields, expected in (
        ({"issue_price": 0.985, "upfront_fee": 0.01}, 1170.0),
        ({}, 1200.0),
        ({"upfront_fee": 0.02}, 1176.0),
    ):
        tranche = note(**fields)
        lines = builder(1, a=tranche)
        lines.constant("proceeds", tranche.proceeds(lines), unit="currency")
        lines.line("any", lines.param("time.month"), unit="month")
        assert run(lines).number("proceeds") == pytest.approx(expected, abs=MONEY)
