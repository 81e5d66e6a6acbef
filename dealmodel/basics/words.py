"""How a deal says itself: names, lists, dates and numbers in the words of a term sheet."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable

from dealmodel.basics.moments import Moment

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_SHARES = frozenset(["share", "share per year", "rate per year"])
_MODEL = re.compile(r"[a-z]{1,3}[0-9]{2,}[a-z]?")
_ACRONYMS = frozenset(["dscr", "ltv", "gpu", "sofr"])
_COUNTED = {"months": "month", "years": "year", "hours": "hour", "units": "unit"}


def name_in_words(name: str) -> str:
    """A name as a reader says it: `class_a` is "class A", `dscr_trap` is "DSCR trap", `gb300` is "GB300"."""
    words = name.replace("_", " ").replace(".", " ").split(" ")
    shouted = [
        word in _ACRONYMS or (len(word) == 1 and place > 0) or _MODEL.fullmatch(word) is not None
        for place, word in enumerate(words)
    ]
    return " ".join(word.upper() if loud else word for word, loud in zip(words, shouted, strict=True))


def listed(words: Iterable[str], last: str = "and") -> str:
    """Words one after the other: "a, b and c"."""
    every = list(words)
    if len(every) < 2:
        return "".join(every)
    return f"{', '.join(every[:-1])} {last} {every[-1]}"


def names_in_words(names: str | Iterable[str], last: str = "and") -> str:
    """Names one after the other: "class A and class B"."""
    return listed([name_in_words(name) for name in ([names] if isinstance(names, str) else names)], last)


def sentence(text: str) -> str:
    """The same with a capital first letter."""
    return text[:1].upper() + text[1:]


def digits(value: float, most: int = 2) -> str:
    """A number with commas and no more decimals than it needs: 31,250 or 0.2."""
    said = f"{value:,.{most}f}"
    said = said.rstrip("0").rstrip(".") if "." in said else said
    return "0" if said == "-0" else said


def percent(value: float) -> str:
    """A share or a rate: 0.0075 is "0.75%"."""
    return f"{digits(100 * value, 4)}%"


def times(value: float) -> str:
    """A multiple: 1.35 is "1.35x"."""
    return f"{digits(value, 4)}x"


def counted(value: float, one: str) -> str:
    """A number of things: "1 month", "6 months"."""
    return f"{digits(value)} {one}" if value == 1 else f"{digits(value)} {one}s"


def day_in_words(day: datetime.date) -> str:
    """A date: "31 December 2026"."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def moment_in_words(moment: Moment) -> str:
    """A time as a deal file has it: a date, "month 24", "closing"."""
    return day_in_words(moment.day) if moment.day is not None else str(moment).replace("_", " ")


def number_in_words(value: float, unit: str) -> str:
    """A number with its unit: "6%", "1.35x", "3 months", "150,000"."""
    if unit in _SHARES:
        return percent(value)
    if unit in ("ratio", "times"):
        return times(value)
    if unit in _COUNTED:
        return counted(value, _COUNTED[unit])
    return f"{digits(value, 4)} kW" if unit == "kW" else digits(value, 4)
