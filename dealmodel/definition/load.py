"""Read a deal file into a Deal, or say everything that is wrong with it."""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Literal

from dealmodel.basics.errors import DealFileError, Issue, in_file_order
from dealmodel.basics.kinds import place_kinds
from dealmodel.definition.checks_classes import check_classes
from dealmodel.definition.checks_collateral import check_collateral
from dealmodel.definition.checks_dates import check_dates
from dealmodel.definition.checks_names import check_defaults, check_ids, check_shared_names, check_texts
from dealmodel.definition.checks_provenance import check_provenance
from dealmodel.definition.checks_references import check_references
from dealmodel.definition.checks_scenarios import BASE, check_scenarios
from dealmodel.definition.checks_sizing import check_sizing
from dealmodel.definition.checks_structure import check_counts, check_senior_interest, check_states, check_units
from dealmodel.definition.checks_tests import check_amounts, check_tests
from dealmodel.definition.checks_use import check_use
from dealmodel.definition.checks_waterfall import check_lists, check_steps
from dealmodel.definition.deal import Deal
from dealmodel.definition.draft import Draft
from dealmodel.definition.files_beside import FilesBeside, with_files
from dealmodel.definition.messages import said
from dealmodel.definition.origins import DEFAULTS, Origins
from dealmodel.definition.reading import MOST_ISSUES, Reader
from dealmodel.io.files import deal_file
from dealmodel.io.places import Document, Path, Place
from dealmodel.io.read import read_deal, read_text

MOST_NESTED = 32
NO_PLAIN_DATA = "DM-VAL-006"

CHECKS = (
    check_ids,
    check_shared_names,
    check_references,
    check_classes,
    check_tests,
    check_amounts,
    check_steps,
    check_lists,
    check_use,
    check_counts,
    check_collateral,
    check_states,
    check_units,
    check_senior_interest,
    check_sizing,
    check_dates,
    check_scenarios,
    check_provenance,
)
"""What is checked across rows. Each check looks at whatever could be read."""


def load_deal(path: str | os.PathLike[str]) -> Deal:
    """Read a deal file, or a folder which holds `deal.yaml`.

    Parameters
    ----------
    path : str or path
        See `io.read.read_deal`. CSV files that it names are read from the same folder.

    Returns
    -------
    Deal
        Frozen, with `defaults` filled in and every name checked. `base` is always among its scenarios.

    Raises
    ------
    FileAccessError
        If the file cannot be read.
    DealFileError
        With everything that is wrong with it, in file order.
    """
    folder = os.path.dirname(deal_file(os.fspath(path)))
    return _from_document(read_deal(path, go_on=True), folder)


def deal_from_text(text: str | bytes, name: str, kind: Literal["yaml", "json"] = "yaml") -> Deal:
    """Read the text of a deal file; `name` is the file's name in messages. See `load_deal`."""
    return _from_document(read_text(text, name, kind, go_on=True))


def deal_from_mapping(mapping: Mapping[str, Any], name: str = "deal") -> Deal:
    """Make a deal of plain Python data: mappings, lists, text, numbers, dates. Issues have paths and no lines.

    See `load_deal`.
    """
    issues = list(islice(_not_plain(mapping, "", 0), MOST_ISSUES))
    if issues:
        raise DealFileError(name, issues)
    return _deal(mapping, name, "", {})


def with_defaults(data: Any) -> Any:
    """Give the rows of each family the fields of its `defaults` row, field by field; lists become tuples."""
    if isinstance(data, Mapping):
        rows = {key: with_defaults(value) for key, value in data.items() if key != DEFAULTS}
        defaults = data.get(DEFAULTS)
        if isinstance(defaults, Mapping):
            under = with_defaults(defaults)
            rows = {key: merged(under, value) for key, value in rows.items()}
        return rows
    return tuple(with_defaults(value) for value in data) if isinstance(data, list | tuple) else data


def merged(under: Any, over: Any) -> Any:
    """Fields of `under` with those of `over` in their place, field by field."""
    if isinstance(under, Mapping) and isinstance(over, Mapping):
        return {**under, **{key: merged(under[key], value) if key in under else value for key, value in over.items()}}
    return over


def _from_document(document: Document, folder: str | None = None) -> Deal:
    """Make a deal of a document, with the files beside it where its folder is known.

    What else is wrong is said together with its misread numbers and with what is wrong with those files.
    """
    data, beside = (document.data, FilesBeside()) if folder is None else with_files(document.data, folder)
    sha256 = beside.hash_with(document.sha256)
    misread = bool(document.misread or beside.issues)
    try:
        return _deal(data, document.name, sha256, document.places, misread=misread)
    except DealFileError as error:
        before = [*document.misread, *Origins(data, data, document.places).in_file_order(beside.issues)]
        said_before = {issue.path for issue in before}
        issues = [*before, *(issue for issue in error.issues if issue.path not in said_before)]
        raise DealFileError(document.name, in_file_order(issues)) from None


def _deal(
    raw: Mapping[str, Any], name: str, sha256: str, places: Mapping[Path, Place], *, misread: bool = False
) -> Deal:
    data = _with_base(with_defaults(raw))
    reader = Reader()
    deal = reader.kind(Deal, data, "")
    draft = Draft(deal, data, frozenset(reader.broken))
    issues = [*reader.issues[:MOST_ISSUES], *islice(_found(raw, draft), MOST_ISSUES)]
    if issues or misread:
        raise DealFileError(name, Origins(raw, data, places).in_file_order(issues))
    checked: Deal = deal.model_copy(update={"file_hash": sha256})
    place_kinds(checked, "")
    return checked


def _found(raw: Mapping[str, Any], draft: Draft) -> Iterator[Issue]:
    yield from check_defaults(raw)
    yield from check_texts(draft.data)
    for check in CHECKS:
        yield from check(draft)


def _with_base(data: dict[str, Any]) -> dict[str, Any]:
    """Put the base scenario first where the file leaves it out."""
    scenarios = data.get("scenarios", {})
    if isinstance(scenarios, Mapping) and BASE not in scenarios:
        return {**data, "scenarios": {BASE: {"title": "Base"}, **scenarios}}
    return data


def _not_plain(data: Any, path: str, depth: int) -> Iterator[Issue]:
    if depth > MOST_NESTED:
        yield Issue(path, f"more than {MOST_NESTED} levels of nesting", code=NO_PLAIN_DATA)
    elif isinstance(data, Mapping):
        for key, value in data.items():
            place = f"{path}.{key}" if path else str(key)
            if not isinstance(key, str):
                yield Issue(path, f"the key {said(key)} is not a text", code=NO_PLAIN_DATA)
            else:
                yield from _not_plain(value, place, depth + 1)
    elif isinstance(data, list | tuple):
        for number, value in enumerate(data, 1):
            yield from _not_plain(value, f"{path}[{number}]", depth + 1)
    elif isinstance(data, datetime.datetime) or not isinstance(data, str | bool | int | float | datetime.date | None):
        yield Issue(path, f"{said(data)} is no plain data", "text, numbers, dates, lists, mappings", code=NO_PLAIN_DATA)
