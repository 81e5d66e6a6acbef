"""Tests: one ratio or amount against one level. A test only passes or fails; states and steps give it effect.

Tests are measured on the determination date, on that month's collections and the balances before payment, and act on
the same payment date; `measured: after_payment` acts on the next. A ratio with nothing in its denominator is no result,
and neither fails nor passes. Ratios are compared at eight places, amounts against the level plus half a cent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from dealmodel.basics.kinds import Family, Kind, live, shape, union_of
from dealmodel.basics.moments import Moment, MomentField
from dealmodel.liabilities.tranches import TrancheLines
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import Expr, Line, both, maximum, minimum, negate, prev, ratio, round_to, total_of

PLACES = 8
"""Decimal places at which ratios are compared."""

FIRST = Moment(month=1)
ValueBasis = Literal["resale", "book"]


@dataclass(slots=True)
class Measurements:
    """What tests measure.

    Parameters
    ----------
    net_cash : line by month
        Collections of the month less site costs and fees; sale and claim cash left out. [currency]
    tranches : mapping from tranche to its lines
    values : mapping from basis to line by month
        Value of the units held. [currency]
    used, held : mapping from weight to line by month
        Weight of the units in use, and of all units held. [currency or units]
    """

    net_cash: Line
    tranches: Mapping[str, TrancheLines]
    values: Mapping[str, Line]
    used: Mapping[str, Line]
    held: Mapping[str, Line]
    shared: dict[tuple[object, ...], Line] = field(default_factory=dict)

    def once(self, key: tuple[object, ...], define: Callable[[], Line]) -> Line:
        """A line that several tests read, defined by the first of them."""
        if key not in self.shared:
            self.shared[key] = define()
        return self.shared[key]

    def sum_over(self, lines: Builder, line: Line, months: int) -> Line:
        """Sum of a line over the present month and those before it."""
        if months == 1:
            return line
        terms = total_of([line, *(prev(line, back) for back in range(1, months))])
        label = f"Sum of {months} months"
        return self.once(
            ("sum", line.name, months),
            lambda: lines.line(f"{line.name}_over_{months}", terms, unit=line.unit, label=label),
        )


@dataclass(frozen=True, slots=True)
class TestLines:
    """What states see of a test: whether it fails, and how often running it has passed, if that is counted."""

    test: Test
    failed: Line
    in_a_row: Line | None

    __test__ = False


class Test(Family):
    """Base of the tests."""

    tag = "measure"
    __test__ = False

    first: MomentField = live(
        "month", "First month in which it is measured", default=FIRST, reason="from the first payment date"
    )
    measured: Literal["before_payment", "after_payment"] = shape(
        "name", "When it is measured", default="before_payment", reason="on the determination date"
    )
    cured_after: int = live(
        "times", "Payment dates running on which it must pass before a state may be left", ge=1, le=120, default=1,
        reason="one pass cures",
    )  # fmt: skip

    def define(self, lines: Builder, of: Measurements) -> tuple[Line, Line]:
        """Define the ratio, and the flag that says whether there is a result and it fails."""
        raise NotImplementedError(f"{type(self).__name__} has no formula")

    def cure(self, lines: Builder, of: Measurements, balance: Callable[[str], Line]) -> Expr | None:
        """Payment that would make the test pass, or None where no payment does."""
        return None

    def names(self) -> tuple[str, ...]:
        """Tranches that it looks at."""
        return ()

    def _level(self, lines: Builder, field: str) -> Line:
        level = round_to(lines.of(self, field), PLACES)
        return lines.constant(f"{self.row}.level", level, unit="ratio", label="Level")

    def _flags(self, lines: Builder, quotient: Expr, below: Line, fails: Callable[[Expr], Expr]) -> tuple[Line, Line]:
        """Flags of a ratio: a result needs its first month and more than half a cent in the denominator."""
        name = self.row
        cent = lines.named("half_a_cent", 0.005, "currency", "Half a cent, below which an amount counts as nothing")
        begun = lines.param("time.month") >= lines.of(self, "first")
        result = lines.line(
            f"{name}.result", both(begun, below > cent), unit="flag", label="There is a result", role="flag"
        )
        value = lines.line(f"{name}.ratio", quotient * result, unit="ratio", label="Ratio (0: n/a)", role="ratio")
        failed = lines.line(
            f"{name}.failed", both(result, fails(round_to(value, PLACES))), unit="flag", label="Fails", role="flag",
            opening=0,
        )  # fmt: skip
        return result, failed


def define_test(lines: Builder, test: Test, of: Measurements, *, counted: bool) -> TestLines:
    """Define a test that is measured before payment; `counted`, with its passes in a row, which a cure looks at."""
    with lines.at(test.path, section="Tests", group=test.row.replace("_", " ")):
        result, failed = test.define(lines, of)
        name = test.row
        passed = lines.line(f"{name}.passed", result - failed, unit="flag", label="Passes", role="flag")
        row = None
        if counted:
            row = lines.declare(f"{name}.passes_in_a_row", unit="times", opening=0)
            lines.define(row, (prev(row) + passed) * negate(failed), label="Passes in a row")
    return TestLines(test, failed, row)


class CoverageTest(Test):
    """Debt service coverage: (revenue - site costs - fees) / (interest + scheduled principal) over some months."""

    measure: Literal["dscr"] = shape("name", "What is measured")
    debt: tuple[str, ...] = shape("name", "Tranches whose debt service is covered")
    over_months: int = shape(
        "months", "Months summed, the present one included", ge=1, le=60, default=1, reason="the month"
    )
    at_least: float = live("ratio", "Level below which it fails", ge=0, le=50)

    def names(self) -> tuple[str, ...]:
        """Tranches whose debt service is covered."""
        return self.debt

    def define(self, lines: Builder, of: Measurements) -> tuple[Line, Line]:
        """Sum cash and scheduled debt service over the months; no prepayment, sale, claim or reserve cash counts."""
        due = [of.tranches[name].interest_accrued + of.tranches[name].scheduled_principal for name in self.debt]
        service = of.once(
            ("service", *self.debt),
            lambda: lines.line(
                f"coverage.debt_service_{'_'.join(self.debt)}",
                total_of(due),
                unit="currency",
                label="Scheduled debt service",
                opening=0,
            ),
        )
        cash = of.sum_over(lines, of.net_cash, self.over_months)
        below = of.sum_over(lines, service, self.over_months)
        level = self._level(lines, "at_least")
        return self._flags(lines, ratio(cash, below, 0), below, lambda value: value < level)


class UtilisationTest(Test):
    """Share of the collateral that has a customer, weighted, over some months."""

    measure: Literal["utilisation"] = shape("name", "What is measured")
    weighted_by: Literal["unit_cost", "units"] = shape("name", "Weight of a unit")
    over_months: int = shape(
        "months", "Months averaged, the present one included", ge=1, le=60, default=1, reason="the month"
    )
    at_least: float = live("share", "Level below which it fails", ge=0, le=1)

    def define(self, lines: Builder, of: Measurements) -> tuple[Line, Line]:
        """Weight in use over weight held, each summed over the months."""
        used = of.sum_over(lines, of.used[self.weighted_by], self.over_months)
        held = of.sum_over(lines, of.held[self.weighted_by], self.over_months)
        level = self._level(lines, "at_least")
        return self._flags(lines, ratio(used, held, 0), held, lambda value: value < level)


class LowerOf(Kind):
    """The lower of several values of the whole collateral."""

    lower_of: tuple[ValueBasis, ...] = shape("name", "Bases of value")


class LoanToValueTest(Test):
    """Balances of some tranches over the value of the collateral on a named basis."""

    measure: Literal["ltv"] = shape("name", "What is measured")
    debt: tuple[str, ...] = shape("name", "Tranches")
    value: ValueBasis | LowerOf = shape("name", "Basis of value: resale, book, or the lower of them")
    at_most: float = live("ratio", "Level above which it fails", ge=0, le=10)

    def names(self) -> tuple[str, ...]:
        """Tranches."""
        return self.debt

    def define(self, lines: Builder, of: Measurements) -> tuple[Line, Line]:
        """Balances before payment over value at the end of the month."""
        debt = of.once(
            ("debt", *self.debt),
            lambda: lines.line(
                f"coverage.debt_{'_'.join(self.debt)}",
                total_of([of.tranches[name].opening for name in self.debt]),
                unit="currency",
                label="Opening balances",
            ),
        )
        value = self._value(lines, of)
        level = self._level(lines, "at_most")
        return self._flags(lines, ratio(debt, value, 0), value, lambda share: share > level)

    def cure(self, lines: Builder, of: Measurements, balance: Callable[[str], Line]) -> Expr:
        """Balances at that step less the level times the value, not below 0."""
        debt = total_of([balance(name) for name in self.debt])
        return maximum(debt - lines.of(self, "at_most") * self._value(lines, of), 0)

    def _value(self, lines: Builder, of: Measurements) -> Line:
        if not isinstance(self.value, LowerOf):
            return of.values[self.value]
        first, *rest = self.value.lower_of
        if not rest:
            return of.values[first]
        lower = minimum(of.values[first], *[of.values[basis] for basis in rest])
        name = f"coverage.lower_of_{'_'.join(self.value.lower_of)}"
        return of.once(
            ("lower", *self.value.lower_of), lambda: lines.line(name, lower, unit="currency", label="Lower value")
        )


class AmountTest(Test):
    """Base of the tests of what is unpaid after payment."""

    at_most: float = live("currency", "Amount above which it fails", ge=0, default=0.0, reason="nothing may be unpaid")
    measured: Literal["after_payment"] = shape("name", "When it is measured; acts on the next payment date")

    def amount(self, lines: Builder, of: Measurements) -> Expr:
        """What is unpaid. [currency]"""
        raise NotImplementedError(f"{type(self).__name__} has no formula")

    def declare(self, lines: Builder, *, counted: bool) -> TestLines:
        """Announce its flags: states look at them a month later, before they are defined."""
        name = self.row
        with lines.at(self.path, section="Tests", group=name.replace("_", " ")):
            failed = lines.declare(f"{name}.failed", unit="flag", opening=0, label="Fails")
            row = None
            if counted:
                row = lines.declare(f"{name}.passes_in_a_row", unit="times", opening=0, label="Passes in a row")
            return TestLines(self, failed, row)

    def complete(self, lines: Builder, announced: TestLines, of: Measurements) -> None:
        """Define them, after payment."""
        name = self.row
        with lines.at(self.path, section="Tests", group=name.replace("_", " ")):
            cent = lines.named("half_a_cent", 0.005, "currency")
            begun = lines.line(
                f"{name}.result",
                lines.param("time.month") >= lines.of(self, "first"),
                unit="flag",
                label="There is a result",
                role="flag",
            )
            limit = lines.constant(
                f"{name}.level", lines.of(self, "at_most") + cent, unit="currency", label="Level and half a cent"
            )
            amount = lines.line(
                f"{name}.ratio", self.amount(lines, of) * begun, unit="currency", label="Unpaid", role="balance"
            )
            failed = lines.define(announced.failed, both(begun, amount > limit), role="flag")
            passed = lines.line(f"{name}.passed", begun - failed, unit="flag", label="Passes", role="flag")
            if announced.in_a_row is not None:
                lines.define(announced.in_a_row, (prev(announced.in_a_row) + passed) * negate(failed))


class UnpaidInterestTest(AmountTest):
    """Interest left unpaid after payment, on named tranches or on the most senior that was outstanding."""

    measure: Literal["unpaid_interest"] = shape("name", "What is measured")
    of: Literal["senior_most"] | tuple[str, ...] = shape("name", "Tranches, or `senior_most`")

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


class UnpaidBalanceTest(AmountTest):
    """Balances left after payment."""

    measure: Literal["unpaid_balance"] = shape("name", "What is measured")
    of: tuple[str, ...] = shape("name", "Tranches")

    def names(self) -> tuple[str, ...]:
        """Tranches."""
        return self.of

    def amount(self, lines: Builder, of: Measurements) -> Expr:
        """Balances after payment, before any write-down."""
        return total_of(
            [of.tranches[name].opening - Line(f"{name}.principal_paid", "currency", "cash") for name in self.of]
        )


if TYPE_CHECKING:
    AnyTest = Test
else:
    AnyTest = union_of(Test)
