"""Parts of the time between two payment dates, for reserves of so many months of what falls due on payment dates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import Expr, Line, lookup
from dealmodel.lines.names import NEVER


@dataclass(frozen=True, slots=True)
class PartPeriods:
    """For each month 0..T: the payment date before it or on it, the next one, and the share of the way between them.

    Parameters
    ----------
    before, after : tuple of int
        Month numbers; closing counts as a payment date, and nothing follows the last.
    share : tuple of float
        0 on a payment date. [share]
    """

    before: tuple[int, ...]
    after: tuple[int, ...]
    share: tuple[float, ...]

    @property
    def whole(self) -> bool:
        """Whether every month pays, so that there are no parts."""
        return not any(self.share)

    def of_table(self, by_month: Sequence[float]) -> list[float]:
        """A table of sums by number of months after closing, with parts of what the next payment date adds."""
        last = len(by_month) - 1
        found = []
        for before, after, share in zip(self.before, self.after, self.share, strict=True):
            start, end = by_month[min(before, last)], by_month[min(after, last)]
            found.append(start + share * (end - start))
        return found

    def entries(self, month: Expr) -> tuple[Expr, Expr, Expr]:
        """The payment dates before and after a month number that may be live, and the share."""
        before = lookup("payment date before", self.before, month)
        return before, lookup("payment date after", self.after, month), lookup("part of a period", self.share, month)

    def define(self, lines: Builder, name: str, month: Expr) -> tuple[Line, Line, Line]:
        """The same as lines by month."""
        before, after, share = self.entries(month)
        return (
            lines.line(f"{name}.before", before, unit="month", label="Payment date before"),
            lines.line(f"{name}.after", after, unit="month", label="Payment date after"),
            lines.line(f"{name}.share", share, unit="share", label="Share of the time between them"),
        )


def part_periods(pays: Sequence[bool]) -> PartPeriods:
    """Lay out the parts of a deal's periods from the flags of its months."""
    dates = [0, *(month for month, flag in enumerate(pays, 1) if flag)]
    before, after, share, place = [], [], [], 0
    for month in range(len(pays) + 1):
        while place + 1 < len(dates) and dates[place + 1] <= month:
            place += 1
        start = dates[place]
        end = dates[place + 1] if place + 1 < len(dates) else NEVER
        before.append(start)
        after.append(end)
        share.append(0.0 if end == NEVER else (month - start) / (end - start))
    return PartPeriods(tuple(before), tuple(after), tuple(share))
