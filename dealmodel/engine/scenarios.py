"""Run many scenarios of a Model in blocks, with every invariant checked in each of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from dealmodel.basics.errors import Issue, ModelError
from dealmodel.engine.conservation import WORST, tolerance_of
from dealmodel.engine.invariants import TITLES
from dealmodel.lines.arithmetic import Floats
from dealmodel.lines.blocks import BLOCK_SIZE, BlockResult, Months, Number, run_block
from dealmodel.lines.model import Model

SIZE = "check.size"


def run_scenarios(
    model: Model,
    *,
    numbers: Mapping[str, Number],
    months: Mapping[str, Months],
    size: int,
    keep: Iterable[str] = (),
    block: int = BLOCK_SIZE,
) -> BlockResult:
    """Run `size` scenarios on NumPy, a block at a time.

    Parameters
    ----------
    model : Model
    numbers : mapping from path to a number, or to an array of shape (S,)
    months : mapping from path to T numbers, or to an array of shape (T, S)
    size : int
        S, the number of scenarios.
    keep : names of lines by month to return in full, of shape (T, S)
    block : int
        Scenarios at a time. The numbers do not depend on it.

    Returns
    -------
    BlockResult
        Summary lines of shape (S,), and the lines asked for.

    Errors: ModelError names the first scenario, counted from 0, in which an invariant is broken.
    """
    kept = tuple(keep)
    parts = [_part(model, numbers, months, start, min(start + block, size), kept) for start in range(0, size, block)]
    if len(parts) == 1:
        return parts[0]
    summary = {name: np.concatenate([part.summary[name] for part in parts]) for name in parts[0].summary}
    lines = {name: np.concatenate([part.lines[name] for part in parts], axis=1) for name in kept}
    return BlockResult(size, summary, lines)


def _part(
    model: Model,
    numbers: Mapping[str, Number],
    months: Mapping[str, Months],
    start: int,
    stop: int,
    keep: tuple[str, ...],
) -> BlockResult:
    here = {path: value[start:stop] if isinstance(value, np.ndarray) else value for path, value in numbers.items()}
    when = {path: _columns(value, start, stop) for path, value in months.items()}
    part = run_block(model, numbers=here, months=when, size=stop - start, keep=keep)
    _require_invariants(model, part, start)
    return part


def _columns(value: Months, start: int, stop: int) -> Months:
    if isinstance(value, np.ndarray) and value.ndim == 2:
        return value[:, start:stop]
    return value


def _require_invariants(model: Model, part: BlockResult, start: int) -> None:
    tolerance = tolerance_of(_least_size(part))
    issues = []
    for name, margins in part.summary.items():
        if name.startswith(WORST):
            broken = np.flatnonzero(~(margins <= tolerance))  # not a number is broken too
            if len(broken):
                first = int(broken[0])
                check = name.removeprefix(WORST).upper()
                what = f"{TITLES[check]}: broken by {margins[first]:,.9f}, in {len(broken):,} scenarios of the block"
                place = f"{check}, scenario {start + first}"
                issues.append(Issue(place, what, f"at most {tolerance:.9f} is rounding", code=f"DM-INV-{check[1:]}"))
    if issues:
        raise ModelError(f"run of {model.name}", issues)


def _least_size(part: BlockResult) -> float:
    sizes: Floats = part.summary[SIZE]
    return float(sizes.min())
