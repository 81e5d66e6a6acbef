"""Reserves and traps in deals of a few months: what they are to hold, what they earn, and that nothing stays behind.

Collections are 1,000 a month; the coupon is 1% a month; 500 is repaid in each of four months, over six.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import dealmodel as dm
from dealmodel.engine.reserves import could_outlive
from dealmodel.engine.result import Result
from dealmodel.engine.run import run_deal

CENT = 0.005  # money to the cent
FLAGSHIP = Path(__file__).parents[2] / "sample_deals" / "gpu_abs_abc"

DEAL = """
tranches:
  note: {{kind: note, ranking: 1, balance: 2_000, coupon: {{fixed: 0.12}}, day_count: 30/360 ISDA, deferrable: true,
         scheduled_balance: {{by: month, of: original, points: [[0, 1.0], [4, 0.0]], between: linear}}}}
fees: {{trustee: {{amount_per_year: 120}}, manager: {{rate: 0.02, of: revenue}}}}
accounts:
  collection: {{kind: collection}}
  reserve: {{kind: reserve, target: {target}, excess_to: collection{more}}}
states: {{normal: {{severity: 0, waterfall: payments}}}}
waterfalls:
  at_closing: [top_up: reserve, release: sponsor]
  payments:
    - pay: [trustee, manager, site_costs]
    - {{pay_interest: note, backed_by: reserve}}
    - pay_principal: {{to: note, up_to: {up_to}}}
    - top_up: reserve
    - release: sponsor
"""
POWER = {
    "{idle_per_unit_hour: 0.0}": "{upkeep_per_unit_per_year: 120,"
    " power: {price_per_kwh: 0.1, kw_per_unit: 1, pue: 1, load: 1}}",
    "site_costs_paid_by: customer": "site_costs_paid_by: issuer",
}
"""Power at 0.10 an hour in use and upkeep of 10 a month: for ten units of 100 hours 100 a month each."""


def reserve(tiny_deal, target: str, *, more: str = "", up_to: str = "scheduled", **terms) -> dm.Deal:
    return tiny_deal(DEAL.format(target=target, more=more, up_to=up_to), **terms)


def months(result: Result, name: str, count: int) -> list[float]:
    return result.lines.months(name)[:count]


SERVICE = "{months: 2, of: [interest, scheduled_principal]}"


def test_debt_service_of_the_months_ahead(tiny_deal) -> None:
    """Interest 20, 15, 10, 5 and 500 of principal: at closing months 1 and 2, 35 + 1,000; then 2 and 3, and so on.

    What a month's target falls by is released: 1,000 - 30 of fees + 10 - 20 - 500 = 460, 465, then + 510 and + 505.
    """
    result = run_deal(reserve(tiny_deal, SERVICE))
    assert result.lines.opening("reserve.balance") == pytest.approx(1035, abs=CENT)
    assert months(result, "reserve.target", 5) == pytest.approx([1025, 1015, 505, 0, 0], abs=CENT)
    assert months(result, "reserve.balance", 5) == pytest.approx([1025, 1015, 505, 0, 0], abs=CENT)
    assert months(result, "sponsor.received", 5) == pytest.approx([460, 465, 970, 970, 970], abs=CENT)


def test_debt_service_ahead_is_live(tiny_deal) -> None:
    """At 2% a month interest is 40, 30, 20, 10; over three months 45 + 1,500 at closing, 30 + 1,500 in month 1."""
    deal = reserve(tiny_deal, SERVICE)
    dearer = run_deal(deal, overrides={"tranches.note.coupon.fixed": 0.24})
    assert dearer.lines.opening("reserve.balance") == pytest.approx(1070, abs=CENT)
    assert months(dearer, "reserve.target", 3) == pytest.approx([1050, 1030, 510], abs=CENT)
    longer = run_deal(deal, overrides={"accounts.reserve.target.months": 3})
    assert longer.lines.opening("reserve.balance") == pytest.approx(1545, abs=CENT)
    assert months(longer, "reserve.target", 3) == pytest.approx([1530, 1015, 505], abs=CENT)


def test_what_was_paid_ahead_of_the_schedule_is_not_reserved_again(tiny_deal) -> None:
    """All cash repays the note. Month 1: 1,000 - 30 + 10 - 20 = 960, so 1,040 is left. Month 2: 1,000 + 15 are
    scheduled after it. Paid: 970 + 10 - 10.40 = 969.60; 70.40 is left. Month 3: no more than 70.40, with interest on it
    for two months, 1.408. Month 4: it is repaid.
    """
    result = run_deal(reserve(tiny_deal, SERVICE, up_to="outstanding"))
    assert months(result, "note.balance", 2) == pytest.approx([1040, 70.4], abs=CENT)
    assert months(result, "reserve.target", 4) == pytest.approx([1025, 1015, 71.808, 0], abs=CENT)


def test_arrears_are_not_scheduled_debt_service(tiny_deal) -> None:
    """Nothing is collected. Month 1: 10 above the target pay the trustee, the reserve 20 of interest: 1,005. Month 2:
    20 more: 985. Month 3: 480 above the target: 20 of fees, 20 of interest, 440 of the 1,500 overdue. Month 4: nothing
    is scheduled any more, and 505 pay 10, 15.60 and 479.40 of principal.
    """
    result = run_deal(reserve(tiny_deal, SERVICE, stops_paying="month 1"))
    assert months(result, "reserve.target", 5) == pytest.approx([1025, 1015, 505, 0, 0], abs=CENT)
    assert months(result, "reserve.balance", 5) == pytest.approx([1005, 985, 505, 0, 0], abs=CENT)
    assert months(result, "note.principal_paid", 5) == pytest.approx([0, 0, 440, 479.4, 0], abs=CENT)
    assert sum(result.lines.months("sponsor.received")) == pytest.approx(0, abs=CENT)


def test_interest_without_a_schedule_is_on_the_balance_as_it_stands(tiny_deal) -> None:
    """Three months of 1% on 2,000, at closing and in month 1; month 4 has two months ahead, month 6 none."""
    text = DEAL.format(target="{months: 3, of: [note.interest]}", more="", up_to="outstanding")
    start = text.index(",\n         scheduled_balance")
    text = text[:start] + "}" + text[text.index("\nfees:") :]
    result = run_deal(tiny_deal(text, price=0.05))
    assert result.lines.opening("reserve.balance") == pytest.approx(60, abs=CENT)
    opening = result.lines.months("note.opening_balance")
    ahead = [3, 3, 3, 2, 1, 0]
    assert months(result, "reserve.target", 6) == pytest.approx(
        [0.01 * count * balance for count, balance in zip(ahead, opening, strict=True)], abs=CENT
    )


def test_fees_ahead_are_those_of_the_month(tiny_deal) -> None:
    """Three times 10; from the first revenue on three times 10 + 20. Once the note is repaid, nothing."""
    result = run_deal(reserve(tiny_deal, "{months: 3, of: [fees]}"))
    assert result.lines.opening("reserve.balance") == pytest.approx(30, abs=CENT)
    assert months(result, "reserve.balance", 5) == pytest.approx([90, 90, 90, 90, 0], abs=CENT)
    one = run_deal(reserve(tiny_deal, "{months: 3, of: [manager]}"))
    assert one.lines.opening("reserve.balance") == pytest.approx(0, abs=CENT)
    assert months(one, "reserve.balance", 2) == pytest.approx([60, 60], abs=CENT)


@pytest.mark.parametrize(("part", "monthly"), [("site_costs.power", 100), ("site_costs", 200)])
def test_site_costs_ahead_are_those_of_the_month(tiny_deal, part: str, monthly: float) -> None:
    """Power 100 and upkeep 100 a month: twice that, at closing too; at a third more for power, 33.33 more a month."""
    deal = reserve(tiny_deal, f"{{months: 2, of: [{part}]}}", edits=POWER)
    result = run_deal(deal)
    assert result.lines.opening("reserve.balance") == pytest.approx(2 * monthly, abs=CENT)
    assert months(result, "reserve.target", 5) == pytest.approx([2 * monthly] * 4 + [0], abs=CENT)
    dearer = run_deal(deal, overrides={"collateral.site_costs.power.price_per_kwh": 0.4 / 3})
    assert dearer.lines.opening("reserve.balance") == pytest.approx(2 * (monthly + 100 / 3), abs=CENT)
    assert months(dearer, "reserve.target", 1) == pytest.approx([2 * (monthly + 100 / 3)], abs=CENT)


@pytest.mark.parametrize(
    ("target", "closing", "monthly"),
    [
        ("{rate: 0.02, of: opening_tranche_balance}", 40, [40, 30, 20, 10, 0]),
        ("{rate: 0.02, of: [note]}", 40, [40, 30, 20, 10, 0]),
        ("{rate: 0.02, of: original_tranche_balance}", 40, [40, 40, 40, 40, 0]),
        ("{rate: 0.02, of: [note.original]}", 40, [40, 40, 40, 40, 0]),
        ("{rate: 0.02, of: resale_value}", 60, [59, 58, 57, 56, 0]),
        ("{rate: 0.02, of: book_value}", 60, [59, 58, 57, 56, 0]),
        ("{greater_of: [25, {rate: 0.02, of: opening_tranche_balance}]}", 40, [40, 30, 25, 25, 0]),
        ("{lesser_of: [25, {rate: 0.02, of: opening_tranche_balance}]}", 25, [25, 25, 20, 10, 0]),
        ("{rate: 0.02, of: opening_tranche_balance, floor: 15, cap: 35}", 35, [35, 30, 20, 15, 0]),
        ("{months_of_interest: 2, of: [note], floor: 15}", 40, [40, 30, 20, 15, 0]),
        ("{amount: 30}", 30, [30, 30, 30, 30, 0]),
    ],
)
def test_shares_and_limits(tiny_deal, target: str, closing: float, monthly: list[float]) -> None:
    """Balances 2,000, 1,500, 1,000, 500; values 3,000 at closing, then 50 less a month. Repaid in month 4.

    The reserve always holds just its target, and gives it back in month 5, when nothing is owed any more.
    """
    result = run_deal(reserve(tiny_deal, target))
    assert result.lines.opening("reserve.balance") == pytest.approx(closing, abs=CENT)
    assert months(result, "reserve.balance", 5) == pytest.approx(monthly, abs=CENT)
    given_back = [closing, *monthly]
    paid = [550, 545, 540, 535, 30]
    released = [1000 - out + a - b for out, a, b in zip(paid, given_back, monthly, strict=False)]
    assert months(result, "sponsor.received", 5) == pytest.approx(released, abs=CENT)


def test_parts_of_a_target_are_live(tiny_deal) -> None:
    deal = reserve(tiny_deal, "{greater_of: [25, {rate: 0.02, of: opening_tranche_balance}]}")
    changed = {"accounts.reserve.target.greater_of[1].amount": 50, "accounts.reserve.target.greater_of[2].rate": 0.03}
    assert months(run_deal(deal, overrides=changed), "reserve.balance", 3) == pytest.approx([60, 50, 50], abs=CENT)


# Income


@pytest.mark.parametrize("added_to", ["collection", "account"])
def test_income_is_cash_of_the_month(tiny_deal, added_to: str) -> None:
    """600 at 1% a month: 6, in the collection account at once, or above the target: 1,000 + 6 - 550 is released."""
    more = f", earns: {{rate: {{fixed: 0.12}}, day_count: 30/360 ISDA, added_to: {added_to}}}"
    result = run_deal(reserve(tiny_deal, "{amount: 600}", more=more))
    assert months(result, "reserve.income", 6) == pytest.approx([6, 6, 6, 6, 6, 0], abs=CENT)
    assert months(result, "sponsor.received", 6) == pytest.approx([456, 461, 466, 471, 1576, 970], abs=CENT)
    assert months(result, "manager.accrued", 1) == pytest.approx([20], abs=CENT)


def test_income_at_an_index_that_no_coupon_names(tiny_deal) -> None:
    """4% less 1%, 30/360, on 600: 1.50 a month; a point more on the curve, 2.00."""
    curve = (
        "market:\n  rates: {sofr: {kind: forward, day_count: Act/360, between: linear, after_last: flat,"
        " points: [[2026-12-01, 0.04], [2027-12-01, 0.04]]}}\n"
    )
    more = ", earns: {rate: {index: sofr, margin: -0.01}, day_count: 30/360 ISDA}"
    deal = reserve(tiny_deal, "{amount: 600}", more=more, edits={"market:\n": curve})
    assert months(run_deal(deal), "reserve.income", 2) == pytest.approx([1.5, 1.5], abs=CENT)
    raised = run_deal(deal, overrides={"market.rates.sofr.shift": 0.01})
    assert months(raised, "reserve.income", 2) == pytest.approx([2, 2], abs=CENT)


def test_income_stays_in_a_reserve_that_is_below_its_target(tiny_deal) -> None:
    """Nothing is collected. Month 1: 7 is earned, above the target of 700, and pays the trustee; interest of 20 leaves
    680. Month 2: 6.80 is earned and stays: 680 + 6.80 - 20 = 666.80.
    """
    more = ", earns: {rate: {fixed: 0.12}, day_count: 30/360 ISDA, added_to: account}"
    result = run_deal(reserve(tiny_deal, "{amount: 700}", more=more, stops_paying="month 1"))
    assert months(result, "reserve.excess", 2) == pytest.approx([7, 0], abs=CENT)
    assert months(result, "trustee.paid", 2) == pytest.approx([7, 0], abs=CENT)
    assert months(result, "reserve.balance", 2) == pytest.approx([680, 666.8], abs=CENT)


TRAP = """
tranches:
  note: {kind: note, ranking: 1, balance: 2_000, coupon: {fixed: 0.12}, day_count: 30/360 ISDA, deferrable: true,
         scheduled_balance: {by: month, of: original, points: [[0, 1.0], [4, 0.0]], between: linear}}
accounts:
  collection: {kind: collection}
  trap: {kind: trap, released_to: collection, released_when: normal,
         earns: {rate: {fixed: 0.12}, day_count: 30/360 ISDA, added_to: account}}
tests:
  cover: {measure: dscr, debt: [note], at_least: 1.5, cured_after: 2}
states:
  normal: {severity: 0, waterfall: payments}
  trapped: {severity: 1, waterfall: payments, entered_on: [cover], left: when_cured}
waterfalls:
  at_closing: [release: sponsor]
  payments:
    - pay: site_costs
    - pay_interest: note
    - pay_principal: {to: note, up_to: scheduled}
    - {deposit: trap, when: trapped}
    - release: sponsor
scenarios:
  base: {title: Base}
  dip:
    title: Rent is 75% in month 2
    changes: [{at: market.generations.chip.rent_level, multiply: 0.75, from: month 2, until: month 2}]
"""


def test_a_trap_keeps_its_income_until_it_is_let_go(tiny_deal) -> None:
    """Trapped are 235 and 490; 2.35 is earned in month 3, 7.2735 in month 4, which lets 734.6235 go."""
    result = run_deal(tiny_deal(TRAP, in_the_market=True), "dip")
    assert months(result, "trap.balance", 4) == pytest.approx([0, 235, 727.35, 0], abs=CENT)
    assert months(result, "sponsor.received", 4) == pytest.approx([480, 0, 0, 734.6235 + 495], abs=CENT)


# Nothing stays behind


def test_a_reserve_is_let_go_in_the_last_month_with_the_notes_unpaid(tiny_deal) -> None:
    """50 a month, fees 11. Month 1: interest 20, principal 19. Month 2: 19.81 and 19.19; 1,961.81 is left.

    Month 3 is the last: 650 pay 11, interest of 19.6181 and 619.3819 of principal; 1,342.4281 is written down.
    """
    result = run_deal(reserve(tiny_deal, "{amount: 600}", up_to="outstanding", price=0.05, legal_final="2027-03-15"))
    assert months(result, "reserve.target", 3) == pytest.approx([600, 600, 0], abs=CENT)
    assert months(result, "reserve.balance", 3) == pytest.approx([600, 600, 0], abs=CENT)
    assert months(result, "note.principal_paid", 3) == pytest.approx([19, 19.19, 619.3819], abs=CENT)
    assert result.lines.number("note.principal_loss") == pytest.approx(1342.4281, abs=CENT)


def test_a_trap_is_let_go_in_the_last_month_and_takes_nothing_then(tiny_deal) -> None:
    """The model ends in month 3, trapped: 235 of month 2 with 1,000 - 510 of month 3 go to the sponsor."""
    result = run_deal(tiny_deal(TRAP, in_the_market=True, legal_final="2027-03-15"), "dip")
    assert result.states()[-1] == (2, "trapped")
    assert months(result, "trap.balance", 3) == pytest.approx([0, 235, 0], abs=CENT)
    assert months(result, "sponsor.received", 3) == pytest.approx([480, 0, 235 + 2.35 + 490], abs=CENT)


DEPOSITED = TRAP.replace(
    "  trap: {kind: trap, released_to: collection, released_when: normal,\n"
    "         earns: {rate: {fixed: 0.12}, day_count: 30/360 ISDA, added_to: account}}\n",
    "  trap: {kind: reserve, target: {amount: 5_000}, excess_to: collection}\n",
)


def test_a_reserve_that_takes_all_cash_gives_it_back(tiny_deal) -> None:
    """Nine passes are wanted: 235 and 490 are deposited, and nothing in month 4, which repays the note. Month 5 gives
    725 back.

    With a note twice as long, trapped below 3 times cover, the model ends in month 6 with 750 owed and 250 due with
    interest of 7.50; it gives back what was held, and deposits nothing.
    """
    terms = {"tests.cover.cured_after": 9}
    result = run_deal(tiny_deal(DEPOSITED, in_the_market=True), "dip", terms)
    assert months(result, "trap.balance", 6) == pytest.approx([0, 235, 725, 725, 0, 0], abs=CENT)
    assert months(result, "sponsor.received", 5) == pytest.approx([480, 0, 0, 495, 1725], abs=CENT)
    longer = DEPOSITED.replace("[4, 0.0]", "[8, 0.0]").replace("at_least: 1.5", "at_least: 3")
    last = run_deal(tiny_deal(longer, in_the_market=True), "dip", terms)
    assert last.states()[-1][1] == "trapped"
    held = last.lines.months("trap.balance")
    assert held[4] > 0
    assert held[5] == pytest.approx(0, abs=CENT)
    assert last.lines.months("sponsor.received")[5] == pytest.approx(held[4] + 1000 - 7.5 - 250, abs=CENT)


def test_a_sale_after_the_legal_final_date_empties_the_accounts_of_the_flagship() -> None:
    """Its last list applies both accounts; so they need no rule of their own, unless a step of that list goes."""
    deal = dm.load_deal(FLAGSHIP)
    assert not could_outlive(deal, "liquidity_reserve")
    assert not could_outlive(deal, "trapped_cash")
    assert not could_outlive(deal, "collection")
    lists = {**deal.waterfalls, "enforcement": deal.waterfalls["enforcement"][1:]}
    assert could_outlive(deal.model_copy(update={"waterfalls": lists}), "liquidity_reserve")


@pytest.mark.parametrize("scenario", ["base", "contracts_fail", "hardware_worthless", "both_protections_fail"])
def test_no_account_of_the_flagship_holds_cash_at_the_end(scenario: str) -> None:
    result = run_deal(dm.load_deal(FLAGSHIP), scenario)
    for name in ("collection", "liquidity_reserve", "trapped_cash"):
        assert result.lines.months(f"{name}.balance")[-1] == pytest.approx(0, abs=CENT)
