"""Run one scenario of a deal."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from dealmodel.basics.calendars import holidays_version
from dealmodel.basics.errors import DealFileError, Issue, nearest
from dealmodel.basics.moments import Moment, parse_moment
from dealmodel.definition.deal import Deal
from dealmodel.definition.numbers import all_numbers
from dealmodel.engine.compile import compile_deal, sized
from dealmodel.engine.conservation import require_invariants
from dealmodel.engine.invariants import PAYMENTS
from dealmodel.engine.once import ById
from dealmodel.engine.result import Result
from dealmodel.engine.timeline import timeline_of
from dealmodel.engine.variants import reshaped, shape_changes, with_scenario
from dealmodel.lines.inputs import BASE
from dealmodel.lines.model import Model
from dealmodel.lines.trace import Trace
from dealmodel.lines.values import values_of
from dealmodel.market.scenarios import Scenario, matches
from dealmodel.version import VERSION

AD_HOC = "ad_hoc"
"""Name of a scenario that is given as an object."""

Override = float | int | str | date | Moment


def run_deal(
    deal_or_model: Deal | Model,
    scenario: str | Scenario = BASE,
    overrides: Mapping[str, Override] | None = None,
) -> Result:
    """Run one scenario of a deal in full.

    Parameters
    ----------
    deal_or_model : Deal or Model
        A compiled Model saves compiling again.
    scenario : str or Scenario
        A scenario of the deal by name; or, with a Deal, a Scenario of one's own.
    overrides : mapping from path to number or time, optional
        Other base values, `*` for every row at a level. A scenario's multiplications, additions and dated changes act
        on them; an undated `set` of the scenario gives way to them.

    Errors: DealFileError for unknown names and values out of range; ModelError if an invariant is broken.
    """
    if isinstance(deal_or_model, Model):
        if not isinstance(scenario, str):
            raise DealFileError("scenario", [Issue("", "a Scenario object needs the Deal, not its Model")])
        return run_model(deal_or_model, scenario, _numbers(deal_or_model, overrides or {}, None))
    deal = deal_or_model
    name = scenario if isinstance(scenario, str) else AD_HOC
    model = model_for(deal, scenario)
    return run_model(model, name, _numbers(model, overrides or {}, deal))


def model_for(deal: Deal, scenario: str | Scenario = BASE) -> Model:
    """The Model that runs a scenario: the deal's own, or one of its own where the scenario changes the shape.

    Models are kept for the deals that were run last, so that many runs of one deal compile it once.

    Errors: DealFileError for a scenario that the deal does not have, or a shape that it cannot have.
    """
    deal = sized(deal)
    if isinstance(scenario, Scenario):
        return model_for(with_scenario(deal, AD_HOC, scenario), AD_HOC)
    if scenario not in deal.scenarios and scenario != BASE:
        known = list(deal.scenarios)
        issue = Issue(
            f"scenarios.{scenario}", "no such scenario", f"there are {', '.join(known)}", nearest(scenario, known)
        )
        raise DealFileError(deal.deal.id, [issue])
    if shape_changes(deal, scenario):
        return _compile_once(ById(deal), scenario)
    return _compile_once(ById(deal), "")


@lru_cache(maxsize=16)
def _compile_once(deal: ById, reshaped_by: str) -> Model:
    return compile_deal(reshaped(deal.deal, reshaped_by) if reshaped_by else deal.deal)


def run_model(model: Model, scenario: str = BASE, overrides: Mapping[str, float] | None = None) -> Result:
    """Run one scenario of a Model, with every invariant checked."""
    overrides = dict(overrides or {})
    trace = Trace.of(model, values_of(model, scenario, overrides))
    require_invariants(model, trace.number, lambda check: _where_broken(trace, check))
    return Result(model, scenario, overrides, trace, _manifest(model, scenario, overrides))


def _where_broken(trace: Trace, check: str) -> str:
    name = PAYMENTS if check in ("I04", "I08") else f"check.{check.lower()}"
    if name not in trace.model.definitions:
        return check
    months = trace.months(name)
    worst = max(range(len(months)), key=lambda month: abs(months[month]))
    return f"{check}, month {worst + 1}"


def _numbers(model: Model, overrides: Mapping[str, Override], deal: Deal | None) -> dict[str, float]:
    clock = timeline_of(deal).clock if deal is not None else None
    found: dict[str, float] = {}
    issues = []
    for pattern, value in overrides.items():
        paths = [item.path for item in model.inputs if item.live and matches(pattern, item.path)]
        if not paths:
            issues.append(_no_live_number(model, pattern, deal))
        try:
            number = _number(value, clock)
        except ValueError as error:
            issues.append(Issue(pattern, str(error), code="DM-FLD-012"))
            continue
        found.update(dict.fromkeys(paths, number))
    if issues:
        raise DealFileError(f"overrides of {model.name}", issues)
    return found


def _no_live_number(model: Model, pattern: str, deal: Deal | None) -> Issue:
    if deal is not None and any(matches(pattern, path) for path in all_numbers(deal)):
        hint = "change it in the deal file, or in a scenario of its own with `set`"
        return Issue(pattern, "is part of the deal's shape, which no override changes", hint=hint, code="DM-FLD-011")
    hint = nearest(pattern, [item.path for item in model.inputs if item.live])
    return Issue(pattern, "no live number of the model has this path", hint=hint, code="DM-REF-010")


def _number(value: Override, clock: Any) -> float:
    if isinstance(value, int | float):
        return float(value)
    moment = parse_moment(value)
    if clock is not None:
        return float(clock.month(moment))
    if moment.month is None:
        raise ValueError(f"{value!r} needs the deal's dates; give the Deal, or a month number")
    return float(moment.month)


def _manifest(model: Model, scenario: str, overrides: Mapping[str, float]) -> dict[str, str]:
    changes = json.dumps([scenario, sorted(overrides.items())])
    return {
        "deal": model.name,
        "deal_hash": model.facts.get("deal_hash", ""),
        "model_hash": model.hash,
        "scenario": scenario,
        "scenario_hash": hashlib.sha256((model.hash + changes).encode()).hexdigest(),
        "dealmodel": VERSION,
        "holidays": _holidays_version(model),
    }


def _holidays_version(model: Model) -> str:
    """Version of the package that knew the holidays of the deal or of one of its rates, or nothing."""
    named = [model.facts.get("calendar", "NONE"), *model.facts.get("rate_calendars", "").split()]
    return next((found for found in map(holidays_version, named) if found), "")
