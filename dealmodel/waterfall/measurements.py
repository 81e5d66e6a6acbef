"""What tests measure: the month's cash, balances and values, what is known ahead, and the words of formulas."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from dealmodel.basics.kinds import Kind, shape
from dealmodel.basics.words import names_in_words
from dealmodel.liabilities.tranche_lines import TrancheLines
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import Expr, Line, minimum, prev, total_of

ValueBasis = Literal["resale", "book", "cost", "liquidation", "pool"]
"""Basis of value: what the market pays, what the accounts say, what the units were bought for, what a forced sale
brings after its discount and cost; or the pools' balance."""


class LowerOf(Kind):
    """The lower of several values of the whole collateral."""

    lower_of: tuple[ValueBasis, ...] = shape("name", "Bases of value")

    def words(self) -> str:
        """The bases."""
        return f"{'the lower of ' if len(self.lower_of) > 1 else ''}{names_in_words(self.lower_of)} value"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known before any cash, for tests that look ahead. All are schedule lines.

    Parameters
    ----------
    service : mapping from tranche to line by month
        Interest and principal that the scheduled balance brings. [currency]
    scheduled : mapping from tranche to line by month
        Scheduled balance. [currency]
    contracted : mapping from lot to line by month
        What a contract in force brings, less the site costs that the issuer bears for it, if held. [currency]
    fees : line by month or None
        Fees of the month on the scheduled balances. [currency]
    """

    service: Mapping[str, Line] = field(default_factory=dict)
    scheduled: Mapping[str, Line] = field(default_factory=dict)
    contracted: Mapping[str, Line] = field(default_factory=dict)
    fees: Line | None = None


@dataclass(slots=True)
class Measurements:
    """What tests measure.

    Parameters
    ----------
    net_cash : line by month
        Collections of the month less site costs and fees; sale, call and claim cash left out. [currency]
    tranches : mapping from tranche to its lines
    values : mapping from basis to line by month
        Value of the units held. [currency]
    used, held : mapping from weight to line by month
        Weight of the units in use, and of all units held. [currency or units]
    revenue : Expr or None
        Revenue of the units held, and interest of pools. [currency]
    dues : mapping from fee, or `site_costs`, to line by month
        What is due, arrears included. [currency]
    accounts : mapping from account to Line
        Balances after payment. [currency]
    known : Known
        Schedule lines for tests that look ahead.
    lots : mapping from lot to Expr
        1 where its contract is held and its customer has not stopped. [flag]
    owed, received : Expr or None
        Contracted revenue of the month, owed and received, of the units held. [currency]
    words : function or None
        The words of formulas: takes whether it is after payment, returns what each means then.
    ratios : mapping from test to Line
        What tests measured so far found.
    amounts : mapping from amount to Line
        Amounts by month, and those of formulas as far as they are defined.
    """

    net_cash: Line
    tranches: Mapping[str, TrancheLines]
    values: Mapping[str, Line]
    used: Mapping[str, Line]
    held: Mapping[str, Line]
    revenue: Expr | None = None
    dues: Mapping[str, Line] = field(default_factory=dict)
    accounts: Mapping[str, Line] = field(default_factory=dict)
    known: Known = field(default_factory=Known)
    lots: Mapping[str, Expr] = field(default_factory=dict)
    owed: Expr | None = None
    received: Expr | None = None
    words: Callable[[Measurements, bool], Mapping[str, Expr]] | None = None
    ratios: dict[str, Line] = field(default_factory=dict)
    amounts: dict[str, Line] = field(default_factory=dict)
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

    def debt(self, lines: Builder, names: tuple[str, ...], *, after: bool) -> Line:
        """Balances of some tranches: before payment, or after it and before any write-down."""
        which = "debt_after_payment" if after else "debt"
        return self.once(
            (which, *names),
            lambda: lines.line(
                f"coverage.{which}_{'_'.join(names)}",
                total_of([self.balance(name, after=after) for name in names]),
                unit="currency",
                label="Balances after payment" if after else "Opening balances",
            ),
        )

    def balance(self, name: str, *, after: bool) -> Expr:
        """Balance of a tranche: before payment, or after it and before any write-down."""
        opening = self.tranches[name].opening
        return opening - Line(f"{name}.principal_paid", "currency", "cash") if after else opening

    def cash_in(self, name: str, *, after: bool) -> Expr:
        """Balance of an account, before the payment date or after it."""
        return self.accounts[name] if after else prev(self.accounts[name])

    def value(self, lines: Builder, basis: ValueBasis | LowerOf) -> Line:
        """Value of the units held at the start of the payment date, on a basis or the lower of several."""
        if not isinstance(basis, LowerOf):
            return self.values[basis]
        first, *rest = basis.lower_of
        if not rest:
            return self.values[first]
        lower = minimum(self.values[first], *[self.values[other] for other in rest])
        name = f"coverage.lower_of_{'_'.join(basis.lower_of)}"
        return self.once(
            ("lower", *basis.lower_of), lambda: lines.line(name, lower, unit="currency", label="Lower value")
        )


def bases_of(basis: ValueBasis | LowerOf) -> tuple[str, ...]:
    """The bases that a value is taken on."""
    return basis.lower_of if isinstance(basis, LowerOf) else (basis,)


def half_a_cent(lines: Builder) -> Expr:
    """Half a cent."""
    return lines.named("half_a_cent", 0.005, "currency", "Half a cent, below which an amount counts as nothing")
