"""Decrement tables: percent of the original balance outstanding, by date and scenario, with average lives."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from dealmodel.analytics.reading import balances_from_closing, closing_of, payment_dates
from dealmodel.analytics.tranche_metrics import TrancheMetrics
from dealmodel.engine.result import Result

if TYPE_CHECKING:
    import pandas as pd

AVERAGE_LIFE_ROW = "wal_years"


def decrement_table(results: Mapping[str, Result], tranche: str, *, every_months: int = 12) -> pd.DataFrame:
    """Percent of a tranche's original balance that is outstanding, one column for each scenario.

    Parameters
    ----------
    results : mapping from scenario to Result
        With one closing date and one set of payment dates.
    tranche : str
    every_months : int
        Step of the rows: closing, then every so many payment dates, and the last one.

    Returns
    -------
    DataFrame
        Rows by date, closing first; the last row, `wal_years`, is the average life of principal paid, 30/360 from
        closing, NaN where none is paid. [percent; years]

    Raises
    ------
    ValueError
        If there is no result, or their dates differ.
    """
    import pandas as pd

    if not results:
        raise ValueError("a decrement table needs at least one result")
    first = next(iter(results.values()))
    dates = [closing_of(first), *payment_dates(first)]
    for name, result in results.items():
        if [closing_of(result), *payment_dates(result)] != dates:
            raise ValueError(f"scenario {name!r} has other dates than the first; give it a table of its own")
    rows = sorted({*range(0, len(dates), every_months), len(dates) - 1})
    columns = {}
    for name, result in results.items():
        metrics = TrancheMetrics(result, tranche)
        percent = 100 * balances_from_closing(result, tranche) / metrics.flows.balance
        life = metrics.average_life()
        columns[name] = [*(float(percent[row]) for row in rows), math.nan if life is None else life]
    index = pd.Index([*(dates[row].isoformat() for row in rows), AVERAGE_LIFE_ROW], name="date")
    return pd.DataFrame(columns, index=index)


def printed_percent(percent: float) -> str:
    """A percentage as prospectuses print it: whole, half up, `*` for above 0 and below 0.5."""
    if 0 < percent < 0.5:
        return "*"
    return str(math.floor(percent + 0.5))


def printed_table(table: pd.DataFrame) -> pd.DataFrame:
    """A decrement table in print: whole percents, average lives with two decimals."""
    lives = [float(life) for life in table.loc[AVERAGE_LIFE_ROW].to_numpy()]
    shown = table.drop(index=AVERAGE_LIFE_ROW).map(printed_percent)
    shown.loc[AVERAGE_LIFE_ROW] = ["n/a" if math.isnan(life) else f"{life:.2f}" for life in lives]
    return shown
