"""Published fixings where they are known, forwards after the last of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from dealmodel.basics.calendars import Calendar, is_business_day
from dealmodel.market.rates import AfterLast, Between, forward_rates


class FixingsError(ValueError):
    """A table of fixings that is no table, or lacks a day that is needed."""


@dataclass(frozen=True)
class Fixings:
    """The rate of each day: published up to the last fixing, read from the forward curve after it.

    Parameters
    ----------
    published : sequence of (date, float)
        Fixings in date order, on business days; may be empty. [per year]
    points : sequence of (date, float)
        Forward curve; see `rates.forward_rates`. [per year]
    between, after_last
        How the curve is read.
    """

    published: Sequence[tuple[date, float]]
    points: Sequence[tuple[date, float]]
    between: Between
    after_last: AfterLast

    def rates(self, days: Sequence[date]) -> list[float]:
        """Rate of each day, in the order given. [per year]

        Errors: FixingsError for a day that is not after the last fixing and has none; ValueError from the curve.
        """
        known = dict(self.published)
        last = self.published[-1][0] if self.published else date.min
        for day in days:
            if day <= last and day not in known:
                first = self.published[0][0]
                if day < first:
                    raise FixingsError(f"no fixing for {day}: the fixings start on {first}")
                raise FixingsError(f"no fixing for {day}, though there are some up to {last}")
        later = [day for day in days if day > last]
        found = dict(zip(later, self._forwards(later), strict=True))
        return [float(known[day]) if day in known else found[day] for day in days]

    def _forwards(self, days: Sequence[date]) -> list[float]:
        return forward_rates(self.points, days, between=self.between, after_last=self.after_last)


def check_published(published: Sequence[tuple[date, float]], calendar: Calendar) -> None:
    """Raise FixingsError unless fixings are finite, in date order, and on business days of their calendar."""
    for day, rate in published:
        if not math.isfinite(rate):
            raise FixingsError(f"the fixing of {day} is {rate}; write a decimal per year, such as 0.043")
    for (earlier, _), (later, _) in pairwise(published):
        if later <= earlier:
            raise FixingsError(f"the fixings are not in date order: {later} follows {earlier}")
    closed = calendar if isinstance(calendar, str) else frozenset(calendar)
    for day, _ in published:
        if not is_business_day(day, closed):
            name = calendar if isinstance(calendar, str) else "the rate's calendar"
            raise FixingsError(f"there is a fixing for {day}, which is no business day of {name}")
