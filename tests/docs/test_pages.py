"""The pages of the deal language are those that the fields make, and every page of the documents can be reached."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dealmodel.basics.kinds import Kind, inner_kinds
from dealmodel.definition.field_tables import COMMAND, language_pages
from dealmodel.definition.load import load_deal
from dealmodel.definition.reading import fields_of

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = language_pages()
LINK = re.compile(r"\]\(([^)\s]+)\)")


def test_the_pages_are_those_that_the_fields_make() -> None:
    """After a change of a kind: `dealmodel schema --markdown docs/language`."""
    there = {path.name: path.read_text(encoding="utf-8") for path in (DOCS / "language").iterdir()}
    assert sorted(there) == sorted(PAGES)
    for name, text in PAGES.items():
        assert there[name] == text, f"docs/language/{name} is out of date; run {COMMAND}"


def test_the_command_that_makes_them_is_documented() -> None:
    assert COMMAND in (DOCS / "contributing.md").read_text(encoding="utf-8")


def test_there_is_a_page_for_each_part_of_a_deal_file() -> None:
    parts = {
        "deal", "market", "collateral", "customers", "contracts", "tranches", "fees", "accounts", "tests", "states",
        "waterfalls", "scenarios", "provenance",
    }  # fmt: skip
    assert {f"{part}.md" for part in parts} <= set(PAGES)
    assert "## sources" in PAGES["provenance.md"]


@pytest.mark.parametrize(
    ("page", "row"),
    [
        ("collateral.md", "| `decline_per_year` | Share of the value lost in a year of age | share per year | live "
                          "| required | a number, at least 0 and less than 1 |"),
        ("contracts.md", "| `start` | When it begins | month | live | `delivery`: a contract begins on delivery "
                         "| a time |"),
        ("contracts.md", "| `term_months` | Length of the contract | months | live | required "
                         "| a whole number, at least 1 and at most 600 |"),
        ("tranches.md", "| `coupon` | Rate of interest | name | shape | required | [coupon](#coupon) |"),
        ("scenarios.md", "| `from` | First month in which it acts | month | shape | none: without, it acts always "
                         "| a time |"),
        ("waterfalls.md", "| `order` | Whether a list is paid one after the other, or in proportion | name | shape "
                          "| `pro_rata`: a list is pro rata unless it says otherwise | `sequential` or `pro_rata` |"),
    ],
)  # fmt: skip
def test_a_row_says_what_a_field_declares(page: str, row: str) -> None:
    assert row in PAGES[page].splitlines()


def test_every_field_of_the_flagship_stands_in_a_table() -> None:
    kinds: set[type[Kind]] = {type(kind) for kind in inner_kinds(load_deal(ROOT / "sample_deals" / "gpu_abs_abc"))}
    rows = "\n".join(PAGES.values())
    for kind in kinds:
        for key, (_, info, _) in fields_of(kind).items():
            assert f"| `{key}` | {info.description} |" in rows, (kind, key)


@pytest.mark.parametrize("page", PAGES)
def test_headings_differ_and_links_within_a_page_lead_to_them(page: str) -> None:
    headings = re.findall(r"^#+ (.*)$", PAGES[page], flags=re.MULTILINE)
    assert len(headings) == len(set(headings))
    anchors = {re.sub(r"[^a-z0-9_ -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert {link[1:] for link in LINK.findall(PAGES[page]) if link.startswith("#")} <= anchors


@pytest.mark.parametrize("page", PAGES)
def test_tables_are_whole(page: str) -> None:
    """Every row of a table has as many cells as its heading, and none of the text holds a type of Python."""
    for table in re.findall(r"(?:^\|.*\n)+", PAGES[page], flags=re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}) == 1
    assert not re.search(r"<class|Annotated|typing|NoneType|PydanticUndefined|\.py\b", PAGES[page])


def test_every_page_can_be_reached_from_the_index() -> None:
    waiting, reached = [DOCS / "index.md"], set()
    while waiting:
        page = waiting.pop()
        if page not in reached:
            reached.add(page)
            found = [link.partition("#")[0] for link in LINK.findall(page.read_text(encoding="utf-8"))]
            waiting += [(page.parent / link).resolve() for link in found if link.endswith(".md")]
    assert set(DOCS.rglob("*.md")) <= reached


def test_the_glossary_has_each_word_once() -> None:
    rows = re.findall(r"^\| (.+?) \| (.+) \|$", (DOCS / "glossary.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    words = [word for said, _ in rows for word in said.split(", ")]
    assert len(words) == len(set(words))
