"""Levels that change on a date, misses of the last payment dates, tests that stay failed, and when a test acts."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from dealmodel.basics.moments import Moment
from dealmodel.waterfall.measures import CoverageTest, FailsWhen, LoanToValueTest, SteppedLevel, UnpaidInterestTest


def dscr(**fields: object) -> CoverageTest:
    return CoverageTest(**({"measure": "dscr", "debt": ("a",), "at_least": 1.0} | fields))


def outcomes(found, test: CoverageTest, *cash: float):
    """Cash over a debt service of 1 a month; a negative amount stands for a month without debt service."""
    service = tuple(0.0 if amount < 0 else 1.0 for amount in cash)
    return found(test, {"a": {"interest": service}}, cash=tuple(map(float, cash)))


# stepped levels


def stepped(*points: tuple[int | date, float], between: str = "step") -> SteppedLevel:
    return SteppedLevel(by="month", points=points, between=between)


def test_a_stepped_level_holds_from_its_month_on(found) -> None:
    """1.2 in months 1 and 2, 1.35 from month 3. Coverage of 1.3 fails from month 3 on; 1.35 passes."""
    seen = outcomes(found, dscr(at_least=stepped((0, 1.2), (3, 1.35))), 1.3, 1.3, 1.3, 1.35, 1.2)
    assert seen.level == [1.2, 1.2, 1.35, 1.35, 1.35]
    assert seen.failed == [0, 0, 1, 0, 1]


def test_a_level_may_be_read_between_its_points(found) -> None:
    """From 1.0 at closing to 1.4 in month 4: 1.1, 1.2, 1.3, 1.4, and 1.4 from then on."""
    seen = outcomes(found, dscr(at_least=stepped((0, 1.0), (4, 1.4), between="linear")), 1.2, 1.2, 1.2, 1.2, 1.2)
    assert seen.level == pytest.approx([1.1, 1.2, 1.3, 1.4, 1.4], abs=1e-12)
    assert seen.failed == [0, 0, 1, 1, 1]


def test_a_stepped_level_by_date_holds_from_the_payment_date_on_or_after_it(found) -> None:
    """Payment on the month ends of January to May 2027: 1.35 from 15 March holds on 31 March, 1.4 on 30 April."""
    level = SteppedLevel(
        by="date",
        points=((date(2026, 12, 31), 1.2), (date(2027, 3, 15), 1.35), (date(2027, 4, 30), 1.4)),
        between="step",
    )
    seen = outcomes(found, dscr(at_least=level), 1.3, 1.3, 1.3, 1.35, 1.45)
    assert seen.level == [1.2, 1.2, 1.35, 1.4, 1.4]
    assert seen.failed == [0, 0, 1, 1, 0]


def test_a_level_by_date_is_read_between_by_days(found) -> None:
    """From 1.0 on 31 December to 1.9 on 31 March, 90 days: 31 January is day 31, 28 February day 59."""
    level = SteppedLevel(by="date", points=((date(2026, 12, 31), 1.0), (date(2027, 3, 31), 1.9)), between="linear")
    seen = outcomes(found, dscr(at_least=level), 1.2, 1.2, 1.2)
    assert seen.level == pytest.approx([1.31, 1.59, 1.9], abs=1e-12)


def test_points_are_counted_in_what_they_say() -> None:
    with pytest.raises(ValidationError, match="`by: date` wants dates in its points"):
        SteppedLevel(by="date", points=((0, 1.2),), between="step")
    with pytest.raises(ValidationError, match="`by: month` wants months in its points"):
        stepped((date(2026, 12, 31), 1.2))
    with pytest.raises(ValidationError, match="the dates must rise: 2027-03-31 follows 2027-03-31"):
        SteppedLevel(
            by="date", points=((date(2027, 3, 31), 1.2), (date(2027, 3, 31), 1.3)), between="step"
        )  # fmt: skip


def test_a_stepped_level_of_loan_to_value_moves_its_cure(found) -> None:
    """At most 0.8, and 0.7 from month 2: of 100 worth of chips and 90 of debt, 10 cure in month 1 and 20 in month 2."""
    ltv = LoanToValueTest(
        measure="ltv", debt=("a",), value="resale", at_most=stepped((0, 0.8), (2, 0.7))
    )  # fmt: skip
    assert found(ltv, {"a": {"opening": (90, 90)}}, resale=(100, 100)).cure == pytest.approx([10, 20], abs=1e-9)


def test_a_stepped_level_begins_at_closing_and_stays_in_range() -> None:
    with pytest.raises(ValidationError, match="the first of the months must be 0"):
        stepped((1, 1.2))
    with pytest.raises(ValidationError, match="the months must rise"):
        stepped((0, 1.2), (5, 1.3), (5, 1.4))
    with pytest.raises(ValidationError, match="the level 120 at month 6 is not between 0 and 50"):
        dscr(at_least=stepped((0, 1.2), (6, 120.0)))
    with pytest.raises(ValidationError, match=r"the level 67\.5 at month 0 is not between 0 and 10"):
        LoanToValueTest(measure="ltv", debt=("a",), value="book", at_most=stepped((0, 67.5)))


# so many of the last


def test_two_misses_of_the_last_three_payment_dates_fail(found) -> None:
    """Cash of 0 misses, 2 does not. One miss passes, in a look-back that does not fill too."""
    test = dscr(fails_when=FailsWhen(failed=2, of_last=3))
    seen = outcomes(found, test, 0, 2, 0, 2, 0, 2, 2, 2)
    assert seen.missed == [1, 0, 1, 0, 1, 0, 0, 0]
    assert seen.misses == [1, 1, 2, 1, 2, 1, 1, 0]
    assert seen.failed == [0, 0, 1, 0, 1, 0, 0, 0]
    assert seen.passed == [1, 1, 0, 1, 0, 1, 1, 1]
    assert seen.passes_in_a_row == [1, 2, 0, 1, 0, 1, 2, 3]


def test_a_month_that_meets_the_level_fails_for_the_misses_before_it(found) -> None:
    """Two of the last four: 0, 0, 2, 2, 2 has 1, 2, 2, 2, 1 misses."""
    seen = outcomes(found, dscr(fails_when=FailsWhen(failed=2, of_last=4)), 0, 0, 2, 2, 2)
    assert seen.misses == [1, 2, 2, 2, 1]
    assert seen.failed == [0, 1, 1, 1, 0]


def test_a_month_without_a_result_is_no_miss_and_no_failure(found) -> None:
    """Miss, none, miss: two of the last three. In a month without a result nothing fails, whatever came before."""
    seen = outcomes(found, dscr(fails_when=FailsWhen(failed=2, of_last=3)), 0, -1, 0, -1, 0)
    assert seen.misses == [1, 1, 2, 1, 2]
    assert seen.failed == [0, 0, 1, 0, 1]
    seen = outcomes(found, dscr(fails_when=FailsWhen(failed=2, of_last=3)), 0, 0, -1, 2)
    assert seen.misses == [1, 2, 2, 1]
    assert (seen.failed, seen.passes_in_a_row) == ([0, 1, 0, 0], [1, 0, 0, 1])


def test_misses_before_the_first_month_do_not_count(found) -> None:
    test = dscr(first=Moment(month=3), fails_when=FailsWhen(failed=2, of_last=3))
    assert outcomes(found, test, 0, 0, 0, 0).failed == [0, 0, 0, 1]


def test_more_misses_than_payment_dates_cannot_be() -> None:
    with pytest.raises(ValidationError, match="3 misses cannot stand among the last 2 payment dates"):
        FailsWhen(failed=3, of_last=2)


# curable or not


def test_a_test_that_is_not_curable_stays_failed(found) -> None:
    """Pass, none, fail; from then on failed, in a month without a result too, and it never passes again."""
    seen = outcomes(found, dscr(curable=False), 2, -1, 0, 2, -1, 2)
    assert seen.result == [1, 0, 1, 1, 0, 1]
    assert seen.failed == [0, 0, 1, 1, 1, 1]
    assert seen.passed == [1, 0, 0, 0, 0, 0]
    assert seen.passes_in_a_row == [1, 1, 0, 0, 0, 0]


def test_so_many_of_the_last_may_be_final(found) -> None:
    test = dscr(curable=False, fails_when=FailsWhen(failed=2, of_last=2))
    assert outcomes(found, test, 0, 2, 0, 0, 2, 2, 2).failed == [0, 0, 0, 1, 1, 1, 1]


def test_a_test_after_payment_may_be_final(found) -> None:
    test = LoanToValueTest(
        measure="ltv", debt=("a",), value="resale", at_most=0.5, measured="after_payment", curable=False
    )  # fmt: skip
    rows = {"a": {"opening": (40, 60, 40), "principal_paid": (0, 0, 0)}}
    seen = found(test, rows, resale=(100, 100, 100))
    assert (seen.failed, seen.passed) == ([0, 1, 1], [1, 0, 0])


# when it acts


def test_when_a_test_acts() -> None:
    """Before payment: on the same date unless it says the next. After payment: on the next."""
    assert not dscr().acts_next
    assert not dscr(effective="same_payment_date").acts_next
    assert dscr(effective="next_payment_date").acts_next
    unpaid = {"measure": "unpaid_interest", "of": ("a",), "measured": "after_payment"}
    assert UnpaidInterestTest(**unpaid).acts_next
    with pytest.raises(ValidationError, match="a test measured after payment acts on the next payment date"):
        UnpaidInterestTest(**unpaid, effective="same_payment_date")
