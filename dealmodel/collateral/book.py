"""Book value: what accounts and covenants say a unit is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from dealmodel.basics.kinds import Family, live, shape, union_of
from dealmodel.collateral.decay import Life
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import Expr, maximum


class BookMethod(Family):
    """Base of the depreciation methods."""

    tag = "method"

    def define(self, lines: Builder, life: Life) -> Expr:
        """Share of the cost on the books at the end of each month. [share]"""
        raise NotImplementedError(f"{type(self).__name__} has no formula")


class StraightLineBook(BookMethod):
    """Cost is written off in equal amounts over a life, to nothing: max(0, 1 - age / life)."""

    method: Literal["straight_line"] = shape("name", "Method of depreciation")
    life_years: float = live("years", "Years over which cost is written off", gt=0)

    def define(self, lines: Builder, life: Life) -> Expr:
        """Write off a twelfth of a year's share each month of age.

        Test by hand: with five years, 0.8 of the cost is left after one year and nothing after five.
        """
        months = lines.of(self, "life_years") * lines.named("months_per_year", 12, "months")
        left = maximum(1 - life.age / months, 0)
        return lines.line(f"{life.name}.book_curve", left, unit="share", label="Book curve")


if TYPE_CHECKING:
    Book = BookMethod
else:
    Book = union_of(BookMethod)
