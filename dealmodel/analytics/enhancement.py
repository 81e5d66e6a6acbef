"""Credit enhancement: what stands below a tranche before it loses, at closing and by month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dealmodel.analytics.reading import HALF_A_CENT, balances_from_closing, check_account, check_tranche
from dealmodel.definition.deal import Deal
from dealmodel.engine.result import Result
from dealmodel.lines.arithmetic import Floats


@dataclass(frozen=True, slots=True)
class Enhancement:
    """Protection of a tranche. Amounts in currency; arrays have shape (T + 1,), closing first.

    Parameters
    ----------
    subordination : array
        Balances of the tranches that rank below. [currency]
    notes : array
        Balances of all tranches. [currency]
    reserves : array
        Balances of the reserve accounts asked for. [currency]
    """

    subordination: Floats
    notes: Floats
    reserves: Floats

    @property
    def share(self) -> Floats:
        """Junior balances over the balances of all tranches; NaN once all are repaid. [share]"""
        return _share(self.subordination, self.notes)

    @property
    def with_reserves(self) -> Floats:
        """Junior balances and reserves. [currency]"""
        return self.subordination + self.reserves

    @property
    def share_with_reserves(self) -> Floats:
        """Junior balances and reserves over the balances of all tranches; NaN once all are repaid. [share]"""
        return _share(self.with_reserves, self.notes)


def subordination(balances: Mapping[str, float], ranking: Mapping[str, int], tranche: str) -> float:
    """Balances that bear losses before a tranche does: those of a higher ranking number. [currency]"""
    return sum(balance for name, balance in balances.items() if ranking[name] > ranking[tranche])


def ranking_of(deal: Deal) -> dict[str, int]:
    """Ranking of each tranche of a deal; 1 bears losses last."""
    return {name: tranche.ranking for name, tranche in deal.tranches.items()}


def enhancement(
    result: Result, tranche: str, *, ranking: Mapping[str, int] | None = None, reserves: Sequence[str] = ()
) -> Enhancement:
    """Enhancement of a tranche at closing and after each payment date.

    Parameters
    ----------
    result : Result
    tranche : str
    ranking : mapping from tranche to rank, optional
        `ranking_of(deal)`; without it tranches rank in the order of the deal file.
    reserves : names of accounts
        Their balances are counted beside the junior tranches.

    Raises
    ------
    ValueError
        If a name is no tranche or account.
    """
    check_tranche(result, tranche)
    order = ranking or {name: place for place, name in enumerate(result.tranche_names, start=1)}
    whole = _sum(result, result.tranche_names)
    junior = _sum(result, [name for name in result.tranche_names if order[name] > order[tranche]])
    for account in reserves:
        check_account(result, account)
    return Enhancement(junior, whole, _sum(result, reserves))


def _sum(result: Result, names: Sequence[str]) -> Floats:
    whole = np.zeros(result.model.periods + 1)
    for name in names:
        whole = whole + balances_from_closing(result, name)
    return whole


def _share(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.full_like(whole, np.nan), where=whole > HALF_A_CENT)
