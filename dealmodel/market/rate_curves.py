"""Reference rates of a deal file: published fixings and dated forwards, read for each accrual period."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Literal

from pydantic import field_validator, model_validator

from dealmodel.basics.calendars import check_calendar
from dealmodel.basics.day_count import day_count_name
from dealmodel.basics.kinds import Kind, live, shape
from dealmodel.basics.schedule import Grid, add_months, months_between
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import Expr, Line, as_expr, maximum, prev, round_to, total_of, where
from dealmodel.market.fixings import Fixings
from dealmodel.market.overnight import (
    LONGEST_AVERAGE,
    LONGEST_LOOK_BACK,
    BusinessDays,
    Observation,
    Observed,
    averaged,
    compounded,
    observed,
)
from dealmodel.market.rate_words import USUAL_AVERAGE, conventions_in_words, curve_in_words
from dealmodel.market.rates import AfterLast, Between

IndexType = Literal["term", "compounded_in_arrears", "simple_average_in_arrears", "average_in_advance"]

PERCENT_PLACES = 2
"""Decimal places between a rate as a decimal and the same in percent."""
_YEARS = {"Act/360": 360, "Act/365F": 365}
_IN_ARREARS = ("compounded_in_arrears", "simple_average_in_arrears")
_FIXED_BEFORE = ("term", "average_in_advance")
_IN_ADVANCE = ("average_in_advance",)
_WORDS = {_IN_ARREARS: "rates in arrears", _FIXED_BEFORE: "rates fixed before", _IN_ADVANCE: "averages in advance"}
_ONLY_FOR = {
    "fixing_lag_days": _FIXED_BEFORE,
    "lookback_days": _IN_ARREARS,
    "observation_shift": _IN_ARREARS,
    "lockout_days": _IN_ARREARS,
    "daily_floor": _IN_ARREARS,
    "average_days": _IN_ADVANCE,
}


class RateCurve(Kind):
    """A reference rate: how its index of a month is made, from a curve of dated forwards and what was published."""

    kind: Literal["forward"] = shape("name", "Kind of curve")
    day_count: str = shape("name", "Day count in which the rates are quoted")
    between: Between = shape("name", "How a date between two points is read")
    after_last: AfterLast = shape("name", "How a date after the last point is read")
    points: tuple[tuple[date, float], ...] = shape("table", "Pairs of date and rate")
    shift: float = live(
        "rate per year",
        "Added to the index of every month, published or not: to the fixing, or to the rate as compounded or averaged; "
        "under a daily floor to each day's fixing, before the floor",
        ge=-0.5,
        le=1,
        default=0.0,
        reason="the curve as it stands",
    )
    index_type: IndexType = shape(
        "name",
        "`term` and `average_in_advance` are fixed before the period; in arrears each day's fixing counts",
        default="term",
        reason="loans and GPU facilities float over term rates",
    )
    calendar: str | tuple[date, ...] = shape(
        "name",
        "Business days of the fixings, or a list of holidays",
        default="NONE",
        reason="a curve of forwards has a rate for every day",
    )
    fixing_lag_days: int | None = shape(
        "days",
        "Business days before the period on which its rate is fixed",
        ge=0,
        le=LONGEST_LOOK_BACK,
        default=None,
        reason="fixed on the first day",
    )
    lookback_days: int | None = shape(
        "days",
        "Business days by which the fixing of a day precedes it",
        ge=0,
        le=LONGEST_LOOK_BACK,
        default=None,
        reason="no look-back unless one is stated",
    )
    observation_shift: bool = shape(
        "flag",
        "Whether the look-back moves the weights of the fixings too",
        default=False,
        reason="weights stay in the interest period unless it is stated",
    )
    lockout_days: int | None = shape(
        "days",
        "Last business days of a period that take the fixing before them",
        ge=0,
        le=LONGEST_LOOK_BACK,
        default=None,
        reason="no lockout unless one is stated",
    )
    average_days: int | None = shape(
        "days",
        "Calendar days up to the fixing that an average in advance compounds",
        ge=1,
        le=LONGEST_AVERAGE,
        default=None,
        reason="thirty, the shortest average that is published",
    )
    daily_floor: float | None = live(
        "rate per year",
        "Least value of each day's fixing; a floor on the rate of a month is the coupon's",
        ge=-0.05,
        le=1,
        default=None,
        reason="no floor unless one is stated",
    )
    reset_months: int | None = shape(
        "months",
        "Months for which the rate stays as it was set, as three-month term rates do",
        ge=2,
        le=120,
        default=None,
        reason="set anew for every interest period",
    )
    first_reset: date | None = shape(
        "date",
        "Day from which on the next interest period is the first whose rate is set anew; the others follow by "
        "`reset_months`",
        default=None,
        reason="`reset_months` after closing",
    )
    round_places: int | None = shape(
        "places",
        "Places of percent to which the index of a month is rounded, before floor and margin of a coupon",
        ge=0,
        le=8,
        default=None,
        reason="not rounded unless it is stated; five places are usual",
    )
    fixings: tuple[tuple[date, float], ...] = shape(
        "table",
        "Pairs of date and published rate, used up to the last of them; forwards after it",
        default=(),
        reason="nothing is published yet",
    )

    def words(self) -> str:
        """The curve, and how its fixings make the rate of a month."""
        return f"{curve_in_words(self)}; {conventions_in_words(self)}"

    @field_validator("day_count", mode="after")
    @classmethod
    def _exact(cls, name: str) -> str:
        return day_count_name(name)

    @field_validator("calendar", mode="after")
    @classmethod
    def _known(cls, calendar: str | tuple[date, ...]) -> str | tuple[date, ...]:
        check_calendar(calendar)
        return calendar

    @model_validator(mode="after")
    def _one_form(self) -> RateCurve:
        for field, types in _ONLY_FOR.items():
            value = getattr(self, field)
            if value is not None and value is not False and self.index_type not in types:
                raise ValueError(f"a rate of type {self.index_type} has no {field}; it is for {_WORDS[types]}")
        if self.first_reset is not None and self.reset_months is None:
            raise ValueError("first_reset needs reset_months; write how many months lie between resets")
        if self.reset_months is not None and self.in_arrears:
            raise ValueError("a rate in arrears has no resets: each period has its own fixings")
        if self.observation_shift and not self.lookback_days:
            raise ValueError("an observation shift needs lookback_days; write how far the observation moves back")
        if self.index_type != "term" and self.day_count not in _YEARS:
            names = " and ".join(_YEARS)
            raise ValueError(f"daily fixings are quoted in {names}; {self.day_count} has no days of a year")
        return self

    @property
    def in_arrears(self) -> bool:
        """Whether the rate of a month is known at its end only."""
        return self.index_type in _IN_ARREARS

    def observations(self, grid: Grid, months: int | None = None) -> list[tuple[Observed, ...]]:
        """Fixings that make the rate of each month, or of the first few, with the days each counts for.

        The months of one interest period have one rate, made of the whole period.
        """
        periods = grid.interest_periods[:months]
        starts = [start for start, _ in periods]
        business = BusinessDays(self.calendar, grid.closing, periods[-1][1])
        if self.in_arrears:
            rule = Observation(self.lookback_days or 0, self.observation_shift, self.lockout_days or 0)
            return [observed(start, end, rule, business) for start, end in periods]
        fixed = [business.before(start, self.fixing_lag_days or 0) for start in starts]
        if self.index_type == "term":
            return [(Observed(day, 1),) for day in fixed]
        length = timedelta(days=self.average_days or USUAL_AVERAGE)
        return [observed(day - length, day, Observation(), business) for day in fixed]

    def fixings_of(self, observations: Sequence[tuple[Observed, ...]]) -> list[list[float]]:
        """Fixing of each day that counts, by month. [per year]

        Errors: FixingsError or ValueError for a day that is neither published nor on the curve.
        """
        days = sorted({item.day for month in observations for item in month})
        book = Fixings(self.fixings, self.points, self.between, self.after_last)
        known = dict(zip(days, book.rates(days), strict=True))
        return [[known[item.day] for item in month] for month in observations]

    def index_rates(self, grid: Grid, months: int | None = None) -> list[float]:
        """Index of each month, or of the first few, before shift and rounding. [per year]

        Errors: FixingsError or ValueError for a day that is neither published nor on the curve.
        """
        observations = self.observations(grid, months)
        rates = self.fixings_of(observations)
        if self.index_type == "term":
            return [fixing for (fixing,) in rates]
        days = [[item.days for item in month] for month in observations]
        pairs = zip(rates, days, strict=True)
        if self.index_type == "simple_average_in_arrears":
            return [averaged(month, weights) for month, weights in pairs]
        return [compounded(month, weights, basis=_YEARS[self.day_count]) for month, weights in pairs]

    def resets(self, grid: Grid) -> tuple[float, ...] | None:
        """1 in each month whose rate is set anew, the first included; None where every one is."""
        if self.reset_months is None:
            return None
        starts = [start for start, _ in grid.interest_periods]
        anchor = self.first_reset or add_months(grid.closing, self.reset_months)
        due, flags = anchor, [1.0]
        while due <= starts[0]:
            due = add_months(anchor, months_between(anchor, due) + self.reset_months)
        for start in starts[1:]:
            flags.append(float(start >= due))
            while due <= start:
                due = add_months(anchor, months_between(anchor, due) + self.reset_months)
        return tuple(flags)

    def rounded(self, rate: Expr) -> Expr:
        """Round the index of a month as the rate's terms say."""
        return rate if self.round_places is None else round_to(rate, self.round_places + PERCENT_PLACES)


def define_rates(lines: Builder, curves: dict[str, RateCurve], grid: Grid) -> dict[str, Line]:
    """Define each reference rate by month: the index of the month and the shift, rounded."""
    rates = {}
    for name, curve in curves.items():
        with lines.at(curve.path, section="Prices", group=f"Rate {name}"):
            if curve.daily_floor is not None:
                rate = _floored_daily(lines, name, curve, grid)
            else:
                label = "Forward" if curve.index_type == "term" else curve.index_type.replace("_", " ").capitalize()
                given = lines.series(
                    f"market.{name}.fixing", curve.index_rates(grid), unit="rate per year", label=label
                )
                rate = given + lines.of(curve, "shift")
            rates[name] = _rate_of_the_month(lines, name, curve, rate, grid)
    return rates


def _rate_of_the_month(lines: Builder, name: str, curve: RateCurve, rate: Expr, grid: Grid) -> Line:
    """Define the rate of each month, which stays as it was where it is not set anew."""
    resets = curve.resets(grid)
    if resets is None:
        return lines.line(f"market.{name}.rate", curve.rounded(rate), unit="rate per year", label="Rate of the month")
    anew = lines.line(f"market.{name}.set_anew", curve.rounded(rate), unit="rate per year", label="If set this month")
    flags = lines.series(f"market.{name}.resets", resets, unit="flag", label="Set anew")
    held = lines.declare(f"market.{name}.rate", unit="rate per year", opening=0)
    return lines.define(held, where(flags, anew, prev(held)), label="Rate of the month")


def first_rates(lines: Builder, curves: dict[str, RateCurve], grid: Grid) -> dict[str, Expr]:
    """Rate of each curve at closing: that of the first month."""
    found: dict[str, Expr] = {}
    for name, curve in curves.items():
        if curve.daily_floor is None:
            index = lines.named(f"{name}_at_closing", curve.index_rates(grid, 1)[0], "rate per year")
            found[name] = curve.rounded(index + lines.of(curve, "shift"))
            continue
        month = curve.observations(grid, 1)
        days = [item.days for item in month[0]]
        fixings = [
            lines.named(f"{name}_at_closing_day_{number}", fixing, "rate per year")
            for number, fixing in enumerate(curve.fixings_of(month)[0], 1)
        ]
        shares = [
            lines.named(f"days_{counted}_of_{_YEARS[curve.day_count]}", counted / _YEARS[curve.day_count], "years")
            for counted in days
        ]
        whole = lines.named(f"{name}_first_month", sum(days) / _YEARS[curve.day_count], "years")
        found[name] = curve.rounded(_index_of_days(lines, curve, fixings, shares, whole))
    return found


def _floored_daily(lines: Builder, name: str, curve: RateCurve, grid: Grid) -> Expr:
    """Index of each month with the shift and the floor on every day's fixing, as formulas over the days of the month.

    A month with fewer fixings than the longest leaves its last days empty: no share of a year, and so no interest.
    """
    observations = curve.observations(grid)
    rates = curve.fixings_of(observations)
    year = _YEARS[curve.day_count]
    fixings: list[Expr] = []
    shares: list[Expr] = []
    for place in range(max(len(month) for month in observations)):
        fixing = [month[place] if place < len(month) else 0.0 for month in rates]
        share = [month[place].days / year if place < len(month) else 0.0 for month in observations]
        day = f"market.{name}.day_{place + 1:02d}"
        fixings.append(lines.series(f"{day}.fixing", fixing, unit="rate per year", label=f"Fixing {place + 1}"))
        shares.append(lines.series(f"{day}.share_of_year", share, unit="years", label=f"Days of fixing {place + 1}"))
    whole = [sum(item.days for item in month) / year for month in observations]
    period = lines.series(f"market.{name}.period", whole, unit="years", label="Days of the fixings together")
    return _index_of_days(lines, curve, fixings, shares, period)


def _index_of_days(
    lines: Builder, curve: RateCurve, fixings: Sequence[Expr], shares: Sequence[Expr], period: Expr
) -> Expr:
    """Compound or average the fixings of a period, each shifted and then floored. [per year]"""
    shift, floor = lines.of(curve, "shift"), lines.of(curve, "daily_floor")
    floored = [maximum(fixing + shift, floor) for fixing in fixings]
    if curve.index_type == "simple_average_in_arrears":
        return total_of([rate * share for rate, share in zip(floored, shares, strict=True)]) / period
    growth = as_expr(1)
    for rate, share in zip(floored, shares, strict=True):
        growth = growth * (1 + rate * share)
    return (growth - 1) / period
