"""Business days and where dates move, by hand and against an independent library."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import holidays
import pytest
import QuantLib

from dealmodel.basics import calendars
from dealmodel.basics.calendars import (
    CALENDARS,
    CONVENTIONS,
    add_business_days,
    adjust,
    holidays_version,
    is_business_day,
)


@pytest.mark.parametrize(
    ("day", "name", "open_"),
    [
        # Good Friday 2026: the exchange closes; SIFMA closes early only; the Federal Reserve Banks do not observe it.
        ("2026-04-03", "NONE", True),
        ("2026-04-03", "USD-FED", True),
        ("2026-04-03", "USD-GOVT", True),
        ("2026-04-03", "NYSE", False),
        # 4 July 2026 is a Saturday: the Federal Reserve Banks do not move it to the Friday, the markets do.
        ("2026-07-03", "NONE", True),
        ("2026-07-03", "USD-FED", True),
        ("2026-07-03", "USD-GOVT", False),
        ("2026-07-03", "NYSE", False),
        # Columbus Day: banks and bonds close, the exchange does not.
        ("2026-10-12", "USD-FED", False),
        ("2026-10-12", "USD-GOVT", False),
        ("2026-10-12", "NYSE", True),
        # 4 July 2027 is a Sunday: everybody closes on the Monday.
        ("2027-07-05", "USD-FED", False),
        ("2027-07-05", "USD-GOVT", False),
        ("2027-07-05", "NYSE", False),
        # 1 January 2028 is a Saturday: nobody closes on the Friday, in the year before.
        ("2027-12-31", "USD-FED", True),
        ("2027-12-31", "USD-GOVT", True),
        ("2027-12-31", "NYSE", True),
    ],
)
def test_golden_days(day: str, name: str, open_: bool) -> None:
    assert is_business_day(date.fromisoformat(day), name) is open_


@pytest.mark.parametrize("name", CALENDARS)
def test_weekends_are_closed_except_under_none(name: str) -> None:
    saturday, sunday = date(2026, 1, 10), date(2026, 1, 11)
    assert is_business_day(saturday, name) is (name == "NONE")
    assert is_business_day(sunday, name) is (name == "NONE")
    assert is_business_day(date(2026, 1, 12), name)


@pytest.mark.parametrize("kind", [list, tuple, frozenset])
def test_listed_holidays_close_besides_weekends(kind: Any) -> None:
    closed = kind([date(2026, 3, 17)])
    assert not is_business_day(date(2026, 3, 17), closed)
    assert is_business_day(date(2026, 3, 18), closed)
    assert not is_business_day(date(2026, 3, 21), closed)
    assert adjust(date(2026, 3, 17), "following", closed) == date(2026, 3, 18)


def test_empty_list_closes_weekends_only() -> None:
    assert is_business_day(date(2026, 12, 25), [])
    assert not is_business_day(date(2026, 12, 26), [])


@pytest.mark.parametrize(
    ("day", "moved"),
    [
        # Saturday in the middle of a month: both ways stay in the month.
        ("2026-01-10", ("2026-01-10", "2026-01-12", "2026-01-12", "2026-01-09", "2026-01-09")),
        # Saturday 31 January: forward leaves the month, so modified following goes back.
        ("2026-01-31", ("2026-01-31", "2026-02-02", "2026-01-30", "2026-01-30", "2026-01-30")),
        # Sunday 1 February: back leaves the month, so modified preceding goes forward.
        ("2026-02-01", ("2026-02-01", "2026-02-02", "2026-02-02", "2026-01-30", "2026-02-02")),
        # Thursday 31 December is open and does not move.
        ("2026-12-31", ("2026-12-31",) * 5),
        # New Year's Day 2027, a Friday: back would leave the year; forward is Monday 4 January.
        ("2027-01-01", ("2027-01-01", "2027-01-04", "2027-01-04", "2026-12-31", "2027-01-04")),
        # Sunday 31 May 2026: Monday is 1 June, so modified following goes back to the Friday.
        ("2026-05-31", ("2026-05-31", "2026-06-01", "2026-05-29", "2026-05-29", "2026-05-29")),
        # Saturday 17 January, before Martin Luther King Day on Monday 19 January: three days forward.
        ("2026-01-17", ("2026-01-17", "2026-01-20", "2026-01-20", "2026-01-16", "2026-01-16")),
    ],
)
def test_conventions_by_hand(day: str, moved: tuple[str, ...]) -> None:
    found = [adjust(date.fromisoformat(day), convention, "USD-FED") for convention in CONVENTIONS]
    assert CONVENTIONS == ("none", "following", "modified_following", "preceding", "modified_preceding")
    assert [str(each) for each in found] == list(moved)


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_nothing_moves_under_none(convention: str) -> None:
    for offset in range(14):
        day = date(2026, 1, 25) + timedelta(days=offset)
        assert adjust(day, convention, "NONE") == day


@pytest.mark.parametrize("name", CALENDARS)
@pytest.mark.parametrize("convention", CONVENTIONS)
def test_moved_dates_are_business_days_in_the_promised_direction(name: str, convention: str) -> None:
    for offset in range(1_000):
        day = date(2026, 1, 1) + timedelta(days=offset)
        moved = adjust(day, convention, name)
        assert convention == "none" or is_business_day(moved, name)
        assert abs((moved - day).days) <= 4
        if convention.startswith("modified"):
            assert (moved.year, moved.month) == (day.year, day.month)
        elif convention != "none":
            assert moved == day or (moved > day) is (convention == "following")


@pytest.mark.parametrize(
    ("name", "market", "last_year"),
    [
        ("USD-FED", QuantLib.UnitedStates.FederalReserve, 2100),
        # From 2034 the two differ on some Good Fridays, which are early closes or full closes by announcement only.
        ("USD-GOVT", QuantLib.UnitedStates.GovernmentBond, 2033),
        ("NYSE", QuantLib.UnitedStates.NYSE, 2100),
    ],
)
def test_named_calendars_agree_with_quantlib(name: str, market: Any, last_year: int) -> None:
    theirs = QuantLib.UnitedStates(market)
    day = date(2022, 1, 1)
    while day.year <= last_year:
        assert is_business_day(day, name) is theirs.isBusinessDay(QuantLib.Date(day.day, day.month, day.year)), day
        day += timedelta(days=1)


@pytest.mark.parametrize(
    ("name", "market", "differ"),
    [
        ("USD-FED", QuantLib.UnitedStates.FederalReserve, []),
        ("USD-GOVT", QuantLib.UnitedStates.GovernmentBond, []),
        ("NYSE", QuantLib.UnitedStates.NYSE, []),
        ("USD-SOFR", QuantLib.UnitedStates.SOFR, []),
        # No SOFR is published on a Good Friday, though bonds trade until noon in years in which SIFMA recommends an
        # early close only.
        ("USD-GOVT", QuantLib.UnitedStates.SOFR, ["2021-04-02", "2023-04-07", "2026-04-03"]),
    ],
)
def test_2020_to_2030_agrees_with_quantlib_but_for_known_days(name: str, market: Any, differ: list[str]) -> None:
    theirs = QuantLib.UnitedStates(market)
    days = [date(2020, 1, 1) + timedelta(days=offset) for offset in range(11 * 365 + 3)]
    assert days[-1] == date(2030, 12, 31)
    found = [
        str(day)
        for day in days
        if is_business_day(day, name) is not theirs.isBusinessDay(QuantLib.Date(day.day, day.month, day.year))
    ]
    assert found == differ


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        ("2026-07-02", 1, "2026-07-06"),  # Thursday; Friday 3 July is closed, then a weekend
        ("2026-07-06", -1, "2026-07-02"),
        ("2026-07-04", 1, "2026-07-06"),  # from a Saturday to the Monday
        ("2026-07-04", -1, "2026-07-02"),
        ("2026-07-04", 0, "2026-07-04"),
        ("2026-01-15", 5, "2026-01-23"),  # 16; 20 to 23, as Monday 19 January is Martin Luther King Day
        ("2026-01-23", -5, "2026-01-15"),
    ],
)
def test_business_days_are_counted_by_hand(day: str, count: int, expected: str) -> None:
    assert str(add_business_days(date.fromisoformat(day), count, "USD-GOVT")) == expected


def test_under_none_business_days_are_days() -> None:
    assert add_business_days(date(2026, 1, 30), 3, "NONE") == date(2026, 2, 2)


@pytest.mark.parametrize(("name", "first"), [("USD-FED", 1999), ("USD-GOVT", 1996)])
def test_year_without_a_table_is_refused(name: str, first: int) -> None:
    assert is_business_day(date(first, 3, 1), name)
    with pytest.raises(ValueError, match=f"^{name} has no holidays for {first - 1}; it covers {first} to 2100$"):
        is_business_day(date(first - 1, 3, 2), name)
    with pytest.raises(ValueError, match=f"^{name} has no holidays for 2101"):
        adjust(date(2101, 3, 1), "following", name)


def test_market_that_the_package_lacks_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def lacks(*_: object, **__: object) -> None:
        raise NotImplementedError

    monkeypatch.setattr(holidays, "financial_holidays", lacks)
    with pytest.raises(ValueError, match=r"^USD-FED needs the table XFED, which holidays .* lacks; 0.109 has it$"):
        calendars._closed_days.__wrapped__("USD-FED", "XFED", 2026)


def test_version_is_given_only_where_it_decides() -> None:
    assert holidays_version("NONE") is None
    assert holidays_version([date(2026, 3, 17)]) is None
    for name in ("USD-FED", "USD-GOVT", "USD-SOFR", "NYSE"):
        assert holidays_version(name) == holidays.__version__


def test_unknown_calendar_gets_the_nearest() -> None:
    expected = (
        "'USD-GOV' is not a calendar; choose NONE, USD-FED, USD-GOVT, USD-SOFR, NYSE or a list of dates; "
        "did you mean 'USD-GOVT'?"
    )
    for ask in (is_business_day, lambda day, name: adjust(day, "none", name), lambda _, name: holidays_version(name)):
        with pytest.raises(ValueError, match="is not a calendar") as refused:
            ask(date(2026, 1, 5), "USD-GOV")
        assert str(refused.value) == expected


def test_unknown_convention_gets_the_nearest() -> None:
    with pytest.raises(ValueError, match="is not a business-day convention") as refused:
        adjust(date(2026, 1, 5), "folowing", "NONE")
    assert str(refused.value) == (
        "'folowing' is not a business-day convention; choose none, following, modified_following, preceding or "
        "modified_preceding; did you mean 'following'?"
    )
