"""The term sheet: its words, and figures that are those of the runs."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from dealmodel.analytics.term_sheet.outcomes import lowest_coverage
from dealmodel.analytics.term_sheet.sheet import term_sheet
from dealmodel.analytics.term_sheet.structure import values_at_closing
from dealmodel.analytics.term_sheet.tables import Figure, TermSheet
from dealmodel.basics.kinds import Kind
from dealmodel.contracts.take_or_pay import AtExpiry
from dealmodel.definition.deal import Deal
from dealmodel.definition.load import deal_from_text, load_deal
from dealmodel.definition.numbers import deal_fields, numeric_paths
from dealmodel.engine.run import run_deal
from dealmodel.liabilities.coupons import Coupon
from dealmodel.liabilities.interest_terms import PayInKind, StepUp
from dealmodel.liabilities.schedules import ScheduledBalance
from dealmodel.market.prices import Launch
from dealmodel.market.rate_curves import RateCurve
from dealmodel.market.scenarios import ScenarioChange
from dealmodel.waterfall.measures import AnyTest, LowerOf, UnpaidInterestTest
from dealmodel.waterfall.measures_base import FailsWhen
from dealmodel.waterfall.states import State
from dealmodel.waterfall.steps import PayInterest, PayPrincipal

ROOT = Path(__file__).parents[2]
SMALL = (ROOT / "tests" / "definition" / "small_deal.yaml").read_text(encoding="utf-8")

PRIORITY = """
At closing, out of the proceeds of the notes
1. Into the liquidity reserve, up to its target
2. All that is left, to the sponsor
Payments: in states normal and trapped
1. Trustee, servicer and backup servicer, pro rata, from collections and then from the liquidity reserve
2. Site costs
3. Interest on class A, from collections and then from the liquidity reserve
4. Interest on class B, from collections and then from the liquidity reserve, except in state trapped
5. Principal of class A, down to the scheduled balance
6. Interest on class B, from collections and then from the liquidity reserve, only in state trapped
7. Into the liquidity reserve, up to its target
8. Principal of class B, down to the scheduled balance
9. Interest on class C
10. Principal of class C, down to the scheduled balance
11. Principal of class A, by what makes the test asset base A pass
12. Principal of class A, then class B, by what makes the test asset base ab pass
13. Principal of class A, then class B, then class C, by what makes the test asset base abc pass
14. All that is left, into the trapped cash, only in state trapped
15. All that is left, to the sponsor
Rapid: in state rapid
1. All cash in the trapped cash joins the funds to be paid
2. Trustee, servicer and backup servicer, pro rata, from collections and then from the liquidity reserve
3. Site costs
4. Interest on class A, from collections and then from the liquidity reserve
5. Principal of class A, until repaid
6. Interest on class B
7. Principal of class B, until repaid
8. Interest on class C
9. Principal of class C, until repaid
10. All that is left, to the sponsor
Enforcement: in state accelerated
1. All cash in the liquidity reserve and the trapped cash joins the funds to be paid
2. Trustee, servicer and backup servicer, pro rata, from collections and then from the liquidity reserve
3. Site costs
4. Interest on class A
5. Principal of class A, until repaid
6. Interest on class B
7. Principal of class B, until repaid
8. Interest on class C
9. Principal of class C, until repaid
10. All that is left, to the sponsor
"""


CURVE: dict[str, Any] = {
    "kind": "forward", "day_count": "Act/360", "between": "linear", "after_last": "flat",
    "points": ((date(2026, 12, 1), 0.04),),
}  # fmt: skip
AS_A_CURVE = "Forward curve, Act/360: 4% on 1 December 2026, straight lines between points, flat after the last"


@pytest.fixture(scope="module")
def flagship() -> Deal:
    return load_deal(ROOT / "sample_deals" / "gpu_abs_abc")


@pytest.fixture(scope="module")
def sheet(flagship: Deal) -> TermSheet:
    return term_sheet(flagship)


def rows(sheet: TermSheet, block: str) -> list[list[object]]:
    """Cells of a block, figures as plain numbers."""
    return [[cell.value if isinstance(cell, Figure) else cell for cell in row.cells] for row in sheet.blocks[block]]


def test_the_priority_of_payments_reads_as_the_indenture_does(sheet: TermSheet) -> None:
    said = [" ".join(str(cell) for cell in row) for row in rows(sheet, "payments")]
    assert said == PRIORITY.strip().splitlines()


def test_capital_structure_by_hand(sheet: TermSheet) -> None:
    """600, 100 and 60 of notes on chips that cost 1,000: 60%, 70% and 76% through each class.

    Behind class A stand 160 of 760, behind class B 60. 76% of 1,000 is lent: 24% of equity is left behind class C.
    """
    table = rows(sheet, "capital_structure")
    assert [row[0] for row in table] == ["Class A", "Class B", "Class C", "All notes"]
    assert [row[1] for row in table] == [600e6, 100e6, 60e6, 760e6]
    assert [row[2] for row in table] == pytest.approx([600 / 760, 100 / 760, 60 / 760, 1])
    assert [row[9] for row in table] == pytest.approx([0.60, 0.70, 0.76, 0.76])
    assert [row[10] for row in table] == pytest.approx([0.60, 0.70, 0.76, 0.76])
    assert [row[11] for row in table[:3]] == pytest.approx([160 / 760, 60 / 760, 0])
    assert [row[12] for row in table[:3]] == pytest.approx([0.40, 0.30, 0.24])
    assert [row[4] for row in table[:3]] == ["6% fixed", "7.5% fixed", "10% fixed"]
    assert table[0][6] == "Down to 6% in month 36 and 0% in month 48, in straight lines"


def test_lives_and_last_payments_are_those_of_the_base_run(flagship: Deal, sheet: TermSheet) -> None:
    """In the base each class is repaid by its schedule: months 48, 54 and 60 after December 2026."""
    result = run_deal(flagship)
    table = rows(sheet, "capital_structure")[:3]
    assert [row[7] for row in table] == [row["wal_years"] for row in result.tranche_rows.values()]
    assert [row[8] for row in table] == [date(2030, 12, 31), date(2031, 6, 30), date(2031, 12, 31)]


def test_sources_equal_uses_at_closing(sheet: TermSheet) -> None:
    """760 of notes; 21.75 into the reserve (half a year of 36 + 7.5); 1,000 of chips: the sponsor brings 261.75."""
    assert rows(sheet, "closing") == [
        ["Notes at par", 760e6],
        ["Sponsor's contribution", 261_750_000],
        ["Sources", 1_021_750_000],
        ["Equipment delivered at closing", 1_000_000_000],
        ["Into liquidity reserve", 21_750_000],
        ["Uses", 1_021_750_000],
    ]


def test_discount_and_upfront_fee_come_off_the_notes_at_par() -> None:
    """15m at 98.5% less 1%: 225,000 and 150,000 off 17m leave 16.625m of proceeds. No use holds them."""
    sold = SMALL.replace("balance: 15_000_000,", "balance: 15_000_000, issue_price: 0.985, upfront_fee: 0.01,")
    assert sold != SMALL
    table = rows(term_sheet(deal_from_text(sold, "sold.yaml")), "closing")
    assert [row[0] for row in table[:4]] == [
        "Notes at par",
        "Less discount",
        "Less upfront fees",
        "Proceeds of the notes",
    ]
    assert [row[1] for row in table[:4]] == pytest.approx([17_000_000, -225_000, -150_000, 16_625_000])
    amounts = dict(table)
    assert amounts["Sources"] == amounts["Uses"] == pytest.approx(16_625_000 + amounts["Sponsor's contribution"])
    uses = [amount for label, amount in table if label.startswith(("Equipment", "Into", "Paid out"))]
    assert sum(uses) == pytest.approx(amounts["Uses"])
    assert "Paid out beyond that" not in amounts


def test_money_beyond_the_equipment_is_a_use_of_its_own() -> None:
    """No chip is there yet: of 17m of notes, what neither they nor the reserve take at closing is paid out."""
    late = SMALL.replace("delivered: closing", "delivered: month 3")
    assert late != SMALL
    table = dict(rows(term_sheet(deal_from_text(late, "late.yaml")), "closing"))
    into = table["Into reserve"]
    assert table["Notes at par"] == 17_000_000
    assert table["Equipment delivered at closing"] == 0
    assert table["Paid out beyond that"] == pytest.approx(17_000_000 - into)


def test_contracted_revenue_by_hand(sheet: TermSheet) -> None:
    """Lease 1: 9,600 chips x 730 hours x 1.65 x 36 months = 416,275,200."""
    table = rows(sheet, "contracts")
    assert table[0][:9] == ["Lease 1", "obligor 1", "bbb", "H200", 9600, 1.65, 36, "Closing", 416_275_200]
    assert table[0][9:] == [
        "Customer",
        "Idle for 1 month, then in merchant use",
        "Idle for 6 months, then let again for 90% of the hours, 20% below the market rent, at a cost of 400 a unit; "
        "30% of the claim paid after 12 months",
    ]
    assert table[-1][8] == pytest.approx(sum(float(str(row[8])) for row in table[:-1]))


def test_collateral_by_hand(sheet: TermSheet) -> None:
    """12,800 chips at 31,250 cost 400m, two fifths of the pool; leases 1 and 2 take 9,600 and 3,200 of them."""
    table = rows(sheet, "collateral")
    assert table[0][:10] == ["H200", "H200", 12_800, 31_250, 400e6, 0.4, "Closing", 1.0, 1.7, 0.2]
    assert table[0][10:] == [
        "Loses 32% of its value with each year of age, not below 2% of the price",
        "Cost written off by equal amounts over 5 years",
    ]
    assert table[-1][2:6] == [21_700, None, 1_000_000_000, 1.0]


def test_tests_say_what_they_measure_and_what_follows(sheet: TermSheet) -> None:
    table = {row[0]: row for row in rows(sheet, "tests")}
    trap = table["DSCR trap"]
    assert trap[1] == (
        "Debt service coverage: revenue less site costs and fees, over interest and scheduled principal of "
        "class A, class B and class C; sale, claim and reserve cash left out"
    )
    assert trap[2:6] == ["At least 1.35x", 3, "Month 3", 2]
    assert trap[9] == (
        "Leads to state trapped (left once that test has passed on as many payment dates running as it needs to cure)"
    )
    assert table["Market LTV"][2] == "At most 90%"
    assert table["Asset base A"][9] == "Principal is paid until it passes, in the list payments"
    assert table["Senior interest"][1:3] == [
        "Interest on the most senior tranche outstanding left unpaid after payment. Acts on the next payment date",
        "Nothing",
    ]


def test_figures_of_tests_are_those_of_the_base_run(flagship: Deal, sheet: TermSheet) -> None:
    result = run_deal(flagship)
    for name, row in zip(flagship.tests, rows(sheet, "tests"), strict=True):
        ratios = result.ratio(name)
        ratios = ratios[ratios == ratios]
        tightest = ratios.min() if hasattr(flagship.tests[name], "at_least") else ratios.max()
        assert row[6:9] == [ratios[0], tightest, "Never"], name


def test_scenarios_show_what_their_runs_give(flagship: Deal, sheet: TermSheet) -> None:
    table = rows(sheet, "scenarios")
    assert len(table) == 4 * 3
    for place, name in enumerate(flagship.scenarios):
        result = run_deal(flagship, name)
        whole, *others = table[3 * place : 3 * place + 3]
        assert whole[1] == flagship.scenarios[name].title
        coverage = lowest_coverage(flagship, result)
        assert isinstance(coverage, Figure)
        assert whole[3] == coverage.value == min(result.ratio("dscr_trap")[2:84][result.ratio("dscr_trap")[2:84] > -9])
        assert all(row[:6] == [None] * 6 for row in others)
        for row, figures in zip([whole, *others], result.tranche_rows.values(), strict=True):
            assert row[7:11] == [
                figures["principal_loss"],
                figures["principal_loss"] / figures["balance"],
                figures["interest_shortfall"],
                figures["wal_years"],
            ]


def test_the_worst_scenario_in_words(sheet: TermSheet) -> None:
    row = rows(sheet, "scenarios")[9]
    assert row[0] == "Both protections fail"
    assert row[2] == (
        "All customers: stops paying set to month 24; all generations: resale level multiplied by 0.05 from month 24; "
        "all generations: rent level multiplied by 0.05 from month 24"
    )
    assert str(row[4]).startswith("Month 24: DSCR trap, ")
    assert row[5] == "Normal from month 1, rapid from month 24 and accelerated from month 31"
    assert row[11] == "Not repaid in full"


def test_every_number_of_the_deal_stands_among_the_assumptions(flagship: Deal, sheet: TermSheet) -> None:
    table = {row[0]: row for row in rows(sheet, "assumptions")}
    assert list(table) == numeric_paths(deal_fields(flagship))
    trap = table["tests.dscr_trap.at_least"]
    assert trap[2:] == [
        1.35, "ratio", "assumed", "DataBank data-center ABS, cash trap at 1.35x", "level of a data-center analogue",
    ]  # fmt: skip
    assert table["tranches.class_a.balance"][2:4] == [600e6, "USD"]
    assert table["tranches.class_a.scheduled_balance.points"][2] == "0: 100%, 36: 6%, 48: 0%"


def test_the_head_says_what_it_is_and_what_it_is_not(sheet: TermSheet) -> None:
    assert rows(sheet, "head") == [
        ["Illustrative: a made-up deal"],
        ["Not an offer. Nothing here is a rating or a price forecast."],
    ]
    terms = dict(rows(sheet, "terms"))
    assert terms["Payments"] == "Monthly, on the last day of the month"
    assert terms["Legal final"] == date(2033, 12, 31)


def test_payment_dates_and_accrual_in_words() -> None:
    """Two business days after the end of the month, by the deal's own words."""
    later = SMALL.replace("  rounding:", "  payment_delay_days: 2\n  payment_delay_counts: business_days\n  rounding:")
    assert later != SMALL
    terms = dict(rows(term_sheet(deal_from_text(later, "later.yaml")), "terms"))
    assert terms["Paid"] == "2 business days after the end of the collection month"
    assert terms["Interest accrues"] == "To period ends as they stand, be they business days or not"
    plain = dict(rows(term_sheet(deal_from_text(SMALL, "small.yaml")), "terms"))
    assert plain["Paid"] == "At the end of the collection month"


def test_terms_of_a_class(sheet: TermSheet) -> None:
    table = rows(sheet, "tranche_terms")
    assert [row[0] for row in table if row[0]] == ["Class A", "Class B", "Class C"]
    assert [row[1:] for row in table[6:9]] == [
        ["Kind", "Note"],
        ["Interest", "7.5% fixed, 30/360 ISDA"],
        ["Unpaid interest", "May be deferred; due again on the next payment date, at the coupon"],
    ]


def test_a_scenario_that_changes_the_shape_has_its_rows_too() -> None:
    slow = "  slow: {title: A sale takes a year, changes: [{at: collateral.disposal.lag_months, set: 12}]}\nsources:"
    sheet = term_sheet(deal_from_text(SMALL.replace("sources:", slow), "small.yaml"))
    table = rows(sheet, "scenarios")
    assert table[-2][:3] == ["Slow", "A sale takes a year", "Disposal: lag months set to 12"]
    assert len(table) == 5 * 2


def test_values_at_closing_know_levels_and_launches() -> None:
    """Half of the cost at a level of 0.5, and 0.8 of that where a launch of -20% is in the number of the closing."""
    deal = deal_from_text(SMALL, "small.yaml")
    cost = sum(cohort.units * cohort.unit_cost for cohort in deal.collateral.cohorts.values())
    assert values_at_closing(deal) == (cost, cost)
    generations = {
        name: generation.model_copy(update={"resale_level": 0.5})
        for name, generation in deal.market.generations.items()
    }
    low = deal.model_copy(update={"market": deal.market.model_copy(update={"generations": generations})})
    assert values_at_closing(low) == (0.5 * cost, cost)
    launch = Launch(when="closing", generations=tuple(generations), rent_step=0.0, resale_step=-0.2)
    market = low.market.model_copy(update={"launches": {"next": launch}})
    resale, book = values_at_closing(low.model_copy(update={"market": market}))
    assert (resale, book) == (pytest.approx(0.4 * cost), cost)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (Coupon(index="sofr", margin=0.02), "SOFR plus 2%"),
        (Coupon(index="sofr", margin=0.02, floor=0.0), "SOFR (not below 0%) plus 2%"),
        (Coupon(index="sofr", margin=-0.002, floor=0.01, cap=0.05), "SOFR (not below 1%, not above 5%) less 0.2%"),
        (Coupon(index="sofr", margin=0.025, cap=0.06, cap_applies_to="all_in"),
         "SOFR plus 2.5%, together not above 6%"),
        (StepUp(when="month 24", add=0.01), "plus 1% from month 24"),
        (PayInKind(share=0.5, until="month 12"), "50% of the interest added to the balance until month 12"),
        (FailsWhen(failed=2, of_last=3), "Fails on 2 misses of the last 3 payment dates"),
        (RateCurve(**CURVE, index_type="average_in_advance", fixing_lag_days=2, calendar="USD-GOVT"),
         f"{AS_A_CURVE}; average in advance, compounded over 30 days, fixed 2 business days before the period; "
         "not rounded; calendar USD-GOVT"),
        (RateCurve(**CURVE, index_type="simple_average_in_arrears", lookback_days=5, lockout_days=1, round_places=5),
         f"{AS_A_CURVE}; simple average in arrears; look-back of 5 business days; without observation shift; "
         "lockout of 1 business day; rounded to 5 places of percent; every day a fixing day"),
        (RateCurve(**CURVE, reset_months=3, first_reset=date(2027, 4, 1)),
         f"{AS_A_CURVE}; term rate, fixed on the first day of the period; set anew every 3 months, first from "
         "1 April 2027 on; not rounded; every day a fixing day"),
        (ScheduledBalance(by="month", of="original", points=((0, 0.9),), between="step"),
         "Down to 90% at closing, in steps"),
        (PayInterest(pay_interest=("class_a", "class_b")), "Interest on class A and class B, pro rata"),
        (PayPrincipal(pay_principal={"to": ("a_1", "a_2"), "up_to": "scheduled"}),
         "Principal of a 1 and a 2, pro rata, down to the scheduled balance of each"),
        (State(severity=1, waterfall="payments", entered_on=("x", "y"), left="when_cured"),
         "Entered when x or y fails. Pays by payments. Left once each of those tests has passed on as many payment "
         "dates running as it needs to cure. Equipment kept"),
        (ScenarioChange(at="contracts.lease_1.at_default.claim_recovery", add=-0.1),
         "lease 1, at default: claim recovery less 0.1"),
        (ScenarioChange(at="collateral.cohorts.rack.delivered", set="never"), "rack: delivered set to never"),
        (AtExpiry(then="merchant", downtime_months=0), "At once in merchant use"),
        (LowerOf(lower_of=("book",)), "book value"),
        (LowerOf(lower_of=("book", "resale")), "the lower of book and resale value"),
        (ScenarioChange(at="collateral.cohorts.*.delivered", shift_months=3, **{"from": "month 2"}),
         "all cohorts: delivered 3 months later from month 2"),
        (UnpaidInterestTest(measure="unpaid_interest", of=("class_b",), measured="after_payment"),
         "Interest on class B left unpaid after payment"),
    ],
)  # fmt: skip
def test_kinds_that_the_flagship_leaves_out(kind: Kind, said: str) -> None:
    assert kind.words() == said


def test_an_amount_that_may_be_unpaid_is_named() -> None:
    test: AnyTest = UnpaidInterestTest(
        measure="unpaid_interest", of=("class_b",), measured="after_payment", at_most=100.0
    )
    assert test.level_in_words() == "at most 100"
