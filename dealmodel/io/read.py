"""A deal file or a text to a mapping with places, or to everything that is wrong with it."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from pathlib import PurePath
from types import MappingProxyType
from typing import Any, Literal, NoReturn

from dealmodel.basics.errors import DealFileError, Issue, in_file_order
from dealmodel.io.build import Builder, Findings, ReadingEnded
from dealmodel.io.characters import decoded, line_starts, place_at, refused_characters
from dealmodel.io.files import check_size, deal_file, read_bytes
from dealmodel.io.json_reader import read_json
from dealmodel.io.places import Document, Place
from dealmodel.io.yaml_reader import read_yaml

_READERS = {"yaml": read_yaml, "json": read_json}


MISREAD = "DM-NUM-"
"""What the codes of misread numbers begin with."""


def read_deal(path: str | os.PathLike[str], *, go_on: bool = False) -> Document:
    """Deal file as plain data with the place of everything in it.

    Parameters
    ----------
    path : str or path
        A file that ends in `.yaml`, `.yml` or `.json`, or a folder that holds one `deal.yaml`, `deal.yml` or
        `deal.json`.
    go_on : bool
        See `read_text`.

    Returns
    -------
    Document
        See `read_text`.

    Raises
    ------
    FileAccessError
        If the file is missing, not a regular file, or may not be read.
    DealFileError
        With all that is wrong with the file.
    """
    file = deal_file(os.fspath(path))
    raw = read_bytes(file)
    name = PurePath(file).name
    return read_text(raw, name, "json" if name.lower().endswith(".json") else "yaml", go_on=go_on)


def read_text(text: str | bytes, name: str, kind: Literal["yaml", "json"], *, go_on: bool = False) -> Document:
    """Text of a deal file as plain data with the place of everything in it.

    Sizes are limited before any work is done: 2 MiB, 32 levels of nesting, 100,000 keys and values. Refused characters
    end the reading before it starts, a syntax error where it stands; everything else is gathered to the end of the
    file, up to 1,000 problems.

    Parameters
    ----------
    text : str or bytes
        UTF-8, with or without byte order mark, with any line ends.
    name : str
        File name for messages, without a folder.
    kind : "yaml" or "json"
        How the text is written.
    go_on : bool
        Whether misread numbers are handed on with the document, for whoever can say what else is wrong with it.

    Returns
    -------
    Document
        Its hash is that of the bytes; of a `str`, that of its UTF-8 bytes.

    Raises
    ------
    DealFileError
        With all that is wrong with the text, in file order.
    """
    check_size(len(text), name)
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    check_size(len(raw), name)
    findings = Findings()
    builder = Builder(findings)
    try:
        content = _content(text, findings)
        _READERS[kind](content, builder)
    except ReadingEnded:
        _refuse(name, findings)
    return _document(builder, name, hashlib.sha256(raw).hexdigest(), go_on=go_on)


def _content(text: str | bytes, findings: Findings) -> str:
    """Text of the file, once it is UTF-8 and free of refused characters."""
    content = text.removeprefix("\ufeff") if isinstance(text, str) else decoded(text)
    if isinstance(content, Issue):
        findings.end(content)
    starts: list[int] = []
    for position, issue in refused_characters(content):
        starts = starts or line_starts(content)
        line, column = place_at(starts, position)
        findings.add(replace(issue, line=line, column=column))
    if findings.issues:
        raise ReadingEnded
    return content


def _document(builder: Builder, name: str, sha256: str, *, go_on: bool) -> Document:
    root: Any = builder.root
    if not isinstance(root, dict):
        line, column = builder.places.get((), Place(1, 1))
        what = "the file is empty" if root is None else "the file does not start with a key"
        hint = "a deal is a mapping of keys to values"
        builder.findings.issues.append(Issue("", what, "", hint, line, column, "DM-YML-005"))
    issues = builder.findings.issues
    if not (go_on and all(issue.code.startswith(MISREAD) for issue in issues)) and issues:
        _refuse(name, builder.findings)
    return Document(root, name, sha256, MappingProxyType(builder.places), tuple(issues))


def _refuse(name: str, findings: Findings) -> NoReturn:
    raise DealFileError(name, in_file_order(findings.issues)) from None
