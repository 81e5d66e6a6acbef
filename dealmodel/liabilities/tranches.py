"""Tranches: interest and principal due, and the roll of the balance after what was paid.

A tranche says what is due before the waterfall, and rolls its balance from what was paid after it. It never sees the
ledger.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import field_validator, model_validator

from dealmodel.basics.day_count import day_count_name
from dealmodel.basics.kinds import Family, live, shape, word_of
from dealmodel.basics.moments import Moment, MomentField
from dealmodel.basics.words import digits, name_in_words, percent, sentence
from dealmodel.liabilities.amortization import Amortization, AnyAmortization
from dealmodel.liabilities.coupons import Coupon
from dealmodel.liabilities.interest_terms import DefaultInterest, PayInKind, StepUp
from dealmodel.liabilities.schedules import AnySchedule, ScheduledBalance
from dealmodel.liabilities.size import Sizing
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import Expr, Line, as_expr, both, maximum, minimum, prev, total_of
from dealmodel.market.clock import pays_every_month, since_last_payment

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


@dataclass(frozen=True, slots=True)
class TrancheLines:
    """What a tranche hands to the waterfall.

    Parameters
    ----------
    opening, balance : line by month
        Balance before payment, what was added this month included; balance after payment, still to be defined.
        [currency]
    interest_accrued, interest_due : line by month
        Interest of the month to be paid in cash; all that is due, arrears and interest on them included. [currency]
    scheduled, minimum : line by month or None
        Balances to be paid down to. [currency]
    capitalised : line by month or None
        Interest of the month added to the balance. [currency]
    scheduled_principal : Expr
        Principal that the schedule brings this month, arrears left out. [currency]
    month_of_interest, closing_month_of_interest : Expr
        A twelfth of a year's interest on the opening balance, and on the balance at closing. [currency]
    """

    tranche: Tranche
    opening: Line
    balance: Line
    interest_accrued: Line
    interest_due: Line
    shortfall: Line
    scheduled: Line | None
    scheduled_principal: Expr
    month_of_interest: Expr
    closing_month_of_interest: Expr
    minimum: Line | None = None
    capitalised: Line | None = None

    @property
    def capitalises(self) -> bool:
        """Whether some interest may be added to the balance."""
        return self.capitalised is not None or self.tranche.unpaid_interest == "capitalised"


def original_balance(lines: Builder, tranche: Tranche) -> Expr:
    """Balance at closing, in whole cents where the deal rounds; nothing of a strip. [currency]"""
    return lines.money(lines.of(tranche, "balance")) if tranche.has_principal else as_expr(0)


@dataclass(frozen=True, slots=True)
class Schedules:
    """Balances to be paid down to, and at least to be paid down to, and the original balance that they start from."""

    scheduled: Line | None
    minimum: Line | None
    issued: Expr


def held_between_payments(shares: Sequence[float], pays: Sequence[bool]) -> tuple[float, ...]:
    """A scheduled share by month that falls on payment dates alone: 1 until the first. No flags: every month pays."""
    if not pays:
        return tuple(shares)
    found, held = [], 1.0
    for share, pay in zip(shares, pays, strict=True):
        held = share if pay else held
        found.append(held)
    return tuple(found)


def define_schedule(
    lines: Builder,
    tranche: Tranche,
    fractions: tuple[float, ...],
    pays: Sequence[bool] = (),
    planned: Sequence[float] = (),
) -> Schedules:
    """Define what is known before any cash: day-count fractions, the scheduled and the minimum balance.

    `planned` are the shares of the original balance by month where they follow from a pool.
    """
    name = tranche.row
    with lines.at(tranche.path, section="Tranches", group=name):
        lines.series(f"{name}.day_count_fraction", fractions, unit="years", label=f"Accrual, {tranche.day_count}")
        scheduled = minimum = None
        if tranche.scheduled_balance is not None:
            given = tranche.scheduled_balance
            by_month = given.shares(lines.periods) if isinstance(given, ScheduledBalance) else planned
            shares = held_between_payments(by_month, pays)
            label = "Scheduled share of the original balance"
            share = lines.series(f"{name}.scheduled_share", shares, unit="share", label=label, opening=1.0)
            balance = original_balance(lines, tranche)
            left = lines.money(balance * share)
            scheduled = lines.line(
                f"{name}.scheduled_balance", left, unit="currency", label="Scheduled balance", opening=balance
            )
        if tranche.amortization is not None:
            scheduled = _amortized(lines, tranche, tranche.amortization, name)
        if tranche.minimum_amortization is not None:
            minimum = _amortized(lines, tranche, tranche.minimum_amortization, f"{name}.minimum")
        return Schedules(scheduled, minimum, original_balance(lines, tranche))


def _amortized(lines: Builder, tranche: Tranche, rule: Amortization, name: str) -> Line:
    coupon = lines.of(tranche.coupon, "fixed") if tranche.coupon.fixed is not None else None
    balance, maturity = original_balance(lines, tranche), lines.of(tranche, "maturity")
    return rule.define(lines, name, balance=balance, maturity=maturity, coupon=coupon)


def amortized_by(lines: Builder, tranche: Tranche, rule: Amortization, months: Expr) -> Expr:
    """What a rule has repaid so many months after closing; a constant formula. [currency]"""
    coupon = lines.of(tranche.coupon, "fixed") if tranche.coupon.fixed is not None else None
    balance, maturity = original_balance(lines, tranche), lines.of(tranche, "maturity")
    return rule.repaid_after(lines, months, balance=balance, maturity=maturity, coupon=coupon)


def declare_balance(lines: Builder, tranche: Tranche) -> None:
    """Announce the closing balance of a tranche, at which others look back before it is defined."""
    with lines.at(tranche.path, section="Tranches", group=tranche.row):
        lines.declare(f"{tranche.row}.balance", unit="currency", opening=original_balance(lines, tranche))


def define_due(
    lines: Builder,
    tranche: Tranche,
    *,
    schedules: Schedules,
    rates: Mapping[str, Line],
    first_rates: Mapping[str, Expr],
    in_force: Mapping[str, Line],
) -> TrancheLines:
    """Define opening balance and what is due, of a tranche whose balance was announced.

    accrued = opening balance x coupon x day-count fraction, of all months since the last payment; due = accrued, less
    what is added to the balance, + the shortfall of the last payment date + interest on it at the coupons since. In a
    month that does not pay, only the shortfall is due.
    """
    name = tranche.row
    with lines.at(tranche.path, section="Tranches", group=name):
        balance = Line(f"{name}.balance", "currency", "cash")
        shortfall = lines.declare(f"{name}.interest_shortfall", unit="currency", opening=0)
        opening = lines.line(f"{name}.opening_balance", prev(balance), unit="currency", label="Opening balance")
        coupon = _rate(lines, tranche, tranche.coupon.by_month(lines, rates), in_force)
        rate = lines.line(f"{name}.rate", coupon, unit="rate per year", label="Rate")
        fraction = Line(f"{name}.day_count_fraction", "years", "schedule")
        bearing = tranche.bearing(opening)
        accrued = _accrued(lines, name, bearing * rate * fraction)
        capitalised, payable, before = _in_kind(lines, tranche, accrued, opening)
        schedules = _with_accretion(lines, name, schedules, capitalised)
        arrears: Expr = prev(shortfall)
        if tranche.interest_on_shortfall == "coupon":
            month = prev(shortfall) * rate * fraction
            label = "Interest on unpaid interest"
            arrears = arrears + lines.money(since_last_payment(lines, f"{name}.arrears_interest", month, label=label))
        due = lines.line(
            f"{name}.interest_due", lines.money(payable + arrears), unit="currency", label="Interest due", role="due"
        )
        year = lines.named("months_per_year", 12, "months")
        first = tranche.bearing_at_closing(lines) * tranche.coupon.at_closing(lines, first_rates) / year
        return TrancheLines(
            tranche=tranche,
            opening=before,
            balance=balance,
            interest_accrued=payable,
            interest_due=due,
            shortfall=shortfall,
            scheduled=schedules.scheduled,
            minimum=schedules.minimum,
            capitalised=capitalised,
            scheduled_principal=_scheduled_principal(lines, name, before, schedules.scheduled, capitalised),
            month_of_interest=bearing * rate / year,
            closing_month_of_interest=first,
        )


def _accrued(lines: Builder, name: str, month: Expr) -> Line:
    """Define the interest that a payment date adds: all of it since the one before."""
    if pays_every_month(lines):
        return lines.line(f"{name}.interest_accrued", lines.money(month), unit="currency", label="Interest accrued")
    line = lines.line(f"{name}.interest_of_the_month", month, unit="currency", label="Interest of the month")
    period = since_last_payment(lines, f"{name}.interest", line, label="Interest accrued")
    label = "Interest accrued since the last payment"
    return lines.line(f"{name}.interest_accrued", lines.money(period), unit="currency", label=label)


def stepped_up(lines: Builder, tranche: Tranche, coupon: Expr) -> Expr:
    """A coupon with the step-ups of a tranche, each from its month on, not below 0. [per year]"""
    for step in tranche.step_ups.values():
        coupon = coupon + lines.of(step, "add") * (lines.param("time.month") >= lines.of(step, "when"))
    return maximum(coupon, 0) if tranche.step_ups else coupon


def _rate(lines: Builder, tranche: Tranche, coupon: Expr, in_force: Mapping[str, Line]) -> Expr:
    """Coupon with step-ups, and default interest where the deal was in default last month."""
    coupon = stepped_up(lines, tranche, coupon)
    if tranche.default_interest is not None:
        flags = total_of([prev(in_force[state]) for state in tranche.default_interest.while_in])
        coupon = coupon + lines.of(tranche.default_interest, "add") * flags
    return coupon


def _in_kind(lines: Builder, tranche: Tranche, accrued: Line, opening: Line) -> tuple[Line | None, Line, Line]:
    """Interest added to the balance, interest payable in cash, and the balance before payment."""
    terms = tranche.pay_in_kind
    if terms is None:
        return None, accrued, opening
    name = tranche.row
    until = lines.of(tranche, "maturity") if terms.until.event == "maturity" else lines.of(terms, "until")
    in_time: Expr = lines.param("time.month") <= until
    if terms.while_outstanding:
        cent = lines.named("half_a_cent", 0.005, "currency")
        others: list[Expr] = [prev(Line(f"{other}.balance", "currency", "cash")) for other in terms.while_outstanding]
        in_time = both(in_time, total_of(others) > cent)
    added = accrued * lines.of(terms, "share") * in_time
    capitalised = lines.line(
        f"{name}.capitalised", lines.money(added), unit="currency", label="Interest added to the balance"
    )
    payable = lines.line(
        f"{name}.interest_payable",
        lines.money(accrued - capitalised),
        unit="currency",
        label="Interest payable in cash",
    )
    before = lines.line(
        f"{name}.balance_before_payment",
        lines.money(opening + capitalised),
        unit="currency",
        label="Balance before payment",
    )
    return capitalised, payable, before


def _with_accretion(lines: Builder, name: str, schedules: Schedules, capitalised: Line | None) -> Schedules:
    """Schedules that carry interest added to the balance: it is repaid in the proportion in which the rest is.

    scheduled balance = scheduled share x (original balance + all interest added so far).
    """
    if capitalised is None or (schedules.scheduled is None and schedules.minimum is None):
        return schedules
    so_far = lines.declare(f"{name}.interest_added", unit="currency", opening=0)
    lines.define(so_far, prev(so_far) + capitalised, label="Interest added to the balance so far")

    def grown(schedule: Line | None, prefix: str, label: str) -> Line | None:
        if schedule is None:
            return None
        share = Line(f"{prefix}.scheduled_share", "share", "schedule")
        grows = lines.money(schedule + share * so_far)
        line = lines.declare(f"{prefix}.accreted_balance", unit="currency", opening=original)
        return lines.define(line, grows, label=label)

    original = schedules.issued
    return Schedules(
        grown(schedules.scheduled, name, "Scheduled balance with interest added"),
        grown(schedules.minimum, f"{name}.minimum", "Minimum balance with interest added"),
        original,
    )


def _scheduled_principal(
    lines: Builder, name: str, opening: Line, scheduled: Line | None, capitalised: Line | None
) -> Expr:
    if scheduled is None:
        return as_expr(0)
    before: Expr = prev(scheduled) if capitalised is None else prev(scheduled) + capitalised
    return lines.line(
        f"{name}.scheduled_principal",
        maximum(minimum(opening, before) - scheduled, 0),
        unit="currency",
        label="Scheduled principal of the month",
    )


def define_roll(
    lines: Builder, tranche: TrancheLines, *, interest_paid: Expr, principal_paid: Expr, lost: Expr | None = None
) -> None:
    """Define payments, write-down, and closing balances of a tranche.

    balance = opening - principal paid - write-down; shortfall = due - paid, or 0 where unpaid interest is capitalised
    and the balance is that much more. What is owed in the last month of the model is written down: all cash is out by
    then, so every remaining balance is lost, whatever its ranking. `lost` is what steps wrote down.
    """
    name = tranche.tranche.row
    with lines.at(tranche.tranche.path, section="Tranches", group=name):
        interest = lines.line(
            f"{name}.interest_paid", interest_paid, unit="currency", label="Interest paid", role="payment"
        )
        principal = lines.line(
            f"{name}.principal_paid", principal_paid, unit="currency", label="Principal paid", role="payment"
        )
        unpaid: Expr = maximum(tranche.opening - principal, 0)
        if lost is not None:
            unpaid = maximum(tranche.opening - principal - lost, 0)
        left: Expr = tranche.opening - principal
        short: Expr = tranche.interest_due - interest
        if tranche.tranche.unpaid_interest == "capitalised":
            deferred = lines.line(
                f"{name}.interest_deferred",
                lines.money(short),
                unit="currency",
                label="Unpaid interest added to the balance",
            )
            unpaid, left, short = unpaid + deferred, left + deferred, as_expr(0)
        at_the_end: Expr = lines.param("time.last_month") * unpaid
        written = at_the_end if lost is None else lost + at_the_end
        loss = lines.line(f"{name}.write_down", written, unit="currency", label="Written down")
        lines.define(tranche.balance, lines.money(left - loss), label="Closing balance", role="balance")
        lines.define(tranche.shortfall, lines.money(short), label="Interest shortfall", role="balance")
