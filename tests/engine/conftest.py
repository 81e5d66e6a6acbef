"""A deal of which only the liabilities are of interest: ten chips let for good at 1,000 a month in all.

With `in_the_market` there is no lease: they earn the market rent of the month, which is 1,000 a month too.

The chips cost 3,000, resell for 3,000 less 50 a month (five years, straight line) and cost nothing to keep. Months are
of thirty days (30/360, paid on the 15th), so that 12% a year is 1% a month to the last digit that matters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from dealmodel.definition.deal import Deal
from dealmodel.definition.load import deal_from_text

HEAD = """
format: 1
deal:
  {{id: tiny, name: A tiny deal, basis: illustrative, currency: USD, closing: 2026-12-15,
   first_payment: {first_payment}, legal_final: {legal_final}, frequency: monthly, payment_day: {payment_day},
   {dates}, rounding: none}}
market:
  rent_basis: net_of_site_costs
  generations: {{chip: {{rent_per_hour: 1.0, rent_decline_per_year: 0.0}}}}
collateral:
  cohorts:
    rack: {{generation: chip, units: 10, unit_cost: 300, delivered: closing,
           resale: {{curve: straight_line, life_years: 5}}, book: {{method: straight_line, life_years: 5}}}}
  hours_per_month: 100
  site_costs: {site_costs}
  merchant: {{utilisation: {merchant}, discount_to_market: 0.0}}
  disposal: {{discount: 0.15, cost: 0.05, lag_months: {lag_months}}}
{use}provenance: {{"*": {{status: assumed, note: made up for a test}}}}
"""

LEASE = """
customers: {{tenant: {{class: ours, stops_paying: {stops_paying}}}}}
contracts:
  lease: {{kind: take_or_pay, customer: tenant, cohort: rack, units: {units}, price_per_hour: {price}, term_months: 600,
          site_costs_paid_by: {paid_by}, start: closing, at_expiry: {{then: merchant, downtime_months: 0}},
          at_default: {{then: re_let, downtime_months: 120, cost_per_unit: 0, discount_to_market: 0.0, utilisation: 0.0,
                       claim_recovery: 0.0, claim_lag_months: 0}}}}
"""
MARKET = """
customers: {}
contracts: {}
"""


def _tiny(
    liabilities: str,
    *,
    legal_final: str = "2027-06-15",
    first_payment: str = "2027-01-15",
    payment_day: str = "15",
    lag_months: int = 0,
    stops_paying: str = "never",
    price: float = 1.0,
    units: str = "10",
    in_the_market: bool = False,
    edits: Mapping[str, str] | None = None,
    site_costs: str = "{idle_per_unit_hour: 0.0}",
    paid_by: str = "customer",
    dates: str = "calendar: NONE, business_days: none",
) -> Deal:
    head = HEAD.format(
        use=MARKET
        if in_the_market
        else LEASE.format(stops_paying=stops_paying, price=price, units=units, paid_by=paid_by),
        site_costs=site_costs,
        merchant=1.0 if in_the_market else 0.0,
        legal_final=legal_final,
        first_payment=first_payment,
        payment_day=payment_day,
        lag_months=lag_months,
        dates=dates,
    )
    text = head + liabilities
    for old, new in (edits or {}).items():
        assert old in text
        text = text.replace(old, new)
    return deal_from_text(text, "tiny.yaml")


@pytest.fixture
def tiny_deal() -> Callable[..., Deal]:
    """`tiny_deal(liabilities, ...)`: the deal above with tranches, accounts, states and waterfalls as YAML text.

    `edits` replaces pieces of the whole text, each of which must be there.
    """
    return _tiny
