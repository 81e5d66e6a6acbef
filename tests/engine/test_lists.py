"""Lists that several states use are carried out once, over the cash of the state the deal is in.

Collections are 1,000 a month; coupons 1% a month. From month 2 on the tenant has stopped, and nothing comes in.
"""

from __future__ import annotations

import pytest

from dealmodel.engine.lists import pieces_of
from dealmodel.engine.result import Result
from dealmodel.engine.run import model_for, run_deal
from dealmodel.waterfall.step_base import Step
from dealmodel.waterfall.steps import Pay, Release, Use

CENT = 0.005  # money to the cent
Lists = dict[str, tuple[Step, ...]]


def months(result: Result, name: str, count: int) -> list[float]:
    return result.lines.months(name)[:count]


def pieces(lists: Lists, *paying: str) -> list[tuple[str, tuple[str, ...], int]]:
    return [(piece.name, piece.users, piece.first) for piece in pieces_of(lists, paying)]


PAY, RELEASE = Pay(pay="trustee"), Release(release="sponsor")


def test_a_list_used_by_two_is_one_piece_in_between() -> None:
    lists: Lists = {"costs": (PAY,), "a": (PAY, Use(use="costs"), RELEASE), "b": (Use(use="costs"), PAY, RELEASE)}
    assert pieces(lists, "a", "b") == [("a", ("a",), 1), ("costs", ("a", "b"), 1), ("a", ("a",), 3), ("b", ("b",), 2)]


def test_a_list_used_by_one_or_twice_by_one_is_inserted() -> None:
    lists: Lists = {
        "costs": (PAY,),
        "twice": (PAY, PAY),
        "a": (Use(use="costs"), Use(use="twice"), Use(use="twice"), RELEASE),
        "b": (Use(use="twice"), RELEASE),
    }
    assert pieces(lists, "a", "b") == [("a", ("a",), 1), ("b", ("b",), 1)]
    assert [len(piece.steps) for piece in pieces_of(lists, ("a", "b"))] == [6, 3]


def test_lists_used_in_opposite_orders_do_not_wait_for_each_other() -> None:
    """The one that is used last is inserted in both; the other stays one piece."""
    lists: Lists = {
        "one": (PAY,),
        "two": (PAY, PAY),
        "a": (Use(use="one"), Use(use="two"), RELEASE),
        "b": (Use(use="two"), Use(use="one"), RELEASE),
    }
    assert pieces(lists, "a", "b") == [
        ("b", ("b",), 1), ("one", ("a", "b"), 1), ("a", ("a",), 2), ("b", ("b",), 4),
    ]  # fmt: skip


def test_a_list_that_is_itself_a_state_s_is_inserted() -> None:
    lists: Lists = {"a": (Use(use="b"),), "c": (Use(use="b"),), "b": (PAY, RELEASE)}
    assert pieces(lists, "a", "b", "c") == [("a", ("a",), 1), ("b", ("b",), 1), ("c", ("c",), 1)]


DEAL = """
tranches:
  defaults: {kind: note, day_count: 30/360 ISDA, coupon: {fixed: 0.12}, deferrable: true}
  senior: {ranking: 1, balance: 1_000}
  junior: {ranking: 2, balance: 500}
fees: {trustee: {amount_per_year: 120}}
accounts:
  collection: {kind: collection}
  reserve: {kind: reserve, target: {amount: 200}, excess_to: collection}
tests:
  use: {measure: utilisation, weighted_by: units, over_months: 1, first: month 1, at_least: 0.5}
states:
  normal: {severity: 0, waterfall: payments}
  short: {severity: 1, waterfall: tight, entered_on: [use]}
waterfalls:
  at_closing: [top_up: reserve, release: sponsor]
  costs:
    - {pay: trustee, backed_by: reserve}
    - pay: site_costs
  payments:
    - use: costs
    - {pay_interest: [senior, junior], backed_by: reserve}
    - top_up: reserve
    - pay_principal: {to: senior, up_to: outstanding}
    - use: ending
  tight:
    - apply: reserve
    - use: costs
    - pay_interest: senior
    - pay_principal: {to: senior, up_to: outstanding}
    - pay_interest: junior
    - use: ending
  ending:
    - pay_principal: {to: junior, up_to: outstanding}
    - release: sponsor
"""


def test_the_list_in_force_pays_and_the_shared_one_pays_for_both(tiny_deal) -> None:
    """Month 1: trustee 10, interest 10 + 5, 975 of senior; 25 is left of it, and the reserve holds 200.

    Month 2, no collections: the reserve's 200 pays trustee 10, interest 0.25, senior 25, junior interest 5, and 159.75
    of junior. Month 3: nothing is left; all is carried forward.
    """
    deal = tiny_deal(DEAL, stops_paying="month 2")
    result = run_deal(deal)
    assert months(result, "normal.in_force", 3) == [1.0, 0.0, 0.0]
    assert months(result, "trustee.paid", 3) == pytest.approx([10, 10, 0], abs=CENT)
    assert months(result, "costs.01.trustee.paid", 3) == pytest.approx([10, 10, 0], abs=CENT)
    assert months(result, "senior.principal_paid", 3) == pytest.approx([975, 25, 0], abs=CENT)
    assert months(result, "junior.interest_paid", 3) == pytest.approx([5, 5, 0], abs=CENT)
    assert months(result, "junior.principal_paid", 3) == pytest.approx([0, 159.75, 0], abs=CENT)
    assert months(result, "junior.balance", 3) == pytest.approx([500, 340.25, 340.25], abs=CENT)
    assert months(result, "reserve.balance", 3) == pytest.approx([200, 0, 0], abs=CENT)
    assert months(result, "sponsor.received", 3) == pytest.approx([0, 0, 0], abs=CENT)


def test_the_same_numbers_come_out_where_lists_are_written_twice(tiny_deal) -> None:
    """Every line but those of the lists themselves, to the last digits that another order of adding leaves."""
    copied = DEAL
    for name in ("costs", "ending"):
        body = DEAL.split(f"  {name}:\n")[1].split("\n  payments")[0].split("\n  tight")[0].rstrip()
        copied = copied.replace(f"    - use: {name}\n", body + "\n").replace(f"  {name}:\n{body}\n", "")
    shared, written = (run_deal(tiny_deal(text, stops_paying="month 2")) for text in (DEAL, copied))
    own = ("costs.", "ending.", "payments.", "tight.", "check.")
    names = [item.name for item in shared.lines.model.monthly if not item.name.startswith(own)]
    assert len(names) > 80
    for name in names:
        assert months(shared, name, 6) == pytest.approx(months(written, name, 6), abs=1e-9), name


def test_a_shared_list_costs_its_operations_once(tiny_deal) -> None:
    model = model_for(tiny_deal(DEAL))
    assert sum(item.name.endswith("trustee.paid") for item in model.monthly) == 2  # costs.01.trustee.paid, trustee.paid
    assert not any(item.name.startswith("tight.02.trustee") for item in model.monthly)
