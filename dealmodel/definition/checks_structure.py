"""What a deal has exactly one of, or at least one of; who holds which units; who watches senior interest."""

from __future__ import annotations

from collections.abc import Iterator

from dealmodel.basics.errors import Issue
from dealmodel.contracts.take_or_pay import Contract
from dealmodel.definition.checks_takers import check_takers
from dealmodel.definition.draft import ROW_WORDS, Draft
from dealmodel.definition.messages import said
from dealmodel.waterfall.accounts import CollectionAccount
from dealmodel.waterfall.measures import UnpaidDebtServiceTest, UnpaidInterestTest
from dealmodel.waterfall.states import State

NONE_THERE, BAD_STATE, TOO_MANY_UNITS, UNWATCHED = "DM-STR-001", "DM-STR-003", "DM-STR-004", "DM-STR-005"


def check_counts(draft: Draft) -> Iterator[Issue]:
    """A deal has something pledged, someone to repay, and one account that takes the collections."""
    if draft.knows("tranches") and draft.is_whole("tranches") and not draft.ids("tranches"):
        yield Issue("tranches", "is empty", f"a deal has at least one {ROW_WORDS['tranches']}", code=NONE_THERE)
    found = [name for name, row in draft.deal.accounts.items() if isinstance(row, CollectionAccount)]
    if not found and draft.is_whole("accounts"):
        what = "no account is of kind collection"
        yield Issue("accounts", what, "exactly one takes the collections and is paid from", code=NONE_THERE)
    yield from check_takers(draft)


def check_states(draft: Draft) -> Iterator[Issue]:
    """One state of severity 0 holds when no other does; the others are each entered on something."""
    seen: dict[int, str] = {}
    for name, state in draft.deal.states.items():
        yield from _entered_on(name, state)
        if state.severity in seen:
            what = f"severity {state.severity} is that of {said(seen[state.severity])} already"
            yield Issue(f"states.{name}.severity", what, "each state has its own", code=BAD_STATE)
        seen.setdefault(state.severity, name)
    if 0 not in seen and draft.is_whole("states"):
        yield Issue("states", "no state has severity 0", "exactly one holds when no other does", code=NONE_THERE)


def _entered_on(name: str, state: State) -> Iterator[Issue]:
    path = f"states.{name}.entered_on"
    if state.severity == 0 and state.entered_on:
        what = "a state of severity 0 is entered on nothing"
        yield Issue(path, what, "it holds when no other does", code=BAD_STATE)
    if state.severity > 0 and not state.entered_on:
        what = f"a state of severity {state.severity} is entered on nothing"
        yield Issue(path, what, "name at least one test, or remove the state", code=BAD_STATE)


def check_units(draft: Draft) -> Iterator[Issue]:
    """Contracts on a cohort share its units: one has them all, or together they have no more than there are."""
    cohorts = draft.deal.collateral.cohorts if draft.deal.collateral is not None else {}
    for name, cohort in cohorts.items():
        contracts = {row: terms for row, terms in draft.deal.contracts.items() if terms.cohort == name}
        yield from _all_units(name, contracts)
        taken = 0.0
        for row, terms in contracts.items():
            if terms.units != "all":
                taken += float(terms.units)
                if taken > cohort.units:
                    what = f"contracts on cohort {said(name)} take {taken:,.10g} units"
                    allowed = f"it has {cohort.units:,.10g}"
                    yield Issue(f"contracts.{row}.units", what, allowed, code=TOO_MANY_UNITS)
                    break


def _all_units(cohort: str, contracts: dict[str, Contract]) -> Iterator[Issue]:
    whole = [row for row, terms in contracts.items() if terms.units == "all"]
    others = [row for row in contracts if row not in whole[:1]] if whole else []
    for row in others:
        what = f"{said(whole[0])} has all units of cohort {said(cohort)}"
        yield Issue(f"contracts.{row}.units", what, "nothing is left for another contract", code=TOO_MANY_UNITS)


def check_senior_interest(draft: Draft) -> Iterator[Issue]:
    """Unpaid interest of a tranche that may not defer it leads to some state."""
    deal = draft.deal
    if not (draft.is_whole("tests") and draft.is_whole("states")):
        return
    entered = {name for state in deal.states.values() for name in state.entered_on}
    tests = [
        row
        for name, row in deal.tests.items()
        if name in entered and isinstance(row, UnpaidInterestTest | UnpaidDebtServiceTest)
    ]
    for name, tranche in deal.tranches.items():
        follows = "senior_most" if tranche.has_principal else name  # a strip is never the most senior outstanding
        if not tranche.deferrable and not any(test.of == follows or name in test.of for test in tests):
            what = f"no state is entered on unpaid interest of {said(name)}"
            allowed = "a test of measure unpaid_interest names it"
            allowed += " or senior_most" if tranche.has_principal else ""
            yield Issue(f"tranches.{name}", what, allowed, "or write `deferrable: true`", code=UNWATCHED)
