"""Run a Model for one scenario as generated plain Python: no compiled dependency, and a full trace.

The generated function reads as the model does: one local variable a line, one statement a formula, one loop over the
months. Names reach it only through `identifier`; texts of the deal never do.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import TracebackType
from typing import cast

from dealmodel.basics.errors import ModelError
from dealmodel.lines.arithmetic import round_to
from dealmodel.lines.expressions import (
    Ahead,
    Call,
    Expr,
    Line,
    Lookup,
    Number,
    Param,
    Previous,
    Reduce,
    SumAhead,
    walk,
)
from dealmodel.lines.model import Definition, Model
from dealmodel.lines.names import NEVER, identifier
from dealmodel.lines.sharing import Sharing
from dealmodel.lines.values import Values

Row = tuple[float, ...]
Output = tuple[Row, list[Row], Row]

COMPARISONS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">="}
ARITHMETIC = {"add": "+", "sub": "-", "mul": "*", "div": "/"}
FUNCTIONS = {"power": "power", "exp": "exp", "log": "log"}
REDUCTION_STARTS = {
    "total": "0.0", "lowest": "inf", "highest": "-inf", "last": "0.0", "first_month": f"{float(NEVER)}",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Program:
    """The generated function of a Model, its source, and which line each source line works out."""

    run: Callable[[list[float], list[list[float]]], Output]
    source: str
    line_of: dict[int, str]


class Writer:
    """Turns formulas into Python source, hoisting what is needed twice."""

    def __init__(self) -> None:
        self.statements: list[str] = []
        self.prelude: list[str] = []
        self.sharing: Sharing | None = None
        self.once: dict[int, str] = {}
        self.each_month: dict[int, str] = {}
        self.params: dict[str, str] = {}
        self.monthly: dict[str, str] = {}
        self._temporaries = 0

    def code(self, node: Expr) -> str:
        """Source of a formula's value."""
        if isinstance(node, Number):
            return repr(node.value)
        if isinstance(node, Param):
            return (self.monthly if node.monthly else self.params)[node.path]
        if isinstance(node, Line):
            return identifier(node.name)
        if isinstance(node, Previous):
            return f"{identifier(node.line.name)}_{node.months}"
        if isinstance(node, Call):
            return self._call(node) if self.sharing is None else self._shared(node, self.sharing)
        if isinstance(node, Lookup):
            return self._lookup(node)
        if isinstance(node, Ahead | SumAhead):
            return self._ahead(node)
        if isinstance(node, Reduce):
            return reduction_name(node)
        raise ModelError(f"{type(node).__name__} has no Python form")

    def share(self, definitions: Sequence[Definition]) -> None:
        """From here on work out once what these definitions hold alike in every month, or more than once in a month."""
        self.sharing = Sharing(item.formula for item in definitions)
        self.once.clear()
        self.each_month.clear()

    def _shared(self, node: Call, sharing: Sharing) -> str:
        number = sharing.number(node)
        known = self.once.get(number) or self.each_month.get(number)
        if known is not None:
            return known
        if sharing.is_constant(node):
            return self._set_aside(node, number, self.once, self.prelude)
        if sharing.recurs(node):
            return self._set_aside(node, number, self.each_month, self.statements)
        return self._call(node)

    def _set_aside(self, node: Call, number: int, names: dict[int, str], where: list[str]) -> str:
        self._temporaries += 1
        name = f"h{self._temporaries}"
        before = len(self.statements)
        source = self._call(node)
        if where is self.prelude:
            where += self.statements[before:]
            del self.statements[before:]
        where.append(f"{name} = {source}")
        names[number] = name
        return name

    def atom(self, node: Expr) -> str:
        """Source that may be repeated: a name or a number, hoisted into a temporary where it is neither."""
        source = self.code(node)
        if source.replace("_", "").replace(".", "").isalnum():
            return source
        self._temporaries += 1
        name = f"h{self._temporaries}"
        self.statements.append(f"{name} = {source}")
        return name

    def condition(self, node: Expr) -> str:
        """Source of a condition, for use after `if`."""
        if isinstance(node, Call):
            if node.operation in COMPARISONS:
                return f"{self.code(node.args[0])} {COMPARISONS[node.operation]} {self.code(node.args[1])}"
            if node.operation in ("both", "either"):
                word = "and" if node.operation == "both" else "or"
                return f"({self.condition(node.args[0])} {word} {self.condition(node.args[1])})"
            if node.operation == "negate":
                return f"(not {self.condition(node.args[0])})"
        return self.code(node)

    def _call(self, node: Call) -> str:
        operation, args = node.operation, node.args
        if operation in ARITHMETIC:
            return f"({self._left(operation, args[0])} {ARITHMETIC[operation]} {self.code(args[1])})"
        if operation == "sum_states":
            return "(" + " + ".join(self.code(term) for term in args) + ")"
        if operation == "abs":
            return f"abs({self.code(args[0])})"
        if operation == "neg":
            return f"(0.0 - {self.code(args[0])})"
        if operation in ("min", "max"):
            first, second = self.atom(args[0]), self.atom(args[1])
            return f"({first} if {first} {'<' if operation == 'min' else '>'} {second} else {second})"
        if operation == "where":
            return f"({self.code(args[1])} if {self.condition(args[0])} else {self.code(args[2])})"
        if operation == "ratio":
            below = self.atom(args[1])
            return f"({self.code(args[0])} / {below} if {below} else {self.code(args[2])})"
        if operation == "round":
            return f"round_to({self.code(args[0])}, {node.digits})"
        if operation in FUNCTIONS:
            return f"{FUNCTIONS[operation]}({', '.join(self.code(argument) for argument in args)})"
        return f"(1.0 if {self.condition(node)} else 0.0)"

    def _left(self, operation: str, node: Expr) -> str:
        source = self.code(node)
        chain = isinstance(node, Call) and node.operation in ("add", "sub") and operation in ("add", "sub")
        return (
            source[1:-1] if chain and source.startswith("(") else source
        )  # a long sum would nest deeper than Python reads

    def _lookup(self, node: Lookup) -> str:
        last = len(node.values) - 1
        table = "(" + ", ".join(map(repr, node.values)) + ",)"
        index = self.atom(node.index)
        return f"{table}[0 if {index} < 0 else {last} if {index} > {last} else int({index})]"

    def _ahead(self, node: Ahead | SumAhead) -> str:
        name = identifier(node.line.name)
        if isinstance(node, Ahead):
            months = self.atom(node.months)
            return f"(all_{name}[t + int({months})] if t + {months} <= periods else 0.0)"
        if node.until is None:
            return f"rest_{name}[t]"
        until = self.atom(node.until)
        beyond = f"rest_{name}[int({until}) if {until} < periods else periods]"
        return f"(rest_{name}[t] - {beyond} if {until} > t else 0.0)"


def reduction_name(node: Reduce) -> str:
    """Variable that holds a reduction."""
    return f"r_{node.how}_{identifier(node.line.name)}"


def reductions_of(model: Model) -> list[Reduce]:
    """Every reduction that the summary lines use, once each."""
    found: dict[str, Reduce] = {}
    for item in model.summary:
        for node in walk(item.formula):
            if isinstance(node, Reduce):
                found.setdefault(reduction_name(node), node)
    return list(found.values())


def looked_back_at(definitions: tuple[Definition, ...]) -> dict[str, int]:
    """How far formulas look back at each line, in months."""
    lags: dict[str, int] = {}
    for item in definitions:
        for node in walk(item.formula):
            if isinstance(node, Previous):
                lags[node.line.name] = max(node.months, lags.get(node.line.name, 0))
    return lags


def looked_ahead_at(model: Model) -> list[str]:
    """Schedule lines whose later months some formula needs."""
    found: dict[str, None] = {}
    for item in model.monthly:
        for node in walk(item.formula):
            if isinstance(node, Ahead | SumAhead):
                found[node.line.name] = None
    return list(found)


def needed_for(model: Model, names: list[str]) -> tuple[Definition, ...]:
    """The definitions that some lines rest on, in order."""
    needed, stack = set(), list(names)
    monthly = {item.name: item for item in model.monthly}
    while stack:
        name = stack.pop()
        if name in needed or name not in monthly:
            continue
        needed.add(name)
        for node in walk(monthly[name].formula):
            if isinstance(node, Line):
                stack.append(node.name)
            elif isinstance(node, Previous):
                stack.append(node.line.name)
    return tuple(item for item in model.monthly if item.name in needed)


@lru_cache(maxsize=64)
def program_of(model: Model) -> Program:
    """Generate and compile the function of a Model; kept for the Model's next runs."""
    source, line_of = _source(model)
    scope: dict[str, object] = {
        "round_to": round_to,
        "power": math.pow,
        "exp": math.exp,
        "log": math.log,
        "inf": math.inf,
    }
    exec(compile(source, f"<model {model.name}>", "exec"), scope)
    return Program(cast("Callable[[list[float], list[list[float]]], Output]", scope["run"]), source, line_of)


def _source(model: Model) -> tuple[str, dict[int, str]]:
    writer = Writer()
    writer.params = {
        item.path: f"p{index}" for index, item in enumerate(item for item in model.inputs if not item.monthly)
    }
    writer.monthly = {
        item.path: f"s{index}" for index, item in enumerate(item for item in model.inputs if item.monthly)
    }
    source = _Source(writer)
    source.add("def run(P, S):", 0)
    source.add(f"periods = {model.periods}")
    if writer.params:
        source.add(f"({', '.join(writer.params.values())},) = P")
    for item in model.constants:
        source.define(item, 1)
    ahead = looked_ahead_at(model)
    if ahead:
        _write_first_pass(source, model, ahead)
    _write_months(source, model)
    for item in model.summary:
        source.define(item, 1)
    constants = "".join(f"{identifier(item.name)}, " for item in model.constants)
    summary = "".join(f"{identifier(item.name)}, " for item in model.summary)
    source.add(f"return ({constants}), rows, ({summary})")
    return "\n".join(source.text) + "\n", source.line_of


class _Source:
    """Lines of source, with the model line that each works out."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.text: list[str] = []
        self.line_of: dict[int, str] = {}

    def add(self, statement: str, depth: int = 1) -> None:
        self.text.append("    " * depth + statement)

    def define(self, item: Definition, depth: int) -> None:
        value = self.writer.code(item.formula)
        for statement in (*self.writer.statements, f"{identifier(item.name)} = {value}"):
            self.add(statement, depth)
            self.line_of[len(self.text)] = item.name
        self.writer.statements.clear()

    def before(self, place: int) -> None:
        """Put what is the same in every month before the loop that begins at a place."""
        added = ["    " + statement for statement in self.writer.prelude]
        self.writer.prelude.clear()
        self.text[place:place] = added
        self.line_of = {number + (len(added) if number > place else 0): name for number, name in self.line_of.items()}

    def openings(self, definitions: tuple[Definition, ...], lags: dict[str, int]) -> None:
        for item in definitions:
            for back in range(1, lags.get(item.name, 0) + 1):
                value = self.writer.code(item.opening[back - 1])
                for statement in self.writer.statements:
                    self.add(statement)
                self.writer.statements.clear()
                self.add(f"{identifier(item.name)}_{back} = {value}")

    def loop(self) -> None:
        names = "".join(f"{name}, " for name in self.writer.monthly.values())
        if names:
            self.add(f"for t, ({names}) in enumerate(zip(*S), 1):")
        else:
            self.add("for t in range(1, periods + 1):")

    def carry(self, lags: dict[str, int]) -> None:
        for name, lag in lags.items():
            word = identifier(name)
            for back in range(lag, 1, -1):
                self.add(f"{word}_{back} = {word}_{back - 1}", 2)
            self.add(f"{word}_1 = {word}", 2)


def _write_first_pass(source: _Source, model: Model, names: list[str]) -> None:
    definitions = needed_for(model, names)
    lags = looked_back_at(definitions)
    for name in names:
        source.add(f"all_{identifier(name)} = [0.0]")
    source.openings(definitions, lags)
    source.loop()
    for item in definitions:
        source.define(item, 2)
    for name in names:
        source.add(f"all_{identifier(name)}.append({identifier(name)})", 2)
    source.carry(lags)
    for name in names:
        word = identifier(name)
        source.add(f"rest_{word} = [0.0] * (periods + 1)")
        source.add("for t in range(periods - 1, -1, -1):")
        source.add(f"rest_{word}[t] = rest_{word}[t + 1] + all_{word}[t + 1]", 2)


def _write_months(source: _Source, model: Model) -> None:
    lags = looked_back_at(model.monthly)
    reductions = reductions_of(model)
    source.add("rows = []")
    source.openings(model.monthly, lags)
    for node in reductions:
        source.add(f"{reduction_name(node)} = {REDUCTION_STARTS[node.how]}")
    place = len(source.text)
    source.loop()
    source.writer.share(model.monthly)
    for item in model.monthly:
        source.define(item, 2)
    source.before(place)
    source.writer.sharing = None
    for node in reductions:
        source.add(_reduce(node), 2)
    row = "".join(f"{identifier(item.name)}, " for item in model.monthly)
    source.add(f"rows.append(({row}))", 2)
    source.carry(lags)


def _reduce(node: Reduce) -> str:
    name, value = reduction_name(node), identifier(node.line.name)
    if node.how == "total":
        return f"{name} += {value}"
    if node.how == "last":
        return f"{name} = {value}"
    if node.how == "first_month":
        return f"{name} = t if {value} and {name} == {float(NEVER)} else {name}"
    return f"{name} = {value} if {value} {'<' if node.how == 'lowest' else '>'} {name} else {name}"


def run_plain(model: Model, values: Values) -> Output:
    """Run a Model for one scenario.

    Returns the constants, a row for each month (in the order of `model.monthly`), and the summary.

    Errors: ModelError names the line at which the arithmetic broke down (a division by 0, an overflow).
    """
    program = program_of(model)
    numbers = [values.numbers[item.path] for item in model.inputs if not item.monthly]
    months = [values.months[item.path] for item in model.inputs if item.monthly]
    try:
        return program.run(numbers, months)
    except (ArithmeticError, ValueError) as error:
        name = _line_at(program, model, error.__traceback__)
        path = model.definitions[name].path if name else ""
        where = f"line {name!r}" + (f" (from {path})" if path else "")
        raise ModelError(f"model {model.name}: {where} cannot be worked out: {error}") from error


def _line_at(program: Program, model: Model, trace: TracebackType | None) -> str:
    name = ""
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == f"<model {model.name}>":
            name = program.line_of.get(trace.tb_lineno, "")
        trace = trace.tb_next
    return name
