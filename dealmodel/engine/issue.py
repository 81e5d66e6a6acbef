"""A tranche as its holders buy it: the price at issue, and the yield that the run leaves them on it."""

from __future__ import annotations

import math
from datetime import date

from dealmodel.basics.solved import Rate
from dealmodel.basics.yields import basis_named, yield_from_price
from dealmodel.lines.model import Model
from dealmodel.lines.trace import Trace

PAR = 100.0
QUOTE = "semi_annual"
"""Basis of the yield in the table of tranches, and of durations."""
NO_PAR = "a strip on a notional has no par; give its price per 100 of notional"


def is_strip(model: Model, tranche: str) -> bool:
    """Whether a tranche is interest alone, on a notional."""
    return f"{tranche}.notional" in model.definitions


def size_line(model: Model, tranche: str) -> str:
    """The line of what a tranche has outstanding: its balance, or the notional of a strip."""
    return f"{tranche}.notional" if is_strip(model, tranche) else f"{tranche}.balance"


def issue_price(lines: Trace, tranche: str) -> float:
    """Price per 100 at which a tranche is issued, less the fee that its holders get at closing; par unless stated.

    Of a strip per 100 of its notional, and NaN unless stated.
    """
    numbers = lines.inputs.numbers
    if is_strip(lines.model, tranche) and f"tranches.{tranche}.issue_price" not in numbers:
        return math.nan
    price = numbers.get(f"tranches.{tranche}.issue_price", 1.0) - numbers.get(f"tranches.{tranche}.upfront_fee", 0.0)
    return PAR * price


def yield_at_issue(lines: Trace, tranche: str) -> Rate:
    """Yield at the issue price, semi-annual and 30/360 ISDA, or why there is none. [per year]"""
    price = issue_price(lines, tranche)
    if math.isnan(price):
        return Rate.none(NO_PAR)
    quoted = basis_named(QUOTE)
    closing = date.fromisoformat(lines.model.facts["closing"])
    dates = [date.fromisoformat(day) for day in lines.model.period_ends]
    cash = lines[f"{tranche}.interest_paid"] + lines[f"{tranche}.principal_paid"]
    paid = lines.opening(size_line(lines.model, tranche)) * price / PAR
    return yield_from_price(quoted.years(closing, dates), cash, paid, per_year=quoted.per_year)
