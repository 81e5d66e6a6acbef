"""Recalculated numbers are LibreOffice's own, at full precision, and nothing of it is left behind."""

from __future__ import annotations

import math
import multiprocessing
import os
import signal
import sys
import tempfile
import threading
import zipfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
import xlsxwriter

from dealmodel.basics.errors import WorkbookError
from dealmodel.excel import recalculate as harness
from dealmodel.excel.recalculate import find_libreoffice, prove_recalculation, recalculate

SAME_DOUBLE = 1e-15
"""Relative: one rounding of a double is 1.1e-16, and the chains here have no more than a handful."""

ENOUGH_STEPS_TO_RUN_FOR_MINUTES = 200_000

needs_libreoffice = [
    pytest.mark.libreoffice,
    pytest.mark.skipif(find_libreoffice() is None, reason="LibreOffice with uno is not installed"),
]
looks_at_processes = pytest.mark.skipif(not Path("/proc").is_dir(), reason="lists processes through /proc")


def libreoffice(test):
    for mark in needs_libreoffice:
        test = mark(test)
    return test


@pytest.fixture
def scratch(tmp_path, monkeypatch):
    """A folder for temporary files that only this test uses, so that its processes and leftovers can be told apart."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def book(tmp_path):
    """Rates and a balance on one sheet, a chain of formulas on another; every formula remembers 999."""
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(str(path)) as workbook:
        inputs, chain = workbook.add_worksheet("Inputs"), workbook.add_worksheet("Chain of sums")
        inputs.write_column(0, 0, (0.5, 0.25, "note"))
        chain.write_formula("B2", "=Inputs!A1*Inputs!A2", None, 999)
        chain.write_formula("C2", "=B2/3+Inputs!A1", None, 999)
        chain.write_formula("D2", '=Inputs!A3&"!"', None, "999")
    return path


def running_in(folder: Path) -> list[str]:
    """Command lines of living processes that mention the folder; a dead one not yet collected has none."""
    lines = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if str(folder) in line:
                lines.append(line)
    return lines


class Watch(threading.Thread):
    """Looks once, as soon as LibreOffice has opened its sockets, at what is there; then does what it was told."""

    def __init__(self, scratch: Path, then=lambda: None) -> None:
        super().__init__()
        self.scratch, self.then = scratch, then
        self.processes: list[str] = []
        self.sockets: list[Path] = []

    def run(self) -> None:
        for _ in range(600):
            sockets = [path for profile in self.scratch.iterdir() for path in harness._sockets(profile)]
            self.sockets = [path for path in sockets if path.exists()]
            self.processes = running_in(self.scratch)
            if len(self.sockets) == 2:
                break
            threading.Event().wait(0.1)
        self.then()

    def assert_it_ran_and_nothing_is_left(self) -> None:
        assert any("soffice.bin" in line for line in self.processes)
        assert len(self.sockets) == 2
        assert not any(path.exists() for path in self.sockets)
        assert running_in(self.scratch) == []
        assert list(self.scratch.iterdir()) == []


# --- the proof ---


@libreoffice
def test_libreoffice_works_out_formulas_that_remember_999(tmp_path):
    prove_recalculation(tmp_path)


@libreoffice
@pytest.mark.parametrize(("mode", "each_step"), [(0, False), (1, True)], ids=["profile alone", "calculateAll alone"])
def test_either_way_of_forcing_is_enough(tmp_path, monkeypatch, mode, each_step):
    monkeypatch.setattr(harness, "_RECALCULATE_ON_LOAD", mode)
    monkeypatch.setattr(harness, "_RECALCULATE_EACH_STEP", each_step)
    prove_recalculation(tmp_path)


@libreoffice
def test_the_proof_fails_when_nothing_forces_a_recalculation(tmp_path, monkeypatch):
    monkeypatch.setattr(harness, "_RECALCULATE_ON_LOAD", 1)
    monkeypatch.setattr(harness, "_RECALCULATE_EACH_STEP", False)
    with pytest.raises(WorkbookError) as caught:
        prove_recalculation(tmp_path)
    assert [issue.path for issue in caught.value.issues] == [f"{s}!{a}" for s, a in harness._PROOF_FORMULAS]
    assert caught.value.issues[0].text() == (
        "Inputs!D1: =SUM(B2:B4) came back as 999.0, the value planted in the file; 999.875 is right"
    )


def test_the_proof_fails_on_any_wrong_number(tmp_path, monkeypatch):
    right = {name: [[None] * 4 for _ in range(6)] for name in ("Inputs", "Outputs")}
    for (sheet, address), (_, number) in harness._PROOF_FORMULAS.items():
        right[sheet][int(address[1:]) - 1]["ABCD".index(address[0])] = number
    monkeypatch.setattr(harness, "recalculate", lambda workbook, steps: [right])
    prove_recalculation(tmp_path)
    right["Outputs"][4][0] = 71.43
    with pytest.raises(WorkbookError, match=r"Outputs!A5: =ROUND\(A1/7,2\) came back as 71\.43; 71\.42 is right"):
        prove_recalculation(tmp_path)
    right["Outputs"][4][0] = "#NAME?"
    with pytest.raises(WorkbookError, match=r"came back as '#NAME\?'; 71\.42 is right"):
        prove_recalculation(tmp_path)


# --- steps ---


@libreoffice
def test_edits_flow_to_other_sheets_at_full_precision_and_stay(book):
    a, b, c = 0.1 + 0.2, 688_123_456.789_012_3, 1 / 3
    steps = [{}, {("Inputs", "A1"): a, ("Inputs", "A2"): b}, {("Inputs", "A1"): c}, {}]
    rows = [step["Chain of sums"][1] for step in recalculate(book, steps)]
    for row, (first, second) in zip(rows, [(0.5, 0.25), (a, b), (c, b), (c, b)], strict=True):
        product = first * second
        assert row[0] is None
        assert math.isclose(row[1], product, rel_tol=SAME_DOUBLE)
        assert math.isclose(row[2], product / 3 + first, rel_tol=SAME_DOUBLE)


@libreoffice
def test_numbers_come_back_as_the_very_doubles_put_in(book):
    numbers = [0.1, 1 / 3, math.pi * 1e-300, 1.7976931348623157e308, -0.1 - 0.2, 2.0**53 + 2, 5]
    values = recalculate(book, [{("Inputs", "A1"): number} for number in numbers], sheets=["Inputs"])
    assert [step["Inputs"][0][0] for step in values] == numbers


@libreoffice
def test_text_that_looks_like_a_formula_or_number_stays_text(book):
    texts = ["=1+1", "=cmd|'/c calc'!A1", "12", "+1", "'quoted", "ünï\n2"]
    for text, step in zip(texts, recalculate(book, [{("Inputs", "A3"): text} for text in texts]), strict=True):
        assert step["Inputs"][2][0] == text
        assert step["Chain of sums"][1][3] == text + "!"


@libreoffice
def test_errors_come_back_by_name_and_spread(tmp_path):
    path = tmp_path / "errors.xlsx"
    formulas = ["=1/0", "=NA()", "=NOSUCH(1)", '="a"+1', "=SQRT(-1)", "=#REF!+1", "=A1+1", "=IFERROR(A1,7)", "=A9"]
    with xlsxwriter.Workbook(str(path)) as workbook:
        sheet = workbook.add_worksheet("S")
        for row, formula in enumerate(formulas):
            sheet.write_formula(row, 0, formula, None, 999)
    got = [row[0] for row in recalculate(path, [{}])[0]["S"]]
    assert got == ["#DIV/0!", "#N/A", "#NAME?", "#VALUE!", "Err:502", "#REF!", "#DIV/0!", 7.0, "Err:522"]


@libreoffice
def test_sheets_are_read_from_a1_and_only_those_asked_for(tmp_path):
    path = tmp_path / "shapes.xlsx"
    with xlsxwriter.Workbook(str(path)) as workbook:
        workbook.add_worksheet("Empty")
        shifted, locked = workbook.add_worksheet("Shifted"), workbook.add_worksheet("Locked")
        shifted.write_row("B2", (True, "x"))
        shifted.write_formula("D3", '=""', None, "999")
        shifted.hide()
        locked.write("A1", 1)
        locked.protect("secret")
    everything, locked_only = (recalculate(path, [{("Locked", "A1"): 2}], sheets=s)[0] for s in (None, ["Locked"]))
    assert everything == {
        "Empty": [[None]],
        "Shifted": [[None] * 4, [None, 1.0, "x", None], [None] * 4],
        "Locked": [[2.0]],
    }
    assert locked_only == {"Locked": [[2.0]]}


@libreoffice
def test_the_workbook_itself_is_only_read(book):
    before, beside = book.read_bytes(), set(book.parent.iterdir())
    recalculate(book, [{("Inputs", "A1"): 9}])
    assert book.read_bytes() == before
    assert set(book.parent.iterdir()) == beside


# --- refusals ---


def test_bad_edits_are_refused_all_at_once_before_libreoffice_starts(book, monkeypatch):
    monkeypatch.setattr(harness, "find_libreoffice", lambda: pytest.fail("should not be needed"))
    with pytest.raises(WorkbookError) as caught:
        recalculate(book, [{("Inputs", "A1"): math.nan}, {("Inputs", "A1:B2"): 1, ("Inputs", "a1"): math.inf}])
    assert str(caught.value) == (
        "book.xlsx has 4 problems\n"
        "  step 1, Inputs!A1: a cell cannot hold nan; a finite number\n"
        "  step 2, Inputs!A1:B2: 'A1:B2' is not one cell; such as 'D12'\n"
        "  step 2, Inputs!a1: 'a1' is not one cell; such as 'D12'\n"
        "  step 2, Inputs!a1: a cell cannot hold inf; a finite number"
    )


def test_a_missing_workbook_is_named(tmp_path):
    with pytest.raises(WorkbookError, match=r"gone\.xlsx has 1 problem\n  file: there is no such file"):
        recalculate(tmp_path / "gone.xlsx", [{}])


def test_missing_libreoffice_says_what_to_install(book, monkeypatch):
    monkeypatch.setattr(harness.shutil, "which", lambda name: None)
    monkeypatch.setattr(harness, "_USUAL_PLACES", ())
    assert find_libreoffice() is None
    with pytest.raises(WorkbookError, match="apt-get install libreoffice-calc python3-uno"):
        recalculate(book, [{}])


def test_libreoffice_without_its_python_bridge_counts_as_missing(monkeypatch):
    monkeypatch.setattr(harness, "_python_with_uno", lambda soffice: None)
    assert find_libreoffice() is None


@libreoffice
@looks_at_processes
def test_unknown_sheets_are_refused_with_the_nearest_name(book, scratch):
    with pytest.raises(WorkbookError) as caught:
        recalculate(book, [{}, {("Input", "A1"): 1}], sheets=["Chain of sum"])
    assert str(caught.value) == (
        "book.xlsx has 2 problems\n"
        "  Chain of sum: the workbook has no sheet 'Chain of sum'; did you mean 'Chain of sums'?\n"
        "  step 2, Input!A1: the workbook has no sheet 'Input'; did you mean 'Inputs'?"
    )
    assert running_in(scratch) == []
    assert list(scratch.iterdir()) == []


@libreoffice
def test_a_cell_beyond_the_edge_of_a_sheet_is_refused(book):
    with pytest.raises(WorkbookError, match="Inputs!ZZZ1: LibreOffice cannot write to it"):
        recalculate(book, [{("Inputs", "ZZZ1"): 1}])


@pytest.mark.parametrize("content", [b"", b"name,value\na,1\n", b"PK\x03\x04 broken"], ids=["empty", "text", "broken"])
def test_a_file_that_is_no_workbook_is_refused_before_libreoffice_starts(tmp_path, monkeypatch, content):
    monkeypatch.setattr(harness, "find_libreoffice", lambda: pytest.fail("should not be needed"))
    path = tmp_path / "not.xlsx"
    path.write_bytes(content)
    with pytest.raises(WorkbookError, match=r"not\.xlsx has 1 problem\n  file: it is not an \.xlsx workbook"):
        recalculate(path, [{}])


@libreoffice
def test_an_archive_that_is_no_workbook_is_refused(tmp_path):
    path = tmp_path / "archive.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<not-even>")
    with pytest.raises(WorkbookError, match=r"archive\.xlsx has 1 problem\n  file: LibreOffice cannot open it"):
        recalculate(path, [{}], timeout_s=60)


@libreoffice
@looks_at_processes
def test_libreoffice_that_dies_at_once_is_reported(book, scratch, tmp_path, monkeypatch):
    broken = tmp_path / "soffice"
    broken.write_text("#!/bin/sh\necho no display >&2\nexit 3\n")
    broken.chmod(0o755)
    office = find_libreoffice()
    monkeypatch.setattr(
        harness, "find_libreoffice", lambda: harness.Libreoffice(broken, office.python, "LibreOffice 0")
    )
    with pytest.raises(WorkbookError, match="LibreOffice ended by itself with exit code 3"):
        recalculate(book, [{}], timeout_s=60)
    assert running_in(scratch) == []


# --- nothing is left behind ---


@libreoffice
@looks_at_processes
def test_libreoffice_is_gone_after_success(book, scratch):
    watch = Watch(scratch)
    watch.start()
    recalculate(book, [{}] * 100)
    watch.join()
    watch.assert_it_ran_and_nothing_is_left()


@libreoffice
@looks_at_processes
def test_libreoffice_is_gone_after_a_timeout(book, scratch):
    watch = Watch(scratch)
    watch.start()
    with pytest.raises(WorkbookError, match="did not finish within 10 seconds and was ended; allow it more time"):
        recalculate(book, [{}] * ENOUGH_STEPS_TO_RUN_FOR_MINUTES, timeout_s=10)
    watch.join()
    watch.assert_it_ran_and_nothing_is_left()


@libreoffice
@looks_at_processes
def test_libreoffice_is_gone_after_an_interruption(book, scratch):
    class StopNowError(Exception):
        pass

    def interrupt(number, frame):
        raise StopNowError

    watch = Watch(scratch, then=lambda: os.kill(os.getpid(), signal.SIGUSR1))
    previous = signal.signal(signal.SIGUSR1, interrupt)
    try:
        watch.start()
        with pytest.raises(StopNowError):
            recalculate(book, [{}] * ENOUGH_STEPS_TO_RUN_FOR_MINUTES)
    finally:
        watch.join()
        signal.signal(signal.SIGUSR1, previous)
    watch.assert_it_ran_and_nothing_is_left()


@looks_at_processes
def test_a_child_that_outlives_its_parent_is_ended_too(scratch):
    with harness.private_profile() as profile:
        child = [sys.executable, "-c", f"import time; time.sleep(600)  # {profile}"]
        parent = f"import subprocess; print(subprocess.Popen({child!r}).pid)"
        code, printed = harness.run_and_end([sys.executable, "-c", parent], profile, 60)
        assert code == 0
        assert printed.isdecimal()
        for _ in range(100):  # it has been told to end; the system may take a moment
            if running_in(profile):
                threading.Event().wait(0.02)
        assert running_in(profile) == []


@libreoffice
def test_two_at_once_do_not_disturb_each_other(book):
    steps = [[{("Inputs", "A1"): float(10 * which + n)} for n in range(40)] for which in (1, 2)]
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        both = [future.result() for future in [pool.submit(recalculate, book, mine) for mine in steps]]
    for which, values in zip((1, 2), both, strict=True):
        assert [step["Chain of sums"][1][1] for step in values] == [(10 * which + n) * 0.25 for n in range(40)]
