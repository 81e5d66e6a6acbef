"""Scheduled balances by rule, worked out by hand; level pay against the annuity formula."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from dealmodel.basics.moments import Moment
from dealmodel.liabilities.amortization import Amortization, Bullet, LevelPay, ShareOfOriginal, StraightLine
from dealmodel.liabilities.coupons import Coupon
from dealmodel.liabilities.tranche_lines import define_schedule
from dealmodel.liabilities.tranches import Loan

MONEY = 1e-6


def scheduled(
    builder, run, rule: Amortization, *, periods: int, balance: float = 120.0, **fields: object
) -> list[float]:
    terms = {"ranking": 1, "balance": balance, "coupon": Coupon(fixed=0.12), "day_count": "30/360 ISDA"} | fields
    loan = Loan(kind="loan", amortization=rule, maturity=Moment(month=periods), **terms)
    lines = builder(periods, a=loan)
    define_schedule(lines, loan, (1 / 12,) * periods)
    return run(lines).months("a.scheduled_balance")


def test_straight_line_falls_by_the_same_amount(builder, run) -> None:
    assert scheduled(builder, run, StraightLine(kind="straight_line"), periods=4) == [90.0, 60.0, 30.0, 0.0]


def test_a_lock_out_shortens_the_window(builder, run) -> None:
    """Starts in month 3 of 5: 120, 120, 80, 40, 0."""
    rule = StraightLine(kind="straight_line", starts=Moment(month=3))
    assert scheduled(builder, run, rule, periods=5) == pytest.approx([120, 120, 80, 40, 0], abs=MONEY)


def test_a_window_that_ends_before_maturity_is_repaid_by_then(builder, run) -> None:
    rule = StraightLine(kind="straight_line", until=Moment(month=3))
    assert scheduled(builder, run, rule, periods=5) == pytest.approx([80, 40, 0, 0, 0], abs=MONEY)


def test_a_balloon_falls_due_in_the_last_month(builder, run) -> None:
    """A quarter is left to month 4: 120 falls to 30 by 22.5 a payment, the last with the balloon."""
    rule = StraightLine(kind="straight_line", balloon=0.25)
    assert scheduled(builder, run, rule, periods=4) == pytest.approx([97.5, 75.0, 52.5, 0.0], abs=MONEY)


def test_a_bullet_is_due_at_once(builder, run) -> None:
    assert scheduled(builder, run, Bullet(kind="bullet"), periods=3) == [120.0, 120.0, 0.0]


def test_a_share_of_the_original_a_year_goes_in_twelfths(builder, run) -> None:
    """12% a year of 120 is 1.2 a month; the rest in the last month."""
    rule = ShareOfOriginal(kind="share_of_original", share_per_year=0.12)
    assert scheduled(builder, run, rule, periods=4) == pytest.approx([118.8, 117.6, 116.4, 0.0], abs=MONEY)
    rule = ShareOfOriginal(kind="share_of_original", share_per_year=6.0)
    assert scheduled(builder, run, rule, periods=4) == pytest.approx([60.0, 0.0, 0.0, 0.0], abs=MONEY)


def test_level_pay_at_the_coupon_pays_the_same_each_month(builder, run) -> None:
    """1,000 at 1% a month over two months: 1,000 x 0.01 x 1.0201 / 0.0201 = 507.5124 each, 497.5124 of it principal."""
    left = scheduled(builder, run, LevelPay(kind="level_pay"), periods=2, balance=1000.0)
    assert left == pytest.approx([502.4875622, 0.0], abs=1e-6)


def test_level_pay_of_thirty_years_is_the_annuity(builder, run) -> None:
    """100,000 at 6% over 360 months: an instalment of 599.5505 (Excel: PMT(0.06/12, 360, -100000))."""
    left = scheduled(builder, run, LevelPay(kind="level_pay", schedule_rate=0.06), periods=360, balance=100_000.0)
    before = [100_000.0, *left[:-1]]
    instalments = [was * 0.005 + was - now for was, now in zip(before, left, strict=True)]
    assert instalments == pytest.approx([599.5505251527569] * 360, abs=1e-6)


def test_level_pay_at_no_rate_is_straight_line(builder, run) -> None:
    rule = LevelPay(kind="level_pay", schedule_rate=0.0)
    assert scheduled(builder, run, rule, periods=4) == pytest.approx([90, 60, 30, 0], abs=MONEY)


def test_level_pay_to_a_balloon_is_level(builder, run) -> None:
    """Instalment = i (B - balloon v^n) / (1 - v^n) in every month, and the balloon with the last."""
    rule = LevelPay(kind="level_pay", schedule_rate=0.12, balloon=0.4)
    left = scheduled(builder, run, rule, periods=12, balance=1000.0)
    discount = 1.01**-12
    level = 0.01 * (1000 - 400 * discount) / (1 - discount)
    before = [1000.0, *left[:-1]]
    paid = [was * 1.01 - now for was, now in zip(before, left, strict=True)]
    assert paid == pytest.approx([level] * 11 + [level + 400], abs=1e-6)


def test_level_pay_of_a_floating_tranche_needs_a_rate() -> None:
    terms = {"ranking": 1, "balance": 1.0, "coupon": Coupon(index="sofr", margin=0.02), "day_count": "Act/360"}
    with pytest.raises(ValidationError, match="needs a `schedule_rate`"):
        Loan(kind="loan", amortization=LevelPay(kind="level_pay"), **terms)
    assert Loan(kind="loan", amortization=LevelPay(kind="level_pay", schedule_rate=0.05), **terms)


def test_a_table_and_a_rule_are_one_too_many() -> None:
    table = {"by": "month", "of": "original", "points": ((0, 1.0), (3, 0.0)), "between": "linear"}
    with pytest.raises(ValidationError, match="either a table"):
        Loan(kind="loan", ranking=1, balance=1.0, coupon=Coupon(fixed=0.1), day_count="Act/360",
             amortization=Bullet(kind="bullet"), scheduled_balance=table)  # fmt: skip
