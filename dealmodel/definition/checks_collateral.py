"""What is pledged: cohorts of units with all that they need, pools, or both; and nothing rests on what is absent."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from dealmodel.basics.errors import Issue
from dealmodel.basics.moments import Moment
from dealmodel.collateral.pool_kinds import GivenRevenue
from dealmodel.collateral.pools import GivenCash
from dealmodel.collateral.tables import Table
from dealmodel.definition.checks_dates import last_month, month_of
from dealmodel.definition.draft import Draft
from dealmodel.definition.messages import MISSING
from dealmodel.definition.words import SITE_COSTS
from dealmodel.waterfall.accounts import ReserveAccount
from dealmodel.waterfall.measures import (
    ContractShortfallTest,
    CoverageTest,
    LoanToValueTest,
    LowerOf,
    OvercollateralizationTest,
    UtilisationTest,
)

NONE_THERE, NOT_HERE, LATE = "DM-STR-001", "DM-STR-006", "DM-STR-007"
NO_UNITS, NO_POOLS = "the deal has no cohorts", "the deal has no pools"
OF_UNITS = ("site_costs", "merchant", "disposal")


def costs_of(draft: Draft) -> list[str]:
    """The costs that `pay` pays beside fees: those of units, in a deal that has units."""
    return [SITE_COSTS] if has_units(draft) else []


def has_units(draft: Draft) -> bool:
    """Whether there are cohorts, readable or not."""
    return bool(draft.rows("collateral.cohorts")) or not draft.knows("collateral.cohorts")


def has_pools(draft: Draft) -> bool:
    """Whether there are pools, readable or not."""
    return bool(draft.rows("collateral.pools")) or not draft.knows("collateral.pools")


def check_collateral(draft: Draft) -> Iterator[Issue]:
    """Something is pledged, and nothing rests on units or pools that are not there."""
    if draft.deal.collateral is None:
        return
    if not has_units(draft) and not has_pools(draft):
        if draft.is_whole("collateral"):
            yield Issue("collateral.cohorts", "is empty", "a deal has at least one cohort or pool", code=NONE_THERE)
        return
    if has_units(draft):
        yield from _needed_by_units(draft)
    else:
        yield from _of_units(draft)
    yield from _given_cash(draft)
    if not has_pools(draft):
        yield from _of_pools(draft)


def _needed_by_units(draft: Draft) -> Iterator[Issue]:
    collateral, market = draft.deal.collateral, draft.deal.market
    for name in OF_UNITS:
        if getattr(collateral, name) is None and name not in draft.rows("collateral"):
            description = type(collateral).model_fields[name].description or ""
            yield Issue(f"collateral.{name}", f"missing: {description[:1].lower()}{description[1:]}", code=MISSING)
    if market is not None and market.rent_basis is None and "rent_basis" not in draft.rows("market"):
        yield Issue("market.rent_basis", "missing: whether the issuer or the user pays site costs", code=MISSING)


def _of_units(draft: Draft) -> Iterator[Issue]:
    """Everything in a deal without cohorts that means nothing there."""
    deal = draft.deal
    for name in OF_UNITS:
        if getattr(deal.collateral, name) is not None:
            yield _absent(f"collateral.{name}", NO_UNITS)
    if deal.market is not None and deal.market.rent_basis is not None:
        yield _absent("market.rent_basis", NO_UNITS)
    for name, state in deal.states.items():
        if state.remedy == "sell":
            yield _absent(f"states.{name}.remedy", f"{NO_UNITS}, and nothing to sell")
    for name, test in deal.tests.items():
        if isinstance(test, UtilisationTest | ContractShortfallTest):
            yield _absent(f"tests.{name}.measure", NO_UNITS)
        if isinstance(test, CoverageTest) and test.direction == "forward":
            yield _absent(f"tests.{name}.direction", f"{NO_UNITS}, and no contracts that say what comes")
    yield from _values(draft, lambda basis: basis != "pool", NO_UNITS, "pool")
    for name, fee in deal.fees.items():
        if fee.of in ("resale_value", "book_value", "revenue"):
            yield _absent(f"fees.{name}.of", NO_UNITS, "pool_balance, collections, or balances of tranches")
        if fee.amount_per_unit_per_year is not None:
            yield _absent(f"fees.{name}.amount_per_unit_per_year", NO_UNITS)
    yield from _targets(draft, ("resale_value", "book_value"), NO_UNITS)


def _of_pools(draft: Draft) -> Iterator[Issue]:
    """Everything in a deal without pools that means nothing there."""
    collateral = draft.deal.collateral
    if collateral.clean_up_call is not None:
        yield _absent("collateral.clean_up_call", NO_POOLS)
    yield from _values(draft, lambda basis: basis == "pool", NO_POOLS, "resale, book, cost, liquidation")
    for name, fee in draft.deal.fees.items():
        if fee.of == "pool_balance":
            yield _absent(f"fees.{name}.of", NO_POOLS)
    yield from _targets(draft, ("pool_balance", "original_pool_balance"), NO_POOLS)


def _values(draft: Draft, wrong: Callable[[str], bool], why: str, allowed: str) -> Iterator[Issue]:
    for name, test in draft.deal.tests.items():
        if not isinstance(test, LoanToValueTest | OvercollateralizationTest):
            continue
        named = isinstance(test.value, LowerOf)
        for number, basis in enumerate(test.bases(), 1):
            if wrong(basis):
                place = f"tests.{name}.value.lower_of[{number}]" if named else f"tests.{name}.value"
                yield _absent(place, why, allowed)


def _targets(draft: Draft, bases: tuple[str, ...], why: str) -> Iterator[Issue]:
    for account in draft.deal.accounts.values():
        if isinstance(account, ReserveAccount):
            for part in account.target.parts():
                if part.of in bases:
                    yield _absent(f"{part.path}.of", why)


def _absent(path: str, why: str, allowed: str = "") -> Issue:
    return Issue(path, f"means nothing here: {why}", allowed, code=NOT_HERE)


def _given_cash(draft: Draft) -> Iterator[Issue]:
    """Every row of given cash and costs is in a collection month of the deal, and no two are in one."""
    terms = draft.deal.deal
    if terms is None or not draft.is_whole("deal"):
        return
    last = last_month(terms)
    tables: dict[str, Table] = {
        f"collateral.pools.{name}.cash": pool.cash
        for name, pool in draft.deal.collateral.pools.items()
        if isinstance(pool, GivenCash | GivenRevenue)
    }
    tables |= {f"fees.{name}.given": fee.given for name, fee in draft.deal.fees.items() if fee.given is not None}
    for path, table in tables.items():
        months = [int(month) for month in table.column("month") or ()]
        months = months or [int(month_of(Moment(day=day), terms)) for day in table.dates()]
        before = 0
        for number, month in enumerate(months, 1):
            place = f"{path}.rows[{number}]"
            if month > last:
                yield Issue(place, f"is in month {month}", f"the last month of the deal is {last}", code=LATE)
                break
            if month <= before:
                what = "is before the first collection month" if month < 1 else f"is in month {month} as well"
                yield Issue(place, what, "one row for a collection month", code=LATE)
                break
            before = month
