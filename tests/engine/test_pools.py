"""Deals whose collateral is pools alone, worked out by hand through the ledger."""

from __future__ import annotations

from pathlib import Path

import pytest

from dealmodel.basics.errors import DealFileError
from dealmodel.definition.deal import Deal
from dealmodel.definition.load import deal_from_text
from dealmodel.engine.compile import compile_deal
from dealmodel.engine.result import Result
from dealmodel.engine.run import run_deal

TEXT = (Path(__file__).parents[1] / "kinds" / "pools.yaml").read_text(encoding="utf-8")
CENT = 0.005


def deal(*edits: tuple[str, str]) -> Deal:
    text = TEXT
    for find, write in edits:
        assert find in text
        text = text.replace(find, write, 1)
    return deal_from_text(text, "given.yaml")


def months(result: Result, name: str, count: int) -> list[float]:
    return result.lines.months(name)[:count]


def test_given_cash_runs_through_the_ledger() -> None:
    """Servicing is 0.1% of the opening balance, interest 0.5% of the note; the note is paid down to the pool less 50.

    1: 210 - 1 - 4.5, and 900 - 750 is due: 54.50 is released. 2: 308 - 0.8 - 3.75 = 303.45 of the 350 due.
    3: 234.5 - 0.45 - 2.23275 = 231.81725 of 246.55. 4: the last 214.73275; 252.5 - 0.25 - 1.07366 leaves 36.44359.
    """
    result = run_deal(deal())
    assert months(result, "collections", 6) == pytest.approx([210, 308, 234.5, 252.5, 0, 0])
    assert months(result, "servicing.paid", 5) == pytest.approx([1.0, 0.8, 0.45, 0.25, 0])
    assert months(result, "note.interest_paid", 5) == pytest.approx([4.5, 3.75, 2.23275, 1.07366375, 0])
    assert months(result, "note.principal_paid", 5) == pytest.approx([150, 303.45, 231.81725, 214.73275, 0])
    assert months(result, "sponsor.received", 5) == pytest.approx([54.5, 0, 0, 36.44358625, 0])
    assert months(result, "pool.losses_so_far", 4) == pytest.approx([0, 0, 20, 20])


def test_nothing_of_units_is_in_a_deal_of_pools() -> None:
    names = set(compile_deal(deal()).definitions)
    assert not names & {"revenue", "claims_received", "value.resale", "collateral.costs", "site_costs.due"}
    assert not any(name.startswith(("merchant", "cohort", "disposal")) for name in names)


def test_a_clean_up_call_sells_the_pool_at_the_first_date_at_or_below_its_share() -> None:
    """After month 2 the pool is 450, 45% of 1,000: 450 is paid beside the 308, all 750 is due, and nothing follows.

    758 - 0.8 - 3.75 - 750 leaves 3.45.
    """
    result = run_deal(deal(), "to_call")
    assert months(result, "clean_up_call.called", 4) == [0, 1, 1, 1]
    assert months(result, "clean_up_call.price", 4) == pytest.approx([0, 450, 0, 0])
    assert months(result, "collections", 4) == pytest.approx([210, 758, 0, 0])
    assert months(result, "pool.balance", 4) == pytest.approx([800, 0, 0, 0])
    assert months(result, "note.principal_paid", 4) == pytest.approx([150, 750, 0, 0])
    assert months(result, "sponsor.received", 4) == pytest.approx([54.5, 3.45, 0, 0])


def test_a_call_measured_before_collections_comes_a_month_later() -> None:
    """The opening balance of month 3 is 450: the 250 left after it are paid for."""
    edit = ("price: pool_balance", "price: pool_balance, measured: before_collections")
    result = run_deal(deal(edit), "to_call")
    assert months(result, "clean_up_call.price", 4) == pytest.approx([0, 0, 250, 0])


def test_a_call_for_what_the_debt_comes_to() -> None:
    """Before payment the note is 750, and 3.75 is due on it."""
    result = run_deal(deal(("price: pool_balance", "price: debt_outstanding")), "to_call")
    assert months(result, "clean_up_call.price", 4) == pytest.approx([0, 753.75, 0, 0])
    assert months(result, "sponsor.received", 2) == pytest.approx([54.5, 308 - 0.8])


def test_a_call_by_a_balance_of_its_own() -> None:
    """450 is above half of 800, and 250 is below it."""
    edit = ("at_pool_share: 0.5", "at_pool_share: 0.5, original_balance: 800")
    assert months(run_deal(deal(edit), "to_call"), "clean_up_call.called", 4) == [0, 0, 1, 1]


def test_every_balance_of_a_pool_is_explained() -> None:
    for scenario in ("base", "to_call", "half"):
        lines = run_deal(deal(), scenario).lines
        gone = lines["pool.auto.principal"] + lines["pool.auto.defaulted"] + lines["pool.auto.sold"]
        assert lines["pool.opening_balance"] - gone == pytest.approx(lines["pool.balance"], abs=1e-9)


def test_the_level_moves_cash_and_balances() -> None:
    result = run_deal(deal(), "half")
    assert months(result, "collections", 2) == pytest.approx([105, 154])
    assert result.lines.number("pool.original_balance") == 500
    assert months(run_deal(deal(), overrides={"collateral.pools.auto.level": 2.0}), "collections", 1) == [420]


def test_dates_stand_for_the_collection_month_that_they_are_in() -> None:
    """The deal closes on the 15th of December; days to the 15th of January are in month 1."""
    dated = TEXT.replace("columns: [month,", "columns: [date,")
    for month, day in enumerate(("2026-12-31", "2027-02-15", "2027-03-01", "2027-04-15"), 1):
        dated = dated.replace(f"- [{month}, ", f"- [{day}, ")
    result = run_deal(deal_from_text(dated, "given.yaml"))
    assert months(result, "collections", 6) == pytest.approx([210, 308, 234.5, 252.5, 0, 0])


def test_a_month_that_is_left_out_brings_nothing_and_leaves_the_balance() -> None:
    result = run_deal(deal(("- [4, 2.5", "- [6, 2.5")))
    assert months(result, "collections", 6) == pytest.approx([210, 308, 234.5, 0, 0, 252.5])
    assert months(result, "pool.balance", 6) == pytest.approx([800, 450, 250, 250, 250, 0])


def test_without_balances_all_that_is_taken_off_is_the_original_balance() -> None:
    edits = [
        (", balance]", "]"),
        ("0, 0, 800]", "0, 0]"),
        ("0, 0, 450]", "0, 0]"),
        ("20, 250]", "20]"),
        ("250, 0, 0, 0, 0, 0]", "250, 0, 0, 0, 0]"),
    ]
    result = run_deal(deal(*edits))
    assert months(result, "pool.balance", 4) == pytest.approx([800, 450, 250, 0])


OC = """tests:
  thin: {measure: oc, debt: [note], value: pool, at_least: 1.1}
  high: {measure: ltv, debt: [note], value: pool, at_most: 1.0, measured: after_payment}
  covered: {measure: icr, debt: [note], over_months: 1, at_least: 1.0}
  earned: {measure: ic, debt: [note], net_of: [servicing], at_least: 1.0}
states:
  tight: {severity: 1, waterfall: payments, entered_on: [thin, high, covered, earned], left: when_cured}
  normal: {severity: 0, waterfall: payments}
"""


def test_tests_look_at_the_pool() -> None:
    """OC before payment is the pool after the month's collections over the note; IC is interest less servicing.

    Month 1: 800 / 900; LTV after payment 750 / 800. ICR is all collections less fees: 209 / 4.5. IC: 9 / 4.5.
    """
    result = run_deal(deal(("states: {normal: {severity: 0, waterfall: payments}}\n", OC)))
    assert result.ratio("thin")[0] == pytest.approx(800 / 900)
    assert result.ratio("high")[0] == pytest.approx(750 / 800)
    assert result.ratio("covered")[0] == pytest.approx(209 / 4.5)
    assert result.ratio("earned")[0] == pytest.approx(2.0)


def test_a_reserve_of_the_pool() -> None:
    """1% of the original 1,000 is set aside at closing; then the greater of 2% of the pool and 5."""
    edits = [
        ("accounts: {collection: {kind: collection}}",
         "accounts:\n  collection: {kind: collection}\n  reserve: {kind: reserve, excess_to: collection,"
         " target: {rate: 0.02, of: pool_balance, floor: 5}}"),
        ("at_closing: [release: sponsor]", "at_closing: [top_up: reserve, release: sponsor]"),
        ("    - release: sponsor\nscenarios", "    - top_up: reserve\n    - release: sponsor\nscenarios"),
    ]  # fmt: skip
    result = run_deal(deal(*edits))
    assert result.lines.opening("reserve.balance") == pytest.approx(20)
    assert months(result, "reserve.target", 4) == pytest.approx([16, 9, 5, 5])


STEPPED = """amounts:
  kept: {stepped: {by: month, points: [[0, 50], [2, 100]], between: step}}
  floor: {formula: "max(pool.balance - kept, 0)"}
  turbo: {formula: "max(note.balance - floor, 0)"}
"""


def test_an_amount_by_month_inside_a_formula() -> None:
    """50 is kept in month 1: 900 - 750. From month 2 on 100 is: 750 - 350 = 400 is due, and 303.45 there."""
    row = TEXT[TEXT.index("amounts:\n") : TEXT.index("states:")]
    edits = [
        (row, STEPPED),
        (
            "to_call: {",
            "more: {title: More kept, changes: [{at: 'amounts.kept.stepped.points[1]', set: 80}]}\n  to_call: {",
        ),
    ]
    built = deal(*edits)
    result = run_deal(built)
    assert months(result, "kept.amount", 3) == [50, 100, 100]
    assert months(result, "turbo.amount", 2) == pytest.approx([150, 400])
    assert months(result, "note.principal_paid", 2) == pytest.approx([150, 303.45])
    assert months(run_deal(built, "more"), "turbo.amount", 1) == pytest.approx([180])


@pytest.mark.parametrize(
    ("find", "write", "said"),
    [
        ("note.balance - floor", "note.balance - turbo", "no name 'turbo'"),
        ("pool.balance - kept", "pool.balance - turbo", "no name 'turbo'"),
        ("[[0, 50], [2, 100]]", "[[1, 50], [2, 100]]", "the first of the months must be 0"),
        ("  kept: {", "  month: {", "'month' is a word of formulas"),
        ("max(pool.balance - kept, 0)", "max(pool.balance - 50, 0)", "amount 'kept' is not used"),
    ],
)
def test_amounts_that_are_refused(find: str, write: str, said: str) -> None:
    row = TEXT[TEXT.index("amounts:\n") : TEXT.index("states:")]
    with pytest.raises(DealFileError) as refused:
        deal((row, STEPPED), (find, write))
    assert said in str(refused.value)


def test_cents() -> None:
    result = run_deal(deal(("rounding: none", "rounding: cent"), ("- [2, 8,", "- [2, 8.005,")))
    assert months(result, "collections", 2) == [210, 308.01]


@pytest.mark.parametrize(
    ("find", "write", "said"),
    [
        ("[1, 10, 200, 0, 0, 0, 0, 800]", "[1, 10, 200, 0, 0, 0, 0, 801]",
         "row 2: the balance 450.00 is not 801.00 less 350.00"),
        ("stated_total: 1_000", "stated_total: 1_001", "the balances come to 1,000.00, and `stated_total` is 1,001.00"),
        ("- [2, 8", "- [1, 8", "row 2 is not later than the row before it"),
        ("- [2, 8", "- [2.5, 8", "row 2: 2.5 is no collection month"),
        ("- [2, 8", "- [2, -8", "row 2, interest: -8 is below 0"),
        ("- [4, 2.5", "- [7, 2.5", "is in month 7; the last month of the deal is 6"),
        ("250, 0, 0, 0, 0, 0]", "250, 0, 0, 0, 0]", "row 4 has 7 cells; there are 8 columns"),
        ("prepayment, def", "prepaid, def", "no column is called 'prepaid'"),
        ("[month, interest, principal, prep", "[month, lost, principal, prep", "two columns are called 'lost'"),
        ("[month, interest", "[month, recovered", "two columns are called 'recovered'"),
        ("kind: given_cash", "kind: receivable", "unknown kind 'receivable'; allowed: "),
        ("pay: servicing", "pay: [servicing, site_costs]", "nothing is due to 'site_costs'"),
        ("of: pool_balance", "of: resale_value", "means nothing here: the deal has no cohorts"),
        ("pool.balance - 50", "pool.autos.balance - 50", "pool.autos.balance"),
    ],
)  # fmt: skip
def test_what_is_refused(find: str, write: str, said: str) -> None:
    with pytest.raises(DealFileError) as refused:
        deal((find, write))
    assert said in str(refused.value)


def test_what_is_known_ahead_of_fees_leaves_pools_out_as_it_leaves_out_their_cash() -> None:
    """In a deal of units and a pool, a test that looks ahead takes a twelfth of 50,000 and no fee of the pool."""
    text = (Path(__file__).parents[1] / "definition" / "small_deal.yaml").read_text(encoding="utf-8")
    pool = "  pools: {auto: {kind: given_cash, cash: {columns: [month, interest, principal], rows: [[1, 5, 1_000]]}}}"
    for find, write in (
        ("  disposal: {", f"{pool}\n  disposal: {{"),
        ("  trustee: {", "  keeper: {rate_per_year: 0.12, of: pool_balance}\n  trustee: {"),
        ("pay: [trustee,", "pay: [keeper, trustee,"),
        ("debt: [senior, junior], over_months: 3,",
         "debt: [senior], over_months: 3, direction: forward, uses: contracted_cash,"),
    ):  # fmt: skip
        assert find in text
        text = text.replace(find, write, 1)
    result = run_deal(deal_from_text(text, "mixed.yaml"))
    assert months(result, "keeper.paid", 2) == pytest.approx([10, 0])
    assert months(result, "coverage.fees_known", 3) == pytest.approx([50_000 / 12] * 3)
