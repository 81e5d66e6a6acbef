"""`rounding: cent`: what enters the ledger is rounded half a cent up, so that every payment is whole cents."""

from __future__ import annotations

from pathlib import Path

import pytest

import dealmodel as dm
from dealmodel.engine.run import run_deal

ROOT = Path(__file__).parents[2]
DEALS = [ROOT / "sample_deals" / "gpu_abs_abc" / "deal.yaml", ROOT / "tests" / "kinds" / "debt.yaml"]
UNROUNDED = ("value.", "coverage.", "check.", "lease", "uncontracted")
"""Values, ratios and what contracts bring are no payments: they are rounded where they enter the ledger."""

ODD = """
tranches:
  defaults: {kind: note, day_count: 30/360 ISDA, coupon: {fixed: 0.12}, deferrable: true}
  senior: {ranking: 1, balance: 1_000.50}
  junior: {ranking: 2, balance: 333.33}
fees: {trustee: {amount_per_year: 100}}
accounts: {collection: {kind: collection}}
states: {normal: {severity: 0, waterfall: payments}}
waterfalls:
  at_closing: [release: sponsor]
  payments:
    - pay: [trustee, site_costs]
    - pay_interest: [senior, junior]
    - pay_principal: {to: [senior, junior], up_to: outstanding}
    - release: sponsor
"""


def months(result: dm.Result, name: str, count: int) -> list[float]:
    return result.lines.months(name)[:count]


def in_cents(deal: dm.Deal) -> dm.Deal:
    return deal.model_copy(update={"deal": deal.deal.model_copy(update={"rounding": "cent"})})


def test_dues_and_collections_are_rounded_and_shares_add_up(tiny_deal) -> None:
    """Price 0.77777: 777.77 comes in. Trustee 8.33; interest 10.005 is 10.01 (half up), 3.3333 is 3.33; 756.10 is left.

    Over 1,333.83: 756.10 x 1,000.50 / 1,333.83 = 567.147.. up to the senior, 756.10 in all: 567.15 and 188.95.
    """
    result = run_deal(in_cents(tiny_deal(ODD, price=0.77777)))
    assert months(result, "collections", 1) == [777.77]
    assert months(result, "trustee.paid", 1) == [8.33]
    assert months(result, "senior.interest_paid", 1) == [10.01]
    assert months(result, "junior.interest_paid", 1) == [3.33]
    assert months(result, "senior.principal_paid", 1) == [567.15]
    assert months(result, "junior.principal_paid", 1) == pytest.approx([188.95], abs=1e-9)
    assert result.lines.number("senior.principal_loss") == 0.0


@pytest.mark.parametrize("path", DEALS, ids=lambda path: path.parent.name + "/" + path.name)
@pytest.mark.parametrize("scenario", ["base", "last"])
def test_every_payment_and_balance_is_whole_cents(path: Path, scenario: str) -> None:
    deal = in_cents(dm.load_deal(path))
    result = run_deal(deal, scenario if scenario == "base" else list(deal.scenarios)[-1])
    checked = 0
    for item in result.lines.model.monthly:
        if (
            item.line.unit == "currency"
            and item.role in ("payment", "balance", "due")
            and not item.name.startswith(UNROUNDED)
        ):
            for month, value in enumerate(result.lines.months(item.name), 1):
                assert abs(value * 100 - round(value * 100)) < 1e-4, (item.name, month, value)
            checked += 1
    assert checked > 60


def test_rounding_moves_no_result_by_more_than_the_cents_of_its_payments() -> None:
    """84 months, each due rounded by half a cent at most: a loss of millions moves by less than a few dollars."""
    deal = dm.load_deal(DEALS[0])
    for scenario in ("base", "both_protections_fail"):
        exact, cents = run_deal(deal, scenario).tranches, run_deal(in_cents(deal), scenario).tranches
        for word in ("principal_paid", "interest_paid", "principal_loss"):
            assert (exact[word] - cents[word]).abs().max() < 5.0


def test_without_rounding_nothing_is_rounded() -> None:
    model = dm.compile_deal(dm.load_deal(DEALS[0]))
    rounded = [item.name for item in model.monthly if "round(" in str(item) and item.role == "payment"]
    assert rounded == []
