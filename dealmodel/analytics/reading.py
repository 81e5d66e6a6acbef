"""Reading a Result: dates, balances, flows of a tranche to its holder, and the index under a coupon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from dealmodel.basics.errors import nearest
from dealmodel.engine.result import Result
from dealmodel.lines.arithmetic import Floats
from dealmodel.lines.expressions import Line

HALF_A_CENT = 0.005
"""A balance counts as nothing at this or less."""


@dataclass(frozen=True, slots=True)
class TrancheFlows:
    """What the holder of a tranche gets after closing. Every array has one entry for each month 1..T.

    Parameters
    ----------
    closing : date
    dates : tuple of date
        Payment dates.
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
    balance: float
    interest: Floats
    principal: Floats
    change: Floats

    @property
    def cash(self) -> Floats:
        """Interest and principal of each month. [currency]"""
        return self.interest + self.principal


def closing_of(result: Result) -> date:
    """Closing date of the deal."""
    return date.fromisoformat(result.model.facts["closing"])


def payment_dates(result: Result) -> tuple[date, ...]:
    """Payment date of each month."""
    return tuple(date.fromisoformat(day) for day in result.model.period_ends)


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
    return f"{tranche}.notional" in result.model.definitions


def balances_from_closing(result: Result, name: str) -> Floats:
    """Balance of a tranche or account at closing and after each payment date; 0 of a strip. (T + 1,). [currency]"""
    return np.append(result.lines.opening(f"{name}.balance"), result.lines[f"{name}.balance"])


def outstanding_from_closing(result: Result, tranche: str) -> Floats:
    """Balance of a tranche, or notional of a strip, at closing and after each payment date. (T + 1,). [currency]"""
    line = f"{tranche}.notional" if is_strip(result, tranche) else f"{tranche}.balance"
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


def total_by_month(result: Result, names: Sequence[str], quantity: str) -> Floats:
    """Sum over tranches of one of their lines; a tranche without it adds nothing. Shape (T,)."""
    whole = np.zeros(result.model.periods)
    for name in names:
        if f"{name}.{quantity}" in result.model.definitions:
            whole = whole + result.lines[f"{name}.{quantity}"]
    return whole


def month_where(flags: NDArray[np.bool_], *, last: bool = False) -> int | None:
    """First (or last) month, counted from 1, in which something holds, or None."""
    found = np.flatnonzero(flags)
    return None if len(found) == 0 else int(found[-1 if last else 0]) + 1
