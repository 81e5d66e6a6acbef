"""Tables that stand in CSV files beside a deal file: read into the deal's data, in place of their names."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from dealmodel.basics.errors import DealError, Issue
from dealmodel.io.csv_table import read_csv_table
from dealmodel.io.files import read_beside

POOLS, TABLES = ("collateral", "pools"), ("loans", "cash")
BOTH_FORMS = "DM-CSV-002"


@dataclass
class FilesBeside:
    """What was read beside a deal file.

    Parameters
    ----------
    hashes : dict from file name to SHA-256 of its bytes
    issues : list of Issue
        With the path of the table.
    """

    hashes: dict[str, str] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)

    def hash_with(self, sha256: str) -> str:
        """Hash of a deal file and of the files beside it; that of the deal file where there are none."""
        if not self.hashes:
            return sha256
        rest = "".join(f" {name} {digest}" for name, digest in sorted(self.hashes.items()))
        return hashlib.sha256((sha256 + rest).encode()).hexdigest()


def with_files(data: Any, folder: str) -> tuple[Any, FilesBeside]:
    """Put the columns and rows of CSV files beside their names in a deal's data.

    Parameters
    ----------
    data : mapping
        The deal file as written.
    folder : str
        Where the deal file is.
    """
    found = FilesBeside()
    outer = data.get(POOLS[0]) if isinstance(data, Mapping) else None
    pools = outer.get(POOLS[1]) if isinstance(outer, Mapping) else None
    if not isinstance(outer, Mapping) or not isinstance(pools, Mapping):
        return data, found
    rows = {}
    for name, row in pools.items():
        rows[name] = row
        for key in TABLES if isinstance(row, Mapping) else ():
            table = row.get(key)
            if isinstance(table, Mapping) and isinstance(table.get("file"), str) and table["file"]:
                path = f"{'.'.join(POOLS)}.{name}.{key}"
                rows[name] = {**rows[name], key: _read(found, path, table, folder)}
    if not found.hashes and not found.issues:
        return data, found
    return {**data, POOLS[0]: {**outer, POOLS[1]: rows}}, found


def _read(found: FilesBeside, path: str, table: Mapping[str, Any], folder: str) -> Mapping[str, Any]:
    name = table["file"]
    if "columns" in table or "rows" in table:
        what = f"has {name} and rows of its own"
        found.issues.append(Issue(path, what, "either `file`, or `columns` and `rows`", code=BOTH_FORMS))
        return {"file": name}
    try:
        raw = read_beside(folder, name)
    except DealError as error:
        found.issues += [replace(issue, path=path, what=_named(name, issue.what)) for issue in error.issues]
        return table
    read = read_csv_table(raw)
    if read.issues:
        found.issues += [replace(issue, path=path, what=_named(name, issue.what)) for issue in read.issues]
        return table
    found.hashes[name] = hashlib.sha256(raw).hexdigest()
    return {**table, "columns": read.columns, "rows": read.rows}


def _named(name: str, what: str) -> str:
    return what if name[:80] in what else f"{name}: {what}"
