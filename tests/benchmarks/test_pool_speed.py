"""What a pool of receivables costs, beside bare multiplications of the same count in the same process. Prints only."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dealmodel.collateral.loans.flows import Flows, flows
from dealmodel.collateral.loans.replines import Replines
from dealmodel.collateral.loans.speeds import Default, Prepayment

pytestmark = pytest.mark.benchmark
REPLINES, MONTHS = 1000, 360


@pytest.fixture(scope="module")
def pool() -> Replines:
    draw = np.random.default_rng(1)
    return Replines(
        balance=draw.uniform(1e4, 1e6, REPLINES),
        rate=draw.uniform(0.0, 0.12, REPLINES),
        remaining=draw.integers(12, MONTHS + 1, REPLINES),
        age=draw.integers(0, 120, REPLINES),
    )


def best(work: Callable[[], Any], times: int) -> float:
    """Least time of several calls. [seconds]"""
    found = float("inf")
    for _ in range(times):
        start = time.perf_counter()
        work()
        found = min(found, time.perf_counter() - start)
    return found


def bare(scenarios: int) -> float:
    """Time of one multiplication for each scenario, month and repline, a month of all scenarios at a time. [seconds]"""
    a, b, out = np.ones((scenarios, REPLINES)), np.ones(REPLINES), np.empty((scenarios, REPLINES))

    def work() -> None:
        for _ in range(MONTHS):
            np.multiply(a, b, out=out)

    return best(work, 3)


@pytest.mark.parametrize("scenarios", [1, 100])
def test_a_thousand_replines(benchmark: Any, pool: Replines, scenarios: int) -> None:
    speeds = np.linspace(0.5, 5.0, scenarios)

    def prepaying() -> Flows:
        return flows(pool, Prepayment("psa", speeds), None, months=MONTHS)

    def defaulting() -> Flows:
        return flows(
            pool,
            Prepayment("psa", speeds),
            Default("sda", speeds),
            severity=0.4,
            lag=12,
            advances="principal_and_interest",
            months=MONTHS,
        )

    benchmark.pedantic(prepaying, rounds=1, warmup_rounds=1)
    least, whole, alone = best(prepaying, 3), best(defaulting, 3), bare(scenarios)
    tracemalloc.start()
    defaulting()
    held = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    print(
        f"\n{REPLINES} replines x {MONTHS} months x {scenarios} speeds: {least:.3f} s, with defaults and advances "
        f"{whole:.3f} s; a bare multiplication each {alone:.4f} s, ratios {least / alone:.0f} and {whole / alone:.0f}; "
        f"most memory {held / 2**20:.0f} MB"
    )
