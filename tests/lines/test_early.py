"""Parts of checks are worked out as soon as what they read is there, and what they read is kept no longer."""

from __future__ import annotations

from dealmodel.lines.build import Builder
from dealmodel.lines.early import EarlyParts
from dealmodel.lines.expressions import absolute
from dealmodel.lines.model import text_of


def test_parts_follow_the_last_line_that_they_read() -> None:
    """Of |a + b - c|: a + b after b, the sum less c after c, its size at the check itself."""
    lines = Builder("deal", periods=1)
    a, b = lines.series("a", [1.0], unit="currency"), lines.series("b", [2.0], unit="currency")
    lines.begin_cash()
    c = lines.line("c", a + b, unit="currency")
    lines.line("d", c + 1, unit="currency")
    lines.check("check", absolute(a + b - c), unit="currency", label="Gap")
    model = lines.build()
    early = EarlyParts(model.monthly)
    assert {place: [text_of(part) for part in parts] for place, parts in early.after.items()} == {
        1: ["(a + b)"], 2: ["((a + b) - c)"],
    }  # fmt: skip
    assert early.last_use == {"a": 2, "b": 2, "c": 3, "d": 3, "check": 4}


def test_a_part_that_stands_twice_waits_for_the_check() -> None:
    lines = Builder("deal", periods=1)
    a = lines.series("a", [1.0], unit="currency")
    lines.begin_cash()
    lines.line("b", a + 1, unit="currency")
    twice = a + 1
    lines.check("check", absolute(twice) - twice, unit="currency", label="Gap")
    early = EarlyParts(lines.build().monthly)
    assert "(a + 1)" not in [text_of(part) for parts in early.after.values() for part in parts]
    assert early.last_use["a"] == 2
