"""YAML text to keys and values: the plain part of YAML, without anchors, aliases, tags or merge keys."""

from __future__ import annotations

import yaml

from dealmodel.basics.errors import Issue
from dealmodel.io.build import Builder, ReadingEnded, too_deep
from dealmodel.io.misread import shortened
from dealmodel.io.places import Place
from dealmodel.io.scalars import Scalar, read_plain

_LOADER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
_NOTHING_OF = {
    "anchor": "write the rows out, or use `defaults`",
    "alias": "write the rows out, or use `defaults`",
    "tag": "write the value without it",
    "merge key": "use `defaults`",
    "directive": "delete the line",
}
_SYNTAX = (
    (
        "mapping values are not allowed",
        "a ':' stands where no key can be",
        "check the indentation; quote text with ': '",
    ),
    ("escape", "an unknown escape in double quotes", "use single quotes, or write \\\\ for a backslash"),
    ("quoted scalar", "text in quotes is not closed", "end it with the same quote"),
    ("flow", "brackets are not closed, or a comma is missing", "check the brackets and commas"),
    ("cannot start any token", "{} cannot start a value", "put the text in quotes"),
    ("could not find expected ':'", "a ':' is missing after a key", "write `key: value`"),
    ("<document start>", "text stands after the end of the mapping", "delete it, or check the brackets above"),
    (
        "block",
        "the line does not fit the lines above",
        "check its indentation and quotes, and that list items start with '- '",
    ),
)


def read_yaml(text: str, builder: Builder) -> None:
    """Feed the keys and values of a YAML text to a builder, in file order.

    The text is read as a stream of events, so nothing is resolved or expanded: an anchor, alias, tag, merge key or
    directive is an issue. Reading ends at a syntax error, at a second document and at a list or mapping used as a key.

    Parameters
    ----------
    text : str
        A text without refused characters.
    builder : Builder
        Where keys, values and issues go.

    Raises
    ------
    ReadingEnded
        If the rest cannot be read.
    """
    reader = _Reader(builder)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            reader.take(event)
    except yaml.MarkedYAMLError as error:
        builder.findings.end(_syntax_issue(error, text))
    except (yaml.YAMLError, ValueError, OverflowError):
        builder.findings.end(Issue("", "the file cannot be read as YAML", code="DM-YML-003"))


class _Reader:
    """Hands each event of a YAML text to the builder, or says why it may not stand in a deal file."""

    def __init__(self, builder: Builder) -> None:
        self._builder = builder
        self._documents = 0

    def take(self, event: yaml.Event) -> None:
        place = _place_of(event)
        if isinstance(event, yaml.DocumentStartEvent):
            self._document(event, place)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._builder.close()
        elif isinstance(event, yaml.NodeEvent):
            self._refuse_machinery(event, place)
            self._node(event, place)

    def _document(self, event: yaml.DocumentStartEvent, place: Place) -> None:
        self._documents += 1
        if event.version or event.tags:
            self._refuse("directive", "%", place)
        if self._documents > 1:
            what, hint = "a second document starts here", "keep one deal in a file"
            self._builder.findings.end(Issue("", what, "", hint, place.line, place.column, "DM-YML-006"))

    def _refuse_machinery(self, event: yaml.NodeEvent, place: Place) -> None:
        tag = getattr(event, "tag", None)
        if isinstance(event, yaml.AliasEvent):
            self._refuse("alias", f"*{event.anchor}", place)
        elif event.anchor is not None:
            self._refuse("anchor", f"&{event.anchor}", place)
        if tag is not None:
            self._refuse("tag", tag.replace("tag:yaml.org,2002:", "!!"), place)

    def _refuse(self, name: str, found: str, place: Place) -> None:
        what = f"YAML {name} {shortened(found)!r}"
        hint = _NOTHING_OF[name]
        self._builder.problem(Issue("", what, "a deal file has none", hint, code="DM-YML-001"), place)

    def _node(self, event: yaml.NodeEvent, place: Place) -> None:
        if self._builder.awaits_key:
            self._key(event, place)
        elif isinstance(event, yaml.MappingStartEvent):
            self._builder.open({}, place)
        elif isinstance(event, yaml.SequenceStartEvent):
            self._builder.open([], place)
        elif isinstance(event, yaml.ScalarEvent):
            self._builder.value(self._scalar(event, place), place)
        else:
            self._builder.value(None, place)

    def _scalar(self, event: yaml.ScalarEvent, place: Place) -> Scalar:
        if not _is_plain(event) or _spans_lines(event):
            return event.value
        value = read_plain(event.value)
        if isinstance(value, Issue):
            self._builder.problem(value, place)
            return None
        return value

    def _key(self, event: yaml.NodeEvent, place: Place) -> None:
        if isinstance(event, yaml.CollectionStartEvent):
            what, hint = "a list or mapping stands as a key", "quote text that starts with a bracket"
            self._builder.problem(Issue("", what, "a key is text", hint, code="DM-YML-004"), place)
            raise ReadingEnded
        elif isinstance(event, yaml.ScalarEvent):
            self._builder.key(event.value, place, _wrong_with_plain(event.value) if _is_plain(event) else None)
        else:
            self._builder.key(f"*{event.anchor}", place)


def _place_of(event: yaml.Event) -> Place:
    mark = event.start_mark
    return Place(mark.line + 1, mark.column + 1) if mark is not None else Place(1, 1)


def _is_plain(event: yaml.ScalarEvent) -> bool:
    return bool(event.implicit[0])


def _spans_lines(event: yaml.ScalarEvent) -> bool:
    start, end = event.start_mark, event.end_mark
    return start is not None and end is not None and start.line != end.line


def _wrong_with_plain(key: str) -> Issue | None:
    """What keeps an unquoted key from being text."""
    if key == "<<":
        return Issue("", "YAML merge key '<<'", "a deal file has none", _NOTHING_OF["merge key"], code="DM-YML-001")
    if isinstance(read_plain(key), str):
        return None
    found = f"{shortened(key)} stands as a key" if key else "a key is missing before ':'"
    hint = f'write "{shortened(key)}" in quotes' if key else "give it a name"
    return Issue("", found, "a key is text", hint, code="DM-YML-004")


def _syntax_issue(error: yaml.MarkedYAMLError, text: str) -> Issue:
    """A syntax error of the parser in words that do not need a knowledge of YAML."""
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line, mark.column) if mark is not None else (0, 0)
    rows = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    row = rows[line] if line < len(rows) else ""
    problem = f"{error.context} {error.problem}"
    if "nesting depth" in problem:
        return too_deep(Place(line + 1, column + 1))
    what, hint = _said(problem, row[column : column + 1])
    if "\t" in row[: len(row) - len(row.lstrip())]:
        what, hint = "a tab stands in the indentation", "indent with spaces"
    elif error.context_mark is not None and error.context_mark.line < line:
        what += f" (begun in line {error.context_mark.line + 1})"
    return Issue("", what, hint=hint, line=line + 1, column=column + 1, code="DM-YML-003")


def _said(problem: str, character: str) -> tuple[str, str]:
    for part, what, hint in _SYNTAX:
        if part in problem:
            return what.format(repr(character)), hint
    return "the line cannot be read as YAML", "check its punctuation"
