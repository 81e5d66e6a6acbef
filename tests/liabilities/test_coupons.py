"""Coupons: fixed, or an index with a floor on the index and a margin on top."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from dealmodel.liabilities.coupons import Coupon

RATE = 1e-15  # one addition of two decimals
INDEX = (0.05, 0.01, -0.02)


def rates(builder, run, coupon: Coupon) -> tuple[list[float], float]:
    """Rate of three months in which the index is 5%, 1%, -2%, and the rate at closing, at an index of 4%."""
    lines = builder(3, coupon=coupon)
    index = lines.series("index", INDEX, unit="rate per year")
    lines.line("rate", coupon.by_month(lines, {"sofr": index}) + 0, unit="rate per year")
    first = lines.named("first", 0.04, "rate per year")
    lines.constant("at_closing", coupon.at_closing(lines, {"sofr": first}) + 0, unit="rate per year")
    trace = run(lines)
    return trace.months("rate"), trace.number("at_closing")


def test_a_fixed_rate_knows_no_index(builder, run) -> None:
    assert rates(builder, run, Coupon(fixed=0.085)) == ([0.085] * 3, 0.085)


def test_a_floating_rate_is_index_and_margin(builder, run) -> None:
    """5% + 2%, 1% + 2%, -2% + 2%; at closing 4% + 2%."""
    months, closing = rates(builder, run, Coupon(index="sofr", margin=0.02))
    assert months == pytest.approx([0.07, 0.03, 0.0], abs=RATE)
    assert closing == pytest.approx(0.06, abs=RATE)


def test_the_floor_is_on_the_index_and_the_margin_on_top(builder, run) -> None:
    """max(5%, 2%) + 1%, max(1%, 2%) + 1%, max(-2%, 2%) + 1%."""
    months, closing = rates(builder, run, Coupon(index="sofr", margin=0.01, floor=0.02))
    assert months == pytest.approx([0.06, 0.03, 0.03], abs=RATE)
    assert closing == pytest.approx(0.05, abs=RATE)


def test_a_floor_of_zero_is_a_floor(builder, run) -> None:
    months, _ = rates(builder, run, Coupon(index="sofr", margin=0.01, floor=0.0))
    assert months == pytest.approx([0.06, 0.02, 0.01], abs=RATE)


def test_the_floor_binds_at_closing_too(builder, run) -> None:
    assert rates(builder, run, Coupon(index="sofr", margin=0.01, floor=0.045))[1] == pytest.approx(0.055, abs=RATE)


def test_a_negative_margin_is_taken_off(builder, run) -> None:
    assert rates(builder, run, Coupon(index="sofr", margin=-0.01))[0] == pytest.approx([0.04, 0.0, -0.03], abs=RATE)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "either {fixed: rate} or {index: name, margin: rate}"),
        ({"fixed": 0.08, "index": "sofr", "margin": 0.01}, "either {fixed: rate} or {index: name, margin: rate}"),
        ({"margin": 0.01}, "either {fixed: rate} or {index: name, margin: rate}"),
        ({"fixed": 0.08, "margin": 0.01}, "a fixed coupon has neither margin nor floor"),
        ({"fixed": 0.08, "floor": 0.0}, "a fixed coupon has neither margin nor floor"),
        ({"index": "sofr"}, "a floating coupon needs its margin; write 0.0 for none"),
        ({"index": "sofr", "floor": 0.0}, "a floating coupon needs its margin"),
        ({"fixed": 8.5}, "less than or equal to 1"),
        ({"fixed": -0.06}, "greater than or equal to -0.05"),
        ({"fixed": float("nan")}, "finite number"),
    ],
)
def test_a_coupon_has_exactly_one_form(fields: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Coupon(**fields)
    assert said in str(caught.value)
