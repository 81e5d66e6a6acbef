"""Decrement tables as a workbook to be printed: average lives first, then a sheet for each table.

Cells hold the numbers unrounded; their formats print them as prospectuses do. A table with more columns than a page
takes goes on on the next sheet. Everything that a deal says is written as text, never as a formula.
"""

from __future__ import annotations

import os
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path
from typing import Any

from dealmodel.analytics.decrement import NOT_AVAILABLE
from dealmodel.analytics.decrement_tables import (
    AVERAGE_LIFE,
    NEVER_REPAID,
    DecrementTable,
    DecrementTables,
    column_groups,
)
from dealmodel.basics.words import name_in_words, sentence
from dealmodel.excel.fast_worksheet import FastWorkbook
from dealmodel.excel.styles import DATE, GREY_INK, LINE_INK, TITLE_INK, Styles, clean
from dealmodel.io.write import written

LIVES = "Average lives"
A4 = 9
COLUMNS_UPRIGHT, COLUMNS_A_SHEET = 8, 14
"""Most columns of figures on an upright page, and on any page."""
LABEL_WIDTH, WIDTH = 34.0, 12.0
LINE = 13.0
"""Height of a line of text. [points]"""
MOST_OF_A_NAME = 31
PERCENT_FORMATS = {0: '[>=0.5]#,##0;[>0]"*";0', 2: "#,##0.00"}
LIFE_FORMAT = "0.00"
_LABEL_CHARACTERS, _CHARACTERS = 1.15, 1.45  # of usual and of small text in the width of one digit
_CREATED = datetime(2000, 1, 1)  # the same bytes for the same numbers: no clock
_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_MAX_TITLE, _MAX_FOOTER = 250, 100


def write_decrement(tables: DecrementTables, path: str | os.PathLike[str]) -> Path:
    """Write decrement tables as a workbook.

    The same tables give the same bytes. The file appears under its name only when it is complete and on disk.

    Parameters
    ----------
    tables : DecrementTables
    path : path
        Where to write it: an .xlsx file in a folder that exists.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    FileAccessError
        The file cannot be written.
    """
    target = Path(path)
    with written(target) as temporary:
        _write(tables, temporary)
    return target


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A table on a sheet, or those of its columns that go on on this one."""

    name: str
    table: DecrementTable
    first: int
    last: int


def _write(tables: DecrementTables, path: Path) -> None:
    file = FastWorkbook(str(path), _OPTIONS)
    file.set_properties({"title": clean(tables.title)[:_MAX_TITLE], "author": "dealmodel", "created": _CREATED})
    writer = _Writer(tables, file, Styles(file))
    writer.lives()
    for sheet in _sheets(tables):
        writer.table(sheet)
    file.close()


def _sheets(tables: DecrementTables) -> Iterator[_Sheet]:
    taken = {LIVES.lower(), "history"}
    for table in tables.tables:
        for first, last in column_groups(len(tables.columns), COLUMNS_A_SHEET):
            name = _free_name(table.title, taken)
            taken.add(name.lower())
            yield _Sheet(name, table, first, last)


def _free_name(wanted: str, taken: set[str]) -> str:
    """A sheet's name that is not taken and not too long."""
    name, number = wanted[:MOST_OF_A_NAME], 1
    while name.lower() in taken:
        number += 1
        end = f" ({number})"
        name = wanted[: MOST_OF_A_NAME - len(end)] + end
    return name


class _Writer:
    """Writes sheets from top to bottom."""

    def __init__(self, tables: DecrementTables, file: Any, styles: Styles) -> None:
        self.tables, self.file, self.styles = tables, file, styles
        self.sheet: Any = None
        self.row = 0

    @property
    def grey(self) -> Any:
        """Format of what stands beside the figures."""
        return self.styles(font_color=GREY_INK)

    def lives(self) -> None:
        """Write the first sheet: lives of all tranches, what the columns are, notes and hashes."""
        tables = self.tables
        columns = min(len(tables.columns), COLUMNS_A_SHEET)
        self._start(LIVES, columns, "Average lives in years")
        self._text(f"Closing {tables.closing.isoformat()}", self.grey)
        self.row += 1
        for first, last in column_groups(len(tables.columns), COLUMNS_A_SHEET):
            self._headings("Tranche", first, last)
            for table in tables.tables:
                self._lives_of(table, first, last)
            self.row += 1
        self._words("Columns", self._columns())
        self._words("Notes", tables.notes())
        facts = [
            f"Deal {tables.deal}, hash {tables.deal_hash or 'none'}",
            f"Model hash {tables.manifest['model_hash']}",
        ]
        self._words("Made from", [*facts, f"dealmodel {tables.manifest['dealmodel']}"])

    def table(self, sheet: _Sheet) -> None:
        """Write the sheet of a table."""
        tables, table = self.tables, sheet.table
        self._start(sheet.name, sheet.last - sheet.first, f"{table.title}: percentages of original balance outstanding")
        self._text(self._balance(table), self.grey)
        if tables.vary:
            self._text(f"Scenario: {tables.scenarios[table.scenario]}", self.grey)
            self._text(f"Columns: {tables.varied}", self.grey)
        self.row += 1
        top = self.row
        self._headings(tables.row_heading, sheet.first, sheet.last)
        self.sheet.freeze_panes(self.row, 1)
        self.sheet.repeat_rows(top, self.row - 1)
        percent = self.styles(num_format=PERCENT_FORMATS[tables.places], align="right")
        for number, values in enumerate(table.percent.to_numpy()):
            self._row_label(table, number)
            self._figures(values[sheet.first : sheet.last], percent)
        self._lives_rows(table, sheet.first, sheet.last)
        if any(table.never_repaid):
            self._label(NEVER_REPAID, self.styles(text_wrap=True))
            self._figures(table.never_repaid[sheet.first : sheet.last], percent)
        self.row += 1
        for note in tables.notes():
            self._note(note, sheet.last - sheet.first)

    def _start(self, name: str, columns: int, title: str) -> None:
        self.sheet, self.row = self.file.add_worksheet(name), 0
        sheet, tables = self.sheet, self.tables
        sheet.set_column(0, 0, LABEL_WIDTH)
        sheet.set_column(1, max(columns, 1), WIDTH)
        sheet.set_portrait() if columns <= COLUMNS_UPRIGHT else sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
        sheet.fit_to_pages(1, 0)
        sheet.hide_gridlines(2)
        said = f"{tables.title[:_MAX_FOOTER]}; deal hash {tables.deal_hash[:12] or 'none'}".replace("&", "&&")
        sheet.set_footer(f"&L&8{clean(said)}&R&8Page &P of &N")
        self._text(tables.title, self.grey)
        self._text(title, self.styles.title)

    def _text(self, text: str, style: Any = None) -> None:
        self.sheet.write_string(self.row, 0, clean(text), style or self.styles.text)
        self.row += 1

    def _headings(self, label: str, first: int, last: int) -> None:
        style = self.styles(
            bold=True,
            font_color=TITLE_INK,
            bottom=1,
            bottom_color=LINE_INK,
            text_wrap=True,
            align="right",
            valign="bottom",
        )
        left = self.styles(bold=True, font_color=TITLE_INK, bottom=1, bottom_color=LINE_INK, valign="bottom")
        self.sheet.write_string(self.row, 0, label, left)
        words = [clean(sentence(column.heading)) for column in self.tables.columns[first:last]]
        for place, heading in enumerate(words, 1):
            self.sheet.write_string(self.row, place, heading, style)
        self._height(words, WIDTH - 2)
        self.row += 1

    def _row_label(self, table: DecrementTable, number: int) -> None:
        left = {"align": "left"}
        if self.tables.by == "month":
            self.sheet.write_number(self.row, 0, table.months[number], self.styles(num_format="0", **left))
        elif table.months[number] == 0:
            self._label(self.tables.row_labels(table)[number], self.styles.text)
        else:
            day = datetime.combine(table.dates[number], time())
            self.sheet.write_datetime(self.row, 0, day, self.styles(num_format=DATE, **left))

    def _label(self, text: str, style: Any) -> None:
        self.sheet.write_string(self.row, 0, clean(text), style)
        self._height([text], LABEL_WIDTH * _LABEL_CHARACTERS)

    def _height(self, texts: Sequence[str], width: float) -> None:
        """Make the row as high as its longest text needs."""
        lines = max(len(textwrap.wrap(text, int(width))) for text in texts)
        self.sheet.set_row(self.row, LINE * max(lines, 1) + 2)

    def _figures(self, values: Iterable[float], style: Any) -> None:
        """Write the figures of a row, and go to the next."""
        for place, value in enumerate(values, 1):
            if value != value:
                self.sheet.write_string(self.row, place, NOT_AVAILABLE, style)
            else:
                self.sheet.write_number(self.row, place, float(value), style)
        self.row += 1

    def _lives_of(self, table: DecrementTable, first: int, last: int) -> None:
        """Write the lives of a table on the first sheet, and what was never repaid."""
        wrapped = self.styles(text_wrap=True)
        for label, values in table.life_rows(own=True):
            self._label(f"{table.title}{label.removeprefix(AVERAGE_LIFE)}", wrapped)
            self._figures(values[first:last], self.styles(num_format=LIFE_FORMAT, align="right"))
        if any(table.never_repaid):
            self._label(f"{table.title}: never repaid, % of balance", self.styles(text_wrap=True, font_color=GREY_INK))
            form = PERCENT_FORMATS[self.tables.places]
            grey = self.styles(num_format=form, align="right", font_color=GREY_INK)
            self._figures(table.never_repaid[first:last], grey)

    def _lives_rows(self, table: DecrementTable, first: int, last: int) -> None:
        for number, (label, values) in enumerate(table.life_rows()):
            line = {"top": 1, "top_color": LINE_INK} if number == 0 else {}
            self._label(label, self.styles(bold=True, text_wrap=True, **line))
            figures = self.styles(bold=True, num_format=LIFE_FORMAT, align="right", **line)
            self._figures(values[first:last], figures)

    def _balance(self, table: DecrementTable) -> str:
        low, high = min(table.balances), max(table.balances)
        amount = f"{low:,.0f}" if low == high else f"{low:,.0f} to {high:,.0f}"
        return f"Original balance {self.tables.currency} {amount}; closing {self.tables.closing.isoformat()}"

    def _columns(self) -> list[str]:
        tables = self.tables
        said = [f"{sentence(name_in_words(name))}: {title}" for name, title in tables.scenarios.items()]
        return [f"Values of: {tables.varied}", *said] if tables.vary else said

    def _words(self, heading: str, lines: Sequence[str]) -> None:
        self._text(heading, self.styles(bold=True, font_color=TITLE_INK))
        for line in lines:
            self._note(line, min(len(self.tables.columns), COLUMNS_A_SHEET))
        self.row += 1

    def _note(self, text: str, columns: int) -> None:
        """Write a text over the width of the page, in as many lines as it takes."""
        style = self.styles(font_color=GREY_INK, font_size=9, text_wrap=True, valign="top")
        shown = clean(text)
        width = int((LABEL_WIDTH + WIDTH * columns) * _CHARACTERS)
        lines = max(len(textwrap.wrap(shown, width)), 1)
        self.sheet.merge_range(self.row, 0, self.row, max(columns, 1), "", style)
        self.sheet.write_string(self.row, 0, shown, style)
        self.sheet.set_row(self.row, LINE * lines + 1)
        self.row += 1
