"""Coverage of the debt by month: DSCR, ICR, LLCR, PLCR, loan to value, debt yield."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from dealmodel.analytics.reading import HALF_A_CENT, balances_from_closing, check_account, check_tranche, total_by_month
from dealmodel.engine.result import Result
from dealmodel.lines.arithmetic import Floats

if TYPE_CHECKING:
    import pandas as pd

VALUES = ("resale", "book", "liquidation")
"""Bases of collateral value; liquidation is resale after the discount and cost of a forced sale, if the deal sells."""
SHARE_RECEIVED = "disposal.share_received"
MONTHS_OF_YEAR = 12


@dataclass(frozen=True, eq=False)
class Coverage:
    """Coverage ratios of some tranches of a Result, by month. Arrays have shape (T,); NaN is n/a.

    Cash is revenue less site costs and fees of the month: before reserves, claims and sales, as in the deal's own DSCR
    tests. Balances are those before payment, values those on the payment date. Debt service is interest accrued and
    scheduled principal; a denominator of half a cent or less gives no ratio.

    Parameters
    ----------
    result : Result
    debt : tuple of str
        Tranches that are to be covered.
    over_months : int
        Months over which cash and debt service of DSCR and ICR are summed; the first full window gives the first ratio.
    reserves : tuple of str
        Accounts whose balance before payment joins the cash of LLCR and PLCR.
    """

    result: Result
    debt: tuple[str, ...]
    over_months: int = 1
    reserves: tuple[str, ...] = ()

    @property
    def cash(self) -> Floats:
        """Cash flow available for debt service. [currency]"""
        return self.result.lines["coverage.cash"]

    @cached_property
    def interest(self) -> Floats:
        """Interest accrued. [currency]"""
        return total_by_month(self.result, self.debt, "interest_accrued")

    @cached_property
    def scheduled_principal(self) -> Floats:
        """Principal that the schedules bring. [currency]"""
        return total_by_month(self.result, self.debt, "scheduled_principal")

    @cached_property
    def balance(self) -> Floats:
        """Balance before payment. [currency]"""
        return total_by_month(self.result, self.debt, "opening_balance")

    @cached_property
    def reserved(self) -> Floats:
        """Balance of the reserves before payment, nil unless some are named. [currency]"""
        whole = np.zeros(self.result.model.periods)
        for name in self.reserves:
            whole = whole + balances_from_closing(self.result, name)[:-1]
        return whole

    @cached_property
    def dscr(self) -> Floats:
        """Cash over interest and scheduled principal. [times]"""
        service = self.interest + self.scheduled_principal
        return ratios(summed(self.cash, self.over_months), summed(service, self.over_months))

    @cached_property
    def icr(self) -> Floats:
        """Cash over interest. [times]"""
        return ratios(summed(self.cash, self.over_months), summed(self.interest, self.over_months))

    @cached_property
    def llcr(self) -> Floats:
        """Present value of the cash to the end of the loan over the balance. [times]

        Discounted at the debt's own cost. The loan ends in the last month with a balance before payment, or with the
        legal final date if that is earlier.
        """
        owed = np.flatnonzero(self.balance > HALF_A_CENT)
        final = int(self.result.model.facts["legal_final_month"])
        end = min(int(owed[-1]) + 1, final) if len(owed) else 0
        cash = np.where(np.arange(len(self.cash)) < end, self.cash, 0.0)
        return ratios(present_values(cash, self.cost) + self.reserved, self.balance)

    @cached_property
    def plcr(self) -> Floats:
        """Present value of the cash to the last month of the model over the balance, at the debt's own cost. [times]"""
        return ratios(present_values(self.cash, self.cost) + self.reserved, self.balance)

    @cached_property
    def cost(self) -> Floats:
        """Interest accrued in a month over the balance: the rate for the month; after repayment the last one. [rate]"""
        rates = ratios(self.interest, self.balance)
        known = np.flatnonzero(~np.isnan(rates))
        if len(known) == 0:
            return np.zeros_like(rates)
        places = np.maximum.accumulate(np.where(np.isnan(rates), known[0], np.arange(len(rates))))
        return rates[places]

    def loan_to_value(self, basis: str) -> Floats:
        """Balance over the value of the collateral on a basis of `VALUES`. [share]"""
        return ratios(self.balance, value_of(self.result, basis))

    @cached_property
    def debt_yield(self) -> Floats:
        """Twelve times the cash of the month over the balance. [rate per year]"""
        return ratios(MONTHS_OF_YEAR * self.cash, self.balance)

    @cached_property
    def table(self) -> pd.DataFrame:
        """Every series by payment date; NaN is n/a."""
        import pandas as pd

        columns = {
            "cash": self.cash,
            "interest": self.interest,
            "scheduled_principal": self.scheduled_principal,
            "balance": self.balance,
            **self._ratios,
        }
        return pd.DataFrame(columns, index=pd.Index(self.result.model.period_ends, name="payment_date"))

    @cached_property
    def _ratios(self) -> dict[str, Floats]:
        sells = SHARE_RECEIVED in self.result.model.definitions
        bases = VALUES if sells else ("resale", "book")
        return {
            "dscr": self.dscr,
            "icr": self.icr,
            "llcr": self.llcr,
            "plcr": self.plcr,
            **{f"ltv_{basis}": self.loan_to_value(basis) for basis in bases},
            "debt_yield": self.debt_yield,
        }

    @cached_property
    def worst(self) -> dict[str, tuple[int, float] | None]:
        """Month and value of each ratio at its worst: loan to value at its highest, the others at their lowest."""
        found: dict[str, tuple[int, float] | None] = {}
        for name, months in self._ratios.items():
            if np.isnan(months).all():
                found[name] = None
                continue
            place = int(np.nanargmax(months) if name.startswith("ltv") else np.nanargmin(months))
            found[name] = (place + 1, float(months[place]))
        return found


def coverage(
    result: Result, debt: Sequence[str] | None = None, *, over_months: int = 1, reserves: Sequence[str] = ()
) -> Coverage:
    """Coverage of some tranches, all of them unless named.

    Raises
    ------
    ValueError
        If a name is no tranche or account, or the window is shorter than a month.
    """
    for account in reserves:
        check_account(result, account)
    for name in debt or ():
        check_tranche(result, name)
    if over_months < 1:
        raise ValueError(f"a window of {over_months} months; it must be at least 1")
    return Coverage(result, tuple(debt or result.tranche_names), over_months, tuple(reserves))


def value_of(result: Result, basis: str) -> Floats:
    """Value of the units held at the start of each payment date. Shape (T,). [currency]

    Liquidation value is resale value x (1 - discount - cost) of a forced sale.

    Raises
    ------
    ValueError
        If the basis is unknown, or is liquidation and no state of the deal sells equipment.
    """
    if basis not in VALUES:
        raise ValueError(f"{basis!r} is no basis of value; choose {', '.join(VALUES)}")
    if basis == "liquidation":
        if SHARE_RECEIVED not in result.model.definitions:
            raise ValueError("no state of this deal sells equipment; say what share of the resale value a sale brings")
        return result.lines["value.resale"] * result.lines.number(SHARE_RECEIVED)
    return result.lines[f"value.{basis}"]


def present_values(cash: Floats, rates: Floats) -> Floats:
    """Worth, at the start of each month, of the cash of that month and all later: V_t = (C_t + V_(t+1)) / (1 + r_t)."""
    worth = np.zeros(len(cash) + 1)
    for month in reversed(range(len(cash))):
        worth[month] = (cash[month] + worth[month + 1]) / (1 + rates[month])
    return worth[:-1]


def summed(months: Floats, window: int) -> Floats:
    """Sum over the window that ends in each month; NaN before the first full window."""
    whole = np.concatenate([[0.0], np.cumsum(months)])
    found = np.full(len(months), np.nan)
    found[window - 1 :] = whole[window:] - whole[:-window]
    return found


def ratios(numerator: Floats, denominator: Floats) -> Floats:
    """One over the other; NaN where the denominator is half a cent or less, or not known."""
    known = np.nan_to_num(denominator, nan=0.0) > HALF_A_CENT
    found: Floats = np.divide(numerator, denominator, out=np.full(len(numerator), np.nan), where=known)
    return found
