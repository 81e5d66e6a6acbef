"""All figures of a Result at once: `analyse`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from dealmodel.analytics.coverage import SHARE_RECEIVED, Coverage, coverage
from dealmodel.analytics.equity import Equity, equity
from dealmodel.analytics.gap import Gap, collateral_gap
from dealmodel.analytics.reading import check_tranche
from dealmodel.analytics.tranche_metrics import TrancheMetrics, issue_price
from dealmodel.engine.result import Result

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Analysis:
    """Figures read off one Result.

    Parameters
    ----------
    result : Result
    metrics : mapping from tranche to TrancheMetrics
        Lives, yields at the price, margins, durations, shortfalls.
    coverage : Coverage
        DSCR, ICR, LLCR, PLCR, loan to value and debt yield of all tranches, by month.
    gap : Gap or None
        Book value, resale value, liquidation value and debt, by month; None where no state of the deal sells equipment
        (see `collateral_gap`).
    equity : Equity or None
        The sponsor's flows and return; None where no one owner of what is left is named.
    """

    result: Result
    metrics: Mapping[str, TrancheMetrics]
    coverage: Coverage
    gap: Gap | None
    equity: Equity | None

    @cached_property
    def tranches(self) -> pd.DataFrame:
        """One row a tranche; columns as in `TrancheMetrics.row`."""
        import pandas as pd

        rows = {name: one.row() for name, one in self.metrics.items()}
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("tranche")


def analyse(result: Result, *, prices: Mapping[str, float] | None = None) -> Analysis:
    """Read lives, yields, ratios, gap and equity return off a Result.

    Parameters
    ----------
    result : Result
    prices : mapping from tranche to price per 100, optional
        Unless given, the price at which a tranche is issued, less the fee that its holders get.

    Raises
    ------
    ValueError
        If a price is not positive, or its name is no tranche.
    """
    given = dict(prices or {})
    for name, price in given.items():
        check_tranche(result, name)
        if not price > 0:
            raise ValueError(f"the price of {name} is {price}; give it per 100, such as 99.5")
    metrics = {
        name: TrancheMetrics(result, name, given.get(name, issue_price(result, name))) for name in result.tranche_names
    }
    return Analysis(result, metrics, coverage(result), _gap(result), _equity(result))


def _gap(result: Result) -> Gap | None:
    return collateral_gap(result) if SHARE_RECEIVED in result.model.definitions else None


def _equity(result: Result) -> Equity | None:
    try:
        return equity(result)
    except ValueError:
        return None
