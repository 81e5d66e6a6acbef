"""Rates of return: by hand, where there is none, and against an independent library over random series."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
import pyxirr

from dealmodel.analytics.returns import irr, mirr, multiple, npv, xirr, xnpv
from dealmodel.basics.solved import force_roots

START = date(2026, 1, 1)


def test_one_payment_each_way_is_exact() -> None:
    """100 becomes 121 after 730 days: 10% a year. In two periods of any length: 10% a period."""
    found = xirr([START, START + timedelta(days=730)], [-100, 121])
    assert found.value == pytest.approx(0.10, abs=1e-14)
    assert str(found) == "10.0000%"
    assert irr([-100, 0, 121]).value == pytest.approx(0.10, abs=1e-14)
    assert xnpv(0.10, [START, START + timedelta(days=730)], [-100, 121]) == pytest.approx(0, abs=1e-12)
    assert npv(0.10, [-100, 0, 121]) == pytest.approx(0, abs=1e-12)


def test_order_of_dates_makes_no_difference_and_one_day_is_added_up() -> None:
    """-150 and +50 on the first day are -100."""
    days = [START + timedelta(days=365), START, START]
    assert xirr(days, [110, -150, 50]).value == pytest.approx(0.10, abs=1e-14)


@pytest.mark.parametrize("amounts", [[], [0, 0], [100, 5], [-100, -5], [-100, 100.0, -0.0][:1]])
def test_no_sign_change_is_said(amounts: list[float]) -> None:
    days = [START + timedelta(days=365 * place) for place in range(len(amounts))]
    found = xirr(days, amounts)
    assert (found.value, found.reason, found.roots) == (None, "no sign change", ())
    assert irr(amounts).reason == "no sign change"
    assert str(found) == "n/a (no sign change)"


def test_several_roots_are_listed_and_none_is_chosen() -> None:
    """-100 g^2 + 230 g - 132 = -100 (g - 1.1) (g - 1.2): nil at a growth g of 1.1 and of 1.2."""
    found = irr([-100, 230, -132])
    assert found.value is None
    assert found.roots == pytest.approx((0.10, 0.20), abs=1e-10)
    assert found.reason == "multiple roots: 10.0000%, 20.0000%"


def test_two_changes_of_sign_without_a_root() -> None:
    """-100 g^2 + 200 g - 110 = -100 (g - 1)^2 - 10 is below nil for every growth g."""
    assert irr([-100, 200, -110]).reason == "no sign change"


def test_multiple_and_modified_return() -> None:
    """150 on 100. Paid 100 now and 121 in two years at 10%: 200 now; 110 a year before the end at 20%: 132 + 200."""
    assert multiple([-100, 50, 100]) == 1.5
    assert multiple([100]) is None
    expected = ((110 * 1.2**2 + 200) / (100 + 121 / 1.1**2)) ** (1 / 3) - 1
    assert mirr([-100, 110, -121, 200], finance_rate=0.10, reinvest_rate=0.20) == pytest.approx(expected, abs=1e-14)
    with pytest.raises(ValueError, match="needs payments both ways"):
        mirr([100, 110], finance_rate=0.10, reinvest_rate=0.10)


def test_wrong_series_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^2 dates and 1 amounts; give one amount for each date$"):
        xirr([START, START], [1.0])
    with pytest.raises(ValueError, match="not a finite number"):
        irr([-100, float("nan")])
    with pytest.raises(ValueError, match=r"^2 times and 1 amounts; give one amount for each time$"):
        force_roots([0, 1], [1.0])
    with pytest.raises(ValueError, match=r"^a rate of -100% has no present value$"):
        npv(-1, [1.0])


IS_A_ROOT = 1e-9
"""What a rate may leave over, as a share of the discounted amounts without their signs, and still be called a root."""


def left_over(rate: float, days: list[date], amounts: list[float]) -> float:
    """Present value at a rate over the present value of the amounts without their signs."""
    worth = [amount * (1 + rate) ** (-(day - min(days)).days / 365) for day, amount in zip(days, amounts, strict=True)]
    return abs(sum(worth)) / sum(abs(one) for one in worth)


def test_a_thousand_random_series_agree_with_an_independent_library() -> None:
    """Where several rates fit, the library's is among those listed.

    Left out are series that it refuses or gives up on, and those where what it returns is no root: it stops where a
    huge rate makes the present value small.
    """
    numbers = random.Random(20_261_125)
    compared = several = skipped = 0
    worst = 0.0
    while compared < 1_000:
        count = numbers.randint(2, 60)
        days = [START, *(START + timedelta(days=numbers.randint(1, 30 * 365)) for _ in range(count - 1))]
        paid_in = -1_000 * count * numbers.choice([0.1, 0.3, 0.5]) * numbers.uniform(0.1, 1)
        amounts = [paid_in, *(numbers.uniform(-1_000, 1_000) for _ in range(count - 1))]
        try:
            expected = pyxirr.xirr(days, amounts)
        except pyxirr.InvalidPaymentsError:
            expected = None
        if expected is None or left_over(expected, days, amounts) > IS_A_ROOT:
            skipped += 1
            continue
        found = xirr(days, amounts)
        root = min(found.roots, key=lambda one: abs(one - expected), default=float("nan"))
        error = abs(root - expected) / max(1.0, abs(expected))
        assert error < 1e-8, (days, amounts, found, expected)
        worst = max(worst, error)
        compared += 1
        several += found.value is None
    print(f"\n{compared} random series, worst error {worst:.2g}; {several} with several roots; {skipped} left out")
