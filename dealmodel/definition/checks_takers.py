"""Several accounts of kind collection: every flow of the deal is taken by exactly one, and each is emptied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from dealmodel.basics.errors import Issue
from dealmodel.definition.draft import Draft, repeated
from dealmodel.definition.messages import listed, said
from dealmodel.waterfall.accounts import CollectionAccount, HoldingAccount
from dealmodel.waterfall.step_base import Step
from dealmodel.waterfall.steps import Apply, Deposit, Release

TAKEN_TWICE, NOT_TAKEN, UNEMPTIED = "DM-STR-002", "DM-STR-008", "DM-WFL-009"


def collecting(draft: Draft) -> dict[str, CollectionAccount]:
    """Accounts of kind collection by name."""
    return {name: row for name, row in draft.deal.accounts.items() if isinstance(row, CollectionAccount)}


def has_several(draft: Draft) -> bool:
    """Whether the deal has several of them, and says what one of them takes."""
    rows = draft.rows("accounts").values()
    found = [row for row in rows if isinstance(row, Mapping) and row.get("kind") == "collection"]
    return len(found) > 1 and any(row.get("takes") is not None for row in found)


def check_takers(draft: Draft) -> Iterator[Issue]:
    """One account takes all, or each flow that the deal brings is taken by exactly one."""
    found = collecting(draft)
    owner: dict[str, str] = {}
    for name, account in found.items():
        if account.takes is None:
            if len(found) > 1 and name != next(iter(found)):
                other = next(iter(found))
                what = f"{said(other)} is of kind collection already"
                hint = "with several, each says what it takes: `takes: [interest, ..]`"
                yield Issue(f"accounts.{name}.kind", what, "exactly one account is", hint, code=TAKEN_TWICE)
            elif len(found) > 1 and any(row.takes is not None for row in found.values()):
                what = "says nothing of what it takes"
                yield Issue(f"accounts.{name}.takes", what, "each of several accounts says it", code=NOT_TAKEN)
            continue
        yield from repeated(f"accounts.{name}.takes", account.takes, "flow")
        for flow in dict.fromkeys(account.takes):
            if flow in owner:
                what = f"{said(owner[flow])} takes {flow} already"
                yield Issue(f"accounts.{name}.takes", what, "exactly one account does", code=TAKEN_TWICE)
            owner.setdefault(flow, name)
    if owner and draft.is_whole("accounts") and all(row.takes is not None for row in found.values()):
        missing = [flow for flow in flows_of(draft) if flow not in owner]
        if missing:
            what = f"no account takes {listed(missing, before='')}"
            yield Issue("accounts", what, "exactly one account of kind collection takes each flow", code=NOT_TAKEN)


def flows_of(draft: Draft) -> list[str]:
    """Flows that the deal may bring."""
    flows = ["interest", "principal", "recoveries"] if draft.rows("collateral.pools") else []
    flows += ["revenue", "claims"] if draft.rows("collateral.cohorts") else []
    sells = any(state.remedy == "sell" for state in draft.deal.states.values())
    if draft.rows("collateral").get("clean_up_call") is not None or sells:
        flows.append("sale")
    earning = [row.earns for row in draft.deal.accounts.values() if isinstance(row, HoldingAccount)]
    return [*flows, "income"] if any(row is not None and row.added_to == "collection" for row in earning) else flows


def check_emptied(
    path: str, steps: Sequence[Step], found: Mapping[str, CollectionAccount], at_closing: bool
) -> Iterator[Issue]:
    """After the last step of a list no account of kind collection holds cash."""
    first = next(iter(found))
    full = {first} if at_closing else set(found)
    for step in steps:
        source = step.paid_from or first
        always = step.when is None and step.unless is None
        if isinstance(step, Release) and always:
            full.discard(source)
        elif isinstance(step, Deposit) and step.deposit in found:
            full.add(step.deposit)
            if always:
                full.discard(source)
        elif isinstance(step, Apply):
            full.add(source)
            if always:
                full.difference_update(set(step.names()) - {source})
    for name in found:
        if name in full:
            what = f"leaves cash in {said(name)}"
            hint = f"`{{release: sponsor, from: {name}}}`, or `deposit` it into an account that is released later"
            yield Issue(path, what, "every account of kind collection is emptied, always", hint, code=UNEMPTIED)
