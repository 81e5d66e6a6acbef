"""A test of what a formula gives, written in the words of `definition/words.py`."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from dealmodel.basics.kinds import live, shape
from dealmodel.basics.words import digits, times
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import Expr, round_to
from dealmodel.lines.formula import FormulaError, names_in, parse_formula
from dealmodel.waterfall.measurements import Measurements, half_a_cent
from dealmodel.waterfall.measures_base import PLACES, Reading, Test

Amount = Annotated[float, Field(ge=-1e15, le=1e15)]


class FormulaTest(Test):
    """What a formula gives, against a level. There is a result in every month from the first on.

    A ratio is compared at eight places, an amount at half a cent. Where nothing may stand below the line, write
    `ratio(a, b, c)`, which is c where b is 0.
    """

    measure: Literal["formula"] = shape("name", "What is measured")
    may_follow_payment: ClassVar[bool] = True
    formula: str = shape("text", "What is measured, in numbers, names and signs")
    unit: Literal["currency", "ratio"] = shape("name", "What the formula gives")
    at_least: Amount | None = live("ratio", "Level below which it fails, in the unit of the formula", default=None,
                                   reason="`at_most` may stand in its place")  # fmt: skip
    at_most: Amount | None = live("ratio", "Level above which it fails, in the unit of the formula", default=None,
                                  reason="`at_least` may stand in its place")  # fmt: skip

    @model_validator(mode="after")
    def _one_level(self) -> FormulaTest:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("a formula is held against one level; write `at_least` or `at_most`")
        return self

    def words(self) -> str:
        """The formula as it is written."""
        return f"Formula: {self.formula}"

    def level_in_words(self) -> str:
        """The level in the unit of the formula."""
        side = "at_least" if self.at_least is not None else "at_most"
        level = getattr(self, side)
        return f"{side.replace('_', ' ')} {times(level) if self.unit == 'ratio' else digits(level)}"

    def unit_here(self, field: str) -> str:
        """Its levels are in the unit of its formula."""
        return self.unit if field in ("at_least", "at_most") else ""

    def names_used(self) -> list[str]:
        """Names that its formula uses; none where it is no formula."""
        try:
            return names_in(self.formula)
        except FormulaError:
            return []

    def define(self, lines: Builder, of: Measurements) -> Reading:
        """The value of the formula, and whether it is on the wrong side of the level."""
        assert of.words is not None
        name = self.row
        value = written_formula(lines, name, self.formula, of, after=self.after)
        result = lines.line(f"{name}.result", self.begun(lines), unit="flag", label="There is a result", role="flag")
        found = lines.line(f"{name}.ratio", value * result, unit=self.unit, label="Value of the formula (0: n/a)",
                           role="ratio" if self.unit == "ratio" else "balance")  # fmt: skip
        of.ratios[name] = found
        side = "at_least" if self.at_least is not None else "at_most"
        written = lines.of(self, side)
        if self.unit == "ratio":
            level, compared = round_to(written, PLACES), round_to(found, PLACES)
        else:
            cent = half_a_cent(lines)
            level, compared = (written - cent if side == "at_least" else written + cent), found
        line = lines.constant(f"{name}.level", level, unit=self.unit, label="Level")
        return Reading(result, compared < line if side == "at_least" else compared > line)


def written_formula(lines: Builder, row: str, text: str, of: Measurements, *, after: bool) -> Expr:
    """A formula of a deal as an expression; each number written in it becomes a constant of its own name."""
    assert of.words is not None
    count = 0

    def literal(value: float) -> Expr:
        nonlocal count
        count += 1
        return lines.named(f"{row}_number_{count}", value, "ratio", f"Number {count} in the formula of {row}")

    return parse_formula(text, of.words(of, after), literal)
