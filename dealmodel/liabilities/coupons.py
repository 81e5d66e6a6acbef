"""Coupons: the rate of a tranche in each month."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import model_validator

from dealmodel.basics.kinds import Kind, live, shape
from dealmodel.basics.words import name_in_words, percent
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import Expr, Line, maximum, minimum


class Coupon(Kind):
    """A fixed rate, or an index with a margin, a floor on the index and a cap."""

    fixed: float | None = live(
        "rate per year", "Fixed rate", ge=0, le=1, default=None, reason="floating, if an index is named"
    )
    index: str | None = shape("name", "Reference rate of the market", default=None, reason="fixed, if a rate is given")
    margin: float | None = live(
        "rate per year", "Added to the index", ge=-0.05, le=1, default=None, reason="only a floating coupon has one"
    )
    floor: float | None = live(
        "rate per year",
        "Least value of the index of a month; a floor on each day's fixing is the rate's `daily_floor`",
        ge=-0.05,
        le=1,
        default=None,
        reason="no floor unless one is stated",
    )
    cap: float | None = live(
        "rate per year",
        "Greatest value of the index, or of the whole rate if `cap_applies_to` says so",
        ge=-0.05,
        le=1,
        default=None,
        reason="no cap unless one is stated",
    )
    cap_applies_to: Literal["index", "all_in"] = shape(
        "name",
        "Whether the cap is on the index, the margin coming on top; or on index and margin together",
        default="index",
        reason="a cap is on what the floor is on",
    )

    @model_validator(mode="after")
    def _one_form(self) -> Coupon:
        if (self.fixed is None) == (self.index is None):
            raise ValueError("a coupon is either {fixed: rate} or {index: name, margin: rate}")
        if self.fixed is not None and (self.margin is not None or self.floor is not None):
            raise ValueError("a fixed coupon has neither margin nor floor")
        if self.fixed is not None and self.cap is not None:
            raise ValueError("a fixed coupon has no cap")
        if self.index is not None and self.margin is None:
            raise ValueError("a floating coupon needs its margin; write 0.0 for none")
        if self.cap is None and self.cap_applies_to != "index":
            raise ValueError("cap_applies_to needs a cap")
        if self.cap is not None and self.cap_applies_to == "index" and self.floor is not None and self.cap < self.floor:
            raise ValueError(f"the cap {self.cap:g} is below the floor {self.floor:g}")
        return self

    def words(self) -> str:
        """The fixed rate; or the index, its floor and cap, and the margin; or the cap on both together."""
        if self.index is None:
            return f"{percent(self.fixed)} fixed" if self.fixed else "0% fixed, principal only"
        limits = [] if self.floor is None else [f"not below {percent(self.floor)}"]
        whole = ""
        if self.cap is not None and self.cap_applies_to == "index":
            limits.append(f"not above {percent(self.cap)}")
        elif self.cap is not None:
            whole = f", together not above {percent(self.cap)}"
        within = f" ({', '.join(limits)})" if limits else ""
        margin = self.margin or 0.0
        sign = "less" if margin < 0 else "plus"
        return f"{name_in_words(self.index)}{within} {sign} {percent(abs(margin))}{whole}"

    def at_closing(self, lines: Builder, first_rates: Mapping[str, Expr]) -> Expr:
        """Rate that holds at closing, on which reserves are sized. [per year]"""
        if self.index is None:
            return lines.of(self, "fixed")
        return self._floating(lines, first_rates[self.index])

    def by_month(self, lines: Builder, rates: Mapping[str, Line]) -> Expr:
        """Rate of each month: the fixed rate, or the index within floor and cap, and the margin. [per year]

        max(min(index, cap), floor) + margin; or min(max(index, floor) + margin, cap), where the cap is on the whole
        rate. Never below 0: a holder pays no interest. If a scenario raises the floor above the cap, a cap on the index
        gives way; one on the whole does not.
        """
        if self.index is None:
            return lines.of(self, "fixed")
        return self._floating(lines, rates[self.index])

    def _floating(self, lines: Builder, index: Expr) -> Expr:
        if self.cap is not None and self.cap_applies_to == "index":
            index = minimum(index, lines.of(self, "cap"))
        if self.floor is not None:
            index = maximum(index, lines.of(self, "floor"))
        rate = index + lines.of(self, "margin")
        if self.cap is not None and self.cap_applies_to == "all_in":
            rate = minimum(rate, lines.of(self, "cap"))
        return maximum(rate, 0)
