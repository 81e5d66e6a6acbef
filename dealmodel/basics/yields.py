"""Price from yield and yield from price, in a stated basis.

A yield is a number only with its basis: how time is counted, and how often it compounds. Times are years from
settlement to the payment, delay included; a price is what all flows after settlement are worth, accrued interest in it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

import numpy as np

from dealmodel.basics.day_count import year_fraction
from dealmodel.basics.errors import nearest
from dealmodel.basics.solved import NOTHING, Floats, Rate, force_roots, roots_between, spread_points

Series = Sequence[float] | Floats
HIGHEST_SIMPLE = 1_000.0
"""Simple rates are looked for up to 100,000% a year."""


@dataclass(frozen=True, slots=True)
class YieldBasis:
    """How a yield is quoted.

    Parameters
    ----------
    name, title : str
        Key; what it is called.
    day_count : str
        How years from settlement are counted.
    per_year : int
        How often it compounds; 0: simple over each period from one payment date to the next, as a money-market rate.
    """

    name: str
    title: str
    day_count: str
    per_year: int

    def years(self, start: date, dates: Sequence[date]) -> Floats:
        """Years from settlement to each date."""
        return years_from(start, dates, self.day_count)


_BASES = (
    YieldBasis("semi_annual", "Semi-annual, bond-equivalent", "30/360 ISDA", 2),
    YieldBasis("monthly", "Monthly, mortgage", "30/360 ISDA", 12),
    YieldBasis("annual", "Annual, effective", "Act/365F", 1),
    YieldBasis("money_market", "Act/360, money market", "Act/360", 0),
)
BASES: Mapping[str, YieldBasis] = MappingProxyType({basis.name: basis for basis in _BASES})
"""Every basis, by name."""


def basis_named(name: str) -> YieldBasis:
    """The basis of a name; ValueError names the choices."""
    if name not in BASES:
        raise ValueError(f"{name!r} is no yield basis; choose {', '.join(BASES)}; {nearest(name, BASES)}")
    return BASES[name]


def years_from(start: date, dates: Sequence[date], day_count: str) -> Floats:
    """Years from a date to each of others. [years]"""
    return np.array([year_fraction(day_count, start, day, maturity=dates[-1]) for day in dates])


def discount_factors(years: Series, rate: float, per_year: int) -> Floats:
    """Worth of one unit paid at each time: (1 + rate / n)^(-n T); with n = 0, over the product of 1 + rate x period.

    Periods run from each time to the next, the first from 0. Times are in increasing order where n = 0.
    """
    times = np.asarray(years, dtype=float)
    if per_year == 0:
        return period_factors(times, np.full(times.shape, rate))
    if rate <= -per_year:
        raise ValueError(f"a yield of {rate:.4%} compounded {per_year} times a year leaves nothing; it must be higher")
    return np.exp(-per_year * times * math.log1p(rate / per_year))


def period_factors(years: Series, rates: Series) -> Floats:
    """Worth of one unit at each time, given a simple rate for each period: 1 / product of 1 + r_j (T_j - T_(j-1))."""
    periods = np.diff(np.asarray(years, dtype=float), prepend=0.0)
    if (periods < 0).any():
        raise ValueError("times are not in increasing order")
    growth = 1 + np.asarray(rates, dtype=float) * periods
    if (growth <= 0).any():
        raise ValueError("a rate below -1 / period leaves nothing")
    return np.asarray(1 / np.cumprod(growth))


def price_from_yield(years: Series, amounts: Series, rate: float, *, per_year: int) -> float:
    """Worth of the flows at a yield: sum of CF_k (1 + Y / n)^(-n T_k).

    Parameters
    ----------
    years, amounts : K numbers each
        From settlement to receipt [years]; received [currency].
    rate : float
        [per year]
    per_year : int
        Compounding: 2 bond-equivalent, 12 mortgage, 1 annual, 0 simple by period.

    Returns
    -------
    float
        In the currency of the amounts, accrued interest in it.

    Source: Bond Market Association, Uniform Practices, chapter SF, 1999.
    """
    return float(np.sum(np.asarray(amounts, dtype=float) * discount_factors(years, rate, per_year)))


def yield_from_price(years: Series, amounts: Series, price: float, *, per_year: int) -> Rate:
    """Yield at which the flows are worth a price, or why there is none.

    Flows that never add up to anything have no yield. Parameters as in `price_from_yield`.
    """
    if per_year == 0:
        return margin_from_price(years, amounts, price, index=np.zeros(len(amounts)))
    forces = force_roots([0.0, *years], [-price, *amounts])
    return Rate.of([per_year * math.expm1(force / per_year) for force in forces])


def margin_from_price(years: Series, amounts: Series, price: float, *, index: Series) -> Rate:
    """Margin over a path of simple rates at which the flows are worth a price, or why there is none.

    P = sum of CF_k / product over j <= k of 1 + (I_j + m) (T_j - T_(j-1)). A margin at which some period before the
    last flow would leave nothing, 1 + (I_j + m) x period at or below 0, is none.
    """
    times, paid, path = (np.asarray(values, dtype=float) for values in (years, amounts, index))
    if not times.shape == paid.shape == path.shape:
        raise ValueError(f"{times.size} times, {paid.size} amounts and {path.size} index rates; give one for each date")
    flows = np.abs(paid) > NOTHING * np.abs(paid).max(initial=0.0)
    if not flows.any():
        return Rate.of([])
    # Dates after the last flow discount nothing, and bound no rate.
    end = int(np.flatnonzero(flows)[-1]) + 1
    times, paid, path, flows = times[:end], paid[:end], path[:end], flows[:end]
    periods = np.diff(times, prepend=0.0)
    real = periods > 0
    if not real.any():
        return Rate.of([])
    low = float(np.max(-1 / periods[real] - path[real]))
    low += 1e-9 * max(1.0, abs(low))
    # What is only received is worth less at every higher margin: one root at most, and no scan.
    falling = bool((paid >= 0).all())
    if falling and price <= 0:
        return Rate.of([])
    points = np.array([low, HIGHEST_SIMPLE]) if falling else spread_points(low, HIGHEST_SIMPLE, 0.01)

    def missing(margins: Floats) -> Floats:
        powers = -np.cumsum(np.log1p((path + margins[:, None]) * periods), axis=1)
        # Scaled by the largest factor on a flow: the same sign, the same roots, and no flow lost to underflow.
        largest = np.maximum(powers[:, flows].max(axis=1), 0.0)
        worth = (paid[flows] * np.exp(powers[:, flows] - largest[:, None])).sum(axis=1)
        return np.asarray(worth - price * np.exp(-largest))

    return Rate.of(roots_between(missing, points))


def convert_yield(rate: float, *, per_year: int, to: int) -> float:
    """A yield in another compounding: n2 x ((1 + y / n1)^(n1 / n2) - 1). The count of time stays the same.

    The mortgage yield of a bond-equivalent yield Y is 12 x ((1 + Y / 2)^(1 / 6) - 1).
    """
    if min(per_year, to) < 1:
        raise ValueError("a simple rate depends on the dates of the flows; solve for it from the price")
    return to * math.expm1(per_year / to * math.log1p(rate / per_year))
