"""Coupons: the rate of a tranche in each month."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import model_validator

from dealmodel.basics.kinds import Kind, live, shape
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import Expr, Line, maximum


class Coupon(Kind):
    """A fixed rate, or an index with a margin and a floor on the index."""

    fixed: float | None = live(
        "rate per year", "Fixed rate", ge=-0.05, le=1, default=None, reason="floating, if an index is named"
    )
    index: str | None = shape("name", "Reference rate of the market", default=None, reason="fixed, if a rate is given")
    margin: float | None = live(
        "rate per year", "Added to the index", ge=-0.05, le=1, default=None, reason="only a floating coupon has one"
    )
    floor: float | None = live(
        "rate per year",
        "Least value of the index",
        ge=-0.05,
        le=1,
        default=None,
        reason="no floor unless one is stated",
    )

    @model_validator(mode="after")
    def _one_form(self) -> Coupon:
        if (self.fixed is None) == (self.index is None):
            raise ValueError("a coupon is either {fixed: rate} or {index: name, margin: rate}")
        if self.fixed is not None and (self.margin is not None or self.floor is not None):
            raise ValueError("a fixed coupon has neither margin nor floor")
        if self.index is not None and self.margin is None:
            raise ValueError("a floating coupon needs its margin; write 0.0 for none")
        return self

    def at_closing(self, lines: Builder, first_rates: Mapping[str, Expr]) -> Expr:
        """Rate that holds at closing, on which reserves are sized. [per year]"""
        if self.index is None:
            return lines.of(self, "fixed")
        return self._floating(lines, first_rates[self.index])

    def by_month(self, lines: Builder, rates: Mapping[str, Line]) -> Expr:
        """Rate of each month: max(index, floor) + margin, or the fixed rate. [per year]"""
        if self.index is None:
            return lines.of(self, "fixed")
        return self._floating(lines, rates[self.index])

    def _floating(self, lines: Builder, index: Expr) -> Expr:
        if self.floor is not None:
            index = maximum(index, lines.of(self, "floor"))
        return index + lines.of(self, "margin")
