"""Scenarios change numbers that are there, in a way that suits them, and do not contradict each other."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from dealmodel.basics.errors import Issue
from dealmodel.basics.moments import ALLOWED, parse_moment
from dealmodel.definition.checks_dates import EVENTS_OF_A_DEAL, ORDER, check_moment, month_of
from dealmodel.definition.deal import DealTerms
from dealmodel.definition.draft import Draft
from dealmodel.definition.lists import around, circles
from dealmodel.definition.messages import choices, close_to, listed, said, scale_hint
from dealmodel.definition.numbers import DealField, DealNumber
from dealmodel.definition.paths import PathTree, may_reach
from dealmodel.market.scenarios import Scenario, ScenarioChange

BASE = "base"
NO_NUMBER, UNSUITED, UNDATED, CHANGES_NOTHING, CONTRADICTION, CIRCLE, BEYOND = (
    "DM-SCN-001",
    "DM-SCN-002",
    "DM-SCN-003",
    "DM-SCN-004",
    "DM-SCN-005",
    "DM-SCN-006",
    "DM-SCN-007",
)
MOST_COMBINED = 200
MOST_CHANGED = 200_000


@dataclass(frozen=True)
class Paths:
    """Fields and numbers of a half-read deal, by path."""

    draft: Draft

    @cached_property
    def fields(self) -> dict[str, DealField]:
        """Every field, by path."""
        return {item.path: item for item in self.draft.fields}

    @property
    def numbers(self) -> dict[str, DealNumber]:
        """Every number and time, by path."""
        return self.draft.numbers

    @cached_property
    def tree(self) -> PathTree:
        """All paths."""
        return PathTree.of([*self.fields, *self.numbers])

    @cached_property
    def _found(self) -> dict[str, list[str]]:
        return {}

    def matched(self, pattern: str) -> list[str]:
        """Paths of fields that a change names."""
        if pattern not in self._found:
            self._found[pattern] = [node.path for node in self.tree.find(pattern.split("."))]
        return self._found[pattern]

    def may_change(self, path: str) -> bool:
        """Whether a scenario may change what stands at a path: a number, a time, or one of several words."""
        if path in self.numbers:
            return True
        item = self.fields.get(path)
        return item is not None and (isinstance(item.value, bool) or len(choices(item.info.annotation)) > 1)


def check_scenarios(draft: Draft) -> Iterator[Issue]:
    """Every scenario changes something, base alone changes nothing; every change suits what it changes."""
    paths = Paths(draft)
    changed = 0
    for name, scenario in draft.deal.scenarios.items():
        yield from _content(name, scenario)
        for number, change in enumerate(scenario.changes, 1):
            place = f"scenarios.{name}.changes[{number}]"
            changed += len(paths.matched(change.at))
            if changed > MOST_CHANGED:
                what = f"with this change the scenarios change more than {MOST_CHANGED:,} numbers"
                yield Issue(place, what, code=BEYOND)
                return
            yield from _change(paths, change, place)
    combined = {name: scenario.combine for name, scenario in draft.deal.scenarios.items()}
    rounds = list(circles(combined))
    for circle in rounds:
        what = "scenarios combine in a circle: " + around(circle)
        yield Issue(f"scenarios.{circle[0]}.combine", what, code=CIRCLE)
    if not rounds:
        yield from _contradictions(paths, draft.deal.scenarios)


def _content(name: str, scenario: Scenario) -> Iterator[Issue]:
    path = f"scenarios.{name}"
    if name == BASE and (scenario.changes or scenario.combine):
        yield Issue(path, "the base scenario changes something", "it is the deal as it stands", code=CHANGES_NOTHING)
    elif name != BASE and not (scenario.changes or scenario.combine):
        yield Issue(
            path, "changes nothing", "give it `changes` or `combine`; only base has neither", code=CHANGES_NOTHING
        )
    elif scenario.changes and scenario.combine:
        what = "has both `changes` and `combine`"
        yield Issue(path, what, "`combine` joins scenarios and does nothing else", code=CHANGES_NOTHING)


def _change(paths: Paths, change: ScenarioChange, path: str) -> Iterator[Issue]:
    matched = [found for found in paths.matched(change.at) if paths.may_change(found)]
    if not matched:
        if not may_reach(change.at.split("."), paths.draft.broken):
            yield _no_number(paths, change.at, f"{path}.at")
        return
    terms = paths.draft.deal.deal if paths.draft.is_whole("deal") else None
    for found in matched:
        number = paths.numbers.get(found)
        issues = list(_suits(number, change, path, terms) if number else _word(paths.fields[found], change, path))
        yield from issues
        if issues:
            break
    if terms is not None:
        yield from _window(change, path, terms)


def _no_number(paths: Paths, pattern: str, path: str) -> Issue:
    keys = pattern.split(".")
    failing = paths.tree.first_failing(keys)
    if failing is not None and keys[failing[0]] == "defaults":
        hint = "`*` stands for every row; `defaults` is no row"
        return Issue(path, f"{said(pattern)} names no number: there is no row 'defaults'", hint=hint, code=NO_NUMBER)
    if failing is not None:
        at, known = failing
        before = ".".join(keys[:at]) or "the deal"
        what = f"{said(pattern)} names no number: {before} has no {said(keys[at])}"
        return Issue(path, what, listed(known, before="it has "), close_to(keys[at], known), code=NO_NUMBER)
    inside = next((list(node.inside) for node in paths.tree.find(keys) if node.inside), [])
    if inside:
        return Issue(path, f"{said(pattern)} is not one number", listed(inside, before="it has "), code=NO_NUMBER)
    values = [paths.fields[found].value for found in paths.matched(pattern)]
    what = "is not given in this deal" if all(value is None for value in values) else "is not a number or a time"
    return Issue(path, f"{said(pattern)} {what}", code=NO_NUMBER)


def _suits(number: DealNumber, change: ScenarioChange, path: str, terms: DealTerms | None) -> Iterator[Issue]:
    operation, value = change.operation()
    place = f"{path}.{operation}"
    if not number.live and (operation != "set" or change.start or change.until):
        what = f"{number.path} is part of the deal's shape"
        yield Issue(place, what, "only `set`, without `from` and `until`, changes it", code=UNSUITED)
    elif number.is_time:
        yield from _suits_time(number, change, path, terms)
    elif operation == "shift_months" or (operation == "set" and not _is_number(value)):
        what = "`shift_months` moves times" if operation == "shift_months" else f"{said(value)} is not a number"
        yield Issue(place, what, f"{number.path} is a number [{number.unit}]", code=UNSUITED)
    else:
        yield from _in_range(number, operation, float(value), place)


def _suits_time(number: DealNumber, change: ScenarioChange, path: str, terms: DealTerms | None) -> Iterator[Issue]:
    operation, value = change.operation()
    place = f"{path}.{operation}"
    if change.start or change.until:
        what = f"{number.path} is a time, and moves as a whole"
        yield Issue(path, what, "no `from` and no `until`", code=UNDATED)
    if operation not in ("set", "shift_months"):
        yield Issue(place, f"`{operation}` does not suit a time", "allowed: set, shift_months", code=UNSUITED)
    elif operation == "set" and isinstance(number.value, datetime.date):
        if not isinstance(value, datetime.date):
            yield Issue(place, f"{said(value)} is not a date", code=UNSUITED)
    elif operation == "set":
        try:
            moment = parse_moment(value)
        except ValueError:
            hint = f"write month {value:g}" if _is_number(value) else close_to(value, EVENTS_OF_A_DEAL)
            what = f"{value:g}" if _is_number(value) else said(value)
            yield Issue(place, f"{what} is not a time", f"write {ALLOWED}", hint, code=UNSUITED)
        else:
            yield from check_moment(number, moment, terms, place) if terms is not None else ()


def _in_range(number: DealNumber, operation: str, value: float, path: str) -> Iterator[Issue]:
    """A change leaves the number, as the deal has it, inside its limits; and whole where it has to be."""
    base = float(number.value) if isinstance(number.value, int | float) else 0.0
    after = {"set": value, "multiply": base * value, "add": base + value}[operation]
    limits = (
        (number.ge is not None and after < number.ge, "below", number.ge),
        (number.le is not None and after > number.le, "above", number.le),
        (number.gt is not None and after <= number.gt, "not above", number.gt),
        (number.lt is not None and after >= number.lt, "not below", number.lt),
    )
    becomes = "" if operation == "set" else f"{number.path} becomes "
    for is_beyond, relation, limit in limits:
        if is_beyond:
            hint = scale_hint(after, number.unit) if operation == "set" else ""
            yield Issue(path, f"{becomes}{after:.6g}, which is {relation} {limit:g}", hint=hint, code=BEYOND)
            return
    if number.whole and not after.is_integer():
        yield Issue(path, f"{becomes}{after:.6g}, which is not a whole number", code=BEYOND)


def _word(item: DealField, change: ScenarioChange, path: str) -> Iterator[Issue]:
    operation, value = change.operation()
    words: list[Any] = [True, False] if isinstance(item.value, bool) else choices(item.info.annotation)
    if operation != "set" or change.start or change.until:
        what = f"{item.path} is part of the deal's shape"
        yield Issue(f"{path}.{operation}", what, "only `set`, without `from` and `until`, changes it", code=UNSUITED)
    elif value not in words:
        allowed = listed([said(word) for word in words] if isinstance(item.value, bool) else words)
        yield Issue(f"{path}.set", f"{said(value)} is not allowed", allowed, code=UNSUITED)


def _window(change: ScenarioChange, path: str, terms: DealTerms) -> Iterator[Issue]:
    for key, moment in (("from", change.start), ("until", change.until)):
        if moment is not None and moment.event and moment.event not in EVENTS_OF_A_DEAL[:2]:
            what = f"`{moment.event}` has no meaning here"
            yield Issue(f"{path}.{key}", what, "allowed: a date, `month N`, closing, legal_final", code=UNDATED)
        elif moment is not None and moment.day is not None and moment.day < terms.closing:
            yield Issue(f"{path}.{key}", f"{moment.day} is before closing {terms.closing}", code=ORDER)
    if change.start and change.until and month_of(change.start, terms) > month_of(change.until, terms):
        yield Issue(f"{path}.until", f"until {change.until} is before from {change.start}", code=ORDER)


def _contradictions(paths: Paths, scenarios: Mapping[str, Scenario]) -> Iterator[Issue]:
    """Scenarios that are joined do not set one number to different values for the same months."""
    for name, scenario in scenarios.items():
        sets: dict[str, tuple[str, ScenarioChange]] = {}
        for other in _joined(scenarios, scenario.combine):
            for change in scenarios[other].changes:
                for path in paths.matched(change.at) if change.set_to is not None else ():
                    first, before = sets.setdefault(path, (other, change))
                    if first != other and before.set_to != change.set_to and _overlap(before, change, paths):
                        what = f"{said(first)} sets {path} to {_value(before)}, {said(other)} to {_value(change)}"
                        yield Issue(f"scenarios.{name}.combine", what, code=CONTRADICTION)


def _joined(scenarios: Mapping[str, Scenario], names: Iterable[str]) -> list[str]:
    """Scenarios joined, those that joined scenarios join too; each once, a few at most."""
    found: dict[str, None] = {}
    waiting = list(reversed(list(names)))
    while waiting and len(found) < MOST_COMBINED:
        name = waiting.pop()
        if name in scenarios and name not in found:
            found[name] = None
            waiting += reversed(scenarios[name].combine)
    return list(found)


def _overlap(first: ScenarioChange, second: ScenarioChange, paths: Paths) -> bool:
    terms = paths.draft.deal.deal if paths.draft.is_whole("deal") else None
    if terms is None:
        return True
    starts = [month_of(change.start, terms) if change.start else 0.0 for change in (first, second)]
    ends = [month_of(change.until, terms) if change.until else float("inf") for change in (first, second)]
    return max(starts) <= min(ends)


def _value(change: ScenarioChange) -> str:
    value = change.set_to
    return value if isinstance(value, str) else said(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
