"""Formulas that users write, read by a whitelist and turned into expressions over names that the caller gives.

    max(class_a.balance - 0.8 * value.book, 0)

Python's own parser reads the text; nothing of it is ever evaluated. What may stand in a formula is listed here:
numbers, names joined by dots, + - * /, a power with a written exponent, comparisons, and / or / not,
`a if condition else b`, and the functions of `FUNCTIONS`. Everything else is an error that says where it stands.
"""

from __future__ import annotations

import ast
import math
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import reduce

from dealmodel.basics.errors import nearest
from dealmodel.lines.expressions import (
    Expr,
    Number,
    absolute,
    as_expr,
    both,
    either,
    exp,
    log,
    maximum,
    minimum,
    negate,
    power,
    ratio,
    round_to,
    where,
)

MOST_CHARACTERS = 2_000
MOST_NODES = 200
LARGEST_EXPONENT = 64
MOST_DIGITS = 8

FUNCTIONS: Mapping[str, tuple[int, int, str]] = {
    "min": (2, 20, "the least of its arguments"),
    "max": (2, 20, "the greatest of its arguments"),
    "abs": (1, 1, "its size without its sign"),
    "ratio": (3, 3, "ratio(a, b, c): a / b, or c where b is 0"),
    "round": (2, 2, f"round(a, n): a to n decimal places, 0 to {MOST_DIGITS}, half away from zero"),
    "exp": (1, 1, "e to the power of its argument"),
    "log": (1, 1, "natural logarithm"),
}
"""Functions of a formula: least and most arguments, and what each gives."""

_ARITHMETIC: dict[type[ast.operator], Callable[[Expr, Expr], Expr]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
}
_COMPARISONS: dict[type[ast.cmpop], Callable[[Expr, Expr], Expr]] = {
    ast.Lt: lambda a, b: a < b,
    ast.LtE: lambda a, b: a <= b,
    ast.Gt: lambda a, b: a > b,
    ast.GtE: lambda a, b: a >= b,
}
_SIGNS = "+ - * / ** < <= > >= and or not, `a if c else b`, parentheses"


class FormulaError(ValueError):
    """What is wrong with a formula, what is allowed, and a hint.

    Parameters
    ----------
    what, allowed, hint : str
    column : int
        Where in the text it stands, from 1; 0 where it is about the whole.
    """

    def __init__(self, what: str, *, allowed: str = "", hint: str = "", column: int = 0) -> None:
        place = f"at character {column}: " if column else ""
        super().__init__(f"{place}{what}")
        self.what, self.allowed, self.hint, self.column = f"{place}{what}", allowed, hint, column


def names_in(text: str) -> list[str]:
    """Names that a formula uses, each once, in order. FormulaError if it is no formula."""
    found: dict[str, Expr] = {}

    def note(name: str) -> Expr:
        return found.setdefault(name, Number(0.0))

    _Reader(note, Number).read(text)
    return list(found)


def parse_formula(text: str, names: Mapping[str, Expr], literal: Callable[[float], Expr]) -> Expr:
    """Turn a formula into an expression.

    Parameters
    ----------
    text : str
        At most 2,000 characters and 200 parts.
    names : mapping from name to Expr
        What the formula may refer to.
    literal : function
        Makes an expression of a number written in the formula, other than 0 and 1.

    Errors: FormulaError says where in the text, what was found and what is allowed.
    """

    def look_up(name: str) -> Expr:
        if name not in names:
            raise FormulaError(f"no name {name!r}", allowed=_shown(names), hint=nearest(name, names))
        return names[name]

    return _Reader(look_up, literal).read(text)


def _shown(names: Iterable[str]) -> str:
    known = sorted(names)
    return "there are " + ", ".join(known[:12]) + (f" and {len(known) - 12} more" if len(known) > 12 else "")


class _Reader:
    def __init__(self, look_up: Callable[[str], Expr], literal: Callable[[float], Expr]) -> None:
        self._look_up, self._literal = look_up, literal
        self._text = ""
        self._inside = False

    def read(self, text: str) -> Expr:
        if len(text) > MOST_CHARACTERS:
            raise FormulaError(f"{len(text):,} characters", allowed=f"at most {MOST_CHARACTERS:,}")
        odd = re.search(r"[^\x20-\x7e\n]", text)
        if odd is not None:
            raise FormulaError(f"the character {odd.group()!a}", allowed="plain ASCII", column=odd.start() + 1)
        self._text, self._inside = " ".join(text.split()), False
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # Python warns of `1 if` and the like; here they are errors or fine
                tree = ast.parse(self._text, mode="eval")
        except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError) as error:
            raise FormulaError(*_syntax(error), allowed=_SIGNS, column=getattr(error, "offset", 0) or 0) from None
        count = sum(1 for _ in ast.walk(tree.body))
        if count > MOST_NODES:
            raise FormulaError(f"{count:,} parts", allowed=f"at most {MOST_NODES}", hint="divide it into several rows")
        return self._expr(tree.body)

    def _expr(self, node: ast.expr) -> Expr:
        if isinstance(node, ast.Constant):
            return self._number(node)
        if isinstance(node, ast.Name | ast.Attribute):
            return self._name(node)
        if isinstance(node, ast.UnaryOp):
            return self._sign(node)
        if isinstance(node, ast.BinOp):
            return self._arithmetic(node)
        if isinstance(node, ast.Compare):
            return self._comparison(node)
        if isinstance(node, ast.BoolOp):
            return reduce(both if isinstance(node.op, ast.And) else either, map(self._expr, node.values))
        if isinstance(node, ast.IfExp):
            with self._condition(node):
                return where(self._expr(node.test), self._expr(node.body), self._expr(node.orelse))
        if isinstance(node, ast.Call):
            return self._call(node)
        raise self._error(node, f"{self._source(node)} is not part of a formula", _SIGNS)

    @contextmanager
    def _condition(self, node: ast.expr) -> Iterator[None]:
        """Keep one condition from standing inside another, so that a row of a workbook stays readable."""
        if self._inside:
            what = f"{self._source(node)} stands inside another condition"
            raise self._error(node, what, "one `if` or `ratio` in a formula", "give the inner one a row of its own")
        self._inside = True
        yield
        self._inside = False

    def _number(self, node: ast.Constant) -> Expr:
        value = node.value
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._error(node, f"{self._source(node)} is not a number", "numbers and names")
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise self._error(node, "a number too large", "numbers below 1.8e308")
        return as_expr(int(number)) if number in (0.0, 1.0) else self._literal(number)

    def _name(self, node: ast.Name | ast.Attribute) -> Expr:
        words: list[str] = []
        part: ast.expr = node
        while isinstance(part, ast.Attribute):
            words.append(part.attr)
            part = part.value
        if not isinstance(part, ast.Name):
            raise self._error(node, f"{self._source(node)} is not a name", "words joined by dots")
        name = ".".join([part.id, *reversed(words)])
        try:
            return self._look_up(name)
        except FormulaError as error:
            raise FormulaError(error.what, allowed=error.allowed, hint=error.hint, column=node.col_offset + 1) from None

    def _sign(self, node: ast.UnaryOp) -> Expr:
        inner = self._expr(node.operand)
        if isinstance(node.op, ast.USub):
            return -inner
        if isinstance(node.op, ast.Not):
            return negate(inner)
        if isinstance(node.op, ast.UAdd):
            return inner
        raise self._error(node, f"{self._source(node)} is not part of a formula", _SIGNS)

    def _arithmetic(self, node: ast.BinOp) -> Expr:
        if isinstance(node.op, ast.Pow):
            return power(self._expr(node.left), self._exponent(node.right))
        operation = _ARITHMETIC.get(type(node.op))
        if operation is None:
            raise self._error(node, f"the sign in {self._source(node)} is not part of a formula", _SIGNS)
        return operation(self._expr(node.left), self._expr(node.right))

    def _exponent(self, node: ast.expr) -> Expr:
        inner = node.operand if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) else node
        allowed = f"a written number from -{LARGEST_EXPONENT} to {LARGEST_EXPONENT}"
        if not isinstance(inner, ast.Constant):
            raise self._error(node, f"the exponent {self._source(node)}", allowed)
        number = self._number(inner)
        if abs(inner.value) > LARGEST_EXPONENT:  # type: ignore[arg-type]
            raise self._error(node, f"the exponent {self._source(node)}", allowed)
        return number if inner is node else -number

    def _comparison(self, node: ast.Compare) -> Expr:
        operation = _COMPARISONS.get(type(node.ops[0]))
        if operation is None or len(node.ops) > 1:
            hint = (
                "join two comparisons with `and`" if len(node.ops) > 1 else "amounts are rarely equal to the last digit"
            )
            raise self._error(node, f"the comparison {self._source(node)}", "one of < <= > >=", hint)
        return operation(self._expr(node.left), self._expr(node.comparators[0]))

    def _call(self, node: ast.Call) -> Expr:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        known = FUNCTIONS.get(name)
        if known is None:
            word = self._source(node.func)
            raise self._error(
                node, f"no function {word}", "there are " + ", ".join(FUNCTIONS), nearest(name, FUNCTIONS)
            )
        least, most, meaning = known
        plain = not node.keywords and not any(isinstance(argument, ast.Starred) for argument in node.args)
        if not plain or not least <= len(node.args) <= most:
            wanted = f"{least}" if least == most else f"{least} to {most}"
            raise self._error(node, f"{name} with {len(node.args)} arguments", f"{wanted} arguments: {meaning}")
        if name == "round":
            return round_to(self._expr(node.args[0]), self._digits(node.args[1]))
        if name == "ratio":
            with self._condition(node):
                return ratio(*map(self._expr, node.args))
        arguments = [self._expr(argument) for argument in node.args]
        if name in ("min", "max"):
            return (minimum if name == "min" else maximum)(*arguments)
        return {"abs": absolute, "exp": exp, "log": log}[name](*arguments)

    def _digits(self, node: ast.expr) -> int:
        value = node.value if isinstance(node, ast.Constant) else None
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_DIGITS:
            raise self._error(node, f"{self._source(node)} decimal places", f"a written number from 0 to {MOST_DIGITS}")
        return value

    def _source(self, node: ast.expr) -> str:
        found = ast.get_source_segment(self._text, node) or "this"
        return repr(found if len(found) <= 40 else found[:37] + "...")

    def _error(self, node: ast.expr, what: str, allowed: str, hint: str = "") -> FormulaError:
        return FormulaError(what, allowed=allowed, hint=hint, column=node.col_offset + 1)


def _syntax(error: BaseException) -> tuple[str]:
    if isinstance(error, SyntaxError):
        return (f"cannot be read: {error.msg}",)
    return ("cannot be read: it is nested too deeply, or a number is too long",)
