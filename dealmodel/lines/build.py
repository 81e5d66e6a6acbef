"""Build a Model line by line, and refuse what would not mean what it says.

A name is defined once. A line that is used through `prev` before it is defined is declared first, with its opening.
A balance that was paid from is superseded by the balance left: a formula that still uses the old one is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

from dealmodel.basics.errors import ModelError, nearest
from dealmodel.lines.expressions import (
    Ahead,
    Call,
    Expr,
    Line,
    Lookup,
    Number,
    Param,
    Previous,
    Reduce,
    SumAhead,
    as_expr,
    children,
    round_to,
)
from dealmodel.lines.inputs import BASE, Input
from dealmodel.lines.model import Definition, Model, text_of
from dealmodel.lines.names import identifier
from dealmodel.lines.supplies import Supply, base_months

CONSTANT, SCHEDULE, CASH, SUMMARY = "constant", "schedule", "cash", "summary"
MAY_USE = {
    CONSTANT: {CONSTANT},
    SCHEDULE: {CONSTANT, SCHEDULE},
    CASH: {CONSTANT, SCHEDULE, CASH},
    SUMMARY: {CONSTANT, SUMMARY},
}
MAX_LOOK_BACK = 120


@dataclass(frozen=True, slots=True)
class _Place:
    path: str = ""
    section: str = ""
    group: str = ""


class VariesByMonth(ModelError):
    """A number that varies by month stands where one number for the whole life is needed."""

    def __init__(self, subject: str, path: str) -> None:
        super().__init__(subject)
        self.path = path


class HasPath(Protocol):
    """Anything that knows the place of its fields in the deal file."""

    def path_of(self, field: str) -> str:
        """Place of one of its fields."""


class Builder:
    """Collects inputs and lines in the order in which a month works them out.

    Parameters
    ----------
    name, title : str
        The deal's id, and what people call it.
    periods : int
        Months of the model.
    source : function from path to Input, optional
        Where to look a number of the deal up when a formula asks for it for the first time.
    places : int, optional
        Decimal places to which `money` rounds; None leaves amounts as they are.
    ends : sequence of dates, optional
        The last day of each month, for what the deal says by date.
    """

    def __init__(
        self,
        name: str,
        *,
        periods: int,
        title: str = "",
        source: Callable[[str], Input | None] | None = None,
        places: int | None = None,
        ends: Sequence[date] = (),
    ) -> None:
        if periods < 1:
            raise ModelError(f"model {name!r} has {periods} periods; at least one is needed")
        self.name, self.title, self.periods = name, title or name, periods
        self.places = places
        self.ends = tuple(ends)
        self.stage = SCHEDULE
        self._source = source or (lambda path: None)
        self._place = _Place()
        self._inputs: dict[str, Input] = {}
        self._definitions: dict[str, Definition] = {}
        self._declared: dict[str, Definition] = {}
        self._identifiers: dict[str, str] = {}
        self._superseded: dict[str, str] = {}
        self._supplies: list[Supply] = []
        self._history = 1

    # inputs

    def add_input(self, item: Input) -> Param:
        """Make a number of the deal known, and return it for use in formulas."""
        if item.path in self._inputs:
            raise ModelError(f"input {item.path!r} is given twice")
        if isinstance(item.value, tuple) and len(item.value) != self.periods:
            raise ModelError(f"input {item.path!r} has {len(item.value)} months; the model has {self.periods}")
        self._inputs[item.path] = item
        return Param(item.path, item.unit, item.monthly)

    def knows(self, path: str) -> bool:
        """Whether a number of the deal was made known or asked for."""
        return path in self._inputs

    def given(self, path: str) -> float:
        """Base value of a number of the deal's shape, for what is decided while lines are defined."""
        item = self._inputs[path]
        if item.live:
            raise ModelError(f"input {path!r} is live; no line may depend on its base value")
        return item.base

    def param(self, path: str) -> Param:
        """Return a number of the deal by its path."""
        found = None if path in self._inputs else self._source(path)
        if found is not None:
            return self.add_input(found)
        if path not in self._inputs:
            raise ModelError(f"no input {path!r}; {nearest(path, self._inputs)}")
        item = self._inputs[path]
        return Param(path, item.unit, item.monthly)

    def of(self, kind: HasPath, field: str) -> Param:
        """Return the number in a field of a kind."""
        return self.param(kind.path_of(field))

    def supply(self, supply: Supply, gives: Mapping[str, tuple[str, str]]) -> dict[str, Param]:
        """Make months known that are worked out outside the lines.

        Parameters
        ----------
        supply : Supply
            What it reads has been asked for before.
        gives : mapping from path to unit and label

        Returns
        -------
        dict from path to Param
        """
        base = base_months(supply, self._inputs, self.periods)
        self._supplies.append(supply)
        return {
            path: self.add_input(Input(path, unit, base[path], label=label, monthly=True, live=False, supplied=True))
            for path, (unit, label) in gives.items()
        }

    def named(self, name: str, value: float, unit: str, label: str = "") -> Param:
        """Return a constant of nature or of convention, such as twelve months a year, under a name."""
        path = f"constants.{name}"
        if path not in self._inputs:
            self.add_input(Input(path, unit, float(value), label=label or name.replace("_", " "), live=False))
        elif self._inputs[path].value != float(value):
            raise ModelError(f"constant {name!r} is both {self._inputs[path].value!r} and {value!r}")
        return self.param(path)

    def money(self, amount: Expr) -> Expr:
        """An amount of the ledger: rounded to the model's places, or as it is.

        What enters is rounded; what is added up from rounded amounts is rounded again, so that no binary dust is left
        where nothing is.
        """
        return amount if self.places is None else round_to(amount, self.places)

    # lines

    @contextmanager
    def at(self, path: str, *, section: str | None = None, group: str | None = None) -> Iterator[None]:
        """Give the lines defined inside a place in the deal file, a section and a group."""
        before = self._place
        self._place = _Place(path, before.section if section is None else section, group or path)
        try:
            yield
        finally:
            self._place = before

    def begin_cash(self) -> None:
        """End the schedule lines. From here on lines may depend on cash and state, and may look ahead."""
        open_lines = [name for name in self._declared if self._declared[name].line.stage == SCHEDULE]
        if open_lines:
            raise ModelError(f"schedule line {open_lines[0]!r} was declared and never defined")
        self.stage = CASH

    def constant(self, name: str, formula: Expr | int, *, unit: str, label: str = "", role: str = "") -> Line:
        """Define a line that is worked out once a scenario."""
        return self._add(Line(name, unit, CONSTANT), as_expr(formula), (), label, role)

    def line(
        self,
        name: str,
        formula: Expr | int,
        *,
        unit: str,
        label: str = "",
        role: str = "",
        opening: Expr | int | Sequence[Expr] | None = None,
    ) -> Line:
        """Define a line by month. With an opening, `prev` may look at it from the first month on."""
        return self._add(Line(name, unit, self.stage), as_expr(formula), _openings(opening), label, role)

    def series(self, name: str, values: Sequence[float], *, unit: str, label: str = "", opening: float = 0.0) -> Line:
        """Define a line whose months are given: dates, day counts, tables by month."""
        if self.stage != SCHEDULE:
            raise ModelError(f"series {name!r} is given after the cash lines began")
        given = tuple(float(value) for value in values)
        param = self.add_input(Input(f"series.{name}", unit, given, label=label, monthly=True, live=False))
        start = as_expr(int(opening)) if opening in (0, 1) else self.named(f"{name}_at_closing", opening, unit)
        return self.line(name, param, unit=unit, label=label, opening=start)

    def declare(self, name: str, *, unit: str, opening: Expr | int | Sequence[Expr], label: str = "") -> Line:
        """Announce a line that formulas look back at before it is defined."""
        self._check_name(name)
        line = Line(name, unit, self.stage)
        openings = _openings(opening)
        for value in openings:
            self._check_formula(Line(name, unit, CONSTANT), value)
        self._declared[name] = Definition(line, Number(0.0), openings, *self._where(), label)
        return line

    def define(self, line: Line, formula: Expr | int, *, label: str = "", role: str = "") -> Line:
        """Give a declared line its formula."""
        declared = self._declared.get(line.name)
        if declared is None:
            raise ModelError(f"line {line.name!r} was not declared, or is defined already")
        self._check_formula(declared.line, as_expr(formula))
        del self._declared[line.name]
        return self._store(declared.line, as_expr(formula), declared.opening, label or declared.label, role)

    def summary(self, name: str, formula: Expr, *, unit: str, label: str = "", role: str = "") -> Line:
        """Define a number over the whole life."""
        return self._add(Line(name, unit, SUMMARY), formula, (), label, role)

    def check(self, name: str, formula: Expr, *, unit: str, label: str) -> Line:
        """Define a line that is 0 when an invariant holds. It alone may look at superseded balances."""
        return self._add(Line(name, unit, self.stage), formula, (), label, "check")

    def supersede(self, old: Line, new: Line) -> None:
        """Forbid the use of a balance that was paid from or into; `new` stands in its place."""
        self._superseded[old.name] = new.name

    def build(
        self,
        *,
        scenarios: Mapping[str, str] | None = None,
        period_ends: Sequence[str] = (),
        facts: Mapping[str, str] | None = None,
    ) -> Model:
        """Return the finished Model."""
        if self._declared:
            raise ModelError(f"line {next(iter(self._declared))!r} was declared and never defined")
        by_stage = {CONSTANT: [], SCHEDULE: [], CASH: [], SUMMARY: []}  # type: dict[str, list[Definition]]
        for item in self._definitions.values():
            short = item.opening and len(item.opening) < self._history
            by_stage[item.line.stage].append(replace(item, opening=self._filled(item)) if short else item)
        return Model(
            name=self.name,
            title=self.title,
            periods=self.periods,
            history=self._history,
            inputs=tuple(self._inputs.values()),
            constants=tuple(by_stage[CONSTANT]),
            monthly=tuple(by_stage[SCHEDULE] + by_stage[CASH]),
            summary=tuple(by_stage[SUMMARY]),
            scenarios=dict(scenarios or {BASE: "Base"}),
            period_ends=tuple(period_ends),
            facts=dict(facts or {}),
            supplies=tuple(self._supplies),
        )

    # checks

    def _filled(self, item: Definition) -> tuple[Expr, ...]:
        return item.opening + (item.opening[-1],) * (self._history - len(item.opening))

    def _where(self) -> tuple[str, str, str]:
        return self._place.path, self._place.section, self._place.group

    def _check_name(self, name: str) -> None:
        word = identifier(name)
        if word in self._identifiers:
            raise ModelError(f"line {name!r} is defined twice (as {self._identifiers[word]!r}); a name is defined once")
        self._identifiers[word] = name

    def _add(self, line: Line, formula: Expr, opening: tuple[Expr, ...], label: str, role: str) -> Line:
        self._check_name(line.name)
        self._check_formula(line, formula, checking=role == "check")
        for value in opening:
            self._check_formula(Line(line.name, line.unit, CONSTANT), value)
        return self._store(line, formula, opening, label, role)

    def _store(self, line: Line, formula: Expr, opening: tuple[Expr, ...], label: str, role: str) -> Line:
        self._definitions[line.name] = Definition(line, formula, opening, *self._where(), label, role)
        return line

    def _check_formula(self, line: Line, formula: Expr, *, checking: bool = False) -> None:
        """Walk the whole formula once: every part is known, and no condition stands inside another."""
        stack = [(formula, False)]
        usable = MAY_USE[line.stage]
        while stack:
            node, inside = stack.pop()
            if type(node) is Call:
                conditional = node.operation in ("where", "ratio")
                if conditional and inside:
                    raise ModelError(
                        f"line {line.name!r} nests one condition in another; give the inner one a line of its own"
                    )
                within = inside or conditional
                for child in node.args:
                    stack.append((child, within))
                continue
            if type(node) is Line and node.stage in usable and node.name in self._definitions:
                if node.name not in self._superseded:
                    continue
            elif type(node) is Number:
                continue
            problem = self._problem(line, node, checking)
            if problem:
                raise ModelError(f"line {line.name!r} = {text_of(formula)}: {problem}")
            stack.extend([(child, inside) for child in children(node)])

    def _problem(self, line: Line, node: Expr, checking: bool) -> str:
        if isinstance(node, Param):
            if node.path not in self._inputs:
                return f"no input {node.path!r}"
            if node.monthly and line.stage in (CONSTANT, SUMMARY):
                what = f"{node.path!r} varies by month and cannot stand in the {line.stage} line {line.name!r}"
                raise VariesByMonth(what, node.path)
            return ""
        if isinstance(node, Line):
            return self._problem_with_line(line, node, checking)
        if isinstance(node, Previous):
            return self._problem_with_previous(line, node)
        if isinstance(node, Ahead | SumAhead):
            if line.stage != CASH:
                return "only cash lines look ahead"
            return "" if self._stage_of(node.line) == SCHEDULE else f"{node.line.name!r} is not a schedule line"
        if isinstance(node, Reduce):
            if line.stage != SUMMARY:
                return f"{node.how} is for summary lines"
            known = self._stage_of(node.line) in (SCHEDULE, CASH)
            return "" if known else f"{node.line.name!r} is not a line by month"
        if isinstance(node, Call | Number | Lookup):
            return ""
        return f"{type(node).__name__} is not part of a formula"

    def _stage_of(self, line: Line) -> str:
        item = self._definitions.get(line.name) or self._declared.get(line.name)
        return item.line.stage if item else ""

    def _problem_with_line(self, line: Line, node: Line, checking: bool) -> str:
        if node.name in self._declared:
            return f"{node.name!r} is used before it is defined; only prev({node.name}) may be"
        if node.name not in self._definitions:
            return f"no line {node.name!r}; {nearest(node.name, self._definitions)}"
        if node.stage not in MAY_USE[line.stage]:
            return f"a {line.stage} line cannot use the {node.stage} line {node.name!r}"
        if node.name in self._superseded and not checking:
            now = self._superseded[node.name]
            return (
                f"{node.name!r} is a past balance: it was paid from or into since; ask for {now!r}, or for the opening"
            )
        return ""

    def _problem_with_previous(self, line: Line, node: Previous) -> str:
        item = self._definitions.get(node.line.name) or self._declared.get(node.line.name)
        if line.stage not in (SCHEDULE, CASH):
            return f"a {line.stage} line has no month before"
        if item is None:
            return f"no line {node.line.name!r}; declare it, with its opening, before a formula looks back at it"
        if item.line.stage not in MAY_USE[line.stage]:
            return f"a {line.stage} line cannot look back at the {item.line.stage} line {node.line.name!r}"
        if not item.opening:
            return f"{node.line.name!r} has no opening, so nothing stands before its first month"
        if node.months > MAX_LOOK_BACK:
            return f"it looks back {node.months} months; {MAX_LOOK_BACK} at most"
        self._history = max(self._history, node.months)
        return ""


def _openings(opening: Expr | int | Sequence[Expr] | None) -> tuple[Expr, ...]:
    if opening is None:
        return ()
    if isinstance(opening, Expr | int):
        return (as_expr(opening),)
    return tuple(as_expr(value) for value in opening)
