"""The registry of kinds: a kind is one class that holds its fields and its formula, in its family's file.

Schema, suggestions for typing errors, field tables and the inputs of a workbook are read off the fields written with
`live` and `shape`. A live number may be changed by a scenario, a solver or a workbook cell; shape recompiles the deal.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Union, get_args

from pydantic import BaseModel, ConfigDict, Discriminator, Field, PrivateAttr, Tag

from dealmodel.basics.moments import Moment
from dealmodel.basics.words import day_in_words, listed, moment_in_words, name_in_words, number_in_words

UNITS = frozenset(
    [
        "currency", "currency per hour", "currency per year", "currency per unit", "currency per kWh",
        "currency per kW and month", "share", "rate per year", "share per year", "months", "month", "years", "units",
        "hours", "days", "kW", "ratio", "times", "date", "text", "name", "flag", "table", "places",
    ]
)  # fmt: skip


class Kind(BaseModel):
    """Base of everything that stands in a deal file: frozen, strict, and aware of its place."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, validate_default=True, populate_by_name=True
    )
    _path: str = PrivateAttr(default="")

    @property
    def path(self) -> str:
        """Place in the deal file, keys joined by dots."""
        private = self.__pydantic_private__  # what `self._path` reads, by way of a slow look-up
        return private["_path"] if private else ""

    @property
    def row(self) -> str:
        """The last key of the place: what the row is called."""
        return self.path.rpartition(".")[2]

    def path_of(self, field: str) -> str:
        """Place of one of its fields."""
        before, key = self.path, key_of(type(self), field)
        return f"{before}.{key}" if before else key

    def unit_here(self, field: str) -> str:
        """Unit of one of its fields where another field decides it; nothing where it is as declared."""
        return ""

    def most_here(self, field: str) -> float | None:
        """Greatest value of one of its fields where another field decides it; None where it is as declared."""
        return None

    def words(self) -> str:
        """What it says, as a term sheet has it.

        Unless a kind has better words: the word by which it is chosen, and each field's description with its value.
        """
        return "; ".join(_fields_in_words(self))


@lru_cache(maxsize=4096)
def key_of(kind: type[BaseModel], field: str) -> str:
    """Key under which a field stands in the deal file."""
    return kind.model_fields[field].alias or field


def live(
    unit: str,
    description: str,
    *,
    default: Any = ...,
    reason: str = "",
    ge: float | None = None,
    le: float | None = None,
    gt: float | None = None,
    lt: float | None = None,
    alias: str | None = None,
) -> Any:
    """Declare a number that a scenario, a grid or a workbook cell may change without recompiling."""
    return _field(unit, description, default, reason, True, alias, ge=ge, le=le, gt=gt, lt=lt)


def shape(
    unit: str,
    description: str,
    *,
    default: Any = ...,
    reason: str = "",
    ge: float | None = None,
    le: float | None = None,
    gt: float | None = None,
    lt: float | None = None,
    alias: str | None = None,
    discriminator: str | None = None,
) -> Any:
    """Declare a part of the deal's shape: a name, a choice, a table, or a number on which the list of lines depends."""
    return _field(
        unit, description, default, reason, False, alias, ge=ge, le=le, gt=gt, lt=lt, discriminator=discriminator
    )


def _field(
    unit: str, description: str, default: Any, reason: str, is_live: bool, alias: str | None, **limits: Any
) -> Any:
    if unit not in UNITS:
        raise ValueError(f"{unit!r} is not a unit; add it to UNITS with care")
    if default is not ... and not reason:
        raise ValueError(f"the default {default!r} of {description!r} needs its reason")
    extra: dict[str, Any] = {"unit": unit, "live": is_live, "reason": reason}
    given = {name: value for name, value in limits.items() if value is not None}
    return Field(default, description=description, json_schema_extra=extra, alias=alias, **given)


class Family(Kind):
    """Base of a family of kinds told apart by one word: the value of the field `tag`, or a `key` that only it has."""

    tag: ClassVar[str] = "kind"
    key: ClassVar[str] = ""
    noun: ClassVar[str] = "step"
    """What one of a family chosen by a key is called in messages."""


def kinds_of(family: type[Family]) -> list[type[Family]]:
    """Every kind of a family, in the order in which they were written."""
    found: list[type[Family]] = []
    for kind in family.__subclasses__():
        found += kinds_of(kind) or [kind]
    return found


def word_of(kind: type[Family]) -> str:
    """The word by which a deal file chooses a kind."""
    if kind.key:
        return kind.key
    allowed = get_args(kind.model_fields[kind.tag].annotation)
    return str(allowed[0])


def words_of(family: type[Family]) -> list[str]:
    """Every word of a family."""
    return [word_of(kind) for kind in kinds_of(family)]


def union_of(family: type[Family]) -> Any:
    """The pydantic type that accepts any kind of a family, chosen by its word."""
    kinds = kinds_of(family)
    by_key = any(kind.key for kind in kinds)

    def choose(value: object) -> str | None:
        if isinstance(value, Family):
            return word_of(type(value))
        if not isinstance(value, dict):
            return None
        if by_key:
            return next((word for word in words_of(family) if word in value), None)
        word = value.get(family.tag)
        return word if isinstance(word, str) else None

    members = tuple(Annotated[kind, Tag(word_of(kind))] for kind in kinds)
    return Annotated[Union[members], Discriminator(choose), FamilyMark(family)]  # noqa: UP007 - known at run time only


@dataclass(frozen=True)
class FamilyMark:
    """Left on the type of a union, so that messages and schema can name the family."""

    family: type[Family]


def place_kinds(kind: Kind, path: str) -> None:
    """Tell a kind, and every kind inside it, where it stands."""
    kind._path = path
    for field in type(kind).model_fields:
        _place(getattr(kind, field), kind.path_of(field))


def _place(value: object, path: str) -> None:
    if isinstance(value, Kind):
        place_kinds(value, path)
    elif isinstance(value, dict):
        for key, inner in value.items():
            _place(inner, f"{path}.{key}")
    elif isinstance(value, tuple | list):
        for number, inner in enumerate(value, 1):
            _place(inner, f"{path}[{number}]")


def inner_kinds(value: object) -> Iterator[Kind]:
    """A kind and every kind inside it, outermost first, in the order of the fields."""
    if isinstance(value, Kind):
        yield value
        for field in type(value).model_fields:
            yield from inner_kinds(getattr(value, field))
    elif isinstance(value, dict):
        for inner in value.values():
            yield from inner_kinds(inner)
    elif isinstance(value, tuple | list):
        for inner in value:
            yield from inner_kinds(inner)


def value_in_words(value: object, unit: str = "") -> str:
    """The value of a field as a term sheet has it; what is inside it is said by its own `words`."""
    if isinstance(value, Kind):
        return f"({value.words()})"
    if isinstance(value, dict):
        return listed([f"{name_in_words(str(key))} {value_in_words(inner, unit)}" for key, inner in value.items()])
    if isinstance(value, tuple | list):
        if value and all(isinstance(item, tuple) for item in value):
            return ", ".join(" ".join(value_in_words(part) for part in item) for item in value)
        return listed([value_in_words(item, unit) for item in value])
    if isinstance(value, Moment):
        return moment_in_words(value)
    if isinstance(value, datetime.date):
        return day_in_words(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return number_in_words(value, unit)
    return str(value) if unit == "text" else name_in_words(str(value))


def _fields_in_words(kind: Kind) -> Iterator[str]:
    """The word that chooses the kind, if it stands there, then the other fields that say something."""
    family = type(kind)
    word = (family.key or family.tag) if issubclass(family, Family) else ""
    for field in sorted(family.model_fields, key=lambda field: field != word):
        value = getattr(kind, field)
        if value is None or value in ((), {}, ""):
            continue
        info = family.model_fields[field]
        extra = info.json_schema_extra
        said = value_in_words(value, str(extra.get("unit", "")) if isinstance(extra, dict) else "")
        first, rest = (info.description or key_of(family, field))[:1], (info.description or key_of(family, field))[1:]
        begins = first if rest[:1].isupper() else first.lower()
        yield said if field == word else f"{begins}{rest}: {said}"
