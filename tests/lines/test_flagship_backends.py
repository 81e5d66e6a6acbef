"""Plain Python equals NumPy on the flagship deal, in 1,000 random scenarios that take every branch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import dealmodel as dm
from dealmodel.lines.blocks import run_block
from dealmodel.lines.inputs import Input
from dealmodel.lines.model import Model
from dealmodel.lines.trace import Trace
from dealmodel.lines.values import Values

FOLDER = Path(__file__).parents[2] / "sample_deals" / "gpu_abs_abc"
SCENARIOS = 1000
AMOUNTS = (".interest_shortfall", ".unpaid", ".write_down", ".excess", ".let_go", ".from_liquidity_reserve")
OUT_OF_REACH = ("enforcement.02.all.from_liquidity_reserve",)
"""The reserve is emptied in the first step of that list, so that it has nothing left to back the second with."""

Arrays = dict[str, np.ndarray]


@pytest.fixture(scope="module")
def model() -> Model:
    return dm.compile_deal(dm.load_deal(FOLDER))


def draw(model: Model, seed: int) -> tuple[Arrays, Arrays]:
    """Random values of every live input: levels as paths, stops in any month or never, the rest around base."""
    random = np.random.default_rng(seed)
    common = random.random(SCENARIOS) < 0.5  # half of the scenarios: customers and hardware fail together
    month = random.integers(1, 60, SCENARIOS)
    numbers: Arrays = {}
    months: Arrays = {}
    for item in model.inputs:
        if item.given:
            months[item.path] = np.array(item.value)
        elif item.monthly:
            months[item.path] = _level(random, model.periods, common, month)
        elif not item.live:
            numbers[item.path] = np.full(SCENARIOS, item.base)
        else:
            numbers[item.path] = _number(random, item, common, month)
    return numbers, months


def _level(random: np.random.Generator, periods: int, common: np.ndarray, month: np.ndarray) -> np.ndarray:
    path = np.exp(np.cumsum(random.normal(-0.005, 0.04, (periods, SCENARIOS)), axis=0))
    hit = common & (np.arange(1, periods + 1)[:, None] >= month)
    return np.where(hit, path * random.choice([0.03, 0.2, 0.6], SCENARIOS), path)


def _number(random: np.random.Generator, item: Input, common: np.ndarray, month: np.ndarray) -> np.ndarray:
    if item.path.endswith("stops_paying"):
        alone = np.where(random.random(SCENARIOS) < 0.4, random.integers(1, 60, SCENARIOS), 9999)
        return np.where(common, month, alone).astype(float)
    if item.unit == "month":
        return np.maximum(item.base + random.integers(-2, 3, SCENARIOS), 0.0)
    value = item.base * random.uniform(0.8, 1.2, SCENARIOS)
    if item.whole:
        value = np.round(value)
    low = -np.inf if item.lowest is None else item.lowest
    high = np.inf if item.highest is None else item.highest
    return np.clip(value, low, high)


def one(numbers: Arrays, months: Arrays, scenario: int) -> Values:
    return Values(
        {path: float(value[scenario]) for path, value in numbers.items()},
        {
            path: [float(v) for v in (value if value.ndim == 1 else value[:, scenario])]
            for path, value in months.items()
        },
    )


def test_plain_equals_numpy_over_a_thousand_scenarios_and_every_branch_is_taken(model: Model) -> None:
    numbers, months = draw(model, seed=2026)
    monthly = [item.name for item in model.monthly]
    block = run_block(model, numbers=numbers, months=months, size=SCENARIOS, keep=monthly)
    for scenario in range(SCENARIOS):
        trace = Trace.of(model, one(numbers, months, scenario))
        ours = np.array(trace.rows)
        theirs = np.array([block.lines[name][:, scenario] for name in monthly]).T
        unequal = np.argwhere(ours != theirs)
        assert not len(unequal), (scenario, monthly[unequal[0][1]], unequal[0][0] + 1)
        for item, value in zip(model.summary, trace.summary, strict=True):
            assert value == block.summary[item.name][scenario], (scenario, item.name)
    taken = branches(block.lines)
    print("scenarios in which it happens, of 1,000:")
    for name, count in taken.items():
        print(f"  {name}: {count}")
    assert min(taken.values()) >= 5, taken
    for name, worst in block.summary.items():
        if name.startswith("worst."):
            assert worst.max() < 0.001, name


def branches(lines: Arrays) -> dict[str, int]:
    """Scenarios in which each trigger fails, each state is entered and left, each default and shortfall happens."""

    def in_some_month(flag: np.ndarray) -> int:
        return int(flag.any(axis=0).sum())

    taken = {}
    for name, values in lines.items():
        if name.endswith(
            (".failed", ".hit", ".let_again", ".merchant", ".put_up", ".sold", ".claim_settled", ".launched")
        ):
            if not name.startswith("uncontracted"):
                taken[name] = in_some_month(values > 0)
        elif name in ("normal.in_force", "trapped.in_force", "rapid.in_force", "accelerated.in_force"):
            taken[name] = in_some_month(values > 0)
        elif name.endswith(AMOUNTS) and name not in OUT_OF_REACH:
            taken[name] = in_some_month(values > 0.005)
    trapped = lines["trapped.in_force"]
    taken["trapped, then cured"] = in_some_month((trapped[:-1] > 0) & (lines["normal.in_force"][1:] > 0))
    taken["cure of asset base pays"] = in_some_month(lines["payments.10.class_a.principal.paid"] > 0.005)
    return taken
