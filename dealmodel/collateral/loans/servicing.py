"""What the servicer of a pool is paid: a rate on balances, with a minimum for each loan and month."""

from __future__ import annotations

import numpy as np

from dealmodel.collateral.loans.flows import Flows, loans_per_balance
from dealmodel.collateral.loans.months import Month, Terms, month_by_month
from dealmodel.collateral.loans.replines import Replines
from dealmodel.lines.arithmetic import Floats


def servicing(replines: Replines, flows: Flows, rate: float, least_per_loan: float = 0.0) -> Floats:
    """Servicing fee of each month, on opening balances.

    A twelfth of the rate times the opening balance of a loan, but not less than the minimum: all loans of a repline are
    alike, so the greater of the two is taken for each repline. Loans in default count while the servicer advances.

    Parameters
    ----------
    replines : Replines
        The pool that the flows are of; with a minimum, it says how many loans there are.
    flows : Flows
        Its flows.
    rate : float
        Of a year. [decimal]
    least_per_loan : float
        Least fee of a loan for a month. [currency]

    Returns
    -------
    array (S, M)
        [currency]

    Raises
    ------
    ValueError
        Where a number is negative, or a minimum is asked for without the number of loans.
    """
    for name, given in (("rate", rate), ("least_per_loan", least_per_loan)):
        if not (np.isfinite(given) and given >= 0):
            raise ValueError(f"{name} of servicing is {given}; it is a number, and not negative")
    terms = flows.terms
    if least_per_loan == 0:
        return (flows.opening + _foreclosed(flows)) * (rate / 12)
    if replines.loans is None:
        raise ValueError("a least fee per loan, and the pool does not say how many loans it has; give `loans`")
    fees = np.zeros_like(flows.opening)
    for rows in terms.blocks(len(replines)):
        for month in month_by_month(replines, terms, rows):
            fees[rows, month.number - 1] = _fee(replines, terms, month, rate / 12, least_per_loan)
    return fees


def _foreclosed(flows: Flows) -> Floats:
    """Opening balance of loans in default that the servicer advances for."""
    before = np.zeros_like(flows.in_foreclosure)
    if flows.terms.advanced:
        before[:, 1:] = flows.in_foreclosure[:, :-1]
    return before


def _fee(replines: Replines, terms: Terms, month: Month, rate: float, least: float) -> Floats:
    serviced = month.opening + month.foreclosed if terms.advanced else month.opening
    per_balance = np.maximum(rate, least * loans_per_balance(replines, month))
    fee: Floats = (serviced * per_balance).sum(axis=1)
    return fee
