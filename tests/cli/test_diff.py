"""`dealmodel diff`: what differs between two deals, on the screen and as data."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FLAGSHIP = ROOT / "sample_deals" / "gpu_abs_abc"
SMALL = ROOT / "tests" / "definition" / "small_deal.yaml"


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """The small deal with a dearer junior note and one fee more."""
    text = SMALL.read_text(encoding="utf-8")
    for old, new in (
        ("fixed: 0.09", "fixed: 0.10"),
        ("fees:\n", "fees:\n  agent: {amount_per_year: 12_000}\n"),
        ("pay: [trustee, site_costs]", "pay: [trustee, agent, site_costs]"),
    ):
        assert text.count(old) == 1
        text = text.replace(old, new)
    path = tmp_path / "changed.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_tables_name_what_differs_and_fit_the_page(dealmodel, changed: Path) -> None:
    said = dealmodel("diff", SMALL, changed)
    assert (said.code, said.err) == (0, "")
    heading, tables = said.out.split("\n\n", 1)
    assert heading.splitlines() == [f"A {SMALL}", f"B {changed}"]
    assert max(len(line) for line in tables.splitlines()) <= 100
    assert "Definition: 3 differences" in tables
    rows = {words[0]: words[1:] for line in tables.splitlines() if (words := line.split())}
    assert rows["tranches.junior.coupon.fixed"][-3:] == ["changed", "0.09", "0.1"]
    assert rows["fees.agent"] == ["added", "amount_per_year:", "12_000"]
    assert "Results of scenario base; amounts in millions" in tables


def test_the_same_deal_says_so_in_a_line(dealmodel) -> None:
    said = dealmodel("diff", FLAGSHIP, FLAGSHIP / "deal.yaml")
    assert said.code == 0
    assert said.out.splitlines()[-2:] == [
        "The definitions are the same.",
        "The results of scenario base are the same.",
    ]


def test_as_data(dealmodel, changed: Path) -> None:
    """A fee more is paid before the sponsor is, which therefore receives less."""
    said = dealmodel("diff", SMALL, changed, "--json", "--scenario", "both")
    data = json.loads(said.out)
    assert (data["a"], data["b"], data["scenario"], data["same_definition"]) == (
        str(SMALL),
        str(changed),
        "both",
        False,
    )
    assert data["definition"][0] == {
        "path": "tranches.junior.coupon.fixed",
        "what": "changed",
        "a": 0.09,
        "b": 0.1,
        "unit": "rate per year",
    }
    assert data["definition"][1] == {
        "path": "fees.agent",
        "what": "added",
        "a": None,
        "b": {"amount_per_year": 12000.0},
        "unit": "",
    }
    rows = {(row["of"], row["figure"]): row for row in data["results"]}
    for row in rows.values():
        if row["a"] is not None and row["b"] is not None:
            assert row["difference"] == row["b"] - row["a"]
    assert {row["unit"] for row in rows.values()} == {"currency", "years", "ratio", "month"}
    assert rows["sponsor", "received after closing"]["difference"] < 0


def test_two_deals_that_share_nothing_but_the_language(dealmodel) -> None:
    said = dealmodel("diff", SMALL, FLAGSHIP)
    assert said.code == 0
    tables = said.out.split("\n\n", 1)[1]
    assert max(len(line) for line in tables.splitlines()) <= 100
    rows = [line.split() for line in tables.splitlines()]
    assert ["senior", "principal", "lost", "0.00", "n/a", "n/a"] in rows
    assert ["class_a", "principal", "lost", "n/a", "0.00", "n/a"] in rows


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((SMALL, FLAGSHIP, "--scenario", "stops"), 2, "stops"),
        ((SMALL, ROOT / "no_such_deal.yaml"), 3, "no_such_deal.yaml"),
        ((SMALL,), 2, "B"),
    ],
    ids=["a scenario that one deal lacks", "a file that is missing", "one deal"],
)
def test_a_request_that_cannot_be_met(dealmodel, words, code: int, said: str) -> None:
    found = dealmodel("diff", *words)
    assert (found.code, found.out) == (code, "")
    assert said in found.err
