"""Lines that look back at themselves run month by month, all others on all months at once; the numbers are the same."""

from __future__ import annotations

import pytest

from dealmodel.basics.errors import ModelError
from dealmodel.lines.blocks import run_block
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import (
    ahead,
    both,
    either,
    first_month,
    highest,
    last,
    lowest,
    negate,
    prev,
    sum_ahead,
    total,
    where,
)
from dealmodel.lines.inputs import Input
from dealmodel.lines.model import Model
from dealmodel.lines.stages import circles, stages_of
from dealmodel.lines.trace import Trace
from dealmodel.lines.values import values_of


def loan() -> Model:
    """100 repaid in three instalments of the months 1 to 3, and what can be said of it before and after."""
    lines = Builder("loan", periods=4)
    month = lines.add_input(Input("time.month", "month", (1.0, 2.0, 3.0, 4.0), monthly=True, live=False))
    due = lines.line(
        "due",
        (month < lines.named("end", 4, "month")) * lines.named("instalment", 40, "currency"),
        unit="currency",
        opening=0,
    )
    later = lines.declare("grown", unit="currency", opening=1)
    lines.define(later, prev(later) + due)
    lines.begin_cash()
    balance = lines.declare("balance", unit="currency", opening=lines.named("issued", 100, "currency"))
    opening = lines.line("opening", prev(balance), unit="currency")
    paid = lines.line("paid", where(opening > due, due, opening), unit="currency")
    lines.define(balance, opening - paid)
    lines.line("left_to_come", sum_ahead(due), unit="currency")
    lines.line("next_grown", ahead(later, lines.named("one", 1, "months")), unit="currency")
    lines.line("fell_by", prev(balance) - balance, unit="currency")
    lines.check("check", paid - due, unit="currency", label="Short")
    lines.summary("paid_in_all", total(paid), unit="currency")
    lines.summary("worst", lowest(paid) + highest(paid) + last(balance), unit="currency")
    lines.summary("repaid", first_month(lines.line("done", balance <= 0, unit="flag")), unit="month")
    return lines.build()


def test_only_what_rests_on_itself_runs_month_by_month() -> None:
    stages = [
        ({item.name for item in stage.columns}, {item.name for item in stage.loop}) for stage in stages_of(loan())
    ]
    assert stages == [
        ({"due", "left_to_come"}, {"grown", "opening", "paid", "balance"}),
        ({"next_grown", "fell_by", "check", "done"}, set()),
    ]


def test_the_numbers_are_those_of_the_months_in_order() -> None:
    """100 less 40, 40 and 20; what is due later is 80, 40, 0; `grown` is 41, 81, 121, 121."""
    model = loan()
    trace = Trace.of(model, values_of(model))
    assert trace.months("balance") == [60.0, 20.0, 0.0, 0.0]
    assert trace.months("paid") == [40.0, 40.0, 20.0, 0.0]
    assert trace.months("fell_by") == [40.0, 40.0, 20.0, 0.0]
    assert trace.months("left_to_come") == [80.0, 40.0, 0.0, 0.0]
    assert trace.months("next_grown") == [81.0, 121.0, 121.0, 0.0]
    assert trace.months("check") == [0.0, 0.0, -20.0, 0.0]
    assert [trace.number(name) for name in ("paid_in_all", "worst", "repaid")] == [100.0, 40.0, 3.0]


def test_groups_come_after_those_they_rest_on() -> None:
    """0 and 1 rest on each other, 2 on both, 3 on itself and on 2, 4 on nothing."""
    found = circles([[1], [0], [0, 1], [3, 2], []])
    assert found == [{0, 1}, {2}, {3}, {4}]


def test_a_line_that_looks_ahead_at_a_recursive_line_waits_for_its_last_month() -> None:
    lines = Builder("deal", periods=3)
    step = lines.series("step", (1.0, 2.0, 3.0), unit="months")
    age = lines.declare("age", unit="months", opening=0)
    lines.define(age, prev(age) + step)
    lines.begin_cash()
    count = lines.declare("count", unit="months", opening=0)
    lines.define(count, prev(count) + sum_ahead(age, lines.named("second", 2, "month")))
    model = lines.build()
    assert [[item.name for item in stage.loop] for stage in stages_of(model)] == [["age"], ["count"]]
    assert Trace.of(model, values_of(model)).months("count") == [
        3.0,
        3.0,
        3.0,
    ]  # at 1, 3, 6: seen from month 1, that of month 2


def test_any_number_but_zero_is_true_on_columns_and_in_blocks_too() -> None:
    lines = Builder("deal", periods=2)
    level = lines.add_input(Input("level", "times", 2.5))
    varying = lines.series("noise", (3.5, 0.0), unit="times") * level
    lines.line("both", both(varying, level), unit="flag")
    lines.line("either", either(varying, level * 0), unit="flag")
    lines.line("not", negate(varying), unit="flag")
    lines.line("gated", where(varying, level, 0), unit="times")
    model = lines.build()
    values = values_of(model)
    trace = Trace.of(model, values)
    names = ("both", "either", "not", "gated")
    assert [trace.months(name) for name in names] == [[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [2.5, 0.0]]
    block = run_block(model, numbers={"level": trace["both"] * 0 + 2.5}, months=values.months, size=2, keep=names)
    assert [block.lines[name][:, 0].tolist() for name in names] == [trace.months(name) for name in names]


def test_a_line_that_looks_back_at_one_defined_after_it_reads_its_months() -> None:
    """The rate of a month follows a flag of the month before, which is defined later and looks back at nothing."""
    lines = Builder("deal", periods=3)
    month = lines.add_input(Input("time.month", "month", (1.0, 2.0, 3.0), monthly=True, live=False))
    stopped = lines.declare("stopped", unit="flag", opening=0)
    lines.line("rate", prev(stopped) + 1, unit="times")
    lines.define(stopped, month >= lines.named("second", 2, "month"))
    model = lines.build()
    trace = Trace.of(model, values_of(model))
    assert trace.months("stopped") == [0.0, 1.0, 1.0]
    assert trace.months("rate") == [1.0, 1.0, 2.0]
    block = run_block(model, numbers=values_of(model).numbers, months=values_of(model).months, size=1, keep=("rate",))
    assert block.lines["rate"][:, 0].tolist() == trace.months("rate")


def test_a_division_by_zero_is_named_wherever_it_happens() -> None:
    for looks_back in (False, True):
        lines = Builder("deal", periods=2)
        below = lines.series("below", (1.0, 0.0), unit="times")
        broken = lines.declare("broken", unit="times", opening=0)
        above = prev(broken) + 1 if looks_back else below + 1
        with lines.at("tests.ratio"):
            lines.define(broken, above / below)
        model = lines.build()
        with pytest.raises(ModelError, match=r"line 'broken' .* cannot be worked out: .*division|divide"):
            Trace.of(model, values_of(model))
