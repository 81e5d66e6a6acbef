"""Numbers given at some months, or ages, and read in between."""

from __future__ import annotations

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
    """Read points at whole places: linearly in between, or the last point at or before; after the last, its value.

    Test by hand: the points (0, 1.0), (4, 0.0) read 0.75 at 1 linearly, and 1.0 by steps.
    """
    at = [place for place, _ in points]
    values = [float(value) for _, value in points]
    read = []
    for place in places:
        index = bisect_right(at, place) - 1
        if index + 1 >= len(at) or between == "step" or at[index] == place:
            read.append(values[index])
        else:
            along = (place - at[index]) / (at[index + 1] - at[index])
            read.append(values[index] + (values[index + 1] - values[index]) * along)
    return tuple(read)
