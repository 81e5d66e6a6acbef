"""Fill one sheet of a template: blocks repeat their named row, and all else moves down as it stands."""

from __future__ import annotations

import copy
import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from dealmodel.analytics.term_sheet.tables import HEADING, NONE, TOTAL, Cell, Figure, Row, TermSheet
from dealmodel.basics.errors import Issue, WorkbookError
from dealmodel.excel.styles import DATE, clean, input_format

LINE_POINTS, ROOM_POINTS, MOST_POINTS = 12.8, 3.0, 409.0
"""Height of a line of text, what a row has beside its lines, and the highest row that Excel takes. [points]"""

_CHARACTERS = 1.08  # of usual text in the width of one digit
_REFERENCE = re.compile(r"'?([^'!]+)'?!\$([A-Z]{1,3})\$([0-9]+)(?::\$([A-Z]{1,3})\$([0-9]+))?")
_STARTS_A_FORMULA = ("=", "+", "-", "@")
_FORMATS = {"share": "0.0%", "years": "0.00", "currency": "#,##0;-#,##0", "ratio": '0.00"x";-0.00"x"'}


@dataclass(frozen=True, slots=True)
class Place:
    """Cells of one row of the template, as a defined name gives them. Rows and columns are counted from 1."""

    name: str
    sheet: str
    row: int
    first: int
    last: int

    @classmethod
    def read(cls, name: str, reference: str) -> Place:
        """Read a reference such as `'Summary'!$A$5:$M$5`."""
        from openpyxl.utils import column_index_from_string

        found = _REFERENCE.fullmatch(reference)
        if found is None or found[5] not in (None, found[3]):
            what = f"{reference!r} is not a row of cells"
            raise WorkbookError("template", [Issue(name, what, "such as 'Summary'!$A$5:$M$5", code="DM-BOOK-033")])
        first = column_index_from_string(found[2])
        return cls(name, found[1], int(found[3]), first, column_index_from_string(found[4]) if found[4] else first)

    def write_text(self, book: Any, text: str) -> None:
        """Write a text into its first cell."""
        _write_text(book[self.sheet].cell(self.row, self.first), text)

    def over(self, first_row: int, last_row: int) -> str:
        """The reference of the same columns over some rows."""
        from openpyxl.utils import get_column_letter

        start, end = get_column_letter(self.first), get_column_letter(self.last)
        return f"'{self.sheet}'!${start}${first_row}:${end}${last_row}"


@dataclass(frozen=True, slots=True)
class _TemplateRow:
    """A row of the template: values and styles by column, height, and merged columns."""

    cells: dict[int, tuple[Any, Any]]
    height: float | None
    merged: tuple[tuple[int, int], ...]


@dataclass(slots=True)
class Filler:
    """Writes one sheet anew from its template rows, from top to bottom.

    Parameters
    ----------
    book, page : openpyxl workbook and worksheet
    places : mapping from block, or block and look, to Place
        Those on this sheet.
    """

    book: Any
    page: Any
    places: Mapping[str, Place]
    _row: int = 1
    _template: dict[int, _TemplateRow] = field(default_factory=dict)

    def fill(self, sheet: TermSheet) -> None:
        """Write the blocks of a term sheet, and what stands between them; names follow, those of looks are dropped."""
        self._take_template()
        looks = [place for name, place in self.places.items() if name.endswith((f"_{HEADING}", f"_{TOTAL}"))]
        others = {place.row for place in looks}
        blocks = {place.row: name for name, place in self.places.items() if name in sheet.blocks}
        for row in list(self._template):
            if row in blocks:
                self._block(blocks[row], sheet.blocks[blocks[row]])
            elif row not in others:
                self._copy(row)
                for place in self.places.values():
                    if place.row == row:
                        self.book.defined_names[place.name].attr_text = place.over(self._row, self._row)
                self._row += 1
        for place in looks:
            del self.book.defined_names[place.name]

    def _take_template(self) -> None:
        page = self.page
        merged: dict[int, list[tuple[int, int]]] = {}
        for span in list(page.merged_cells.ranges):
            merged.setdefault(span.min_row, []).append((span.min_col, span.max_col))
            page.unmerge_cells(str(span))
        for number in range(1, page.max_row + 1):
            cells = {cell.column: (cell.value, copy.copy(cell._style)) for cell in page[number]}
            height = page.row_dimensions[number].height if number in page.row_dimensions else None
            self._template[number] = _TemplateRow(cells, height, tuple(merged.get(number, ())))
        page.delete_rows(1, page.max_row)
        page.row_dimensions.clear()

    def _copy(self, number: int) -> None:
        """Put a row of the template at the present row."""
        row = self._template[number]
        for column, (value, style) in row.cells.items():
            cell = self.page.cell(self._row, column)
            cell._style = copy.copy(style)
            if value is not None:
                _write_text(cell, value) if isinstance(value, str) else setattr(cell, "value", value)
        self._merge(row.merged)
        if row.height is not None:
            self.page.row_dimensions[self._row].height = row.height

    def _merge(self, spans: Sequence[tuple[int, int]]) -> None:
        for first, last in spans:
            self._merge_cells(self._row, first, self._row, last)

    def _merge_cells(self, top: int, left: int, bottom: int, right: int) -> None:
        from openpyxl.utils import get_column_letter

        # Not `merge_cells`, which takes a hundredth of a second to redraw borders that are there already.
        self.page.merged_cells.add(f"{get_column_letter(left)}{top}:{get_column_letter(right)}{bottom}")

    def _block(self, name: str, rows: Sequence[Row]) -> None:
        start = self._row
        for group in _groups(rows or [Row.of(NONE)]):
            self._group(name, group)
        place = self.places[name]
        self.book.defined_names[place.name].attr_text = place.over(start, self._row - 1)

    def _group(self, name: str, rows: Sequence[Row]) -> None:
        """Write a row and those that continue it; what they share is one cell over all of them."""
        first, shared = self._row, rows[-1].continues
        needed = 1
        for row in rows:
            place = self.places[f"{name}_{row.look}" if row.look else name]
            template = self._template[place.row]
            self._copy(place.row)
            own = 1
            for column, value in enumerate(row.cells, place.first):
                self._write(self.page.cell(self._row, column), value)
                lines = self._lines(value, column, template.merged)
                if column - place.first < shared:
                    needed = max(needed, lines)
                else:
                    own = max(own, lines)
            height = max(own * LINE_POINTS + ROOM_POINTS, template.height or 0.0)
            self.page.row_dimensions[self._row].height = min(height, MOST_POINTS)
            self._row += 1
        self._stretch(first, needed * LINE_POINTS + ROOM_POINTS)
        if len(rows) > 1:
            left = self.places[name].first
            for column in range(left, left + shared):
                self._merge_cells(first, column, self._row - 1, column)

    def _stretch(self, first: int, needed: float) -> None:
        """Make rows higher together where what they share needs it."""
        rows = range(first, self._row)
        missing = needed - sum(self.page.row_dimensions[row].height for row in rows)
        for row in rows if missing > 0 else ():
            height = self.page.row_dimensions[row].height + missing / len(rows)
            self.page.row_dimensions[row].height = min(height, MOST_POINTS)

    def _write(self, cell: Any, value: Cell) -> None:
        if isinstance(value, str):
            _write_text(cell, clean(value))
        elif isinstance(value, date):
            cell.value, cell.number_format = value, DATE
        elif isinstance(value, Figure):
            cell.value, cell.number_format = value.value, figure_format(value)

    def _lines(self, value: Cell, column: int, merged: Sequence[tuple[int, int]]) -> int:
        """Lines that a text takes in its column, or in the columns merged with it."""
        from openpyxl.utils import get_column_letter

        if not isinstance(value, str) or not self.page.cell(self._row, column).alignment.wrap_text:
            return 1
        last = next((last for first, last in merged if first == column), column)
        letters = [get_column_letter(place) for place in range(column, last + 1)]
        width = sum(self.page.column_dimensions[letter].width for letter in letters)
        return sum(max(len(textwrap.wrap(part, max(int(width * _CHARACTERS), 1))), 1) for part in value.split("\n"))


def figure_format(figure: Figure) -> str:
    """Number format of a figure; an exact one shows every digit that its author gave."""
    found = input_format(figure.unit) if figure.exact else _FORMATS.get(figure.unit, input_format(figure.unit))
    return "0" if figure.unit in ("name", "number") else found


def _groups(rows: Sequence[Row]) -> list[list[Row]]:
    groups: list[list[Row]] = []
    for row in rows:
        if row.continues and groups:
            groups[-1].append(row)
        else:
            groups.append([row])
    return groups


def _write_text(cell: Any, text: str) -> None:
    """Write a text as a text, whatever it begins with."""
    cell.value = text
    cell.data_type = "s"
    if text.startswith(_STARTS_A_FORMULA):
        cell.quotePrefix = True
