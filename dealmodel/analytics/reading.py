"""Reading a Result: dates, balances, flows of a tranche to its holder, and the index under a coupon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from dealmodel.basics.day_count import year_fraction
from dealmodel.basics.errors import nearest
from dealmodel.engine import issue
from dealmodel.engine.result import Result
from dealmodel.lines.arithmetic import Floats
from dealmodel.lines.expressions import Line
from dealmodel.market.clock import PAYS

HALF_A_CENT = 0.005
"""A balance counts as nothing at this or less."""
ICMA = "Act/Act ICMA"


@dataclass(frozen=True, slots=True)
class TrancheFlows:
    """What the holder of a tranche gets after closing. Every array has one entry for each month 1..T.

    Parameters
    ----------
    closing : date
    dates : tuple of date
        Ends of the months, as payment dates.
    pays : array of shape (T,)
        Whether a month ends on a payment date; every month does where a deal pays monthly. [flag]
    balance : float
        At closing; of a strip its notional. [currency]
    interest, principal : array of shape (T,)
        Paid in cash. [currency]
    change : array of shape (T,)
        Principal with its sign: opening balance less closing balance less what is lost; negative where interest is
        added to the balance. Of a strip, the fall of its notional. [currency]
    """

    closing: date
    dates: tuple[date, ...]
    pays: NDArray[np.bool_]
    balance: float
    interest: Floats
    principal: Floats
    change: Floats

    @property
    def cash(self) -> Floats:
        """Interest and principal of each month. [currency]"""
        return self.interest + self.principal

    @property
    def places(self) -> NDArray[np.intp]:
        """Months that pay, counted from 0, up to the last with cash: what a price is made of. All, if there is none."""
        paid = self.cash != 0
        last = int(np.flatnonzero(paid)[-1]) if paid.any() else len(paid) - 1
        return np.flatnonzero((self.pays | paid)[: last + 1])

    @property
    def paid_on(self) -> tuple[date, ...]:
        """Payment dates up to the last with cash."""
        return tuple(self.dates[place] for place in self.places)

    @property
    def received(self) -> Floats:
        """Cash on each of these dates. [currency]"""
        return np.asarray(self.cash[self.places])


def closing_of(result: Result) -> date:
    """Closing date of the deal."""
    return date.fromisoformat(result.model.facts["closing"])


def payment_dates(result: Result) -> tuple[date, ...]:
    """Payment date of each month."""
    return tuple(date.fromisoformat(day) for day in result.model.period_ends)


def months_that_pay(result: Result) -> NDArray[np.bool_]:
    """Whether each month ends on a payment date. Shape (T,)."""
    flags = result.lines.inputs.months.get(PAYS)
    return np.ones(result.model.periods, dtype=bool) if flags is None else np.asarray(flags) > 0


def since_last_payment(result: Result, months: Floats) -> Floats:
    """What has come together of an amount of each month since the payment date before; 0 between payment dates."""
    pays = months_that_pay(result)
    found = np.zeros(len(months))
    found[pays] = np.diff(np.cumsum(months)[pays], prepend=0.0)
    return found


def check_tranche(result: Result, name: str) -> None:
    """Refuse a name that is no tranche of the result."""
    if name not in result.tranche_names:
        choices = ", ".join(result.tranche_names)
        raise ValueError(f"{name!r} is no tranche; choose {choices}; {nearest(name, result.tranche_names)}")


def check_account(result: Result, name: str) -> None:
    """Refuse a name that is no account of the result."""
    prefix = "closing.start."
    known = [item.name.removeprefix(prefix) for item in result.model.constants if item.name.startswith(prefix)]
    if name not in known:
        raise ValueError(f"{name!r} is no account; choose from {', '.join(known)}")


def is_strip(result: Result, tranche: str) -> bool:
    """Whether a tranche is a strip of interest on a notional, without principal."""
    return issue.is_strip(result.model, tranche)


def balances_from_closing(result: Result, name: str) -> Floats:
    """Balance of a tranche or account at closing and after each payment date; 0 of a strip. (T + 1,). [currency]"""
    return np.append(result.lines.opening(f"{name}.balance"), result.lines[f"{name}.balance"])


def outstanding_from_closing(result: Result, tranche: str) -> Floats:
    """Balance of a tranche, or notional of a strip, at closing and after each payment date. (T + 1,). [currency]"""
    line = issue.size_line(result.model, tranche)
    return np.append(result.lines.opening(line), result.lines[line])


def flows_of(result: Result, tranche: str) -> TrancheFlows:
    """Flows of a tranche to its holder."""
    check_tranche(result, tranche)
    lines = result.lines
    change = lines[f"{tranche}.opening_balance"] - lines[f"{tranche}.balance"] - lines[f"{tranche}.write_down"]
    outstanding = outstanding_from_closing(result, tranche)
    if is_strip(result, tranche):
        change = -np.diff(outstanding)
    return TrancheFlows(
        closing=closing_of(result),
        dates=payment_dates(result),
        pays=months_that_pay(result),
        balance=float(outstanding[0]),
        interest=lines[f"{tranche}.interest_paid"],
        principal=lines[f"{tranche}.principal_paid"],
        change=change,
    )


def index_of(result: Result, tranche: str) -> str | None:
    """Line of the market rate under a tranche's coupon, or None where the coupon is fixed."""
    check_tranche(result, tranche)
    for node in result.model.nodes[f"{tranche}.rate"]:
        if isinstance(node, Line) and node.name.startswith("market.") and node.name.endswith(".rate"):
            return node.name
    return None


def rate_lines(result: Result) -> list[str]:
    """Lines of the rates of the deal's market, in the order of the deal file."""
    names = (item.name for item in result.model.monthly)
    return [name for name in names if name.startswith("market.") and name.endswith(".rate")]


def day_count_of(result: Result, name: str) -> str:
    """Day count in which a tranche accrues, or in which a rate is quoted (`market.<rate>`)."""
    return result.model.facts[f"{name}.day_count"]


def years_by_period(result: Result, day_count: str, dates: Sequence[date]) -> Floats:
    """Years from closing to each of some payment dates, period by period: the sum of the fractions of the periods.

    So a period counts as interest accrues over it, which 30/360 counts from closing would not.
    """
    final = date.fromisoformat(result.model.facts["legal_final"])
    starts = (closing_of(result), *dates[:-1])
    periods = [year_fraction(day_count, start, end, maturity=final) for start, end in zip(starts, dates, strict=True)]
    return np.cumsum(periods)


def accrual_years(result: Result, tranche: str, places: NDArray[np.intp]) -> Floats:
    """Years from closing to the payment dates of some months, in the day count of a tranche's coupon.

    Under Act/Act ICMA the accrual fractions themselves, as coupon periods are unadjusted there.
    """
    day_count = day_count_of(result, tranche)
    if day_count == ICMA:
        return np.asarray(np.cumsum(result.lines[f"{tranche}.day_count_fraction"])[places])
    dates = payment_dates(result)
    return years_by_period(result, day_count, [dates[place] for place in places])


def total_by_month(result: Result, names: Sequence[str], *quantities: str) -> Floats:
    """Sum over tranches of one of their lines: of each tranche the first that it has, or nothing. Shape (T,)."""
    whole = np.zeros(result.model.periods)
    for name in names:
        own = [f"{name}.{quantity}" for quantity in quantities if f"{name}.{quantity}" in result.model.definitions]
        if own:
            whole = whole + result.lines[own[0]]
    return whole


def month_where(flags: NDArray[np.bool_], *, last: bool = False) -> int | None:
    """First (or last) month, counted from 1, in which something holds, or None."""
    found = np.flatnonzero(flags)
    return None if len(found) == 0 else int(found[-1 if last else 0]) + 1
