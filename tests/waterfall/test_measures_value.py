"""Tests of value by hand: original cost, OC with both cure formulas, and measuring after payment."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from dealmodel.waterfall.measures import LoanToValueTest, LowerOf, OvercollateralizationTest

RATIO = 1e-12  # one division of sums of a few amounts
MONEY = 1e-9  # two divisions of amounts of hundreds


def ltv(**fields: object) -> LoanToValueTest:
    return LoanToValueTest(**({"measure": "ltv", "debt": ("a",), "value": "resale", "at_most": 0.75} | fields))


def oc(**fields: object) -> OvercollateralizationTest:
    return OvercollateralizationTest(
        **({"measure": "oc", "debt": ("a",), "value": "resale", "at_least": 1.25} | fields)
    )


# loan to value


@pytest.mark.parametrize(
    ("value", "expected"),
    [("cost", [0.5, 0.5]), (LowerOf(lower_of=("cost", "resale")), [0.5, 0.75]), ("resale", [0.4, 0.75])],
)
def test_loan_to_value_on_original_cost(found, value, expected: list[float]) -> None:
    """300 over a cost of 600, and a resale value of 750 and 400."""
    seen = found(ltv(value=value), {"a": {"opening": (300, 300)}}, resale=(750, 400), cost=(600, 600))
    assert seen.ratio == pytest.approx(expected, abs=RATIO)


def test_loan_to_value_after_giving_effect_to_the_payment(found) -> None:
    """Before: 80/100 fails. After 5 and 4 were paid: 0.75 passes, 0.76 fails."""
    rows = {"a": {"opening": (80, 80), "principal_paid": (5, 4)}}
    assert found(ltv(), rows, resale=(100, 100)).failed == [1, 1]
    after = found(ltv(measured="after_payment"), rows, resale=(100, 100))
    assert after.ratio == pytest.approx([0.75, 0.76], abs=RATIO)
    assert (after.failed, after.passes_in_a_row) == ([0, 1], [1, 0])


# overcollateralization


def test_oc_is_value_over_the_balances_of_a_class_and_those_before_it(found) -> None:
    """500 over 300 + 100 is 1.25, which passes; 499 fails. Of a alone 500 / 300. Half of it counted: 250 / 300."""
    rows = {"a": {"opening": (300, 300)}, "b": {"opening": (100, 100)}}
    both = found(oc(debt=("a", "b")), rows, resale=(500, 499))
    assert both.ratio == pytest.approx([1.25, 499 / 400], abs=RATIO)
    assert both.failed == [0, 1]
    assert found(oc(), rows, resale=(500, 499)).ratio == pytest.approx([500 / 300, 499 / 300], abs=RATIO)
    assert found(oc(counted=0.5), rows, resale=(500, 499)).ratio == pytest.approx([250 / 300, 249.5 / 300], abs=RATIO)


def test_nothing_outstanding_is_no_result(found) -> None:
    seen = found(oc(), {"a": {"opening": (0, 0.005)}}, resale=(0, 0))
    assert (seen.result, seen.failed, seen.passed) == ([0, 0], [0, 0], [0, 0])


def test_principal_cash_counts_as_it_stands_before_payment_and_after(found) -> None:
    """The account holds 0, 20 and 50 at the ends of closing and of months 1 and 2. Value 400, debt 400."""
    rows = {"a": {"opening": (400, 400), "principal_paid": (0, 0)}}
    before = found(oc(cash=("trap",)), rows, resale=(400, 400), accounts={"trap": (20, 50)})
    assert before.ratio == pytest.approx([1.0, 1.05], abs=RATIO)
    after = found(
        oc(cash=("trap",), measured="after_payment"), rows, resale=(400, 400), accounts={"trap": (20, 50)}
    )  # fmt: skip
    assert after.ratio == pytest.approx([1.05, 1.125], abs=RATIO)


def test_the_cure_from_interest_proceeds_is_b_less_n_over_t(found) -> None:
    """OC (i): B = 100, N = 110, T = 1.25. x = 100 - 110 / 1.25 = 12.

    After it 110 / 88 = 1.25. With 5 of it paid before, 7 are left.
    """
    seen = found(oc(), {"a": {"opening": (100, 100, 88)}}, resale=(110, 110, 110), paid={"a": (0, 5, 0)})
    assert seen.cure == pytest.approx([12, 7, 0], abs=MONEY)
    assert seen.failed == [1, 1, 0]


def test_the_cure_from_principal_proceeds_is_tb_less_n_over_t_less_one(found) -> None:
    """OC (ii): B = 100, N = 80 of value and 30 of cash, T = 1.25. x = (125 - 110) / 0.25 = 60.

    After it (110 - 60) / (100 - 60) = 50 / 40 = 1.25: five times what formula (i) asks for. With 20 of it paid before,
    out of the same cash, B = 80 and N = 90: x = (100 - 90) / 0.25 = 40.
    """
    test = oc(cash=("trap",), cure_from="principal")
    rows = {"a": {"opening": (100, 100, 100)}}
    seen = found(test, rows, resale=(0, 80, 80), accounts={"trap": (30, 30, 30)}, paid={"a": (0, 0, 20)})
    assert seen.cure[1:] == pytest.approx([60, 40], abs=MONEY)
    cured = found(test, {"a": {"opening": (0, 40)}}, resale=(0, 80), accounts={"trap": (-30, 0)})
    assert cured.ratio[1] == pytest.approx(1.25, abs=RATIO)
    assert (cured.failed[1], cured.cure[1]) == (0, pytest.approx(0, abs=MONEY))


def test_a_cure_without_value_is_the_whole_balance(found) -> None:
    assert found(oc(), {"a": {"opening": (100,)}}, resale=(0,)).cure == pytest.approx([100], abs=MONEY)


def test_cash_that_counts_cures_no_level_of_one_or_less() -> None:
    with pytest.raises(ValidationError, match="cures a level above 1 alone"):
        oc(cash=("trap",), cure_from="principal", at_least=1.0)
    with pytest.raises(ValidationError, match="name its accounts in `cash`"):
        oc(cure_from="principal")
