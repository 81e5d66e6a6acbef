"""What `dealmodel analyse` prints: every figure with its basis, in tables that fit a terminal of 100 columns."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from dealmodel.analytics.analysis import Analysis
from dealmodel.analytics.figures import FIGURES, NET_CASH, RATIOS, Figure
from dealmodel.basics.errors import DealFileError, Issue, nearest
from dealmodel.cli.tables import console, millions
from dealmodel.engine.result import Result

TRANCHES_A_TABLE = 3
HIGHEST_PRICE = 2.0
NOT_AVAILABLE = "n/a"


def prices_in(texts: Sequence[str], result: Result) -> dict[str, float]:
    """Prices per 100 out of `tranche=share` texts; a share of the balance, as `issue_price` is written.

    Raises
    ------
    DealFileError
        For a text of another form, a name that is no tranche or comes twice, and a share that is none.
    """
    issues: list[Issue] = []
    found: dict[str, float] = {}
    for text in texts:
        name, _, price = text.partition("=")
        problem = _problem(name, price, result.tranche_names, found)
        if problem is not None:
            issues.append(problem)
        else:
            found[name] = 100 * float(price)
    if issues:
        raise DealFileError(result.model.name, issues)
    return found


def _problem(name: str, price: str, names: Sequence[str], found: Mapping[str, float]) -> Issue | None:
    if name in found:
        return Issue("--price", f"{name} has two prices", "one for each tranche")
    if name not in names:
        return Issue("--price", f"{name!r} is no tranche", f"one of {', '.join(names)}", nearest(name, names))
    try:
        share = float(price)
    except ValueError:
        share = math.nan
    if not 0 < share <= HIGHEST_PRICE:
        allowed = f"a share of the balance above 0, up to {HIGHEST_PRICE:g}"
        return Issue("--price", f"{price!r} is no price of {name}", allowed, f"write {name}=0.985 for 98.5%")
    return None


def show_analysis(analysis: Analysis, *, every: int) -> None:
    """Print tranches, coverage, gap and equity of one run; series by payment date, one row in `every` months."""
    out, result = console(), analysis.result
    facts = result.model.facts
    title = f"[bold]{escape(result.model.title)}[/bold] ({facts['basis'].replace('_', ' ')})"
    out.print(f"{title}, closing {facts['closing']}, legal final {facts['legal_final']}")
    out.print(f"Scenario [bold]{result.scenario}[/bold]: {escape(result.model.scenarios[result.scenario])}")
    out.print(f"Amounts in millions of {facts['currency']}; rates are per year.\n")
    _show_tranches(out, analysis)
    _show_coverage(out, analysis, every)
    _show_gap(out, analysis, every)
    _show_equity(out, analysis)


def _show_tranches(out: Console, analysis: Analysis) -> None:
    names = list(analysis.metrics)
    signed = any(metrics.capitalises for metrics in analysis.metrics.values())
    rows = {name: analysis.row(name) for name in names}
    reasons: dict[str, int] = {}
    for first in range(0, len(names), TRANCHES_A_TABLE):
        shown = names[first : first + TRANCHES_A_TABLE]
        table = _table("Tranches", ["Figure", "Basis", *shown], left=2)
        for figure in FIGURES:
            if figure.signed and not signed:
                continue
            cells = [_cell(analysis, name, figure, rows[name][figure.key], reasons) for name in shown]
            table.add_row(figure.title, figure.basis, *cells)
        out.print(table)
    for reason, number in reasons.items():
        out.print(f"({number}) {escape(reason)}")
    out.print()


def _cell(analysis: Analysis, name: str, figure: Figure, value: Any, reasons: dict[str, int]) -> str:
    if value is not None and not (isinstance(value, float) and math.isnan(value)):
        return _shown(value, figure.unit)
    if figure.key == "first_interest_shortfall_month":
        return "never"
    reason = analysis.reason(name, figure.key)
    if not reason:
        return NOT_AVAILABLE
    return f"{NOT_AVAILABLE} ({reasons.setdefault(reason, len(reasons) + 1)})"


def _shown(value: Any, unit: str) -> str:
    if unit == "currency":
        return millions(value)
    if unit in ("rate", "share"):
        return f"{value:.3%}" if unit == "rate" else f"{value:.2%}"
    if unit == "month":
        return f"month {value:.0f}"
    return str(value) if unit == "text" else f"{round(value, 3) + 0.0:.3f}"  # no -0.000


def _show_coverage(out: Console, analysis: Analysis, every: int) -> None:
    covered = analysis.coverage
    table = _table("Coverage of all tranches, at its worst", ["Ratio", "Basis", "Worst", "Paid on"], left=2)
    days = analysis.result.model.period_ends
    for name, found in covered.worst.items():
        worst = (NOT_AVAILABLE, "") if found is None else (_ratio(name, found[1]), days[found[0] - 1])
        table.add_row(_title(name), RATIOS[name], *worst)
    out.print(table)
    out.print(f"Net cash: {NET_CASH}.\n")
    series = _table("Coverage of all tranches, by payment date", ["Paid on", *map(_title, covered.ratios)], left=1)
    for month in _months(covered.pays, every):
        cells = [_ratio(name, float(months[month])) for name, months in covered.ratios.items()]
        series.add_row(days[month], *cells)
    out.print(series)


def _show_gap(out: Console, analysis: Analysis, every: int) -> None:
    gap = analysis.gap
    if gap is None:
        out.print(f"Collateral gap: {NOT_AVAILABLE}, {escape(analysis.gap_note)}.\n")
        return
    title = "Collateral gap: debt before payment less liquidation value"
    table = _table(title, ["Paid on", "Book value", "Resale value", "Liquidation value", "Debt", "Gap"], left=1)
    for month in _months(analysis.coverage.pays, every):
        sides = (gap.book, gap.resale, gap.liquidation, gap.debt, gap.gap)
        table.add_row(gap.months[month], *(millions(float(side[month])) for side in sides))
    out.print(table)
    if gap.largest is None:
        out.print("The debt is covered by the liquidation value in every month.\n")
        return
    month, size = gap.largest
    out.print(
        f"First gap in month {gap.first_month}; the largest, {millions(size)}, in month {month}; area "
        f"{millions(gap.area)} (millions x years).\n"
    )


def _show_equity(out: Console, analysis: Analysis) -> None:
    owned = analysis.equity
    if owned is None:
        out.print(f"Equity: {NOT_AVAILABLE}, {escape(analysis.equity_note)}.")
        return
    paid = f"puts in {millions(owned.contribution)} at closing and receives {millions(owned.received)}"
    times = NOT_AVAILABLE if owned.multiple is None else f"{owned.multiple:.2f} times"
    rate = str(owned.irr) if owned.irr.value is None else f"{owned.irr.value:.2%} (annual, Act/365F)"
    out.print(f"Equity: {escape(owned.party)} {paid}; IRR {escape(rate)}; multiple {times}.")


def _months(pays: Any, every: int) -> Iterator[int]:
    """Months that pay, counted from 0: the first, then the next one that pays after each `every` months; the last."""
    places = np.flatnonzero(pays)
    due = 0
    for place in places:
        if place >= due or place == places[-1]:
            yield int(place)
            due = int(place) + every


def _ratio(name: str, value: float) -> str:
    if math.isnan(value):
        return NOT_AVAILABLE
    return f"{value:.1%}" if name.startswith(("ltv", "debt")) else f"{value:.2f}"


def _title(name: str) -> str:
    first, _, rest = name.partition("_")
    return f"{'LTV' if first == 'ltv' else first.capitalize()} {rest}" if rest else first.upper()


def _table(title: str, columns: Sequence[str], *, left: int) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, title_style="bold")
    for number, column in enumerate(columns):
        table.add_column(column, justify="left" if number < left else "right", overflow="fold")
    return table


def as_data(analysis: Analysis) -> dict[str, Any]:
    """The same as plain data, for `--json`, with every series by payment date."""
    result, covered, owned = analysis.result, analysis.coverage, analysis.equity
    pays = covered.pays
    return {
        "deal": result.model.name,
        "scenario": result.scenario,
        "currency": result.model.facts["currency"],
        "bases": {figure.key: f"{figure.title}: {figure.basis} [{figure.unit}]" for figure in FIGURES},
        "tranches": {name: _plain(analysis.row(name)) for name in analysis.metrics},
        "coverage": {
            "formulas": {"net_cash": NET_CASH, **{name: RATIOS[name] for name in covered.ratios}},
            "worst": {
                name: None if found is None else {"month": found[0], "value": found[1]}
                for name, found in covered.worst.items()
            },
            "series": {
                "payment_date": [day for day, paid in zip(result.model.period_ends, pays, strict=True) if paid],
                **{name: _numbers(months[pays]) for name, months in covered.ratios.items()},
            },
        },
        "enhancement": {
            name: {
                "with_reserves_from_closing": _numbers(one.share_with_reserves),
                "credit": _numbers(one.credit[pays]),
            }
            for name, one in analysis.enhancement.items()
        },
        "gap": _gap_data(analysis),
        "equity": {"reason": analysis.equity_note}
        if owned is None
        else {
            "party": owned.party,
            "contribution": owned.contribution,
            "received": owned.received,
            "irr": owned.irr.value,
            "reason": owned.irr.reason,
            "multiple": owned.multiple,
        },
        "manifest": result.manifest,
    }


def _gap_data(analysis: Analysis) -> dict[str, Any]:
    gap = analysis.gap
    if gap is None:
        return {"reason": analysis.gap_note}
    largest = None if gap.largest is None else {"month": gap.largest[0], "amount": gap.largest[1]}
    sides = {"book": gap.book, "resale": gap.resale, "liquidation": gap.liquidation, "debt": gap.debt, "gap": gap.gap}
    series = {"month_end": list(gap.months), **{name: _numbers(months) for name, months in sides.items()}}
    return {"first_month": gap.first_month, "largest": largest, "area": gap.area, "series": series}


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: None if isinstance(value, float) and math.isnan(value) else value for key, value in row.items()}


def _numbers(values: Any) -> list[float | None]:
    return [None if math.isnan(value) else float(value) for value in values]
