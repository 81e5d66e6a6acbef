"""Pages of the deal language, read off the fields of the kinds: one page for each part of a deal file."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, count
from types import NoneType
from typing import Any, get_args, get_origin

from pydantic.fields import FieldInfo

from dealmodel.basics.kinds import Family, Kind, kinds_of, word_of
from dealmodel.basics.moments import ALLOWED, Moment
from dealmodel.definition.deal import Deal
from dealmodel.definition.messages import either, members_of, plain_number, unit_of, word_for
from dealmodel.definition.numbers import limits_of
from dealmodel.definition.origins import DEFAULTS
from dealmodel.definition.reading import Form, fields_of
from dealmodel.definition.written import in_a_line

COMMAND = "dealmodel schema --markdown docs/language"
INDEX = "index.md"
COLUMNS = ("key", "what", "unit", "live or shape", "default and reason", "limits")
PAGE_OF = {"sources": "provenance"}
"""Keys that are told on the page of another key."""

_MANY = {"rows": "rows: ", "items": "a list of "}
_LIMITS = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}


@dataclass(frozen=True, slots=True)
class Part:
    """A kind as a page tells it."""

    heading: str
    kind: type[Kind]

    @property
    def anchor(self) -> str:
        """Name of the heading in a link."""
        return re.sub(r"[^a-z0-9_ -]", "", self.heading.lower()).replace(" ", "-")


def language_pages() -> dict[str, str]:
    """Markdown of every page by file name, the index first.

    A page tells what a part of the deal file is, then each kind that may stand there: its docstring, and a table of its
    fields with their unit, whether a scenario may change them without recompiling, default, reason and limits.
    """
    keys = [key for key, (_, _, form) in fields_of(Deal).items() if form.word != "leaf"]
    pages: dict[str, list[str]] = {PAGE_OF.get(key, key): [] for key in keys}
    for key in keys:
        pages[PAGE_OF.get(key, key)].append(key)
    told = {f"{name}.md": _page(sorted(inside, key=lambda key: key != name)) for name, inside in pages.items()}
    return {INDEX: _index(keys), **told}


def _index(keys: list[str]) -> str:
    lines = ["# The deal language", "", _made_by(), "", "What stands in a deal file, in the order of its keys.", ""]
    lines += [_row("key", "what", "page", "default and reason"), "|---|---|---|---|"]
    for key, (_, info, _) in fields_of(Deal).items():
        page = f"{PAGE_OF.get(key, key)}.md"
        link = f"[{page}]({page})" if key in keys else ""
        lines.append(_row(f"`{key}`", info.description or "", link, _default(info)))
    lines += ["", _HOW_TO_READ]
    return "\n".join(lines)


_HOW_TO_READ = f"""## How to read the tables

- A row stands under its id, which is a-z, 0-9 and _. In a family of rows, `{DEFAULTS}` is a row that gives every other
  its fields, field by field.
- Live: a scenario, an override or a cell of the workbook may change it, and the model stays the same. Shape: the model
  is compiled again; a scenario may `set` a number of it, and then has a workbook of its own.
- Money is in units of the currency, rates and shares are decimals (`0.085`).
- A time is {ALLOWED}. The month of `never` is 9999.
- A default has its reason. What has none is required.
"""


def _made_by() -> str:
    return f"Made by `{COMMAND}` from the fields of the kinds; changes belong there, not here."


def _page(keys: list[str]) -> str:
    lines = [f"# {' and '.join(keys)}", "", _made_by(), ""]
    for key in keys:
        _, info, form = fields_of(Deal)[key]
        if len(keys) > 1:
            lines += [f"## {key}", ""]
        said = _introduction(form) or [f"{info.description}.", ""]
        lines += [*said, _standing(form), ""]
        parts = _parts(form, key)
        lines += [line for part in parts for line in _told(part, parts, "###" if len(keys) > 1 else "##")]
    return "\n".join(lines).rstrip() + "\n"


def _standing(form: Form) -> str:
    """How a part of a deal file is laid out."""
    inside = form.of if form.word in ("rows", "items") else form
    chosen = f" `{inside.of.tag}` says of which kind." if inside.word == "family" else ""
    if form.word == "items":
        return f"One list.{chosen}"
    if form.word != "rows":
        return f"One mapping, with the fields below.{chosen}"
    if inside.word == "items":
        return "Each list stands under its name; what may stand in a list follows."
    return f"Each row stands under its key; `{DEFAULTS}` may give every row its fields.{chosen}"


def _introduction(form: Form) -> list[str]:
    """What the file of a family says of it."""
    while form.word in ("rows", "items"):
        form = form.of
    module = form.of.__module__
    if module == Deal.__module__:
        return []
    return [*_paragraphs(sys.modules[module].__doc__ or "")]


def _paragraphs(text: str) -> list[str]:
    """Paragraphs of a docstring up to its first headed section, each followed by an empty line."""
    found = []
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        if re.search(r"\n-{3,}\s*$", paragraph, re.MULTILINE):
            break
        found += [" ".join(paragraph.split()), ""]
    return found


def _parts(form: Form, key: str) -> list[Part]:
    """Every kind that may stand somewhere, and then the kinds inside them, each once."""
    found: dict[type[Kind], Part] = {}
    waiting = [(form, key, True)]
    while waiting:
        form, key, outermost = waiting.pop(0)
        while form.word in ("rows", "items"):
            form = form.of
        for kind in kinds_of(form.of) if form.word == "family" else [form.of] if form.word == "kind" else []:
            if kind not in found:
                taken = {part.heading for part in found.values()}
                found[kind] = Part(_not_among(taken, _heading(kind, key, outermost)), kind)
                waiting += [(inner, name, False) for name, (_, _, inner) in fields_of(kind).items()]
    return list(found.values())


def _heading(kind: type[Kind], key: str, outermost: bool) -> str:
    if not issubclass(kind, Family):
        return f"{key}: fields" if outermost else key
    if kind.key:
        return kind.key
    return f"{kind.tag if outermost else key}: {word_of(kind)}"


def _not_among(taken: set[str], heading: str) -> str:
    """A heading that no other kind has: itself, or with a word more, and then a number."""
    more = chain([heading, f"{heading}: fields"], (f"{heading}: fields {number}" for number in count(2)))
    return next(words for words in more if words not in taken)


def _told(part: Part, parts: list[Part], level: str) -> Iterator[str]:
    yield from (f"{level} {part.heading}", "")
    yield from _paragraphs(part.kind.__doc__ or "")
    yield from (_row(*COLUMNS), "|" + "---|" * len(COLUMNS))
    fields = fields_of(part.kind)
    first = (part.kind.key or part.kind.tag) if issubclass(part.kind, Family) else ""
    for key in sorted(fields, key=lambda key: key != first):
        _, info, form = fields[key]
        extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
        yield _row(
            f"`{key}`",
            info.description or "",
            unit_of(info),
            "live" if extra.get("live") else "shape",
            _default(info),
            _limits(info, form, parts),
        )
    yield ""


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "required"
    value = info.get_default(call_default_factory=True, validated_data={})
    shown = "none" if value in (None, "", (), {}) else f"`{in_a_line(value)}`"
    reason = info.json_schema_extra.get("reason", "") if isinstance(info.json_schema_extra, dict) else ""
    return f"{shown}: {reason}"


def _limits(info: FieldInfo, form: Form, parts: list[Part]) -> str:
    """What may stand in a field: a kind, the words allowed, or what sort of value and between which limits."""
    links = [f"[{part.heading}](#{part.anchor})" for part in parts if part.kind in _kinds_in(form)]
    plain = [member for member in members_of(info.annotation) if form.word not in _MANY and _is_plain(member)]
    found = limits_of(info)
    limits = [f"{word} {plain_number(limit)}" for key, word in _LIMITS.items() if (limit := found[key]) is not None]
    words = either([_word(member) for member in plain])
    said = ", ".join(filter(None, [words, " and ".join(limits)]))
    if not links:
        return said
    return " or ".join(filter(None, [_MANY.get(form.word, "") + either(links), said]))


def _kinds_in(form: Form) -> list[type[Kind]]:
    while form.word in ("rows", "items"):
        form = form.of
    if form.word == "family":
        return list(kinds_of(form.of))
    return [form.of] if form.word == "kind" else []


def _is_plain(member: Any) -> bool:
    """Whether a form of a field is a value: neither a kind, nor nothing."""
    return member is not NoneType and not (isinstance(member, type) and issubclass(member, Kind))


def _word(member: Any) -> str:
    if member is Moment:
        return "a time"
    if get_origin(member) is not tuple:
        return word_for(member)
    word = word_for(get_args(member)[0])
    if word.startswith("a pair "):
        return f"a list of pairs {word.removeprefix('a pair ')}"
    return "a list of names" if word == "a text" else f"a list of {word.removeprefix('a ')}{'' if '`' in word else 's'}"
