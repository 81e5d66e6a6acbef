"""The sheet Charts: balances by tranche, the collateral's value over the debt, and ratios against their levels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dealmodel.excel.layout import (
    CHARTS,
    INPUT_ACTIVE,
    INPUTS,
    LABEL,
    MONTH_ROW,
    TESTS,
    TIMELINE,
    TOTAL,
    column_letters,
    quoted,
)
from dealmodel.excel.line_sheets import heading, words
from dealmodel.excel.page import Book, Page
from dealmodel.excel.styles import LINK_INK
from dealmodel.lines.expressions import Call, Expr, Line, Param, Previous, walk
from dealmodel.lines.model import Definition

COLOURS = ("#1F3864", "#2E75B6", "#9DC3E6", "#C9A227", "#7F6000", "#548235", "#A9D18E", "#7030A0")
DOT_COLOURS = ("#1F3864", "#C55A11", "#548235", "#7030A0", "#2E75B6", "#7F6000")
VALUE_COLOURS = ("#C00000", "#ED7D31", "#7F7F7F")
_VALUES = ("value.resale", "value.book")
_MARKERS = ("circle", "diamond", "square", "triangle")
_GRID = {"visible": True, "line": {"color": "#D9D9D9"}}
_WIDE, _HIGH = 1180, 430
_ROWS_A_CHART = 23
_HEADROOM = 3.0
_LOWEST = 0.001  # a ratio of 0 is no result; just above it the axis begins, so that no dot is drawn


@dataclass(frozen=True, slots=True)
class _Level:
    """A ratio, what it is compared with (an input or a constant line), and whether falling below it fails."""

    ratio: Definition
    level: Param | Line
    floor: bool

    @property
    def name(self) -> str:
        """What the chart calls it."""
        return self.ratio.group or self.ratio.name.removesuffix(".ratio")


def write_charts(book: Book) -> None:
    """Write the charts, and beneath them the levels that they show."""
    page = Page(book, CHARTS)
    page.head(CHARTS)
    definitions = book.where.model.definitions
    balances = [
        definitions[f"{name}.balance"] for name in book.result.tranche_names if f"{name}.balance" in definitions
    ]
    values = [definitions[name] for name in _VALUES if name in definitions]
    tests = _tests(book)
    groups = [[test for test in tests if test.floor is floor] for floor in (True, False)]
    groups = [group for group in groups if group]
    count = bool(balances) + bool(balances and values) + len(groups)
    first_level = MONTH_ROW + 4 + _ROWS_A_CHART * count
    charts: list[Any] = []
    if balances:
        charts.append(_stacked(book, balances, "Balance of each tranche, by month", _first_month(balances)))
    if balances and values:
        charts.append(_over(book, balances, values))
    row = first_level
    for group in groups:
        charts.append(_ratios(book, group, row))
        row += len(group)
    _write_levels(page, [test for group in groups for test in group], first_level)
    for number, chart in enumerate(charts):
        page.sheet.insert_chart(MONTH_ROW + 1 + number * _ROWS_A_CHART, LABEL, chart, {"object_position": 3})
    _print(page, MONTH_ROW + 2 + _ROWS_A_CHART * count)


def _print(page: Page, last_row: int) -> None:
    where = page.book.where
    last = column_letters(min(TOTAL + 1 + where.model.history, where.last_column))
    page.sheet.print_area(f"A1:{last}{last_row}")
    page.sheet.fit_to_pages(1, 0)
    page.sheet.set_portrait()


def _first_month(items: Sequence[Definition]) -> int:
    """0 where all lines have an opening, else 1."""
    return 0 if all(item.opening for item in items) else 1


def _months(book: Book, row: int, sheet: str, first: int) -> str:
    where = book.where
    return f"={quoted(sheet)}!${where.month_letters(first)}${row}:${where.month_letters(where.model.periods)}${row}"


def _series(book: Book, item: Definition, name: str, first: int) -> dict[str, Any]:
    place = book.where.lines[item.name]
    values = _months(book, place.row, place.sheet, first)
    return {"name": name, "categories": _months(book, MONTH_ROW, TIMELINE, first), "values": values}


def _stacked(book: Book, balances: Sequence[Definition], title: str, first: int) -> Any:
    chart = book.file.add_chart({"type": "area", "subtype": "stacked"})
    for number, item in enumerate(balances):
        name = item.name.removesuffix(".balance").replace("_", " ")
        fill = {"color": COLOURS[number % len(COLOURS)]}
        chart.add_series({**_series(book, item, name, first), "fill": fill})
    _dress(chart, title, on_tick=True)
    chart.set_y_axis({"num_format": '#,##0,,"m"', "major_gridlines": _GRID, "min": 0})
    return chart


def _over(book: Book, balances: Sequence[Definition], values: Sequence[Definition]) -> Any:
    first = _first_month([*balances, *values])
    chart = _stacked(book, balances, "Value of the collateral over the debt, by month", first)
    lines = book.file.add_chart({"type": "line"})
    for number, item in enumerate(values):
        line = {"color": VALUE_COLOURS[number % len(VALUE_COLOURS)], "width": 2.25}
        lines.add_series({**_series(book, item, item.label or item.name, first), "line": line})
    chart.combine(lines)
    return chart


def _tests(book: Book) -> list[_Level]:
    """Ratios of tests with their levels."""
    found: list[_Level] = []
    for item in book.where.model.monthly:
        failed = book.where.model.definitions.get(item.name.removesuffix("ratio") + "failed")
        if item.section == TESTS and item.line.unit == "ratio" and item.name.endswith(".ratio") and failed is not None:
            level = _level(failed, item)
            found += [level] if level is not None else []
    return found


def _level(failed: Definition, ratio: Definition) -> _Level | None:
    """Find what a ratio is compared with in the formula of its failing."""
    for node in walk(failed.formula):
        if isinstance(node, Call) and node.operation in ("lt", "le", "gt", "ge"):
            for inner in walk(node.args[1]):
                if _is_constant(inner) and isinstance(inner, Param | Line) and inner.unit == ratio.line.unit:
                    return _Level(ratio, inner, node.operation in ("lt", "le"))
    return None


def _is_constant(node: Expr) -> bool:
    if isinstance(node, Param):
        return not node.monthly
    return isinstance(node, Line) and not isinstance(node, Previous) and node.stage == "constant"


def _ratios(book: Book, group: Sequence[_Level], first_level: int) -> Any:
    """Ratios as dots, so that months without a result (0) show nothing, over their levels as lines."""
    chart = book.file.add_chart({"type": "line"})
    for number, test in enumerate(group):
        colour = DOT_COLOURS[number % len(DOT_COLOURS)]
        marker = {"type": _MARKERS[number % len(_MARKERS)], "size": 5}
        marker |= {"fill": {"color": colour}, "border": {"none": True}}
        chart.add_series({**_series(book, test.ratio, test.name, 1), "line": {"none": True}, "marker": marker})
    for number, test in enumerate(group):
        line = {"color": DOT_COLOURS[number % len(DOT_COLOURS)], "width": 1.25, "dash_type": "dash"}
        months = {
            "categories": _months(book, MONTH_ROW, TIMELINE, 1),
            "values": _months(book, first_level + number, CHARTS, 1),
        }
        chart.add_series({"name": f"{test.name}: level", **months, "line": line})
    words_ = "fall below" if group[0].floor else "rise above"
    _dress(chart, f"Ratios that must not {words_} their level (months without a result left out)", on_tick=False)
    top = max(round(max(_value(book, test) for test in group) * _HEADROOM * 2) / 2, 0.5)
    axis = {
        "min": _LOWEST,
        "max": top,
        "major_unit": 0.5 if top >= 2 else 0.1,
        "num_format": '0.00"x"',
        "major_gridlines": _GRID,
    }
    chart.set_y_axis({**axis, "name": f"scale ends at {top:g}x"})
    return chart


def _value(book: Book, test: _Level) -> float:
    if isinstance(test.level, Param):
        return book.result.lines.inputs.numbers[test.level.path]
    return book.result.lines.number(test.level.name)


def _dress(chart: Any, title: str, *, on_tick: bool) -> None:
    chart.set_title({"name": title, "name_font": {"size": 12, "bold": True}, "overlay": False})
    axis = {"name": "Month", "interval_unit": 6, "interval_tick": 6, "num_format": "0", "label_position": "low"}
    chart.set_x_axis({**axis, "position_axis": "on_tick" if on_tick else "between"})
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": _WIDE, "height": _HIGH})


def _write_levels(page: Page, tests: Sequence[_Level], first: int) -> None:
    """Write each level in every month, for the charts to draw."""
    if not tests:
        return
    book = page.book
    heading(page, first - 1, "Levels shown in the charts")
    style = page.styles(num_format='0.00"x"', font_color=LINK_INK)
    for row, test in enumerate(tests, first):
        words(page, row, f"{test.name}: level", test.ratio.line.unit, "", test.ratio.path)
        if isinstance(test.level, Param):
            formula = f"={INPUTS}!${column_letters(INPUT_ACTIVE)}${book.where.inputs[test.level.path]}"
        else:
            place = book.where.lines[test.level.name]
            formula = f"={quoted(place.sheet)}!$C${place.row}"
        page.across(row, formula, [_value(book, test)] * book.where.model.periods, style)
