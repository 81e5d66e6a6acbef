"""Effective duration of a tranche: the deal run anew with its market rates moved, and the flows priced anew."""

from __future__ import annotations

from collections.abc import Mapping

from dealmodel.analytics.durations import effective_duration
from dealmodel.analytics.tranche_metrics import TrancheMetrics
from dealmodel.basics.solved import Rate
from dealmodel.engine.issue import PAR, QUOTE
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
    moved = {move: shifted(result, move) for move in (-shift, shift)}
    return durations_between(TrancheMetrics(result, tranche, price), moved, shift=shift)


def durations_between(metrics: TrancheMetrics, moved: Mapping[float, Result], *, shift: float) -> tuple[float, float]:
    """Effective duration and convexity from the runs with rates lower and higher by a shift; see above.

    Parameters
    ----------
    metrics : TrancheMetrics
        Of the run as it is.
    moved : mapping from move to Result
        The runs under -shift and +shift, as `shifted` makes them.
    shift : float
        [rate per year]
    """
    floats = metrics.index is not None
    spread = _required(metrics.discount_margin() if floats else metrics.yield_in(QUOTE), metrics.tranche)

    def reprice(move: float) -> float:
        run = TrancheMetrics(moved[move], metrics.tranche, metrics.price) if move else metrics
        return run.price_at_margin(spread) if floats else run.price_at(spread + move)

    return effective_duration(reprice, shift=shift)


def shifted(result: Result, move: float) -> Result:
    """The same run with the shift of every market rate higher by `move` in every month.

    What that does to the rate of a month is the rate's own affair: under a daily floor, compounding or rounding it may
    be more or less than `move`.

    Raises
    ------
    ValueError
        If the scenario sets or multiplies a shift in some months, so that no base value moves all months alike.
    """
    rates = [item for item in result.model.inputs if _is_shift(item.path)]
    if not rates:
        return result
    bases = {item.path: _base_for(item, result, move) for item in rates}
    return run_model(result.model, result.scenario, {**result.overrides, **bases})


def _is_shift(path: str) -> bool:
    return path.startswith("market.rates.") and path.endswith(".shift")


def _base_for(item: Input, result: Result, move: float) -> float:
    """Base value that brings every month's shift to where it is, and `move` more."""
    months, scenario = result.model.periods, result.scenario if result.scenario in result.model.scenarios else BASE
    now = item.by_month(months, scenario, result.overrides.get(item.path))
    nil, one = (item.by_month(1, scenario, base)[0] for base in (0.0, 1.0))  # in a month: nil + (one - nil) x base
    base = (now[0] + move - nil) / (one - nil) if one != nil else now[0]
    then = item.by_month(months, scenario, base)
    if any(abs(after - before - move) > ROUNDING for after, before in zip(then, now, strict=True)):
        raise ValueError(f"scenario {result.scenario!r} changes {item.path} so that a shift does not add to it")
    return base


def _required(found: Rate, tranche: str) -> float:
    if found.value is None:
        raise ValueError(f"{tranche} has no yield or margin at this price: {found.reason}")
    return found.value
