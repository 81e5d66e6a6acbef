"""Pictures of a workbook's pages."""

from __future__ import annotations

import shutil
import struct

import pytest
import xlsxwriter

from dealmodel.basics.errors import WorkbookError
from dealmodel.excel import preview
from dealmodel.excel.preview import main, pictures
from dealmodel.excel.recalculate import find_libreoffice

A4_LANDSCAPE_AT_50 = (585, 414)  # 297 x 210 mm are 11.69 x 8.27 inches

needs_libreoffice = pytest.mark.skipif(
    find_libreoffice() is None or shutil.which("pdftoppm") is None, reason="LibreOffice or pdftoppm is not installed"
)


@pytest.fixture
def book(tmp_path):
    path = tmp_path / "two pages.xlsx"
    with xlsxwriter.Workbook(str(path)) as workbook:
        for name in ("Cover", "Numbers"):
            sheet = workbook.add_worksheet(name)
            sheet.set_paper(9)
            sheet.set_landscape()
            sheet.write("A1", name)
    return path


def size(png):
    head = png.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", head[16:24])


@pytest.mark.libreoffice
@needs_libreoffice
def test_each_page_becomes_one_picture_at_the_resolution_asked_for(book, tmp_path):
    folder = tmp_path / "made" / "here"
    pages = pictures(book, folder, resolution=50)
    assert [page.name for page in pages] == ["two pages-1.png", "two pages-2.png"]
    for page in pages:
        width, height = size(page)
        assert abs(width - A4_LANDSCAPE_AT_50[0]) <= 1
        assert abs(height - A4_LANDSCAPE_AT_50[1]) <= 1
    assert pages[0].read_bytes() != pages[1].read_bytes()
    assert set(folder.iterdir()) == set(pages)


@pytest.mark.libreoffice
@needs_libreoffice
def test_the_command_prints_the_files_and_replaces_old_ones(book, tmp_path, capsys):
    (tmp_path / "two pages-7.png").write_text("from an earlier, longer workbook")
    (tmp_path / "two pages-old.png").write_text("somebody's own")
    assert main([str(book), "--resolution", "20"]) == 0
    assert capsys.readouterr().out.splitlines() == [str(tmp_path / f"two pages-{n}.png") for n in (1, 2)]
    assert not (tmp_path / "two pages-7.png").exists()
    assert (tmp_path / "two pages-old.png").exists()


@pytest.mark.libreoffice
@needs_libreoffice
def test_a_file_that_cannot_be_printed_is_reported(tmp_path, capsys):
    path = tmp_path / "broken.xlsx"
    path.write_bytes(b"PK\x03\x04 broken")
    assert main([str(path), "--out", str(tmp_path / "out")]) == 1
    assert "broken.xlsx has 1 problem" in capsys.readouterr().err


def test_missing_pdftoppm_says_what_to_install(book, tmp_path, monkeypatch):
    monkeypatch.setattr(preview.shutil, "which", lambda name: None)
    with pytest.raises(WorkbookError, match="apt-get install poppler-utils"):
        pictures(book, tmp_path)


def test_a_missing_workbook_is_named(tmp_path, capsys):
    assert main([str(tmp_path / "gone.xlsx")]) == 1
    assert capsys.readouterr().err == "gone.xlsx has 1 problem\n  file: there is no such file\n"


def test_pages_are_ordered_by_number(tmp_path):
    for name in ("b-2.png", "b-10.png", "b-1.png", "b-x.png", "bb-1.png"):
        (tmp_path / name).touch()
    assert [page.name for page in preview._pages(tmp_path, "b")] == ["b-1.png", "b-2.png", "b-10.png"]
