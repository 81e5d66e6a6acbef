"""What must hold between two runs of the flagship deal, whatever its numbers are.

"More collateral never hurts the senior" and its kin are false once a trigger decides whether cash leaves, and are not
asserted here.
"""

from __future__ import annotations

from copy import deepcopy
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dealmodel.definition.load import deal_from_mapping, load_deal
from dealmodel.engine.compile import compile_deal
from dealmodel.engine.result import Result
from dealmodel.engine.run import run_deal
from dealmodel.io.read import read_deal
from dealmodel.lines.model import Model

FOLDER = Path(__file__).parents[2] / "sample_deals" / "gpu_abs_abc"
SCENARIOS = ("base", "contracts_fail", "hardware_worthless", "both_protections_fail")
MONEY = 1e-4  # sums over 91 months of amounts near 1e9, each kept to 1e-7
CLASSES = ("class_a", "class_b", "class_c")
MOVED = [f"{name}.{word}" for name in CLASSES for word in ("interest_paid", "principal_paid", "balance", "write_down")]


@pytest.fixture(scope="module")
def model() -> Model:
    return compile_deal(load_deal(FOLDER))


@pytest.fixture(scope="module")
def data() -> dict[str, Any]:
    """The flagship's file as plain data."""
    return _plain(read_deal(FOLDER).data)


def _plain(value: Any) -> Any:
    if hasattr(value, "items"):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value


def changed(data: dict[str, Any]) -> dict[str, Any]:
    return deepcopy(data)


def pairs(model: Model, data: dict[str, Any]) -> list[tuple[Result, Result]]:
    """Each scenario of the flagship, run as it stands and as changed."""
    other = compile_deal(deal_from_mapping(data))
    return [(run_deal(model, name), run_deal(other, name)) for name in SCENARIOS]


def assert_same(one: Result, two: Result, names: list[str], tolerance: float = 0.0) -> None:
    for name in names:
        assert np.max(np.abs(one.lines[name] - two.lines[name])) <= tolerance, name


# M01


@pytest.mark.parametrize("factor", [2.0, 0.25, 1024.0])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_amounts_scale_to_the_bit_and_ratios_stand_still(model: Model, scenario: str, factor: float) -> None:
    """Multiplying every amount by a power of two multiplies every amount that comes out, and moves no ratio.

    Half a cent, below which an amount counts as nothing, is the one amount of the model itself.
    """
    amounts = [item.path for item in model.inputs if item.live and "currency" in item.unit]
    scaled = {path: model.input_by_path[path].base * factor for path in amounts}
    base, bigger = run_deal(model, scenario), run_deal(model, scenario, scaled)
    assert len(amounts) > 20
    assert base.states() == bigger.states()
    for item in (*model.constants, *model.monthly, *model.summary):
        if item.role == "check" or item.name.startswith(("check.", "worst.")) or item.name.endswith(".level"):
            continue
        is_amount = "currency" in item.line.unit and not item.name.endswith("_share")
        by = factor if is_amount else 1.0
        assert (bigger.lines[item.name] * 1.0).tobytes() == (base.lines[item.name] * by).tobytes(), item.name


def test_scaling_by_three_is_exact_to_rounding(model: Model) -> None:
    amounts = [item.path for item in model.inputs if item.live and "currency" in item.unit]
    base = run_deal(model, "both_protections_fail")
    triple = run_deal(model, "both_protections_fail", {path: model.input_by_path[path].base * 3 for path in amounts})
    for name in MOVED:
        assert triple.lines[name] == pytest.approx(base.lines[name] * 3, rel=1e-9, abs=1e-3)


# M02


def test_a_class_split_in_two_of_one_ranking_changes_no_total(data: dict, model: Model) -> None:
    """Class C of 60m as 20m and 40m, which share every step; a cure pays A and B first and then both in proportion."""
    halves = ["class_c1", "class_c2"]
    split = changed(data)
    whole = split["tranches"].pop("class_c")
    for name, balance in zip(halves, (20_000_000, 40_000_000), strict=True):
        split["tranches"][name] = whole | {"balance": balance}
    for test in split["tests"].values():
        for field in ("debt", "of"):
            if "class_c" in test.get(field, ()):
                test[field] = ["class_a", "class_b", *halves]
    for name, steps in split["waterfalls"].items():
        split["waterfalls"][name] = [new for step in steps for new in _split_step(step, halves)]
    for one, two in pairs(model, split):
        assert one.states() == two.states()
        for word in ("interest_paid", "principal_paid", "balance", "interest_shortfall", "write_down"):
            first, second = (two.lines[f"{name}.{word}"] for name in halves)
            assert first + second == pytest.approx(one.lines[f"class_c.{word}"], abs=MONEY), word
            assert second == pytest.approx(2 * first, abs=MONEY), word
        assert_same(one, two, [name for name in MOVED if "class_c" not in name] + ["sponsor.received"], MONEY)


def _split_step(step: dict, halves: list[str]) -> list[dict]:
    if step.get("pay_interest") == "class_c":
        return [step | {"pay_interest": halves}]
    target = step.get("pay_principal")
    if target is None or "class_c" not in target["to"]:
        return [step]
    if target["to"] == "class_c":
        return [step | {"pay_principal": target | {"to": halves, "order": "pro_rata"}}]
    before = [name for name in target["to"] if name != "class_c"]
    return [
        {"pay_principal": target | {"to": before}},
        {"pay_principal": target | {"to": halves, "order": "pro_rata"}},
    ]


# M05


def test_a_fee_of_nothing_changes_nothing(data: dict, model: Model) -> None:
    more = changed(data)
    more["fees"]["nobody"] = {"amount_per_year": 0}
    more["waterfalls"]["expenses"][0]["pay"].append("nobody")
    for one, two in pairs(model, more):
        assert_same(one, two, [*MOVED, "sponsor.received", "liquidity_reserve.balance", "trapped_cash.balance"])


@pytest.mark.parametrize("state", ["trapped", "rapid", "accelerated"])
def test_a_test_that_never_fails_changes_nothing(data: dict, model: Model, state: str) -> None:
    more = changed(data)
    more["tests"]["idle"] = {"measure": "ltv", "debt": ["class_a"], "value": "book", "at_most": 10}
    more["states"][state]["entered_on"].append("idle")
    for one, two in pairs(model, more):
        assert one.states() == two.states()
        assert_same(one, two, [*MOVED, "sponsor.received"])


def test_an_unused_scenario_changes_nothing(data: dict, model: Model) -> None:
    more = changed(data)
    more["scenarios"]["idle"] = {"title": "Idle", "changes": [{"at": "fees.trustee.amount_per_year", "multiply": 9}]}
    for one, two in pairs(model, more):
        assert_same(one, two, MOVED)


# M04, M11, M13


@pytest.mark.parametrize("family", ["tests", "fees", "customers", "contracts", "accounts", "states"])
def test_the_order_of_rows_in_the_file_changes_nothing(data: dict, model: Model, family: str) -> None:
    turned = changed(data)
    turned[family] = dict(reversed(turned[family].items()))
    for one, two in pairs(model, turned):
        assert one.states() == two.states()
        assert_same(one, two, [*MOVED, "sponsor.received"], MONEY)


def test_a_payment_split_in_two_steps_is_one_payment(data: dict, model: Model) -> None:
    twice = changed(data)
    twice["waterfalls"]["payments"].insert(1, deepcopy(twice["waterfalls"]["payments"][1]))
    twice["waterfalls"]["enforcement"].insert(3, {"pay_interest": "class_a"})
    for one, two in pairs(model, twice):
        assert_same(one, two, MOVED, MONEY)


def test_cash_put_aside_and_taken_back_the_same_day_is_neutral(data: dict, model: Model) -> None:
    round_trip = changed(data)
    round_trip["accounts"]["aside"] = {"kind": "trap", "released_to": "collection", "released_when": "normal"}
    for name in ("payments", "rapid", "enforcement"):
        round_trip["waterfalls"][name][:0] = [{"deposit": "aside"}, {"apply": "aside"}]
    for one, two in pairs(model, round_trip):
        assert_same(one, two, [*MOVED, "sponsor.received"])
        assert not two.lines["aside.balance"].any()


# D01, D04


@pytest.mark.parametrize("scenario", ["contracts_fail", "both_protections_fail"])
def test_a_deeper_discount_never_raises_sale_proceeds(model: Model, scenario: str) -> None:
    """And each discount brings its own share of the resale value: (1 - discount - cost), where the sale dates agree."""
    proceeds = []
    for discount in (0.0, 0.1, 0.25, 0.5, 0.9, 0.97, 1.0):
        result = run_deal(model, scenario, {"collateral.disposal.discount": discount})
        proceeds.append(sum(result.lines.months("sale_proceeds")))
    assert proceeds == sorted(proceeds, reverse=True)
    assert proceeds[0] > 0
    assert proceeds[1] == pytest.approx(proceeds[0] * 0.87 / 0.97, rel=1e-12)
    assert proceeds[-2:] == [pytest.approx(0, abs=MONEY), 0]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_all_cash_goes_to_someone_or_stays_in_an_account(model: Model, scenario: str) -> None:
    """Reserve at closing + collections + sale proceeds = fees + costs + interest + principal + released + accounts."""
    lines = run_deal(model, scenario).lines
    paid = [item.name for item in model.monthly if item.role == "payment" and item.section in ("Fees", "Tranches")]
    assert {f"{name}.interest_paid" for name in CLASSES} | {"trustee.paid", "site_costs.paid"} <= set(paid)
    out = sum(lines[name].sum() for name in [*paid, "sponsor.received"])
    accounts = ("collection", "liquidity_reserve", "trapped_cash")
    held = sum(lines[f"{name}.balance"][-1] for name in accounts)
    before = sum(lines.opening(f"{name}.balance") for name in accounts)
    brought = lines["revenue"].sum() + lines["claims_received"].sum() + lines["sale_proceeds"].sum()
    assert before == pytest.approx(21_750_000, abs=0.005)  # 6 months of 600m at 6% and 100m at 7.5%
    assert before + brought == pytest.approx(out + held, abs=MONEY)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_cash_added_is_cash_distributed(model: Model, scenario: str) -> None:
    """A dollar an hour more on one lease: whatever the triggers do, everything more that comes in goes out."""
    path = "contracts.lease_1.price_per_hour"
    base = run_deal(model, scenario)
    more = run_deal(model, scenario, {path: model.input_by_path[path].base + 1})
    names = [item.name for item in model.monthly if item.role == "payment" and item.section in ("Fees", "Tranches")]
    accounts = ("collection", "liquidity_reserve", "trapped_cash")

    def out(result: Result) -> float:
        left = sum(result.lines[f"{name}.balance"][-1] for name in accounts)
        return left + sum(result.lines[name].sum() for name in [*names, "sponsor.received"])

    added = more.lines["collections"].sum() - base.lines["collections"].sum()
    assert added > 0
    assert out(more) - out(base) == pytest.approx(added, abs=MONEY)


# C01, where nothing depends on a test


def test_without_triggers_more_cash_never_means_less_for_the_senior(data: dict) -> None:
    """One state, principal in sequence: what class A has received by each month never falls as rents rise."""
    plain = changed(data)
    plain["states"] = {"normal": {"severity": 0, "waterfall": "rapid"}}
    plain["tests"], plain["provenance"] = {}, {"*": {"status": "assumed", "note": "made up for a test"}}
    plain.pop("sources")
    for tranche in plain["tranches"].values():
        tranche["deferrable"] = True
    del plain["accounts"]["trapped_cash"]
    plain["waterfalls"] = {
        "at_closing": plain["waterfalls"]["at_closing"],
        "expenses": plain["waterfalls"]["expenses"],
        "rapid": plain["waterfalls"]["rapid"][1:],
        "junior_sequential": plain["waterfalls"]["junior_sequential"],
    }
    model = compile_deal(deal_from_mapping(plain))
    received = []
    for level in (0.2, 0.5, 1.0, 1.5):
        lines = run_deal(model, "both_protections_fail", {"market.generations.*.rent_level": level}).lines
        received.append(np.cumsum(lines["class_a.interest_paid"] + lines["class_a.principal_paid"]))
    for less, more in pairwise(received):
        assert np.all(more >= less - MONEY)
