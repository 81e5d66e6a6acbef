"""Edit one workbook in a LibreOffice of its own, step by step, and write down every cell after each step.

This file is run as a script, `python uno_session.py order.json`, by a Python that can import LibreOffice's `uno`. That
Python is often not the one dealmodel runs in, so nothing here is newer than Python 3.8 and only the standard library is
used.

The order names the command that starts LibreOffice, the pipe it listens to, the workbook's URL, the sheets wanted (none
means all), the steps (lists of sheet, address, value), whether every formula is to be worked out again in each step,
and the file for the answer. The answer is JSON: `values`, or `problems` with what stood in the way. JSON writes a float
with as many digits as it needs, so numbers come through unchanged.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

MOST_CELLS = 10_000_000
POLL_SECONDS = 0.05
GOODBYE_SECONDS = 20.0

# As a cell shows them in an English LibreOffice; the text on the screen would follow the language of the computer.
ERROR_TEXTS = {503: "#NUM!", 519: "#VALUE!", 524: "#REF!", 525: "#NAME?", 532: "#DIV/0!", 32767: "#N/A"}


class RefusedOrderError(Exception):
    """What stands in the way, all of it at once, each with its place in the workbook."""

    def __init__(self, problems: list[dict[str, Any]]) -> None:
        self.problems = problems
        super().__init__(problems)


def refused(what: str, place: str = "") -> RefusedOrderError:
    """Give the refusal that has one problem."""
    return RefusedOrderError([{"place": place, "what": what}])


def connected(uno: Any, office: subprocess.Popen[bytes], pipe: str) -> Any:
    """Return the desktop of the LibreOffice just started, as soon as it listens."""
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    not_yet = uno.getClass("com.sun.star.connection.NoConnectException")
    while office.poll() is None:
        try:
            context = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except not_yet:
            time.sleep(POLL_SECONDS)
        else:
            return context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
    raise refused(f"LibreOffice ended by itself with exit code {office.returncode} before it was ready")


def opened(uno: Any, desktop: Any, url: str) -> Any:
    """Open the workbook unseen, with macros and links switched off."""
    wanted = {"Hidden": True, "FilterName": "Calc MS Excel 2007 XML", "MacroExecutionMode": 0, "UpdateDocMode": 0}
    properties = []
    for name, value in wanted.items():
        properties.append(uno.createUnoStruct("com.sun.star.beans.PropertyValue"))
        properties[-1].Name, properties[-1].Value = name, value
    try:
        document = desktop.loadComponentFromURL(url, "_blank", 0, tuple(properties))
    except uno.getClass("com.sun.star.uno.Exception") as error:
        raise refused(f"LibreOffice cannot open it as an .xlsx workbook ({type(error).__name__})") from error
    if document is None or not hasattr(document, "Sheets"):
        raise refused("LibreOffice cannot open it as an .xlsx workbook")
    return document


def check_every_sheet_exists(document: Any, order: dict[str, Any]) -> None:
    """Refuse sheets the workbook does not have, wherever the order names them."""
    known = list(document.Sheets.ElementNames)
    named = [(name, name) for name in order["sheets"] or []]
    for number, step in enumerate(order["steps"], start=1):
        named += [(f"step {number}, {sheet}!{address}", sheet) for sheet, address, _ in step]
    missing = [
        {"place": place, "what": f"the workbook has no sheet {sheet!r}", "name": sheet, "known": known}
        for place, sheet in named
        if sheet not in known
    ]
    if missing:
        raise RefusedOrderError(missing)


def put(uno: Any, document: Any, sheet: str, address: str, value: float | str) -> None:
    """Write a number or a text into one cell; a text stays a text, whatever it starts with."""
    try:
        cell = document.Sheets.getByName(sheet).getCellRangeByName(address).getCellByPosition(0, 0)
        if isinstance(value, str):
            cell.setString(value)
        else:
            cell.setValue(value)
    except uno.getClass("com.sun.star.uno.Exception") as error:
        raise refused(f"LibreOffice cannot write to it ({type(error).__name__})", f"{sheet}!{address}") from error


def cells(sheet: Any) -> list[list[float | str | None]]:
    """Return every cell from A1 to the last one in use, row by row."""
    cursor = sheet.createCursor()
    cursor.gotoEndOfUsedArea(False)
    end = cursor.getRangeAddress()
    if (end.EndRow + 1) * (end.EndColumn + 1) > MOST_CELLS:
        raise refused(f"the sheet reaches over {end.EndRow + 1} rows and {end.EndColumn + 1} columns", sheet.Name)
    area = sheet.getCellRangeByPosition(0, 0, end.EndColumn, end.EndRow)
    rows = [list(row) for row in area.getDataArray()]
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            if value is None:
                row[c] = error_text(sheet.getCellByPosition(c, r))
            elif value == "":
                row[c] = None
    return rows


def error_text(cell: Any) -> str | None:
    """Name the error a cell holds."""
    code = cell.getError()
    return ERROR_TEXTS.get(code, f"Err:{code}") if code else cell.getString() or None


@contextmanager
def closing(document: Any) -> Iterator[Any]:
    """Close the workbook without saving it."""
    try:
        yield document
    finally:
        document.close(True)


def worked(uno: Any, document: Any, order: dict[str, Any]) -> list[dict[str, list[list[float | str | None]]]]:
    """Carry out every step and return the cells after each."""
    check_every_sheet_exists(document, order)
    names = order["sheets"] or list(document.Sheets.ElementNames)
    values = []
    if order["recalculates"]:
        document.enableAutomaticCalculation(False)  # an edit then only marks; LibreOffice 7.4 may break off otherwise
    for step in order["steps"]:
        for sheet, address, value in step:
            put(uno, document, sheet, address, value)
        if order["recalculates"]:
            document.calculateAll()
        values.append({name: cells(document.Sheets.getByName(name)) for name in names})
    return values


def end(uno: Any, office: subprocess.Popen[bytes], desktop: Any) -> None:
    """Ask LibreOffice to go, and make it go if it does not."""
    try:
        desktop.terminate()
    except uno.getClass("com.sun.star.uno.Exception"):
        pass  # the connection breaks while it says goodbye
    try:
        office.wait(GOODBYE_SECONDS)
    except subprocess.TimeoutExpired:
        office.kill()
        office.wait()


def carried_out(order: dict[str, Any]) -> dict[str, Any]:
    """Start LibreOffice, do what the order says, end LibreOffice."""
    uno = importlib.import_module("uno")
    office = subprocess.Popen(order["command"], stdin=subprocess.DEVNULL)
    try:
        desktop = connected(uno, office, order["pipe"])
    except RefusedOrderError as error:
        return {"problems": error.problems}
    try:
        with closing(opened(uno, desktop, order["workbook"])) as document:
            return {"values": worked(uno, document, order)}
    except RefusedOrderError as error:
        return {"problems": error.problems}
    finally:
        end(uno, office, desktop)


def main(order_file: str) -> None:
    """Read the order and leave the answer beside it; the answer appears whole or not at all."""
    with open(order_file, encoding="utf-8") as file:
        order = json.load(file)
    answer = carried_out(order)
    with open(order["answer"] + ".part", "w", encoding="utf-8") as file:
        json.dump(answer, file)
    os.replace(order["answer"] + ".part", order["answer"])


if __name__ == "__main__":
    main(sys.argv[1])
