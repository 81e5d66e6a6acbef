"""An explanation shows the formula in force, with the run's own values, back to the month before."""

from __future__ import annotations

import pytest

from dealmodel.basics.errors import DealFileError
from dealmodel.lines.build import Builder
from dealmodel.lines.evaluate import evaluate
from dealmodel.lines.explain import Explanation, explain, figure
from dealmodel.lines.expressions import (
    absolute,
    ahead,
    both,
    either,
    lookup,
    maximum,
    minimum,
    negate,
    power,
    prev,
    ratio,
    round_to,
    sum_ahead,
    sum_of_states,
    total,
    where,
)
from dealmodel.lines.inputs import Input
from dealmodel.lines.trace import Trace
from dealmodel.lines.values import values_of


@pytest.fixture
def trace() -> Trace:
    """A note of 1,000 at 12% a year, of which 100 and its interest are paid a month in state a, nothing in state b.

    Month 1, state a: interest 10.00; principal 100; balance 900. Month 2, state b: interest 9; nothing paid.
    """
    lines = Builder("deal", periods=2)
    lines.add_input(Input("note.balance", "currency", 1000.0, label="Balance at closing"))
    lines.add_input(Input("note.coupon", "rate per year", 0.12))
    lines.add_input(Input("note.instalment", "currency", 100.0))
    in_a = lines.series("a.in_force", (1.0, 0.0), unit="flag")
    in_b = lines.series("b.in_force", (0.0, 1.0), unit="flag")
    lines.begin_cash()
    with lines.at("tranches.note", section="Tranches"):
        balance = lines.declare("note.balance_left", unit="currency", opening=lines.param("note.balance"))
        opening = lines.line("note.opening", prev(balance), unit="currency", label="Opening balance")
        year = lines.named("months_per_year", 12, "months")
        due = lines.line("note.interest_due", opening * lines.param("note.coupon") / year, unit="currency", role="due")
    fee = lines.line("fee.paid", opening * 0, unit="currency", role="payment")
    paid_a = lines.line("a.paid", due * in_a, unit="currency", role="payment")
    paid_b = lines.line("b.paid", in_b * 0, unit="currency", role="payment")
    interest = lines.line(
        "note.interest_paid", sum_of_states([((in_a,), paid_a), ((in_b,), paid_b)]), unit="currency", role="payment"
    )
    cash = lines.line("cash", interest + opening - fee, unit="currency")
    lines.line("paid_twice", interest + cash, unit="currency", role="payment")
    lines.define(balance, opening - lines.param("note.instalment") * in_a)
    lines.summary("paid_in_all", total(interest), unit="currency")
    model = lines.build()
    return Trace.of(model, values_of(model))


def names(told: list[Explanation]) -> list[tuple[int, str]]:
    return [(item.depth, item.name) for item in told]


def test_a_line_is_told_with_formula_values_and_place(trace: Trace) -> None:
    told = explain(trace, "note.interest_due", 1)
    first = told[0]
    assert (first.name, first.value, first.unit, first.path) == ("note.interest_due", 10.0, "currency", "tranches.note")
    assert first.formula == "((note.opening * note.coupon) / constants.months_per_year)"
    assert first.filled == "((1,000 * 0.12) / 12)"


def test_inputs_are_listed_with_their_values(trace: Trace) -> None:
    told = explain(trace, "note.interest_due", 1)
    inputs = {item.name: (item.value, item.formula, item.path) for item in told if not item.formula}
    assert inputs["note.coupon"] == (0.12, "", "note.coupon")
    assert inputs["constants.months_per_year"] == (12.0, "", "constants.months_per_year")


def test_it_stops_at_the_month_before(trace: Trace) -> None:
    """The opening is last month's closing: 1,000 at closing, 900 in month 2. How it came about is another matter."""
    for month, shown in ((1, "1,000"), (2, "900")):
        told = explain(trace, "note.opening", month)
        assert names(told) == [(0, "note.opening")]
        assert (told[0].formula, told[0].filled) == ("prev(note.balance_left)", shown)


def test_it_stops_at_other_payments(trace: Trace) -> None:
    told = explain(trace, "cash", 1)
    assert names(told) == [(0, "cash"), (1, "note.opening")]
    assert told[0].formula == "((note.interest_paid + note.opening) - fee.paid)"
    assert told[0].filled == "((10 + 1,000) - 0)"


@pytest.mark.parametrize(("month", "shown", "value"), [(1, "a.paid", 10.0), (2, "b.paid", 0.0)])
def test_only_the_list_in_force_is_shown(trace: Trace, month: int, shown: str, value: float) -> None:
    told = explain(trace, "note.interest_paid", month)
    assert told[0].formula == shown
    assert told[0].value == value
    hidden = {"a.paid", "b.paid"} - {shown}
    assert not hidden & {item.name for item in told}
    assert (1, shown) in names(told)


def test_each_line_is_told_once(trace: Trace) -> None:
    told = [item.name for item in explain(trace, "paid_twice", 1)]
    assert len(told) == len(set(told))


def test_a_summary_line_and_a_constant_are_told_in_any_month(trace: Trace) -> None:
    told = explain(trace, "paid_in_all", 2)
    assert (told[0].formula, told[0].filled, told[0].value) == ("total(note.interest_paid)", "10", 10.0)


def test_every_value_told_is_the_value_of_the_run(trace: Trace) -> None:
    for name in trace:
        for month in (1, 2):
            for item in explain(trace, name, month):
                if item.formula:
                    assert item.value == trace.value(item.name, month)


def test_an_unknown_line_is_refused_with_the_nearest(trace: Trace) -> None:
    with pytest.raises(
        DealFileError, match=r"note.interest_payed: no line has this name; did you mean 'note.interest_paid'\?"
    ):
        explain(trace, "note.interest_payed", 1)


@pytest.mark.parametrize("month", [0, 3, -1])
def test_a_month_outside_the_model_is_refused(trace: Trace, month: int) -> None:
    with pytest.raises(DealFileError, match=f"there is no month {month}; months are 1 to 2"):
        explain(trace, "cash", month)


def test_every_operation_is_worked_out_as_the_run_does() -> None:
    """With a = 3 and b = -2; a table 5, 7, 9; a schedule 1, 2, 4. The numbers are beside the formulas."""
    lines = Builder("deal", periods=3)
    a = lines.add_input(Input("a", "ratio", 3.0))
    b = lines.add_input(Input("b", "ratio", -2.0))
    steps = lines.series("steps", (1.0, 2.0, 4.0), unit="ratio")
    lines.begin_cash()
    third, first = lines.named("third", 3, "month"), lines.named("minus_one", -1, "month")
    formulas = {
        "add": (a + b, 1.0), "sub": (a - b, 5.0), "mul": (a * b, -6.0), "div": (a / b, -1.5), "neg": (-a, -3.0),
        "abs": (absolute(b), 2.0), "min": (minimum(a, b), -2.0), "max": (maximum(a, b), 3.0),
        "where_true": (where(a > b, a, b), 3.0), "where_false": (where(a < b, a, b), -2.0),
        "le": (a <= a + 0, 1.0), "ge": (b >= a, 0.0), "both": (both(a > 0, b > 0), 0.0),
        "either": (either(a > 0, b > 0), 1.0), "negate": (negate(a), 0.0), "ratio": (ratio(a, b, 0), -1.5),
        "ratio_nothing": (ratio(a, b - b, 1), 1.0), "power": (power(a, b), 1 / 9), "round": (round_to(a / b, 0), -2.0),
        "ahead": (ahead(steps, 1), 2.0), "beyond": (ahead(steps, third), 0.0), "rest": (sum_ahead(steps), 6.0),
        "rest_to_3": (sum_ahead(steps, third), 6.0), "look": (lookup("t", (5.0, 7.0, 9.0), a), 9.0),
        "look_below": (lookup("t2", (5.0, 7.0, 9.0), first), 5.0),
    }  # fmt: skip
    for name, (formula, _) in formulas.items():
        lines.line(name, formula, unit="ratio")
    lines.line("outer", ahead(steps, 1) * 0 + a - b - b, unit="ratio")
    model = lines.build()
    trace = Trace.of(model, values_of(model))
    for name, (formula, expected) in formulas.items():
        told = explain(trace, name, 1)[0]
        assert evaluate(formula, trace, 1) == told.value, name
        assert told.value == pytest.approx(expected, abs=1e-15), name
        assert told.filled.count("\x00") == 0
    assert explain(trace, "outer", 1)[0].filled == "((((2 * 0) + 3) - -2) - -2)"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1000000.0, "1,000,000"),
        (1234.5, "1,234.50"),
        (-1234.567, "-1,234.57"),
        (0.085, "0.085"),
        (0.0, "0"),
        (-3.0, "-3"),
        (1 / 3, "0.333333333"),
        (999.5, "999.5"),
    ],
)
def test_figures_are_written_as_people_do(value: float, shown: str) -> None:
    assert figure(value) == shown
