"""Measures of prepayment and default by hand, vectors, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dealmodel.collateral.loans.flows import flows
from dealmodel.collateral.loans.replines import Replines
from dealmodel.collateral.loans.speeds import Default, Prepayment, Speed, sda_cdr

ALL = slice(0, 1)
ROUNDING = 1e-13


def rate(speed: Speed, month: int, age: int = 0) -> float:
    return float(speed.rate(month, np.array([age]), ALL)[0, 0])


def test_yearly_rates_compound() -> None:
    """A CPR of 1 - 0.9^12 is an SMM of 10%; so is a CDR an MDR."""
    yearly = 1 - 0.9**12
    assert rate(Prepayment("cpr", yearly), 1) == pytest.approx(0.1, rel=ROUNDING)
    assert rate(Default("cdr", yearly), 7) == pytest.approx(0.1, rel=ROUNDING)
    assert rate(Prepayment("smm", 0.1), 1) == 0.1
    assert rate(Default("mdr", 0.1), 1) == 0.1


@pytest.mark.parametrize(
    ("month", "age", "cpr"), [(1, 0, 0.002), (5, 10, 0.03), (30, 0, 0.06), (31, 0, 0.06), (1, 175, 0.06)]
)
def test_psa_by_month_of_age(month: int, age: int, cpr: float) -> None:
    assert 1 - (1 - rate(Prepayment("psa", 1.0), month, age)) ** 12 == pytest.approx(cpr, rel=1e-11)
    assert 1 - (1 - rate(Prepayment("psa", 2.0), month, age)) ** 12 == pytest.approx(2 * cpr, rel=1e-11)


def test_sda_by_month_of_age() -> None:
    """Half way down from 60 to 120 it is (0.60 + 0.03) / 2 = 0.315%."""
    ages = np.array([0.0, 1, 15, 30, 45, 60, 90, 120, 400])
    expected = [0, 0.0002, 0.003, 0.006, 0.006, 0.006, 0.00315, 0.0003, 0.0003]
    assert sda_cdr(ages).tolist() == pytest.approx(expected, rel=ROUNDING)


def test_abs_prepays_the_same_number_of_original_loans_each_month() -> None:
    """Of 50 loans at 2% ABS one prepays each month: after 30 months 20 are left, after 50 none, and none later."""
    speed, left = Prepayment("abs", 0.02), [1.0]
    for month in range(1, 60):
        left.append(left[-1] * (1 - rate(speed, month)))
    assert left[:51] == pytest.approx([max(0.0, 1 - 0.02 * month) for month in range(51)], abs=1e-13)
    assert not any(left[50:])


def test_abs_counts_from_origination_and_exhausts_a_seasoned_pool_at_once() -> None:
    assert rate(Prepayment("abs", 0.02), 1, age=40) == pytest.approx(0.02 / (1 - 0.02 * 40), rel=ROUNDING)
    assert rate(Prepayment("abs", 0.02), 1, age=50) == 1.0
    assert rate(Prepayment("abs", 0.02), 1, age=53) == 1.0
    assert rate(Prepayment("abs", 0.0), 1, age=500) == 0.0


@pytest.mark.parametrize("speed", [Prepayment("psa", 1e6), Prepayment("abs", 5.0), Default("sda", 1e6)])
def test_a_speed_beyond_all_loans_takes_all_of_them(speed: Speed) -> None:
    assert rate(speed, 40) == 1.0


def test_a_vector_goes_by_month_or_by_age_and_its_last_rate_holds() -> None:
    rates = [0.01, 0.02, 0.03]
    by_month = Prepayment("vector", vector=np.array(rates), vector_of="smm")
    by_age = Prepayment("vector", vector=np.array(rates), vector_of="smm", by="age")
    assert [rate(by_month, month, age=1) for month in (1, 2, 3, 4)] == [0.01, 0.02, 0.03, 0.03]
    assert [rate(by_age, month, age=1) for month in (1, 2, 3, 4)] == [0.02, 0.03, 0.03, 0.03]


def test_a_vector_is_of_yearly_rates_unless_said_and_is_multiplied_by_the_speed() -> None:
    yearly = 1 - 0.9**12
    assert rate(Default("vector", vector=np.array([yearly / 2]), speed=np.array([2.0])), 1) == pytest.approx(0.1)
    assert rate(Default("vector", vector=np.array([0.05]), speed=np.array([2.0]), vector_of="mdr"), 1) == 0.1


def test_vectors_and_speeds_may_differ_by_scenario() -> None:
    speed = Prepayment("vector", vector=np.array([[0.01, 0.02], [0.03, 0.04]]), vector_of="smm")
    assert speed.scenarios == 2
    assert speed.rate(2, np.array([0]), slice(0, 2)).tolist() == [[0.02], [0.04]]
    monthly = Prepayment("smm", np.array([[0.01, 0.02], [0.03, 0.04]]))
    assert monthly.rate(2, np.array([0]), slice(1, 2)).tolist() == [[0.04]]


@pytest.mark.parametrize(
    ("kind", "given", "said"),
    [
        (Prepayment, {"measure": "cdr"}, "measure is 'cdr'; choose smm, cpr, psa, abs, vector"),
        (Default, {"measure": "psa"}, "measure is 'psa'; choose mdr, cdr, sda, vector"),
        (
            Prepayment,
            {"measure": "psa", "speed": -1.0},
            r"psa of scenario 1 is -1\.0; it is a number, and not negative",
        ),
        (Prepayment, {"measure": "psa", "speed": [1.0, np.nan]}, "psa of scenario 2 is nan"),
        (Prepayment, {"measure": "psa", "speed": [[1.0, np.inf]]}, "psa of month 2 is inf"),
        (Prepayment, {"measure": "psa", "speed": [[[1.0]]]}, r"psa has the shape \(1, 1, 1\)"),
        (Prepayment, {"measure": "psa", "speed": []}, r"psa has the shape \(0,\)"),
        (Prepayment, {"measure": "cpr", "speed": 6.0}, r"cpr of 6\.0; it is a share of the balance, 1 at most"),
        (Default, {"measure": "mdr", "speed": 1.01}, r"mdr of 1\.01"),
        (Prepayment, {"measure": "vector"}, "that measure needs one"),
        (Prepayment, {"measure": "cpr", "vector": [0.1]}, "belongs to the measure `vector`"),
        (Prepayment, {"measure": "vector", "vector": []}, "a vector without rates"),
        (Prepayment, {"measure": "vector", "vector": [0.1, np.nan]}, "vector of month 2 is nan; it is a number"),
        (Prepayment, {"measure": "vector", "vector": [0.1], "vector_of": "mdr"}, "vector_of is 'mdr'; choose cpr, smm"),
        (Prepayment, {"measure": "vector", "vector": [0.1], "by": "year"}, "by is 'year'; choose month, age"),
    ],
)
def test_what_is_wrong_is_said(kind: type[Speed], given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        kind(**given)


def test_vectors_and_speeds_are_of_as_many_scenarios() -> None:
    speed = Prepayment("vector", np.ones(3), vector=np.full((2, 4), 0.1))
    pool = Replines(np.array([1.0]), np.array([0.0]), np.array([1]), np.array([0]))
    with pytest.raises(ValueError, match="3 speeds with vectors of 2 scenarios"):
        flows(pool, speed, None, months=1)
