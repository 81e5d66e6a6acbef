"""What the lines of a Model rest on: how far they look back and ahead, and which reductions are asked for."""

from __future__ import annotations

from collections.abc import Iterable

from dealmodel.lines.expressions import Ahead, Expr, Line, Previous, Reduce, SumAhead
from dealmodel.lines.model import Definition, Model
from dealmodel.lines.writer import reduction_name


def reductions_of(model: Model) -> list[Reduce]:
    """Every reduction that the summary lines use, once each."""
    found: dict[str, Reduce] = {}
    for item in model.summary:
        for node in model.nodes[item.name]:
            if isinstance(node, Reduce):
                found.setdefault(reduction_name(node), node)
    return list(found.values())


def looked_back_at(nodes: Iterable[Expr]) -> dict[str, int]:
    """How far formulas look back at each line, from all their parts, in months."""
    lags: dict[str, int] = {}
    for node in nodes:
        if isinstance(node, Previous):
            lags[node.line.name] = max(node.months, lags.get(node.line.name, 0))
    return lags


def looked_ahead_at(model: Model) -> list[str]:
    """Schedule lines whose later months some formula needs."""
    found: dict[str, None] = {}
    for item in model.monthly:
        for node in model.nodes[item.name]:
            if isinstance(node, Ahead | SumAhead):
                found[node.line.name] = None
    return list(found)


def needed_for(model: Model, names: list[str]) -> tuple[Definition, ...]:
    """The definitions that some lines rest on, in order."""
    needed, stack = set(), list(names)
    monthly = {item.name: item for item in model.monthly}
    while stack:
        name = stack.pop()
        if name in needed or name not in monthly:
            continue
        needed.add(name)
        for node in model.nodes[name]:
            if isinstance(node, Line):
                stack.append(node.name)
            elif isinstance(node, Previous):
                stack.append(node.line.name)
    return tuple(item for item in model.monthly if item.name in needed)
