"""Scenarios: what a change may say, which paths it names, and how scenarios are joined."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from dealmodel.basics.moments import Moment
from dealmodel.market.scenarios import Scenario, ScenarioChange, changes_of, matches


def a_change(at: str, **fields: Any) -> ScenarioChange:
    return ScenarioChange.model_validate({"at": at, **(fields or {"set": 0.0})})


def a_scenario(*changes: str, combine: tuple[str, ...] = ()) -> Scenario:
    return Scenario(title="A scenario", changes=tuple(a_change(at) for at in changes), combine=combine)


def places(scenarios: dict[str, Scenario], name: str) -> list[str]:
    return [change.at for change in changes_of(scenarios, name)]


def test_changes_of_a_scenario_keep_their_order() -> None:
    assert places({"one": a_scenario("b", "a")}, "one") == ["b", "a"]


def test_joined_scenarios_come_in_their_order_and_before_its_own_changes() -> None:
    scenarios = {
        "all": a_scenario("own", combine=("second", "first")),
        "first": a_scenario("a"),
        "second": a_scenario("c", combine=("third",)),
        "third": a_scenario("b"),
    }
    assert places(scenarios, "all") == ["b", "c", "a", "own"]
    assert places(scenarios, "first") == ["a"]


def test_a_scenario_joined_by_two_others_acts_once() -> None:
    """Joining sets of changes repeats none of them: a fall by half does not become one by three quarters."""
    scenarios = {
        "all": a_scenario(combine=("left", "right")),
        "left": a_scenario("l", combine=("fall",)),
        "right": a_scenario("r", combine=("fall",)),
        "fall": a_scenario("rent"),
    }
    assert sorted(places(scenarios, "all")) == ["l", "r", "rent"]


@pytest.mark.parametrize(
    ("links", "start", "circle"),
    [
        ({"a": ("a",)}, "a", "a -> a"),
        ({"a": ("b",), "b": ("c",), "c": ("a",)}, "a", "a -> b -> c -> a"),
        ({"x": ("a",), "a": ("b",), "b": ("a",)}, "x", "x -> a -> b -> a"),
    ],
)
def test_a_circle_is_named(links: dict[str, tuple[str, ...]], start: str, circle: str) -> None:
    scenarios = {name: a_scenario(combine=others) for name, others in links.items()}
    with pytest.raises(ValueError, match=f"^scenarios combine in a circle: {circle}$"):
        changes_of(scenarios, start)


@pytest.mark.parametrize(
    ("pattern", "path", "named"),
    [
        ("a.b.c", "a.b.c", True),
        ("a.*.c", "a.b.c", True),
        ("*.*.*", "a.b.c", True),
        ("a.*", "a.b.c", False),  # a star is one level, not several
        ("a.*.*.c", "a.b.c", False),
        ("*", "a", True),
        ("*", "a.b", False),
        ("a.b*.c", "a.bb.c", False),  # a star stands for a whole level
        ("a.b.c", "a.b.d", False),
        ("a.b", "a.b.c", False),
        ("a.b.c", "a.b", False),
    ],
)
def test_a_star_stands_for_one_whole_level(pattern: str, path: str, named: bool) -> None:
    assert matches(pattern, path) is named


@pytest.mark.parametrize(
    ("fields", "operation"),
    [
        ({"set": 0.5}, ("set", 0.5)),
        ({"set": 0.0}, ("set", 0.0)),  # nothing is a value
        ({"set": False}, ("set", False)),
        ({"set": "month 24"}, ("set", "month 24")),
        ({"set": date(2027, 1, 15)}, ("set", date(2027, 1, 15))),
        ({"multiply": 0.0}, ("multiply", 0.0)),
        ({"add": -1.5}, ("add", -1.5)),
        ({"shift_months": -3}, ("shift_months", -3)),
        ({"shift_months": 0}, ("shift_months", 0)),
    ],
)
def test_a_change_has_one_operation(fields: dict[str, Any], operation: tuple[str, Any]) -> None:
    found = a_change("a.b", **fields).operation()
    assert found == operation
    assert type(found[1]) is type(operation[1])


@pytest.mark.parametrize(
    "fields", [{"until": "month 3"}, {"set": 1.0, "multiply": 2.0}, {"add": 0.0, "shift_months": 0}, {"set": None}]
)
def test_no_operation_or_two_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="a change has one of `set`, `multiply`, `add`, `shift_months`"):
        a_change("a.b", **fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"set": float("nan")},
        {"multiply": float("inf")},
        {"add": True},
        {"add": "1.5"},
        {"shift_months": 1.5},
        {"multiply": 2.0, "from": "next month"},
        {"multiply": 2.0, "to": "month 3"},
    ],
)
def test_what_is_no_number_time_or_key_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        a_change("a.b", **fields)


def test_a_change_may_be_dated() -> None:
    change = a_change("a.b", **{"multiply": 2.0, "from": date(2027, 1, 31), "until": "month 3"})
    assert change.start == Moment(day=date(2027, 1, 31))
    assert change.until == Moment(month=3)
