"""Accounts: where cash is held between payment dates, and when it is let go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from pydantic import model_validator

from dealmodel.basics.kinds import Family, Kind, live, shape, union_of
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import Expr, total_of


class Account(Family):
    """Base of the account kinds."""


class CollectionAccount(Account):
    """Takes the collections of the month, and is emptied by the waterfall on the payment date."""

    kind: Literal["collection"] = shape("name", "Kind of account")


class ReserveTarget(Kind):
    """How much a reserve is to hold: months of interest on some tranches, or a fixed amount."""

    months_of_interest: float | None = live(
        "months",
        "Months of interest on the opening balances",
        ge=0,
        le=120,
        default=None,
        reason="a fixed amount instead",
    )
    of: tuple[str, ...] = shape(
        "name", "Tranches whose interest is reserved", default=(), reason="a fixed amount has none"
    )
    amount: float | None = live("currency", "Fixed amount", ge=0, default=None, reason="months of interest instead")

    @model_validator(mode="after")
    def _one_form(self) -> ReserveTarget:
        if (self.months_of_interest is None) == (self.amount is None):
            raise ValueError("a target is either {months_of_interest: months, of: tranches} or {amount: amount}")
        if (self.months_of_interest is None) == bool(self.of):
            raise ValueError("`of` names the tranches of `months_of_interest`, and only of that")
        return self

    def define(self, lines: Builder, months_of_interest: Mapping[str, Expr]) -> Expr:
        """Months x a month's interest on each tranche; or the amount. [currency]"""
        if self.amount is not None:
            return lines.of(self, "amount")
        return lines.of(self, "months_of_interest") * total_of([months_of_interest[name] for name in self.of])


class ReserveAccount(Account):
    """Held against shortfalls; what it holds above its target goes back before each payment."""

    kind: Literal["reserve"] = shape("name", "Kind of account")
    target: ReserveTarget = shape("name", "How much it is to hold")
    excess_to: str = shape("name", "Account that takes what is above the target")


class TrapAccount(Account):
    """Holds trapped cash until the deal is in a state that lets it go."""

    kind: Literal["trap"] = shape("name", "Kind of account")
    released_to: str = shape("name", "Account that takes the cash when it is let go")
    released_when: str = shape("name", "State in which it is let go")


if TYPE_CHECKING:
    AnyAccount = Account
else:
    AnyAccount = union_of(Account)
