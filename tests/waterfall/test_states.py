"""States: the severest that holds is in force; some are never left, some are cured."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from pydantic import ValidationError

from dealmodel.basics.kinds import place_kinds
from dealmodel.waterfall.measures import (
    CoverageTest,
    Measurements,
    UnpaidInterestTest,
    define_test,
)
from dealmodel.waterfall.states import State, counted_tests, declare_states, define_states

PASS, FAIL, NONE = "pass", "fail", "none"


def state(severity: int, entered_on: tuple[str, ...] = (), left: str = "never", **fields: str) -> State:
    return State(severity=severity, waterfall="payments", entered_on=entered_on, left=left, **fields)


def in_force(
    builder,
    tranche,
    run,
    states: dict[str, State],
    *,
    cured_after: int = 1,
    after: Sequence[str] = (),
    **tests: Sequence[str],
) -> list[str]:
    """State of each month, where each test passes, fails or has no result as told.

    A coverage test measures cash of 2, 0 and 2 over debt service of 1, 1 and 0. `after` is a test called `late` that
    is measured after payment.
    """
    periods = len(next(iter(tests.values()), after))
    kinds = {name: CoverageTest(measure="dscr", debt=(name,), at_least=1.0, cured_after=cured_after) for name in tests}
    late = UnpaidInterestTest(
        measure="unpaid_interest", of=("late_debt",), measured="after_payment", cured_after=cured_after
    )
    lines = builder(periods, kinds | {"late": late})
    debts, cash = {}, {}
    for name, told in tests.items():
        service = tuple(0.0 if outcome == NONE else 1.0 for outcome in told)
        debts[name] = tranche(lines, name, opening=service, interest=service)
        cash[name] = lines.series(f"{name}.cash", tuple(0.0 if out == FAIL else 2.0 for out in told), unit="currency")
    unpaid = tuple(1.0 if outcome == FAIL else 0.0 for outcome in after) or (0.0,) * periods
    debts["late_debt"] = tranche(lines, "late_debt", opening=(1.0,) * periods, shortfall=unpaid)
    for name, one in states.items():
        place_kinds(one, f"states.{name}")
    lines.begin_cash()
    counted = counted_tests(states)
    found = {}
    for name, kind in kinds.items():
        found[name] = define_test(lines, kind, Measurements(cash[name], debts, {}, {}, {}), counted=name in counted)
    nothing = lines.line("nothing", 0, unit="currency", opening=0)
    found["late"] = late.declare(lines, counted="late" in counted)
    flags = define_states(lines, states, found, declare_states(lines, states))
    late.complete(lines, found["late"], Measurements(nothing, debts, {}, {}, {}))
    trace = run(lines)
    by_state = {name: trace.months(line.name) for name, line in flags.items()}
    for month in range(periods):
        assert sum(months[month] for months in by_state.values()) == 1, "exactly one state is in force"
    return [next(name for name, months in by_state.items() if months[month]) for month in range(periods)]


NORMAL = {"normal": state(0)}


def test_the_state_of_severity_0_holds_when_no_other_does(builder, tranche, run) -> None:
    assert in_force(builder, tranche, run, NORMAL, low=(PASS, FAIL)) == ["normal", "normal"]


def test_a_state_that_may_not_be_left_lasts(builder, tranche, run) -> None:
    states = NORMAL | {"rapid": state(2, ("low",))}
    found = in_force(builder, tranche, run, states, low=(PASS, FAIL, PASS, NONE, PASS))
    assert found == ["normal", "rapid", "rapid", "rapid", "rapid"]


def test_a_test_measured_before_payment_acts_on_the_same_date(builder, tranche, run) -> None:
    assert in_force(builder, tranche, run, NORMAL | {"rapid": state(1, ("low",))}, low=(FAIL, PASS))[0] == "rapid"


def test_a_test_measured_after_payment_acts_on_the_next_date(builder, tranche, run) -> None:
    states = NORMAL | {"default": state(1, ("late",))}
    assert in_force(builder, tranche, run, states, after=(PASS, FAIL, PASS)) == ["normal", "normal", "default"]


@pytest.mark.parametrize(
    ("cured_after", "told", "expected"),
    [
        (1, (FAIL, PASS, PASS), "t n n"),
        (2, (FAIL, PASS, PASS, PASS), "t t n n"),
        (3, (FAIL, PASS, PASS, PASS), "t t t n"),
        (2, (FAIL, PASS, FAIL, PASS, PASS), "t t t t n"),  # a failure starts the count again
        (2, (FAIL, PASS, NONE, PASS), "t t t n"),  # a month without a result stands still
        (2, (FAIL, NONE, NONE, PASS), "t t t t"),
        (2, (PASS, PASS, FAIL, PASS, PASS), "n n t t n"),  # passes before the failure do not count
        (1, (FAIL, FAIL, PASS), "t t n"),
        (1, (NONE, FAIL, PASS), "n t n"),
        (2, (FAIL, PASS, PASS, FAIL, PASS), "t t n t t"),  # it may be entered again
    ],
)
def test_a_curable_state_is_left_after_passes_in_a_row(builder, tranche, run, cured_after, told, expected) -> None:
    states = NORMAL | {"trapped": state(1, ("low",), "when_cured")}
    found = in_force(builder, tranche, run, states, cured_after=cured_after, low=told)
    assert " ".join(name[0] for name in found) == expected


def test_every_test_of_a_curable_state_must_be_cured(builder, tranche, run) -> None:
    """One fails in month 1 and the other in month 2; both have passed once in month 3."""
    states = NORMAL | {"trapped": state(1, ("one", "two"), "when_cured")}
    found = in_force(builder, tranche, run, states, one=(FAIL, PASS, PASS, PASS), two=(NONE, FAIL, NONE, PASS))
    assert found == ["trapped", "trapped", "trapped", "normal"]


def test_a_test_that_never_passed_keeps_the_state(builder, tranche, run) -> None:
    states = NORMAL | {"trapped": state(1, ("one", "two"), "when_cured")}
    found = in_force(builder, tranche, run, states, one=(FAIL, PASS), two=(NONE, NONE))
    assert found == ["trapped", "trapped"]


def test_a_curable_test_measured_after_payment_cures_a_date_later(builder, tranche, run) -> None:
    """Fails after payment in month 1, passes in 2 and 3; with two passes wanted the state holds in 2 and 3."""
    states = NORMAL | {"trapped": state(1, ("late",), "when_cured")}
    found = in_force(builder, tranche, run, states, cured_after=2, after=(FAIL, PASS, PASS, PASS))
    assert found == ["normal", "trapped", "trapped", "normal"]


def test_any_one_failure_is_enough(builder, tranche, run) -> None:
    states = NORMAL | {"rapid": state(1, ("one", "two", "three"))}
    for name in ("one", "two", "three"):
        told = {other: (FAIL,) if other == name else (PASS,) for other in ("one", "two", "three")}
        assert in_force(builder, tranche, run, states, **told) == ["rapid"]


def test_the_highest_severity_that_holds_is_in_force_whatever_the_order_in_the_file(builder, tranche, run) -> None:
    rows = {"normal": state(0), "mild": state(1, ("one",)), "severe": state(5, ("two",))}
    for order in (list(rows), list(reversed(rows)), ["severe", "normal", "mild"]):
        states = {name: rows[name] for name in order}
        found = in_force(builder, tranche, run, states, one=(FAIL, PASS, PASS), two=(PASS, FAIL, PASS))
        assert found == ["mild", "severe", "severe"]


def test_a_milder_state_is_back_when_the_severer_is_cured(builder, tranche, run) -> None:
    """The mild state is never left; the severe one is cured by one pass."""
    states = NORMAL | {"mild": state(1, ("one",)), "severe": state(2, ("two",), "when_cured")}
    found = in_force(builder, tranche, run, states, one=(FAIL, PASS, PASS), two=(FAIL, FAIL, PASS))
    assert found == ["severe", "severe", "mild"]


def test_only_tests_of_states_that_may_be_cured_are_counted() -> None:
    states = {"n": state(0), "t": state(1, ("one", "two"), "when_cured"), "r": state(2, ("three",))}
    assert counted_tests(states) == {"one", "two"}


def test_a_state_that_sells_is_final() -> None:
    with pytest.raises(ValidationError, match="a state whose remedy is to sell cannot be left"):
        state(1, ("one",), "when_cured", remedy="sell")
    assert state(1, ("one",), remedy="sell").remedy == "sell"
