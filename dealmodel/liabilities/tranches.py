"""Tranches: interest and principal due, and the roll of the balance after what was paid.

A tranche says what is due before the waterfall, and rolls its balance from what was paid after it. It never sees the
ledger.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pydantic import field_validator

from dealmodel.basics.day_count import day_count_name
from dealmodel.basics.kinds import Family, live, shape, union_of
from dealmodel.liabilities.coupons import Coupon
from dealmodel.liabilities.schedules import ScheduledBalance
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import Expr, Line, as_expr, maximum, minimum, prev


class Tranche(Family):
    """Base of the tranche kinds: a class of notes, or a loan."""

    ranking: int = shape("name", "1 is paid before 2 when losses are written down", ge=1, le=100)
    balance: float = live("currency", "Balance at closing", gt=0)
    coupon: Coupon = shape("name", "Rate of interest")
    day_count: str = shape("name", "Exact name of the day count")
    interest_on_shortfall: Literal["coupon", "none"] = shape(
        "name", "Rate on interest that was not paid", default="coupon", reason="unpaid interest bears interest"
    )
    deferrable: bool = shape(
        "flag", "Whether unpaid interest is deferred and no default", default=False, reason="senior classes are not"
    )
    scheduled_balance: ScheduledBalance | None = shape(
        "name",
        "Balance to be paid down to by each month",
        default=None,
        reason="no schedule: principal by the waterfall",
    )

    @field_validator("day_count", mode="after")
    @classmethod
    def _exact(cls, name: str) -> str:
        return day_count_name(name)


class Note(Tranche):
    """A class of term notes, issued in full at closing."""

    kind: Literal["note"] = shape("name", "Kind of tranche")


@dataclass(frozen=True, slots=True)
class TrancheLines:
    """What a tranche hands to the waterfall.

    Parameters
    ----------
    opening, balance : line by month
        Balance before payment; balance after payment, still to be defined. [currency]
    interest_accrued, interest_due : line by month
        Interest of the month; all that is due, arrears and interest on them included. [currency]
    scheduled : line by month or None
        Balance to be paid down to. [currency]
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


def define_schedule(lines: Builder, tranche: Tranche, fractions: tuple[float, ...]) -> Line | None:
    """Define what is known before any cash: day-count fractions and the scheduled balance."""
    name = tranche.row
    with lines.at(tranche.path, section="Tranches", group=name):
        lines.series(f"{name}.day_count_fraction", fractions, unit="years", label=f"Accrual, {tranche.day_count}")
        if tranche.scheduled_balance is None:
            return None
        shares = tranche.scheduled_balance.shares(lines.periods)
        label = "Scheduled share of the original balance"
        share = lines.series(f"{name}.scheduled_share", shares, unit="share", label=label, opening=1.0)
        balance = lines.of(tranche, "balance")
        return lines.line(
            f"{name}.scheduled_balance", balance * share, unit="currency", label="Scheduled balance", opening=balance
        )


def define_due(
    lines: Builder,
    tranche: Tranche,
    *,
    scheduled: Line | None,
    rates: Mapping[str, Line],
    first_rates: Mapping[str, Expr],
) -> TrancheLines:
    """Define opening balance and what is due.

    accrued = opening balance x coupon x day-count fraction; due = accrued + last month's shortfall + interest on it at
    the coupon of this month.
    """
    name = tranche.row
    with lines.at(tranche.path, section="Tranches", group=name):
        balance = lines.declare(f"{name}.balance", unit="currency", opening=lines.of(tranche, "balance"))
        shortfall = lines.declare(f"{name}.interest_shortfall", unit="currency", opening=0)
        opening = lines.line(f"{name}.opening_balance", prev(balance), unit="currency", label="Opening balance")
        rate = lines.line(f"{name}.rate", tranche.coupon.by_month(lines, rates), unit="rate per year", label="Rate")
        fraction = Line(f"{name}.day_count_fraction", "years", "schedule")
        accrued = lines.line(
            f"{name}.interest_accrued", opening * rate * fraction, unit="currency", label="Interest accrued"
        )
        arrears: Expr = prev(shortfall)
        if tranche.interest_on_shortfall == "coupon":
            arrears = arrears + prev(shortfall) * rate * fraction
        due = lines.line(f"{name}.interest_due", accrued + arrears, unit="currency", label="Interest due", role="due")
        year = lines.named("months_per_year", 12, "months")
        first = lines.of(tranche, "balance") * tranche.coupon.at_closing(lines, first_rates) / year
        return TrancheLines(
            tranche=tranche,
            opening=opening,
            balance=balance,
            interest_accrued=accrued,
            interest_due=due,
            shortfall=shortfall,
            scheduled=scheduled,
            scheduled_principal=_scheduled_principal(lines, name, opening, scheduled),
            month_of_interest=opening * rate / year,
            closing_month_of_interest=first,
        )


def _scheduled_principal(lines: Builder, name: str, opening: Line, scheduled: Line | None) -> Expr:
    if scheduled is None:
        return as_expr(0)
    return lines.line(
        f"{name}.scheduled_principal",
        maximum(minimum(opening, prev(scheduled)) - scheduled, 0),
        unit="currency",
        label="Scheduled principal of the month",
    )


def define_roll(lines: Builder, tranche: TrancheLines, *, interest_paid: Expr, principal_paid: Expr) -> None:
    """Define payments, write-down, and closing balances of a tranche.

    balance = opening - principal paid - write-down; shortfall = due - paid. What is owed in the last month of the model
    is written down: all cash is out by then, so every remaining balance is lost, the lowest ranking with the rest.
    """
    name = tranche.tranche.row
    with lines.at(tranche.tranche.path, section="Tranches", group=name):
        interest = lines.line(
            f"{name}.interest_paid", interest_paid, unit="currency", label="Interest paid", role="payment"
        )
        principal = lines.line(
            f"{name}.principal_paid", principal_paid, unit="currency", label="Principal paid", role="payment"
        )
        unpaid = maximum(tranche.opening - principal, 0)
        loss = lines.line(
            f"{name}.write_down", lines.param("time.last_month") * unpaid, unit="currency", label="Written down"
        )
        lines.define(tranche.balance, tranche.opening - principal - loss, label="Closing balance", role="balance")
        lines.define(tranche.shortfall, tranche.interest_due - interest, label="Interest shortfall", role="balance")


if TYPE_CHECKING:
    AnyTranche = Tranche
else:
    AnyTranche = union_of(Tranche)
