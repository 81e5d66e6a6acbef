"""The deal's months: when each ends, when it is paid, and which of them a date falls in."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

from dealmodel.basics.calendars import Calendar, adjust, check_calendar, check_convention

MOST_PERIODS = 1200
"""A hundred years of months."""

PaymentDay = int | Literal["month_end"]


@dataclass(frozen=True, slots=True)
class Grid:
    """The monthly periods of a deal. Every tuple has one entry for each period 1..T.

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
        The period end, moved to a business day.
    days : tuple of int
        Calendar days from `period_start` to `period_end`. [days]
    """

    closing: date
    first_payment_period: int
    period_start: tuple[date, ...]
    period_end: tuple[date, ...]
    payment_date: tuple[date, ...]
    days: tuple[int, ...]

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


def monthly_grid(
    closing: date,
    first_payment: date,
    periods: int,
    *,
    payment_day: PaymentDay,
    convention: str,
    calendar: Calendar,
) -> Grid:
    """Periods of a deal that collects and pays monthly.

    Period t ends t months after the month of closing, on the payment day. So period 1 may be short or long: from
    closing on 31 January it has 1 day to 1 February, or 28 to the end of February. Its payment date is the period end,
    moved to a business day; accrual does not move with it.

    Parameters
    ----------
    closing : date
        The deal starts at the end of this day.
    first_payment : date
        The unadjusted period end that is paid first.
    periods : int
        Number of months, 1 to 1,200. [months]
    payment_day : int or "month_end"
        The day on which every period ends: 1 to 28, or the last day of the month.
    convention : str
        How a payment date is moved; see `calendars.adjust`.
    calendar : str or collection of dates
        Which days are business days; see `calendars.is_business_day`.

    Returns
    -------
    Grid

    Raises
    ------
    ValueError
        If a value is not allowed, `first_payment` is not a period end after closing, or a payment would move to
        closing or earlier.
    """
    check_convention(convention)
    check_calendar(calendar)
    _check_payment_day(payment_day)
    if not 1 <= periods <= MOST_PERIODS:
        raise ValueError(f"{periods} periods; a deal has 1 to {MOST_PERIODS:,} monthly periods")
    ends = tuple(add_months(closing, t, payment_day) for t in range(1, periods + 1))
    starts = (closing, *ends[:-1])
    first_payment_period = _first_payment_period(closing, first_payment, ends)
    closed = calendar if isinstance(calendar, str) else frozenset(calendar)
    payments = tuple(adjust(end, convention, closed) for end in ends)
    _check_paid_after_closing(closing, first_payment, payments[first_payment_period - 1])
    counted = tuple((end - start).days for start, end in zip(starts, ends, strict=True))
    return Grid(closing, first_payment_period, starts, ends, payments, counted)


def month_number(day: date, closing: date, payment_day: PaymentDay) -> MonthPlace:
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
    month = max(1, months_between(closing, day))
    if day > add_months(closing, month, payment_day):
        month += 1
    end = add_months(closing, month, payment_day)
    start = closing if month == 1 else add_months(closing, month - 1, payment_day)
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


def _check_payment_day(payment_day: PaymentDay) -> None:
    if payment_day != "month_end" and not (isinstance(payment_day, int) and 1 <= payment_day <= 28):
        raise ValueError(f"{payment_day!r} is not a payment day; choose 1 to 28 or month_end")


def _check_paid_after_closing(closing: date, first_payment: date, paid: date) -> None:
    if paid <= closing:
        raise ValueError(f"first payment {first_payment} moves to {paid}, which is not after the closing {closing}")
