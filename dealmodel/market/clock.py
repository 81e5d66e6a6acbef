"""Where a moment of the deal stands among its months, and how much of each month follows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from dealmodel.basics.moments import Moment
from dealmodel.basics.schedule import Grid, MonthPlace, PaymentDay, add_months, month_number
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import Expr, Line, as_expr, lookup, prev
from dealmodel.lines.names import NEVER


@dataclass(frozen=True, slots=True)
class Shares:
    """How much of each month follows a moment.

    Parameters
    ----------
    started : line by month
        1 from the month in which the moment falls. [flag]
    share : line by month
        Share of the month after the moment: 0 before, a stub in its own month, 1 after. [share]
    stub : Expr or None
        The stub itself; None where the moment is the last day of a month, and the stub is 0.
    """

    started: Line
    share: Line
    stub: Expr | None


@dataclass(frozen=True, slots=True)
class Clock:
    """The deal's months and named events."""

    grid: Grid
    payment_day: PaymentDay
    events: Mapping[str, int]

    def month(self, moment: Moment) -> int:
        """Month number of a moment; 9999 for never. ValueError for a date before closing."""
        if moment.month is not None:
            return moment.month
        if moment.day is not None:
            return self._place(moment.day).month
        if moment.event == "never":
            return NEVER
        if moment.event not in self.events:
            raise ValueError(f"{moment.event!r} has no meaning here; there are {', '.join(self.events)} and never")
        return self.events[moment.event]

    def day_month(self, day: date) -> int:
        """Month number of a day."""
        return self._place(day).month

    def stubs(self, moment: Moment) -> tuple[float, ...] | None:
        """Share of each month 0..T after the moment's day of the month, or None where that day is the last.

        A moment that a scenario moves keeps its day of the month, so its stub is looked up by month.
        """
        if moment.day is None:
            return None
        place = self._place(moment.day)
        if place.month == 0 or place.stub_share == 0.0:
            return None
        return (0.0, *(self._stub(period, moment.day) for period in range(self.grid.periods)))

    def _place(self, day: date) -> MonthPlace:
        return month_number(day, self.grid.closing, self.payment_day, self.grid.period_end[0])

    def _stub(self, period: int, moment: date) -> float:
        start, end = self.grid.period_start[period], self.grid.period_end[period]
        day = moment
        if not start < moment <= end:
            day = add_months(start, 0, moment.day)
            day = min(add_months(start, 1, moment.day) if day <= start else day, end)
        return (end - day).days / (end - start).days

    def shares_after(
        self, lines: Builder, name: str, moment: Moment, month: Expr, *, stub: Expr | None = None
    ) -> Shares:
        """Define the share of each month after a moment whose month number may move.

        Parameters
        ----------
        name : str
            Lines are called `<name>_started` and `<name>_share`.
        moment : Moment
            As the deal file has it; its day of the month is shape.
        month : Expr
            Its month number, a live number or a constant line.
        stub : Expr, optional
            Share of its own month that follows it, where that is not a matter of the calendar.
        """
        started = lines.line(
            f"{name}_started",
            lines.param("time.month") >= month,
            unit="flag",
            label="Started",
            role="flag",
            opening=as_expr(0) >= month,
        )
        if stub is None:
            stub = self.stub(lines, name, moment, month)
        share: Expr = prev(started)
        if stub is not None:
            share = share + (started - prev(started)) * stub
        return Shares(started, lines.line(f"{name}_share", share, unit="share", label="Share of the month"), stub)

    def stub(self, lines: Builder, name: str, moment: Moment, month: Expr) -> Line | None:
        """Define the share of a moment's own month that follows it; None where it falls on a month's last day."""
        table = self.stubs(moment)
        if table is None:
            return None
        found = lookup(f"{name} stub", table, month)
        return lines.constant(f"{name}_stub", found, unit="share", label="Share of the first month")
