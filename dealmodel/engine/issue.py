"""A tranche as its holders buy it: the price at issue, and the yield that the run leaves them on it."""

from __future__ import annotations

from datetime import date

from dealmodel.basics.solved import Rate
from dealmodel.basics.yields import basis_named, yield_from_price
from dealmodel.lines.trace import Trace

PAR = 100.0
QUOTE = "semi_annual"
"""Basis of the yield in the table of tranches, and of durations."""


def issue_price(lines: Trace, tranche: str) -> float:
    """Price per 100 at which a tranche is issued, less the fee that its holders get at closing; par unless stated."""
    numbers = lines.inputs.numbers
    price = numbers.get(f"tranches.{tranche}.issue_price", 1.0) - numbers.get(f"tranches.{tranche}.upfront_fee", 0.0)
    return PAR * price


def yield_at_issue(lines: Trace, tranche: str) -> Rate:
    """Yield at the issue price, semi-annual and 30/360 ISDA, or why there is none. [per year]"""
    quoted = basis_named(QUOTE)
    closing = date.fromisoformat(lines.model.facts["closing"])
    dates = [date.fromisoformat(day) for day in lines.model.period_ends]
    cash = lines[f"{tranche}.interest_paid"] + lines[f"{tranche}.principal_paid"]
    paid = lines.opening(f"{tranche}.balance") * issue_price(lines, tranche) / PAR
    return yield_from_price(quoted.years(closing, dates), cash, paid, per_year=quoted.per_year)
