"""Work out a formula from the values of a run: for openings and explanations, never for a run itself."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol

from dealmodel.lines.arithmetic import round_to
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
)


class Traced(Protocol):
    """A run whose values can be asked for."""

    @property
    def periods(self) -> int:
        """Number of months, T."""

    def value(self, name: str, month: int) -> float:
        """Value of a line in a month; in month 0 and before, its opening."""

    def months(self, name: str) -> list[float]:
        """Values of a line in the months 1..T."""

    def param(self, node: Param, month: int) -> float:
        """Value of an input in a month."""


def evaluate(node: Expr, trace: Traced, month: int) -> float:
    """Value of a formula from the values of the run."""
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Param):
        return trace.param(node, month)
    if isinstance(node, Line):
        return trace.value(node.name, month)
    if isinstance(node, Previous):
        return trace.value(node.line.name, month - node.months)
    if isinstance(node, Ahead):
        later = month + int(evaluate(node.months, trace, month))
        return trace.value(node.line.name, later) if later <= trace.periods else 0.0
    if isinstance(node, SumAhead):
        until = trace.periods if node.until is None else int(evaluate(node.until, trace, month))
        rest = range(min(until, trace.periods), month, -1)
        return sum((trace.value(node.line.name, when) for when in rest), 0.0)
    if isinstance(node, Lookup):
        index = evaluate(node.index, trace, month)
        return node.values[int(min(max(index, 0), len(node.values) - 1))]
    if isinstance(node, Reduce):
        return _reduce(node, trace.months(node.line.name))
    if isinstance(node, Call):
        return _OPERATIONS[node.operation](node.digits, *(evaluate(item, trace, month) for item in node.args))
    raise TypeError(f"{type(node).__name__} is not part of a formula")


def _reduce(node: Reduce, months: list[float]) -> float:
    if node.how == "first_month":
        return next((float(month) for month, value in enumerate(months, 1) if value), 9999.0)
    reductions: dict[str, Callable[[list[float]], float]] = {
        "total": sum,
        "lowest": min,
        "highest": max,
        "last": lambda values: values[-1],
    }
    return reductions[node.how](months)


_OPERATIONS: dict[str, Callable[..., float]] = {
    "add": lambda _, a, b: a + b,
    "sub": lambda _, a, b: a - b,
    "mul": lambda _, a, b: a * b,
    "div": lambda _, a, b: a / b,
    "neg": lambda _, a: 0.0 - a,
    "abs": lambda _, a: abs(a),
    "min": lambda _, a, b: min(a, b),
    "max": lambda _, a, b: max(a, b),
    "where": lambda _, condition, a, b: a if condition else b,
    "lt": lambda _, a, b: float(a < b),
    "le": lambda _, a, b: float(a <= b),
    "gt": lambda _, a, b: float(a > b),
    "ge": lambda _, a, b: float(a >= b),
    "both": lambda _, a, b: float(bool(a and b)),
    "either": lambda _, a, b: float(bool(a or b)),
    "negate": lambda _, a: float(not a),
    "ratio": lambda _, a, b, otherwise: a / b if b else otherwise,
    "power": lambda _, a, b: math.pow(a, b),
    "exp": lambda _, a: math.exp(a),
    "log": lambda _, a: math.log(a),
    "round": lambda digits, a: round_to(a, digits),
    "sum_states": lambda _, *terms: sum(terms),
}
