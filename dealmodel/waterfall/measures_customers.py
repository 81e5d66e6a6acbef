"""Tests of customers: whether one has stopped paying."""

from __future__ import annotations

from typing import Literal

from dealmodel.basics.kinds import shape
from dealmodel.basics.words import name_in_words
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import Line
from dealmodel.waterfall.measurements import Measurements
from dealmodel.waterfall.measures_base import Reading, Test


class NotPayingTest(Test):
    """A customer has stopped paying. It fails from the first month that is not paid, and never passes again."""

    measure: Literal["not_paying"] = shape("name", "What is measured")
    of: str = shape("name", "Customer")

    def words(self) -> str:
        """Whose payments."""
        return f"{name_in_words(self.of).capitalize()} has stopped paying"

    def level_in_words(self) -> str:
        """No month may be missed."""
        return "no month missed"

    def define(self, lines: Builder, of: Measurements) -> Reading:
        """1 once the customer has stopped, 0 before. Test by hand: stops in month 2, fails from month 2 on."""
        name = self.row
        result = lines.line(f"{name}.result", self.begun(lines), unit="flag", label="There is a result", role="flag")
        stopped = Line(f"customer.{self.of}.stopped", "flag", "schedule") * result
        found = lines.line(f"{name}.ratio", stopped, unit="flag", label="Has stopped paying", role="flag")
        lines.constant(f"{name}.level", lines.named("none_missed", 0, "flag"), unit="flag", label="Level")
        return Reading(result, found)
