"""Say how a line came to its number in a month: its formula, with the values that went in.

The recursion stops at the month before and at other payments. Of a sum over the states of the deal it shows the term of
the present state only. The values are those of the run; nothing is worked out a second time except what a formula holds
between its lines.
"""

from __future__ import annotations

from dataclasses import dataclass

from dealmodel.basics.errors import DealFileError, Issue, nearest
from dealmodel.lines.evaluate import evaluate
from dealmodel.lines.expressions import (
    Call,
    Expr,
    Line,
    Number,
    Param,
    total_of,
    walk,
)
from dealmodel.lines.model import Definition, text_of
from dealmodel.lines.trace import Trace

MAX_DEPTH = 12


@dataclass(frozen=True, slots=True)
class Explanation:
    """One line of an explanation.

    Parameters
    ----------
    depth : int
        0 for the line asked for, 1 for what its formula uses, and so on.
    name, value, unit : str and float
        What it is, and its number.
    formula : str
        Its formula in words; empty for an input.
    filled : str
        The same with values in the place of names.
    path : str
        The place in the deal file that made it.
    label : str
        What it is in trade words.
    """

    depth: int
    name: str
    value: float
    unit: str
    formula: str
    filled: str
    path: str
    label: str = ""


def explain(trace: Trace, name: str, month: int) -> list[Explanation]:
    """Explain a line in a month, the outermost line first, each line once.

    Errors: DealFileError for an unknown line or a month outside 1..T.
    """
    definition = trace.model.definitions.get(name)
    if definition is None:
        hint = nearest(name, trace.model.definitions)
        raise DealFileError(trace.model.name, [Issue(name, "no line has this name", hint=hint, code="DM-REF-020")])
    if not 1 <= month <= trace.model.periods:
        allowed = f"months are 1 to {trace.model.periods}"
        raise DealFileError(trace.model.name, [Issue(name, f"there is no month {month}", allowed, code="DM-REF-021")])
    told: list[Explanation] = []
    _tell(trace, definition, month, 0, told, set())
    return told


def _tell(
    trace: Trace, definition: Definition, month: int, depth: int, told: list[Explanation], seen: set[str]
) -> None:
    seen.add(definition.name)
    formula = shown(definition.formula, trace, month)
    told.append(
        Explanation(
            depth,
            definition.name,
            trace.value(definition.name, month),
            definition.line.unit,
            text_of(formula),
            filled(formula, trace, month),
            definition.path,
            definition.label,
        )
    )
    for node in walk(formula):
        if isinstance(node, Param) and node.path not in seen:
            seen.add(node.path)
            told.append(_input(trace, node, month, depth + 1))
        elif isinstance(node, Line) and node.name not in seen:
            inner = trace.model.definitions[node.name]
            if depth < MAX_DEPTH and (inner.role != "payment" or (definition.role == "payment" and _sums(definition))):
                _tell(trace, inner, month, depth + 1, told, seen)


def _sums(definition: Definition) -> bool:
    """Whether a payment line only adds up the payments of lists, and so does not explain itself."""
    nodes = [node for node in walk(definition.formula) if isinstance(node, Call)]
    return all(node.operation in ("sum_states", "add") for node in nodes)


def _input(trace: Trace, node: Param, month: int, depth: int) -> Explanation:
    item = trace.model.input_by_path[node.path]
    return Explanation(depth, node.path, trace.param(node, month), node.unit, "", "", node.path, item.label)


def shown(node: Expr, trace: Trace, month: int) -> Expr:
    """A formula with only the terms of the present state of each sum over states."""
    if isinstance(node, Call):
        if node.operation == "sum_states":
            active = [
                shown(term, trace, month)
                for flags, term in zip(node.flags, node.args, strict=True)
                if not flags or any(trace.value(flag.name, month) for flag in flags)
            ]
            return total_of(active) if active else Number(0.0)
        return Call(node.operation, tuple(shown(argument, trace, month) for argument in node.args), node.digits)
    return node


def filled(node: Expr, trace: Trace, month: int) -> str:
    """A formula with values in the place of names."""
    if isinstance(node, Call):
        parts = [filled(argument, trace, month) for argument in node.args]
        names = [f"\x00{index}\x00" for index in range(len(parts))]
        pattern = text_of(Call(node.operation, tuple(Param(name, "") for name in names), node.digits))
        for name, part in zip(names, parts, strict=True):
            pattern = pattern.replace(name, part)
        return pattern
    return figure(evaluate(node, trace, month))


def figure(value: float) -> str:
    """A number as people write it: amounts with commas and cents, small ones with their digits."""
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.2f}" if abs(value) >= 1000 else f"{value:.9g}"
