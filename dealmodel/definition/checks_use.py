"""Every name is used: a row that nothing refers to is a mistake or a leftover."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from dealmodel.basics.errors import Issue
from dealmodel.definition.checks_names import is_id
from dealmodel.definition.draft import ROW_WORDS, Draft
from dealmodel.definition.lists import Lists
from dealmodel.definition.messages import MOST_GUESSED, closest, said
from dealmodel.definition.words import formulas_of
from dealmodel.waterfall.accounts import CollectionAccount, HoldingAccount
from dealmodel.waterfall.step_base import PayingStep, Step
from dealmodel.waterfall.steps import Apply, Deposit, PayPrincipal, Release, TopUp, WriteDown

UNUSED = "DM-USE-001"


def check_use(draft: Draft) -> Iterator[Issue]:
    """Name every row that nothing uses. What an unreadable row mentions counts as used."""
    deal, lists = draft.deal, Lists(draft)
    cohorts = deal.collateral.cohorts if deal.collateral is not None else {}
    yield from _unused(draft, "customers", {row.customer for row in deal.contracts.values()}, by="contracts")
    used = {cohort.generation for cohort in cohorts.values()}
    yield from _unused(draft, "market.generations", used, by="collateral.cohorts")
    rates = {row.coupon.index for row in deal.tranches.values() if row.coupon.index is not None}
    for account in deal.accounts.values():
        if isinstance(account, HoldingAccount) and account.earns is not None and account.earns.rate.index is not None:
            rates.add(account.earns.rate.index)
    yield from _unused(draft, "market.rates", rates, by="tranches")
    steps = [step for name in lists.reached for step in deal.waterfalls.get(name, ())]
    tests = {name for state in deal.states.values() for name in state.entered_on}
    limits = {step.pay_principal.up_to for step in steps if isinstance(step, PayPrincipal)}
    limits |= {step.write_down.up_to for step in steps if isinstance(step, WriteDown)}
    limits |= {word for row in deal.amounts.values() for word in row.parts()}
    cures = {limit.removeprefix("cure.") for limit in limits}
    words = [row.names_used() for row in deal.amounts.values()] + [
        row.names_used() for row in formulas_of(deal).values()
    ]
    read = {word.removesuffix(".ratio") for row in words for word in row}
    named = {word for row in words for word in row}
    yield from _unused(draft, "amounts", limits | named, by="waterfalls")
    yield from _unused(draft, "tests", tests | cures | read, by="states")
    yield from _unused(draft, "waterfalls", lists.reached, by="states")
    released = {step.release for step in steps if isinstance(step, Release)}
    yield from _unused(draft, "parties", released, by="waterfalls")
    sources = {row.source for row in deal.provenance.values()}
    yield from _unused(draft, "sources", sources, by="provenance")
    yield from _unused(draft, "accounts", _accounts(draft, steps), by="waterfalls")


def _accounts(draft: Draft, steps: Iterable[Step]) -> set[str]:
    """Accounts that steps name, and those of kind collection, which every list pays from."""
    found = {name for name, row in draft.deal.accounts.items() if isinstance(row, CollectionAccount)}
    for step in steps:
        if isinstance(step, PayingStep) and step.backed_by is not None:
            found.add(step.backed_by)
        if isinstance(step, TopUp | Deposit | Apply):
            found.update(step.names())
    return found


_USERS = {
    "customers": "no contract names it",
    "market.generations": "no cohort is of it",
    "market.rates": "no coupon and no account names it",
    "amounts": "no step pays up to it, no amount has it as a part, and no formula reads it",
    "parties": "no step of a list that pays releases to it",
    "tests": "no state is entered on it, no step cures it, and no formula reads it",
    "waterfalls": "no state names it, and no list that pays uses it",
    "sources": "no provenance names it",
    "accounts": "no step of a list that pays names it",
}


def _unused(draft: Draft, family: str, used: Iterable[str], *, by: str) -> Iterator[Issue]:
    if not (draft.knows(family) and draft.knows(by) and draft.knows("waterfalls") and draft.knows("states")):
        return
    ids = draft.ids(family)
    meant = {closest(name, ids) for name in islice(sorted({*used}.difference(ids)), MOST_GUESSED)}
    named = {*used, *draft.mentioned, *meant}
    for name in ids:
        if name not in named and is_id(name):
            what = f"{ROW_WORDS[family]} {said(name)} is not used: {_USERS[family]}"
            yield Issue(f"{family}.{name}", what, code=UNUSED)
