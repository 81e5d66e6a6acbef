"""Cash of a pool by scenario and month: what a deal collects, and what it loses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dealmodel.collateral.loans.months import Advances, LastDefaults, Month, Terms, month_by_month
from dealmodel.collateral.loans.replines import Replines
from dealmodel.collateral.loans.speeds import Default, Prepayment
from dealmodel.lines.arithmetic import Floats


@dataclass(frozen=True, slots=True)
class Flows:
    """Totals of a pool, arrays (S, M) in currency: scenario by month since the cut-off date.

    `opening` and `closing` are of performing loans: opening = scheduled + prepaid + defaulted + closing. Loans that
    have defaulted and are not liquidated yet are `in_foreclosure` at the end of the month: that of the month before +
    defaulted = advanced_principal + recovered + lost + in_foreclosure.
    """

    opening: Floats
    interest: Floats
    """Paid by borrowers at the gross rate: none by those that default in the month."""
    scheduled: Floats
    """Principal that borrowers pay by schedule, `at_maturity` included."""
    at_maturity: Floats
    """Of `scheduled`: balloons, bullets and residuals, beyond the usual payment of the month."""
    prepaid: Floats
    defaulted: Floats
    recovered: Floats
    lost: Floats
    closing: Floats
    in_foreclosure: Floats
    advanced_principal: Floats
    """Paid by the servicer for loans in default, where it advances; `advanced_interest` is for all of them until the
    month of liquidation, that month included."""
    advanced_interest: Floats
    loans: Floats | None
    """Loans that perform at the start of the month, as far as replines say how many they are."""
    terms: Terms

    @property
    def principal(self) -> Floats:
        """Principal that is passed on: scheduled, prepaid, advanced and recovered."""
        return self.scheduled + self.prepaid + self.advanced_principal + self.recovered

    @property
    def interest_received(self) -> Floats:
        """Interest that is passed on, at the gross rate: paid and advanced."""
        return self.interest + self.advanced_interest

    @property
    def pool_balance(self) -> Floats:
        """Balance at the end of each month, of performing loans and of those in foreclosure."""
        return self.closing + self.in_foreclosure


def flows(
    replines: Replines,
    prepayment: Prepayment | None,
    default: Default | None,
    *,
    severity: ArrayLike = 0.0,
    lag: int = 0,
    advances: Advances = "none",
    months: int,
    last_defaults: LastDefaults = "lag_before_maturity",
) -> Flows:
    """Run a pool through the months after its cut-off date, all scenarios in one call.

    Parameters
    ----------
    replines : Replines
        The pool.
    prepayment, default : Prepayment, Default or None
        Speeds; None is none. SMM applies to what the schedule leaves of the opening balance, defaults not taken off
        first; MDR applies to the opening balance.
    severity : float, array (S,) or (S, M)
        Share of the balance at default that is lost when a loan is liquidated; the month is that of the liquidation.
    lag : int
        Months from default to liquidation; 0 liquidates in the month of default.
    advances : str
        `principal_and_interest`: the servicer pays both for defaulted loans until they are liquidated, so they go on
        amortizing, and the amortized balance less severity of the balance at default is recovered. `none`: the balance
        at default less severity is recovered.
    months : int
        Months that are run, M. Fewer than the longest term leave a balance; more are zeros.
    last_defaults : str
        `lag_before_maturity`: a repline has no new defaults in its last `lag` months, so that all are liquidated by
        maturity. `maturity`: it has, and they are liquidated after it; without advances only.

    Returns
    -------
    Flows
        S is the number of scenarios of the speeds and the severity, which are as many or one.

    Raises
    ------
    ValueError
        Where a number is outside what is said, or the numbers of scenarios or months differ.
    """
    terms = Terms(
        prepayment=prepayment or Prepayment("smm", np.zeros(1)),
        default=default or Default("mdr", np.zeros(1)),
        severity=np.asarray(severity, dtype=np.float64),
        lag=lag,
        advances=advances,
        months=months,
        last_defaults=last_defaults,
    )
    totals = _empty(replines, terms)
    for rows in terms.blocks(len(replines)):
        for month in month_by_month(replines, terms, rows):
            for name, total in _totals(replines, terms, month).items():
                totals[name][rows, month.number - 1] = total
    return Flows(**totals, terms=terms)


NAMES = (
    "opening", "interest", "scheduled", "at_maturity", "prepaid", "defaulted", "recovered", "lost", "closing",
    "in_foreclosure", "advanced_principal", "advanced_interest",
)  # fmt: skip


def _empty(replines: Replines, terms: Terms) -> dict[str, Any]:
    totals: dict[str, Any] = {name: np.zeros((terms.scenarios, terms.months)) for name in NAMES}
    totals["loans"] = None if replines.loans is None else np.zeros((terms.scenarios, terms.months))
    return totals


def _totals(replines: Replines, terms: Terms, month: Month) -> dict[str, Floats]:
    """Add up the replines of a month; each scenario by itself, so that its numbers do not depend on the others."""
    monthly_rate = replines.rate / 12
    paying = month.opening - month.defaulted
    found = {
        "opening": month.opening.sum(axis=1),
        "interest": (paying * monthly_rate).sum(axis=1),
        "scheduled": (paying * month.principal_share).sum(axis=1),
        "prepaid": month.prepaid.sum(axis=1),
        "closing": month.closing.sum(axis=1),
    }
    if month.due_at_once.any():
        found["at_maturity"] = (paying * month.due_at_once).sum(axis=1)
    if replines.loans is not None:
        found["loans"] = (month.opening * loans_per_balance(replines, month)).sum(axis=1)
    if not terms.default.is_nothing:
        found |= _of_defaults(terms, month, monthly_rate)
    return found


def _of_defaults(terms: Terms, month: Month, monthly_rate: Floats) -> dict[str, Floats]:
    """Add up what becomes of the loans in default."""
    found = {
        "defaulted": month.defaulted.sum(axis=1),
        "lost": month.lost.sum(axis=1),
        "recovered": (month.liquidated - month.lost).sum(axis=1),
    }
    in_default = month.defaulted + month.foreclosed
    stays = np.maximum(in_default - month.liquidated, 0.0)
    if terms.advanced:
        found["advanced_interest"] = (in_default * monthly_rate).sum(axis=1)
        found["advanced_principal"] = (stays * month.principal_share).sum(axis=1)
        stays = stays * (1 - month.principal_share)
    found["in_foreclosure"] = stays.sum(axis=1)
    return found


def loans_per_balance(replines: Replines, month: Month) -> Floats:
    """Number of loans for each unit of balance, (N,): the schedule lowers a balance, and takes no loan away."""
    assert replines.loans is not None
    owed = month.scheduled_opening
    per_balance: Floats = np.where(owed > 0, replines.loans / np.where(owed > 0, owed, 1.0), 0.0)
    return per_balance
