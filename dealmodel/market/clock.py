"""Where a moment of the deal stands among its months, and how much of each month follows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from dealmodel.basics.moments import Moment
from dealmodel.basics.schedule import Grid, MonthPlace, PaymentDay, add_months, month_number
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import Expr, Line, as_expr, lookup, maximum, prev, round_to
from dealmodel.lines.names import NEVER

PAYS, BEGINS = "time.pays", "time.interest_period_begins"
"""Flags of the months that end on a payment date, and of those that begin an interest period."""
ONE_PAYMENT = "time.months_per_payment"
FIRST_PAYMENT = "time.first_payment"
SKIPPED = "time.skipped_payment"


@dataclass(frozen=True, slots=True)
class Shares:
    """How much of each month follows a moment.

    Parameters
    ----------
    started : line by month
        1 from the month in which the moment falls. [flag]
    share : line by month
        Share of the month after the moment: 0 before, a stub in its own month, 1 after. [share]
    stub : Expr or None
        The stub itself; None where the moment is the last day of a month, and the stub is 0.
    """

    started: Line
    share: Line
    stub: Expr | None


@dataclass(frozen=True, slots=True)
class Clock:
    """The deal's months and named events."""

    grid: Grid
    payment_day: PaymentDay
    events: Mapping[str, int]

    def month(self, moment: Moment) -> int:
        """Month number of a moment; 9999 for never. ValueError for a date before closing."""
        if moment.month is not None:
            return moment.month
        if moment.day is not None:
            return self._place(moment.day).month
        if moment.event == "never":
            return NEVER
        if moment.event not in self.events:
            raise ValueError(f"{moment.event!r} has no meaning here; there are {', '.join(self.events)} and never")
        return self.events[moment.event]

    def day_month(self, day: date) -> int:
        """Month number of a day."""
        return self._place(day).month

    def stubs(self, moment: Moment) -> tuple[float, ...] | None:
        """Share of each month 0..T after the moment's day of the month, or None where that day is the last.

        A moment that a scenario moves keeps its day of the month, so its stub is looked up by month.
        """
        if moment.day is None:
            return None
        place = self._place(moment.day)
        if place.month == 0 or place.stub_share == 0.0:
            return None
        return (0.0, *(self._stub(period, moment.day) for period in range(self.grid.periods)))

    def _place(self, day: date) -> MonthPlace:
        return month_number(day, self.grid.closing, self.payment_day, self.grid.period_end[0])

    def _stub(self, period: int, moment: date) -> float:
        start, end = self.grid.period_start[period], self.grid.period_end[period]
        day = moment
        if not start < moment <= end:
            day = add_months(start, 0, moment.day)
            day = min(add_months(start, 1, moment.day) if day <= start else day, end)
        return (end - day).days / (end - start).days

    def shares_after(
        self, lines: Builder, name: str, moment: Moment, month: Expr, *, stub: Expr | None = None
    ) -> Shares:
        """Define the share of each month after a moment whose month number may move.

        Parameters
        ----------
        name : str
            Lines are called `<name>_started` and `<name>_share`.
        moment : Moment
            As the deal file has it; its day of the month is shape.
        month : Expr
            Its month number, a live number or a constant line.
        stub : Expr, optional
            Share of its own month that follows it, where that is not a matter of the calendar.
        """
        started = lines.line(
            f"{name}_started",
            lines.param("time.month") >= month,
            unit="flag",
            label="Started",
            role="flag",
            opening=as_expr(0) >= month,
        )
        if stub is None:
            stub = self.stub(lines, name, moment, month)
        share: Expr = prev(started)
        if stub is not None:
            share = share + (started - prev(started)) * stub
        return Shares(started, lines.line(f"{name}_share", share, unit="share", label="Share of the month"), stub)

    def stub(self, lines: Builder, name: str, moment: Moment, month: Expr) -> Line | None:
        """Define the share of a moment's own month that follows it; None where it falls on a month's last day."""
        table = self.stubs(moment)
        if table is None:
            return None
        found = lookup(f"{name} stub", table, month)
        return lines.constant(f"{name}_stub", found, unit="share", label="Share of the first month")


def pays_every_month(lines: Builder) -> bool:
    """Whether every month ends on a payment date."""
    return not lines.knows(PAYS)


def months_per_payment(lines: Builder) -> int:
    """Months from one regular payment date to the next."""
    return 1 if pays_every_month(lines) else int(lines.given(ONE_PAYMENT))


def on_payment_dates(lines: Builder, amount: Expr) -> Expr:
    """An amount on payment dates, and nothing in months that do not pay."""
    return amount if pays_every_month(lines) else amount * lines.param(PAYS)


def between_payments(lines: Builder, amount: Expr) -> Expr:
    """An amount in months that do not pay, and nothing on payment dates."""
    return as_expr(0) if pays_every_month(lines) else amount * (1 - lines.param(PAYS))


def since_last_payment(lines: Builder, name: str, month: Expr, *, unit: str = "currency", label: str) -> Expr:
    """What has come together of an amount of each month since the payment date before, on payment dates.

    Defines `<name>_so_far`, unless every month pays: then it is the amount of the month.
    """
    if pays_every_month(lines):
        return month
    so_far = lines.declare(f"{name}_so_far", unit=unit, opening=0)
    lines.define(so_far, prev(so_far) * (1 - lines.param(BEGINS)) + month, label=f"{label}, since the last payment")
    return so_far * lines.param(PAYS)


def at_last_payment(lines: Builder, name: str, opening: Expr, *, unit: str = "currency", label: str) -> Expr:
    """An opening balance of months as it stood after the payment date before.

    Defines `<name>_of_period`, unless every month pays: then it is the opening balance of the month.
    """
    if pays_every_month(lines):
        return opening
    stood = lines.declare(f"{name}_of_period", unit=unit, opening=0)
    begins = lines.param(BEGINS)
    held = begins * opening + (1 - begins) * prev(stood)
    return lines.define(stood, held, label=f"{label}, after the last payment")


def payments_until(lines: Builder, month: Expr) -> Expr:
    """Number of regular payment dates up to a month, in closed form, so that the month may be a live number.

    With m months from one to the next and the first in month f: floor((month - f + m) / m), not below 0; a date that a
    long last period leaves out is not counted.
    """
    if pays_every_month(lines):
        return maximum(month, 0)
    step = lines.param(ONE_PAYMENT)
    since = (month - lines.param(FIRST_PAYMENT) + step) / step
    half = lines.named("half", 0.5, "share")
    count = maximum(round_to(since - half + half / step, 0), 0)
    return count - (month >= lines.param(SKIPPED)) if lines.knows(SKIPPED) else count
