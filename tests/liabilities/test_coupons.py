"""Coupons: fixed, or an index with a floor on the index and a margin on top."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from dealmodel.liabilities.coupons import Coupon
from dealmodel.lines.trace import Trace
from dealmodel.lines.values import values_of

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


def test_a_negative_margin_is_taken_off_down_to_nothing(builder, run) -> None:
    """5% - 1%, 1% - 1%, and no interest at -2% - 1%: a holder pays none."""
    assert rates(builder, run, Coupon(index="sofr", margin=-0.01))[0] == pytest.approx([0.04, 0.0, 0.0], abs=RATE)


def test_a_cap_is_on_the_index_and_the_margin_on_top(builder, run) -> None:
    """min(5%, 3%) + 2%, 1% + 2%, -2% + 2%; at closing min(4%, 3%) + 2%."""
    months, closing = rates(builder, run, Coupon(index="sofr", margin=0.02, cap=0.03))
    assert months == pytest.approx([0.05, 0.03, 0.0], abs=RATE)
    assert closing == pytest.approx(0.05, abs=RATE)


def test_a_cap_on_the_whole_rate_takes_the_margin_in(builder, run) -> None:
    """min(5% + 2%, 6.5%), 1% + 2%, -2% + 2%; at closing 4% + 2%."""
    coupon = Coupon(index="sofr", margin=0.02, cap=0.065, cap_applies_to="all_in")
    months, closing = rates(builder, run, coupon)
    assert months == pytest.approx([0.065, 0.03, 0.0], abs=RATE)
    assert closing == pytest.approx(0.06, abs=RATE)


def test_floor_and_cap_make_a_collar(builder, run) -> None:
    """5% to 3%, 1% stays, -2% to 0%; each with 1%."""
    months, _ = rates(builder, run, Coupon(index="sofr", margin=0.01, floor=0.0, cap=0.03))
    assert months == pytest.approx([0.04, 0.02, 0.01], abs=RATE)


def test_floor_and_cap_are_live_and_the_floor_wins_on_the_index(builder, run) -> None:
    """A scenario lifts the floor to 6%, above the cap of 3%: 6% + 1% throughout; 3% where the cap is on the whole."""
    for cap_applies_to, expected in (("index", 0.07), ("all_in", 0.03)):
        coupon = Coupon(index="sofr", margin=0.01, floor=0.0, cap=0.03, cap_applies_to=cap_applies_to)
        lines = builder(3, coupon=coupon)
        index = lines.series("index", INDEX, unit="rate per year")
        lines.line("rate", coupon.by_month(lines, {"sofr": index}) + 0, unit="rate per year")
        model = lines.build()
        trace = Trace.of(model, values_of(model, overrides={"rows.coupon.floor": 0.06}))
        assert trace.months("rate") == pytest.approx([expected] * 3, abs=RATE)


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
        ({"fixed": 0.08, "cap": 0.1}, "a fixed coupon has no cap"),
        ({"index": "sofr", "margin": 0.01, "floor": 0.05, "cap": 0.03}, "the cap 0.03 is below the floor 0.05"),
        ({"index": "sofr", "margin": 0.01, "cap_applies_to": "all_in"}, "cap_applies_to needs a cap"),
        ({"fixed": 8.5}, "less than or equal to 1"),
        ({"fixed": -0.01}, "greater than or equal to 0"),
        ({"fixed": float("nan")}, "finite number"),
    ],
)
def test_a_coupon_has_exactly_one_form(fields: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Coupon(**fields)
    assert said in str(caught.value)
