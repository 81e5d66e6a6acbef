"""What differs between two deals in their definition, by path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import chain
from typing import Any, Literal

from dealmodel.basics.kinds import Family, Kind
from dealmodel.definition.deal import Deal
from dealmodel.definition.messages import unit_of
from dealmodel.definition.reading import fields_of
from dealmodel.definition.written import bare, in_a_line

What = Literal["added", "removed", "changed", "moved"]
WORDS = frozenset(["name", "text", "table", "flag", "date", "as the number", ""])
"""Units that say nothing beside a value."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs.

    Parameters
    ----------
    path : str
        Place in the deal file; of a step its place in the second deal, or in the first if it was removed.
    what : str
        Added, removed, changed, or moved (a step that stands elsewhere in its list).
    before, after : Any
        What stands there in the first and in the second deal: a value, a row, a step; of a step that was moved, its
        places.
    unit : str
        Of a number; else empty.
    """

    path: str
    what: What
    before: Any = None
    after: Any = None
    unit: str = ""


def differences(first: Deal, second: Deal) -> list[Difference]:
    """What is added, removed, changed or moved from one deal to another, in the order of the second deal's families.

    A field that says its default is no difference, nor is the order of rows. A row or a part that one deal alone has is
    one difference, whole.
    """
    return list(_kinds(first, second, ""))


def _kinds(before: Kind, after: Kind, path: str) -> Iterator[Difference]:
    """Two of one kind differ field by field; two of different kinds as a whole."""
    if type(before) is not type(after):
        yield Difference(path, "changed", before, after)
        return
    for key, (name, info, _) in fields_of(type(after)).items():
        place = f"{path}.{key}" if path else key
        yield from _values(getattr(before, name), getattr(after, name), place, unit_of(info))


def _values(before: Any, after: Any, path: str, unit: str) -> Iterator[Difference]:
    if isinstance(before, Kind) and isinstance(after, Kind):
        yield from _kinds(before, after, path)
    elif isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _rows(before, after, path)
    elif _is_list_of_kinds(before) or _is_list_of_kinds(after):
        yield from _lists(before, after, path)
    elif before != after:
        what: What = "added" if before is None else "removed" if after is None else "changed"
        yield Difference(path, what, before, after, "" if unit in WORDS else unit)


def _rows(before: Mapping[str, Any], after: Mapping[str, Any], path: str) -> Iterator[Difference]:
    for key in chain(after, (key for key in before if key not in after)):
        place = f"{path}.{key}"
        if key not in before:
            yield Difference(place, "added", after=after[key])
        elif key not in after:
            yield Difference(place, "removed", before=before[key])
        else:
            yield from _values(before[key], after[key], place, "")


def _is_list_of_kinds(value: Any) -> bool:
    return isinstance(value, tuple) and any(isinstance(item, Kind) for item in value)


def _lists(before: tuple[Kind, ...], after: tuple[Kind, ...], path: str) -> Iterator[Difference]:
    """Steps that are the same and in the same order are left out; of the rest, each is paired with what it was."""
    gone, come = _unmatched(before, after)
    was: dict[int, int] = {}
    for alike in (_same, _about_the_same_names, _about_some_same_name):
        for place in come:
            left = (old for old in gone if old not in was.values())
            if place not in was:
                found = next((old for old in left if alike(before[old], after[place])), None)
                was |= {} if found is None else {place: found}
    for place in come:
        here = f"{path}[{place + 1}]"
        if place not in was:
            yield Difference(here, "added", after=after[place])
        elif _same(before[was[place]], after[place]):
            yield Difference(here, "moved", f"{path}[{was[place] + 1}]", here)
        else:
            yield Difference(here, "changed", before[was[place]], after[place])
    for old in gone:
        if old not in was.values():
            yield Difference(f"{path}[{old + 1}]", "removed", before=before[old])


def _unmatched(before: tuple[Kind, ...], after: tuple[Kind, ...]) -> tuple[list[int], list[int]]:
    """Places of the steps outside the longest runs that both lists share, in the first and in the second."""
    runs = SequenceMatcher(None, [bare(item) for item in before], [bare(item) for item in after], autojunk=False)
    gone, come = list(range(len(before))), list(range(len(after)))
    for block in runs.get_matching_blocks():
        gone = [place for place in gone if not block.a <= place < block.a + block.size]
        come = [place for place in come if not block.b <= place < block.b + block.size]
    return gone, come


def _same(one: Kind, other: Kind) -> bool:
    return bare(one) == bare(other)


def _about_the_same_names(one: Kind, other: Kind) -> bool:
    return type(one) is type(other) and _names(one) == _names(other)


def _about_some_same_name(one: Kind, other: Kind) -> bool:
    return type(one) is type(other) and not _names(one).isdisjoint(_names(other))


def _names(kind: Kind) -> frozenset[str]:
    """What a step acts on; of anything else in a list, its first field: the path of a change."""
    if isinstance(kind, Family) and kind.key:
        value = getattr(kind, kind.key)
        value = getattr(value, "to", value)
    else:
        value = getattr(kind, next(iter(type(kind).model_fields)))
    return frozenset(value) if isinstance(value, tuple) else frozenset([in_a_line(value)])
