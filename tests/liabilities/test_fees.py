"""Fees: a twelfth of the year's each month; what is not paid is due again, without interest."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from dealmodel.liabilities.fees import Fee, define_carried, define_carried_roll, define_fee

MONEY = 1e-9  # amounts of a few thousand, worked out by hand in fewer than ten operations


def months_of(builder, run, fee: Fee, paid: tuple[float, ...], balances: tuple[float, ...] = ()):
    lines = builder(len(paid), trustee=fee)
    balance = lines.series("balances", balances or (0.0,) * len(paid), unit="currency")
    given = lines.series("given", paid, unit="currency")
    lines.begin_cash()
    carried = define_fee(lines, fee, balance + 0)
    define_carried_roll(lines, carried, given + 0)
    return run(lines)


def test_a_fixed_fee_accrues_by_twelfths(builder, run) -> None:
    trace = months_of(builder, run, Fee(amount_per_year=1200.0), paid=(100, 100))
    assert trace.months("trustee.accrued") == [100.0, 100.0]
    assert trace.months("trustee.due") == [100.0, 100.0]


def test_a_rate_is_on_the_opening_balances_of_the_month(builder, run) -> None:
    """0.6% a year of 24,000 and then 12,000: 12 and 6."""
    fee = Fee(rate_per_year=0.006, of="opening_tranche_balance")
    trace = months_of(builder, run, fee, paid=(12, 6), balances=(24_000, 12_000))
    assert trace.months("trustee.accrued") == pytest.approx([12.0, 6.0], abs=MONEY)


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
    ],
)
def test_a_fee_has_exactly_one_form(fields: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Fee(**fields)  # type: ignore[arg-type]
    assert said in str(caught.value)
