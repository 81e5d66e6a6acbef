"""The Model: one deal's arithmetic as an ordered list of lines. It knows no deal, no file and no table."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

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
    walk,
)
from dealmodel.lines.inputs import BASE, Input
from dealmodel.lines.supplies import Supply


@dataclass(frozen=True, slots=True)
class Definition:
    """A line and how it is worked out.

    Parameters
    ----------
    line, formula
        What is defined, over what.
    opening : tuple of Expr
        Values in month 0, -1, ... as far as `prev` looks back; constants.
    path : str
        The place in the deal file that made it.
    section, group, label : str
        Where and under which words a reader finds it.
    role : str
        `payment` ends an explanation; `flag`, `check`, `balance`, `due` and `ratio` are shown as such.
    """

    line: Line
    formula: Expr
    opening: tuple[Expr, ...] = ()
    path: str = ""
    section: str = ""
    group: str = ""
    label: str = ""
    role: str = ""

    @property
    def name(self) -> str:
        """The line's name."""
        return self.line.name


@dataclass(frozen=True, eq=False)
class Model:
    """A deal's lines in the order in which a month works them out.

    `constants` are worked out once a scenario; `monthly` holds schedule lines, then cash lines; `summary` lines are
    numbers over the whole life. `history` is how many months before the first the formulas look at. `supplies` give
    inputs by month that are worked out outside the lines.
    """

    name: str
    title: str
    periods: int
    history: int
    inputs: tuple[Input, ...]
    constants: tuple[Definition, ...]
    monthly: tuple[Definition, ...]
    summary: tuple[Definition, ...]
    scenarios: Mapping[str, str] = field(default_factory=lambda: {BASE: "Base"})
    period_ends: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    supplies: tuple[Supply, ...] = ()

    @cached_property
    def definitions(self) -> dict[str, Definition]:
        """Every line by its name."""
        return {item.name: item for item in (*self.constants, *self.monthly, *self.summary)}

    @cached_property
    def nodes(self) -> dict[str, tuple[Expr, ...]]:
        """Every part of each line's formula, by the line's name."""
        return {name: tuple(walk(item.formula)) for name, item in self.definitions.items()}

    @cached_property
    def input_by_path(self) -> dict[str, Input]:
        """Every input by its path."""
        return {item.path: item for item in self.inputs}

    @cached_property
    def operations(self) -> int:
        """Number of operations of one month: additions, minima, comparisons, looks ahead and up, and so on."""
        return sum(operations_in(item.formula) for item in self.monthly)

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the formulas and base inputs: two Models with one hash give the same numbers."""
        digest = hashlib.sha256(f"{self.name} {self.periods}".encode())
        for item in self.inputs:
            digest.update(f"\n{item.path}={item.value!r} {sorted(item.changes.items())!r}".encode())
        for supply in self.supplies:
            digest.update(f"\n{supply.name} reads {supply.reads} gives {supply.gives} {supply.mark}".encode())
        for definition in self.definitions.values():
            opening = [text_of(value) for value in definition.opening]
            digest.update(f"\n{definition.name}:={text_of(definition.formula)} {opening}".encode())
        return digest.hexdigest()


def operations_in(formula: Expr) -> int:
    """Operations of a formula; a sum of n terms counts n - 1."""
    count = 0
    for node in walk(formula):
        if isinstance(node, Call):
            count += len(node.args) - 1 if node.operation == "sum_states" else 1
        elif isinstance(node, Ahead | SumAhead | Lookup):
            count += 1
    return count


_SIGNS = {"add": "+", "sub": "-", "mul": "*", "div": "/", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}


def text_of(node: Expr) -> str:
    """A formula in words and signs, fully bracketed; for people, hashes and messages."""
    if isinstance(node, Number):
        return f"{node.value:g}"
    if isinstance(node, Param):
        return node.path
    if isinstance(node, Line):
        return node.name
    if isinstance(node, Previous):
        return f"prev({node.line.name})" if node.months == 1 else f"prev({node.line.name}, {node.months})"
    if isinstance(node, Ahead):
        return f"ahead({node.line.name}, {text_of(node.months)})"
    if isinstance(node, SumAhead):
        return f"sum_ahead({node.line.name}{'' if node.until is None else ', until ' + text_of(node.until)})"
    if isinstance(node, Reduce):
        return f"{node.how}({node.line.name})"
    if isinstance(node, Lookup):
        return f"lookup({node.table}, {text_of(node.index)})"
    if not isinstance(node, Call):
        raise TypeError(f"{type(node).__name__} is not part of a formula")
    parts = [text_of(argument) for argument in node.args]
    if node.operation in _SIGNS:
        return f"({parts[0]} {_SIGNS[node.operation]} {parts[1]})"
    if node.operation == "sum_states":
        return "(" + " + ".join(parts) + ")"
    if node.operation == "round":
        parts.append(str(node.digits))
    return f"{node.operation}({', '.join(parts)})"
