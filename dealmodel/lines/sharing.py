"""Find what a month would work out twice, or every month alike, so that generated code works it out once.

Two parts of formulas are the same if they are written the same, over the same lines and inputs. Working one out once
gives the very same number, so that no result depends on this.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

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
    children,
)

Key = tuple[object, ...]


class Sharing:
    """Numbers the distinct parts of a set of formulas, and tells which are constant and which recur."""

    def __init__(self, formulas: Iterable[Expr]) -> None:
        self._numbers: dict[Key, int] = {}
        self._of_node: dict[int, int] = {}
        self._constant: list[bool] = []
        self._uses: Counter[int] = Counter()
        self._kept: list[Expr] = []
        for formula in formulas:
            self._uses[self.number(formula)] += 1

    def number(self, node: Expr) -> int:
        """Number of a part of a formula: equal for parts that are written the same."""
        known = self._of_node.get(id(node))
        if known is not None:
            return known
        inner = [self.number(child) for child in (node.args if type(node) is Call else children(node))]
        key = (*_head(node), *inner)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self._constant)
            self._constant.append(_is_constant(node) and all(self._constant[child] for child in inner))
            self._uses.update(inner)
        self._of_node[id(node)] = number
        self._kept.append(node)  # its id must stay its own
        return number

    def is_constant(self, node: Expr) -> bool:
        """Whether a part is the same in every month of a scenario."""
        return self._constant[self.number(node)]

    def recurs(self, node: Expr) -> bool:
        """Whether a part stands in more than one place."""
        return self._uses[self.number(node)] > 1


def _head(node: Expr) -> Key:
    if isinstance(node, Call):
        return ("call", node.operation, node.digits)
    if isinstance(node, Line):
        return ("line", node.name)
    if isinstance(node, Param):
        return ("param", node.path)
    if isinstance(node, Number):
        return ("number", node.value)
    if isinstance(node, Previous):
        return ("prev", node.line.name, node.months)
    if isinstance(node, Ahead):
        return ("ahead", node.line.name)
    if isinstance(node, SumAhead):
        return ("sum_ahead", node.line.name)
    if isinstance(node, Lookup):
        return ("lookup", node.table, node.values)
    if isinstance(node, Reduce):
        return ("reduce", node.how, node.line.name)
    raise TypeError(f"{type(node).__name__} is not part of a formula")


def _is_constant(node: Expr) -> bool:
    if isinstance(node, Param):
        return not node.monthly
    if isinstance(node, Line):
        return node.stage == "constant"
    return isinstance(node, Call | Number | Lookup)
