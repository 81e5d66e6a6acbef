"""Reference rates read from a curve of dated forwards."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Literal

Between = Literal["linear", "step"]
AfterLast = Literal["flat", "error"]


def forward_rates(
    points: Sequence[tuple[date, float]], dates: Sequence[date], *, between: Between, after_last: AfterLast
) -> list[float]:
    """Reference rate fixed on each date.

    On the date of a point, its rate. Between two points, linear: r1 + (r2 - r1) x days since the first / days between
    the two; or step: the rate of the last point at or before the date. After the last point, its rate (flat), or an
    error. No rate is ever made up before the first point. The rates carry no day count and may be negative.

    Parameters
    ----------
    points : sequence of (date, float)
        Forward rates, at least one, in date order. [per year]
    dates : sequence of date
        Fixing dates, in any order.
    between : "linear" or "step"
        How a date between two points is read.
    after_last : "flat" or "error"
        How a date after the last point is read.

    Returns
    -------
    list of float
        One rate for each date, in the order of `dates`. [per year]

    Raises
    ------
    ValueError
        If there are no points, they are not in date order or not finite, a date is before the first, or a date is
        after the last and that is an error.
    """
    _check_points(points)
    if between not in ("linear", "step"):
        raise ValueError(f"{between!r} is not a way to read between points; choose linear or step")
    if after_last not in ("flat", "error"):
        raise ValueError(f"{after_last!r} is not a way to read after the last point; choose flat or error")
    _check_dates(points, dates, after_last)
    known = [day for day, _ in points]
    return [_rate(points, bisect_right(known, day) - 1, day, between) for day in dates]


def _rate(points: Sequence[tuple[date, float]], before: int, day: date, between: Between) -> float:
    """Read one date, given the place of the last point at or before it."""
    since, rate = points[before]
    if between == "step" or day == since or before == len(points) - 1:
        return float(rate)
    until, next_rate = points[before + 1]
    return rate + (next_rate - rate) * ((day - since).days / (until - since).days)


def _check_points(points: Sequence[tuple[date, float]]) -> None:
    if not points:
        raise ValueError("a forward curve has no points; give at least one date and rate")
    for day, rate in points:
        if not math.isfinite(rate):
            raise ValueError(f"the rate on {day} is {rate}; write a decimal per year, such as 0.043")
    for (earlier, _), (later, _) in pairwise(points):
        if later <= earlier:
            raise ValueError(f"the points of a forward curve are not in date order: {later} follows {earlier}")


def _check_dates(points: Sequence[tuple[date, float]], dates: Sequence[date], after_last: AfterLast) -> None:
    first, last = points[0][0], points[-1][0]
    for day in dates:
        if day < first:
            raise ValueError(f"no rate for {day}: it is before the first point of the forward curve, {first}")
        if day > last and after_last == "error":
            raise ValueError(f"no rate for {day}: it is after the last point of the forward curve, {last}")
