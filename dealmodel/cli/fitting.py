"""Tables that fit the page: headings wrap first, then columns move to a further table. No name is ever cut."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

LONGEST_NAME = 40
"""Characters of a name on one line of a page of 100; a longer one goes on in the next."""
_BETWEEN = 4

Row = Sequence[str]


def fitting(title: str, columns: Row, rows: Sequence[Row], *, width: int) -> Iterator[Table]:
    """One table, or several with the same first column, none of them wider than the page.

    Parameters
    ----------
    title : str
    columns : headings, the first of them that of the rows' names
    rows : cells as text, the names first
    width : int
        Characters of the page.
    """
    most = min(LONGEST_NAME, (width - _BETWEEN) // 2)
    cells = [[broken(cell, most) for cell in row] for row in rows]
    every = range(1, len(columns))
    for wrapped in (False, True):
        headings = [_heading(column, most, wrapped=wrapped) for column in columns]
        if _width(_table("", headings, cells, every)) <= width:
            yield _table(title, headings, cells, every)
            return
    left = list(every)
    while left:
        here = _as_many_as_fit(headings, cells, left, width)
        yield _table(title, headings, cells, here)
        left, title = left[len(here) :], ""


def broken(name: str, most: int) -> str:
    """A name in lines of at most so many characters, broken after underscores where there are some."""
    lines = [""]
    for part in name.replace("_", "_\n").split("\n"):
        if lines[-1] and len(lines[-1]) + len(part) > most:
            lines.append("")
        lines[-1] += part
        while len(lines[-1]) > most:
            lines[-1:] = [lines[-1][:most], lines[-1][most:]]
    return "\n".join(lines)


def _heading(text: str, most: int, *, wrapped: bool) -> str:
    return "\n".join(broken(word, most) for word in text.split(" ")) if wrapped else broken(text, most)


def _as_many_as_fit(headings: Row, rows: Sequence[Row], left: Sequence[int], width: int) -> list[int]:
    here = [left[0]]
    for column in left[1:]:
        if _width(_table("", headings, rows, [*here, column])) > width:
            break
        here.append(column)
    return here


def _table(title: str, headings: Row, rows: Sequence[Row], columns: Sequence[int]) -> Table:
    table = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, title_style="bold")
    table.add_column(Text(headings[0]), overflow="fold")
    for column in columns:
        table.add_column(Text(headings[column], justify="right"), justify="right", overflow="fold")
    for row in rows:
        table.add_row(Text(row[0]), *(Text(row[column], justify="right") for column in columns))
    return table


def _width(table: Table) -> int:
    wide = Console(width=10_000)
    return Measurement.get(wide, wide.options, table).maximum
