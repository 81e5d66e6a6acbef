"""The runs behind decrement tables: a column for each scenario, or for each value of one number of the deal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from dealmodel.analytics.reading import closing_of, payment_dates
from dealmodel.analytics.term_sheet.outcomes import run_names
from dealmodel.basics.errors import DealFileError, Issue, nearest
from dealmodel.basics.moments import Moment, parse_moment
from dealmodel.basics.words import moment_in_words, name_in_words, number_in_words
from dealmodel.definition.deal import Deal
from dealmodel.definition.numbers import live_numbers
from dealmodel.engine.result import Result
from dealmodel.engine.run import Override, run_deal
from dealmodel.lines.inputs import BASE
from dealmodel.market.scenarios import matches

MOST_RUNS = 400
"""Scenarios times values of one report."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of decrement tables.

    Parameters
    ----------
    name : str
        The scenario, or the value as it was given.
    heading : str
        The same in the words of a page.
    """

    name: str
    heading: str


@dataclass(frozen=True, eq=False)
class Runs:
    """Every run of a report.

    Parameters
    ----------
    columns : tuple of Column
    grids : mapping from scenario to Results, one for each column
        One grid named "" where the scenarios themselves are the columns.
    """

    columns: tuple[Column, ...]
    grids: Mapping[str, tuple[Result, ...]]

    @property
    def first(self) -> Result:
        """The first run, whose names hold for all."""
        return next(iter(self.grids.values()))[0]

    @property
    def dates(self) -> tuple[date, ...]:
        """Closing and the payment dates of the longest run."""
        return max((dates_of(result) for results in self.grids.values() for result in results), key=len)


def dates_of(result: Result) -> tuple[date, ...]:
    """Closing, then the payment dates."""
    return (closing_of(result), *payment_dates(result))


def run_columns(
    deal: Deal, scenarios: Sequence[str] | None, vary: str | None, values: Sequence[Override] | None
) -> Runs:
    """Run a deal once for each column; see `decrement` for what is asked.

    Errors: DealFileError for a request that cannot be met, all that is wrong with it at once; ModelError if an
    invariant is broken.
    """
    names = list(scenarios) if scenarios is not None else run_names(deal) if vary is None else [BASE]
    given = list(values or ())
    issues = [*_scenario_issues(deal, names), *_vary_issues(deal, vary, given)]
    if not issues and len(names) * max(len(given), 1) > MOST_RUNS:
        asked = len(names) * len(given)
        issues.append(Issue("values", f"{asked} runs are asked for", f"{MOST_RUNS} at most", code="DM-DEC-006"))
    if issues:
        raise DealFileError(f"decrement tables of {deal.deal.id}", issues)
    if vary is None:
        columns = tuple(Column(name, name_in_words(name)) for name in names)
        runs = Runs(columns, {"": tuple(run_deal(deal, name) for name in names)})
    else:
        grids = {name: tuple(run_deal(deal, name, {vary: value}) for value in given) for name in names}
        runs = Runs(_value_columns(deal, vary, given), grids)
    _check_dates(runs, deal.deal.id)
    return runs


def _scenario_issues(deal: Deal, names: Sequence[str]) -> list[Issue]:
    known = run_names(deal)
    if not names:
        return [Issue("scenarios", "none is named", f"there are {', '.join(known)}", code="DM-DEC-001")]
    issues = [
        Issue(f"scenarios.{name}", "no such scenario", f"there are {', '.join(known)}", nearest(name, known))
        for name in names
        if name not in known
    ]
    twice = [name for name, count in Counter(names).items() if count > 1]
    return issues + [Issue(f"scenarios.{name}", "is named twice", code="DM-DEC-002") for name in twice]


def _vary_issues(deal: Deal, vary: str | None, values: Sequence[Override]) -> list[Issue]:
    if vary is None:
        hint = "name the number with --vary, or leave out the values"
        return [Issue("values", "values are given, and no number to vary", hint=hint, code="DM-DEC-003")] * bool(values)
    if not values:
        hint = "such as --values 0.05,0.1,0.2"
        return [Issue(vary, "is to be varied, and no value is given", hint=hint, code="DM-DEC-003")]
    names = [_name(value) for value in values]
    issues = [
        Issue("values", f"{name} is given twice", code="DM-DEC-004")
        for name, count in Counter(names).items()
        if count > 1
    ]
    unit = _unit(deal, vary)
    if unit not in ("", "month"):
        issues += [
            Issue("values", f"{_name(value)!r} is no number, and {vary} is not a time", code="DM-DEC-005")
            for value in dict.fromkeys(values)
            if not isinstance(value, int | float)
        ]
    return issues


def _unit(deal: Deal, vary: str) -> str:
    """Unit of the first live number that the path names; nothing where there is none, which the run will say."""
    return next((number.unit for path, number in live_numbers(deal).items() if matches(vary, path)), "")


def _name(value: Override) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _value_columns(deal: Deal, vary: str, values: Sequence[Override]) -> tuple[Column, ...]:
    """Columns by value; where two headings would read the same, the values as they were given."""
    unit = _unit(deal, vary)
    names = [_name(value) for value in values]
    headings = [_heading(value, unit) for value in values]
    if len(set(headings)) < len(headings):
        headings = names
    return tuple(Column(name, heading) for name, heading in zip(names, headings, strict=True))


def _heading(value: Override, unit: str) -> str:
    if isinstance(value, int | float):
        return moment_in_words(Moment(month=int(value))) if unit == "month" else number_in_words(value, unit)
    return moment_in_words(parse_moment(value))


def _check_dates(runs: Runs, deal: str) -> None:
    """Refuse runs of which one is not the beginning of the longest: a scenario may move the dates."""
    longest = runs.dates
    issues = [
        Issue(f"scenarios.{result.scenario}", "pays on other dates than the rest", hint="give it tables of its own")
        for results in runs.grids.values()
        for result in results
        if dates_of(result) != longest[: result.model.periods + 1]
    ]
    if issues:
        raise DealFileError(f"decrement tables of {deal}", list(dict.fromkeys(issues)))
