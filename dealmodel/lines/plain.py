"""Run a Model for one scenario, with a full trace, as generated Python.

Lines that look back at themselves run month by month in plain Python: one local variable a line, one statement a
formula, one loop over the months. All others run on NumPy for all months at once (`lines.stages` divides them). Names
reach the generated code only through `identifier`; texts of the deal never do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from struct import Struct
from types import TracebackType
from typing import Any

import numpy as np

from dealmodel.basics.errors import ModelError
from dealmodel.lines import array_operations as operations
from dealmodel.lines.arithmetic import Floats
from dealmodel.lines.columns import ColumnWriter, monthly_inputs, reduced, windows
from dealmodel.lines.expressions import Ahead, Expr, Line, Param, Previous, Reduce, SumAhead, walk
from dealmodel.lines.model import Definition, Model
from dealmodel.lines.names import identifier
from dealmodel.lines.stages import stages_of
from dealmodel.lines.structure import looked_back_at, reductions_of
from dealmodel.lines.values import Values
from dealmodel.lines.writer import SCOPE, Writer, reduction_name

Row = tuple[float, ...]
Output = tuple[Row, Floats, Row]
Numbers = Sequence[float]


@dataclass(frozen=True, slots=True)
class Program:
    """The generated functions of a Model, their source, and which line each source line works out.

    Parameters
    ----------
    constants, openings, summary : function
        Constant lines from the inputs; what stands before the first month; summary lines from reductions.
    steps : tuple of function
        Stage by stage: lines on all months at once, lines month by month. Each writes its rows of the trace.
    reductions : tuple of Reduce
        What the summary lines ask for.
    place : mapping from name to int
        Row of each line by month in the trace.
    """

    constants: Callable[[Numbers], Row]
    openings: Callable[[Numbers, Row, Floats], None]
    steps: tuple[Callable[[Numbers, Sequence[Numbers], Row, Floats], None], ...]
    summary: Callable[[Numbers, Row, Numbers], Row]
    reductions: tuple[Reduce, ...]
    place: dict[str, int]
    source: str
    line_of: dict[int, str]


@lru_cache(maxsize=64)
def program_of(model: Model) -> Program:
    """Generate and compile the functions of a Model; kept for the Model's next runs."""
    source = _Source(model)
    source.write()
    scope: dict[str, Any] = {**SCOPE, "np": np, "op": operations, **source.scope}
    text = "\n".join(source.text) + "\n"
    exec(compile(text, f"<model {model.name}>", "exec"), scope)
    steps = tuple(scope[name] for name in source.steps)
    functions = (scope["constants"], scope["openings"], steps, scope["summary"])
    return Program(*functions, tuple(source.reductions), source.place, text, source.line_of)


class _Source:
    """Lines of source, with the model line that each works out."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.place = {item.name: number for number, item in enumerate(model.monthly)}
        self.history, self.periods = model.history, model.periods
        self.reductions = reductions_of(model)
        self.single = [item.path for item in model.inputs if not item.monthly]
        self.series = [item.path for item in model.inputs if item.monthly]
        self.constants = {item.name: number for number, item in enumerate(model.constants)}
        self.text: list[str] = []
        self.line_of: dict[int, str] = {}
        self.steps: list[str] = []
        self.scope: dict[str, Any] = {}

    def write(self) -> None:
        """Write all functions."""
        self._constants()
        self._openings()
        for number, stage in enumerate(stages_of(self.model)):
            if stage.columns:
                self._columns(f"columns_{number}", stage.columns)
            if stage.loop:
                _Loop(self, f"loop_{number}", stage.loop).write()
        self._summary()

    def add(self, statement: str, depth: int = 1) -> None:
        """Add a line of source."""
        self.text.append("    " * depth + statement)

    def define(self, writer: Writer, item: Definition, depth: int) -> None:
        """Work a line out as a variable of its name."""
        value = writer.code(item.formula)
        for statement in (*writer.statements, f"{identifier(item.name)} = {value}"):
            self.add(statement, depth)
            self.line_of[len(self.text)] = item.name
        writer.statements.clear()

    def writer(self) -> Writer:
        """A writer for single numbers: inputs are variables of the function."""
        writer = Writer()
        writer.params = {path: f"p{number}" for number, path in enumerate(self.single)}
        writer.monthly = {path: f"s{number}" for number, path in enumerate(self.series)}
        return writer

    def nodes(self, definitions: Sequence[Definition]) -> list[Expr]:
        """Every part of some formulas."""
        return [node for item in definitions for node in self.model.nodes[item.name]]

    def unpack(self, nodes: Sequence[Expr]) -> None:
        """Make variables of the inputs and constants that formulas read."""
        paths = {node.path for node in nodes if isinstance(node, Param)}
        names = {node.name for node in nodes if isinstance(node, Line)}
        for number, path in enumerate(self.single):
            if path in paths:
                self.add(f"p{number} = P[{number}]")
        for name, number in self.constants.items():
            if name in names:
                self.add(f"{identifier(name)} = K[{number}]")

    def _constants(self) -> None:
        self.add("def constants(P):", 0)
        if self.single:
            self.add(f"({''.join(f'p{number}, ' for number in range(len(self.single)))}) = P")
        writer = self.writer()
        for item in self.model.constants:
            self.define(writer, item, 1)
        self.add(f"return ({_listed(identifier(item.name) for item in self.model.constants)})")

    def _openings(self) -> None:
        self.add("def openings(P, K, W):", 0)
        lags = looked_back_at(self.nodes(self.model.monthly))
        looked = [(item, lags[item.name]) for item in self.model.monthly if item.name in lags]
        self.unpack([node for item, lag in looked for value in item.opening[:lag] for node in walk(value)])
        writer = self.writer()
        cells = [
            (item, back, writer.code(value)) for item, lag in looked for back, value in enumerate(item.opening[:lag])
        ]
        for statement in writer.statements:
            self.add(statement)
        if cells:
            self.add(f"W[opening_cells] = ({_listed(code for _, _, code in cells)})")
        rows, months = (
            [self.place[item.name] for item, _, _ in cells],
            [self.history - 1 - back for _, back, _ in cells],
        )
        self.scope["opening_cells"] = (np.array(rows, int), np.array(months, int))
        self.add("return None")

    def _columns(self, name: str, definitions: tuple[Definition, ...]) -> None:
        writer = ColumnWriter(self.model)
        body: list[tuple[str, str]] = []
        for item in definitions:
            writer.define(item, dedicated=False)
            body += [(statement, item.name) for statement in writer.statements]
            writer.statements.clear()
        self.steps.append(name)
        self.add(f"def {name}(P, S, K, W):", 0)
        nodes = self.nodes(definitions)
        for statement in monthly_inputs(writer, nodes):
            self.add(statement)
        seen = windows(definitions, nodes)
        for lag in dict.fromkeys(lag for _, lag in seen):
            names, suffix = [name for name, back in seen if back == lag], f"_{lag}" if lag else ""
            self.scope[f"{name}_{lag}"] = [self.place[line] for line in names]
            start = self.history - lag
            back = f"W[:, {start}:{start + self.periods}].__getitem__"
            self.add(f"({_listed(identifier(line) + suffix for line in names)}) = map({back}, {name}_{lag})")
        if writer.arrays:
            self.add(f"({_listed(writer.arrays)}) = np.empty(({len(writer.arrays)}, {self.periods}))")
        if writer.masks:
            self.add(f"({_listed(writer.masks)}) = np.empty(({len(writer.masks)}, {self.periods}), bool)")
        for mask in writer.masks:
            self.add(f"{mask}_8 = {mask}.view(np.int8)")
        for statement, line in body:
            self.add(statement)
            self.line_of[len(self.text)] = line

    def _summary(self) -> None:
        self.add("def summary(P, K, R):", 0)
        self.unpack(self.nodes(self.model.summary))
        if self.reductions:
            self.add(f"({_listed(map(reduction_name, self.reductions))}) = R")
        writer = self.writer()
        for item in self.model.summary:
            self.define(writer, item, 1)
        self.add(f"return ({_listed(identifier(item.name) for item in self.model.summary)})")


class _Loop:
    """Writes the function of lines that run month by month."""

    def __init__(self, source: _Source, name: str, definitions: tuple[Definition, ...]) -> None:
        self.source, self.name, self.definitions = source, name, definitions
        self.own = {item.name for item in definitions}
        self.nodes = source.nodes(definitions)
        self.lags = {name: lag for name, lag in looked_back_at(self.nodes).items() if name in self.own}

    def write(self) -> None:
        """Write the function: what it reads, what stands before the first month, the loop, its rows of the trace."""
        source, writer = self.source, self.source.writer()
        count, history = len(self.definitions), source.history
        source.steps.append(self.name)
        source.add(f"def {self.name}(P, S, K, W):", 0)
        source.unpack(self.nodes)
        source.add(f"periods = {source.periods}")
        self._looked_ahead_at()
        given = self._given(writer)
        for name, lag in self.lags.items():
            for back in range(1, lag + 1):
                source.add(f"{identifier(name)}_{back} = float(W[{source.place[name]}, {history - back}])")
        source.add(f"rows = bytearray({8 * count * source.periods})")
        source.add("place = 0")
        start = len(source.text)
        if given:
            names, values = _listed(given), ", ".join(given.values())
            source.add(f"for t, ({names}) in enumerate(zip({values}), 1):")
        else:
            source.add("for t in range(1, periods + 1):")
        writer.share(self.definitions)
        for item in self.definitions:
            source.define(writer, item, 2)
        self._before(writer, start)
        source.add(f"{self.name}_pack(rows, place, {', '.join(identifier(item.name) for item in self.definitions)})", 2)
        source.add(f"place += {8 * count}", 2)
        for name, lag in self.lags.items():
            for back in range(lag, 0, -1):
                before = f"_{back - 1}" if back > 1 else ""
                source.add(f"{identifier(name)}_{back} = {identifier(name)}{before}", 2)
        source.add(f"W[{self.name}_rows, {history}:] = np.frombuffer(rows).reshape({source.periods}, {count}).T")
        source.scope[f"{self.name}_pack"] = Struct(f"{count}d").pack_into
        source.scope[f"{self.name}_rows"] = np.array([source.place[item.name] for item in self.definitions])

    def _looked_ahead_at(self) -> None:
        names = dict.fromkeys(node.line.name for node in self.nodes if isinstance(node, Ahead | SumAhead))
        for name in names:
            word, row = identifier(name), f"W[{self.source.place[name]}, {self.source.history}:]"
            self.source.add(f"all_{word} = [0.0, *{row}.tolist()]")
            self.source.add(f"rest_{word} = op.suffix_sums(all_{word})")

    def _given(self, writer: Writer) -> dict[str, str]:
        """Variables of each month that are there already: inputs by month, and lines of earlier stages."""
        source = self.source
        used = {node.path for node in self.nodes if isinstance(node, Param)}
        found = {word: f"S[{word[1:]}]" for path, word in writer.monthly.items() if path in used}
        wanted: dict[tuple[str, int], None] = {}
        for node in self.nodes:
            if isinstance(node, Line) and node.name in source.place and node.name not in self.own:
                wanted[node.name, 0] = None
            elif isinstance(node, Previous) and node.line.name not in self.own:
                wanted[node.line.name, node.months] = None
        names = list(dict.fromkeys(name for name, _ in wanted))
        if names:
            source.add(f"G = W[{self.name}_reads].tolist()")
            source.scope[f"{self.name}_reads"] = np.array([source.place[name] for name in names])
        for name, lag in wanted:
            start = source.history - lag
            word = f"{identifier(name)}_{lag}" if lag else identifier(name)
            found[word] = f"G[{names.index(name)}][{start}:{start + source.periods}]"
        return found

    def _before(self, writer: Writer, start: int) -> None:
        """Put what is the same in every month before the loop that begins at a place."""
        source = self.source
        added = ["    " + statement for statement in writer.prelude]
        source.text[start:start] = added
        source.line_of = {
            number + (len(added) if number > start else 0): name for number, name in source.line_of.items()
        }


def _listed(words: Any) -> str:
    return "".join(f"{word}, " for word in words)


def run_plain(model: Model, values: Values) -> Output:
    """Run a Model for one scenario.

    Returns the constants, an array of shape (T, L) with a row for each month and a column for each line (in the order
    of `model.monthly`), and the summary. What runs month by month is packed into memory a month at a time: Python
    floats kept for each line and month cost a fifth of a run.

    Errors: ModelError names the line at which the arithmetic broke down (a division by 0, an overflow).
    """
    program = program_of(model)
    numbers = [values.numbers[item.path] for item in model.inputs if not item.monthly]
    months = [values.months[item.path] for item in model.inputs if item.monthly]
    trace = np.zeros((len(model.monthly), model.history + model.periods))
    try:
        constants = program.constants(numbers)
        program.openings(numbers, constants, trace)
        with np.errstate(all="ignore", divide="raise"):
            for step in program.steps:
                step(numbers, months, constants, trace)
        rows = trace[:, model.history :]
        summary = program.summary(numbers, constants, reduced(program.reductions, program.place, rows))
    except (ArithmeticError, ValueError) as error:
        name = _line_at(program, model, error.__traceback__)
        path = model.definitions[name].path if name else ""
        where = f"line {name!r}" + (f" (from {path})" if path else "")
        raise ModelError(f"model {model.name}: {where} cannot be worked out: {error}") from error
    trace.flags.writeable = False
    return constants, rows.T, summary


def _line_at(program: Program, model: Model, trace: TracebackType | None) -> str:
    name = ""
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == f"<model {model.name}>":
            name = program.line_of.get(trace.tb_lineno, "")
        trace = trace.tb_next
    return name
