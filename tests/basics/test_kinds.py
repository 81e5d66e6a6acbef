"""The registry of kinds, on a family made up here: tools told apart by a word, verbs by a key of their own."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import pytest
from pydantic import TypeAdapter, ValidationError

from dealmodel.basics.kinds import (
    Family,
    Kind,
    inner_kinds,
    key_of,
    kinds_of,
    live,
    place_kinds,
    shape,
    union_of,
    word_of,
    words_of,
)


class Tool(Family):
    """Base of the tools."""

    weight: float = live("units", "Weight", default=1.0, reason="a light one", ge=0)


class Saw(Tool):
    """A saw."""

    kind: Literal["saw"] = shape("name", "Kind of tool")
    teeth: int = shape("units", "Number of teeth", gt=0)


class HeavyTool(Tool):
    """Base of the heavy tools."""


class Hammer(HeavyTool):
    """A hammer."""

    kind: Literal["hammer"] = shape("name", "Kind of tool")


class Verb(Family):
    """Base of the verbs."""


class Cut(Verb):
    """Cut something."""

    key: ClassVar[str] = "cut"
    cut: str = shape("name", "What is cut")


class Hit(Verb):
    """Hit something, or several things."""

    key: ClassVar[str] = "hit"
    hit: tuple[str, ...] = shape("name", "What is hit")


AnyTool: Any = union_of(Tool)
AnyVerb: Any = union_of(Verb)


class Box(Kind):
    """A box of tools."""

    tools: dict[str, AnyTool] = shape("table", "Tools by name")
    steps: tuple[AnyVerb, ...] = shape("table", "What is done", default=(), reason="nothing need be done")
    lid_class: str = shape("name", "Kind of lid", alias="class", default="none", reason="a box may be open")


def a_box() -> Box:
    return Box.model_validate(
        {
            "tools": {"old": {"kind": "saw", "teeth": 20, "weight": 2.0}, "new": {"kind": "hammer"}},
            "steps": ({"cut": "wood"}, {"hit": ("nail", "thumb")}),
            "class": "wooden",
        }
    )


# Declaring


@pytest.mark.parametrize("declare", [live, shape])
def test_a_unit_that_is_not_listed_is_refused(declare: Any) -> None:
    with pytest.raises(ValueError, match=r"^'furlongs' is not a unit; add it to UNITS with care$"):
        declare("furlongs", "Length")


@pytest.mark.parametrize("declare", [live, shape])
@pytest.mark.parametrize("default", [0.0, None, "", ()])
def test_a_default_needs_its_reason(declare: Any, default: Any) -> None:
    with pytest.raises(ValueError, match="needs its reason"):
        declare("share", "A share", default=default)


def test_a_declaration_keeps_unit_and_reason_and_says_whether_it_is_live() -> None:
    weight, teeth = Saw.model_fields["weight"], Saw.model_fields["teeth"]
    assert weight.json_schema_extra == {"unit": "units", "live": True, "reason": "a light one"}
    assert teeth.json_schema_extra == {"unit": "units", "live": False, "reason": ""}
    assert teeth.is_required()
    assert not weight.is_required()


def test_limits_hold_at_their_ends() -> None:
    assert Saw(kind="saw", teeth=1, weight=0.0).weight == 0.0
    for beyond in ({"teeth": 0}, {"teeth": 1, "weight": -1e-9}):
        with pytest.raises(ValidationError, match="greater than"):
            Saw.model_validate({"kind": "saw", **beyond})


def test_a_default_is_held_to_the_limits_too() -> None:
    class Broken(Kind):
        """Its default is beyond its limit."""

        share: float = live("share", "A share", default=2.0, reason="an oversight", le=1)

    with pytest.raises(ValidationError, match="less than or equal to 1"):
        Broken()


@pytest.mark.parametrize(
    "fields",
    [
        {"teeth": "20"},
        {"teeth": 20.0},
        {"teeth": True},
        {"teeth": 20, "weight": float("nan")},
        {"teeth": 20, "weight": float("inf")},
        {"teeth": 20, "length": 1.0},
    ],
)
def test_kinds_are_strict(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Saw.model_validate({"kind": "saw", **fields})


# Families


def test_kinds_of_a_family_are_its_leaves_in_the_order_written() -> None:
    assert kinds_of(Tool) == [Saw, Hammer]
    assert kinds_of(HeavyTool) == [Hammer]
    assert kinds_of(Saw) == []


def test_words_are_tags_or_keys() -> None:
    assert words_of(Tool) == ["saw", "hammer"]
    assert words_of(Verb) == ["cut", "hit"]
    assert word_of(Hammer) == "hammer"
    assert word_of(Hit) == "hit"


def test_a_kind_is_chosen_by_its_tag() -> None:
    box = a_box()
    assert type(box.tools["old"]) is Saw
    assert type(box.tools["new"]) is Hammer


def test_a_kind_is_chosen_by_the_key_that_only_it_has() -> None:
    assert [type(step) for step in a_box().steps] == [Cut, Hit]


def test_a_kind_that_is_made_already_is_taken_as_it_is() -> None:
    saw = Saw(kind="saw", teeth=3)
    assert TypeAdapter(AnyTool).validate_python(saw) == saw
    assert TypeAdapter(AnyVerb).validate_python(Cut(cut="wood")) == Cut(cut="wood")


@pytest.mark.parametrize("value", [{"kind": "axe"}, {"teeth": 20}, {"kind": 5}, "saw", None, 3.0])
def test_what_names_no_kind_of_the_family_is_refused(value: Any) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(AnyTool).validate_python(value)


@pytest.mark.parametrize("value", [{}, {"saw": "wood"}, {"cut": "wood", "hit": ("nail",)}])
def test_a_verb_without_its_key_or_with_two_is_refused(value: Any) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(AnyVerb).validate_python(value)


# Places


def test_every_kind_is_told_its_place() -> None:
    box = a_box()
    place_kinds(box, "")
    assert [kind.path for kind in inner_kinds(box)] == ["", "tools.old", "tools.new", "steps[1]", "steps[2]"]
    assert box.tools["old"].row == "old"
    assert box.steps[1].path_of("hit") == "steps[2].hit"
    place_kinds(box, "boxes.mine")
    assert box.path == "boxes.mine"
    assert box.row == "mine"
    assert box.tools["new"].path_of("weight") == "boxes.mine.tools.new.weight"


def test_a_place_is_written_as_in_the_deal_file() -> None:
    box = a_box()
    assert key_of(Box, "lid_class") == "class"
    assert key_of(Box, "tools") == "tools"
    assert box.path_of("lid_class") == "class"
    place_kinds(box, "box")
    assert box.path_of("lid_class") == "box.class"


def test_inner_kinds_come_outermost_first_in_the_order_of_fields() -> None:
    assert [type(kind) for kind in inner_kinds([a_box(), {"more": (Cut(cut="rope"), 3.0, None)}])] == [
        Box, Saw, Hammer, Cut, Hit, Cut,
    ]  # fmt: skip
    assert list(inner_kinds("text")) == []
