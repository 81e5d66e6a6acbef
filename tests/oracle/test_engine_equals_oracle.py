"""The engine equals the independent month loop in Decimal, to the cent, in the deal's scenarios and in random ones.

The oracle shares no code with the package: it reads the same deal file, and writes the waterfalls out by hand.
"""

from __future__ import annotations

import importlib.util
import random
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

import dealmodel as dm

ROOT = Path(__file__).parents[2]
DEAL = ROOT / "sample_deals" / "gpu_abs_abc" / "deal.yaml"
SCENARIOS = ("base", "contracts_fail", "hardware_worthless", "both_protections_fail")
CENT = 0.005
RATIO = 1e-9
CLASSES = ("class_a", "class_b", "class_c")


def _load_oracle() -> ModuleType:
    spec = importlib.util.spec_from_file_location("oracle_of_flagship", Path(__file__).with_name("flagship.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


oracle = _load_oracle()


@pytest.fixture(scope="module")
def deal() -> dm.Deal:
    return dm.load_deal(DEAL)


@pytest.fixture(scope="module")
def mapping() -> dict[str, Any]:
    return yaml.safe_load(DEAL.read_text(encoding="utf-8"))


def compare(result: dm.Result, outcome: Any) -> int:
    """Compare every line that the oracle names; return how many numbers were compared."""
    compared = 0
    for name, months in outcome.lines.items():
        if name not in result.model.definitions:
            # cure counts are kept only where a state may be left on them
            assert name.endswith("passes_in_a_row"), name
            continue
        ratio = name.endswith(".ratio") and not name.startswith(("senior_interest", "final_payment"))
        tolerance = RATIO if ratio else CENT
        for month, (ours, theirs) in enumerate(zip(result.lines.months(name), months, strict=True), 1):
            allowed = tolerance * max(1.0, abs(ours)) if ratio else tolerance
            assert abs(ours - float(theirs)) <= allowed, f"{name}, month {month}: {ours!r} against {theirs}"
            compared += 1
    for name in CLASSES:
        row = result.tranche_rows[name]
        for column, theirs in outcome.tranches[name].items():
            assert row[column] == pytest.approx(float(theirs), abs=CENT), (name, column)
            compared += 1
    return compared


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_engine_equals_oracle_in_the_scenarios_of_the_deal(
    deal: dm.Deal, mapping: dict[str, Any], scenario: str
) -> None:
    result = dm.run_deal(deal, scenario)
    outcome = oracle.run(mapping, oracle.scenario_changes(mapping, scenario))
    assert compare(result, outcome) > 5000
    lines = result.lines
    assert lines.number("closing.sponsor_contribution") == pytest.approx(
        float(outcome.closing["sponsor_contribution"]), abs=CENT
    )
    assert lines.opening("liquidity_reserve.balance") == pytest.approx(
        float(outcome.closing["reserve_funded"]), abs=CENT
    )


def random_changes(seed: int) -> list[dict[str, Any]]:
    """A stress of every part: customers, prices, decline, recovery, lags, coupons, levels, launches."""
    draw = random.Random(seed)
    changes: list[dict[str, Any]] = []
    if seed % 2:  # every other one a double hit: customers and hardware fail together
        month = draw.randint(3, 40)
        changes.append({"at": "customers.*.stops_paying", "set": f"month {month}"})
        for field in ("rent_level", "resale_level"):
            at = f"market.generations.*.{field}"
            changes.append({"at": at, "multiply": draw.choice([0.02, 0.05, 0.3]), "from": f"month {month}"})
    for number in range(1, 7 if seed % 2 == 0 else 2):
        if draw.random() < 0.6:
            changes.append({"at": f"customers.obligor_{number}.stops_paying", "set": f"month {draw.randint(1, 50)}"})
    for generation in ("h200", "b200", "gb300"):
        for field in ("rent_level", "resale_level"):
            if draw.random() < 0.5:
                start = draw.randint(1, 60)
                change = {
                    "at": f"market.generations.{generation}.{field}",
                    "multiply": draw.choice([0.05, 0.3, 0.7, 1.3]),
                }
                change |= draw.choice(
                    [{}, {"from": f"month {start}"}, {"from": f"month {start}", "until": f"month {start + 9}"}]
                )
                changes.append(change)
    numbers = {
        "market.generations.*.rent_decline_per_year": [0.0, 0.1, 0.35],
        "collateral.cohorts.*.resale.decline_per_year": [0.0, 0.2, 0.5],
        "collateral.cohorts.h200.book.life_years": [3.0, 4.5],
        "collateral.merchant.utilisation": [0.0, 0.5, 1.0],
        "collateral.disposal.discount": [0.0, 0.5],
        "contracts.*.at_default.claim_recovery": [0.0, 0.6, 1.0],
        "contracts.*.at_default.downtime_months": [0, 2, 12],
        "contracts.*.at_default.claim_lag_months": [0, 5, 24],
        "contracts.*.at_default.cost_per_unit": [0, 2000],
        "contracts.*.at_expiry.downtime_months": [0, 4],
        "contracts.lease_3.term_months": [20, 60],
        "contracts.lease_1.price_per_hour": [1.0, 2.5],
        "tranches.class_a.coupon.fixed": [0.03, 0.12],
        "tranches.class_c.coupon.fixed": [0.15],
        "fees.servicer.rate_per_year": [0.0, 0.03],
        "collateral.site_costs.idle_per_unit_hour": [0.0, 0.6],
        "accounts.liquidity_reserve.target.months_of_interest": [0.0, 3.0, 12.0],
        "tests.dscr_trap.at_least": [1.6, 1.8],
        "tests.dscr_rapid.at_least": [0.5, 1.5],
        "tests.market_ltv.at_most": [0.8, 5.0],
        "tests.utilisation.at_least": [0.0, 0.95],
        "tests.dscr_trap.cured_after": [1, 4],
        "tests.asset_base_a.at_most": [0.4, 0.6],
        "tests.asset_base_abc.at_most": [0.5, 0.7],
        "market.launches.successor_2027.rent_step": [-0.4, 0.0],
        "market.launches.successor_2029.resale_step": [-0.4],
    }
    for path, values in numbers.items():
        if draw.random() < 0.35:
            changes.append({"at": path, "set": draw.choice(values)})
    if draw.random() < 0.5:
        changes.append({"at": "market.launches.*.when", "shift_months": draw.choice([-8, -3, 6])})
    return changes


def as_scenario(changes: list[dict[str, Any]]) -> dm.Scenario:
    return dm.Scenario.model_validate({"title": "Random", "changes": tuple(changes)})


@pytest.mark.parametrize("seed", range(50))
def test_engine_equals_oracle_in_random_scenarios(deal: dm.Deal, mapping: dict[str, Any], seed: int) -> None:
    changes = random_changes(seed)
    result = dm.run_deal(deal, as_scenario(changes))
    assert compare(result, oracle.run(mapping, changes)) > 5000


def test_random_scenarios_reach_every_state_and_every_step(deal: dm.Deal) -> None:
    states: dict[str, int] = {}
    unpaid = dict.fromkeys(("class_a", "class_b", "class_c"), 0)
    lost = dict(unpaid)
    for seed in range(50):
        result = dm.run_deal(deal, as_scenario(random_changes(seed)))
        for _, state in result.states():
            states[state] = states.get(state, 0) + 1
        for name in unpaid:
            unpaid[name] += bool((result.lines[f"{name}.interest_shortfall"] > 1).any())
            lost[name] += result.tranche_rows[name]["principal_loss"] > 1
    print(f"states entered {states}; shortfalls {unpaid}; losses {lost}")
    assert set(states) == {"normal", "trapped", "rapid", "accelerated"}
    assert min(states.values()) >= 5
    assert min(unpaid.values()) >= 3
    assert min(lost.values()) >= 3
