"""Units that fail for good, and book value by hours of use: ten chips of 300 at 1,000 a month, by hand.

Resale and book fall by 50 a month for all ten. With `HALVES` half of the chips left fails each month.
"""

from __future__ import annotations

import pytest

from dealmodel.engine.compile import compile_deal
from dealmodel.engine.result import Result
from dealmodel.engine.run import run_deal

CENT = 0.005  # money to the cent
UNITS = 1e-9  # a few factors of about 1

BOOK = "book: {method: straight_line, life_years: 5}"
HALVES = 1 - 2.0**-12
"""Share lost in a year after which 2^-12 is left: every month leaves a half."""

NOTE = """
tranches:
  note: {kind: note, ranking: 1, balance: 100, coupon: {fixed: 0.12}, day_count: 30/360 ISDA, deferrable: true}
accounts: {collection: {kind: collection}}
states: {normal: {severity: 0, waterfall: payments}}
waterfalls:
  at_closing: [release: sponsor]
  payments: [pay: site_costs, pay_interest: note, pay_principal: {to: note, up_to: outstanding}, release: sponsor]
"""


def failing(spares: float | None = None) -> dict[str, str]:
    more = "" if spares is None else f", spares: {spares}"
    return {BOOK: f"{BOOK}, failures: {{rate_per_year: {HALVES!r}{more}}}"}


def months(result: Result, name: str, count: int) -> list[float]:
    return result.lines.months(name)[:count]


# Failures


def test_failed_chips_bring_nothing_and_are_worth_nothing(tiny_deal) -> None:
    """5, 2.5 and 1.25 chips work: 500, 250, 125 of rent; of 2,950, 2,900, 2,850 a half, a quarter, an eighth."""
    result = run_deal(tiny_deal(NOTE, edits=failing()))
    assert months(result, "lease.units_held", 3) == pytest.approx([5, 2.5, 1.25], abs=UNITS)
    assert months(result, "revenue", 3) == pytest.approx([500, 250, 125], abs=CENT)
    by_hand = [2950 / 2, 2900 / 4, 2850 / 8]
    assert months(result, "value.resale", 3) == pytest.approx(by_hand, abs=CENT)
    assert months(result, "value.book", 3) == pytest.approx(by_hand, abs=CENT)


def test_spares_stand_in_until_they_run_out(tiny_deal) -> None:
    """A spare for each chip: 20 chips leave 10 after a month, all of which are let; then 5 and 2.5."""
    result = run_deal(tiny_deal(NOTE, edits=failing(1.0)))
    assert months(result, "lease.units_held", 3) == pytest.approx([10, 5, 2.5], abs=UNITS)
    assert months(result, "revenue", 3) == pytest.approx([1000, 500, 250], abs=CENT)


def test_chips_under_no_contract_fail_too(tiny_deal) -> None:
    """In the market at full use they bring the same 1,000: 500, 250, 125."""
    result = run_deal(tiny_deal(NOTE, in_the_market=True, edits=failing()))
    assert months(result, "revenue", 3) == pytest.approx([500, 250, 125], abs=CENT)


def test_a_failed_chip_is_neither_idle_nor_let_again(tiny_deal) -> None:
    """The tenant stops in month 2: 2.5 chips idle for 100 hours at 0.1 cost 25. In month 3 letting 1.25 again costs 10.

    Nothing is claimed of the chips that failed: in month 2, 2.5 of them x 100 hours for the 599 months left.
    """
    edits = failing() | {
        "idle_per_unit_hour: 0.0": "idle_per_unit_hour: 0.1",
        "downtime_months: 120, cost_per_unit: 0": "downtime_months: 1, cost_per_unit: 8",
        "utilisation: 0.0,\n": "utilisation: 1.0,\n",
        "discount_to_market: 0.0, utilisation: 1.0": "discount_to_market: 1.0, utilisation: 1.0",
    }
    result = run_deal(tiny_deal(NOTE, stops_paying="month 2", edits=edits))
    assert months(result, "collateral.costs", 3) == pytest.approx([0, 25, 10], abs=CENT)
    assert months(result, "lease.claim_made", 3) == pytest.approx([0, 2.5 * 100 * 599, 0], abs=CENT)


def test_only_working_chips_are_sold(tiny_deal) -> None:
    """The tenant stops at once; 1 of interest is due and missed in month 1, the default acts in month 2.

    The lag of two months sells at the end of month 4: (3,000 - 200) x 80% x 1/16 = 140.
    """
    text = NOTE.replace(
        "states: {normal: {severity: 0, waterfall: payments}}",
        "tests: {unpaid: {measure: unpaid_interest, of: [note], measured: after_payment}}\n"
        "states:\n"
        "  normal: {severity: 0, waterfall: payments}\n"
        "  default: {severity: 1, waterfall: payments, entered_on: [unpaid], left: never, remedy: sell}\n",
    )
    result = run_deal(tiny_deal(text, stops_paying="month 1", lag_months=2, edits=failing()))
    assert months(result, "sale_proceeds", 5) == pytest.approx([0, 0, 0, 140, 0], abs=CENT)
    assert months(result, "lease.units_held", 5) == pytest.approx([5, 2.5, 1.25, 0.625, 0], abs=UNITS)


def test_the_rate_and_the_spares_are_live_numbers(tiny_deal) -> None:
    path = "collateral.cohorts.rack.failures"
    deal = tiny_deal(NOTE, edits=failing())
    whole = run_deal(deal, overrides={f"{path}.rate_per_year": 0.0})
    assert months(whole, "revenue", 3) == [1000, 1000, 1000]
    more = run_deal(deal, overrides={f"{path}.spares": 1.0})
    assert months(more, "revenue", 3) == pytest.approx([1000, 500, 250], abs=CENT)


def test_without_failures_there_are_no_lines_of_them(tiny_deal) -> None:
    names = set(compile_deal(tiny_deal(NOTE, units="all")).definitions)
    more = set(compile_deal(tiny_deal(NOTE, units="all", edits=failing())).definitions)
    assert more - names == {
        "cohort.rack.left_factor", "cohort.rack.not_failed", "cohort.rack.working", "lease.share_held"
    }  # fmt: skip


# Book value by use


def by_use(salvage: str = "") -> dict[str, str]:
    return {BOOK: f"book: {{method: units_of_production, life_hours: 1_000{salvage}}}"}


def test_book_value_falls_by_the_hours_of_use(tiny_deal) -> None:
    """100 hours a month of 1,000: a tenth of 3,000 a month. With a salvage of 0.1, 0.9 x 300 = 270 a month."""
    assert months(run_deal(tiny_deal(NOTE, edits=by_use())), "value.book", 3) == pytest.approx(
        [2700, 2400, 2100], abs=CENT
    )
    kept = run_deal(tiny_deal(NOTE, edits=by_use(", salvage: 0.1")))
    assert months(kept, "value.book", 3) == pytest.approx([2730, 2460, 2190], abs=CENT)


def test_idle_chips_are_not_written_off(tiny_deal) -> None:
    """The tenant stops in month 3, and nobody else comes: 2,400 is left from month 2 on."""
    result = run_deal(tiny_deal(NOTE, stops_paying="month 3", edits=by_use()))
    assert months(result, "value.book", 4) == pytest.approx([2700, 2400, 2400, 2400], abs=CENT)


def test_the_use_of_a_cohort_is_the_average_of_its_lots(tiny_deal) -> None:
    """Four chips of ten are let, the others idle: 40 hours a month, 120 of 3,000."""
    result = run_deal(tiny_deal(NOTE, units="4", edits=by_use()))
    assert months(result, "cohort.rack.hours_used", 3) == pytest.approx([40, 80, 120], abs=UNITS)
    assert months(result, "value.book", 3) == pytest.approx([2880, 2760, 2640], abs=CENT)


def test_nothing_is_left_after_the_life_in_hours(tiny_deal) -> None:
    """250 hours of life: 1,800, 600 and nothing."""
    edits = {BOOK: "book: {method: units_of_production, life_hours: 250}"}
    result = run_deal(tiny_deal(NOTE, edits=edits))
    assert months(result, "value.book", 4) == pytest.approx([1800, 600, 0, 0], abs=CENT)
