"""Formulas over all months of one scenario at once: a line is an array of shape (T,), a lag a window further back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from dealmodel.lines.arithmetic import Floats
from dealmodel.lines.block_writer import BlockWriter
from dealmodel.lines.expressions import Ahead, Expr, Line, Param, Previous, Reduce, SumAhead
from dealmodel.lines.model import Definition, Model
from dealmodel.lines.names import NEVER, identifier


class ColumnWriter(BlockWriter):
    """A block writer whose arrays are the months of one scenario.

    Numbers of the deal are `P[i]`, constants `K[i]`.
    """

    def __init__(self, model: Model) -> None:
        single = [item.path for item in model.inputs if not item.monthly]
        monthly = [item.path for item in model.inputs if item.monthly]
        super().__init__({item.name for item in model.monthly}, set(monthly))
        self.params = {path: f"P[{number}]" for number, path in enumerate(single)}
        self.monthly = {path: f"s{number}" for number, path in enumerate(monthly)}
        self._constants = {item.name: f"K[{number}]" for number, item in enumerate(model.constants)}

    def code(self, node: Expr) -> str:
        """What stands for a value."""
        if isinstance(node, Line) and node.name in self._constants:
            return self._constants[node.name]
        return super().code(node)

    def _compute(self, node: Expr, target: str | None) -> str:
        if isinstance(node, Ahead):
            return self._assign(f"op.column_ahead({identifier(node.line.name)}, {{0}})", [node.months], target)
        if isinstance(node, SumAhead):
            rest = f"op.column_rest({identifier(node.line.name)}"
            return self._assign(rest + (", {0})" if node.until is not None else ")"), _until(node), target)
        return super()._compute(node, target)


def _until(node: SumAhead) -> list[Expr]:
    return [] if node.until is None else [node.until]


def monthly_inputs(writer: ColumnWriter, nodes: Iterable[Expr]) -> list[str]:
    """Statements that make arrays of the inputs by month that formulas read."""
    used = {node.path for node in nodes if isinstance(node, Param)}
    return [f"{word} = np.array(S[{word[1:]}])" for path, word in writer.monthly.items() if path in used]


def windows(definitions: Iterable[Definition], nodes: Iterable[Expr]) -> dict[tuple[str, int], None]:
    """Lines that formulas write and read, each with how many months back: (name, 0) is the month itself."""
    found = {(item.name, 0): None for item in definitions}
    for node in nodes:
        if isinstance(node, Line) and node.stage != "constant":
            found[node.name, 0] = None
        elif isinstance(node, Ahead | SumAhead):
            found[node.line.name, 0] = None
        elif isinstance(node, Previous):
            found[node.line.name, node.months] = None
    return found


def reduced(nodes: Sequence[Reduce], place: Mapping[str, int], months: Floats) -> list[float]:
    """Reductions of lines, whose months are an array of shape (L, T), each added up in the order of the months."""
    if not nodes:
        return []
    rows = months[[place[node.line.name] for node in nodes]]
    wholes = {
        "total": np.cumsum(rows, axis=1)[:, -1].tolist(),
        "lowest": rows.min(axis=1).tolist(),
        "highest": rows.max(axis=1).tolist(),
        "last": rows[:, -1].tolist(),
        "first_month": np.where(rows.any(axis=1), (rows != 0.0).argmax(axis=1) + 1.0, float(NEVER)).tolist(),
    }
    return [float(wholes[node.how][number]) for number, node in enumerate(nodes)]
