"""The live numbers of a deal as inputs of a Model, with their value in each scenario and where they come from."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import annotated_types
from pydantic.fields import FieldInfo

from dealmodel.basics.kinds import inner_kinds
from dealmodel.basics.moments import Moment, parse_moment
from dealmodel.definition.checks_provenance import provenance_of
from dealmodel.definition.deal import Deal
from dealmodel.lines.inputs import Change, Input
from dealmodel.lines.names import NEVER
from dealmodel.market.clock import Clock
from dealmodel.market.scenarios import Scenario, ScenarioChange, changes_of, matches


@dataclass(frozen=True, slots=True)
class LiveNumber:
    """A live number of a deal: where it stands, and what it may be."""

    path: str
    value: float | Moment
    info: FieldInfo


def live_numbers(deal: Deal) -> Iterator[LiveNumber]:
    """Every live number of a deal, in file order. What is absent, or said in a word, is not a number."""
    for kind in inner_kinds(deal):
        if isinstance(kind, Scenario | ScenarioChange):
            continue
        for name, info in type(kind).model_fields.items():
            value = getattr(kind, name)
            if _is_live(info) and (isinstance(value, Moment) or _is_number(value)):
                yield LiveNumber(kind.path_of(name), value, info)


def _is_live(info: FieldInfo) -> bool:
    extra = info.json_schema_extra
    return isinstance(extra, dict) and extra.get("live") is True


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@dataclass(frozen=True)
class InputBook:
    """Finds the input at a path, with the changes of every scenario."""

    deal: Deal
    clock: Clock
    scenarios: Mapping[str, Scenario]
    numbers: dict[str, LiveNumber] = field(default_factory=dict)
    changes: dict[str, dict[str, tuple[Change, ...]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.numbers.update({number.path: number for number in live_numbers(self.deal)})
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
        is_moment = isinstance(number.value, Moment)
        changes = self.changes.get(path, {})
        where = provenance_of(self.deal, path)
        lowest, highest = (0.0, float(NEVER)) if is_moment else _limits(number.info)
        return Input(
            path,
            unit=_unit(number.info),
            value=self.number(number.value),
            label=number.info.description or "",
            monthly=any(change.dated for row in changes.values() for change in row),
            lowest=lowest,
            highest=highest,
            whole=is_moment or number.info.annotation is int,
            changes=changes,
            status=where.status,
            source=where.source,
            note=where.note,
        )


def _unit(info: FieldInfo) -> str:
    extra = info.json_schema_extra
    return str(extra["unit"]) if isinstance(extra, dict) else ""


def _limits(info: FieldInfo) -> tuple[float | None, float | None]:
    lowest = highest = None
    for limit in info.metadata:
        if isinstance(limit, annotated_types.Ge):
            lowest = float(limit.ge)  # type: ignore[arg-type]  # the fields declare numbers
        elif isinstance(limit, annotated_types.Gt):
            lowest = math.nextafter(float(limit.gt), math.inf)  # type: ignore[arg-type]  # as above
        elif isinstance(limit, annotated_types.Le):
            highest = float(limit.le)  # type: ignore[arg-type]  # as above
        elif isinstance(limit, annotated_types.Lt):
            highest = math.nextafter(float(limit.lt), -math.inf)  # type: ignore[arg-type]  # as above
    return lowest, highest
