"""Tables of numbers inside a deal: written in the deal file, or in a CSV file beside it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from itertools import pairwise
from typing import ClassVar

from pydantic import model_validator

from dealmodel.basics.kinds import Kind, shape
from dealmodel.basics.words import counted
from dealmodel.market.clock import Clock

Cell = float | datetime.date
MOST_ROWS, MOST = 20_000, 1e15


class Table(Kind):
    """Base of such tables. A file's columns and rows stand beside its name once it is read."""

    known: ClassVar[Mapping[str, str]] = {}
    """Columns that it may have, with what each holds."""
    needed: ClassVar[tuple[str, ...]] = ()

    file: str = shape("name", "Name of a CSV file beside the deal file, in its folder", default="",
                      reason="the rows may stand in the deal file")  # fmt: skip
    columns: tuple[str, ...] = shape(
        "name", "What each column holds", default=(), reason="a file has its own first row"
    )
    rows: tuple[tuple[Cell, ...], ...] = shape("table", "Rows, each as long as `columns`", default=(),
                                               reason="a file has its own rows")  # fmt: skip

    @model_validator(mode="after")
    def _is_a_table(self) -> Table:
        if not self.columns and not self.rows:
            if not self.file:
                raise ValueError("a table is {columns: [..], rows: [[..], ..]}, or {file: name.csv}")
            raise ValueError(f"{self.file} was not read: a deal with files beside it is read from its own file")
        self._check_columns()
        self._check_rows()
        self.check()
        return self

    def _check_columns(self) -> None:
        for place, name in enumerate(self.columns):
            if name not in self.known:
                raise ValueError(f"no column is called {name!r}; there are {', '.join(self.known)}")
            if name in self.columns[:place]:
                raise ValueError(f"two columns are called {name!r}")
        for name in self.needed:
            if name not in self.columns:
                raise ValueError(f"the column {name!r} is missing: {self.known[name]}")

    def _check_rows(self) -> None:
        if not self.rows:
            raise ValueError("the table has no rows; it has at least one")
        if len(self.rows) > MOST_ROWS:
            raise ValueError(f"the table has {len(self.rows):,} rows; at most {MOST_ROWS:,}")
        for number, row in enumerate(self.rows, 1):
            if len(row) != len(self.columns):
                raise ValueError(f"row {number} has {len(row)} cells; there are {len(self.columns)} columns")
            for name, cell in zip(self.columns, row, strict=True):
                if isinstance(cell, datetime.date) != (name == "date"):
                    raise ValueError(f"row {number}, {name}: {cell} is {'a' if name != 'date' else 'no'} date")
                if not isinstance(cell, datetime.date) and abs(cell) > MOST:
                    raise ValueError(f"row {number}, {name}: {cell:.6g} is above {MOST:g}")

    def check(self) -> None:
        """Raise ValueError where rows do not suit each other."""

    def column(self, name: str) -> tuple[float, ...] | None:
        """Numbers of a column, or None where it is not there."""
        if name not in self.columns:
            return None
        place = self.columns.index(name)
        return tuple(float(row[place]) for row in self.rows if not isinstance(row[place], datetime.date))  # type: ignore[arg-type]

    def dates(self) -> tuple[datetime.date, ...]:
        """Days of the column `date`; none where it is not there."""
        if "date" not in self.columns:
            return ()
        place = self.columns.index("date")
        return tuple(day for row in self.rows if isinstance(day := row[place], datetime.date))

    def words(self) -> str:
        """How many rows there are."""
        where = f" of {self.file}" if self.file else ""
        return f"{counted(len(self.rows), 'row')}{where}: {', '.join(self.columns).replace('_', ' ')}"


def check_collection_months(table: Table) -> None:
    """Raise ValueError unless a table has months or dates, they rise, and nothing in it is negative."""
    if ("month" in table.columns) == ("date" in table.columns):
        raise ValueError("a table of cash has either a column `month` or a column `date`")
    months = table.column("month") or ()
    for number, month in enumerate(months, 1):
        if month != int(month) or month < 1:
            raise ValueError(f"row {number}: {month:g} is no collection month; the first is 1")
    when = list(months) or [day.toordinal() for day in table.dates()]
    for number, (before, after) in enumerate(pairwise(when), 2):
        if after <= before:
            raise ValueError(f"row {number} is not later than the row before it")
    for name in table.columns:
        for number, amount in enumerate(table.column(name) or (), 1):
            if amount < 0:
                raise ValueError(f"row {number}, {name}: {amount:,.10g} is below 0")


def months_of(table: Table, clock: Clock) -> list[int]:
    """Collection month of each row."""
    months = [int(month) for month in table.column("month") or ()]
    return months or [clock.day_month(day) for day in table.dates()]
