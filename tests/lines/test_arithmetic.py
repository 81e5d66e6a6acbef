"""Rounding is half away from zero on the decimal that was meant, for numbers and arrays alike."""

from __future__ import annotations

import random
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest

from dealmodel.lines.arithmetic import exp_array, log_array, power, power_array, round_array, round_to


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        (1.005, 2, 1.01),  # binary holds 1.00499999999999989...
        (2.675, 2, 2.68),
        (2.5, 0, 3.0),
        (-2.5, 0, -3.0),
        (0.5, 0, 1.0),
        (-0.5, 0, -1.0),
        (1.5, 0, 2.0),
        (0.49999999, 0, 0.0),
        (0.1 + 0.2, 1, 0.3),
        (0.1 + 0.2, 8, 0.3),
        (0.875000001, 8, 0.875),
        (0.8750000050, 8, 0.87500001),
        (0.8750000049, 8, 0.875),
        (0.0, 2, 0.0),
        (123456789.125, 2, 123456789.13),
        (-123456789.125, 2, -123456789.13),
        (1234.0, -2, 1200.0),
        (1250.0, -2, 1300.0),
    ],
)
def test_half_goes_away_from_zero(value: float, digits: int, expected: float) -> None:
    assert round_to(value, digits) == expected


@pytest.mark.parametrize("value", [2.0**48, 5e14, 1e15, 2.0**52, 1e300])
def test_a_whole_number_is_left_alone_however_large(value: float) -> None:
    assert round_to(value, 0) == value


def test_ten_thousand_decimals_round_as_decimal_arithmetic_does() -> None:
    draw = random.Random(20_261_231)
    wrong = []
    for _ in range(10_000):
        digits = draw.randint(2, 8)
        shown = digits + draw.randint(1, 3)
        text = f"{draw.randint(-9_999, 9_999)}.{draw.randrange(10**shown):0{shown}d}"
        meant = Decimal(text).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
        if round_to(float(text), digits) != float(meant):
            wrong.append((text, digits))
    assert wrong == []


def test_ten_thousand_exact_halves_round_as_decimal_arithmetic_does() -> None:
    draw = random.Random(5)
    wrong = []
    for _ in range(10_000):
        digits = draw.randint(2, 8)
        text = f"{draw.choice('- ').strip()}{draw.randint(0, 999)}.{draw.randrange(10**digits):0{digits}d}5"
        meant = Decimal(text).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
        if round_to(float(text), digits) != float(meant):
            wrong.append((text, digits))
    assert wrong == []


@pytest.mark.parametrize("digits", [0, 2, 8])
def test_an_array_rounds_as_each_number_does_bit_for_bit(digits: int) -> None:
    draw = np.random.default_rng(7)
    values = np.concatenate(
        [draw.uniform(-1e6, 1e6, 5000), draw.integers(-999, 999, 500) / 8, [0.0, -0.0, 1.005, 1e15]]
    )
    one_by_one = np.array([round_to(float(value), digits) for value in values])
    assert round_array(values, digits).tobytes() == one_by_one.tobytes()


def test_powers_of_an_array_are_those_of_each_number_bit_for_bit() -> None:
    draw = np.random.default_rng(8)
    base, exponent = draw.uniform(0.01, 3, 2000), draw.uniform(-5, 5, 2000)
    one_by_one = np.array([power(float(b), float(e)) for b, e in zip(base, exponent, strict=True)])
    assert power_array(base, exponent).tobytes() == one_by_one.tobytes()


def test_exponential_and_logarithm_of_an_array_undo_each_other() -> None:
    """ROUNDING: two roundings of a double, of relative size 2e-16 each, and the logarithm's own."""
    values = np.array([0.5, 1.0, 2.0, 10.0])
    assert exp_array(log_array(values)) == pytest.approx(values, rel=1e-15)
    assert exp_array(np.array([0.0])).tolist() == [1.0]
    assert log_array(np.array([1.0])).tolist() == [0.0]
