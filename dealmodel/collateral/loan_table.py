"""The tape of a pool: a row for each loan, or for loans that are alike."""

from __future__ import annotations

from dealmodel.collateral.loans.replines import MOST_MONTHS
from dealmodel.collateral.tables import Table

MOST_OF_A_RATE = 1.0
REMAINING = "remaining_months"


class LoanTable(Table):
    """A row for each loan, or for loans that are alike and taken together."""

    known = {
        "balance": "balance at the cut-off date [currency]",
        "rate": "gross rate of a year, a decimal",
        "remaining_months": "months from the cut-off date to maturity",
        "age_months": "months since origination",
        "original_months": "months from origination to maturity, to compare the two with",
        "amortization_months": "of a balloon, months over which its payment repays it",
        "interest_only_months": "months of interest alone still to come",
        "payment": "payment of a month, where it is given [currency]",
        "residual": "of a lease, what is due with the last rental [currency]",
        "loans": "number of loans",
    }
    needed = ("balance", "rate", "remaining_months")

    def check(self) -> None:
        """Nothing is negative, months are whole, rates are decimals, and no loan is older than its term."""
        for name in self.columns:
            for number, value in enumerate(self.column(name) or (), 1):
                wrong = _wrong(name, value)
                if wrong:
                    raise ValueError(f"row {number}, {name}: {value:,.10g} {wrong}")
        for number, rate in enumerate(self.column("rate") or (), 1):
            if rate > MOST_OF_A_RATE:
                raise ValueError(f"row {number}, rate: {rate:g} is no decimal rate; write 0.085 for 8.5%")
        terms = self.column("original_months")
        for name in ("age_months", "remaining_months") if terms is not None else ():
            for number, (months, term) in enumerate(zip(self.column(name) or (), terms or (), strict=False), 1):
                if months > term:
                    raise ValueError(f"row {number}, {name}: {months:g} months of a loan of {term:g} months")


def _wrong(column: str, value: float) -> str:
    """What is wrong with a cell, or nothing."""
    if value < 0:
        return "is below 0"
    if not column.endswith("_months"):
        return ""
    if value > MOST_MONTHS or value != int(value):
        return f"is no whole number of months up to {MOST_MONTHS:,}"
    return "is below 1; a loan that is due already is not in the pool" if not value and column == REMAINING else ""
