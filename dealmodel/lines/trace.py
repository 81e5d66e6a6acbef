"""The full trace of one scenario: every line in every month, its constants and its summary."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dealmodel.basics.errors import nearest
from dealmodel.lines.arithmetic import Floats
from dealmodel.lines.evaluate import evaluate
from dealmodel.lines.expressions import Param
from dealmodel.lines.model import Model
from dealmodel.lines.plain import Row, run_plain
from dealmodel.lines.values import Values


@dataclass(frozen=True, eq=False)
class Trace(Mapping[str, Floats]):
    """Lines by name: an array of shape (T,) for a line by month, of shape (1,) for a constant or a summary line."""

    model: Model
    inputs: Values
    constants: Row
    rows: Floats
    summary: Row

    @classmethod
    def of(cls, model: Model, values: Values) -> Trace:
        """Run a Model for one scenario and keep everything."""
        constants, rows, summary = run_plain(model, values)
        return cls(model, values, constants, rows, summary)

    @cached_property
    def _place(self) -> dict[str, int]:
        return {item.name: place for place, item in enumerate(self.model.monthly)}

    @cached_property
    def _single(self) -> dict[str, float]:
        constants = zip(self.model.constants, self.constants, strict=True)
        summary = zip(self.model.summary, self.summary, strict=True)
        return {item.name: value for item, value in (*constants, *summary)}

    @property
    def periods(self) -> int:
        """Number of months, T."""
        return self.model.periods

    def months(self, name: str) -> list[float]:
        """Values of a line in the months 1..T."""
        place = self._place[name]
        months: list[float] = self.rows[:, place].tolist()
        return months

    def number(self, name: str) -> float:
        """Value of a constant or a summary line."""
        return self._single[name]

    def value(self, name: str, month: int) -> float:
        """Value of a line in a month; in month 0 and before, its opening."""
        if name in self._single:
            return self._single[name]
        if month >= 1:
            return float(self.rows[month - 1, self._place[name]])
        return self.opening(name, -month)

    def opening(self, name: str, back: int = 0) -> float:
        """Value of a line at closing (`back` 0) or so many months before."""
        return evaluate(self.model.definitions[name].opening[back], self, 1)

    def param(self, node: Param, month: int) -> float:
        """Value of an input in a month."""
        return self.inputs.months[node.path][month - 1] if node.monthly else self.inputs.numbers[node.path]

    def __getitem__(self, name: str) -> Floats:
        if name in self._place:
            return self.rows[:, self._place[name]]
        if name in self._single:
            return np.array([self._single[name]])
        raise KeyError(f"no line {name!r} in model {self.model.name}; {nearest(name, self.model.definitions)}")

    def __iter__(self) -> Iterator[str]:
        return iter(self.model.definitions)

    def __len__(self) -> int:
        return len(self.model.definitions)
