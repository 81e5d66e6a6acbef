"""Numbers given at some months, or ages, and read in between."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import pairwise


def check_points(points: Sequence[tuple[int, float]], *, what: str = "months") -> None:
    """Raise ValueError unless there is a point at 0 and the points follow each other."""
    if not points or points[0][0] != 0:
        raise ValueError(f"the first of the {what} must be 0; nothing is read before the first point")
    for (first, _), (second, _) in pairwise(points):
        if second <= first:
            raise ValueError(f"the {what} must rise: {second} follows {first}")


def between_points(points: Sequence[tuple[int, float]], places: Iterable[int], *, between: str) -> tuple[float, ...]:
    """Read points at whole places; after the last point, its value.

    Parameters
    ----------
    between : str
        `linear`; `step`, the last point at or before; `log_linear`, by equal ratios, for points above 0; `monotone`, a
        smooth curve that rises and falls nowhere but where the points do (`monotone_slopes`).

    Test by hand: the points (0, 1.0), (4, 0.0) read 0.75 at 1 linearly, and 1.0 by steps; (0, 1.0), (2, 0.25) read
    0.5 at 1 by equal ratios.
    """
    at = [place for place, _ in points]
    values = [float(value) for _, value in points]
    if between == "log_linear" and min(values) <= 0:
        raise ValueError(f"{min(values):g} cannot be reached by equal ratios; log_linear points are above 0")
    slopes = monotone_slopes(points) if between == "monotone" else ()
    read = []
    for place in places:
        index = bisect_right(at, place) - 1
        if index + 1 >= len(at) or between == "step" or at[index] == place:
            read.append(values[index])
            continue
        width = at[index + 1] - at[index]
        along = (place - at[index]) / width
        first, second = values[index], values[index + 1]
        if between == "log_linear":
            read.append(first * math.exp(math.log(second / first) * along))
        elif between == "monotone":
            read.append(_cubic(first, second, width * slopes[index], width * slopes[index + 1], along))
        else:
            read.append(first + (second - first) * along)
    return tuple(read)


def _cubic(first: float, second: float, rise_first: float, rise_second: float, along: float) -> float:
    """The cubic from one value to the next that leaves and arrives at the given slopes, both per interval."""
    rest = 1 - along
    smooth = along * along * (1 + rest + rest)
    bent = along * rest * (rest * rise_first - along * rise_second)
    value = first + (second - first) * smooth + bent
    return min(max(value, min(first, second)), max(first, second))  # rounding alone can step outside


def monotone_slopes(points: Sequence[tuple[int, float]]) -> tuple[float, ...]:
    """Slope at each point of the monotone piecewise cubic through the points (PCHIP).

    Inside: 0 where the secants on the two sides differ in sign or one is 0, else their harmonic mean with the weights
    2 x width after + width before and width after + 2 x width before. At an end: the slope of the parabola through
    three points, but 0 where it has not the sign of the end's secant, and at most three times that secant where the
    next one has the other sign. Two points make a straight line, one a flat one.

    Source: Fritsch and Butland, A method for constructing local monotone piecewise cubic interpolants, SIAM J. Sci.
    Stat. Comput. 5(2), 1984; the end slopes are those of the PCHIP routines.
    """
    if len(points) == 1:
        return (0.0,)
    widths = [second - first for (first, _), (second, _) in pairwise(points)]
    secants = [(b - a) / width for width, ((_, a), (_, b)) in zip(widths, pairwise(points), strict=True)]
    if len(secants) == 1:
        return (secants[0], secants[0])
    slopes = [_end_slope(widths[0], widths[1], secants[0], secants[1])]
    for (before, after), (left, right) in zip(pairwise(widths), pairwise(secants), strict=True):
        if left * right <= 0:
            slopes.append(0.0)
            continue
        first, second = after + after + before, after + before + before
        slopes.append((first + second) / (first / left + second / right))
    slopes.append(_end_slope(widths[-1], widths[-2], secants[-1], secants[-2]))
    return tuple(slopes)


def _end_slope(width: float, next_width: float, secant: float, next_secant: float) -> float:
    slope = ((width + width + next_width) * secant - width * next_secant) / (width + next_width)
    if slope * secant <= 0:
        return 0.0
    return 3 * secant if secant * next_secant <= 0 and abs(slope) > abs(3 * secant) else slope
