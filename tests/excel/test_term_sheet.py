"""The term sheet's workbook: every figure in its place, safe with any text, the same bytes for the same deal."""

from __future__ import annotations

import importlib.util
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import dealmodel.excel.term_sheet as filled
from dealmodel import FileAccessError, WorkbookError
from dealmodel.analytics.term_sheet.sheet import term_sheet
from dealmodel.analytics.term_sheet.tables import Figure, Row, TermSheet
from dealmodel.definition.load import deal_from_text, load_deal
from dealmodel.excel.filling import Place
from dealmodel.excel.term_sheet import write_term_sheet

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "templates"
SIXTEEN_DIGITS = 1e-15
"""openpyxl writes sixteen digits of a number."""
HOSTILE = "=cmd|'/c calc'!A1"


@pytest.fixture(scope="module")
def sheet() -> TermSheet:
    return term_sheet(load_deal(ROOT / "sample_deals" / "gpu_abs_abc"))


@pytest.fixture(scope="module")
def book(sheet: TermSheet, tmp_path_factory: pytest.TempPathFactory) -> Any:
    return openpyxl.load_workbook(write_term_sheet(sheet, tmp_path_factory.mktemp("sheet") / "flagship.xlsx"))


def place(book: Any, block: str) -> tuple[Any, Any]:
    """The sheet and the cells of a block."""
    name, _, cells = book.defined_names[f"ts_{block}"].attr_text.rpartition("!")
    page = book[name.strip("'")]
    found = page[cells.replace("$", "")]
    return page, found if isinstance(found, tuple) else ((found,),)


def every_cell(book: Any) -> list[Any]:
    return [cell for page in book for row in page.iter_rows() for cell in row if cell.value is not None]


def test_every_block_stands_where_its_name_says(book: Any, sheet: TermSheet) -> None:
    for name, rows in sheet.blocks.items():
        _, cells = place(book, name)
        shown = rows or (Row.of("None"),)
        assert len(cells) == len(shown), name
        for written, row in zip(cells, shown, strict=True):
            for cell, value in zip(written, row.cells, strict=False):
                found = cell.value.date() if isinstance(cell.value, datetime) else cell.value
                wanted = pytest.approx(value.value, rel=SIXTEEN_DIGITS) if isinstance(value, Figure) else value or None
                assert found == wanted, (name, cell.coordinate)


def test_rows_look_like_the_template_s(book: Any) -> None:
    """Totals and headings are bold, ordinary rows are not beyond their label."""
    for block in ("capital_structure", "collateral", "contracts"):
        _, cells = place(book, block)
        assert [row[1].font.bold for row in cells] == [False] * (len(cells) - 1) + [True]
    _, cells = place(book, "payments")
    headings = [row[0].value for row in cells if row[0].font.bold]
    assert headings[1:3] == ["Payments: in states normal and trapped", "Rapid: in state rapid"]


def test_numbers_are_numbers_and_dates_are_dates(book: Any) -> None:
    _, (first, *_) = place(book, "capital_structure")
    assert first[1].data_type == "n"
    assert first[1].number_format == "#,##0;-#,##0"
    assert first[9].number_format == "0.0%"
    assert first[8].is_date
    assert first[8].number_format == "d mmm yyyy"
    _, rows = place(book, "assumptions")
    shown = {row[0].value: row[2] for row in rows}
    assert shown["tests.asset_base_a.at_most"].number_format == '0.00#"x"'
    assert shown["fees.servicer.rate_per_year"].number_format == "0.00##%"
    assert shown["tranches.class_a.ranking"].number_format == "0"


def test_there_is_no_formula_and_nothing_of_the_template_is_left_over(book: Any, sheet: TermSheet) -> None:
    assert all(cell.data_type != "f" for cell in every_cell(book))
    assert {name.removeprefix("ts_") for name in book.defined_names} == {"title", *sheet.blocks}


def test_what_stands_below_a_block_moves_down(book: Any) -> None:
    """The note on contracted revenue follows the total of six leases at once."""
    page, cells = place(book, "contracts")
    below = page.cell(cells[-1][0].row + 1, 1).value
    assert below.startswith("Contracted revenue: ")


def test_what_scenarios_share_is_one_cell(book: Any) -> None:
    page, cells = place(book, "scenarios")
    first = cells[0][0].row
    assert f"A{first}:A{first + 2}" in {str(span) for span in page.merged_cells.ranges}
    assert [cells[row][6].value for row in range(3)] == ["Class A", "Class B", "Class C"]


def test_rows_are_high_enough_for_their_words(book: Any) -> None:
    """A text of 148 characters in a column of 48 takes three lines or more."""
    page, cells = place(book, "contracts")
    assert len(cells[0][11].value) > 2.5 * 48
    assert page.row_dimensions[cells[0][0].row].height > 3 * 12


def test_pages_print_landscape_and_one_page_wide(book: Any) -> None:
    for page in book:
        assert page.page_setup.orientation == "landscape"
        assert page.sheet_properties.pageSetUpPr.fitToPage
        assert (page.page_setup.fitToWidth, page.page_setup.fitToHeight) == (1, 0)
        assert page.oddHeader.left.text == "GPU lease securitization, classes A, B and C"
        assert page.oddFooter.right.text == "Page &P of &N"
    header = place(book, "assumptions")[1][0][0].row - 1
    assert book["Assumptions"].print_title_rows == f"${header}:${header}"


def test_the_same_term_sheet_gives_the_same_bytes(sheet: TermSheet, tmp_path: Path) -> None:
    first = write_term_sheet(sheet, tmp_path / "first.xlsx").read_bytes()
    assert first == write_term_sheet(sheet, tmp_path / "second.xlsx").read_bytes()


BARE = f"""
format: 1
deal:
  {{id: bare, name: "{HOSTILE}", basis: own, currency: USD, closing: 2026-12-31, first_payment: 2027-01-31,
   legal_final: 2027-12-31, frequency: monthly, payment_day: month_end, calendar: NONE, business_days: none,
   rounding: none}}
market:
  rent_basis: net_of_site_costs
  generations: {{chip: {{rent_per_hour: 1.0, rent_decline_per_year: 0.0}}}}
collateral:
  cohorts:
    rack: {{generation: chip, units: 10, unit_cost: 300, delivered: month 2,
           resale: {{curve: straight_line, life_years: 5}}, book: {{method: straight_line, life_years: 5}}}}
  site_costs: {{idle_per_unit_hour: 0.0}}
  merchant: {{utilisation: 1.0, discount_to_market: 0.0}}
  disposal: {{discount: 0.15, cost: 0.05, lag_months: 0}}
customers: {{}}
contracts: {{}}
tranches:
  note: {{kind: note, ranking: 1, balance: 2_000, coupon: {{fixed: 0.12}}, day_count: 30/360 ISDA, deferrable: true}}
accounts:
  collection: {{kind: collection}}
states:
  normal: {{severity: 0, waterfall: payments}}
waterfalls:
  at_closing: [release: sponsor]
  payments:
    - pay: site_costs
    - pay_interest: note
    - pay_principal: {{to: note, up_to: outstanding}}
    - release: sponsor
scenarios:
  base: {{title: "{HOSTILE}"}}
provenance: {{"*": {{status: assumed, note: "{HOSTILE}"}}}}
"""


def test_a_deal_without_fees_tests_and_contracts(tmp_path: Path) -> None:
    """Nothing is delivered at closing, so no loan to value is known."""
    book = openpyxl.load_workbook(write_term_sheet(term_sheet(deal_from_text(BARE, "bare.yaml")), tmp_path / "b.xlsx"))
    for block in ("fees", "tests", "contracts"):
        _, cells = place(book, block)
        assert [cell.value for cell in cells[0]] == ["None"] + [None] * (len(cells[0]) - 1)
    _, (note, *_) = place(book, "capital_structure")
    assert [cell.value for cell in note[9:]] == ["n/a", "n/a", 0, "n/a"]
    _, (base, *_) = place(book, "scenarios")
    assert base[3].value == "n/a"


def test_text_that_looks_like_a_formula_stays_text(tmp_path: Path) -> None:
    path = write_term_sheet(term_sheet(deal_from_text(BARE, "bare.yaml")), tmp_path / "bare.xlsx")
    book = openpyxl.load_workbook(path)
    found = [cell for cell in every_cell(book) if cell.value == HOSTILE]
    assert len(found) > 10
    assert {cell.data_type for cell in found} == {"s"}
    assert all(cell.quotePrefix for cell in found)
    assert place(book, "title")[1][0][0].value == HOSTILE
    with zipfile.ZipFile(path) as parts:
        assert all(b"<f>" not in parts.read(name) for name in parts.namelist() if "worksheets/" in name)


@pytest.mark.parametrize("text", ["A & B &P", "tab\tand \x07 bell", "x" * 40_000, "#N/A", "line\nfeed", "€ 日本 🙂"])
def test_any_name_can_be_written(text: str, sheet: TermSheet, tmp_path: Path) -> None:
    named = TermSheet(text, {**sheet.blocks, "accounts": (Row.of(text, None, text),)})
    book = openpyxl.load_workbook(write_term_sheet(named, tmp_path / "named.xlsx"))
    cell = place(book, "accounts")[1][0][0]
    assert cell.data_type == "s"
    assert cell.value[:5] == text[:5]
    assert all((row.height or 0) <= 409 for page in book for row in page.row_dimensions.values())
    assert "&P" not in str(book["Summary"].oddHeader.left.text).replace("&&", "")


def test_a_missing_template_is_said(sheet: TermSheet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filled, "TEMPLATE_FOLDERS", (tmp_path,))
    with pytest.raises(FileAccessError) as caught:
        write_term_sheet(sheet, tmp_path / "out.xlsx")
    said = str(caught.value)
    assert "the template is missing" in said
    assert str(tmp_path / "term_sheet.xlsx") in said
    assert "install dealmodel again" in said
    assert not (tmp_path / "out.xlsx").exists()


def test_a_template_that_is_no_workbook_is_said(sheet, tmp_path, monkeypatch) -> None:
    (tmp_path / "term_sheet.xlsx").write_bytes(b"PK not a workbook")
    monkeypatch.setattr(filled, "TEMPLATE_FOLDERS", (tmp_path,))
    with pytest.raises(WorkbookError, match=r"is not an \.xlsx workbook"):
        write_term_sheet(sheet, tmp_path / "out.xlsx")


def test_a_template_without_a_place_is_said(sheet, tmp_path, monkeypatch) -> None:
    book = openpyxl.load_workbook(TEMPLATES / "term_sheet.xlsx")
    for name in ("ts_fees", "ts_payments_heading"):
        del book.defined_names[name]
    book.save(tmp_path / "term_sheet.xlsx")
    monkeypatch.setattr(filled, "TEMPLATE_FOLDERS", (tmp_path,))
    with pytest.raises(WorkbookError) as caught:
        write_term_sheet(sheet, tmp_path / "out.xlsx")
    assert "ts_fees: the template has no such defined name" in str(caught.value)
    assert "ts_payments_heading" in str(caught.value)


@pytest.mark.parametrize("reference", ["#REF!", "'Summary'!$A$1:$B$2", "'Summary'!A1", "Summary!$A$1,Summary!$C$1"])
def test_a_name_that_is_not_a_row_of_cells_is_refused(reference: str) -> None:
    with pytest.raises(WorkbookError, match="is not a row of cells"):
        Place.read("ts_fees", reference)


def test_a_folder_that_is_not_there_is_said(sheet: TermSheet, tmp_path: Path) -> None:
    with pytest.raises(FileAccessError, match="cannot be written"):
        write_term_sheet(sheet, tmp_path / "none" / "out.xlsx")


def test_the_committed_template_is_what_the_script_makes(tmp_path: Path) -> None:
    """Cell by cell and style by style, so that another version of openpyxl is no failure."""
    spec = importlib.util.spec_from_file_location("make_term_sheet", TEMPLATES / "make_term_sheet.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    (tmp_path / "made.xlsx").write_bytes(script.template())
    made = openpyxl.load_workbook(tmp_path / "made.xlsx")
    committed = openpyxl.load_workbook(TEMPLATES / "term_sheet.xlsx")
    assert as_plain(made) == as_plain(committed)


def as_plain(book: Any) -> dict[str, Any]:
    """All that a template holds, as plain values."""
    names = {name: defined.attr_text for name, defined in book.defined_names.items()}
    return {"names": names, "sheets": {page.title: _page_as_plain(page) for page in book}}


def _page_as_plain(page: Any) -> dict[str, Any]:
    looks = ("font", "fill", "border", "alignment", "number_format", "protection")
    return {
        "cells": {
            cell.coordinate: (cell.value, *(repr(getattr(cell, look)) for look in looks))
            for row in page.iter_rows()
            for cell in row
        },
        "widths": {letter: column.width for letter, column in page.column_dimensions.items()},
        "heights": {number: row.height for number, row in page.row_dimensions.items()},
        "merged": sorted(str(span) for span in page.merged_cells.ranges),
        "print": (repr(page.page_setup), repr(page.page_margins), page.print_title_rows, page.freeze_panes),
        "footer": (page.oddFooter.right.text, page.oddHeader.right.text),
    }


def test_the_template_is_part_of_the_package() -> None:
    """The wheel holds it where an installed package looks for it."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert '"templates/term_sheet.xlsx" = "dealmodel/templates/term_sheet.xlsx"' in text
    assert filled.TEMPLATE_FOLDERS[0].name == "templates"
    assert filled.TEMPLATE_FOLDERS[0].parent.name == "dealmodel"


@pytest.mark.libreoffice
def test_it_prints(sheet: TermSheet, tmp_path: Path) -> None:
    from dealmodel.excel.preview import pictures

    pages = pictures(write_term_sheet(sheet, tmp_path / "sheet.xlsx"), tmp_path / "pictures", 20)
    assert 6 <= len(pages) <= 14
