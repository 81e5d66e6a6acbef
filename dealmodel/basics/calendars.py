"""Which days are business days, and where a date moves that is not one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from functools import lru_cache
from importlib.metadata import version
from types import MappingProxyType
from typing import Literal, get_args

from dealmodel.basics.errors import nearest

Convention = Literal["none", "following", "modified_following", "preceding", "modified_preceding"]
Calendar = str | Collection[date]

CONVENTIONS: tuple[str, ...] = get_args(Convention)
"""How a date that is not a business day may be moved."""

CALENDARS: Mapping[str, str] = MappingProxyType(
    {"NONE": "", "USD-FED": "XFED", "USD-GOVT": "XSIF", "USD-SOFR": "XSIF", "NYSE": "XNYS"}
)
"""Each named calendar, and the market in the `holidays` package whose closed days it takes; NONE takes none."""

GOOD_FRIDAY = "USD-SOFR"
"""The calendar that adds Good Friday to its table: no SOFR is published for it, early close or not."""


def is_business_day(day: date, calendar: Calendar) -> bool:
    """Whether `day` is a business day.

    NONE: every day is one, Saturdays and Sundays too. A named calendar or a list: Monday to Friday, except its
    holidays. Half days are business days.

    Parameters
    ----------
    day : date
        The day asked about.
    calendar : str or collection of dates
        A name in `CALENDARS`, or the holidays themselves. A frozenset is the fastest.

    Returns
    -------
    bool

    Raises
    ------
    ValueError
        If the calendar is unknown, or its table does not reach the year of `day`.

    Source: `holidays` 0.109, markets XFED (Federal Reserve Banks), XSIF (SIFMA full closes) and XNYS, read 2026-11-24.
    XSIF holds full closes only: Good Friday is a business day in the years of an early close, such as 2026, and is
    taken as a full close in every year not yet announced. USD-SOFR closes on every Good Friday.
    """
    if isinstance(calendar, str):
        check_calendar(calendar)
        market = CALENDARS[calendar]
        return not market or (_is_weekday(day) and day not in _closed_days(calendar, market, day.year))
    return _is_weekday(day) and day not in calendar


def adjust(day: date, convention: str, calendar: Calendar) -> date:
    """Date on which something due on `day` happens.

    none: `day` itself. following: the first business day on or after it. preceding: the last on or before it. The
    modified conventions turn round where that would leave the calendar month.

    Parameters
    ----------
    day : date
        The unadjusted date.
    convention : str
        A name in `CONVENTIONS`.
    calendar : str or collection of dates
        As in `is_business_day`.

    Returns
    -------
    date
        A business day, unless the convention is none.

    Raises
    ------
    ValueError
        If the convention or the calendar is unknown, or the table of the calendar does not reach that far.

    Source: Strata `BusinessDayConventions.java` at 39c46e3, read 2026-11-22.
    """
    check_convention(convention)
    if convention == "none":
        check_calendar(calendar)
        return day
    step = 1 if convention.endswith("following") else -1
    moved = _next_business_day(day, step, calendar)
    if convention.startswith("modified") and (moved.year, moved.month) != (day.year, day.month):
        return _next_business_day(day, -step, calendar)
    return moved


def add_business_days(day: date, count: int, calendar: Calendar) -> date:
    """Business day so many business days after `day`, or before it where the count is negative.

    Zero leaves the day alone, business day or not. From a day that is none, the first step leads to the nearest
    business day in that direction.

    Parameters
    ----------
    day : date
    count : int
        Steps from business day to business day. [days]
    calendar : str or collection of dates
        As in `is_business_day`.

    Returns
    -------
    date

    Raises
    ------
    ValueError
        If the calendar is unknown, or its table does not reach that far.
    """
    check_calendar(calendar)
    closed = calendar if isinstance(calendar, str) else frozenset(calendar)
    step = 1 if count > 0 else -1
    for _ in range(abs(count)):
        day = _next_business_day(day + timedelta(days=step), step, closed)
    return day


def holidays_version(calendar: Calendar) -> str | None:
    """Version of the `holidays` package that decides a calendar, to be kept with a result.

    Parameters
    ----------
    calendar : str or collection of dates
        As in `is_business_day`.

    Returns
    -------
    str or None
        None for NONE and for a list of dates, which do not depend on the package.

    Raises
    ------
    ValueError
        If the calendar is unknown.
    """
    check_calendar(calendar)
    if not isinstance(calendar, str) or not CALENDARS[calendar]:
        return None
    return version("holidays")


def check_calendar(calendar: Calendar) -> None:
    """Raise ValueError if the calendar is a name that is not in `CALENDARS`, with the nearest that is."""
    if isinstance(calendar, str) and calendar not in CALENDARS:
        raise ValueError(_unknown("calendar", calendar, (*CALENDARS, "a list of dates"), nearest(calendar, CALENDARS)))


def check_convention(convention: str) -> None:
    """Raise ValueError if the business-day convention is not in `CONVENTIONS`, with the nearest that is."""
    if convention not in CONVENTIONS:
        raise ValueError(_unknown("business-day convention", convention, CONVENTIONS, nearest(convention, CONVENTIONS)))


def _unknown(what: str, got: str, allowed: tuple[str, ...], hint: str) -> str:
    message = f"{got!r} is not a {what}; choose {', '.join(allowed[:-1])} or {allowed[-1]}"
    return f"{message}; {hint}" if hint else message


def _is_weekday(day: date) -> bool:
    return day.weekday() < 5


def _next_business_day(day: date, step: int, calendar: Calendar) -> date:
    closed = calendar if isinstance(calendar, str) else frozenset(calendar)
    while not is_business_day(day, closed):
        day += timedelta(days=step)
    return day


@lru_cache(maxsize=1024)
def _closed_days(calendar: str, market: str, year: int) -> frozenset[date]:
    """Holidays of one year; an error where the package has no table, because an empty one would close nothing."""
    import holidays

    try:
        table = holidays.financial_holidays(market, years=year, expand=False)
    except NotImplementedError as error:
        raise ValueError(
            f"{calendar} needs the table {market}, which holidays {version('holidays')} lacks; 0.109 has it"
        ) from error
    if not table.start_year <= year <= table.end_year:
        raise ValueError(f"{calendar} has no holidays for {year}; it covers {table.start_year} to {table.end_year}")
    if calendar != GOOD_FRIDAY:
        return frozenset(table)
    exchange = holidays.financial_holidays("XNYS", years=year, expand=False)
    return frozenset(table) | {day for day, name in exchange.items() if "Good Friday" in name}
