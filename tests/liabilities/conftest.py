"""A Builder that finds the numbers of kinds that stand outside any deal."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dealmodel.basics.kinds import Kind, inner_kinds, place_kinds
from dealmodel.basics.moments import Moment
from dealmodel.lines.build import Builder
from dealmodel.lines.inputs import Input
from dealmodel.lines.trace import Trace
from dealmodel.lines.values import values_of


def _builder(periods: int, **kinds: Kind) -> Builder:
    placed: dict[str, Kind] = {}
    for name, kind in kinds.items():
        place_kinds(kind, f"rows.{name}")
        placed |= {inner.path: inner for inner in inner_kinds(kind)}

    def find(path: str) -> Input | None:
        owner, _, field = path.rpartition(".")
        if owner not in placed:
            return None
        value = getattr(placed[owner], field)
        return Input(path, "ratio", float(value.month if isinstance(value, Moment) else value))

    lines = Builder("deal", periods=periods, source=find)
    months = tuple(float(month) for month in range(1, periods + 1))
    last = tuple(float(month == periods) for month in months)
    lines.add_input(Input("time.month", "month", months, monthly=True, live=False))
    lines.add_input(Input("time.last_month", "flag", last, monthly=True, live=False))
    return lines


def _run(lines: Builder) -> Trace:
    model = lines.build()
    return Trace.of(model, values_of(model))


@pytest.fixture
def builder() -> Callable[..., Builder]:
    """`builder(periods, name=kind, ...)`: a Builder in which each kind stands at `rows.<name>`."""
    return _builder


@pytest.fixture
def run() -> Callable[[Builder], Trace]:
    """Build and run what a Builder holds."""
    return _run
