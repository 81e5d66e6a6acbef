"""Amounts of a deal: a formula, or the greatest or the least of several; `up_to` of a step names them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import model_validator

from dealmodel.basics.kinds import Family, shape, union_of
from dealmodel.basics.live_points import LivePoints
from dealmodel.basics.words import digits, listed, name_in_words, names_in_words
from dealmodel.lines.formula import FormulaError, names_in


class Amount(Family):
    """Base of the amounts, in the deal's currency; never below 0."""

    noun: ClassVar[str] = "amount"

    def parts(self) -> tuple[str, ...]:
        """What it is the greatest or the least of."""
        return ()

    def names_used(self) -> list[str]:
        """Names that its formula uses."""
        return []


class FormulaAmount(Amount):
    """What a formula gives on the balances before payment, or 0 where that is negative."""

    key: ClassVar[str] = "formula"
    formula: str = shape("text", "The amount, in numbers, names and signs")

    def words(self) -> str:
        """The formula as it is written."""
        return f"{self.formula}, on the balances before payment; not below 0"

    def names_used(self) -> list[str]:
        """Names that its formula uses; none where it is no formula."""
        try:
            return names_in(self.formula)
        except FormulaError:
            return []


class AmountPoints(LivePoints):
    """A number that is another from some months on."""

    value_noun: ClassVar[str] = "Amount"

    @model_validator(mode="after")
    def _not_negative(self) -> AmountPoints:
        for (_, value), when in zip(self.points, self.times_in_words(), strict=True):
            if value < self.lowest:
                raise ValueError(f"the amount {value:,.10g} {when} is below {self.lowest:g}")
        return self

    def words(self) -> str:
        """Each number with the month or date from which it holds."""
        read = "" if self.between == "step" else ", straight lines between"
        numbers = zip(self.points, self.times_in_words(), strict=True)
        return listed([f"{digits(value, 6)} {when}" for (_, value), when in numbers]) + read


class SteppedAmount(Amount):
    """A number by month, an amount or a share, for steps and for formulas, which name it by its id."""

    key: ClassVar[str] = "stepped"
    stepped: AmountPoints = shape("table", "The number by month, not below 0")


class GreatestOf(Amount):
    """The greatest of `scheduled`, `minimum`, `outstanding`, `cure.<test>`, other amounts, each as at the step."""

    key: ClassVar[str] = "greatest_of"
    greatest_of: tuple[str, ...] = shape("name", "Amounts")

    def parts(self) -> tuple[str, ...]:
        """What it is the greatest of."""
        return self.greatest_of

    def words(self) -> str:
        """The parts."""
        return f"The greatest of {names_in_words(self.greatest_of)}"


class LeastOf(Amount):
    """The least of `scheduled`, `minimum`, `outstanding`, `cure.<test>`, other amounts, each as at the step."""

    key: ClassVar[str] = "least_of"
    least_of: tuple[str, ...] = shape("name", "Amounts")

    def parts(self) -> tuple[str, ...]:
        """What it is the least of."""
        return self.least_of

    def words(self) -> str:
        """The parts."""
        return f"The least of {names_in_words(self.least_of)}"


class RemainingOf(Amount):
    """What is left of an amount after the principal that earlier steps paid on this date."""

    key: ClassVar[str] = "remaining_of"
    remaining_of: str = shape("name", "Another amount")
    paid_to: tuple[str, ...] = shape("name", "Tranches whose principal is taken off", default=(), reason="all tranches")

    def parts(self) -> tuple[str, ...]:
        """What something is left of."""
        return (self.remaining_of,)

    def words(self) -> str:
        """Of what, and what is taken off."""
        paid = names_in_words(self.paid_to) if self.paid_to else "any tranche"
        return f"What is left of {name_in_words(self.remaining_of)} after the principal paid to {paid} before"


if TYPE_CHECKING:
    AnyAmount = Amount
else:
    AnyAmount = union_of(Amount)
