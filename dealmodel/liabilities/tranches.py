"""Tranches: the terms on which notes and loans are owed.

A tranche says what is due before the waterfall, and rolls its balance from what was paid after it. It never sees the
ledger.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import field_validator, model_validator

from dealmodel.basics.day_count import day_count_name
from dealmodel.basics.kinds import Family, live, shape, word_of
from dealmodel.basics.moments import Moment, MomentField
from dealmodel.basics.words import digits, name_in_words, percent, sentence
from dealmodel.liabilities.amortization import AnyAmortization
from dealmodel.liabilities.coupons import Coupon
from dealmodel.liabilities.interest_terms import DefaultInterest, PayInKind, StepUp
from dealmodel.liabilities.schedules import AnySchedule
from dealmodel.liabilities.size import Sizing
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import Expr, Line, as_expr

LEGAL_FINAL = Moment(event="legal_final")


class Tranche(Family):
    """Base of the tranche kinds: a class of notes, a loan, or a strip of interest on a notional."""

    has_principal: ClassVar[bool] = True
    """Whether it has a balance of its own, which is repaid."""

    ranking: int = shape("name", "1 is the most senior; the lists decide who is paid first", ge=1, le=100)
    balance: float | None = live("currency", "Balance at closing", gt=0, default=None, reason="worked out by `sizing`")
    sizing: Sizing | None = shape(
        "name", "Cover by which its balance is worked out on the base scenario, beside a sculpted amortization",
        default=None, reason="the balance is stated",
    )  # fmt: skip
    coupon: Coupon = shape("name", "Rate of interest")
    day_count: str = shape("name", "Exact name of the day count")
    interest_on_shortfall: Literal["coupon", "none"] = shape(
        "name", "Rate on interest that was not paid", default="coupon", reason="unpaid interest bears interest"
    )
    deferrable: bool = shape(
        "flag", "Whether unpaid interest is deferred and no default", default=False, reason="senior classes are not"
    )
    scheduled_balance: AnySchedule | None = shape(
        "name",
        "Balance to be paid down to by each month",
        default=None,
        reason="no schedule: principal by the waterfall",
    )
    amortization: AnyAmortization | None = shape(
        "name", "Rule for the scheduled balance", default=None, reason="a table, or no schedule"
    )
    minimum_amortization: AnyAmortization | None = shape(
        "name", "Rule for the balance that `up_to: minimum` pays down to, beside the scheduled one", default=None,
        reason="no minimum beside the schedule",
    )  # fmt: skip
    maturity: MomentField = live(
        "month", "Month in which it is to be repaid, and amortization ends", default=LEGAL_FINAL,
        reason="the legal final date",
    )  # fmt: skip
    step_ups: dict[str, StepUp] = shape(
        "table", "Rates added to the coupon from some month on", default={}, reason="the coupon stays as it is"
    )
    default_interest: DefaultInterest | None = shape(
        "name", "Rate added while the deal is in default", default=None, reason="no default interest"
    )
    pay_in_kind: PayInKind | None = shape(
        "name", "Interest added to the balance instead of paid", default=None, reason="all interest is paid in cash"
    )
    unpaid_interest: Literal["carried", "capitalised"] = shape(
        "name", "What becomes of interest that was due and not paid: an arrear, or part of the balance",
        default="carried", reason="unpaid interest is an arrear",
    )  # fmt: skip
    issue_price: float | None = live(
        "share", "Price at which it is sold at closing, as a share of its balance", gt=0, le=2, default=None,
        reason="at par",
    )  # fmt: skip
    upfront_fee: float | None = live(
        "share", "Fee to its holders at closing, out of the proceeds, as a share of its balance", ge=0, lt=1,
        default=None, reason="none",
    )  # fmt: skip

    @model_validator(mode="after")
    def _one_schedule(self) -> Tranche:
        if self.scheduled_balance is not None and self.amortization is not None:
            raise ValueError("a scheduled balance is either a table (`scheduled_balance`) or a rule (`amortization`)")
        rules = (self.amortization, self.minimum_amortization)
        if self.coupon.fixed is None and any(rule is not None and rule.needs_its_rate() for rule in rules):
            raise ValueError(
                "level pay of a tranche on an index needs a `schedule_rate`: its coupon is not known ahead"
            )
        return self

    @property
    def issued(self) -> float:
        """Balance at closing, 0 where it is still to be worked out. [currency]"""
        return 0.0 if self.balance is None else self.balance

    @property
    def is_scheduled(self) -> bool:
        """Whether it has a scheduled balance, by a table or by a rule."""
        return self.scheduled_balance is not None or self.amortization is not None

    def proceeds(self, lines: Builder) -> Expr:
        """What its sale brings at closing: balance x (issue price - upfront fee). [currency]"""
        price: Expr = as_expr(1)
        if self.issue_price is not None:
            price = lines.of(self, "issue_price")
        if self.upfront_fee is not None:
            price = price - lines.of(self, "upfront_fee")
        par = self.issue_price is None and self.upfront_fee is None
        issued = original_balance(lines, self)
        return issued if par else lines.money(issued * price)

    def bearing(self, opening: Line) -> Line:
        """What its interest accrues on in a month: its opening balance. [currency]"""
        return opening

    def bearing_at_closing(self, lines: Builder) -> Expr:
        """What its interest accrues on in the first month. [currency]"""
        return original_balance(lines, self)

    @field_validator("day_count", mode="after")
    @classmethod
    def _exact(cls, name: str) -> str:
        return day_count_name(name)

    def words(self) -> str:
        """Balance, interest and how principal is scheduled, and what it is sold for."""
        terms = [self.interest_in_words(), self.unpaid_in_words(), self.principal_in_words(), self.issue_in_words()]
        return f"{self.size_in_words()}. {'. '.join(terms)}"

    def kind_in_words(self) -> str:
        """The word that chooses the kind."""
        return name_in_words(word_of(type(self)))

    def interest_in_words(self) -> str:
        """Coupon and day count, and what is added to the coupon or to the balance."""
        added = [step.words() for step in self.step_ups.values()]
        if self.default_interest is not None:
            added.append(self.default_interest.words())
        if self.pay_in_kind is not None:
            added.append(self.pay_in_kind.words())
        return "; ".join([f"{self.coupon.words()}, {self.day_count}", *added])

    def size_in_words(self) -> str:
        """The balance."""
        return digits(self.issued)

    def unpaid_in_words(self) -> str:
        """What becomes of interest that is not paid."""
        deferred = "May be deferred" if self.deferrable else "May not be deferred"
        if self.unpaid_interest == "capitalised":
            return f"{deferred}; added to the balance"
        rate = "at the coupon" if self.interest_on_shortfall == "coupon" else "without interest on it"
        return f"{deferred}; due again on the next payment date, {rate}"

    def issue_in_words(self) -> str:
        """The price, the fee out of the proceeds, and what the balance was sized to."""
        price = "At par" if self.issue_price is None else f"At {percent(self.issue_price)} of the balance"
        fee = "" if self.upfront_fee is None else f", less an upfront fee of {percent(self.upfront_fee)}"
        size = "" if self.sizing is None else f"; {self.sizing.words()}"
        return price + fee + size

    def principal_in_words(self) -> str:
        """How principal is scheduled, if it is."""
        said = "No schedule: principal as the priority of payments says"
        if self.scheduled_balance is not None:
            said = self.scheduled_balance.words()
        if self.amortization is not None:
            said = sentence(self.amortization.words())
        if self.minimum_amortization is not None:
            said += f"; at least {self.minimum_amortization.words()}"
        if self.pay_in_kind is not None:
            said += f"; {self.pay_in_kind.words()}"
        return said


class Note(Tranche):
    """A class of term notes, issued in full at closing."""

    kind: Literal["note"] = shape("name", "Kind of tranche")


class Loan(Tranche):
    """A term loan, drawn in full at closing."""

    kind: Literal["loan"] = shape("name", "Kind of tranche")


def original_balance(lines: Builder, tranche: Tranche) -> Expr:
    """Balance at closing, in whole cents where the deal rounds; nothing of a strip. [currency]"""
    return lines.money(lines.of(tranche, "balance")) if tranche.has_principal else as_expr(0)
