"""States of a deal: which list pays, what is entered on, whether it may be left, and the remedy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import model_validator

from dealmodel.basics.kinds import Kind, shape
from dealmodel.basics.words import name_in_words, names_in_words
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import Expr, Line, as_expr, both, either, negate, prev, total_of
from dealmodel.waterfall.measures import TestLines


class State(Kind):
    """A state. The deal is in the one of highest severity that holds, and the list of that state pays."""

    severity: int = shape("name", "Higher goes before lower; the state of severity 0 holds always", ge=0, le=100)
    waterfall: str = shape("name", "List that pays")
    entered_on: tuple[str, ...] = shape(
        "name",
        "Tests, any one of which leads to it when it fails",
        default=(),
        reason="the state of severity 0 has none",
    )
    left: Literal["never", "when_cured"] = shape(
        "name", "Whether it may be left: when each of its tests has passed `cured_after` times running",
        default="never", reason="a state lasts unless it may be cured",
    )  # fmt: skip
    remedy: Literal["keep_running", "sell"] = shape(
        "name", "What becomes of the equipment", default="keep_running", reason="only default leads to a sale"
    )
    performing_contracts: Literal["run_on", "end"] = shape(
        "name", "On a sale: whether units under a performing contract wait for its end, or the contract ends",
        default="run_on", reason="a customer that pays keeps its units",
    )  # fmt: skip

    @model_validator(mode="after")
    def _a_sale_is_final(self) -> State:
        if self.remedy == "sell" and self.left != "never":
            raise ValueError("a state whose remedy is to sell cannot be left; write `left: never`")
        return self

    def words(self) -> str:
        """What leads to it, the list that pays, when it is left, and the remedy."""
        parts = (self.entry_in_words(), f"Pays by {name_in_words(self.waterfall)}", self.leaving_in_words())
        return ". ".join((*parts, self.remedy_in_words()))

    def entry_in_words(self) -> str:
        """What leads to it."""
        if not self.entered_on:
            return "Holds unless another state does"
        tests = names_in_words(self.entered_on, "or")
        return f"Entered when {tests} fails"

    def leaving_in_words(self) -> str:
        """When it is left."""
        if not self.entered_on:
            return "Left when another state is entered"
        if self.left == "never":
            return "Never left"
        which = "that test" if len(self.entered_on) == 1 else "each of those tests"
        return f"Left once {which} has passed on as many payment dates running as it needs to cure"

    def remedy_in_words(self) -> str:
        """What becomes of the equipment."""
        if self.remedy == "keep_running":
            return "Equipment kept"
        if self.performing_contracts == "end":
            return "Equipment sold; contracts end on the sale"
        return "Equipment sold; performing contracts run on to their end first"


@dataclass(frozen=True, slots=True)
class Condition:
    """Flags of a test as a state sees them: this month's, or last month's where it acts on the next payment date.

    `cured` is None where no state may be left on it.
    """

    failed: Expr
    cured: Expr | None


def declare_states(lines: Builder, states: Mapping[str, State]) -> dict[str, Line]:
    """Announce the flags of the states: what is due may depend on the state of the month before."""
    in_force = {}
    for name, state in states.items():
        with lines.at(state.path, section="States", group=name):
            in_force[name] = lines.declare(f"{name}.in_force", unit="flag", opening=0)
    return in_force


def define_states(
    lines: Builder, states: Mapping[str, State], tests: Mapping[str, TestLines], announced: Mapping[str, Line]
) -> dict[str, Line]:
    """Define for each state whether it holds and whether the deal is in it.

    holds = a test failed, or it held last month and may not be left; in force = holds and no severer one does.
    """
    in_force: dict[str, Line] = {}
    for name, state in sorted(states.items(), key=lambda item: -item[1].severity):
        with lines.at(state.path, section="States", group=name):
            holds = _holds(lines, name, state, tests)
            severer = total_of(list(in_force.values()))
            flag = both(holds, negate(severer)) if in_force else holds
            in_force[name] = lines.define(announced[name], flag, label=f"The deal is in state {name}", role="flag")
    return in_force


def _holds(lines: Builder, name: str, state: State, tests: Mapping[str, TestLines]) -> Expr:
    if not state.entered_on:
        return as_expr(1)
    conditions = [_condition(lines, tests[test]) for test in state.entered_on]
    first, *others = [condition.failed for condition in conditions]
    entered = either(first, *others)
    holds = lines.declare(f"{name}.holds", unit="flag", opening=0)
    stays: Expr = prev(holds)
    if state.left == "when_cured":
        first_cured, *other_cured = [condition.cured for condition in conditions if condition.cured is not None]
        for cured in other_cured:
            first_cured = both(first_cured, cured)
        stays = both(stays, negate(first_cured))
    return lines.define(holds, either(entered, stays), label="Holds", role="flag")


def _condition(lines: Builder, test: TestLines) -> Condition:
    late = test.test.acts_next
    failed: Expr = prev(test.failed) if late else test.failed
    if test.in_a_row is None:
        return Condition(failed, None)
    row: Expr = prev(test.in_a_row) if late else test.in_a_row
    return Condition(failed, row >= lines.of(test.test, "cured_after"))


def counted_tests(states: Mapping[str, State]) -> set[str]:
    """Tests whose passes in a row decide whether a state may be left."""
    return {test for state in states.values() if state.left == "when_cured" for test in state.entered_on}
