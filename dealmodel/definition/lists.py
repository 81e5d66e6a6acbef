"""The waterfalls of a half-read deal: which list uses which, what is reached, and what a list comes to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter

from dealmodel.definition.draft import Draft
from dealmodel.waterfall.step_base import Step
from dealmodel.waterfall.steps import Use, flattened

AT_CLOSING = "at_closing"
MOST_STEPS = 1000
MOST_NESTED = 50
MOST_CIRCLES = 10


def circles(leads_to: Mapping[str, Iterable[str]]) -> Iterator[list[str]]:
    """Find circles among names, ten at most, each whole: its first name comes again at the end."""
    place = {name: number for number, name in enumerate(leads_to)}
    left = {name: [other for other in others if other in leads_to] for name, others in leads_to.items()}
    for _ in range(MOST_CIRCLES):
        sorter = TopologicalSorter(left)
        try:
            sorter.prepare()
        except CycleError as error:
            circle = list(reversed(error.args[1]))
            start = min(circle[:-1], key=place.__getitem__)
            at = circle.index(start)
            yield [*circle[at:-1], *circle[:at], start]
            cut = set(circle)
            left = {name: [o for o in others if o not in cut] for name, others in left.items() if name not in cut}
        else:
            return


def around(circle: list[str]) -> str:
    """Print a circle: whole, unless it is longer than anyone would read."""
    if len(circle) <= MOST_NESTED:
        return " -> ".join(circle)
    return " -> ".join([*circle[:MOST_NESTED], f"... ({len(circle) - 1:,} names)"])


@dataclass(frozen=True)
class Lists:
    """Lists of steps and what they use."""

    draft: Draft

    @cached_property
    def uses(self) -> dict[str, list[str]]:
        """Lists that each list uses."""
        return {
            name: [step.use for step in steps if isinstance(step, Use)]
            for name, steps in self.draft.deal.waterfalls.items()
        }

    @cached_property
    def circles(self) -> list[list[str]]:
        """Circles of `use`."""
        return list(circles(self.uses))

    @cached_property
    def reached(self) -> frozenset[str]:
        """Names of the lists that a state names, the list at closing, and all that they use."""
        waiting = [AT_CLOSING, *self.paying]
        found: set[str] = set()
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += self.uses.get(name, [])
        return frozenset(found)

    @cached_property
    def paying(self) -> dict[str, list[str]]:
        """Lists that states name, with the states."""
        found: dict[str, list[str]] = {}
        for state, terms in self.draft.deal.states.items():
            found.setdefault(terms.waterfall, []).append(state)
        return found

    @cached_property
    def sizes(self) -> dict[str, tuple[int, int]]:
        """Steps of each list with the lists that it uses, and how deep they are nested; none where that has no end."""
        if self.circles:
            return {}
        found: dict[str, tuple[int, int]] = {}
        known = {name: [other for other in others if other in self.uses] for name, others in self.uses.items()}
        for name in TopologicalSorter(known).static_order():
            inner = [found[other] for other in known[name]]
            own = len(self.draft.deal.waterfalls[name]) - len(inner)
            found[name] = own + sum(size for size, _ in inner), 1 + max((depth for _, depth in inner), default=0)
        return found

    def is_too_long(self, name: str) -> bool:
        """Whether a list with all that it uses has more steps, or is nested deeper, than a deal may have."""
        size, depth = self.sizes.get(name, (0, 0))
        return size > MOST_STEPS or depth > MOST_NESTED

    def steps(self, name: str) -> list[Step] | None:
        """Steps of a list with those of the lists it uses; None where some of them could not be read."""
        if name not in self.sizes or self.is_too_long(name) or not self._is_whole(name):
            return None
        return flattened(self.draft.deal.waterfalls, name)

    def _is_whole(self, name: str) -> bool:
        waiting, seen = [name], set()
        while waiting:
            name = waiting.pop()
            if name not in self.uses or not self.draft.is_whole(f"waterfalls.{name}"):
                return False
            seen.add(name)
            waiting += [other for other in self.uses[name] if other not in seen]
        return True
