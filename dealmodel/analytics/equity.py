"""What the sponsor pays in and receives: its rate of return and multiple."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from dealmodel.analytics.reading import HALF_A_CENT, closing_of, payment_dates
from dealmodel.analytics.returns import multiple, xirr
from dealmodel.basics.errors import nearest
from dealmodel.basics.solved import Rate
from dealmodel.engine.result import Result
from dealmodel.lines.arithmetic import Floats

SPONSOR = "sponsor"


@dataclass(frozen=True, slots=True)
class Equity:
    """Cash of the sponsor.

    Parameters
    ----------
    party : str
        Who is released what is left.
    dates : tuple of date
        Closing, then the payment dates.
    amounts : array of shape (T + 1,)
        Paid in, negative; received, positive. [currency]
    irr : Rate
        Effective annual rate, Act/365F, or why there is none. [per year]
    multiple : float or None
        Received over paid in; None where nothing is paid in, or who buys equipment is not modelled. [times]
    """

    party: str
    dates: tuple[date, ...]
    amounts: Floats
    irr: Rate
    multiple: float | None

    @property
    def contribution(self) -> float:
        """Paid in at closing. [currency]"""
        return max(-float(self.amounts[0]), 0.0)

    @property
    def received(self) -> float:
        """Received, at closing and later. [currency]"""
        return float(self.amounts[self.amounts > 0].sum())


def parties_of(result: Result) -> tuple[str, ...]:
    """Parties to which the waterfalls release cash."""
    suffix = ".received_in_total"
    return tuple(item.name.removesuffix(suffix) for item in result.model.summary if item.name.endswith(suffix))


def equity(result: Result, party: str | None = None) -> Equity:
    """Flows and return of the party that owns what is left.

    At closing it pays what the equipment delivered then costs beyond what is released, or keeps what is released beyond
    that cost, if that is released to it. Later it receives what the waterfalls release to it. There is no rate where it
    pays nothing in, where it gets nothing back, or where equipment is delivered after closing: who buys that is no part
    of the model.

    Parameters
    ----------
    result : Result
    party : str, optional
        `sponsor` unless named, whatever else is released to; where nothing is ever released to the sponsor, the only
        party there is.

    Raises
    ------
    ValueError
        If the name is no party, or none is named and there are several without a sponsor.
    """
    name = _party(result, party)
    at_closing = _net_at_closing(result)
    if name not in _paid_at_closing(result):
        at_closing = min(at_closing, 0.0)
    later = f"{name}.received"
    received = result.lines[later] if later in result.model.definitions else np.zeros(result.model.periods)
    amounts = np.append(at_closing, received)
    dates = (closing_of(result), *payment_dates(result))
    late = _delivered_later(result)
    if late > HALF_A_CENT:
        rate = Rate.none(f"equipment for {late:,.0f} is delivered after closing, and who buys it is not modelled")
    elif at_closing > -HALF_A_CENT:
        rate = Rate.none(f"{name} pays nothing in at closing")
    else:
        rate = xirr(dates, amounts.tolist())
    times = None if late > HALF_A_CENT or at_closing > -HALF_A_CENT else multiple(amounts.tolist())
    return Equity(name, dates, amounts, rate, times)


def _party(result: Result, party: str | None) -> str:
    known = tuple(dict.fromkeys([*parties_of(result), *_paid_at_closing(result)]))
    if party is not None:
        if party not in known:
            raise ValueError(f"{party!r} is no party; choose {', '.join(known)}; {nearest(party, known)}")
        return party
    if SPONSOR in known:
        return SPONSOR
    if len(known) != 1:
        raise ValueError(f"name the party that owns what is left; there are {', '.join(known) or 'none'}")
    return known[0]


def _paid_at_closing(result: Result) -> tuple[str, ...]:
    """Parties to which what is left of the proceeds is released."""
    names = [item.name.split(".") for item in result.model.constants]
    return tuple(name[2] for name in names if len(name) == 4 and name[0] == "closing" and name[3] == "released")


def _net_at_closing(result: Result) -> float:
    """What left the accounts at closing, less the cost of the equipment delivered then. [currency]"""
    lines, prefix = result.lines, "closing.start."
    accounts = [item.name.removeprefix(prefix) for item in result.model.constants if item.name.startswith(prefix)]
    before = sum(lines.number(f"{prefix}{name}") for name in accounts)
    left = sum(lines.opening(f"{name}.balance") for name in accounts)
    return before - left - lines.number("closing.cost")


def _delivered_later(result: Result) -> float:
    """Cost of the equipment that is not delivered at closing. [currency]"""
    numbers, prefix = result.lines.inputs.numbers, "collateral.cohorts."
    whole = 0.0
    for item in result.model.inputs:
        if item.path.startswith(prefix) and item.path.endswith(".unit_cost"):
            units = item.path.removesuffix("unit_cost") + "units"
            whole += numbers[item.path] * numbers[units]
    return whole - result.lines.number("closing.cost")
