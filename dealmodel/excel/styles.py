"""How cells look: blue on cream is an input, black a formula, green a link, grey a flag, red a failed check."""

from __future__ import annotations

import re
from typing import Any

INPUT_INK, INPUT_PAPER = "#0000C0", "#FFF8DC"
LINK_INK, GREY_INK, TITLE_INK = "#00702F", "#808080", "#1F3864"
HEADING_PAPER, LINE_INK = "#E8EDF4", "#B8C4D6"
FAIL_INK, FAIL_PAPER, HOLD_INK = "#9C0006", "#FFC7CE", "#00702F"
FONT = "Calibri"

DATE = "d mmm yyyy"
MAX_TEXT = 32_000  # Excel holds 32,767 characters
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")

_FORMATS = {
    "currency": '#,##0;-#,##0;"-"',
    "flag": '0;-0;"-"',
    "ratio": '0.00"x";-0.00"x";"-"',
    "share": '0.0%;-0.0%;"-"',
    "share per year": "0.0%",
    "rate per year": "0.00%",
    "month": "0",
    "months": "#,##0.##",
    "years": "0.0000",
    "times": "0.00",
    "units": '#,##0;-#,##0;"-"',
}
_INPUT_FORMATS = {"currency": "#,##0.00#", "share": "0.0##%", "rate per year": "0.00##%", "share per year": "0.0##%"}
_INPUT_FORMATS |= {"ratio": '0.00#"x"', "months": "0.##", "units": "#,##0", "flag": "0", "times": "0.00##"}


def number_format(unit: str, role: str = "") -> str:
    """Number format of a calculated cell; a dash stands for nothing."""
    if role == "check":
        return '0.0E+00;-0.0E+00;"-"'
    if unit.startswith("currency per"):
        return "#,##0.00"
    return _FORMATS.get(unit, "#,##0.00")


def input_format(unit: str) -> str:
    """Number format of an input: every digit that people give."""
    if unit == "months":
        return "0"
    if unit.startswith("currency per"):
        return "#,##0.00##"
    return _INPUT_FORMATS.get(unit) or _FORMATS.get(unit, "#,##0.00##")


def clean(text: str) -> str:
    """A text that a cell can hold: no control characters, not too long."""
    text = _CONTROL.sub(" ", text)
    return text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + " ..."


class Styles:
    """Formats of one workbook, each made once."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[tuple[str, Any], ...], Any] = {}

    def __call__(self, **properties: Any) -> Any:
        """A format with some properties; the font is the same everywhere."""
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            plain = {"font_name": FONT, "font_size": 10, "valign": "vcenter"}
            self._made[key] = self._book.add_format({**plain, **properties})
        return self._made[key]

    def number(self, unit: str, role: str = "", *, link: bool = False, exact: bool = False) -> Any:
        """Format of a calculated number; an exact one shows its digits as an input does."""
        ink = GREY_INK if role == "flag" or unit == "flag" else LINK_INK if link else "#000000"
        found: dict[str, Any] = {
            "num_format": input_format(unit) if exact else number_format(unit, role),
            "font_color": ink,
        }
        if role == "balance":
            found |= {"bold": True, "top": 1, "top_color": LINE_INK}
        return self(**found)

    def input(self, unit: str, *, live: bool = True) -> Any:
        """Format of an input; one that is not live is grey and locked."""
        if not live:
            return self(num_format=input_format(unit), font_color=GREY_INK)
        cell = {
            "font_color": INPUT_INK,
            "bg_color": INPUT_PAPER,
            "locked": False,
            "border": 1,
            "border_color": LINE_INK,
        }
        return self(num_format=input_format(unit), **cell)

    @property
    def title(self) -> Any:
        """Format of a sheet's title."""
        return self(bold=True, font_size=14, font_color=TITLE_INK)

    @property
    def heading(self) -> Any:
        """Format of a block's heading."""
        return self(bold=True, font_color=TITLE_INK, bg_color=HEADING_PAPER)

    @property
    def header(self) -> Any:
        """Format of a column's heading."""
        cell = {"bold": True, "font_color": TITLE_INK, "bg_color": HEADING_PAPER, "text_wrap": True}
        return self(**cell, align="center", bottom=1, bottom_color=LINE_INK)

    @property
    def text(self) -> Any:
        """Format of a text."""
        return self()

    @property
    def grey(self) -> Any:
        """Format of what a reader need not read."""
        return self(font_color=GREY_INK, font_size=8)

    @property
    def failed(self) -> Any:
        """Look of a failed check, laid over another format."""
        return self._conditional(font_color=FAIL_INK, bg_color=FAIL_PAPER)

    @property
    def holds(self) -> Any:
        """Look of a check that holds."""
        return self._conditional(font_color=HOLD_INK)

    def _conditional(self, **properties: Any) -> Any:
        key = (("conditional", True), *sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format(properties)
        return self._made[key]
