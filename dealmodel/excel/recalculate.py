"""What does a workbook say when LibreOffice works out every formula again?

A workbook carries a remembered value beside each formula, and LibreOffice by itself shows the remembered one. Here each
workbook is opened in a private LibreOffice that is told twice not to: its profile says to recalculate while opening
(`OOXMLRecalcMode` 0), and every step ends with `calculateAll`, which works out all formulas whether or not anything
they read has changed. Either gets rid of remembered values; `prove_recalculation` shows on the spot that they are gone.

Limits: LibreOffice is not Excel. TRUE comes back as 1, a date as its serial number, a text of no characters as None.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xlsxwriter

from dealmodel.basics.errors import Issue, WorkbookError, nearest

PLANTED = 999.0
"""The wrong value that the proof writes beside every formula."""

RELATIVE_TOLERANCE = 1e-12
"""The proof tells 999 from a right number; it does not measure rounding."""

_RECALCULATE_ON_LOAD = 0  # OOXMLRecalcMode: 0 always, 1 never (LibreOffice's own default), 2 ask
_RECALCULATE_EACH_STEP = True
_PROBE_SECONDS = 60.0
_ENDING_POLLS = 100
_POLL_SECONDS = 0.02
_LOG_CHARACTERS = 500
_SCRIPT = Path(__file__).with_name("uno_session.py")
_ADDRESS = re.compile(r"[A-Z]{1,3}[1-9][0-9]{0,6}")
_USUAL_PLACES = (
    "/usr/bin/soffice",
    "/usr/lib/libreoffice/program/soffice",
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
    r"C:\Program Files\LibreOffice\program\soffice.com",
)
_PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse">\
<value>{mode}</value></prop></item>
<item oor:path="/org.openoffice.Office.Calc/Formula/Calculation">\
<prop oor:name="UseThreadedCalculationForFormulaGroups" oor:op="fuse"><value>false</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Misc"><prop oor:name="UseOpenCL" oor:op="fuse">\
<value>false</value></prop></item>
<item oor:path="/org.openoffice.Setup/L10N"><prop oor:name="ooSetupSystemLocale" oor:op="fuse">\
<value>en-US</value></prop></item>
</oor:items>
"""

_PROOF_INPUTS = (("class", "balance"), ("A", 600.25), ("B", 300.5), ("A", 99.125))
_PROOF_FORMULAS = {
    ("Inputs", "D1"): ("=SUM(B2:B4)", 999.875),
    ("Inputs", "D2"): ("=MIN(B2:B4)*MAX(B2:B4)", 99.125 * 600.25),
    ("Outputs", "A1"): ("=Inputs!D1/2", 499.9375),
    ("Outputs", "A2"): ("=IF(Inputs!B2>Inputs!B3,Inputs!B2-Inputs!B3,0)", 299.75),
    ("Outputs", "A3"): ("=INDEX(Inputs!B2:B4,2)", 300.5),
    ("Outputs", "A4"): ('=SUMIFS(Inputs!B2:B4,Inputs!A2:A4,"A")', 699.375),
    ("Outputs", "A5"): ("=ROUND(A1/7,2)", 71.42),
    ("Outputs", "A6"): ("=MAX(A1:A5)-A2", 399.625),
}


@dataclass(frozen=True, slots=True)
class Libreoffice:
    """A LibreOffice that can be talked to.

    Parameters
    ----------
    soffice : Path
        The program that starts it.
    python : Path
        A Python that can import its bridge, `uno`.
    version : str
        What it calls itself, such as `LibreOffice 7.4.7.2 40(Build:2)`.
    """

    soffice: Path
    python: Path
    version: str


def find_libreoffice() -> Libreoffice | None:
    """Find LibreOffice and a Python that can talk to it, or nothing if either is absent.

    `soffice` is looked for on the search path, then where installers put it. The Python is the one running now, the
    system's, or the one that came with LibreOffice, whichever is the first that imports `uno`.
    """
    on_path = [shutil.which(name) for name in ("soffice.com", "soffice", "libreoffice")]
    for found in [*on_path, *_USUAL_PLACES]:
        if found and Path(found).is_file():
            soffice = Path(found)
            python = _python_with_uno(soffice)
            version = _answer_of([soffice, "--version"])
            if python is not None and version is not None:
                return Libreoffice(soffice, python, version.strip())
    return None


def required_libreoffice() -> Libreoffice:
    """Return the LibreOffice of this computer.

    Raises
    ------
    WorkbookError
        There is none, or no Python that can talk to it; the hint says what to install.
    """
    found = find_libreoffice()
    if found is None:
        hint = "install both; on Debian or Ubuntu: apt-get install libreoffice-calc python3-uno"
        what = "LibreOffice, or its Python bridge uno, was not found on this computer"
        raise WorkbookError("recalculation", [Issue("LibreOffice", what, hint=hint, code="DM-BOOK-001")])
    return found


def recalculate(
    workbook: Path,
    steps: Sequence[Mapping[tuple[str, str], float | str]],
    *,
    sheets: Sequence[str] | None = None,
    timeout_s: float = 300,
) -> list[dict[str, list[list[float | str | None]]]]:
    """Work out every formula of a workbook anew after each of several sets of edits.

    The workbook is opened once, from a private copy; the file itself is only read. In each step the edits are made, all
    formulas are worked out, and all cells are read. Numbers travel as doubles, unrounded, in both directions.

    Parameters
    ----------
    workbook : Path
        An .xlsx file.
    steps : sequence of mappings
        From (sheet, address), such as `("Inputs", "D12")`, to the number or text put there. An edit stays until a later
        step replaces it. An empty mapping only recalculates. A text stays a text even if it starts with `=`.
    sheets : sequence of str, optional
        The sheets to read; all by default.
    timeout_s : float
        LibreOffice is ended when the whole of it takes longer. [seconds]

    Returns
    -------
    list of dict, one per step
        For each sheet its rows from A1 to the last cell in use, so that `D12` is `[11][3]`. A number is a float, an
        empty cell None, an error its text: `#DIV/0!`, `#N/A`, `#NAME?`, `#NUM!`, `#REF!`, `#VALUE!`, or `Err:` and
        LibreOffice's number for it.

    Raises
    ------
    WorkbookError
        LibreOffice is absent, cannot open the file or write to a cell, ends too early, or takes too long.
    """
    edits = [[(sheet, address, value) for (sheet, address), value in step.items()] for step in steps]
    _check_every_edit(workbook, edits)
    office = required_libreoffice()
    with private_profile() as profile:
        answer = _answer_to(workbook, _order(workbook, office, profile, edits, sheets), office, profile, timeout_s)
    if "problems" in answer:
        raise WorkbookError(workbook.name, [_issue(problem) for problem in answer["problems"]])
    values: list[dict[str, list[list[float | str | None]]]] = answer["values"]
    return values


def prove_recalculation(folder: Path) -> None:
    """Show that this computer's LibreOffice works out formulas instead of repeating what the file remembers.

    Writes `proof_of_recalculation.xlsx`, eight formulas on two sheets that all remember 999, and recalculates it.

    Raises
    ------
    WorkbookError
        A cell still says 999, or says anything else than the right number.
    """
    workbook = folder / "proof_of_recalculation.xlsx"
    _write_proof(workbook)
    values = recalculate(workbook, [{}])[0]
    issues = []
    for (sheet, address), (formula, right) in _PROOF_FORMULAS.items():
        got = values[sheet][int(address[1:]) - 1][ord(address[0]) - ord("A")]
        if not isinstance(got, float) or not math.isclose(got, right, rel_tol=RELATIVE_TOLERANCE):
            what = f"{formula} came back as {got!r}" + (", the value planted in the file" if got == PLANTED else "")
            issues.append(Issue(f"{sheet}!{address}", what, allowed=f"{right!r} is right", code="DM-BOOK-002"))
    if issues:
        raise WorkbookError(workbook.name, issues)


@contextlib.contextmanager
def private_profile() -> Iterator[Path]:
    """Lend a folder with a LibreOffice profile that recalculates every workbook it opens; gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="dealmodel-", ignore_cleanup_errors=True) as name:
        folder = Path(name).resolve()
        (folder / "profile" / "user").mkdir(parents=True)
        settings = _PROFILE.format(mode=_RECALCULATE_ON_LOAD)
        (folder / "profile" / "user" / "registrymodifications.xcu").write_text(settings, encoding="utf-8")
        yield folder


def soffice_command(office: Libreoffice, profile: Path) -> list[str]:
    """Start LibreOffice without a window, in a profile lent by `private_profile`."""
    return [
        str(office.soffice),
        f"-env:UserInstallation={(profile / 'profile').as_uri()}",
        "--headless",
        "--norestore",
        "--nologo",
        "--nodefault",
        "--nolockcheck",
    ]


def run_and_end(command: Sequence[str | Path], profile: Path, timeout_s: float) -> tuple[int, str]:
    """Run a command in a process group of its own, of which nothing is left when this returns or raises.

    Returns
    -------
    tuple of int and str
        Its exit code, and the end of what it printed.

    Raises
    ------
    subprocess.TimeoutExpired
        It took longer than `timeout_s` seconds.
    """
    log = profile / "log.txt"
    # LibreOffice's own scratch files go where they are deleted with the profile.
    environment = _environment() | {"TMPDIR": str(profile)}
    with (
        log.open("wb") as output,
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        ) as process,
    ):
        try:
            process.wait(timeout_s)
        finally:
            _end_group(process)
            for socket in _sockets(profile):
                socket.unlink(missing_ok=True)
    return process.returncode, log.read_text(encoding="utf-8", errors="replace").strip()[-_LOG_CHARACTERS:]


def _check_every_edit(workbook: Path, steps: Sequence[Sequence[tuple[str, str, float | str]]]) -> None:
    """Refuse addresses that are not one cell and numbers that a cell cannot hold."""
    issues = []
    for number, step in enumerate(steps, start=1):
        for sheet, address, value in step:
            place = f"step {number}, {sheet}!{address}"
            if not _ADDRESS.fullmatch(address):
                issues.append(Issue(place, f"{address!r} is not one cell", allowed="such as 'D12'", code="DM-BOOK-003"))
            if not isinstance(value, str) and not math.isfinite(value):
                issues.append(
                    Issue(place, f"a cell cannot hold {value!r}", allowed="a finite number", code="DM-BOOK-003")
                )
    if not workbook.is_file():
        issues.append(Issue("", "there is no such file", code="DM-BOOK-004"))
    elif not zipfile.is_zipfile(workbook):  # LibreOffice takes an empty file for an empty workbook
        issues.append(Issue("", "it is not an .xlsx workbook", code="DM-BOOK-004"))
    if issues:
        raise WorkbookError(workbook.name, issues)


def _order(
    workbook: Path,
    office: Libreoffice,
    profile: Path,
    steps: Sequence[Sequence[tuple[str, str, float | str]]],
    sheets: Sequence[str] | None,
) -> dict[str, Any]:
    """Write out what `uno_session.py` is to do, with a copy of the workbook so that no lock file appears beside it."""
    copy = profile / "workbook.xlsx"
    shutil.copyfile(workbook, copy)
    pipe = _pipe(profile)
    return {
        "command": [*soffice_command(office, profile), f"--accept=pipe,name={pipe};urp;"],
        "pipe": pipe,
        "workbook": copy.as_uri(),
        "sheets": None if sheets is None else list(sheets),
        "steps": [[(s, a, v if isinstance(v, str) else float(v)) for s, a, v in step] for step in steps],
        "recalculates": _RECALCULATE_EACH_STEP,
        "answer": str(profile / "answer.json"),
    }


def _answer_to(workbook: Path, order: Mapping[str, Any], office: Libreoffice, profile: Path, timeout_s: float) -> Any:
    """Have the order carried out and return the answer."""
    (profile / "order.json").write_text(json.dumps(order), encoding="utf-8")
    try:
        code, log = run_and_end([office.python, _SCRIPT, profile / "order.json"], profile, timeout_s)
    except subprocess.TimeoutExpired:
        what, hint = f"LibreOffice did not finish within {timeout_s:g} seconds and was ended", "allow it more time"
        raise WorkbookError(workbook.name, [Issue("", what, hint=hint, code="DM-BOOK-005")]) from None
    answer = profile / "answer.json"
    if code != 0 or not answer.is_file():
        what = f"LibreOffice broke off (exit code {code}): {log}"
        raise WorkbookError(workbook.name, [Issue("", what, code="DM-BOOK-006")])
    return json.loads(answer.read_text(encoding="utf-8"))


def _issue(problem: Mapping[str, Any]) -> Issue:
    """Say a problem met inside LibreOffice as any other."""
    hint = nearest(problem["name"], problem["known"]) if "known" in problem else ""
    return Issue(problem["place"], problem["what"], hint=hint, code="DM-BOOK-007")


def _write_proof(workbook: Path) -> None:
    """Write the workbook whose formulas all remember 999."""
    with xlsxwriter.Workbook(str(workbook)) as book:
        pages = {name: book.add_worksheet(name) for name in ("Inputs", "Outputs")}
        for row, cells in enumerate(_PROOF_INPUTS):
            pages["Inputs"].write_row(row, 0, cells)
        for (sheet, address), (formula, _) in _PROOF_FORMULAS.items():
            pages[sheet].write_formula(address, formula, None, PLANTED)


def _python_with_uno(soffice: Path) -> Path | None:
    """Return the first Python, of those likely to have it, that imports `uno`."""
    beside = soffice.resolve().parent
    bundled = [beside / name for name in ("python", "python.bin", "python.exe", "../Resources/python")]
    for python in [Path(sys.executable), Path("/usr/bin/python3"), *bundled]:
        if (
            python.is_file()
            and _answer_of([python, "-c", "import sys, uno; assert sys.version_info >= (3, 8)"]) is not None
        ):
            return python
    return None


def _answer_of(command: Sequence[str | Path]) -> str | None:
    """Return what a short command prints, or nothing if it fails."""
    try:
        done = subprocess.run(
            command,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PROBE_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("utf-8", errors="replace")


def _environment() -> dict[str, str]:
    """Return the environment without the settings of the running Python, which would mislead another one."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """End the process and all that it started; a process cut short is given a moment to be really gone."""
    cut_short = process.poll() is None
    if sys.platform == "win32":
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], capture_output=True, check=False)
        process.wait()
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):  # nothing is left of the group
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for _ in range(_ENDING_POLLS if cut_short else 0):  # or one of them may still write into the profile
            os.killpg(process.pid, 0)
            time.sleep(_POLL_SECONDS)


def _pipe(profile: Path) -> str:
    """Name the pipe of a profile; the folder's random name makes it its own."""
    return profile.name


def _sockets(profile: Path) -> list[Path]:
    """Name the sockets that an ended LibreOffice leaves in the folder for temporary files.

    One is the pipe. The other is its own, by which it tells that it runs already: the MD5 of the profile's URL, each
    byte in hexadecimal without a leading zero.
    """
    if sys.platform == "win32":
        return []
    url = (profile / "profile").as_uri().encode("utf-16-le")
    digest = "".join(f"{byte:x}" for byte in hashlib.md5(url, usedforsecurity=False).digest())
    names = [f"OSL_PIPE_{os.getuid()}_{name}" for name in (_pipe(profile), f"SingleOfficeIPC_{digest}")]
    return [Path(folder, name) for folder in ("/tmp", "/var/tmp") for name in names]
