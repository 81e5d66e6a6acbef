"""Any one part of a deal removed or replaced: it loads, or it is refused in our words, at a place."""

from __future__ import annotations

import copy
import datetime
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from dealmodel.basics.errors import DealFileError, Issue
from dealmodel.definition.deal import Deal
from dealmodel.definition.load import deal_from_mapping, deal_from_text

SMALL: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "small_deal.yaml").read_text(encoding="utf-8"))


def nodes(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Paths of everything in plain data."""
    keys = data if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ()
    return [found for key in keys for found in [(*path, key), *nodes(data[key], (*path, key))]]


NODES = nodes(SMALL)

values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(
        ["month 3", "closing", "delivery", "never", "all", "senior", "base", "payments", "*", "9%", "=1", ""]
    ),
    st.dates(),
    st.lists(st.one_of(st.integers(), st.text(max_size=5)), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=3),
    st.sampled_from([(key, *rest) for key, *rest in NODES]).map(lambda path: at(SMALL, path)),
)


def at(data: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        data = data[key]
    return copy.deepcopy(data)


def mutated(path: tuple[Any, ...], value: Any, *, remove: bool) -> dict[str, Any]:
    data = copy.deepcopy(SMALL)
    node: Any = data
    for key in path[:-1]:
        node = node[key]
    if remove:
        del node[path[-1]]
    else:
        node[path[-1]] = value
    return data


def refusals(load: Callable[[], Deal]) -> tuple[Issue, ...]:
    """What is wrong, nothing if it loads; any other error fails the test."""
    try:
        assert isinstance(load(), Deal)
    except DealFileError as error:
        return error.issues
    return ()


def check(data: dict[str, Any]) -> None:
    for issue in refusals(lambda: deal_from_mapping(data)):
        assert issue.path
        assert issue.code
        assert len(issue.text()) < 1500
        assert "Input should" not in issue.text()


@pytest.mark.parametrize("path", NODES, ids=lambda path: ".".join(map(str, path)))
def test_any_part_removed(path: tuple[Any, ...]) -> None:
    check(mutated(path, None, remove=True))


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(NODES), values)
def test_any_part_replaced(path: tuple[Any, ...], value: Any) -> None:
    check(mutated(path, value, remove=False))


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(NODES),
    st.sampled_from([None, True, -1, 1e9, "text", [], {}, [1], {"a": 1}, datetime.date(2030, 1, 31)]),
)
def test_any_part_replaced_in_a_file(path: tuple[Any, ...], value: Any) -> None:
    text = json.dumps(mutated(path, value, remove=False), default=str)
    assert all(issue.line for issue in refusals(lambda: deal_from_text(text, "small.json", "json")))
