"""Sizes of debt on the screen, and the frozen deal as a file."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table

from dealmodel.analytics.debt_sizing import SizedTranche
from dealmodel.cli.tables import console
from dealmodel.definition.deal import Deal
from dealmodel.io.write import write_text

HEAD = "# Written by `dealmodel size`: balances and schedules are worked out; comments of the deal file are not kept."


def show_sizes(sizes: tuple[SizedTranche, ...]) -> None:
    """Print a table for each tranche: its payment dates, debt service and covers."""
    out = console()
    for size in sizes:
        title = f"{size.name}: {size.balance:,.2f}, {size.words}"
        table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
        for column in ("Payment date", "Cash", "Interest", "Principal", "Debt service", "Balance", "DSCR", "LLCR"):
            table.add_column(column, justify="left" if column == "Payment date" else "right")
        for row in size.dates:
            money = (row.cash, row.interest, row.principal, row.service, row.left)
            covers = ("n/a" if ratio is None else f"{ratio:.4f}x" for ratio in (row.dscr, row.llcr))
            table.add_row(row.day.isoformat(), *(f"{amount:,.0f}" for amount in money), *covers)
        out.print(table)


def sizes_as_data(sizes: tuple[SizedTranche, ...]) -> list[dict[str, Any]]:
    """The same as plain data."""
    return [
        {
            "tranche": size.name,
            "balance": size.balance,
            "sized": size.words,
            "dates": [
                {
                    "payment_date": row.day.isoformat(),
                    "cash": row.cash,
                    "interest": row.interest,
                    "principal": row.principal,
                    "debt_service": row.service,
                    "balance": row.left,
                    "dscr": row.dscr,
                    "llcr": row.llcr,
                }
                for row in size.dates
            ],
        }
        for size in sizes
    ]


def write_frozen(deal: Deal, target: Path, *, force: bool = False) -> None:
    """Write a deal with its sizes as a deal file. Rows of files beside it stand in it."""
    import yaml

    data = _plain(deal.model_dump(by_alias=True, exclude_unset=True, exclude={"file_hash"}))
    text = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=120)
    write_text(f"{HEAD}\n{text}", target, force=force)


def _plain(value: Any) -> Any:
    """Lists for tuples; nothing that is left out; of a table that was read from a file, its rows."""
    if isinstance(value, Mapping):
        table = "file" in value and "rows" in value
        return {key: _plain(item) for key, item in value.items() if item is not None and not (table and key == "file")}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if isinstance(value, bool | int | float | str | datetime.date) else str(value)
