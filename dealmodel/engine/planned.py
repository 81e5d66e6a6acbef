"""Planned balances: what the principal of a pool at the ends of a range of speeds leaves of a tranche."""

from __future__ import annotations

import numpy as np

from dealmodel.collateral.loans.flows import flows
from dealmodel.collateral.loans.speeds import Prepayment
from dealmodel.collateral.receivables import Receivables
from dealmodel.definition.deal import Deal
from dealmodel.liabilities.schedules import PlannedBalance, PlannedPrincipal
from dealmodel.lines.arithmetic import Floats


def planned_shares(deal: Deal, periods: int) -> dict[str, tuple[float, ...]]:
    """Share of the original balance that is planned to be left after each month, by tranche.

    Planned principal of a month is the least of the pool's principal at each speed, less what is planned for the
    tranches that are taken off first, until the original balance is reached. Test by hand: 10 and 8 in one month, 4
    and 7 in the next, of 11: 8 and 3 are planned.

    Source: F. J. Fabozzi and F. J. Jones, Foundations of Global Financial Markets and Institutions, chapter 30.
    """
    falls: dict[str, Floats] = {}
    found = {}
    for name, tranche in deal.tranches.items():
        if isinstance(tranche.scheduled_balance, PlannedBalance):
            terms = tranche.scheduled_balance.planned
            least = least_principal(deal, terms, periods)
            for other in terms.net_of:
                least = np.maximum(least - falls[other], 0.0)
            left = np.maximum(tranche.issued - np.cumsum(least), 0.0)
            falls[name] = -np.diff(left, prepend=tranche.issued)
            found[name] = tuple((left / tranche.issued).tolist())
    return found


def least_principal(deal: Deal, terms: PlannedPrincipal, periods: int) -> Floats:
    """Least principal of the pool in each collection month at the speeds of a range, without defaults. [currency]"""
    pool = deal.collateral.pools[terms.pool]
    assert isinstance(pool, Receivables)
    first = pool.months_in_first_collection
    speeds = Prepayment(terms.measure, np.array(terms.speeds))
    principal = flows(pool.replines(), speeds, None, months=periods + first - 1).principal
    collected = np.concatenate([principal[:, :first].sum(axis=1, keepdims=True), principal[:, first:]], axis=1)
    return np.asarray(collected.min(axis=0))
