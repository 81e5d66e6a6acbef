"""Tables by month or by date of which each value is a live number. The months and dates are shape."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import ClassVar, Literal

from pydantic import model_validator

from dealmodel.basics.kinds import Kind, shape
from dealmodel.basics.points import between_points, check_points


class LivePoints(Kind):
    """Base of such tables; the values stand at `points[1]`, `points[2]` and so on, for scenarios and for cells."""

    value_unit: ClassVar[str] = "ratio"
    value_noun: ClassVar[str] = "Value"
    lowest: ClassVar[float] = 0.0
    highest: ClassVar[float | None] = None

    by: Literal["month", "date"] = shape(
        "name", "What the points are counted in: collection months, closing is 0; or dates, read on each payment date"
    )
    points: tuple[tuple[int | date, float], ...] = shape(
        "table", "Pairs of month, or date, and value; a value holds from then on"
    )
    between: Literal["step", "linear"] = shape("name", "How a month between two points is read")

    @model_validator(mode="after")
    def _in_order(self) -> LivePoints:
        if any(isinstance(at, date) is not (self.by == "date") for at, _ in self.points):
            raise ValueError(f"`by: {self.by}` wants {'dates' if self.by == 'date' else 'months'} in its points")
        if self.by == "month":
            check_points(self.points_by_number())
        for (first, _), (second, _) in pairwise(self.points_by_number()):
            if self.by == "date" and second <= first:
                raise ValueError(f"the dates must rise: {date.fromordinal(second)} follows {date.fromordinal(first)}")
        return self

    def points_by_number(self) -> list[tuple[int, float]]:
        """The points, dates as numbers of days."""
        return [(at.toordinal() if isinstance(at, date) else at, value) for at, value in self.points]

    def times_in_words(self) -> list[str]:
        """When each value begins to hold: "from month 12", "from 2028-06-30"."""
        return [f"from {at.isoformat() if isinstance(at, date) else f'month {at}'}" for at, _ in self.points]

    def paths(self) -> list[str]:
        """Place of the value of each point."""
        return [f"{self.path_of('points')}[{number}]" for number in range(1, len(self.points) + 1)]

    def weights(self, ends: Sequence[date]) -> list[tuple[float, ...]]:
        """For each point, its weight in what is read in each of the months 1..T; the sum of weight x value is read.

        Parameters
        ----------
        ends : sequence of dates
            The last day of each month: a regular payment date as the deal's terms name it, whatever day it falls on.
        """
        places = [end.toordinal() for end in ends] if self.by == "date" else range(1, len(ends) + 1)
        return weights_of_points(self.points_by_number(), places, between=self.between)


def weights_of_points(
    points: Sequence[tuple[int, float]], places: Sequence[int], *, between: str
) -> list[tuple[float, ...]]:
    """For each point, its weight in what is read at each place: the sum of weight x value is `between_points`.

    Test by hand: of points at 0 and 4, place 1 reads 0.75 of the first and 0.25 of the second linearly; 1 and 0 by
    steps.
    """
    units = [[(at, float(at == mine)) for at, _ in points] for mine, _ in points]
    return [between_points(unit, places, between=between) for unit in units]
