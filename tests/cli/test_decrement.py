"""`dealmodel decrement`: what it prints, what it writes, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FLAGSHIP = ROOT / "sample_deals" / "gpu_abs_abc"
SMALL = ROOT / "tests" / "definition" / "small_deal.yaml"
RENT = "market.generations.*.rent_level"
VALUES = "0.5,0.6,0.7,0.8,0.9,1,1.1,1.2,1.3"


def test_the_flagship_by_anniversary(dealmodel, tmp_path: Path) -> None:
    """Class A is scheduled down to 6% in month 36 in a straight line: 68.67, 37.33 and 6 after each year."""
    said = dealmodel("decrement", FLAGSHIP, "--by", "anniversary", "--out", tmp_path)
    assert (said.code, said.err) == (0, "")
    tables, _, path = said.out.partition("Decrement tables: ")
    assert path == f"{tmp_path / 'gpu_abs_abc_decrement.xlsx'}\n"
    assert [file.name for file in tmp_path.iterdir()] == ["gpu_abs_abc_decrement.xlsx"]
    assert max(len(line) for line in tables.splitlines()) <= 100
    rows = [line.split() for line in tables.splitlines()]
    assert [row[1] for row in rows if row[:1] in (["Closing"], ["2027-12-31"], ["2028-12-31"])][:3] == [
        "100", "69", "37",
    ]  # fmt: skip
    assert "Class A: USD 600.00 million at closing" in tables
    assert "Percentages of original balance; model output, not a forecast." in tables
    assert "Scenario contracts_fail: Every customer stops in month 24" in tables


def test_many_columns_go_on_in_tables_below(dealmodel, tmp_path: Path) -> None:
    """Nine columns of two decimals are shown five and four."""
    words = ("--vary", RENT, "--values", VALUES, "--places", "2", "--by", "month", "--scenarios", "base")
    said = dealmodel("decrement", SMALL, *words, "-o", tmp_path)
    assert said.code == 0
    tables = said.out.partition("Decrement tables: ")[0]
    assert max(len(line) for line in tables.splitlines()) <= 100
    heads = [line.split()[1:] for line in tables.splitlines() if line.strip().startswith("Month ")]
    assert heads[:2] == [["0.5x", "0.6x", "0.7x", "0.8x", "0.9x"], ["1x", "1.1x", "1.2x", "1.3x"]]
    assert "continued" in tables
    assert "Columns: All generations: rent level (market.generations.*.rent_level)." in tables


def test_as_data_is_strict_json(dealmodel, tmp_path: Path) -> None:
    """A third of the senior notes is scheduled each year."""

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is no JSON")

    words = ("--scenarios", "base, both", "--by", "anniversary", "--places", "2", "--json", "--out", tmp_path)
    said = dealmodel("decrement", SMALL, *words)
    assert (said.code, said.err) == (0, "")
    data = json.loads(said.out, parse_constant=refuse)
    assert data["workbook"] == str(tmp_path / "small_decrement.xlsx")
    assert list(data["scenarios"]) == ["base", "both"]
    senior = data["tables"][0]
    assert [row["printed"]["base"] for row in senior["rows"]][:3] == ["100.00", "66.67", "33.33"]
    assert dealmodel("decrement", SMALL, *words).out == said.out


def test_times_are_varied_too(dealmodel, tmp_path: Path) -> None:
    """Month 12 ends on 31 December 2027; a customer that stops then has paid as much as one that stops in month 12."""
    words = ("--vary", "customers.*.stops_paying", "--values", "month 12,2027-12-31,never", "--json", "-o", tmp_path)
    data = json.loads(dealmodel("decrement", SMALL, *words).out)
    assert [column["heading"] for column in data["columns"]] == ["month 12", "31 December 2027", "never"]
    for row in data["tables"][0]["rows"]:
        assert row["percent"]["month 12"] == row["percent"]["2027-12-31"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--scenarios", "base,bth"), "scenarios.bth: no such scenario"),
        (("--scenarios", "base,"), "scenarios.: no such scenario"),
        (("--vary", "market.generations.*.rent_levl", "--values", "1"), "no live number of the model has this path"),
        (("--vary", RENT, "--values", "5%"), "'5%' is neither a number nor a time"),
        (("--vary", RENT, "--values", "5%"), "write a share as a decimal, 0.05 for 5%"),
        (("--vary", RENT, "--values", "1,,2"), "'' is neither a number nor a time"),
        (("--vary", RENT, "--values", "1,2027-02-30"), "'2027-02-30' is neither a number nor a time"),
        (("--vary", RENT, "--values", "1,inf"), "inf is not a finite number"),
        (("--vary", RENT), "is to be varied, and no value is given"),
        (("--values", "1"), "values are given, and no number to vary"),
        (("--by", "year"), "by: 'year' is not possible; choose payment_date, anniversary, month"),
        (("--places", "1"), "places: 1 is not possible; choose 0, 2"),
        (("--life", "months"), "life: 'months' is not possible; choose 30/360, months_over_12"),
    ],
)
def test_what_cannot_be_met_is_refused_and_nothing_is_written(dealmodel, tmp_path: Path, words, said: str) -> None:
    found = dealmodel("decrement", SMALL, *words, "--out", tmp_path / "out")
    assert found.code == 2
    assert said in found.err
    assert found.out == ""
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_place_of_the_folder_is_refused(dealmodel, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    said = dealmodel("decrement", SMALL, "--scenarios", "base", "--out", tmp_path / "out")
    assert said.code == 3
    assert "is not a folder" in said.err
