"""The shared prices of compute: market rent and resale level, by generation, with dated successor launches as steps.

Prices reach collateral and contracts only through these lines. That is where wrong-way risk comes from, and the only
place: one fall of `rent_level` and `resale_level` lowers the rent at which a failed customer's units are let again and
what their sale brings, at the same time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dealmodel.basics.kinds import Kind, live, shape
from dealmodel.basics.moments import MomentField
from dealmodel.basics.words import counted, digits, moment_in_words, names_in_words, percent, times
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import Expr, Line, maximum, minimum, power, prev


class Generation(Kind):
    """One generation of GPU, as the rental market sees it."""

    rent_per_hour: float = live("currency per hour", "Market rent of a unit for an hour at closing", ge=0)
    rent_decline_per_year: float = live("share per year", "Share of the rent lost each calendar year", ge=-1, lt=1)
    rent_level: float = live(
        "times", "Multiple of the base rent path", default=1.0, reason="the base path as it stands", ge=0
    )
    resale_level: float = live(
        "times", "Multiple of the base resale path", default=1.0, reason="the base path as it stands", ge=0
    )

    def words(self) -> str:
        """The rent, its decline, and the two levels where they are not 1."""
        said = f"{digits(self.rent_per_hour, 4)} an hour at closing, less {percent(self.rent_decline_per_year)} a year"
        levels = {"rent": self.rent_level, "resale": self.resale_level}
        return said + "".join(f"; {name} at {times(level)} its path" for name, level in levels.items() if level != 1)


class Launch(Kind):
    """The launch of a successor: a permanent step in rent and resale of older generations."""

    when: MomentField = live("month", "Month whose number already holds the step")
    generations: tuple[str, ...] = shape("name", "Generations whose prices step")
    rent_step: float = live("share", "Step of the market rent: -0.08 for a fall of 8%", ge=-1)
    resale_step: float = live("share", "Step of the resale value", ge=-1)
    ramp_months: int | None = live(
        "months", "Months before the launch over which both steps are reached in equal parts", ge=1, le=120,
        default=None, reason="the whole step comes with the launch",
    )  # fmt: skip

    def words(self) -> str:
        """When, what it does, and to which generations."""
        steps = f"rent steps by {percent(self.rent_step)} and resale by {percent(self.resale_step)}"
        ramp = "" if self.ramp_months is None else f", in equal parts over {counted(self.ramp_months, 'month')} before"
        return f"From {moment_in_words(self.when)}, {steps}{ramp}: {names_in_words(self.generations)}"


@dataclass(frozen=True, slots=True)
class Prices:
    """Price lines of one generation.

    Parameters
    ----------
    rent : line by month
        Market rent. [currency per hour]
    resale : line by month
        Multiple of a unit's own resale curve. [times]
    decline_factor : line by month
        (1 - rent_decline_per_year)^(t/12), the base decline alone. [share]
    monthly_factor : constant line
        The decline factor of one month. [share]
    level : Expr or None
        The generation's own resale level, launches left out. [times]
    """

    rent: Line
    resale: Line
    decline_factor: Line
    monthly_factor: Line
    level: Expr | None = None


def define_prices(
    lines: Builder, generations: Mapping[str, Generation], launches: Mapping[str, Launch]
) -> dict[str, Prices]:
    """Define market rent and resale level of every generation, month by month.

    rent(t) = rent_per_hour x (1 - rent_decline_per_year)^(t/12) x rent_level(t) x launch steps so far;
    resale(t) = resale_level(t) x launch steps so far. The step of a launch is in the number of its own month. A launch
    that the market expects steps in equal parts over the `ramp_months` before it: k months before its own month,
    1 - k / ramp_months of the step is in the number.
    """
    launched = {}
    for name, launch in launches.items():
        with lines.at(launch.path, section="Prices", group=name):
            launched[name] = _launched(lines, launch)
    return {name: _prices(lines, generation, launches, launched) for name, generation in generations.items()}


def _launched(lines: Builder, launch: Launch) -> Line:
    """Share of the launch's steps that the prices of a month hold."""
    month, when = lines.param("time.month"), lines.of(launch, "when")
    name = f"market.{launch.row}"
    if launch.ramp_months is None:
        return lines.line(f"{name}.launched", month >= when, unit="flag", label="Launched", role="flag")
    part = minimum(maximum(1 + (month - when) / lines.of(launch, "ramp_months"), 0), 1)
    return lines.line(f"{name}.in_prices", part, unit="share", label="Share of the steps in the prices")


def _prices(
    lines: Builder, generation: Generation, launches: Mapping[str, Launch], launched: Mapping[str, Line]
) -> Prices:
    name = generation.row
    year = lines.named("months_per_year", 12, "months")
    with lines.at(generation.path, section="Prices", group=f"Generation {name}"):
        monthly = lines.constant(
            f"market.{name}.rent_factor_of_a_month",
            power(1 - lines.of(generation, "rent_decline_per_year"), 1 / year),
            unit="share",
            label="Rent left after a month",
        )
        factor = lines.declare(f"market.{name}.rent_decline_factor", unit="share", opening=1)
        lines.define(factor, prev(factor) * monthly, label="Rent left by calendar")
        rent: Expr = lines.of(generation, "rent_per_hour") * factor * lines.of(generation, "rent_level")
        level = lines.of(generation, "resale_level")
        resale: Expr = level
        for launch in (item for item in launches.values() if name in item.generations):
            step = launched[launch.row]
            rent = rent * (1 + step * lines.of(launch, "rent_step"))
            resale = resale * (1 + step * lines.of(launch, "resale_step"))
        return Prices(
            rent=lines.line(f"market.{name}.rent", rent, unit="currency per hour", label="Market rent"),
            resale=lines.line(f"market.{name}.resale_level", resale, unit="times", label="Resale level"),
            decline_factor=factor,
            monthly_factor=monthly,
            level=level,
        )
