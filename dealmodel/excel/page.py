"""One sheet of the live workbook: its header, its protection, its print setup, and rows of formulas."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from dealmodel.engine.invariants import LARGEST_TOLERANCE, RELATIVE_TOLERANCE
from dealmodel.engine.result import Result
from dealmodel.excel.formulas import FormulaWriter, marks
from dealmodel.excel.layout import (
    CHECKS,
    CONSTANT,
    DATE_ROW,
    FIRST_MONTH_COLUMN,
    LABEL,
    MONTH_ROW,
    NAME,
    STATUS_ROW,
    TIMELINE,
    TITLE_ROW,
    TOTAL,
    UNIT,
    WorkbookMap,
    quoted,
)
from dealmodel.excel.styles import DATE, GREY_INK, TITLE_INK, Styles, clean
from dealmodel.lines.expressions import Reduce, walk

A3 = 8
MONTHS_A_PAGE = 18
SIZE = "check.size"
"""The line that holds the deal's size, on which the tolerance of checks is set."""

HOLDS, FAILS = "ALL CHECKS HOLD", "CHECK FAILS"
_PROTECTION = {"format_columns": True, "format_rows": True, "select_locked_cells": True, "select_unlocked_cells": True}


@dataclass(frozen=True)
class Book:
    """What every sheet needs while it is written."""

    result: Result
    where: WorkbookMap
    writer: FormulaWriter
    styles: Styles
    file: Any

    @cached_property
    def totalled(self) -> frozenset[str]:
        """Lines of which some result is the total over all months."""
        nodes = (node for item in self.where.model.summary for node in walk(item.formula))
        return frozenset(node.line.name for node in nodes if isinstance(node, Reduce) and node.how == "total")

    @cached_property
    def tolerance(self) -> float:
        """What counts as rounding in a check. [currency]"""
        if SIZE not in self.where.model.definitions:
            return LARGEST_TOLERANCE
        return min(self.result.lines.number(SIZE) * RELATIVE_TOLERANCE, LARGEST_TOLERANCE)

    @cached_property
    def failing(self) -> int:
        """How many checks fail in this run."""
        return sum(not self.result.lines.number(item.name) <= self.tolerance for item in self.where.worst)

    @property
    def status(self) -> str:
        """What the master check says of this run."""
        return FAILS if self.failing else HOLDS


class Page:
    """A sheet being written. Rows are numbered as Excel shows them, columns from 0."""

    def __init__(self, book: Book, name: str) -> None:
        self.book, self.name = book, name
        self.sheet = book.file.get_worksheet_by_name(name)
        self.styles = book.styles

    def text(self, row: int, column: int, text: str, style: Any = None) -> None:
        """Write a text; one that begins with = stays a text."""
        if text:
            self.sheet.write_string(row - 1, column, clean(text), style or self.styles.text)

    def number(self, row: int, column: int, value: float, style: Any = None) -> None:
        """Write a plain number."""
        self.sheet.write_number(row - 1, column, value, style)

    def formula(self, row: int, column: int, formula: str, value: float | str, style: Any = None) -> None:
        """Write a formula with its value beside it."""
        self.sheet.write_formula(row - 1, column, formula, style, value)

    def across(self, row: int, template: str, values: Sequence[float], style: Any, first: int = 1) -> None:
        """Write one formula into the months from `first` on."""
        backs = marks(template)
        letters, start = self.book.where.letters, self.book.where.month_column(first)
        signs = [chr(0xE000 + back) for back in backs]
        write = self.sheet.write_formula
        for column, value in enumerate(values, start):
            formula = template
            for sign, back in zip(signs, backs, strict=True):
                formula = formula.replace(sign, letters[column - back])
            write(row - 1, column, formula, style, value)

    def head(self, title: str) -> None:
        """Write title, check status, period ends and month numbers, and set up the page."""
        where, styles = self.book.where, self.styles
        self.text(TITLE_ROW, LABEL, title, styles.title)
        self.status_cell()
        dates = styles(num_format=DATE, bold=True, align="right", font_color=TITLE_INK, font_size=9)
        months = styles(num_format="0", bold=True, align="right", bottom=1, font_color=TITLE_INK)
        self.text(DATE_ROW, LABEL, "Payment date", styles(bold=True, font_color=TITLE_INK))
        for column, word in (
            (LABEL, "Month"),
            (UNIT, "Unit"),
            (CONSTANT, "Constant"),
            (TOTAL, "Total"),
            (NAME, "Line"),
        ):
            align = "right" if column in (CONSTANT, TOTAL) else "left"
            indent = 1 if column == NAME else 0
            look = {"bold": True, "bottom": 1, "font_color": TITLE_INK, "align": align, "indent": indent}
            self.text(MONTH_ROW, column, word, styles(**look))
        self.text(
            MONTH_ROW, where.last_column + 1, "Deal file", styles(bold=True, bottom=1, font_color=TITLE_INK, indent=1)
        )
        for month in range(1 - where.model.history, where.model.periods + 1):
            self._head_of(month, dates, months)
        self._set_up(title)

    def status_cell(self, row: int = STATUS_ROW, column: int = LABEL) -> None:
        """Write the link to the master check."""
        where, styles = self.book.where, self.styles
        cell = f"$C${where.master_row}"
        formula = f"={cell}" if self.name == CHECKS else f"={quoted(CHECKS)}!{cell}"
        self.formula(row, column, formula, self.book.status, styles(bold=True))
        self.mark_text(row, column, row, column)

    def mark_text(self, first_row: int, first_column: int, last_row: int, last_column: int) -> None:
        """Show texts with FAIL in red and texts with HOLD in green."""
        place = (first_row - 1, first_column, last_row - 1, last_column)
        for word, style in (("FAIL", self.styles.failed), ("HOLD", self.styles.holds)):
            rule = {"type": "text", "criteria": "containing", "value": word, "format": style}
            self.sheet.conditional_format(*place, rule)

    def protect(self) -> None:
        """Lock all but the input cells, without a password."""
        self.sheet.protect("", _PROTECTION)

    def landscape(self, pages_wide: int, title: str) -> None:
        """Print on A3, so many pages wide and as many high as it takes."""
        sheet = self.sheet
        sheet.set_landscape()
        sheet.set_paper(A3)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.fit_to_pages(pages_wide, 0)
        model = self.book.where.model
        said = clean(f"{model.title}: {title}").replace("&", "&&")[:120]
        sheet.set_footer(f"&L&8{said}&R&8Page &P of &N")
        sheet.hide_gridlines(2)

    def _head_of(self, month: int, dates: Any, months: Any) -> None:
        where = self.book.where
        column, letters = where.month_column(month), where.month_letters(month)
        if self.name == TIMELINE:
            self.number(MONTH_ROW, column, month, months)
            if 1 <= month <= len(where.model.period_ends):
                end = date.fromisoformat(where.model.period_ends[month - 1])
                self.sheet.write_datetime(DATE_ROW - 1, column, end, dates)
            return
        self.formula(MONTH_ROW, column, f"={TIMELINE}!{letters}${MONTH_ROW}", month, months)
        if 1 <= month <= len(where.model.period_ends):
            serial = (date.fromisoformat(where.model.period_ends[month - 1]) - date(1899, 12, 30)).days
            self.formula(DATE_ROW, column, f"={TIMELINE}!{letters}${DATE_ROW}", serial, dates)

    def _set_up(self, title: str) -> None:
        where, sheet, styles = self.book.where, self.sheet, self.styles
        sheet.set_column(LABEL, LABEL, 46, styles.text)
        sheet.set_column(UNIT, UNIT, 15, styles(font_color=GREY_INK))
        sheet.set_column(CONSTANT, TOTAL, 15, styles.text)
        sheet.set_column(NAME, NAME, 17, styles.grey)
        if where.model.history > 1:
            sheet.set_column(FIRST_MONTH_COLUMN, where.month_column(-1), 12, styles(font_color=GREY_INK))
        sheet.set_column(where.month_column(0), where.last_column, 13, styles.text)
        sheet.set_column(where.last_column + 1, where.last_column + 1, 40, styles.grey)
        sheet.freeze_panes(MONTH_ROW, FIRST_MONTH_COLUMN)
        sheet.repeat_columns(LABEL, TOTAL)
        sheet.repeat_rows(0, MONTH_ROW - 1)
        shown = where.model.periods + where.model.history
        self.landscape(max(math.ceil(shown / MONTHS_A_PAGE), 1), title)
        self.protect()


Painter = Callable[[Page], None]
