"""Imports go down the list of layers only; names on one row do not import each other."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "dealmodel"
LAYERS: list[set[str]] = [
    {"addin", "cli"},
    {"batch", "excel"},
    {"analytics"},
    {"engine"},
    {"definition"},
    {"io"},
    {"waterfall"},
    {"liabilities"},
    {"collateral", "contracts"},
    {"market"},
    {"lines"},
    {"basics"},
]
RANK = {name: rank for rank, row in enumerate(LAYERS) for name in row}
TOP = {"__init__", "version"}
"""Modules beside the layers: the list of public names, and the version, which every layer may print."""


def imported(path: Path) -> set[str]:
    """Layers that a module imports, at the top or inside a function."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            names = [node.module or ""]
        found |= {name.split(".")[1] for name in names if name.startswith("dealmodel.")}
    return found - TOP


MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE)


def test_every_folder_is_a_known_layer() -> None:
    folders = {path.relative_to(PACKAGE).parts[0] for path in MODULES}
    assert folders <= set(RANK), f"unknown folders {folders - set(RANK)}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down_only(path: Path) -> None:
    layer = path.relative_to(PACKAGE).parts[0]
    for other in imported(path) - {layer}:
        assert RANK[other] > RANK[layer], f"{layer} imports {other}, which is not below it"


def test_a_layer_violation_is_seen(tmp_path: Path) -> None:
    planted = tmp_path / "planted.py"
    planted.write_text("def late():\n    from dealmodel.engine.run import run_deal\n", encoding="utf-8")
    assert imported(planted) == {"engine"}
    assert RANK["engine"] < RANK["lines"]


def test_finance_knows_no_backend_and_the_workbook_sees_lines_only() -> None:
    backends = ("dealmodel.lines.plain", "dealmodel.lines.blocks")
    for path in MODULES:
        layer = path.relative_to(PACKAGE).parts[0]
        text = path.read_text(encoding="utf-8")
        if layer in ("market", "collateral", "contracts", "liabilities", "waterfall", "definition"):
            assert not any(name in text for name in backends), path
        if layer == "excel":
            assert not imported(path) & {
                "market",
                "collateral",
                "contracts",
                "liabilities",
                "waterfall",
                "definition",
            }, path
