"""Puts keys and values together into a mapping with places, within caps, and gathers what is wrong."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NoReturn

from dealmodel.basics.errors import Issue
from dealmodel.io.characters import refused_in_value
from dealmodel.io.misread import shortened
from dealmodel.io.places import Path, Place, dotted
from dealmodel.io.scalars import Scalar

DEEPEST = 32
MOST_NODES = 100_000
LONGEST_KEY = 256
MOST_ISSUES = 1_000


class ReadingEnded(Exception):
    """Nothing after this can be read; the issues found so far say why."""


class Findings:
    """What is wrong with a file, gathered while it is read."""

    def __init__(self) -> None:
        self.issues: list[Issue] = []

    def add(self, issue: Issue) -> None:
        """Keep an issue and read on; after 1,000 of them the reading ends."""
        self.issues.append(issue)
        if len(self.issues) >= MOST_ISSUES:
            what = f"reading stopped after {MOST_ISSUES} problems"
            self.issues.append(Issue("", what, line=issue.line, column=issue.column, code="DM-CAP-005"))
            raise ReadingEnded

    def end(self, issue: Issue) -> NoReturn:
        """Keep an issue after which nothing can be read."""
        self.issues.append(issue)
        raise ReadingEnded


@dataclass(slots=True)
class _Open:
    """A mapping or list that is being filled."""

    path: Path
    holds: dict[str, object] | list[object]
    key: str | None = None
    keys: dict[str, Place] = field(default_factory=dict)


class Builder:
    """A mapping under construction, fed with keys and values in file order.

    Caps are checked at every step, before anything is stored: 32 levels, 100,000 keys and values.
    """

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.root: object = None
        self.places: dict[Path, Place] = {}
        self._open: list[_Open] = []
        self._nodes = 0

    @property
    def awaits_key(self) -> bool:
        """Whether a key must come next."""
        return bool(self._open) and isinstance(self._open[-1].holds, dict) and self._open[-1].key is None

    @property
    def path(self) -> Path:
        """Path of the value that comes next, or of the mapping if a key comes next."""
        if not self._open:
            return ()
        top = self._open[-1]
        if isinstance(top.holds, list):
            return (*top.path, len(top.holds))
        return top.path if top.key is None else (*top.path, top.key)

    def problem(self, issue: Issue, place: Place) -> None:
        """Keep an issue about what comes next."""
        self.findings.add(replace(issue, path=dotted(self.path), line=place.line, column=place.column))

    def open(self, holds: dict[str, object] | list[object], place: Place) -> None:
        """Start a mapping or a list."""
        if len(self._open) >= DEEPEST:
            self.findings.end(too_deep(place))
        path = self.path
        self._put(holds, place)
        self._open.append(_Open(path, holds))

    def close(self) -> None:
        """End the mapping or list that was started last."""
        self._open.pop()

    def key(self, text: str, place: Place, wrong: Issue | None = None) -> None:
        """Take a key of the open mapping; its value comes next.

        Parameters
        ----------
        text : str
            The key. It must not be empty, not longer than 256 characters, and not stand in the mapping already.
        place : Place
            Where it stands.
        wrong : Issue, optional
            What is already known to be wrong with it.
        """
        self._count(place)
        wrong = wrong or _wrong_with_key(text)
        if wrong is not None:
            self.problem(wrong, place)
        top = self._open[-1]
        top.key = _printable(text) if wrong else text
        self.places.setdefault(self.path, place)
        first = top.keys.setdefault(text, place) if wrong is None else place
        if first is not place:
            lines = f"lines {first.line} and {place.line}" if first.line != place.line else f"line {place.line}"
            what = f"key {shortened(text)!r} stands twice, in {lines}"
            self.problem(Issue("", what, hint="keep one of them", code="DM-YML-002"), place)

    def value(self, value: Scalar, place: Place) -> None:
        """Take a value that is neither a mapping nor a list."""
        refused = refused_in_value(value) if isinstance(value, str) else None
        if refused is not None:
            self.problem(refused, place)
        self._put(value, place)

    def _put(self, value: object, place: Place) -> None:
        self._count(place)
        if not self._open:
            self.root = value
            self.places[()] = place
            return
        top = self._open[-1]
        if isinstance(top.holds, list):
            self.places.setdefault(self.path, place)
            top.holds.append(value)
        elif top.key is not None:
            top.holds.setdefault(top.key, value)
            top.key = None

    def _count(self, place: Place) -> None:
        self._nodes += 1
        if self._nodes > MOST_NODES:
            what, allowed = f"more than {MOST_NODES:_} keys and values", f"at most {MOST_NODES:_}"
            self.findings.end(Issue("", what, allowed, line=place.line, column=place.column, code="DM-CAP-003"))


def too_deep(place: Place) -> Issue:
    """The issue that brackets or indentation go deeper than 32 levels."""
    what = f"more than {DEEPEST} levels of nesting"
    return Issue("", what, f"at most {DEEPEST}", line=place.line, column=place.column, code="DM-CAP-002")


def _printable(key: str) -> str:
    """A refused key as a path may show it."""
    return "".join(character if character.isprintable() else "?" for character in shortened(key))


def _wrong_with_key(text: str) -> Issue | None:
    if not text:
        return Issue("", "a key is empty", hint="give it a name", code="DM-YML-004")
    if len(text) > LONGEST_KEY:
        return Issue("", f"a key has {len(text)} characters", f"at most {LONGEST_KEY}", code="DM-CAP-004")
    if "\n" in text or "\t" in text or "\r" in text:
        return Issue("", "a key holds a tab or a line end", hint="write it in one line", code="DM-YML-004")
    return refused_in_value(text)
