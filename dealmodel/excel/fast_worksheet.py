"""A workbook that takes formulas as they are.

XlsxWriter looks at each formula for functions newer than its file format; none of ours is, and looking takes nine
tenths of the time. Subclassing Workbook and Worksheet is its documented way to change it; `_write_formula` is private,
so a test holds what this writes to what XlsxWriter itself would.
"""

from __future__ import annotations

from typing import Any

import xlsxwriter
from xlsxwriter.worksheet import CellFormulaTuple, Worksheet


class FastWorksheet(Worksheet):  # type: ignore[misc]  # XlsxWriter has no types
    """A worksheet whose formulas are ordinary: one cell, no function younger than Excel 2007."""

    def _write_formula(self, row: int, col: int, formula: str, cell_format: Any = None, value: Any = 0) -> int:
        if self._check_dimensions(row, col):
            return -1
        self.table[row][col] = CellFormulaTuple(formula[1:], cell_format, value)
        return 0


class FastWorkbook(xlsxwriter.Workbook):  # type: ignore[misc]  # XlsxWriter has no types
    """A workbook of such worksheets."""

    worksheet_class = FastWorksheet
