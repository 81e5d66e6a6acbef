"""The sheet Checks: every invariant with its worst margin and its tolerance, and one sentence about all of them."""

from __future__ import annotations

from dealmodel.engine.invariants import LARGEST_TOLERANCE, RELATIVE_TOLERANCE
from dealmodel.excel.layout import CHECKS, CONSTANT, LABEL, NAME, TOTAL, UNIT, column_letters, quoted
from dealmodel.excel.line_sheets import heading, words, write_blocks
from dealmodel.excel.page import FAILS, HOLDS, SIZE, Book, Page
from dealmodel.excel.styles import GREY_INK, HEADING_PAPER, LINK_INK, TITLE_INK


def write_checks(book: Book) -> None:
    """Write the master check, the worst margins, and the check lines by month."""
    page = Page(book, CHECKS)
    page.head(CHECKS)
    where, styles = book.where, page.styles
    row = where.master_row
    heading(page, row - 1, "All checks")
    first, last = where.first_worst_row, where.first_worst_row + len(where.worst) - 1
    words(page, row, "All checks together", "")
    said = f'=IFERROR(IF($C${row + 1}=0,"{HOLDS}","{FAILS}"),"{FAILS}")'
    page.formula(row, CONSTANT, said, book.status, styles(bold=True, align="right"))
    page.mark_text(row, CONSTANT, row, CONSTANT)
    words(page, row + 1, "Checks that fail", "")
    broken = f"=SUMPRODUCT(--($C${first}:$C${last}>$D${first}:$D${last}))" if where.worst else "=0"
    page.formula(row + 1, CONSTANT, broken, book.failing, styles(num_format="0"))
    _write_tolerance(page, row + 2)
    heading(page, first - 1, "Worst margin of each check; 0 is perfect")
    for column, word in ((CONSTANT, "Worst margin"), (TOTAL, "Tolerance"), (NAME, "Holds")):
        look = {"bold": True, "font_color": TITLE_INK, "bg_color": HEADING_PAPER}
        page.text(
            first - 1,
            column,
            word,
            styles(**look, align="left" if column == NAME else "right", indent=int(column == NAME)),
        )
    for number, item in enumerate(where.worst):
        _write_worst(page, first + number, item.name, item.label or item.name)
    if where.worst:
        page.mark_text(first, NAME, last, NAME)
    write_blocks(page)
    page.sheet.set_column(LABEL, LABEL, 72, styles.text)
    page.sheet.set_column(CONSTANT, CONSTANT, 22, styles.text)


def _write_tolerance(page: Page, row: int) -> None:
    """Write how much is rounding: a share of the deal's size, and never more than half a cent."""
    styles = page.styles
    locked = styles(font_color=GREY_INK, num_format="0.0E+00")
    words(page, row, "Tolerance: share of the deal's size", "share")
    page.number(row, CONSTANT, RELATIVE_TOLERANCE, locked)
    words(page, row + 1, "Tolerance: never above", "currency")
    page.number(row + 1, CONSTANT, LARGEST_TOLERANCE, styles(font_color=GREY_INK, num_format="0.000"))
    words(page, row + 2, "Tolerance", "currency")
    formula = f"=$C${row + 1}"
    if SIZE in page.book.where.model.definitions:
        sheet, cell = page.book.where.constant_cell(SIZE)
        formula = f"=MIN({quoted(sheet)}!{cell}*$C${row},$C${row + 1})"
    page.formula(row + 2, CONSTANT, formula, page.book.tolerance, styles(num_format="0.000000"))


def _write_worst(page: Page, row: int, name: str, label: str) -> None:
    book = page.book
    where, styles = book.where, page.styles
    sheet, cell = where.constant_cell(name)
    margin = book.result.lines.number(name)
    tolerance_row = where.master_row + 4
    page.text(row, LABEL, label, styles(indent=1))
    page.text(row, UNIT, "currency", styles(font_color=GREY_INK))
    link = f"={cell}" if sheet == CHECKS else f"={quoted(sheet)}!{cell}"
    page.formula(row, CONSTANT, link, margin, styles(num_format="0.000000000", font_color=LINK_INK))
    page.formula(row, TOTAL, f"=$C${tolerance_row}", book.tolerance, styles(num_format="0.000000000"))
    said = "HOLDS" if margin <= book.tolerance else "FAILS"
    columns = [column_letters(column) for column in (CONSTANT, TOTAL)]
    page.formula(
        row, NAME, f'=IF({columns[0]}{row}<={columns[1]}{row},"HOLDS","FAILS")', said, styles(bold=True, indent=1)
    )
