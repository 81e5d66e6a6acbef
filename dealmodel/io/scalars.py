"""The meaning of a value written without quotes: nothing, truth, a number, a date, or text."""

from __future__ import annotations

import datetime
import math
import re
from typing import TypeAlias

from dealmodel.basics.errors import Issue
from dealmodel.io.misread import meant_badly, shortened

Scalar: TypeAlias = bool | int | float | datetime.date | str | None

MOST_DIGITS = 18
LONGEST_NUMBER = 64

_WORDS: dict[str, Scalar] = {"": None, "~": None, "null": None, "true": True, "false": False}
_DIGITS = r"[0-9]+(?:_[0-9]+)*"
_NUMBER = re.compile(rf"([-+]?)({_DIGITS})((?:\.{_DIGITS})?)((?:[eE][-+]?[0-9]+)?)")
_LONG_NUMBER = re.compile(r"[-+]?[0-9][0-9_.,]*(?:[eE][-+]?[0-9]+)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def read_plain(text: str) -> Scalar | Issue:
    """Value of a text that stands in a deal file without quotes.

    `null`, `~` and nothing are no value; `true` and `false` are truth values; decimal digits are an integer, with a
    point or an exponent a float; `YYYY-MM-DD` is a date; all else is text, `yes`, `no`, `on` and `off` included. One
    `_` may stand between two digits. Minus zero is zero.

    Parameters
    ----------
    text : str
        What stands in the file.

    Returns
    -------
    None, bool, int, float, datetime.date, str or Issue
        An issue, without a place, where programs would read different values or a number is plainly meant and badly
        written: `010`, `0x1F`, `1,000`, `5%`, `$5m`, `12:30`, `.inf`, `1e400`, `2026-02-30`.

    Notes
    -----
    Integers have at most 18 digits, so that they fit 64 bits. A number's text has at most 64 characters. A float keeps
    about 16 of its digits.
    """
    if text in _WORDS:
        return _WORDS[text]
    if len(text) > LONGEST_NUMBER:
        return _too_long(text) if _LONG_NUMBER.fullmatch(text) else text
    if _DATE.fullmatch(text):
        return read_date(text)
    number = _NUMBER.fullmatch(text)
    if number is not None:
        return _number(text, number)
    return meant_badly(text) or text


def read_date(text: str) -> datetime.date | Issue:
    """Date of a text of the form `YYYY-MM-DD`, or the issue that the calendar has no such day."""
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        return Issue("", f"{text} is not a day of the calendar", hint="write a date as YYYY-MM-DD", code="DM-NUM-010")


def is_date_like(text: str) -> bool:
    """Whether a text has the form `YYYY-MM-DD`, be there such a day or not."""
    return len(text) == 10 and _DATE.fullmatch(text) is not None


def _number(text: str, parts: re.Match[str]) -> int | float | Issue:
    sign, whole, fraction, exponent = parts.groups()
    if whole[0] == "0" and len(whole) > 1:
        rest = whole.lstrip("0_") or "0"
        what = f"{text} starts with a zero, which programs read in different ways"
        return Issue("", what, hint=f"write {sign}{rest}{fraction}{exponent} or quote it", code="DM-NUM-001")
    if fraction or exponent:
        return _float(text, whole + fraction)
    if len(whole.replace("_", "")) > MOST_DIGITS:
        return _too_long(text)
    return int(text)


def _float(text: str, mantissa: str) -> float | Issue:
    value = float(text)
    if math.isinf(value):
        return Issue("", f"{text} is too large for a number", "at most 1.7e308", code="DM-NUM-006")
    if value == 0.0 and mantissa.strip("0_."):
        hint = "write 0 if nothing is meant"
        return Issue("", f"{text} is too close to zero for a number", hint=hint, code="DM-NUM-006")
    return value + 0.0  # minus zero plus zero is zero


def _too_long(text: str) -> Issue:
    digits = sum(character.isdigit() for character in text)
    is_whole = text.lstrip("-+").replace("_", "").isdigit()
    allowed = f"at most {MOST_DIGITS}" if is_whole else f"a number has at most {LONGEST_NUMBER} characters"
    what, hint = f"{shortened(text)} has {digits} digits", "quote it if it is text"
    return Issue("", what, allowed, hint, code="DM-NUM-007")
