"""Targets of reserves name what there is: tranches, and what falls due over months."""

from __future__ import annotations

from collections.abc import Iterator

from dealmodel.basics.errors import Issue
from dealmodel.definition.draft import EMPTY, Draft, repeated
from dealmodel.definition.messages import close_to, listed, said
from dealmodel.waterfall.targets import ORIGINAL, ReserveTarget, TargetForm

UNKNOWN_PART, NOT_SCHEDULED = "DM-REF-005", "DM-REF-006"
INTEREST, PRINCIPAL, POWER = "interest", "scheduled_principal", "site_costs.power"


def check_target(draft: Draft, target: ReserveTarget) -> Iterator[Issue]:
    """Every name in a target, and in the parts that it compares, leads to something."""
    for part in target.parts():
        path = f"{part.path}.of"
        if part.months_of_interest is not None and isinstance(part.of, tuple):
            yield from draft.unknown_in(path, part.of, "tranches")
        elif part.rate is not None and isinstance(part.of, tuple):
            yield from _balances(draft, path, part.of)
        elif part.months is not None:
            yield from _ahead(draft, path, part)


def _balances(draft: Draft, path: str, names: tuple[str, ...]) -> Iterator[Issue]:
    tranches = tuple(name.removesuffix(ORIGINAL) for name in names)
    yield from repeated(path, tranches, "tranche")
    for number, name in enumerate(tranches, 1):
        yield from draft.unknown(f"{path}[{number}]", name, "tranches")


def _ahead(draft: Draft, path: str, part: TargetForm) -> Iterator[Issue]:
    names = tuple(part.of)
    if not names:
        yield Issue(path, "an empty list", "name what falls due over the months", code=EMPTY)
        return
    yield from repeated(path, names, "amount that falls due")
    if not (draft.knows("fees") and draft.knows("tranches")):
        return
    costs = ["site_costs", POWER] if draft.rows("collateral.cohorts") else []
    allowed = [INTEREST, PRINCIPAL, "fees", *costs, *draft.ids("fees")]
    allowed += [f"{name}.{word}" for name in draft.ids("tranches") for word in (INTEREST, PRINCIPAL)]
    for number, name in enumerate(names, 1):
        place = f"{path}[{number}]"
        if name not in allowed:
            what = f"{said(name)} is nothing of which months ahead are known"
            yield Issue(place, what, listed(allowed), close_to(name, allowed), code=UNKNOWN_PART)
        else:
            yield from _counted_twice(place, name, names)
            yield from _nothing_there(draft, place, name)


def _counted_twice(place: str, name: str, names: tuple[str, ...]) -> Iterator[Issue]:
    owner, dot, word = name.partition(".")
    whole = owner if name == POWER else word if dot else "fees"
    if whole in names and name not in (INTEREST, PRINCIPAL, "fees", "site_costs"):
        yield Issue(place, f"{said(name)} is part of {said(whole)} already", "name one of them", code=UNKNOWN_PART)


def _nothing_there(draft: Draft, place: str, name: str) -> Iterator[Issue]:
    """Scheduled principal needs a schedule, power a cost of power."""
    costs = draft.deal.collateral.site_costs if draft.deal.collateral is not None else None
    if name == POWER and costs is not None and draft.is_whole("collateral.site_costs") and costs.power is None:
        yield Issue(place, "the site has no cost of power", "state collateral.site_costs.power", code=NOT_SCHEDULED)
    owner, _, word = name.rpartition(".")
    if word != PRINCIPAL or not draft.is_whole("tranches"):
        return
    looked_at = [row for key, row in draft.deal.tranches.items() if owner in ("", key)]
    if looked_at and not any(row.is_scheduled for row in looked_at):
        what = f"tranche {said(owner)} has no scheduled_balance" if owner else "no tranche has a scheduled_balance"
        yield Issue(place, what, "principal is known ahead by a schedule alone", code=NOT_SCHEDULED)
