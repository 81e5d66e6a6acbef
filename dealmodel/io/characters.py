"""Bytes to text: UTF-8 only, and no character that hides or reorders what a reader sees."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dealmodel.basics.errors import Issue

_BYTE_ORDER_MARK = "\ufeff"
_OTHER_ENCODINGS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_KINDS = {
    "control": ("DM-ENC-003", "a control character", "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"),
    "order": (
        "DM-ENC-004",
        "a character that changes the order of the text",
        "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069",
    ),
    "unseen": (
        "DM-ENC-005",
        "a character that cannot be seen",
        "\u00ad\u180e\u200b-\u200d\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f",
    ),
    "unfit": ("DM-ENC-006", "a character that files cannot carry", "\u2028\u2029\ud800-\udfff\ufffe\uffff"),
}
_REFUSED = re.compile("|".join(f"(?P<{kind}>[{ranges}])" for kind, (_, _, ranges) in _KINDS.items()))
_LINE_END = re.compile("\r\n|\r|\n")


def decoded(raw: bytes) -> str | Issue:
    """Text of a file's bytes, or what keeps them from being UTF-8. A leading byte order mark is left out."""
    if raw.startswith(_OTHER_ENCODINGS) or _alternates_with_nul(raw):
        hint = "save the file as UTF-8"
        return Issue("", "the file is in UTF-16 or UTF-32", hint=hint, line=1, column=1, code="DM-ENC-001")
    try:
        return raw.decode("utf-8").removeprefix(_BYTE_ORDER_MARK)
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8").removeprefix(_BYTE_ORDER_MARK)
        line, column = place_at(line_starts(before), len(before))
        what, hint = f"byte 0x{raw[error.start]:02X} is not UTF-8", "save the file as UTF-8"
        return Issue("", what, hint=hint, line=line, column=column, code="DM-ENC-002")


def refused_characters(text: str) -> Iterator[tuple[int, Issue]]:
    """Each character that may not stand in a deal file, with its position from 0 and an issue without a place.

    Refused are control characters save tab and line ends, characters that reorder text (bidirectional overrides,
    isolates and marks), characters without a width, lone surrogates and what cannot be written to a workbook.
    """
    for match in _REFUSED.finditer(text):
        code, what, _ = _KINDS[match.lastgroup or "control"]
        hint = "delete it and type the text around it again"
        yield match.start(), Issue("", f"{what}, U+{ord(match[0]):04X}", hint=hint, code=code)


def refused_in_value(text: str) -> Issue | None:
    """The first character of a key or value that may not stand there, written as itself or as an escape."""
    if "\r" in text:
        return Issue("", "a control character, U+000D", hint="write \\n for a line end", code="DM-ENC-003")
    return next((issue for _, issue in refused_characters(text)), None)


def line_starts(text: str) -> list[int]:
    """Positions, from 0, at which the lines of a text start."""
    return [0, *(match.end() for match in _LINE_END.finditer(text))]


def place_at(starts: list[int], position: int) -> tuple[int, int]:
    """Line and column, from 1, of a position in a text whose lines start at `starts`."""
    low, high = 0, len(starts)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if starts[middle] <= position else (low, middle)
    return low + 1, position - starts[low] + 1


def _alternates_with_nul(raw: bytes) -> bool:
    head = raw[:4]
    return len(head) >= 2 and (head[0] == 0) != (head[1] == 0)
