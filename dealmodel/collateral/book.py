"""Book value: what accounts and covenants say a unit is worth.

Each method leaves a salvage share at the end of the life. Whole years are those of the yearly methods; in between, the
straight line, the digits and units of production are read linearly, and a declining balance by equal ratios.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from dealmodel.basics.kinds import Family, live, shape, union_of
from dealmodel.basics.words import counted, percent
from dealmodel.collateral.life import Life
from dealmodel.collateral.write_off import declining_balance, sum_of_years_digits
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import Expr, Line, maximum, minimum


class BookMethod(Family):
    """Base of the depreciation methods."""

    tag = "method"
    by_use: ClassVar[bool] = False
    """Whether the method needs the hours of use, which are known once contracts are."""

    salvage: float | None = live(
        "share", "Share of the cost that is never written off", ge=0, le=1, default=None, reason="nothing is left"
    )

    def floor(self, lines: Builder) -> Expr | int:
        """The salvage share; 0 where none is stated. [share]"""
        return 0 if self.salvage is None else lines.of(self, "salvage")

    def define(self, lines: Builder, life: Life, used: Line | None = None) -> Expr:
        """Share of the cost on the books at the end of each month. [share]

        Parameters
        ----------
        used : line by month, optional
            Hours of use of a unit since delivery; given to methods that are `by_use`. [hours]
        """
        raise NotImplementedError(f"{type(self).__name__} has no formula")

    def when_new(self) -> float:
        """Share of the cost on the books on the day of delivery."""
        return 1.0


class StraightLineBook(BookMethod):
    """Cost is written off in equal amounts over a life, to salvage: max(salvage, 1 - (1 - salvage) x age / life)."""

    method: Literal["straight_line"] = shape("name", "Method of depreciation")
    life_years: float = live("years", "Years over which cost is written off", gt=0)

    def words(self) -> str:
        """The life, and what is left after it."""
        salvage = f", to {percent(self.salvage)} of it" if self.salvage else ""
        return f"Cost written off by equal amounts over {counted(self.life_years, 'year')}{salvage}"

    def define(self, lines: Builder, life: Life, used: Line | None = None) -> Expr:
        """Write off a twelfth of a year's share each month of age.

        Test by hand: with five years, 0.8 of the cost is left after one year and nothing after five; with a salvage of
        0.1, 1 - 0.9 x 1/5 = 0.82 after one and 0.1 after five.
        """
        months = lines.of(self, "life_years") * lines.named("months_per_year", 12, "months")
        lost: Expr = life.age / months
        if self.salvage is not None:
            lost = (1 - self.floor(lines)) * lost
        left = maximum(1 - lost, self.floor(lines))
        return lines.line(f"{life.name}.book_curve", left, unit="share", label="Book curve")


class DecliningBalanceBook(BookMethod):
    """The share `factor` / `life_years` of the balance is written off each year; on demand, then straight line."""

    method: Literal["declining_balance"] = shape("name", "Method of depreciation")
    factor: float = live("times", "Declining-balance factor: 2 is double", ge=0, default=2.0, reason="double declining")
    life_years: float = live("years", "Years over which cost is written off", gt=0)
    switch: Literal["never", "straight_line"] = shape(
        "name", "Whether straight line to salvage takes over where it writes off more", default="straight_line",
        reason="else the cost is never written off in full",
    )  # fmt: skip

    def define(self, lines: Builder, life: Life, used: Line | None = None) -> Expr:
        """Let the balance decline month by month by equal ratios, down to salvage.

        Test by hand: double over five years leaves 0.6, 0.36, 0.216 after one, two, three, and nothing after five.
        """
        years = lines.of(self, "life_years")
        kept = maximum(1 - lines.of(self, "factor") / years, 0)
        months = years * lines.named("months_per_year", 12, "months") if self.switch == "straight_line" else None
        return declining_balance(lines, life, "book", kept=kept, floor=self.floor(lines), life_months=months)


class SumOfYearsDigitsBook(BookMethod):
    """Each year of the life is charged by the years that were left when it began; within a year in equal parts."""

    method: Literal["sum_of_years_digits"] = shape("name", "Method of depreciation")
    life_years: int = live("years", "Whole years over which cost is written off", ge=1, le=50)

    def define(self, lines: Builder, life: Life, used: Line | None = None) -> Expr:
        """Read the whole years by the digits, and linearly in between.

        Test by hand: five years leave 10/15, 6/15, 3/15, 1/15 and 0 after each of them.
        """
        years = lines.of(self, "life_years")
        return sum_of_years_digits(lines, life, "book", years=years, floor=self.floor(lines))


class UnitsOfProductionBook(BookMethod):
    """Cost is written off by the hours of use: max(salvage, 1 - (1 - salvage) x hours used / life in hours).

    The hours are those of the cohort's average unit with a customer, if all its units were held; idle hours do not
    count, and committed hours that a performing customer leaves unused do.
    """

    by_use: ClassVar[bool] = True
    method: Literal["units_of_production"] = shape("name", "Method of depreciation")
    life_hours: float = live("hours", "Hours of use over which cost is written off", gt=0)

    def define(self, lines: Builder, life: Life, used: Line | None = None) -> Expr:
        """Write off by the hours used so far.

        Test by hand: a life of 7,300 hours and 730 hours of use a month leave 0.9 after one month, nothing after ten.
        """
        assert used is not None
        spent = minimum(used / lines.of(self, "life_hours"), 1)
        left = maximum(1 - (1 - self.floor(lines)) * spent, self.floor(lines))
        return lines.line(f"{life.name}.book_curve", left, unit="share", label="Book curve")


if TYPE_CHECKING:
    Book = BookMethod
else:
    Book = union_of(BookMethod)
