"""Times as a deal file writes them: a date, `month N`, or a named event of the deal."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

EVENTS = ("closing", "delivery", "maturity", "legal_final", "never")
LAST_MONTH = 1200
"""The latest month number that a deal may name: a hundred years."""

_MONTH = re.compile(r"month ([0-9]{1,4})\Z")
ALLOWED = "a date, `month N`, or one of " + ", ".join(EVENTS)


@dataclass(frozen=True, slots=True)
class Moment:
    """One of: a date, a month number (`month`), or a named event."""

    day: date | None = None
    month: int | None = None
    event: str = ""

    def __str__(self) -> str:
        if self.day is not None:
            return self.day.isoformat()
        return self.event or f"month {self.month}"


def parse_moment(value: Any) -> Moment:
    """Read a moment, or raise ValueError which says what is allowed."""
    if isinstance(value, Moment):
        return value
    if isinstance(value, date) and not isinstance(value, datetime):
        return Moment(day=value)
    if isinstance(value, str):
        if value in EVENTS:
            return Moment(event=value)
        found = _MONTH.match(value)
        if found and int(found[1]) <= LAST_MONTH:
            return Moment(month=int(found[1]))
    raise ValueError(f"{value!r} is not a time; write {ALLOWED}")


def written(moment: Moment) -> date | str:
    """A moment as a deal file has it: a date as a date, the rest as text."""
    return moment.day if moment.day is not None else str(moment)


MomentField = Annotated[
    Moment,
    PlainValidator(parse_moment),
    PlainSerializer(written),
    WithJsonSchema({"type": "string", "description": ALLOWED}),
]
"""The type of a field that holds a time."""
