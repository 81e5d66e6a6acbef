"""The live model workbook: every line of a Model as a row of formulas, with the engine's numbers beside them.

XlsxWriter writes it, macro-free. What each formula may contain, and why, is in `formulas`; where it stands, in
`layout`. Whether the workbook recalculates to the engine's numbers is for `certify` to prove.
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from dealmodel.engine.result import Result
from dealmodel.excel.charts import write_charts
from dealmodel.excel.checks_sheet import write_checks
from dealmodel.excel.cover import Cover
from dealmodel.excel.fast_worksheet import FastWorkbook
from dealmodel.excel.formulas import FormulaWriter
from dealmodel.excel.input_sheets import InputSheet, write_paths
from dealmodel.excel.layout import CHECKS, COVER, INPUTS, PATHS, TIMELINE, WorkbookMap
from dealmodel.excel.line_sheets import write_line_sheet, write_timeline
from dealmodel.excel.origin import DEAL_PROPERTY
from dealmodel.excel.page import Book
from dealmodel.excel.styles import Styles, clean
from dealmodel.io.write import written

_CREATED = datetime(2000, 1, 1)  # the same bytes for the same numbers: no clock
_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_MAX_TITLE = 250


def write_workbook(result: Result, path: str | os.PathLike[str]) -> Path:
    """Write the live model workbook of a run.

    It shows the run's scenario and holds all the others: the Cover chooses. The file appears under its name only when
    it is complete and on disk; an older file of that name is there until then.

    Parameters
    ----------
    result : Result
        A run; its overrides become base inputs.
    path : path
        Where to write it: an .xlsx file in a folder that exists.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    WorkbookError
        A formula or the layout is beyond what Excel takes; the message names the line.
    FileAccessError
        The file cannot be written.
    """
    target = Path(path)
    with written(target) as temporary:
        _write(result, temporary)
    return target


def _write(result: Result, path: Path) -> None:
    where = WorkbookMap.of(result.model)
    file = FastWorkbook(str(path), _OPTIONS)
    for name in where.sheets:
        file.add_worksheet(name)
    title = clean(result.model.title)[:_MAX_TITLE]
    file.set_properties({"title": title, "author": "dealmodel", "created": _CREATED})
    file.set_custom_property(DEAL_PROPERTY, clean(result.model.name))
    file.set_size(2400, 1400)
    book = Book(result, where, FormulaWriter(where), Styles(file), file)
    Cover(book).write()
    InputSheet(book).write()
    write_paths(book)
    write_timeline(book)
    for name in where.blocks:
        if name == CHECKS:
            write_checks(book)
        elif name not in (COVER, INPUTS, PATHS, TIMELINE):
            write_line_sheet(book, name)
    write_charts(book)
    file.get_worksheet_by_name(COVER).activate()
    file.close()
