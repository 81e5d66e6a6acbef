"""Scheduled balances: points of month and share, read in between."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from dealmodel.liabilities.schedules import ScheduledBalance

SHARE = 1e-15  # one interpolation


def schedule(*points: tuple[int, float], between: str = "linear") -> ScheduledBalance:
    return ScheduledBalance(by="month", of="original", points=points, between=between)


def test_linear_between_two_points() -> None:
    """From 1 at closing to 0.2 in month 4: 0.2 less each month; then 0.2 to 0 in two: 0.1 less each month."""
    shares = schedule((0, 1.0), (4, 0.2), (6, 0.0)).shares(6)
    assert shares == pytest.approx((0.8, 0.6, 0.4, 0.2, 0.1, 0.0), abs=SHARE)


def test_steps_hold_the_last_point() -> None:
    assert schedule((0, 1.0), (2, 0.5), (5, 0.0), between="step").shares(6) == (1.0, 0.5, 0.5, 0.5, 0.0, 0.0)


@pytest.mark.parametrize("between", ["linear", "step"])
def test_after_the_last_point_its_value_stays(between: str) -> None:
    assert schedule((0, 1.0), (2, 0.3), between=between).shares(5)[1:] == (0.3, 0.3, 0.3, 0.3)


def test_one_point_is_no_amortization() -> None:
    assert schedule((0, 1.0)).shares(3) == (1.0, 1.0, 1.0)


def test_points_are_hit_exactly() -> None:
    assert schedule((0, 1.0), (36, 0.06), (48, 0.0)).shares(48)[35] == 0.06


def test_months_are_those_of_the_model_and_no_more() -> None:
    assert len(schedule((0, 1.0), (60, 0.0)).shares(7)) == 7


@pytest.mark.parametrize(
    ("points", "said"),
    [
        ((), "the first of the months must be 0"),
        (((1, 1.0), (2, 0.0)), "the first of the months must be 0"),
        (((0, 1.0), (2, 0.5), (2, 0.0)), "the months must rise: 2 follows 2"),
        (((0, 1.0), (3, 0.5), (2, 0.0)), "the months must rise: 2 follows 3"),
        (((0, 1.0), (2, 1.5)), "1.5 at month 2 is not a share"),
        (((0, 1.0), (2, -0.1)), "-0.1 at month 2 is not a share"),
        (((0, 0.5), (2, 0.6)), "a scheduled balance does not rise: 0.6 at month 2 follows 0.5"),
    ],
)
def test_points_are_in_order_and_shares(points: tuple[tuple[int, float], ...], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        schedule(*points)
    assert said in str(caught.value)


def test_a_level_stretch_is_allowed() -> None:
    assert schedule((0, 1.0), (2, 1.0), (3, 0.0)).shares(3) == (1.0, 1.0, 0.0)
