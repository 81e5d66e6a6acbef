"""Deals made out of deals: with a scenario more, or reshaped by one. Each is checked as a deal file is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dealmodel.definition.deal import Deal
from dealmodel.definition.load import deal_from_mapping
from dealmodel.definition.numbers import live_numbers
from dealmodel.lines.inputs import BASE
from dealmodel.market.scenarios import Scenario, ScenarioChange, changes_of, matches


def live_scenarios(deal: Deal) -> dict[str, Scenario]:
    """Scenarios that move live numbers only, base first, each with all its changes.

    A scenario that changes the deal's shape is left out: it gets a deal, a Model and a workbook of its own.
    """
    found = {BASE: deal.scenarios.get(BASE, Scenario(title="Base"))}
    paths = list(live_numbers(deal))
    for name, scenario in deal.scenarios.items():
        if name != BASE and not shape_changes(deal, name, paths):
            found[name] = Scenario(title=scenario.title, changes=tuple(changes_of(deal.scenarios, name)))
    return found


def shape_changes(deal: Deal, name: str, paths: Sequence[str] | None = None) -> list[ScenarioChange]:
    """Changes of a scenario that no live number answers to; `paths` are those of the live numbers, if at hand."""
    changes = changes_of(deal.scenarios, name) if name in deal.scenarios else []
    if changes and paths is None:
        paths = list(live_numbers(deal))
    return [change for change in changes if not any(matches(change.at, path) for path in paths or ())]


def own_scenarios(deal: Deal) -> tuple[str, ...]:
    """Scenarios that change the deal's shape, each of which has a Model and a workbook of its own, in file order."""
    paths = list(live_numbers(deal))
    return tuple(name for name in deal.scenarios if shape_changes(deal, name, paths))


def with_scenario(deal: Deal, name: str, scenario: Scenario) -> Deal:
    """The deal with one scenario more."""
    data = _as_mapping(deal)
    data.setdefault("scenarios", {})[name] = scenario.model_dump(by_alias=True, exclude_unset=True)
    return _read(data, deal)


def reshaped(deal: Deal, name: str) -> Deal:
    """The deal as a scenario reshapes it, with that scenario's other changes left to move its live numbers.

    Errors: DealFileError where the deal of that shape cannot be used.
    """
    data = _as_mapping(deal)
    reshaping = shape_changes(deal, name)
    for change in reshaping:  # the definition has checked that each is an undated `set`
        _set(data, change.at.split("."), _whole(change.set_to))
    rest = [change for change in changes_of(deal.scenarios, name) if change not in reshaping]
    title = deal.scenarios[name].title
    kept: dict[str, Any] = {BASE: {"title": f"The shape of {name}, its other changes left out" if rest else title}}
    if rest:
        changes = [change.model_dump(by_alias=True, exclude_unset=True) for change in rest]
        kept[name] = {"title": title, "changes": changes}
    data["scenarios"] = kept
    read = _read(data, deal, f"{deal.deal.id}, as scenario {name} reshapes it,")
    if rest:
        return read
    only_shape = Scenario(title=title)
    return read.model_copy(update={"scenarios": {**read.scenarios, name: only_shape}})


def _as_mapping(deal: Deal) -> dict[str, Any]:
    return deal.model_dump(by_alias=True, exclude_unset=True, exclude={"file_hash"})


def _read(data: Mapping[str, Any], origin: Deal, name: str = "") -> Deal:
    deal = deal_from_mapping(data, name or origin.deal.id)
    return deal.model_copy(update={"file_hash": origin.file_hash})


def _whole(value: Any) -> Any:
    """A number without a fraction as a whole number, as a field of whole numbers wants it."""
    return int(value) if isinstance(value, float) and value == int(value) else value


def _set(node: Any, keys: list[str], value: Any) -> None:
    first, *rest = keys
    for key in list(node) if first == "*" else [first]:
        if not rest:
            node[key] = value
        elif isinstance(node.get(key), dict):
            _set(node[key], rest, value)
