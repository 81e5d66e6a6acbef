"""Revenue of a project by month, given by somebody else: tolls, tariffs, availability payments."""

from __future__ import annotations

from typing import Literal

from dealmodel.basics.kinds import live, shape
from dealmodel.basics.words import digits
from dealmodel.collateral.amount_table import AmountTable
from dealmodel.collateral.pools import Pool, PoolCash
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import as_expr
from dealmodel.market.clock import Clock


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
        """How much there is in all, and its level."""
        total = sum(self.cash.column("amount") or ())
        level = "" if self.level == 1 else f", times {digits(self.level, 4)}"
        return f"Revenue as given, {digits(total)} in all{level}; {self.cash.words()}"
