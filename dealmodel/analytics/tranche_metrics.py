"""What an investor asks of a tranche: lives, yields at a price, margin, durations, window, shortfalls and loss."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dealmodel.analytics.durations import average_life, convexity, macaulay_duration, modified_duration
from dealmodel.analytics.reading import HALF_A_CENT, TrancheFlows, flows_of, index_of, month_where
from dealmodel.analytics.solved import Rate
from dealmodel.analytics.spreads import discount_margin, spread_over_curve
from dealmodel.analytics.yields import BASES, basis_named, price_from_yield, years_from, yield_from_price
from dealmodel.engine.result import Result
from dealmodel.lines.arithmetic import Floats

PAR = 100.0
QUOTE = "semi_annual"
"""Basis in which durations are quoted."""
MONEY_DAYS = "Act/360"


@dataclass(frozen=True, eq=False)
class TrancheMetrics:
    """Figures of one tranche in one Result, settled at closing at a price.

    Parameters
    ----------
    result : Result
    tranche : str
    price : float
        Paid at closing per 100 of balance; no interest has accrued by then.
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

    def average_life(self, *, day_count: str = "30/360 ISDA", positive_only: bool = False) -> float | None:
        """Average life from closing, None where no principal is paid.

        Signed unless `positive_only`: a month in which more interest is added to the balance than principal is repaid
        is negative principal. `positive_only` leaves such months out. [years]
        """
        years = years_from(self.flows.closing, self.flows.dates, day_count)
        return average_life(years, self.flows.change, convention="positive_only" if positive_only else "signed")

    def yield_in(self, basis: str) -> Rate:
        """Yield at the price, in a basis of `BASES`. [per year]"""
        quoted = basis_named(basis)
        years = quoted.years(self.flows.closing, self.flows.dates)
        return yield_from_price(years, self.flows.cash, self.paid, per_year=quoted.per_year)

    def price_at(self, rate: float, basis: str = QUOTE) -> float:
        """Price per 100 at a yield in a basis."""
        quoted = basis_named(basis)
        years = quoted.years(self.flows.closing, self.flows.dates)
        worth = price_from_yield(years, self.flows.cash, rate, per_year=quoted.per_year)
        return worth * PAR / self.flows.balance

    def discount_margin(self, *, day_count: str = MONEY_DAYS) -> Rate:
        """Margin over the index that the price leaves, the index at the path of the run. [per year]

        The index is taken without the coupon's floor: where the floor binds, the margin is above the quoted one.
        """
        index = self._index()
        if index is None:
            return Rate.none("the coupon is fixed")
        years = years_from(self.flows.closing, self.flows.dates, day_count)
        return discount_margin(years, self.flows.cash, self.paid, index=index)

    def spread_over(self, curve: str, *, day_count: str = MONEY_DAYS) -> Rate:
        """Constant spread (Z-spread), continuously compounded, over the forwards of a rate of the market. [per year]"""
        line = f"market.{curve}.rate"
        if line not in self.result.model.definitions:
            raise ValueError(f"{curve!r} is no rate of this deal's market")
        years = years_from(self.flows.closing, self.flows.dates, day_count)
        return spread_over_curve(years, self.flows.cash, self.paid, forwards=self.result.lines[line])

    def _index(self) -> Floats | None:
        line = index_of(self.result, self.tranche)
        return None if line is None else self.result.lines[line]

    @cached_property
    def durations(self) -> tuple[float, float, float] | None:
        """Macaulay duration, modified duration and convexity on the semi-annual basis, None without a yield.

        Flows are those of the run; where rates move them, see `sensitivity.effective_durations`. [years, years^2]
        """
        found = self.yield_in(QUOTE).value
        if found is None:
            return None
        quoted = BASES[QUOTE]
        years, cash = quoted.years(self.flows.closing, self.flows.dates), self.flows.cash
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
        """Share of the original balance outstanding after each payment date. Shape (T,)."""
        return np.asarray(self.result.lines[f"{self.tranche}.balance"] / self.flows.balance)

    def row(self) -> dict[str, float | str | None]:
        """The figures as one row of a table; where there is no yield or margin, `..._note` says why."""
        lives, window = self.durations or (None, None, None), self.principal_window or (None, None)
        margin, semi_annual = self.discount_margin(), self.yield_in(QUOTE)
        return {
            "balance": self.flows.balance,
            "price": self.price,
            "wal_30_360": self.average_life(),
            "wal_act_365": self.average_life(day_count="Act/365F"),
            "wal_positive_only": self.average_life(positive_only=True),
            "yield_semi_annual": semi_annual.value,
            "yield_monthly": self.yield_in("monthly").value,
            "yield_annual": self.yield_in("annual").value,
            "yield_money_market": self.yield_in("money_market").value,
            "yield_note": semi_annual.reason,
            "discount_margin": margin.value,
            "discount_margin_note": margin.reason,
            "macaulay_duration": lives[0],
            "modified_duration": lives[1],
            "convexity": lives[2],
            "first_principal_month": window[0],
            "last_principal_month": window[1],
            "total_interest": self.total_interest,
            "worst_interest_shortfall": self.worst_interest_shortfall,
            "principal_shortfall": self.principal_shortfall,
            "loss": self.loss,
        }


def issue_price(result: Result, tranche: str) -> float:
    """Price per 100 at which a tranche is issued, less the fee that its holders get at closing; par unless stated."""
    numbers = result.lines.inputs.numbers
    price = numbers.get(f"tranches.{tranche}.issue_price", 1.0) - numbers.get(f"tranches.{tranche}.upfront_fee", 0.0)
    return PAR * price
