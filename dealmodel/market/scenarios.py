"""Scenarios: sets of changes to numbers of the deal, by path. `combine` joins scenarios and does nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from pydantic import ConfigDict, Field, model_validator

from dealmodel.basics.kinds import Kind, shape, value_in_words
from dealmodel.basics.moments import MomentField
from dealmodel.basics.words import counted, digits, moment_in_words, name_in_words, names_in_words

ScenarioValue = float | bool | str | date


class ScenarioChange(Kind):
    """One change: a path and one of `set`, `multiply`, `add`, `shift_months`, from and until a month if it is dated."""

    model_config = ConfigDict(populate_by_name=True)

    at: str = shape("name", "Path of the number: keys joined by dots; `*` stands for every row at its level")
    set_to: ScenarioValue | None = Field(default=None, alias="set", description="New value", json_schema_extra={
        "unit": "as the number", "live": False, "reason": "another operation is used"})  # fmt: skip
    multiply: float | None = shape("times", "Factor", default=None, reason="another operation is used")
    add: float | None = shape("name", "Amount added", default=None, reason="another operation is used")
    shift_months: int | None = shape("months", "Months later", default=None, reason="another operation is used")
    start: MomentField | None = shape(
        "month", "First month in which it acts", default=None, reason="without, it acts always", alias="from"
    )
    until: MomentField | None = shape(
        "month", "Last month in which it acts", default=None, reason="without, it never ends"
    )

    @model_validator(mode="after")
    def _one_operation(self) -> ScenarioChange:
        if len(self.operations()) != 1:
            raise ValueError("a change has one of `set`, `multiply`, `add`, `shift_months`")
        return self

    def operations(self) -> dict[str, Any]:
        """The operations given, by name."""
        given = {"set": self.set_to, "multiply": self.multiply, "add": self.add, "shift_months": self.shift_months}
        return {name: value for name, value in given.items() if value is not None}

    def operation(self) -> tuple[str, Any]:
        """The operation and its value."""
        return next(iter(self.operations().items()))

    def words(self) -> str:
        """Which number, what becomes of it, and in which months."""
        operation, value = self.operation()
        if operation == "multiply":
            change = f"multiplied by {digits(value, 4)}"
        elif operation == "add":
            change = f"{'plus' if value >= 0 else 'less'} {digits(abs(value), 6)}"
        elif operation == "shift_months":
            change = f"{counted(abs(value), 'month')} {'later' if value >= 0 else 'earlier'}"
        else:
            change = f"set to {digits(value, 6) if type(value) in (int, float) else value_in_words(value)}"
        start = f" from {moment_in_words(self.start)}" if self.start is not None else ""
        until = f" until {moment_in_words(self.until)}" if self.until is not None else ""
        return f"{path_in_words(self.at)} {change}{start}{until}"


class Scenario(Kind):
    """A title, and changes or the scenarios to combine."""

    title: str = shape("text", "What happens, in one sentence")
    changes: tuple[ScenarioChange, ...] = shape(
        "table", "Changes, in order", default=(), reason="the base scenario changes nothing"
    )
    combine: tuple[str, ...] = shape("name", "Scenarios joined", default=(), reason="most stand alone")

    def words(self) -> str:
        """The scenarios that it joins, and its own changes."""
        joined = [f"{names_in_words(self.combine)} together"] if self.combine else []
        return "; ".join([*joined, *(change.words() for change in self.changes)]) or "No change"


def changes_of(scenarios: Mapping[str, Scenario], name: str, above: Sequence[str] = ()) -> list[ScenarioChange]:
    """Changes of a scenario: those of the scenarios it combines, then its own; each scenario acts once.

    ValueError names a circle.
    """
    return [change for joined in _joined(scenarios, name, above) for change in scenarios[joined].changes]


def _joined(scenarios: Mapping[str, Scenario], name: str, above: Sequence[str]) -> list[str]:
    if name in above:
        raise ValueError("scenarios combine in a circle: " + " -> ".join([*above, name]))
    names: dict[str, None] = {}
    for other in scenarios[name].combine:
        names.update(dict.fromkeys(_joined(scenarios, other, [*above, name])))
    names[name] = None
    return list(names)


def matches(pattern: str, path: str) -> bool:
    """Whether a path with `*` for whole levels names a path."""
    wanted, keys = pattern.split("."), path.split(".")
    return len(wanted) == len(keys) and all(want in ("*", key) for want, key in zip(wanted, keys, strict=True))


_INNER_TABLES = ("cohorts", "generations", "launches", "rates")


def path_in_words(path: str) -> str:
    """A path from the outside in: `customers.*.stops_paying` is "all customers: stops paying".

    The name of a table is said only where every row of it is meant.
    """
    said: list[str] = []
    keys = path.split(".")
    for place, key in enumerate(keys):
        family = len(keys) > 2 and (place == 0 or key in _INNER_TABLES)
        if key == "*":
            said.append(f"all {name_in_words(keys[place - 1])}" if place else "all")
        elif not (place + 1 < len(keys) and (keys[place + 1] == "*" or family)):
            said.append(name_in_words(key))
    *rows, number = said
    return f"{', '.join(rows)}: {number}" if rows else number
