"""Where in the file a value comes from: its own row, or the `defaults` of its family."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from dealmodel.basics.errors import Issue
from dealmodel.io.places import Path, Place, dotted

DEFAULTS = "defaults"
_ENDS = ".["


def steps_of(text: str, data: Any) -> tuple[Path, str]:
    """Split a dotted path into the steps that exist in plain data, and the text of the rest.

    Where keys hold dots themselves, the longest key that fits is taken. Lists are counted from 1 in the text and from 0
    in the steps.
    """
    steps: list[str | int] = []
    node = data
    while text:
        key = _first_key(text, node)
        if key is None:
            break
        steps.append(key)
        node = node[key]
        text = text[len(f"[{key + 1}]") if isinstance(key, int) else len(key) :].removeprefix(".")
    return tuple(steps), text


def value_at(steps: Path, data: Any) -> Any:
    """Value at steps that exist."""
    for step in steps:
        data = data[step]
    return data


def _first_key(text: str, node: Any) -> str | int | None:
    if isinstance(node, list | tuple):
        number, closed, _ = text.removeprefix("[").partition("]")
        if closed and number.isdecimal() and 0 < int(number) <= len(node):
            return int(number) - 1
        return None
    if isinstance(node, Mapping):
        ends = [at for at, character in enumerate(text) if character in _ENDS]
        return next((text[:end] for end in (len(text), *reversed(ends)) if text[:end] in node), None)
    return None


@dataclass(frozen=True)
class Origins:
    """Finds the place in the file of a path of the deal.

    Parameters
    ----------
    raw : mapping
        The file as written.
    merged : mapping
        The file with `defaults` filled in.
    places : mapping from path to Place
        Empty for a deal that was no file.
    """

    raw: Mapping[str, Any]
    merged: Mapping[str, Any]
    places: Mapping[Path, Place]

    def in_file_order(self, issues: Iterable[Issue]) -> tuple[Issue, ...]:
        """Give issues their places; each thing is said once, in the order in which it stands in the file."""
        located: dict[tuple[str, str], tuple[tuple[int, int], Issue]] = {}
        for issue in issues:
            order, found = self._located(issue)
            located.setdefault((found.path, found.what), (order, found))
        return tuple(issue for _, issue in sorted(located.values(), key=lambda item: item[0]))

    def _located(self, issue: Issue) -> tuple[tuple[int, int], Issue]:
        steps, rest = steps_of(issue.path, self.merged)
        origin, whole = self._origin(steps)
        path = issue.path
        if DEFAULTS in origin:
            missing = dotted(steps[len(origin) :]) if not whole else rest
            path = dotted(origin) + (f".{missing}" if missing and not missing.startswith("[") else missing)
        place = next((self.places[origin[:n]] for n in range(len(origin), -1, -1) if origin[:n] in self.places), None)
        if place is None:
            return (self._order.get(origin, 0), 0), replace(issue, path=path)
        return place, replace(issue, path=path, line=place.line, column=place.column)

    def _origin(self, steps: Path) -> tuple[Path, bool]:
        """Path in the file of the value at merged steps, or of what surrounds it; and whether it is there."""
        candidates: list[tuple[Path, Any]] = [((), self.raw)]
        for step in steps:
            inner: list[tuple[Path, Any]] = []
            for path, node in candidates:
                inner += _children(path, node, step)
            if not inner:
                return candidates[0][0], False
            candidates = _up_to_plain(inner)
        return candidates[0][0], True

    @cached_property
    def _order(self) -> dict[Path, int]:
        """Position of every path of the file, for a deal without places."""
        found: dict[Path, int] = {}
        waiting: list[tuple[Path, Any]] = [((), self.raw)]
        while waiting:
            path, node = waiting.pop()
            found[path] = len(found)
            if isinstance(node, Mapping):
                waiting += [((*path, key), value) for key, value in reversed(list(node.items()))]
            elif isinstance(node, list | tuple):
                waiting += [((*path, at), value) for at, value in reversed(list(enumerate(node)))]
        return found


def _children(path: Path, node: Any, step: str | int) -> list[tuple[Path, Any]]:
    """Where a step may lead: to the row itself, then to the `defaults` that serve it."""
    if isinstance(node, list | tuple) and isinstance(step, int):
        return [((*path, step), node[step])]
    if not isinstance(node, Mapping):
        return []
    found = [((*path, step), node[step])] if step in node else []
    return [*found, ((*path, DEFAULTS), node[DEFAULTS])] if DEFAULTS in node else found


def _up_to_plain(candidates: list[tuple[Path, Any]]) -> list[tuple[Path, Any]]:
    """Leave out what a plain value or a list before it hides."""
    for number, (_, node) in enumerate(candidates, 1):
        if not isinstance(node, Mapping):
            return candidates[:number]
    return candidates
