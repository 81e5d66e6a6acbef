"""What an investor asks of a tranche: lives, yields at a price, margin, durations, window, shortfalls and loss."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dealmodel.analytics.durations import (
    Convention,
    average_life,
    convexity,
    counted,
    macaulay_duration,
    modified_duration,
)
from dealmodel.analytics.reading import (
    HALF_A_CENT,
    TrancheFlows,
    accrual_years,
    day_count_of,
    flows_of,
    index_of,
    month_where,
    outstanding_from_closing,
    rate_lines,
    years_by_period,
)
from dealmodel.analytics.spreads import discount_margin, price_from_margin, spread_over_curve
from dealmodel.basics.solved import Rate
from dealmodel.basics.yields import BASES, basis_named, price_from_yield, years_from, yield_from_price
from dealmodel.engine.issue import NO_PAR, PAR, QUOTE
from dealmodel.engine.result import Result
from dealmodel.lines.arithmetic import Floats


@dataclass(frozen=True, eq=False)
class TrancheMetrics:
    """Figures of one tranche in one Result, settled at closing at a price.

    Parameters
    ----------
    result : Result
    tranche : str
    price : float
        Paid at closing per 100 of balance, of a strip per 100 of notional; no interest has accrued by then. NaN where
        nobody states it: a strip has no par.
    """

    result: Result
    tranche: str
    price: float = PAR

    @cached_property
    def flows(self) -> TrancheFlows:
        """What the holder gets."""
        return flows_of(self.result, self.tranche)

    @property
    def paid(self) -> float:
        """What the holder paid. [currency]"""
        return self.flows.balance * self.price / PAR

    @property
    def capitalises(self) -> bool:
        """Whether interest may be added to the balance, so that the two average lives differ."""
        return self.result.capitalises(self.tranche)

    def average_life(self, *, day_count: str = "30/360 ISDA", positive_only: bool = False) -> float | None:
        """Average life from closing, None where no principal is paid.

        Signed unless `positive_only`: a month in which more interest is added to the balance than principal is repaid
        is negative principal, and there is no life where no more than half a cent comes back beyond what was added.
        `positive_only` leaves such months out. [years]
        """
        convention: Convention = "positive_only" if positive_only else "signed"
        principal = counted(self.flows.change, convention)
        if principal.sum() <= HALF_A_CENT:
            return None
        return average_life(years_from(self.flows.closing, self.flows.dates, day_count), principal)

    def yield_in(self, basis: str) -> Rate:
        """Yield at the price, in a basis of `BASES`; none of a strip without a price. [per year]"""
        if math.isnan(self.price):
            return Rate.none(NO_PAR)
        quoted, flows = basis_named(basis), self.flows
        years = quoted.years(flows.closing, flows.paid_on)
        return yield_from_price(years, flows.received, self.paid, per_year=quoted.per_year)

    def price_at(self, rate: float, basis: str = QUOTE) -> float:
        """Price per 100 at a yield in a basis."""
        quoted, flows = basis_named(basis), self.flows
        years = quoted.years(flows.closing, flows.paid_on)
        worth = price_from_yield(years, flows.received, rate, per_year=quoted.per_year)
        return worth * PAR / flows.balance

    def discount_margin(self, *, day_count: str | None = None) -> Rate:
        """Margin over the index that the price leaves, the index at the path of the run. [per year]

        Simple over each period from one payment date to the next, in the coupon's own day count unless another is
        named. So it is the quoted margin at par on a reset date, where interest accrues to the payment dates. The index
        is taken without the coupon's floor: where the floor binds, the margin is above the quoted one.
        """
        if self.index is None:
            return Rate.none("the coupon is fixed")
        if math.isnan(self.price):
            return Rate.none(NO_PAR)
        return discount_margin(self.margin_years(day_count), self.flows.received, self.paid, index=self.index)

    def price_at_margin(self, margin: float) -> float:
        """Price per 100 at a discount margin over the path of the index in the run."""
        if self.index is None:
            raise ValueError(f"the coupon of {self.tranche} is fixed; give a yield")
        worth = price_from_margin(self.margin_years(), self.flows.received, margin, index=self.index)
        return worth * PAR / self.flows.balance

    def margin_years(self, day_count: str | None = None) -> Floats:
        """Years from closing to each payment date, period by period, in the coupon's day count or another."""
        if day_count is None:
            return accrual_years(self.result, self.tranche, self.flows.places)
        return years_by_period(self.result, day_count, self.flows.paid_on)

    def spread_over(self, curve: str, *, day_count: str | None = None) -> Rate:
        """Constant spread (Z-spread), continuously compounded, over the forwards of a rate of the market. [per year]

        Time is counted as the rate is quoted, unless a day count is named; a forward holds from one payment date to the
        next.
        """
        line = f"market.{curve}.rate"
        if line not in self.result.model.definitions:
            raise ValueError(f"{curve!r} is no rate of this deal's market")
        if math.isnan(self.price):
            return Rate.none(NO_PAR)
        flows = self.flows
        years = years_by_period(self.result, day_count or day_count_of(self.result, f"market.{curve}"), flows.paid_on)
        forwards = self.result.lines[line][flows.places]
        return spread_over_curve(years, flows.received, self.paid, forwards=forwards)

    @cached_property
    def curve(self) -> str | None:
        """The rate over which its spread is told: that of its coupon, else the first of the market."""
        line = index_of(self.result, self.tranche)
        found = [line] if line is not None else rate_lines(self.result)
        return found[0].split(".")[1] if found else None

    @cached_property
    def spread(self) -> Rate:
        """Spread over `curve`, or why there is none. [per year]"""
        return Rate.none("the deal's market has no rate") if self.curve is None else self.spread_over(self.curve)

    @cached_property
    def index(self) -> Floats | None:
        """Index of its coupon on each payment date, None where the coupon is fixed. [per year]"""
        line = index_of(self.result, self.tranche)
        return None if line is None else np.asarray(self.result.lines[line][self.flows.places])

    @cached_property
    def durations(self) -> tuple[float, float, float] | None:
        """Macaulay duration, modified duration and convexity on the semi-annual basis, None without a yield.

        Flows are those of the run; where rates move them, see `sensitivity.effective_durations`. [years, years^2]
        """
        found = self.rates[f"yield_{QUOTE}"].value
        if found is None:
            return None
        quoted = BASES[QUOTE]
        years, cash = quoted.years(self.flows.closing, self.flows.paid_on), self.flows.received
        return (
            macaulay_duration(years, cash, found, per_year=quoted.per_year),
            modified_duration(years, cash, found, per_year=quoted.per_year),
            convexity(years, cash, found, per_year=quoted.per_year),
        )

    @property
    def principal_window(self) -> tuple[int, int] | None:
        """First and last month in which principal is paid, None where none is."""
        paid = self.flows.principal > HALF_A_CENT
        first, last = month_where(paid), month_where(paid, last=True)
        return None if first is None or last is None else (first, last)

    @property
    def total_interest(self) -> float:
        """Interest paid over the life. [currency]"""
        return float(self.flows.interest.sum())

    @property
    def worst_interest_shortfall(self) -> float:
        """Most interest that was unpaid after any payment date. [currency]"""
        return float(self.result.lines[f"{self.tranche}.interest_shortfall"].max())

    @property
    def first_interest_shortfall(self) -> int | None:
        """First month after whose payment date interest is unpaid."""
        return month_where(self.result.lines[f"{self.tranche}.interest_shortfall"] > HALF_A_CENT)

    @property
    def principal_shortfall(self) -> float:
        """Balance not repaid by the legal final date, whatever is paid on it later. [currency]"""
        final = int(self.result.model.facts["legal_final_month"]) - 1
        lines = self.result.lines
        return float(lines[f"{self.tranche}.opening_balance"][final] - lines[f"{self.tranche}.principal_paid"][final])

    @property
    def loss(self) -> float:
        """Principal written down. [currency]"""
        return float(self.result.lines[f"{self.tranche}.write_down"].sum())

    @property
    def factors(self) -> Floats:
        """Share of the original balance or notional outstanding after each payment date. Shape (T,)."""
        return np.asarray(outstanding_from_closing(self.result, self.tranche)[1:] / self.flows.balance)

    @cached_property
    def rates(self) -> dict[str, Rate]:
        """Yields, margin and spread by their column, each a number or the reason why there is none."""
        yields = {f"yield_{basis}": self.yield_in(basis) for basis in BASES}
        return {**yields, "discount_margin": self.discount_margin(), "spread": self.spread}

    def row(self) -> dict[str, float | str | None]:
        """The figures as one row of a table; where there is no yield, margin or spread, `..._note` says why."""
        lives, window = self.durations or (None, None, None), self.principal_window or (None, None)
        rates = self.rates
        return {
            "balance": self.flows.balance,
            "price": self.price,
            "wal_30_360": self.average_life(),
            "wal_act_365": self.average_life(day_count="Act/365F"),
            "wal_positive_only": self.average_life(positive_only=True),
            "wal_act_365_positive_only": self.average_life(day_count="Act/365F", positive_only=True),
            **{name: rate.value for name, rate in rates.items()},
            "yield_note": rates["yield_semi_annual"].reason,
            "discount_margin_note": rates["discount_margin"].reason,
            "spread_note": rates["spread"].reason,
            "spread_over": self.curve,
            "macaulay_duration": lives[0],
            "modified_duration": lives[1],
            "convexity": lives[2],
            "first_principal_month": window[0],
            "last_principal_month": window[1],
            "total_interest": self.total_interest,
            "worst_interest_shortfall": self.worst_interest_shortfall,
            "first_interest_shortfall_month": self.first_interest_shortfall,
            "principal_shortfall": self.principal_shortfall,
            "loss": self.loss,
        }
