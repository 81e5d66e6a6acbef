"""Rates made of daily fixings: on paper over a weekend and a holiday, and against an independent library."""

from __future__ import annotations

import random
from datetime import date, timedelta
from functools import cache
from typing import Any

import pytest
import QuantLib

from dealmodel.market.overnight import BusinessDays, Observation, averaged, compounded, observed

EXACT = 1e-15
GROWTH = 5e-14  # a unit in the last place of a growth near 1, over a week of the year
LIBRARY = 1e-13  # some twenty multiplications, in another order

# July 2026: Friday 3 is a holiday of USD-GOVT, before the weekend of the 4th.
MONDAY, TUESDAY, WEDNESDAY, THURSDAY = (date(2026, 6, 29) + timedelta(days=n) for n in range(4))
NEXT_MONDAY, NEXT_TUESDAY, NEXT_WEDNESDAY = (date(2026, 7, 6) + timedelta(days=n) for n in range(3))
GOVERNMENT = BusinessDays("USD-GOVT", date(2026, 6, 1), date(2027, 12, 31))


def seen(start: date, end: date, **rule: Any) -> list[tuple[date, int]]:
    return [tuple(item) for item in observed(start, end, Observation(**rule), GOVERNMENT)]


def test_a_business_day_counts_until_the_next() -> None:
    """Thursday 2 July counts for itself, the holiday and the weekend: four days."""
    assert seen(WEDNESDAY, NEXT_WEDNESDAY) == [
        (WEDNESDAY, 1), (THURSDAY, 4), (NEXT_MONDAY, 1), (NEXT_TUESDAY, 1),
    ]  # fmt: skip


def test_a_period_that_starts_or_ends_in_a_weekend_takes_its_part_of_it() -> None:
    """From Saturday 4 July the Thursday counts for two days; until Saturday 4 July, for two."""
    assert seen(date(2026, 7, 4), NEXT_TUESDAY) == [(THURSDAY, 2), (NEXT_MONDAY, 1)]
    assert seen(WEDNESDAY, date(2026, 7, 4)) == [(WEDNESDAY, 1), (THURSDAY, 2)]


def test_a_look_back_takes_earlier_fixings_and_leaves_the_days() -> None:
    """Two business days before: Monday for Wednesday, and so on; Thursday's four days weigh Tuesday's fixing."""
    assert seen(WEDNESDAY, NEXT_WEDNESDAY, lookback_days=2) == [
        (MONDAY, 1), (TUESDAY, 4), (WEDNESDAY, 1), (THURSDAY, 1),
    ]  # fmt: skip


def test_an_observation_shift_moves_the_days_too() -> None:
    """The period observed is Monday 29 June to Monday 6 July: Thursday has its own four days."""
    assert seen(WEDNESDAY, NEXT_WEDNESDAY, lookback_days=2, observation_shift=True) == [
        (MONDAY, 1), (TUESDAY, 1), (WEDNESDAY, 1), (THURSDAY, 4),
    ]  # fmt: skip


def test_in_a_lockout_the_last_days_take_the_fixing_before_them() -> None:
    assert seen(WEDNESDAY, NEXT_WEDNESDAY, lockout_days=2) == [
        (WEDNESDAY, 1), (THURSDAY, 4), (THURSDAY, 1), (THURSDAY, 1),
    ]  # fmt: skip


def test_a_lockout_leaves_one_fixing_at_least() -> None:
    assert len(seen(WEDNESDAY, NEXT_WEDNESDAY, lockout_days=3)) == 4
    with pytest.raises(ValueError, match=r"^a lockout of 4 days leaves no fixing of the 4 from 2026-07-01$"):
        seen(WEDNESDAY, NEXT_WEDNESDAY, lockout_days=4)


def test_a_shifted_period_without_a_day_is_refused() -> None:
    """Friday 3 to Sunday 5 July, a business day back, is Thursday to Thursday."""
    with pytest.raises(ValueError, match=r"^the period observed from 2026-07-02 to 2026-07-02 has no day$"):
        seen(date(2026, 7, 3), date(2026, 7, 5), lookback_days=1, observation_shift=True)


def test_compounding_by_hand() -> None:
    """5%, 6% for four days, 4% and 7% over 7 days on a year of 360.

    (1 + 0.05/360)(1 + 0.24/360)(1 + 0.04/360)(1 + 0.07/360) - 1 = 0.40/360 + products of two + ...; in 360ths of 360:
    pairs of 5, 24, 4, 7 are 120 + 20 + 35 + 96 + 168 + 28 = 467, so 467e-4/360^2; triples 480 + 840 + 140 + 672 =
    2,132, so 2,132e-6/360^3; all four 3,360e-8/360^4.
    """
    growth = 0.40 / 360 + 0.0467 / 360**2 + 0.002132 / 360**3 + 0.0000336 / 360**4
    assert compounded((0.05, 0.06, 0.04, 0.07), (1, 4, 1, 1), basis=360) == pytest.approx(growth * 360 / 7, abs=GROWTH)


def test_simple_averaging_by_hand() -> None:
    """(5 + 4 x 6 + 4 + 7) / 7 = 40 / 7 percent."""
    assert averaged((0.05, 0.06, 0.04, 0.07), (1, 4, 1, 1)) == pytest.approx(0.40 / 7, abs=EXACT)


def test_non_business_days_bear_simple_interest() -> None:
    """One fixing over a long weekend is that fixing, not more."""
    assert compounded((0.06,), (4,), basis=360) == pytest.approx(0.06, abs=GROWTH)


def daily(seed: int) -> dict[date, float]:
    draw = random.Random(seed)
    return {day: 0.04 + draw.uniform(-0.01, 0.01) for day in GOVERNMENT.days}


@pytest.mark.parametrize(("start", "end"), [("2026-07-01", "2026-08-03"), ("2026-12-31", "2027-01-29")])
def test_the_ratio_of_an_index_is_the_compounded_rate(start: str, end: str) -> None:
    """An index that grows by each fixing: [index at the end / index at the start - 1] x 360 / days."""
    rates = daily(1)
    index = {GOVERNMENT.days[0]: 1.0}
    for today, tomorrow in zip(GOVERNMENT.days, GOVERNMENT.days[1:], strict=False):
        index[tomorrow] = index[today] * (1 + rates[today] * (tomorrow - today).days / 360)
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    seen_ = observed(first, last, Observation(), GOVERNMENT)
    found = compounded([rates[item.day] for item in seen_], [item.days for item in seen_], basis=360)
    expected = (index[last] / index[first] - 1) * 360 / (last - first).days
    assert found == pytest.approx(expected, abs=LIBRARY)


RULES = [
    Observation(),
    Observation(lookback_days=5),
    Observation(lookback_days=5, observation_shift=True),
    Observation(lockout_days=2),
    Observation(lookback_days=2, lockout_days=3),
    Observation(lookback_days=3, observation_shift=True, lockout_days=1),
]


# Theirs averages simply without look-back and lockout only; the days are those of compounding, tried above.
CASES = [("compounded", rule) for rule in RULES] + [("averaged", RULES[0])]


def theirs(day: date) -> Any:
    return QuantLib.Date(day.day, day.month, day.year)


@cache
def their_index() -> Any:
    bonds = QuantLib.UnitedStates(QuantLib.UnitedStates.GovernmentBond)
    index = QuantLib.OvernightIndex("daily", 0, QuantLib.USDCurrency(), bonds, QuantLib.Actual360())
    rates = daily(2)
    index.addFixings([theirs(day) for day in rates], list(rates.values()), True)
    QuantLib.Settings.instance().evaluationDate = theirs(date(2027, 12, 31))
    return index


def their_rate(averaging: str, rule: Observation, start: date, end: date) -> float:
    method = QuantLib.RateAveraging.Compound if averaging == "compounded" else QuantLib.RateAveraging.Simple
    coupon = QuantLib.OvernightIndexedCoupon(
        theirs(end), 1.0, theirs(start), theirs(end), their_index(), averagingMethod=method,
        lookbackDays=rule.lookback_days, lockoutDays=rule.lockout_days, applyObservationShift=rule.observation_shift,
    )  # fmt: skip
    if averaging == "averaged":
        coupon.setPricer(QuantLib.ArithmeticAveragedOvernightIndexedCouponPricer())
    return float(coupon.rate())


@pytest.mark.parametrize(("averaging", "rule"), CASES, ids=str)
def test_forty_periods_agree_with_quantlib(averaging: str, rule: Observation) -> None:
    """Periods of about a month between business days, their fixings drawn at random between 3% and 5%."""
    rates, draw = daily(2), random.Random(3)
    inside = [day for day in GOVERNMENT.days if date(2026, 7, 1) <= day <= date(2027, 11, 1)]
    for _ in range(40):
        start = draw.choice(inside)
        end = GOVERNMENT.on_or_before(start + timedelta(days=draw.randrange(25, 40)))
        items = observed(start, end, rule, GOVERNMENT)
        fixings, days = [rates[item.day] for item in items], [item.days for item in items]
        found = compounded(fixings, days, basis=360) if averaging == "compounded" else averaged(fixings, days)
        assert found == pytest.approx(their_rate(averaging, rule, start, end), abs=LIBRARY), (start, end)
