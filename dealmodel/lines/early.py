"""When a month can work out the parts of its checks: as soon as what they read is there, while it is still at hand.

A check reads lines of the whole month. Worked out at the month's end, it would fetch each of them from far away, and
keep its array from being used again until then. What is worked out does not change, only when.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from dealmodel.lines.expressions import Call, Expr, Line, children
from dealmodel.lines.model import Definition


class EarlyParts:
    """The parts of check formulas by the place of the definition after which each can be worked out.

    Parameters
    ----------
    definitions : sequence of Definition
        The lines of a month, in order.
    """

    def __init__(self, definitions: Sequence[Definition]) -> None:
        self._place = {item.name: place for place, item in enumerate(definitions)}
        self._ready: dict[int, int] = {}
        self.after: dict[int, list[Call]] = {}
        self.last_use = {item.name: place for place, item in enumerate(definitions)}
        checks = [item for item in definitions if item.role == "check"]
        uses = Counter(id(node) for item in checks for node in _calls(item.formula))
        for place, item in enumerate(definitions):
            if item.role == "check":
                self._schedule(item, place, uses)
            else:
                self._note_uses(item.formula, place)

    def _schedule(self, item: Definition, place: int, uses: Counter[int]) -> None:
        for node in _calls(item.formula):
            whole = node is item.formula or uses[id(node)] > 1
            when = place if whole else self._when(node)
            if not whole:
                self._ready[id(node)] = when
                self.after.setdefault(when, []).append(node)
            for part in children(node):
                self._note_uses(part, when, deep=id(part) not in self._ready)
        if not isinstance(item.formula, Call):
            self._note_uses(item.formula, place)

    def _when(self, node: Expr) -> int:
        """Place of the last definition that a part reads; 0 where it reads none of this month."""
        if isinstance(node, Line):
            return self._place.get(node.name, 0)
        if id(node) in self._ready:
            return self._ready[id(node)]
        return max((self._when(child) for child in children(node)), default=0)

    def _note_uses(self, node: Expr, place: int, *, deep: bool = True) -> None:
        if isinstance(node, Line) and node.name in self.last_use:
            self.last_use[node.name] = max(self.last_use[node.name], place)
        if deep:
            for child in children(node):
                self._note_uses(child, place)


def _calls(node: Expr) -> Iterator[Call]:
    """Calls of a formula, the innermost first."""
    for child in children(node):
        yield from _calls(child)
    if isinstance(node, Call):
        yield node
