"""The certificate holds for the flagship in every scenario, and does not hold when one formula is altered."""

from __future__ import annotations

import re
import zipfile

import pytest

from dealmodel import compile_deal, load_deal
from dealmodel.basics.errors import WorkbookError
from dealmodel.engine.run import run_model
from dealmodel.excel.certify import Difference, certify, compare, default_changes
from dealmodel.excel.layout import WorkbookMap
from dealmodel.excel.live import write_workbook
from dealmodel.excel.recalculate import find_libreoffice

FLAGSHIP = "sample_deals/gpu_abs_abc"
LOAN = "sample_deals/ddtl_ig_single_offtaker"

needs_libreoffice = pytest.mark.skipif(find_libreoffice() is None, reason="LibreOffice with uno is not installed")


@pytest.fixture(scope="module")
def model():
    return compile_deal(load_deal(FLAGSHIP))


@pytest.mark.libreoffice
@needs_libreoffice
def test_the_flagship_recalculates_to_the_engines_numbers_in_every_scenario(model, tmp_path):
    certificate = certify(model, run_model, folder=tmp_path)
    assert certificate.holds, str(certificate)
    assert certificate.scenarios == ("base", "contracts_fail", "hardware_worthless", "both_protections_fail")
    assert len(certificate.changes) == 5
    cells = sum(
        len(item.opening) + model.periods if item in model.monthly else 1 for item in model.definitions.values()
    )
    assert certificate.cells > 8 * cells
    assert len(certificate.lines()) <= 20
    assert certificate.lines()[0] == "gpu_abs_abc: CERTIFIED"


def rounded(path, rounding):
    deal = load_deal(path)
    return compile_deal(deal.model_copy(update={"deal": deal.deal.model_copy(update={"rounding": rounding})}))


@pytest.mark.libreoffice
@needs_libreoffice
@pytest.mark.parametrize(
    ("path", "rounding"),
    [
        (FLAGSHIP, "cent"),
        (LOAN, "none"),
        (LOAN, "cent"),
        ("tests/kinds/variant.yaml", "none"),
        ("tests/kinds/debt.yaml", "cent"),
        ("tests/kinds/debt.yaml", "none"),
        ("tests/kinds/pools.yaml", "none"),
        ("tests/kinds/pools.yaml", "cent"),
        ("tests/kinds/receivables.yaml", "none"),
        ("tests/kinds/classes.yaml", "none"),
        ("tests/kinds/classes.yaml", "cent"),
        ("tests/kinds/receivables.yaml", "cent"),
        ("tests/kinds/quarterly.yaml", "cent"),
        ("tests/kinds/pools_quarterly.yaml", "cent"),
        ("tests/kinds/pools_quarterly.yaml", "none"),
    ],
)
def test_deals_recalculate_in_whole_cents_and_unrounded(path, rounding, tmp_path):
    certificate = certify(rounded(path, rounding), run_model, folder=tmp_path)
    assert certificate.holds, str(certificate)


@pytest.mark.libreoffice
@needs_libreoffice
def test_one_altered_formula_is_found_and_named(model, tmp_path):
    workbook = write_workbook(run_model(model), tmp_path / "altered.xlsx")
    where = WorkbookMap.of(model)
    sheet, address = where.month_cell("class_b.interest_accrued", 40)
    alter(workbook, where.sheets.index(sheet) + 1, address)
    certificate = compare(model, run_model, workbook, scenarios=["base"], changes={})
    assert not certificate.holds
    first = certificate.failures[0]
    assert (first.cell, first.name) == (f"{sheet}!{address}", "class_b.interest_accrued")
    assert first.workbook == pytest.approx(first.engine + 1)
    assert f"{sheet}!{address} class_b.interest_accrued (base): workbook" in str(certificate)
    assert "NOT CERTIFIED" in certificate.lines()[0]
    assert len(certificate.lines()) <= 20


def alter(workbook, number, address):
    """Add one to the formula of one cell."""
    with zipfile.ZipFile(workbook) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    name = f"xl/worksheets/sheet{number}.xml"
    pattern = rf'(<c r="{address}"[^>]*><f>)([^<]*)(</f>)'
    text, count = re.subn(pattern, r"\g<1>\g<2>+1\g<3>", parts[name].decode())
    assert count == 1
    parts[name] = text.encode()
    with zipfile.ZipFile(workbook, "w", zipfile.ZIP_DEFLATED) as book:
        for part, content in parts.items():
            book.writestr(part, content)


def test_the_default_changes_are_five_live_numbers_of_different_units(model):
    changes = default_changes(model, tuple(model.scenarios))
    items = [model.input_by_path[path] for path in changes]
    assert len(items) == 5
    assert len({item.unit for item in items}) == 5
    assert all(item.live and changes[item.path] != item.value for item in items)
    assert changes == default_changes(model, tuple(model.scenarios))


def test_a_number_that_a_scenario_sets_outright_cannot_be_changed_by_its_base_cell(model, tmp_path):
    with pytest.raises(WorkbookError, match="a scenario sets it outright"):
        compare(model, run_model, tmp_path / "none.xlsx", changes={"customers.obligor_1.stops_paying": 12.0})


@pytest.mark.parametrize(
    ("unit", "workbook", "engine", "fails"),
    [
        ("currency", 100.0, 100.0099, False),
        ("currency", 100.0, 100.011, True),
        ("currency per hour", 1.0, 1.02, True),
        ("share", 0.5, 0.5 + 2e-9, True),
        ("month", 1e6, 1e6 + 1e-4, False),
        ("ratio", None, 0.0, True),
        ("ratio", "#DIV/0!", 0.0, True),
        ("ratio", float("nan"), 0.0, True),
    ],
)
def test_a_cent_and_a_billionth_are_allowed_and_a_text_never_is(unit, workbook, engine, fails):
    assert Difference("base", "A!B1", "x", unit, workbook, engine).fails is fails
