"""Every test that a deal may have, as one type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dealmodel.basics.kinds import union_of
from dealmodel.waterfall.measurements import Known, LowerOf, Measurements
from dealmodel.waterfall.measures_base import FailsWhen, SteppedLevel, Test, TestLines, define_test
from dealmodel.waterfall.measures_coverage import ContractShortfallTest, CoverageTest, DebtYieldTest, UtilisationTest
from dealmodel.waterfall.measures_customers import NotPayingTest
from dealmodel.waterfall.measures_formula import FormulaTest
from dealmodel.waterfall.measures_interest import InterestCoverageTest, InterestTest
from dealmodel.waterfall.measures_unpaid import AmountTest, UnpaidBalanceTest, UnpaidDebtServiceTest, UnpaidInterestTest
from dealmodel.waterfall.measures_value import LoanToValueTest, OvercollateralizationTest

__all__ = [
    "AmountTest",
    "AnyTest",
    "ContractShortfallTest",
    "CoverageTest",
    "DebtYieldTest",
    "FailsWhen",
    "FormulaTest",
    "InterestCoverageTest",
    "InterestTest",
    "Known",
    "LoanToValueTest",
    "LowerOf",
    "Measurements",
    "NotPayingTest",
    "OvercollateralizationTest",
    "SteppedLevel",
    "Test",
    "TestLines",
    "UnpaidBalanceTest",
    "UnpaidDebtServiceTest",
    "UnpaidInterestTest",
    "UtilisationTest",
    "define_test",
]

if TYPE_CHECKING:
    AnyTest = Test
else:
    AnyTest = union_of(Test)
