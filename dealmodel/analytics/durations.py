"""Average life, duration and convexity."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np

from dealmodel.basics.yields import Series, discount_factors
from dealmodel.lines.arithmetic import Floats

Convention = Literal["signed", "positive_only"]


def average_life(years: Series, principal: Series, *, convention: Convention = "signed") -> float | None:
    """Average time of principal, each amount weighing as much as it is: sum of T_k P_k / sum of P_k.

    Capitalised interest is negative principal. `signed` nets it, so that the denominator is the balance at settlement
    where all is repaid; `positive_only` counts repayments alone, over a larger denominator. Principal that is lost is
    not in the amounts, and does not count.

    Returns
    -------
    float or None
        None where no principal comes back. [years]

    Source: Bond Market Association, Uniform Practices, chapter SF, section H, 1999.
    """
    amounts = counted(principal, convention)
    whole = float(amounts.sum())
    return float(np.sum(np.asarray(years, dtype=float) * amounts)) / whole if whole > 0 else None


def counted(principal: Series, convention: Convention) -> Floats:
    """Principal that an average life counts: all of it with its sign, or nothing where it is negative."""
    amounts = np.asarray(principal, dtype=float)
    return np.maximum(amounts, 0) if convention == "positive_only" else amounts


def macaulay_duration(years: Series, amounts: Series, rate: float, *, per_year: int) -> float:
    """Average time of the flows, each weighing as much as it is worth at a yield. [years]"""
    worth = np.asarray(amounts, dtype=float) * discount_factors(years, rate, per_year)
    return float(np.sum(np.asarray(years, dtype=float) * worth) / worth.sum())


def modified_duration(years: Series, amounts: Series, rate: float, *, per_year: int) -> float:
    """Share of the price lost for a rise of the yield, the flows unchanged: Macaulay / (1 + Y / n). [years]"""
    _compounding(per_year)
    return macaulay_duration(years, amounts, rate, per_year=per_year) / (1 + rate / per_year)


def convexity(years: Series, amounts: Series, rate: float, *, per_year: int) -> float:
    """Second derivative of the price by the yield over the price, the flows unchanged. [years squared]

    (1 / P) (1 + Y / n)^-2 x sum of T_k (T_k + 1 / n) CF_k (1 + Y / n)^(-n T_k).

    Source: Bond Market Association, Uniform Practices, chapter SF, 1999.
    """
    _compounding(per_year)
    times = np.asarray(years, dtype=float)
    worth = np.asarray(amounts, dtype=float) * discount_factors(times, rate, per_year)
    return float(np.sum(times * (times + 1 / per_year) * worth) / worth.sum() / (1 + rate / per_year) ** 2)


def effective_duration(reprice: Callable[[float], float], *, shift: float = 0.0025) -> tuple[float, float]:
    """Effective duration and effective convexity: flows worked out anew under shifted rates.

    (P(-s) - P(+s)) / (2 s P(0)) and (P(-s) + P(+s) - 2 P(0)) / (s^2 P(0)).

    Parameters
    ----------
    reprice : function of a shift
        Price after all rates have moved by it. Called with -shift, 0 and +shift.
    shift : float
        Above 0; a quarter of a percent unless given. [rate per year]

    Returns
    -------
    (float, float)
        [years], [years squared]
    """
    if shift <= 0:
        raise ValueError(f"the shift is {shift}; it must be above 0")
    down, base, up = reprice(-shift), reprice(0.0), reprice(shift)
    if base == 0:
        raise ValueError("the price is nil, so a share of it has no meaning")
    return (down - up) / (2 * shift * base), (down + up - 2 * base) / (shift**2 * base)


def _compounding(per_year: int) -> None:
    if per_year < 1:
        raise ValueError("a modified duration needs a yield that compounds; a simple rate has none")
