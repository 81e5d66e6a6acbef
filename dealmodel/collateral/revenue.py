"""Revenue of a project by month, given by somebody else: tolls, tariffs, availability payments."""

from __future__ import annotations

from typing import Literal

from dealmodel.basics.kinds import live, shape
from dealmodel.basics.words import digits
from dealmodel.collateral.pools import Pool, PoolCash
from dealmodel.collateral.tables import Table, check_collection_months, months_of
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import as_expr
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


class GivenRevenue(Pool):
    """Revenue that is given by month: it has no balance, and nothing of it is principal."""

    kind: Literal["given_revenue"] = shape("name", "The kind")
    cash: AmountTable = shape("table", "Revenue by collection month; a month that is left out brings nothing")
    level: float = live("times", "Multiple of the table", ge=0, le=100, default=1.0, reason="the table as it stands")

    def original_balance(self) -> float:
        """None."""
        return 0.0

    def define(self, lines: Builder, clock: Clock) -> PoolCash:
        """The table by month, times the level. It counts as the interest of a pool without a balance."""
        given = self.cash.by_month(clock, lines.periods)
        label = "Revenue, as given"
        amount = lines.series(f"pool.{self.row}.given_revenue", given, unit="currency", label=label)
        found = {word: as_expr(0) for word in ("opening", "closing", "balance_months")}
        return PoolCash(as_expr(0), {**found, "interest": amount * lines.of(self, "level")})

    def words(self) -> str:
        """How much there is in all."""
        total = sum(self.cash.column("amount") or ())
        return f"Revenue as given, {digits(total)} in all; {self.cash.words()}"
