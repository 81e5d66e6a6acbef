"""Numbers given at some places and read in between, by hand."""

from __future__ import annotations

import random
import re
from itertools import pairwise

import pytest
from scipy.interpolate import PchipInterpolator

from dealmodel.basics.points import between_points, check_points, monotone_slopes

POINTS = ((0, 1.0), (4, 0.0), (6, 0.5))


def test_linear_by_hand() -> None:
    """Down a quarter a place to 4, up a quarter to 6, and flat after."""
    read = between_points(POINTS, range(9), between="linear")
    assert read == (1.0, 0.75, 0.5, 0.25, 0.0, 0.25, 0.5, 0.5, 0.5)


def test_by_steps_the_last_point_at_or_before_holds() -> None:
    assert between_points(POINTS, range(9), between="step") == (1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.5, 0.5, 0.5)


@pytest.mark.parametrize("between", ["linear", "step", "log_linear", "monotone"])
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


def test_log_linear_by_hand() -> None:
    """From 1 to 1/16 over four places: a half each; flat after the last."""
    read = between_points(((0, 1.0), (4, 1 / 16)), range(6), between="log_linear")
    assert read == pytest.approx((1, 1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 16), rel=1e-15)


def test_nothing_is_reached_by_equal_ratios() -> None:
    with pytest.raises(ValueError, match="0 cannot be reached by equal ratios; log_linear points are above 0"):
        between_points(((0, 1.0), (4, 0.0)), range(5), between="log_linear")


def test_monotone_slopes_by_hand() -> None:
    """Secants -1/4 and 1/4 turn at place 4, where the slope is 0; the ends are (10 x -1/4 - 4 x 1/4) / 6 and its like.

    (2 x 4 + 2) / 6 x -1/4 - 4/6 x 1/4 = -0.58333; (2 x 2 + 4) / 6 x 1/4 + 2/6 x 1/4 = 0.41667; both within 3 x 1/4.
    """
    assert monotone_slopes(POINTS) == pytest.approx((-7 / 12, 0.0, 5 / 12), rel=1e-15)


def test_the_slope_of_unequal_intervals_is_the_weighted_harmonic_mean() -> None:
    """Widths 1 and 3, secants 1 and 1/3: weights 2 x 3 + 1 = 7 and 3 + 2 = 5: 12 / (7 / 1 + 5 x 3) = 6/11."""
    assert monotone_slopes(((0, 0.0), (1, 1.0), (4, 2.0)))[1] == pytest.approx(6 / 11, rel=1e-15)


def test_one_point_is_flat_and_two_are_a_line() -> None:
    assert between_points(((0, 0.7),), range(3), between="monotone") == (0.7, 0.7, 0.7)
    assert between_points(((0, 1.0), (4, 0.0)), range(5), between="monotone") == pytest.approx((1, 0.75, 0.5, 0.25, 0))


@pytest.mark.parametrize("seed", range(30))
def test_monotone_points_are_read_as_an_independent_library_reads_them(seed: int) -> None:
    """SciPy's PchipInterpolator, for rising and falling points; and no reading leaves the two points around it."""
    draw = random.Random(seed)
    at = [0, *sorted(draw.sample(range(1, 60), draw.randint(2, 8)))]
    points = tuple((place, draw.choice([0.5, draw.random()])) for place in at)
    read = between_points(points, range(at[-1] + 1), between="monotone")
    other = PchipInterpolator(at, [value for _, value in points])(range(at[-1] + 1))
    assert read == pytest.approx(tuple(other), abs=1e-12)
    for (first, low), (second, high) in pairwise(points):
        assert all(min(low, high) <= value <= max(low, high) for value in read[first : second + 1])
