"""Price, yield, margin, duration and convexity: identities, cases by hand, and an independent library's bonds."""

from __future__ import annotations

import random
from datetime import date
from math import exp, log

import numpy as np
import pytest
import pyxirr
import QuantLib
from scipy.optimize import brentq

from dealmodel.analytics.annuities import balance_after, interest_part, level_payment, principal_part
from dealmodel.analytics.bonds import Bond
from dealmodel.analytics.durations import (
    average_life,
    convexity,
    effective_duration,
    macaulay_duration,
    modified_duration,
)
from dealmodel.analytics.spreads import discount_margin, price_from_margin, price_over_curve, spread_over_curve
from dealmodel.basics.yields import (
    BASES,
    convert_yield,
    discount_factors,
    price_from_yield,
    years_from,
    yield_from_price,
)
from dealmodel.lines.arithmetic import Floats

ROUNDING = 1e-12
PRICE = 1e-8  # prices per 100


def test_each_basis_by_hand() -> None:
    """100 after half a year at 8%: 100 / 1.04; monthly (1 + 0.08 / 12)^-6; annual 1.08^-0.5; simple 1 / 1.04.

    After a year in two simple periods of half a year: 1 / 1.04^2.
    """
    assert price_from_yield([0.5], [100], 0.08, per_year=2) == pytest.approx(100 / 1.04, abs=ROUNDING)
    assert price_from_yield([0.5], [100], 0.08, per_year=12) == pytest.approx(100 * (1 + 0.08 / 12) ** -6, abs=1e-11)
    assert price_from_yield([0.5], [100], 0.08, per_year=1) == pytest.approx(100 * 1.08**-0.5, abs=1e-11)
    assert price_from_yield([0.5, 1], [0, 100], 0.08, per_year=0) == pytest.approx(100 / 1.04**2, abs=1e-11)


def test_bases_count_time_as_they_say() -> None:
    """15 January to 15 February: 30 days of 360, 31 of 365, 31 of 360."""
    start, end = date(2026, 1, 15), [date(2026, 2, 15)]
    assert BASES["semi_annual"].years(start, end) == pytest.approx([30 / 360])
    assert BASES["monthly"].years(start, end) == pytest.approx([30 / 360])
    assert BASES["annual"].years(start, end) == pytest.approx([31 / 365])
    assert BASES["money_market"].years(start, end) == pytest.approx([31 / 360])


def test_price_of_the_yield_of_a_price_is_the_price() -> None:
    numbers = random.Random(4)
    for _ in range(300):
        count = numbers.randint(1, 120)
        years = np.cumsum([numbers.uniform(0.01, 0.5) for _ in range(count)])
        amounts = [numbers.uniform(0, 10) for _ in range(count)]
        price = sum(amounts) * numbers.uniform(0.3, 1.2)
        for per_year in (0, 1, 2, 12):
            found = yield_from_price(years, amounts, price, per_year=per_year).value
            assert found is not None
            assert price_from_yield(years, amounts, found, per_year=per_year) == pytest.approx(price, abs=PRICE)


def test_yields_convert_and_price_alike() -> None:
    """6% semi-annual is 1.03^2 - 1 annual; the way back is exact."""
    assert convert_yield(0.06, per_year=2, to=1) == pytest.approx(1.03**2 - 1, abs=1e-15)
    assert convert_yield(convert_yield(0.06, per_year=2, to=12), per_year=12, to=2) == pytest.approx(0.06, abs=1e-15)
    with pytest.raises(ValueError, match="depends on the dates"):
        convert_yield(0.06, per_year=2, to=0)


def test_prices_without_meaning_are_refused() -> None:
    with pytest.raises(ValueError, match="leaves nothing"):
        discount_factors([1.0], -2.0, 2)
    with pytest.raises(ValueError, match="not in increasing order"):
        discount_factors([1.0, 0.5], 0.05, 0)
    with pytest.raises(ValueError, match="has none"):
        modified_duration([1.0], [100], 0.05, per_year=0)
    with pytest.raises(ValueError, match="give one for each date"):
        discount_margin([1.0], [100], 99, index=[0.04, 0.05])


def written_out(margin: float, years: Floats, amounts: Floats, index: Floats) -> float:
    """Worth of flows, term by term: each period grows by 1 + (index + margin) x its length."""
    worth, growth, before = 0.0, 1.0, 0.0
    for time, amount, rate in zip(years, amounts, index, strict=True):
        growth *= 1 + (rate + margin) * (time - before)
        before = time
        worth += amount / growth
    return worth


def test_margins_of_flows_that_lose_are_the_bracketed_roots() -> None:
    """Cash for some periods, then a long tail of nothing: the root of the sum up to the last cash, and no other.

    Brent's method on the sum written out, between the margin at which the longest period leaves nothing and 100.
    """
    numbers = random.Random(7)
    for _ in range(200):
        paying, tail = numbers.randint(1, 40), numbers.randint(0, 300)
        years = np.cumsum([numbers.randint(28, 31) / 360 for _ in range(paying + tail)])
        amounts = np.array([numbers.uniform(0.1, 3) for _ in range(paying)] + [0.0] * tail)
        index = np.array([numbers.choice([0.0, numbers.uniform(0, 0.08)]) for _ in range(paying + tail)])
        price = float(amounts.sum()) * numbers.choice([1.001, 1.5, 4, 40, 900])
        used = (years[:paying], amounts[:paying], index[:paying])
        lowest = float(np.max(-1 / np.diff(used[0], prepend=0.0) - used[2]))
        root = brentq(lambda m, used=used, price=price: written_out(m, *used) - price, lowest + 1e-9, 100, xtol=1e-14)
        found = discount_margin(years, amounts, price, index=index)
        assert found.value == pytest.approx(root, abs=1e-10)
        assert found.roots == (found.value,)


def test_simple_yields_of_equal_periods_agree_with_an_independent_library() -> None:
    """Over periods of one length the simple yield is the rate of return of a period, times the periods of a year."""
    numbers = random.Random(8)
    for _ in range(200):
        paying, tail = numbers.randint(1, 40), numbers.randint(0, 300)
        amounts = [numbers.uniform(0.1, 3) for _ in range(paying)] + [0.0] * tail
        price = sum(amounts) * numbers.uniform(0.7, 3)
        period = pyxirr.irr([-price, *amounts[:paying]])
        found = yield_from_price(np.arange(1, paying + tail + 1) / 12, amounts, price, per_year=0)
        assert found.value == pytest.approx(12 * period, abs=1e-8)


def test_flows_of_nothing_have_no_margin() -> None:
    assert yield_from_price([1.0, 2.0], [0.0, 0.0], 100, per_year=0).reason == "no sign change"


def test_capitalised_interest_is_negative_principal_or_left_out() -> None:
    """10 is added in years 1 and 2, 120 repaid in year 3: (360 - 10 - 20) / 100 = 3.3 signed; else 360 / 120 = 3."""
    assert average_life([1, 2, 3], [-10, -10, 120]) == pytest.approx(3.3)
    assert average_life([1, 2, 3], [-10, -10, 120], convention="positive_only") == pytest.approx(3.0)
    assert average_life([1, 2], [0, 0]) is None


def test_a_zero_has_the_duration_of_its_term() -> None:
    """D = T, modified T / (1 + y / 2), convexity T (T + 1/2) / (1 + y / 2)^2."""
    flows = ([0, 5.0], [0, 100.0], 0.06)
    assert macaulay_duration(*flows, per_year=2) == pytest.approx(5)
    assert modified_duration(*flows, per_year=2) == pytest.approx(5 / 1.03)
    assert convexity(*flows, per_year=2) == pytest.approx(5 * 5.5 / 1.03**2)


def test_effective_figures_of_fixed_flows_are_the_modified_ones() -> None:
    """A price 100 - 400 s + 1,000 s^2 has duration 4 and convexity 20, exactly, for any shift."""
    assert effective_duration(lambda move: 100 - 400 * move + 1_000 * move**2) == pytest.approx((4, 20), abs=1e-8)
    with pytest.raises(ValueError, match="above 0"):
        effective_duration(lambda move: 100.0, shift=0)


def test_discount_margin_is_the_quoted_margin_at_par() -> None:
    """Each coupon is (I + QM) x period and the rest is repaid at the end: par, whatever the index does."""
    numbers = random.Random(5)
    for _ in range(100):
        count, margin = numbers.randint(1, 80), numbers.uniform(-0.01, 0.1)
        periods = np.array([numbers.randint(28, 92) / 360 for _ in range(count)])
        index = np.array([numbers.uniform(0, 0.1) for _ in range(count)])
        amounts = 100 * (index + margin) * periods
        amounts[-1] += 100
        found = discount_margin(np.cumsum(periods), amounts, 100, index=index)
        assert found.value == pytest.approx(margin, abs=1e-9)
        assert price_from_margin(np.cumsum(periods), amounts, margin, index=index) == pytest.approx(100, abs=PRICE)


def test_spread_over_the_curve_by_hand_and_back() -> None:
    """100 after a year over a forward of 5%: at 90 the spread is ln(100 / 1.05 / 90). At any price it goes back."""
    found = spread_over_curve([1.0], [100], 90, forwards=[0.05]).value
    assert found == pytest.approx(log(100 / 1.05 / 90), abs=ROUNDING)
    years, amounts, forwards = [0.5, 1, 2], [3, 3, 103], [0.04, 0.05, 0.06]
    spread = spread_over_curve(years, amounts, 97, forwards=forwards).number
    by_hand = (
        3 / 1.02 * exp(-spread / 2) + 3 / (1.02 * 1.025) * exp(-spread) + 103 / (1.02 * 1.025 * 1.06) * exp(-2 * spread)
    )
    assert by_hand == pytest.approx(97, abs=PRICE)
    assert price_over_curve(years, amounts, spread, forwards=forwards) == pytest.approx(97, abs=PRICE)


def test_level_payments_by_hand() -> None:
    """100 at 10% over two years: 100 x 0.1 x 1.21 / 0.21 = 57.6190; interest 10, then 10% of 52.3810."""
    payment = level_payment(0.10, 2, 100)
    assert payment == pytest.approx(12.1 / 0.21)
    assert interest_part(0.10, 1, 2, 100) == pytest.approx(10)
    assert interest_part(0.10, 2, 2, 100) == pytest.approx(0.1 * (110 - payment))
    assert principal_part(0.10, 2, 2, 100) == pytest.approx(110 - payment)
    assert balance_after(0.10, 2, 100, payments=2) == pytest.approx(0, abs=1e-12)
    assert level_payment(0.0, 4, 100, final=20) == 20
    assert level_payment(0.10, 2, 100, in_advance=True) == pytest.approx(payment / 1.1)
    with pytest.raises(ValueError, match=r"^payment 3 is not one of 1 to 2$"):
        interest_part(0.10, 3, 2, 100)
    with pytest.raises(ValueError, match=r"^0 periods"):
        level_payment(0.10, 0, 100)
    with pytest.raises(ValueError, match=r"^a rate of -1 for each period"):
        level_payment(-1, 2, 100)


def test_a_bond_on_a_coupon_date_at_its_coupon_is_at_par() -> None:
    bond = Bond(date(2026, 3, 15), date(2031, 3, 15), 0.06)
    assert bond.price(0.06) == pytest.approx(100, abs=PRICE)
    assert bond.yield_at(100).value == pytest.approx(0.06, abs=ROUNDING)
    with pytest.raises(ValueError, match="is not before maturity"):
        Bond(date(2031, 3, 15), date(2031, 3, 15), 0.06)
    with pytest.raises(ValueError, match=r"^5 coupons a year"):
        Bond(date(2026, 3, 15), date(2031, 3, 15), 0.06, 5)


def ql(day: date) -> QuantLib.Date:
    return QuantLib.Date(day.day, day.month, day.year)


def leg(start: date, years: int, coupon: float, months: int) -> QuantLib.Leg:
    """Coupons on unadjusted dates and the redemption of 100, from an independent library."""
    end = start.replace(year=start.year + years)
    schedule = QuantLib.Schedule(
        ql(start), ql(end), QuantLib.Period(months, QuantLib.Months), QuantLib.NullCalendar(), QuantLib.Unadjusted,
        QuantLib.Unadjusted, QuantLib.DateGeneration.Backward, False,
    )  # fmt: skip
    days = QuantLib.Thirty360(QuantLib.Thirty360.BondBasis)
    return QuantLib.FixedRateBond(0, 100.0, schedule, [coupon], days).cashflows()


BONDS = 1_667
QUOTES = [
    ("30/360 ISDA", 2, QuantLib.Thirty360(QuantLib.Thirty360.BondBasis), QuantLib.Semiannual),
    ("30/360 ISDA", 12, QuantLib.Thirty360(QuantLib.Thirty360.BondBasis), QuantLib.Monthly),
    ("Act/365F", 1, QuantLib.Actual365Fixed(), QuantLib.Annual),
]


@pytest.mark.parametrize(("day_count", "per_year", "days", "frequency"), QUOTES, ids=["semi", "monthly", "annual"])
def test_random_bonds_agree_with_an_independent_library(
    day_count: str, per_year: int, days: QuantLib.DayCounter, frequency: int
) -> None:
    """Price, yield, both durations and convexity of 1,667 bonds a quote, 5,001 in all, settled in any year of life.

    On days up to the 28th: after them 30/360 does not add up, and the library takes what has accrued off a period.
    """
    numbers = random.Random(per_year)
    worst = dict.fromkeys(("price", "yield", "duration", "modified", "convexity"), 0.0)
    for _ in range(BONDS):
        start = date(numbers.randint(2000, 2030), numbers.randint(1, 12), numbers.randint(1, 28))
        term = numbers.randint(1, 30)
        paid = leg(start, term, numbers.uniform(0, 0.15), numbers.choice([1, 3, 6, 12]))
        year = start.year + numbers.randrange(term)
        settled = max(start, date(year, numbers.randint(1, 12), numbers.randint(1, 28)))
        rate = numbers.uniform(-0.02, 0.25)
        later = [flow for flow in paid if flow.date() > ql(settled)]
        dates = [date(flow.date().year(), flow.date().month(), flow.date().dayOfMonth()) for flow in later]
        years, amounts = years_from(settled, dates, day_count), [flow.amount() for flow in later]
        quote = QuantLib.InterestRate(rate, days, QuantLib.Compounded, frequency)
        place = (False, ql(settled), ql(settled))
        expected = QuantLib.CashFlows.npv(paid, quote, *place)
        price = price_from_yield(years, amounts, rate, per_year=per_year)
        found = {
            "price": price - expected,
            "yield": yield_from_price(years, amounts, expected, per_year=per_year).number - rate,
            "duration": macaulay_duration(years, amounts, rate, per_year=per_year)
            - QuantLib.CashFlows.duration(paid, quote, QuantLib.Duration.Macaulay, False, ql(settled)),
            "modified": modified_duration(years, amounts, rate, per_year=per_year)
            - QuantLib.CashFlows.duration(paid, quote, QuantLib.Duration.Modified, False, ql(settled)),
            "convexity": convexity(years, amounts, rate, per_year=per_year)
            - QuantLib.CashFlows.convexity(paid, quote, *place),
        }
        worst = {name: max(error, abs(found[name])) for name, error in worst.items()}
    shown = {name: f"{error:.1e}" for name, error in worst.items()}
    print(f"\n{BONDS} bonds, {per_year} a year: worst errors {shown}")
    assert worst["price"] < PRICE
    assert worst["yield"] < 1e-10
    assert max(worst["duration"], worst["modified"], worst["convexity"]) < PRICE


def test_random_spreads_agree_with_an_independent_library() -> None:
    """Z-spreads of 100 bonds over a curve of forwards, continuously compounded on Act/365F."""
    numbers = random.Random(6)
    days = QuantLib.Actual365Fixed()
    worst = 0.0
    for _ in range(100):
        start = date(numbers.randint(2000, 2030), numbers.randint(1, 12), numbers.randint(1, 28))
        paid = leg(start, numbers.randint(1, 20), numbers.uniform(0, 0.12), numbers.choice([3, 6, 12]))
        dates = [date(flow.date().year(), flow.date().month(), flow.date().dayOfMonth()) for flow in paid]
        kept = sorted(set(dates))
        amounts = [sum(flow.amount() for flow, day in zip(paid, dates, strict=True) if day == one) for one in kept]
        years = years_from(start, kept, "Act/365F")
        forwards = np.array([numbers.uniform(0, 0.08) for _ in kept])
        factors = 1 / np.cumprod(1 + forwards * np.diff(years, prepend=0.0))
        curve = QuantLib.DiscountCurve([ql(start), *(ql(day) for day in kept)], [1.0, *factors.tolist()], days)
        price = numbers.uniform(70, 130)
        expected = QuantLib.CashFlows.zSpread(
            paid,
            price,
            curve,
            days,
            QuantLib.Continuous,
            QuantLib.NoFrequency,
            False,
            ql(start),
            ql(start),
            1e-12,
            1_000,
        )
        worst = max(worst, abs(spread_over_curve(years, amounts, price, forwards=forwards).number - expected))
    print(f"\n100 bonds: worst error of the spread {worst:.1e}")
    assert worst < 1e-9
