"""How a reference rate says itself: its curve, and the conventions by which the rate of a month is made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dealmodel.basics.words import counted, day_in_words, name_in_words, percent

if TYPE_CHECKING:
    from dealmodel.market.rate_curves import RateCurve

USUAL_AVERAGE = 30
"""Days of an average in advance of which none are stated."""


def curve_in_words(curve: RateCurve) -> str:
    """The ends of the curve, how it is read, its shift, and what is published."""
    (first, rate), (last, end) = curve.points[0], curve.points[-1]
    ends = f"{percent(rate)} on {day_in_words(first)}"
    if last != first:
        ends += f" to {percent(end)} on {day_in_words(last)}"
    between = "straight lines" if curve.between == "linear" else "steps"
    after = "flat after the last" if curve.after_last == "flat" else "no rate after the last"
    shift = f", shifted by {percent(curve.shift)}" if curve.shift else ""
    published = f"; published rates up to {day_in_words(curve.fixings[-1][0])}" if curve.fixings else ""
    return f"Forward curve, {curve.day_count}: {ends}, {between} between points, {after}{shift}{published}"


def conventions_in_words(curve: RateCurve) -> str:
    """Type of the index, and everything that is stated of how its fixings make the rate of a month."""
    return "; ".join(_conventions(curve))


def _conventions(curve: RateCurve) -> Iterator[str]:
    if curve.index_type == "term":
        yield f"term rate, {_fixed(curve)}"
    elif curve.index_type == "average_in_advance":
        days = counted(curve.average_days or USUAL_AVERAGE, "day")
        yield f"average in advance, compounded over {days}, {_fixed(curve)}"
    else:
        yield name_in_words(curve.index_type)
        yield "no look-back" if not curve.lookback_days else f"look-back of {_business_days(curve.lookback_days)}"
        if curve.lookback_days:
            yield "with observation shift" if curve.observation_shift else "without observation shift"
        yield "no lockout" if not curve.lockout_days else f"lockout of {_business_days(curve.lockout_days)}"
    if curve.daily_floor is not None:
        yield f"each day's fixing not below {percent(curve.daily_floor)}"
    if curve.reset_months is not None:
        first = "" if curve.first_reset is None else f", first from {day_in_words(curve.first_reset)} on"
        yield f"set anew every {counted(curve.reset_months, 'month')}{first}"
    yield "not rounded" if curve.round_places is None else f"rounded to {curve.round_places} places of percent"
    yield _calendar(curve)


def _fixed(curve: RateCurve) -> str:
    if not curve.fixing_lag_days:
        return "fixed on the first day of the period"
    return f"fixed {_business_days(curve.fixing_lag_days)} before the period"


def _business_days(days: int) -> str:
    return counted(days, "business day")


def _calendar(curve: RateCurve) -> str:
    if not isinstance(curve.calendar, str):
        return f"a calendar of its own with {counted(len(curve.calendar), 'holiday')}"
    return "every day a fixing day" if curve.calendar == "NONE" else f"calendar {curve.calendar}"
