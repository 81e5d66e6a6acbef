"""All figures of a Result at once: `analyse`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from dealmodel.analytics.coverage import NO_HARDWARE, Coverage, coverage, has_hardware
from dealmodel.analytics.decrement import decrement_table
from dealmodel.analytics.enhancement import Enhancement, enhancement
from dealmodel.analytics.equity import Equity, equity
from dealmodel.analytics.gap import Gap, collateral_gap
from dealmodel.analytics.reading import HALF_A_CENT, check_tranche
from dealmodel.analytics.sensitivity import SHIFT, durations_between, shifted
from dealmodel.analytics.tranche_metrics import TrancheMetrics
from dealmodel.engine.issue import NO_PAR, issue_price
from dealmodel.engine.result import Result

if TYPE_CHECKING:
    import pandas as pd

NO_PRINCIPAL = "no principal comes back"
NEVER_OUTSTANDING = "it has no balance to protect"
NOT_BEYOND = "no more principal comes back than interest was added"
NOTHING_HELD = "no hardware is held on a payment date on which it is owed"
NO_YIELD = "no yield or margin at this price"


@dataclass(frozen=True, slots=True)
class Effective:
    """Effective duration and convexity, or why there are none.

    Parameters
    ----------
    duration, convexity : float or None
        All market rates moved by a quarter of a percent down and up, and the deal run anew. [years, years squared]
    reason : str
        Empty where there is a number.
    """

    duration: float | None = None
    convexity: float | None = None
    reason: str = ""


@dataclass(frozen=True, eq=False)
class Analysis:
    """Figures read off one Result. What needs the deal run anew, or a rate solved for, is worked out when asked for.

    Parameters
    ----------
    result : Result
    metrics : mapping from tranche to TrancheMetrics
        Lives, yields at the price, margins, spreads, durations, window, shortfalls and loss.
    coverage : Coverage
        DSCR, ICR, LLCR, PLCR, loan to value and debt yield of all tranches, by payment date, and each at its worst.
    gap : Gap or None
        Book value, resale value, liquidation value and debt, by month; None where there is none, and `gap_note` says
        why.
    equity : Equity or None
        The sponsor's flows and return; None where there is none, and `equity_note` says why.
    gap_note, equity_note : str
        Why there is no gap, or no owner of what is left; else empty.
    """

    result: Result
    metrics: Mapping[str, TrancheMetrics]
    coverage: Coverage
    gap: Gap | None
    equity: Equity | None
    gap_note: str = ""
    equity_note: str = ""

    @cached_property
    def tranches(self) -> pd.DataFrame:
        """One row a tranche; a column for each of `FIGURES`, which says its basis, and notes on what is n/a."""
        import pandas as pd

        rows = {name: self.row(name) for name in self.metrics}
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("tranche")

    def row(self, tranche: str) -> dict[str, float | str | None]:
        """Every figure of one tranche."""
        effective, protected = self.effective[tranche], self.enhancement[tranche]
        return {
            **self.metrics[tranche].row(),
            "effective_duration": effective.duration,
            "effective_convexity": effective.convexity,
            "effective_note": effective.reason,
            "subordination": float(protected.share[0]),
            "enhancement": float(protected.share_with_reserves[0]),
            "lowest_enhancement": protected.lowest,
            "credit_enhancement": protected.first_credit,
            "lowest_credit_enhancement": protected.lowest_credit,
        }

    def reason(self, tranche: str, key: str) -> str:
        """Why a figure of a tranche is n/a, or nothing where it is a number."""
        metrics = self.metrics[tranche]
        if key in metrics.rates:
            return metrics.rates[key].reason
        if key == "spread_over":
            return metrics.spread.reason
        if key.startswith("effective"):
            return self.effective[tranche].reason
        if key in ("macaulay_duration", "modified_duration", "convexity"):
            return metrics.rates["yield_semi_annual"].reason
        if key.startswith(("wal", "first_principal", "last_principal")):
            return NO_PRINCIPAL if metrics.flows.principal.sum() <= HALF_A_CENT else NOT_BEYOND
        if key == "price":
            return NO_PAR
        if key == "lowest_enhancement":
            return NEVER_OUTSTANDING
        if "credit" in key:
            return NOTHING_HELD if has_hardware(self.result) else NO_HARDWARE
        return ""

    @cached_property
    def effective(self) -> dict[str, Effective]:
        """Effective duration and convexity of each tranche. The deal is run twice more, once for all tranches."""
        try:
            moved = {move: shifted(self.result, move) for move in (-SHIFT, SHIFT)}
        except ValueError as error:
            return {name: Effective(reason=str(error)) for name in self.metrics}
        return {name: _effective(one, moved) for name, one in self.metrics.items()}

    @cached_property
    def enhancement(self) -> dict[str, Enhancement]:
        """Credit enhancement of each tranche, by month, all reserve accounts counted."""
        return {name: enhancement(self.result, name) for name in self.metrics}

    def decrement(self, tranche: str, *, every_months: int = 12) -> pd.DataFrame:
        """Percent of the original balance of a tranche that is outstanding in this run; see `decrement_table`."""
        return decrement_table({self.result.scenario: self.result}, tranche, every_months=every_months)


def _effective(metrics: TrancheMetrics, moved: Mapping[float, Result]) -> Effective:
    found = metrics.rates["yield_semi_annual" if metrics.index is None else "discount_margin"]
    if found.value is None:
        return Effective(reason=f"{NO_YIELD}: {found.reason}")
    return Effective(*durations_between(metrics, moved, shift=SHIFT))


def analyse(result: Result, *, prices: Mapping[str, float] | None = None) -> Analysis:
    """Read lives, yields, durations, ratios, enhancement, gap and equity return off a Result.

    `docs/analytics.md` gives each figure with its formula, its basis and its source.

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
        name: TrancheMetrics(result, name, given.get(name, issue_price(result.lines, name)))
        for name in result.tranche_names
    }
    gap = collateral_gap(result) if has_hardware(result) else None
    owned, why = _equity(result)
    return Analysis(result, metrics, coverage(result), gap, owned, "" if gap else NO_HARDWARE, why)


def _equity(result: Result) -> tuple[Equity | None, str]:
    try:
        return equity(result), ""
    except ValueError as error:
        return None, str(error)
