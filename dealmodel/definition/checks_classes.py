"""Tranches that rest on others or on a pool: strips on a notional, interest added for a while, planned balances."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dealmodel.basics.errors import Issue
from dealmodel.collateral.receivables import BY_AGE, Receivables
from dealmodel.definition.checks_collateral import NO_POOLS, has_pools
from dealmodel.definition.draft import Draft
from dealmodel.definition.messages import said
from dealmodel.liabilities.notional import Notional
from dealmodel.liabilities.schedules import PlannedBalance, PlannedPrincipal

STRIP, ITSELF, UNPLANNED = "DM-CLS-001", "DM-CLS-002", "DM-CLS-003"


def is_strip(draft: Draft, name: str) -> bool:
    """Whether a tranche is a strip on a notional, readable or not."""
    row = draft.rows("tranches").get(name)
    return isinstance(row, Mapping) and row.get("kind") == "notional"


def without_principal(draft: Draft, path: str, names: str | tuple[str, ...]) -> Iterator[Issue]:
    """Yield an issue for each strip on a notional among tranches whose principal or balance is meant."""
    for number, name in enumerate((names,) if isinstance(names, str) else names, 1):
        if is_strip(draft, name):
            place = path if isinstance(names, str) else f"{path}[{number}]"
            yield Issue(place, f"{said(name)} is a strip on a notional, and has no principal", code=STRIP)


def check_classes(draft: Draft) -> Iterator[Issue]:
    """What strips, interest added to balances and planned balances follow is there."""
    for name, tranche in draft.deal.tranches.items():
        path = f"tranches.{name}"
        if isinstance(tranche, Notional):
            yield from _followed(draft, f"{path}.notional.of", tranche)
        if tranche.pay_in_kind is not None and tranche.pay_in_kind.while_outstanding:
            yield from _others(draft, f"{path}.pay_in_kind.while_outstanding", name,
                               tranche.pay_in_kind.while_outstanding)  # fmt: skip
        if isinstance(tranche.scheduled_balance, PlannedBalance):
            yield from _planned(draft, f"{path}.scheduled_balance.planned", name, tranche.scheduled_balance.planned)
    for name, fee in draft.deal.fees.items():
        if isinstance(fee.of, tuple):
            yield from without_principal(draft, f"fees.{name}.of", fee.of)


def _followed(draft: Draft, path: str, strip: Notional) -> Iterator[Issue]:
    if isinstance(strip.notional.of, str):
        if not has_pools(draft):
            yield Issue(path, f"means nothing here: {NO_POOLS}", "a list of tranches", code=STRIP)
        return
    yield from _others(draft, path, strip.row, strip.notional.of)


def _others(draft: Draft, path: str, name: str, others: tuple[str, ...]) -> Iterator[Issue]:
    """Tranches with principal, other than the one that follows them."""
    yield from draft.unknown_in(path, others, "tranches")
    yield from without_principal(draft, path, tuple("" if other == name else other for other in others))
    for number, other in enumerate(others, 1):
        if other == name:
            yield Issue(f"{path}[{number}]", f"{said(name)} follows itself", "other tranches", code=ITSELF)


def _planned(draft: Draft, path: str, name: str, terms: PlannedPrincipal) -> Iterator[Issue]:
    collateral = draft.deal.collateral
    yield from draft.unknown(f"{path}.pool", terms.pool, "collateral.pools")
    pool = collateral.pools.get(terms.pool) if collateral is not None else None
    if pool is not None and not isinstance(pool, Receivables):
        what = f"pool {said(terms.pool)} is of given cash, and has no speeds"
        yield Issue(f"{path}.pool", what, "a pool of kind receivables", code=UNPLANNED)
    elif pool is not None and terms.measure in BY_AGE and "age_months" not in pool.loans.columns:
        what = f"{terms.measure.upper()} looks at the age of a loan, and pool {said(terms.pool)} has none"
        yield Issue(f"{path}.measure", what, "give the loans a column `age_months`", code=UNPLANNED)
    if terms.net_of:
        yield from draft.unknown_in(f"{path}.net_of", terms.net_of, "tranches")
    before = list(draft.deal.tranches)[: list(draft.deal.tranches).index(name)]
    for number, other in enumerate(terms.net_of, 1):
        row = draft.deal.tranches.get(other)
        if other in draft.rows("tranches") and (
            other not in before or (row is not None and not isinstance(row.scheduled_balance, PlannedBalance))
        ):
            what = f"{said(other)} is no tranche above with a planned balance"
            yield Issue(f"{path}.net_of[{number}]", what, "layers stand in the file in their order", code=UNPLANNED)
