"""In which order one scenario is worked out: all months at once where that can be, month by month where it must.

A line that looks back at itself, at once or by way of others, needs its months one after the other: a balance, an age,
a count. Every other line is worked out for all months together once the lines that it reads are there. The formulas
are the same either way, and so are the numbers, to the last digit.
"""

from __future__ import annotations

from dataclasses import dataclass

from dealmodel.lines.expressions import Ahead, Line, Previous, SumAhead
from dealmodel.lines.model import Definition, Model


@dataclass(frozen=True, slots=True)
class Stage:
    """Lines worked out for all months at once, each after those that it reads; then lines worked out month by month.

    The latter stand in the Model's order, which is that of a month.
    """

    columns: tuple[Definition, ...]
    loop: tuple[Definition, ...]


def stages_of(model: Model) -> tuple[Stage, ...]:
    """Divide the lines by month into stages, each of which rests on those before."""
    place = {item.name: number for number, item in enumerate(model.monthly)}
    reads: list[list[int]] = []
    ahead: list[set[int]] = []
    for item in model.monthly:
        near: dict[int, None] = {}
        far = set()
        for node in model.nodes[item.name]:
            if isinstance(node, Line):
                if node.name in place:
                    near[place[node.name]] = None
            elif isinstance(node, Previous):
                near[place[node.line.name]] = None
            elif isinstance(node, (Ahead, SumAhead)):
                far.add(place[node.line.name])
        reads.append([*near, *far])
        ahead.append(far)
    stage = [0] * len(reads)
    recursive = [False] * len(reads)
    in_order: list[int] = []
    for group in circles(reads):
        looped = len(group) > 1 or any(line in reads[line] for line in group)
        level = 0
        for line in group:
            for other in reads[line]:
                if other not in group:
                    after_loop = recursive[other] and (not looped or other in ahead[line])
                    level = max(level, stage[other] + after_loop)
        for line in group:
            stage[line], recursive[line] = level, looped
        in_order += group
    columns: list[list[Definition]] = [[] for _ in range(max(stage, default=0) + 1)]
    loops: list[list[Definition]] = [[] for _ in columns]
    for number in in_order:  # a line may look back at one that the Model defines after it
        if not recursive[number]:
            columns[stage[number]].append(model.monthly[number])
    for number, item in enumerate(model.monthly):
        if recursive[number]:
            loops[stage[number]].append(item)
    return tuple(Stage(tuple(here), tuple(loop)) for here, loop in zip(columns, loops, strict=True))


def circles(reads: list[list[int]]) -> list[frozenset[int]]:
    """Groups of lines that rest on each other, each after the groups that it rests on (Tarjan, 1972)."""
    number: dict[int, int] = {}
    low: dict[int, int] = {}
    waiting: list[int] = []
    inside: set[int] = set()
    found: list[frozenset[int]] = []
    for start in range(len(reads)):
        if start in number:
            continue
        path = [(start, iter(reads[start]))]
        number[start] = low[start] = len(number)
        waiting.append(start)
        inside.add(start)
        while path:
            line, others = path[-1]
            for other in others:
                if other not in number:
                    number[other] = low[other] = len(number)
                    waiting.append(other)
                    inside.add(other)
                    path.append((other, iter(reads[other])))
                    break
                if other in inside:
                    low[line] = min(low[line], number[other])
            else:
                path.pop()
                if path:
                    low[path[-1][0]] = min(low[path[-1][0]], low[line])
                if low[line] == number[line]:
                    cut = waiting.index(line)
                    group = waiting[cut:]
                    del waiting[cut:]
                    inside.difference_update(group)
                    found.append(frozenset(group))
    return found
