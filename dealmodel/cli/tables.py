"""What the command line prints: tables that fit a terminal of 100 columns."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from dealmodel.basics.kinds import Kind
from dealmodel.cli.fitting import Row, fitting
from dealmodel.cli.workbooks import Written
from dealmodel.definition.differences import Difference
from dealmodel.definition.written import as_data as plain_data
from dealmodel.definition.written import bare, in_a_line
from dealmodel.engine.comparison import Compared
from dealmodel.engine.result import Result
from dealmodel.lines.explain import figure

WIDTH = 100
RECEIVED = ".received_in_total"
"""How the total that a party is released is called."""


def console() -> Console:
    """A console as wide as the terminal, 100 columns where there is none."""
    return Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False, soft_wrap=False)


def millions(value: float) -> str:
    """An amount in millions, two decimals."""
    return f"{value / 1e6:,.2f}"


def show_result(result: Result, others: Sequence[Result], files: Mapping[str, str]) -> None:
    """Print a run: tranches, tests, states, the scenarios side by side, and the checks; then the files by label."""
    out = console()
    facts = result.model.facts
    title = f"[bold]{escape(result.model.title)}[/bold] ({facts['basis'].replace('_', ' ')})"
    out.print(f"{title}, closing {facts['closing']}, legal final {facts['legal_final']}")
    scenario = f"Scenario [bold]{result.scenario}[/bold]: {escape(result.model.scenarios[result.scenario])}"
    out.print(f"{scenario}\nAmounts in millions of {facts['currency']}.\n")
    _print_table(out, *_tranches(result))
    if result.first_failures:
        _print_table(out, *_tests(result))
    out.print(_states(result))
    if len(others) > 1:
        _print_table(out, *_scenarios(others))
    worst = max(result.checks, key=lambda check: check.margin / check.tolerance)
    held = sum(check.holds for check in result.checks)
    out.print(
        f"{held} of {len(result.checks)} invariants hold in every month; the worst margin is {worst.margin:.2e} "
        f"({worst.id}, allowed {worst.tolerance:.2e})."
    )
    for name, path in files.items():
        out.print(f"{name}: {escape(path)}", soft_wrap=True)


def _print_table(out: Console, title: str, columns: Row, rows: Sequence[Row]) -> None:
    for table in fitting(title, columns, rows, width=out.width):
        out.print(table)


def _tranches(result: Result) -> tuple[str, Row, list[Row]]:
    names = ["Tranche", "Balance", "Principal paid", "Interest paid", "Principal loss", "Interest unpaid", "WAL, years"]
    signed = any(map(result.capitalises, result.tranche_rows))
    title = "Tranches; WAL 30/360 from closing, positive only"
    if signed:
        title, names = f"{title}; signed: interest added is negative principal", [*names, "Signed"]
    rows: list[Row] = []
    for name, row in result.tranche_rows.items():
        amounts = ["balance", "principal_paid", "interest_paid", "principal_loss", "interest_shortfall"]
        lives = result.average_lives(name)[: 1 + signed]
        shown = ["n/a" if life is None else f"{life:.2f}" for life in lives]
        rows.append([name, *(millions(row[column]) for column in amounts), *shown])
    return title, names, rows


def _tests(result: Result) -> tuple[str, Row, list[Row]]:
    rows: list[Row] = []
    for name, month in result.first_failures.items():
        unit = result.model.definitions[f"{name}.ratio"].line.unit
        measured = result.lines[f"{name}.result"] > 0
        values = result.lines[f"{name}.ratio"][measured]
        shown = [_value(value, unit) for value in _spread(values)]
        level = _level(result, name, unit)
        failed = int(result.lines[f"{name}.failed"].sum())
        rows.append([name, level, *shown, f"month {month}" if month else "never", str(failed)])
    return "Tests", ["Test", "Level", "First", "Lowest", "Highest", "First failure", "Months failed"], rows


def _level(result: Result, name: str, unit: str) -> str:
    """The level; where it is another in some months, the lowest and the highest."""
    if result.model.definitions[f"{name}.level"].line.stage == "constant":
        return _value(result.lines.number(f"{name}.level"), unit)
    months = result.lines[f"{name}.level"]
    return f"{_value(float(months.min()), unit)} to {_value(float(months.max()), unit)}"


def _spread(values: Any) -> list[float]:
    if len(values) == 0:
        return [float("nan")] * 3
    return [float(values[0]), float(np.min(values)), float(np.max(values))]


def _value(value: float, unit: str) -> str:
    if value != value:
        return "n/a"
    return millions(value) if unit == "currency" else f"{value:.4f}"


def _states(result: Result) -> str:
    entered = [f"{state} from month {month}" for month, state in result.states()]
    return f"States: {', '.join(entered)}.\n"


def _scenarios(results: Sequence[Result]) -> tuple[str, Row, list[Row]]:
    names, parties = list(results[0].tranche_rows), _parties(results[0])
    columns = ["Scenario", *(f"Loss {name}" for name in names), *(f"To {name}" for name in parties), "Ends in"]
    rows: list[Row] = []
    for result in results:
        losses = [millions(row["principal_loss"]) for row in result.tranche_rows.values()]
        released = [millions(result.lines.number(f"{name}{RECEIVED}")) for name in parties]
        rows.append([result.scenario, *losses, *released, result.states()[-1][1]])
    return "Scenarios: principal lost, and cash released after closing", columns, rows


def _parties(result: Result) -> list[str]:
    """Whom the waterfalls release cash to."""
    return [item.name.removesuffix(RECEIVED) for item in result.model.summary if item.name.endswith(RECEIVED)]


def as_data(result: Result, others: Sequence[Result]) -> dict[str, Any]:
    """The same as plain data, for `--json`."""
    return {
        "deal": result.model.name,
        "title": result.model.title,
        "basis": result.model.facts["basis"],
        "currency": result.model.facts["currency"],
        "scenario": result.scenario,
        "tranches": result.tranche_rows,
        "first_failures": result.first_failures,
        "states": [{"month": month, "state": state} for month, state in result.states()],
        "checks": [
            {
                "id": check.id,
                "title": check.title,
                "margin": check.margin,
                "tolerance": check.tolerance,
                "holds": check.holds,
            }
            for check in result.checks
        ],
        "scenarios": {
            other.scenario: {name: row["principal_loss"] for name, row in other.tranche_rows.items()}
            for other in others
        },
        "manifest": result.manifest,
    }


def files_as_data(files: Sequence[Written]) -> dict[str, Any]:
    """The workbooks that were written as plain data, for `--json`; those of scenarios of their own apart."""
    whole = {file.label: str(file.path) for file in files if not file.scenario}
    return {
        "workbook": whole.get("Live model"),
        "term_sheet": whole["Term sheet"],
        "workbooks_of_scenarios": {file.scenario: str(file.path) for file in files if file.scenario},
        "replaced": [str(file.path) for file in files if file.replaced],
    }


def show_explanation(result: Result, line: str, month: int, depth: int) -> None:
    """Print an explanation as an indented list: name, value, formula, values, and the place in the deal file."""
    out = console()
    told = result.explain(line, month)
    day = result.model.period_ends[month - 1]
    out.print(f"[bold]{line}[/bold], month {month} (paid {day}), scenario {result.scenario}\n")
    hidden = sum(item.depth > depth for item in told)
    for item in told:
        if item.depth > depth:
            continue
        words = f" {escape(item.label)}" if item.label else ""
        parts = [f"[bold]{item.name}[/bold] = {figure(item.value)} [dim]{item.unit},{words}[/dim]"]
        if item.formula:
            parts += [f"= {escape(_bare(item.formula))}", f"= {escape(_bare(item.filled))}"]
        if item.path and (item.depth == 0 or item.path.startswith("waterfalls")):
            parts.append(f"[dim]from {escape(item.path)}[/dim]")
        for number, part in enumerate(parts):
            out.print(Padding(part, (0, 0, 0, 2 * item.depth + (2 if number else 0))))
    if hidden:
        out.print(f"\n{hidden} more lines lie deeper; see them with --depth {depth + 1} or more.")


def _bare(formula: str) -> str:
    """A formula without the brackets around the whole of it."""
    if not (formula.startswith("(") and formula.endswith(")")):
        return formula
    level = 0
    for place, sign in enumerate(formula):
        level += (sign == "(") - (sign == ")")
        if level == 0 and place < len(formula) - 1:
            return formula
    return formula[1:-1]


def show_differences(
    first: str, second: str, scenario: str, found: Sequence[Difference], rows: Sequence[Compared]
) -> None:
    """Print what differs between two deals, A and B, in their definitions and in the results of a scenario."""
    out = console()
    out.print(f"[bold]A[/bold] {escape(first)}\n[bold]B[/bold] {escape(second)}\n", soft_wrap=True)
    if found:
        out.print(_definitions(found))
    else:
        out.print("The definitions are the same.")
    if all(row.first == row.second for row in rows):
        out.print(f"The results of scenario {scenario} are the same.")
    else:
        _print_table(out, *_results(scenario, rows))


def _definitions(found: Sequence[Difference]) -> Table:
    count = "1 difference" if len(found) == 1 else f"{len(found)} differences"
    table = Table(
        title=f"Definition: {count}", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, title_style="bold"
    )
    table.add_column("Where", overflow="fold", max_width=44)
    table.add_column("What", no_wrap=True)
    table.add_column("A", overflow="fold")
    table.add_column("B", overflow="fold")
    for item in found:
        path = f"{escape(item.path)} [dim]{escape('[' + item.unit + ']')}[/dim]" if item.unit else escape(item.path)
        table.add_row(path, item.what, *(escape(_said(side)) for side in (item.before, item.after)))
    return table


def _said(value: Any) -> str:
    """One side of a difference; nothing where one deal alone has it."""
    if value is None:
        return ""
    return bare(value) if isinstance(value, Kind) else in_a_line(value)


def _results(scenario: str, rows: Sequence[Compared]) -> tuple[str, Row, list[Row]]:
    shown: list[Row] = []
    for row in rows:
        sides = [_figure(value, row.unit) for value in (row.first, row.second)]
        change = row.difference
        more = "" if change == 0 or row.first is row.second is None else _figure(change, row.unit, sign="+")
        shown.append([row.of, row.name, *sides, more])
    return f"Results of scenario {scenario}; amounts in millions", ["Of", "Figure", "A", "B", "B less A"], shown


def _figure(value: float | None, unit: str, sign: str = "") -> str:
    if value is None:
        return "n/a"
    if unit == "currency":
        return f"{value / 1e6:{sign},.2f}"
    if unit == "month":
        return f"{value:{sign}.0f}" if sign else f"month {value:.0f}"
    return f"{value:{sign}.{2 if unit == 'years' else 4}f}"


def differences_as_data(
    first: str, second: str, scenario: str, found: Sequence[Difference], rows: Sequence[Compared]
) -> dict[str, Any]:
    """The same as plain data, for `--json`."""
    return {
        "a": first,
        "b": second,
        "scenario": scenario,
        "same_definition": not found,
        "definition": [
            {
                "path": item.path,
                "what": item.what,
                "a": plain_data(item.before),
                "b": plain_data(item.after),
                "unit": item.unit,
            }
            for item in found
        ],
        "results": [
            {
                "of": row.of,
                "figure": row.name,
                "unit": row.unit,
                "a": row.first,
                "b": row.second,
                "difference": row.difference,
            }
            for row in rows
        ],
    }
