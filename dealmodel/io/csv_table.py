"""A CSV file to columns and rows of numbers and dates, read strictly: no quotes, no formulas, no empty cells."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass

from dealmodel.basics.errors import Issue
from dealmodel.io.characters import decoded, line_starts, place_at, refused_characters
from dealmodel.io.scalars import read_plain

MOST_ROWS, MOST_COLUMNS, MOST_SHOWN = 20_000, 40, 20
BAD_TABLE = "DM-CSV-001"
Cell = float | int | datetime.date

_LINE_END = re.compile("\r\n|\r|\n")
_COLUMN = re.compile(r"[a-z][a-z0-9_]{0,63}")


@dataclass(frozen=True, slots=True)
class CsvTable:
    """Columns by name, rows, and what is wrong: no rows where something is."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    issues: tuple[Issue, ...] = ()


def read_csv_table(raw: bytes) -> CsvTable:
    """Read the bytes of a CSV file.

    The first line names the columns; every other line is a row of numbers and dates as a deal file writes them. Issues
    say the line of the CSV file in words and have no place.
    """
    text = decoded(raw)
    if isinstance(text, Issue):
        return CsvTable((), (), (text,))
    for position, issue in refused_characters(text):
        at, _ = place_at(line_starts(text), position)
        return CsvTable((), (), (_issue(at, issue.what, issue.hint),))
    lines = _LINE_END.split(text)
    while lines and not lines[-1].strip():
        lines.pop()
    if not lines:
        return CsvTable((), (), (Issue("", "the file is empty", "a line of column names, then rows", code=BAD_TABLE),))
    columns = tuple(name.strip() for name in lines[0].split(","))
    issues = list(_head(columns))
    if len(lines) - 1 > MOST_ROWS:
        issues.append(Issue("", f"{len(lines) - 1:,} rows", f"at most {MOST_ROWS:,}", code=BAD_TABLE))
    rows: list[tuple[Cell, ...]] = []
    for number, line in enumerate(lines[1:] if not issues else (), 2):
        row = _row(number, line, columns)
        issues += [cell for cell in row if isinstance(cell, Issue)]
        rows.append(tuple(cell for cell in row if not isinstance(cell, Issue)))
        if len(issues) >= MOST_SHOWN:
            break
    return CsvTable(columns, () if issues else tuple(rows), tuple(issues[:MOST_SHOWN]))


def _head(columns: tuple[str, ...]) -> Iterator[Issue]:
    if len(columns) > MOST_COLUMNS:
        yield _issue(1, f"{len(columns)} columns, where at most {MOST_COLUMNS} may be")
        return
    for name in columns:
        if not _COLUMN.fullmatch(name):
            yield _issue(1, f"{name[:40]!r} is not the name of a column", "names are of a-z, 0-9 and _, between commas")


def _row(number: int, line: str, columns: tuple[str, ...]) -> list[Cell | Issue]:
    cells = line.split(",", len(columns))
    if len(cells) != len(columns):
        what = f"{len(cells)} cells" if len(cells) < len(columns) else "more cells"
        return [_issue(number, f"{what}, where {len(columns)} columns are", "numbers have no comma in them")]
    return [_cell(number, name, text.strip()) for name, text in zip(columns, cells, strict=True)]


def _cell(number: int, column: str, text: str) -> Cell | Issue:
    value = read_plain(text)
    if isinstance(value, Issue):
        return _issue(number, f"{column}: {value.what}", value.hint)
    if value is None:
        return _issue(number, f"{column} is empty", "write 0 if nothing is meant")
    if isinstance(value, bool | str):
        hint = "formulas are not read; write their value" if text[:1] in "=+-@" else ""
        return _issue(number, f"{column}: {text[:40]!r} is no number and no date", hint)
    return value


def _issue(line: int, what: str, hint: str = "") -> Issue:
    return Issue("", f"line {line}: {what}", "", hint, code=BAD_TABLE)
