"""Scenarios side by side, and every assumption with its source, of a term sheet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dealmodel.analytics.term_sheet.covenants import measured_ratios
from dealmodel.analytics.term_sheet.structure import average_life, last_payment
from dealmodel.analytics.term_sheet.tables import NOT_AVAILABLE, Cell, Figure, Row
from dealmodel.basics.kinds import value_in_words
from dealmodel.basics.words import listed, name_in_words, percent, sentence
from dealmodel.definition.checks_provenance import provenance_in, rows_of
from dealmodel.definition.deal import Deal
from dealmodel.definition.numbers import all_numbers, deal_fields, numeric_paths
from dealmodel.engine.result import Result
from dealmodel.lines.inputs import BASE
from dealmodel.market.scenarios import changes_of
from dealmodel.waterfall.measures import CoverageTest


def scenarios(deal: Deal, results: Mapping[str, Result]) -> tuple[Row, ...]:
    """For each scenario a row a tranche; what is one for all tranches stands in the first of them."""
    rows: list[Row] = []
    for name, result in results.items():
        whole: tuple[Cell, ...] = (
            sentence(name_in_words(name)),
            _title(deal, name),
            changes_in_words(deal, name),
            lowest_coverage(deal, result),
            _first_failure(result),
            _states(result),
        )
        for place, (tranche, row) in enumerate(result.tranche_rows.items()):
            lost = row["principal_loss"]
            rows.append(
                Row(
                    (
                        *(whole if place == 0 else [None] * len(whole)),
                        sentence(name_in_words(tranche)),
                        Figure(lost, "currency"),
                        Figure(lost / row["balance"], "share"),
                        Figure(row["interest_shortfall"], "currency"),
                        average_life(result, tranche),
                        last_payment(result, tranche),
                    ),
                    continues=len(whole) if place else 0,
                )
            )
    return tuple(rows)


def _title(deal: Deal, name: str) -> str:
    return deal.scenarios[name].title if name in deal.scenarios else "The deal as it stands"


def changes_in_words(deal: Deal, name: str) -> str:
    """Every change of a scenario, those of the scenarios that it joins included."""
    changes = changes_of(deal.scenarios, name) if name in deal.scenarios else []
    return sentence("; ".join(change.words() for change in changes)) or "None"


def lowest_coverage(deal: Deal, result: Result) -> Cell:
    """The lowest debt service coverage of any month and any test of it. [ratio]"""
    found: list[float] = []
    for name, test in deal.tests.items():
        if isinstance(test, CoverageTest):
            found += measured_ratios(result, name)
    return Figure(min(found), "ratio") if found else NOT_AVAILABLE


def _first_failure(result: Result) -> str:
    failed = {test: month for test, month in result.first_failures.items() if month is not None}
    if not failed:
        return "None"
    first = min(failed.values())
    return f"Month {first}: {listed([name_in_words(test) for test, month in failed.items() if month == first])}"


def _states(result: Result) -> str:
    return sentence(listed([f"{name_in_words(state)} from month {month}" for month, state in result.states()]))


def assumptions(deal: Deal) -> tuple[Row, ...]:
    """A row for each number of the deal, in file order: value, unit, status, source and note."""
    provenance = rows_of(deal.provenance)
    rows = []
    for path, said, value, unit in _numbers(deal):
        where = provenance_in(provenance, path)
        source = deal.sources[where.source].words() if where.source else ""
        rows.append(Row.of(path, said, value, _unit_in_words(unit, deal), where.status, source, where.note))
    return tuple(rows)


def _numbers(deal: Deal) -> Iterator[tuple[str, str, Cell, str]]:
    """Numbers and tables of points, in file order: path, description, value and unit. Times need no source, and stand
    here where they have one.
    """
    fields = list(deal_fields(deal))
    covered = set(numeric_paths(fields))
    numbers = all_numbers(deal)
    for field in fields:
        number = numbers.get(field.path)
        if field.path not in covered and field.path not in deal.provenance:
            continue
        if number is not None and isinstance(number.value, int | float):
            yield field.path, number.description, Figure(number.value, number.unit, exact=True), number.unit
        else:
            said = _table(field.value) if field.path in covered else value_in_words(field.value)
            yield field.path, field.info.description or "", said, ""


def _table(points: object) -> str:
    if not isinstance(points, tuple):
        return str(points)
    return ", ".join(_point(point) for point in points)


def _point(point: object) -> str:
    if isinstance(point, tuple) and len(point) == 2 and isinstance(point[1], int | float):
        return f"{point[0]}: {percent(point[1])}"
    return str(point)


def _unit_in_words(unit: str, deal: Deal) -> str:
    """A unit as a reader says it; money in the deal's currency."""
    return unit.replace("currency", deal.deal.currency) if unit != "name" else "number"


def run_names(deal: Deal) -> list[str]:
    """Scenarios in the order of the deal file, base first whether or not it is written there."""
    return [BASE, *(name for name in deal.scenarios if name != BASE)]
