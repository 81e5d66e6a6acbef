"""Scheduled principal by hand, kind by kind; each case says its arithmetic."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dealmodel.collateral.loans.flows import Flows, flows
from dealmodel.collateral.loans.replines import Replines

ROUNDING = 1e-12


def run(balance: float, rate: float, remaining: int, *, months: int, **terms: Any) -> Flows:
    given = {name: value if isinstance(value, str) else np.array([value]) for name, value in terms.items()}
    pool = Replines(np.array([balance]), np.array([rate]), np.array([remaining]), np.array([0]), **given)
    return flows(pool, None, None, months=months)


def balances(found: Flows) -> list[float]:
    return [float(found.opening[0, 0]), *(float(value) for value in found.closing[0])]


def test_level_pay_of_two_months() -> None:
    """210 at 12% a year for 2 months: 210 x 0.01 / (1.01^2 - 1) = 2.1 / 0.0201 = 104.4776... of principal first."""
    found = run(210.0, 0.12, 2, months=2)
    assert found.scheduled[0].tolist() == pytest.approx([2.1 / 0.0201, 210 - 2.1 / 0.0201], rel=ROUNDING)
    assert found.interest[0].tolist() == pytest.approx([2.1, 0.01 * (210 - 2.1 / 0.0201)], rel=ROUNDING)
    paid = (found.scheduled + found.interest)[0]
    assert paid[0] == pytest.approx(paid[1], rel=ROUNDING)


def test_without_interest_equal_parts_are_repaid() -> None:
    """A loan of 0%: 120 over 4 months is 30 a month, and no interest."""
    found = run(120.0, 0.0, 4, months=4)
    assert balances(found) == pytest.approx([120, 90, 60, 30, 0], abs=ROUNDING)
    assert not found.interest.any()


@pytest.mark.parametrize("kind", ["level_pay", "fixed_principal", "interest_only", "lease"])
@pytest.mark.parametrize("rate", [0.0, 0.07, 1e-300, 12.0])
def test_in_the_last_month_all_is_repaid_whatever_the_rate(kind: str, rate: float) -> None:
    found = run(1000.0, rate, 1, months=3, kind=kind)
    assert found.scheduled[0].tolist() == [1000.0, 0.0, 0.0]
    assert found.interest[0, 0] == pytest.approx(1000 * rate / 12, rel=ROUNDING)
    assert np.isfinite(found.closing).all()


def test_a_rate_beyond_all_floats_repays_at_maturity() -> None:
    """At 1,200% a year a balance doubles each month: a level payment over a century is interest alone at first."""
    found = run(1000.0, 12.0, 1200, months=1200)
    assert found.interest[0, :1150].tolist() == pytest.approx([1000.0] * 1150, rel=ROUNDING)
    assert found.scheduled[0].sum() == pytest.approx(1000, rel=ROUNDING)
    assert found.scheduled[0, -1] == pytest.approx(500, rel=1e-9)  # twice as much each month, 1,000 in all


def test_a_balloon_computed_over_its_own_term_is_level_pay() -> None:
    balloon = run(1000.0, 0.06, 24, months=24, kind="balloon", amortization=24)
    level = run(1000.0, 0.06, 24, months=24)
    assert (balloon.closing == level.closing).all()
    assert not balloon.at_maturity.any()


def test_a_balloon_is_due_at_maturity() -> None:
    """120 at 0% computed over 12 months and due after 3: 10, 10, and 100, of which 90 is the balloon."""
    found = run(120.0, 0.0, 3, months=3, kind="balloon", amortization=12)
    assert found.scheduled[0].tolist() == pytest.approx([10, 10, 100], abs=ROUNDING)
    assert found.at_maturity[0].tolist() == pytest.approx([0, 0, 90], abs=1e-10)


def test_interest_alone_then_level_pay() -> None:
    """90 at 0%, interest alone for 2 of 5 months: 0, 0, 30, 30, 30."""
    found = run(90.0, 0.0, 5, months=5, kind="interest_only", interest_only=2)
    assert found.scheduled[0].tolist() == pytest.approx([0, 0, 30, 30, 30], abs=ROUNDING)
    assert not found.at_maturity.any()


@pytest.mark.parametrize("given", [{}, {"interest_only": 3}])
def test_interest_alone_to_the_end_is_a_bullet(given: dict[str, int]) -> None:
    found = run(90.0, 0.12, 3, months=3, kind="interest_only", **given)
    assert found.scheduled[0].tolist() == [0, 0, 90]
    assert found.at_maturity[0].tolist() == [0, 0, 90]
    assert found.interest[0].tolist() == pytest.approx([0.9, 0.9, 0.9], rel=ROUNDING)


def test_equal_principal_bears_interest_on_what_is_left() -> None:
    """90 at 12% over 3 months: principal of 30 each; interest of 0.9, 0.6, 0.3."""
    found = run(90.0, 0.12, 3, months=3, kind="fixed_principal")
    assert found.scheduled[0].tolist() == pytest.approx([30, 30, 30], rel=ROUNDING)
    assert found.interest[0].tolist() == pytest.approx([0.9, 0.6, 0.3], rel=1e-11)


def test_a_lease_pays_level_rentals_and_its_residual() -> None:
    """Two rentals of 10 and a residual of 50 at 12%: worth 10 / 1.01 + 60 / 1.01^2 = 68.719...; each rental is 10."""
    worth = 10 / 1.01 + 60 / 1.01**2
    found = run(worth, 0.12, 2, months=2, kind="lease", residual=50.0)
    cash = (found.scheduled + found.interest)[0]
    assert cash.tolist() == pytest.approx([10, 60], rel=ROUNDING)
    assert found.at_maturity[0].tolist() == pytest.approx([0, 50], rel=ROUNDING)


def test_a_lease_of_nothing_but_its_residual() -> None:
    """Rentals of 0.5 on 50 at 12% pay interest alone: the residual is the balance."""
    found = run(50.0, 0.12, 3, months=3, kind="lease", residual=50.0)
    assert found.scheduled[0].tolist() == pytest.approx([0, 0, 50], abs=ROUNDING)


def test_a_given_payment_repays_until_nothing_is_left() -> None:
    """100 at 12%: 41 pays 1 of interest and 40; 0.6 and 40.4; then the 19.6 that are left, with 0.196 of interest."""
    found = run(100.0, 0.12, 6, months=6, payment=41.0)
    assert found.scheduled[0].tolist() == pytest.approx([40, 40.4, 19.6, 0, 0, 0], abs=1e-11)
    assert found.interest[0].tolist() == pytest.approx([1, 0.6, 0.196, 0, 0, 0], abs=1e-12)


def test_a_given_payment_that_is_too_low_leaves_a_balloon() -> None:
    """100 at 0% in 3 months at 20 a month: 20, 20 and 60, of which 40 is beyond the payment."""
    found = run(100.0, 0.0, 3, months=3, payment=20.0)
    assert found.scheduled[0].tolist() == pytest.approx([20, 20, 60], rel=ROUNDING)
    assert found.at_maturity[0].tolist() == pytest.approx([0, 0, 40], rel=ROUNDING)


def test_a_payment_is_computed_where_none_is_given() -> None:
    pool = Replines(
        np.array([100.0, 100.0]),
        np.array([0.0, 0.0]),
        np.array([4, 4]),
        np.array([0, 0]),
        payment=np.array([50, np.nan]),
    )
    assert flows(pool, None, None, months=4).scheduled[0].tolist() == pytest.approx([75, 75, 25, 25], abs=ROUNDING)


def test_fewer_months_than_the_term_leave_a_balance_and_more_are_zeros() -> None:
    short, long = run(120.0, 0.0, 12, months=5), run(120.0, 0.0, 12, months=20)
    assert short.closing[0, -1] == pytest.approx(70, rel=ROUNDING)
    assert (long.closing[0, :5] == short.closing[0]).all()
    assert not long.closing[0, 11:].any()
    assert long.scheduled.sum() == pytest.approx(120, rel=ROUNDING)
