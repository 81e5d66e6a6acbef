"""Every operation, written as a workbook formula and worked out by LibreOffice, gives the engine's number."""

from __future__ import annotations

import random
import re

import pytest

from dealmodel.basics.errors import WorkbookError
from dealmodel.engine.result import Result
from dealmodel.excel.certify import compare
from dealmodel.excel.formulas import FormulaWriter, check_limits, functions_in, scenario_formula
from dealmodel.excel.layout import WorkbookMap
from dealmodel.excel.live import write_workbook
from dealmodel.excel.recalculate import find_libreoffice
from dealmodel.lines import expressions as ex
from dealmodel.lines.build import Builder
from dealmodel.lines.inputs import Change, Input
from dealmodel.lines.trace import Trace
from dealmodel.lines.values import values_of

PERIODS = 9
SCENARIOS = {"base": "Base", "stress": "All kinds of changes", "late": "Other changes"}

needs_libreoffice = pytest.mark.skipif(find_libreoffice() is None, reason="LibreOffice with uno is not installed")


def run(model, scenario, overrides):
    """The engine, without the invariants that only deals have."""
    trace = Trace.of(model, values_of(model, scenario, overrides))
    return Result(model, scenario, dict(overrides), trace, {"deal": model.name, "model_hash": model.hash})


def inputs_of(lines, draw):
    change = Change
    changes = {
        "level": {"stress": (change("multiply", 0.5), change("add", 0.25)), "late": (change("set", 3.5),)},
        "start": {"stress": (change("shift_months", 2.0),), "late": (change("set", 9999.0),)},
        "never": {"stress": (change("shift_months", 2.0),)},
    }
    paths = {
        "path_one": {"stress": (change("multiply", 0.05, 3),), "late": (change("add", 1.5, 2, 5),)},
        "path_two": {
            "stress": (change("multiply", 2.0, 2), change("add", 0.5, None, 6), change("set", -1.0, 4, 5)),
            "late": (change("multiply", 0.5), change("multiply", 3.0, 7)),
        },
        "path_months": {"stress": (change("shift_months", 3.0, 4),), "late": (change("set", 2.0),)},
    }
    made = {}
    for name, unit, value, whole in (
        ("level", "currency", draw(), False), ("other", "share", draw(), False), ("start", "month", 3.0, True),
        ("never", "month", 9999.0, True), ("lag", "months", 2.0, True), ("on", "flag", 1.0, False),
    ):  # fmt: skip
        made[name] = lines.add_input(Input(f"in.{name}", unit, value, whole=whole, changes=changes.get(name, {})))
    for name, by_scenario in paths.items():
        value = 4.0 if name == "path_months" else draw()
        made[name] = lines.add_input(Input(f"in.{name}", "times", value, monthly=True, changes=by_scenario))
    return made


def every_operation(seed):
    """A Model that uses every operation, a look-back of three months, looks ahead, tables and reductions."""
    draw_from = random.Random(seed)

    def draw():
        return round(draw_from.uniform(-3, 3), 6)

    lines = Builder("every_operation", periods=PERIODS, title="Every operation")
    given = inputs_of(lines, draw)
    table = tuple(draw() for _ in range(4))
    with lines.at("in.a", section="Prices", group="Constants"):
        size = lines.constant("size", ex.absolute(given["level"]) + 1, unit="currency")
        root = lines.constant("root", ex.power(size, given["other"]), unit="times")
        grown = lines.constant("grown", ex.exp(given["other"]) * ex.log(size) - ex.as_expr(1), unit="times")
        entry = lines.constant("entry", ex.lookup("table", table, given["start"] - 1), unit="times")
    with lines.at("in.b", section="Odd [name]/with: a lot * of ? characters in it", group="By month"):
        month = lines.add_input(Input("time.month", "month", tuple(map(float, range(1, 10))), monthly=True, live=False))
        noise = lines.series("noise", [draw() for _ in range(PERIODS)], unit="share")
        whole = lines.series("whole", [float(draw_from.randint(-1, 5)) for _ in range(PERIODS)], unit="months")
        walk = lines.declare("walk", unit="currency", opening=[size, root, grown])
        step = noise * given["path_one"] - (given["path_two"] - ex.prev(walk, 2)) / (size + 1) - ex.prev(walk, 3)
        walk = lines.define(walk, (ex.prev(walk) + step) - (noise - given["other"]) * -entry)
        begun = lines.line("begun", month >= given["start"], unit="flag", opening=0)
        later = lines.line("later", (month > given["never"]) + (walk <= noise), unit="times")
        sooner = lines.line("sooner", ex.negate(begun) - (walk < given["level"]), unit="times")
        table_line = lines.line("table_line", ex.lookup("other", table, whole), unit="share")
    lines.begin_cash()
    with lines.at("in.c", section="Waterfall", group="With cash"):
        both = lines.line("both", ex.both(begun, walk > noise), unit="flag")
        mixed = lines.line("mixed", ex.both(walk, ex.either(noise, both, later)), unit="flag")
        not_ = lines.line("not_", ex.negate(noise) * 1 + ex.negate(ex.both(begun, given["on"])), unit="times")
        least = lines.line("least", ex.minimum(walk, noise, ex.maximum(later, given["path_one"], 0), 1), unit="share")
        chosen = lines.line("chosen", ex.where(walk > least, walk - 1, -noise), unit="currency")
        flagged = lines.line("flagged", ex.where(ex.either(begun, mixed), chosen, 0), unit="currency")
        quotient = lines.line("quotient", ex.ratio(walk - noise, begun * (walk - 1), given["other"]), unit="ratio")
        rounded = lines.line("rounded", ex.round_to(walk * quotient, 3) - ex.round_to(noise, 0), unit="ratio")
        states = ex.sum_of_states([((begun,), chosen * begun), ((both,), flagged), ((mixed,), ex.as_expr(0) - noise)])
        summed = lines.line("summed", states - ex.sum_of_states([((begun,), noise)]), unit="currency")
        seen = lines.line("seen", ex.ahead(noise, given["lag"]) + ex.ahead(walk, whole + 1), unit="share")
        rest = lines.line("rest", ex.sum_ahead(noise) - ex.sum_ahead(walk, given["start"] + given["lag"]), unit="share")
        other = lines.line("other_rest", ex.sum_ahead(noise, whole + month), unit="share")
        kept = lines.line("kept", begun - ex.prev(begun) + rest * (seen - other), unit="currency", opening=root)
        again = lines.line("again", 1 - ex.prev(kept) - sooner * (not_ + table_line) - (walk > 0), unit="share")
    with lines.at("in.d", section="Results", group="Results"):
        total = lines.summary("total", ex.total(summed) + ex.lowest(walk), unit="currency", label="=1+1")
        lines.summary("extremes", ex.highest(again) * ex.last(kept) / (total * total + 1), unit="share")
        lines.summary("first", ex.first_month(both) - ex.first_month(mixed), unit="month")
        lines.summary("first_of_any", ex.first_month(rounded) + 1, unit="month")
        lines.summary("first_of_none", ex.first_month(lines.line("nothing", noise * 0, unit="share")), unit="month")
    return lines.build(scenarios=SCENARIOS)


def formula_of(model, name):
    where = WorkbookMap.of(model)
    writer = FormulaWriter(where)
    return writer.in_month(writer.formula(model.definitions[name]), 4)


def test_the_model_of_these_tests_uses_every_operation():
    model = every_operation(0)
    nodes = [node for item in model.definitions.values() for node in ex.walk(item.formula)]
    assert {node.operation for node in nodes if isinstance(node, ex.Call)} == ex.OPERATIONS
    assert {type(node) for node in nodes} >= {ex.Ahead, ex.SumAhead, ex.Lookup, ex.Previous, ex.Reduce, ex.Param}
    assert {node.how for node in nodes if isinstance(node, ex.Reduce)} == {
        "total", "lowest", "highest", "last", "first_month",
    }  # fmt: skip
    assert model.history == 3


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.libreoffice
@needs_libreoffice
def test_libreoffice_gives_the_engines_number_in_every_cell(seed, tmp_path):
    model = every_operation(seed)
    workbook = write_workbook(run(model, "base", {}), tmp_path / "every.xlsx")
    changes = {"in.other": 0.75, "in.path_one": -1.25, "in.lag": 3.0}
    certificate = compare(model, run, workbook, changes=changes)
    assert certificate.holds, str(certificate)
    per_case = 12 + len(model.constants) + len(model.summary) - 3
    assert certificate.cells > 2 * len(SCENARIOS) * (per_case + PERIODS * len(model.monthly))


def two_lines(formula, **inputs):
    lines = Builder("two", periods=6)
    for name, value in inputs.items():
        lines.add_input(Input(f"in.{name}", "share", value))
    with lines.at("", section="A section with a long long name", group="G"):
        lines.constant("far", 1, unit="share")
    with lines.at("", section="Prices", group="G"):
        lines.series("x", [1.0] * 6, unit="share")
        lines.begin_cash()
        lines.line("y", formula(lines), unit="share")
    return lines.build()


X = ex.Line("x", "share", "schedule")


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        (lambda b: X + X - X, "=x+x-x"),
        (lambda b: X - (X - X), "=x-(x-x)"),
        (lambda b: X * (X + X) / (X * X), "=x*(x+x)/(x*x)"),
        (lambda b: -X * X - -X, "=(-x)*x-(-x)"),
        (lambda b: X > X, "=--(x>x)"),
        (lambda b: (X > X) * X + (X < 1), "=(x>x)*x+(x<1)"),
        (lambda b: ex.both(X > 0, X), "=(x>0)*(x<>0)"),
        (lambda b: ex.either(X > 0, X <= 1, X), "=MAX(--(x>0),--(x<=1),--(x<>0))"),
        (lambda b: ex.negate(X >= 1), "=1-(x>=1)"),
        (lambda b: ex.minimum(X, 0, 1) + ex.absolute(X), "=MIN(x,0,1)+ABS(x)"),
        (lambda b: ex.where(X > 0, X, 1), "=IF(x>0,x,1)"),
        (lambda b: ex.ratio(X - 1, X + 1, 0), "=IF(x+1=0,0,(x-1)/(x+1))"),
        (lambda b: ex.prev(X) + b.param("in.a"), "=before+input"),
        (lambda b: ex.ahead(X, 1), "=SUMIFS(row,months,month+1)"),
        (lambda b: ex.sum_ahead(X), '=SUMIFS(row,months,">"&month)'),
    ],
)
def test_a_formula_reads_as_a_person_would_write_it(formula, text):
    model = two_lines(formula, a=2.0)
    where = WorkbookMap.of(model)
    row = where.lines["x"].row
    cells = {  # in the fourth month; F holds the opening, G to L the months
        "before": f"I{row}",
        "x": f"J{row}",
        "row": f"$G${row}:$L${row}",
        "months": "$G$4:$L$4",
        "month": "J$4",
        "input": f"Inputs!$D${where.inputs['in.a']}",
    }
    assert formula_of(model, "y") == re.sub(r"[a-z]+", lambda found: cells[found.group()], text)


def test_a_long_sum_does_not_nest_and_one_too_long_is_refused_by_name():
    assert formula_of(two_lines(lambda b: ex.total_of([X] * 300)), "y").count("+") == 299
    far = ex.Line("far", "share", "constant")
    with pytest.raises(WorkbookError, match=r"line y has 1 problem\n  y: its formula has 1[0-9],[0-9]+ characters"):
        formula_of(two_lines(lambda b: ex.total_of([far] * 300)), "y")


def test_a_minimum_of_more_than_a_call_holds_is_split():
    written = formula_of(two_lines(lambda b: ex.minimum(*[X] * 300)), "y")
    assert written.count("MIN(") == 2


def test_a_formula_that_nests_too_deep_is_refused_by_name():
    def deep(lines):
        formula = X
        for _ in range(70):
            formula = ex.absolute(formula + 1)
        return formula

    with pytest.raises(WorkbookError, match=r"y: its formula has 70 levels of brackets; Excel takes 64"):
        formula_of(two_lines(deep), "y")
    check_limits("fine", "=" + "(" * 64 + ")" * 64)


@pytest.mark.parametrize(
    ("changes", "overridden", "formula"),
    [
        ((), False, "=$E12"),
        ((Change("multiply", 0.05),), False, "=$E12*0.05"),
        ((Change("multiply", 0.5), Change("add", -2.0)), False, "=($E12*0.5)+-2.0"),
        ((Change("set", 24.0),), False, 24.0),
        ((Change("set", 24.0), Change("multiply", 2.0)), False, "=24.0*2.0"),
        ((Change("set", 24.0), Change("multiply", 2.0)), True, "=$E12*2.0"),
        ((Change("shift_months", 6.0),), False, "=IF($E12>=T!$C$7,$E12,$E12+6.0)"),
    ],
)
def test_a_scenario_is_a_formula_over_the_base_cell(changes, overridden, formula):
    item = Input("a", "share", 1.0, changes={"s": changes})
    assert scenario_formula(item, "s", "$E12", "T!$C$7", overridden=overridden) == formula


def test_functions_are_read_off_a_formula():
    assert functions_in('=IFERROR(SUM(A1:B2),MAX(1,"x"))') == {"IFERROR", "SUM", "MAX"}
