"""What a pool may be, and how it says what is wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dealmodel.collateral.loans.replines import Replines

GOOD: dict[str, Any] = {"balance": [100.0, 200.0], "rate": [0.06, 0.0], "remaining": [12, 24], "age": [3, 0]}


def test_lists_become_arrays_and_one_kind_is_that_of_all() -> None:
    pool = Replines(**GOOD)
    assert pool.kind == ("level_pay", "level_pay")
    assert pool.remaining.dtype == np.int64
    assert len(pool) == 2
    assert pool.of_kind("lease").tolist() == [False, False]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"balance": []}, "a pool without replines"),
        ({"balance": [100.0, -5.0]}, r"balance of repline 2 is -5\.0; it is not negative"),
        ({"balance": [np.nan, 5.0]}, "balance of repline 1 is nan; it is a number"),
        ({"rate": [0.06]}, r"rate has the shape \(1,\); it has one number for each of 2 replines"),
        ({"rate": [0.06, -0.01]}, r"rate of repline 2 is -0\.01; it is not negative"),
        ({"rate": [np.inf, 0.01]}, "rate of repline 1 is inf; it is a number"),
        ({"remaining": [12, 0]}, "remaining of repline 2 is 0; a loan of the pool has 1 month or more to maturity"),
        ({"remaining": [12, 6.5]}, r"remaining of repline 2 is 6\.5; it is a whole number of months"),
        ({"age": [-1, 0]}, r"age of repline 1 is -1\.0; it is not negative"),
        ({"age": [0, 1201]}, r"age of repline 2 is 1201\.0; it is 1,200 months at most"),
        ({"age": [[1, 0]]}, r"age has the shape \(1, 2\)"),
        ({"kind": "annuity"}, "kind of repline 1 is 'annuity'; choose level_pay, balloon"),
        ({"kind": ("lease",)}, "kind has 1 entries; it is one word, or one for each of 2 replines"),
        ({"kind": "balloon"}, "amortization is missing; a balloon needs"),
        (
            {"kind": "balloon", "amortization": [360, 12]},
            "amortization of repline 2 is 12; .* `remaining` months or more",
        ),
        ({"kind": "interest_only", "interest_only": [13, 2]}, "interest_only of repline 1 is 13; .* at most"),
        ({"kind": "lease", "residual": [0.0, 201.0]}, r"residual of repline 2 is 201\.0; .* not above it"),
        ({"payment": [0.5, np.nan]}, r"payment of repline 1 is 0\.5; it is above the interest of the first month"),
        ({"payment": [np.inf, 9.0]}, "payment of repline 1 is inf; it is a number, or NaN where it is computed"),
        (
            {"kind": "lease", "payment": [10.0, 9.0]},
            "payment of repline 1 is 10.0; it is given for level_pay and balloon",
        ),
        ({"loans": [1.0, -1.0]}, "loans of repline 2 is -1.0; it is not negative"),
    ],
)
def test_what_is_wrong_is_said_by_repline(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Replines(**{**GOOD, **changed})


def test_a_kind_does_not_read_what_belongs_to_another() -> None:
    pool = Replines(
        **GOOD, kind=("level_pay", "balloon"), amortization=[0, 60], interest_only=[99, 99], residual=[999, 0]
    )
    assert pool.kind == ("level_pay", "balloon")
