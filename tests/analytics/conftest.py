"""A deal whose collections are 1,000 a month: ten chips let at the market rent, which stands still.

They cost 3,000 and resell for 3,000 less 50 a month; a forced sale brings 80% of that. It closes on 15 December 2026
and pays on the 15th. The reference rate, where a coupon names it, is 4% at closing and 7% a year later.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dealmodel.definition.deal import Deal
from dealmodel.definition.load import deal_from_text

MARKET = """
format: 1
deal: {{id: rents, name: Ten chips, basis: illustrative, currency: USD, closing: {closing}, first_payment: 2027-01-15,
       legal_final: {legal_final}, frequency: monthly, payment_day: 15, calendar: NONE, business_days: none,
       rounding: none}}
market:
  rent_basis: net_of_site_costs
{rates}  generations: {{chip: {{rent_per_hour: {rent}, rent_decline_per_year: 0.0}}}}
collateral:
  hours_per_month: 100
  merchant: {{utilisation: 1.0, discount_to_market: 0.0}}
  site_costs: {{idle_per_unit_hour: 0.0}}
  disposal: {{discount: 0.15, cost: 0.05, lag_months: 0}}
  cohorts:
    rack: {{generation: chip, units: 10, unit_cost: 300, delivered: {delivered},
            resale: {{curve: straight_line, life_years: 5}}, book: {{method: straight_line, life_years: 3}}}}
customers: {{}}
contracts: {{}}
accounts: {{collection: {{kind: collection}}}}
states: {{normal: {{severity: 0, waterfall: payments}}}}
tranches:
{tranches}
waterfalls:
  at_closing: [release: {closing_to}]
  payments:
{payments}
    - pay: site_costs
    - release: sponsor
{rest}provenance: {{"*": {{status: assumed, note: made up for a test}}}}
"""

RATES = """
  rates:
    sofr: {kind: forward, day_count: Act/360, between: linear, after_last: flat,
           points: [[2026-12-15, 0.04], [2027-12-15, 0.07]]}
"""


def _rent_deal(
    tranches: str,
    payments: str,
    *,
    closing: str = "2026-12-15",
    legal_final: str = "2027-06-15",
    rent: float = 1.0,
    delivered: str = "closing",
    rates: str = RATES,
    rest: str = "",
    closing_to: str = "sponsor",
) -> Deal:
    text = MARKET.format(
        rates=rates if "sofr" in tranches else "",
        tranches=tranches,
        payments=payments,
        closing=closing,
        legal_final=legal_final,
        rent=rent,
        delivered=delivered,
        rest=rest,
        closing_to=closing_to,
    )
    return deal_from_text(text, "rents.yaml")


@pytest.fixture
def rent_deal() -> Callable[..., Deal]:
    """`rent_deal(tranches, payments, ...)`: the deal above with tranches and steps as YAML text."""
    return _rent_deal


@pytest.fixture
def one_note() -> Callable[..., Deal]:
    """`one_note(balance, points, ...)`: the deal with one note that pays 1% a month and is repaid on schedule."""

    def build(
        balance: float,
        points: list[list[float]],
        *,
        coupon: str = "{fixed: 0.12}",
        day_count: str = "30/360 ISDA",
        **others: object,
    ) -> Deal:
        tranche = (
            f"  note: {{kind: note, ranking: 1, balance: {balance!r}, coupon: {coupon}, day_count: {day_count},\n"
            "         deferrable: true,\n"
            f"         scheduled_balance: {{by: month, of: original, points: {points}, between: linear}}}}"
        )
        steps = "    - pay_interest: note\n    - pay_principal: {to: note, up_to: scheduled}"
        return _rent_deal(tranche, steps, **others)  # type: ignore[arg-type]

    return build
