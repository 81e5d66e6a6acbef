"""The workbook of decrement tables: every cell read back, print setup, hostile texts, the same bytes."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import dealmodel as dm
from dealmodel import FileAccessError
from dealmodel.definition.load import deal_from_text, load_deal
from dealmodel.excel.decrement import COLUMNS_A_SHEET, LIVES, MOST_OF_A_NAME, PERCENT_FORMATS, write_decrement

SMALL = Path(__file__).parents[1] / "definition" / "small_deal.yaml"
RENT = "market.generations.*.rent_level"
SIXTEEN_DIGITS = 1e-12
HOSTILE = "=cmd|'/c calc'!A1"


@pytest.fixture(scope="module")
def tables() -> dm.DecrementTables:
    return dm.decrement(load_deal(SMALL), scenarios=["base", "both"])


def opened(tables: dm.DecrementTables, folder: Path) -> Any:
    return openpyxl.load_workbook(write_decrement(tables, folder / "tables.xlsx"))


def texts(page: Any) -> list[str]:
    return [cell.value for row in page.iter_rows() for cell in row if isinstance(cell.value, str)]


def row_of(page: Any, label: object) -> list[Any]:
    """Values of the row that begins with a label, without it."""
    for row in page.iter_rows(values_only=True):
        first = row[0].date() if isinstance(row[0], datetime) else row[0]
        if first == label:
            return [value for value in row[1:] if value is not None]
    raise AssertionError(f"no row of {label!r}")


def test_every_figure_stands_in_its_cell(tables: dm.DecrementTables, tmp_path: Path) -> None:
    book = opened(tables, tmp_path)
    assert book.sheetnames == [LIVES, "Senior", "Junior"]
    for table in tables.tables:
        page = book[table.title]
        assert row_of(page, "Payment date") == ["Base", "Both"]
        for number, values in enumerate(table.percent.to_numpy().tolist()):
            label = table.dates[number] if number else "Closing"
            assert row_of(page, label) == pytest.approx(values, rel=SIXTEEN_DIGITS), label
        for label, values in table.life_rows():
            assert row_of(page, label) == pytest.approx(values, rel=SIXTEEN_DIGITS)
            assert row_of(book[LIVES], table.title) == pytest.approx(values, rel=SIXTEEN_DIGITS)


def test_the_senior_notes_by_hand(tables: dm.DecrementTables, tmp_path: Path) -> None:
    """One thirty-sixth a month."""
    page = opened(tables, tmp_path)["Senior"]
    assert row_of(page, "Closing") == [100, 100]
    assert row_of(page, date(2027, 6, 30))[0] == pytest.approx(100 * 30 / 36)
    assert page["A2"].value == "Senior: percentages of original balance outstanding"
    assert page["A3"].value == "Original balance USD 15,000,000; closing 2026-12-31"


def test_a_star_is_a_number_format(tables: dm.DecrementTables, tmp_path: Path) -> None:
    """So that the cell keeps its number: 0.5 and more are whole, then `*`, then 0."""
    formats = {
        cell.number_format for row in opened(tables, tmp_path)["Senior"].iter_rows(min_row=6) for cell in row[1:]
    }
    assert PERCENT_FORMATS[0] in formats
    assert PERCENT_FORMATS[0] == '[>=0.5]#,##0;[>0]"*";0'


def test_titles_hash_and_notes_are_on_the_first_sheet(tables: dm.DecrementTables, tmp_path: Path) -> None:
    said = texts(opened(tables, tmp_path)[LIVES])
    assert {"Base: As agreed", "Both: Both at once", *tables.notes()} <= set(said)
    assert f"Deal small, hash {tables.deal_hash}" in said
    assert len(tables.deal_hash) == 64
    assert "Percentages of original balance; model output, not a forecast." in said


def test_pages_are_ready_to_print(tables: dm.DecrementTables, tmp_path: Path) -> None:
    book = opened(tables, tmp_path)
    for page in book:
        assert (page.page_setup.paperSize, page.page_setup.orientation) == (9, "portrait")
        assert page.sheet_properties.pageSetUpPr.fitToPage
        assert (page.page_setup.fitToWidth or 1, page.page_setup.fitToHeight) == (1, 0)
        assert tables.deal_hash[:12] in page.oddFooter.left.text
        assert "&P" in page.oddFooter.right.text
    heading = next(cell.row for cell in book["Senior"]["A"] if cell.value == "Payment date")
    assert book["Senior"].print_title_rows == f"${heading}:${heading}"


def test_columns_that_do_not_fit_go_on_on_the_next_sheet(tmp_path: Path) -> None:
    """Sixteen values are two sheets of eight for each tranche and scenario."""
    values = [round(0.5 + 0.05 * step, 2) for step in range(16)]
    assert len(values) > COLUMNS_A_SHEET
    found = dm.decrement(load_deal(SMALL), vary=RENT, values=values, by="month")
    book = opened(found, tmp_path)
    assert book.sheetnames == [LIVES, "Senior, base", "Senior, base (2)", "Junior, base", "Junior, base (2)"]
    table = found.table("senior")
    for name, first in (("Senior, base", 0), ("Senior, base (2)", 8)):
        page = book[name]
        assert row_of(page, "Month") == [f"{value:g}x" for value in values[first : first + 8]]
        assert row_of(page, 3) == pytest.approx(table.percent.iloc[3, first : first + 8].tolist(), rel=SIXTEEN_DIGITS)
    assert "Columns: All generations: rent level (market.generations.*.rent_level)" in texts(book["Senior, base"])
    assert "Scenario: As agreed" in texts(book["Senior, base"])


def test_hostile_texts_stay_texts(tmp_path: Path) -> None:
    text = SMALL.read_text(encoding="utf-8")
    text = text.replace("name: A small deal", f'name: "{HOSTILE}"').replace("title: As agreed", f'title: "{HOSTILE}"')
    book = opened(dm.decrement(deal_from_text(text, "small.yaml"), vary=RENT, values=[1.0]), tmp_path)
    cells = [cell for page in book for row in page.iter_rows() for cell in row if cell.value is not None]
    assert any(cell.value == HOSTILE for cell in cells)
    assert all(cell.data_type != "f" for cell in cells)


def test_names_of_sheets_are_short_and_differ(tmp_path: Path) -> None:
    long = "s" + "e" * 39
    text = SMALL.read_text(encoding="utf-8").replace("senior_ltv", "ltv_of_it").replace("senior_*", "ltv_*")
    text = text.replace("senior_most", "MOST").replace("senior", f"{long}_x").replace("junior", f"{long}_y")
    deal = deal_from_text(text.replace("MOST", "senior_most"), "small.yaml")
    names = opened(dm.decrement(deal, scenarios=["base"]), tmp_path).sheetnames
    assert len({name.lower() for name in names}) == 3
    assert max(len(name) for name in names) <= MOST_OF_A_NAME


def test_nothing_to_average_is_said(tmp_path: Path) -> None:
    """Chips that rent for nothing repay nothing of the junior notes."""
    text = SMALL.read_text(encoding="utf-8").replace("price_per_hour: 1.65", "price_per_hour: 0.0")
    text = text.replace("rent_per_hour: 1.70", "rent_per_hour: 0.0")
    book = opened(dm.decrement(deal_from_text(text, "small.yaml"), scenarios=["base"]), tmp_path)
    assert row_of(book["Junior"], "Average life, years") == ["n/a"]
    assert row_of(book["Junior"], "Never repaid, % of original balance") == pytest.approx([100])


def test_the_same_tables_give_the_same_bytes(tables: dm.DecrementTables, tmp_path: Path) -> None:
    first, second = (write_decrement(tables, tmp_path / name) for name in ("one.xlsx", "two.xlsx"))
    assert first.read_bytes() == second.read_bytes()


def test_a_folder_that_is_not_there_is_refused(tables: dm.DecrementTables, tmp_path: Path) -> None:
    with pytest.raises(FileAccessError, match="cannot be written"):
        write_decrement(tables, tmp_path / "no" / "tables.xlsx")
