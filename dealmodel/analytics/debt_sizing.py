"""What the sized and sculpted tranches of a deal come to: balance, schedule, covers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from dealmodel.definition.deal import Deal
from dealmodel.engine.compile import sized
from dealmodel.engine.result import Result
from dealmodel.engine.run import run_deal
from dealmodel.engine.sizing import Period, periods_of
from dealmodel.engine.timeline import timeline_of


@dataclass(frozen=True, slots=True)
class SizedDate:
    """A payment date of a sized tranche. [currency; ratios]

    Parameters
    ----------
    cash : float
        Its share of the base scenario's cash for debt service since the payment date before.
    left : float
        Balance after payment.
    dscr, llcr : float or None
        Cash over debt service; worth of the cash still to come over the balance before payment. None without a
        denominator.
    """

    day: date
    cash: float
    interest: float
    principal: float
    left: float
    dscr: float | None
    llcr: float | None

    @property
    def service(self) -> float:
        """Interest and scheduled principal. [currency]"""
        return self.interest + self.principal


@dataclass(frozen=True, slots=True)
class SizedTranche:
    """A tranche that was sized or sculpted: its balance at closing and its payment dates."""

    name: str
    balance: float
    words: str
    dates: tuple[SizedDate, ...]


def debt_sizes(deal: Deal) -> tuple[SizedTranche, ...]:
    """Balance and schedule of every tranche that is sized, or was and is frozen; none where no tranche is.

    LLCR before a payment date = present value, at the tranche's rate of each period, of its share of the cash for debt
    service from that date on, over its balance. With a sculpted schedule it is the cover of the sizing on every date.
    """
    whole = sized(deal)
    names = [
        name
        for name, row in whole.tranches.items()
        if row.sizing is not None or deal.tranches[name].amortization is not row.amortization
    ]
    if not names:
        return ()
    result = run_deal(whole)
    return tuple(_of_tranche(whole, result, name) for name in names)


def _of_tranche(deal: Deal, result: Result, name: str) -> SizedTranche:
    tranche, timeline = deal.tranches[name], timeline_of(deal)
    share = 1.0 if tranche.sizing is None else tranche.sizing.share
    periods = periods_of(timeline, result.lines, name)
    balance = result.lines.opening(f"{name}.balance")
    scheduled = result.lines[f"{name}.scheduled_balance"]
    periods = periods[: _repaid_on(periods, [float(scheduled[period.month - 1]) for period in periods])]
    ahead = _worth_ahead(periods, share)
    before, dates = balance, []
    for period, worth in zip(periods, ahead, strict=True):
        left = float(scheduled[period.month - 1])
        interest, principal = before * period.rate, before - left
        service = interest + principal
        covers = (share * period.cash / service if service > 0 else None, worth / before if before > 0 else None)
        dates.append(SizedDate(period.day, share * period.cash, interest, principal, left, *covers))
        before = left
    words = tranche.sizing.words() if tranche.sizing is not None else "sculpted to its stated balance"
    return SizedTranche(name, balance, words, tuple(dates))


def _repaid_on(periods: list[Period], left: list[float]) -> int:
    """Number of payment dates until nothing is left."""
    return next((number for number, amount in enumerate(left, 1) if amount <= 0), len(periods))


def _worth_ahead(periods: list[Period], share: float) -> list[float]:
    """For each payment date, what the cash from it on is worth on the payment date before."""
    worth, found = 0.0, []
    for period in reversed(periods):
        worth = (worth + share * period.cash) / (1 + period.rate)
        found.append(worth)
    return found[::-1]
