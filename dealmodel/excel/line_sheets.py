"""Sheets of lines: one row a line, its formula in every month, the engine's value beside each formula."""

from __future__ import annotations

from dealmodel.excel.formulas import is_link
from dealmodel.excel.layout import CHECKS, CONSTANT, FIRST_MONTH_COLUMN, LABEL, NAME, TIMELINE, TOTAL, UNIT, Block
from dealmodel.excel.page import Book, Page
from dealmodel.excel.styles import GREY_INK
from dealmodel.lines.model import Definition
from dealmodel.lines.names import NEVER

_INDENT = 1
_FLOWS = ("accrued", "collections", "costs", "paid", "proceeds", "received", "revenue", "revenue_if_held", "write_down")
"""Last words of names whose months may be added up; of a balance the sum says nothing."""


def write_line_sheet(book: Book, name: str) -> None:
    """Write a sheet of lines with its header."""
    page = Page(book, name)
    page.head(name)
    write_blocks(page)


def write_blocks(page: Page) -> None:
    """Write the blocks of lines of a sheet."""
    for block in page.book.where.blocks.get(page.name, []):
        _write_block(page, block)


def _write_block(page: Page, block: Block) -> None:
    where = page.book.where
    heading(page, block.row, block.heading or page.name)
    for definition in block.definitions:
        row = where.lines[definition.name].row
        words(page, row, definition.label or definition.name, definition.line.unit, definition.name, definition.path)
        if definition.line.stage in ("constant", "summary"):
            _write_constant(page, row, definition)
        else:
            _write_months(page, row, definition)


def heading(page: Page, row: int, words_: str) -> None:
    """Write the heading of a block over the whole width."""
    style = page.styles.heading
    page.text(row, LABEL, words_, style)
    for column in range(LABEL + 1, page.book.where.last_column + 2):
        page.sheet.write_blank(row - 1, column, None, style)


def words(page: Page, row: int, label: str, unit: str, name: str = "", path: str = "") -> None:
    """Write what a row is: label, unit, the line's id, and its place in the deal file."""
    page.text(row, LABEL, sentence(label), page.styles(indent=_INDENT))
    page.text(row, UNIT, unit, page.styles(font_color=GREY_INK))
    page.text(row, NAME, name, page.styles(font_color=GREY_INK, font_size=8, indent=_INDENT))
    page.text(row, page.book.where.last_column + 1, path, page.styles(font_color=GREY_INK, font_size=8, indent=_INDENT))


def _write_constant(page: Page, row: int, definition: Definition) -> None:
    book = page.book
    link = is_link(definition, book.where)
    exact = definition.line.stage == "constant"
    style = page.styles.number(definition.line.unit, definition.role, link=link, exact=exact)
    value = book.result.lines.number(definition.name)
    page.formula(row, CONSTANT, book.writer.formula(definition), value, style)


def _write_months(page: Page, row: int, definition: Definition) -> None:
    book, line = page.book, definition.line
    where, trace = book.where, book.result.lines
    style = page.styles.number(line.unit, definition.role, link=is_link(definition, where))
    months = trace.months(definition.name)
    for back in range(len(definition.opening)):
        formula = book.writer.opening(definition, back)
        page.formula(row, where.month_column(-back), formula, trace.opening(definition.name, back), style)
    page.across(row, book.writer.formula(definition), months, style)
    if _is_flow(page, definition):
        first, last = (where.month_letters(month) for month in (1, where.model.periods))
        # Rows fixed: LibreOffice 7.4 may break off at equal ranges one below the other.
        page.formula(row, TOTAL, f"=SUM(${first}${row}:${last}${row})", sum(months), page.styles.number("currency"))
    if definition.role == "check" and page.name == CHECKS:
        _mark_broken(page, row)


def sentence(label: str) -> str:
    """A label with a capital, unless it begins with an id."""
    first = label.split(" ")[0].rstrip(":")
    return label[:1].upper() + label[1:] if first.isalpha() else label


def _is_flow(page: Page, definition: Definition) -> bool:
    """Whether the months of a line may be added up: payments, and what the results or its name call a total."""
    if definition.line.unit != "currency" or definition.role not in ("", "payment"):
        return False
    named = definition.name.endswith(tuple(f"{before}{word}" for before in "._" for word in _FLOWS))
    return definition.role == "payment" or named or definition.name in page.book.totalled


def _mark_broken(page: Page, row: int) -> None:
    """Show in red the months in which a check misses by more than the tolerance."""
    where = page.book.where
    first = where.month_column(1)
    letters = where.letters[first]
    rule = {
        "type": "formula",
        "criteria": f"=ABS({letters}{row})>$C${where.master_row + 4}",
        "format": page.styles.failed,
    }
    page.sheet.conditional_format(row - 1, first, row - 1, where.last_column, rule)


def write_timeline(book: Book) -> None:
    """Write month numbers and dates, numbers of the workbook itself, inputs given by month, and tables."""
    page = Page(book, TIMELINE)
    where, model = book.where, book.where.model
    page.head(TIMELINE)
    locked = page.styles(font_color=GREY_INK, num_format="0")
    heading(page, where.never_row - 1, "Numbers of the workbook")
    words(page, where.never_row, "Month number that means never", "month")
    page.number(where.never_row, CONSTANT, NEVER, locked)
    for digits, row in where.digits.items():
        words(page, row, f"Decimal places kept when a number is rounded to {digits}", "")
        page.number(row, CONSTANT, digits, locked)
    if where.given:
        heading(page, min(where.given.values()) - 1, "Given month by month")
    for path, row in where.given.items():
        item = model.input_by_path[path]
        words(page, row, item.label or path, item.unit, path, path)
        style = page.styles.input(item.unit, live=False)
        for month, value in enumerate(item.by_month(model.periods), 1):
            page.number(row, where.month_column(month), value, style)
    _write_tables(page)
    write_blocks(page)


def _write_tables(page: Page) -> None:
    where, styles = page.book.where, page.styles
    if not where.tables:
        return
    first = min(where.tables.values())
    heading(page, first - 2, "Tables, read by a whole number counted from 0 (not by month)")
    page.text(first - 1, CONSTANT, "Last entry", styles(bold=True, align="right"))
    for entry in range(max(len(values) for _, values in where.tables)):
        page.number(first - 1, FIRST_MONTH_COLUMN + entry, entry, styles(bold=True, num_format="0", align="right"))
    locked = styles(font_color=GREY_INK, num_format="General")
    for (name, values), row in where.tables.items():
        words(page, row, f"Table {name}", "", name)
        page.number(row, CONSTANT, len(values) - 1, locked)
        for entry, value in enumerate(values):
            page.number(row, FIRST_MONTH_COLUMN + entry, value, locked)
