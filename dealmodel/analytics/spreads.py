"""Margins and spreads over a path of rates. Discount margin and spread over the curve are different numbers."""

from __future__ import annotations

import numpy as np

from dealmodel.basics.solved import Rate, force_roots
from dealmodel.basics.yields import Series, margin_from_price, period_factors


def price_from_margin(years: Series, amounts: Series, margin: float, *, index: Series) -> float:
    """Worth of the flows at a discount margin: sum of CF_k / product of 1 + (I_j + DM) (T_j - T_(j-1)).

    Parameters
    ----------
    years, amounts, index : K numbers each
        From settlement to each payment, in order, in the day count of the coupon [years]; received [currency]; the
        index assumed for the period that ends there [per year].
    margin : float
        [per year]
    """
    factors = period_factors(years, np.asarray(index, dtype=float) + margin)
    return float(np.sum(np.asarray(amounts, dtype=float) * factors))


def discount_margin(years: Series, amounts: Series, price: float, *, index: Series) -> Rate:
    """Margin over the index at which a floater's flows are worth a price, the index held at the path assumed.

    At par on a reset date it is the quoted margin. Parameters as in `price_from_margin`; the price includes accrued
    interest.

    Source: Bond Market Association, Uniform Practices, chapter SF, 1999.
    """
    return margin_from_price(years, amounts, price, index=index)


def price_over_curve(years: Series, amounts: Series, spread: float, *, forwards: Series) -> float:
    """Worth of the flows off a curve of forwards with a spread: sum of CF_k D_k exp(-spread T_k).

    D_k is the worth of one unit off the forwards. The spread compounds continuously, on the same count of time.
    """
    times = np.asarray(years, dtype=float)
    worth = np.asarray(amounts, dtype=float) * period_factors(times, forwards)
    return float(np.sum(worth * np.exp(-spread * times)))


def spread_over_curve(years: Series, amounts: Series, price: float, *, forwards: Series) -> Rate:
    """Constant spread (Z-spread) over a curve of forwards at which the flows are worth a price, or why there is none.

    Parameters
    ----------
    years, amounts, forwards : K numbers each
        From settlement to each payment, in order [years]; received [currency]; simple forward rate of the period that
        ends there, in the same count of time [per year].
    price : float
        Accrued interest in it. [currency]

    Returns
    -------
    Rate
        Continuously compounded. [per year]
    """
    worth = np.asarray(amounts, dtype=float) * period_factors(years, forwards)
    return Rate.of(force_roots([0.0, *years], [-price, *worth]))
