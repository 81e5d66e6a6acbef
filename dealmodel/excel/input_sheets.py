"""The sheets Inputs and Scenario paths: what a user may change, and how each scenario changes it."""

from __future__ import annotations

from dealmodel.excel.formulas import mark, scenario_formula, selected
from dealmodel.excel.layout import (
    CONSTANT,
    COVER,
    INPUT_ACTIVE,
    INPUT_BASE,
    INPUT_HEADER_ROW,
    INPUT_HEADINGS,
    INPUT_LABEL,
    INPUT_PATH,
    INPUT_UNIT,
    INPUTS,
    LABEL,
    MONTH_ROW,
    NAME,
    PATHS,
    SELECTOR_NUMBER,
    STATUS_ROW,
    TIMELINE,
    TITLE_ROW,
    TOTAL,
    UNIT,
    column_letters,
)
from dealmodel.excel.line_sheets import heading, sentence, words
from dealmodel.excel.page import Book, Page
from dealmodel.excel.styles import GREY_INK, input_format
from dealmodel.lines.inputs import BASE, Change, Input
from dealmodel.lines.names import NEVER
from dealmodel.lines.supplies import read_outside
from dealmodel.lines.values import values_of

BY_MONTH = "by month"
OUTSIDE = "Not live here: worked out outside the workbook"
_REMARK = (
    "Change the cells in cream. Base: the deal's number. A scenario's cell is a formula over the base cell. "
    f"Months are numbers counted from closing (month 0); {NEVER} means never. "
    f"'{BY_MONTH}': the sheet {PATHS} has it."
)


class InputSheet:
    """Writes the sheet Inputs."""

    def __init__(self, book: Book) -> None:
        self.book, self.where = book, book.where
        self.page = Page(book, INPUTS)
        self.others = self.where.scenarios[1:]
        self.last = INPUT_BASE + len(self.others)
        self.outside = read_outside(self.where.model)

    def write(self) -> None:
        """Write all of it."""
        page = self.page
        page.text(TITLE_ROW, 0, "Inputs", page.styles.title)
        page.status_cell(STATUS_ROW)
        page.text(STATUS_ROW + 1, 0, _REMARK, page.styles(font_color=GREY_INK, italic=True))
        names = (*INPUT_HEADINGS, *self.others, "Status", "Source", "Note")
        for column, name in enumerate(names):
            page.text(INPUT_HEADER_ROW, column, BASE if column == INPUT_BASE else name, page.styles.header)
        for row, words_ in self.where.input_headings.items():
            for column in range(len(names)):
                page.text(row, column, words_ if not column else " ", page.styles.heading)
        for path, row in self.where.inputs.items():
            self._row(row, self.where.model.input_by_path[path])
        self._set_up(len(names) - 1)

    def _row(self, row: int, item: Input) -> None:
        page, styles = self.page, self.page.styles
        live = item.live and item.path not in self.outside
        ink = styles() if live else styles(font_color=GREY_INK)
        page.text(row, INPUT_PATH, item.path, styles.grey)
        page.text(row, INPUT_LABEL, sentence(item.label or item.path), ink)
        page.text(row, INPUT_UNIT, item.unit, styles(font_color=GREY_INK))
        result = self.book.result
        base = result.overrides.get(item.path, item.base)
        page.number(row, INPUT_BASE, base, styles.input(item.unit, live=live))
        for column, scenario in enumerate(self.others, INPUT_BASE + 1):
            self._scenario(row, column, item, scenario)
        first, last = (f"${column_letters(column)}${row}" for column in (INPUT_BASE, self.last))
        style = styles(num_format=input_format(item.unit))
        if item.path in self.where.paths:
            page.formula(row, INPUT_ACTIVE, f"=${column_letters(INPUT_BASE)}{row}", base, style)
        else:
            page.formula(row, INPUT_ACTIVE, selected(first, last), result.lines.inputs.numbers[item.path], style)
        for column, text in enumerate((item.status, item.source, self._note(item)), self.last + 1):
            page.text(row, column, text, styles(font_color=GREY_INK, font_size=8, indent=1))

    def _note(self, item: Input) -> str:
        if item.path not in self.outside:
            return item.note
        return f"{OUTSIDE}. {item.note}" if item.note else OUTSIDE

    def _scenario(self, row: int, column: int, item: Input, scenario: str) -> None:
        page, styles = self.page, self.page.styles
        if item.path in self.where.paths:
            page.text(row, column, BY_MONTH, styles(font_color=GREY_INK, italic=True, align="right"))
            return
        overridden = item.path in self.book.result.overrides
        base_cell = f"${column_letters(INPUT_BASE)}{row}"
        never = f"{TIMELINE}!$C${self.where.never_row}"
        formula = scenario_formula(item, scenario, base_cell, never, overridden=overridden)
        changed = formula != f"={base_cell}"
        live = item.live and item.path not in self.outside
        style = styles.input(item.unit, live=live and changed)
        if live and not changed:
            style = styles(num_format=input_format(item.unit), font_color=GREY_INK, locked=False)
        if isinstance(formula, float):
            page.number(row, column, formula, style)
        else:
            value = item.number(scenario, self.book.result.overrides.get(item.path))
            page.formula(row, column, formula, value, style)

    def _set_up(self, last: int) -> None:
        page, sheet = self.page, self.page.sheet
        sheet.set_column(INPUT_PATH, INPUT_PATH, 34)
        sheet.set_column(INPUT_LABEL, INPUT_LABEL, 50)
        sheet.set_column(INPUT_UNIT, INPUT_UNIT, 17)
        sheet.set_column(INPUT_ACTIVE, self.last, 19)
        sheet.set_column(self.last + 1, self.last + 1, 10)
        sheet.set_column(self.last + 2, last, 45)
        sheet.set_row(INPUT_HEADER_ROW - 1, 32)
        sheet.freeze_panes(INPUT_HEADER_ROW, INPUT_ACTIVE + 1)
        sheet.repeat_rows(0, INPUT_HEADER_ROW - 1)
        sheet.ignore_errors(
            {"formula_unlocked": f"A1:{column_letters(last)}{max(self.where.inputs.values(), default=1)}"}
        )
        page.landscape(1, INPUTS)
        page.protect()


def write_paths(book: Book) -> None:
    """Write the sheet Scenario paths: for each input that a scenario moves by month, its months in every scenario."""
    page = Page(book, PATHS)
    page.head(PATHS)
    if not book.where.paths:
        page.text(MONTH_ROW + 2, LABEL, "No scenario changes a number from or until a month.", page.styles.text)
        return
    for column, word in ((CONSTANT, "By"), (TOTAL, "From month"), (NAME, "Until month")):
        page.text(MONTH_ROW, column, word, page.styles(bold=True, bottom=1, align="right"))
    inputs = book.where.model.input_by_path
    for path in book.where.paths:
        if not inputs[path].supplied:
            _write_path(page, inputs[path])
    _write_supplied(page, [inputs[path] for path in book.where.paths if inputs[path].supplied])
    page.sheet.set_column(NAME, NAME, 16)


def _write_path(page: Page, item: Input) -> None:
    book = page.book
    where, block = book.where, book.where.paths[item.path]
    heading(page, block.heading, f"{item.label or item.path}: {item.path}")
    base_value = book.result.overrides.get(item.path)
    for scenario in where.scenarios:
        changes = item.changes_in(scenario, overridden=base_value is not None)
        rows = (*block.steps[scenario], block.scenarios[scenario])[-max(len(changes), 1) :]
        before = f"{INPUTS}!$E${where.inputs[item.path]}"
        values = [item.base if base_value is None else base_value] * where.model.periods
        for row, change in zip(rows, changes or (None,), strict=True):
            values = _write_change(page, row, item, scenario, change, before, values)
            before = f"{mark()}{row}"
    _write_active(page, item)


def _write_supplied(page: Page, items: list[Input]) -> None:
    """Write the months that were worked out outside the workbook, for each scenario as it stands."""
    book = page.book
    if not items:
        return
    base = book.result.overrides
    found = {name: values_of(book.where.model, name, base).months for name in book.where.scenarios}
    for item in items:
        block = book.where.paths[item.path]
        heading(page, block.heading, f"{item.label or item.path}, {OUTSIDE.lower()}: {item.path}")
        style = page.styles.input(item.unit, live=False)
        for name, row in block.scenarios.items():
            page.text(row, LABEL, name, page.styles(indent=1))
            page.text(row, UNIT, item.unit, page.styles(font_color=GREY_INK))
            for month, value in enumerate(found[name][item.path], 1):
                page.number(row, book.where.month_column(month), value, style)
        _write_active(page, item)


def _write_active(page: Page, item: Input) -> None:
    """Write the months of the chosen scenario."""
    where, block = page.book.where, page.book.where.paths[item.path]
    first, last = block.scenarios[where.scenarios[0]], block.active - 1
    words(page, block.active, "In the chosen scenario", item.unit, "", item.path)
    bold = page.styles(num_format=input_format(item.unit), bold=True, top=1)
    active = f"=INDEX({mark()}{first}:{mark()}{last},{COVER}!{SELECTOR_NUMBER})"
    page.across(block.active, active, page.book.result.lines.inputs.months[item.path], bold)


def _write_change(
    page: Page, row: int, item: Input, scenario: str, change: Change | None, before: str, values: list[float]
) -> list[float]:
    """Write one change of a scenario over the row before it; returns its months."""
    styles = page.styles
    label = scenario if change is None else f"{scenario}: {change.operation.replace('_', ' ')}"
    page.text(row, LABEL, label, styles(indent=1))
    page.text(row, UNIT, item.unit, styles(font_color=GREY_INK))
    style = styles(num_format=input_format(item.unit))
    if change is None:
        page.across(row, f"={before}", values, style)
        return values
    changed = [change.apply(value) if change.acts_in(month) else value for month, value in enumerate(values, 1)]
    page.number(row, CONSTANT, change.value, styles.input("" if change.operation == "multiply" else item.unit))
    page.number(row, TOTAL, 1 if change.start is None else change.start, styles.input("month"))
    page.number(row, NAME, NEVER if change.until is None else change.until, styles.input("month"))
    page.across(row, _changed(change, row, before, page.book.where.never_row), changed, style)
    return changed


def _changed(change: Change, row: int, before: str, never_row: int) -> str:
    month = f"{mark()}${MONTH_ROW}"
    acts = f"{month}>=$D{row},{month}<=$E{row}"
    if change.operation == "multiply":
        return f"={before}*IF(AND({acts}),$C{row},1)"
    if change.operation == "set":
        return f"=IF(AND({acts}),$C{row},{before})"
    if change.operation == "shift_months":
        acts = f"{before}<{TIMELINE}!$C${never_row},{acts}"
    return f"={before}+IF(AND({acts}),$C{row},0)"
