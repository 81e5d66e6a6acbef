"""Amounts by collection month: revenue and costs of a project, given by somebody else."""

from __future__ import annotations

from dealmodel.collateral.tables import Table, check_collection_months, months_of
from dealmodel.market.clock import Clock


class AmountTable(Table):
    """Amounts by collection month."""

    known = {
        "month": "collection month, closing is month 0",
        "date": "a day of the collection month",
        "amount": "amount of the month",
    }
    needed = ("amount",)

    def check(self) -> None:
        """Months or dates rise, and nothing is negative."""
        check_collection_months(self)

    def by_month(self, clock: Clock, periods: int) -> list[float]:
        """Amount of each of the months 1..T; 0 in a month that is left out. [currency]"""
        amounts = dict(zip(months_of(self, clock), self.column("amount") or (), strict=True))
        return [amounts.get(month, 0.0) for month in range(1, periods + 1)]
