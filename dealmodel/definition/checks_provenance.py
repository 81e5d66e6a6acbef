"""Where numbers come from: rows by path, the most exact of which counts; every number has one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from dealmodel.basics.errors import DealError, Issue
from dealmodel.definition.deal import Deal, Provenance
from dealmodel.definition.draft import Draft
from dealmodel.definition.messages import close_to, listed, said
from dealmodel.definition.numbers import numeric_paths
from dealmodel.definition.paths import PathTree, may_reach

UNCOVERED, NO_NUMBER, NO_SOURCE = "DM-PRV-001", "DM-PRV-002", "DM-PRV-003"
MOST_SHOWN = 5

_POSITION = re.compile(r"\[[0-9]+\]")


class Row(NamedTuple):
    """A row of provenance with its path taken apart."""

    exactness: tuple[int, int, int, int]
    pattern: str
    keys: tuple[str, ...]
    provenance: Provenance

    def covers(self, keys: tuple[str, ...]) -> bool:
        """Whether the row speaks of a path: its keys match the first of the path's."""
        if len(self.keys) > len(keys):
            return False
        return all(_matches(want, key) for want, key in zip(self.keys, keys, strict=False))


def provenance_of(deal: Deal, path: str) -> Provenance:
    """Return where a number comes from.

    A row covers its path and everything beneath it. `*` stands for any characters inside one key. Of several rows the
    one with most keys without `*` counts, then the one with most keys, then with most characters beside `*`, then
    the last in the file.

    Parameters
    ----------
    deal : Deal
    path : str
        Place of the number, such as `tests.dscr_trap.at_least`.

    Returns
    -------
    Provenance

    Raises
    ------
    DealError
        If no row covers the path. Every number of a loaded deal is covered.
    """
    return provenance_in(rows_of(deal.provenance), path)


def provenance_in(rows: list[Row], path: str) -> Provenance:
    """`provenance_of` among rows that are taken apart already."""
    found = _covering(rows, path)
    if found is None:
        raise DealError(f"no provenance covers {path!r}")
    return found.provenance


def rows_of(provenance: Mapping[str, Provenance]) -> list[Row]:
    """Rows, the most exact first."""
    rows = []
    for place, (pattern, row) in enumerate(provenance.items()):
        keys = tuple(pattern.split("."))
        literal = sum("*" not in key for key in keys)
        exactness = (literal, len(keys), len(pattern.replace("*", "")), place)
        rows.append(Row(exactness, pattern, keys, row))
    return sorted(rows, reverse=True, key=lambda row: row.exactness)


def check_provenance(draft: Draft) -> Iterator[Issue]:
    """Every number is covered, every row covers something, and what is known has a source."""
    rows = rows_of(draft.deal.provenance)
    for row in rows:
        if row.provenance.status in ("known", "press") and not row.provenance.source:
            what = f"status {row.provenance.status} without a source"
            yield Issue(f"provenance.{row.pattern}", what, "name a row of `sources`", code=NO_SOURCE)
    yield from _idle_rows(draft, rows)
    if not draft.is_whole("provenance") or not draft.knows("provenance"):
        return
    uncovered = [path for path in numeric_paths(draft.fields) if _covering(rows, path) is None]
    if uncovered:
        count = "1 number has" if len(uncovered) == 1 else f"{len(uncovered):,} numbers have"
        shown = ", ".join(uncovered[:MOST_SHOWN]) + (" ..." if len(uncovered) > MOST_SHOWN else "")
        hint = "a row '*' covers all that no other row does"
        yield Issue("provenance", f"{count} no row: {shown}", hint=hint, code=UNCOVERED)


def _covering(rows: list[Row], path: str) -> Row | None:
    keys = tuple(_POSITION.sub("", path).split("."))
    return next((row for row in rows if row.covers(keys)), None)


def _idle_rows(draft: Draft, rows: list[Row]) -> Iterator[Issue]:
    paths = [item.path for item in draft.fields]
    tree = PathTree.of(paths)
    places = [tuple(path.split(".")) for path in paths] if any("*" in row.pattern for row in rows) else []
    for row in rows:
        found = any(row.covers(keys) for keys in places) if "*" in row.pattern else any(tree.find(list(row.keys)))
        wide = ["*" if "*" in key else key for key in row.keys]
        if not found and not may_reach(wide, draft.broken):
            yield _idle(row, tree, wide)


def _idle(row: Row, tree: PathTree, wide: list[str]) -> Issue:
    path, what = f"provenance.{row.pattern}", f"{said(row.pattern)} covers nothing"
    failing = tree.first_failing(wide)
    if failing is None:
        return Issue(path, what, code=NO_NUMBER)
    at, known = failing
    before = ".".join(row.keys[:at]) or "the deal"
    have = listed(known, before=f"{before} has ")
    return Issue(
        path, f"{what}: {before} has no {said(row.keys[at])}", have, close_to(row.keys[at], known), code=NO_NUMBER
    )


@lru_cache(maxsize=4096)
def _pattern(want: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in re.sub(r"\*+", "*", want).split("*")))


def _matches(want: str, key: str) -> bool:
    return want in ("*", key) or ("*" in want and _pattern(want).fullmatch(key) is not None)
