"""Tests: one ratio or amount against one level. A test only passes or fails; states and steps give it effect.

Tests are measured on the determination date, on that month's collections and the balances before payment, and act on
the same payment date. `measured: after_payment` measures balances after giving effect to the payments of the date, and
acts on the next; `effective: next_payment_date` lets a test measured before payment act a date later. A ratio with
nothing in its denominator is no result, and neither fails nor passes. Ratios are compared at eight places, amounts
against the level plus or minus half a cent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from dealmodel.basics.kinds import Family, Kind, live, shape, value_in_words
from dealmodel.basics.live_points import LivePoints
from dealmodel.basics.moments import Moment, MomentField
from dealmodel.basics.words import listed, times
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import Expr, Line, both, either, negate, prev, round_to, total_of
from dealmodel.market.clock import PAYS, months_per_payment, pays_every_month
from dealmodel.waterfall.measurements import Known, Measurements, half_a_cent

PLACES = 8
"""Decimal places at which ratios are compared."""

FIRST = Moment(month=1)


class SteppedLevel(LivePoints):
    """A level that is another from some months on."""

    value_noun: ClassVar[str] = "Level"
    highest: ClassVar[float | None] = 50.0

    def words(self) -> str:
        """Each level with the month or date from which it holds."""
        read = "" if self.between == "step" else ", straight lines between"
        levels = zip(self.points, self.times_in_words(), strict=True)
        return listed([f"{times(level)} {when}" for (_, level), when in levels]) + read


class FailsWhen(Kind):
    """How many misses of how many payment dates make a test fail."""

    failed: int = live("times", "Misses of the level, this payment date's included, at which the test fails", ge=1)
    of_last: int = shape("times", "Payment dates looked at, this one included", ge=1, le=60)

    @model_validator(mode="after")
    def _within(self) -> FailsWhen:
        if self.failed > self.of_last:
            raise ValueError(f"{self.failed} misses cannot stand among the last {self.of_last} payment dates")
        return self

    def words(self) -> str:
        """So many of so many."""
        return f"Fails on {self.failed} misses of the last {self.of_last} payment dates"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a test found in a month.

    Parameters
    ----------
    result : line by month
        Whether there is a result. [flag]
    missed : Expr
        Whether what was measured is on the wrong side of the level. [flag]
    """

    result: Line
    missed: Expr


@dataclass(frozen=True, slots=True)
class TestLines:
    """What states see of a test: whether it fails, and how often running it has passed, if that is counted."""

    test: Test
    failed: Line
    in_a_row: Line | None

    __test__ = False


class Test(Family):
    """Base of the tests."""

    tag = "measure"
    __test__ = False
    cures: ClassVar[bool] = False
    """Whether a payment of principal can make it pass on the same date."""
    may_follow_payment: ClassVar[bool] = False
    """Whether it looks at balances, and so may be measured after giving effect to the payments."""
    highest_level: ClassVar[float] = 50.0
    """The greatest level that means anything."""

    first: MomentField = live(
        "month", "First month in which it is measured", default=FIRST, reason="from the first payment date"
    )
    measured: Literal["before_payment", "after_payment"] = shape(
        "name", "When it is measured", default="before_payment", reason="on the determination date"
    )
    effective: Literal["same_payment_date", "next_payment_date"] | None = shape(
        "name", "Payment date on which states see its result", default=None,
        reason="the same where it is measured before payment, else the next",
    )  # fmt: skip
    fails_when: FailsWhen | None = shape(
        "name", "Misses among the last payment dates that make it fail", default=None, reason="one miss fails"
    )
    curable: bool = shape(
        "flag", "Whether it passes again when its level is met; else it stays failed once it failed", default=True,
        reason="a test says how things are now",
    )  # fmt: skip
    cured_after: int = live(
        "times", "Payment dates running on which it must pass before a state may be left", ge=1, le=120, default=1,
        reason="one pass cures",
    )  # fmt: skip

    @model_validator(mode="after")
    def _in_time(self) -> Test:
        if self.measured == "after_payment" and not self.may_follow_payment:
            raise ValueError("it measures a month's cash and no balances; write `measured: before_payment`")
        if self.measured == "after_payment" and self.effective == "same_payment_date":
            raise ValueError("a test measured after payment acts on the next payment date")
        for level in (getattr(self, "at_least", None), getattr(self, "at_most", None)):
            for at, value in level.points if isinstance(level, SteppedLevel) else ():
                if not 0 <= value <= self.highest_level:
                    when = at if isinstance(at, date) else f"month {at}"
                    raise ValueError(f"the level {value:g} at {when} is not between 0 and {self.highest_level:g}")
        return self

    @property
    def acts_next(self) -> bool:
        """Whether states see its result on the next payment date."""
        return self.measured == "after_payment" or self.effective == "next_payment_date"

    @property
    def after(self) -> bool:
        """Whether it looks at what is there after payment."""
        return self.measured == "after_payment"

    def define(self, lines: Builder, of: Measurements) -> Reading:
        """Define what it measures, and say whether there is a result and it misses the level."""
        raise NotImplementedError(f"{type(self).__name__} has no formula")

    def define_known(self, lines: Builder, known: Known) -> None:
        """Define what it knows before any cash: the level of each month, where it is stepped."""
        for key in ("at_least", "at_most"):
            level = getattr(self, key, None)
            if isinstance(level, SteppedLevel):
                with lines.at(self.path, section="Tests", group=self.row.replace("_", " ")):
                    self._define_level(lines, key, level)

    def _define_level(self, lines: Builder, key: str, level: SteppedLevel) -> None:
        terms: list[Expr] = []
        for number, (path, weights) in enumerate(zip(level.paths(), level.weights(lines.ends), strict=True), 1):
            name = f"{self.row}.{key}_weight_{number}"
            weight = lines.series(name, weights, unit="share", label=f"Months of level {number}")
            terms.append(weight * lines.param(path))
        lines.line(f"{self.row}.{key}", total_of(terms), unit="ratio", label="Level of the month")

    def cure(self, lines: Builder, of: Measurements, balance: Callable[[str], Line]) -> Expr | None:
        """Payment that would make the test pass, or None where no payment does."""
        return None

    def failing_in_words(self) -> str:
        """When states see its result, how many misses make it fail, and whether it stays failed; or nothing."""
        said = []
        if self.fails_when is not None:
            said.append(self.fails_when.words())
        if not self.curable:
            said.append("Once failed, it stays failed")
        if self.acts_next:
            said.append("Acts on the next payment date")
        return "".join(f". {one}" for one in said)

    def level_in_words(self) -> str:
        """The level and on which side of it the test passes: "at least 1.35x"."""
        said = []
        for key, word in (("at_least", "at least"), ("at_most", "at most")):
            level = getattr(self, key, None)
            if isinstance(level, SteppedLevel):
                said.append(f"{word} {level.words()}")
            elif level is not None:
                extra = type(self).model_fields[key].json_schema_extra
                said.append(f"{word} {value_in_words(level, str(extra['unit']) if isinstance(extra, dict) else '')}")
        return ", ".join(said)

    def names(self) -> tuple[str, ...]:
        """Tranches that it looks at."""
        return ()

    def bases(self) -> tuple[str, ...]:
        """Bases of value that it looks at."""
        return ()

    def accounts(self) -> tuple[str, ...]:
        """Accounts whose balance it looks at."""
        return ()

    def level(self, lines: Builder, field: str) -> Expr:
        """The level as it is written: one live number, or the month's."""
        if isinstance(getattr(self, field), SteppedLevel):
            return Line(f"{self.row}.{field}", "ratio", "schedule")
        return lines.of(self, field)

    def rounded_level(self, lines: Builder, field: str) -> Line:
        """The level at eight places."""
        level = round_to(self.level(lines, field), PLACES)
        if isinstance(getattr(self, field), SteppedLevel):
            return lines.line(f"{self.row}.level", level, unit="ratio", label="Level")
        return lines.constant(f"{self.row}.level", level, unit="ratio", label="Level")

    def begun(self, lines: Builder) -> Expr:
        """Whether its first month has come; only payment dates have a result."""
        begun = lines.param("time.month") >= lines.of(self, "first")
        return begun if pays_every_month(lines) else both(begun, lines.param(PAYS))

    def read(
        self, lines: Builder, of: Measurements, quotient: Expr, below: Line, fails: Callable[[Expr], Expr]
    ) -> Reading:
        """Define a ratio: a result needs its first month and more than half a cent in the denominator."""
        name = self.row
        cent = half_a_cent(lines)
        result = lines.line(
            f"{name}.result", both(self.begun(lines), below > cent), unit="flag", label="There is a result", role="flag"
        )
        value = lines.line(f"{name}.ratio", quotient * result, unit="ratio", label="Ratio (0: n/a)", role="ratio")
        of.ratios[name] = value
        return Reading(result, fails(round_to(value, PLACES)))

    def declare(self, lines: Builder, *, counted: bool) -> TestLines:
        """Announce its flags: where it is measured after payment, states look at them before they are defined."""
        name = self.row
        with lines.at(self.path, section="Tests", group=name.replace("_", " ")):
            failed = lines.declare(f"{name}.failed", unit="flag", opening=0, label="Fails")
            row = None
            if counted:
                row = lines.declare(f"{name}.passes_in_a_row", unit="times", opening=0, label="Passes in a row")
            return TestLines(self, failed, row)

    def complete(self, lines: Builder, announced: TestLines, of: Measurements) -> None:
        """Define them, after payment."""
        name = self.row
        with lines.at(self.path, section="Tests", group=name.replace("_", " ")):
            reading = self.define(lines, of)
            failed = lines.define(announced.failed, self._fails(lines, reading, announced.failed), role="flag")
            passed = self._passed(lines, reading, failed)
            if announced.in_a_row is not None:
                lines.define(announced.in_a_row, (prev(announced.in_a_row) + passed) * negate(failed))

    def measure_now(self, lines: Builder, of: Measurements, *, counted: bool) -> TestLines:
        """Define what it measures before payment, its flags, and its passes in a row where a cure looks at them."""
        name = self.row
        with lines.at(self.path, section="Tests", group=name.replace("_", " ")):
            reading = self.define(lines, of)
            if self.curable:
                flag = self._fails(lines, reading, None)
                failed = lines.line(f"{name}.failed", flag, unit="flag", label="Fails", role="flag", opening=0)
            else:
                failed = lines.declare(f"{name}.failed", unit="flag", opening=0)
                lines.define(failed, self._fails(lines, reading, failed), label="Fails", role="flag")
            passed = self._passed(lines, reading, failed)
            row = None
            if counted:
                row = lines.declare(f"{name}.passes_in_a_row", unit="times", opening=0)
                lines.define(row, (prev(row) + passed) * negate(failed), label="Passes in a row")
        return TestLines(self, failed, row)

    def _fails(self, lines: Builder, reading: Reading, failed: Line | None) -> Expr:
        """It fails on a miss, on so many of the last, and for good where it is not curable."""
        flag = both(reading.result, reading.missed)
        if self.fails_when is not None:
            window = self.fails_when.of_last
            miss = lines.line(f"{self.row}.missed", flag, unit="flag", label="Misses the level", role="flag", opening=0)
            step = months_per_payment(lines)
            misses = total_of([miss, *(prev(miss, back * step) for back in range(1, window))])
            count = lines.line(f"{self.row}.misses", misses, unit="times", label=f"Misses of the last {window}")
            flag = both(reading.result, count >= lines.of(self.fails_when, "failed"))
        if self.curable or failed is None:
            return flag
        return either(prev(failed), flag)

    def _passed(self, lines: Builder, reading: Reading, failed: Line) -> Line:
        passed = reading.result - failed if self.curable else both(reading.result, negate(failed))
        return lines.line(f"{self.row}.passed", passed, unit="flag", label="Passes", role="flag")


def define_test(lines: Builder, test: Test, of: Measurements, *, counted: bool) -> TestLines:
    """Define a test that is measured before payment; `counted`, with its passes in a row, which a cure looks at."""
    return test.measure_now(lines, of, counted=counted)


Ratio = Annotated[float, Field(ge=0, le=50)] | SteppedLevel
"""A level of a ratio: one live number, or one for each month."""
