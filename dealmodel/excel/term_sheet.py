"""Fill the term sheet's template: a workbook of ours in which defined names say where each block stands.

The template is loaded by openpyxl, which keeps all that ours holds (styles, names, merges, print setup); it is not made
for templates of others, from which openpyxl would lose charts and more. Each block repeats its row, and what stands
below it moves down. Everything that a deal says is written as text, never as a formula.
"""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path
from typing import Any

from dealmodel.analytics.term_sheet.tables import TermSheet
from dealmodel.basics.errors import FileAccessError, Issue, WorkbookError
from dealmodel.excel.files import without_clock
from dealmodel.excel.filling import Filler, Place
from dealmodel.excel.origin import DEAL_PROPERTY
from dealmodel.excel.styles import clean
from dealmodel.io.write import written

TEMPLATE = "term_sheet.xlsx"
_PACKAGE = Path(__file__).parents[1]
TEMPLATE_FOLDERS = (_PACKAGE / "templates", _PACKAGE.parent / "templates")
"""Where the template lies: in the package once it is installed, beside the package in the repository."""

PREFIX, TITLE = "ts_", "title"
_HEADER_CHARACTERS = 120


def write_term_sheet(sheet: TermSheet, path: str | os.PathLike[str]) -> Path:
    """Write a term sheet as a workbook of its own.

    The same term sheet gives the same bytes. The file appears under its name only when it is complete and on disk.

    Parameters
    ----------
    sheet : TermSheet
    path : path
        Where to write it: an .xlsx file in a folder that exists.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    FileAccessError
        The template is not where it should be, or the file cannot be written.
    WorkbookError
        The template is no workbook, or lacks a place for some part of the term sheet; the message names it.
    """
    target = Path(path)
    book = _opened(_template())
    _fill(book, sheet)
    saved = io.BytesIO()
    book.save(saved)
    with written(target) as temporary:
        temporary.write_bytes(without_clock(saved.getvalue()))
    return target


def _template() -> Path:
    places = [folder / TEMPLATE for folder in TEMPLATE_FOLDERS]
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        where = "looked for it as " + " and as ".join(str(place) for place in places)
        hint = "install dealmodel again, or make it with templates/make_term_sheet.py"
        raise FileAccessError(TEMPLATE, [Issue("", "the template is missing", where, hint, code="DM-BOOK-030")])
    return found


def _opened(template: Path) -> Any:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        return load_workbook(template)
    except (InvalidFileException, zipfile.BadZipFile, KeyError) as error:
        issue = Issue("", f"it is not an .xlsx workbook: {error}", code="DM-BOOK-031")
        raise WorkbookError(template.name, [issue]) from error
    except OSError as error:
        raise FileAccessError(str(template), [Issue("", f"cannot be read: {error}", code="DM-BOOK-030")]) from error


def _fill(book: Any, sheet: TermSheet) -> None:
    places = _places(book)
    _check_places(places, sheet)
    places[TITLE].write_text(book, clean(sheet.title))
    for page in book.worksheets:
        Filler(book, page, {name: place for name, place in places.items() if place.sheet == page.title}).fill(sheet)
        page.oddHeader.left.text = clean(sheet.title)[:_HEADER_CHARACTERS].replace("&", "&&")
        page.oddHeader.left.size = 8
    book.properties.title = clean(sheet.title)[:_HEADER_CHARACTERS]
    book.custom_doc_props.append(_property(DEAL_PROPERTY, clean(sheet.deal)))
    book.active = 0


def _property(name: str, value: str) -> Any:
    from openpyxl.packaging.custom import StringProperty

    return StringProperty(name=name, value=value)


def _places(book: Any) -> dict[str, Place]:
    """Named rows of the template by block, without their prefix."""
    found = {}
    for name, defined in book.defined_names.items():
        if name.startswith(PREFIX):
            place = Place.read(name, defined.attr_text)
            found[name.removeprefix(PREFIX)] = place
    return found


def _check_places(places: dict[str, Place], sheet: TermSheet) -> None:
    needed = {TITLE: ""}
    for name, rows in sheet.blocks.items():
        needed |= {f"{name}_{row.look}" if row.look else name: name for row in rows} | {name: name}
    missing = [name for name in needed if name not in places]
    if missing:
        issues = [
            Issue(f"{PREFIX}{name}", "the template has no such defined name", code="DM-BOOK-032") for name in missing
        ]
        raise WorkbookError(TEMPLATE, issues)
