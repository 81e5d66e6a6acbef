"""What can be wrong, and how it is said: where, what, got, allowed, hint, in that order."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MOST_ISSUES_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that is wrong, at one place that its author can see.

    Parameters
    ----------
    path : str
        Keys of the deal file joined by dots, such as `tranches.class_a.coupon`; empty for the file as a whole.
    what : str
        What was found, as a sentence without a full stop.
    allowed, hint : str
        What may stand there; what to do about it. Either may be empty.
    line, column : int or None
        Place in the file, counted from 1.
    code : str
        A stable name of this kind of problem, such as `DM-REF-001`.
    """

    path: str
    what: str
    allowed: str = ""
    hint: str = ""
    line: int | None = None
    column: int | None = None
    code: str = ""

    def text(self) -> str:
        """Say it in one line."""
        place = self.path or "file"
        if self.line is not None:
            place += f" (line {self.line})"
        said = [part for part in (self.what, self.allowed, self.hint) if part]
        return f"{place}: {'; '.join(said)}"


class DealError(Exception):
    """Anything dealmodel refuses to do. `issues` says what and where; the text says it to a person."""

    exit_code = 1

    def __init__(self, subject: str, issues: Iterable[Issue] = ()) -> None:
        self.subject = subject
        self.issues = tuple(issues)
        super().__init__(subject)

    def __str__(self) -> str:
        if not self.issues:
            return self.subject
        count = "1 problem" if len(self.issues) == 1 else f"{len(self.issues)} problems"
        shown = [f"  {issue.text()}" for issue in self.issues[:MOST_ISSUES_SHOWN]]
        if len(self.issues) > MOST_ISSUES_SHOWN:
            shown.append(f"  ... and {len(self.issues) - MOST_ISSUES_SHOWN} more")
        return "\n".join([f"{self.subject} has {count}", *shown])


class DealFileError(DealError):
    """The deal file, a scenario or an override cannot be used as it stands. Exit code 2."""

    exit_code = 2


class ModelError(DealError):
    """A formula cannot be compiled, or a run broke an invariant. Exit code 1."""

    exit_code = 1


class FileAccessError(DealError):
    """A file cannot be read or written. Exit code 3."""

    exit_code = 3


class WorkbookError(DealError):
    """A workbook cannot be written, or does not recalculate to the engine's numbers. Exit code 1."""

    exit_code = 1


def nearest(name: str, known: Iterable[str]) -> str:
    """Return "did you mean ...?" for the known name closest to a misspelled one, or nothing."""
    close = difflib.get_close_matches(str(name), [str(item) for item in known], n=1, cutoff=0.6)
    return f"did you mean {close[0]!r}?" if close else ""


def in_file_order(issues: Sequence[Issue]) -> tuple[Issue, ...]:
    """Sort issues as their author meets them; those without a line come last, in the order found."""
    return tuple(sorted(issues, key=lambda issue: (issue.line is None, issue.line or 0, issue.column or 0)))
