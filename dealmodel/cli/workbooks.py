"""Workbooks of a deal and their certificates: its own, those of scenarios that change its shape, the term sheet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from dealmodel.analytics.term_sheet.sheet import term_sheet
from dealmodel.definition.checks_names import TERM_SHEET
from dealmodel.definition.deal import Deal
from dealmodel.engine.result import Result
from dealmodel.engine.run import model_for, run_model
from dealmodel.engine.variants import own_scenarios
from dealmodel.excel.certify import Certificate, certify
from dealmodel.excel.live import write_workbook
from dealmodel.excel.origin import check_replaceable
from dealmodel.excel.term_sheet import write_term_sheet
from dealmodel.lines.inputs import BASE


@dataclass(frozen=True, slots=True)
class Written:
    """A workbook that was written.

    Parameters
    ----------
    label, scenario : str
        What it is; the scenario that it is of where that is one of its own, else empty.
    path : Path
    replaced : bool
        Whether it took the place of an older one.
    """

    label: str
    scenario: str
    path: Path
    replaced: bool

    def text(self) -> str:
        """The path, and whether an older file was replaced."""
        return f"{self.path} (replaced)" if self.replaced else str(self.path)


def write_all(deal: Deal, result: Result, results: Mapping[str, Result], folder: Path, *, force: bool) -> list[Written]:
    """Write the workbooks of a run, or none of them if one may not take the place of a file that is there.

    The run of a scenario that changes the deal's shape writes that scenario's workbook; any other run writes the deal's
    own, and those of all scenarios that change its shape.

    Parameters
    ----------
    result : Result
        The run that was asked for.
    results : mapping from scenario to Result
        A run of every scenario.
    force : bool
        Whether to replace what is there whatever it is.

    Raises
    ------
    FileAccessError
        A file that is there is not of this deal, or was changed since; or one cannot be written.
    """
    own, name = own_scenarios(deal), deal.deal.id
    here = (result.scenario,) if result.scenario in own else own
    books: list[tuple[str, str, Path, Result | None]] = []
    if result.scenario not in own:
        books.append(("Live model", "", folder / f"{name}.xlsx", result))
    for scenario in here:
        books.append((f"Live model of {scenario}", scenario, folder / f"{name}_{scenario}.xlsx", results[scenario]))
    books.append(("Term sheet", "", folder / f"{name}_{TERM_SHEET}.xlsx", None))
    replaced = [path.exists() if force else check_replaceable(path, name) for _, _, path, _ in books]
    for _, _, path, run in books:
        if run is None:
            write_term_sheet(term_sheet(deal), path)
        else:
            write_workbook(run, path)
    return [Written(*book[:3], older) for book, older in zip(books, replaced, strict=True)]


def certificates(deal: Deal, scenario: str, folder: Path) -> Iterator[Certificate]:
    """Certify the deal's workbook in all its scenarios, then that of each scenario which changes the deal's shape.

    Parameters
    ----------
    scenario : str
        One scenario alone, in the workbook that holds it; empty for all of them.
    folder : Path
        Where the workbooks stay: `<deal>_live.xlsx`, `<deal>_<scenario>_live.xlsx`.

    Errors: DealFileError for a scenario that the deal does not have; those of a certificate.
    """
    own = own_scenarios(deal)
    if scenario not in own:
        model = model_for(deal, scenario or BASE)
        yield certify(model, run_model, folder=folder, scenarios=(scenario,) if scenario else None)
    for name in own if not scenario else (name for name in own if name == scenario):
        yield certify(model_for(deal, name), run_model, folder=folder, scenarios=(name,), name=f"{deal.deal.id}_{name}")
