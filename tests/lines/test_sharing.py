"""Parts of formulas that are written alike are one; sharing them changes no number."""

from __future__ import annotations

from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import Expr, ahead, lookup, maximum, prev, round_to, sum_ahead, total, where
from dealmodel.lines.inputs import Input
from dealmodel.lines.plain import program_of
from dealmodel.lines.sharing import Sharing
from dealmodel.lines.trace import Trace
from dealmodel.lines.values import values_of


def lines_and_parts() -> tuple[Builder, Expr, Expr]:
    lines = Builder("deal", periods=3)
    price = lines.add_input(Input("price", "currency", 10.0))
    level = lines.add_input(Input("level", "times", 2.0, monthly=True))
    return lines, price, level


def test_parts_written_alike_have_one_number() -> None:
    _, price, level = lines_and_parts()
    one, same, other = price * level + 1, price * level + 1, level * price + 1
    sharing = Sharing([one, same, other])
    assert sharing.number(one) == sharing.number(same)
    assert sharing.number(one) != sharing.number(other)


def test_what_differs_in_a_detail_is_not_the_same() -> None:
    lines, price, level = lines_and_parts()
    rent = lines.line("rent", level, unit="currency", opening=0)
    once = lines.constant("once", price, unit="currency")
    parts = [
        price, level, rent, once, price + 0, price + 1, price - 1, prev(rent), prev(rent, 2), round_to(level, 2),
        round_to(level, 3), ahead(rent, 1), ahead(rent, 0), sum_ahead(rent), sum_ahead(rent, price), total(rent),
        lookup("t", (1.0, 2.0), level), lookup("t", (1.0, 3.0), level), lookup("u", (1.0, 2.0), level),
    ]  # fmt: skip
    sharing = Sharing(parts)
    assert len({sharing.number(part) for part in parts}) == len(parts)


def test_a_part_is_constant_where_everything_in_it_is() -> None:
    lines, price, level = lines_and_parts()
    rent = lines.line("rent", level, unit="currency", opening=0)
    once = lines.constant("once", price, unit="currency")
    parts = {
        price + once: True,
        price * level: False,
        once + rent: False,
        maximum(price, 0): True,
        once + prev(rent): False,
    }
    sharing = Sharing(parts)
    assert {part: sharing.is_constant(part) for part in parts} == parts


def test_a_part_recurs_where_it_stands_in_two_places() -> None:
    _, price, level = lines_and_parts()
    shared, alone = price * level, price + level
    sharing = Sharing([shared + 1, shared - 1, alone * 1])
    assert sharing.recurs(price * level)
    assert not sharing.recurs(alone)


def test_what_recurs_is_worked_out_once_and_the_numbers_stand() -> None:
    """Price 10, level 2, month by month: (20 + 1), (20 - 1), and 20 where it is above 0."""
    lines, price, level = lines_and_parts()
    names = ("up", "down", "gated", "fixed")
    formulas = (
        price * level + 1,
        price * level - 1,
        where(price * level > 0, price * level, 0),
        level + (price + 1) * price,
    )
    for name, formula in zip(names, formulas, strict=True):
        line = lines.declare(name, unit="currency", opening=0)
        lines.define(line, formula + prev(line) * 0)  # looks back at itself, so that it runs month by month
    model = lines.build()
    trace = Trace.of(model, values_of(model))
    assert [trace.months(name)[0] for name in names] == [21.0, 19.0, 20.0, 112.0]
    assert trace.months("fixed") == [112.0] * 3
    assert program_of(model).source.count("p0 * s0") == 1
