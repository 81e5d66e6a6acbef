"""Tests of value against debt: loan to value, and overcollateralization."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from dealmodel.basics.kinds import live, shape
from dealmodel.basics.words import names_in_words, percent
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import Expr, Line, maximum, ratio, total_of
from dealmodel.waterfall.measurements import LowerOf, Measurements, ValueBasis, bases_of
from dealmodel.waterfall.measures_base import Ratio, Reading, SteppedLevel, Test


class LoanToValueTest(Test):
    """Balances of some tranches over the value of the collateral on a named basis."""

    measure: Literal["ltv"] = shape("name", "What is measured")
    cures: ClassVar[bool] = True
    may_follow_payment: ClassVar[bool] = True
    highest_level: ClassVar[float] = 10.0
    debt: tuple[str, ...] = shape("name", "Tranches")
    value: ValueBasis | LowerOf = shape("name", "Basis of value: resale, book, cost, liquidation, or the lower of some")
    at_most: Annotated[float, Field(ge=0, le=10)] | SteppedLevel = live("ratio", "Level above which it fails")

    def words(self) -> str:
        """Which balances, and which value."""
        value = f"{self.value} value" if isinstance(self.value, str) else self.value.words()
        when = "after payment" if self.after else "before payment"
        return f"Loan to value: balance of {names_in_words(self.debt)} {when}, over {value} of the collateral"

    def level_in_words(self) -> str:
        """The level as a share."""
        if isinstance(self.at_most, float | int):
            return f"at most {percent(self.at_most)}"
        return Test.level_in_words(self)

    def names(self) -> tuple[str, ...]:
        """Tranches."""
        return self.debt

    def bases(self) -> tuple[str, ...]:
        """Bases of its value."""
        return bases_of(self.value)

    def define(self, lines: Builder, of: Measurements) -> Reading:
        """Balances over value at the end of the month, of the units held at the start of the payment date."""
        debt = of.debt(lines, self.debt, after=self.after)
        value = of.value(lines, self.value)
        level = self.rounded_level(lines, "at_most")
        return self.read(lines, of, ratio(debt, value, 0), value, lambda share: share > level)

    def cure(self, lines: Builder, of: Measurements, balance: Callable[[str], Line]) -> Expr:
        """Balances at that step less the level times the value, not below 0."""
        debt = total_of([balance(name) for name in self.debt])
        return maximum(debt - self.level(lines, "at_most") * of.value(lines, self.value), 0)


class OvercollateralizationTest(Test):
    """OC: value and principal cash over the balances of some tranches. Fails below the level."""

    measure: Literal["oc"] = shape("name", "What is measured")
    cures: ClassVar[bool] = True
    may_follow_payment: ClassVar[bool] = True
    debt: tuple[str, ...] = shape("name", "Tranches: those of a class and all before it")
    value: ValueBasis | LowerOf = shape("name", "Basis of value: resale, book, cost, liquidation, or the lower of some")
    counted: float = live(
        "share", "Share of the value that counts, after haircuts", ge=0, le=1, default=1.0, reason="all of it"
    )
    cash: tuple[str, ...] = shape(
        "name", "Accounts whose balance counts as principal cash", default=(), reason="equipment alone"
    )
    cure_from: Literal["interest", "principal"] = shape(
        "name", "Whether a cure is paid from cash outside the numerator, or from cash that counts in it",
        default="interest", reason="collections are not part of the value",
    )  # fmt: skip
    at_least: Ratio = live("ratio", "Level below which it fails")

    @model_validator(mode="after")
    def _can_be_cured(self) -> OvercollateralizationTest:
        if self.cure_from == "principal" and not self.cash:
            raise ValueError("`cure_from: principal` is for cash that counts; name its accounts in `cash`")
        levels = (
            [value for _, value in self.at_least.points] if isinstance(self.at_least, SteppedLevel) else [self.at_least]
        )
        if self.cure_from == "principal" and min(levels) <= 1:
            raise ValueError("cash that counts cures a level above 1 alone: each payment lowers both sides alike")
        return self

    def words(self) -> str:
        """Which value and cash, over which balances."""
        value = f"{self.value} value" if isinstance(self.value, str) else self.value.words()
        share = "" if self.counted == 1 else f"{percent(self.counted)} of "
        cash = f" and cash in {names_in_words(self.cash)}" if self.cash else ""
        ratio = f"{share}{value}{cash}, over the balance of {names_in_words(self.debt)}"
        return f"Overcollateralization: {ratio}" + "; cured out of cash that counts" * (self.cure_from == "principal")

    def names(self) -> tuple[str, ...]:
        """Tranches."""
        return self.debt

    def bases(self) -> tuple[str, ...]:
        """Bases of its value."""
        return bases_of(self.value)

    def accounts(self) -> tuple[str, ...]:
        """Accounts whose balance counts."""
        return self.cash

    def define(self, lines: Builder, of: Measurements) -> Reading:
        """N / B: (share x value + cash) over balances, all before payment, or balances and cash after it."""
        debt = of.debt(lines, self.debt, after=self.after)
        level = self.rounded_level(lines, "at_least")
        return self.read(lines, of, ratio(self._numerator(lines, of), debt, 0), debt, lambda value: value < level)

    def cure(self, lines: Builder, of: Measurements, balance: Callable[[str], Line]) -> Expr:
        """Payment x of principal after which the test would pass, with T the level and B the balances at that step.

        From interest: x = B - N / T, as N stays. From principal: x = (T B - N) / (T - 1), as N falls by x too; what
        was paid on the debt before on that date is taken to have come out of N as well. Nothing where T is not above 1.
        """
        debt = total_of([balance(name) for name in self.debt])
        value = self._numerator(lines, of)
        level = self.level(lines, "at_least")
        if self.cure_from == "interest":
            carried = of.once(
                ("carried", self.row),
                lambda: lines.line(
                    f"{self.row}.debt_carried",
                    ratio(value, level, of.debt(lines, self.debt, after=False)),
                    unit="currency",
                    label="Balances that the value carries",
                ),
            )
            return maximum(debt - carried, 0)
        paid = of.debt(lines, self.debt, after=False) - debt
        return maximum(ratio(level * debt - (value - paid), maximum(level - 1, 0), 0), 0)

    def _numerator(self, lines: Builder, of: Measurements) -> Line:
        worth = lines.of(self, "counted") * of.value(lines, self.value)
        cash = [of.cash_in(name, after=self.after) for name in self.cash]
        return of.once(
            ("numerator", self.row),
            lambda: lines.line(
                f"{self.row}.numerator", total_of([worth, *cash]), unit="currency", label="Value and cash that count"
            ),
        )
