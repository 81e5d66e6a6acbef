"""Rates made of daily fixings: which fixing counts for how many days of a period, and the rate they come to."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from dealmodel.basics.calendars import Calendar, is_business_day

LONGEST_LOOK_BACK = 30
"""Most business days by which a fixing may precede the day it counts for."""
LONGEST_AVERAGE = 180
"""Most calendar days of an average that is published in advance."""
_DAYS_BEFORE_CLOSING = LONGEST_AVERAGE + 5 * LONGEST_LOOK_BACK
_DAYS_AFTER_END = 31


class PeriodError(ValueError):
    """A period of which no fixing is left to count."""


class Observed(NamedTuple):
    """One fixing of a period.

    Parameters
    ----------
    day : date
        Business day of the fixing.
    days : int
        Calendar days for which it counts. [days]
    """

    day: date
    days: int


@dataclass(frozen=True, slots=True)
class Observation:
    """Which fixings a period in arrears looks at.

    Parameters
    ----------
    lookback_days : int
        Business days by which the fixing of a day precedes it.
    observation_shift : bool
        Whether the days that weigh the fixings move with them, so that the whole period is observed earlier.
    lockout_days : int
        Last business days of the period that take the fixing before them.
    """

    lookback_days: int = 0
    observation_shift: bool = False
    lockout_days: int = 0


class BusinessDays:
    """The business days of a calendar around the life of a deal, in order.

    Parameters
    ----------
    calendar : str or collection of dates
        As in `calendars.is_business_day`.
    first, last : date
        Closing and the last period end; some months before and after are known too.

    Errors: ValueError if the calendar is unknown, does not reach that far, or closes every day.
    """

    def __init__(self, calendar: Calendar, first: date, last: date) -> None:
        start = first - timedelta(days=_DAYS_BEFORE_CLOSING)
        closed = calendar if isinstance(calendar, str) else frozenset(calendar)
        every = [start + timedelta(days=n) for n in range((last - start).days + _DAYS_AFTER_END)]
        self.days = [day for day in every if is_business_day(day, closed)]

    def on_or_before(self, day: date) -> date:
        """Last business day that is not after a day."""
        return self.before(day, 0)

    def before(self, day: date, count: int) -> date:
        """Business day so many business days before a day; from a day that is none, the first step is to the last one.

        With a count of 0, the last business day that is not after the day.
        """
        place = bisect_right(self.days, day) - 1
        is_open = place >= 0 and self.days[place] == day
        place -= count if is_open or count == 0 else count - 1
        if place < 0:
            raise ValueError(f"{count} business days before {day} is further back than the calendar is looked at")
        return self.days[place]


def observed(start: date, end: date, rule: Observation, business: BusinessDays) -> tuple[Observed, ...]:
    """Fixings of a period in arrears, with the days that each counts for.

    Each business day of the period counts until the next; a day that is none counts for the business day before it.
    With a look-back, the fixing is that of so many business days earlier, and the days stay those of the interest
    period. With an observation shift the period itself is moved back, and days are counted in it. In a lockout the last
    business days take the fixing of the one before them.

    Parameters
    ----------
    start, end : date
        First day of the period, included; last day, excluded.
    rule : Observation
    business : BusinessDays

    Returns
    -------
    tuple of Observed
        In order; the days add up to those of the period that is observed.

    Errors: PeriodError if the lockout leaves no fixing, or the shifted period has no day.

    Source: ARRC, conventions for SOFR in arrears: look-back, observation shift and lockout, read 2026-11-22.
    """
    lookback = rule.lookback_days
    if rule.observation_shift and lookback:
        start, end = business.before(start, lookback), business.before(end, lookback)
        lookback = 0
    if start >= end:
        raise PeriodError(f"the period observed from {start} to {end} has no day")
    found: list[Observed] = []
    day = start
    while day < end:
        fixed = business.on_or_before(day)
        place = bisect_right(business.days, day)
        until = min(end, business.days[place]) if place < len(business.days) else end
        found.append(Observed(business.before(fixed, lookback), (until - day).days))
        day = until
    if rule.lockout_days >= len(found):
        raise PeriodError(f"a lockout of {rule.lockout_days} days leaves no fixing of the {len(found)} from {start}")
    if rule.lockout_days:
        locked = found[-rule.lockout_days - 1].day
        kept = found[: -rule.lockout_days]
        found = kept + [Observed(locked, item.days) for item in found[-rule.lockout_days :]]
    return tuple(found)


def compounded(rates: Sequence[float], days: Sequence[int], *, basis: int) -> float:
    """Rate of a period by compounding: [product of (1 + rate x days / basis) - 1] x basis / days of the period.

    Parameters
    ----------
    rates : sequence of float
        Fixings, in order. [per year]
    days : sequence of int
        For how many calendar days each counts. [days]
    basis : int
        Days of a year in which the rates are quoted: 360 or 365.

    Returns
    -------
    float
        [per year]
    """
    growth = 1.0
    for rate, counted in zip(rates, days, strict=True):
        growth *= 1.0 + rate * (counted / basis)
    return (growth - 1.0) / (sum(days) / basis)


def averaged(rates: Sequence[float], days: Sequence[int]) -> float:
    """Rate of a period as the average of its fixings, weighed by days. [per year]"""
    return sum(rate * counted for rate, counted in zip(rates, days, strict=True)) / sum(days)
