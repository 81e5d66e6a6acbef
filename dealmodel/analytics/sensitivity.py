"""Effective duration of a tranche: the deal run anew with its market rates moved, and the flows priced anew."""

from __future__ import annotations

import numpy as np

from dealmodel.analytics.durations import effective_duration
from dealmodel.analytics.reading import index_of
from dealmodel.analytics.solved import Rate
from dealmodel.analytics.spreads import price_from_margin
from dealmodel.analytics.tranche_metrics import MONEY_DAYS, PAR, QUOTE, TrancheMetrics
from dealmodel.analytics.yields import years_from
from dealmodel.engine.result import Result
from dealmodel.engine.run import run_model
from dealmodel.lines.inputs import BASE, Input

SHIFT = 0.0025
ROUNDING = 1e-12


def effective_durations(
    result: Result, tranche: str, *, price: float = PAR, shift: float = SHIFT
) -> tuple[float, float]:
    """Effective duration and effective convexity of a tranche, all market rates moved together.

    The deal is run with every `market.rates.*.shift` lower and higher by the shift. Flows on a floating coupon are
    discounted at the moved index and the discount margin of the price; flows on a fixed coupon at the semi-annual
    yield of the price, moved by the shift.

    Parameters
    ----------
    result : Result
    tranche : str
    price : float
        Per 100 of the balance at closing.
    shift : float
        [rate per year]

    Returns
    -------
    (float, float)
        [years], [years squared]

    Raises
    ------
    ValueError
        If the price leaves no yield or margin, or a scenario moves market rates in a way that a shift does not add to.
    """
    line = index_of(result, tranche)
    metrics = TrancheMetrics(result, tranche, price)
    spread = _required(metrics.yield_in(QUOTE) if line is None else metrics.discount_margin(), tranche)

    def reprice(move: float) -> float:
        moved = TrancheMetrics(shifted(result, move) if move else result, tranche, price)
        if line is None:
            return moved.price_at(spread + move)
        flows = moved.flows
        years = years_from(flows.closing, flows.dates, MONEY_DAYS)
        return price_from_margin(years, flows.cash, spread, index=moved.result.lines[line]) * PAR / flows.balance

    return effective_duration(reprice, shift=shift)


def shifted(result: Result, move: float) -> Result:
    """The same run with every market rate higher by `move` in every month.

    Raises
    ------
    ValueError
        If the scenario sets or multiplies a shift in some months, so that no base value moves all months alike.
    """
    moved = dict(result.overrides)
    rates = [item for item in result.model.inputs if _is_shift(item.path)]
    for item in rates:
        moved[item.path] = _base_for(item, result, move)
    run = run_model(result.model, result.scenario, moved)
    for item in rates:
        line = f"market.{item.path.split('.')[2]}.rate"
        off = np.abs(run.lines[line] - result.lines[line] - move).max()
        if off > ROUNDING:
            raise ValueError(f"scenario {result.scenario!r} changes {item.path} so that a shift does not add to it")
    return run


def _is_shift(path: str) -> bool:
    return path.startswith("market.rates.") and path.endswith(".shift")


def _base_for(item: Input, result: Result, move: float) -> float:
    """Base value that brings the first month's shift to where it is, and `move` more."""
    scenario = result.scenario if result.scenario in result.model.scenarios else BASE
    now = item.by_month(1, scenario, result.overrides.get(item.path))[0]
    added = item.by_month(1, scenario, 0.0)[0]  # what the scenario adds to a base value of its own
    return now + move - added


def _required(found: Rate, tranche: str) -> float:
    if found.value is None:
        raise ValueError(f"{tranche} has no yield or margin at this price: {found.reason}")
    return found.value
