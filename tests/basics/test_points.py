"""Numbers given at some places and read in between, by hand."""

from __future__ import annotations

import re

import pytest

from dealmodel.basics.points import between_points, check_points

POINTS = ((0, 1.0), (4, 0.0), (6, 0.5))


def test_linear_by_hand() -> None:
    """Down a quarter a place to 4, up a quarter to 6, and flat after."""
    read = between_points(POINTS, range(9), between="linear")
    assert read == (1.0, 0.75, 0.5, 0.25, 0.0, 0.25, 0.5, 0.5, 0.5)


def test_by_steps_the_last_point_at_or_before_holds() -> None:
    assert between_points(POINTS, range(9), between="step") == (1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.5, 0.5, 0.5)


@pytest.mark.parametrize("between", ["linear", "step"])
def test_points_are_read_exactly_at_their_own_places(between: str) -> None:
    """Thirds and sevenths are not exact in binary; a point must come back bit for bit."""
    points = ((0, 1 / 3), (3, 1 / 7), (10, 0.1))
    assert between_points(points, (0, 3, 10), between=between) == (1 / 3, 1 / 7, 0.1)


@pytest.mark.parametrize("between", ["linear", "step"])
def test_one_point_holds_for_ever(between: str) -> None:
    assert between_points(((0, 0.5),), (0, 1, 1_000), between=between) == (0.5, 0.5, 0.5)


def test_places_may_come_in_any_order_or_not_at_all() -> None:
    assert between_points(POINTS, (6, 1, 1), between="linear") == (0.5, 0.75, 0.75)
    assert between_points(POINTS, (), between="linear") == ()


def test_whole_numbers_are_read_as_numbers() -> None:
    read = between_points(((0, 1), (2, 0)), range(3), between="linear")
    assert read == (1.0, 0.5, 0.0)
    assert all(type(value) is float for value in read)


@pytest.mark.parametrize("points", [(), ((1, 1.0),), ((-1, 1.0), (0, 0.5))])
def test_the_first_point_is_at_nothing(points: tuple[tuple[int, float], ...]) -> None:
    message = "the first of the months must be 0; nothing is read before the first point"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        check_points(points)


@pytest.mark.parametrize(
    ("points", "said"),
    [
        (((0, 1.0), (3, 0.5), (3, 0.4)), "the ages must rise: 3 follows 3"),
        (((0, 1.0), (3, 0.5), (2, 0.4)), "the ages must rise: 2 follows 3"),
    ],
)
def test_points_follow_each_other(points: tuple[tuple[int, float], ...], said: str) -> None:
    with pytest.raises(ValueError, match=f"^{said}$"):
        check_points(points, what="ages")


def test_points_in_order_pass_whatever_their_values() -> None:
    check_points(((0, -1.0), (1, 5.0), (100, 0.0)))
