"""Decrement tables on the screen: as many columns side by side as fit, the rest in tables below."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from rich import box
from rich.markup import escape
from rich.table import Table

from dealmodel.analytics.decrement_tables import DecrementTable, DecrementTables, column_groups
from dealmodel.basics.errors import DealFileError, Issue
from dealmodel.basics.moments import Moment, parse_moment
from dealmodel.cli.tables import console, millions

LABELS, NARROWEST, WIDEST, GAP = 26, 8, 16, 2
"""Widths: of the labels, of a column at least and at most, and between columns."""

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def names_in(text: str) -> list[str] | None:
    """Names with commas between them; None where nothing is written."""
    return [name.strip() for name in text.split(",")] if text.strip() else None


def values_in(text: str) -> list[float | Moment]:
    """Numbers and times with commas between them.

    Errors: DealFileError names every part that is neither.
    """
    found: list[float | Moment] = []
    issues = []
    for part in text.split(",") if text.strip() else []:
        try:
            found.append(_value(part.strip()))
        except ValueError:
            allowed = "numbers such as 0.05, or times such as 2028-12-31 or `month 24`"
            hint = "write a share as a decimal, 0.05 for 5%" if part.strip().endswith("%") else ""
            what = f"{part.strip()!r} is neither a number nor a time"
            issues.append(Issue("--values", what, allowed, hint, code="DM-DEC-008"))
    if issues:
        raise DealFileError("decrement", issues)
    return found


def _value(text: str) -> float | Moment:
    if _DATE.fullmatch(text):
        return Moment(day=date.fromisoformat(text))
    try:
        return float(text)
    except ValueError:
        return parse_moment(text)


def show_decrement(tables: DecrementTables, workbook: Path) -> None:
    """Print every table, what its columns are, and where the workbook is."""
    out = console()
    out.print(f"[bold]{escape(tables.title)}[/bold], closing {tables.closing}")
    out.print("Percent of original balance outstanding, and average lives.")
    if tables.vary:
        out.print(f"Columns: {escape(tables.varied)}.")
    for name, title in tables.scenarios.items():
        out.print(f"Scenario [bold]{name}[/bold]: {escape(title)}")
    out.print()
    for table in tables.tables:
        for part in _parts(tables, table, out.width):
            out.print(part)
    for note in tables.notes():
        out.print(escape(note))
    out.print(f"Decrement tables: {escape(str(workbook))}", soft_wrap=True)


def _parts(tables: DecrementTables, table: DecrementTable, width: int) -> Iterator[Table]:
    printed = tables.printed(table)
    headings = [column.heading for column in tables.columns]
    words = [word for heading in headings for word in heading.split(" ")]
    widest = min(max(NARROWEST, *(len(word) for word in words)), WIDEST)
    fit = max((width - LABELS) // (widest + GAP), 1)
    for first, last in column_groups(len(headings), fit):
        title = f"{table.title}: {_balance(tables, table)}{', continued' if first else ''}"
        shown = _part(title, tables.row_heading, headings[first:last], widest)
        for number, (label, cells) in enumerate(zip(printed.index, printed.to_numpy(), strict=True), 1):
            shown.add_row(escape(label), *cells[first:last], end_section=number == len(table.months))
        yield shown


def _balance(tables: DecrementTables, table: DecrementTable) -> str:
    low, high = millions(min(table.balances)), millions(max(table.balances))
    amount = low if low == high else f"{low} to {high}"
    return f"{tables.currency} {amount} million at closing"


def _part(title: str, rows: str, headings: Sequence[str], width: int) -> Table:
    part = Table(title=escape(title), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, title_style="bold")
    part.add_column(rows, max_width=LABELS, overflow="fold", vertical="bottom")
    for heading in headings:
        part.add_column(escape(heading), justify="right", max_width=width, overflow="fold", vertical="bottom")
    return part
