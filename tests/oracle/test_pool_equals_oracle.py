"""The stage of pools equals the independent month loop in Decimal, over random replines of every kind and speed."""

from __future__ import annotations

import importlib.util
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from dealmodel.collateral.loans.flows import flows
from dealmodel.collateral.loans.replines import KINDS, Replines
from dealmodel.collateral.loans.speeds import Default, Prepayment

SIZE = 1e-10
"""Share of the pool's balance that rounding of some hundred months of floats may come to."""

LONGEST = 120
SPEEDS = [
    (("cpr", "0.1"), ("cdr", "0.02")),
    (("psa", "1.5"), ("sda", "1")),
    (("psa", "0"), ("sda", "40")),
    (("abs", "0.013"), ("cdr", "0")),
    (("abs", "0.02"), ("cdr", "0.3")),
    (("cpr", "1"), ("sda", "1")),
]


@pytest.fixture(scope="module")
def oracle() -> ModuleType:
    spec = importlib.util.spec_from_file_location("pool_oracle", Path(__file__).parent / "pool.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def random_loans(seed: int, count: int) -> list[dict[str, Any]]:
    draw = np.random.default_rng(seed)
    loans = []
    for place in range(count):
        remaining = int(draw.integers(1, LONGEST + 1))
        balance = Decimal(int(draw.integers(1, 10**8))) / 100
        loans.append(
            {
                "balance": balance,
                "rate": Decimal(int(draw.integers(0, 4)) * 375) / 10_000,
                "remaining": remaining,
                "age": int(draw.integers(0, 90)),
                "kind": KINDS[place % len(KINDS)],
                "amortization": remaining + int(draw.integers(0, 2)) * 180,
                "interest_only": int(draw.integers(0, remaining + 1)),
                "residual": balance * int(draw.integers(0, 3)) / 4,
            }
        )
    return loans


def pool_of(loans: list[dict[str, Any]]) -> Replines:
    columns: dict[str, Any] = {name: [float(loan[name]) for loan in loans] for name in loans[0] if name != "kind"}
    return Replines(**columns, kind=tuple(loan["kind"] for loan in loans))


@pytest.mark.parametrize(("prepayment", "default"), SPEEDS)
@pytest.mark.parametrize(("advances", "lag"), [("none", 0), ("none", 6), ("principal_and_interest", 12)])
def test_flows_equal_the_oracle(
    prepayment: tuple[str, str], default: tuple[str, str], advances: Any, lag: int, oracle: ModuleType
) -> None:
    loans = random_loans(lag, 20)
    deal = {
        "prepayment": (prepayment[0], Decimal(prepayment[1])),
        "default": (default[0], Decimal(default[1])),
        "severity": Decimal("0.45"),
        "lag": lag,
        "advances": advances,
    }
    pool = pool_of(loans)
    found = flows(
        pool,
        Prepayment(prepayment[0], np.array([float(prepayment[1])])),
        Default(default[0], np.array([float(default[1])])),
        severity=0.45,
        lag=lag,
        advances=advances,
        months=LONGEST,
    )
    each = [oracle.run(loan, deal) for loan in loans]
    for name in each[0]:
        expected = [float(sum(one[name][t] for one in each if t < len(one[name]))) for t in range(LONGEST)]
        error = np.abs(getattr(found, name)[0] - expected).max()
        assert error <= SIZE * pool.balance.sum(), f"{name} is off by {error}"
