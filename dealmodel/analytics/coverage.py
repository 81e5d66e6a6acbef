"""Coverage of the debt by payment date: DSCR, ICR, LLCR, PLCR, loan to value, debt yield."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dealmodel.analytics.reading import (
    HALF_A_CENT,
    balances_from_closing,
    check_account,
    check_tranche,
    months_that_pay,
    since_last_payment,
    total_by_month,
)
from dealmodel.collateral.pool import SHARE_RECEIVED
from dealmodel.engine.result import Result
from dealmodel.lines.arithmetic import Floats

if TYPE_CHECKING:
    import pandas as pd

VALUES = ("resale", "book", "liquidation")
"""Bases of collateral value; liquidation is resale after the discount and cost of the deal's own terms of sale."""
NO_HARDWARE = "the deal holds no hardware, so there is nothing to sell"
MONTHS_OF_YEAR = 12


@dataclass(frozen=True, eq=False)
class Coverage:
    """Coverage ratios of some tranches of a Result. Arrays have shape (T,); NaN is n/a, as between payment dates.

    Cash is revenue of units and cash of pools, less site costs and fees: before reserves, claims and sales, as in the
    deal's own DSCR tests. It is that of all months since the payment date before. Balances are those before payment,
    values those on the payment date. Debt service is interest payable in cash and scheduled principal; a denominator
    of half a cent or less gives no ratio.

    Parameters
    ----------
    result : Result
    debt : tuple of str
        Tranches that are to be covered.
    over_months : int or None
        Months over which cash and debt service of DSCR and ICR are summed; the first full window gives the first ratio.
        None: the months since the payment date before.
    reserves : tuple of str
        Accounts whose balance before payment joins the cash of LLCR and PLCR.
    """

    result: Result
    debt: tuple[str, ...]
    over_months: int | None = None
    reserves: tuple[str, ...] = ()

    @cached_property
    def pays(self) -> NDArray[np.bool_]:
        """Whether each month ends on a payment date."""
        return months_that_pay(self.result)

    @property
    def cash(self) -> Floats:
        """Cash flow available for debt service, of each month. [currency]"""
        return self.result.lines["coverage.cash"]

    @cached_property
    def collected(self) -> Floats:
        """The same since the payment date before, on each payment date. [currency]"""
        return since_last_payment(self.result, self.cash)

    @cached_property
    def interest(self) -> Floats:
        """Interest payable in cash; what is added to a balance is none. [currency]"""
        return total_by_month(self.result, self.debt, "interest_payable", "interest_accrued")

    @cached_property
    def scheduled_principal(self) -> Floats:
        """Principal that the schedules bring. [currency]"""
        return total_by_month(self.result, self.debt, "scheduled_principal")

    @cached_property
    def balance(self) -> Floats:
        """Balance before payment, interest added on the payment date included. [currency]"""
        return total_by_month(self.result, self.debt, "balance_before_payment", "opening_balance")

    @cached_property
    def opening(self) -> Floats:
        """Balance at the start of each period. [currency]"""
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
        return self._covered(self.interest + self.scheduled_principal)

    @cached_property
    def icr(self) -> Floats:
        """Cash over interest. [times]"""
        return self._covered(self.interest)

    @cached_property
    def llcr(self) -> Floats:
        """Present value of the cash to the end of the loan over the balance. [times]

        Both stand at the start of the period that a payment date ends. Discounted at the debt's own cost, period by
        period. The loan ends in the last month with a balance before payment, or with the legal final date if that is
        earlier; after it there is no ratio.
        """
        owed = np.flatnonzero(self.balance > HALF_A_CENT)
        final = int(self.result.model.facts["legal_final_month"])
        end = min(int(owed[-1]) + 1, final) if len(owed) else 0
        within = np.arange(len(self.cash)) < end
        return np.where(within, self._life_covered(np.where(within, self.collected, 0.0)), np.nan)

    @cached_property
    def plcr(self) -> Floats:
        """Present value of the cash to the last month of the model over the balance, at the debt's own cost. [times]"""
        return self._life_covered(self.collected)

    @cached_property
    def cost(self) -> Floats:
        """Interest accrued in a period over the balance at its start, on each payment date; after repayment the last.

        Interest added to a balance counts: it is the debt's cost. [rate for the period]
        """
        accrued = total_by_month(self.result, self.debt, "interest_accrued")
        rates = self._on_payment_dates(ratios(accrued, self.opening))
        known = np.flatnonzero(~np.isnan(rates))
        if len(known) == 0:
            return np.zeros_like(rates)
        places = np.maximum.accumulate(np.where(np.isnan(rates), known[0], np.arange(len(rates))))
        return rates[places]

    def loan_to_value(self, basis: str) -> Floats:
        """Balance over the value of the collateral on a basis of `VALUES`. [share]"""
        return self._on_payment_dates(ratios(self.balance, value_of(self.result, basis)))

    @cached_property
    def debt_yield(self) -> Floats:
        """Cash since the payment date before, times twelve over its months, over the balance. [rate per year]"""
        months = since_last_payment(self.result, np.ones(len(self.cash)))
        a_year = self.collected * MONTHS_OF_YEAR / np.maximum(months, 1)
        return self._on_payment_dates(ratios(a_year, self.balance))

    def _covered(self, service: Floats) -> Floats:
        if self.over_months is None:
            return self._on_payment_dates(ratios(self.collected, service))
        return self._on_payment_dates(ratios(summed(self.cash, self.over_months), summed(service, self.over_months)))

    def _life_covered(self, cash: Floats) -> Floats:
        worth = present_values(cash[self.pays], self.cost[self.pays]) + self.reserved[self.pays]
        found = np.full(len(cash), np.nan)
        found[self.pays] = ratios(worth, self.opening[self.pays])
        return found

    def _on_payment_dates(self, months: Floats) -> Floats:
        return np.where(self.pays, months, np.nan)

    @cached_property
    def table(self) -> pd.DataFrame:
        """Every series, a row a payment date; cash is that since the one before. NaN is n/a."""
        import pandas as pd

        columns = {
            "cash": self.collected,
            "interest": self.interest,
            "scheduled_principal": self.scheduled_principal,
            "balance": self.balance,
            **self.ratios,
        }
        index = pd.Index(self.result.model.period_ends, name="payment_date")
        return pd.DataFrame(columns, index=index)[self.pays]

    @cached_property
    def ratios(self) -> dict[str, Floats]:
        """Every ratio by name; loan to value where the deal holds hardware."""
        bases = VALUES if has_hardware(self.result) else ()
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
        for name, months in self.ratios.items():
            if np.isnan(months).all():
                found[name] = None
                continue
            place = int(np.nanargmax(months) if name.startswith("ltv") else np.nanargmin(months))
            found[name] = (place + 1, float(months[place]))
        return found


def coverage(
    result: Result, debt: Sequence[str] | None = None, *, over_months: int | None = None, reserves: Sequence[str] = ()
) -> Coverage:
    """Coverage of some tranches, all of them unless named, from one payment date to the next unless over some months.

    Raises
    ------
    ValueError
        If a name is no tranche or account, or the window is shorter than a month.
    """
    for account in reserves:
        check_account(result, account)
    for name in debt or ():
        check_tranche(result, name)
    if over_months is not None and over_months < 1:
        raise ValueError(f"a window of {over_months} months; it must be at least 1")
    return Coverage(result, tuple(debt or result.tranche_names), over_months, tuple(reserves))


def has_hardware(result: Result) -> bool:
    """Whether the deal holds equipment that has a resale value."""
    return SHARE_RECEIVED in result.model.definitions


def value_of(result: Result, basis: str) -> Floats:
    """Value of the units held at the start of each payment date. Shape (T,). [currency]

    Liquidation value is resale value x (1 - discount - cost) of a forced sale, as the deal's terms of disposal say.

    Raises
    ------
    ValueError
        If the basis is unknown, or the deal holds no hardware.
    """
    if basis not in VALUES:
        raise ValueError(f"{basis!r} is no basis of value; choose {', '.join(VALUES)}")
    if not has_hardware(result):
        raise ValueError(NO_HARDWARE)
    if basis == "liquidation":
        return result.lines["value.resale"] * result.lines.number(SHARE_RECEIVED)
    return result.lines[f"value.{basis}"]


def present_values(cash: Floats, rates: Floats) -> Floats:
    """Worth, at the start of each period, of its cash and all later cash: V_t = (C_t + V_(t+1)) / (1 + r_t)."""
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
