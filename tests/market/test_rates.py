"""Reference rates read from dated forwards, by hand."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from dealmodel.market.rates import forward_rates

# 1 January to 31 January is 30 days, to 1 March another 29.
POINTS = [(date(2026, 1, 1), 0.043), (date(2026, 1, 31), 0.040), (date(2026, 3, 1), 0.0429)]

# One unit in the last place of a rate of a few percent.
EXACT = 1e-17


def a_rate(day: date, **changes: Any) -> float:
    terms = {"between": "linear", "after_last": "flat"} | changes
    return forward_rates(POINTS, [day], **terms)[0]


@pytest.mark.parametrize(
    ("day", "linear", "step"),
    [
        (date(2026, 1, 1), 0.043, 0.043),
        (date(2026, 1, 11), 0.042, 0.043),  # a third of the way from 4.3% to 4.0%
        (date(2026, 1, 30), 0.0401, 0.043),
        (date(2026, 1, 31), 0.040, 0.040),
        (date(2026, 2, 10), 0.041, 0.040),  # 10 of 29 days, 0.01% each
        (date(2026, 3, 1), 0.0429, 0.0429),
        (date(2030, 1, 1), 0.0429, 0.0429),  # flat after the last
    ],
)
def test_rates_by_hand(day: date, linear: float, step: float) -> None:
    assert a_rate(day) == pytest.approx(linear, abs=EXACT)
    assert a_rate(day, between="step") == step


@pytest.mark.parametrize("between", ["linear", "step"])
def test_rates_on_the_points_are_the_points(between: Any) -> None:
    days, rates = zip(*POINTS, strict=True)
    assert forward_rates(POINTS, days, between=between, after_last="error") == list(rates)


@pytest.mark.parametrize("between", ["linear", "step"])
def test_one_point_is_a_flat_curve(between: Any) -> None:
    dates = [date(2026, 1, 1), date(2040, 6, 30)]
    assert forward_rates(POINTS[:1], dates, between=between, after_last="flat") == [0.043, 0.043]


def test_many_dates_equal_one_date_at_a_time_in_any_order() -> None:
    dates = [date(2026, 1, 1) + timedelta(days=(37 * k) % 90) for k in range(90)]
    assert forward_rates(POINTS, dates, between="linear", after_last="flat") == [a_rate(day) for day in dates]


def test_linear_rates_lie_between_their_neighbours() -> None:
    for offset in range(31):
        assert 0.040 <= a_rate(date(2026, 1, 1) + timedelta(days=offset)) <= 0.043


def test_negative_rates_are_rates() -> None:
    points = [(date(2026, 1, 1), -0.005), (date(2026, 1, 11), 0.005)]
    rates = forward_rates(points, [date(2026, 1, 6)], between="linear", after_last="error")
    assert rates == pytest.approx([0.0], abs=EXACT)


def test_no_dates_give_no_rates() -> None:
    assert forward_rates(POINTS, [], between="linear", after_last="flat") == []


def test_date_before_the_first_point_is_refused() -> None:
    message = "^no rate for 2025-12-31: it is before the first point of the forward curve, 2026-01-01$"
    with pytest.raises(ValueError, match=message):
        a_rate(date(2025, 12, 31))


def test_date_after_the_last_point_is_refused_on_request() -> None:
    message = "^no rate for 2026-03-02: it is after the last point of the forward curve, 2026-03-01$"
    with pytest.raises(ValueError, match=message):
        a_rate(date(2026, 3, 2), after_last="error")
    assert a_rate(date(2026, 3, 1), after_last="error") == 0.0429


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ([], "a forward curve has no points; give at least one date and rate"),
        (POINTS[::-1], "the points of a forward curve are not in date order: 2026-01-31 follows 2026-03-01"),
        (POINTS[:1] * 2, "the points of a forward curve are not in date order: 2026-01-01 follows 2026-01-01"),
        (
            [(date(2026, 1, 1), float("nan"))],
            "the rate on 2026-01-01 is nan; write a decimal per year, such as 0.043",
        ),
    ],
)
def test_points_that_are_no_curve_are_refused(points: list[tuple[date, float]], message: str) -> None:
    with pytest.raises(ValueError, match=r"forward curve|the rate on") as refused:
        forward_rates(points, [date(2026, 1, 1)], between="linear", after_last="flat")
    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"between": "cubic"}, "^'cubic' is not a way to read between points; choose linear or step$"),
        ({"after_last": "nan"}, "^'nan' is not a way to read after the last point; choose flat or error$"),
    ],
)
def test_unknown_ways_to_read_a_curve_are_refused(change: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        a_rate(date(2026, 1, 1), **change)
