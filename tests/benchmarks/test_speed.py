"""What a run costs, beside bare arithmetic of the same count in the same process. Prints; never fails on speed.

    pytest tests/benchmarks --benchmark-only

Times on a shared machine mean little; the ratios to bare float and `np.add` work of the same count mean more.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dealmodel as dm
from dealmodel.lines.blocks import BLOCK_SIZE, run_block
from dealmodel.lines.model import Model
from dealmodel.lines.plain import program_of, run_plain
from dealmodel.lines.values import values_of

pytestmark = pytest.mark.benchmark
FOLDER = Path(__file__).parents[2] / "sample_deals" / "gpu_abs_abc"


@pytest.fixture(scope="module")
def deal() -> dm.Deal:
    return dm.load_deal(FOLDER)


@pytest.fixture(scope="module")
def model(deal: dm.Deal) -> Model:
    return dm.compile_deal(deal)


def best(work: Callable[[], Any], times: int) -> float:
    """Least time of several calls. [seconds]"""
    found = float("inf")
    for _ in range(times):
        start = time.perf_counter()
        work()
        found = min(found, time.perf_counter() - start)
    return found


def best_in_turn(works: Mapping[str, Callable[[], Any]], times: int) -> dict[str, float]:
    """Least time of several calls of each, in turn: a busy machine is as hard on one as on the other. [seconds]"""
    found = dict.fromkeys(works, float("inf"))
    for _ in range(times):
        for name, work in works.items():
            found[name] = min(found[name], best(work, 1))
    return found


def bare_floats(operations: int) -> Callable[[], Any]:
    """Additions of Python floats in local variables, as many as asked for to the next hundred."""
    body = "; ".join(["c = a + b; a = c - b"] * 50)
    scope: dict[str, Any] = {}
    exec(f"def work(n):\n    a, b = 1.5, 2.5\n    for _ in range(n):\n        {body}\n    return a", scope)
    return lambda: scope["work"](operations // 100)


def bare_adds(operations: int, size: int) -> float:
    """Time of `np.add` on arrays of a block, into an array that is there already. [seconds]"""
    a, b, out = np.ones(size), np.ones(size), np.empty(size)

    def work() -> None:
        for _ in range(1000):
            np.add(a, b, out=out)

    return best(work, 5) * operations / 1000


def without_checks(model: Model) -> Model:
    """The model without its invariants."""
    monthly = tuple(item for item in model.monthly if item.role != "check")
    return replace(model, monthly=monthly, summary=tuple(item for item in model.summary if item.role != "check"))


def random_block(model: Model, size: int) -> dict[str, Any]:
    """Scenarios in which levels are random paths and customers stop in random months."""
    draw = np.random.default_rng(1)
    base = values_of(model)
    numbers: dict[str, Any] = dict(base.numbers)
    months: dict[str, Any] = dict(base.months)
    for path in numbers:
        if path.endswith("stops_paying"):
            numbers[path] = draw.integers(1, 90, size).astype(float)
    for item in model.inputs:
        if item.monthly and not item.given:
            months[item.path] = np.exp(np.cumsum(draw.normal(-0.01, 0.05, (model.periods, size)), axis=0))
    return {"numbers": numbers, "months": months, "size": size}


def test_one_scenario_with_full_trace(benchmark: Any, model: Model) -> None:
    values = values_of(model, "both_protections_fail")
    program_of(model)
    benchmark.pedantic(lambda: run_plain(model, values), rounds=30, warmup_rounds=3)
    count = model.operations * model.periods
    unchecked = without_checks(model)
    program_of(unchecked)
    works = {"all": lambda: run_plain(model, values), "alone": lambda: run_plain(unchecked, values)}
    times = best_in_turn(works | {"bare": bare_floats(count)}, 60)
    seconds, alone, bare = times["all"], times["alone"], times["bare"]
    print(
        f"\none scenario: {seconds * 1e3:.2f} ms, {model.operations} operations x {model.periods} months, "
        f"{seconds / count * 1e9:.1f} ns an operation; bare float additions of the same count {bare * 1e3:.2f} ms, "
        f"ratio {seconds / bare:.2f}; invariants {seconds / alone - 1:.1%} of the run without them"
    )


def test_load_and_compile(benchmark: Any, deal: dm.Deal) -> None:
    def compile_all() -> None:
        program_of(dm.compile_deal(deal))

    benchmark.pedantic(compile_all, rounds=7, warmup_rounds=1)
    seconds = best(compile_all, 7)
    build = best(lambda: dm.compile_deal(deal), 5)
    load = best(lambda: dm.load_deal(FOLDER), 5)
    print(
        f"\ncompile: {seconds * 1e3:.0f} ms, of which lines {build * 1e3:.0f} ms and Python code "
        f"{(seconds - build) * 1e3:.0f} ms; loading the file {load * 1e3:.0f} ms"
    )


@pytest.mark.parametrize("scenarios", [1_000, 10_000])
def test_many_scenarios_on_numpy(benchmark: Any, model: Model, scenarios: int) -> None:
    sizes = [min(BLOCK_SIZE, scenarios - start) for start in range(0, scenarios, BLOCK_SIZE)]
    blocks = {size: random_block(model, size) for size in set(sizes)}

    def work() -> None:
        for size in sizes:
            run_block(model, **blocks[size])

    benchmark.pedantic(work, rounds=3, warmup_rounds=1)
    count = model.operations * model.periods
    bare = sum(bare_adds(count, size) for size in sizes)
    plain = best(lambda: run_plain(model, values_of(model)), 5) * scenarios
    unchecked = without_checks(model)

    def work_unchecked() -> None:
        for size in sizes:
            run_block(unchecked, **blocks[size])

    work_unchecked()
    times = best_in_turn({"all": work, "alone": work_unchecked}, 6)
    seconds, alone = times["all"], times["alone"]
    print(
        f"\n{scenarios:,} scenarios: {seconds:.2f} s, {scenarios / seconds:,.0f} a second, "
        f"{seconds / count / scenarios * 1e9:.2f} ns an operation; bare np.add of the same count {bare:.2f} s, "
        f"ratio {seconds / bare:.2f}; invariants {seconds / alone - 1:.1%} of the run without them; "
        f"plain Python would take {plain:.1f} s, {plain / seconds:.1f} times as long"
    )
