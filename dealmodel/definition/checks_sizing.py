"""Every tranche has a balance, or what it follows from; and what is sized can be sized."""

from __future__ import annotations

from collections.abc import Iterator

from dealmodel.basics.errors import Issue
from dealmodel.definition.draft import Draft
from dealmodel.definition.messages import MISSING, said
from dealmodel.liabilities.amortization import Sculpted
from dealmodel.liabilities.tranches import Tranche

NO_SIZE, TOO_COMPLICATED, NOT_SIZED_ANEW = "DM-SIZ-001", "DM-SIZ-002", "DM-SIZ-003"
ROUNDING = 1e-9
"""By which shares of a whole may miss 1."""


def check_sizing(draft: Draft) -> Iterator[Issue]:
    """Balances, sizes and sculpted schedules of the tranches."""
    sculpted = {name: row for name, row in draft.deal.tranches.items() if isinstance(row.amortization, Sculpted)}
    for name, tranche in draft.deal.tranches.items():
        yield from _balance(name, tranche)
        if isinstance(tranche.minimum_amortization, Sculpted) and name not in sculpted:
            path = f"tranches.{name}.minimum_amortization.kind"
            yield Issue(path, "a minimum is not sculpted", "a rule that rests on no cash", code=TOO_COMPLICATED)
    for name, tranche in sculpted.items():
        yield from _can_be_sculpted(name, tranche)
        for other, row in draft.deal.tranches.items():
            if other not in sculpted and row.ranking <= tranche.ranking:
                what = f"is sculpted, and {said(other)} takes its debt service before it or beside it"
                allowed = "sculpted tranches rank before every other"
                yield Issue(f"tranches.{name}", what, allowed, code=TOO_COMPLICATED)
    if draft.is_whole("tranches"):
        yield from _group(sculpted)
    for name, scenario in draft.deal.scenarios.items():
        for number, change in enumerate(scenario.changes, 1):
            if change.at.startswith("tranches.") and ".sizing" in change.at:
                what = f"{said(change.at)} is what the debt was sized by, and scenarios stress the debt as it was sized"
                path = f"scenarios.{name}.changes[{number}].at"
                yield Issue(path, what, hint="write a deal of its own to size it anew", code=NOT_SIZED_ANEW)


def _balance(name: str, tranche: Tranche) -> Iterator[Issue]:
    path = f"tranches.{name}"
    sculpted = isinstance(tranche.amortization, Sculpted)
    if tranche.sizing is None:
        if tranche.balance is None:
            yield Issue(f"{path}.balance", "missing: balance at closing", hint="or `sizing`", code=MISSING)
        return
    if tranche.balance is None and not sculpted:
        allowed = "`amortization: {kind: sculpted}`, or the balance and the scheduled_balance that came of it"
        yield Issue(f"{path}.sizing", "sizes nothing: no schedule follows from it", allowed, code=NO_SIZE)
    elif tranche.balance is not None and (sculpted or tranche.scheduled_balance is None):
        what = "the balance is stated beside `sizing`"
        allowed = "either, or both with the scheduled_balance that came of them"
        yield Issue(f"{path}.balance", what, allowed, code=NO_SIZE)


def _can_be_sculpted(name: str, tranche: Tranche) -> Iterator[Issue]:
    what = "a sculpted tranche adds no interest to its balance"
    if tranche.pay_in_kind is not None:
        yield Issue(f"tranches.{name}", what, "its interest is paid in cash", code=TOO_COMPLICATED)
    if tranche.unpaid_interest == "capitalised":
        yield Issue(f"tranches.{name}.unpaid_interest", what, "carried", code=TOO_COMPLICATED)
    if tranche.minimum_amortization is not None:
        what = "a sculpted tranche has one schedule"
        yield Issue(f"tranches.{name}.minimum_amortization", what, "leave it out", code=TOO_COMPLICATED)


def _group(sculpted: dict[str, Tranche]) -> Iterator[Issue]:
    """Several sculpted tranches have one cover, and shares of the cash that make a whole."""
    covers = {name: row.sizing for name, row in sculpted.items()}
    if len(sculpted) > 1:
        for name, sizing in covers.items():
            if sizing is None:
                what = "several tranches are sculpted, and this one has no `sizing`"
                yield Issue(f"tranches.{name}", what, "each states its share of the cash", code=TOO_COMPLICATED)
    stated = {name: sizing for name, sizing in covers.items() if sizing is not None}
    for name, sizing in stated.items():
        first = next(iter(stated.values()))
        if sizing.dscr != first.dscr:
            what = f"{sizing.dscr:g} is not the cover {first.dscr:g} of the tranche before it"
            yield Issue(f"tranches.{name}.sizing.dscr", what, "one cover for all", code=TOO_COMPLICATED)
    total = sum(sizing.share for sizing in stated.values())
    if stated and len(stated) == len(sculpted) and abs(total - 1) > ROUNDING:
        path = f"tranches.{next(iter(stated))}.sizing.share"
        yield Issue(path, f"the shares come to {total:.10g}", "1 in all", code=NO_SIZE)
