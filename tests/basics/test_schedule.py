"""Month arithmetic and the deal's monthly grid, by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest

from dealmodel.basics.schedule import (
    MOST_PERIODS,
    Delay,
    Grid,
    add_months,
    check_months_tile,
    first_period_end,
    month_end,
    month_number,
    monthly_grid,
    months_between,
    months_until,
)


def a_date(text: str) -> date:
    return date.fromisoformat(text)


def a_grid(closing: str, first_payment: str, periods: int, **changes: Any) -> Grid:
    terms = {"payment_day": "month_end", "convention": "none", "calendar": "NONE"} | changes
    return monthly_grid(a_date(closing), a_date(first_payment), periods, **terms)


@pytest.mark.parametrize(
    ("day", "last"),
    [
        ("2026-02-01", "2026-02-28"),
        ("2024-02-29", "2024-02-29"),
        ("2026-12-31", "2026-12-31"),
        ("2026-04-15", "2026-04-30"),
    ],
)
def test_month_end(day: str, last: str) -> None:
    assert month_end(a_date(day)) == a_date(last)


@pytest.mark.parametrize(
    ("day", "months", "payment_day", "expected"),
    [
        ("2026-01-15", 1, None, "2026-02-15"),
        ("2026-01-15", 0, None, "2026-01-15"),
        ("2026-01-15", -1, None, "2025-12-15"),
        ("2026-01-15", 12, None, "2027-01-15"),
        ("2026-12-15", 1, None, "2027-01-15"),
        ("2026-01-30", 1, None, "2026-02-28"),  # cut to the month
        ("2026-01-30", 2, None, "2026-03-30"),  # not the end of January, so the day is kept
        ("2026-01-31", 1, None, "2026-02-28"),  # an end of month stays one
        ("2026-02-28", 1, None, "2026-03-31"),
        ("2024-02-28", 1, None, "2024-03-28"),  # not the end of February in a leap year
        ("2024-02-29", 12, None, "2025-02-28"),
        ("2026-04-30", -2, None, "2026-02-28"),
        ("2026-01-15", 1, "month_end", "2026-02-28"),
        ("2026-01-15", 0, "month_end", "2026-01-31"),
        ("2026-01-15", 1, 25, "2026-02-25"),
        ("2026-01-31", 1, 1, "2026-02-01"),
        ("2026-02-28", 1, 28, "2026-03-28"),  # a day number overrides the end of the month
        ("2026-01-15", 1, 31, "2026-02-28"),
    ],
)
def test_add_months_by_hand(day: str, months: int, payment_day: Any, expected: str) -> None:
    assert add_months(a_date(day), months, payment_day) == a_date(expected)


@pytest.mark.parametrize("payment_day", [0, 32])
def test_add_months_refuses_a_day_no_month_has(payment_day: int) -> None:
    with pytest.raises(ValueError, match=f"^{payment_day} is not a day of the month; choose 1 to 31 or month_end$"):
        add_months(date(2026, 1, 15), 1, payment_day)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-01-31", "2026-02-01", 1),
        ("2026-01-01", "2026-01-31", 0),
        ("2025-11-30", "2026-02-28", 3),
        ("2026-02-28", "2025-11-30", -3),
    ],
)
def test_months_between_ignores_days(start: str, end: str, expected: int) -> None:
    assert months_between(a_date(start), a_date(end)) == expected


def test_month_end_grid_by_hand() -> None:
    # 31 January and 28 February 2026 are Saturdays and 31 May is a Sunday; Monday is in the next month each time.
    grid = a_grid("2025-12-31", "2026-01-31", 5, convention="modified_following", calendar="USD-FED")
    assert [str(day) for day in grid.period_start] == [
        "2025-12-31",
        "2026-01-31",
        "2026-02-28",
        "2026-03-31",
        "2026-04-30",
    ]
    assert [str(day) for day in grid.period_end] == [
        "2026-01-31",
        "2026-02-28",
        "2026-03-31",
        "2026-04-30",
        "2026-05-31",
    ]
    assert [str(day) for day in grid.payment_date] == [
        "2026-01-30",
        "2026-02-27",
        "2026-03-31",
        "2026-04-30",
        "2026-05-29",
    ]
    assert grid.days == (31, 28, 31, 30, 31)
    assert (grid.closing, grid.periods, grid.first_payment_period) == (date(2025, 12, 31), 5, 1)


def test_day_number_grid_by_hand() -> None:
    # 15 February and 15 March 2026 are Sundays.
    grid = a_grid("2026-01-20", "2026-03-15", 3, payment_day=15, convention="following", calendar=[date(2026, 3, 16)])
    assert [str(day) for day in grid.period_end] == ["2026-02-15", "2026-03-15", "2026-04-15"]
    # Presidents' Day, 16 February, is not in the list, so it is a business day here; 16 March is closed.
    assert [str(day) for day in grid.payment_date] == ["2026-02-16", "2026-03-17", "2026-04-15"]
    assert grid.days == (26, 28, 31)
    assert grid.first_payment_period == 2


@pytest.mark.parametrize(
    ("closing", "payment_day", "end", "days"),
    [
        ("2026-01-01", "month_end", "2026-02-28", 58),
        ("2026-01-31", "month_end", "2026-02-28", 28),
        ("2026-01-31", 1, "2026-02-01", 1),
        ("2026-01-01", 28, "2026-02-28", 58),
    ],
)
def test_first_period_may_be_short_or_long(closing: str, payment_day: Any, end: str, days: int) -> None:
    grid = a_grid(closing, end, 1, payment_day=payment_day)
    assert grid.period_end == (a_date(end),)
    assert grid.days == (days,)


def test_a_first_payment_in_the_month_of_closing_makes_a_short_first_month() -> None:
    """From 5 January: 26 days to the end of January where that is paid, else 54 to the end of February."""
    short, long = a_grid("2026-01-05", "2026-01-31", 3), a_grid("2026-01-05", "2026-02-28", 3)
    assert [str(day) for day in short.period_end] == ["2026-01-31", "2026-02-28", "2026-03-31"]
    assert [str(day) for day in long.period_end] == ["2026-02-28", "2026-03-31", "2026-04-30"]
    assert (short.days, long.days) == ((26, 28, 31), (54, 31, 30))
    assert short.first_payment_period == long.first_payment_period == 1


def test_months_until_counts_from_the_first_period_end() -> None:
    closing, final = date(2026, 1, 5), date(2026, 12, 31)
    assert months_until(closing, date(2026, 1, 31), final, "month_end") == 12
    assert months_until(closing, date(2026, 2, 28), final, "month_end") == 11
    # Closing on the payment day itself: the first month is a whole one.
    assert first_period_end(date(2026, 1, 31), date(2026, 2, 28), "month_end") == date(2026, 2, 28)


def test_days_are_placed_in_a_short_first_month() -> None:
    first = date(2026, 1, 31)
    assert month_number(date(2026, 1, 6), date(2026, 1, 5), "month_end", first) == (1, 1, 26)
    assert month_number(date(2026, 1, 31), date(2026, 1, 5), "month_end", first) == (1, 26, 26)
    assert month_number(date(2026, 2, 1), date(2026, 1, 5), "month_end", first) == (2, 1, 28)


def test_adjusted_accrual_moves_with_the_business_days_and_tiles() -> None:
    """31 January and 28 February 2026 are Saturdays: interest accrues to Friday 30 January and 27 February."""
    terms = {"convention": "modified_following", "calendar": "USD-FED"}
    grid = a_grid("2025-12-31", "2026-01-31", 3, **terms, accrual="adjusted")
    assert [str(day) for day in grid.accrual_end] == ["2026-01-30", "2026-02-27", "2026-03-31"]
    assert [str(day) for day in grid.accrual_start] == ["2025-12-31", "2026-01-30", "2026-02-27"]
    assert a_grid("2025-12-31", "2026-01-31", 3, **terms).accrual_end == grid.period_end


@pytest.mark.parametrize(
    ("delay", "paid"),
    [
        (Delay(), ["2026-01-30", "2026-02-27", "2026-03-31"]),
        # The 20th, or 20 days after the end of February, is 20 February, 20 March and 20 April: all weekdays.
        (Delay(20), ["2026-02-20", "2026-03-20", "2026-04-20"]),
        # 14 February and 14 March are Saturdays, and Monday 16 February is Presidents' Day.
        (Delay(14), ["2026-02-17", "2026-03-16", "2026-04-14"]),
        # Two business days after Friday 30 January, Friday 27 February and Tuesday 31 March.
        (Delay(2, "business_days"), ["2026-02-03", "2026-03-03", "2026-04-02"]),
    ],
)
def test_payment_delay_by_hand(delay: Delay, paid: list[str]) -> None:
    terms = {"convention": "modified_following", "calendar": "USD-FED", "accrual": "adjusted", "delay": delay}
    grid = a_grid("2025-12-31", "2026-01-31", 3, **terms)
    assert [str(day) for day in grid.payment_date] == paid
    assert [str(day) for day in grid.accrual_end] == ["2026-01-30", "2026-02-27", "2026-03-31"]


@pytest.mark.parametrize("convention", ["none", "following", "modified_following", "preceding", "modified_preceding"])
@pytest.mark.parametrize("accrual", ["adjusted", "unadjusted"])
@pytest.mark.parametrize("payment_day", [1, 15, "month_end"])
def test_accrual_periods_tile_under_every_convention(convention: str, accrual: Any, payment_day: Any) -> None:
    """Invariant I17, day by day: every day from closing to the last accrual end is in exactly one period."""
    closing = date(2026, 1, 20)
    first = add_months(closing, 1, payment_day)
    grid = monthly_grid(
        closing, first, 36, payment_day=payment_day, convention=convention, calendar="NYSE", accrual=accrual
    )
    days = [
        start + timedelta(days=elapsed)
        for start, end in zip(grid.accrual_start, grid.accrual_end, strict=True)
        for elapsed in range((end - start).days)
    ]
    assert days == [closing + timedelta(days=elapsed) for elapsed in range((grid.accrual_end[-1] - closing).days)]


def test_a_gap_an_overlap_and_two_payments_on_a_day_are_refused() -> None:
    grid = a_grid("2025-12-31", "2026-01-31", 3)
    gap = replace(grid, period_start=(grid.closing, date(2026, 2, 1), grid.period_end[1]))
    with pytest.raises(
        ValueError, match=r"^collection month 2 runs from 2026-02-01 to 2026-02-28, after 2026-01-31: a"
    ):
        check_months_tile(gap)
    late = replace(grid, accrual_end=(date(2026, 3, 1), date(2026, 2, 28), date(2026, 3, 31)))
    with pytest.raises(ValueError, match=r"^accrual period 2 runs from 2026-03-01 to 2026-02-28"):
        check_months_tile(late)
    closed = [date(2026, 1, 31) + timedelta(days=offset) for offset in range(31)]
    with pytest.raises(ValueError, match=r"^months 1 and 2 are paid on 2026-03-03 and 2026-03-03: not in order"):
        a_grid("2025-12-31", "2026-01-31", 3, convention="following", calendar=[*closed, date(2026, 3, 2)])


@pytest.mark.parametrize("payment_day", [1, 15, 28, "month_end"])
def test_periods_tile_the_time_from_closing(payment_day: Any) -> None:
    closing = date(2026, 1, 31)
    first = add_months(closing, 1, payment_day)
    grid = a_grid("2026-01-31", str(first), MOST_PERIODS, payment_day=payment_day)
    assert grid.period_start == (closing, *grid.period_end[:-1])
    assert sum(grid.days) == (grid.period_end[-1] - closing).days
    assert all(28 <= count <= 31 for count in grid.days[1:])
    assert all(earlier < later for earlier, later in pairwise(grid.payment_date))
    assert grid.periods == MOST_PERIODS == months_between(closing, grid.period_end[-1])


@pytest.mark.parametrize(
    ("first_payment", "message"),
    [
        ("2026-01-15", "first payment 2026-01-15 is not after the closing 2026-01-15"),
        ("2025-12-31", "first payment 2025-12-31 is not after the closing 2026-01-15"),
        ("2026-05-31", "first payment 2026-05-31 is after the last period end 2026-04-30"),
        ("2026-03-15", "first payment 2026-03-15 is not a period end; the nearest is 2026-02-28"),
        ("2026-01-30", "first payment 2026-01-30 is not a period end; the nearest is 2026-02-28"),
    ],
)
def test_first_payment_that_is_no_period_end_is_refused(first_payment: str, message: str) -> None:
    with pytest.raises(ValueError, match="first payment") as refused:
        a_grid("2026-01-15", first_payment, 3)
    assert str(refused.value) == message


def test_payment_that_moves_back_to_closing_is_refused() -> None:
    # 1 February 2026 is a Sunday; the Friday before is the closing itself.
    terms = {"payment_day": 1, "convention": "preceding", "calendar": "USD-FED"}
    with pytest.raises(ValueError, match="moves to") as refused:
        a_grid("2026-01-30", "2026-02-01", 3, **terms)
    assert str(refused.value) == (
        "first payment 2026-02-01 moves to 2026-01-30, which is not after the closing 2026-01-30"
    )
    assert a_grid("2026-01-30", "2026-03-01", 3, **terms).first_payment_period == 2


@pytest.mark.parametrize("periods", [0, -1, MOST_PERIODS + 1])
def test_number_of_periods_is_bounded(periods: int) -> None:
    with pytest.raises(ValueError, match=rf"^{periods} periods; a deal has 1 to 1,200 monthly periods$"):
        a_grid("2025-12-31", "2026-01-31", periods)


@pytest.mark.parametrize("payment_day", [0, 29, 31, "end"])
def test_payment_day_every_month_has_is_required(payment_day: Any) -> None:
    message = f"^{payment_day!r} is not a payment day; choose 1 to 28 or month_end$"
    with pytest.raises(ValueError, match=message):
        a_grid("2025-12-31", "2026-01-31", 3, payment_day=payment_day)
    with pytest.raises(ValueError, match=message):
        month_number(date(2026, 1, 31), date(2025, 12, 31), payment_day)


@pytest.mark.parametrize("change", [{"convention": "nearest"}, {"calendar": "TARGET"}])
def test_unknown_convention_and_calendar_are_refused(change: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="is not a"):
        a_grid("2025-12-31", "2026-01-31", 3, **change)


@pytest.mark.parametrize(
    ("day", "closing", "payment_day", "expected", "share"),
    [
        ("2026-01-15", "2026-01-15", "month_end", (0, 1, 1), 0.0),  # closing itself
        ("2026-01-16", "2026-01-15", "month_end", (1, 1, 44), 43 / 44),  # month 1 runs to 28 February
        ("2026-02-28", "2026-01-15", "month_end", (1, 44, 44), 0.0),
        ("2026-03-01", "2026-01-15", "month_end", (2, 1, 31), 30 / 31),
        ("2026-03-31", "2026-01-15", "month_end", (2, 31, 31), 0.0),
        ("2026-06-10", "2025-12-31", "month_end", (6, 10, 30), 20 / 30),
        ("2026-02-10", "2026-01-20", 10, (1, 21, 21), 0.0),
        ("2026-02-11", "2026-01-20", 10, (2, 1, 28), 27 / 28),
        ("2027-01-05", "2026-01-20", 10, (12, 26, 31), 5 / 31),  # month 12: 11 December to 10 January
    ],
)
def test_month_number_by_hand(
    day: str, closing: str, payment_day: Any, expected: tuple[int, int, int], share: float
) -> None:
    place = month_number(a_date(day), a_date(closing), payment_day)
    assert place == expected
    assert place.stub_share == share


@pytest.mark.parametrize("payment_day", [1, 10, 28, "month_end"])
@pytest.mark.parametrize("closing", ["2026-01-01", "2026-01-15", "2026-01-31", "2024-02-29"])
def test_month_number_agrees_with_the_grid_on_every_day(closing: str, payment_day: Any) -> None:
    start = a_date(closing)
    grid = a_grid(closing, str(add_months(start, 1, payment_day)), 30, payment_day=payment_day)
    for t in range(30):
        for elapsed in range(1, grid.days[t] + 1):
            day = grid.period_start[t] + timedelta(days=elapsed)
            assert month_number(day, start, payment_day) == (t + 1, elapsed, grid.days[t])


def test_date_before_closing_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^2026-01-14 is before the closing 2026-01-15$"):
        month_number(date(2026, 1, 14), date(2026, 1, 15), "month_end")
