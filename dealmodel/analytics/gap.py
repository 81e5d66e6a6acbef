"""Collateral gap: book value, resale value and debt side by side, and what a sale would leave unpaid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dealmodel.analytics.coverage import MONTHS_OF_YEAR, value_of
from dealmodel.analytics.reading import HALF_A_CENT, check_tranche, month_where, total_by_month
from dealmodel.engine.result import Result
from dealmodel.lines.arithmetic import Floats

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Gap:
    """Book, economic and debt life of a deal by month. Arrays have shape (T,). [currency]

    Parameters
    ----------
    months : tuple of str
        Ends of the months, those between payment dates too.
    book, resale, liquidation : array
        Value of the units held before payment; liquidation is resale after discount and cost.
    debt : array
        Balances before payment on that date.
    """

    months: tuple[str, ...]
    book: Floats
    resale: Floats
    liquidation: Floats
    debt: Floats

    @property
    def gap(self) -> Floats:
        """Debt less liquidation value; below zero the debt is covered. [currency]"""
        return self.debt - self.liquidation

    @property
    def first_month(self) -> int | None:
        """First month in which the debt is above the liquidation value, None if it never is."""
        return month_where(self.gap > HALF_A_CENT)

    @property
    def largest(self) -> tuple[int, float] | None:
        """Month and size of the largest gap, None if there is none. [currency]"""
        if self.first_month is None:
            return None
        place = int(np.argmax(self.gap))
        return place + 1, float(self.gap[place])

    @property
    def area(self) -> float:
        """Area under the gap where it is above zero: its sum over the months, over twelve. [currency x years]"""
        return float(np.maximum(self.gap, 0).sum()) / MONTHS_OF_YEAR

    @property
    def table(self) -> pd.DataFrame:
        """The series by month."""
        import pandas as pd

        columns = {
            "book": self.book,
            "resale": self.resale,
            "liquidation": self.liquidation,
            "debt": self.debt,
            "gap": self.gap,
        }
        return pd.DataFrame(columns, index=pd.Index(self.months, name="month_end"))


def collateral_gap(result: Result, debt: Sequence[str] | None = None, *, share_received: float | None = None) -> Gap:
    """Gap of some tranches, all of them unless named.

    Both sides stand before payment: what is owed on a date, and what selling all units held on it would bring, at the
    discount and cost of the deal's terms of disposal. Cash in accounts is left out.

    Parameters
    ----------
    result : Result
    debt : names of tranches, optional
    share_received : float, optional
        Share of the resale value that a sale brings, in the place of the deal's own. [share]

    Raises
    ------
    ValueError
        If a name is no tranche, or the deal holds no hardware.
    """
    for name in debt or ():
        check_tranche(result, name)
    resale = value_of(result, "resale")
    return Gap(
        months=result.model.period_ends,
        book=value_of(result, "book"),
        resale=resale,
        liquidation=value_of(result, "liquidation") if share_received is None else resale * share_received,
        debt=total_by_month(result, debt or result.tranche_names, "balance_before_payment", "opening_balance"),
    )
