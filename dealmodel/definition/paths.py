"""Paths of a deal as a tree, so that a path with `*` finds what it names, or says where it goes wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True)
class PathTree:
    """Keys beneath each key.

    Parameters
    ----------
    path : str
        Place of this node; empty at the top.
    inside : mapping from key to PathTree
    """

    path: str = ""
    inside: dict[str, PathTree] = field(default_factory=dict)

    @classmethod
    def of(cls, paths: Iterable[str]) -> PathTree:
        """Make the tree of some paths."""
        top = cls()
        for path in paths:
            node = top
            for key in path.split("."):
                place = f"{node.path}.{key}" if node.path else key
                node = node.inside.setdefault(key, cls(place))
        return top

    def find(self, keys: list[str]) -> Iterator[PathTree]:
        """Nodes that a path names; `*` stands for every key at its level."""
        if not keys:
            yield self
            return
        chosen = self.inside.values() if keys[0] == "*" else filter(None, [self.inside.get(keys[0])])
        for node in chosen:
            yield from node.find(keys[1:])

    def first_failing(self, keys: list[str]) -> tuple[int, list[str]] | None:
        """Which key of a path, counted from 0, leads nowhere, and the keys that lead on there; None if all do."""
        nodes: list[PathTree] = [self]
        for number, key in enumerate(keys):
            known = list(dict.fromkeys(word for node in nodes for word in node.inside))
            nodes = [found for node in nodes for found in node.find([key])]
            if not nodes:
                return number, known
        return None


def may_reach(pattern: list[str], broken: Iterable[str]) -> bool:
    """Whether a path with `*` may lead into, or stop before, a part that could not be read."""
    for path in broken:
        keys = path.partition("[")[0].split(".") if path else []
        if keys and all(want in ("*", key) for want, key in zip(pattern, keys, strict=False)):
            return True
    return False
