"""Does the live workbook, worked out by another program, say what the engine says?

LibreOffice recalculates the workbook for every scenario by way of its selector, then again with base inputs changed in
their cells; the engine runs the same. Every cell of every line (constants, openings, months, summary) and every input
is compared. First it is proved on a poisoned book that LibreOffice recalculates at all. The arithmetic is LibreOffice's
own; the formulas are the Model's, so a certificate says that the two agree, not that the Model is right.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from dealmodel.basics.errors import Issue, WorkbookError
from dealmodel.basics.words import counted
from dealmodel.engine.result import Result
from dealmodel.excel.layout import WorkbookMap
from dealmodel.excel.live import write_workbook
from dealmodel.excel.recalculate import prove_recalculation, recalculate, required_libreoffice
from dealmodel.lines.inputs import BASE, Input
from dealmodel.lines.model import Model
from dealmodel.lines.supplies import read_outside

MONEY_TOLERANCE = 0.01
"""A cent. [currency]"""

OTHER_TOLERANCE = 1e-9
"""Of ratios, shares, rates, flags and months, relative to the number where it is above 1."""

FAILURES_SHOWN = 10
CHANGED_UNITS = {
    "currency": 1.01, "rate per year": 1.03, "share per year": 0.97, "currency per hour": 0.98, "units": 0.99,
    "currency per unit": 1.04, "share": 0.98, "ratio": 1.01, "years": 1.05,
}  # fmt: skip
"""By unit, in this order, the factor by which a certificate moves the first live input that allows it."""

NUMBER_OF_CHANGES = 5

Run = Callable[[Model, str, Mapping[str, float]], Result]
Sheets = dict[str, list[list[float | str | None]]]


@dataclass(frozen=True, slots=True)
class Difference:
    """A cell, the line or input that stands there, and the two numbers."""

    scenario: str
    cell: str
    name: str
    unit: str
    workbook: float | str | None
    engine: float

    @property
    def size(self) -> float:
        """How far apart they are, in money or relative to max(1, |x|); infinite if the cell holds no number."""
        if not isinstance(self.workbook, float):
            return float("inf")
        gap = abs(self.workbook - self.engine)
        gap = gap if self.is_money else gap / max(1.0, abs(self.engine))
        return gap if gap == gap else float("inf")

    @property
    def is_money(self) -> bool:
        """Whether the cell holds money."""
        return self.unit.startswith("currency")

    @property
    def fails(self) -> bool:
        """Whether they are further apart than is allowed."""
        return self.size > (MONEY_TOLERANCE if self.is_money else OTHER_TOLERANCE)

    def text(self) -> str:
        """Say it in one line."""
        said = f"{self.workbook:.12g}" if isinstance(self.workbook, float) else repr(self.workbook)
        return f"{self.cell} {self.name} ({self.scenario}): workbook {said}, engine {self.engine:.12g}"


@dataclass(frozen=True, slots=True)
class Certificate:
    """What was compared and how well it agreed.

    Parameters
    ----------
    deal, model_hash : str
    scenarios : tuple of str
        Each was compared with the base inputs as they are, then with them changed.
    changes : mapping from path to number
        The base inputs that were changed.
    cells : int
        Cells compared, over all runs.
    worst_money, worst_other : Difference or None
        The largest difference in money, and in anything else.
    failures : tuple of Difference
        The first cells beyond the tolerance; `failed` counts them all.
    libreoffice : str
        The program that recalculated.
    seconds : float
        Time it took.
    workbook : Path
        The file that was certified.
    """

    deal: str
    model_hash: str
    scenarios: tuple[str, ...]
    changes: Mapping[str, float]
    cells: int
    failed: int
    worst_money: Difference | None
    worst_other: Difference | None
    failures: tuple[Difference, ...]
    libreoffice: str
    seconds: float
    workbook: Path

    @property
    def holds(self) -> bool:
        """Whether every cell agrees."""
        return self.failed == 0 and self.cells > 0

    def lines(self) -> list[str]:
        """Say it in at most 20 lines."""
        verdict = "CERTIFIED" if self.holds else f"NOT CERTIFIED: {self.failed:,} cells differ"
        many = counted(len(self.scenarios), "scenario")
        told = [
            f"{self.deal}: {verdict}",
            f"  model {self.model_hash[:16]}, recalculated by {self.libreoffice}",
            f"  {self.cells:,} cells: {many}, then with {len(self.changes)} inputs changed",
            f"  scenarios: {', '.join(self.scenarios)}",
            f"  changed: {', '.join(f'{path}={value:g}' for path, value in self.changes.items())}",
            f"  worst in money ({MONEY_TOLERANCE:g} allowed): {_worst(self.worst_money)}",
            f"  worst otherwise ({OTHER_TOLERANCE:g} allowed): {_worst(self.worst_other)}",
            f"  {self.seconds:.1f} seconds; workbook {self.workbook.name}",
        ]
        return told + [f"  {failure.text()}" for failure in self.failures]

    def __str__(self) -> str:
        return "\n".join(self.lines())


def certify(
    model: Model,
    run: Run,
    *,
    folder: Path,
    scenarios: Sequence[str] | None = None,
    changes: Mapping[str, float] | None = None,
    timeout_s: float = 300.0,
    name: str = "",
) -> Certificate:
    """Write a Model's live workbook, recalculate it, and compare every cell with the engine.

    Parameters
    ----------
    model : Model
    run : function of a Model, a scenario and overrides that returns a Result
        The engine: `dealmodel.engine.run.run_model`.
    folder : Path
        Where the workbook stays afterwards, as `<deal>_live.xlsx`, or `<name>_live.xlsx`.
    scenarios : sequence of str, optional
        All of the Model's by default.
    changes : mapping from path to number, optional
        Base inputs to change for the second half; by default five live ones of different units, each moved a little.
    name : str, optional
        What the certificate and the workbook are called: the id of the deal by default.

    Raises
    ------
    WorkbookError
        LibreOffice is absent or does not recalculate, or an input cannot be changed by its base cell alone.
    """
    started = time.perf_counter()
    prove_recalculation(folder)
    workbook = write_workbook(run(model, BASE, {}), folder / f"{name or model.name}_live.xlsx")
    found = compare(model, run, workbook, scenarios=scenarios, changes=changes, timeout_s=timeout_s, started=started)
    return replace(found, deal=name or model.name)


def compare(
    model: Model,
    run: Run,
    workbook: Path,
    *,
    scenarios: Sequence[str] | None = None,
    changes: Mapping[str, float] | None = None,
    timeout_s: float = 300.0,
    started: float | None = None,
) -> Certificate:
    """Recalculate a workbook that `write_workbook` made from the Model's base, and compare every cell."""
    started = time.perf_counter() if started is None else started
    where = WorkbookMap.of(model)
    names = tuple(scenarios or where.scenarios)
    moved = dict(default_changes(model, names) if changes is None else changes)
    _refuse_set(model, moved)
    cases = [(name, overrides) for overrides in ({}, moved) for name in names]
    steps = [_edits(where, name, overrides) for name, overrides in cases]
    found = _Findings()
    answers = recalculate(workbook, steps, sheets=_sheets(where), timeout_s=timeout_s)
    for (name, overrides), sheets in zip(cases, answers, strict=True):
        label = f"{name}, changed" if overrides else name
        found.add(differences(where, run(model, name, overrides), sheets, label))
    return Certificate(
        deal=model.name,
        model_hash=model.hash,
        scenarios=names,
        changes=moved,
        cells=found.cells,
        failed=found.failed,
        worst_money=found.worst[True],
        worst_other=found.worst[False],
        failures=tuple(found.failures),
        libreoffice=required_libreoffice().version,
        seconds=time.perf_counter() - started,
        workbook=workbook,
    )


def differences(where: WorkbookMap, result: Result, sheets: Sheets, scenario: str) -> Iterator[Difference]:
    """Every cell of every line and input beside the engine's number."""
    for unit, name, (sheet, address), engine in expected(where, result):
        yield Difference(scenario, f"{sheet}!{address}", name, unit, _read(sheets, sheet, address), engine)


def expected(where: WorkbookMap, result: Result) -> Iterator[tuple[str, str, tuple[str, str], float]]:
    """Unit, name, cell and the engine's number of every input and line, in the order in which a run works them out.

    So the first cell that differs is where a fault begins, not where it ends up.
    """
    model, trace = where.model, result.lines
    for given in model.inputs:
        months = trace.inputs.months[given.path] if given.monthly else [trace.inputs.numbers[given.path]]
        for month, value in enumerate(months, 1):
            yield given.unit, given.path, where.active_cell(given.path, month), value
    for item in model.constants:
        yield item.line.unit, item.name, where.constant_cell(item.name), trace.number(item.name)
    for item in model.monthly:
        for back in range(len(item.opening)):
            yield item.line.unit, item.name, where.month_cell(item.name, -back), trace.opening(item.name, back)
    for month, row in enumerate(trace.rows, 1):
        for item, value in zip(model.monthly, row, strict=True):
            yield item.line.unit, item.name, where.month_cell(item.name, month), value
    for item in model.summary:
        yield item.line.unit, item.name, where.constant_cell(item.name), trace.number(item.name)


def default_changes(model: Model, scenarios: Sequence[str]) -> dict[str, float]:
    """Five live base inputs of different units, each moved by a few percent, that every scenario still accepts.

    The first live input of each unit of `CHANGED_UNITS` in turn; no months, none that a scenario sets outright.
    """
    chosen: dict[str, float] = {}
    outside = read_outside(model)
    for unit, factor in CHANGED_UNITS.items():
        for item in model.inputs:
            if len(chosen) == NUMBER_OF_CHANGES:
                return chosen
            if (
                item.unit == unit
                and item.path not in outside
                and _may_move(item)
                and _accepted(model, scenarios, {**chosen, item.path: item.base * factor})
            ):
                chosen[item.path] = item.base * factor
                break
    return chosen


def _may_move(item: Input) -> bool:
    return item.live and not item.given and not item.whole and item.base != 0.0 and not _is_set(item)


def _is_set(item: Input) -> bool:
    return any(
        change.operation == "set" and not change.dated for changes in item.changes.values() for change in changes
    )


def _accepted(model: Model, scenarios: Sequence[str], overrides: Mapping[str, float]) -> bool:
    """Whether the numbers are within what the inputs allow in every scenario."""
    items = [(model.input_by_path[path], value) for path, value in overrides.items()]
    return not any(
        item.problem_with(worst)
        for item, value in items
        for scenario in scenarios
        for worst in (item.by_month(model.periods, scenario, value) if item.monthly else [item.number(scenario, value)])
    )


def _refuse_set(model: Model, changes: Mapping[str, float]) -> None:
    """Refuse a change of an input that a scenario sets outright: the engine would drop the set, a cell would not.

    Nor does a cell change what is worked out outside the workbook.
    """
    outside = read_outside(model)
    issues = [
        Issue(path, "a scenario sets it outright, so its base cell alone does not change it", code="DM-BOOK-023")
        for path in changes
        if path in model.input_by_path and _is_set(model.input_by_path[path])
    ]
    issues += [
        Issue(path, "is read by what is worked out outside the workbook, so no cell changes it", code="DM-BOOK-024")
        for path in changes
        if path in outside
    ]
    if issues:
        raise WorkbookError(f"certificate of {model.name}", issues)


def _edits(where: WorkbookMap, scenario: str, overrides: Mapping[str, float]) -> dict[tuple[str, str], float | str]:
    edits: dict[tuple[str, str], float | str] = {where.selector: scenario}
    edits |= {where.base_cell(path): value for path, value in overrides.items()}
    return edits


def _sheets(where: WorkbookMap) -> list[str]:
    return [name for name in where.sheets if name not in (where.sheets[0], where.sheets[-1])]


def _read(sheets: Sheets, sheet: str, address: str) -> float | str | None:
    letters = address.rstrip("0123456789")
    row, column = int(address[len(letters) :]) - 1, 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    rows = sheets.get(sheet, [])
    return rows[row][column - 1] if row < len(rows) and column <= len(rows[row]) else None


class _Findings:
    """Counts cells and keeps the worst and the first that fail."""

    def __init__(self) -> None:
        self.cells = self.failed = 0
        self.worst: dict[bool, Difference | None] = {True: None, False: None}
        self.failures: list[Difference] = []

    def add(self, differences_: Iterator[Difference]) -> None:
        """Take in the cells of one run."""
        for difference in differences_:
            self.cells += 1
            worst = self.worst[difference.is_money]
            if worst is None or difference.size > worst.size:
                self.worst[difference.is_money] = difference
            if difference.fails:
                self.failed += 1
                if len(self.failures) < FAILURES_SHOWN:
                    self.failures.append(difference)


def _worst(difference: Difference | None) -> str:
    if difference is None:
        return "none compared"
    return f"{difference.size:.2g} at {difference.cell} {difference.name} ({difference.scenario})"
