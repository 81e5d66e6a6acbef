"""Net present value, internal rate of return and multiple of a series of payments."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date

import numpy as np

from dealmodel.basics.solved import Rate, force_roots
from dealmodel.lines.arithmetic import Floats

DAYS_OF_YEAR = 365
HIGHEST_FORCE = 690.0


def npv(rate: float, amounts: Sequence[float]) -> float:
    """Present value of amounts at times 0, 1, 2, ... at a rate for each period: sum of a_k / (1 + rate)^k.

    A spreadsheet's NPV discounts the first amount too: it is this divided by 1 + rate.
    """
    _check(rate)
    return float(np.sum(np.asarray(amounts, dtype=float) * (1 + rate) ** -np.arange(len(amounts), dtype=float)))


def xnpv(rate: float, dates: Sequence[date], amounts: Sequence[float]) -> float:
    """Present value on the earliest date, at an effective annual rate: sum of a_k / (1 + rate)^(days / 365).

    Parameters
    ----------
    rate : float
        Above -1. [per year]
    dates, amounts : K each, in any order

    Returns
    -------
    float
        [currency]
    """
    _check(rate)
    return float(np.sum(np.asarray(amounts, dtype=float) * (1 + rate) ** -_years(dates)))


def irr(amounts: Sequence[float]) -> Rate:
    """Rate for each period at which amounts at times 0, 1, 2, ... are worth nothing in all, or why there is none."""
    forces = force_roots(np.arange(len(amounts), dtype=float), amounts)
    return Rate.of(_effective(forces))


def xirr(dates: Sequence[date], amounts: Sequence[float]) -> Rate:
    """Effective annual rate, Act/365F, at which dated amounts are worth nothing in all, or why there is none.

    Payments made are negative, payments received positive. Where the amounts have one sign there is no rate
    (`no sign change`); where several rates fit, they are listed and none is chosen (`multiple roots`).

    Parameters
    ----------
    dates, amounts : K each, in any order

    Returns
    -------
    Rate
        [per year]
    """
    if len(dates) != len(amounts):
        raise ValueError(f"{len(dates)} dates and {len(amounts)} amounts; give one amount for each date")
    if not amounts:
        return Rate.of([])
    return Rate.of(_effective(force_roots(_years(dates), amounts)))


def mirr(amounts: Sequence[float], *, finance_rate: float, reinvest_rate: float) -> float:
    """Modified rate of return: outflows discounted at one rate, inflows carried to the end at another.

    (future value of inflows / present value of outflows)^(1 / (n - 1)) - 1.

    Raises
    ------
    ValueError
        If nothing flows in or nothing flows out, at the value that the rates give it.
    """
    last = len(amounts) - 1
    paid = -npv(finance_rate, [min(amount, 0.0) for amount in amounts])
    future = npv(reinvest_rate, [max(amount, 0.0) for amount in amounts]) * (1 + reinvest_rate) ** last
    if paid <= 0 or future <= 0:
        raise ValueError("a modified rate of return needs payments both ways")
    return float((future / paid) ** (1 / last)) - 1


def multiple(amounts: Sequence[float]) -> float | None:
    """What was received for each unit paid in, or None where nothing was paid in. [times]"""
    paid = -sum(amount for amount in amounts if amount < 0)
    return sum(amount for amount in amounts if amount > 0) / paid if paid > 0 else None


def _effective(forces: Sequence[float]) -> list[float]:
    """Effective rates of continuous ones; those that no number can hold, near -100% or above 10^300, are none."""
    rates = [math.expm1(force) for force in forces if force < HIGHEST_FORCE]
    return [rate for rate in rates if rate > -1]


def _years(dates: Sequence[date]) -> Floats:
    start = min(dates)
    return np.array([(day - start).days / DAYS_OF_YEAR for day in dates])


def _check(rate: float) -> None:
    if rate == -1:
        raise ValueError("a rate of -100% has no present value")
