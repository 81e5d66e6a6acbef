"""What is wrong with the value of a field, in the words of the deal language."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from dealmodel.basics.errors import Issue, nearest
from dealmodel.basics.kinds import Kind, key_of
from dealmodel.basics.moments import ALLOWED, EVENTS, Moment
from dealmodel.io.misread import meant_badly

MOST_SHOWN = 60
MOST_NAMES = 20
MOST_COMPARED = 200
MOST_GUESSED = 200

MISSING, UNKNOWN_KEY = "DM-KEY-001", "DM-KEY-002"
WRONG_TYPE, OUT_OF_RANGE, NO_CHOICE, REFUSED, NO_KIND = (
    "DM-VAL-001",
    "DM-VAL-002",
    "DM-VAL-003",
    "DM-VAL-004",
    "DM-VAL-005",
)

_PERCENTAGES = ("share", "rate per year", "share per year")
_WORDS = {
    float: "a number",
    int: "a whole number",
    str: "a text",
    bool: "true or false",
    datetime.date: "a date",
    Moment: "a time",
}
_LIMITS = {
    "greater_than": ("gt", "not above", "write more than"),
    "greater_than_equal": ("ge", "below", "at least"),
    "less_than": ("lt", "not below", "write less than"),
    "less_than_equal": ("le", "above", "at most"),
}


def said(value: object) -> str:
    """Return a value as a message shows it, never longer than a line."""
    if value is None:
        return "an empty value"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        text = repr(value)
    elif isinstance(value, str):
        text = repr(value if len(value) <= MOST_SHOWN else f"{value[:MOST_SHOWN]}...")
    elif isinstance(value, datetime.date):
        text = value.isoformat()
    elif isinstance(value, Mapping | Kind):
        text = "a mapping"
    else:
        text = "a list" if isinstance(value, list | tuple) else "something that is no plain data"
    return text if len(text) <= MOST_SHOWN + 5 else f"{text[:MOST_SHOWN]}..."


def close_to(name: object, known: Iterable[str]) -> str:
    """Return "did you mean ...?" for the nearest of the known names of about the same length, or nothing."""
    text = str(name)[:MOST_SHOWN]
    return nearest(text, islice((word for word in known if abs(len(word) - len(text)) <= 6), MOST_COMPARED))


def closest(name: object, known: Iterable[str]) -> str:
    """Return the known name that `close_to` suggests, or nothing."""
    words = list(known)
    hint = close_to(name, words)
    return next((word for word in words if hint == f"did you mean {word!r}?"), "")


def listed(words: Iterable[str], *, before: str = "allowed: ") -> str:
    """Return the words that may stand somewhere, the first few of many."""
    every = list(words)
    more = [f"and {len(every) - MOST_NAMES} more"] if len(every) > MOST_NAMES else []
    return before + ", ".join([*every[:MOST_NAMES], *more]) if every else ""


NOT_MODELLED_YET = ("parties", "facilities", "borrowing_base", "hedges", "guarantees", "report")
"""Keys of the deal language that this version does not read."""


def missing(path: str, info: FieldInfo) -> Issue:
    """Say which field is missing, and what it is."""
    return Issue(path, f"missing: {_meaning(info)}", listed(choices(info.annotation)), code=MISSING)


def unknown_key(path: str, key: object, allowed: Sequence[str], meant: str) -> Issue:
    """Say that a key means nothing here, which do, and which may be meant."""
    if path in NOT_MODELLED_YET:
        what = f"{said(key)} is part of the deal language, and is not modelled yet"
        return Issue(path, what, listed(allowed), code=UNKNOWN_KEY)
    hint = f"did you mean {meant!r}?" if meant else close_to(key, allowed)
    return Issue(path, f"unknown key {said(key)}", listed(allowed), hint, code=UNKNOWN_KEY)


def not_a(path: str, value: object, wanted: str, hint: str = "") -> Issue:
    """Say that a value is of the wrong sort."""
    return Issue(path, f"{said(value)} is not {wanted}", hint=hint, code=WRONG_TYPE)


def field_issue(errors: Sequence[Mapping[str, Any]], info: FieldInfo, value: object, path: str) -> Issue:
    """Turn what pydantic found in one field, a plain value or a list of them, into one issue.

    Parameters
    ----------
    errors : sequence of mappings
        Errors of that field, one for each form that it might have.
    info : FieldInfo
        The field.
    value : object
        What stands in the file.
    path : str
        Place of the field.
    """
    error = _most_telling(errors, value)
    inner, place = _inside(value, error["loc"][1:], path)
    kind = error["type"]
    if kind in _LIMITS:
        return _out_of_range(error, info, inner, place)
    if kind == "value_error" and Moment not in members_of(info.annotation):
        return Issue(place, str(error["ctx"]["error"]), code=REFUSED)
    if kind == "finite_number":
        return Issue(place, f"{said(inner)} is not a finite number", code=OUT_OF_RANGE)
    if inner is value:
        return _wrong(info, value, place)
    return _wrong_item(info, inner, place)


def choices(annotation: Any) -> list[str]:
    """Words that a field allows, in order; none where it takes anything else too."""
    found: list[str] = []
    for member in members_of(annotation):
        if get_origin(member) is Literal:
            found += [str(word) for word in get_args(member)]
        elif member is not NoneType:
            return []
    return found


def _wrong(info: FieldInfo, value: object, path: str) -> Issue:
    words = choices(info.annotation)
    if words:
        return Issue(path, f"{said(value)} is not allowed", listed(words), close_to(value, words), code=NO_CHOICE)
    members = members_of(info.annotation)
    if Moment in members:
        hint = f"write month {value}" if type(value) is int else close_to(value, EVENTS)
        return Issue(path, f"{said(value)} is not a time", f"write {ALLOWED}", hint, code=WRONG_TYPE)
    literals = [str(word) for member in members if get_origin(member) is Literal for word in get_args(member)]
    others = [member for member in members if member is not NoneType and get_origin(member) is not Literal]
    wanted = either([*(f"`{word}`" for word in literals), *(word_for(member) for member in others)])
    return not_a(path, value, wanted, _how_to_write(value, members) or close_to(value, literals))


def _wrong_item(info: FieldInfo, value: object, path: str) -> Issue:
    """Say what is wrong inside a list: a name, a choice, a date, or a pair of a table."""
    lists = [member for member in members_of(info.annotation) if get_origin(member) is tuple]
    item = get_args(lists[0])[0] if lists else str
    if get_origin(item) is tuple and isinstance(value, int | float | str | None) and path.count("[") < 2:
        return not_a(path, value, word_for(item))
    if get_origin(item) is tuple:
        forms = members_of(_column(item, path) if not isinstance(value, tuple) else item)
        return not_a(path, value, either([word_for(form) for form in forms]))
    words = choices(item)
    if words:
        return Issue(path, f"{said(value)} is not allowed", listed(words), close_to(value, words), code=NO_CHOICE)
    return not_a(path, value, "a name" if item is str else either([word_for(form) for form in members_of(item)]))


def _column(pair: Any, path: str) -> Any:
    number = int(path.rpartition("[")[2].rstrip("]"))
    parts = [part for part in get_args(pair) if part is not Ellipsis]
    return parts[min(number, len(parts)) - 1]


def _out_of_range(error: Mapping[str, Any], info: FieldInfo, value: object, path: str) -> Issue:
    key, relation, allowed = _LIMITS[error["type"]]
    limit = float(error["ctx"][key])
    what, may = f"{said(value)} is {relation} {plain_number(limit)}", f"{allowed} {plain_number(limit)}"
    return Issue(path, what, may, scale_hint(value, unit_of(info)), code=OUT_OF_RANGE)


def scale_hint(value: object, unit: str) -> str:
    """Return how a percentage or basis points are written, where a share or rate looks like them; else nothing."""
    if unit not in _PERCENTAGES or isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    if 1 < value <= 100:
        return f"write {value / 100:.6g} for {value:.6g}%"
    if 100 < value <= 10_000 and unit == "rate per year":
        return f"write {value / 10_000:.6g} for {value:.6g} basis points"
    return ""


def unit_of(info: FieldInfo) -> str:
    """Unit of a field."""
    extra = info.json_schema_extra
    return str(extra.get("unit", "")) if isinstance(extra, dict) else ""


def _meaning(info: FieldInfo) -> str:
    text, unit = info.description or "", unit_of(info)
    text = text if text[1:2].isupper() else text[:1].lower() + text[1:]
    return text if unit in ("", "name", "text", "table", "flag") else f"{text} [{unit}]"


def plain_number(number: float) -> str:
    """Return a limit as a message shows it."""
    return f"{number:,.10g}".replace(",", "_") if abs(number) >= 10_000 else f"{number:.10g}"


def members_of(annotation: Any) -> list[Any]:
    """Return the forms that a field may have."""
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) in (Union, UnionType):
        return [member for part in get_args(annotation) for member in members_of(part)]
    return [annotation]


def either(words: Sequence[str]) -> str:
    """Return words joined by commas and "or", each once."""
    words = list(dict.fromkeys(words))
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def word_for(member: Any) -> str:
    """Return what a form of a field is called: "a number", "a list", its words."""
    while get_origin(member) is Annotated:
        member = get_args(member)[0]
    if get_origin(member) is Literal:
        return either([f"`{word}`" for word in get_args(member)])
    if isinstance(member, type) and issubclass(member, Kind):
        return f"a mapping of {', '.join(key_of(member, name) for name in member.model_fields)}"
    if get_origin(member) is tuple:
        parts = get_args(member)
        if len(parts) == 2 and parts[1] is not Ellipsis:
            first, second = (either([word_for(form).split(" ", 1)[1] for form in members_of(part)]) for part in parts)
            return f"a pair [{first}, {second}]"
        return "a list"
    return _WORDS.get(member, "a mapping")


def _how_to_write(value: object, members: Sequence[Any]) -> str:
    if isinstance(value, str) and (float in members or int in members):
        badly = meant_badly(value)
        return badly.hint if badly else ""
    if isinstance(value, float) and value.is_integer() and int in members and abs(value) < 1e15:
        return f"write {int(value)}"
    if isinstance(value, bool | int | float | datetime.date) and str in members:
        return "put it in quotes" if not isinstance(value, bool) else ""
    return ""


def _most_telling(errors: Sequence[Mapping[str, Any]], value: object) -> Mapping[str, Any]:
    """Choose among the errors of the forms that a field may have: the one that got furthest into the value."""
    for error in errors:
        if error["type"] in (*_LIMITS, "finite_number", "value_error"):
            return error
    if isinstance(value, tuple):
        return max(errors, key=lambda error: sum(isinstance(step, int) for step in error["loc"]))
    return errors[0]


def _inside(value: object, steps: Sequence[Any], path: str) -> tuple[object, str]:
    """Follow list positions into a value; labels of forms are not part of a path."""
    for step in steps:
        if isinstance(step, int) and isinstance(value, tuple) and step < len(value):
            value, path = value[step], f"{path}[{step + 1}]"
    return value, path
