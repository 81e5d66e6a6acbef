"""The deal's months: when each ends, when it is paid, and which of them a date falls in."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal, NamedTuple

from dealmodel.basics.calendars import Calendar, add_business_days, adjust, check_calendar, check_convention

MOST_PERIODS = 1200
"""A hundred years of months."""

PaymentDay = int | Literal["month_end"]
AccrualDates = Literal["adjusted", "unadjusted"]
DelayCounts = Literal["calendar_days", "business_days"]
Frequency = Literal["monthly", "quarterly", "semi_annual", "annual"]
LastPeriod = Literal["short", "long"]

MONTHS_OF: dict[Frequency, int] = {"monthly": 1, "quarterly": 3, "semi_annual": 6, "annual": 12}
"""Months from one payment date to the next."""


@dataclass(frozen=True, slots=True)
class Delay:
    """How long after the end of its collection month a month is paid.

    Parameters
    ----------
    days : int
        Not negative. [days]
    counts : "calendar_days" or "business_days"
        Calendar days are added to the period end before it is moved to a business day, as for a payment on the 20th
        of the month after. Business days are counted from the period end after it was moved.
    """

    days: int = 0
    counts: DelayCounts = "calendar_days"

    def payment_date(self, period_end: date, convention: str, calendar: Calendar) -> date:
        """Day on which the month that ends on `period_end` is paid."""
        if self.counts == "calendar_days":
            return adjust(period_end + timedelta(days=self.days), convention, calendar)
        return add_business_days(adjust(period_end, convention, calendar), self.days, calendar)


@dataclass(frozen=True, slots=True)
class Grid:
    """The monthly periods of a deal, and which of them end on a payment date. Every tuple has an entry for each, 1..T.

    Parameters
    ----------
    closing : date
        The deal starts at the end of this day.
    first_payment_period : int
        The first period with a payment, counted from 1. Earlier periods collect and do not pay.
    period_start, period_end : tuple of date
        Collection month t runs from the end of `period_start` (closing, or the period end before) to `period_end`.
        Never adjusted, so the periods tile the time from closing without gap or overlap.
    payment_date : tuple of date
        The period end, with the payment delay, moved to a business day.
    days : tuple of int
        Calendar days from `period_start` to `period_end`. [days]
    accrual_end : tuple of date
        Interest of month t accrues from the accrual end before (closing for month 1) to this: the period end, or the
        period end moved to a business day where accrual is adjusted. The payment delay does not move it.
    pays : tuple of bool
        Whether the month's end is a payment date. The last month's is.
    """

    closing: date
    first_payment_period: int
    period_start: tuple[date, ...]
    period_end: tuple[date, ...]
    payment_date: tuple[date, ...]
    days: tuple[int, ...]
    accrual_end: tuple[date, ...]
    pays: tuple[bool, ...]

    @property
    def payment_ends(self) -> tuple[int, ...]:
        """For each month the first from it on that pays, counted from 0."""
        found, here = [], self.periods
        for month in reversed(range(self.periods)):
            here = month if self.pays[month] else here
            found.append(here)
        return tuple(reversed(found))

    @property
    def interest_periods(self) -> tuple[tuple[date, date], ...]:
        """For each month the interest period that it is part of: from the payment date before to its own."""
        starts, start = [], self.closing
        for end, pays in zip(self.accrual_end, self.pays, strict=True):
            starts.append(start)
            start = end if pays else start
        return tuple((begun, self.accrual_end[last]) for begun, last in zip(starts, self.payment_ends, strict=True))

    @property
    def accrual_start(self) -> tuple[date, ...]:
        """First day of each accrual period: closing, then the accrual end before."""
        return (self.closing, *self.accrual_end[:-1])

    @property
    def periods(self) -> int:
        """Number of monthly periods, T."""
        return len(self.period_end)


class MonthPlace(NamedTuple):
    """Where a date stands in the deal's months.

    Parameters
    ----------
    month : int
        The collection month in which the date falls; its last day belongs to it. Closing is month 0.
    elapsed : int
        Days from the period end before (closing for month 1) to the date. [days]
    days_in_month : int
        Days of that collection month, at least 1. [days]
    """

    month: int
    elapsed: int
    days_in_month: int

    @property
    def stub_share(self) -> float:
        """Share of the collection month still to come after the date: 0 on its last day, below 1 always."""
        return (self.days_in_month - self.elapsed) / self.days_in_month


def month_end(day: date) -> date:
    """Last day of the calendar month of `day`."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def add_months(day: date, months: int, payment_day: PaymentDay | None = None) -> date:
    """Date a number of months after `day`.

    Without `payment_day`, the last day of a month stays the last day of a month; any other day keeps its number, or
    becomes the last day of a month that is too short for it. Repeated steps can therefore differ from one long step
    (30 January, 28 February, 31 March): count from one date.

    Parameters
    ----------
    day : date
        The date to count from.
    months : int
        May be zero or negative. [months]
    payment_day : int or "month_end", optional
        The day of the month to land on instead, cut to the length of the month.

    Returns
    -------
    date

    Raises
    ------
    ValueError
        If the year leaves 1 to 9999, or `payment_day` is neither 1 to 31 nor "month_end".

    Source: Strata `RollConventions.java` at 39c46e3 (end of month and day of month), read 2026-11-22.
    """
    if isinstance(payment_day, int) and not 1 <= payment_day <= 31:
        raise ValueError(f"{payment_day} is not a day of the month; choose 1 to 31 or month_end")
    year, month = divmod(12 * day.year + day.month - 1 + months, 12)
    last = month_end(date(year, month + 1, 1))
    if payment_day == "month_end" or (payment_day is None and day == month_end(day)):
        return last
    return last.replace(day=min(payment_day or day.day, last.day))


def months_between(start: date, end: date) -> int:
    """Calendar months from the month of `start` to the month of `end`, whatever the days.

    31 January to 1 February is 1; negative where `end` is in an earlier month. [months]
    """
    return 12 * (end.year - start.year) + end.month - start.month


def first_period_end(closing: date, first_payment: date, payment_day: PaymentDay) -> date:
    """End of the first collection month.

    The payment day of the month after closing; or that of the month of closing, if the first payment falls on it. The
    first month may so be longer or shorter than a month: from 2 to 59 days, or from 1 day to a month.
    """
    soonest = add_months(closing, 0, payment_day)
    return soonest if closing < first_payment == soonest else add_months(closing, 1, payment_day)


def months_until(closing: date, first_payment: date, day: date, payment_day: PaymentDay) -> int:
    """Number of months of a deal that ends in the month of `day`: 1 where it is the first period end. [months]"""
    return 1 + months_between(first_period_end(closing, first_payment, payment_day), day)


def monthly_grid(
    closing: date,
    first_payment: date,
    periods: int,
    *,
    payment_day: PaymentDay,
    convention: str,
    calendar: Calendar,
    delay: Delay = Delay(),
    accrual: AccrualDates = "unadjusted",
    frequency: Frequency = "monthly",
    final: date | None = None,
    last_period: LastPeriod = "short",
) -> Grid:
    """Periods of a deal that collects monthly and pays on some of its period ends.

    Every period ends on the payment day, the first on the one that `first_period_end` says. So period 1 may be short or
    long: from closing on 5 January to 31 January it has 26 days, to the end of February 54. The payment date is the
    period end, or the delay later, moved to a business day.

    Payments are made on the first payment date, every one, three, six or twelve months after it, and on the final date,
    whether it falls on these or not. After the final date every month pays.

    Parameters
    ----------
    closing : date
        The deal starts at the end of this day.
    first_payment : date
        The unadjusted period end that is paid first, before any delay.
    periods : int
        Number of months, 1 to 1,200. [months]
    payment_day : int or "month_end"
        The day on which every period ends: 1 to 28, or the last day of the month.
    convention : str
        How a payment date is moved; see `calendars.adjust`.
    calendar : str or collection of dates
        Which days are business days; see `calendars.is_business_day`.
    delay : Delay
        How long after the period end it is paid.
    accrual : "adjusted" or "unadjusted"
        Whether interest accrues to the period end as moved to a business day, or to the period end itself.
    frequency : "monthly", "quarterly", "semi_annual" or "annual"
        How far payment dates are apart.
    final : date, optional
        The date of the last regular payment; a month ends on it, be it the payment day or not. By default the end of
        the last period.
    last_period : "short" or "long"
        Where the final date is no regular payment date: whether the last interest period is the days since the payment
        date before it, or these and the whole period before them.

    Returns
    -------
    Grid

    Raises
    ------
    ValueError
        If a value is not allowed, `first_payment` is not a period end after closing, a payment would move to
        closing or earlier, or a calendar closes so many days that two months are paid on one.
    """
    check_convention(convention)
    check_calendar(calendar)
    _check_payment_day(payment_day)
    if not 1 <= periods <= MOST_PERIODS:
        raise ValueError(f"{periods} periods; a deal has 1 to {MOST_PERIODS:,} monthly periods")
    first = first_period_end(closing, first_payment, payment_day)
    regular = tuple(add_months(first, t, payment_day) for t in range(periods))
    first_payment_period = _first_payment_period(closing, first_payment, regular)
    last, ends = _with_final(regular, final)
    starts = (closing, *ends[:-1])
    off_day = ends[last] != regular[last]
    pays = _payment_flags(first_payment_period - 1, last, periods, MONTHS_OF[frequency], off_day, last_period)
    closed = calendar if isinstance(calendar, str) else frozenset(calendar)
    payments = tuple(delay.payment_date(end, convention, closed) for end in ends)
    _check_paid_after_closing(closing, first_payment, payments[first_payment_period - 1])
    counted = tuple((end - start).days for start, end in zip(starts, ends, strict=True))
    accrued = tuple(adjust(end, convention, closed) for end in ends) if accrual == "adjusted" else ends
    grid = Grid(closing, first_payment_period, starts, ends, payments, counted, accrued, pays)
    check_months_tile(grid)
    return grid


def check_months_tile(grid: Grid) -> None:
    """Raise ValueError unless months and accrual periods tile the time from closing, and payments follow each other.

    Each collection month and each accrual period starts where the one before ended, the first at closing, and has a
    day at least: no gap and no overlap. No two months are paid on one day. Invariant I17.
    """
    for name, starts, ends in (
        ("collection month", grid.period_start, grid.period_end),
        ("accrual period", grid.accrual_start, grid.accrual_end),
    ):
        before = grid.closing
        for number, (start, end) in enumerate(zip(starts, ends, strict=True), 1):
            if start != before or end <= start:
                raise ValueError(
                    f"{name} {number} runs from {start} to {end}, after {before}: a gap or an overlap (I17)"
                )
            before = end
    paid = [
        (number, day) for number, (day, pays) in enumerate(zip(grid.payment_date, grid.pays, strict=True), 1) if pays
    ]
    for (number, earlier), (following, later) in pairwise(paid):
        if later <= earlier:
            raise ValueError(f"months {number} and {following} are paid on {earlier} and {later}: not in order (I17)")


def month_number(day: date, closing: date, payment_day: PaymentDay, first_end: date | None = None) -> MonthPlace:
    """Collection month in which a date falls, and how far into it.

    Month m runs from the day after its period start to its period end. Closing alone is month 0: one day, elapsed, so
    its stub share is 0. The months do not stop at the last period of a deal.

    Parameters
    ----------
    day : date
        The date to place, not before closing.
    closing : date
        As in `monthly_grid`.
    payment_day : int or "month_end"
        As in `monthly_grid`.
    first_end : date, optional
        End of the first month; by default the payment day of the month after closing.

    Returns
    -------
    MonthPlace
        A tuple of month, days elapsed and days in the month; `stub_share` is the part still to come.

    Raises
    ------
    ValueError
        If the date is before closing, or the payment day is not allowed.
    """
    _check_payment_day(payment_day)
    if day < closing:
        raise ValueError(f"{day} is before the closing {closing}")
    if day == closing:
        return MonthPlace(0, 1, 1)
    first = first_end or add_months(closing, 1, payment_day)
    month = max(1, 1 + months_between(first, day))
    if day > add_months(first, month - 1, payment_day):
        month += 1
    end = add_months(first, month - 1, payment_day)
    start = closing if month == 1 else add_months(first, month - 2, payment_day)
    return MonthPlace(month, (day - start).days, (end - start).days)


def _first_payment_period(closing: date, first_payment: date, ends: tuple[date, ...]) -> int:
    if not closing < first_payment:
        raise ValueError(f"first payment {first_payment} is not after the closing {closing}")
    if first_payment > ends[-1]:
        raise ValueError(f"first payment {first_payment} is after the last period end {ends[-1]}")
    if first_payment not in ends:
        nearest = min(ends, key=lambda end: abs(end - first_payment))
        raise ValueError(f"first payment {first_payment} is not a period end; the nearest is {nearest}")
    return ends.index(first_payment) + 1


def _with_final(regular: tuple[date, ...], final: date | None) -> tuple[int, tuple[date, ...]]:
    """Place of the month that ends on the final date, counted from 0, and the period ends with it among them."""
    if final is None:
        return len(regular) - 1, regular
    last = next((place for place, end in enumerate(regular) if end >= final), None)
    if last is None:
        raise ValueError(f"the final date {final} is after the last period end {regular[-1]}")
    return last, (*regular[:last], final, *regular[last + 1 :])


def _payment_flags(
    first: int, last: int, periods: int, months: int, off_day: bool, last_period: LastPeriod
) -> tuple[bool, ...]:
    """Which months pay, all places counted from 0: the regular ones up to the last, the last, and all after it."""
    regular = [place for place in range(first, last) if (place - first) % months == 0]
    irregular = off_day or (last - first) % months != 0
    if irregular and last_period == "long" and len(regular) > 1:
        regular.pop()
    paying = {*regular, *range(last, periods)}
    return tuple(place in paying for place in range(periods))


def _check_payment_day(payment_day: PaymentDay) -> None:
    if payment_day != "month_end" and not (isinstance(payment_day, int) and 1 <= payment_day <= 28):
        raise ValueError(f"{payment_day!r} is not a payment day; choose 1 to 28 or month_end")


def _check_paid_after_closing(closing: date, first_payment: date, paid: date) -> None:
    if paid <= closing:
        raise ValueError(f"first payment {first_payment} moves to {paid}, which is not after the closing {closing}")
