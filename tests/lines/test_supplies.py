"""Months that are worked out outside the lines: plain Python, a block and single runs see the same ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from dealmodel.basics.errors import ModelError
from dealmodel.lines.arithmetic import Floats
from dealmodel.lines.blocks import run_block
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import prev, total
from dealmodel.lines.inputs import Change, Input
from dealmodel.lines.model import Model
from dealmodel.lines.supplies import Supply, read_outside, supplied_paths
from dealmodel.lines.trace import Trace
from dealmodel.lines.values import values_of

PERIODS = 4
CALLS: list[int] = []


def decay(read: Mapping[str, Floats]) -> Mapping[str, Floats]:
    """1,000 that fall by the share `speed` a month: what is left, month by month."""
    speed = np.broadcast_to(read["speed"], (PERIODS, read["speed"].shape[1]))
    CALLS.append(speed.shape[1])
    return {"supplied.left": 1000.0 * np.cumprod(1 - speed, axis=0)}


def model(*, dated: bool = False) -> Model:
    changes = {"fast": (Change("multiply", 2.0),), "late": (Change("set", 0.5, 3),)}
    if not dated:
        del changes["late"]
    speed = Input("speed", "share", 0.1, monthly=dated, lowest=0.0, highest=1.0, changes=changes)
    lines = Builder("small", periods=PERIODS, source=lambda path: speed if path == "speed" else None)
    lines.param("speed")
    found = lines.supply(Supply("pool", ("speed",), ("supplied.left",), decay), {"supplied.left": ("currency", "Left")})
    left = lines.line("left", found["supplied.left"], unit="currency", opening=lines.named("start", 1000, "currency"))
    paid = lines.line("paid", prev(left) - left, unit="currency")
    lines.summary("paid_in_total", total(paid), unit="currency")
    return lines.build(scenarios={"base": "Base", **{name: name for name in changes}})


def run(built: Model, scenario: str = "base", **overrides: float) -> Trace:
    return Trace.of(built, values_of(built, scenario, overrides))


def test_the_base_by_hand() -> None:
    assert run(model()).months("left") == pytest.approx([900.0, 810.0, 729.0, 656.1], abs=1e-9)
    assert run(model()).number("paid_in_total") == pytest.approx(343.9, abs=1e-9)


def test_a_scenario_and_an_override_move_the_months_without_compiling() -> None:
    built = model()
    assert run(built, "fast").months("left")[1] == pytest.approx(640.0)
    assert run(built, speed=0.5).months("left")[3] == pytest.approx(62.5)
    assert run(built, "fast", speed=0.25).months("left")[1] == pytest.approx(250.0)


def test_a_number_that_moves_by_month() -> None:
    assert run(model(dated=True), "late").months("left") == pytest.approx([900.0, 810.0, 405.0, 202.5])


def test_a_block_is_one_call_and_equals_single_runs() -> None:
    built = model()
    speeds = np.linspace(0.0, 0.9, 7)
    CALLS.clear()
    block = run_block(built, numbers={**values_of(built).numbers, "speed": speeds}, months={}, size=7, keep=["left"])
    assert CALLS == [1, 7]  # the first is `values_of`
    for place, speed in enumerate(speeds):
        alone = run(built, speed=float(speed))
        assert block.lines["left"][:, place].tolist() == alone.months("left")
        assert block.summary["paid_in_total"][place] == alone.number("paid_in_total")


def test_a_block_in_which_nothing_read_varies_works_its_months_out_once() -> None:
    built = model()
    CALLS.clear()
    block = run_block(built, numbers=values_of(built).numbers, months={}, size=5, keep=["left"])
    assert CALLS == [1, 1]
    assert block.lines["left"].shape == (PERIODS, 5)


def test_months_that_do_not_come_first_are_refused() -> None:
    built = model()
    turned = replace(built.supplies[0], work=lambda read: {"supplied.left": decay(read)["supplied.left"].T})
    with pytest.raises(ModelError, match="months come first"):
        values_of(replace(built, supplies=(turned,)))


def test_what_a_supply_rests_on_is_in_the_hash() -> None:
    built = model()
    other = replace(built, supplies=(replace(built.supplies[0], mark="another table"),))
    assert built.hash != other.hash
    assert supplied_paths(built) == {"supplied.left"}
    assert read_outside(built) == {"speed"}
