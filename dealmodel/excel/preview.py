"""How does a workbook look? Pictures of its printed pages.

    python -m dealmodel.excel.preview book.xlsx --out pictures

LibreOffice prints the workbook to PDF and `pdftoppm` turns each page into a PNG. The numbers on them are LibreOffice's
own, worked out while opening. It is not Excel: fonts may differ, and dynamic arrays and sparklines may be missing.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from dealmodel.basics.errors import DealError, Issue, WorkbookError
from dealmodel.excel.recalculate import private_profile, required_libreoffice, run_and_end, soffice_command

TIMEOUT_SECONDS = 300.0


def pictures(workbook: Path, folder: Path, resolution: int = 75) -> list[Path]:
    """Return one PNG per printed page, in order: `book-01.png`, `book-02.png` and so on.

    Parameters
    ----------
    workbook : Path
        The file to print; it is only read.
    folder : Path
        Where the pictures go; made if it does not exist. Earlier pictures of the same workbook there are removed.
    resolution : int
        Dots per inch; 75 is enough to read a page.

    Raises
    ------
    WorkbookError
        LibreOffice or pdftoppm is absent, fails, or takes more than five minutes.
    """
    if not workbook.is_file():
        raise WorkbookError(workbook.name, [Issue("", "there is no such file", code="DM-BOOK-004")])
    pdftoppm = _required_pdftoppm()
    office = required_libreoffice()
    folder.mkdir(parents=True, exist_ok=True)
    for old in _pages(folder, workbook.stem):
        old.unlink()
    with private_profile() as profile:
        copy = profile / f"workbook{workbook.suffix}"
        shutil.copyfile(workbook, copy)
        to_pdf = [*soffice_command(office, profile), "--convert-to", "pdf", "--outdir", str(profile), str(copy)]
        _run(workbook, to_pdf, profile)
        pdf = profile / "workbook.pdf"
        if not pdf.is_file():
            raise WorkbookError(workbook.name, [Issue("", "LibreOffice cannot print it", code="DM-BOOK-008")])
        _run(workbook, [pdftoppm, "-r", str(resolution), "-png", str(pdf), str(folder / workbook.stem)], profile)
    return _pages(folder, workbook.stem)


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the pictures of a workbook and print their names."""
    parser = argparse.ArgumentParser(
        prog="python -m dealmodel.excel.preview", description="Pictures of a workbook's pages."
    )
    parser.add_argument("workbook", type=Path)
    parser.add_argument("--out", type=Path, help="folder for the pictures; by default the workbook's own")
    parser.add_argument("--resolution", type=int, default=75, help="dots per inch (default: %(default)s)")
    asked = parser.parse_args(arguments)
    try:
        pages = pictures(asked.workbook, asked.out or asked.workbook.parent, asked.resolution)
    except DealError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    for page in pages:
        print(page)
    return 0


def _required_pdftoppm() -> str:
    """Return the program that turns PDF pages into pictures."""
    found = shutil.which("pdftoppm")
    if found is None:
        hint = "install it; on Debian or Ubuntu: apt-get install poppler-utils"
        raise WorkbookError("preview", [Issue("pdftoppm", "not found on this computer", hint=hint, code="DM-BOOK-001")])
    return found


def _run(workbook: Path, command: Sequence[str], profile: Path) -> None:
    """Run one program to its end and say what it printed if it fails."""
    program = Path(command[0]).stem
    try:
        code, log = run_and_end(command, profile, TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        what = f"{program} did not finish within {TIMEOUT_SECONDS:g} seconds and was ended"
        raise WorkbookError(workbook.name, [Issue("", what, code="DM-BOOK-005")]) from None
    if code != 0:
        what = f"{program} failed with exit code {code}: {log}"
        raise WorkbookError(workbook.name, [Issue("", what, code="DM-BOOK-006")])


def _pages(folder: Path, stem: str) -> list[Path]:
    """List the pictures of a workbook by page."""
    pages = [path for path in folder.iterdir() if path.suffix == ".png" and path.stem.startswith(f"{stem}-")]
    numbered = [path for path in pages if path.stem[len(stem) + 1 :].isdecimal()]
    return sorted(numbered, key=lambda path: int(path.stem[len(stem) + 1 :]))


if __name__ == "__main__":
    sys.exit(main())
