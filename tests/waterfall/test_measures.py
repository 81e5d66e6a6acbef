"""Tests: what each measures, when it has a result, and on which side of the level it falls."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from dealmodel.basics.moments import Moment
from dealmodel.lines.trace import Trace
from dealmodel.waterfall.measures import (
    CoverageTest,
    LoanToValueTest,
    LowerOf,
    Measurements,
    UnpaidBalanceTest,
    UnpaidInterestTest,
    UtilisationTest,
    define_test,
)

RATIO = 1e-12  # one division of sums of a few amounts


def month(number: int) -> Moment:
    return Moment(month=number)


def dscr(**fields: object) -> CoverageTest:
    return CoverageTest(**({"measure": "dscr", "debt": ("a",), "at_least": 1.25} | fields))


def ltv(**fields: object) -> LoanToValueTest:
    return LoanToValueTest(**({"measure": "ltv", "debt": ("a",), "value": "resale", "at_most": 0.75} | fields))


def measured(
    builder,
    tranche,
    run,
    test,
    *,
    cash: Sequence[float] = (),
    opening: Sequence[float] = (),
    interest: Sequence[float] = (),
    principal: Sequence[float] = (),
    resale: Sequence[float] = (),
    book: Sequence[float] = (),
    used: Sequence[float] = (),
    held: Sequence[float] = (),
    second: dict[str, Sequence[float]] | None = None,
) -> Trace:
    """Measure a test on given amounts of tranche a (and b, if given), collateral and cash."""
    periods = len(cash or opening or used)
    nothing = (0.0,) * periods
    lines = builder(periods, {"cover": test})
    tranches = {"a": tranche(lines, "a", opening=opening or nothing, interest=interest, principal=principal)}
    if second is not None:
        tranches["b"] = tranche(lines, "b", ranking=2, **({"opening": nothing} | second))
    given = {"cash": cash, "resale": resale, "book": book, "used": used, "held": held}
    made = {name: lines.series(f"given.{name}", values or nothing, unit="currency") for name, values in given.items()}
    lines.begin_cash()
    weights = {"unit_cost": made["used"], "units": made["used"]}, {"unit_cost": made["held"], "units": made["held"]}
    of = Measurements(made["cash"], tranches, {"resale": made["resale"], "book": made["book"]}, *weights)
    define_test(lines, test, of, counted=True)
    return run(lines)


# coverage


def test_coverage_is_cash_over_interest_and_scheduled_principal(builder, tranche, run) -> None:
    """150 over 40 + 80 is 1.25; 60 over 30 + 20 is 1.2, below 1.25."""
    trace = measured(builder, tranche, run, dscr(), cash=(150, 60), interest=(40, 30), principal=(80, 20))
    assert trace.months("cover.ratio") == pytest.approx([1.25, 1.2], abs=RATIO)
    assert trace.months("cover.failed") == [0, 1]
    assert trace.months("cover.passed") == [1, 0]


def test_coverage_sums_cash_and_debt_service_over_the_months(builder, tranche, run) -> None:
    """Over 3 months, nothing before the first: 90/60, 190/160, 390/260, 300/300. Not an average of ratios."""
    trace = measured(
        builder, tranche, run, dscr(over_months=3), cash=(90, 100, 200, 0), interest=(60, 100, 100, 100)
    )  # fmt: skip
    assert trace.months("cover.ratio") == pytest.approx([1.5, 190 / 160, 390 / 260, 1.0], abs=RATIO)
    assert trace.months("cover.failed") == [0, 1, 0, 1]


def test_coverage_of_two_tranches_adds_their_debt_service(builder, tranche, run) -> None:
    """150 over (40 + 20) + (10 + 30) = 1.5; of a alone 2.5."""
    second = {"interest": (10,), "principal": (30,)}
    for debt, expected in ((("a", "b"), 1.5), (("a",), 2.5)):
        trace = measured(
            builder, tranche, run, dscr(debt=debt), cash=(150,), interest=(40,), principal=(20,), second=second
        )
        assert trace.months("cover.ratio") == pytest.approx([expected], abs=RATIO)


def test_negative_cash_is_coverage_below_nothing(builder, tranche, run) -> None:
    trace = measured(builder, tranche, run, dscr(at_least=0.0), cash=(-50,), interest=(100,))
    assert trace.months("cover.ratio") == [-0.5]
    assert trace.months("cover.failed") == [1]


# results


def test_before_the_first_month_there_is_no_result(builder, tranche, run) -> None:
    """0 over 100 would fail in every month; it is measured from month 3."""
    trace = measured(builder, tranche, run, dscr(first=month(3)), cash=(0, 0, 0, 0), interest=(100,) * 4)
    assert trace.months("cover.result") == [0, 0, 1, 1]
    assert trace.months("cover.failed") == [0, 0, 1, 1]
    assert trace.months("cover.passed") == [0, 0, 0, 0]


def test_the_sum_reaches_back_before_the_first_month_of_measuring(builder, tranche, run) -> None:
    """Measured from month 2 over 2 months: (200 + 50) / 200."""
    trace = measured(builder, tranche, run, dscr(first=month(2), over_months=2), cash=(200, 50), interest=(100, 100))
    assert trace.months("cover.ratio") == pytest.approx([0.0, 1.25], abs=RATIO)


@pytest.mark.parametrize("nothing", [0.0, 0.004, 0.005])
def test_half_a_cent_or_less_below_is_no_result(builder, tranche, run, nothing: float) -> None:
    """Neither fails nor passes, whatever the cash."""
    trace = measured(builder, tranche, run, dscr(), cash=(-10,), interest=(nothing,))
    assert [trace.months(f"cover.{name}") for name in ("result", "failed", "passed", "ratio")] == [[0], [0], [0], [0]]


def test_a_cent_below_is_a_result(builder, tranche, run) -> None:
    trace = measured(builder, tranche, run, dscr(), cash=(0.01,), interest=(0.01,))
    assert [trace.months(f"cover.{name}") for name in ("result", "failed")] == [[1], [1]]


def test_collateral_worth_nothing_gives_no_loan_to_value(builder, tranche, run) -> None:
    trace = measured(builder, tranche, run, ltv(), opening=(500,), resale=(0,))
    assert [trace.months(f"cover.{name}") for name in ("result", "failed", "passed")] == [[0], [0], [0]]


def test_passes_in_a_row_count_passes_and_stand_still_without_a_result(builder, tranche, run) -> None:
    """Pass, pass, no result, pass, fail, no result, pass: 1, 2, 2, 3, 0, 0, 1."""
    trace = measured(
        builder, tranche, run, dscr(), cash=(200, 200, 200, 200, 0, 0, 200), interest=(100, 100, 0, 100, 100, 0, 100)
    )
    assert trace.months("cover.passes_in_a_row") == [1, 2, 2, 3, 0, 0, 1]


# knife edges


@pytest.mark.parametrize(
    ("cash", "fails"),
    [
        (125.0, 0),
        (124.9999996, 0),  # 1.249999996 is 1.25 at eight places
        (124.9999994, 1),  # 1.249999994 is 1.24999999
        (125.0000006, 0),
    ],
)
def test_coverage_at_its_level_passes_at_eight_places(builder, tranche, run, cash: float, fails: int) -> None:
    assert measured(builder, tranche, run, dscr(), cash=(cash,), interest=(100,)).months("cover.failed") == [fails]


@pytest.mark.parametrize(("debt", "fails"), [(75.0, 0), (75.0000004, 0), (75.0000006, 1), (74.99, 0)])
def test_loan_to_value_at_its_level_passes_at_eight_places(builder, tranche, run, debt: float, fails: int) -> None:
    assert measured(builder, tranche, run, ltv(), opening=(debt,), resale=(100,)).months("cover.failed") == [fails]


def test_a_ratio_that_binary_holds_a_hair_off_its_level_passes(builder, tranche, run) -> None:
    """(0.1 + 0.2) over 1 at most 0.3, and 0.3 at least 0.1 + 0.2: equal on paper."""
    trace = measured(builder, tranche, run, ltv(at_most=0.3), opening=(0.1 + 0.2,), resale=(1.0,))
    assert trace.months("cover.failed") == [0]
    trace = measured(builder, tranche, run, dscr(at_least=0.1 + 0.2), cash=(0.3,), interest=(1.0,))
    assert trace.months("cover.failed") == [0]


# utilisation


def test_utilisation_is_use_over_what_is_held_summed_over_months(builder, tranche, run) -> None:
    """Over 2 months: 90/100; (90 + 60)/200; (60 + 20)/(100 + 20). Below 0.7 it fails."""
    test = UtilisationTest(measure="utilisation", weighted_by="units", over_months=2, at_least=0.7)
    trace = measured(builder, tranche, run, test, used=(90, 60, 20), held=(100, 100, 20))
    assert trace.months("cover.ratio") == pytest.approx([0.9, 0.75, 80 / 120], abs=RATIO)
    assert trace.months("cover.failed") == [0, 0, 1]


def test_utilisation_of_nothing_held_is_no_result(builder, tranche, run) -> None:
    test = UtilisationTest(measure="utilisation", weighted_by="unit_cost", at_least=0.7)
    trace = measured(builder, tranche, run, test, used=(0, 0), held=(10, 0))
    assert trace.months("cover.failed") == [1, 0]
    assert trace.months("cover.result") == [1, 0]


# loan to value


def test_loan_to_value_is_on_balances_before_payment(builder, tranche, run) -> None:
    """300 + 100 over 500 is 0.8; of a alone 0.6."""
    for debt, expected, fails in ((("a", "b"), 0.8, 1), (("a",), 0.6, 0)):
        trace = measured(
            builder, tranche, run, ltv(debt=debt), opening=(300,), resale=(500,), second={"opening": (100,)}
        )
        assert trace.months("cover.ratio") == pytest.approx([expected], abs=RATIO)
        assert trace.months("cover.failed") == [fails]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("resale", [300 / 500, 300 / 400]),
        ("book", [300 / 400, 300 / 600]),
        (LowerOf(lower_of=("book", "resale")), [300 / 400, 300 / 400]),
        (LowerOf(lower_of=("resale", "book")), [300 / 400, 300 / 400]),
        (LowerOf(lower_of=("book",)), [300 / 400, 300 / 600]),
    ],
)
def test_the_value_is_on_the_basis_that_is_named(builder, tranche, run, value, expected: list[float]) -> None:
    trace = measured(builder, tranche, run, ltv(value=value), opening=(300, 300), resale=(500, 400), book=(400, 600))
    assert trace.months("cover.ratio") == pytest.approx(expected, abs=RATIO)


# what is unpaid after payment


def after_payment(builder, tranche, run, test, **rows: dict[str, Sequence[float]]) -> Trace:
    """Measure a test of what is unpaid; each tranche is given by its amounts and its ranking."""
    periods = len(next(iter(rows.values()))["opening"])
    lines = builder(periods, {"unpaid": test})
    tranches = {name: tranche(lines, name, **given) for name, given in rows.items()}
    lines.begin_cash()
    nothing = lines.line("nothing", 0, unit="currency", opening=0)
    of = Measurements(nothing, tranches, {}, {}, {})
    announced = test.declare(lines, counted=True)
    test.complete(lines, announced, of)
    return run(lines)


def test_unpaid_interest_is_the_shortfall_of_the_named(builder, tranche, run) -> None:
    """At most 10, and half a cent: 10.004 passes, 10.006 fails."""
    test = UnpaidInterestTest(measure="unpaid_interest", of=("a", "b"), at_most=10.0, measured="after_payment")
    trace = after_payment(
        builder, tranche, run, test,
        a={"opening": (9, 9, 9), "shortfall": (4, 4.004, 4.006)},
        b={"opening": (9, 9, 9), "shortfall": (6, 6, 6)},
        c={"opening": (9, 9, 9), "shortfall": (50, 50, 50)},
    )  # fmt: skip
    assert trace.months("unpaid.ratio") == pytest.approx([10.0, 10.004, 10.006], abs=RATIO)
    assert trace.months("unpaid.failed") == [0, 0, 1]
    assert trace.months("unpaid.passes_in_a_row") == [1, 2, 0]


def test_the_most_senior_moves_down_when_the_senior_is_repaid(builder, tranche, run) -> None:
    """a is outstanding in months 1 and 2, then b, then c; half a cent of a is nothing. b's arrears wait for month 3."""
    test = UnpaidInterestTest(measure="unpaid_interest", of="senior_most", measured="after_payment")
    trace = after_payment(
        builder, tranche, run, test,
        c={"ranking": 3, "opening": (70, 70, 70, 70), "shortfall": (1, 1, 1, 1)},
        a={"ranking": 1, "opening": (900, 0.006, 0.005, 0), "shortfall": (0, 0, 0, 0)},
        b={"ranking": 2, "opening": (90, 90, 90, 0), "shortfall": (30, 30, 30, 0)},
    )  # fmt: skip
    assert trace.months("a.senior_most") == [1, 1, 0, 0]
    assert trace.months("b.senior_most") == [0, 0, 1, 0]
    assert trace.months("c.senior_most") == [0, 0, 0, 1]
    assert trace.months("unpaid.ratio") == [0, 0, 30, 1]
    assert trace.months("unpaid.failed") == [0, 0, 1, 1]


def test_tranches_of_one_ranking_are_most_senior_together(builder, tranche, run) -> None:
    test = UnpaidInterestTest(measure="unpaid_interest", of="senior_most", measured="after_payment")
    trace = after_payment(
        builder, tranche, run, test,
        a1={"ranking": 1, "opening": (50, 0), "shortfall": (2, 0)},
        a2={"ranking": 1, "opening": (50, 50), "shortfall": (3, 3)},
        b={"ranking": 2, "opening": (50, 50), "shortfall": (40, 40)},
    )  # fmt: skip
    assert trace.months("unpaid.ratio") == [5, 3]


def test_with_everything_repaid_no_interest_is_unpaid(builder, tranche, run) -> None:
    test = UnpaidInterestTest(measure="unpaid_interest", of="senior_most", measured="after_payment")
    trace = after_payment(builder, tranche, run, test, a={"opening": (0,), "shortfall": (7,)})
    assert trace.months("unpaid.failed") == [0]


def test_unpaid_balance_is_what_principal_left_before_any_write_down(builder, tranche, run) -> None:
    """From month 2: 100 - 30, 70 - 70 and half a cent."""
    test = UnpaidBalanceTest(measure="unpaid_balance", of=("a",), first=month(2), measured="after_payment")
    trace = after_payment(
        builder, tranche, run, test, a={"opening": (100, 100, 70, 70), "principal_paid": (0, 30, 70, 69.994)}
    )  # fmt: skip
    assert trace.months("unpaid.result") == [0, 1, 1, 1]
    assert trace.months("unpaid.ratio") == pytest.approx([0, 70, 0, 0.006], abs=RATIO)
    assert trace.months("unpaid.failed") == [0, 1, 0, 1]
    assert trace.months("unpaid.passes_in_a_row") == [0, 0, 1, 0]
