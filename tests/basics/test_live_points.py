"""Tables by month with live values: what is read is the sum of weight x value."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from dealmodel.basics.kinds import place_kinds
from dealmodel.basics.live_points import LivePoints, weights_of_points


def table(*points: tuple[int, float], between: str) -> LivePoints:
    return LivePoints(by="month", points=points, between=between)


def test_weights_by_steps_are_the_months_of_each_point() -> None:
    """Points at 0 and 2: months 1, 2, 3, 4 read the first, then the second."""
    weights = table((0, 1.2), (2, 1.35), between="step").weights([date(2027, month, 28) for month in (1, 2, 3, 4)])
    assert weights == [(1, 0, 0, 0), (0, 1, 1, 1)]


def test_weights_in_between_are_shares_of_the_way() -> None:
    """Points at 0, 4 and 6: month 1 is a quarter of the way to the second, month 5 half of the way to the third."""
    weights = weights_of_points(((0, 9.0), (4, 9.0), (6, 9.0)), (1, 4, 5, 8), between="linear")
    assert weights == [(0.75, 0, 0, 0), (0.25, 1, 0.5, 0), (0, 0, 0.5, 1)]


def test_each_point_has_its_place() -> None:
    levels = table((0, 1.2), (2, 1.35), between="step")
    place_kinds(levels, "tests.cover.at_least")
    assert levels.paths() == ["tests.cover.at_least.points[1]", "tests.cover.at_least.points[2]"]


def test_points_begin_at_closing_and_rise() -> None:
    with pytest.raises(ValidationError, match="the first of the months must be 0"):
        table((1, 1.2), between="step")
    with pytest.raises(ValidationError, match="the months must rise"):
        table((0, 1.2), (0, 1.3), between="step")
