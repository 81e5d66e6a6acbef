"""Decrement tables as rows of words and numbers: what they hold, how they print, and as plain data."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from dealmodel.analytics.decrement import By, Life, printed_life, printed_percent
from dealmodel.analytics.decrement_runs import Column
from dealmodel.analytics.reading import HALF_A_CENT
from dealmodel.basics.errors import nearest
from dealmodel.basics.words import name_in_words, sentence
from dealmodel.market.scenarios import path_in_words

if TYPE_CHECKING:
    import pandas as pd

POSITIVE_ONLY, SIGNED = "positive_only", "signed"
CLOSING, AVERAGE_LIFE = "Closing", "Average life, years"
NEVER_REPAID = "Never repaid, % of original balance"


@dataclass(frozen=True, eq=False)
class DecrementTable:
    """One table: a tranche, and a scenario where the columns are values of a number.

    Parameters
    ----------
    tranche, scenario : str
        The scenario is empty where scenarios are the columns.
    balances : tuple of float
        Original balance in each column. [currency]
    months : tuple of int
        Month of each row, 0 for closing.
    dates : tuple of date
        Closing or the payment date of each row.
    percent : DataFrame
        Percent of the original balance outstanding, unrounded. Rows by date, or by month; a column for each run.
    lives : DataFrame
        Average lives. Rows by scenario (empty as above) and by how reductions are counted, `positive_only` and
        `signed`; NaN where no principal is paid. [years]
    never_repaid : tuple of float
        Principal written down in each column, in percent of the original balance.
    grows : bool
        Whether interest is added to the balance in some column, so that the two counts of lives differ.
    """

    tranche: str
    scenario: str
    balances: tuple[float, ...]
    months: tuple[int, ...]
    dates: tuple[date, ...]
    percent: pd.DataFrame
    lives: pd.DataFrame
    never_repaid: tuple[float, ...]
    grows: bool

    @property
    def title(self) -> str:
        """The tranche and the scenario in words."""
        words = sentence(name_in_words(self.tranche))
        return f"{words}, {name_in_words(self.scenario)}" if self.scenario else words

    def life_rows(self, *, own: bool = False) -> list[tuple[str, tuple[float, ...]]]:
        """Average lives to be printed, each row with its label: both counts where the balance grows. [years]

        Those of every scenario, or with `own` those of the table's scenario alone, which needs no name then.
        """
        rows = []
        named = not own and self.lives.index.get_level_values("scenario").nunique() > 1
        for (scenario, counts), values in zip(self.lives.index.to_list(), self.lives.to_numpy(), strict=True):
            if (own and scenario != self.scenario) or (counts == SIGNED and not self.grows):
                continue
            label = f"{AVERAGE_LIFE}: {name_in_words(scenario)}" if named else AVERAGE_LIFE
            if self.grows:
                label += " (positive reductions only)" if counts == POSITIVE_ONLY else " (signed)"
            rows.append((label, tuple(float(value) for value in values)))
        return rows


@dataclass(frozen=True, eq=False)
class DecrementTables:
    """Decrement tables of every tranche of a deal.

    Parameters
    ----------
    deal, title, currency, deal_hash : str
    closing : date
    scenarios : mapping from scenario to its title
    vary : str or None
        Path of the number whose values are the columns; None where scenarios are.
    columns : tuple of Column
    by, life, places
        As asked of `decrement`.
    tables : tuple of DecrementTable
        By tranche, then by scenario.
    manifest : dict
        Hashes and versions of the first run.
    """

    deal: str
    title: str
    currency: str
    deal_hash: str
    closing: date
    scenarios: Mapping[str, str]
    vary: str | None
    columns: tuple[Column, ...]
    by: By
    life: Life
    places: int
    tables: tuple[DecrementTable, ...]
    manifest: Mapping[str, str]

    def table(self, tranche: str, scenario: str | None = None) -> DecrementTable:
        """The table of a tranche: the only one, or the one of a scenario."""
        for one in self.tables:
            if one.tranche == tranche and scenario in (None, one.scenario):
                return one
        known = list(dict.fromkeys(one.tranche for one in self.tables))
        raise ValueError(f"there is no such table; tranches are {', '.join(known)}; {nearest(tranche, known)}")

    def row_labels(self, table: DecrementTable) -> list[str]:
        """What stands before each row of percentages."""
        if self.by == "month":
            return [str(month) for month in table.months]
        return [
            CLOSING if month == 0 else day.isoformat() for month, day in zip(table.months, table.dates, strict=True)
        ]

    @property
    def row_heading(self) -> str:
        """What the rows of percentages are."""
        return "Month" if self.by == "month" else "Payment date"

    def printed(self, table: DecrementTable) -> pd.DataFrame:
        """A table in print: percentages, average lives, and what was written down if anything was."""
        import pandas as pd

        rows = [[printed_percent(float(value), self.places) for value in row] for row in table.percent.to_numpy()]
        labels = self.row_labels(table)
        for label, lives in table.life_rows():
            labels.append(label)
            rows.append([printed_life(value) for value in lives])
        if any(table.never_repaid):
            labels.append(NEVER_REPAID)
            rows.append([printed_percent(value, self.places) for value in table.never_repaid])
        return pd.DataFrame(rows, index=labels, columns=[column.name for column in self.columns])

    @property
    def varied(self) -> str:
        """The number whose values are the columns, in words, with its path; empty where scenarios are."""
        return f"{sentence(path_in_words(self.vary))} ({self.vary})" if self.vary else ""

    def notes(self) -> list[str]:
        """What a reader must know of the figures."""
        return _notes(self)

    def as_data(self) -> dict[str, Any]:
        """Everything as plain data, for JSON: percentages unrounded and as printed, NaN as None."""
        return {
            "deal": self.deal,
            "title": self.title,
            "currency": self.currency,
            "closing": self.closing.isoformat(),
            "by": self.by,
            "life": self.life,
            "places": self.places,
            "vary": self.vary,
            "scenarios": dict(self.scenarios),
            "columns": [{"name": column.name, "heading": column.heading} for column in self.columns],
            "tables": [self._table_as_data(table) for table in self.tables],
            "notes": self.notes(),
            "manifest": dict(self.manifest),
        }

    def _table_as_data(self, table: DecrementTable) -> dict[str, Any]:
        names = [column.name for column in self.columns]
        rows = []
        for month, day, values in zip(table.months, table.dates, table.percent.to_numpy(), strict=True):
            percent = {name: _or_none(value) for name, value in zip(names, values, strict=True)}
            printed = {
                name: printed_percent(float(value), self.places) for name, value in zip(names, values, strict=True)
            }
            rows.append({"month": month, "date": day.isoformat(), "percent": percent, "printed": printed})
        lives = [
            {
                "scenario": scenario or None,
                "counts": counts,
                "years": {name: _or_none(value) for name, value in zip(names, values, strict=True)},
            }
            for (scenario, counts), values in zip(table.lives.index.to_list(), table.lives.to_numpy(), strict=True)
        ]
        return {
            "tranche": table.tranche,
            "scenario": table.scenario or None,
            "original_balance": dict(zip(names, table.balances, strict=True)),
            "balance_grows": table.grows,
            "rows": rows,
            "average_lives": lives,
            "percent_never_repaid": dict(zip(names, table.never_repaid, strict=True)),
        }


def column_groups(columns: int, most: int) -> list[tuple[int, int]]:
    """Columns in groups of nearly one size, `most` at the most: the first of each, and the one after its last."""
    groups = math.ceil(columns / most)
    size = math.ceil(columns / groups)
    return [(first, min(first + size, columns)) for first in range(0, columns, size)]


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _notes(tables: DecrementTables) -> list[str]:
    notes = ["Percentages of original balance; model output, not a forecast."]
    if tables.by == "anniversary":
        notes.append("Rows are the payment dates nearest to each anniversary of closing.")
    values = [value for table in tables.tables for value in table.percent.to_numpy().ravel()]
    if tables.places == 0 and any(0 < value < 0.5 for value in values):
        notes.append("* above 0% and below 0.5%.")
    counted = "30/360 from closing to each payment date" if tables.life == "30/360" else "by months, each a twelfth"
    notes.append(f"Average life: each reduction of the balance weighs by its size, times the years to it, {counted}.")
    if any(table.grows for table in tables.tables):
        notes.append(
            "Interest is added to some balances. Positive reductions only: months in which the balance grows are left "
            "out. Signed: they count as negative principal."
        )
    if any(value > 0 for table in tables.tables for value in table.never_repaid):
        notes.append(
            "Principal that is never repaid stays in the percentages, and is not in the average life; rows end when "
            "nothing changes any more."
        )
    if any(max(table.balances) - min(table.balances) > HALF_A_CENT for table in tables.tables):
        notes.append("The original balance differs between columns; each is a percentage of its own.")
    return notes
