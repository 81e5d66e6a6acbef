"""The numbers that one run puts into a Model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dealmodel.basics.errors import DealFileError, Issue, nearest
from dealmodel.lines.inputs import BASE
from dealmodel.lines.model import Model
from dealmodel.lines.supplies import supplied


@dataclass(frozen=True, slots=True)
class Values:
    """Numbers by path, and months by path, of one scenario."""

    numbers: dict[str, float]
    months: dict[str, list[float]]


def values_of(model: Model, scenario: str = BASE, overrides: Mapping[str, float] | None = None) -> Values:
    """Work out every input of a scenario.

    Parameters
    ----------
    model : Model
    scenario : str
        One of the scenarios of the Model.
    overrides : mapping from path to number, optional
        Other base values. A scenario's `multiply`, `add` and dated changes act on them; its undated `set` gives way.

    Errors: DealFileError names an unknown scenario or path, a number that is not live, or one out of range.
    """
    overrides = dict(overrides or {})
    _check(model, scenario, overrides)
    numbers: dict[str, float] = {}
    months: dict[str, list[float]] = {}
    issues = []
    for item in model.inputs:
        if item.supplied:
            continue
        base = overrides.get(item.path)
        if item.monthly:
            months[item.path] = item.by_month(model.periods, scenario, base)
            worst = [] if item.given else months[item.path]
        else:
            numbers[item.path] = item.number(scenario, base)
            worst = [numbers[item.path]]
        problem = next((said for said in map(item.problem_with, worst) if said), "")
        if problem:
            issues.append(Issue(item.path, problem, f"in scenario {scenario!r}", code="DM-FLD-010"))
    if issues:
        raise DealFileError(f"scenario {scenario!r} of {model.name}", issues)
    return Values(
        numbers, months | {path: given[:, 0].tolist() for path, given in supplied(model, numbers, months).items()}
    )


def _check(model: Model, scenario: str, overrides: Mapping[str, float]) -> None:
    if scenario not in model.scenarios:
        known = ", ".join(model.scenarios)
        issue = Issue(
            f"scenarios.{scenario}", "no such scenario", f"there are {known}", nearest(scenario, model.scenarios)
        )
        raise DealFileError(model.name, [issue])
    issues = []
    for path in overrides:
        item = model.input_by_path.get(path)
        if item is None:
            live = [known.path for known in model.inputs if known.live]
            issues.append(Issue(path, "no live number has this path", "", nearest(path, live), code="DM-REF-010"))
        elif not item.live:
            issues.append(Issue(path, "is part of the deal's shape and cannot be overridden", code="DM-FLD-011"))
    if issues:
        raise DealFileError(f"overrides of {model.name}", issues)
