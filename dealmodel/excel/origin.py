"""Which deal a workbook was written for, as its own properties say, so that no other file is replaced by mistake."""

from __future__ import annotations

import zipfile
from pathlib import Path

from dealmodel.basics.errors import FileAccessError, Issue

DEAL_PROPERTY = "dealmodel_deal"
"""Custom property of every workbook of ours: the id of the deal."""
UNTOUCHED = "2000-01-01T00:00:00Z"
"""When our workbooks say that they were saved; a program in which one is changed and saved puts its own clock there."""

NOT_OURS = "DM-IO-013"
_MOST_BYTES = 1024 * 1024
_CUSTOM, _CORE = "docProps/custom.xml", "docProps/core.xml"


def check_replaceable(path: Path, deal: str) -> bool:
    """Say whether a file is there that a workbook of a deal may replace; False where none is.

    Parameters
    ----------
    path : Path
        Where the workbook is to be written.
    deal : str
        Id of the deal.

    Raises
    ------
    FileAccessError
        A file is there that was not written for this deal, or was changed since.
    """
    if not path.exists():
        return False
    what = _objection(path, deal)
    if what:
        hint = "choose another --out, or add --force to replace it"
        raise FileAccessError(str(path), [Issue("", what, hint=hint, code=NOT_OURS)])
    return True


def _objection(path: Path, deal: str) -> str:
    """Why a file is not to be replaced, or nothing."""
    try:
        written_for, saved = _properties(path)
    except (OSError, ValueError, KeyError, NotImplementedError, RuntimeError, zipfile.BadZipFile):
        written_for, saved = "", ""
    if not written_for:
        return "the file that is there was not written by dealmodel"
    if written_for != deal:
        return f"the workbook that is there is of the deal {written_for[:100]!r}, not of {deal!r}"
    return "" if saved == UNTOUCHED else "the workbook that is there was changed and saved after it was written"


def _properties(path: Path) -> tuple[str, str]:
    """The deal that a workbook names, and when it says that it was saved; empty where it says nothing."""
    from defusedxml.ElementTree import fromstring

    deal = saved = ""
    with zipfile.ZipFile(path) as book:
        if _CUSTOM not in book.namelist():
            return "", ""
        for item in fromstring(_part(book, _CUSTOM)):
            if item.get("name") == DEAL_PROPERTY:
                deal = "".join(item.itertext()).strip()
        for item in fromstring(_part(book, _CORE)):
            if item.tag.endswith("}modified"):
                saved = (item.text or "").strip()
    return deal, saved


def _part(book: zipfile.ZipFile, name: str) -> bytes:
    with book.open(name) as part:
        content = part.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise ValueError(f"{name} is larger than any that we write")
    return content
