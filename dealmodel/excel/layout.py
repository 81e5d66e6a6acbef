"""Where does every line and every input of a Model stand in its live workbook?

All calculation sheets have the same columns: A label, B unit, C constant, D total, E the line's id, then the months
before the first as far as formulas look back (month 0 last), then the months. Nothing here writes; the map is worked
out from the Model alone, so a certificate, a test or a macro finds the same cells.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from dealmodel.basics.errors import Issue, WorkbookError
from dealmodel.lines.expressions import Call, Lookup, walk
from dealmodel.lines.inputs import BASE, Input
from dealmodel.lines.model import Definition, Model

LABEL, UNIT, CONSTANT, TOTAL, NAME, FIRST_MONTH_COLUMN = range(6)
TITLE_ROW, STATUS_ROW, DATE_ROW, MONTH_ROW, FIRST_ROW = range(1, 6)
"""Rows are numbered as Excel shows them, columns from 0."""

COVER, INPUTS, PATHS, TIMELINE, CHARTS = "Cover", "Inputs", "Scenario paths", "Timeline", "Charts"
CHECKS, RESULTS, TESTS = "Checks", "Results", "Tests"
BEFORE = ("Prices", "Collateral", "Contracts", "Closing", "Tranches", "Fees", "Accounts", "Tests", "States")
AFTER = ("Waterfall", CHECKS, RESULTS)

SELECTOR = "B5"
SELECTOR_NUMBER = "$B$6"
FIRST_SCENARIO_ROW = 9

INPUT_HEADINGS = ("Deal file", "Number", "Unit", "In the chosen scenario", "Base")
INPUT_PATH, INPUT_LABEL, INPUT_UNIT, INPUT_ACTIVE, INPUT_BASE = range(5)
INPUT_HEADER_ROW = 4

MAX_COLUMNS, MAX_ROWS, MAX_SHEET_NAME = 16_384, 1_048_576, 31
_NOT_IN_SHEET_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_BARE = re.compile(r"[A-Z][a-z]{3,}\Z")

TableKey = tuple[str, tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class Place:
    """A row of a sheet, numbered as Excel shows it."""

    sheet: str
    row: int


@dataclass(frozen=True, slots=True)
class Block:
    """A heading and the lines beneath it; the first of them stands in the row after `row`."""

    heading: str
    row: int
    definitions: tuple[Definition, ...]


@dataclass(frozen=True, slots=True)
class PathBlock:
    """Rows of an input that a scenario moves from or until a month.

    `steps` are the changes of a scenario before its last, `scenarios` one row each, in order, then the `active` one.
    """

    heading: int
    steps: dict[str, tuple[int, ...]]
    scenarios: dict[str, int]
    active: int


@dataclass(frozen=True, eq=False)
class WorkbookMap:
    """The cells of a Model's live workbook.

    `selector` is the cell that chooses the scenario by its name; `base_cell`, `scenario_cell` and `active_cell` are
    those of an input, `constant_cell` and `month_cell` those of a line. A cell is a sheet and an address.
    """

    model: Model
    blocks: dict[str, list[Block]] = field(default_factory=dict)
    lines: dict[str, Place] = field(default_factory=dict)
    inputs: dict[str, int] = field(default_factory=dict)
    input_headings: dict[int, str] = field(default_factory=dict)
    given: dict[str, int] = field(default_factory=dict)
    paths: dict[str, PathBlock] = field(default_factory=dict)
    tables: dict[TableKey, int] = field(default_factory=dict)
    digits: dict[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, model: Model) -> WorkbookMap:
        """Lay out the workbook of a Model.

        Errors: WorkbookError if it has more rows or months than a sheet, or a section cannot be a sheet's name.
        """
        made = cls(model)
        _place_inputs(made)
        _place_paths(made)
        _place_lines(made, _place_timeline(made))
        _check_size(made)
        return made

    # columns

    @cached_property
    def last_column(self) -> int:
        """Column of the last month."""
        return self.month_column(self.model.periods)

    def month_column(self, month: int) -> int:
        """Column of a month; months up to 0 are openings."""
        return FIRST_MONTH_COLUMN + self.model.history + month - 1

    @cached_property
    def letters(self) -> list[str]:
        """Letters of every column in use."""
        return [column_letters(column) for column in range(self.last_column + 2)]

    def month_letters(self, month: int) -> str:
        """Letters of a month's column."""
        return self.letters[self.month_column(month)]

    # scenarios

    @cached_property
    def scenarios(self) -> tuple[str, ...]:
        """Scenarios in the order of the selector's numbers, the base first."""
        return (BASE, *(name for name in self.model.scenarios if name != BASE))

    @property
    def selector(self) -> tuple[str, str]:
        """The cell that holds the name of the chosen scenario."""
        return COVER, SELECTOR

    # sheets

    @cached_property
    def sheets(self) -> tuple[str, ...]:
        """Every sheet in order."""
        return (COVER, INPUTS, PATHS, TIMELINE, *(name for name in self.blocks if name != TIMELINE), CHARTS)

    # cells

    def constant_cell(self, name: str) -> tuple[str, str]:
        """Cell of a constant or a summary line."""
        place = self.lines[name]
        return place.sheet, f"{self.letters[CONSTANT]}{place.row}"

    def month_cell(self, name: str, month: int) -> tuple[str, str]:
        """Cell of a line in a month; months 0, -1 ... are its openings."""
        place = self.lines[name]
        return place.sheet, f"{self.month_letters(month)}{place.row}"

    def base_cell(self, path: str) -> tuple[str, str]:
        """Cell of an input's base value."""
        return INPUTS, f"{self.letters[INPUT_BASE]}{self.inputs[path]}"

    def scenario_cell(self, path: str, scenario: str) -> tuple[str, str]:
        """Cell of an input's value in a scenario."""
        column = INPUT_BASE + self.scenarios.index(scenario)
        return INPUTS, f"{column_letters(column)}{self.inputs[path]}"

    def active_cell(self, path: str, month: int = 1) -> tuple[str, str]:
        """Cell of an input's value in the chosen scenario, in a month if it has one for each."""
        if path in self.given:
            return TIMELINE, f"{self.month_letters(month)}{self.given[path]}"
        if path in self.paths:
            return PATHS, f"{self.month_letters(month)}{self.paths[path].active}"
        return INPUTS, f"{self.letters[INPUT_ACTIVE]}{self.inputs[path]}"

    # rows of the Timeline and of the Checks

    @property
    def never_row(self) -> int:
        """Row on the Timeline of the month number that means never."""
        return FIRST_ROW + 2

    @cached_property
    def worst(self) -> tuple[Definition, ...]:
        """Summary lines that say by how much each check was missed at worst."""
        return tuple(item for item in self.model.summary if item.role == "check")

    @property
    def master_row(self) -> int:
        """Row on Checks of the one sentence about all checks."""
        return FIRST_ROW + 2

    @property
    def first_worst_row(self) -> int:
        """Row on Checks of the first check's worst margin."""
        return self.master_row + 7


def column_letters(column: int) -> str:
    """Letters of a column counted from 0: A, Z, AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def quoted(sheet: str) -> str:
    """A sheet's name as formulas write it."""
    return sheet if _BARE.match(sheet) else "'" + sheet.replace("'", "''") + "'"


def sheet_name(section: str, taken: Iterable[str]) -> str:
    """A section's sheet name: what Excel allows, and unlike the others."""
    name = _NOT_IN_SHEET_NAMES.sub(" ", section).strip(" '")[:MAX_SHEET_NAME].rstrip(" '") or "Lines"
    used = {other.lower() for other in taken} | {"history"}
    number, base = 1, name
    while name.lower() in used:
        number += 1
        name = f"{base[: MAX_SHEET_NAME - len(str(number)) - 1]} {number}"
    return name


def _place_inputs(made: WorkbookMap) -> None:
    """Numbers by the first parts of their path, in the order of the Model; what is not live comes last."""
    row = INPUT_HEADER_ROW + 1
    heading = ""
    shown = [item for item in made.model.inputs if not (item.given or item.supplied)]
    sizes = Counter(tuple(item.path.split(".")[:2]) for item in shown)
    for item in _grouped(shown):
        here = ("" if item.live else "Fixed: ") + _family(item.path, sizes)
        if here != heading:
            made.input_headings[row + 1] = heading = here
            row += 2
        made.inputs[item.path] = row
        row += 1


def _family(path: str, sizes: Mapping[tuple[str, ...], int]) -> str:
    """Heading of a number: the first two parts of its path, or the first alone where that would head one row."""
    parts = path.split(".")
    shown = parts[:2] if len(parts) > 2 and sizes[tuple(parts[:2])] > 1 else parts[:1]
    return ", ".join(part.replace("_", " ") for part in shown)


def _grouped(items: Sequence[Input]) -> list[Input]:
    first: dict[tuple[str, ...], int] = {}
    keys: dict[str, tuple[bool, tuple[int, ...]]] = {}
    for number, item in enumerate(items):
        parts = item.path.split(".")
        ranks = tuple(first.setdefault(tuple(parts[:depth]), number) for depth in (1, 2, 3))
        keys[item.path] = (not item.live, ranks)
    return sorted(items, key=lambda item: keys[item.path])


def _place_paths(made: WorkbookMap) -> None:
    row = FIRST_ROW + 1
    for item in made.model.inputs:
        if not item.monthly or item.given:
            continue
        heading, steps = row, {}
        row += 1
        for scenario in made.scenarios:
            extra = max(len(item.changes.get(scenario, ())) - 1, 0)
            steps[scenario] = tuple(range(row, row + extra))
            row += extra
        rows = {scenario: row + number for number, scenario in enumerate(made.scenarios)}
        row += len(rows)
        made.paths[item.path] = PathBlock(heading, steps, rows, row)
        row += 2


def _place_timeline(made: WorkbookMap) -> int:
    """Rows of numbers that formulas need and no deal file holds; returns the next free row."""
    row = made.never_row + 1
    for digits in sorted(_digits(made.model)):
        made.digits[digits] = row
        row += 1
    row += 2
    for item in made.model.inputs:
        if item.given:
            made.given[item.path] = row
            row += 1
    tables = _tables(made.model)
    row += 3 if tables else 1
    for key in tables:
        made.tables[key] = row
        row += 1
    return row + 1


def _digits(model: Model) -> set[int]:
    calls = (node for item in model.definitions.values() for node in walk(item.formula) if isinstance(node, Call))
    return {node.digits for node in calls if node.operation == "round" and node.digits not in (0, 1)}


def _tables(model: Model) -> list[TableKey]:
    found: dict[TableKey, None] = {}
    for item in model.definitions.values():
        for formula in (item.formula, *item.opening):
            for node in walk(formula):
                if isinstance(node, Lookup):
                    found[node.table, node.values] = None
    return list(found)


def _place_lines(made: WorkbookMap, timeline_row: int) -> None:
    """Lines by section, in each by group; groups as they first appear, lines in the order of the Model."""
    sections: dict[str, dict[str, list[Definition]]] = {}
    for item in made.model.definitions.values():
        sections.setdefault(item.section, {}).setdefault(item.group, []).append(item)
    unknown = [name for name in sections if name not in (*BEFORE, *AFTER, "", TIMELINE)]
    taken: list[str] = [COVER, INPUTS, PATHS, TIMELINE, CHARTS, *BEFORE, *AFTER]
    for section in ("", TIMELINE, *BEFORE, *unknown, *AFTER):
        if section not in sections and section != CHECKS:
            continue
        sheet = TIMELINE if section in ("", TIMELINE) else section
        if section in unknown:
            sheet = sheet_name(section, taken)
            taken.append(sheet)
        row = timeline_row if sheet == TIMELINE else FIRST_ROW + 1
        if section == CHECKS:
            row = made.first_worst_row + len(made.worst) + 1
        blocks = made.blocks.setdefault(sheet, [])
        if blocks:
            row = blocks[-1].row + len(blocks[-1].definitions) + 2
        for heading, definitions in sections.get(section, {}).items():
            blocks.append(Block(heading, row, tuple(definitions)))
            for item in definitions:
                row += 1
                made.lines[item.name] = Place(sheet, row)
            row += 2


def _check_size(made: WorkbookMap) -> None:
    columns = max(made.last_column + 2, *(FIRST_MONTH_COLUMN + len(values) for _, values in made.tables), 0)
    rows = max([0, *made.inputs.values(), *(place.row for place in made.lines.values())])
    if columns > MAX_COLUMNS or rows > MAX_ROWS:
        what = f"{columns:,} columns and {rows:,} rows are more than a sheet holds"
        allowed = f"at most {MAX_COLUMNS:,} columns and {MAX_ROWS:,} rows"
        raise WorkbookError(made.model.name, [Issue("", what, allowed, code="DM-BOOK-020")])
