"""Reference rates of a deal file: dated forwards, read for the start of each accrual period."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import field_validator

from dealmodel.basics.day_count import day_count_name
from dealmodel.basics.kinds import Kind, live, shape
from dealmodel.basics.schedule import Grid
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import Expr, Line
from dealmodel.market.rates import AfterLast, Between, forward_rates


class RateCurve(Kind):
    """A curve of dated forwards. The rate of a month is fixed at its start."""

    kind: Literal["forward"] = shape("name", "Kind of curve")
    day_count: str = shape("name", "Day count in which the rates are quoted")
    between: Between = shape("name", "How a date between two points is read")
    after_last: AfterLast = shape("name", "How a date after the last point is read")
    points: tuple[tuple[date, float], ...] = shape("table", "Pairs of date and rate")
    shift: float = live(
        "rate per year", "Added to every fixing", ge=-0.5, le=1, default=0.0, reason="the curve as it stands"
    )

    @field_validator("day_count", mode="after")
    @classmethod
    def _exact(cls, name: str) -> str:
        return day_count_name(name)


def define_rates(lines: Builder, curves: dict[str, RateCurve], grid: Grid) -> dict[str, Line]:
    """Define each reference rate by month: the forward of the period's first day, plus the shift."""
    rates = {}
    for name, curve in curves.items():
        with lines.at(curve.path, section="Prices", group=f"Rate {name}"):
            fixings = forward_rates(curve.points, grid.period_start, between=curve.between, after_last=curve.after_last)
            given = lines.series(f"market.{name}.fixing", fixings, unit="rate per year", label="Forward")
            rate = given + lines.of(curve, "shift")
            rates[name] = lines.line(f"market.{name}.rate", rate, unit="rate per year", label="Rate of the month")
    return rates


def first_rates(lines: Builder, curves: dict[str, RateCurve], grid: Grid) -> dict[str, Expr]:
    """Rate of each curve at closing."""
    found: dict[str, Expr] = {}
    for name, curve in curves.items():
        fixing = forward_rates(curve.points, [grid.closing], between=curve.between, after_last=curve.after_last)[0]
        found[name] = lines.named(f"{name}_at_closing", fixing, "rate per year") + lines.of(curve, "shift")
    return found
