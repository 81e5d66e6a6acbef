"""The months of a deal: how many there are, when each ends, and where the deal's events stand among them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from dealmodel.basics.day_count import CouponDates, year_fraction
from dealmodel.basics.schedule import Grid, add_months
from dealmodel.definition.checks_dates import grid_of, last_month
from dealmodel.definition.deal import Deal
from dealmodel.lines.build import Builder
from dealmodel.lines.inputs import Input
from dealmodel.market.clock import Clock

AVERAGE_LIFE_BASIS = "30/360 ISDA"
"""Day count of average lives: from closing to each payment date, as prospectuses print them."""

MONTHS_OF_A_YEAR = 12


@dataclass(frozen=True, slots=True)
class Timeline:
    """Months 1..T of a deal, the tail after the legal final date included.

    Parameters
    ----------
    grid : Grid
    clock : Clock
    legal_final : int
        Month number of the legal final date.
    """

    grid: Grid
    clock: Clock
    legal_final: int

    @property
    def periods(self) -> int:
        """T, the number of months."""
        return self.grid.periods

    def fractions(self, day_count: str, maturity: date) -> tuple[float, ...]:
        """Day-count fraction of each month, from accrual end to accrual end; coupons are monthly. [years]"""
        pairs = zip(self.grid.accrual_start, self.grid.accrual_end, strict=True)
        coupons = CouponDates(1, self.grid.period_end[0], self.clock.payment_day)
        return tuple(year_fraction(day_count, start, end, maturity=maturity, coupons=coupons) for start, end in pairs)

    def twelfths(self) -> tuple[float, ...] | None:
        """Part of a year in each month by months, or None where each is a twelfth.

        The first period may be shorter or longer than a month: it counts its days over those of a whole month.
        """
        start, end = self.grid.period_start[0], self.grid.period_end[0]
        month = (end - add_months(end, -1, self.clock.payment_day)).days
        if (end - start).days == month:
            return None
        return ((end - start).days / month / MONTHS_OF_A_YEAR, *(1 / MONTHS_OF_A_YEAR for _ in self.grid.days[1:]))

    def year_begins(self, year: str) -> tuple[float, ...]:
        """1 in the first month of each year: `from_closing`, months 1, 13, 25; `calendar`, by payment dates."""
        if year == "from_closing":
            return tuple(float(month % MONTHS_OF_A_YEAR == 0) for month in range(self.periods))
        before = (self.grid.closing, *self.grid.payment_date)
        return tuple(float(day.year > last.year) for last, day in pairwise(before))

    def years_from_closing(self) -> tuple[float, ...]:
        """Time from closing to each payment date, 30/360. [years]"""
        return tuple(year_fraction(AVERAGE_LIFE_BASIS, self.grid.closing, day) for day in self.grid.payment_date)


def timeline_of(deal: Deal) -> Timeline:
    """Lay out the months of a deal.

    There is a month for each from closing to the legal final date. Where some state sells the equipment there are
    1 + lag_months more: unpaid notes default on the payment date after the legal final date, and a sale takes the lag.
    """
    terms = deal.deal
    legal_final = last_month(terms)
    tail = 0
    if any(state.remedy == "sell" for state in deal.states.values()):
        tail = 1 + deal.collateral.units_sold.lag_months
    grid = grid_of(terms, tail)
    events = {"closing": 0, "legal_final": legal_final}
    return Timeline(grid, Clock(grid, terms.payment_day, events), legal_final)


def add_time(lines: Builder, timeline: Timeline) -> None:
    """Make the month numbers known to formulas."""
    months = tuple(float(month) for month in range(1, timeline.periods + 1))
    last = tuple(float(month == timeline.periods) for month in range(1, timeline.periods + 1))
    lines.add_input(Input("time.month", "month", months, label="Month", monthly=True, live=False))
    final = float(timeline.legal_final)
    lines.add_input(Input("time.legal_final", "month", final, label="Legal final date", live=False))
    lines.add_input(Input("time.last_month", "flag", last, label="Last month of the model", monthly=True, live=False))
