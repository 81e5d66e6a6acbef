"""Scheduled balances: down to what a tranche is to be paid by each month."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

from pydantic import field_validator

from dealmodel.basics.kinds import Kind, shape
from dealmodel.basics.points import between_points, check_points
from dealmodel.basics.words import listed, percent


class ScheduledBalance(Kind):
    """Shares of the original balance at some months, read in between; after the last point, its value."""

    by: Literal["month"] = shape("name", "What the points are counted in: collection months, closing is 0")
    of: Literal["original"] = shape("name", "What the shares are shares of")
    points: tuple[tuple[int, float], ...] = shape("table", "Pairs of month and share of the original balance")
    between: Literal["linear", "step"] = shape("name", "How a month between two points is read")

    @field_validator("points", mode="after")
    @classmethod
    def _in_order(cls, points: tuple[tuple[int, float], ...]) -> tuple[tuple[int, float], ...]:
        check_points(points)
        for month, share in points:
            if not 0 <= share <= 1:
                raise ValueError(f"{share:g} at month {month} is not a share of the original balance between 0 and 1")
        for (_, before), (month, after) in pairwise(points):
            if after > before:
                raise ValueError(f"a scheduled balance does not rise: {after:g} at month {month} follows {before:g}")
        return points

    def words(self) -> str:
        """The points, and how a month between two of them is read."""
        points = [f"{percent(share)} {f'in month {month}' if month else 'at closing'}" for month, share in self.points]
        whole = len(points) > 1 and self.points[0][1] == 1  # what every tranche begins with goes without saying
        read = "in straight lines" if self.between == "linear" else "in steps"
        return f"Down to {listed(points[1:] if whole else points)}, {read}"

    def shares(self, periods: int) -> tuple[float, ...]:
        """Share of the original balance scheduled to be left in each of the months 1..T."""
        return between_points(self.points, range(1, periods + 1), between=self.between)
