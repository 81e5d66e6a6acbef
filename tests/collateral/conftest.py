"""Resale curves of a cohort delivered at closing, at a month's end, or within a month."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from dealmodel.basics.kinds import inner_kinds, place_kinds
from dealmodel.basics.moments import Moment
from dealmodel.basics.schedule import monthly_grid
from dealmodel.collateral.decay import DecayCurve
from dealmodel.collateral.life import Life
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import prev
from dealmodel.lines.inputs import Input
from dealmodel.lines.trace import Trace
from dealmodel.lines.values import values_of
from dealmodel.market.clock import Clock

CLOSING = Moment(event="closing")


def _trace_of(curve: DecayCurve, periods: int, delivered: Moment = CLOSING) -> Trace:
    """Lines `x.resale_curve` and `x.age` of a cohort delivered at a moment. Closing is 31 December 2026."""
    grid = monthly_grid(
        date(2026, 12, 31), date(2027, 1, 31), periods, payment_day="month_end", convention="none", calendar="NONE"
    )
    clock = Clock(grid, "month_end", {"closing": 0})
    lines = Builder("decay", periods=periods)
    lines.add_input(Input("time.month", "month", tuple(map(float, range(1, periods + 1))), monthly=True, live=False))
    month = lines.add_input(Input("delivered", "month", float(clock.month(delivered))))
    place_kinds(curve, "resale")
    for kind in inner_kinds(curve):
        for field, info in type(kind).model_fields.items():
            value = getattr(kind, field)
            if isinstance(info.json_schema_extra, dict) and info.json_schema_extra["live"] and value is not None:
                lines.add_input(Input(kind.path_of(field), "share", float(value)))
    shares = clock.shares_after(lines, "x.delivered", delivered, month)
    age = lines.declare("x.age", unit="months", opening=0)
    lines.define(age, prev(age) + shares.share)
    curve.define(lines, Life("x", age, shares.started, shares.stub))
    model = lines.build()
    return Trace.of(model, values_of(model))


def _left(curve: DecayCurve, periods: int, delivered: Moment = CLOSING) -> list[float]:
    """Share of the price left at the end of the months 1..T."""
    return _trace_of(curve, periods, delivered).months("x.resale_curve")


@pytest.fixture
def trace_of() -> Callable[..., Trace]:
    """`trace_of(curve, periods, delivered=CLOSING)`: the lines of a curve."""
    return _trace_of


@pytest.fixture
def left() -> Callable[..., list[float]]:
    """`left(curve, periods, delivered=CLOSING)`: the share of the price left, month by month."""
    return _left
