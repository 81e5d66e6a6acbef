"""Tables by month of which each value is a live number. The months are shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import field_validator

from dealmodel.basics.kinds import Kind, shape
from dealmodel.basics.points import between_points, check_points


class LivePoints(Kind):
    """Base of such tables; the values stand at `points[1]`, `points[2]` and so on, for scenarios and for cells."""

    value_unit: ClassVar[str] = "ratio"
    value_noun: ClassVar[str] = "Value"
    lowest: ClassVar[float] = 0.0
    highest: ClassVar[float | None] = None

    by: Literal["month"] = shape("name", "What the points are counted in: collection months, closing is 0")
    points: tuple[tuple[int, float], ...] = shape("table", "Pairs of month and value; a value holds from its month on")
    between: Literal["step", "linear"] = shape("name", "How a month between two points is read")

    @field_validator("points", mode="after")
    @classmethod
    def _in_order(cls, points: tuple[tuple[int, float], ...]) -> tuple[tuple[int, float], ...]:
        check_points(points)
        return points

    def paths(self) -> list[str]:
        """Place of the value of each point."""
        return [f"{self.path_of('points')}[{number}]" for number in range(1, len(self.points) + 1)]

    def weights(self, periods: int) -> list[tuple[float, ...]]:
        """For each point, its weight in what is read in each of the months 1..T; the sum of weight x value is read."""
        return weights_of_points(self.points, range(1, periods + 1), between=self.between)


def weights_of_points(
    points: Sequence[tuple[int, float]], places: Sequence[int], *, between: str
) -> list[tuple[float, ...]]:
    """For each point, its weight in what is read at each place: the sum of weight x value is `between_points`.

    Test by hand: of points at 0 and 4, place 1 reads 0.75 of the first and 0.25 of the second linearly; 1 and 0 by
    steps.
    """
    units = [[(at, float(at == mine)) for at, _ in points] for mine, _ in points]
    return [between_points(unit, places, between=between) for unit in units]
