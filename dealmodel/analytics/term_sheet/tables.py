"""What a term sheet is made of: blocks of rows of cells, which know nothing of a workbook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

HEADING, TOTAL = "heading", "total"
"""Looks of a row that is not an ordinary one."""

NOT_AVAILABLE = "n/a"
NONE = "None"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its unit, which says how it is shown; the unit "number" is a plain whole number.

    An exact one is an input, of which every digit is shown.
    """

    value: float
    unit: str
    exact: bool = False


Cell = str | date | Figure | None
"""A text, a date, a number, or nothing."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a block.

    Parameters
    ----------
    cells : tuple of Cell
        From left to right.
    look : str
        Ordinary (empty), "heading" or "total".
    continues : int
        How many of the first cells continue those of the row above, and hold nothing themselves.
    """

    cells: tuple[Cell, ...]
    look: str = ""
    continues: int = 0

    @classmethod
    def of(cls, *cells: Cell, look: str = "") -> Row:
        """A row with these cells."""
        return cls(cells, look)


@dataclass(frozen=True, slots=True)
class TermSheet:
    """A term sheet.

    Parameters
    ----------
    title : str
        What people call the deal.
    blocks : mapping from name to rows
        The names are those of the places in `templates/term_sheet.xlsx`.
    deal : str
        Id of the deal.
    """

    title: str
    blocks: Mapping[str, tuple[Row, ...]]
    deal: str = ""
