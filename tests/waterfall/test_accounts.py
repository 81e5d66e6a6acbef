"""Accounts: how much a reserve is to hold, and what an account earns."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from dealmodel.liabilities.coupons import Coupon
from dealmodel.waterfall.accounts import AccountIncome, ReserveAccount
from dealmodel.waterfall.targets import ReserveTarget, Sizes, TargetPart

MONEY = 1e-9  # one product


def target_of(builder, run, target: ReserveTarget) -> float:
    reserve = ReserveAccount(kind="reserve", target=target, excess_to="collection")
    lines = builder(1, {"reserve": reserve})
    months = {"a": lines.named("a_month", 30, "currency"), "b": lines.named("b_month", 12, "currency")}
    ahead = {"interest": 40, "scheduled_principal": 100}
    amounts = {"a": 900, "opening_tranche_balance": 1_000, "book_value": 5_000}
    sizes = Sizes(
        months,
        ahead=lambda part, count: count * lines.named(part, ahead[part], "currency"),
        amount_of=lambda base: lines.named(base, amounts[base], "currency"),
    )
    lines.line("target", reserve.target.define(lines, sizes) + 0, unit="currency")
    return run(lines).value("target", 1)


def test_a_target_in_months_of_interest_sums_its_tranches(builder, run) -> None:
    """6 x (30 + 12) = 252; on a alone 180."""
    both = ReserveTarget(months_of_interest=6.0, of=("a", "b"))
    assert target_of(builder, run, both) == pytest.approx(252, abs=MONEY)
    assert target_of(builder, run, ReserveTarget(months_of_interest=6.0, of=("a",))) == pytest.approx(180, abs=MONEY)


def test_a_fixed_target_knows_no_tranche(builder, run) -> None:
    assert target_of(builder, run, ReserveTarget(amount=500.0)) == 500.0


def test_months_ahead_are_those_of_all_that_is_named(builder, run) -> None:
    """3 x (40 + 100) = 420."""
    target = ReserveTarget(months=3, of=("interest", "scheduled_principal"))
    assert target_of(builder, run, target) == pytest.approx(420, abs=MONEY)


def test_a_share_is_of_a_balance_or_a_value(builder, run) -> None:
    """1% of 1,000; 10% of 900 and of 5,000."""
    assert target_of(builder, run, ReserveTarget(rate=0.01, of="opening_tranche_balance")) == pytest.approx(10)
    assert target_of(builder, run, ReserveTarget(rate=0.1, of=("a",))) == pytest.approx(90, abs=MONEY)
    assert target_of(builder, run, ReserveTarget(rate=0.1, of="book_value")) == pytest.approx(500, abs=MONEY)


def test_the_greater_and_the_lesser_of_parts(builder, run) -> None:
    """A bare number is an amount: 25 against 1% of 1,000, or 10; against 3 x 40, or 120."""
    share = TargetPart(rate=0.01, of="opening_tranche_balance")
    months = TargetPart(months=3, of=("interest",))
    assert target_of(builder, run, ReserveTarget(greater_of=(25, share))) == 25
    assert target_of(builder, run, ReserveTarget(greater_of=(25, share, months))) == 120
    assert target_of(builder, run, ReserveTarget(lesser_of=(25, share, months))) == pytest.approx(10, abs=MONEY)


@pytest.mark.parametrize(("floor", "cap", "expected"), [(None, 100.0, 100), (150.0, None, 150), (110.0, 130.0, 120)])
def test_a_floor_and_a_cap(builder, run, floor: float | None, cap: float | None, expected: float) -> None:
    """3 x 40 = 120, not above the cap, not below the floor."""
    target = ReserveTarget(months=3, of=("interest",), floor=floor, cap=cap)
    assert target_of(builder, run, target) == pytest.approx(expected, abs=MONEY)


@pytest.mark.parametrize(
    ("target", "outlasts"),
    [
        (ReserveTarget(months_of_interest=3.0, of=("a",)), False),
        (ReserveTarget(months_of_interest=3.0, of=("a",), cap=5.0), False),
        (ReserveTarget(months_of_interest=3.0, of=("a",), floor=5.0), True),
        (ReserveTarget(amount=5.0), True),
        (ReserveTarget(greater_of=(5, TargetPart(months_of_interest=3.0, of=("a",)))), True),
        (ReserveTarget(months=3, of=("site_costs",)), True),
    ],
)
def test_targets_that_could_outlast_the_debt_are_known(target: ReserveTarget, outlasts: bool) -> None:
    assert target.outlasts_the_debt() is outlasts


def income_of(builder, run, rate: Coupon) -> list[float]:
    """Income of three months in which 1,000 is held for 30, 31 and 29 days of 360."""
    income = AccountIncome(rate=rate, day_count="Act/360")
    reserve = ReserveAccount(kind="reserve", target=ReserveTarget(amount=1.0), excess_to="collection", earns=income)
    lines = builder(3, {"reserve": reserve})
    held = lines.series("held", (1_000,) * 3, unit="currency")
    fraction = lines.series("fraction", (30 / 360, 31 / 360, 29 / 360), unit="years")
    index = lines.series("index", (0.04, 0.01, -0.02), unit="rate per year")
    lines.begin_cash()
    earned = income.define(lines, held, fraction, {"sofr": index})
    lines.line("income", earned, unit="currency")
    return run(lines).months("income")


def test_income_counts_every_day_at_a_fixed_rate(builder, run) -> None:
    """36 a year, 0.10 a day: 3.0, 3.1, 2.9."""
    assert income_of(builder, run, Coupon(fixed=0.036)) == pytest.approx([3.0, 3.1, 2.9], abs=MONEY)


def test_income_at_an_index_is_never_negative(builder, run) -> None:
    """The index less 0.4%: 3.6%, 0.6%, and -2.4%, which counts as 0: 3.0, 31 / 360 x 6 = 0.516667, 0."""
    found = income_of(builder, run, Coupon(index="sofr", margin=-0.004))
    assert found == pytest.approx([3.0, 6 * 31 / 360, 0.0], abs=MONEY)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "a target is either"),
        ({"amount": 1.0, "months_of_interest": 1.0, "of": ("a",)}, "a target is either"),
        ({"months_of_interest": 1.0}, "`of` names the tranches of `months_of_interest`"),
        ({"amount": 1.0, "of": ("a",)}, "`of` names the tranches of `months_of_interest`"),
        ({"amount": -1.0}, "greater than or equal to 0"),
        ({"months": 3}, "`of` names the tranches of `months_of_interest`, what is due over `months`"),
        ({"months": 3, "of": "book_value"}, "is for a `rate`; write a list"),
        ({"months": 2.5, "of": ("interest",)}, "valid integer"),
        ({"rate": 0.1}, "what a `rate` is of"),
        ({"greater_of": (5.0,)}, "compare two amounts or more"),
        ({"greater_of": (5.0, -1.0)}, "-1 is below 0"),
        ({"greater_of": (5.0, 6.0), "lesser_of": (5.0, 6.0)}, "a target is either"),
        ({"greater_of": (5.0, 6.0), "amount": 1.0}, "a target is either"),
        ({"amount": 5.0, "cap": 6.0}, "a fixed amount has neither"),
        ({"months": 1, "of": ("interest",), "floor": 7.0, "cap": 6.0}, "the floor 7 is above the cap 6"),
    ],
)
def test_a_target_has_exactly_one_form(fields: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        ReserveTarget(**fields)  # type: ignore[arg-type]
    assert said in str(caught.value)
