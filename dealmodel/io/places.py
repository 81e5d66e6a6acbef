"""A deal file as read: its data, and where in the file each part of it stands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from dealmodel.basics.errors import Issue

Path: TypeAlias = tuple[str | int, ...]

_ITEM = re.compile(r"\[([0-9]{1,9})\]")
_STEP_ENDS = ".["


class Place(NamedTuple):
    """Line and column of a file, both counted from 1 and in characters."""

    line: int
    column: int


@dataclass(frozen=True)
class Document:
    """A deal file as plain data, before any of it has a meaning.

    Parameters
    ----------
    data : dict
        Mappings, lists, text, numbers, dates, truth values and nothing else.
    name : str
        Name of the file, without its folder.
    sha256 : str
        SHA-256 of the file's bytes, 64 hexadecimal digits.
    places : mapping
        Place of every path. A key stands where the key is written, not its value; an item of a list where the item
        starts; the empty path where the top mapping starts.
    misread : tuple of Issue
        Numbers that cannot be read as written, where the reader was asked to go on; null stands in their place.
    """

    data: dict[str, Any]
    name: str
    sha256: str
    places: Mapping[Path, Place]
    misread: tuple[Issue, ...] = ()

    def place_of(self, path: str | Path) -> Place | None:
        """Line and column where a path stands, or its nearest ancestor if the path itself is not in the file.

        Parameters
        ----------
        path : str or tuple
            Keys and list positions. In a tuple, lists are counted from 0: `("payments", 3, "to")`. In text, they are
            counted from 1 as `dotted` writes them: `payments[4].to`. Where keys hold dots themselves, the longest
            key that fits is taken.

        Returns
        -------
        Place or None
            None only if the document has no places at all.
        """
        steps = self._steps_of(path) if isinstance(path, str) else path
        for length in range(len(steps), -1, -1):
            place = self.places.get(steps[:length])
            if place is not None:
                return place
        return None

    def _steps_of(self, text: str) -> Path:
        steps: list[str | int] = []
        node: object = self.data
        while text:
            step, text = _first_step(node, text)
            if step is None:
                break
            steps.append(step)
            node = _child(node, step)
        return tuple(steps)


def dotted(path: Path) -> str:
    """Path as people read it: keys joined by dots, list positions in brackets and counted from 1.

    Parameters
    ----------
    path : tuple
        Keys, and list positions counted from 0.

    Returns
    -------
    str
        Such as `waterfalls.payments[4].to` for `("waterfalls", "payments", 3, "to")`.
    """
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step + 1}]"
        else:
            text += f".{step}" if text else step
    return text


def _first_step(node: object, text: str) -> tuple[str | int | None, str]:
    """Split the first key or list position off a dotted text, given what stands in the file there."""
    if isinstance(node, list):
        item = _ITEM.match(text)
        if item is None:
            return None, ""
        return int(item[1]) - 1, text[item.end() :].removeprefix(".")
    if isinstance(node, dict):
        ends = [at for at, character in enumerate(text) if character in _STEP_ENDS]
        for end in [len(text), *reversed(ends)]:
            if text[:end] in node:
                return text[:end], text[end:].removeprefix(".")
    return None, ""


def _child(node: object, step: str | int) -> object:
    if isinstance(node, dict):
        return node[step]
    if isinstance(node, list) and isinstance(step, int) and 0 <= step < len(node):
        return node[step]
    return None
