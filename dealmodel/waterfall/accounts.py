"""Accounts: where cash is held between payment dates, and when it is let go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from pydantic import field_validator

from dealmodel.basics.day_count import day_count_name
from dealmodel.basics.kinds import Family, Kind, shape, union_of
from dealmodel.basics.words import listed, name_in_words
from dealmodel.liabilities.coupons import Coupon
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import Expr, Line, maximum
from dealmodel.waterfall.targets import ReserveTarget

Flow = Literal["interest", "principal", "recoveries", "revenue", "claims", "sale", "income"]
"""Cash that comes in: of pools; of units; of a sale or call; and what other accounts earn."""


class Account(Family):
    """Base of the account kinds."""


class CollectionAccount(Account):
    """Takes the collections of the month, and is emptied by the waterfall on the payment date."""

    kind: Literal["collection"] = shape("name", "Kind of account")
    takes: tuple[Flow, ...] | None = shape(
        "name", "Flows that it takes; with several accounts of this kind each flow is taken by exactly one",
        default=None, reason="the only account of this kind takes every flow",
    )  # fmt: skip

    def words(self) -> str:
        """What it takes and when it is emptied."""
        taken = "the collections of the month" if self.takes is None else f"{listed([*self.takes])} of the month"
        return f"Takes {taken}; emptied by the priority of payments on the payment date"


class AccountIncome(Kind):
    """Interest that an account earns on what it held during the month."""

    rate: Coupon = shape("name", "Rate of interest, fixed or an index with a margin; a rate below 0 counts as 0")
    day_count: str = shape("name", "Exact name of the day count")
    added_to: Literal["collection", "account"] = shape(
        "name", "Whether it is paid into the collection account, or stays in the account",
        default="collection", reason="income is part of available funds",
    )  # fmt: skip

    @field_validator("day_count", mode="after")
    @classmethod
    def _exact(cls, name: str) -> str:
        return day_count_name(name)

    def words(self) -> str:
        """The rate and where the income goes."""
        goes = "stays in the account" if self.added_to == "account" else "goes to the collections"
        return f"earns {self.rate.words()}, {self.day_count}, which {goes}"

    def define(self, lines: Builder, held: Expr, fraction: Line, rates: Mapping[str, Line]) -> Expr:
        """Held since the last payment date x rate, not below 0, x day-count fraction. [currency]"""
        return held * maximum(self.rate.by_month(lines, rates), 0) * fraction


class HoldingAccount(Account):
    """Base of the accounts that hold cash from one payment date to the next."""

    earns: AccountIncome | None = shape(
        "name", "Interest on what it holds", default=None, reason="no income unless a bank has agreed to pay it"
    )

    def income_in_words(self) -> str:
        """What it earns, with a semicolon before; nothing where it earns nothing."""
        return "" if self.earns is None else f"; {self.earns.words()}"


class ReserveAccount(HoldingAccount):
    """Held against shortfalls; what it holds above its target goes back before each payment."""

    kind: Literal["reserve"] = shape("name", "Kind of account")
    target: ReserveTarget = shape("name", "How much it is to hold")
    excess_to: str = shape("name", "Account that takes what is above the target")

    def words(self) -> str:
        """The target, where the excess goes, and what it earns."""
        above = f"what is above goes to {name_in_words(self.excess_to)}"
        return f"Reserve of {self.target.words()}; {above}{self.income_in_words()}"


class TrapAccount(HoldingAccount):
    """Holds trapped cash until the deal is in a state that lets it go."""

    kind: Literal["trap"] = shape("name", "Kind of account")
    released_to: str = shape("name", "Account that takes the cash when it is let go")
    released_when: str = shape("name", "State in which it is let go")

    def words(self) -> str:
        """Until when it holds cash, where that goes, and what it earns."""
        until = f"until the deal is in state {name_in_words(self.released_when)} or every tranche is repaid"
        goes = f"then it goes to {name_in_words(self.released_to)}"
        return f"Holds what is deposited {until}; {goes}{self.income_in_words()}"


if TYPE_CHECKING:
    AnyAccount = Account
else:
    AnyAccount = union_of(Account)
