"""Operations that Python, NumPy and a workbook would each do a little differently, written once for all."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

NUDGE = 2.0**-50
LARGEST_NUDGE = 2.0**-10
"""Lifts a decimal half that binary holds a hair too low (1.005) over the edge, as workbooks do; never so far that a
large whole number would move."""

NO_FRACTION = 2.0**52

Floats = NDArray[np.float64]


def round_to(value: float, digits: int) -> float:
    """Round half away from zero: sign(x) floor(y + min(y 2^-50, 2^-10) + 0.5) / 10^n, with y = |x| 10^n.

    From 2^52 on y has no fraction, and x is returned as it is.
    """
    scale = 10.0**digits
    large = abs(value) * scale
    if large >= NO_FRACTION:
        return value
    nudge = large * NUDGE
    return math.copysign(math.floor(large + (nudge if nudge < LARGEST_NUDGE else LARGEST_NUDGE) + 0.5) / scale, value)


def round_array(value: Floats, digits: int) -> Floats:
    """`round_to` for an array, equal to it bit for bit."""
    scale = 10.0**digits
    large = np.abs(value) * scale
    nudged = large + np.minimum(large * NUDGE, LARGEST_NUDGE)
    rounded: Floats = np.copysign(np.floor(nudged + 0.5) / scale, value)
    return rounded if large.max(initial=0.0) < NO_FRACTION else np.where(large >= NO_FRACTION, value, rounded)


def power(base: float, exponent: float) -> float:
    """`base` to the `exponent`, as the C library has it."""
    return math.pow(base, exponent)


def power_array(base: Floats | float, exponent: Floats | float) -> Floats:
    """`power` for arrays, through the same C function element by element, so that constant lines agree bit for bit."""
    result: Floats = np.asarray(_POWER(base, exponent), dtype=np.float64)
    return result


def exp_array(value: Floats | float) -> Floats:
    """`math.exp` for arrays, element by element."""
    return np.asarray(_EXP(value), dtype=np.float64)


def log_array(value: Floats | float) -> Floats:
    """`math.log` for arrays, element by element."""
    return np.asarray(_LOG(value), dtype=np.float64)


_POWER = np.frompyfunc(math.pow, 2, 1)
_EXP = np.frompyfunc(math.exp, 1, 1)
_LOG = np.frompyfunc(math.log, 1, 1)
