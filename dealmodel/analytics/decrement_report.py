"""Decrement tables of a deal, as prospectuses print them: `decrement`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, get_args

import numpy as np

from dealmodel.analytics.decrement import (
    By,
    Life,
    average_lives,
    balance_grows,
    percent_never_repaid,
    percent_outstanding,
    row_months,
)
from dealmodel.analytics.decrement_runs import Runs, run_columns
from dealmodel.analytics.decrement_tables import POSITIVE_ONLY, SIGNED, DecrementTable, DecrementTables
from dealmodel.basics.errors import DealFileError, Issue, nearest
from dealmodel.definition.deal import Deal
from dealmodel.engine.run import Override
from dealmodel.lines.arithmetic import Floats

if TYPE_CHECKING:
    import pandas as pd

PLACES = (0, 2)
"""Decimals in which percentages can be printed."""


def decrement(
    deal: Deal,
    *,
    scenarios: Sequence[str] | None = None,
    vary: str | None = None,
    values: Sequence[Override] | None = None,
    by: By = "payment_date",
    life: Life = "30/360",
    places: int = 0,
) -> DecrementTables:
    """Percent of original balance outstanding, and average lives, of every tranche.

    Parameters
    ----------
    deal : Deal
    scenarios : sequence of str, optional
        The columns; all of the deal's unless given. With `vary`, each gets a table of its own, and under every table
        stand the average lives of all of them, so that lives to call and to maturity are side by side; base alone
        unless given.
    vary : str, optional
        Path of a live number, `*` for every row at a level; its values are the columns. A scenario's changes act on
        them, but for an undated `set` of the same number, which gives way.
    values : sequence of numbers or times, optional
        As overrides of `run_deal`.
    by : str
        Rows: `payment_date`, `anniversary` of closing (see `row_months`), or `month`. They end with the first from
        which on nothing changes in any column.
    life : str
        Time of average lives: `30/360` from closing to the payment date, or `months_over_12`.
    places : int
        Decimals in print: 0, where `*` stands for above 0 and below 0.5; or 2.

    Raises
    ------
    DealFileError
        For an unknown scenario or path, a value out of range, or another request that cannot be met.
    ModelError
        If an invariant is broken.
    """
    issues = [
        *_choice("by", by, get_args(By)),
        *_choice("life", life, get_args(Life)),
        *_choice("places", places, PLACES),
    ]
    if issues:
        raise DealFileError(f"decrement tables of {deal.deal.id}", issues)
    runs = run_columns(deal, scenarios, vary, values)
    model = runs.first.model
    names = list(runs.grids) if vary is not None else [column.name for column in runs.columns]
    titles = {name: deal.scenarios[name].title if name in deal.scenarios else "The deal as it stands" for name in names}
    return DecrementTables(
        deal=model.name,
        title=model.title,
        currency=model.facts["currency"],
        deal_hash=model.facts["deal_hash"],
        closing=runs.dates[0],
        scenarios=titles,
        vary=vary,
        columns=runs.columns,
        by=by,
        life=life,
        places=places,
        tables=tuple(
            _table(runs, tranche, scenario, by, life) for tranche in runs.first.tranche_names for scenario in runs.grids
        ),
        manifest={name: runs.first.manifest[name] for name in ("deal_hash", "model_hash", "dealmodel", "holidays")},
    )


def _choice(name: str, given: object, choices: Sequence[object]) -> list[Issue]:
    if given in choices:
        return []
    allowed = "choose " + ", ".join(map(str, choices))
    hint = nearest(str(given), map(str, choices))
    return [Issue(name, f"{given!r} is not possible", allowed, hint, code="DM-DEC-007")]


def _table(runs: Runs, tranche: str, scenario: str, by: By, life: Life) -> DecrementTable:
    import pandas as pd

    results, names, dates = runs.grids[scenario], [column.name for column in runs.columns], runs.dates
    percent = np.column_stack([_padded(percent_outstanding(result, tranche), len(dates)) for result in results])
    months = row_months(by, dates, _last(percent))
    shown = [dates[month] for month in months]
    labels: list[object] = list(months) if by == "month" else [day.isoformat() for day in shown]
    index = pd.Index(labels, name="month" if by == "month" else "payment_date")
    # Lives of the table's own scenario stand first.
    order = [scenario, *(name for name in runs.grids if name != scenario)]
    every = [result for name in order for result in runs.grids[name]]
    return DecrementTable(
        tranche=tranche,
        scenario=scenario,
        balances=tuple(result.lines.opening(f"{tranche}.balance") for result in results),
        months=tuple(months),
        dates=tuple(shown),
        percent=pd.DataFrame(percent[months], index=index, columns=names),
        lives=_lives(runs, tranche, order, life),
        never_repaid=tuple(percent_never_repaid(result, tranche) for result in results),
        grows=any(balance_grows(result, tranche) for result in every),
    )


def _lives(runs: Runs, tranche: str, order: Sequence[str], life: Life) -> pd.DataFrame:
    import pandas as pd

    rows: dict[tuple[str, str], list[float]] = {}
    for name in order:
        found = [average_lives(result, tranche, life) for result in runs.grids[name]]
        for counts in (POSITIVE_ONLY, SIGNED):
            rows[name, counts] = [one[counts] for one in found]
    index = pd.MultiIndex.from_tuples(list(rows), names=["scenario", "counts"])
    return pd.DataFrame(list(rows.values()), index=index, columns=[column.name for column in runs.columns])


def _padded(percent: Floats, length: int) -> Floats:
    """The same to the end of the longest run: after its own last month nothing changes."""
    return np.append(percent, np.full(length - len(percent), percent[-1]))


def _last(percent: Floats) -> int:
    """The first month from which on nothing changes in any column; closing and one month are always shown."""
    changed = np.flatnonzero((np.diff(np.nan_to_num(percent), axis=0) != 0).any(axis=1))
    return int(changed[-1]) + 1 if len(changed) else 1
