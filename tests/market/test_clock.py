"""Shares of months after a moment, counted in days by hand. January 2027 is month 1 unless a test says otherwise."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from dealmodel.basics.moments import Moment, parse_moment
from dealmodel.basics.schedule import monthly_grid
from dealmodel.lines.build import Builder
from dealmodel.lines.inputs import Input
from dealmodel.lines.names import NEVER
from dealmodel.lines.trace import Trace
from dealmodel.lines.values import values_of
from dealmodel.market.clock import Clock

PERIODS = 6


def a_clock(closing: date = date(2026, 12, 31), payment_day: Any = "month_end") -> Clock:
    first = {"month_end": date(2027, 1, 31), 15: date(2027, 1, 15)}[payment_day]
    grid = monthly_grid(closing, first, PERIODS, payment_day=payment_day, convention="none", calendar="NONE")
    return Clock(grid, payment_day, {"closing": 0, "legal_final": PERIODS})


def shares(clock: Clock, moment: Moment, *, moved_to: int | None = None) -> Trace:
    """Lines after a moment; `moved_to` is the month number that a scenario gives it."""
    lines = Builder("clock", periods=PERIODS)
    months = tuple(float(month) for month in range(1, PERIODS + 1))
    lines.add_input(Input("time.month", "month", months, monthly=True, live=False))
    month = lines.add_input(Input("moment", "month", float(clock.month(moment))))
    found = clock.shares_after(lines, "x", moment, month)
    assert (found.stub is None) == (clock.stubs(moment) is None)
    model = lines.build()
    return Trace.of(model, values_of(model, overrides=None if moved_to is None else {"moment": moved_to}))


@pytest.mark.parametrize(
    ("said", "month"),
    [
        ("closing", 0),
        ("legal_final", 6),
        ("never", NEVER),
        ("month 4", 4),
        (date(2026, 12, 31), 0),
        (date(2027, 1, 1), 1),
        (date(2027, 1, 31), 1),
        (date(2027, 2, 1), 2),
        (date(2028, 2, 29), 14),
    ],
)
def test_month_of_a_moment(said: Any, month: int) -> None:
    assert a_clock().month(parse_moment(said)) == month


def test_a_day_before_closing_has_no_month() -> None:
    with pytest.raises(ValueError, match=r"^2026-12-30 is before the closing 2026-12-31$"):
        a_clock().month(Moment(day=date(2026, 12, 30)))


def test_an_event_that_the_deal_does_not_have_has_no_month() -> None:
    with pytest.raises(ValueError, match=r"^'maturity' has no meaning here; there are closing, legal_final and never$"):
        a_clock().month(Moment(event="maturity"))


def test_all_of_every_month_follows_closing() -> None:
    trace = shares(a_clock(), Moment(event="closing"))
    assert trace.value("x_started", 0) == 1
    assert trace.months("x_started") == [1] * PERIODS
    assert trace.months("x_share") == [1] * PERIODS


@pytest.mark.parametrize("moment", [Moment(month=3), Moment(day=date(2027, 3, 31))])
def test_the_end_of_month_three_is_followed_by_month_four(moment: Moment) -> None:
    trace = shares(a_clock(), moment)
    assert trace.value("x_started", 0) == 0
    assert trace.months("x_started") == [0, 0, 1, 1, 1, 1]
    assert trace.months("x_share") == [0, 0, 0, 1, 1, 1]


def test_never_is_followed_by_nothing() -> None:
    trace = shares(a_clock(), Moment(event="never"))
    assert trace.months("x_started") == trace.months("x_share") == [0] * PERIODS


def test_a_month_number_moves_whole() -> None:
    assert shares(a_clock(), Moment(month=3), moved_to=1).months("x_share") == [0, 1, 1, 1, 1, 1]
    assert shares(a_clock(), Moment(month=3), moved_to=0).months("x_share") == [1] * PERIODS


@pytest.mark.parametrize(
    ("moved_to", "share"),
    [
        (4, [0, 0, 0, 20 / 30, 1, 1]),  # 10 April: 20 of 30 days are left
        (3, [0, 0, 21 / 31, 1, 1, 1]),  # 10 March: 21 of 31
        (2, [0, 18 / 28, 1, 1, 1, 1]),  # 10 February: 18 of 28
        (5, [0, 0, 0, 0, 21 / 31, 1]),
        (0, [1, 1, 1, 1, 1, 1]),  # moved to closing, nothing of a month is lost
        (NEVER, [0, 0, 0, 0, 0, 0]),
    ],
)
def test_a_stub_counts_the_days_of_the_month_it_is_moved_to(moved_to: int, share: list[float]) -> None:
    trace = shares(a_clock(), Moment(day=date(2027, 4, 10)), moved_to=moved_to)
    assert trace.months("x_share") == share


@pytest.mark.parametrize(
    ("day", "share"),
    [
        (date(2027, 1, 1), 30 / 31),
        (date(2027, 1, 30), 1 / 31),
        (date(2027, 1, 31), 0.0),
        (date(2027, 2, 27), 1 / 28),
        (date(2027, 4, 15), 0.5),
    ],
)
def test_a_stub_is_what_is_left_of_the_month_after_the_day(day: date, share: float) -> None:
    trace = shares(a_clock(), Moment(day=day))
    assert trace.months("x_share")[day.month - 1] == share


def test_a_stub_of_a_leap_february_has_twenty_nine_days() -> None:
    first = date(2028, 1, 31)
    grid = monthly_grid(date(2027, 12, 31), first, 2, payment_day="month_end", convention="none", calendar="NONE")
    clock = Clock(grid, "month_end", {"closing": 0})
    stubs = clock.stubs(Moment(day=date(2028, 2, 10)))
    assert stubs is not None
    assert stubs[2] == 19 / 29


def test_a_day_that_a_month_does_not_have_is_its_last() -> None:
    """30 January moved to February stands on the 28th, so nothing of February is left; in March one day is."""
    moment = Moment(day=date(2027, 1, 30))
    assert shares(a_clock(), moment, moved_to=2).months("x_share") == [0, 0, 1, 1, 1, 1]
    assert shares(a_clock(), moment, moved_to=3).months("x_share") == [0, 0, 1 / 31, 1, 1, 1]


def test_months_that_end_on_the_fifteenth() -> None:
    """20 January is five days into the month from 15 January to 15 February: 26 of its 31 days are left.

    Moved a month on, 20 February is five days into the 28 from 15 February to 15 March. 10 January would be in month 1.
    """
    clock = a_clock(date(2026, 12, 15), 15)
    assert shares(clock, Moment(day=date(2027, 1, 20))).months("x_share")[:3] == [0, 26 / 31, 1]
    assert shares(clock, Moment(day=date(2027, 1, 20)), moved_to=3).months("x_share")[:4] == [0, 0, 23 / 28, 1]
    assert shares(clock, Moment(day=date(2027, 1, 10))).months("x_share")[:2] == [5 / 31, 1]
    assert shares(clock, Moment(day=date(2027, 1, 15))).months("x_share")[:2] == [0, 1]


@pytest.mark.parametrize(("day", "left"), [(date(2026, 12, 20), 42), (date(2027, 1, 20), 11)])
def test_a_long_first_month_has_two_days_of_one_number(day: date, left: int) -> None:
    """From closing on 10 December to 31 January are 52 days: 42 follow 20 December, and 11 follow 20 January."""
    trace = shares(a_clock(date(2026, 12, 10)), Moment(day=day))
    assert trace.months("x_share")[:2] == [left / 52, 1]
