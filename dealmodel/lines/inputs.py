"""The numbers of a deal as a Model knows them: path, unit, value in each scenario, source and status.

This is all that the backends and the workbook know of the deal. A scenario is a list of changes to a base value, and
stays one: a workbook writes each change as a formula over the base cell, so that an edit to the base flows through.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dealmodel.lines.names import NEVER

BASE = "base"
OPERATIONS = ("set", "multiply", "add", "shift_months")


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one number: `set`, `multiply`, `add` or `shift_months`, in all months or from one to another.

    `start` and `until` are month numbers, both included; None stands for no bound.
    """

    operation: str
    value: float
    start: int | None = None
    until: int | None = None

    @property
    def dated(self) -> bool:
        """Whether it acts in some months only."""
        return self.start is not None or self.until is not None

    def acts_in(self, month: int) -> bool:
        """Whether it acts in a month."""
        return (self.start is None or month >= self.start) and (self.until is None or month <= self.until)

    def apply(self, value: float) -> float:
        """Return the changed number. A month that is `never` is not shifted."""
        if self.operation == "set":
            return self.value
        if self.operation == "multiply":
            return value * self.value
        if self.operation == "shift_months" and value >= NEVER:
            return value
        return value + self.value


@dataclass(frozen=True, slots=True)
class Input:
    """One number of the deal, or one number for each month.

    Parameters
    ----------
    path, unit, label : str
        Place in the deal file, unit, and what it is in trade words.
    value : float or tuple of float
        The base value; a tuple is given month by month, and does not move.
    monthly : bool
        Whether formulas see a number a month: given, or because some scenario changes it from or until a month.
    supplied : bool
        Whether a supply works its months out for each scenario; `value` then holds those of the base.
    live : bool
        Whether a scenario, a grid or a workbook cell may change it without recompiling.
    lowest, highest : float or None
        What it may not go beyond.
    whole : bool
        Whether it must be a whole number, as months are.
    changes : mapping from scenario to changes
        In the order in which they act.
    status, source, note : str
        Provenance: known, press, derived or assumed; the document; a remark.
    """

    path: str
    unit: str
    value: float | tuple[float, ...]
    label: str = ""
    monthly: bool = False
    live: bool = True
    lowest: float | None = None
    highest: float | None = None
    whole: bool = False
    changes: Mapping[str, tuple[Change, ...]] = field(default_factory=dict)
    status: str = ""
    source: str = ""
    note: str = ""
    supplied: bool = False

    @property
    def given(self) -> bool:
        """Whether its months were given one by one, the same in every scenario."""
        return isinstance(self.value, tuple) and not self.supplied

    @property
    def base(self) -> float:
        """The one base value of an input that has one."""
        if isinstance(self.value, tuple):
            raise TypeError(f"{self.path} is given month by month")
        return self.value

    def number(self, scenario: str = BASE, base: float | None = None) -> float:
        """Value in a scenario, over another base value if one is given."""
        value = self.base if base is None else base
        for change in self.changes_in(scenario, overridden=base is not None):
            value = change.apply(value)
        return value

    def by_month(self, periods: int, scenario: str = BASE, base: float | None = None) -> list[float]:
        """Value in each of the months 1 to `periods` of a scenario."""
        if isinstance(self.value, tuple):
            return list(self.value)
        start = self.value if base is None else base
        changes = self.changes_in(scenario, overridden=base is not None)
        months = []
        for month in range(1, periods + 1):
            value = start
            for change in changes:
                if change.acts_in(month):
                    value = change.apply(value)
            months.append(value)
        return months

    def changes_in(self, scenario: str, *, overridden: bool = False) -> tuple[Change, ...]:
        """Changes of a scenario; an overridden base value takes the place of an undated `set`."""
        changes = self.changes.get(scenario, ())
        if overridden:
            changes = tuple(change for change in changes if change.dated or change.operation != "set")
        return changes

    def problem_with(self, value: float) -> str:
        """Say why a number may not stand here, or nothing."""
        if value != value or value in (float("inf"), float("-inf")):
            return f"{value!r} is not a finite number"
        if self.whole and value != int(value):
            return f"{value!r} is not a whole number of {self.unit}"
        if self.lowest is not None and value < self.lowest:
            return f"{value!r} is below {self.lowest:g}"
        if self.highest is not None and value > self.highest:
            return f"{value!r} is above {self.highest:g}"
        return ""
