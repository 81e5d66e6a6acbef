"""What the generated block function calls where one NumPy function does not do."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dealmodel.lines.arithmetic import Floats, exp_array, log_array, power_array, round_array
from dealmodel.lines.names import NEVER

__all__ = [
    "ahead", "column_ahead", "column_rest", "exp", "first_month", "log", "lookup", "power", "ratio", "rest",
    "round_to", "suffix_sums",
]  # fmt: skip

Number = float | Floats
power, exp, log, round_to = power_array, exp_array, log_array, round_array


def ratio(numerator: Number, denominator: Floats, otherwise: Number) -> Floats:
    """Quotient, or `otherwise` where the denominator is exactly 0."""
    zero = denominator == 0.0
    if not zero.any():
        return np.asarray(numerator / denominator)
    return np.where(zero, otherwise, numerator / np.where(zero, 1.0, denominator))


def first_month(first: Floats, flag: Floats, month: int) -> None:
    """Write the month where a flag is up for the first time."""
    first[(flag != 0.0) & (first == NEVER)] = month


def lookup(table: Floats, index: Floats) -> Floats:
    """Entries of a table by whole numbers, its end values outside."""
    places = np.clip(index, 0, len(table) - 1).astype(np.intp)
    return np.asarray(table[places])


def suffix_sums(months: Sequence[Number]) -> list[Number]:
    """For each month 0..T the sum of all later months, added from the last month back."""
    rest: list[Number] = [0.0] * len(months)
    for month in range(len(months) - 2, -1, -1):
        rest[month] = rest[month + 1] + months[month + 1]
    return rest


def ahead(months: Sequence[Number], month: int, lag: Number) -> Number:
    """Value some months later; 0 beyond the last month."""
    return _pick(months, month + lag)


def rest(sums: Sequence[Number], month: int, until: Number) -> Number:
    """Sum of the months after `month` up to and with `until`."""
    last = len(sums) - 1
    gap = sums[month] - _pick(sums, np.minimum(until, last))
    return np.where(np.asarray(until) > month, gap, 0.0)


def _pick(months: Sequence[Number], index: Number) -> Number:
    last = len(months) - 1
    if not isinstance(index, np.ndarray):
        return months[int(index)] if index <= last else 0.0
    size = len(index)
    stacked = np.array([np.broadcast_to(np.asarray(value), (size,)) for value in months])
    chosen = stacked[np.clip(index, 0, last).astype(np.intp), np.arange(size)]
    return np.where(index <= last, chosen, 0.0)


def column_ahead(column: Floats, lag: Number) -> Floats:
    """A line some months later, by month; 0 beyond the last month. `column` holds its months 1..T."""
    last = len(column)
    when = np.arange(1, last + 1) + lag
    return np.where(when <= last, column[np.clip(when, 1, last).astype(np.intp) - 1], 0.0)


def column_rest(column: Floats, until: Number | None = None) -> Floats:
    """By month, the sum of the later months of a line, up to and with a month where one is given."""
    rest = np.array(suffix_sums([0.0, *column.tolist()]))
    if until is None:
        return rest[1:]
    last = len(column)
    now = np.arange(1, last + 1)
    beyond = rest[np.clip(until, 0, last).astype(np.intp)]
    return np.where(until > now, rest[1:] - beyond, 0.0)
