"""Run a Model on NumPy, the same formulas over a block of scenarios at a time.

What is the same in every scenario of a block stays a plain float and costs nothing; what varies is an array of shape
(S,). Arrays come from a small pool and are used again as soon as no later line of the month needs them, so that a
month's work stays in the processor's cache. A block keeps the summary lines and the lines asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

import numpy as np

from dealmodel.basics.errors import ModelError
from dealmodel.lines import array_operations as operations
from dealmodel.lines.arithmetic import Floats
from dealmodel.lines.block_writer import BlockWriter, varying_names
from dealmodel.lines.expressions import Reduce
from dealmodel.lines.model import Model
from dealmodel.lines.names import NEVER, identifier
from dealmodel.lines.structure import looked_ahead_at, looked_back_at, needed_for, reductions_of
from dealmodel.lines.supplies import supplied
from dealmodel.lines.writer import SCOPE, reduction_name

BLOCK_SIZE = 8192
"""Scenarios at a time: large enough to forget the cost of a call, small enough for the cache. Measured."""

Number = float | Floats
Months = Sequence[float] | Sequence[Number] | Floats
BlockOutput = tuple[dict[str, Number], dict[str, list[Number]]]


@dataclass(frozen=True, slots=True)
class BlockResult:
    """What a block of scenarios keeps: summary lines of shape (S,), and lines asked for of shape (T, S)."""

    size: int
    summary: dict[str, Floats]
    lines: dict[str, Floats]


def run_block(
    model: Model,
    *,
    numbers: Mapping[str, Number],
    months: Mapping[str, Months],
    size: int,
    keep: Iterable[str] = (),
) -> BlockResult:
    """Run `size` scenarios of a Model at once.

    Parameters
    ----------
    numbers : mapping from path to a number or an array of shape (S,)
    months : mapping from path to T numbers, or to an array of shape (T, S)
    size : int
        S, the number of scenarios.
    keep : names of lines by month to return in full

    Every input of the Model must be given, save the months of supplies, which are worked out here. Equal to `run_plain`
    bit for bit, except for lines that descend from a `power`, `exp` or `log` worked out month by month, and for what
    supplies give (1e-12 relative).
    """
    kept = tuple(keep)
    unknown = [name for name in kept if name not in {item.name for item in model.monthly}]
    if unknown:
        raise ModelError(f"model {model.name} has no line by month {unknown[0]!r} to keep")
    months = {**months, **_supplied(model, numbers, months)}
    single = [numbers[item.path] for item in model.inputs if not item.monthly]
    monthly = [months[item.path] for item in model.inputs if item.monthly]
    shapes = tuple(isinstance(value, np.ndarray) for value in single) + tuple(
        isinstance(value, np.ndarray) and value.ndim == 2 for value in monthly
    )
    run = block_program(model, shapes, kept)
    with np.errstate(all="ignore"):
        summary, lines = run(single, [list(value) for value in monthly], size)
    return BlockResult(
        size,
        {name: _spread(value, size) for name, value in summary.items()},
        {name: np.array([_spread(value, size) for value in rows]) for name, rows in lines.items()},
    )


def _supplied(model: Model, numbers: Mapping[str, Number], months: Mapping[str, Months]) -> dict[str, Months]:
    """Months that supplies give; what is the same in every scenario becomes plain numbers."""
    found = supplied(model, numbers, months)
    return {path: given[:, 0].tolist() if given.shape[1] == 1 else given for path, given in found.items()}


def _spread(value: Number, size: int) -> Floats:
    return value if isinstance(value, np.ndarray) else np.full(size, value)


@lru_cache(maxsize=64)
def block_program(
    model: Model, shapes: tuple[bool, ...], keep: tuple[str, ...]
) -> Callable[[list[Number], list[list[Number]], int], BlockOutput]:
    """Generate and compile the block function of a Model for one pattern of what varies."""
    source = block_source(model, shapes, keep)
    scope: dict[str, object] = {
        **SCOPE,
        "np": np,
        "op": operations,
    }
    exec(compile(source, f"<block of {model.name}>", "exec"), scope)
    return cast("Callable[[list[Number], list[list[Number]], int], BlockOutput]", scope["run"])


def block_source(model: Model, shapes: tuple[bool, ...], keep: tuple[str, ...]) -> str:
    """Source of the block function."""
    single = [item.path for item in model.inputs if not item.monthly]
    monthly = [item.path for item in model.inputs if item.monthly]
    paths = {path for path, varies in zip(single + monthly, shapes, strict=True) if varies}
    writer = BlockWriter(varying_names(model, paths), paths)
    writer.params = {path: f"p{index}" for index, path in enumerate(single)}
    writer.monthly = {path: f"s{index}" for index, path in enumerate(monthly)}
    return _BlockSource(model, writer, keep).text()


class _BlockSource:
    """Writes the block function: constants, the first pass for what is looked ahead at, the months, the summary."""

    def __init__(self, model: Model, writer: BlockWriter, keep: tuple[str, ...]) -> None:
        self.model, self.writer, self.keep = model, writer, keep
        self.body: list[str] = []

    def text(self) -> str:
        model, writer = self.model, self.writer
        for item in model.constants:
            writer.define(item, dedicated=True)
        self._take(1)
        names = looked_ahead_at(model)
        if names:
            self._first_pass(names)
        self._months()
        for item in model.summary:
            writer.define(item, dedicated=True)
        self._take(1)
        summary = ", ".join(f"{item.name!r}: {identifier(item.name)}" for item in model.summary)
        kept = ", ".join(f"{name!r}: kept_{identifier(name)}" for name in self.keep)
        self.body.append(f"    return {{{summary}}}, {{{kept}}}")
        head = ["def run(P, S, size):", f"    periods = {model.periods}"]
        if writer.params:
            head.append(f"    ({', '.join(writer.params.values())},) = P")
        head += [f"    {name} = np.empty(size)" for name in writer.arrays]
        head += [f"    {name} = np.empty(size, bool); {name}_8 = {name}.view(np.int8)" for name in writer.masks]
        return "\n".join([*head, *self.body]) + "\n"

    def _take(self, depth: int) -> None:
        self.body += ["    " * depth + statement for statement in self.writer.statements]
        self.writer.statements.clear()

    def _loop(self) -> None:
        names = "".join(f"{name}, " for name in self.writer.monthly.values())
        over = f"for t, ({names}) in enumerate(zip(*S), 1):" if names else "for t in range(1, periods + 1):"
        self.body.append("    " + over)

    def _openings(self, lags: dict[str, int]) -> None:
        for name, lag in lags.items():
            item = self.model.definitions[name]
            for back in range(1, lag + 1):
                self.writer.opening(item, back)
        self._take(1)

    def _first_pass(self, names: list[str]) -> None:
        definitions = needed_for(self.model, names)
        lags = looked_back_at(node for item in definitions for node in self.model.nodes[item.name])
        self.body += [f"    all_{identifier(name)} = [0.0]" for name in names]
        self._openings(lags)
        self._loop()
        self.writer.month(definitions, set(names), lags, {})
        for name in names:
            word = identifier(name)
            value = f"{word}.copy()" if self.writer.varies_by_name(name) else word
            self.writer.statements.append(f"all_{word}.append({value})")
        self.writer.carry(lags)
        self._take(2)
        for name in names:
            word = identifier(name)
            self.body.append(f"    rest_{word} = op.suffix_sums(all_{word})")

    def _months(self) -> None:
        lags = looked_back_at(node for item in self.model.monthly for node in self.model.nodes[item.name])
        reductions = reductions_of(self.model)
        self._openings(lags)
        for node in reductions:
            self._start_reduction(node)
        self.body += [f"    kept_{identifier(name)} = []" for name in self.keep]
        self._loop()
        by_line: dict[str, list[Reduce]] = {}
        for node in reductions:
            by_line.setdefault(node.line.name, []).append(node)
        self.writer.month(self.model.monthly, set(self.keep), lags, by_line)
        for name in self.keep:
            word = identifier(name)
            value = f"{word}.copy()" if self.writer.varies_by_name(name) else word
            self.writer.statements.append(f"kept_{word}.append({value})")
        self.writer.carry(lags)
        self._take(2)

    def _start_reduction(self, node: Reduce) -> None:
        start = {"lowest": "inf", "highest": "-inf", "first_month": f"{float(NEVER)}"}.get(node.how, "0.0")
        varies = self.writer.varies_by_name(node.line.name)
        self.body.append(f"    {reduction_name(node)} = {f'np.full(size, {start})' if varies else start}")
