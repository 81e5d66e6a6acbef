"""What a month brings before any sale: of units that are let, and of pools."""

from __future__ import annotations

from dataclasses import dataclass

from dealmodel.engine.holdings import Units
from dealmodel.engine.pools import Pools
from dealmodel.lines.expressions import Expr, Line, total_of


@dataclass(frozen=True, slots=True)
class Cash:
    """The two sources of cash of a deal, one of which may be absent."""

    units: Units | None
    pools: Pools | None

    def parts(self) -> list[Expr]:
        """Collections of the month, sales and calls left out. [currency]"""
        found: list[Expr] = [] if self.units is None else [self.units.revenue, self.units.claims]
        return found if self.pools is None else [*found, self.pools.cash]

    def flows(self) -> list[tuple[str, Expr]]:
        """The same by what accounts may take. [currency]"""
        found: list[tuple[str, Expr]] = []
        if self.units is not None:
            found += [("revenue", self.units.revenue), ("claims", self.units.claims)]
        if self.pools is not None:
            found += [(word, self.pools.totals[word]) for word in ("interest", "principal", "recoveries")]
        return found

    def regular(self) -> Expr:
        """Collections of the month that tests count: no claims, no sales and no calls. [currency]"""
        found: list[Expr] = [] if self.units is None else [self.units.revenue]
        return total_of(found if self.pools is None else [*found, self.pools.cash])

    def income(self) -> Expr:
        """Revenue of units and interest of pools. [currency]"""
        found: list[Expr] = [] if self.units is None else [self.units.revenue]
        return total_of(found if self.pools is None else [*found, self.pools.totals["interest"]])

    def values(self) -> dict[str, Line]:
        """Value by basis: of the units held, and of the pools by their closing balance. [currency]"""
        found = {} if self.units is None else dict(self.units.values)
        return found if self.pools is None else {**found, "pool": self.pools.totals["balance"]}
