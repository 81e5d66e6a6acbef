"""Servicing fees by hand, with and without a minimum for each loan."""

from __future__ import annotations

import numpy as np
import pytest

from dealmodel.collateral.loans.flows import flows
from dealmodel.collateral.loans.replines import Replines
from dealmodel.collateral.loans.servicing import servicing
from dealmodel.collateral.loans.speeds import Default, Prepayment


def pool(loans: np.ndarray | None = None) -> Replines:
    """Ten loans of 120 and one of 2,400, at 0% over 12 months."""
    return Replines(np.array([1200.0, 2400.0]), np.zeros(2), np.array([12, 12]), np.array([0, 0]), loans=loans)


def test_a_rate_on_the_opening_balance() -> None:
    """1.2% a year of 3,600, then of 3,300."""
    found = flows(pool(), None, None, months=12)
    assert servicing(pool(), found, 0.012)[0, :2].tolist() == pytest.approx([3.6, 3.3])


def test_the_minimum_holds_for_each_loan() -> None:
    """1.2% of 120 is 0.12 a month, below 0.5: 5 for ten loans. The large loan pays 2.4, 2.2, and 0.5 in the end."""
    replines = pool(np.array([10.0, 1.0]))
    found = flows(replines, None, None, months=13)
    fees = servicing(replines, found, 0.012, 0.5)[0]
    assert fees[:2].tolist() == pytest.approx([7.4, 7.2])
    assert fees[11] == pytest.approx(5.5)
    assert fees[12] == 0


def test_loans_that_are_gone_pay_no_minimum() -> None:
    replines = pool(np.array([10.0, 1.0]))
    found = flows(replines, Prepayment("smm", np.array([0.5, 0.0])), None, months=12)
    fees = servicing(replines, found, 0.0, 1.0)
    assert fees[0, :3].tolist() == pytest.approx([11, 5.5, 2.75])
    assert fees[1].tolist() == pytest.approx([11] * 12)


@pytest.mark.parametrize("least", [0.0, 1e-9])
def test_loans_in_default_are_serviced_while_advances_last(least: float) -> None:
    """Half defaults in month 1 and is liquidated in month 3. Advances keep the fee as it was."""
    replines = pool(np.array([10.0, 1.0]))
    default = Default("mdr", np.array([[0.5] + [0.0] * 11]))
    advanced = flows(replines, None, default, lag=2, advances="principal_and_interest", months=12)
    alone = flows(replines, None, default, lag=2, months=12)
    assert servicing(replines, advanced, 0.012, least)[0, :4].tolist() == pytest.approx([3.6, 3.3, 3.0, 1.35])
    assert servicing(replines, alone, 0.012, least)[0, :4].tolist() == pytest.approx([3.6, 1.65, 1.5, 1.35])


def test_what_is_wrong_is_said() -> None:
    found = flows(pool(), None, None, months=12)
    with pytest.raises(ValueError, match="does not say how many loans it has"):
        servicing(pool(), found, 0.01, 1.0)
    with pytest.raises(ValueError, match=r"rate of servicing is -0\.01; it is a number, and not negative"):
        servicing(pool(), found, -0.01)
    with pytest.raises(ValueError, match="least_per_loan of servicing is nan"):
        servicing(pool(), found, 0.01, float("nan"))
