"""The numbers of a deal: where each stands, what it is, and between which limits it may move."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple, get_args

from pydantic.fields import FieldInfo

from dealmodel.basics.kinds import Kind, inner_kinds
from dealmodel.basics.live_points import LivePoints
from dealmodel.basics.moments import Moment
from dealmodel.definition.deal import Deal
from dealmodel.definition.messages import members_of, unit_of
from dealmodel.definition.reading import fields_of

FAMILIES = (
    "deal",
    "market",
    "collateral",
    "customers",
    "contracts",
    "tranches",
    "fees",
    "accounts",
    "amounts",
    "tests",
    "states",
)
"""Parts of a deal that hold its numbers."""


class DealField(NamedTuple):
    """A field of a kind that stands in a deal."""

    path: str
    kind: Kind
    name: str
    info: FieldInfo
    value: Any


@dataclass(frozen=True, slots=True)
class DealNumber:
    """A number or a time of a deal.

    Parameters
    ----------
    path : str
        Place in the deal file, keys joined by dots.
    kind : Kind
        The row, or the part of it, that holds the number.
    field : str
        Name of the field there.
    value : int, float, date or Moment
    unit, description : str
        As declared.
    live : bool
        Whether it may change without recompiling.
    whole : bool
        Whether only whole numbers are allowed.
    ge, le, gt, lt : float or None
        Limits: at least, at most, more than, less than.
    """

    path: str
    kind: Kind
    field: str
    value: int | float | datetime.date | Moment
    unit: str
    description: str
    live: bool
    whole: bool
    ge: float | None
    le: float | None
    gt: float | None
    lt: float | None

    @property
    def is_time(self) -> bool:
        """Whether it is a moment or a date."""
        return isinstance(self.value, Moment | datetime.date)


def deal_fields(deal: Deal) -> Iterator[DealField]:
    """Every field of every kind that may hold numbers, in file order."""
    for family in FAMILIES:
        for kind in inner_kinds(getattr(deal, family)):
            before = f"{kind.path}." if kind.path else ""
            for key, (name, info, _) in fields_of(type(kind)).items():
                yield DealField(before + key, kind, name, info, getattr(kind, name))


def live_numbers(deal: Deal) -> dict[str, DealNumber]:
    """Live numbers and times of a deal, by path, in file order.

    A field that is empty, or says a word (`units: all`), is not a number.

    Parameters
    ----------
    deal : Deal

    Returns
    -------
    dict from path to DealNumber
    """
    return {path: number for path, number in all_numbers(deal).items() if number.live}


def all_numbers(deal: Deal) -> dict[str, DealNumber]:
    """Numbers, moments and dates of a deal, live or of its shape, by path, in file order. Of tables, only those with
    live points are numbers, one for each point."""
    return numbers_among(deal_fields(deal))


def numbers_among(fields: Iterable[DealField]) -> dict[str, DealNumber]:
    """Those fields that are numbers, moments or dates, by path."""
    found: dict[str, DealNumber] = {}
    for item in fields:
        if _is_number(item.value):
            found[item.path] = _number(item)
        elif isinstance(item.kind, LivePoints) and item.name == "points":
            found |= {number.path: number for number in _points(item)}
    return found


def numeric_paths(fields: Iterable[DealField]) -> list[str]:
    """Paths of the fields that hold numbers and need a provenance. A table of points counts once; times do not."""
    return [item.path for item in fields if _holds_numbers(item.value)]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Moment | datetime.date) and not isinstance(value, bool)


def _holds_numbers(value: object) -> bool:
    if isinstance(value, tuple):
        return any(_holds_numbers(item) for item in value)
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number(item: DealField) -> DealNumber:
    facts = dict(_facts_of(type(item.kind), item.name))
    facts["unit"] = item.kind.unit_here(item.name) or facts["unit"]
    most = item.kind.most_here(item.name)
    facts["le"] = facts["le"] if most is None else most
    return DealNumber(path=item.path, kind=item.kind, field=item.name, value=item.value, **facts)


@lru_cache(maxsize=4096)
def _facts_of(kind: type[Kind], name: str) -> dict[str, Any]:
    """What every number in a field of a kind has in common: unit, description, limits."""
    info = kind.model_fields[name]
    extra = info.json_schema_extra
    return {
        "unit": unit_of(info),
        "description": info.description or "",
        "live": isinstance(extra, dict) and extra.get("live") is True,
        "whole": int in members_of(info.annotation),
        **limits_of(info),
    }


def limits_of(info: FieldInfo) -> dict[str, float | None]:
    """Limits of a field: `ge`, at least; `le`, at most; `gt`, more than; `lt`, less than. None where there is none."""
    return {limit: _limit(info, limit) for limit in ("ge", "le", "gt", "lt")}


def _points(item: DealField) -> Iterator[DealNumber]:
    """The value of each point of a table whose points are live, as `points[1]`, `points[2]`, ..."""
    assert isinstance(item.kind, LivePoints)
    points = zip(item.kind.paths(), item.kind.points, item.kind.times_in_words(), strict=True)
    for path, (_, value), when in points:
        yield DealNumber(
            path=path,
            kind=item.kind,
            field=item.name,
            value=value,
            unit=item.kind.value_unit,
            description=f"{item.kind.value_noun} {when} on",
            live=True,
            whole=False,
            ge=item.kind.lowest,
            le=item.kind.highest,
            gt=None,
            lt=None,
        )


def _limit(info: FieldInfo, name: str) -> float | None:
    return next((float(getattr(item, name)) for item in _metadata(info) if hasattr(item, name)), None)


def _metadata(info: FieldInfo) -> Iterator[Any]:
    """What is declared of a field, and of each form that it may have."""
    yield from info.metadata
    for form in get_args(info.annotation):
        for item in getattr(form, "__metadata__", ()):
            yield from item.metadata if isinstance(item, FieldInfo) else (item,)
