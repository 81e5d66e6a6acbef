"""Rates that are solved for: the root search, and a result that is a number or the reason why there is none."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

NO_SIGN_CHANGE = "no sign change"
MULTIPLE_ROOTS = "multiple roots"
SCAN_POINTS = 4_001
MOST_AS_PERCENT = 100
NOTHING = 1e-14
"""An amount below this share of the largest is rounding, and no cash flow."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate, or why there is none.

    Parameters
    ----------
    value : float or None
        The one solution. [per year, or as the function says]
    reason : str
        Empty where there is a value: `no sign change`, `multiple roots: ...`, or a sentence.
    roots : tuple of float
        Every solution found, in increasing order.
    """

    value: float | None
    reason: str = ""
    roots: tuple[float, ...] = ()

    @classmethod
    def of(cls, roots: Sequence[float]) -> Rate:
        """The one root; or the reason: none, or several, which are listed."""
        found = tuple(sorted(roots))
        if not found:
            return cls(None, NO_SIGN_CHANGE)
        if len(found) > 1:
            return cls(None, f"{MULTIPLE_ROOTS}: {', '.join(_shown(root) for root in found)}", found)
        return cls(found[0], roots=found)

    @classmethod
    def none(cls, reason: str) -> Rate:
        """No rate, and why."""
        return cls(None, reason)

    @property
    def number(self) -> float:
        """The value, NaN where there is none; for tables."""
        return math.nan if self.value is None else self.value

    def __str__(self) -> str:
        return f"{self.value:.4%}" if self.value is not None else f"n/a ({self.reason})"


def _shown(rate: float) -> str:
    return f"{rate:.4%}" if abs(rate) < MOST_AS_PERCENT else f"{rate:.3g}"


def roots_between(function: Callable[[Floats], Floats], points: Sequence[float] | Floats) -> list[float]:
    """Every root that a scan over increasing `points` brackets, each closed in by Brent's method.

    Two roots between the same two points are missed, as a root is at which the function does not change sign.

    Parameters
    ----------
    function : function of an array
        One value for each of its entries.
    points : sequence of float
    """
    from scipy.optimize import brentq

    places = np.asarray(points, dtype=float)
    values = function(places)
    found = places[values == 0].tolist()
    for before in np.flatnonzero(np.sign(values[:-1]) * np.sign(values[1:]) < 0):
        low, high = float(places[before]), float(places[before + 1])
        root = brentq(lambda at: float(function(np.array([at]))[0]), low, high, xtol=1e-15, rtol=1e-15, maxiter=1_000)
        found.append(float(root))
    return sorted(found)


def spread_points(low: float, high: float, unit: float) -> Floats:
    """Points from `low` to `high`, dense around zero: evenly spaced in asinh(x / unit)."""
    spaced = np.sinh(np.linspace(math.asinh(low / unit), math.asinh(high / unit), SCAN_POINTS)) * unit
    spaced[0], spaced[-1] = low, high
    return spaced


def force_roots(years: Sequence[float] | Floats, amounts: Sequence[float] | Floats) -> list[float]:
    """Every continuous rate x at which the sum of a_k exp(-x t_k) is nil.

    Amounts at one time are added up first. There are at most as many roots as changes of sign in time order, so one
    change needs no scan. Otherwise the range beyond which the first, or the last, amount outweighs all others is
    scanned; two roots closer than a step of that scan (about 0.5% of x) can be missed.

    Parameters
    ----------
    years, amounts : K numbers each
        Times in any order [years]; amounts with their sign [currency].

    Returns
    -------
    list of float
        In increasing order, empty where the amounts have one sign. [per year]

    Raises
    ------
    ValueError
        If the lengths differ or a number is not finite.
    """
    times, sums = _merged(years, amounts)
    changes = int(np.sum(sums[1:] * sums[:-1] < 0))
    if changes == 0:
        return []

    def balance(forces: Floats) -> Floats:
        powers = -forces[:, None] * times
        powers -= powers.max(axis=1, keepdims=True)  # scaled by a positive number: same sign, same roots
        return np.asarray((sums * np.exp(powers)).sum(axis=1))

    low, high = _range(times, sums)
    points = np.array([low, high]) if changes == 1 else spread_points(low, high, 1 / (times[-1] - times[0]))
    return roots_between(balance, points)


def _merged(years: Sequence[float] | Floats, amounts: Sequence[float] | Floats) -> tuple[Floats, Floats]:
    """Times in order and the sum at each; nothing where a sum is only rounding. Sums are scaled to at most 1."""
    given, worth = np.asarray(years, dtype=float), np.asarray(amounts, dtype=float)
    if given.shape != worth.shape or given.ndim != 1:
        raise ValueError(f"{given.size} times and {worth.size} amounts; give one amount for each time")
    if not (np.isfinite(given).all() and np.isfinite(worth).all()):
        raise ValueError("a time or an amount is not a finite number")
    times, where = np.unique(given, return_inverse=True)
    sums = np.zeros(len(times))
    np.add.at(sums, where, worth)
    largest = float(np.abs(worth).max(initial=0.0))
    kept = np.abs(sums) > NOTHING * largest
    return times[kept], sums[kept] / (largest or 1.0)


def _range(times: Floats, sums: Floats) -> tuple[float, float]:
    """Rates between which every root lies."""
    sizes = np.abs(sums)
    high = max(0.0, math.log(sizes[1:].sum() / sizes[0])) / (times[1] - times[0])
    low = max(0.0, math.log(sizes[:-1].sum() / sizes[-1])) / (times[-1] - times[-2])
    margin = 0.01 / (times[-1] - times[0])
    return -1.01 * low - margin, 1.01 * high + margin
