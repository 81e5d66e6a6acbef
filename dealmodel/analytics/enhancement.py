"""Credit enhancement: what stands below a tranche before it loses, at closing and by month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dealmodel.analytics.coverage import coverage, has_hardware
from dealmodel.analytics.reading import HALF_A_CENT, balances_from_closing, check_account, check_tranche
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
    own : array
        Balance of the tranche itself. [currency]
    credit : array of shape (T,)
        1 less LTV through the class at resale value, reserves left out: balances before payment of the tranche and of
        all that rank before or beside it. NaN between payment dates, and where the deal holds no hardware. [share]
    """

    subordination: Floats
    notes: Floats
    reserves: Floats
    own: Floats
    credit: Floats

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

    @property
    def lowest(self) -> float | None:
        """Least share with reserves at closing or after a payment date, while the tranche is outstanding."""
        return _least(self.share_with_reserves[self.own > HALF_A_CENT])

    @property
    def first_credit(self) -> float | None:
        """Credit enhancement on the first payment date. [share]"""
        known = self.credit[~np.isnan(self.credit)]
        return float(known[0]) if len(known) else None

    @property
    def lowest_credit(self) -> float | None:
        """Least credit enhancement on a payment date before which the tranche is outstanding. [share]"""
        return _least(self.credit[self.own[:-1] > HALF_A_CENT])


def subordination(balances: Mapping[str, float], ranking: Mapping[str, int], tranche: str) -> float:
    """Balances that bear losses before a tranche does: those of a higher ranking number. [currency]"""
    return sum(balance for name, balance in balances.items() if ranking[name] > ranking[tranche])


def ranking_of(result: Result) -> dict[str, int]:
    """Ranking of each tranche as the deal file gives it; 1 bears losses last."""
    return {name: int(result.model.facts[f"{name}.ranking"]) for name in result.tranche_names}


def reserves_of(result: Result) -> tuple[str, ...]:
    """Reserve accounts of the deal."""
    return tuple(result.model.facts["reserves"].split())


def enhancement(result: Result, tranche: str, *, reserves: Sequence[str] | None = None) -> Enhancement:
    """Enhancement of a tranche at closing and after each payment date.

    Parameters
    ----------
    result : Result
    tranche : str
    reserves : names of accounts, optional
        Their balances are counted beside the junior tranches; all reserve accounts unless named.

    Raises
    ------
    ValueError
        If a name is no tranche or account.
    """
    check_tranche(result, tranche)
    order = ranking_of(result)
    reserves = reserves_of(result) if reserves is None else reserves
    for account in reserves:
        check_account(result, account)
    names = result.tranche_names
    through = coverage(result, [name for name in names if order[name] <= order[tranche]])
    return Enhancement(
        subordination=_sum(result, [name for name in names if order[name] > order[tranche]]),
        notes=_sum(result, names),
        reserves=_sum(result, reserves),
        own=balances_from_closing(result, tranche),
        credit=1 - through.loan_to_value("resale") if has_hardware(result) else np.full(result.model.periods, np.nan),
    )


def _sum(result: Result, names: Sequence[str]) -> Floats:
    whole = np.zeros(result.model.periods + 1)
    for name in names:
        whole = whole + balances_from_closing(result, name)
    return whole


def _share(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.full_like(whole, np.nan), where=whole > HALF_A_CENT)


def _least(shares: Floats) -> float | None:
    known = shares[~np.isnan(shares)]
    return float(known.min()) if len(known) else None
