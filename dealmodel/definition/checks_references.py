"""Every name outside the waterfalls leads to a row of the right kind."""

from __future__ import annotations

from collections.abc import Iterator

from dealmodel.basics.errors import Issue
from dealmodel.definition.checks_targets import check_target
from dealmodel.definition.draft import Draft
from dealmodel.definition.messages import said
from dealmodel.waterfall.accounts import CollectionAccount, HoldingAccount, ReserveAccount, TrapAccount

WRONG_KIND = "DM-REF-002"


def check_references(draft: Draft) -> Iterator[Issue]:
    """Every name of a row leads to a row."""
    yield from _of_assets(draft)
    yield from _of_debt(draft)
    yield from _of_accounts(draft)
    for name, state in draft.deal.states.items():
        yield from draft.unknown(f"states.{name}.waterfall", state.waterfall, "waterfalls")
        if state.entered_on:
            yield from draft.unknown_in(f"states.{name}.entered_on", state.entered_on, "tests")
    for name, scenario in draft.deal.scenarios.items():
        if scenario.combine:
            yield from draft.unknown_in(f"scenarios.{name}.combine", scenario.combine, "scenarios")
    for path, row in draft.deal.provenance.items():
        if row.source:
            yield from draft.unknown(f"provenance.{path}.source", row.source, "sources")


def _of_assets(draft: Draft) -> Iterator[Issue]:
    deal = draft.deal
    for name, launch in deal.market.launches.items() if deal.market is not None else ():
        yield from draft.unknown_in(f"market.launches.{name}.generations", launch.generations, "market.generations")
    for name, cohort in deal.collateral.cohorts.items() if deal.collateral is not None else ():
        yield from draft.unknown(f"collateral.cohorts.{name}.generation", cohort.generation, "market.generations")
    for name, contract in deal.contracts.items():
        yield from draft.unknown(f"contracts.{name}.customer", contract.customer, "customers")
        yield from draft.unknown(f"contracts.{name}.cohort", contract.cohort, "collateral.cohorts")


def _of_debt(draft: Draft) -> Iterator[Issue]:
    for name, tranche in draft.deal.tranches.items():
        if tranche.coupon.index is not None:
            yield from draft.unknown(f"tranches.{name}.coupon.index", tranche.coupon.index, "market.rates")
        if tranche.default_interest is not None:
            path = f"tranches.{name}.default_interest.while_in"
            yield from draft.unknown_in(path, tranche.default_interest.while_in, "states")
    for name, fee in draft.deal.fees.items():
        if isinstance(fee.of, tuple):
            yield from draft.unknown_in(f"fees.{name}.of", fee.of, "tranches")


def _of_accounts(draft: Draft) -> Iterator[Issue]:
    for name, account in draft.deal.accounts.items():
        path = f"accounts.{name}"
        if isinstance(account, HoldingAccount) and account.earns is not None:
            index = account.earns.rate.index
            if index is not None:
                yield from draft.unknown(f"{path}.earns.rate.index", index, "market.rates")
        if isinstance(account, ReserveAccount):
            yield from check_target(draft, account.target)
            yield from _collection(draft, f"{path}.excess_to", account.excess_to)
        elif isinstance(account, TrapAccount):
            yield from _collection(draft, f"{path}.released_to", account.released_to)
            yield from draft.unknown(f"{path}.released_when", account.released_when, "states")


def _collection(draft: Draft, path: str, name: str) -> Iterator[Issue]:
    """Cash that is let go goes to the collection account, and from there down the waterfall."""
    unknown = list(draft.unknown(path, name, "accounts"))
    yield from unknown
    account = draft.deal.accounts.get(name)
    if not unknown and account is not None and not isinstance(account, CollectionAccount):
        found = [other for other, row in draft.deal.accounts.items() if isinstance(row, CollectionAccount)]
        what = f"{said(name)} is no account of kind collection"
        if found:
            yield Issue(path, what, "cash is let go into the waterfall", f"write {found[0]}", code=WRONG_KIND)
