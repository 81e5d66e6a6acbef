"""Tests and amounts inside a deal, by hand: what is known ahead, which words a formula has, and when a test acts.

A note of 2,000 at 1% a month is scheduled to fall by 500 a month; the lease brings 1,000 a month; the chips resell for
3,000 less 50 a month. Month 6 is the legal final date.
"""

from __future__ import annotations

import pytest

from dealmodel.definition.words import words_of_a_formula
from dealmodel.engine import measuring
from dealmodel.engine.compile import compile_deal
from dealmodel.engine.result import Result
from dealmodel.engine.run import run_deal

CENT = 0.005  # money to the cent
RATIO = 1e-9  # ratios of amounts that are exact to the cent

DEAL = """
tranches:
  note: {kind: note, ranking: 1, balance: 2_000, coupon: {fixed: 0.12}, day_count: 30/360 ISDA, deferrable: true,
         scheduled_balance: {by: month, of: original, points: [[0, 1.0], [4, 0.0]], between: linear}}
fees: {trustee: {amount_per_year: 120}}
accounts:
  collection: {kind: collection}
  trap: {kind: trap, released_to: collection, released_when: normal}
tests:
  seen: %s
states:
  normal: {severity: 0, waterfall: payments}
  watched: {severity: 1, waterfall: payments, entered_on: [seen], left: when_cured}
waterfalls:
  at_closing: [release: sponsor]
  payments:
    - pay: [trustee, site_costs]
    - pay_interest: note
    - pay_principal: {to: note, up_to: scheduled}
    - {deposit: trap, when: watched}
    - release: sponsor
"""
FORWARD = "{measure: dscr, debt: [note], direction: forward, uses: contracted_cash, at_least: 1.2, %s}"


def months(result: Result, name: str, count: int) -> list[float]:
    return result.lines.months(name)[:count]


def watched(result: Result, count: int) -> list[float]:
    return months(result, "watched.in_force", count)


# forward coverage


def test_forward_coverage_to_maturity_leaves_this_month_out(tiny_deal) -> None:
    """Service 520, 515, 510, 505 in months 1 to 4. To come at month 1: 1,530; then 1,015; 505; and none: no result.

    Contracted cash of the same months, less 10 a month of fees: 2,970; 1,980; 990. The lease runs on after month 4,
    when nothing is scheduled any more, and that does not count.
    """
    result = run_deal(tiny_deal(DEAL % (FORWARD % "until: maturity")))
    assert months(result, "seen.service_ahead", 4) == pytest.approx([1530, 1015, 505, 0], abs=CENT)
    assert months(result, "seen.cash_ahead", 4) == pytest.approx([2970, 1980, 990, 0], abs=CENT)
    assert months(result, "seen.ratio", 4) == pytest.approx([2970 / 1530, 1980 / 1015, 990 / 505, 0], abs=RATIO)
    assert months(result, "seen.result", 5) == [1, 1, 1, 0, 0]


def test_forward_coverage_over_some_months_counts_those_months(tiny_deal) -> None:
    """The two months to come: 1,980 of cash over 1,025; 1,015; 505 (month 5 has no service); and none."""
    result = run_deal(tiny_deal(DEAL % (FORWARD % "over_months: 2")))
    expected = [1980 / 1025, 1980 / 1015, 1980 / 505, 0]
    assert months(result, "seen.ratio", 4) == pytest.approx(expected, abs=RATIO)


def test_forward_coverage_does_not_foresee_that_a_customer_stops(tiny_deal) -> None:
    """It stops in month 3: until then it is taken to pay; from then on fees alone are left, -10 over 505."""
    result = run_deal(tiny_deal(DEAL % (FORWARD % "until: maturity"), stops_paying="month 3"))
    assert months(result, "seen.ratio", 3) == pytest.approx([2970 / 1530, 1980 / 1015, -10 / 505], abs=RATIO)
    assert watched(result, 4) == [0, 0, 1, 1]


def test_forward_cash_is_net_of_the_site_costs_that_the_issuer_bears(tiny_deal) -> None:
    """Upkeep of 12 a year for each of ten is 10 a month; so is power of a kilowatt at 0.01 for 100 hours.

    1,000 - 20 - 10 of fees is 970 a month.
    """
    costs = (
        "{idle_per_unit_hour: 0.0, upkeep_per_unit_per_year: 12, "
        "power: {price_per_kwh: 0.01, kw_per_unit: 1, pue: 1, load: 1}}"
    )
    text = DEAL % (FORWARD % "until: maturity")
    kept = run_deal(tiny_deal(text, site_costs=costs, paid_by="issuer"))
    assert months(kept, "seen.cash_ahead", 3) == pytest.approx([2910, 1940, 970], abs=CENT)
    theirs = run_deal(tiny_deal(text, site_costs=costs, paid_by="customer"))
    assert months(theirs, "seen.cash_ahead", 3) == pytest.approx([2970, 1980, 990], abs=CENT)


def test_forward_service_follows_a_scenario_and_not_what_was_paid(tiny_deal) -> None:
    """At 2% a month service is 540, 530, 520, 510. Nothing is collected, so all is in arrears: service stays."""
    deal = tiny_deal(DEAL % (FORWARD % "until: maturity"), stops_paying="month 1")
    result = run_deal(deal, overrides={"tranches.note.coupon.fixed": 0.24})
    assert months(result, "note.principal_paid", 3) == pytest.approx([0, 0, 0], abs=CENT)
    assert months(result, "seen.service_ahead", 3) == pytest.approx([1560, 1030, 510], abs=CENT)


def test_debt_that_is_repaid_has_no_service_to_come(tiny_deal) -> None:
    """Scheduled to fall by 250 a month, and repaid in full by month 3: 970, 979.70 and 50.30 of principal.

    The schedule asks for 250 and interest on 1,250, 1,000 and 750 in months 4, 5 and 6 (the legal final date): 262.50,
    260 and 257.50. That is to come at month 3; from month 4 on nothing is owed, and there is no result.
    """
    text = (DEAL % (FORWARD % "until: maturity")).replace("[4, 0.0]", "[8, 0.0]")
    result = run_deal(tiny_deal(text.replace("up_to: scheduled", "up_to: outstanding")))
    assert months(result, "note.principal_paid", 4) == pytest.approx([970, 979.7, 50.3, 0], abs=CENT)
    assert result.lines.months("seen.service_ahead")[2:4] == pytest.approx([262.5 + 260 + 257.5, 0], abs=CENT)
    assert months(result, "seen.result", 5) == [1, 1, 1, 0, 0]


# contracts


def test_what_a_customer_owes_and_does_not_pay_adds_up(tiny_deal) -> None:
    """It stops in month 2: owed 1,000 a month, received 1,000 once. 0, 1/2, 2/3, 3/4 unpaid."""
    result = run_deal(tiny_deal(DEAL % "{measure: contract_shortfall, at_most: 0.6}", stops_paying="month 2"))
    assert months(result, "seen.ratio", 4) == pytest.approx([0, 1 / 2, 2 / 3, 3 / 4], abs=RATIO)
    assert watched(result, 4) == [0, 0, 1, 1]


# values and balances


def test_original_cost_and_the_balance_after_payment(tiny_deal) -> None:
    """2,000 over 3,000 in month 1 before payment, 1,500 over 3,000 after it."""
    before = run_deal(tiny_deal(DEAL % "{measure: ltv, debt: [note], value: cost, at_most: 0.6}"))
    assert months(before, "seen.ratio", 3) == pytest.approx([2 / 3, 1 / 2, 1 / 3], abs=RATIO)
    after = run_deal(
        tiny_deal(DEAL % "{measure: ltv, debt: [note], value: cost, at_most: 0.4, measured: after_payment}")
    )
    assert months(after, "seen.ratio", 3) == pytest.approx([1 / 2, 1 / 3, 1 / 6], abs=RATIO)
    assert watched(after, 3) == [0, 1, 0]  # it failed after the payment of month 1, and passed after that of month 2


def test_trapped_cash_counts_in_overcollateralization(tiny_deal) -> None:
    """Half the resale value: 1,475 over 2,000 fails at 1.0. Month 1 traps 1,000 - 10 - 20 - 500 = 470.

    Month 2: (1,450 + 470) / 1,500 = 1.28 passes, and the trap is let go. Month 3: (1,425 + 0) / 1,000.
    """
    test = "{measure: oc, debt: [note], value: resale, counted: 0.5, cash: [trap], at_least: 1.0}"
    result = run_deal(tiny_deal(DEAL % test))
    assert months(result, "trap.balance", 3) == pytest.approx([470, 0, 0], abs=CENT)
    assert months(result, "seen.ratio", 3) == pytest.approx([1475 / 2000, 1920 / 1500, 1425 / 1000], abs=RATIO)
    assert watched(result, 3) == [1, 0, 0]


# when a test acts

DIP = "{measure: icr, debt: [note], at_least: 1.0, %s}"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("cured_after: 1", [0, 1, 0, 0]),
        ("effective: same_payment_date", [0, 1, 0, 0]),
        ("effective: next_payment_date", [0, 0, 1, 0]),
        ("curable: false", [0, 1, 1, 1]),
        ("curable: false, effective: next_payment_date", [0, 0, 1, 1]),
        ("fails_when: {failed: 1, of_last: 2}", [0, 1, 1, 0]),  # the miss of month 2 is among the last two in month 3
        ("cured_after: 2", [0, 1, 1, 0]),
    ],
)
def test_a_failure_of_one_month_acts_when_the_deal_says(tiny_deal, fields: str, expected: list[float]) -> None:
    """Nothing is collected in month 2 alone, so that interest is not covered then."""
    gap = (
        "scenarios:\n"
        "  base: {title: Base}\n"
        "  gap: {title: No rent, changes: ["
        "{at: market.generations.chip.rent_level, set: 0, from: month 2, until: month 2}]}\n"
    )
    result = run_deal(tiny_deal(DEAL % (DIP % fields) + gap, in_the_market=True), "gap")
    assert watched(result, 4) == expected


def test_each_step_of_a_level_is_a_live_number(tiny_deal) -> None:
    """990 over 520, 515 and 510 is 1.904, 1.922 and 1.941. At least 1.90, and 1.93 from month 2: month 2 fails.

    A scenario sets the second level to 1.92, and it passes; at a first level of 1.91 month 1 fails too.
    """
    level = "{by: month, points: [[0, 1.90], [2, 1.93]], between: step}"
    lower = (
        "scenarios:\n"
        "  base: {title: Base}\n"
        '  lower: {title: Lower, changes: [{at: "tests.seen.at_least.points[2]", set: 1.92}]}\n'
    )
    deal = tiny_deal(DEAL % f"{{measure: dscr, debt: [note], at_least: {level}}}" + lower)
    base = run_deal(deal)
    assert months(base, "seen.ratio", 3) == pytest.approx([990 / 520, 990 / 515, 990 / 510], abs=RATIO)
    assert months(base, "seen.level", 3) == [1.90, 1.93, 1.93]
    assert months(base, "seen.failed", 3) == [0, 1, 0]
    assert months(run_deal(deal, "lower"), "seen.failed", 3) == [0, 0, 0]
    raised = run_deal(deal, overrides={"tests.seen.at_least.points[1]": 1.91})
    assert months(raised, "seen.failed", 3) == [1, 1, 0]


# formulas


def test_a_formula_is_measured_in_a_deal(tiny_deal) -> None:
    """Balance less half the resale value: 525, 50, -425. Above 50 and half a cent it fails."""
    test = '{measure: formula, unit: currency, at_most: 50, formula: "note.balance - 0.5 * value.resale"}'
    result = run_deal(tiny_deal(DEAL % test))
    assert months(result, "seen.ratio", 3) == pytest.approx([525, 50, -425], abs=CENT)
    assert months(result, "seen.failed", 3) == [1, 0, 0]
    (number,) = [item for item in result.model.inputs if item.path == "constants.seen_number_1"]
    assert (number.value, number.live) == (0.5, False)


def test_a_formula_after_payment_reads_what_is_left(tiny_deal) -> None:
    """1,500 + 0 after month 1; nothing is trapped in it. It fails above 1,200, so that month 2 traps.

    Month 2: 1,000 - 10 - 15 - 500 = 475 are trapped, 1,000 is owed: 525. Month 3: 500 owed, and the trap is let go.
    """
    test = (
        "{measure: formula, unit: currency, at_most: 1_200, measured: after_payment,"
        ' formula: "note.balance - trap.balance"}'
    )
    result = run_deal(tiny_deal(DEAL % test))
    assert months(result, "seen.ratio", 3) == pytest.approx([1500, 525, 500], abs=CENT)
    assert watched(result, 3) == [0, 1, 0]


def test_a_ratio_by_formula_is_compared_at_eight_places(tiny_deal) -> None:
    """2,000 / 3,000 is 0.66666667 at eight places: at most 0.66666667 passes, 0.66666666 fails."""
    for level, fails in ((0.66666667, 0), (0.66666666, 1)):
        test = f'{{measure: formula, unit: ratio, at_most: {level}, formula: "ratio(note.balance, value.cost, 0)"}}'
        result = run_deal(tiny_deal(DEAL % test))
        assert months(result, "seen.failed", 1) == [fails]


@pytest.mark.parametrize("measured", ["before_payment", "after_payment"])
def test_every_word_has_its_line(tiny_deal, monkeypatch, measured: str) -> None:
    """A formula of all words compiles, and the model has no word that the definition does not know."""
    test = '{measure: formula, unit: ratio, at_least: 0, formula: "%s", measured: %s}'
    first = "{measure: ltv, debt: [note], value: cost, at_most: 1.0}\n  seen: "
    body = (DEAL % (first + test)).replace("seen: {measure: ltv", "low: {measure: ltv")
    body = body.replace("entered_on: [seen]", "entered_on: [low, seen]")
    deal = tiny_deal(body % ("month", measured))
    words = words_of_a_formula(deal, "seen")
    assert {"note.balance", "trap.balance", "low.ratio", "value.cost", "trustee.due", "site_costs.due"} < set(words)
    assert "seen.ratio" not in words
    met: set[str] = set()
    plain = measuring.meanings

    def noted(*given, **said):
        found = plain(*given, **said)
        met.update(found)
        return found

    monkeypatch.setattr(measuring, "meanings", noted)
    compile_deal(tiny_deal(body % (" + ".join(words), measured)))
    assert met == set(words)


# amounts


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("{greatest_of: [scheduled, above_half]}", [525, 475, 500, 500]),
        ("{greatest_of: [scheduled, above_half, cure.low]}", [672.5, 327.5, 500, 500]),
        ("{least_of: [scheduled, cap]}", [100, 100, 100, 100]),
        ('{formula: "-1 * note.balance"}', [0, 0, 0, 0]),
        ("{least_of: [outstanding]}", [970, 979.7, 50.3, 0]),
    ],
)
def test_principal_is_paid_up_to_an_amount(tiny_deal, asked: str, expected: list[float]) -> None:
    """Half the resale value is 1,475, 1,450, 1,425; 45% of it 1,327.50, 1,305, 1,282.50.

    scheduled, above_half: 2,000 - 1,475 = 525 beats 500; then 475 down to 1,000 beats 25; then 500. With the cure:
    672.50 down to 1,327.50; 327.50; 500. A cap of 100: 100 each month. A negative amount is none. All that is left:
    1,000 - 10 - 20 = 970; 1,000 - 10 - 10.30 = 979.70; 50.30.
    """
    text = DEAL % "{measure: ltv, debt: [note], value: resale, at_most: 0.45}"
    text = text.replace("  seen:", "  low:").replace("[seen]", "[low]").replace("up_to: scheduled", "up_to: asked")
    rows = {"asked": asked, "above_half": '{formula: "note.balance - 0.5 * value.resale"}', "cap": '{formula: "100"}'}
    used = {name: row for name, row in rows.items() if name == "asked" or name in asked}
    text = "amounts:\n" + "".join(f"  {name}: {row}\n" for name, row in used.items()) + text
    result = run_deal(tiny_deal(text))
    assert months(result, "note.principal_paid", 4) == pytest.approx(expected, abs=CENT)
