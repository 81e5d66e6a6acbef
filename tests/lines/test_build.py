"""The builder refuses what would not mean what it says, and names the line and the reason."""

from __future__ import annotations

import re

import pytest

from dealmodel.basics.errors import ModelError
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import (
    ahead,
    both,
    first_month,
    highest,
    last,
    lowest,
    prev,
    ratio,
    sum_ahead,
    total,
    where,
)
from dealmodel.lines.inputs import Input
from dealmodel.lines.trace import Trace
from dealmodel.lines.values import values_of


def builder(periods: int = 3) -> Builder:
    lines = Builder("deal", periods=periods)
    lines.add_input(Input("price", "currency", 10.0))
    lines.add_input(Input("level", "times", 1.0, monthly=True))
    return lines


def refuses(what: str) -> pytest.RaisesExc:
    return pytest.raises(ModelError, match=re.escape(what))


def test_a_name_is_defined_once() -> None:
    lines = builder()
    lines.line("rent", lines.param("price"), unit="currency")
    with refuses("line 'rent' is defined twice"):
        lines.line("rent", lines.param("price"), unit="currency")


def test_two_names_with_one_identifier_are_twins() -> None:
    lines = builder()
    lines.line("class_a.paid", lines.param("price"), unit="currency")
    with refuses("'class_a__paid' is defined twice (as 'class_a.paid')"):
        lines.line("class_a__paid", lines.param("price"), unit="currency")


def test_a_constant_and_a_line_share_no_name() -> None:
    lines = builder()
    lines.constant("rent", lines.param("price"), unit="currency")
    with refuses("defined twice"):
        lines.declare("rent", unit="currency", opening=0)


@pytest.mark.parametrize(
    "name", ["Rent", "rent paid", "9rent", "rent.", ".rent", "rent-a", "rent..a", "", "rènt", "r" * 201]
)
def test_a_name_is_words_joined_by_dots(name: str) -> None:
    with pytest.raises(ValueError, match="is not a name"):
        builder().line(name, 0, unit="currency")


def test_an_unknown_input_is_refused_with_the_nearest() -> None:
    with refuses("no input 'prise'; did you mean 'price'?"):
        builder().param("prise")


def test_an_input_is_given_once_and_for_every_month() -> None:
    lines = builder()
    with refuses("input 'price' is given twice"):
        lines.add_input(Input("price", "currency", 1.0))
    with refuses("input 'rents' has 2 months; the model has 3"):
        lines.add_input(Input("rents", "currency", (1.0, 2.0), monthly=True))


def test_a_named_constant_has_one_value() -> None:
    lines = builder()
    lines.named("months_per_year", 12, "months")
    lines.named("months_per_year", 12, "months")
    with refuses("constant 'months_per_year' is both 12.0 and 13"):
        lines.named("months_per_year", 13, "months")


def test_a_bare_number_is_refused() -> None:
    with pytest.raises(TypeError, match="give it a name"):
        builder().param("price") * 12  # type: ignore[operator]


def test_a_formula_has_no_truth_value_while_it_is_written() -> None:
    with pytest.raises(TypeError, match="no truth value"):
        bool(builder().param("price") > 0)


def test_a_line_of_another_model_is_undefined_here() -> None:
    other = builder()
    stranger = other.line("rents", other.param("price"), unit="currency")
    lines = builder()
    lines.line("rent", lines.param("price"), unit="currency")
    with refuses("no line 'rents'; did you mean 'rent'?"):
        lines.line("sum", stranger + 0, unit="currency")


def test_a_declared_line_is_used_through_prev_alone_until_it_is_defined() -> None:
    lines = builder()
    balance = lines.declare("balance", unit="currency", opening=lines.param("price"))
    with refuses("'balance' is used before it is defined; only prev(balance) may be"):
        lines.line("half", balance + 0, unit="currency")
    opening = lines.line("opening", prev(balance), unit="currency")
    lines.define(balance, opening - 1)
    assert lines.build().periods == 3


def test_a_declared_line_is_defined_once() -> None:
    lines = builder()
    balance = lines.declare("balance", unit="currency", opening=0)
    lines.define(balance, prev(balance) + 1)
    with refuses("'balance' was not declared, or is defined already"):
        lines.define(balance, prev(balance) + 1)


def test_a_declared_line_must_be_defined() -> None:
    lines = builder()
    lines.declare("balance", unit="currency", opening=0)
    with refuses("schedule line 'balance' was declared and never defined"):
        lines.begin_cash()
    with refuses("line 'balance' was declared and never defined"):
        lines.build()


def test_prev_needs_an_opening() -> None:
    lines = builder()
    rent = lines.line("rent", lines.param("price"), unit="currency")
    with refuses("'rent' has no opening, so nothing stands before its first month"):
        lines.line("change", rent - prev(rent), unit="currency")


def test_prev_looks_back_at_least_one_month_and_at_most_ten_years() -> None:
    lines = builder()
    rent = lines.line("rent", lines.param("price"), unit="currency", opening=0)
    with pytest.raises(ValueError, match="looks 0 months back"):
        prev(rent, 0)
    lines.line("far", prev(rent, 120), unit="currency")
    with refuses("it looks back 121 months; 120 at most"):
        lines.line("farther", prev(rent, 121), unit="currency")


def test_openings_stand_for_month_0_and_minus_1_and_the_last_repeats() -> None:
    """Openings 1 (month 0) and 0 (before): prev 1, 2 and 3 of month 1 are 1, 0, 0; of month 2: 10, 1, 0."""
    lines = builder()
    rent = lines.line(
        "rent",
        lines.param("price"),
        unit="currency",
        opening=[lines.named("one", 1, "ratio"), lines.named("nought", 0, "ratio")],
    )
    for months in (1, 2, 3):
        lines.line(f"back_{months}", prev(rent, months), unit="currency")
    trace = run(lines)
    assert [trace.months(f"back_{months}") for months in (1, 2, 3)] == [
        [1.0, 10.0, 10.0],
        [0.0, 1.0, 10.0],
        [0.0, 0.0, 1.0],
    ]
    assert [trace.value("rent", month) for month in (0, -1, -2)] == [1.0, 0.0, 0.0]


@pytest.mark.parametrize("outer", ["where", "ratio"])
@pytest.mark.parametrize("inner", ["where", "ratio"])
def test_conditions_do_not_nest(outer: str, inner: str) -> None:
    lines = builder()
    price = lines.param("price")
    within = where(price > 0, price, 0) if inner == "where" else ratio(price, price, 0)
    nested = where(price > 0, 1 + within, 0) if outer == "where" else ratio(price, 1 + within, 0)
    with refuses("nests one condition in another"):
        lines.line("nested", nested, unit="currency")


def test_flags_joined_are_no_nested_conditions() -> None:
    lines = builder()
    price = lines.param("price")
    lines.line("fine", where(both(price > 0, price > 1), price, 0), unit="currency")


def test_a_constant_uses_no_month() -> None:
    lines = builder()
    rent = lines.line("rent", lines.param("price"), unit="currency", opening=0)
    with refuses("'level' varies by month and cannot stand in the constant line 'c'"):
        lines.constant("c", lines.param("level"), unit="times")
    with refuses("a constant line cannot use the schedule line 'rent'"):
        lines.constant("c2", rent + 0, unit="currency")
    with refuses("a constant line has no month before"):
        lines.constant("c3", prev(rent), unit="currency")


def test_an_opening_is_a_constant() -> None:
    lines = builder()
    rent = lines.line("rent", lines.param("price"), unit="currency")
    with refuses("a constant line cannot use the schedule line 'rent'"):
        lines.line("balance", lines.param("price"), unit="currency", opening=rent)
    with refuses("cannot use the schedule line"):
        lines.declare("balance_2", unit="currency", opening=rent + 1)


def test_a_schedule_line_looks_neither_ahead_nor_at_cash() -> None:
    lines = builder()
    rent = lines.line("rent", lines.param("price"), unit="currency")
    for number, formula in enumerate((ahead(rent, 1), sum_ahead(rent))):
        with refuses("only cash lines look ahead"):
            lines.line(f"later_{number}", formula, unit="currency")


def test_a_cash_line_looks_ahead_at_schedule_lines_alone() -> None:
    """Rents 1, 2, 3: a month ahead 2, 3, 0; all later months 5, 3, 0; later months up to month 2: 2, 0, 0."""
    lines = builder()
    rent = lines.series("rent", (1.0, 2.0, 3.0), unit="currency")
    until = lines.named("second", 2, "month")
    lines.begin_cash()
    next_rent = lines.line("next", ahead(rent, 1), unit="currency")
    lines.line("rest", sum_ahead(rent), unit="currency")
    lines.line("rest_to_2", sum_ahead(rent, until), unit="currency")
    with refuses("'next' is not a schedule line"):
        lines.line("after_next", ahead(next_rent, 1), unit="currency")
    trace = run(lines)
    assert trace.months("next") == [2.0, 3.0, 0.0]
    assert trace.months("rest") == [5.0, 3.0, 0.0]
    assert trace.months("rest_to_2") == [2.0, 0.0, 0.0]


def test_series_come_before_cash() -> None:
    lines = builder()
    lines.begin_cash()
    with refuses("series 'days' is given after the cash lines began"):
        lines.series("days", (1.0, 2.0, 3.0), unit="months")


def test_reductions_are_for_summary_lines_and_give_the_life() -> None:
    """Of 0, 3, 1: total 4, lowest 0, highest 3, last 1, first month that is not 0 the second."""
    lines = builder()
    rent = lines.series("rent", (0.0, 3.0, 1.0), unit="currency")
    none = lines.series("none", (0.0, 0.0, 0.0), unit="flag")
    with refuses("total is for summary lines"):
        lines.line("sum", total(rent), unit="currency")
    reductions = {"total": total(rent), "lowest": lowest(rent), "highest": highest(rent), "last": last(rent)}
    for name, formula in reductions.items():
        lines.summary(name, formula, unit="currency")
    lines.summary("first", first_month(rent), unit="month")
    lines.summary("never", first_month(none), unit="month")
    with refuses("a summary line cannot use the schedule line 'rent'"):
        lines.summary("bad", rent + 0, unit="currency")
    trace = run(lines)
    assert [trace.number(name) for name in (*reductions, "first", "never")] == [4.0, 0.0, 3.0, 1.0, 2.0, 9999.0]


def test_every_line_is_a_float() -> None:
    lines = builder()
    rent = lines.series("rent", (0.0, 3.0, 1.0), unit="currency")
    lines.summary("first", first_month(rent), unit="month")
    lines.summary("sum", total(rent), unit="currency")
    lines.constant("none", 0, unit="currency")
    trace = run(lines)
    assert {name: str(trace[name].dtype) for name in trace} == dict.fromkeys(trace, "float64")


def test_a_balance_that_was_paid_from_is_refused_everywhere_but_in_a_check() -> None:
    lines = builder()
    before = lines.line("cash", lines.param("price"), unit="currency", opening=0)
    after = lines.line("cash_left", before - 1, unit="currency")
    lines.supersede(before, after)
    with refuses("'cash' is a past balance: it was paid from or into since; ask for 'cash_left'"):
        lines.line("more", before - 1, unit="currency")
    lines.check("gap", before - 1 - after, unit="currency", label="Rolls")
    lines.line("last_month", prev(before), unit="currency")
    assert run(lines).months("gap") == [0.0, 0.0, 0.0]


def test_a_model_has_at_least_one_month() -> None:
    with refuses("model 'deal' has 0 periods"):
        Builder("deal", periods=0)


def test_a_refused_line_says_its_formula() -> None:
    lines = builder()
    rent = lines.line("rent", lines.param("price"), unit="currency")
    with refuses("line 'change' = (rent - prev(rent)): "):
        lines.line("change", rent - prev(rent), unit="currency")


def test_lines_carry_the_place_they_were_defined_in() -> None:
    lines = builder()
    with lines.at("tranches.class_a", section="Tranches", group="class_a"):
        lines.line("outer", 0, unit="currency")
        with lines.at("tranches.class_a.coupon"):
            lines.line("inner", 0, unit="currency")
    lines.line("outside", 0, unit="currency")
    found = {item.name: (item.path, item.section) for item in lines.build().monthly}
    assert found == {
        "outer": ("tranches.class_a", "Tranches"),
        "inner": ("tranches.class_a.coupon", "Tranches"),
        "outside": ("", ""),
    }


def test_a_model_hash_follows_formulas_and_inputs() -> None:
    def hash_of(price: float, step: int) -> str:
        lines = Builder("deal", periods=2)
        given = lines.add_input(Input("price", "currency", price))
        lines.line("rent", given + step, unit="currency")
        return lines.build().hash

    assert hash_of(10.0, 1) == hash_of(10.0, 1)
    assert len({hash_of(10.0, 1), hash_of(11.0, 1), hash_of(10.0, 0)}) == 3


def run(lines: Builder) -> Trace:
    model = lines.build()
    return Trace.of(model, values_of(model))
