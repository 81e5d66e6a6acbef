"""Run a Model for one scenario as generated plain Python: no compiled dependency, and a full trace.

The generated function reads as the model does: one local variable a line, one statement a formula, one loop over the
months. Names reach it only through `identifier`; texts of the deal never do.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from struct import Struct
from types import TracebackType
from typing import cast

import numpy as np

from dealmodel.basics.errors import ModelError
from dealmodel.lines.arithmetic import Floats, round_to
from dealmodel.lines.expressions import Reduce
from dealmodel.lines.model import Definition, Model
from dealmodel.lines.names import NEVER, identifier
from dealmodel.lines.structure import looked_ahead_at, looked_back_at, needed_for, reductions_of
from dealmodel.lines.values import Values
from dealmodel.lines.writer import Writer, reduction_name

Row = tuple[float, ...]
Output = tuple[Row, Floats, Row]
Function = Callable[[list[float], list[list[float]]], tuple[Row, bytearray, Row]]

REDUCTION_STARTS = {
    "total": "0.0", "lowest": "inf", "highest": "-inf", "last": "0.0", "first_month": f"{float(NEVER)}",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Program:
    """The generated function of a Model, its source, and which line each source line works out."""

    run: Function
    source: str
    line_of: dict[int, str]


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
        "pack": Struct(f"{len(model.monthly)}d").pack_into,
    }
    exec(compile(source, f"<model {model.name}>", "exec"), scope)
    return Program(cast("Function", scope["run"]), source, line_of)


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
    source.add(f"rows = bytearray({8 * len(model.monthly) * model.periods})")
    source.add("place = 0")
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
    row = ", ".join(identifier(item.name) for item in model.monthly)
    source.add(f"pack(rows, place, {row})", 2)
    source.add(f"place += {8 * len(model.monthly)}", 2)
    source.carry(lags)


def _reduce(node: Reduce) -> str:
    name, value = reduction_name(node), identifier(node.line.name)
    if node.how == "total":
        return f"{name} += {value}"
    if node.how == "last":
        return f"{name} = {value}"
    if node.how == "first_month":
        return f"{name} = float(t) if {value} and {name} == {float(NEVER)} else {name}"
    return f"{name} = {value} if {value} {'<' if node.how == 'lowest' else '>'} {name} else {name}"


def run_plain(model: Model, values: Values) -> Output:
    """Run a Model for one scenario.

    Returns the constants, an array of shape (T, L) with a row for each month and a column for each line (in the order
    of `model.monthly`), and the summary. The numbers of a month are packed into memory at once: Python floats kept for
    each line and month cost a fifth of a run.

    Errors: ModelError names the line at which the arithmetic broke down (a division by 0, an overflow).
    """
    program = program_of(model)
    numbers = [values.numbers[item.path] for item in model.inputs if not item.monthly]
    months = [values.months[item.path] for item in model.inputs if item.monthly]
    try:
        constants, rows, summary = program.run(numbers, months)
    except (ArithmeticError, ValueError) as error:
        name = _line_at(program, model, error.__traceback__)
        path = model.definitions[name].path if name else ""
        where = f"line {name!r}" + (f" (from {path})" if path else "")
        raise ModelError(f"model {model.name}: {where} cannot be worked out: {error}") from error
    trace = np.frombuffer(rows).reshape(model.periods, len(model.monthly))
    trace.flags.writeable = False
    return constants, trace, summary


def _line_at(program: Program, model: Model, trace: TracebackType | None) -> str:
    name = ""
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == f"<model {model.name}>":
            name = program.line_of.get(trace.tb_lineno, "")
        trace = trace.tb_next
    return name
