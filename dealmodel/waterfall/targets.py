"""Targets of reserves: how much a reserve is to hold, from what is scheduled and never from what a run projects.

A target follows balances, schedules and costs as they stand on the payment date, so that it does not depend on cash
which would in turn depend on it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import field_validator, model_validator

from dealmodel.basics.kinds import Kind, live, shape
from dealmodel.basics.words import counted, digits, listed, name_in_words, names_in_words, percent
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import Expr, maximum, minimum, total_of

POOL, ORIGINAL_POOL = "pool_balance", "original_pool_balance"
BASES = ("opening_tranche_balance", "original_tranche_balance", "resale_value", "book_value", POOL, ORIGINAL_POOL)
"""What a percentage may be of, beside a list of tranches."""

ORIGINAL = ".original"
"""Ending of a tranche in a list of which the original balance counts, and not the balance before payment."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """What targets are made of, at closing or in a month.

    Parameters
    ----------
    month_of_interest : mapping from tranche to Expr
        A twelfth of a year's interest on its balance. [currency]
    ahead : function of a part and a number of months
        What the part comes to over so many months after the payment date: `interest`, `class_a.scheduled_principal`,
        `site_costs`, a fee. [currency]
    amount_of : function of a basis
        One of `BASES`, or a tranche. [currency]
    """

    month_of_interest: Mapping[str, Expr]
    ahead: Callable[[str, Expr], Expr]
    amount_of: Callable[[str], Expr]


class TargetForm(Kind):
    """Base of a target and of the parts that it compares."""

    amount: float | None = live("currency", "Fixed amount", ge=0, default=None, reason="another form instead")
    months_of_interest: float | None = live(
        "months",
        "Months of interest on the opening balances",
        ge=0,
        le=120,
        default=None,
        reason="another form instead",
    )
    months: int | None = live(
        "months", "Months after the payment date of what `of` names", ge=0, le=120, default=None,
        reason="another form instead",
    )  # fmt: skip
    rate: float | None = live("share", "Share of what `of` names", ge=0, le=1, default=None, reason="no percentage")
    of: (
        Literal[
            "opening_tranche_balance",
            "original_tranche_balance",
            "resale_value",
            "book_value",
            "pool_balance",
            "original_pool_balance",
        ]
        | tuple[str, ...]
    ) = shape(
        "name",
        "Of months of interest, its tranches; of months, what is due; of a share, a balance or a value",
        default=(),
        reason="a fixed amount has none",
    )

    def words(self) -> str:
        """The amount, the months of what is due, or the share and what it is of."""
        if self.amount is not None:
            return digits(self.amount)
        if self.months_of_interest is not None:
            return f"{counted(self.months_of_interest, 'month')} of interest on {names_in_words(self.of)}"
        if self.months is not None:
            return f"{counted(self.months, 'month')} of {names_in_words(self.of)}"
        if self.rate is None:
            return ""
        base = names_in_words(self.of) if isinstance(self.of, tuple) else f"the {name_in_words(self.of)}"
        return f"{percent(self.rate)} of {base}"

    def forms(self) -> list[str]:
        """Forms that are given: exactly one may be."""
        return [name for name in ("amount", "months_of_interest", "months", "rate") if getattr(self, name) is not None]

    def check_of(self) -> None:
        """`of` goes with what it is of."""
        if (self.months_of_interest is None and self.months is None and self.rate is None) == bool(self.of):
            raise ValueError(
                "`of` names the tranches of `months_of_interest`, what is due over `months`, what a `rate` is of, "
                "and only of those"
            )
        if self.rate is None and isinstance(self.of, str):
            raise ValueError(f"`of: {self.of}` is for a `rate`; write a list")

    def define_form(self, lines: Builder, sizes: Sizes) -> Expr:
        """Months x interest; what is due over the months; share x amount; or the amount. [currency]"""
        if self.amount is not None:
            return lines.of(self, "amount")
        names = (self.of,) if isinstance(self.of, str) else self.of
        if self.months_of_interest is not None:
            return lines.of(self, "months_of_interest") * total_of([sizes.month_of_interest[name] for name in names])
        if self.months is not None:
            months = lines.of(self, "months")
            return total_of([sizes.ahead(name, months) for name in names])
        return total_of([sizes.amount_of(name) for name in names]) * lines.of(self, "rate")

    def vanishes(self) -> bool:
        """Whether it is 0 by itself where no tranche is outstanding."""
        return self.months_of_interest is not None


class TargetPart(TargetForm):
    """One of the amounts that a target compares. A bare number is a fixed amount."""

    @model_validator(mode="after")
    def _one_form(self) -> TargetPart:
        if len(self.forms()) != 1:
            raise ValueError("a part of a target is either an amount or one of {months_of_interest, months, rate}")
        self.check_of()
        return self


class ReserveTarget(TargetForm):
    """How much a reserve is to hold: an amount, months of what is due, a share, or the greater or lesser of some."""

    greater_of: tuple[float | TargetPart, ...] | None = shape(
        "name", "Parts of which the greatest counts", default=None, reason="one form alone"
    )
    lesser_of: tuple[float | TargetPart, ...] | None = shape(
        "name", "Parts of which the least counts", default=None, reason="one form alone"
    )
    floor: float | None = live("currency", "Least target", ge=0, default=None, reason="none unless stated")
    cap: float | None = live("currency", "Greatest target", ge=0, default=None, reason="none unless stated")

    @field_validator("greater_of", "lesser_of", mode="after")
    @classmethod
    def _amounts(cls, parts: tuple[Any, ...] | None) -> tuple[TargetPart, ...] | None:
        if parts is None:
            return None
        for part in parts:
            if not isinstance(part, TargetPart) and part < 0:
                raise ValueError(f"{part:,.10g} is below 0")
        return tuple(part if isinstance(part, TargetPart) else TargetPart(amount=float(part)) for part in parts)

    @model_validator(mode="after")
    def _one_form(self) -> ReserveTarget:
        lists = [parts for parts in (self.greater_of, self.lesser_of) if parts is not None]
        if len(self.forms()) + len(lists) != 1:
            raise ValueError(
                "a target is either {months_of_interest: months, of: tranches} or {amount: amount}, or {months: months,"
                " of: what is due}, {rate: share, of: balance or value}, {greater_of: [..]}, {lesser_of: [..]}"
            )
        self.check_of()
        if lists and len(lists[0]) < 2:
            raise ValueError("`greater_of` and `lesser_of` compare two amounts or more")
        if self.amount is not None and (self.floor is not None or self.cap is not None):
            raise ValueError("a fixed amount has neither `floor` nor `cap`")
        if self.floor is not None and self.cap is not None and self.floor > self.cap:
            raise ValueError(f"the floor {self.floor:,.10g} is above the cap {self.cap:,.10g}")
        return self

    def words(self) -> str:
        """Its form, or the parts that it compares, and its limits."""
        said = super().words()
        if self.greater_of is not None or self.lesser_of is not None:
            which = "greatest" if self.greater_of is not None else "least"
            said = f"the {which} of {listed([part.words() for part in self.parts()])}"
        if self.floor is not None:
            said += f", not below {digits(self.floor)}"
        return said if self.cap is None else f"{said}, not above {digits(self.cap)}"

    def parts(self) -> tuple[TargetForm, ...]:
        """The amounts compared, or the target itself where it is one amount."""
        compared = self.greater_of or self.lesser_of or ()
        return tuple(part for part in compared if isinstance(part, TargetPart)) or (self,)

    def define(self, lines: Builder, sizes: Sizes) -> Expr:
        """The greatest or the least of its parts, not above the cap, not below the floor. [currency]"""
        first, *others = [part.define_form(lines, sizes) for part in self.parts()]
        target = minimum(first, *others) if self.lesser_of is not None else maximum(first, *others)
        if self.cap is not None:
            target = minimum(target, lines.of(self, "cap"))
        return target if self.floor is None else maximum(target, lines.of(self, "floor"))

    def outlasts_the_debt(self) -> bool:
        """Whether it may be more than 0 where no tranche is outstanding any more."""
        return self.floor is not None or not all(part.vanishes() for part in self.parts())
