"""A deal file half read: what could be read, and the names of what could not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from dealmodel.basics.errors import Issue
from dealmodel.definition.deal import Deal
from dealmodel.definition.messages import close_to, listed, said
from dealmodel.definition.numbers import DealField, DealNumber, deal_fields, numbers_among
from dealmodel.definition.origins import steps_of, value_at

UNKNOWN_NAME, TWICE, EMPTY = "DM-REF-001", "DM-REF-003", "DM-REF-004"

ROW_WORDS = {
    "market.generations": "generation",
    "market.rates": "rate",
    "market.launches": "launch",
    "collateral.cohorts": "cohort",
    "collateral.pools": "pool",
    "customers": "customer",
    "parties": "party",
    "contracts": "contract",
    "tranches": "tranche",
    "fees": "fee",
    "accounts": "account",
    "amounts": "amount",
    "tests": "test",
    "states": "state",
    "waterfalls": "list",
    "scenarios": "scenario",
    "sources": "source",
    "provenance": "row",
}
"""What a row of each family is called in messages."""

SECTIONS = frozenset(["", "deal", "market", "collateral"])


@dataclass(frozen=True)
class Draft:
    """What cross-checks look at.

    Parameters
    ----------
    deal : Deal
        Holds every row that can be read; a part that cannot be read is None.
    data : mapping
        The whole file, with `defaults` filled in.
    broken : frozenset of str
        Paths of what could not be read, each row and everything around it.
    """

    deal: Deal
    data: Mapping[str, Any]
    broken: frozenset[str]

    def ids(self, family: str) -> tuple[str, ...]:
        """Ids of a family, of unreadable rows too."""
        return tuple(self.rows(family))

    def rows(self, family: str) -> Mapping[str, Any]:
        """Rows of a family as they stand in the file, by id."""
        node: Any = self.data
        for key in family.split("."):
            node = node.get(key, {}) if isinstance(node, Mapping) else {}
        return node if isinstance(node, Mapping) else {}

    def knows(self, family: str) -> bool:
        """Whether the ids of a family are known: it is there, and is a mapping."""
        node: Any = self.data
        for key in family.split("."):
            if not isinstance(node, Mapping) or (key not in node and family in self.broken):
                return False
            node = node.get(key, {})
        return isinstance(node, Mapping)

    def is_whole(self, path: str) -> bool:
        """Whether everything at a path and beneath it could be read."""
        return path not in self._around

    @cached_property
    def fields(self) -> list[DealField]:
        """Every field that could be read and may hold numbers, in file order."""
        return list(deal_fields(self.deal))

    @cached_property
    def numbers(self) -> dict[str, DealNumber]:
        """Numbers, moments and dates that could be read, by path."""
        return numbers_among(self.fields)

    @cached_property
    def mentioned(self) -> frozenset[str]:
        """Words of the rows that could not be read: what they name counts as used."""
        rows = self.broken - SECTIONS
        found = (value_at(steps_of(path, self.data)[0], self.data) for path in rows)
        return frozenset(word for value in found for word in _words(value))

    @cached_property
    def _around(self) -> frozenset[str]:
        """Paths of what could not be read, and of everything that holds it."""
        inside = {path[:at] for path in self.broken for at, character in enumerate(path) if character in ".["}
        return frozenset(inside | self.broken)

    def unknown(self, path: str, name: str, family: str) -> Iterator[Issue]:
        """Yield an issue if a name is not the id of a row of a family."""
        if self.knows(family) and name not in self.rows(family):
            ids = self.ids(family)
            what = f"no {ROW_WORDS[family]} {said(name)}"
            have = listed(ids, before="there is " if len(ids) == 1 else "there are ")
            yield Issue(path, what, have, close_to(name, ids), code=UNKNOWN_NAME)

    def unknown_in(self, path: str, names: str | Iterable[str], family: str) -> Iterator[Issue]:
        """Yield an issue for each name of a list that is not an id of a family, is named twice, or if there is none."""
        if isinstance(names, str):
            yield from self.unknown(path, names, family)
            return
        yield from repeated(path, tuple(names), ROW_WORDS[family])
        for number, name in enumerate(names, 1):
            yield from self.unknown(f"{path}[{number}]", name, family)


def repeated(path: str, names: tuple[str, ...], word: str) -> Iterator[Issue]:
    """Yield an issue if a list names nothing, and for each name that it names twice."""
    if not names:
        yield Issue(path, "an empty list", f"name at least one {word}", code=EMPTY)
    seen: set[str] = set()
    for number, name in enumerate(names, 1):
        if name in seen:
            yield Issue(f"{path}[{number}]", f"{said(name)} is named twice", code=TWICE)
        seen.add(name)


def _words(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield from (node, *node.split("."))
    elif isinstance(node, Mapping):
        for value in node.values():
            yield from _words(value)
    elif isinstance(node, tuple):
        for value in node:
            yield from _words(value)
