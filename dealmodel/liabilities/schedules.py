"""Scheduled balances: down to what a tranche is to be paid by each month."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import field_validator, model_validator

from dealmodel.basics.kinds import Family, Kind, shape, union_of
from dealmodel.basics.points import between_points, check_points
from dealmodel.basics.words import listed, names_in_words, percent


class Schedule(Family):
    """Base of the schedules: a table, or what a pool would repay."""

    noun: ClassVar[str] = "schedule"


class ScheduledBalance(Schedule):
    """Shares of the original balance at some months, read in between; after the last point, its value."""

    key: ClassVar[str] = "points"
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


class PlannedPrincipal(Kind):
    """The least of the principal that a pool would repay in a month at several speeds, without defaults."""

    pool: str = shape("name", "Pool of receivables")
    measure: Literal["psa", "cpr", "smm", "abs"] = shape("name", "What the speeds are speeds of")
    speeds: tuple[float, ...] = shape(
        "times", "Speeds of the structuring range: 0.9 is 90% PSA, 0.06 a CPR of 6%; one speed is a targeted balance"
    )
    net_of: tuple[str, ...] = shape(
        "name", "Tranches above it in the file whose planned principal is taken off first", default=(),
        reason="the first layer",
    )  # fmt: skip

    @model_validator(mode="after")
    def _speeds(self) -> PlannedPrincipal:
        if not self.speeds:
            raise ValueError("`speeds` is empty; a planned balance needs the ends of its range, such as [0.9, 3.0]")
        most = 100.0 if self.measure == "psa" else 1.0
        for speed in self.speeds:
            if not 0 <= speed <= most:
                raise ValueError(f"the speed {speed:g} of {self.measure.upper()} is not between 0 and {most:g}")
        return self

    def words(self) -> str:
        """The range, and what is taken off first."""
        speeds = listed([percent(speed) for speed in self.speeds])
        net = f", less the planned principal of {names_in_words(self.net_of)}" if self.net_of else ""
        return f"the least principal of the pool {self.pool.replace('_', ' ')} at {speeds} {self.measure.upper()}{net}"


class PlannedBalance(Schedule):
    """Original balance less planned principal so far, down to nothing. What the range leaves is not scheduled.

    It follows from the pool as the file has it; a change of its speeds of prepayment does not move it.
    """

    key: ClassVar[str] = "planned"
    planned: PlannedPrincipal = shape("name", "Principal of each month")

    def words(self) -> str:
        """What brings it down."""
        return f"Down by {self.planned.words()}"


if TYPE_CHECKING:
    AnySchedule = Schedule
else:
    AnySchedule = union_of(Schedule)
