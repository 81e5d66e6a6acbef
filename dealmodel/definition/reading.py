"""Plain data to the kinds of a deal, part by part: what can be read is kept, what cannot is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from dealmodel.basics.errors import Issue
from dealmodel.basics.kinds import Family, FamilyMark, Kind, key_of, kinds_of, word_of, words_of
from dealmodel.definition import messages

MOST_ISSUES = 1000

Word = Literal["family", "kind", "rows", "items", "leaf"]


class Form(NamedTuple):
    """What may stand in a field: one of a family, a kind, rows or a list of them, or a plain value.

    Parameters
    ----------
    word : str
        Which of them.
    of : type or Form
        The family, the kind, or the form of a row or an item.
    alone : bool
        Whether nothing else may stand there.
    """

    word: Word
    of: Any = None
    alone: bool = True


LEAF = Form("leaf")


@lru_cache(maxsize=1024)
def fields_of(kind: type[Kind]) -> dict[str, tuple[str, FieldInfo, Form]]:
    """Name, declaration and form of every field that a deal file may give, by key."""
    return {
        key_of(kind, name): (name, info, form_of(info.annotation, tuple(info.metadata)))
        for name, info in kind.model_fields.items()
        if not info.exclude
    }


def form_of(annotation: Any, metadata: tuple[Any, ...] = ()) -> Form:
    """Read the form of a field off its type."""
    while get_origin(annotation) is Annotated:
        metadata = (*metadata, *get_args(annotation)[1:])
        annotation = get_args(annotation)[0]
    mark = next((item for item in metadata if isinstance(item, FamilyMark)), None)
    if mark is not None:
        return Form("family", mark.family)
    if isinstance(annotation, type) and issubclass(annotation, Kind):
        return Form("kind", annotation)
    parts, origin = get_args(annotation), get_origin(annotation)
    if origin in (Union, UnionType):
        forms = [form_of(part) for part in parts if part is not NoneType]
        inner = [form for form in forms if form.word != "leaf"]
        return inner[0]._replace(alone=len(forms) == 1) if inner else LEAF
    if origin is dict or (origin is tuple and parts[-1] is Ellipsis):
        inside = form_of(parts[1] if origin is dict else parts[0])
        return LEAF if inside.word == "leaf" else Form("rows" if origin is dict else "items", inside)
    return LEAF


def is_section(kind: type[Kind]) -> bool:
    """Whether a kind holds families of rows, so that the rest of it is of use where one row is not.

    A row of a family is read whole or not at all, also where it holds rows of its own.
    """
    return not issubclass(kind, Family) and any(form.word == "rows" for _, _, form in fields_of(kind).values())


def families_of(kind: type[Kind], path: str = "") -> dict[str, Form]:
    """Every family of rows in a section and the sections inside it, by path, with the form of a row."""
    found: dict[str, Form] = {}
    for key, (_, _, form) in fields_of(kind).items():
        place = f"{path}.{key}" if path else key
        if form.word == "rows":
            found[place] = form.of
        elif form.word == "kind" and is_section(form.of):
            found |= families_of(form.of, place)
    return found


@dataclass
class Reader:
    """Reads kinds, and gathers what is wrong.

    Parameters
    ----------
    issues : list of Issue
        In the order found.
    broken : set of str
        Paths of what could not be read.
    """

    issues: list[Issue] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)

    def kind(self, kind: type[Kind], data: Any, path: str) -> Any:
        """Return a kind read from a mapping; None where it cannot be read; a section with whatever can."""
        if not isinstance(data, Mapping):
            return self._refuse(path, messages.not_a(path, data, "a mapping of fields"))
        before = len(self.issues)
        given, failed = self._values(kind, data, path)
        built, good = self._built(kind, given, failed, path)
        if built is None or len(self.issues) > before:
            self.broken.add(path)
            built = _partial(kind, good) if is_section(kind) else None
        if built is not None:
            built._path = path  # kinds inside it have theirs already
        return built

    def _values(self, kind: type[Kind], data: Mapping[Any, Any], path: str) -> tuple[dict[str, Any], set[str]]:
        """Read every field that is given; say which keys failed."""
        fields = fields_of(kind)
        given: dict[str, Any] = {}
        failed: set[str] = set()
        for key, value in islice(data.items(), MOST_ISSUES if len(self.issues) < MOST_ISSUES else 0):
            place = f"{path}.{key}" if path else str(key)
            if key not in fields:
                aliases = {name: alias for alias, (name, _, _) in fields.items() if name != alias}
                meant = aliases.get(key) or messages.closest(key, [word for word in fields if word not in data])
                self.issues.append(messages.unknown_key(place, key, list(fields), meant))
                failed.add(meant)
                continue
            before = len(self.issues)
            given[key] = self._value(fields[key][2], value, place)
            if len(self.issues) > before:
                failed.add(key)
        return given, failed

    def _value(self, form: Form, data: Any, path: str) -> Any:
        if form.word == "leaf" or (data is None and form.word in ("kind", "family") and not form.alone):
            return data
        if not form.alone and not isinstance(data, Mapping):
            return data
        if form.word == "family":
            return self._family(form.of, data, path)
        if form.word == "kind":
            return self.kind(form.of, data, path)
        return self._rows(form.of, data, path) if form.word == "rows" else self._items(form.of, data, path)

    def _rows(self, form: Form, data: Any, path: str) -> dict[str, Any]:
        if not isinstance(data, Mapping):
            self._refuse(path, messages.not_a(path, data, "a mapping of ids to rows"))
            return {}
        rows = {key: self._value(form, value, f"{path}.{key}") for key, value in data.items()}
        return {key: row for key, row in rows.items() if row is not None}

    def _items(self, form: Form, data: Any, path: str) -> tuple[Any, ...]:
        if not isinstance(data, tuple):
            self._refuse(path, messages.not_a(path, data, "a list"))
            return ()
        items = [self._value(form, value, f"{path}[{number}]") for number, value in enumerate(data, 1)]
        return tuple(item for item in items if item is not None)

    def _family(self, family: type[Family], data: Any, path: str) -> Any:
        if not isinstance(data, Mapping):
            return self._refuse(path, messages.not_a(path, data, "a mapping of fields"))
        words = words_of(family)
        if any(kind.key for kind in kinds_of(family)):
            found = [word for word in words if word in data]
            issue = None if len(found) == 1 else _verbs(family.noun, path, data, found, words)
        else:
            found = [data[family.tag]] if family.tag in data else []
            issue = None if found and found[0] in words else _no_word(family, path, found)
        if issue is not None:
            return self._refuse(path, issue)
        return self.kind(next(kind for kind in kinds_of(family) if word_of(kind) == found[0]), data, path)

    def _built(
        self, kind: type[Kind], given: dict[str, Any], failed: set[str], path: str
    ) -> tuple[Kind | None, dict[str, Any]]:
        """Make the kind, or say what pydantic finds wrong with its plain values; also the values that are good."""
        found: dict[str, list[Any]] = {}
        sound = {key: value for key, value in given.items() if key not in failed}
        try:
            return kind.model_validate(sound), given
        except ValidationError as error:
            for item in error.errors(include_url=False, include_input=False):
                found.setdefault(str(item["loc"][0]) if item["loc"] else "", []).append(item)
        except TypeError:
            self.issues.append(Issue(path, "a word stands where only a number may", code=messages.WRONG_TYPE))
        for key, errors in found.items():
            if key not in failed and (key or not failed):  # the whole is not judged without a part that failed
                self.issues.append(self._said(kind, key, errors, given, path))
        return None, {key: value for key, value in given.items() if key not in found or key in failed}

    def _said(self, kind: type[Kind], key: str, errors: list[Any], given: Mapping[str, Any], path: str) -> Issue:
        if not key:
            return Issue(path, str(errors[0].get("ctx", {}).get("error", "cannot be read")), code=messages.REFUSED)
        place = f"{path}.{key}" if path else key
        _, info, _ = fields_of(kind)[key]
        if key in given:
            return messages.field_issue(errors, info, given[key], place)
        if not path or is_section(kind):
            self.broken.add(place)
        return messages.missing(place, info)

    def _refuse(self, path: str, issue: Issue) -> None:
        self.issues.append(issue)
        self.broken.add(path)


def _partial(kind: type[Kind], good: Mapping[str, Any]) -> Kind:
    """Make a section of what can be read, unchecked; the rest is None, or the default."""
    values = {}
    for key, (name, info, form) in fields_of(kind).items():
        default = None if info.is_required() else info.get_default(call_default_factory=True, validated_data={})
        values[name] = good.get(key, {} if form.word == "rows" and default is None else default)
    return kind.model_construct(**values)


def _no_word(family: type[Family], path: str, found: list[Any]) -> Issue:
    words, tag = words_of(family), family.tag
    if not found:
        return Issue(f"{path}.{tag}", f"missing: the {tag}", messages.listed(words), code=messages.MISSING)
    hint = messages.close_to(found[0], words) if isinstance(found[0], str) else ""
    what = f"unknown {tag} {messages.said(found[0])}"
    return Issue(f"{path}.{tag}", what, messages.listed(words), hint, code=messages.NO_KIND)


def _verbs(noun: str, path: str, data: Mapping[Any, Any], found: list[str], words: list[str]) -> Issue:
    """Of a family chosen by a key: none of the keys is there, or several are."""
    key, article = ("verb" if noun == "step" else "form"), ("an" if noun[0] in "aeiou" else "a")
    if found:
        both = " and ".join(f"`{word}`" for word in found)
        return Issue(path, f"{both} stand in one {noun}", f"{article} {noun} has one {key}", code=messages.NO_KIND)
    near = next((hint for key in data if (hint := messages.close_to(key, words))), "")
    return Issue(path, f"{article} {noun} without a {key}", messages.listed(words), near, code=messages.NO_KIND)
