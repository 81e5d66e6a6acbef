"""Every figure of a tranche that `analyse` gives: its title, its unit and the basis without which it is no number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Unit = Literal["currency", "price", "rate", "years", "years^2", "month", "share", "text"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a tranche.

    Parameters
    ----------
    key : str
        Column of `Analysis.tranches`.
    title, unit, basis : str
        What it is called; what it counts; how.
    signed : bool
        Whether it is told only where a tranche may add interest to its balance: else it is another figure's equal.
    """

    key: str
    title: str
    unit: Unit
    basis: str
    signed: bool = False


FIGURES = (
    Figure("balance", "Balance", "currency", "at closing"),
    Figure("price", "Price", "price", "per 100 of balance, at closing"),
    Figure("yield_semi_annual", "Yield", "rate", "semi-annual, 30/360 ISDA"),
    Figure("yield_monthly", "Yield", "rate", "monthly, 30/360 ISDA"),
    Figure("yield_annual", "Yield", "rate", "annual, Act/365F"),
    Figure("yield_money_market", "Yield", "rate", "simple by payment period, Act/360"),
    Figure("discount_margin", "Discount margin", "rate", "simple by payment period, coupon's day count"),
    Figure("spread", "Spread over the curve", "rate", "Z-spread, continuous, curve's day count"),
    Figure("spread_over", "Curve of the spread", "text", "coupon's index, else the market's first rate"),
    Figure("wal_positive_only", "WAL", "years", "positive only, 30/360 ISDA"),
    Figure("wal_act_365_positive_only", "WAL", "years", "positive only, Act/365F"),
    Figure("wal_30_360", "WAL, signed", "years", "interest added is negative principal, 30/360 ISDA", signed=True),
    Figure("wal_act_365", "WAL, signed", "years", "interest added is negative principal, Act/365F", signed=True),
    Figure("macaulay_duration", "Macaulay duration", "years", "at the semi-annual yield, flows unchanged"),
    Figure("modified_duration", "Modified duration", "years", "at the semi-annual yield, flows unchanged"),
    Figure("effective_duration", "Effective duration", "years", "market rates -/+ 0.25%, deal run anew"),
    Figure("convexity", "Convexity", "years^2", "at the semi-annual yield, flows unchanged"),
    Figure("effective_convexity", "Effective convexity", "years^2", "market rates -/+ 0.25%, deal run anew"),
    Figure("first_principal_month", "Window, first month", "month", "first principal paid"),
    Figure("last_principal_month", "Window, last month", "month", "last principal paid"),
    Figure("total_interest", "Interest paid", "currency", "in cash, over the life"),
    Figure("worst_interest_shortfall", "Interest shortfall", "currency", "most unpaid after a payment date"),
    Figure("first_interest_shortfall_month", "Interest shortfall", "month", "first unpaid"),
    Figure("principal_shortfall", "Principal shortfall", "currency", "unpaid on the legal final date"),
    Figure("loss", "Principal loss", "currency", "written down at the end"),
    Figure("subordination", "Subordination", "share", "junior notes / all notes, at closing"),
    Figure("enhancement", "With reserves", "share", "junior notes and reserves / all notes, closing"),
    Figure("lowest_enhancement", "With reserves, least", "share", "while the tranche is outstanding"),
    Figure("credit_enhancement", "Credit enhancement", "share", "1 - LTV through the class, resale, first payment"),
    Figure("lowest_credit_enhancement", "Credit enhancement, least", "share", "on a payment date while outstanding"),
)
"""In the order in which they are shown."""

NET_CASH = "revenue of units and cash of pools, less site costs and fees, since the payment date before"
RATIOS = {
    "dscr": "net cash / (interest payable in cash + scheduled principal)",
    "icr": "net cash / interest payable in cash",
    "llcr": "present value of net cash to the end of the loan / balance, at the debt's cost",
    "plcr": "present value of net cash to the end of the model / balance, at the debt's cost",
    "ltv_resale": "balance before payment / resale value",
    "ltv_book": "balance before payment / book value",
    "ltv_liquidation": "balance before payment / resale value less discount and cost of sale",
    "debt_yield": "net cash, as of a year / balance before payment",
}
"""Coverage ratios and their formulas; `NET_CASH` says what net cash is."""
