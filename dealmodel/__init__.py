"""dealmodel: cash-flow models of GPU-collateralized financings.

A deal file compiles into lines; the lines run as Python, as NumPy and as a live workbook. See `load_deal`, `run_deal`
and `write_workbook`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dealmodel.basics.errors import DealError, DealFileError, FileAccessError, Issue, ModelError, WorkbookError
from dealmodel.version import VERSION

if TYPE_CHECKING:
    from dealmodel.analytics.analysis import Analysis, analyse
    from dealmodel.analytics.decrement_report import decrement
    from dealmodel.analytics.decrement_tables import DecrementTable, DecrementTables
    from dealmodel.analytics.term_sheet.sheet import term_sheet
    from dealmodel.analytics.term_sheet.tables import TermSheet
    from dealmodel.definition.deal import Deal
    from dealmodel.definition.load import load_deal
    from dealmodel.engine.compile import compile_deal
    from dealmodel.engine.result import Result
    from dealmodel.engine.run import run_deal
    from dealmodel.excel.decrement import write_decrement
    from dealmodel.excel.live import write_workbook
    from dealmodel.excel.term_sheet import write_term_sheet
    from dealmodel.lines.model import Model
    from dealmodel.market.scenarios import Scenario, ScenarioChange

__version__ = VERSION

_LAZY = {
    "Analysis": "dealmodel.analytics.analysis",
    "Deal": "dealmodel.definition.deal",
    "DecrementTable": "dealmodel.analytics.decrement_tables",
    "DecrementTables": "dealmodel.analytics.decrement_tables",
    "Model": "dealmodel.lines.model",
    "Result": "dealmodel.engine.result",
    "Scenario": "dealmodel.market.scenarios",
    "ScenarioChange": "dealmodel.market.scenarios",
    "analyse": "dealmodel.analytics.analysis",
    "TermSheet": "dealmodel.analytics.term_sheet.tables",
    "compile_deal": "dealmodel.engine.compile",
    "decrement": "dealmodel.analytics.decrement_report",
    "load_deal": "dealmodel.definition.load",
    "run_deal": "dealmodel.engine.run",
    "term_sheet": "dealmodel.analytics.term_sheet.sheet",
    "write_decrement": "dealmodel.excel.decrement",
    "write_term_sheet": "dealmodel.excel.term_sheet",
    "write_workbook": "dealmodel.excel.live",
}

__all__ = [
    "Analysis",
    "Deal",
    "DealError",
    "DealFileError",
    "DecrementTable",
    "DecrementTables",
    "FileAccessError",
    "Issue",
    "Model",
    "ModelError",
    "Result",
    "Scenario",
    "ScenarioChange",
    "TermSheet",
    "WorkbookError",
    "__version__",
    "analyse",
    "compile_deal",
    "decrement",
    "load_deal",
    "run_deal",
    "term_sheet",
    "write_decrement",
    "write_term_sheet",
    "write_workbook",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that `dealmodel --help` stays quick."""
    if name not in _LAZY:
        raise AttributeError(f"module 'dealmodel' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_LAZY[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
