"""Parts of a deal as a deal file writes them, in one line: a number, a name, a step, a row."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from dealmodel.basics.kinds import Family, Kind
from dealmodel.basics.moments import Moment
from dealmodel.definition.reading import fields_of


def in_a_line(value: Any) -> str:
    """Return a value in the words of the deal language.

    A mapping stands in braces, a list in brackets; a kind as the fields that differ from their defaults. An empty value
    is `none`; numbers have no more places than they need, and `_` between thousands.
    """
    if isinstance(value, Kind):
        return f"{{{bare(value)}}}"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key}: {in_a_line(item)}' for key, item in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(in_a_line(item) for item in value)}]"
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return _number(value)
    return str(value)


def bare(kind: Kind) -> str:
    """A kind without braces, as a step stands in its list: `pay_interest: senior, backed_by: reserve`."""
    return ", ".join(f"{key}: {in_a_line(value)}" for key, value in given(kind).items())


def given(kind: Kind) -> dict[str, Any]:
    """Fields of a kind that differ from their defaults, by key; the word that chooses the kind goes first."""
    found: dict[str, Any] = {}
    first = (kind.key or kind.tag) if isinstance(kind, Family) else ""
    fields = fields_of(type(kind))
    for key in sorted(fields, key=lambda key: key != first):
        name, info, _ = fields[key]
        value = getattr(kind, name)
        if info.is_required() or value != info.get_default(call_default_factory=True, validated_data={}):
            found[key] = value
    return found


def as_data(value: Any) -> Any:
    """Return a value as JSON has it; times and dates become text."""
    if isinstance(value, Kind):
        return {key: as_data(item) for key, item in given(value).items()}
    if isinstance(value, Mapping):
        return {key: as_data(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_data(item) for item in value]
    return str(value) if isinstance(value, Moment | datetime.date) else value


def _number(value: int | float) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    return f"{value:_}" if isinstance(value, int) and abs(value) >= 10_000 else repr(value)
