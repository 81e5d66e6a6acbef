"""Fees: a twelfth of the year's each month; what is not paid is due again, without interest."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from pydantic import ValidationError

from dealmodel.liabilities.fees import Fee, FeeBases, accrual, define_carried, define_carried_roll, define_fee
from dealmodel.lines.trace import Trace

MONEY = 1e-9  # amounts of a few thousand, worked out by hand in fewer than ten operations


NOTHING = (0.0,) * 24


def months_of(
    builder,
    run,
    fee: Fee,
    paid: Sequence[float],
    *,
    balances: Sequence[float] = (),
    cash: Sequence[float] = (),
    excess_paid: Sequence[float] = (),
    fractions: Sequence[float] = (),
    begins: Sequence[float] = (),
) -> Trace:
    """Months of a fee: balances are those of tranche `a`, `b` has twice as much; values are 10 and 20 times of it."""
    count = len(paid)
    lines = builder(count, trustee=fee)
    given = {
        "balances": balances, "cash": cash, "paid": paid, "excess": excess_paid, "begins": begins or (1.0,)
    }  # fmt: skip
    made = {name: lines.series(name, (*values, *NOTHING)[:count], unit="currency") for name, values in given.items()}
    share = lines.series("share", fractions, unit="years") if fractions else None
    lines.begin_cash()
    one = made["balances"]
    bases = FeeBases({"a": one, "b": one + one}, one + one + one, {"resale": one, "book": one + one}, one, made["cash"])
    accrued = accrual(lines, fee, bases, share)
    for name, carried in define_fee(lines, fee, accrued + 0, made["begins"]).items():
        define_carried_roll(lines, carried, made["paid" if name == "trustee" else "excess"] + 0)
    return run(lines)


def test_a_fixed_fee_accrues_by_twelfths(builder, run) -> None:
    trace = months_of(builder, run, Fee(amount_per_year=1200.0), paid=(100, 100))
    assert trace.months("trustee.accrued") == [100.0, 100.0]
    assert trace.months("trustee.due") == [100.0, 100.0]


def test_a_rate_is_on_the_opening_balances_of_the_month(builder, run) -> None:
    """0.6% a year of 24,000 and then 12,000: 12 and 6."""
    fee = Fee(rate_per_year=0.006, of="opening_tranche_balance")
    trace = months_of(builder, run, fee, paid=(12, 6), balances=(8_000, 4_000))
    assert trace.months("trustee.accrued") == pytest.approx([12.0, 6.0], abs=MONEY)


@pytest.mark.parametrize(
    ("of", "monthly"),
    [(("a",), 5.0), (("b",), 10.0), (("a", "b"), 15.0), ("resale_value", 5.0), ("book_value", 10.0)],
)
def test_a_rate_is_of_what_it_names(builder, run, of: str | tuple[str, ...], monthly: float) -> None:
    """Tranche `a` and the resale value 10,000, tranche `b` and the book value 20,000: 0.6% a year, a twelfth."""
    trace = months_of(builder, run, Fee(rate_per_year=0.006, of=of), paid=(0,), balances=(10_000,))
    assert trace.months("trustee.accrued") == pytest.approx([monthly], abs=MONEY)


def test_an_amount_a_unit_follows_the_units_held(builder, run) -> None:
    """24 a year for each of 10 units, half of which are held half a month: 24 x 7.5 / 12 = 15, then 20."""
    fee = Fee(amount_per_unit_per_year=24.0)
    trace = months_of(builder, run, fee, paid=(15, 20), balances=(7.5, 10))
    assert trace.months("trustee.accrued") == pytest.approx([15.0, 20.0], abs=MONEY)


def test_an_amount_a_payment_date_counts_no_days(builder, run) -> None:
    trace = months_of(builder, run, Fee(amount_per_payment=70.0), paid=(70, 70))
    assert trace.months("trustee.accrued") == [70.0, 70.0]


def test_a_share_of_cash_is_of_the_month(builder, run) -> None:
    """2% of 1,000, of nothing, and of 500."""
    fee = Fee(rate=0.02, of="collections")
    trace = months_of(builder, run, fee, paid=(20, 0, 10), cash=(1_000, 0, 500))
    assert trace.months("trustee.accrued") == pytest.approx([20.0, 0.0, 10.0], abs=MONEY)


def test_every_day_between_payments_accrues(builder, run) -> None:
    """3,600 a year, Act/360: 10 a day, so 470, 280 and 310 for a first period of 47 days, then 28 and 31."""
    days = (47, 28, 31)
    fee = Fee(amount_per_year=3600.0, day_count="Act/360")
    trace = months_of(builder, run, fee, paid=(0, 0, 0), fractions=[count / 360 for count in days])
    assert trace.months("trustee.accrued") == pytest.approx([470.0, 280.0, 310.0], abs=MONEY)
    rate = Fee(rate_per_year=0.36, of=("a",), day_count="Act/360")
    of_balance = months_of(builder, run, rate, paid=(0,), balances=(1_000,), fractions=(47 / 360,))
    assert of_balance.months("trustee.accrued") == pytest.approx([47.0], abs=MONEY)


def test_a_minimum_is_compared_each_month(builder, run) -> None:
    """1% a month of 1,000, 400 and 0, at least 60 a year: 10, 5 for 4, and 5 for nothing."""
    fee = Fee(rate_per_year=0.12, of="opening_tranche_balance", at_least_per_year=60.0)
    trace = months_of(builder, run, fee, paid=(10, 5, 5), balances=(1_000 / 3, 400 / 3, 0))
    assert trace.months("trustee.accrued") == pytest.approx([10.0, 5.0, 5.0], abs=MONEY)


def test_a_minimum_of_a_share_of_cash_counts_days(builder, run) -> None:
    """2% of 100 is 2; at least 360 a year over 31 days of 360 is 31."""
    fee = Fee(rate=0.02, of="revenue", at_least_per_year=360.0, day_count="Act/360")
    trace = months_of(builder, run, fee, paid=(0,), cash=(100,), fractions=(31 / 360,))
    assert trace.months("trustee.accrued") == pytest.approx([31.0], abs=MONEY)


def test_a_cap_leaves_the_rest_of_the_year_as_excess(builder, run) -> None:
    """100 a month under a cap of 250 a year which begins in months 1 and 5. The excess is paid 20 in month 3.

    Months 1 and 2: 100 each, 150 and 50 left. Month 3: 50 within, 50 beyond, 20 of it paid: 30 unpaid. Month 4: 130
    owed, no room: 130 beyond. Month 5: 230 owed under a new 250: all within. Month 6: 100 owed, 20 within.
    """
    fee = Fee(amount_per_year=1200.0, cap_per_year=250.0)
    trace = months_of(
        builder, run, fee, paid=(100, 100, 50, 0, 230, 20), excess_paid=(0, 0, 20), begins=(1, 0, 0, 0, 1, 0)
    )
    assert trace.months("trustee.room") == [250.0, 150.0, 50.0, 0.0, 250.0, 20.0]
    assert trace.months("trustee.due") == [100.0, 100.0, 50.0, 0.0, 230.0, 20.0]
    assert trace.months("trustee.excess.due") == [0.0, 0.0, 50.0, 130.0, 0.0, 80.0]
    assert trace.months("trustee.excess.unpaid") == [0.0, 0.0, 30.0, 130.0, 0.0, 80.0]
    assert trace.months("trustee.paid_in_year") == [100.0, 200.0, 250.0, 250.0, 230.0, 250.0]


def test_what_is_unpaid_within_the_cap_uses_no_room(builder, run) -> None:
    """Nothing is paid in month 1: 200 owed in month 2, all within 250; 150 of it paid leaves 100 of room in month 3."""
    fee = Fee(amount_per_year=1200.0, cap_per_year=250.0)
    trace = months_of(builder, run, fee, paid=(0, 150, 100), excess_paid=())
    assert trace.months("trustee.due") == [100.0, 200.0, 100.0]
    assert trace.months("trustee.excess.due") == [0.0, 0.0, 50.0]


def test_what_is_unpaid_is_carried_forward_without_interest(builder, run) -> None:
    """Due 100, paid 30; due 170, paid 0; due 270, paid 270; due 100."""
    trace = months_of(builder, run, Fee(amount_per_year=1200.0), paid=(30, 0, 270, 100))
    assert trace.months("trustee.due") == [100.0, 170.0, 270.0, 100.0]
    assert trace.months("trustee.unpaid") == [70.0, 170.0, 0.0, 0.0]
    assert trace.months("trustee.accrued") == [100.0] * 4


def test_any_amount_of_a_month_is_carried_alike(builder, run) -> None:
    """Costs of 5, 0, 7 and payments of 1, 1, 10: unpaid 4, 3, 0."""
    lines = builder(3)
    costs = lines.series("costs", (5, 0, 7), unit="currency")
    given = lines.series("given", (1, 1, 10), unit="currency")
    lines.begin_cash()
    carried = define_carried(lines, "site_costs", costs + 0, path="collateral.site_costs", section="Fees")
    define_carried_roll(lines, carried, given + 0)
    trace = run(lines)
    assert trace.months("site_costs.due") == [5.0, 4.0, 10.0]
    assert trace.months("site_costs.unpaid") == [4.0, 3.0, 0.0]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "either {amount_per_year: amount} or {rate_per_year: rate, of: balance}"),
        ({"amount_per_year": 1.0, "rate_per_year": 0.1, "of": "opening_tranche_balance"}, "a fee is either"),
        ({"rate_per_year": 0.1}, "a rate needs `of`, and only a rate has it"),
        ({"amount_per_year": 1.0, "of": "opening_tranche_balance"}, "a rate needs `of`, and only a rate has it"),
        ({"amount_per_year": -1.0}, "greater than or equal to 0"),
        ({"rate_per_year": 0.1, "of": "collections"}, "opening_tranche_balance"),
        ({"rate": 0.1, "of": "resale_value"}, "`rate` is of revenue or collections"),
        ({"rate": 0.1, "of": ("a",)}, "`rate` is of revenue or collections"),
        ({"rate": 0.1}, "a rate needs `of`, and only a rate has it"),
        ({"rate": 1.5, "of": "revenue"}, "less than or equal to 1"),
        ({"amount_per_payment": 1.0, "day_count": "Act/360"}, "counts no days"),
        ({"rate": 0.1, "of": "revenue", "day_count": "Act/360"}, "counts no days"),
        ({"amount_per_year": 1.0, "day_count": "30/360"}, "30/360 ISDA"),
        ({"amount_per_year": 1.0, "at_least_per_year": 1.0}, "a fixed amount has no minimum"),
        ({"amount_per_year": 1.0, "cap_year": "calendar"}, "`cap_year` is the year of `cap_per_year`"),
        ({"amount_per_year": 1.0, "amount_per_payment": 1.0}, "a fee is either"),
    ],
)
def test_a_fee_has_exactly_one_form(fields: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Fee(**fields)  # type: ignore[arg-type]
    assert said in str(caught.value)
