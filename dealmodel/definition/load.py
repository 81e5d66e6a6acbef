"""Read a deal file into a Deal."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from dealmodel.basics.kinds import place_kinds
from dealmodel.definition.deal import Deal
from dealmodel.io.read import read_deal


def load_deal(path: str | os.PathLike[str]) -> Deal:
    """Read a deal file, or a folder which holds `deal.yaml`."""
    document = read_deal(path)
    deal = Deal.model_validate({**with_defaults(document.data), "file_hash": document.sha256})
    place_kinds(deal, "")
    return deal


def with_defaults(data: Any) -> Any:
    """Give the rows of each family the fields of its `defaults` row, field by field; lists become tuples."""
    if isinstance(data, Mapping):
        rows = {key: with_defaults(value) for key, value in data.items() if key != "defaults"}
        defaults = data.get("defaults")
        if isinstance(defaults, Mapping):
            rows = {key: merged(with_defaults(defaults), value) for key, value in rows.items()}
        return rows
    return tuple(with_defaults(value) for value in data) if isinstance(data, list) else data


def merged(under: Any, over: Any) -> Any:
    """Fields of `under` with those of `over` in their place, field by field."""
    if isinstance(under, Mapping) and isinstance(over, Mapping):
        return {**under, **{key: merged(under[key], value) if key in under else value for key, value in over.items()}}
    return over
