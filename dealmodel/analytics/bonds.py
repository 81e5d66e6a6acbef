"""A bond with level coupons, settled between two coupon dates: price, yield and durations as markets quote them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from dealmodel.analytics.durations import macaulay_duration
from dealmodel.basics.day_count import days
from dealmodel.basics.schedule import add_months
from dealmodel.basics.solved import Rate
from dealmodel.basics.yields import price_from_yield, yield_from_price
from dealmodel.lines.arithmetic import Floats

BondDays = Literal["30/360 US", "30E/360", "Act/Act ICMA"]


@dataclass(frozen=True, slots=True)
class Bond:
    """A bond that is settled on one date and repaid on another.

    Coupons fall on the maturity date and every 12 / per_year months before it, at the end of the month if it is one.

    Parameters
    ----------
    settlement, maturity : date
    coupon : float
        [rate per year]
    per_year : int
        Coupons a year: 1, 2, 4 or 12; yields compound as often.
    day_count : str
        How the part of a coupon period that has gone by is counted: 30/360 US or 30E/360 over a period of 360 / n days,
        Act/Act ICMA over the days of the period.
    redemption : float
        Repaid at maturity, per 100.

    Raises
    ------
    ValueError
        If settlement is not before maturity, or coupons do not divide the year into whole months.
    """

    settlement: date
    maturity: date
    coupon: float
    per_year: int = 2
    day_count: BondDays = "30/360 US"
    redemption: float = 100.0

    def __post_init__(self) -> None:
        if self.settlement >= self.maturity:
            raise ValueError(f"settlement {self.settlement} is not before maturity {self.maturity}")
        if self.per_year not in (1, 2, 3, 4, 6, 12):
            raise ValueError(f"{self.per_year} coupons a year do not divide it into whole months")

    @property
    def previous_coupon(self) -> date:
        """Last coupon date on or before settlement."""
        return add_months(self.maturity, -self.coupons * 12 // self.per_year)

    @property
    def coupons(self) -> int:
        """Number of coupons after settlement."""
        step, count = 12 // self.per_year, 0
        while add_months(self.maturity, -count * step) > self.settlement:
            count += 1
        return count

    def coupon_dates(self) -> list[date]:
        """Coupon dates after settlement."""
        step = 12 // self.per_year
        return [add_months(self.maturity, -number * step) for number in reversed(range(self.coupons))]

    @property
    def days_accrued(self) -> int:
        """Days from the previous coupon to settlement. [days]"""
        return days(self._counted, self.previous_coupon, self.settlement)

    @property
    def share_accrued(self) -> float:
        """Share of the coupon period that has gone by."""
        if self.day_count == "Act/Act ICMA":
            return self.days_accrued / (self.coupon_dates()[0] - self.previous_coupon).days
        return self.days_accrued * self.per_year / 360

    @property
    def accrued(self) -> float:
        """Interest accrued, per 100."""
        return 100 * self.coupon / self.per_year * self.share_accrued

    def years(self) -> Floats:
        """Time from settlement to each coupon: the rest of this period, then whole ones. [years]"""
        return np.asarray((np.arange(self.coupons) + 1 - self.share_accrued) / self.per_year)

    def amounts(self) -> Floats:
        """Coupons and redemption, per 100."""
        paid = np.full(self.coupons, 100 * self.coupon / self.per_year)
        paid[-1] += self.redemption
        return paid

    def price(self, rate: float) -> float:
        """Price without accrued interest, per 100, at a yield.

        In the last coupon period the yield is simple, as the market quotes it.
        """
        if self.coupons == 1:
            (time,), (paid,) = self.years(), self.amounts()
            return float(paid / (1 + rate * time)) - self.accrued
        return price_from_yield(self.years(), self.amounts(), rate, per_year=self.per_year) - self.accrued

    def yield_at(self, price: float) -> Rate:
        """Yield at a price without accrued interest, per 100; or why there is none."""
        whole = price + self.accrued
        if self.coupons == 1:
            (time,), (paid,) = self.years(), self.amounts()
            return Rate.of([float((paid / whole - 1) / time)])
        return yield_from_price(self.years(), self.amounts(), whole, per_year=self.per_year)

    def duration(self, rate: float) -> float:
        """Macaulay duration at a yield. [years]"""
        return macaulay_duration(self.years(), self.amounts(), rate, per_year=self.per_year)

    def modified_duration(self, rate: float) -> float:
        """Modified duration at a yield. [years]"""
        return self.duration(rate) / (1 + rate / self.per_year)

    @property
    def _counted(self) -> str:
        return "Act/360" if self.day_count == "Act/Act ICMA" else self.day_count
