"""Strips of interest on a notional: a share of what other tranches, or the pools, have outstanding.

A strip has no principal, and so no balance: what it bears interest on is known as long as the balances are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import model_validator

from dealmodel.basics.kinds import Kind, live, shape, union_of
from dealmodel.basics.words import names_in_words, percent
from dealmodel.liabilities.tranches import Tranche, original_balance
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import Expr, Line, as_expr, prev, total_of
from dealmodel.market.clock import at_last_payment

POOL = "pool"
OF_PRINCIPAL = ("scheduled_balance", "amortization", "minimum_amortization", "pay_in_kind", "upfront_fee")


class NotionalOf(Kind):
    """What a notional follows."""

    of: Literal["pool"] | tuple[str, ...] = shape("name", "Tranches, or `pool`: the balance of all pools")
    share: float = live("share", "Share of it", gt=0, le=10, default=1.0, reason="all of it")

    def words(self) -> str:
        """The share, and what of."""
        of = "the pools" if isinstance(self.of, str) else names_in_words(self.of)
        part = "" if self.share == 1 else f"{percent(self.share)} of "
        return f"{part}the balance of {of}"


class Notional(Tranche):
    """Interest alone, on a share of the balance of other tranches or of the pools."""

    kind: Literal["notional"] = shape("name", "Kind of tranche")
    notional: NotionalOf = shape("name", "What interest accrues on")
    balance: float = live("currency", "Always 0: it has no principal", ge=0, le=0, default=0.0,
                          reason="what it bears interest on is its notional")  # fmt: skip
    has_principal: ClassVar[bool] = False

    @model_validator(mode="after")
    def _interest_alone(self) -> Notional:
        for field in OF_PRINCIPAL:
            if getattr(self, field) is not None:
                raise ValueError(f"a strip on a notional has no principal, and no `{field}`")
        if self.unpaid_interest != "carried":
            raise ValueError("a strip on a notional has no balance to which unpaid interest could be added")
        return self

    def size_in_words(self) -> str:
        """The notional."""
        return f"Interest alone on {self.notional.words()}"

    def principal_in_words(self) -> str:
        """That there is none."""
        return f"No principal: interest alone, on {self.notional.words()}"

    def bearing(self, opening: Line) -> Line:
        """The notional before payment. [currency]"""
        return Line(f"{self.row}.opening_notional", "currency", "cash")

    def bearing_at_closing(self, lines: Builder) -> Expr:
        """The notional at closing. [currency]"""
        return Line(f"{self.row}.original_notional", "currency", "constant")

    def proceeds(self, lines: Builder) -> Expr:
        """Notional x issue price; nothing where no price is stated. [currency]"""
        if self.issue_price is None:
            return as_expr(0)
        return lines.money(self.bearing_at_closing(lines) * lines.of(self, "issue_price"))

    def followed(self) -> tuple[str, ...]:
        """Tranches whose balances it follows; none where it follows the pools."""
        return () if isinstance(self.notional.of, str) else self.notional.of


def declare_notional(lines: Builder, strip: Notional, tranches: Mapping[str, Tranche]) -> None:
    """Define the notional at closing and before payment, and announce that after payment.

    notional = share x sum of the balances that it follows.
    """
    name = strip.row
    with lines.at(strip.path, section="Tranches", group=name):
        followed = [original_balance(lines, tranches[other]) for other in strip.followed()]
        whole: Expr = total_of([*followed]) if followed else Line("pool.original_balance", "currency", "constant")
        start = lines.constant(f"{name}.original_notional", whole * lines.of(strip.notional, "share"),
                               unit="currency", label="Notional at closing")  # fmt: skip
        after = lines.declare(f"{name}.notional", unit="currency", opening=start)
        before = at_last_payment(lines, f"{name}.notional", prev(after), label="Notional")
        lines.line(f"{name}.opening_notional", before, unit="currency", label="Notional before payment")


def define_notional(lines: Builder, strip: Notional) -> None:
    """Define the notional after payment. What is written down at the end for want of payment counts to the end."""
    name = strip.row
    with lines.at(strip.path, section="Tranches", group=name):
        parts: list[Expr] = []
        for other in strip.followed():
            parts += [Line(f"{other}.{word}", "currency", "cash") for word in ("balance", "write_down")]
        whole: Expr = total_of(parts) if parts else Line("pool.balance", "currency", "schedule")
        lines.define(
            Line(f"{name}.notional", "currency", "cash"),
            whole * lines.of(strip.notional, "share"),
            label="Notional after payment",
            role="balance",
        )


def bearing_again(lines: Builder, strip: Notional, balances: Mapping[str, Line]) -> Expr:
    """What a strip's interest accrues on, worked out again from the balances after the payment date before."""
    if not strip.followed():
        return Line(f"{strip.row}.opening_notional", "currency", "cash")
    whole = total_of([prev(balances[name]) for name in strip.followed()])
    return whole * lines.of(strip.notional, "share")


def strips_among(tranches: Mapping[str, Tranche]) -> Sequence[Notional]:
    """The strips of a deal."""
    return [tranche for tranche in tranches.values() if isinstance(tranche, Notional)]


if TYPE_CHECKING:
    AnyTranche = Tranche
else:
    AnyTranche = union_of(Tranche)
