"""The age of a cohort's units, and what is multiplied month by month as they age."""

from __future__ import annotations

from dataclasses import dataclass

from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import Expr, Line, power, prev, where


@dataclass(frozen=True, slots=True)
class Earning:
    """What a unit of a cohort earns in the market.

    Parameters
    ----------
    rent : line by month
        Market rent of the generation. [currency per hour]
    factor : constant line
        Share of the rent left after a month of its base decline. [share]
    hours : Expr
        Hours of a month. [hours]
    cost : Expr
        Purchase price of a unit. [currency]
    """

    rent: Line
    factor: Line
    hours: Expr
    cost: Expr


@dataclass(frozen=True, slots=True)
class Life:
    """The age of a cohort's units.

    Parameters
    ----------
    name : str
        Prefix of the lines that a curve defines.
    age : line by month
        Time since delivery at the end of the month. [months]
    started : line by month
        1 from the month of delivery. [flag]
    stub : Expr or None
        Share of the delivery month after delivery; None for a delivery on a month's last day. [share]
    earning : Earning or None
        For curves that value a unit by its income; None for all others.
    """

    name: str
    age: Line
    started: Line
    stub: Expr | None
    earning: Earning | None = None

    def years(self, lines: Builder) -> Expr:
        """Age in years."""
        return self.age / lines.named("months_per_year", 12, "months")

    def step(self, lines: Builder, what: str, yearly: Expr, *, unit: str = "share") -> Expr:
        """Factor of each month of what is multiplied by `yearly` in a year of age: 1 before delivery.

        The factor of a month is yearly^(1/12), that of a stub month yearly^(stub/12), each worked out once a scenario,
        so that whole years come out as whole powers whatever the day of delivery. Lines are called `<name>.<what>_...`.
        """
        year = lines.named("months_per_year", 12, "months")
        name = f"{self.name}.{what}"
        monthly = lines.constant(f"{name}_factor", power(yearly, 1 / year), unit=unit, label="A month")
        step: Expr = where(prev(self.started), monthly, 1)
        if self.stub is None:
            return step
        stub = power(yearly, self.stub / year)
        first = lines.constant(f"{name}_stub_factor", stub, unit=unit, label="First month")
        full = lines.line(f"{name}_full_step", step, unit=unit, label="Factor of a full month")
        return where(self.started - prev(self.started), first, full)
