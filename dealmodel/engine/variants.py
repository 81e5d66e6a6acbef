"""Scenarios that change a deal's shape: each gets a deal, a Model and a workbook of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dealmodel.basics.errors import DealFileError, Issue
from dealmodel.basics.kinds import Kind, key_of, place_kinds
from dealmodel.definition.deal import Deal
from dealmodel.engine.inputs import live_numbers
from dealmodel.lines.inputs import BASE
from dealmodel.market.scenarios import Scenario, ScenarioChange, changes_of, matches


def live_scenarios(deal: Deal, extra: Mapping[str, Scenario]) -> dict[str, Scenario]:
    """Scenarios that move live numbers only, base first."""
    paths = [number.path for number in live_numbers(deal)]
    known = {**deal.scenarios, **extra}
    found = {BASE: known.get(BASE, Scenario(title="Base"))}
    for name in known:
        if name != BASE and not shape_changes(known, name, paths):
            found[name] = known[name]
    # a scenario may combine one that is left out of the selector
    return {name: Scenario(title=item.title, changes=tuple(changes_of(known, name))) for name, item in found.items()}


def shape_changes(scenarios: Mapping[str, Scenario], name: str, paths: list[str]) -> list[ScenarioChange]:
    """Changes of a scenario that no live number answers to."""
    return [change for change in changes_of(scenarios, name) if not any(matches(change.at, path) for path in paths)]


def variant(deal: Deal, name: str, scenarios: Mapping[str, Scenario]) -> Deal:
    """The deal as a scenario reshapes it, with that scenario's other changes left to move its live numbers."""
    paths = [number.path for number in live_numbers(deal)]
    reshaping = shape_changes(scenarios, name, paths)
    changed = deal
    for change in reshaping:
        operation, value = change.operation()
        if operation != "set" or change.start is not None or change.until is not None:
            issue = Issue(
                f"scenarios.{name}", f"{change.at} is part of the deal's shape", "only an undated `set` may change it"
            )
            raise DealFileError(deal.deal.id, [issue])
        changed = _replaced(changed, change.at.split("."), value)
    rest = tuple(change for change in changes_of(scenarios, name) if change not in reshaping)
    kept = {BASE: Scenario(title=scenarios[name].title), name: Scenario(title=scenarios[name].title, changes=rest)}
    changed = changed.model_copy(update={"scenarios": kept})
    place_kinds(changed, "")
    return changed


def _replaced(node: Any, keys: list[str], value: Any) -> Any:
    if not keys:
        return value
    if isinstance(node, dict):
        chosen = list(node) if keys[0] == "*" else [keys[0]]
        return {key: _replaced(inner, keys[1:], value) if key in chosen else inner for key, inner in node.items()}
    if isinstance(node, Kind):
        fields = {key_of(type(node), name): getattr(node, name) for name in type(node).model_fields}
        fields[keys[0]] = _replaced(fields.get(keys[0]), keys[1:], value)
        return type(node).model_validate(fields)
    return value
