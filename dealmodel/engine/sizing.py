"""Sizing: balances and schedules that follow from the base scenario's cash, worked out once and frozen in the deal.

With cash for debt service C, cover c, share of the cash w and rate of interest of a period r (coupon x year fraction):

    debt service_t = w C_t / c        principal_t = debt service_t - balance x r_t
    balance at closing = sum of debt service_t / product of (1 + r_s), over the payment dates of the window

so that the cover is c on every payment date, and the cash that is left is worth c times the balance after each of them.
Where cash depends on the debt (a fee of the balance, tax after interest), it is worked out again with the debt that
came of it, until the balance stands still.

Source: the identities of sculpted debt, docs/concepts/project_finance.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from dealmodel.basics.errors import DealFileError, Issue
from dealmodel.basics.kinds import place_kinds
from dealmodel.definition.deal import Deal, Provenance
from dealmodel.engine.timeline import Timeline, timeline_of
from dealmodel.liabilities.amortization import Sculpted
from dealmodel.liabilities.schedules import ScheduledBalance
from dealmodel.liabilities.tranches import Tranche
from dealmodel.lines.inputs import BASE
from dealmodel.lines.model import Model
from dealmodel.lines.trace import Trace
from dealmodel.lines.values import values_of

NEGATIVE, NO_CASH, RESTLESS = "DM-SIZ-011", "DM-SIZ-012", "DM-SIZ-013"
CASH = "coverage.cash"
MOST_ROUNDS = 60
STILL = 1e-13
"""By which a balance may move, as a share of it, from one round to the next."""
DUST = 1e-10
"""Share of a balance below which principal is none."""


@dataclass(frozen=True, slots=True)
class Sized:
    """What a tranche comes to.

    Parameters
    ----------
    balance : float
        At closing. [currency]
    months : tuple of int
        The payment dates of its window.
    left : tuple of float
        Balance after each of them. [currency]
    """

    balance: float
    months: tuple[int, ...]
    left: tuple[float, ...]

    def points(self) -> tuple[tuple[int, float], ...]:
        """Shares of the balance at closing, by month."""
        return ((0, 1.0), *((month, left / self.balance) for month, left in zip(self.months, self.left, strict=True)))


@dataclass(frozen=True, slots=True)
class Period:
    """A payment date: its month, the cash since the one before, and rate x year fraction since then."""

    month: int
    day: date
    cash: float
    rate: float


def unsized(deal: Deal) -> dict[str, Tranche]:
    """Tranches whose schedule is still to be worked out."""
    return {name: row for name, row in deal.tranches.items() if isinstance(row.amortization, Sculpted)}


def frozen(deal: Deal, compiled: Callable[[Deal], Model]) -> Deal:
    """The deal with the balances and schedules that follow from its base scenario.

    Parameters
    ----------
    deal : Deal
    compiled : function of a deal without sculpted tranches
        Its Model.

    Errors: DealFileError where cash does not cover interest on some payment date, or there is no cash.
    """
    tranches = unsized(deal)
    if not tranches:
        return deal
    timeline = timeline_of(deal)
    windows = {name: _window(timeline, tranche) for name, tranche in tranches.items()}
    # An empty loan to begin with: what it takes of the cash is nothing.
    sizes = {name: Sized(tranche.issued or 1.0, windows[name][-1:], (0.0,)) for name, tranche in tranches.items()}
    for _ in range(MOST_ROUNDS):
        model = compiled(_with_sizes(deal, sizes))
        trace = Trace.of(model, values_of(model, BASE, {}))
        found = {name: _sized(deal, timeline, trace, name, windows[name]) for name in tranches}
        still = all(_same(sizes[name], size) for name, size in found.items())
        sizes = found
        if still:
            return _with_sizes(deal, sizes)
    name = next(iter(tranches))
    what = "the balance does not come to rest: the cash depends too much on the debt that is sized on it"
    raise _refused(deal, name, what, RESTLESS)


def _window(timeline: Timeline, tranche: Tranche) -> tuple[int, ...]:
    rule = tranche.amortization
    assert rule is not None
    clock = timeline.clock
    last = clock.month(tranche.maturity if rule.until.event == "maturity" else rule.until)
    first = clock.month(rule.starts)
    months = range(1, timeline.periods + 1)
    window = tuple(month for month in months if timeline.grid.pays[month - 1] and first <= month <= last)
    if not window:
        what = "no payment date is in the window in which the tranche is to be repaid"
        raise DealFileError(timeline.grid.closing.isoformat(), [Issue(rule.path, what, code=NO_CASH)])
    return window


def periods_of(timeline: Timeline, trace: Trace, name: str) -> list[Period]:
    """Every payment date of a tranche, with cash for debt service and the rate of its period."""
    cash, rate = trace[CASH], trace[f"{name}.rate"] * trace[f"{name}.day_count_fraction"]
    found, start = [], 0
    for month, (pays, day) in enumerate(zip(timeline.grid.pays, timeline.grid.payment_date, strict=True), 1):
        if pays:
            found.append(Period(month, day, float(cash[start:month].sum()), float(rate[start:month].sum())))
            start = month
    return found


def _sized(deal: Deal, timeline: Timeline, trace: Trace, name: str, window: Sequence[int]) -> Sized:
    tranche = deal.tranches[name]
    rule = tranche.amortization
    assert rule is not None
    periods = [period for period in periods_of(timeline, trace, name) if period.month in set(window)]
    worth, discount = 0.0, 1.0
    for period in periods:
        discount /= 1 + period.rate
        worth += period.cash * discount
    end = 1 - rule.balloon * discount
    if tranche.sizing is None:
        balance = tranche.issued
        take = balance * end / worth if worth > 0 else 0.0
    else:
        take = tranche.sizing.share / tranche.sizing.dscr
        balance = worth * take / end
    if worth <= 0:
        raise _refused(deal, name, "there is no cash for debt service over its life", NO_CASH)
    left, found = balance, []
    for period in periods:
        principal = period.cash * take - left * period.rate
        if principal < -DUST * balance:
            what = (
                f"on {period.day} debt service of {period.cash * take:,.2f} is less than interest of "
                f"{left * period.rate:,.2f}"
            )
            raise _refused(deal, name, what, NEGATIVE)
        left = max(left - max(principal, 0.0), 0.0)
        found.append(left)
    return Sized(balance, tuple(window), (*found[:-1], 0.0))  # a balloon falls due on the last date


def _refused(deal: Deal, name: str, what: str, code: str) -> DealFileError:
    hint = "a higher cover, a later start, or a shorter life" if code == NEGATIVE else ""
    return DealFileError(deal.deal.id, [Issue(f"tranches.{name}", what, hint=hint, code=code)])


def _same(one: Sized, other: Sized) -> bool:
    if len(one.left) != len(other.left):
        return False
    pairs = zip((one.balance, *one.left), (other.balance, *other.left), strict=True)
    return all(abs(a - b) <= STILL * other.balance for a, b in pairs)


def _with_sizes(deal: Deal, sizes: Mapping[str, Sized]) -> Deal:
    tranches, provenance = dict(deal.tranches), dict(deal.provenance)
    for name, size in sizes.items():
        schedule = ScheduledBalance(by="month", of="original", points=_falling(size.points()), between="step")
        changes = {"balance": size.balance, "scheduled_balance": schedule, "amortization": None}
        tranche = deal.tranches[name].model_copy(update=changes)
        place_kinds(tranche, deal.tranches[name].path)
        tranches[name] = tranche
        if tranche.sizing is not None:
            provenance[f"tranches.{name}.balance"] = Provenance(status="derived", note=tranche.sizing.words())
    changed = deal.model_copy(update={"tranches": tranches, "provenance": provenance})
    changed.__pydantic_fields_set__.update({"provenance"})
    return changed


def _falling(points: Sequence[tuple[int, float]]) -> tuple[tuple[int, float], ...]:
    """Shares that do not rise by dust of the last digit."""
    found: list[tuple[int, float]] = []
    for month, share in points:
        found.append((month, min(share, found[-1][1]) if found else share))
    return tuple(found)
