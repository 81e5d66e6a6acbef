"""Figures by which two runs are compared: lives and losses of tranches, coverage, triggers, cash of the parties."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from dealmodel.definition.deal import Deal
from dealmodel.engine.result import HALF_A_CENT, Result
from dealmodel.waterfall.measures import CoverageTest


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a run.

    Parameters
    ----------
    of, name : str
        The tranche, test or party, or "deal"; what is told of it.
    unit : str
        `currency`, `years`, `ratio`, or `month` of the deal.
    value : float or None
        None where there is none: no principal was paid, a test never failed.
    """

    of: str
    name: str
    unit: str
    value: float | None


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure of two runs; None where a run has no such figure."""

    of: str
    name: str
    unit: str
    first: float | None
    second: float | None

    @property
    def difference(self) -> float | None:
        """The second less the first, None where one of them is missing."""
        if self.first is None or self.second is None:
            return None
        return self.second - self.first


def figures(deal: Deal, result: Result) -> list[Figure]:
    """Figures by which runs are compared, in the order in which they are shown.

    Of each tranche the average life, positive only, and signed where interest may be added to the balance (see
    `Result.tranches`); the principal lost, the interest unpaid at the end, and the
    last month in which it is paid more than half a cent. Of each coverage test the lowest ratio. The first month in
    which the deal is in another state than the one of severity 0, and the first failure of each test that fails. What
    each party is paid after closing, and what the sponsor puts in at closing.
    """
    return [*_of_tranches(result), *_of_tests(deal, result), *_of_parties(result)]


def compared(first: Sequence[Figure], second: Sequence[Figure]) -> list[Compared]:
    """Put figures of two runs side by side: those of the first in their order, then what the second alone has."""
    befores = {(item.of, item.name): item for item in first}
    afters = {(item.of, item.name): item for item in second}
    rows = []
    for key, item in chain(befores.items(), ((key, item) for key, item in afters.items() if key not in befores)):
        before, after = befores.get(key), afters.get(key)
        values = [None if side is None else side.value for side in (before, after)]
        rows.append(Compared(item.of, item.name, item.unit, *values))
    return rows


def _of_tranches(result: Result) -> Iterator[Figure]:
    for name, row in result.tranche_rows.items():
        life, signed = result.average_lives(name)
        yield Figure(name, "average life, positive only", "years", life)
        if result.capitalises(name):
            yield Figure(name, "average life, signed", "years", signed)
        yield Figure(name, "principal lost", "currency", row["principal_loss"])
        yield Figure(name, "interest unpaid", "currency", row["interest_shortfall"])
        cash = result.lines[f"{name}.principal_paid"] + result.lines[f"{name}.interest_paid"]
        months = np.flatnonzero(cash > HALF_A_CENT)
        yield Figure(name, "last payment", "month", float(months[-1] + 1) if len(months) else None)


def _of_tests(deal: Deal, result: Result) -> Iterator[Figure]:
    for name, test in deal.tests.items():
        if isinstance(test, CoverageTest):
            ratios = result.ratio(name)
            measured = ratios[~np.isnan(ratios)]
            yield Figure(name, "lowest DSCR", "ratio", float(measured.min()) if len(measured) else None)
    outside = (month for month, state in result.states() if deal.states[state].severity > 0)
    yield Figure("deal", "first trigger", "month", next(map(float, outside), None))
    for name, month in result.first_failures.items():
        if month is not None:
            yield Figure(name, "first failure", "month", float(month))


def _of_parties(result: Result) -> Iterator[Figure]:
    suffix = ".received_in_total"
    for item in result.model.summary:
        if item.name.endswith(suffix):
            received = result.lines.number(item.name)
            yield Figure(item.name.removesuffix(suffix), "received after closing", "currency", received)
    contribution = result.lines.number("closing.sponsor_contribution")
    yield Figure("sponsor", "put in at closing", "currency", contribution)
