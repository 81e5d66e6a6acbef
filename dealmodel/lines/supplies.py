"""Months that are worked out outside the lines, such as the cash of a large pool of loans.

A supply reads numbers of the deal and gives inputs by month. One call does it for any number of scenarios at once, so
that a scenario, an override or a block of scenarios moves the numbers without compiling again. Formulas see the months
as they see any input by month; a workbook holds them as they were worked out for each of its scenarios.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dealmodel.basics.errors import DealFileError, Issue, ModelError
from dealmodel.lines.arithmetic import Floats
from dealmodel.lines.inputs import Input

if TYPE_CHECKING:
    from dealmodel.lines.model import Model

Work = Callable[[Mapping[str, Floats]], Mapping[str, Floats]]
"""From numbers of shape (1, S), or (T, S) where they vary by month, to months of shape (T, S)."""


@dataclass(frozen=True, slots=True)
class Supply:
    """A stage of arithmetic outside the lines.

    Parameters
    ----------
    name : str
        The place in the deal file that it works for.
    reads : tuple of str
        Paths of the numbers that it reads.
    gives : tuple of str
        Paths of the inputs by month that it gives.
    work : function
        See `Work`.
    mark : str
        Says all that its results rest on beside the numbers that it reads; part of the Model's hash.
    """

    name: str
    reads: tuple[str, ...]
    gives: tuple[str, ...]
    work: Work
    mark: str = ""


def base_months(supply: Supply, inputs: Mapping[str, Input], periods: int) -> dict[str, tuple[float, ...]]:
    """What a supply gives in the base scenario, by path."""
    items = [inputs[path] for path in supply.reads]
    read = {item.path: _rows(item.by_month(periods) if item.monthly else item.base) for item in items}
    found = supply.work(read)
    return {path: tuple(found[path][:, 0].tolist()) for path in supply.gives}


def supplied(
    model: Model,
    numbers: Mapping[str, float | Floats],
    months: Mapping[str, Sequence[float] | Sequence[float | Floats] | Floats],
) -> dict[str, Floats]:
    """Work out every month that supplies give.

    Parameters
    ----------
    model : Model
    numbers : mapping from path to a number or an array of shape (S,)
    months : mapping from path to T numbers, or to an array of shape (T, S)

    Returns
    -------
    dict from path to array
        Of shape (T, S), or (T, 1) where nothing that the supply reads varies among the scenarios.
    """
    found: dict[str, Floats] = {}
    for supply in model.supplies:
        read = {path: _rows(months[path] if path in months else numbers[path]) for path in supply.reads}
        try:
            given = supply.work(read)
        except ValueError as error:
            raise DealFileError(model.name, [Issue(supply.name, str(error), code="DM-FLD-010")]) from error
        for path in supply.gives:
            if given[path].ndim != 2 or given[path].shape[0] != model.periods:
                raise ModelError(f"supply {supply.name!r} gives {given[path].shape} for {path!r}; months come first")
            found[path] = given[path]
    return found


def supplied_paths(model: Model) -> frozenset[str]:
    """Paths of the inputs by month that supplies give."""
    return frozenset(path for supply in model.supplies for path in supply.gives)


def read_outside(model: Model) -> frozenset[str]:
    """Paths of the numbers that supplies read: changed without compiling, but by no cell of a workbook."""
    return frozenset(path for supply in model.supplies for path in supply.reads)


def _rows(value: float | Sequence[float] | Sequence[float | Floats] | Floats) -> Floats:
    """Numbers with months first: (1, S) or (T, S)."""
    array = np.asarray(value, dtype=float)
    if isinstance(value, np.ndarray):
        return array if array.ndim == 2 else array.reshape(1, -1)
    return array.reshape(-1, 1)
