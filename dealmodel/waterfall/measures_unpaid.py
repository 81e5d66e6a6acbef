"""Tests of what is unpaid after payment."""

from __future__ import annotations

from typing import ClassVar, Literal

from dealmodel.basics.kinds import live, shape
from dealmodel.basics.words import counted, names_in_words
from dealmodel.liabilities.tranche_lines import TrancheLines
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import Expr, Line, both, maximum, total_of
from dealmodel.waterfall.measurements import Measurements
from dealmodel.waterfall.measures_base import Reading, Test


class AmountTest(Test):
    """Base of the tests of what is unpaid after payment."""

    may_follow_payment: ClassVar[bool] = True
    at_most: float = live("currency", "Amount above which it fails", ge=0, default=0.0, reason="nothing may be unpaid")
    measured: Literal["after_payment"] = shape("name", "When it is measured; acts on the next payment date")

    def level_in_words(self) -> str:
        """The level; nothing where it is 0."""
        return super().level_in_words() if self.at_most else "nothing"

    def amount(self, lines: Builder, of: Measurements) -> Expr:
        """What is unpaid. [currency]"""
        raise NotImplementedError(f"{type(self).__name__} has no formula")

    def define(self, lines: Builder, of: Measurements) -> Reading:
        """The amount against the level plus half a cent; there is a result from the first month on."""
        name = self.row
        cent = lines.named("half_a_cent", 0.005, "currency")
        begun = lines.line(f"{name}.result", self.begun(lines), unit="flag", label="There is a result", role="flag")
        limit = lines.constant(
            f"{name}.level", lines.of(self, "at_most") + cent, unit="currency", label="Level and half a cent"
        )
        amount = lines.line(
            f"{name}.ratio", self.amount(lines, of) * begun, unit="currency", label="Unpaid", role="balance"
        )
        of.ratios[name] = amount
        return Reading(begun, amount > limit)


class UnpaidInterestTest(AmountTest):
    """Interest left unpaid after payment, on named tranches or on the most senior that was outstanding."""

    measure: Literal["unpaid_interest"] = shape("name", "What is measured")
    of: Literal["senior_most"] | tuple[str, ...] = shape("name", "Tranches, or `senior_most`")

    def words(self) -> str:
        """Whose interest."""
        of = "the most senior tranche outstanding" if isinstance(self.of, str) else names_in_words(self.of)
        return f"Interest on {of} left unpaid after payment"

    def names(self) -> tuple[str, ...]:
        """Named tranches; none where it follows the most senior."""
        return () if isinstance(self.of, str) else self.of

    def amount(self, lines: Builder, of: Measurements) -> Expr:
        """Shortfall after payment. The most senior is the lowest ranking whose opening balance is above half a cent."""
        if not isinstance(self.of, str):
            return total_of([of.tranches[name].shortfall for name in self.of])
        terms: list[Expr] = []
        for tranche in of.tranches.values():
            senior = _senior_most(lines, of, tranche)
            terms.append(senior * tranche.shortfall)
        return total_of(terms)


def _senior_most(lines: Builder, of: Measurements, tranche: TrancheLines) -> Line:
    cent = lines.named("half_a_cent", 0.005, "currency")
    above = [other.opening for other in of.tranches.values() if other.tranche.ranking < tranche.tranche.ranking]
    flag: Expr = tranche.opening > cent
    if above:
        flag = both(flag, total_of(list(above)) <= cent)
    return lines.line(
        f"{tranche.tranche.row}.senior_most",
        flag,
        unit="flag",
        label=f"{tranche.tranche.row} is the most senior",
        role="flag",
    )


class UnpaidDebtServiceTest(AmountTest):
    """Interest and scheduled principal left unpaid after payment."""

    measure: Literal["unpaid_debt_service"] = shape("name", "What is measured")
    of: tuple[str, ...] = shape("name", "Tranches")
    grace_days: int | None = shape(
        "days", "Days after the payment date within which it may still be paid; over before the next payment date, on "
        "which the test acts", ge=1, le=27, default=None, reason="no grace",
    )  # fmt: skip

    def words(self) -> str:
        """Whose debt service, and the grace."""
        grace = "" if self.grace_days is None else f", {counted(self.grace_days, 'day')} of grace"
        return f"Interest and scheduled principal on {names_in_words(self.of)} left unpaid after payment{grace}"

    def names(self) -> tuple[str, ...]:
        """Tranches."""
        return self.of

    def amount(self, lines: Builder, of: Measurements) -> Expr:
        """Interest shortfall after payment, and the balance above the scheduled one."""
        terms: list[Expr] = []
        for name in self.of:
            tranche = of.tranches[name]
            terms.append(tranche.shortfall)
            if tranche.scheduled is not None:
                left = tranche.opening - Line(f"{name}.principal_paid", "currency", "cash")
                terms.append(maximum(left - tranche.scheduled, 0))
        return total_of(terms)


class UnpaidBalanceTest(AmountTest):
    """Balances left after payment."""

    measure: Literal["unpaid_balance"] = shape("name", "What is measured")
    of: tuple[str, ...] = shape("name", "Tranches")

    def words(self) -> str:
        """Whose balance."""
        return f"Balance of {names_in_words(self.of)} left unpaid after payment"

    def names(self) -> tuple[str, ...]:
        """Tranches."""
        return self.of

    def amount(self, lines: Builder, of: Measurements) -> Expr:
        """Balances after payment, before any write-down."""
        return total_of(
            [of.tranches[name].opening - Line(f"{name}.principal_paid", "currency", "cash") for name in self.of]
        )
