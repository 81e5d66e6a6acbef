"""User formulas: what they give, and that nothing but the listed parts gets through."""

from __future__ import annotations

import math
import time

import pytest

from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import Expr
from dealmodel.lines.formula import FUNCTIONS, MOST_CHARACTERS, FormulaError, names_in, parse_formula
from dealmodel.lines.trace import Trace
from dealmodel.lines.values import values_of

NUMBERS = {"debt": 600.0, "value.book": 800.0, "value.resale": 500.0, "zero": 0.0, "minus": -3.5}


def builder() -> tuple[Builder, dict[str, Expr]]:
    lines = Builder("deal", periods=1)
    return lines, {name: lines.named(name.replace(".", "_"), value, "currency") for name, value in NUMBERS.items()}


def value_of(text: str) -> float:
    lines, names = builder()
    count = 0

    def literal(value: float) -> Expr:
        nonlocal count
        count += 1
        return lines.named(f"written_{count}", value, "times")

    lines.line("result", parse_formula(text, names, literal), unit="currency")
    model = lines.build()
    return Trace.of(model, values_of(model)).months("result")[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("debt - 0.8 * value.book", -40.0),
        ("max(debt - 0.8 * value.book, 0)", 0.0),
        ("min(value.book, value.resale, debt) / 2", 250.0),
        ("debt / min(value.book, value.resale)", 1.2),
        ("-(debt) + +minus", -603.5),
        ("abs(minus) ** 2", 12.25),
        ("4 ** -0.5", 0.5),
        ("ratio(debt, zero, 1)", 1.0),
        ("ratio(debt, value.book, 1)", 0.75),
        ("debt if debt > 599.5 else zero", 600.0),
        ("debt if not debt > 599.5 or zero else minus", -3.5),
        ("debt >= 600 and value.book <= 800 and 1 < 2", 1.0),
        ("round(minus, 0)", -4.0),
        ("round(debt / 7, 2)", 85.71),
        ("exp(log(debt)) * 0 + log(exp(1))", 1.0),
        ("  1_000\n  + 1e3 ", 2000.0),
        ("2 - 3 - 4", -5.0),
        ("2 + 3 * 4", 14.0),
    ],
)
def test_a_formula_gives_what_arithmetic_gives(text: str, expected: float) -> None:
    assert value_of(text) == pytest.approx(expected, abs=1e-12)


def test_written_numbers_go_through_the_caller_and_names_are_listed_once() -> None:
    seen: list[float] = []
    lines, names = builder()
    parse_formula("debt * 0.5 + 1 - 0 * 7", names, lambda value: seen.append(value) or lines.named("n", 1, "times"))  # type: ignore[func-returns-value]
    assert seen == [0.5, 7.0]
    assert names_in("value.book - max(debt, value.book) * zero") == ["value.book", "debt", "zero"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("__import__('os').system('true')", r"at character 1: no function \"__import__\('os'\).system\""),
        ("debt.__class__", "no name 'debt.__class__'"),
        ("(debt).real.x", "no name 'debt.real.x'"),
        ("(1).real", r"'\(1\).real' is not a name"),
        ("lambda: 1", "'lambda: 1' is not part of a formula"),
        ("[x for x in (1, 2)]", "is not part of a formula"),
        ("(x := 3)", "is not part of a formula"),
        ("f'{debt}'", "is not part of a formula"),
        ("'debt'", "is not a number"),
        ("1j", "'1j' is not a number"),
        ("True", "'True' is not a number"),
        ("None", "'None' is not a number"),
        ("...", "is not a number"),
        ("debt[0]", "is not part of a formula"),
        ("debt, 1", "is not part of a formula"),
        ("9 ** 9 ** 9", r"the exponent '9 \*\* 9'"),
        ("debt ** debt", "the exponent 'debt'"),
        ("debt ** 65", "the exponent '65'"),
        ("debt ** -64.5", "the exponent '-64.5'"),
        ("1e999", "a number too large"),
        ("debt % 2", "the sign in 'debt % 2' is not part"),
        ("debt // 2", "is not part of a formula"),
        ("debt << 2", "is not part of a formula"),
        ("~debt", "is not part of a formula"),
        ("debt == 1", "the comparison 'debt == 1'"),
        ("1 < debt < 2", "the comparison '1 < debt < 2'"),
        ("debt is debt", "the comparison"),
        ("max(debt)", "max with 1 arguments"),
        ("max(*debt)", "max with 1 arguments"),
        ("round(debt, digits=2)", "round with 1 arguments"),
        ("round(debt, debt)", "'debt' decimal places"),
        ("round(debt, 9)", "'9' decimal places"),
        ("round(debt, True)", "'True' decimal places"),
        ("abs(1, 2)", "abs with 2 arguments"),
        ("max.min(1, 2)", "no function 'max.min'"),
        ("eval(debt)", "no function 'eval'"),
        ("debt; debt", "cannot be read"),
        ("debt = 1", "cannot be read"),
        ("import os", "cannot be read"),
        ("debt +", "cannot be read"),
        ("", "cannot be read"),
        ("d\u0435bt", r"at character 2: the character '\\u0435'"),
        ("debt\x00", "the character"),
        ("(" * 900 + "1" + ")" * 900, "cannot be read"),
        ("-" * 1900 + "1", "parts|cannot be read"),
        ("debt+" * 300 + "debt", "parts"),
        ("1" * 1999, "a number too large"),
        ("1+" * MOST_CHARACTERS, "4,000 characters"),
        ("(debt if debt > 1 else zero) if zero else 1", "stands inside another condition"),
        ("ratio(debt, ratio(1, zero, 2), 3)", "stands inside another condition"),
    ],
)
def test_what_is_not_listed_is_refused_and_said_where(text: str, message: str) -> None:
    start = time.perf_counter()
    with pytest.raises(FormulaError, match=message):
        value_of(text)
    assert time.perf_counter() - start < 2


def test_a_misspelled_name_or_function_gets_its_neighbour() -> None:
    with pytest.raises(FormulaError) as caught:
        value_of("1 + value.bok")
    assert caught.value.what == "at character 5: no name 'value.bok'"
    assert caught.value.hint == "did you mean 'value.book'?"
    assert "value.resale" in caught.value.allowed
    with pytest.raises(FormulaError) as caught:
        value_of("maxi(1, 2)")
    assert caught.value.hint == "did you mean 'max'?"


def test_two_conditions_beside_each_other_are_fine() -> None:
    assert value_of("ratio(debt, zero, 2) + (1 if debt else 0) + ratio(1, zero, 3)") == 6.0


def test_every_function_is_listed_with_its_meaning() -> None:
    assert set(FUNCTIONS) == {"min", "max", "abs", "ratio", "round", "exp", "log"}
    assert all(meaning and 1 <= least <= most for least, most, meaning in FUNCTIONS.values())
    assert math.isclose(value_of("exp(1)"), math.e)
