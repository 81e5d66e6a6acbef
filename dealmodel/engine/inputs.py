"""The live numbers of a deal as inputs of a Model, with their value in each scenario and where they come from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dealmodel.basics.moments import parse_moment
from dealmodel.definition.checks_provenance import Row, provenance_in, rows_of
from dealmodel.definition.deal import Deal
from dealmodel.definition.numbers import DealNumber, live_numbers
from dealmodel.lines.inputs import Change, Input
from dealmodel.lines.names import NEVER
from dealmodel.market.clock import Clock
from dealmodel.market.scenarios import Scenario, ScenarioChange, changes_of, matches


@dataclass(frozen=True)
class InputBook:
    """Finds the input at a path, with the changes of every scenario."""

    deal: Deal
    clock: Clock
    scenarios: Mapping[str, Scenario]
    numbers: dict[str, DealNumber] = field(default_factory=dict)
    changes: dict[str, dict[str, tuple[Change, ...]]] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.numbers.update(live_numbers(self.deal))
        self.rows.extend(rows_of(self.deal.provenance))
        for name in self.scenarios:
            for change in changes_of(self.scenarios, name):
                for path in self.numbers:
                    if matches(change.at, path):
                        found = self.changes.setdefault(path, {})
                        found[name] = (*found.get(name, ()), self.change(change))

    def change(self, change: ScenarioChange) -> Change:
        """A change in numbers: moments become month numbers."""
        operation, value = change.operation()
        start = None if change.start is None else self.clock.month(change.start)
        until = None if change.until is None else self.clock.month(change.until)
        return Change(operation, self.number(value), start, until)

    def number(self, value: Any) -> float:
        """A value of a scenario as a number: moments become month numbers, flags 1 or 0."""
        if isinstance(value, bool | int | float):
            return float(value)
        return float(self.clock.month(parse_moment(value)))

    def find(self, path: str) -> Input | None:
        """The input at a path, or None where no live number stands there."""
        number = self.numbers.get(path)
        if number is None:
            return None
        changes = self.changes.get(path, {})
        where = provenance_in(self.rows, path.partition("[")[0])  # a table has one provenance for all its points
        return Input(
            path,
            unit=number.unit,
            value=self.number(number.value),
            label=number.description,
            monthly=any(change.dated for row in changes.values() for change in row),
            lowest=0.0 if number.is_time else _lowest(number),
            highest=float(NEVER) if number.is_time else _highest(number),
            whole=number.whole or number.is_time,
            changes=changes,
            status=where.status,
            source=where.source,
            note=where.note,
        )


def _lowest(number: DealNumber) -> float | None:
    return number.ge if number.gt is None else math.nextafter(number.gt, math.inf)


def _highest(number: DealNumber) -> float | None:
    return number.le if number.lt is None else math.nextafter(number.lt, -math.inf)
