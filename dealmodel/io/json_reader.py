"""JSON text to keys and values, by the letter of the standard and with the place of each."""

from __future__ import annotations

import re
from typing import NoReturn

from dealmodel.basics.errors import Issue
from dealmodel.io.build import Builder
from dealmodel.io.characters import line_starts, place_at
from dealmodel.io.misread import shortened
from dealmodel.io.places import Place
from dealmodel.io.scalars import Scalar, is_date_like, read_date, read_plain

_SPACES = " \t\r\n"
_SPACE = re.compile(rf"[{_SPACES}]*")
_WORD = re.compile(r'[^ \t\r\n,:"\[\]{}]+')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_STRING_STOP = re.compile(r'["\\\x00-\x1f]')
_FOUR_DIGITS = re.compile(r"[0-9a-fA-F]{4}")
_LOW_HALF = re.compile(r"\\u([dD][c-fC-F][0-9a-fA-F]{2})")
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def read_json(text: str, builder: Builder) -> None:
    """Feed the keys and values of a JSON text to a builder, in file order.

    A string of the form `YYYY-MM-DD` is a date, for JSON has no other way to write one. Badly written numbers are
    issues; reading ends at a syntax error: a comment, a comma too many, single quotes, text without quotes.

    Parameters
    ----------
    text : str
        A text without refused characters.
    builder : Builder
        Where keys, values and issues go.

    Raises
    ------
    ReadingEnded
        If the rest cannot be read.
    """
    reader = _Reader(text, builder)
    if reader.next_character():
        reader.value()
        reader.end()


class _Reader:
    """Reads one value after the other from a position that only moves forward; depth is capped by the builder."""

    def __init__(self, text: str, builder: Builder) -> None:
        self._text = text
        self._builder = builder
        self._at = 0
        self._starts = line_starts(text)

    def next_character(self) -> str:
        """First character after white space, or nothing at the end of the text."""
        first = self._text[self._at : self._at + 1]
        if first not in _SPACES:
            return first
        space = _SPACE.match(self._text, self._at)
        self._at = space.end() if space else self._at
        return self._text[self._at : self._at + 1]

    def value(self) -> None:
        """Read one value with all that it holds."""
        character = self.next_character()
        place = self._place(self._at)
        if character == "{":
            self._builder.open({}, place)
            self._items("}", place)
        elif character == "[":
            self._builder.open([], place)
            self._items("]", place)
        elif character == '"':
            self._builder.value(self._dated(self._string(), place), place)
        else:
            self._builder.value(self._word(place), place)

    def end(self) -> None:
        """Make sure that nothing follows."""
        if self.next_character():
            self._fail("text stands after the end of the mapping", "delete it, or check the brackets above")

    def _items(self, closing: str, opened: Place) -> None:
        """Read the items of a list or mapping up to its closing bracket."""
        self._at += 1
        if self.next_character() != closing:
            self._item(closing)
            while self.next_character() == ",":
                self._at += 1
                if self.next_character() == closing:
                    self._fail(f"a comma stands before {closing!r}", "delete the comma")
                self._item(closing)
        found = self.next_character()
        if found != closing:
            begun = f" (begun in line {opened.line})"
            self._fail(f"expected ',' or {closing!r}, found {_shown(found)}{begun}", "check the brackets and commas")
        self._at += 1
        self._builder.close()

    def _item(self, closing: str) -> None:
        if closing == "}":
            self._key()
        self.value()

    def _key(self) -> None:
        found = self.next_character()
        place = self._place(self._at)
        if found != '"':
            self._fail(f"expected a key in double quotes, found {_shown(found)}", 'write `"key": value`')
        self._builder.key(self._string(), place)
        found = self.next_character()
        if found != ":":
            self._fail(f"expected ':' after a key, found {_shown(found)}", 'write `"key": value`')
        self._at += 1

    def _word(self, place: Place) -> Scalar:
        match = _WORD.match(self._text, self._at)
        if match is None:
            found = self._text[self._at : self._at + 1]
            self._fail(f"expected a value, found {_shown(found)}", "check the brackets and commas")
        value = read_plain(match[0])
        if not isinstance(value, Issue) and not _is_json(match[0]):
            value = self._not_json(match[0], value)
        self._at = match.end()
        return self._checked(value, place)

    def _not_json(self, word: str, value: Scalar) -> Issue:
        """Say how a word should have been written, which other readers than JSON's take for a value."""
        if isinstance(value, int | float):
            what = f"{shortened(word)} is not how JSON writes a number"
            return Issue("", what, hint=f"write {value}", code="DM-NUM-003")
        if word.startswith(("//", "/*", "#")):
            self._fail("JSON has no comments", "delete it")
        self._fail(f"{shortened(word)} stands without quotes", "put text and dates in double quotes")

    def _dated(self, text: str, place: Place) -> Scalar:
        return self._checked(read_date(text), place) if is_date_like(text) else text

    def _checked(self, value: Scalar | Issue, place: Place) -> Scalar:
        if isinstance(value, Issue):
            self._builder.problem(_without_marks(value), place)
            return None
        return value

    def _string(self) -> str:
        """Read a text in double quotes, and leave the position behind it."""
        pieces, opened = [], self._place(self._at)
        self._at += 1
        while True:
            stop = _STRING_STOP.search(self._text, self._at)
            if stop is None:
                self._at = len(self._text)
                self._fail(f"text in quotes is not closed (begun in line {opened.line})", "end it with the same quote")
            pieces.append(self._text[self._at : stop.start()])
            self._at = stop.start()
            if stop[0] == '"':
                self._at += 1
                return "".join(pieces)
            if stop[0] != "\\":
                self._fail("a tab or line end stands in quoted text", "write \\t or \\n, or close the quotes")
            pieces.append(self._escape())

    def _escape(self) -> str:
        letter = self._text[self._at + 1 : self._at + 2]
        if letter in _ESCAPES:
            self._at += 2
            return _ESCAPES[letter]
        digits = _FOUR_DIGITS.match(self._text, self._at + 2) if letter == "u" else None
        if digits is None:
            self._fail("an unknown escape in double quotes", "write \\\\ for a backslash")
        self._at = digits.end()
        code = int(digits[0], 16)
        low = _LOW_HALF.match(self._text, self._at) if 0xD800 <= code < 0xDC00 else None
        if low is None:
            return chr(code)
        self._at = low.end()
        return chr(0x10000 + ((code - 0xD800) << 10) + int(low[1], 16) - 0xDC00)

    def _place(self, position: int) -> Place:
        return Place(*place_at(self._starts, position))

    def _fail(self, what: str, hint: str) -> NoReturn:
        line, column = self._place(self._at)
        self._builder.findings.end(Issue("", what, hint=hint, line=line, column=column, code="DM-YML-003"))


def _shown(character: str) -> str:
    return repr(character) if character else "the end of the file"


def _is_json(word: str) -> bool:
    return word in ("null", "true", "false") or _NUMBER.fullmatch(word) is not None


def _without_marks(issue: Issue) -> Issue:
    """Issue whose hint is good JSON, which has no `_` in numbers."""
    return Issue("", issue.what, issue.allowed, issue.hint.replace("_", ""), code=issue.code)
