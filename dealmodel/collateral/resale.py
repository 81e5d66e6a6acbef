"""What may stand in a cohort's `resale`: one curve, or several layers of which the lower, or the product, holds.

A layer reads no lower than its own scrap; the scrap of the whole is the floor that the cohort applies after the market.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Literal

from pydantic import model_validator

from dealmodel.basics.kinds import shape, union_of
from dealmodel.collateral.decay import AgeCurve, DecayCurve
from dealmodel.collateral.income import IncomeCurve
from dealmodel.collateral.life import Life
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import Expr, maximum, minimum

__all__ = ["IncomeCurve", "LowerOfCurve", "ProductOfCurve", "ResaleCurve"]

if TYPE_CHECKING:
    Layer = AgeCurve
else:
    Layer = union_of(AgeCurve)


class LayeredCurve(DecayCurve):
    """Base of the curves made of others."""

    layers: dict[str, Layer] = shape("table", "Curves by name, none of them made of others")

    @model_validator(mode="after")
    def _two_layers(self) -> LayeredCurve:
        if len(self.layers) < 2:
            raise ValueError("a curve made of others has two layers or more")
        return self

    def shares(self, lines: Builder, life: Life) -> list[Expr]:
        """Share of the price left by each layer, not below its own scrap. [share]"""
        found: list[Expr] = []
        for name, layer in self.layers.items():
            inner = Life(f"{life.name}.layer.{name}", life.age, life.started, life.stub)
            found.append(maximum(layer.define(lines, inner), lines.of(layer, "scrap")))
        return found


class LowerOfCurve(LayeredCurve):
    """The lowest of its layers at each age: wear and obsolescence, say, of which the worse decides."""

    curve: Literal["lower_of"] = shape("name", "Kind of curve")

    def define(self, lines: Builder, life: Life) -> Expr:
        """Take the least of the layers each month.

        Test by hand: 6 years and 4 years of straight line leave 2/3 and 1/2 after two years; 1/2 is the lower.
        """
        first, *others = self.shares(lines, life)
        return lines.line(f"{life.name}.resale_curve", minimum(first, *others), unit="share", label="Resale curve")


class ProductOfCurve(LayeredCurve):
    """The product of its layers at each age: losses that act on each other's remainder."""

    curve: Literal["product_of"] = shape("name", "Kind of curve")

    def define(self, lines: Builder, life: Life) -> Expr:
        """Multiply the layers each month.

        Test by hand: 6 years and 4 years of straight line leave 2/3 x 1/2 = 1/3 after two years.
        """
        share = reduce(lambda left, right: left * right, self.shares(lines, life))
        return lines.line(f"{life.name}.resale_curve", share, unit="share", label="Resale curve")


if TYPE_CHECKING:
    ResaleCurve = DecayCurve
else:
    ResaleCurve = union_of(DecayCurve)
