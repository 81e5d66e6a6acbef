"""Files of workbooks are written whole or not at all, and show no clock."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from dealmodel.excel.files import without_clock
from dealmodel.io.write import replacing


def saved() -> bytes:
    book = openpyxl.Workbook()
    book.active["A1"] = "text"
    book.properties.created = datetime(2000, 1, 1)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def test_no_part_shows_when_it_was_saved() -> None:
    with_clock, without = saved(), without_clock(saved())
    with zipfile.ZipFile(io.BytesIO(with_clock)) as before, zipfile.ZipFile(io.BytesIO(without)) as after:
        assert before.namelist() == after.namelist()
        assert {part.date_time for part in after.infolist()} == {(2000, 1, 1, 0, 0, 0)}
        assert b">2000-01-01T00:00:00Z</dcterms:modified>" in after.read("docProps/core.xml")
        others = [name for name in before.namelist() if name != "docProps/core.xml"]
        assert all(before.read(name) == after.read(name) for name in others)
    assert openpyxl.load_workbook(io.BytesIO(without)).active["A1"].value == "text"


def test_a_file_that_fails_leaves_the_older_one(tmp_path: Path) -> None:
    target = tmp_path / "book.xlsx"
    target.write_text("older")
    with pytest.raises(TypeError), replacing(target) as temporary:
        temporary.write_text(None)  # type: ignore[arg-type]
    assert target.read_text() == "older"
    assert [path.name for path in tmp_path.iterdir()] == ["book.xlsx"]


def test_a_file_that_is_whole_takes_the_name_and_its_permissions(tmp_path: Path) -> None:
    target = tmp_path / "book.xlsx"
    target.write_text("older")
    target.chmod(0o640)
    with replacing(target) as temporary:
        temporary.write_text("newer")
        assert target.read_text() == "older"
    assert target.read_text() == "newer"
    assert target.stat().st_mode & 0o777 == 0o640
