"""What a formula may contain: numbers of the deal, other lines, and a short list of operations.

An expression is an immutable tree. It holds no value: the backends turn it into Python, NumPy or a workbook formula,
and `explain` into words. Build one with the operators `+ - * /`, the comparisons `< <= > >=` and the functions below.
A condition is the number 1.0 (true) or 0.0 (false), so that every scenario of a block takes the same path.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

OPERATIONS = frozenset(  # every one has a form in Python, NumPy and a workbook
    (
        "add",
        "sub",
        "mul",
        "div",
        "neg",
        "abs",
        "min",
        "max",
        "where",
        "lt",
        "le",
        "gt",
        "ge",
        "both",
        "either",
        "negate",
        "ratio",
        "power",
        "exp",
        "log",
        "round",
        "sum_states",
    )
)


class Expr:
    """Base of every node of a formula."""

    __slots__ = ()

    def __add__(self, other: Expr | int) -> Expr:
        return Call("add", (self, as_expr(other)))

    def __radd__(self, other: int) -> Expr:
        return Call("add", (as_expr(other), self))

    def __sub__(self, other: Expr | int) -> Expr:
        return Call("sub", (self, as_expr(other)))

    def __rsub__(self, other: int) -> Expr:
        return Call("sub", (as_expr(other), self))

    def __mul__(self, other: Expr | int) -> Expr:
        return Call("mul", (self, as_expr(other)))

    def __rmul__(self, other: int) -> Expr:
        return Call("mul", (as_expr(other), self))

    def __truediv__(self, other: Expr | int) -> Expr:
        return Call("div", (self, as_expr(other)))

    def __rtruediv__(self, other: int) -> Expr:
        return Call("div", (as_expr(other), self))

    def __neg__(self) -> Expr:
        return Call("neg", (self,))

    def __lt__(self, other: Expr | int) -> Expr:
        return Call("lt", (self, as_expr(other)))

    def __le__(self, other: Expr | int) -> Expr:
        return Call("le", (self, as_expr(other)))

    def __gt__(self, other: Expr | int) -> Expr:
        return Call("gt", (self, as_expr(other)))

    def __ge__(self, other: Expr | int) -> Expr:
        return Call("ge", (self, as_expr(other)))

    def __bool__(self) -> bool:
        raise TypeError("a formula has no truth value while it is written; use where(), both() or either()")


@dataclass(frozen=True, slots=True, eq=False)
class Number(Expr):
    """The literal 0 or 1. Any other number is a Param or a named constant, so that a reader can find it."""

    value: float


@dataclass(frozen=True, slots=True, eq=False)
class Param(Expr):
    """One number of the deal, known by its path; with `monthly`, a number for each month."""

    path: str
    unit: str
    monthly: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Line(Expr):
    """A reference to a line. `stage` is constant, schedule, cash, reduction or summary."""

    name: str
    unit: str
    stage: str


@dataclass(frozen=True, slots=True, eq=False)
class Call(Expr):
    """One operation of `OPERATIONS` on expressions; `digits` belongs to `round` alone, `flags` to `sum_states`.

    The flags say where a term is in force: where one of its flags is up; without any, always. They are for
    explanations: no backend works them out.
    """

    operation: str
    args: tuple[Expr, ...]
    digits: int = 0
    flags: tuple[tuple[Line, ...], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Previous(Expr):
    """The value of a line `months` ago."""

    line: Line
    months: int


@dataclass(frozen=True, slots=True, eq=False)
class Ahead(Expr):
    """The value of a schedule line a number of months later; 0 beyond the last month."""

    line: Line
    months: Expr


@dataclass(frozen=True, slots=True, eq=False)
class SumAhead(Expr):
    """The sum of a schedule line over all later months, this month left out, up to and with month `until`."""

    line: Line
    until: Expr | None


@dataclass(frozen=True, slots=True, eq=False)
class Reduce(Expr):
    """One number for a line's whole life: total, lowest, highest, last, or first_month in which it is not 0."""

    how: str
    line: Line


@dataclass(frozen=True, slots=True, eq=False)
class Lookup(Expr):
    """The entry of a table at a whole number, counted from 0; before the first and after the last, the end value."""

    table: str
    values: tuple[float, ...]
    index: Expr


def as_expr(value: Expr | int | float) -> Expr:
    """Return an expression; of plain numbers only 0 and 1 are let through."""
    if isinstance(value, Expr):
        return value
    if value not in (0, 1) or isinstance(value, bool):
        raise TypeError(f"{value!r} in a formula: give it a name with `constant`, only 0 and 1 may stand bare")
    return Number(float(value))


def prev(line: Line, months: int = 1) -> Expr:
    """Value of a line `months` months ago (at least 1)."""
    if months < 1:
        raise ValueError(f"prev of {line.name!r} looks {months} months back; at least 1")
    return Previous(line, months)


def ahead(line: Line, months: Expr | int) -> Expr:
    """Value of a schedule line `months` months later, 0 beyond the last month of the deal. Cash lines only."""
    return Ahead(line, as_expr(months))


def sum_ahead(line: Line, until: Expr | None = None) -> Expr:
    """Sum of a schedule line over all later months, up to and with the month number `until`. Cash lines only."""
    return SumAhead(line, until)


def total(line: Line) -> Expr:
    """Sum of a line over all months. Summary lines only, as are the four below."""
    return Reduce("total", line)


def lowest(line: Line) -> Expr:
    """Least value of a line."""
    return Reduce("lowest", line)


def highest(line: Line) -> Expr:
    """Greatest value of a line."""
    return Reduce("highest", line)


def last(line: Line) -> Expr:
    """Value of a line in the last month."""
    return Reduce("last", line)


def first_month(flag: Line) -> Expr:
    """First month in which a flag is not 0; 9999 if there is none."""
    return Reduce("first_month", flag)


def lookup(table: str, values: Sequence[float], index: Expr) -> Expr:
    """Entry of a table by a whole number counted from 0; before and after the table, its end values."""
    if not values:
        raise ValueError(f"table {table!r} is empty")
    return Lookup(table, tuple(float(value) for value in values), index)


def minimum(first: Expr | int, *others: Expr | int) -> Expr:
    """Least of its arguments."""
    return _fold("min", first, others)


def maximum(first: Expr | int, *others: Expr | int) -> Expr:
    """Greatest of its arguments."""
    return _fold("max", first, others)


def where(condition: Expr, if_true: Expr | int, if_false: Expr | int) -> Expr:
    """`if_true` where the condition is not 0, else `if_false`. Both are worked out: it does not guard a division."""
    return Call("where", (condition, as_expr(if_true), as_expr(if_false)))


def ratio(numerator: Expr | int, denominator: Expr, otherwise: Expr | int) -> Expr:
    """Quotient, or `otherwise` where the denominator is exactly 0."""
    return Call("ratio", (as_expr(numerator), denominator, as_expr(otherwise)))


def both(first: Expr, second: Expr) -> Expr:
    """1.0 where both flags are."""
    return Call("both", (first, second))


def either(first: Expr, *others: Expr) -> Expr:
    """1.0 where any of the flags is."""
    return _fold("either", first, others)


def negate(flag: Expr) -> Expr:
    """1.0 where a flag is 0.0, and the other way round."""
    return Call("negate", (flag,))


def power(base: Expr | int, exponent: Expr | int) -> Expr:
    """`base` to the `exponent`. Keep it in constant lines: only there do the backends agree to the last bit."""
    return Call("power", (as_expr(base), as_expr(exponent)))


def exp(value: Expr) -> Expr:
    """Natural exponential."""
    return Call("exp", (value,))


def log(value: Expr) -> Expr:
    """Natural logarithm."""
    return Call("log", (value,))


def round_to(value: Expr, digits: int) -> Expr:
    """Round half away from zero, as a workbook does: sign(x) floor(|x| 10^n (1 + 2^-50) + 0.5) / 10^n."""
    return Call("round", (value,), digits)


def absolute(value: Expr) -> Expr:
    """Size of a number without its sign."""
    return Call("abs", (value,))


def total_of(terms: Sequence[Expr]) -> Expr:
    """Sum of expressions, left to right; 0 of none."""
    if not terms:
        return Number(0.0)
    result = terms[0]
    for term in terms[1:]:
        result = result + term
    return result


def sum_of_states(terms: Sequence[tuple[Sequence[Line], Expr]]) -> Expr:
    """Sum of amounts that can differ from 0 only where one of their flags is up; explained as those.

    An amount without flags may differ from 0 in every month.
    """
    if len(terms) < 2:
        return total_of([amount for _, amount in terms])
    return Call("sum_states", tuple(amount for _, amount in terms), flags=tuple(tuple(flags) for flags, _ in terms))


def _fold(operation: str, first: Expr | int, others: Sequence[Expr | int]) -> Expr:
    result = as_expr(first)
    for other in others:
        result = Call(operation, (result, as_expr(other)))
    return result


_WITHOUT_CHILDREN = frozenset((Number, Param, Line, Previous, Reduce))


def children(node: Expr) -> tuple[Expr, ...]:
    """Expressions directly inside a node. The line of `Previous`, `Ahead` and `SumAhead` is not one of them."""
    if isinstance(node, Call):
        return node.args
    if type(node) in _WITHOUT_CHILDREN:
        return ()
    if isinstance(node, Ahead):
        return (node.months,)
    if isinstance(node, SumAhead):
        return (node.until,) if node.until is not None else ()
    if isinstance(node, Lookup):
        return (node.index,)
    return ()


def walk(node: Expr) -> Iterator[Expr]:
    """Every node of a formula, the outermost first."""
    stack = [node]
    while stack:
        here = stack.pop()
        yield here
        stack.extend(reversed(children(here)))
