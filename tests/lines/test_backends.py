"""Plain Python and NumPy give the same numbers, bit for bit, for any Model."""

from __future__ import annotations

import random

import numpy as np
import pytest

from dealmodel.lines import expressions as ex
from dealmodel.lines.blocks import run_block
from dealmodel.lines.build import CASH, Builder
from dealmodel.lines.inputs import Input
from dealmodel.lines.model import Model
from dealmodel.lines.plain import run_plain
from dealmodel.lines.values import Values

PERIODS = 7
SCENARIOS = 5
COMPARE = ("__lt__", "__le__", "__gt__", "__ge__")


class Author:
    """Writes random formulas over what is defined so far."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.builder = Builder("random", periods=PERIODS)
        self.params = [
            self.builder.add_input(Input(f"p{index}", "share", self.random.uniform(-2, 2))) for index in range(3)
        ]
        self.months = [
            self.builder.add_input(Input(f"m{index}", "share", self.random.uniform(-2, 2), monthly=True))
            for index in range(2)
        ]
        self.constants: list[ex.Line] = []
        self.lines: list[ex.Line] = []
        self.schedule: list[ex.Line] = []

    def atom(self, stage: str) -> ex.Expr:
        pool: list[ex.Expr] = [*self.params, ex.as_expr(1), ex.as_expr(0), *self.constants]
        if stage != "constant":
            pool += self.months + self.lines + self.lines
            pool += [ex.prev(line, self.random.randint(1, 3)) for line in self.lines[:4]]
        if stage == CASH:
            pool += [ex.ahead(line, self.whole()) for line in self.schedule]
            pool += [ex.sum_ahead(line, self.random.choice([None, self.whole()])) for line in self.schedule]
        return self.random.choice(pool)

    def whole(self) -> ex.Expr:
        return ex.round_to(ex.maximum(self.random.choice(self.params), 0), 0)

    def flag(self, stage: str, depth: int) -> ex.Expr:
        first = getattr(self.plain(stage, depth), self.random.choice(COMPARE))(self.plain(stage, depth))
        kind = self.random.randrange(5)
        if kind == 0:
            return ex.negate(first)
        if kind == 1:
            return ex.both(first, self.plain(stage, depth) > self.plain(stage, depth))
        if kind == 2:
            return ex.either(first, self.plain(stage, depth) <= self.plain(stage, depth))
        return first

    def plain(self, stage: str, depth: int) -> ex.Expr:
        """A formula without a condition."""
        if depth <= 0:
            return self.atom(stage)
        a, b = self.plain(stage, depth - 1), self.plain(stage, depth - 2)
        return self.random.choice([a + b, a - b, a * b, -a, ex.absolute(a), ex.minimum(a, b), ex.maximum(a, b),
                                   ex.round_to(a, 3), ex.Call('sum_states', (a, b, self.atom(stage)))])  # fmt: skip

    def formula(self, stage: str) -> ex.Expr:
        kind = self.random.randrange(6)
        if kind == 0:
            return ex.where(self.flag(stage, 1), self.plain(stage, 1), self.plain(stage, 2))
        if kind == 1:
            return ex.ratio(self.plain(stage, 2), self.plain(stage, 1), self.plain(stage, 0))
        if kind == 2:
            return self.flag(stage, 2)
        if kind == 3:
            return ex.lookup("table", (1.5, -2.0, 0.25, 4.0), ex.round_to(self.plain(stage, 1), 0))
        return ex.maximum(ex.minimum(self.plain(stage, 3), 1000 * 0 + 1), ex.as_expr(0) - 1)

    def model(self) -> Model:
        builder = self.builder
        for index in range(4):
            self.constants.append(builder.constant(f"c{index}", self.formula("constant"), unit="share"))
        self.constants.append(
            builder.constant("c_power", ex.power(1 + self.params[0] * self.params[0], 1 + self.params[1]), unit="share")
        )
        declared = builder.declare("rolled", unit="share", opening=[self.constants[0], self.constants[1]])
        for index in range(6):
            line = builder.line(f"s{index}", self.formula("schedule"), unit="share", opening=self.constants[index % 4])
            self.lines.append(line)
            self.schedule.append(line)
        builder.define(declared, ex.minimum(ex.prev(declared, 2) + self.lines[2], 1))
        self.lines.append(declared)
        builder.begin_cash()
        for index in range(12):
            self.lines.append(builder.line(f"l{index}", self.formula(CASH), unit="share", opening=0))
        for how in (ex.total, ex.lowest, ex.highest, ex.last, ex.first_month):
            for index in (1, 9, 15):
                line = self.lines[index]
                builder.summary(f"{how.__name__}.{line.name}", how(line), unit="share")
        builder.summary("quotient", ex.ratio(ex.total(self.lines[5]), ex.highest(self.lines[8]), 1), unit="share")
        return builder.build()


def scenarios(seed: int, *, which: str) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    draw = np.random.default_rng(seed)
    numbers = {f"p{i}": draw.uniform(-3, 3, SCENARIOS) for i in range(3)}
    months = {f"m{i}": draw.uniform(-3, 3, (PERIODS, SCENARIOS)) for i in range(2)}
    if which == "months":
        numbers = {path: value[0] for path, value in numbers.items()}
    if which == "numbers":
        months = {path: value[:, 0] for path, value in months.items()}
    return numbers, months


def values(model: Model, numbers: dict, months: dict, scenario: int) -> Values:
    given = {item.path: list(item.value) for item in model.inputs if item.given}
    fixed = {item.path: item.value for item in model.inputs if not item.monthly}
    return Values(
        fixed | {path: float(value if np.ndim(value) == 0 else value[scenario]) for path, value in numbers.items()},
        given
        | {
            path: [float(v) for v in (value if value.ndim == 1 else value[:, scenario])]
            for path, value in months.items()
        },
    )


@pytest.mark.parametrize("which", ["both", "numbers", "months"])
@pytest.mark.parametrize("seed", range(40))
def test_plain_equals_numpy_bit_for_bit(seed: int, which: str) -> None:
    model = Author(seed).model()
    numbers, months = scenarios(seed, which=which)
    names = [item.name for item in model.monthly]
    block = run_block(model, numbers=numbers, months=months, size=SCENARIOS, keep=names)
    for scenario in range(SCENARIOS):
        _, rows, summary = run_plain(model, values(model, numbers, months, scenario))
        for place, name in enumerate(names):
            plain = [row[place] for row in rows]
            assert plain == block.lines[name][:, scenario].tolist(), (name, model.definitions[name].formula)
        for item, value in zip(model.summary, summary, strict=True):
            assert value == block.summary[item.name][scenario], item.name
