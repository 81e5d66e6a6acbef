"""Where in the file a path stands."""

from __future__ import annotations

import dataclasses

import pytest

from dealmodel.io.places import Document, Path, Place, dotted
from dealmodel.io.read import read_text

DEAL = """\
# A deal
deal:
  id: abc   # its name
  'closing': 2026-12-31
tranches:
  class_a: {ranking: 1, points: [[0, 1.0],
            [36, 0.06]]}
waterfalls:
  payments:
    - use: expenses
    - {pay: class_a}
    -
    - top_up
provenance:
  "*": {status: assumed}
  tranches.class_a: {status: known}
  tranches.class_a.points: {note: é𝄞, source: x}
"""
DOCUMENT = read_text(DEAL, "deal.yaml", "yaml")

JSON = """\
{
  "deal": {"id": "é𝄞", "closing": "2026-12-31"},
  "waterfalls": {"payments": [
    {"pay": "class_a"}, [1,
     2]
  ]}
}
"""


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ((), (2, 1)),
        (("deal",), (2, 1)),
        (("deal", "id"), (3, 3)),
        (("deal", "closing"), (4, 3)),
        (("tranches", "class_a", "ranking"), (6, 13)),
        (("tranches", "class_a", "points"), (6, 25)),
        (("tranches", "class_a", "points", 0), (6, 34)),
        (("tranches", "class_a", "points", 0, 1), (6, 38)),
        (("tranches", "class_a", "points", 1), (7, 13)),
        (("waterfalls", "payments", 0), (10, 7)),
        (("waterfalls", "payments", 0, "use"), (10, 7)),
        (("waterfalls", "payments", 1), (11, 7)),
        (("waterfalls", "payments", 1, "pay"), (11, 8)),
        (("waterfalls", "payments", 3), (13, 7)),
        (("provenance", "*"), (15, 3)),
        (("provenance", "tranches.class_a.points", "source"), (17, 39)),
    ],
)
def test_keys_stand_where_they_are_written_and_items_where_they_start(path: Path, place: tuple[int, int]) -> None:
    assert DOCUMENT.places[path] == place
    assert DOCUMENT.place_of(path) == place
    assert DOCUMENT.place_of(dotted(path)) == place


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("", (1, 1)),
        ("deal", (2, 3)),
        ("deal.id", (2, 12)),
        ("deal.closing", (2, 24)),
        ("waterfalls.payments", (3, 18)),
        ("waterfalls.payments[1]", (4, 5)),
        ("waterfalls.payments[1].pay", (4, 6)),
        ("waterfalls.payments[2]", (4, 25)),
        ("waterfalls.payments[2][1]", (4, 26)),
        ("waterfalls.payments[2][2]", (5, 6)),
    ],
)
def test_json_has_places_too(path: str, place: tuple[int, int]) -> None:
    assert read_text(JSON, "deal.json", "json").place_of(path) == place


@pytest.mark.parametrize("text", [DEAL, DEAL.replace("\n", "\r\n"), DEAL.replace("\n", "\r"), "\ufeff" + DEAL])
def test_places_do_not_depend_on_line_ends_or_a_byte_order_mark(text: str) -> None:
    assert read_text(text.encode(), "deal.yaml", "yaml").places == DOCUMENT.places


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("deal.name", (2, 1)),
        ("deal.id.deeper", (3, 3)),
        ("nothing.here", (2, 1)),
        ("waterfalls.payments[9].to", (9, 3)),
        ("waterfalls.payments[2].to", (11, 7)),
        ("waterfalls.payments[x]", (9, 3)),
        ("waterfalls.payments.to", (9, 3)),
        ("waterfalls.payments[0]", (9, 3)),
        ("provenance.tranches.class_a.coupon", (16, 3)),
        (("waterfalls", "payments", 7), (9, 3)),
        (("deal", "name", 0), (2, 1)),
    ],
)
def test_a_missing_path_stands_where_its_nearest_ancestor_does(path: str | Path, place: tuple[int, int]) -> None:
    assert DOCUMENT.place_of(path) == place


def test_a_document_without_places_has_none_to_give() -> None:
    assert Document({"a": 1}, "deal.yaml", "", {}).place_of("a") is None


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), ""),
        (("deal",), "deal"),
        (("waterfalls", "payments", 3, "to"), "waterfalls.payments[4].to"),
        (("points", 0, 1), "points[1][2]"),
        ((0, "a"), "[1].a"),
    ],
)
def test_dotted_counts_lists_from_one(path: Path, text: str) -> None:
    assert dotted(path) == text


def test_a_document_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        DOCUMENT.name = "other"  # type: ignore[misc]
    with pytest.raises(TypeError):
        DOCUMENT.places[()] = Place(1, 1)  # type: ignore[index]
