"""How two dates become days and years: the day-count conventions, under their exact names.

The first day is included and the last is not. Each convention is one entry of `DAY_COUNTS`: its name, the function that
counts its days, the function that turns them into years, and the other names under which it is known.
"""

from __future__ import annotations

import re
from calendar import isleap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType

from dealmodel.basics.errors import nearest
from dealmodel.basics.schedule import PaymentDay, add_months, months_between

CountDays = Callable[[date, date, date | None], int]


@dataclass(frozen=True, slots=True)
class CouponDates:
    """The unadjusted coupon dates of an instrument, on which Act/Act ICMA counts.

    Parameters
    ----------
    months : int
        Months from one coupon date to the next: a divisor of twelve. [months]
    anchor : date
        One of them; the others follow and precede it, beyond the life of the instrument too.
    day : int or "month_end"
        The day of the month on which they fall; see `schedule.add_months`.
    """

    months: int
    anchor: date
    day: PaymentDay

    def __post_init__(self) -> None:
        if self.months < 1 or 12 % self.months:
            raise ValueError(f"coupon dates {self.months} months apart; choose 1, 2, 3, 4, 6 or 12")

    def at(self, number: int) -> date:
        """Coupon date so many coupons after the anchor; before it, where the number is negative."""
        return add_months(self.anchor, number * self.months, self.day)

    def last_until(self, day: date) -> int:
        """Number of the last coupon date that is not after a day."""
        number = months_between(self.anchor, day) // self.months
        return number if self.at(number) <= day else number - 1


CountYears = Callable[[int, date, date, CouponDates | None], float]


@dataclass(frozen=True, slots=True)
class DayCount:
    """One day-count convention.

    Parameters
    ----------
    name : str
        The only name a deal file, a workbook and a term sheet print.
    count_days : function of (start, end, maturity)
        Days that the convention counts between two dates. [days]
    count_years : function of (days, start, end, coupon dates)
        Those days as a part of a year. [years]
    aliases : tuple of str
        Other names that mean this convention and no other.
    needs_maturity : bool
        Whether the count depends on the last date of the instrument.
    """

    name: str
    count_days: CountDays
    count_years: CountYears
    aliases: tuple[str, ...] = ()
    needs_maturity: bool = False


def year_fraction(
    name: str, start: date, end: date, *, maturity: date | None = None, coupons: CouponDates | None = None
) -> float:
    """Years from `start` to `end`, under a day-count convention.

    Act/360 and the 30/360 family divide their days by 360, Act/365F by 365. Act/Act ISDA divides the days that fall in
    leap years by 366, and the others by 365. Act/Act ICMA divides the days in each coupon period by the coupons of a
    year times the days of that coupon period; a stub is counted in the coupon periods that it would be part of.

    Parameters
    ----------
    name : str
        A name in `DAY_COUNTS`, or an alias of one.
    start, end : date
        First day, included; last day, excluded.
    maturity : date, optional
        Last date of the instrument. Required by 30E/360 ISDA, ignored by the others. The dates may lie beyond it,
        as they do for a claim that is overdue.
    coupons : CouponDates, optional
        When coupons fall. Required by Act/Act ICMA, ignored by the others.

    Returns
    -------
    float
        Not negative; zero where the dates are equal. [years]

    Raises
    ------
    ValueError
        If the name is unknown or ambiguous, `start` is after `end`, 30E/360 ISDA has no maturity, or Act/Act ICMA has
        no coupon dates.

    Source: 2006 ISDA Definitions, section 4.16, and ICMA rule 251; Strata `DayCounts.java` at 39c46e3, read 2026-11-22.
    """
    convention = _convention(name)
    counted = _counted(convention, start, end, maturity)
    return convention.count_years(counted, start, end, coupons)


def days(name: str, start: date, end: date, *, maturity: date | None = None) -> int:
    """Days from `start` to `end`, as a day-count convention counts them.

    The Act conventions count calendar days. The 30/360 family counts 360 (Y2 - Y1) + 30 (M2 - M1) + (D2 - D1), after
    its own adjustment of D1 and D2; see the function of each. Equal dates count zero under every convention.

    Parameters
    ----------
    name, start, end, maturity
        As in `year_fraction`.

    Returns
    -------
    int
        Not negative. [days]

    Raises
    ------
    ValueError
        As in `year_fraction`.

    Source: 2006 ISDA Definitions, section 4.16; Strata `DayCounts.java` at 39c46e3, read 2026-11-22.
    """
    return _counted(_convention(name), start, end, maturity)


def day_count_name(text: str) -> str:
    """Exact name of the convention that `text` means.

    Capitals, spaces, parentheses and "Actual" for "Act" make no difference; well-known aliases are mapped. A name that
    several conventions go by, such as "30/360" alone, is refused: 2023-02-28 to 2023-08-31 is 183, 180, 182 or 184
    days, depending on which is meant.

    Parameters
    ----------
    text : str
        A name as a person writes it.

    Returns
    -------
    str
        A key of `DAY_COUNTS`.

    Raises
    ------
    ValueError
        If the name is ambiguous (the choices are named) or unknown (the closest name is offered).
    """
    plain = _plain(text)
    if plain in _EXACT_NAMES:
        return _EXACT_NAMES[plain]
    if plain in _AMBIGUOUS:
        raise ValueError(f"{text!r} alone is ambiguous; choose {_choices(_AMBIGUOUS[plain])}")
    message = f"{text!r} is not a day count; choose {_choices(tuple(DAY_COUNTS))}"
    hint = nearest(text, DAY_COUNTS)
    raise ValueError(f"{message}; {hint}" if hint else message)


def _calendar_days(start: date, end: date, maturity: date | None) -> int:
    """Every day of the calendar."""
    return (end - start).days


def _thirty_360_isda(start: date, end: date, maturity: date | None) -> int:
    """30/360, or Bond Basis: D1 of 31 becomes 30; then D2 of 31 becomes 30 if D1 is 30. Clause 4.16(f)."""
    first = min(start.day, 30)
    last = 30 if end.day == 31 and first == 30 else end.day
    return _thirty_360(start, end, first, last)


def _thirty_360_us(start: date, end: date, maturity: date | None) -> int:
    """30U/360: as 30/360 ISDA, after the last day of February is made a 30th.

    D1 becomes 30 if it ends February; so does D2, but only if D1 ends February too.
    """
    first = 30 if _ends_february(start) else min(start.day, 30)
    both_end_february = _ends_february(start) and _ends_february(end)
    last = 30 if both_end_february or (end.day == 31 and first == 30) else end.day
    return _thirty_360(start, end, first, last)


def _thirty_e_360(start: date, end: date, maturity: date | None) -> int:
    """30E/360, or Eurobond Basis: any 31 becomes 30. Clause 4.16(g)."""
    return _thirty_360(start, end, min(start.day, 30), min(end.day, 30))


def _thirty_e_360_isda(start: date, end: date, maturity: date | None) -> int:
    """30E/360 (ISDA): the last day of any month becomes 30, but not D2 in February at maturity. Clause 4.16(h)."""
    first = 30 if _ends_february(start) else min(start.day, 30)
    last = 30 if _ends_february(end) and end != maturity else min(end.day, 30)
    return _thirty_360(start, end, first, last)


def _thirty_360(start: date, end: date, first: int, last: int) -> int:
    return 360 * (end.year - start.year) + 30 * (end.month - start.month) + last - first


def _ends_february(day: date) -> bool:
    return day.month == 2 and (day + timedelta(days=1)).month == 3


def _over_360(counted: int, start: date, end: date, coupons: CouponDates | None) -> float:
    return counted / 360


def _over_365(counted: int, start: date, end: date, coupons: CouponDates | None) -> float:
    return counted / 365


def _by_calendar_year(counted: int, start: date, end: date, coupons: CouponDates | None) -> float:
    """Days in leap years over 366, plus the other days over 365. Clause 4.16(b)."""
    in_leap_years = sum(
        (min(end, date(year + 1, 1, 1)) - max(start, date(year, 1, 1))).days
        for year in range(start.year, end.year + 1)
        if isleap(year)
    )
    return in_leap_years / 366 + (counted - in_leap_years) / 365


def _by_coupon_period(counted: int, start: date, end: date, coupons: CouponDates | None) -> float:
    """Days in each coupon period over its own days, and over the coupons of a year. ICMA rule 251."""
    if coupons is None:
        raise ValueError("Act/Act ICMA needs the coupon dates; it counts by the days of a coupon period")
    number = coupons.last_until(start)
    of_a_year = coupons.months / 12
    years = 0.0
    while start < end:
        begins, ends = coupons.at(number), coupons.at(number + 1)
        until = min(end, ends)
        years += of_a_year * ((until - start).days / (ends - begins).days)
        start, number = until, number + 1
    return years


_CONVENTIONS = (
    DayCount("Act/360", _calendar_days, _over_360, ("A/360",)),
    DayCount("Act/365F", _calendar_days, _over_365, ("Act/365 Fixed", "A/365F")),
    DayCount("30/360 ISDA", _thirty_360_isda, _over_360, ("30/360 Bond Basis", "Bond Basis", "30A/360")),
    DayCount("30/360 US", _thirty_360_us, _over_360, ("30U/360", "30US/360", "30/360 SIA")),
    DayCount(
        "30E/360",
        _thirty_e_360,
        _over_360,
        ("30E/360 Eurobond Basis", "Eurobond Basis", "30/360 Eurobond Basis", "30/360 ICMA", "30S/360"),
    ),
    DayCount("30E/360 ISDA", _thirty_e_360_isda, _over_360, ("30E/360-ISDA",), needs_maturity=True),
    DayCount("Act/Act ISDA", _calendar_days, _by_calendar_year, ("Act/Act-ISDA",)),
    DayCount(
        "Act/Act ICMA",
        _calendar_days,
        _by_coupon_period,
        ("Act/Act-ICMA", "Act/Act ISMA", "Act/Act Bond"),
    ),
)

DAY_COUNTS: Mapping[str, DayCount] = MappingProxyType({convention.name: convention for convention in _CONVENTIONS})
"""Every convention, by its exact name."""


def _plain(text: str) -> str:
    """Write a name without what people vary: capitals, spaces, parentheses, "actual" for "act"."""
    words = re.sub(r"[()\s]+", " ", text).strip().lower().replace("actual", "act")
    return re.sub(r"\s*/\s*", "/", words)


_EXACT_NAMES = {_plain(text): known.name for known in _CONVENTIONS for text in (known.name, *known.aliases)}

# "Act/365" meant Act/Act in the 1991 definitions and means the fixed count today.
_AMBIGUOUS = {
    "30/360": ("30/360 ISDA", "30/360 US", "30E/360", "30E/360 ISDA"),
    "act/365": ("Act/365F", "Act/Act ISDA"),
    "act/act": ("Act/Act ISDA", "Act/Act ICMA"),
}


def _convention(name: str) -> DayCount:
    return DAY_COUNTS.get(name) or DAY_COUNTS[day_count_name(name)]


def _counted(convention: DayCount, start: date, end: date, maturity: date | None) -> int:
    if start > end:
        raise ValueError(f"start {start} is after end {end}")
    if convention.needs_maturity and maturity is None:
        raise ValueError(f"{convention.name} needs the maturity date; the end of February is not a 30th then")
    # An empty period that ends February at maturity would count -2 days: its start is a 30th, its end is not.
    return convention.count_days(start, end, maturity) if start < end else 0


def _choices(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
