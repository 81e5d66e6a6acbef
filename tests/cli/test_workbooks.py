"""Workbooks of scenarios of their own, and files that a run does not replace."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import openpyxl
import pytest

from dealmodel.basics.errors import FileAccessError
from dealmodel.excel.origin import check_replaceable
from dealmodel.excel.recalculate import find_libreoffice

ROOT = Path(__file__).parents[2]
SMALL = ROOT / "tests" / "definition" / "small_deal.yaml"
LONGER = "  longer: {title: A longer window, changes: [{at: tests.coverage_low.over_months, set: 6}]}\n"
needs_libreoffice = pytest.mark.skipif(find_libreoffice() is None, reason="LibreOffice with uno is not installed")


@pytest.fixture
def shaped(tmp_path: Path) -> Path:
    """The small deal with a scenario that looks at six months of coverage instead of three."""
    deal = tmp_path / "shaped.yaml"
    text = SMALL.read_text(encoding="utf-8")
    deal.write_text(text.replace("scenarios:\n", f"scenarios:\n{LONGER}"), encoding="utf-8")
    return deal


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_check_names_the_scenarios_that_change_the_shape(dealmodel, shaped: Path) -> None:
    said = dealmodel("check", shaped)
    assert said.code == 0
    assert "scenarios base, stops, worthless, both.\n" in said.out
    assert said.out.endswith("With a model and a workbook of their own, for they change the deal's shape: longer.\n")
    data = json.loads(dealmodel("check", shaped, "--json").out)
    assert data["scenarios"] == ["base", "stops", "worthless", "both"]
    assert data["scenarios_with_own_workbook"] == ["longer"]


def test_check_says_that_a_shape_cannot_be(dealmodel, shaped: Path) -> None:
    """An observation shift moves the look-back, and this rate has none."""
    text = shaped.read_text(encoding="utf-8")
    changed = text.replace("tests.coverage_low.over_months, set: 6", "market.rates.sofr.observation_shift, set: true")
    shaped.write_text(changed, encoding="utf-8")
    said = dealmodel("check", shaped)
    assert said.code == 2
    assert "small, as scenario longer reshapes it, has 1 problem" in said.err
    assert "market.rates.sofr" in said.err


def test_a_run_lists_it_and_writes_a_workbook_of_its_own(dealmodel, shaped: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    said = dealmodel("run", shaped, "--out", out)
    assert said.code == 0
    rows = [line.split()[0] for line in said.out.partition("Scenarios: ")[2].splitlines() if line.strip()]
    assert [name for name in rows if name in ("base", "longer", "stops", "worthless", "both")] == [
        "base", "longer", "stops", "worthless", "both",
    ]  # fmt: skip
    assert names(out) == ["small.xlsx", "small_longer.xlsx", "small_term_sheet.xlsx"]
    assert f"Live model of longer: {out / 'small_longer.xlsx'}\n" in said.out
    cover = openpyxl.load_workbook(out / "small.xlsx")["Cover"]
    told = {row[0]: row[1] for row in cover.iter_rows(values_only=True) if row[0]}
    assert told["Scenarios with a workbook of their own"] == "longer"


def test_a_run_of_it_leaves_the_deals_own_workbook_alone(dealmodel, shaped: Path, tmp_path: Path) -> None:
    """Its window is six months, and the base is that of the deal as it stands."""
    dealmodel("run", shaped, "--out", tmp_path / "out")
    before = (tmp_path / "out" / "small.xlsx").read_bytes()
    said = dealmodel("run", shaped, "--out", tmp_path / "out", "--scenario", "longer", "--json")
    data = json.loads(said.out)
    assert (tmp_path / "out" / "small.xlsx").read_bytes() == before
    assert data["workbook"] is None
    assert data["workbooks_of_scenarios"] == {"longer": str(tmp_path / "out" / "small_longer.xlsx")}
    assert list(data["scenarios"]) == ["base", "longer", "stops", "worthless", "both"]
    alone = json.loads(dealmodel("run", SMALL, "--out", tmp_path / "other", "--json").out)
    assert {**data["scenarios"], "longer": None} == {**alone["scenarios"], "longer": None}


def test_an_unknown_scenario_is_told_all_of_them(dealmodel, shaped: Path, tmp_path: Path) -> None:
    for command in ("run", "certify"):
        said = dealmodel(command, shaped, "--scenario", "longr")
        assert said.code == 2
        assert "there are longer, base, stops, worthless, both; did you mean 'longer'?" in said.err


@pytest.mark.libreoffice
@needs_libreoffice
def test_a_certificate_of_every_workbook(dealmodel, shaped: Path, tmp_path: Path) -> None:
    said = dealmodel("certify", shaped, "--out", tmp_path / "out")
    assert said.code == 0
    assert "small: CERTIFIED" in said.out
    assert "  scenarios: base, stops, worthless, both\n" in said.out
    assert "small_longer: CERTIFIED" in said.out
    assert "  scenarios: longer\n" in said.out
    assert {"small_live.xlsx", "small_longer_live.xlsx"} <= set(names(tmp_path / "out"))


@pytest.mark.libreoffice
@needs_libreoffice
def test_a_certificate_of_one_scenario(dealmodel, shaped: Path, tmp_path: Path) -> None:
    said = dealmodel("certify", shaped, "--scenario", "longer", "--out", tmp_path / "out")
    assert said.code == 0
    assert said.out.startswith("small_longer: CERTIFIED")
    assert "small_live.xlsx" not in names(tmp_path / "out")


def test_a_run_says_that_it_replaced_its_own_workbooks(dealmodel, tmp_path: Path) -> None:
    first, second = (dealmodel("run", SMALL, "--out", tmp_path) for _ in range(2))
    assert "(replaced)" not in first.out
    for name in ("small.xlsx", "small_term_sheet.xlsx"):
        assert f"{tmp_path / name} (replaced)\n" in second.out


def test_a_workbook_of_another_deal_is_not_replaced(dealmodel, tmp_path: Path) -> None:
    """Nothing is written where one file may not be replaced; with --force all are."""
    other = tmp_path / "other.yaml"
    other.write_text(SMALL.read_text(encoding="utf-8").replace("id: small", "id: other"), encoding="utf-8")
    out = tmp_path / "out"
    dealmodel("run", other, "--out", out)
    shutil.move(out / "other_term_sheet.xlsx", out / "small_term_sheet.xlsx")
    before = (out / "small_term_sheet.xlsx").read_bytes()
    said = dealmodel("run", SMALL, "--out", out)
    assert said.code == 3
    assert "the workbook that is there is of the deal 'other', not of 'small'" in said.err
    assert "--force" in said.err
    assert said.out == ""
    assert (out / "small_term_sheet.xlsx").read_bytes() == before
    assert "small.xlsx" not in names(out)
    assert dealmodel("run", SMALL, "--out", out, "--force").code == 0
    assert (out / "small_term_sheet.xlsx").read_bytes() != before


def test_a_workbook_that_was_changed_by_hand_is_not_replaced(dealmodel, tmp_path: Path) -> None:
    """A program that saves a workbook keeps its properties, and puts its own clock there."""
    dealmodel("run", SMALL, "--out", tmp_path)
    path = tmp_path / "small_term_sheet.xlsx"
    book = openpyxl.load_workbook(path)
    book.worksheets[0]["A1"] = "My own title"
    book.save(path)
    said = dealmodel("run", SMALL, "--out", tmp_path)
    assert said.code == 3
    assert "the workbook that is there was changed and saved after it was written" in said.err


@pytest.mark.parametrize("content", [b"", b"not a workbook", b"PK\x05\x06" + bytes(18)])
def test_a_file_that_is_no_workbook_of_ours_is_not_replaced(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "small.xlsx"
    assert not check_replaceable(path, "small")
    path.write_bytes(content)
    with pytest.raises(FileAccessError, match="was not written by dealmodel"):
        check_replaceable(path, "small")
    openpyxl.Workbook().save(path)
    with pytest.raises(FileAccessError, match="was not written by dealmodel"):
        check_replaceable(path, "small")
