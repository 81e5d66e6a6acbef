"""Percent of a tranche's original balance that is outstanding, and how it and average lives are printed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Literal

import numpy as np

from dealmodel.analytics.durations import average_life
from dealmodel.analytics.reading import HALF_A_CENT, closing_of, flows_of, outstanding_from_closing, payment_dates
from dealmodel.analytics.tranche_metrics import TrancheMetrics
from dealmodel.basics.yields import years_from
from dealmodel.engine.result import Result
from dealmodel.lines.arithmetic import Floats

if TYPE_CHECKING:
    import pandas as pd

By = Literal["payment_date", "anniversary", "month"]
Life = Literal["30/360", "30/360 US", "months_over_12"]

AVERAGE_LIFE_ROW = "wal_years"
NOT_AVAILABLE = "n/a"
LIFE_BASIS = "30/360 ISDA"
MONTHS_OF_A_YEAR = 12
_NOISE = 9
"""Decimals of a percentage; what lies beyond is rounding of the arithmetic."""


def percent_outstanding(result: Result, tranche: str) -> Floats:
    """Percent of the original balance at closing and after each payment date. Shape (T + 1,).

    What is written down in the last month for want of payment is still outstanding in it. Half a cent or less counts
    as nothing. NaN where nothing was outstanding at closing.
    """
    balances = outstanding_from_closing(result, tranche)
    balances[-1] += result.lines[f"{tranche}.write_down"][-1]
    if balances[0] <= HALF_A_CENT:
        return np.full(balances.shape, math.nan)
    percent = 100 * np.where(balances <= HALF_A_CENT, 0.0, balances) / balances[0]
    return np.asarray(np.round(percent, _NOISE))


def life_years(result: Result, life: Life) -> Floats:
    """Time from closing to each payment date. Shape (T,). [years]

    `30/360` counts days from closing to the payment date, so that a first period that is no whole month counts its
    days; `30/360 US` counts a closing on the last day of February as one on a 30th. `months_over_12` counts the
    month's number, whatever the dates.
    """
    if life == "months_over_12":
        return np.arange(1, result.model.periods + 1) / MONTHS_OF_A_YEAR
    basis = life if life == "30/360 US" else LIFE_BASIS
    return years_from(closing_of(result), payment_dates(result), basis)


def average_lives(result: Result, tranche: str, life: Life) -> dict[str, float]:
    """Average life by how reductions of the balance are counted; NaN where no principal is paid. [years]

    `positive_only` leaves out the months in which the balance grows, as prospectuses do for accrual classes; `signed`
    counts them as negative principal. The two are equal where the balance never grows. Principal that is written down
    is in neither.
    """
    years, change = life_years(result, life), flows_of(result, tranche).change
    lives = {
        "positive_only": average_life(years, change, convention="positive_only"),
        "signed": average_life(years, change),
    }
    return {name: math.nan if value is None else value for name, value in lives.items()}


def balance_grows(result: Result, tranche: str) -> bool:
    """Whether interest is added to the balance in some month."""
    return bool((flows_of(result, tranche).change < -HALF_A_CENT).any())


def percent_never_repaid(result: Result, tranche: str) -> float:
    """Principal written down, in percent of the original balance."""
    balance = float(outstanding_from_closing(result, tranche)[0])
    lost = float(result.lines[f"{tranche}.write_down"].sum())
    return 100 * lost / balance if balance > HALF_A_CENT and lost > HALF_A_CENT else 0.0


def row_months(by: By, dates: Sequence[date], last: int) -> list[int]:
    """Months of the rows, 0 for closing.

    Parameters
    ----------
    by : str
        `payment_date` or `month`: every one. `anniversary`: the payment date nearest to each anniversary of closing,
        so that a move to a business day does not matter, up to the first at or after `last`.
    dates : sequence of date
        Closing, then the payment dates.
    last : int
        The first month from which on nothing changes in any column.
    """
    if by != "anniversary":
        return list(range(last + 1))
    months, closing = [0], dates[0]
    while months[-1] < last:
        anniversary = _years_later(closing, len(months))
        nearest = min(range(1, len(dates)), key=lambda month: abs((dates[month] - anniversary).days))
        months.append(nearest if nearest > months[-1] else last)
    return months


def _years_later(day: date, years: int) -> date:
    """The same day in a later year; 29 February is 28 February in a year without it."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


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
        percent = percent_outstanding(result, tranche)
        life = TrancheMetrics(result, tranche).average_life()
        columns[name] = [*(float(percent[row]) for row in rows), math.nan if life is None else life]
    index = pd.Index([*(dates[row].isoformat() for row in rows), AVERAGE_LIFE_ROW], name="date")
    return pd.DataFrame(columns, index=index)


def printed_percent(percent: float, places: int = 0) -> str:
    """A percentage as prospectuses print it, half up.

    Whole percents print `*` for above 0 and below 0.5; grids with decimals print them.
    """
    if math.isnan(percent):
        return NOT_AVAILABLE
    percent = round(percent, _NOISE)
    if places == 0 and 0 < percent < 0.5:
        return "*"
    scale = 10**places
    return f"{math.floor(round(percent * scale, _NOISE) + 0.5) / scale:.{places}f}"


def printed_life(years: float) -> str:
    """An average life with two decimals, half up."""
    return NOT_AVAILABLE if math.isnan(years) else printed_percent(years, 2)


def printed_table(table: pd.DataFrame) -> pd.DataFrame:
    """A decrement table in print: whole percents, average lives with two decimals."""
    lives = [float(life) for life in table.loc[AVERAGE_LIFE_ROW].to_numpy()]
    shown = table.drop(index=AVERAGE_LIFE_ROW).map(printed_percent)
    shown.loc[AVERAGE_LIFE_ROW] = [printed_life(life) for life in lives]
    return shown
