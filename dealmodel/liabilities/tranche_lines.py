"""Lines of a tranche: its schedule, interest and principal due, and the roll of its balance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dealmodel.liabilities.amortization import Amortization
from dealmodel.liabilities.schedules import ScheduledBalance
from dealmodel.liabilities.tranches import Tranche, original_balance
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import Expr, Line, as_expr, both, maximum, minimum, prev, total_of
from dealmodel.market.clock import pays_every_month, since_last_payment


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
