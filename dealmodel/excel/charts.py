"""The sheet Charts: balances by tranche, ratios against their levels, and the value of the collateral over the debt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dealmodel.excel.layout import CHARTS, INPUT_ACTIVE, INPUTS, MONTH_ROW, TESTS, TIMELINE, column_letters, quoted
from dealmodel.excel.line_sheets import heading, words
from dealmodel.excel.page import Book, Page
from dealmodel.excel.styles import GREY_INK, LINK_INK
from dealmodel.lines.expressions import Call, Param, walk
from dealmodel.lines.model import Definition

COLOURS = ("#1F3864", "#2E75B6", "#9DC3E6", "#C9A227", "#7F6000", "#548235", "#A9D18E", "#7030A0")
VALUE_COLOURS = ("#C00000", "#ED7D31", "#7F7F7F")
_VALUES = ("value.resale", "value.book")
_WIDE, _HIGH = 1180, 430
_ROWS_A_CHART = 23
_HEADROOM = 3.0
_LOWEST = 0.001


def write_charts(book: Book) -> None:
    """Write the charts, and beneath them the levels that they show."""
    page = Page(book, CHARTS)
    page.head(CHARTS)
    row = MONTH_ROW + 2
    balances = _balances(book)
    values = [book.where.model.definitions[name] for name in _VALUES if name in book.where.model.definitions]
    charts: list[Any] = []
    if balances:
        charts.append(_stacked(book, balances, "Balance of each tranche, by month"))
    if balances and values:
        charts.append(_over(book, balances, values))
    tests = _tests(book)
    levels_row = row + _ROWS_A_CHART * (len(charts) + len(tests)) + 1
    for title, found in tests:
        charts.append(_ratios(book, title, found, levels_row))
        levels_row += len(found)
    _write_levels(page, [pair for _, found in tests for pair in found], levels_row)
    for number, chart in enumerate(charts):
        page.sheet.insert_chart(row - 1 + number * _ROWS_A_CHART, 0, chart, {"object_position": 3})
    last = column_letters(book.where.month_column(6))
    page.sheet.print_area(f"A1:{last}{row + _ROWS_A_CHART * len(charts)}")
    page.sheet.repeat_columns("A:A")
    page.sheet.fit_to_pages(1, 0)


def _balances(book: Book) -> list[Definition]:
    names = [f"{name}.balance" for name in book.result.tranche_names]
    return [book.where.model.definitions[name] for name in names if name in book.where.model.definitions]


def _months(book: Book, row: int, sheet: str, first: int = 1) -> str:
    where = book.where
    return f"={quoted(sheet)}!${where.month_letters(first)}${row}:${where.month_letters(where.model.periods)}${row}"


def _series(book: Book, item: Definition, name: str, first: int = 0) -> dict[str, Any]:
    place = book.where.lines[item.name]
    return {
        "name": name,
        "categories": _months(book, MONTH_ROW, TIMELINE, first),
        "values": _months(book, place.row, place.sheet, first),
    }


def _stacked(book: Book, balances: Sequence[Definition], title: str) -> Any:
    chart = book.file.add_chart({"type": "area", "subtype": "stacked"})
    for number, item in enumerate(balances):
        name = item.name.removesuffix(".balance").replace("_", " ")
        series = _series(book, item, name)
        chart.add_series({**series, "fill": {"color": COLOURS[number % len(COLOURS)]}})
    _dress(chart, title, '#,##0,,"m"', book)
    return chart


def _over(book: Book, balances: Sequence[Definition], values: Sequence[Definition]) -> Any:
    chart = _stacked(book, balances, "Value of the collateral over the debt, by month")
    lines = book.file.add_chart({"type": "line"})
    for number, item in enumerate(values):
        series = _series(book, item, item.label or item.name, first=1)
        series["values"] = _series(book, item, "", first=1)["values"]
        lines.add_series({**series, "line": {"color": VALUE_COLOURS[number % len(VALUE_COLOURS)], "width": 2.25}})
    chart.combine(lines)
    return chart


def _tests(book: Book) -> list[tuple[str, list[tuple[Definition, str]]]]:
    """Ratios of tests with the path of their level, those with a floor apart from those with a ceiling."""
    floors: list[tuple[Definition, str]] = []
    ceilings: list[tuple[Definition, str]] = []
    for item in book.where.model.monthly:
        failed = book.where.model.definitions.get(item.name.removesuffix("ratio") + "failed")
        if item.section != TESTS or item.line.unit != "ratio" or not item.name.endswith(".ratio") or failed is None:
            continue
        level = _level(failed, item)
        if level:
            (floors if level[1] else ceilings).append((item, level[0]))
    titles = ("Ratios that must not fall below their level", "Ratios that must not rise above their level")
    return [(title, found) for title, found in zip(titles, (floors, ceilings), strict=True) if found]


def _level(failed: Definition, ratio: Definition) -> tuple[str, bool] | None:
    """The input that a ratio is compared with, and whether falling below it fails."""
    for node in walk(failed.formula):
        if isinstance(node, Call) and node.operation in ("lt", "le", "gt", "ge"):
            params = [inner for inner in walk(node) if isinstance(inner, Param) and inner.unit == ratio.line.unit]
            if params and not params[0].monthly:
                return params[0].path, node.operation in ("lt", "le")
    return None


def _ratios(book: Book, title: str, found: Sequence[tuple[Definition, str]], levels_row: int) -> Any:
    """Ratios as dots, so that months without a result (0) show nothing, over their levels as lines."""
    chart = book.file.add_chart({"type": "line"})
    highest = 0.0
    for number, (item, path) in enumerate(found):
        colour = COLOURS[(number * 2) % len(COLOURS)]
        name = item.group or item.name
        dots = {"type": ("circle", "diamond", "square", "triangle")[number % 4], "size": 5}
        marker = {**dots, "fill": {"color": colour}, "border": {"none": True}}
        chart.add_series({**_series(book, item, name, 1), "line": {"none": True}, "marker": marker})
        level = {"name": f"{name}: level", "categories": _months(book, MONTH_ROW, TIMELINE)}
        level["values"] = _months(book, levels_row + number, CHARTS)
        chart.add_series({**level, "line": {"color": colour, "width": 1.25, "dash_type": "dash"}})
        highest = max(highest, book.result.lines.inputs.numbers[path])
    _dress(chart, f"{title} (months without a result left out; scale ends at {_HEADROOM:g}x the level)", '0.00"x"', book)
    top = max(round(highest * _HEADROOM * 2) / 2, 0.5)
    axis = {"min": _LOWEST, "max": top, "num_format": '0.0"x"', "major_gridlines": {"visible": True, "line": {"color": "#D9D9D9"}}}
    chart.set_y_axis(axis)
    return chart


def _dress(chart: Any, title: str, number_format: str, book: Book) -> None:
    chart.set_title({"name": title, "name_font": {"size": 13, "bold": True}, "overlay": False})
    axis = {"name": "Month", "interval_unit": 6, "interval_tick": 6, "num_format": "0", "label_position": "low"}
    chart.set_x_axis({**axis, "position_axis": "on_tick"})
    grid = {"visible": True, "line": {"color": "#D9D9D9"}}
    chart.set_y_axis({"num_format": number_format, "major_gridlines": grid, "min": 0})
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": _WIDE, "height": _HIGH})


def _write_levels(page: Page, found: Sequence[tuple[Definition, str]], end: int) -> None:
    """Write each level in every month, for the charts to draw."""
    if not found:
        return
    book = page.book
    first = end - len(found)
    heading(page, first - 1, "Levels shown in the charts")
    style = page.styles(num_format='0.00"x"', font_color=LINK_INK)
    for row, (item, path) in enumerate(found, first):
        words(page, row, f"{item.group or item.name}: level", item.line.unit, "", path)
        formula = f"={INPUTS}!${column_letters(INPUT_ACTIVE)}${book.where.inputs[path]}"
        page.across(row, formula, [book.result.lines.inputs.numbers[path]] * book.where.model.periods, style)
    page.text(first - 1, 4, " ", page.styles(font_color=GREY_INK))
