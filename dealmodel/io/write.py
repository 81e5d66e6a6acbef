"""Writes files whole or not at all: beside the target first, then in its place."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from dealmodel.basics.errors import FileAccessError, Issue

EXISTS, NOT_WRITTEN = "DM-IO-011", "DM-IO-012"


@contextlib.contextmanager
def replacing(target: Path, *, keep: bool = False) -> Iterator[Path]:
    """Lend a temporary file beside the target that takes its place if all goes well, and is gone if not.

    Parameters
    ----------
    target : path
        In a folder that exists.
    keep : bool
        Whether a file that is there by then stays, and FileExistsError is raised.
    """
    handle, name = tempfile.mkstemp(prefix=f".{target.stem[:40]}-", suffix=target.suffix, dir=target.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb+") as written:
            os.fsync(written.fileno())
        temporary.chmod(_mode(target))
        if keep:
            _take_a_free_place(temporary, target)
        else:
            temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def written(target: Path) -> Iterator[Path]:
    """Lend a temporary file as `replacing` does, and say plainly if the target cannot be written.

    Raises
    ------
    FileAccessError
        On any OSError while the file is written or takes its place.
    """
    try:
        with replacing(target) as temporary:
            yield temporary
    except OSError as error:
        raise FileAccessError(str(target), [Issue("", f"cannot be written: {error}", code=NOT_WRITTEN)]) from error


def write_text(text: str, target: Path, *, force: bool = False) -> None:
    """Write a text in UTF-8, in a folder that is made if need be. A file that is there stays, unless `force` is given.

    Raises
    ------
    FileAccessError
        If there is a file already, or it cannot be written.
    """
    try:
        if not force and os.path.lexists(target):
            raise FileExistsError
        target.parent.mkdir(parents=True, exist_ok=True)
        with replacing(target, keep=not force) as temporary:
            temporary.write_bytes(text.encode("utf-8"))
    except FileExistsError as error:
        if error.filename is not None and Path(error.filename) == target.parent:
            _refuse(target, f"{str(target.parent)!r} is not a folder", "", NOT_WRITTEN)
        _refuse(target, "there is a file of that name already", "choose another name, or add --force", EXISTS)
    except OSError as error:
        _refuse(target, f"cannot be written: {(error.strerror or str(error)).lower()}", "", NOT_WRITTEN)


def _take_a_free_place(temporary: Path, target: Path) -> None:
    """Give a file its name in one move that fails if the name is taken; where a disk has no such move, look first."""
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise
    except (OSError, NotImplementedError):
        if os.path.lexists(target):
            raise FileExistsError from None
        temporary.replace(target)


def _mode(target: Path) -> int:
    """Permissions of the file that is replaced, or those that new files get."""
    if target.exists():
        return target.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _refuse(target: Path, what: str, hint: str, code: str) -> NoReturn:
    raise FileAccessError(str(target), [Issue("", what, hint=hint, code=code)]) from None
