"""Decay curves: what is left of a unit's purchase price at each age, as the second-hand market sees it.

A curve knows the age and nothing else. Launches and stress enter as the resale level of the generation, once; the floor
at scrap value is applied after them, by the cohort.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from dealmodel.basics.kinds import Family, live, shape, union_of
from dealmodel.basics.points import between_points, check_points
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import Expr, Line, lookup, maximum, power, prev, round_to, where


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
    """

    name: str
    age: Line
    started: Line
    stub: Expr | None


class DecayCurve(Family):
    """Base of the resale curves."""

    tag = "curve"

    scrap: float = live(
        "share", "Share of the purchase price below which resale never falls", ge=0, le=1, default=0.0,
        reason="no floor unless one is stated",
    )  # fmt: skip

    def define(self, lines: Builder, life: Life) -> Expr:
        """Share of the purchase price left at the age of each month, before levels and floor. [share]"""
        raise NotImplementedError(f"{type(self).__name__} has no formula")


class ExponentialCurve(DecayCurve):
    """A constant share of the value is lost each year: (1 - decline_per_year)^(age in years)."""

    curve: Literal["exponential"] = shape("name", "Kind of curve")
    decline_per_year: float = live("share per year", "Share of the value lost in a year of age", ge=0, lt=1)

    def define(self, lines: Builder, life: Life) -> Expr:
        """Multiply by the factor of a month, month by month; a stub month takes its own power of it.

        Test by hand: a decline of 0.36 leaves 0.8 after six months and 0.64 after twelve.
        """
        left = 1 - lines.of(self, "decline_per_year")
        year = lines.named("months_per_year", 12, "months")
        monthly = lines.constant(f"{life.name}.resale_factor", power(left, 1 / year), unit="share", label="A month")
        factor = lines.declare(f"{life.name}.resale_curve", unit="share", opening=1)
        step: Expr = where(prev(life.started), monthly, 1)
        if life.stub is not None:
            stub = power(left, life.stub / year)
            first = lines.constant(f"{life.name}.resale_stub_factor", stub, unit="share", label="First month")
            full = lines.line(f"{life.name}.resale_full_step", step, unit="share", label="Factor of a full month")
            step = where(life.started - prev(life.started), first, full)
        return lines.define(factor, prev(factor) * step, label="Resale curve")


class StraightLineCurve(DecayCurve):
    """The same amount is lost each year until scrap value is reached: 1 - (1 - scrap) x age / life."""

    curve: Literal["straight_line"] = shape("name", "Kind of curve")
    life_years: float = live("years", "Age at which scrap value is reached", gt=0)

    def define(self, lines: Builder, life: Life) -> Expr:
        """Fall by an equal share of the price each month; constant at scrap from `life_years` on.

        Test by hand: six years and no scrap leave 5/6, 2/3 and 1/2 after one, two and three years.
        """
        months = lines.of(self, "life_years") * lines.named("months_per_year", 12, "months")
        lost = (1 - lines.of(self, "scrap")) * life.age / months
        value = maximum(1 - lost, lines.of(self, "scrap"))
        return lines.line(f"{life.name}.resale_curve", value, unit="share", label="Resale curve")


class TableCurve(DecayCurve):
    """An appraiser's curve: shares of the price at ages in months, read in between; after the last point, its value."""

    curve: Literal["table"] = shape("name", "Kind of curve")
    points: tuple[tuple[int, float], ...] = shape("table", "Pairs of age in months and share of the price left")
    between: Literal["linear", "step"] = shape(
        "name", "How an age between two points is read", default="linear", reason="values move between appraisals"
    )

    def define(self, lines: Builder, life: Life) -> Expr:
        """Look the whole months of age up in the table; a stub reads linearly between two of them."""
        check_points(self.points, what="ages")
        last_age = self.points[-1][0]
        table = between_points(self.points, range(last_age + 1), between=self.between)
        if life.stub is None:
            value: Expr = lookup(self.path, table, life.age)
        else:
            months = lines.line(f"{life.name}.age_whole", round_to(life.age - life.stub, 0), unit="months")
            younger = lines.line(f"{life.name}.resale_younger", lookup(self.path, table, months), unit="share")
            older = lookup(self.path, table, months + 1)
            value = younger if self.between == "step" else younger + (older - younger) * life.stub * life.started
        return lines.line(f"{life.name}.resale_curve", value, unit="share", label="Resale curve")


if TYPE_CHECKING:
    ResaleCurve = DecayCurve
else:
    ResaleCurve = union_of(DecayCurve)
