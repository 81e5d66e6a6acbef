"""Decay curves: what is left of a unit's purchase price at each age, as the second-hand market sees it.

A curve knows the age and nothing else. Launches and stress enter as the resale level of the generation, once; the floor
at scrap value is applied after them, by the cohort.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import model_validator

from dealmodel.basics.kinds import Family, live, shape
from dealmodel.basics.points import between_points, check_points
from dealmodel.basics.words import counted, percent
from dealmodel.collateral.life import Life
from dealmodel.collateral.write_off import declining_balance, sum_of_years_digits
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import Expr, exp, log, lookup, maximum, minimum, prev, ratio, round_to
from dealmodel.market.rates import AfterLast


class DecayCurve(Family):
    """Base of the resale curves."""

    tag = "curve"
    by_income: ClassVar[bool] = False
    """Whether the curve is made of rents, which hold the launches already, and not of the age alone."""

    scrap: float = live(
        "share", "Share of the purchase price below which resale never falls", ge=0, le=1, default=0.0,
        reason="no floor unless one is stated",
    )  # fmt: skip

    def define(self, lines: Builder, life: Life) -> Expr:
        """Share of the purchase price left at the age of each month, before levels and floor. [share]"""
        raise NotImplementedError(f"{type(self).__name__} has no formula")

    def when_new(self) -> float:
        """Share of the purchase price that a new unit would bring, before levels and floor."""
        return 1.0

    def _floor(self) -> str:
        return f", not below {percent(self.scrap)} of the price" if self.scrap else ""


class AgeCurve(DecayCurve):
    """Base of the curves that stand by themselves: each may also be a layer of another."""


class ExponentialCurve(AgeCurve):
    """A constant share of the value is lost each year: (1 - decline_per_year)^(age in years)."""

    curve: Literal["exponential"] = shape("name", "Kind of curve")
    decline_per_year: float = live("share per year", "Share of the value lost in a year of age", ge=0, lt=1)

    def words(self) -> str:
        """The decline and the floor."""
        return f"Loses {percent(self.decline_per_year)} of its value with each year of age{self._floor()}"

    def define(self, lines: Builder, life: Life) -> Expr:
        """Multiply by the factor of a month, month by month; a stub month takes its own power of it.

        Test by hand: a decline of 0.36 leaves 0.8 after six months and 0.64 after twelve.
        """
        step = life.step(lines, "resale", 1 - lines.of(self, "decline_per_year"))
        curve = lines.declare(f"{life.name}.resale_curve", unit="share", opening=1)
        return lines.define(curve, prev(curve) * step, label="Resale curve")


class StraightLineCurve(AgeCurve):
    """The same amount is lost each year until scrap value is reached: 1 - (1 - scrap) x age / life."""

    curve: Literal["straight_line"] = shape("name", "Kind of curve")
    life_years: float = live("years", "Age at which scrap value is reached", gt=0)

    def words(self) -> str:
        """The life and what is left after it."""
        end = f"{percent(self.scrap)} of the price" if self.scrap else "nothing"
        return f"Falls by equal amounts to {end} over {counted(self.life_years, 'year')} of age"

    def define(self, lines: Builder, life: Life) -> Expr:
        """Fall by an equal share of the price each month; constant at scrap from `life_years` on.

        Test by hand: six years and no scrap leave 5/6, 2/3 and 1/2 after one, two and three years.
        """
        months = lines.of(self, "life_years") * lines.named("months_per_year", 12, "months")
        lost = (1 - lines.of(self, "scrap")) * life.age / months
        value = maximum(1 - lost, lines.of(self, "scrap"))
        return lines.line(f"{life.name}.resale_curve", value, unit="share", label="Resale curve")


class DecliningBalanceCurve(AgeCurve):
    """A constant share of what is left goes each year, down to scrap; on demand, straight line once that is faster.

    The share is given, or is `factor` / `life_years`: a factor of 2 is the double declining balance. A factor not below
    the life leaves nothing above scrap at once.
    """

    curve: Literal["declining_balance"] = shape("name", "Kind of curve")
    decline_per_year: float | None = live(
        "share per year", "Share of what is left that goes in a year of age", ge=0, lt=1, default=None,
        reason="factor over life instead",
    )  # fmt: skip
    factor: float | None = live(
        "times", "Declining-balance factor: the share is this over the life", ge=0, default=None,
        reason="the share is given instead",
    )  # fmt: skip
    life_years: float | None = live(
        "years", "Life, for the factor and for the switch", gt=0, default=None, reason="a given share alone has none"
    )
    switch: Literal["never", "straight_line"] = shape(
        "name", "Whether the straight line to scrap takes over where it is faster", default="never",
        reason="a geometric curve has no end",
    )  # fmt: skip

    @model_validator(mode="after")
    def _one_share(self) -> DecliningBalanceCurve:
        if (self.decline_per_year is None) == (self.factor is None):
            raise ValueError("the decline is either `decline_per_year` or `factor` over `life_years`")
        if (self.life_years is None) != (self.factor is None and self.switch == "never"):
            raise ValueError("`life_years` belongs to a `factor` or a switch to straight line, and only to them")
        return self

    def define(self, lines: Builder, life: Life) -> Expr:
        """Let the balance decline month by month.

        Test by hand: a factor of 2 over five years leaves 0.6, 0.36, 0.216 after one, two and three; with the switch
        nothing is left after five. 2.1832 over seven is 0.3119 a year.
        """
        months = None
        if self.factor is not None:
            kept = maximum(1 - lines.of(self, "factor") / lines.of(self, "life_years"), 0)
        else:
            kept = 1 - lines.of(self, "decline_per_year")
        if self.switch == "straight_line":
            months = lines.of(self, "life_years") * lines.named("months_per_year", 12, "months")
        floor = lines.of(self, "scrap")
        return declining_balance(lines, life, "resale", kept=kept, floor=floor, life_months=months)


class SumOfYearsDigitsCurve(AgeCurve):
    """Each year of a life loses by the years that were left when it began: (L, L - 1, ... 1) / (L (L + 1) / 2)."""

    curve: Literal["sum_of_years_digits"] = shape("name", "Kind of curve")
    life_years: int = live("years", "Age at which scrap value is reached, in whole years", ge=1, le=50)

    def define(self, lines: Builder, life: Life) -> Expr:
        """Read the whole years by the digits, and linearly in between.

        Test by hand: five years leave 10/15, 6/15, 3/15, 1/15 and 0 after each of them.
        """
        years, floor = lines.of(self, "life_years"), lines.of(self, "scrap")
        return sum_of_years_digits(lines, life, "resale", years=years, floor=floor)


class HyperbolicCurve(AgeCurve):
    """Fast early and slow late: (1 + b D t)^(-1/b), t in years; exp(-D t) at b = 0, 1 / (1 + D t) at b = 1.

    Source: Arps, Analysis of decline curves, Trans. AIME 160, 1945: exponential, hyperbolic and harmonic decline.
    """

    curve: Literal["hyperbolic"] = shape("name", "Kind of curve")
    initial_decline_per_year: float = live(
        "rate per year", "Rate D at which value is lost at delivery, continuously compounded", ge=0, le=20
    )
    exponent: float = live(
        "ratio", "Exponent b: 0 exponential, 1 harmonic; the greater the longer the tail", ge=0, le=10
    )

    def define(self, lines: Builder, life: Life) -> Expr:
        """Raise 1 + b D t to -1/b as exp(-D t x ln(u) / (u - 1)), u = 1 + b D t.

        Where u - 1 is 0 the quotient is its limit, 1, so that b = 0 is exp(-D t) itself. For a small b the rounding of
        u is the same above and below, and cancels. Worked out month by month.

        Test by hand: b = 1 and D = 1 leave a half after a year and a third after two.
        """
        name = f"{life.name}.resale"
        lost = lines.line(
            f"{name}_decline",
            lines.of(self, "initial_decline_per_year") * life.years(lines),
            unit="ratio",
            label="Initial decline times age",
        )
        spread = lines.line(
            f"{name}_spread", 1 + lines.of(self, "exponent") * lost, unit="ratio", label="1 + b x decline x age"
        )
        slowed = ratio(log(spread), spread - 1, 1)
        return lines.line(f"{name}_curve", exp(-(lost * slowed)), unit="share", label="Resale curve")


class LogisticCurve(AgeCurve):
    """A plateau, then a fall: scrap + (1 - scrap) x [1 - F(t)] / [1 - F(0)], F(t) = 1 / (1 + exp(-k (t - t0)))."""

    curve: Literal["logistic"] = shape("name", "Kind of curve")
    midpoint_years: float = live("years", "Age t0 at which the fall is fastest", ge=0, le=30)
    steepness_per_year: float = live("rate per year", "Steepness k of the fall", ge=0, le=20)

    def define(self, lines: Builder, life: Life) -> Expr:
        """Multiply the odds exp(k (t - t0)) month by month; what is left is (1 + odds at delivery) / (1 + odds).

        The odds stop at 1e300, where nothing is left that a number could show.

        Test by hand: k = 2 and t0 = 1.5 leave (1 + exp(-3)) / 2 = 0.5249 at 1.5 years without scrap.
        """
        name = f"{life.name}.resale"
        k, scrap = lines.of(self, "steepness_per_year"), lines.of(self, "scrap")
        first = lines.constant(
            f"{name}_first_odds", exp(-(k * lines.of(self, "midpoint_years"))), unit="times", label="Odds at delivery"
        )
        step = life.step(lines, "resale", exp(k), unit="times")
        odds = lines.declare(f"{name}_odds", unit="times", opening=first)
        most = lines.named("highest_odds", 1e300, "times")
        lines.define(odds, minimum(prev(odds) * step, most), label="Odds that the value is gone")
        left = (1 + first) / (1 + odds)
        value = maximum(1 - (1 - scrap) * (1 - left), scrap)
        return lines.line(f"{name}_curve", value, unit="share", label="Resale curve")


class TableCurve(AgeCurve):
    """An appraiser's curve: shares of the price at ages in months, read in between; after the last point, its value."""

    curve: Literal["table"] = shape("name", "Kind of curve")
    points: tuple[tuple[int, float], ...] = shape("table", "Pairs of age in months and share of the price left")
    after_last: AfterLast = shape(
        "name", "After the last age: `flat` holds its value; `error` asks for points up to the end of the deal",
        default="error", reason="no value is made up",
    )  # fmt: skip
    between: Literal["linear", "step", "log_linear", "monotone"] = shape(
        "name", "How an age between two points is read: log_linear by equal ratios, monotone by a smooth curve",
        default="linear", reason="values move between appraisals",
    )  # fmt: skip

    def words(self) -> str:
        """The points, how they are read, and the floor."""
        points = ", ".join(f"{percent(share)} at {age}" for age, share in self.points)
        read = "straight lines between" if self.between == "linear" else "each held until the next"
        after = " and held after it" if self.after_last == "flat" else ""
        return f"An appraiser's table of shares of the price by months of age, {read}{after}: {points}{self._floor()}"

    def when_new(self) -> float:
        """The table at age 0."""
        return self.points[0][1]

    def define(self, lines: Builder, life: Life) -> Expr:
        """Look the whole months of age up in the table; a stub reads linearly between two of them.

        Test by hand: 1.0 and 0.25 at 12 months read 0.5 at 6 by equal ratios. Smoothly, 1.0, 0.6 at 12 and 0.4 at 24
        read 0.8 - 7/240 at 6: the slopes are -0.5/12, -0.8/36 and -0.1/12 a month.
        """
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
