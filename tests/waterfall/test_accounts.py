"""Accounts: how much a reserve is to hold."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from dealmodel.waterfall.accounts import ReserveAccount, ReserveTarget

MONEY = 1e-9  # one product


def target_of(builder, run, target: ReserveTarget) -> float:
    reserve = ReserveAccount(kind="reserve", target=target, excess_to="collection")
    lines = builder(1, {"reserve": reserve})
    months = {"a": lines.named("a_month", 30, "currency"), "b": lines.named("b_month", 12, "currency")}
    lines.line("target", reserve.target.define(lines, months) + 0, unit="currency")
    return run(lines).value("target", 1)


def test_a_target_in_months_of_interest_sums_its_tranches(builder, run) -> None:
    """6 x (30 + 12) = 252; on a alone 180."""
    both = ReserveTarget(months_of_interest=6.0, of=("a", "b"))
    assert target_of(builder, run, both) == pytest.approx(252, abs=MONEY)
    assert target_of(builder, run, ReserveTarget(months_of_interest=6.0, of=("a",))) == pytest.approx(180, abs=MONEY)


def test_a_fixed_target_knows_no_tranche(builder, run) -> None:
    assert target_of(builder, run, ReserveTarget(amount=500.0)) == 500.0


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "a target is either"),
        ({"amount": 1.0, "months_of_interest": 1.0, "of": ("a",)}, "a target is either"),
        ({"months_of_interest": 1.0}, "`of` names the tranches of `months_of_interest`"),
        ({"amount": 1.0, "of": ("a",)}, "`of` names the tranches of `months_of_interest`"),
        ({"amount": -1.0}, "greater than or equal to 0"),
    ],
)
def test_a_target_has_exactly_one_form(fields: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        ReserveTarget(**fields)  # type: ignore[arg-type]
    assert said in str(caught.value)
