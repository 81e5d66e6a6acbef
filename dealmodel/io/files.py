"""Finds a deal file and takes its bytes: regular files only, and never more of them than the cap."""

from __future__ import annotations

import os
import re
import stat
from pathlib import PurePath
from typing import NoReturn

from dealmodel.basics.errors import DealFileError, FileAccessError, Issue

MOST_BYTES = 2 * 1024 * 1024
SUFFIXES = (".yaml", ".yml", ".json")
_TABLE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}\.csv")
NAMES_IN_FOLDER = tuple(f"deal{suffix}" for suffix in SUFFIXES)


def deal_file(path: str) -> str:
    """Path of the deal file that a path means: itself, or the one `deal.yaml`, `deal.yml` or `deal.json` in a folder.

    Raises
    ------
    FileAccessError
        If there is no such file, or a folder holds none or several.
    """
    try:
        is_folder = stat.S_ISDIR(os.stat(path).st_mode)
    except (OSError, ValueError) as error:
        refuse_access(path, error)
    if not is_folder:
        return path
    present = [name for name in NAMES_IN_FOLDER if os.path.lexists(os.path.join(path, name))]
    if not present:
        _refuse(path, "the folder holds no deal file", "deal.yaml, deal.yml or deal.json", "", "DM-IO-003")
    if len(present) > 1:
        _refuse(path, f"the folder holds {' and '.join(present)}", "", "keep one, or name the file", "DM-IO-003")
    return os.path.join(path, present[0])


def read_beside(folder: str, name: str) -> bytes:
    """Bytes of a CSV file in the folder of a deal file: a plain name, no folder in it, and no link.

    Raises
    ------
    FileAccessError, DealFileError
        As `read_bytes` does, and for a name that is none or leads elsewhere.
    """
    if not _TABLE_NAME.fullmatch(name):
        what, allowed = (
            f"{name[:80]!r} is not the name of a CSV file",
            "letters, digits, _ . and -, and .csv at its end",
        )
        raise DealFileError(
            name[:80], [Issue("", what, allowed, "the file stands beside the deal file", code="DM-IO-005")]
        )
    path = os.path.join(folder, name)
    if os.path.islink(path):
        _refuse(path, "this is a link", "a file in the folder of the deal file", "", "DM-IO-004")
    return read_bytes(path, (".csv",))


def read_bytes(path: str, suffixes: tuple[str, ...] = SUFFIXES) -> bytes:
    """Bytes of a deal file, or of a file with another of these ends.

    The file is looked at before it is opened and again when it is open, so that a device or a pipe is never read. At
    most one byte more than the cap of 2 MiB is taken.

    Raises
    ------
    FileAccessError
        If the file is missing, not a regular file, or may not be read.
    DealFileError
        If its name does not end as a deal file's, or it is larger than the cap.
    """
    try:
        _check_regular(path, os.stat(path))
        _check_suffix(path, suffixes)
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        try:
            _check_regular(path, os.fstat(handle))
            return _taken(handle, PurePath(path).name)
        finally:
            os.close(handle)
    except (OSError, ValueError) as error:
        refuse_access(path, error)


def check_size(size: int, name: str) -> None:
    """Raise a `DealFileError` for a file of more than 2 MiB."""
    if size > MOST_BYTES:
        what, allowed = "the file is larger than 2 MiB", f"at most {MOST_BYTES:_} bytes"
        raise DealFileError(name, [Issue("", what, allowed, code="DM-CAP-001")])


def refuse_access(path: str, error: OSError | ValueError) -> NoReturn:
    """Raise a `FileAccessError` that says in plain words why a file cannot be read."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        _refuse(path, "there is no such file", "", "check the name and the folder", "DM-IO-001")
    if isinstance(error, PermissionError):
        _refuse(path, "the file may not be read", "", "ask for permission to read it", "DM-IO-002")
    reason = (error.strerror or "").lower() if isinstance(error, OSError) else "its name is not a file name"
    _refuse(path, f"the file cannot be read: {reason}", "", "", "DM-IO-002")


def _taken(handle: int, name: str) -> bytes:
    check_size(os.fstat(handle).st_size, name)
    pieces: list[bytes] = []
    left = MOST_BYTES + 1
    while left > 0 and (piece := os.read(handle, left)):
        pieces.append(piece)
        left -= len(piece)
    raw = b"".join(pieces)
    check_size(len(raw), name)
    return raw


def _check_regular(path: str, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        _refuse(path, "this is not a regular file", "a file, or a folder with deal.yaml", "", "DM-IO-004")


def _check_suffix(path: str, suffixes: tuple[str, ...]) -> None:
    name = PurePath(path).name
    if PurePath(name).suffix.lower() not in suffixes:
        what, allowed = "the name does not end as a deal file's", ".yaml, .yml or .json"
        raise DealFileError(name, [Issue("", what, allowed, code="DM-YML-007")])


def _refuse(path: str, what: str, allowed: str, hint: str, code: str) -> NoReturn:
    raise FileAccessError(path, [Issue("", what, allowed, hint, code=code)])
