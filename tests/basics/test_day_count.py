"""Day counts against the figures ISDA published, by hand, and against an independent library."""

from __future__ import annotations

import json
import random
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import QuantLib

from dealmodel.basics.day_count import DAY_COUNTS, CouponDates, day_count_name, days, year_fraction

# Figures of the sources named in the file: ISDA's 30/360 example sheet and ACT/ACT note, and a published table.
PUBLISHED = json.loads((Path(__file__).parents[1] / "truth" / "daycounts.json").read_text(encoding="utf-8"))

# Half a unit of the tenth decimal: the fewest to which an ACT/ACT figure is printed.
PRINTED = 5e-11
# The other figures are exact fractions, so only the rounding of a float is left.
EXACT = 1e-15
# Up to a hundred years, added up in another order: some units in the last place.
CENTURY = 1e-13

ALL_NAMES = tuple(DAY_COUNTS)
MONTHLY = CouponDates(1, date(2026, 1, 31), "month_end")


def a_date(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("name", "row"), [(name, row) for name, rows in PUBLISHED["days"].items() for row in rows], ids=str
)
def test_published_days_are_reproduced(name: str, row: list[Any]) -> None:
    start, end, expected, *maturity = row
    last = a_date(maturity[0]) if maturity else None
    assert days(name, a_date(start), a_date(end), maturity=last) == expected
    assert year_fraction(name, a_date(start), a_date(end), maturity=last) == expected / 360


@pytest.mark.parametrize("row", PUBLISHED["act_act_isda"], ids=str)
def test_published_act_act_fractions_are_reproduced(row: list[Any]) -> None:
    start, end, expected = row
    assert year_fraction("Act/Act ISDA", a_date(start), a_date(end)) == pytest.approx(expected, abs=PRINTED)


@pytest.mark.parametrize("row", PUBLISHED["year_fraction"], ids=str)
def test_published_year_fractions_are_reproduced(row: list[Any]) -> None:
    name, start, end, terms = row
    expected = float(sum(Fraction(term) for term in terms.split("+")))
    assert year_fraction(name, a_date(start), a_date(end)) == pytest.approx(expected, abs=EXACT)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("30/360 ISDA", 183), ("30/360 US", 180), ("30E/360", 182), ("30E/360 ISDA", 180), ("Act/360", 184)],
)
def test_conventions_differ_from_the_end_of_february_to_the_end_of_august(name: str, expected: int) -> None:
    # ISDA: 180 + 31 - 28. US: D1 becomes 30, then D2 of 31 becomes 30. 30E: 180 + 30 - 28. 30E ISDA: both become 30.
    assert days(name, date(2023, 2, 28), date(2023, 8, 31), maturity=date(2030, 8, 31)) == expected


@pytest.mark.parametrize(
    ("name", "start", "end", "by_hand"),
    [
        ("Act/360", "2026-01-31", "2026-02-28", 28 / 360),
        ("Act/365F", "2024-01-01", "2025-01-01", 366 / 365),
        ("30/360 ISDA", "2026-01-30", "2026-03-31", 60 / 360),  # D2 follows D1 to 30
        ("30/360 ISDA", "2026-01-29", "2026-03-31", 62 / 360),  # D2 stays 31
        ("30/360 US", "2026-02-28", "2027-02-28", 360 / 360),  # both end February
        ("30/360 US", "2024-02-28", "2025-02-28", 360 / 360),  # the start does not end February: 28 to 28
        ("30E/360", "2026-01-29", "2026-03-31", 61 / 360),
        ("Act/Act ISDA", "2023-12-31", "2024-01-02", 1 / 365 + 1 / 366),  # 31 December, 1 January
        ("Act/Act ISDA", "2023-07-01", "2025-07-01", 184 / 365 + 366 / 366 + 181 / 365),
        ("Act/Act ISDA", "1900-01-01", "1901-01-01", 1.0),  # 1900 was no leap year
        ("Act/Act ISDA", "2000-01-01", "2001-01-01", 1.0),  # 2000 was one
    ],
)
def test_worked_by_hand(name: str, start: str, end: str, by_hand: float) -> None:
    assert year_fraction(name, a_date(start), a_date(end)) == pytest.approx(by_hand, abs=EXACT)


def test_end_of_february_is_a_30th_except_at_maturity() -> None:
    start, end = date(2026, 1, 30), date(2026, 2, 28)
    assert days("30E/360 ISDA", start, end, maturity=date(2027, 2, 28)) == 30
    assert days("30E/360 ISDA", start, end, maturity=end) == 28


@pytest.mark.parametrize("name", ALL_NAMES)
def test_first_day_counts_and_last_does_not(name: str) -> None:
    assert days(name, date(2026, 5, 10), date(2026, 5, 11), maturity=date(2030, 1, 1)) == 1


@pytest.mark.parametrize("name", ALL_NAMES)
@pytest.mark.parametrize("day", [date(2026, 2, 28), date(2024, 2, 29), date(2026, 1, 31), date(2026, 6, 15)])
def test_empty_period_counts_nothing(name: str, day: date) -> None:
    assert days(name, day, day, maturity=day) == 0
    assert year_fraction(name, day, day, maturity=day, coupons=MONTHLY) == 0.0


@pytest.mark.parametrize("name", ALL_NAMES)
def test_start_after_end_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"^start 2026-05-11 is after end 2026-05-10$"):
        year_fraction(name, date(2026, 5, 11), date(2026, 5, 10), maturity=date(2030, 1, 1))


@pytest.mark.parametrize(
    ("months", "anchor", "start", "end", "expected"),
    [
        (6, "2004-05-01", "2003-11-01", "2004-05-01", 0.5),  # regular
        (12, "1999-07-01", "1999-02-01", "1999-07-01", 0.410958904110),  # short first: 150 / 365
        (12, "1999-07-01", "1999-07-01", "2000-07-01", 1.0),
        (6, "2003-07-15", "2002-08-15", "2003-07-15", 0.915760869565),  # long first: 153 / (2 x 184) + 1 / 2
        (6, "2003-07-15", "2003-07-15", "2004-01-15", 0.5),
        (6, "2000-01-30", "1999-07-30", "2000-01-30", 0.5),
        (6, "2000-01-30", "2000-01-30", "2000-06-30", 0.417582417582),  # short last: 152 / (2 x 182)
    ],
)
def test_published_act_act_icma_fractions_are_reproduced(
    months: int, anchor: str, start: str, end: str, expected: float
) -> None:
    """The examples of the note on ACT/ACT (mktc1198), for ICMA rule 251; beside them, on paper."""
    coupons = CouponDates(months, a_date(anchor), a_date(anchor).day)
    found = year_fraction("Act/Act ICMA", a_date(start), a_date(end), coupons=coupons)
    assert found == pytest.approx(expected, abs=5e-13)


def test_every_regular_month_is_a_twelfth_under_act_act_icma() -> None:
    ends = [MONTHLY.at(number) for number in range(-30, 30)]
    assert {year_fraction("Act/Act ICMA", start, end, coupons=MONTHLY) for start, end in pairwise(ends)} == {1 / 12}


def test_a_long_first_month_is_counted_in_the_months_it_would_be_part_of() -> None:
    """15 January to 28 February: 16 of the 31 days of January, and the whole of February."""
    found = year_fraction("Act/Act ICMA", date(2026, 1, 15), date(2026, 2, 28), coupons=MONTHLY)
    assert found == pytest.approx((16 / 31 + 1) / 12, abs=EXACT)


def test_act_act_icma_needs_coupon_dates() -> None:
    with pytest.raises(ValueError, match=r"^Act/Act ICMA needs the coupon dates"):
        year_fraction("Act/Act ICMA", date(2026, 5, 10), date(2026, 5, 11))
    with pytest.raises(ValueError, match=r"^coupon dates 5 months apart; choose 1, 2, 3, 4, 6 or 12$"):
        CouponDates(5, date(2026, 1, 31), "month_end")


@pytest.mark.parametrize("months", [1, 3, 6])
def test_random_stubs_agree_with_quantlib_under_act_act_icma(months: int) -> None:
    """Theirs takes the schedule of coupon dates; periods may start and end within them."""
    anchor = date(2030, 1, 15)
    coupons = CouponDates(months, anchor, 15)
    schedule = QuantLib.MakeSchedule(
        ql_date(date(2020, 1, 15)), ql_date(date(2050, 1, 15)), QuantLib.Period(months, QuantLib.Months)
    )
    theirs = QuantLib.ActualActual(QuantLib.ActualActual.ISMA, schedule)
    draw = random.Random(20261125)
    for _ in range(2_000):
        start = date(2021, 1, 1) + timedelta(days=draw.randrange(9_000))
        end = start + timedelta(days=draw.randrange(1, 400))
        expected = theirs.yearFraction(ql_date(start), ql_date(end))
        found = year_fraction("Act/Act ICMA", start, end, coupons=coupons)
        assert found == pytest.approx(expected, abs=CENTURY), (start, end)


def test_maturity_is_required_where_it_matters() -> None:
    assert [name for name, convention in DAY_COUNTS.items() if convention.needs_maturity] == ["30E/360 ISDA"]
    with pytest.raises(ValueError, match=r"^30E/360 ISDA needs the maturity date"):
        days("30E/360 ISDA", date(2026, 5, 10), date(2026, 5, 11))


QUANTLIB = {
    "Act/360": QuantLib.Actual360(),
    "Act/365F": QuantLib.Actual365Fixed(),
    "30/360 ISDA": QuantLib.Thirty360(QuantLib.Thirty360.BondBasis),
    "30/360 US": QuantLib.Thirty360(QuantLib.Thirty360.USA),
    "30E/360": QuantLib.Thirty360(QuantLib.Thirty360.EurobondBasis),
    "Act/Act ISDA": QuantLib.ActualActual(QuantLib.ActualActual.ISDA),
}
OF_DATES_ALONE = [name for name in ALL_NAMES if name != "Act/Act ICMA"]


def random_day(draw: random.Random) -> date:
    """A day between 1990 and 2090; every second one lies within two days of a month's end."""
    day = date(1990, 1, 1) + timedelta(days=draw.randrange(36_500))
    if draw.random() < 0.5:
        day = day.replace(day=1) + timedelta(days=draw.randrange(-3, 1))
    return day


def ql_date(day: date) -> Any:
    return QuantLib.Date(day.day, day.month, day.year)


@pytest.mark.parametrize("name", OF_DATES_ALONE)
def test_random_periods_agree_with_quantlib(name: str) -> None:
    draw = random.Random(20261124)
    for _ in range(5_000):
        start, end = sorted((random_day(draw), random_day(draw)))
        end += timedelta(days=start == end)  # theirs counts -2 days for an empty period at the end of February
        maturity = end if draw.random() < 0.5 else end + timedelta(days=draw.randrange(1, 4_000))
        theirs = QUANTLIB.get(name) or QuantLib.Thirty360(QuantLib.Thirty360.ISDA, ql_date(maturity))
        assert days(name, start, end, maturity=maturity) == theirs.dayCount(ql_date(start), ql_date(end)), (start, end)
        expected = theirs.yearFraction(ql_date(start), ql_date(end))
        assert year_fraction(name, start, end, maturity=maturity) == pytest.approx(expected, abs=CENTURY), (start, end)
        assert days(name, start, end, maturity=maturity) >= 0


@pytest.mark.parametrize("name", ALL_NAMES)
def test_exact_names_and_aliases_are_one_convention(name: str) -> None:
    start, end, maturity = date(2023, 2, 28), date(2023, 8, 31), date(2030, 1, 1)
    for text in (name, *DAY_COUNTS[name].aliases):
        assert day_count_name(text) == name
        assert days(text, start, end, maturity=maturity) == days(name, start, end, maturity=maturity)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Actual/360", "Act/360"),
        (" ACT / 360 ", "Act/360"),
        ("Actual/365 (Fixed)", "Act/365F"),
        ("30/360 (Bond Basis)", "30/360 ISDA"),
        ("30/360 Bond Basis", "30/360 ISDA"),
        ("30u/360", "30/360 US"),
        ("30E/360 (ISDA)", "30E/360 ISDA"),
        ("30E/360 (Eurobond Basis)", "30E/360"),
        ("Actual/Actual (ISDA)", "Act/Act ISDA"),
        ("Actual/Actual (ICMA)", "Act/Act ICMA"),
    ],
)
def test_well_known_names_are_mapped(text: str, name: str) -> None:
    assert day_count_name(text) == name


@pytest.mark.parametrize(
    ("text", "choices"),
    [
        ("30/360", "30/360 ISDA, 30/360 US, 30E/360 or 30E/360 ISDA"),
        ("Act/365", "Act/365F or Act/Act ISDA"),
        ("Actual/Actual", "Act/Act ISDA or Act/Act ICMA"),
    ],
)
def test_ambiguous_names_are_refused_with_the_choices(text: str, choices: str) -> None:
    with pytest.raises(ValueError, match="ambiguous") as refused:
        day_count_name(text)
    assert str(refused.value) == f"{text!r} alone is ambiguous; choose {choices}"


def test_misspelled_name_gets_the_nearest() -> None:
    with pytest.raises(ValueError, match="is not a day count") as refused:
        year_fraction("30EE/360 ISDA", date(2026, 1, 1), date(2026, 2, 1))
    assert str(refused.value) == (
        "'30EE/360 ISDA' is not a day count; choose Act/360, Act/365F, 30/360 ISDA, 30/360 US, 30E/360, 30E/360 ISDA, "
        "Act/Act ISDA or Act/Act ICMA; did you mean '30E/360 ISDA'?"
    )


def test_unlike_name_gets_the_choices_only() -> None:
    with pytest.raises(ValueError, match=r"or Act/Act ICMA$"):
        day_count_name("business/252")
