"""Tests of interest: interest coverage over some months, and the IC test of interest due, which a payment cures."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Literal

from dealmodel.basics.kinds import live, shape
from dealmodel.basics.words import names_in_words
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import Expr, Line, maximum, minimum, ratio, total_of
from dealmodel.market.clock import since_last_payment
from dealmodel.waterfall.measurements import Measurements
from dealmodel.waterfall.measures_base import Ratio, Reading, Test


class InterestCoverageTest(Test):
    """Interest coverage: (revenue - site costs - fees) / interest accrued, summed over some months."""

    measure: Literal["icr"] = shape("name", "What is measured")
    debt: tuple[str, ...] = shape("name", "Tranches whose interest is covered")
    over_months: int = shape(
        "months", "Months summed, the present one included", ge=1, le=60, default=1, reason="the month"
    )
    at_least: Ratio = live("ratio", "Level below which it fails")

    def words(self) -> str:
        """What covers what."""
        return f"Interest coverage: revenue less site costs and fees, over interest of {names_in_words(self.debt)}"

    def names(self) -> tuple[str, ...]:
        """Tranches whose interest is covered."""
        return self.debt

    def define(self, lines: Builder, of: Measurements) -> Reading:
        """Sum cash and interest over the months; arrears of interest, sale, claim and reserve cash are left out."""
        interest = of.once(
            ("interest", *self.debt),
            lambda: lines.line(
                f"coverage.interest_{'_'.join(self.debt)}",
                total_of([of.tranches[name].interest_accrued for name in self.debt]),
                unit="currency",
                label="Interest of the month",
                opening=0,
            ),
        )
        cash = of.sum_over(lines, of.net_cash, self.over_months)
        below = of.sum_over(lines, interest, self.over_months)
        level = self.rounded_level(lines, "at_least")
        return self.read(lines, of, ratio(cash, below, 0), below, lambda value: value < level)


class InterestTest(Test):
    """IC: the month's revenue less what ranks before, over the interest due on some tranches.

    Fails below the level. Payments of principal cure it: they lower the interest.
    """

    measure: Literal["ic"] = shape("name", "What is measured")
    cures: ClassVar[bool] = True
    debt: tuple[str, ...] = shape("name", "Tranches whose interest is due")
    net_of: tuple[str, ...] = shape("name", "Fees that rank before the interest, and `site_costs`")
    at_least: Ratio = live("ratio", "Level below which it fails")

    def words(self) -> str:
        """What covers what."""
        less = f" less {names_in_words(self.net_of)}" if self.net_of else ""
        return f"Interest coverage test: revenue{less}, over interest due on {names_in_words(self.debt)}"

    def names(self) -> tuple[str, ...]:
        """Tranches whose interest is due."""
        return self.debt

    def define(self, lines: Builder, of: Measurements) -> Reading:
        """(revenue - dues that rank before, arrears included) / (interest due, arrears included)."""
        cash, due = self._parts(lines, of)
        self._covered(lines, of)
        level = self.rounded_level(lines, "at_least")
        return self.read(lines, of, ratio(cash, due, 0), due, lambda value: value < level)

    def cure(self, lines: Builder, of: Measurements, balance: Callable[[str], Line]) -> Expr:
        """Payment of principal after which the interest due would be N / T, with N the cash and T the level.

        Interest is taken to fall as the balances do. With B before payment and I the interest due, B N / (T I) may be
        left; what the balances are above that at the step is paid. Exact for one tranche without arrears, and for
        several paid in proportion to their interest. All is paid where N is negative, nothing where I is nothing.
        """
        return maximum(total_of([balance(name) for name in self.debt]) - self._covered(lines, of), 0)

    def _covered(self, lines: Builder, of: Measurements) -> Line:
        """Balances whose interest the cash covers at the level."""
        cash, due = self._parts(lines, of)
        debt = of.debt(lines, self.debt, after=False)
        covered = minimum(ratio(debt * cash, self.level(lines, "at_least") * due, debt), debt)
        return of.once(
            ("covered", self.row),
            lambda: lines.line(
                f"{self.row}.debt_covered",
                maximum(covered, 0),
                unit="currency",
                label="Balances whose interest is covered",
            ),
        )

    def _parts(self, lines: Builder, of: Measurements) -> tuple[Line, Line]:
        cash = of.once(("interest cash", self.row), lambda: self._cash(lines, of))
        due = of.once(
            ("interest due", *self.debt),
            lambda: lines.line(
                f"coverage.interest_due_{'_'.join(self.debt)}",
                total_of([of.tranches[name].interest_due for name in self.debt]),
                unit="currency",
                label="Interest due",
            ),
        )
        return cash, due

    def _cash(self, lines: Builder, of: Measurements) -> Line:
        assert of.revenue is not None
        before = [of.dues[name] for name in self.net_of]
        revenue = since_last_payment(lines, f"{self.row}.revenue", of.revenue, label="Revenue")
        cash = revenue - total_of(list(before)) if before else revenue
        return lines.line(f"{self.row}.cash", cash, unit="currency", label="Revenue less what ranks before")
