"""Scenarios: sets of changes to numbers of the deal, by path. `combine` joins scenarios and does nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from pydantic import ConfigDict, Field, model_validator

from dealmodel.basics.kinds import Kind, shape
from dealmodel.basics.moments import MomentField

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


class Scenario(Kind):
    """A title, and changes or the scenarios to combine."""

    title: str = shape("text", "What happens, in one sentence")
    changes: tuple[ScenarioChange, ...] = shape(
        "table", "Changes, in order", default=(), reason="the base scenario changes nothing"
    )
    combine: tuple[str, ...] = shape("name", "Scenarios joined", default=(), reason="most stand alone")


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
