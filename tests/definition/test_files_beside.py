"""Tables in CSV files beside a deal file: read from its folder alone, and part of the deal's hash."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from dealmodel.basics.errors import DealFileError
from dealmodel.definition.load import deal_from_text, load_deal
from dealmodel.engine.compile import compile_deal
from dealmodel.engine.run import run_deal
from dealmodel.engine.variants import with_scenario
from dealmodel.market.scenarios import Scenario, ScenarioChange

INLINE = (Path(__file__).parents[1] / "kinds" / "pools.yaml").read_text(encoding="utf-8")
START, END = INLINE.index("      cash:\n"), INLINE.index("  clean_up_call")
TABLE = """month,interest,principal,prepayment,defaulted,recovered,lost,balance
1,10,200,0,0,0,0,800
2,8,200,100,50,0,0,450
3,4.5,200,0,0,30,20,250
4,2.5,250,0,0,0,0,0
"""


def write(folder: Path, *, name: str = "cash.csv", table: str | None = TABLE, own: str = "") -> Path:
    text = INLINE[:START] + f"      cash: {{file: {name}{own}}}\n" + INLINE[END:]
    path = folder / "deal.yaml"
    path.write_text(text, encoding="utf-8")
    if table is not None:
        (folder / "cash.csv").write_text(table, encoding="utf-8")
    return path


def said(path: Path) -> str:
    with pytest.raises(DealFileError) as refused:
        load_deal(path)
    return str(refused.value)


def test_a_table_beside_the_deal_file_is_the_table_in_it(tmp_path: Path) -> None:
    deal, inline = load_deal(write(tmp_path)), deal_from_text(INLINE, "deal.yaml")
    assert run_deal(deal).lines.months("collections") == run_deal(inline).lines.months("collections")
    assert compile_deal(deal).hash == compile_deal(inline).hash
    assert load_deal(tmp_path) == deal


def test_the_file_is_part_of_the_hash_of_the_deal(tmp_path: Path) -> None:
    path = write(tmp_path)
    own, table = (hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() for name in ("deal.yaml", "cash.csv"))
    assert load_deal(path).file_hash == hashlib.sha256(f"{own} cash.csv {table}".encode()).hexdigest()
    before = load_deal(path).file_hash
    (tmp_path / "cash.csv").write_text(TABLE + "5,0,0,0,0,0,0,0\n", encoding="utf-8")
    assert load_deal(path).file_hash != before


def test_a_deal_made_of_one_with_a_file_keeps_its_rows(tmp_path: Path) -> None:
    more = Scenario(title="More", changes=(ScenarioChange.model_validate({"at": "deal.rounding", "set": "cent"}),))
    deal = with_scenario(load_deal(write(tmp_path)), "more", more)
    assert run_deal(deal, "more").lines.months("collections")[0] == 210


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("../cash.csv", "'../cash.csv' is not the name of a CSV file"),
        ("/etc/passwd", "'/etc/passwd' is not the name of a CSV file"),
        ("sub/cash.csv", "'sub/cash.csv' is not the name of a CSV file"),
        ("cash.txt", "'cash.txt' is not the name of a CSV file"),
        (".cash.csv", "'.cash.csv' is not the name of a CSV file"),
        ("other.csv", "other.csv: there is no such file; check the name and the folder"),
    ],
)
def test_names_that_lead_nowhere_or_elsewhere_are_refused(tmp_path: Path, name: str, words: str) -> None:
    text = said(write(tmp_path, name=name))
    assert f"deal.yaml has 1 problem\n  collateral.pools.auto.cash (line 10): {words}" in text


def test_a_link_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, table=None)
    outside = tmp_path / "outside.csv"
    outside.write_text(TABLE, encoding="utf-8")
    (tmp_path / "cash.csv").symlink_to(outside)
    assert "cash.csv: this is a link; a file in the folder of the deal file" in said(path)


def test_a_folder_or_a_file_too_large_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, table=None)
    (tmp_path / "cash.csv").mkdir()
    assert "cash.csv: this is not a regular file" in said(path)
    (tmp_path / "cash.csv").rmdir()
    (tmp_path / "cash.csv").write_bytes(b"1" * (2 * 1024 * 1024 + 1))
    assert "cash.csv: the file is larger than 2 MiB" in said(path)


def test_a_formula_in_the_file_is_named_with_its_line(tmp_path: Path) -> None:
    text = said(write(tmp_path, table=TABLE.replace("2,8,200", "2,=1+7,200")))
    assert "cash.csv: line 3: interest: '=1+7' is no number and no date; formulas are not read" in text


def test_what_else_is_wrong_is_said_too(tmp_path: Path) -> None:
    path = write(tmp_path, name="other.csv")
    path.write_text(path.read_text(encoding="utf-8").replace("ranking: 1", "rank: 1"), encoding="utf-8")
    assert "there is no such file" in said(path)
    assert "tranches.note.rank" in said(path)


def test_what_the_rows_say_is_checked_as_in_the_deal_file(tmp_path: Path) -> None:
    assert "row 2: the balance 451.00 is not" in said(write(tmp_path, table=TABLE.replace(",450\n", ",451\n")))


def test_a_file_and_rows_are_refused(tmp_path: Path) -> None:
    assert "has cash.csv and rows of its own" in said(
        write(tmp_path, own=", rows: [[1, 2]], columns: [month, interest]")
    )


def test_a_text_has_no_folder() -> None:
    text = INLINE[:START] + "      cash: {file: cash.csv}\n" + INLINE[END:]
    with pytest.raises(
        DealFileError, match=r"cash\.csv was not read: a deal with files beside it is read from its own"
    ):
        deal_from_text(text, "deal.yaml")
