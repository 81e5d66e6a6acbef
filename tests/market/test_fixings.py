"""Published fixings, then forwards, by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from dealmodel.market.fixings import Fixings, FixingsError, check_published

# Monday, Tuesday and Wednesday; the curve starts on the Wednesday and rises by a basis point a day.
PUBLISHED = [(date(2027, 1, 4), 0.041), (date(2027, 1, 5), 0.042), (date(2027, 1, 6), 0.043)]
POINTS = [(date(2027, 1, 6), 0.050), (date(2027, 1, 16), 0.051)]


def a_rate(day: date, **changes: Any) -> float:
    terms = {"published": PUBLISHED, "points": POINTS, "between": "linear", "after_last": "flat"} | changes
    return Fixings(**terms).rates([day])[0]


def test_what_is_published_is_used_and_forwards_come_after() -> None:
    """On the 6th both are known, and what was published counts; on the 7th a tenth of the way from 5.0% to 5.1%."""
    assert a_rate(date(2027, 1, 5)) == 0.042
    assert a_rate(date(2027, 1, 6)) == 0.043
    assert a_rate(date(2027, 1, 7)) == pytest.approx(0.0501, abs=1e-17)
    assert a_rate(date(2027, 1, 6), published=[]) == 0.050


def test_days_are_answered_in_the_order_asked() -> None:
    book = Fixings(PUBLISHED, POINTS, "step", "flat")
    assert book.rates([date(2027, 1, 16), date(2027, 1, 4), date(2027, 1, 8), date(2027, 1, 4)]) == [
        0.051, 0.041, 0.050, 0.041,
    ]  # fmt: skip


def test_a_day_before_the_fixings_is_refused() -> None:
    with pytest.raises(FixingsError, match=r"^no fixing for 2026-12-31: the fixings start on 2027-01-04$"):
        a_rate(date(2026, 12, 31))


def test_a_gap_in_the_fixings_is_refused_though_the_curve_has_the_day() -> None:
    with pytest.raises(FixingsError, match=r"^no fixing for 2027-01-06, though there are some up to 2027-01-07$"):
        a_rate(date(2027, 1, 6), published=[*PUBLISHED[:2], (date(2027, 1, 7), 0.044)])


def test_without_fixings_the_curve_alone_answers() -> None:
    with pytest.raises(ValueError, match=r"^no rate for 2027-01-05: it is before the first point of the forward curve"):
        a_rate(date(2027, 1, 5), published=[])


@pytest.mark.parametrize(
    ("published", "message"),
    [
        (PUBLISHED[::-1], "the fixings are not in date order: 2027-01-05 follows 2027-01-06"),
        (PUBLISHED[:1] * 2, "the fixings are not in date order: 2027-01-04 follows 2027-01-04"),
        (
            [(date(2027, 1, 4), float("nan"))],
            "the fixing of 2027-01-04 is nan; write a decimal per year, such as 0.043",
        ),
        ([(date(2027, 1, 2), 0.04)], "there is a fixing for 2027-01-02, which is no business day of USD-GOVT"),
    ],
)
def test_what_is_no_table_of_fixings_is_refused(published: list[tuple[date, float]], message: str) -> None:
    with pytest.raises(FixingsError) as refused:
        check_published(published, "USD-GOVT")
    assert str(refused.value) == message
    check_published(PUBLISHED, "USD-GOVT")
