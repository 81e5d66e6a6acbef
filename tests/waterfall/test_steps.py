"""Each verb of a waterfall says what is due; limits and conditions wrap it."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from dealmodel.lines.expressions import maximum, total_of
from dealmodel.waterfall.measures import LoanToValueTest, Measurements, define_test
from dealmodel.waterfall.steps import (
    Apply,
    Deposit,
    Pay,
    PayInterest,
    PayPrincipal,
    PrincipalTarget,
    Release,
    TopUp,
    Use,
    flattened,
)

MONEY = 1e-9  # sums and shares of amounts of at most a few thousand


def principal(to, up_to: str = "outstanding", order: str = "pro_rata", **wrappers: str) -> PayPrincipal:
    return PayPrincipal(pay_principal=PrincipalTarget(to=to, up_to=up_to, order=order), **wrappers)


# principal


def test_outstanding_pays_the_balance_and_no_more(payment) -> None:
    assert payment({"c": 900}, balances={"a": 500}).carry_out(principal("a")).amounts() == (
        {"a.principal": 500},
        {"c": 400},
    )


@pytest.mark.parametrize(
    ("balance", "scheduled", "paid"), [(500, 460, 40), (460, 460, 0), (400, 460, 0), (500, 0, 100), (700, 500, 100)]
)
def test_scheduled_pays_down_to_the_scheduled_balance_arrears_included(payment, balance, scheduled, paid) -> None:
    """With 100 of cash. Below the schedule nothing is due."""
    day = payment({"c": 100}, balances={"a": balance}, scheduled={"a": scheduled}).carry_out(
        principal("a", "scheduled")
    )
    assert day.amounts() == ({"a.principal": paid}, {"c": 100 - paid})


def test_sequential_pays_one_after_the_other(payment) -> None:
    day = payment({"c": 550}, balances={"a": 500, "b": 300}).carry_out(principal(("a", "b"), order="sequential"))
    assert day.amounts()[0] == {"a.principal": 500, "b.principal": 50}


def test_the_order_of_a_sequence_is_the_order_of_the_list(payment) -> None:
    day = payment({"c": 350}, balances={"a": 500, "b": 300}).carry_out(principal(("b", "a"), order="sequential"))
    assert day.amounts()[0] == {"a.principal": 50, "b.principal": 300}


def test_pro_rata_pays_in_proportion_to_what_is_due(payment) -> None:
    """400 on 500 and 300: half of each."""
    day = payment({"c": 400}, balances={"a": 500, "b": 300}).carry_out(principal(("a", "b")))
    assert day.amounts()[0] == {"a.principal": 250, "b.principal": 150}


def test_pro_rata_to_the_schedule_is_in_proportion_to_the_gaps(payment) -> None:
    """Gaps of 30 and 10; 20 of cash: 15 and 5."""
    day = payment({"c": 20}, balances={"a": 500, "b": 300}, scheduled={"a": 470, "b": 290})
    assert day.carry_out(principal(("a", "b"), "scheduled")).amounts()[0] == {"a.principal": 15, "b.principal": 5}


def with_cure(payment, cash: float, level: float):
    """Balances 500 and 300; the cure brings their sum down to a level."""
    held: list = []

    def cure(balance):
        return maximum(total_of([balance("a"), balance("b")]) - held[0], 0)

    day = payment({"c": cash}, balances={"a": 500, "b": 300}, cures={"ltv": cure})
    held.append(day.lines.named("level", level, "currency"))
    return day


def test_a_sequence_with_a_limit_pays_no_more_than_the_limit_in_all(payment) -> None:
    """800 down to 200: 600, of which a takes 500 and b the other 100."""
    day = with_cure(payment, 1000, 200).carry_out(principal(("a", "b"), "cure.ltv", "sequential"))
    assert day.amounts() == ({"a.principal": 500, "b.principal": 100}, {"c": 400})


def test_a_limit_within_the_first_of_a_sequence_leaves_the_second_alone(payment) -> None:
    day = with_cure(payment, 1000, 750).carry_out(principal(("a", "b"), "cure.ltv", "sequential"))
    assert day.amounts() == ({"a.principal": 50, "b.principal": 0}, {"c": 950})


def test_short_cash_in_a_limited_sequence_stays_with_the_first(payment) -> None:
    """Limit 600, cash 120: the second may take what the first did not of the limit, but no cash is left."""
    day = with_cure(payment, 120, 200).carry_out(principal(("a", "b"), "cure.ltv", "sequential"))
    assert day.amounts() == ({"a.principal": 120, "b.principal": 0}, {"c": 0})


def test_a_limit_shared_pro_rata_follows_the_balances(payment) -> None:
    """Limit 80 of 800: a tenth of each, 50 and 30."""
    day = with_cure(payment, 1000, 720).carry_out(principal(("a", "b"), "cure.ltv"))
    assert day.amounts() == ({"a.principal": 50, "b.principal": 30}, {"c": 920})


def test_a_cure_of_one_tranche_pays_at_most_its_balance(payment) -> None:
    day = with_cure(payment, 1000, 100).carry_out(principal("a", "cure.ltv"))
    assert day.amounts() == ({"a.principal": 500}, {"c": 500})


def test_what_an_earlier_step_paid_counts_towards_the_cure(payment) -> None:
    """800 to 700: 100, of which an earlier step has paid 60 on a. The cure asks for 40."""
    held: list = []

    def cure(balance):
        return maximum(total_of([balance("a"), balance("b")]) - held[0], 0)

    day = payment({"c": 1000}, balances={"a": 500, "b": 300}, scheduled={"a": 440}, cures={"ltv": cure})
    held.append(day.lines.named("level", 700, "currency"))
    day.carry_out(principal("a", "scheduled"), principal(("a", "b"), "cure.ltv", "sequential"))
    assert [row[3] for row in day.by_step()] == [60, 40, 0]


def test_a_cure_brings_the_ratio_to_the_level_exactly(builder, payment, tranche, run) -> None:
    """LTV of 450 + 350 over 1,000 at most 0.75: 50 to pay. After it 750 / 1,000 is 0.75, and the test passes."""
    ltv = LoanToValueTest(measure="ltv", debt=("a", "b"), value="resale", at_most=0.75)
    for paid, fails in ((0.0, 1.0), (49.9, 1.0), (50.0, 0.0)):
        lines = builder(1, {"cover": ltv})
        a = tranche(lines, "a", opening=(450 - paid,))
        b = tranche(lines, "b", opening=(350,))
        value = lines.series("value", (1000,), unit="currency")
        of = Measurements(value, {"a": a, "b": b}, {"resale": value, "book": value}, {}, {})
        define_test(lines, ltv, of, counted=False)
        openings = {"a": a.opening, "b": b.opening}
        lines.line("cure", ltv.cure(lines, of, openings.__getitem__), unit="currency")
        trace = run(lines)
        assert trace.months("cure") == pytest.approx([max(50.0 - paid, 0.0)], abs=MONEY)
        assert trace.months("cover.failed") == [fails]
    assert trace.months("cover.ratio") == [0.75]


# accounts


@pytest.mark.parametrize(("held", "moved"), [(0, 100), (70, 30), (100, 0), (130, 0)])
def test_top_up_moves_what_is_missing_to_the_target(payment, held: float, moved: float) -> None:
    day = payment({"c": 500, "reserve": held}, targets={"reserve": 100}).carry_out(TopUp(top_up="reserve"))
    assert day.amounts() == ({"reserve": moved}, {"c": 500 - moved, "reserve": held + moved})


def test_top_up_moves_no_more_than_is_there(payment) -> None:
    day = payment({"c": 20, "reserve": 30}, targets={"reserve": 100}).carry_out(TopUp(top_up="reserve"))
    assert day.amounts() == ({"reserve": 20}, {"c": 0, "reserve": 50})


def test_deposit_moves_all_that_is_left(payment) -> None:
    day = payment({"c": 80, "trap": 5}).carry_out(Deposit(deposit="trap"))
    assert day.amounts() == ({"trap": 80}, {"c": 0, "trap": 85})


def test_apply_empties_each_account_into_available_funds(payment) -> None:
    day = payment({"c": 10, "reserve": 30, "trap": 5}).carry_out(Apply(apply=("reserve", "trap")))
    assert day.amounts()[1] == {"c": 45, "reserve": 0, "trap": 0}


def test_release_pays_all_that_is_left(payment) -> None:
    assert payment({"c": 10}).carry_out(Release(release="sponsor")).amounts() == ({"sponsor": 10}, {"c": 0})


def test_what_was_topped_up_backs_a_later_step(payment) -> None:
    day = payment({"c": 50, "reserve": 0}, dues={"fee": 40}, targets={"reserve": 50})
    day.carry_out(TopUp(top_up="reserve"), Pay(pay="fee", backed_by="reserve"))
    assert day.amounts()[1] == {"c": 0, "reserve": 10}


# conditions

STEPS = {
    "pay": Pay(pay="fee"),
    "pay_shared": Pay(pay=("fee", "other")),
    "pay_backed": Pay(pay="fee", backed_by="reserve"),
    "pay_interest": PayInterest(pay_interest="a"),
    "pay_principal": principal("a"),
    "pay_to_schedule": principal("a", "scheduled"),
    "pay_pro_rata": principal(("a", "b")),
    "pay_cure": principal(("a", "b"), "cure.ltv", "sequential"),
    "top_up": TopUp(top_up="reserve"),
    "deposit": Deposit(deposit="trap"),
    "apply": Apply(apply="reserve"),
    "release": Release(release="sponsor"),
}


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize(
    ("wrapper", "in_state", "pays"),
    [
        ({"when": "trapped"}, 1, True),
        ({"when": "trapped"}, 0, False),
        ({"unless": "trapped"}, 1, False),
        ({"unless": "trapped"}, 0, True),
        ({"when": "trapped", "unless": "late"}, 1, True),
        ({"when": "late", "unless": "trapped"}, 0, False),
    ],
)
def test_a_gated_step_pays_a_visible_zero(payment, name: str, wrapper: dict, in_state: int, pays: bool) -> None:
    held: list = []

    def cure(balance):
        return maximum(total_of([balance("a"), balance("b")]) - held[0], 0)

    day = payment(
        {"c": 500, "reserve": 40, "trap": 0}, dues={"fee": 30, "other": 20, "a.interest": 10},
        balances={"a": 200, "b": 100}, scheduled={"a": 150}, targets={"reserve": 100},
        states={"trapped": in_state, "late": 0}, cures={"ltv": cure},
    )  # fmt: skip
    held.append(day.lines.named("level", 90, "currency"))
    step = STEPS[name].model_copy(update=wrapper)
    day.carry_out(step)
    rows = day.by_step()
    assert rows
    assert any(row[3] > 0 for row in rows) == pays
    if not pays:
        assert day.amounts()[1] == {"c": 500, "reserve": 40, "trap": 0}


def test_a_step_gated_in_one_place_pays_in_the_other(payment) -> None:
    """Interest of b stands before principal unless trapped, after it when trapped. 100 of cash, 80 principal due."""
    for trapped, expected in ((0, [30, 70, 0]), (1, [0, 80, 20])):
        day = payment(
            {"c": 100}, dues={"b.interest": 30}, balances={"a": 500}, scheduled={"a": 420}, states={"trapped": trapped}
        )
        day.carry_out(
            PayInterest(pay_interest="b", unless="trapped"),
            principal("a", "scheduled"),
            PayInterest(pay_interest="b", when="trapped"),
        )
        assert [row[3] for row in day.by_step()] == expected


# lists


def test_a_list_is_inserted_where_it_is_used() -> None:
    lists = {
        "payments": (Use(use="expenses"), Release(release="sponsor")),
        "expenses": (Pay(pay="fee"), Use(use="more")),
        "more": (Pay(pay="site_costs"),),
    }
    assert [step.names() for step in flattened(lists, "payments")] == [("fee",), ("site_costs",), ("sponsor",)]


def test_a_list_is_used_whole() -> None:
    with pytest.raises(ValidationError, match="a list is used whole"):
        Use(use="expenses", when="trapped")


def test_a_list_of_principal_is_pro_rata_unless_it_says_otherwise() -> None:
    assert PrincipalTarget(to=("a", "b"), up_to="outstanding").order == "pro_rata"


def test_principal_paid_from_two_accounts_is_all_off_the_balance(payment) -> None:
    """500 down to 400: 30 from cash and 70 from the reserve. Then 400 is outstanding, and is paid."""
    day = payment({"c": 30, "reserve": 70, "trap": 900}, balances={"a": 500}, scheduled={"a": 400})
    day.carry_out(principal("a", "scheduled", backed_by="reserve"), Apply(apply="trap"), principal("a"))
    assert [row[3] for row in day.by_step()] == [30, 70, 900, 400]
    assert day.amounts()[1] == {"c": 500, "reserve": 0, "trap": 0}
