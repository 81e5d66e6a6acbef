"""Each invariant catches the fault it is for: planted in a formula of the flagship model, it makes the run fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import dealmodel as dm
from dealmodel.engine.conservation import check_results, tolerance_of
from dealmodel.engine.invariants import TITLES
from dealmodel.engine.run import run_model
from dealmodel.lines.expressions import Call, Expr, Line, Number
from dealmodel.lines.model import Definition, Model

FOLDER = Path(__file__).parents[2] / "sample_deals" / "gpu_abs_abc"
STRESS = "both_protections_fail"
ONE = Number(1.0)


@pytest.fixture(scope="module")
def model() -> Model:
    return dm.compile_deal(dm.load_deal(FOLDER))


def planted(model: Model, name: str, fault: Callable[[Definition], Definition]) -> Model:
    """The model with one line changed behind the builder's back."""
    assert name in {item.name for item in model.monthly}
    return replace(model, monthly=tuple(fault(item) if item.name == name else item for item in model.monthly))


def formula(change: Callable[[Expr], Expr]) -> Callable[[Definition], Definition]:
    return lambda item: replace(item, formula=change(item.formula))


def broken_by(model: Model, scenario: str = STRESS) -> set[str]:
    """Ids of the invariants that a run of the model breaks."""
    with pytest.raises(dm.ModelError) as caught:
        run_model(model, scenario)
    assert all(issue.code.startswith("DM-INV-") for issue in caught.value.issues)
    return {"I" + issue.code.removeprefix("DM-INV-") for issue in caught.value.issues}


FAULTS: list[tuple[str, str, str, Callable[[Definition], Definition]]] = [
    ("I01", "a reserve that closes a dollar too high", "liquidity_reserve.balance", formula(lambda old: old + 1)),
    ("I02", "cash that is released and booked at half", "sponsor.received",
     formula(lambda old: Call("div", (old, ONE + 1)))),
    ("I03", "a trap that is overdrawn", "trapped_cash.balance", formula(lambda old: old - 1)),
    ("I04", "site costs paid beyond what is due", "expenses.02.site_costs.paid", formula(lambda old: old + 1)),
    ("I05", "a balance that does not fall by what is paid", "class_a.balance", formula(lambda old: old + 1)),
    ("I06", "a tranche that starts at another balance", "class_c.balance",
     lambda item: replace(item, opening=tuple(value + 1 for value in item.opening))),
    ("I07", "a shortfall that is forgotten", "class_b.interest_shortfall",
     formula(lambda old: Call("mul", (old, Number(0.0))))),
    ("I08", "class C's interest skipped while its principal is paid", "payments.08.class_c.interest.paid",
     formula(lambda old: Number(0.0))),
]  # fmt: skip


@pytest.mark.parametrize(("invariant", "what", "line", "fault"), FAULTS, ids=[fault[0] for fault in FAULTS])
def test_invariant_catches_its_fault(
    model: Model, invariant: str, what: str, line: str, fault: Callable[[Definition], Definition]
) -> None:
    assert invariant in broken_by(planted(model, line, fault)), what


def test_only_the_life_of_a_tranche_shows_a_wrong_start(model: Model) -> None:
    _, _, line, fault = next(fault for fault in FAULTS if fault[0] == "I06")
    assert broken_by(planted(model, line, fault)) == {"I06"}


CAPPED = """
tranches:
  note: {kind: note, ranking: 1, balance: 2_000, coupon: {fixed: 0.12}, day_count: 30/360 ISDA, deferrable: true}
fees: {trustee: {amount_per_year: 1_200, cap_per_year: 250}}
accounts: {collection: {kind: collection}}
states: {normal: {severity: 0, waterfall: payments}}
waterfalls:
  at_closing: [release: sponsor]
  payments:
    - pay: [trustee, site_costs]
    - pay_interest: note
    - pay_principal: {to: note, up_to: outstanding}
    - pay: trustee.excess
    - release: sponsor
"""


@pytest.mark.parametrize(
    ("what", "line", "fault"),
    [
        ("a cap that leaves too much room", "trustee.room", formula(lambda old: old + 1)),
        ("a year that is never over its cap", "trustee.paid_in_year",
         formula(lambda old: Call("mul", (old, Number(0.0))))),
        ("a due that knows no cap", "trustee.due", formula(lambda old: Line("trustee.owed", "currency", "cash"))),
    ],
)  # fmt: skip
def test_a_fee_beyond_its_cap_is_caught(
    tiny_deal: Callable[..., dm.Deal], what: str, line: str, fault: Callable[[Definition], Definition]
) -> None:
    """100 a month under a cap of 250: month 3 has 50 of room."""
    model = dm.compile_deal(tiny_deal(CAPPED))
    assert broken_by(planted(model, line, fault), "base") == {"I10"}, what


def test_a_deal_with_a_cap_lists_its_invariant(tiny_deal: Callable[..., dm.Deal]) -> None:
    checks = run_model(dm.compile_deal(tiny_deal(CAPPED))).checks
    assert [check.id for check in checks] == sorted(TITLES)
    assert all(check.holds for check in checks)


def test_message_names_invariant_month_margin_and_allowance(model: Model) -> None:
    faulty = planted(model, "class_a.balance", formula(lambda old: old + 1))
    with pytest.raises(dm.ModelError) as caught:
        run_model(faulty)
    text = str(caught.value)
    assert "run of gpu_abs_abc has" in text
    assert "I05, month 1: Every tranche closes at its opening less principal and write-down: broken by 1.0000" in text
    assert "at most 0.000760000 is rounding" in text


def test_every_run_lists_eight_invariants_with_their_margins(model: Model) -> None:
    for scenario in model.scenarios:
        checks = run_model(model, scenario).checks
        assert [check.id for check in checks] == sorted(set(TITLES) - {"I10"})
        assert all(check.holds and 0 <= check.margin <= check.tolerance for check in checks)


def test_tolerance_is_a_trillionth_of_the_deal_and_never_above_half_a_cent() -> None:
    assert tolerance_of(760e6) == pytest.approx(0.00076)
    assert tolerance_of(1e12) == 0.005
    assert tolerance_of(0.0) == 0.0


def test_a_margin_that_is_not_a_number_does_not_hold(model: Model) -> None:
    checks = check_results(model, lambda name: float("nan") if name == "worst.i02" else 0.0)
    assert [check.id for check in checks if not check.holds] == ["I02"]
