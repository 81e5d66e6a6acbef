"""Tests of a month's cash: coverage of debt service, debt yield, use, and what customers left unpaid."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from dealmodel.basics.kinds import live, shape
from dealmodel.basics.words import counted, name_in_words, names_in_words
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import (
    Expr,
    Line,
    as_expr,
    both,
    maximum,
    minimum,
    prev,
    ratio,
    sum_ahead,
    total_of,
)
from dealmodel.waterfall.measurements import Known, Measurements, half_a_cent
from dealmodel.waterfall.measures_base import Ratio, Reading, SteppedLevel, Test

Share = Annotated[float, Field(ge=0, le=1)] | SteppedLevel


class CoverageTest(Test):
    """Debt service coverage: cash over interest and scheduled principal, of months gone by or to come.

    Historic: (revenue - site costs - fees) / (interest accrued + scheduled principal), summed over `over_months`, this
    month included. Forward: what contracts bring over what the schedule asks for, over the `over_months` to come or to
    the end of the schedule; this month is left out. See `define_known` for what counts.
    """

    measure: Literal["dscr"] = shape("name", "What is measured")
    debt: tuple[str, ...] = shape("name", "Tranches whose debt service is covered")
    over_months: int = shape(
        "months", "Months summed: the present one and those before it, or those to come", ge=1, le=60, default=1,
        reason="the month",
    )  # fmt: skip
    direction: Literal["historic", "forward"] = shape(
        "name", "Whether months gone by or to come are summed", default="historic", reason="what was earned"
    )
    until: Literal["maturity"] | None = shape(
        "name", "Forward: sum to the last month in which a scheduled balance is left", default=None,
        reason="`over_months` says how far",
    )  # fmt: skip
    uses: Literal["contracted_cash"] | None = shape(
        "name", "Forward: the cash that counts", default=None, reason="historic coverage counts what was earned"
    )
    at_least: Ratio = live("ratio", "Level below which it fails")

    def words(self) -> str:
        """What covers what."""
        debt = names_in_words(self.debt)
        if self.direction == "forward":
            span = "until maturity" if self.until is not None else f"over {counted(self.over_months, 'month')} to come"
            cash = name_in_words(str(self.uses))
            return f"Forward debt service coverage: {cash} over the scheduled service of {debt}, {span}"
        return (
            "Debt service coverage: revenue less site costs and fees, over interest and scheduled principal of "
            f"{debt}; sale, claim and reserve cash left out"
        )

    @model_validator(mode="after")
    def _one_direction(self) -> CoverageTest:
        if self.direction == "historic" and (self.until is not None or self.uses is not None):
            raise ValueError("`until` and `uses` are for `direction: forward`")
        if self.direction == "forward" and self.uses is None:
            raise ValueError("forward coverage says which cash counts; write `uses: contracted_cash`")
        if self.until is not None and self.over_months != 1:
            raise ValueError("it sums either `over_months` or `until: maturity`")
        return self

    def names(self) -> tuple[str, ...]:
        """Tranches whose debt service is covered."""
        return self.debt

    def define_known(self, lines: Builder, known: Known) -> None:
        """Define, of a test that looks ahead, the service and the cash of each month.

        Service: interest on the scheduled balance of the month before, at the coupon and the rates of the scenario, and
        the fall of the scheduled balance. Arrears, and a balance that the schedule leaves at its end, are no service.

        Cash of each contract: price x committed hours of every month in force, less colocation, upkeep and power of
        its units where the issuer bears them; less fees of a fixed amount, and fees of a rate, on the scheduled
        balances. Left out: re-letting, merchant use, claims, idle units and their costs, reserves, fee arrears.

        With `until: maturity` a month counts while some scheduled balance of `debt` is left at its start, up to the
        legal final date.
        """
        super().define_known(lines, known)
        if self.direction == "historic":
            return
        with lines.at(self.path, section="Tests", group=self.row.replace("_", " ")):
            service: Expr = total_of([known.service[name] for name in self.debt])
            counts: Expr = as_expr(1)
            if self.until is not None:
                left = total_of([prev(known.scheduled[name]) for name in self.debt]) > half_a_cent(lines)
                in_time = lines.param("time.month") <= lines.param("time.legal_final")
                counts = lines.line(
                    f"{self.row}.counts", both(left, in_time), unit="flag", label="Before maturity", role="flag"
                )
                service = service * counts
            lines.line(f"{self.row}.service", service, unit="currency", label="Scheduled debt service")
            for lot, cash in known.contracted.items():
                label = f"Contracted cash of {lot.replace('_', ' ')}"
                lines.line(f"{self.row}.cash_of_{lot}", cash * counts, unit="currency", label=label)
            fees: Expr = known.fees * counts if known.fees is not None else as_expr(0)
            lines.line(f"{self.row}.fees", fees, unit="currency", label="Fees known")

    def define(self, lines: Builder, of: Measurements) -> Reading:
        """Cash over scheduled debt service; no prepayment, sale, claim or reserve cash counts."""
        cash, below = self._ahead(lines, of) if self.direction == "forward" else self._behind(lines, of)
        level = self.rounded_level(lines, "at_least")
        return self.read(lines, of, ratio(cash, below, 0), below, lambda value: value < level)

    def _behind(self, lines: Builder, of: Measurements) -> tuple[Line, Line]:
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
        return of.sum_over(lines, of.net_cash, self.over_months), of.sum_over(lines, service, self.over_months)

    def _ahead(self, lines: Builder, of: Measurements) -> tuple[Line, Line]:
        """Sums of the months to come. A contract counts while it is held and its customer has not stopped by now.

        Service follows the schedule even where more was repaid, and is nothing once the whole debt is.
        """
        until: Expr | None = None
        if self.until is None:
            until = lines.param("time.month") + lines.named(f"{self.row}_months_ahead", self.over_months, "months")
        terms = [
            sum_ahead(Line(f"{self.row}.cash_of_{lot}", "currency", "schedule"), until) * counts
            for lot, counts in of.lots.items()
        ]
        fees = sum_ahead(Line(f"{self.row}.fees", "currency", "schedule"), until)
        cash = lines.line(
            f"{self.row}.cash_ahead", total_of(terms) - fees, unit="currency", label="Contracted cash to come"
        )
        service = sum_ahead(Line(f"{self.row}.service", "currency", "schedule"), until)
        outstanding = of.debt(lines, self.debt, after=False) > half_a_cent(lines)
        below = lines.line(
            f"{self.row}.service_ahead", service * outstanding, unit="currency", label="Debt service to come"
        )
        return cash, below


class DebtYieldTest(Test):
    """Debt yield: a year's cash at the rate of the last months, over balances. Fails below the level."""

    measure: Literal["debt_yield"] = shape("name", "What is measured")
    cures: ClassVar[bool] = True
    may_follow_payment: ClassVar[bool] = True
    debt: tuple[str, ...] = shape("name", "Tranches")
    over_months: int = shape(
        "months", "Months summed, the present one included", ge=1, le=60, default=1, reason="the month"
    )
    at_least: Ratio = live("ratio", "Level below which it fails")

    def words(self) -> str:
        """What is over what."""
        return f"Debt yield: a year's revenue less site costs and fees, over the balance of {names_in_words(self.debt)}"

    def names(self) -> tuple[str, ...]:
        """Tranches."""
        return self.debt

    def define(self, lines: Builder, of: Measurements) -> Reading:
        """(revenue - site costs - fees) x 12 / months / balances; of fewer months where fewer have passed."""
        below = of.debt(lines, self.debt, after=self.after)
        cash = self._year(lines, of)
        level = self.rounded_level(lines, "at_least")
        return self.read(lines, of, ratio(cash, below, 0), below, lambda value: value < level)

    def cure(self, lines: Builder, of: Measurements, balance: Callable[[str], Line]) -> Expr:
        """B - N / T, not below 0: balances at that step less the year's cash over the level."""
        debt = total_of([balance(name) for name in self.debt])
        may_be_left = of.once(
            ("left", self.row),
            lambda: lines.line(
                f"{self.row}.debt_carried",
                ratio(
                    maximum(self._year(lines, of), 0),
                    self.level(lines, "at_least"),
                    of.debt(lines, self.debt, after=False),
                ),
                unit="currency",
                label="Balances that the cash carries",
            ),
        )
        return maximum(debt - may_be_left, 0)

    def _year(self, lines: Builder, of: Measurements) -> Line:
        cash = of.sum_over(lines, of.net_cash, self.over_months)
        year = lines.named("months_per_year", 12, "months")
        months: Expr = as_expr(1)
        if self.over_months > 1:
            whole = lines.named(f"{self.row}_months", self.over_months, "months")
            months = minimum(lines.param("time.month"), whole)
        return of.once(
            ("year", self.row),
            lambda: lines.line(
                f"{self.row}.cash_of_a_year", cash * year / months, unit="currency", label="Cash of a year"
            ),
        )


class UtilisationTest(Test):
    """Share of the collateral that has a customer, weighted, over some months."""

    measure: Literal["utilisation"] = shape("name", "What is measured")
    highest_level: ClassVar[float] = 1.0
    weighted_by: Literal["unit_cost", "units"] = shape("name", "Weight of a unit")
    over_months: int = shape(
        "months", "Months averaged, the present one included", ge=1, le=60, default=1, reason="the month"
    )
    at_least: Share = live("share", "Level below which it fails")

    def words(self) -> str:
        """The share, and how units are weighted."""
        weight = "by cost" if self.weighted_by == "unit_cost" else "by number"
        return f"Utilisation: share of the units held that has a customer, weighted {weight}"

    def define(self, lines: Builder, of: Measurements) -> Reading:
        """Weight in use over weight held, each summed over the months."""
        used = of.sum_over(lines, of.used[self.weighted_by], self.over_months)
        held = of.sum_over(lines, of.held[self.weighted_by], self.over_months)
        level = self.rounded_level(lines, "at_least")
        return self.read(lines, of, ratio(used, held, 0), held, lambda value: value < level)


class ContractShortfallTest(Test):
    """Share of the contracted revenue owed since closing that customers did not pay. Fails above the level."""

    measure: Literal["contract_shortfall"] = shape("name", "What is measured")
    highest_level: ClassVar[float] = 1.0
    at_most: Share = live("share", "Level above which it fails")

    def words(self) -> str:
        """What is over what."""
        return "Share of the contracted revenue owed since closing that customers did not pay"

    def define(self, lines: Builder, of: Measurements) -> Reading:
        """(owed - received) / owed, each summed since closing over the contracts of the units held.

        Owed: price x committed hours of every month in force, whether the customer pays or not. Received: the same of
        the months that it paid. Claims and re-letting are no receipts; what is owed after a sale of the units is none.
        """
        owed = self._since_closing(lines, of, "contracted_owed", of.owed, "Contracted revenue owed since closing")
        received = self._since_closing(lines, of, "contracted_received", of.received, "Of it received")
        level = self.rounded_level(lines, "at_most")
        return self.read(lines, of, ratio(owed - received, owed, 0), owed, lambda value: value > level)

    def _since_closing(self, lines: Builder, of: Measurements, name: str, month: Expr | None, label: str) -> Line:
        def define() -> Line:
            total = lines.declare(f"coverage.{name}", unit="currency", opening=0)
            return lines.define(total, prev(total) + (month if month is not None else as_expr(0)), label=label)

        return of.once((name,), define)
