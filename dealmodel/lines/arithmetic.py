"""Operations that Python, NumPy and a workbook would each do a little differently, written once for all."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

NUDGE = 1.0 + 2.0**-50
"""Lifts a decimal half that binary holds a hair too low (1.005) over the edge, as workbooks do."""

Floats = NDArray[np.float64]


def round_to(value: float, digits: int) -> float:
    """Round half away from zero: sign(x) floor(|x| 10^n (1 + 2^-50) + 0.5) / 10^n."""
    scale = 10.0**digits
    return math.copysign(math.floor(abs(value) * scale * NUDGE + 0.5) / scale, value)


def round_array(value: Floats, digits: int) -> Floats:
    """`round_to` for an array, equal to it bit for bit."""
    scale = 10.0**digits
    rounded: Floats = np.copysign(np.floor(np.abs(value) * scale * NUDGE + 0.5) / scale, value)
    return rounded


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
