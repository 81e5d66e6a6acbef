"""Ids and texts: how they are spelt, which words are taken, and that no id stands twice where names are shared."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from dealmodel.basics.errors import Issue
from dealmodel.definition.deal import Deal
from dealmodel.definition.draft import ROW_WORDS, Draft
from dealmodel.definition.messages import said
from dealmodel.definition.origins import DEFAULTS
from dealmodel.definition.reading import Form, families_of
from dealmodel.io.characters import refused_in_value

BAD_ID, RESERVED, TAKEN, TOO_LONG, MISPLACED = "DM-ID-001", "DM-ID-002", "DM-ID-003", "DM-ID-004", "DM-KEY-003"

RESERVED_WORDS = frozenset(
    [
        "time", "constants", "series", "market", "cohort", "customer", "value", "disposal", "site_costs", "collateral",
        "collections", "revenue", "state", "defaults", "coverage", "pool", "closing", "deal", "check", "tranches",
        "merchant", "clean_up_call", "supplied",
    ]
)  # fmt: skip
"""Words that the lines of a model use themselves."""

TERM_SHEET = "term_sheet"
OTHER_WORKBOOKS = (TERM_SHEET, "decrement", "live")
"""What other workbooks of a deal are called beside its id, and those of scenarios may not be."""

SHARED = ("tranches", "fees", "accounts", "amounts", "tests", "contracts", "parties")
"""Families whose ids differ from each other: lines, payees and `pay` name them without their family."""

MOST_CHARACTERS = 300
MOST_OF_A_URL = 2000
PATTERN = "a-z, 0-9 and _, a letter first, 64 characters at most"

_ID = re.compile(r"[a-z][a-z0-9_]{0,63}\Z")
_CURRENCY = re.compile(r"[A-Z]{3}\Z")


def is_id(name: str) -> bool:
    """Whether a name is spelt as an id."""
    return _ID.match(name) is not None


def check_ids(draft: Draft) -> Iterator[Issue]:
    """Every id is spelt as an id, and is no word that the model uses itself; the currency has its code."""
    terms = draft.deal.deal
    if terms is not None and not is_id(terms.id):
        yield _bad_id("deal.id", terms.id)
    if terms is not None and not _CURRENCY.match(terms.currency):
        what = f"{said(terms.currency)} is not the code of a currency"
        yield Issue("deal.currency", what, "three capital letters, such as USD", code=BAD_ID)
    for family in ROW_WORDS:
        for name in draft.ids(family) if family != "provenance" else ():
            path = f"{family}.{name}"
            if not is_id(name):
                yield _bad_id(path, name)
            elif name in RESERVED_WORDS:
                yield Issue(path, f"{said(name)} is a word of the model", "choose another id", code=RESERVED)
    for name in draft.ids("scenarios"):
        if name in OTHER_WORKBOOKS:
            what = f"{said(name)} is the name of another workbook of the deal"
            yield Issue(f"scenarios.{name}", what, "choose another id", code=RESERVED)
    for name in draft.ids("contracts"):
        if name.startswith("uncontracted_"):
            what = f"{said(name)} begins as units without a contract are called"
            yield Issue(f"contracts.{name}", what, "choose another id", code=RESERVED)


def check_shared_names(draft: Draft) -> Iterator[Issue]:
    """No id stands twice in the families that share their names; nor among contracts and states."""
    seen: dict[str, str] = {}
    for family in SHARED:
        for name in draft.ids(family):
            if name in seen:
                what = f"{said(name)} is the id of {_article(ROW_WORDS[seen[name]])} too"
                allowed = "tranches, fees, accounts, amounts, tests, contracts and parties share one namespace"
                yield Issue(f"{family}.{name}", what, allowed, code=TAKEN)
            seen.setdefault(name, family)
    for name in draft.ids("states"):
        if name in draft.rows("contracts"):
            yield Issue(f"states.{name}", f"{said(name)} is the id of a contract too", "choose another id", code=TAKEN)


def check_texts(data: Any, path: str = "", key: str = "") -> Iterator[Issue]:
    """No text is longer than it may be, or holds a character that hides or reorders what a reader sees."""
    if isinstance(data, str):
        most = MOST_OF_A_URL if key == "url" else MOST_CHARACTERS
        if len(data) > most:
            yield Issue(path, f"a text of {len(data):,} characters", f"at most {most:,}", code=TOO_LONG)
        refused = refused_in_value(data)
        if refused is not None:
            yield Issue(path, f"{said(data)} holds {refused.what}", hint=refused.hint, code=refused.code)
    elif isinstance(data, Mapping):
        for name, value in data.items():
            yield from check_texts(value, f"{path}.{name}" if path else name, name)
    elif isinstance(data, tuple):
        for number, value in enumerate(data, 1):
            yield from check_texts(value, f"{path}[{number}]")


def check_defaults(raw: Any) -> Iterator[Issue]:
    """`defaults` stands in families of rows alone, and is a row itself."""
    families = {path: form for path, form in families_of(Deal).items() if form.word != "items"}
    yield from _misplaced(raw, "", families)


def _misplaced(node: Any, path: str, families: Mapping[str, Form]) -> Iterator[Issue]:
    if isinstance(node, list | tuple):
        for number, value in enumerate(node, 1):
            yield from _misplaced(value, f"{path}[{number}]", families)
    if not isinstance(node, Mapping):
        return
    for key, value in node.items():
        place = f"{path}.{key}" if path else key
        if key != DEFAULTS:
            yield from _misplaced(value, place, families)
        elif path not in families:
            yield Issue(place, "`defaults` has no rows to serve here", "only families of rows have it", code=MISPLACED)
        elif not isinstance(value, Mapping):
            yield Issue(place, f"{said(value)} is not a mapping of fields", code=MISPLACED)


def _bad_id(path: str, name: str) -> Issue:
    return Issue(path, f"{said(name)} is not an id", f"{PATTERN}", code=BAD_ID)


def _article(word: str) -> str:
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"
