"""The ledger pays the lesser of what is there and what is due, to the last bit, and loses no cash."""

from __future__ import annotations

import random
import re

import pytest

from dealmodel.basics.errors import ModelError
from dealmodel.lines.expressions import as_expr
from dealmodel.waterfall.ledger import Ledger
from dealmodel.waterfall.steps import Apply, Pay, PayInterest, PayPrincipal, PrincipalTarget, Release

MONEY = 1e-9  # sums and shares of amounts of at most a few thousand


@pytest.mark.parametrize(("cash", "due", "paid"), [(100, 30, 30), (30, 100, 30), (50, 50, 50), (0, 50, 0), (50, 0, 0)])
def test_a_payment_is_the_lesser_of_cash_and_due(payment, cash: float, due: float, paid: float) -> None:
    amounts, left = payment({"collection": cash}, dues={"fee": due}).carry_out(Pay(pay="fee")).amounts()
    assert amounts == {"fee": paid}
    assert left == {"collection": cash - paid}


def test_the_second_payee_gets_what_the_first_left(payment) -> None:
    day = payment({"collection": 100}, dues={"fee": 70, "a.interest": 50})
    paid, left = day.carry_out(Pay(pay="fee"), PayInterest(pay_interest="a")).amounts()
    assert paid == {"fee": 70, "a.interest": 30}
    assert left == {"collection": 0}


def test_short_cash_is_shared_in_proportion_to_what_is_due(payment) -> None:
    """60 on dues of 20, 40 and 60: half of each."""
    day = payment({"collection": 60}, dues={"x": 20, "y": 40, "z": 60})
    paid, left = day.carry_out(Pay(pay=("x", "y", "z"))).amounts()
    assert paid == {"x": 10, "y": 20, "z": 30}
    assert left == {"collection": 0}


def test_shares_of_any_amounts_add_up_and_are_proportional(payment) -> None:
    draw = random.Random(1)
    for _ in range(60):
        dues = {name: round(draw.uniform(0.01, 900), 2) for name in ("x", "y", "z")}
        whole = sum(dues.values())
        cash = draw.uniform(0, 1) * whole
        paid, left = payment({"collection": cash}, dues=dues).carry_out(Pay(pay=("x", "y", "z"))).amounts()
        assert sum(paid.values()) == pytest.approx(cash, abs=MONEY)
        assert left["collection"] == pytest.approx(0.0, abs=MONEY)
        for name, due in dues.items():
            assert paid[name] == pytest.approx(due * cash / whole, abs=MONEY)


def test_full_payment_pays_each_due_to_the_bit(payment) -> None:
    draw = random.Random(2)
    for _ in range(60):
        dues = {name: draw.uniform(0, 1e6) / 3 for name in ("x", "y", "z")}
        paid, _ = payment({"collection": 1e7}, dues=dues).carry_out(Pay(pay=("x", "y", "z"))).amounts()
        assert paid == dues


def test_the_share_of_the_dues_is_no_amount_of_money(payment) -> None:
    day = payment({"collection": 60}, dues={"x": 20, "y": 40}).carry_out(Pay(pay=("x", "y")))
    units = {item.name: item.line.unit for item in day.lines.build().monthly if item.name.endswith("_share")}
    assert units == {"list.01.all.paid_share": "share"}


def test_shares_in_cents_add_up_and_never_exceed_what_is_due(payment) -> None:
    """Dues and cash of a few cents, where every rounding shows: from one account, and the rest from another."""
    draw = random.Random(3)
    for _ in range(150):
        dues = {name: draw.randint(0, 7) / 100 for name in ("x", "y", "z")}
        cash = {"collection": draw.randint(0, 20) / 100, "reserve": draw.randint(0, 9) / 100}
        day = payment(cash, dues=dues, places=2).carry_out(Pay(pay=("x", "y", "z"), backed_by="reserve"))
        paid, left = day.amounts()
        whole = min(sum(dues.values()), sum(cash.values()))
        assert sum(paid.values()) == pytest.approx(whole, abs=1e-9)
        assert sum(left.values()) == pytest.approx(sum(cash.values()) - whole, abs=1e-9)
        for name, due in dues.items():
            assert paid[name] * 100 == pytest.approx(round(paid[name] * 100), abs=1e-9)
            assert -1e-9 <= paid[name] <= due + 1e-9
            assert abs(paid[name] - due * whole / max(sum(dues.values()), 0.01)) < 0.0201  # a cent for each account


def test_nothing_due_in_a_shared_step_pays_nothing(payment) -> None:
    """The share of nothing is 0, not a division by 0."""
    paid, left = payment({"collection": 60}, dues={"x": 0, "y": 0}).carry_out(Pay(pay=("x", "y"))).amounts()
    assert paid == {"x": 0, "y": 0}
    assert left == {"collection": 60}


def test_the_backing_account_pays_what_cash_does_not(payment) -> None:
    day = payment({"collection": 30, "reserve": 50}, dues={"fee": 70}).carry_out(Pay(pay="fee", backed_by="reserve"))
    assert day.by_step() == [("01", "collection", "fee", 30), ("01", "reserve", "fee", 40)]
    assert day.amounts()[1] == {"collection": 0, "reserve": 10}


def test_the_backing_account_stands_still_while_cash_is_enough(payment) -> None:
    day = payment({"collection": 80, "reserve": 50}, dues={"fee": 70}).carry_out(Pay(pay="fee", backed_by="reserve"))
    assert day.amounts() == ({"fee": 70}, {"collection": 10, "reserve": 50})


def test_where_both_accounts_are_short_the_rest_stays_unpaid(payment) -> None:
    day = payment({"collection": 30, "reserve": 25}, dues={"fee": 70}).carry_out(Pay(pay="fee", backed_by="reserve"))
    assert day.amounts() == ({"fee": 55}, {"collection": 0, "reserve": 0})


def test_shared_dues_are_backed_in_proportion_too(payment) -> None:
    """Dues 20 and 60; 40 of cash pays half of each, 20 of reserve a quarter of each: 15 and 45."""
    day = payment({"collection": 40, "reserve": 20}, dues={"x": 20, "y": 60})
    day.carry_out(Pay(pay=("x", "y"), backed_by="reserve"))
    assert day.amounts() == ({"x": 15, "y": 45}, {"collection": 0, "reserve": 0})
    assert day.by_step()[2:] == [("01", "reserve", "x", 5), ("01", "reserve", "y", 15)]


def test_a_backing_account_backs_its_own_step_alone(payment) -> None:
    day = payment({"collection": 30, "reserve": 50}, dues={"fee": 40, "a.interest": 20})
    paid, left = day.carry_out(Pay(pay="fee", backed_by="reserve"), PayInterest(pay_interest="a")).amounts()
    assert paid == {"fee": 40, "a.interest": 0}
    assert left == {"collection": 0, "reserve": 40}


def test_a_second_step_on_the_same_due_pays_what_is_still_unpaid(payment) -> None:
    """40 of 100 is paid from cash; the second step, backed, pays the other 60 and no more."""
    day = payment({"collection": 40, "reserve": 90}, dues={"a.interest": 100})
    day.carry_out(PayInterest(pay_interest="a"), PayInterest(pay_interest="a", backed_by="reserve"))
    paid, left = day.amounts()
    assert paid == {"a.interest": 100}
    assert left == {"collection": 0, "reserve": 30}


def test_a_second_step_pays_nothing_on_what_is_paid_in_full(payment) -> None:
    day = payment({"collection": 400}, dues={"x": 70, "y": 30})
    day.carry_out(Pay(pay="x"), Pay(pay=("x", "y")))
    assert [row[3] for row in day.by_step()] == [70, 0, 30]
    assert day.amounts()[1] == {"collection": 300}


def test_a_second_shared_step_pays_what_is_still_unpaid(payment) -> None:
    """20 and 60 due, 40 there: 10 and 30. Then 900 more comes in: the other 10 and 30 are paid, and no more."""
    day = payment({"collection": 40, "trap": 900}, dues={"x": 20, "y": 60})
    day.carry_out(Pay(pay=("x", "y")), Apply(apply="trap"), Pay(pay=("x", "y")))
    assert [row[3] for row in day.by_step()] == [10, 30, 900, 10, 30]
    assert day.amounts()[1] == {"collection": 860, "trap": 0}


def test_cash_in_equals_cash_out_and_what_is_left(payment) -> None:
    day = payment({"collection": 77, "reserve": 21}, dues={"x": 31, "y": 43, "a.interest": 19}, balances={"a": 900})
    day.carry_out(
        Pay(pay=("x", "y"), backed_by="reserve"),
        PayInterest(pay_interest="a", backed_by="reserve"),
        PayPrincipal(pay_principal=PrincipalTarget(to="a", up_to="outstanding")),
        Release(release="sponsor"),
    )
    paid, left = day.amounts()
    assert sum(paid.values()) + sum(left.values()) == pytest.approx(98, abs=MONEY)
    assert paid == pytest.approx({"x": 31, "y": 43, "a.interest": 19, "a.principal": 0, "sponsor": 0}, abs=MONEY)


def test_a_formula_that_reads_cash_of_before_a_payment_is_refused(payment) -> None:
    day = payment({"collection": 100}, dues={"fee": 30})
    before = day.ledger.cash["collection"]
    day.carry_out(Pay(pay="fee"))
    after = day.ledger.cash["collection"]
    with pytest.raises(ModelError, match=re.escape(f"ask for {after.name!r}")):
        day.lines.line("twice", before * 1, unit="currency")
    day.lines.line("fine", after * 1, unit="currency")


def test_a_formula_that_reads_a_balance_of_before_a_second_payment_is_refused(payment) -> None:
    day = payment({"collection": 100}, balances={"a": 500}, scheduled={"a": 460})
    step = PayPrincipal(pay_principal=PrincipalTarget(to="a", up_to="scheduled"))
    rest = PayPrincipal(pay_principal=PrincipalTarget(to="a", up_to="outstanding"))
    day.carry_out(step)
    day.ledger.begin("before", "")
    stale = day.ledger.balance("a")
    day.carry_out(rest)
    day.ledger.begin("after", "")
    fresh = day.ledger.balance("a")
    assert stale.name != fresh.name
    with pytest.raises(ModelError, match="is a past balance"):
        day.lines.line("stale", stale * 1, unit="currency")


def test_the_balance_at_a_step_is_less_what_was_paid_so_far(payment, run) -> None:
    """500, less 40 down to the schedule, less the 60 that are left of the cash: 400."""
    day = payment({"collection": 100}, balances={"a": 500}, scheduled={"a": 460})
    day.carry_out(
        PayPrincipal(pay_principal=PrincipalTarget(to="a", up_to="scheduled")),
        PayPrincipal(pay_principal=PrincipalTarget(to="a", up_to="outstanding")),
    )
    day.ledger.begin("after", "")
    here = day.ledger.balance("a")
    assert [row[3] for row in day.by_step()] == [40, 60]
    assert run(day.lines).months(here.name) == [400]


def test_at_closing_the_ledger_runs_over_constants(builder, run) -> None:
    lines = builder(3)
    start = lines.constant("proceeds", lines.named("thousand", 1000, "currency"), unit="currency")
    held = lines.constant("empty", as_expr(0), unit="currency")
    ledger = Ledger(lines, "closing", {"collection": start, "reserve": held}, dues={}, balances={}, once=True)
    ledger.begin("01", "")
    ledger.move("collection", "reserve", lines.named("target", 300, "currency"), label="Into reserve")
    ledger.begin("02", "")
    ledger.release("collection", "sponsor", None)
    trace = run(lines)
    assert trace.number(ledger.cash["reserve"].name) == 300
    assert trace.number(ledger.cash["collection"].name) == 0
    assert [trace.number(posting.amount.name) for posting in ledger.postings] == [300, 700]
