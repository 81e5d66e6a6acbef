"""Tests of a month's cash by hand: interest coverage, IC, debt yield, and what customers left unpaid."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from dealmodel.waterfall.measures import ContractShortfallTest, DebtYieldTest, InterestCoverageTest, InterestTest

RATIO = 1e-12  # one division of sums of a few amounts
MONEY = 1e-9  # two divisions of amounts of hundreds


def icr(**fields: object) -> InterestCoverageTest:
    return InterestCoverageTest(**({"measure": "icr", "debt": ("a",), "at_least": 2.0} | fields))


def ic(**fields: object) -> InterestTest:
    return InterestTest(**({"measure": "ic", "debt": ("a",), "net_of": (), "at_least": 1.25} | fields))


def debt_yield(**fields: object) -> DebtYieldTest:
    return DebtYieldTest(**({"measure": "debt_yield", "debt": ("a",), "at_least": 0.12} | fields))


def shortfall(at_most: float = 0.25) -> ContractShortfallTest:
    return ContractShortfallTest(measure="contract_shortfall", at_most=at_most)


# interest coverage


def test_interest_coverage_leaves_principal_and_arrears_out(found) -> None:
    """90 over 40 is 2.25; 60 over 40 is 1.5, below 2; no interest, no result."""
    rows = {"a": {"interest": (40, 40, 0), "principal": (500, 500, 500)}}
    seen = found(icr(), rows, cash=(90, 60, 60))
    assert seen.ratio == pytest.approx([2.25, 1.5, 0], abs=RATIO)
    assert (seen.result, seen.failed, seen.passed) == ([1, 1, 0], [0, 1, 0], [1, 0, 0])


def test_interest_coverage_sums_the_months_there_are(found) -> None:
    """Over 3 months: 90/40, 150/80, 270/120, and 260/110 when the first has left. Of two tranches together."""
    rows = {"a": {"interest": (30, 30, 30, 20)}, "b": {"interest": (10, 10, 10, 10)}}
    seen = found(icr(debt=("a", "b"), over_months=3), rows, cash=(90, 60, 120, 80))
    assert seen.ratio == pytest.approx([90 / 40, 150 / 80, 270 / 120, 260 / 110], abs=RATIO)
    assert seen.failed == [0, 1, 0, 0]


# IC


def test_ic_is_revenue_less_what_ranks_before_over_interest_due(found) -> None:
    """(100 - 10 - 15) / 60 is 1.25; (100 - 30 - 10) / 60 is 1. Dues that are not named do not count."""
    seen = found(
        ic(net_of=("fee", "site_costs")),
        {"a": {"opening": (1000, 1000), "interest": (1, 1), "interest_due": (60, 60)}},
        revenue=(100, 100),
        dues={"fee": (10, 30), "site_costs": (15, 10), "junior_fee": (900, 900)},
    )
    assert seen.ratio == pytest.approx([1.25, 1.0], abs=RATIO)
    assert seen.failed == [0, 1]


def test_a_payment_cures_ic_by_lowering_interest(found) -> None:
    """Interest of 60 on 1,000 at 6%; 45 covers 1.25 x 36, which is the interest on 600: 400 are paid.

    600 x 6% = 36 and 45 / 36 = 1.25. Where 100 were paid before on that date, 300 are. A pass pays nothing.
    """
    rows = {"a": {"opening": (1000, 1000, 600), "interest_due": (60, 60, 36)}}
    seen = found(ic(), rows, revenue=(45, 45, 45), paid={"a": (0, 100, 0)})
    assert seen.cure == pytest.approx([400, 300, 0], abs=MONEY)
    assert seen.failed == [1, 1, 0]


@pytest.mark.parametrize(
    ("revenue", "due", "level", "cure"),
    [
        (-10, 60, 1.25, 1000),  # costs exceed revenue: no balance is covered
        (0, 60, 1.25, 1000),
        (45, 0, 1.25, 0),  # no interest, no result, no cure
        (45, 60, 0, 0),  # a level of nothing is met
        (900, 60, 1.25, 0),
    ],
)
def test_the_cure_of_ic_is_between_nothing_and_the_balance(found, revenue, due, level, cure) -> None:
    rows = {"a": {"opening": (1000,), "interest_due": (due,)}}
    assert found(ic(at_least=level), rows, revenue=(revenue,)).cure == pytest.approx([cure], abs=MONEY)


# debt yield


def test_debt_yield_is_a_years_cash_over_the_balance(found) -> None:
    """12 x 10 over 1,000 is 0.12; 12 x 9 over 1,000 is 0.108; nothing outstanding is no result."""
    seen = found(debt_yield(), {"a": {"opening": (1000, 1000, 0)}}, cash=(10, 9, 9))
    assert seen.ratio == pytest.approx([0.12, 0.108, 0], abs=RATIO)
    assert (seen.result, seen.failed) == ([1, 1, 0], [0, 1, 0])


def test_a_look_back_that_does_not_fill_is_a_years_cash_of_the_months_there_are(found) -> None:
    """Over 3 months of 10, 8, 6, 4: 120; 18 x 12 / 2 = 108; 24 x 12 / 3 = 96; 18 x 12 / 3 = 72. Of 1,000."""
    seen = found(debt_yield(over_months=3), {"a": {"opening": (1000,) * 4}}, cash=(10, 8, 6, 4))
    assert seen.ratio == pytest.approx([0.12, 0.108, 0.096, 0.072], abs=RATIO)


def test_a_payment_cures_the_debt_yield(found) -> None:
    """12 x 9 = 108 carry 108 / 0.12 = 900 of 1,000: 100 are paid. Negative cash carries nothing."""
    seen = found(debt_yield(), {"a": {"opening": (1000, 1000, 1000)}}, cash=(9, -5, 20))
    assert seen.cure == pytest.approx([100, 1000, 0], abs=MONEY)


def test_the_debt_yield_may_be_measured_after_payment(found) -> None:
    """108 over 1,000 - 100 is 0.12, which passes; with 50 paid it is 108 / 950."""
    rows = {"a": {"opening": (1000, 1000), "principal_paid": (100, 50)}}
    seen = found(debt_yield(measured="after_payment"), rows, cash=(9, 9))
    assert seen.ratio == pytest.approx([0.12, 108 / 950], abs=RATIO)
    assert seen.failed == [0, 1]


# contracts


def test_contract_shortfall_is_cumulative_since_closing(found) -> None:
    """Owed 100 a month, received 100, 40, 100, 0: 0/100, 60/200, 60/300, 160/400. Above a quarter it fails."""
    seen = found(shortfall(), {"a": {"opening": (1,) * 4}}, owed=(100,) * 4, received=(100, 40, 100, 0))
    assert seen.ratio == pytest.approx([0, 0.3, 0.2, 0.4], abs=RATIO)
    assert seen.failed == [0, 1, 0, 1]


def test_nothing_owed_yet_is_no_result(found) -> None:
    """Nothing is owed until month 3; a quarter of it unpaid is at the level, and passes."""
    seen = found(shortfall(), {"a": {"opening": (1,) * 3}}, owed=(0, 0, 80), received=(0, 0, 60))
    assert (seen.result, seen.failed) == ([0, 0, 1], [0, 0, 0])


def test_a_test_of_a_months_cash_is_not_measured_after_payment() -> None:
    for make in (icr, ic):
        with pytest.raises(ValidationError, match="it measures a month's cash and no balances"):
            make(measured="after_payment")
