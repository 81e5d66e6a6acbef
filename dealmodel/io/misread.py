"""Texts that look like a number or a date meant badly, and how each should be written."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

from dealmodel.basics.errors import Issue

MOST_SHOWN = 40

_DASH = r"[\u2012-\u2015\u2212]"
_CURRENCY = r"(?:US\$|[$€£¥]|USD|EUR|GBP|CHF|JPY|CAD|AUD)"
_MULTIPLES = {
    **dict.fromkeys(("k", "thousand"), 1_000),
    **dict.fromkeys(("m", "mm", "mn", "mio", "million"), 1_000_000),
    **dict.fromkeys(("b", "bn", "billion"), 1_000_000_000),
    **dict.fromkeys(("tn", "trillion"), 1_000_000_000_000),
}
_MULTIPLE = "|".join(sorted(_MULTIPLES, key=len, reverse=True))
_MAY_BE_MISREAD = re.compile(rf"[-+.(0-9]|{_DASH}|{_CURRENCY}|inf|nan", re.IGNORECASE)


class _Misread(NamedTuple):
    """One way to write a number badly: its form, what to say, and how to find what was meant."""

    form: re.Pattern[str]
    code: str
    what: str
    hint: Callable[[re.Match[str]], str]


def meant_badly(text: str) -> Issue | None:
    """Say what is wrong with a text that looks like a number or a date but is written as neither.

    Parameters
    ----------
    text : str
        A short text that is not a well-written number or date.

    Returns
    -------
    Issue or None
        Without a place, with the way to write it; None if it is just text.
    """
    if not _MAY_BE_MISREAD.match(text):
        return None
    for misread in _MISREADS:
        match = misread.form.fullmatch(text)
        if match is not None:
            return Issue("", misread.what.format(text), hint=misread.hint(match), code=misread.code)
    return None


def shortened(text: str) -> str:
    """Text as a message shows it: its start and `...` where it is longer than 40 characters."""
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}..."


def _written(amount: Decimal) -> str:
    if amount == amount.to_integral_value():
        return f"{int(amount):_}"
    return f"{amount.normalize():f}"


def _scaled(by: Decimal) -> Callable[[re.Match[str]], str]:
    def hint(match: re.Match[str]) -> str:
        return f"write {_written(_amount(match[1]) * by)}"

    return hint


def _amount(text: str) -> Decimal:
    return Decimal(text.replace(",", "").replace("_", ""))


def _money(match: re.Match[str]) -> str:
    amount = _amount((match["sign"] or "") + match["amount"])
    return f"write {_written(amount * _MULTIPLES.get((match['multiple'] or '').lower(), 1))}"


def _multiplied(match: re.Match[str]) -> str:
    return f"write {_written(_amount(match[1]) * _MULTIPLES[match[2].lower()])} or quote it"


def _decimal(match: re.Match[str]) -> str:
    value = int(match[0].replace("_", ""), 0)
    return f"write {value} or quote it" if abs(value) < 10**18 else "quote it if it is text"


def _commas(match: re.Match[str]) -> str:
    groups = match[0].lstrip("-+").split(",")
    if len(groups) == 2 and (len(groups[1]) != 3 or not 1 <= len(groups[0]) <= 3 or groups[0] == "0"):
        return f"write {match[0].replace(',', '.')}"
    return f"write {match[0].replace(',', '_')}"


def _points(match: re.Match[str]) -> str:
    whole, _, cents = match[0].partition(",")
    return f"write {whole.replace('.', '_')}{'.' + cents if cents else ''} or quote it"


def _grouped(match: re.Match[str]) -> str:
    return f"write {re.sub(_GAP, '_', match[0])} or quote it"


def _ungrouped(match: re.Match[str]) -> str:
    return f"write {match[0].replace('_', '')} or quote it"


def _with_digits_at_point(match: re.Match[str]) -> str:
    sign, before, after, exponent = match.groups()
    before, after = before.replace("_", "") or "0", after.replace("_", "") or "0"
    return f"write {sign}{before}.{after}{exponent}"


def _date(match: re.Match[str]) -> str:
    try:
        return f"write {datetime.date(*map(int, match.groups()[:3]))}"
    except ValueError:
        return "write a date as YYYY-MM-DD"


def _say(hint: str) -> Callable[[re.Match[str]], str]:
    return lambda match: hint


def _form(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_UNSIGNED = r"[0-9][0-9_,]*(?:\.[0-9]+)?"
_AMOUNT = rf"[-+]?{_UNSIGNED}"
_GAP = r"[ '\u00a0\u202f\u2019]"
_OTHER_BASE = r"[-+]?0(?:x[0-9a-f]+(?:_[0-9a-f]+)*|o[0-7]+(?:_[0-7]+)*|b[01]+(?:_[01]+)*)"
_COMMAS = r"[-+]?[0-9]+(?:,[0-9]+)+(?:\.[0-9]+)?"
_POINTS = r"[-+]?[0-9]{1,3}(?:(?:\.[0-9]{3})+,[0-9]+|(?:\.[0-9]{3}){2,})"
_GAPS = rf"[-+]?[0-9]{{1,3}}(?:{_GAP}[0-9]{{3}})+(?:\.[0-9]+)?"
_LOOSE_MARKS = r"[-+]?[0-9][0-9_]*(?:\.[0-9_]+)?(?:e[-+]?[0-9_]+)?"
_CLOCK = r"[-+]?[0-9][0-9_]*(?::[0-9]+)+(?:\.[0-9_]*)?"
_ENDLESS = r"[-+]?\.?(?:inf|infinity|nan)"
_MONEY = rf"(?P<sign>[-+]?){_CURRENCY}\s*(?P<amount>{_UNSIGNED})\s*(?P<multiple>{_MULTIPLE})?"
_MONEY_AFTER = rf"(?P<sign>)(?P<amount>{_AMOUNT})\s*(?P<multiple>{_MULTIPLE})?\s*{_CURRENCY}"
_BARE_POINT = r"(?=[-+]?\.?[0-9])([-+]?)([0-9_]*)\.([0-9_]*)((?:e[-+]?[0-9]+)?)"
_YEAR_FIRST = r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})"
_YEAR_LAST = r"[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{4}"
_TIMESTAMP = r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:t|\s+)[0-9]{1,2}:[0-9]{2}.*"

_quote = _say("quote it if it is text")
_finite = _say("write a finite number, or quote it if it is text")
_day = _say("write a date as YYYY-MM-DD")
_negative = _scaled(Decimal(-1))

_MISREADS = (
    _Misread(_form(_OTHER_BASE), "DM-NUM-002", "{} is not a decimal number", _decimal),
    _Misread(_form(_COMMAS), "DM-NUM-003", "{} has a comma between its digits", _commas),
    _Misread(_form(_POINTS), "DM-NUM-003", "{} has points between its groups of digits", _points),
    _Misread(_form(_GAPS), "DM-NUM-003", "{} has gaps between its groups of digits", _grouped),
    _Misread(_form(_LOOSE_MARKS), "DM-NUM-003", "{} has a _ that does not stand between two digits", _ungrouped),
    _Misread(_form(_CLOCK), "DM-NUM-004", "{} is not a number", _quote),
    _Misread(_form(_ENDLESS), "DM-NUM-005", "{} is not a finite number", _finite),
    _Misread(_form(rf"({_AMOUNT})\s*%"), "DM-NUM-008", "{} is not a decimal number", _scaled(Decimal("0.01"))),
    _Misread(_form(rf"({_AMOUNT})\s*bps?"), "DM-NUM-008", "{} is not a decimal number", _scaled(Decimal("0.0001"))),
    _Misread(_form(rf"({_AMOUNT})x"), "DM-NUM-008", "{} is not a plain number", _scaled(Decimal(1))),
    _Misread(_form(_MONEY), "DM-NUM-008", "{} is not a plain number", _money),
    _Misread(_form(_MONEY_AFTER), "DM-NUM-008", "{} is not a plain number", _money),
    _Misread(_form(rf"({_AMOUNT})\s*({_MULTIPLE})"), "DM-NUM-008", "{} is not a plain number", _multiplied),
    _Misread(_form(rf"\(({_UNSIGNED})\)"), "DM-NUM-008", "{} is not a plain number", _negative),
    _Misread(_form(rf"{_DASH}({_UNSIGNED})"), "DM-NUM-008", "{} has a dash for its minus", _negative),
    _Misread(_form(r"[-+]{2,}[0-9][0-9_.]*"), "DM-NUM-008", "{} has two signs", _say("keep one sign")),
    _Misread(_form(_BARE_POINT), "DM-NUM-009", "{} has no digit on one side of its point", _with_digits_at_point),
    _Misread(_form(_YEAR_FIRST), "DM-NUM-011", "{} is not a date", _date),
    _Misread(_form(_YEAR_LAST), "DM-NUM-011", "{} is not a date", _day),
    _Misread(_form(_TIMESTAMP), "DM-NUM-011", "{} has a time of day", _date),
)
