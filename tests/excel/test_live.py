"""The live workbook is consistent, safe with any text, and never half-written."""

from __future__ import annotations

import re
import zipfile

import openpyxl
import pytest
import xlsxwriter

import dealmodel.excel.live as live
from dealmodel import FileAccessError, compile_deal, load_deal
from dealmodel.engine.result import Result
from dealmodel.engine.run import run_model
from dealmodel.excel.fast_worksheet import FastWorkbook
from dealmodel.excel.formulas import FUNCTIONS, functions_in
from dealmodel.excel.layout import FIRST_ROW, SELECTOR, WorkbookMap, sheet_name
from dealmodel.excel.live import write_workbook
from dealmodel.lines.build import Builder
from dealmodel.lines.inputs import Change, Input
from dealmodel.lines.trace import Trace
from dealmodel.lines.values import values_of

FLAGSHIP = "sample_deals/gpu_abs_abc"
HOSTILE = "=cmd|'/c calc'!A1"

REFERENCE = re.compile(r"(?<![A-Za-z_.])(\$?)([A-Z]{1,3})(\$?)([1-9][0-9]*)(?![0-9(A-Za-z_])")
STRING = re.compile(r'"[^"]*"')
SHEET = re.compile(r"'[^']*'!|[A-Za-z]+!")
LITERAL = re.compile(r"(?<![A-Za-z$0-9.])[0-9]+\.?[0-9]*(?:E[+-]?[0-9]+)?")


@pytest.fixture(scope="module")
def model():
    return compile_deal(load_deal(FLAGSHIP))


@pytest.fixture(scope="module")
def flagship(model, tmp_path_factory):
    return write_workbook(run_model(model), tmp_path_factory.mktemp("live") / "flagship.xlsx")


@pytest.fixture(scope="module")
def formulas(flagship):
    book = openpyxl.load_workbook(flagship)
    yield book
    book.close()


def relative(formula, row, column):
    """A formula with its relative references as distances."""

    def distance(found):
        fixed_column, letters, fixed_row, number = found.groups()
        at = openpyxl.utils.column_index_from_string(letters)
        across = f"C{at}" if fixed_column else f"C[{at - column}]"
        return (f"R{number}" if fixed_row else f"R[{int(number) - row}]") + across

    return REFERENCE.sub(distance, STRING.sub('""', formula))


def faults(book, where):
    """Rows that are not one formula, functions that are not allowed, nested IFs, and numbers inside formulas."""
    found = []
    for name in where.sheets:
        sheet = book[name]
        for row in sheet.iter_rows(min_row=FIRST_ROW):
            kinds = set()
            for cell in row:
                if cell.data_type != "f":
                    kinds |= (
                        {"number"}
                        if monthly(cell, where) and cell.data_type == "n" and cell.value is not None
                        else set()
                    )
                    continue
                place = f"{name}!{cell.coordinate}"
                bare = SHEET.sub("", STRING.sub("", cell.value))
                if monthly(cell, where):
                    kinds.add(relative(cell.value, cell.row, cell.column))
                if not functions_in(bare) <= FUNCTIONS:
                    found.append(f"{place} calls {functions_in(bare) - FUNCTIONS}")
                if nested(bare):
                    found.append(f"{place} nests an IF")
                scenario = name == "Inputs" and cell.column > 5
                if not scenario and set(LITERAL.findall(REFERENCE.sub("", bare))) - {"0", "1"}:
                    found.append(f"{place} holds a number: {cell.value}")
            if len(kinds) > 1:
                found.append(f"{name} row {row[0].row} is not one formula")
    return found


def monthly(cell, where):
    calculated = cell.parent.title not in ("Cover", "Inputs")
    return calculated and where.month_column(1) < cell.column <= where.last_column + 1


def nested(formula):
    depth, inside = 0, []
    for at, sign in enumerate(formula):
        if sign == "(":
            depth += 1
            if re.search(r"(?<![A-Z])IF$", formula[:at][-3:]):
                if inside:
                    return True
                inside.append(depth)
        elif sign == ")":
            if inside and inside[-1] == depth:
                inside.pop()
            depth -= 1
    return False


def test_every_row_is_one_formula_of_allowed_functions_and_holds_no_number(formulas, model):
    assert faults(formulas, WorkbookMap.of(model)) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda cell: cell.value + "+1.5", "holds a number"),
        (lambda cell: 17.0, "is not one formula"),
        (lambda cell: "=IF(A1>0,IF(B1>0,1,0),0)", "nests an IF"),
        (lambda cell: "=OFFSET(A1,1,1)", "calls {'OFFSET'}"),
    ],
)
def test_the_lint_of_these_tests_finds_planted_faults(formulas, model, change, said):
    where = WorkbookMap.of(model)
    sheet, address = where.month_cell("class_a.interest_accrued", 12)
    cell = formulas[sheet][address]
    kept = cell.value
    cell.value = change(cell)
    try:
        assert any(said in fault for fault in faults(formulas, where))
    finally:
        cell.value = kept


def test_sheets_stand_in_their_order_and_the_map_finds_its_cells(formulas, model):
    where = WorkbookMap.of(model)
    assert formulas.sheetnames == list(where.sheets)
    assert formulas.sheetnames[:4] == ["Cover", "Inputs", "Scenario paths", "Timeline"]
    assert formulas.sheetnames[-4:] == ["Waterfall", "Checks", "Results", "Charts"]
    assert formulas["Cover"][SELECTOR].value == "base"
    sheet, address = where.base_cell("tranches.class_a.balance")
    assert formulas[sheet][address].value == 600_000_000
    for name, place in where.lines.items():
        assert formulas[place.sheet].cell(place.row, 5).value == name


def test_values_stand_beside_the_formulas_without_recalculation(flagship, model):
    result = run_model(model)
    book = openpyxl.load_workbook(flagship, data_only=True)
    where = WorkbookMap.of(model)
    for name in ("class_a.balance", "value.resale", "payments.pays"):
        for month in (1, 40, model.periods):
            sheet, address = where.month_cell(name, month)
            assert book[sheet][address].value == pytest.approx(result.lines.months(name)[month - 1], abs=1e-9)
    assert book["Waterfall"]["A2"].value == "ALL CHECKS HOLD"
    assert book["Checks"][f"C{where.master_row}"].value == "ALL CHECKS HOLD"
    book.close()


def test_only_inputs_are_unlocked_and_no_sheet_has_a_password(formulas, model):
    where = WorkbookMap.of(model)
    for sheet in formulas:
        assert sheet.protection.sheet
        assert not sheet.protection.password
    sheet, address = where.month_cell("class_a.balance", 3)
    assert formulas[sheet][address].protection.locked
    sheet, address = where.base_cell("tranches.class_a.balance")
    assert not formulas[sheet][address].protection.locked
    sheet, address = where.base_cell("time.legal_final")
    assert formulas[sheet][address].protection.locked
    assert not formulas["Cover"][SELECTOR].protection.locked


def test_overrides_become_base_numbers_and_drop_what_a_scenario_sets(model, tmp_path):
    overrides = {"customers.obligor_1.stops_paying": 30.0}
    path = write_workbook(run_model(model, "contracts_fail", overrides), tmp_path / "over.xlsx")
    where = WorkbookMap.of(model)
    book = openpyxl.load_workbook(path)
    row = where.inputs["customers.obligor_1.stops_paying"]
    assert book["Inputs"][f"E{row}"].value == 30
    assert book["Inputs"][f"F{row}"].value == f"=$E{row}"
    assert book["Cover"][SELECTOR].value == "contracts_fail"
    assert "obligor_1" in book["Cover"]["C5"].value
    book.close()


def test_the_same_run_gives_the_same_bytes(model, tmp_path):
    one, two = (write_workbook(run_model(model), tmp_path / name) for name in ("one.xlsx", "two.xlsx"))
    assert one.read_bytes() == two.read_bytes()


# texts


def small(*, title="Small", label="Label", note="", section="Prices"):
    changes = {"other": (Change("multiply", 0.5),)}
    lines = Builder("small", periods=3, title=title)
    number = lines.add_input(Input("in.number", "share", 1.5, label=label, note=note, source=note, changes=changes))
    with lines.at(HOSTILE, section=section, group=label):
        lines.line("doubled", number + number, unit="share", label=label)
    model = lines.build(
        scenarios={"base": label, "other": note}, period_ends=("2027-01-31", "2027-02-28", "2027-03-31")
    )
    return Result(model, "base", {}, Trace.of(model, values_of(model)), {"deal": title})


@pytest.mark.parametrize("text", [HOSTILE, "=1+1", "+1", "-1", "@SUM(A1)", "{=1}", "https://example.com/x", "\t=1+1"])
def test_a_text_that_looks_like_a_formula_stays_a_text(text, tmp_path):
    path = write_workbook(small(title=text, label=text, note=text), tmp_path / "texts.xlsx")
    book = openpyxl.load_workbook(path)
    said = [
        cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value == text.replace("\t", "\t")
    ]
    assert len(said) >= 5
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    assert "calc" not in cell.value
                    assert "example" not in cell.value
        assert not sheet._hyperlinks
    book.close()
    with zipfile.ZipFile(path) as parts:
        shared = parts.read("xl/sharedStrings.xml").decode()
        assert "<f>" not in shared


def test_long_texts_are_cut_and_control_characters_dropped(tmp_path):
    path = write_workbook(small(label="a\x00\x0bb\ud800", note="x" * 50_000), tmp_path / "long.xlsx")
    book = openpyxl.load_workbook(path)
    texts = {cell.value for sheet in book for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)}
    assert "a  b " in texts
    assert max(map(len, texts)) == 32_004
    book.close()


@pytest.mark.parametrize(
    ("section", "name"),
    [
        ("A/B:[x]?*\\", "A B  x"),
        ("'quoted'", "quoted"),
        ("x" * 40, "x" * 31),
        ("inputs", "inputs 2"),
        ("History", "History 2"),
        ("[]", "Lines"),
    ],
)
def test_a_section_becomes_a_name_that_excel_takes(section, name, tmp_path):
    assert sheet_name(section, ["Inputs"]) == name
    book = openpyxl.load_workbook(write_workbook(small(section=section), tmp_path / "section.xlsx"))
    assert name in book.sheetnames
    book.close()


# files


def test_a_failure_leaves_the_old_file_as_it_was_and_nothing_else(model, tmp_path, monkeypatch):
    path = tmp_path / "book.xlsx"
    path.write_bytes(b"the old file")

    def fail(book):
        raise RuntimeError("in the middle")

    monkeypatch.setattr(live, "write_charts", fail)
    with pytest.raises(RuntimeError, match="in the middle"):
        write_workbook(run_model(model), path)
    assert path.read_bytes() == b"the old file"
    assert [item.name for item in tmp_path.iterdir()] == ["book.xlsx"]


def test_a_disk_that_fills_up_leaves_the_old_file_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "book.xlsx"
    path.write_bytes(b"the old file")

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(live.os, "fsync", full)
    with pytest.raises(FileAccessError, match=r"cannot be written: .*No space left"):
        write_workbook(small(), path)
    assert path.read_bytes() == b"the old file"
    assert [item.name for item in tmp_path.iterdir()] == ["book.xlsx"]


def test_an_older_file_is_replaced_and_a_missing_folder_is_named(tmp_path):
    path = tmp_path / "book.xlsx"
    path.write_bytes(b"the old file")
    assert write_workbook(small(), path) == path
    assert zipfile.is_zipfile(path)
    with pytest.raises(FileAccessError, match=r"nowhere"):
        write_workbook(small(), tmp_path / "nowhere" / "book.xlsx")


def test_the_private_method_writes_what_xlsxwriter_itself_would(tmp_path):
    parts = []
    for number, kind in enumerate((FastWorkbook, xlsxwriter.Workbook)):
        path = tmp_path / f"{number}.xlsx"
        with kind(str(path)) as book:
            sheet = book.add_worksheet("Sheet")
            bold = book.add_format({"bold": True})
            sheet.write_formula("A1", "=SUM(B1:B3)*2", bold, 12.5)
            sheet.write_formula(1, 3, '=IF(A1>=1,"a<b","&")', None, "a<b")
            sheet.write_formula(2, 1, "=IFERROR(INDEX($A$1:$B$3,MATCH(1,A1:A3,0)),0)", bold, 0)
            sheet.write_formula(2, 20_000, "=1", bold, 0)
        with zipfile.ZipFile(path) as made:
            parts.append(made.read("xl/worksheets/sheet1.xml"))
    assert parts[0] == parts[1]
