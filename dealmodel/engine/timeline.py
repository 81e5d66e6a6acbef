"""The months of a deal: how many there are, when each ends, and where the deal's events stand among them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from dealmodel.basics.day_count import CouponDates, year_fraction
from dealmodel.basics.schedule import MONTHS_OF, Grid, add_months
from dealmodel.definition.checks_dates import grid_of, last_month
from dealmodel.definition.deal import Deal
from dealmodel.lines.build import Builder
from dealmodel.lines.inputs import Input
from dealmodel.market.clock import BEGINS, FIRST_PAYMENT, ONE_PAYMENT, PAYS, SKIPPED, Clock

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
    months_per_payment : int
        Months from one regular payment date to the next. [months]
    """

    grid: Grid
    clock: Clock
    legal_final: int
    months_per_payment: int = 1

    @property
    def skipped(self) -> int | None:
        """Month of the regular payment date that a long last interest period leaves out."""
        first, step = self.grid.first_payment_period, self.months_per_payment
        regular = range(first, self.legal_final, step)
        return next((month for month in regular if not self.grid.pays[month - 1]), None)

    @property
    def periods(self) -> int:
        """T, the number of months."""
        return self.grid.periods

    def fractions(self, day_count: str, maturity: date) -> tuple[float, ...]:
        """Day-count fraction of each month: what it adds to that of its interest period so far. [years]

        So the months of a period add up to the fraction of the period, whatever the convention makes of month ends.
        """
        anchor = self.grid.period_end[self.grid.first_payment_period - 1]
        coupons = CouponDates(self.months_per_payment, anchor, self.clock.payment_day)
        found: list[float] = []
        months = zip(self.grid.interest_periods, self.grid.accrual_start, self.grid.accrual_end, strict=True)
        for (begun, _), start, end in months:
            whole = year_fraction(day_count, begun, end, maturity=maturity, coupons=coupons)
            before = (
                year_fraction(day_count, begun, start, maturity=maturity, coupons=coupons) if start > begun else 0.0
            )
            found.append(whole - before)
        return tuple(found)

    def twelfths(self) -> tuple[float, ...] | None:
        """Part of a year in each month by months, or None where each is a twelfth.

        The first period, the one that the legal final date ends and the one after may be shorter or longer than a
        month: each counts its days over those of the month that ends with it.
        """
        parts = []
        for start, end in zip(self.grid.period_start, self.grid.period_end, strict=True):
            regular = add_months(end, 0, self.clock.payment_day) == end
            month = (end - add_months(end, -1, self.clock.payment_day if regular else None)).days
            parts.append((end - start).days / month / MONTHS_OF_A_YEAR)
        return None if all(part == 1 / MONTHS_OF_A_YEAR for part in parts) else tuple(parts)

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
    return Timeline(grid, Clock(grid, terms.payment_day, events), legal_final, MONTHS_OF[terms.frequency])


def add_time(lines: Builder, timeline: Timeline) -> None:
    """Make the month numbers known to formulas."""
    months = tuple(float(month) for month in range(1, timeline.periods + 1))
    last = tuple(float(month == timeline.periods) for month in range(1, timeline.periods + 1))
    lines.add_input(Input("time.month", "month", months, label="Month", monthly=True, live=False))
    final = float(timeline.legal_final)
    lines.add_input(Input("time.legal_final", "month", final, label="Legal final date", live=False))
    lines.add_input(Input("time.last_month", "flag", last, label="Last month of the model", monthly=True, live=False))
    if not all(timeline.grid.pays):
        _add_payment_dates(lines, timeline)


def _add_payment_dates(lines: Builder, timeline: Timeline) -> None:
    """Make known which months pay, where not every month does."""
    grid = timeline.grid
    pays = tuple(float(flag) for flag in grid.pays)
    begins = (1.0, *pays[:-1])
    lines.add_input(Input(PAYS, "flag", pays, label="Ends on a payment date", monthly=True, live=False))
    lines.add_input(Input(BEGINS, "flag", begins, label="Begins an interest period", monthly=True, live=False))
    for path, value, label in (
        (ONE_PAYMENT, timeline.months_per_payment, "Months from one payment date to the next"),
        (FIRST_PAYMENT, grid.first_payment_period, "Month of the first payment"),
        (SKIPPED, timeline.skipped, "Month of the payment date left out before the last"),
    ):
        if value is not None:
            lines.add_input(Input(path, "month", float(value), label=label, live=False))
