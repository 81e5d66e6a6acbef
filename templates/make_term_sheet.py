"""Make `term_sheet.xlsx`, the template that term sheets are filled into. Run by hand after a change here:

    python templates/make_term_sheet.py

Each block of a term sheet has a defined name, `ts_<block>`, for one row of cells; `ts_<block>_total` and
`ts_<block>_heading` are the looks of its other rows. The fill repeats these rows and moves down what stands below.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName

from dealmodel.excel.files import without_clock
from dealmodel.excel.styles import FAIL_INK, FONT, GREY_INK, HEADING_PAPER, LINE_INK, TITLE_INK

TARGET = Path(__file__).with_name("term_sheet.xlsx")

SUMMARY = (30, 16, 10, 10, 22, 15, 36, 11, 16, 13, 13, 14, 14)
COLLATERAL = (18, 13, 13, 11, 15, 11, 12, 11, 18, 13, 34, 48)
TESTS = (18, 50, 16, 8, 12, 8, 10, 10, 11, 46)
PAYMENTS = (8, 116)
SCENARIOS = (18, 30, 36, 9, 26, 26, 11, 15, 9, 15, 11, 17)
ASSUMPTIONS = (46, 44, 15, 18, 10, 38, 42)

STATUS = (
    "Status of a number: known, stands in a document; press, reported and not confirmed; derived, worked out of other "
    "numbers; assumed, ours."
)


def ink(color: str) -> str:
    """A colour as openpyxl writes it."""
    return "FF" + color.removeprefix("#")


HAIR = Side(style="hair", color=ink(LINE_INK))
THIN = Side(style="thin", color=ink(LINE_INK))


class Sheet:
    """A sheet being made from top to bottom."""

    def __init__(self, book: Workbook, title: str, widths: Sequence[float], heading: str) -> None:
        self.book, self.sheet, self.row, self.columns = book, book.create_sheet(title), 1, len(widths)
        for column, width in enumerate(widths, 1):
            self.sheet.column_dimensions[get_column_letter(column)].width = width
        self._set_up()
        if heading:
            cell = self.cell(1, heading, size=16, bold=True, color=TITLE_INK)
            cell.alignment = Alignment(vertical="top")
            self.sheet.row_dimensions[1].height = 24
            self.row = 3

    def cell(self, column: int, value: str = "", **font: Any) -> Any:
        """Write a cell of the present row in the template's font."""
        cell = self.sheet.cell(self.row, column, value or None)
        cell.font = Font(name=FONT, **{"size": 10, **font, "color": ink(font.get("color", "#000000"))})
        cell.alignment = Alignment(vertical="top", wrap_text=True)
        return cell

    def place(self, name: str, last: int | None = None) -> None:
        """Name cells of the present row, from its first column on."""
        end = f"${get_column_letter(last or self.columns)}${self.row}"
        reference = f"'{self.sheet.title}'!$A${self.row}:{end}"
        self.book.defined_names[f"ts_{name}"] = DefinedName(f"ts_{name}", attr_text=reference)

    def line(self, text: str, name: str = "", **font: Any) -> None:
        """Write a line of text over the whole width."""
        cell = self.cell(1, text, **font)
        cell.alignment = Alignment(vertical="top")
        if name:
            self.place(name, 1)
        self.row += 1

    def section(self, text: str) -> None:
        """Write the heading of a section."""
        for column in range(1, self.columns + 1):
            cell = self.cell(column, text if column == 1 else "", bold=True, size=11, color=TITLE_INK)
            cell.fill = PatternFill("solid", fgColor=ink(HEADING_PAPER))
            cell.alignment = Alignment(vertical="center")
        self.sheet.row_dimensions[self.row].height = 18
        self.row += 1

    def headings(self, *words: str, numbers: Sequence[int] = ()) -> None:
        """Write column headings; those of numbers stand to the right."""
        longest = 1
        for column, text in enumerate(words, 1):
            cell = self.cell(column, text, bold=True, color=TITLE_INK)
            cell.alignment = self.beside(column, numbers, vertical="bottom")
            cell.border = Border(bottom=THIN)
            width = self.sheet.column_dimensions[get_column_letter(column)].width
            longest = max(longest, -(-len(text) // int(width * 0.9)))
        self.sheet.row_dimensions[self.row].height = 14 * longest + 2
        self.row += 1

    def block(self, name: str, *, last: int, numbers: Sequence[int] = (), bold: Sequence[int] = (), look: str = "",
              merged: tuple[int, int] | None = None) -> None:  # fmt: skip
        """Write the row that a block repeats, and name it."""
        for column in range(1, self.columns + 1):
            total, label = look == "total", column in bold
            cell = self.cell(column, bold=total or label or look == "heading", color=TITLE_INK if look else "#000000")
            cell.alignment = self.beside(column, numbers, vertical="top")
            if column <= last:
                cell.border = Border(top=THIN if total else None, bottom=None if look == "heading" else HAIR)
        if merged is not None:
            first, end = (f"{get_column_letter(column)}{self.row}" for column in merged)
            self.sheet.merge_cells(f"{first}:{end}")
        if look == "heading":
            self.sheet.row_dimensions[self.row].height = 26
            self.sheet.cell(self.row, 1).alignment = Alignment(vertical="bottom")
        self.place(f"{name}_{look}" if look else name, last)
        self.row += 1

    def beside(self, column: int, numbers: Sequence[int], *, vertical: str) -> Alignment:
        """Numbers to the right, texts to the left with room before them."""
        if column in numbers:
            return Alignment(vertical=vertical, wrap_text=True, horizontal="right")
        return Alignment(vertical=vertical, wrap_text=True, horizontal="left", indent=1 if column > 1 else 0)

    def gap(self) -> None:
        """Leave a row."""
        self.row += 1

    def _set_up(self) -> None:
        sheet = self.sheet
        sheet.sheet_view.showGridLines = False
        sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
        sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
        margins = sheet.page_margins
        margins.left = margins.right = 0.4
        margins.top, margins.bottom, margins.header, margins.footer = 0.7, 0.6, 0.3, 0.3
        sheet.oddFooter.right.text, sheet.oddFooter.right.size = "Page &P of &N", 8
        sheet.oddHeader.right.text, sheet.oddHeader.right.size = "&A", 8


def summary(book: Workbook) -> None:
    """Title, capital structure, terms of the classes, closing, terms, accounts and fees."""
    sheet = Sheet(book, "Summary", SUMMARY, "")
    sheet.line("", "title", size=18, bold=True, color=TITLE_INK)
    sheet.sheet.row_dimensions[1].height = 28
    sheet.line("", "head", italic=True, color=FAIL_INK)
    sheet.gap()
    sheet.section("Capital structure")
    numbers = (2, 3, 4, 8, 9, 10, 11, 12, 13)
    sheet.headings("Class", "Balance", "Share of notes", "Ranking", "Coupon", "Day count", "Scheduled principal",
                   "WAL, positive only, years (base)", "Expected last payment (base)", "LTV through, resale",
                   "LTV through, book", "Subordinated notes", "Credit enhancement", numbers=numbers)  # fmt: skip
    sheet.block("capital_structure", last=13, numbers=numbers, bold=(1,))
    sheet.block("capital_structure", last=13, numbers=numbers, look="total")
    small = {"size": 8, "color": GREY_INK}
    sheet.line(
        "LTV through: balance of the class and of all that rank before or beside it, over the value of the equipment "
        "delivered at closing. Subordinated notes: share of the notes ranking behind the class. Credit enhancement: "
        "1 less LTV through the class, at resale value; reserves left out.",
        **small,
    )
    sheet.gap()
    sheet.section("Terms of the classes")
    sheet.block("tranche_terms", last=13, bold=(1,), merged=(3, 13))
    sheet.gap()
    sheet.section("Sources and uses at closing")
    sheet.block("closing", last=2, numbers=(2,))
    sheet.block("closing", last=2, numbers=(2,), look="total")
    sheet.gap()
    sheet.section("Terms")
    sheet.block("terms", last=7, merged=(2, 7))
    sheet.gap()
    sheet.section("Accounts and fees")
    sheet.headings("Account", "Held at closing", "Purpose", numbers=(2,))
    sheet.block("accounts", last=8, numbers=(2,), merged=(3, 8))
    sheet.gap()
    sheet.headings("Fee", "Paid in all (base)", "Amount", numbers=(2,))
    sheet.block("fees", last=8, numbers=(2,), merged=(3, 8))


def collateral(book: Workbook) -> None:
    """Cohorts, terms of the pool, contracts."""
    sheet = Sheet(book, "Collateral", COLLATERAL, "Collateral and contracts")
    sheet.section("Collateral")
    numbers = (3, 4, 5, 6, 8, 9, 10)
    sheet.headings("Cohort", "Generation", "Units", "Unit cost", "Cost in all", "Share of cost", "Delivered",
                   "Under contract", "Market rent an hour, closing", "Rent decline a year", "Resale value",
                   "Book value", numbers=numbers)  # fmt: skip
    sheet.block("collateral", last=12, numbers=numbers, bold=(1,))
    sheet.block("collateral", last=12, numbers=numbers, look="total")
    sheet.gap()
    sheet.section("Prices, costs, use and sale of units")
    sheet.block("collateral_terms", last=12, merged=(2, 12), bold=(1,))
    sheet.gap()
    sheet.section("Contracts")
    numbers = (5, 6, 7, 9)
    sheet.headings("Contract", "Customer", "Class (the deal's own)", "Cohort", "Units", "Price an hour",
                   "Term, months", "Start", "Contracted revenue", "Site costs paid by", "At expiry", "At default",
                   numbers=numbers)  # fmt: skip
    sheet.block("contracts", last=12, numbers=numbers, bold=(1,))
    sheet.block("contracts", last=12, numbers=numbers, look="total")
    note = "Contracted revenue: the price of all committed hours from closing to the end of the model, paid or not."
    sheet.line(note, size=8, color=GREY_INK)


def tests(book: Workbook) -> None:
    """Tests, states and amounts."""
    sheet = Sheet(book, "Tests", TESTS, "Tests and states")
    sheet.section("Tests")
    numbers = (4, 6, 7, 8)
    sheet.headings("Test", "What is measured", "Passes at", "Over months", "First measured", "Cures after",
                   "First result (base)", "Tightest (base)", "First fails (base)", "Effect of a failure",
                   numbers=numbers)  # fmt: skip
    sheet.block("tests", last=10, numbers=numbers, bold=(1,))
    sheet.gap()
    sheet.section("States: the deal is in the one of highest severity that holds")
    sheet.headings("State", "Entered", "Severity", "List that pays", "", "", "", "", "", "Left, and remedy")
    sheet.block("states", last=10, bold=(1,), merged=(4, 9))
    sheet.gap()
    sheet.section("Amounts that steps pay up to")
    sheet.block("amounts", last=10, bold=(1,), merged=(2, 10))


def payments(book: Workbook) -> None:
    """The priority of payments in words."""
    sheet = Sheet(book, "Payments", PAYMENTS, "Priority of payments")
    sheet.row = 2
    small = {"size": 9, "color": GREY_INK}
    sheet.line("On each payment date the list of the state that the deal is in pays out the collections of the month, "
               "step by step, each step as far as", **small)  # fmt: skip
    sheet.line("the cash reaches. Interest and fees include what was unpaid before. What a step names after "
               "'collections' pays only what they do not.", **small)  # fmt: skip
    sheet.gap()
    sheet.block("payments", last=2, look="heading", merged=(1, 2))
    sheet.block("payments", last=2, numbers=(1,))


def scenarios(book: Workbook) -> None:
    """What becomes of each class in each scenario."""
    sheet = Sheet(book, "Scenarios", SCENARIOS, "Scenarios")
    sheet.row = 2
    sheet.line("Scripted, not predicted: a scenario has no probability.", size=9, color=GREY_INK)
    sheet.gap()
    numbers = (4, 8, 9, 10, 11, 12)
    sheet.headings("Scenario", "What happens", "What is changed", "Lowest DSCR", "First test that fails",
                   "States", "Class", "Principal lost", "Share of the class", "Interest unpaid at the end",
                   "WAL, positive only, years", "Last payment", numbers=numbers)  # fmt: skip
    sheet.sheet.print_title_rows = f"{sheet.row - 1}:{sheet.row - 1}"
    sheet.block("scenarios", last=12, numbers=numbers, bold=(1,))


def assumptions(book: Workbook) -> None:
    """Every number with where it comes from."""
    sheet = Sheet(book, "Assumptions", ASSUMPTIONS, "Assumptions, each with its source")
    sheet.row = 2
    sheet.line(STATUS, size=9, color=GREY_INK)
    sheet.gap()
    sheet.headings("Place in the deal file", "What it is", "Value", "Unit", "Status", "Source", "Note", numbers=(3,))
    sheet.sheet.print_title_rows = f"{sheet.row - 1}:{sheet.row - 1}"
    sheet.sheet.freeze_panes = f"A{sheet.row}"
    sheet.block("assumptions", last=7, numbers=(3,))


def template() -> bytes:
    """The template as a file."""
    book = Workbook()
    book.remove(book.active)
    book.properties.creator, book.properties.created = "dealmodel", datetime(2000, 1, 1)
    for make in (summary, collateral, tests, payments, scenarios, assumptions):
        make(book)
    made = io.BytesIO()
    book.save(made)
    return without_clock(made.getvalue())


if __name__ == "__main__":
    TARGET.write_bytes(template())
    print(TARGET)
