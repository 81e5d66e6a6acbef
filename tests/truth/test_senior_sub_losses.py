"""Seven classes of a textbook deal bear losses from the bottom up; `senior_sub_losses.json` names its source.

One unit earns what is left of 400 after the loss and is sold for nothing; the notes bear no interest, are due after a
month, and are paid in order. What is not repaid is written down by the ordinary engine.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dealmodel as dm
from dealmodel.analytics.enhancement import enhancement, subordination
from dealmodel.analytics.tranche_metrics import TrancheMetrics
from dealmodel.definition.deal import Deal
from dealmodel.definition.load import deal_from_text

DEAL = """
format: 1
deal: {{id: seven, name: Seven classes, basis: modelled_on, currency: USD, closing: 2026-12-15,
       first_payment: 2027-01-15, legal_final: 2027-01-15, frequency: monthly, payment_day: 15, calendar: NONE,
       business_days: none, rounding: none}}
market:
  rent_basis: net_of_site_costs
  generations: {{loans: {{rent_per_hour: {repaid}, rent_decline_per_year: 0.0}}}}
collateral:
  hours_per_month: 1
  merchant: {{utilisation: 1.0, discount_to_market: 0.0}}
  site_costs: {{idle_per_unit_hour: 0.0}}
  disposal: {{discount: 0.0, cost: 0.0, lag_months: 0}}
  cohorts:
    rack: {{generation: loans, units: 1, unit_cost: {whole}, delivered: closing,
            resale: {{curve: straight_line, life_years: 1}}, book: {{method: straight_line, life_years: 1}}}}
customers: {{}}
contracts: {{}}
accounts: {{collection: {{kind: collection}}}}
states: {{normal: {{severity: 0, waterfall: payments}}}}
tranches:
  defaults: {{kind: note, coupon: {{fixed: 0.0}}, day_count: 30/360 ISDA, deferrable: true}}
{classes}
waterfalls:
  at_closing: [release: sponsor]
  payments:
    - pay: site_costs
    - pay_interest: [{names}]
    - pay_principal: {{to: [{names}], order: sequential, up_to: outstanding}}
    - release: sponsor
provenance: {{"*": {{status: assumed, note: a textbook example}}}}
"""


def seven_classes(classes: dict[str, float], loss: float) -> Deal:
    whole = sum(classes.values())
    rows = [
        f"  {name.lower()}: {{ranking: {rank}, balance: {balance}}}"
        for rank, (name, balance) in enumerate(classes.items(), start=1)
    ]
    names = ", ".join(name.lower() for name in classes)
    text = DEAL.format(repaid=float(whole - loss), whole=float(whole), classes="\n".join(rows), names=names)
    return deal_from_text(text, "seven.yaml")


def test_losses_are_written_off_from_the_bottom(published: Callable[..., Any], tally: Callable[..., Any]) -> None:
    data = published("senior_sub_losses")
    classes = data["inputs"]["classes_usd_m"]
    figures = tally("Seven classes, written off, USD m")
    for case in data["expected"]["loss_cases"]:
        result = dm.run_deal(seven_classes(classes, case["loss"]))
        for name in classes:
            printed = case["written_off"].get(name, 0)
            got = TrancheMetrics(result, name.lower()).loss
            figures.compare(f"loss of {case['loss']}, {name}", got, printed, 1e-9)
    assert figures.count == 14


def test_enhancement_is_what_ranks_below(published: Callable[..., Any], tally: Callable[..., Any]) -> None:
    data = published("senior_sub_losses")
    classes = data["inputs"]["classes_usd_m"]
    deal = seven_classes(classes, 0)
    result = dm.run_deal(deal)
    figures = tally("Seven classes, enhancement, USD m")
    for name, printed in data["expected"]["enhancement_usd_m"].items():
        at_closing = enhancement(result, name.lower()).subordination[0]
        figures.compare(name, at_closing, printed, 1e-9)
        ranks = {one: place for place, one in enumerate(classes)}
        assert subordination(classes, ranks, name) == printed
