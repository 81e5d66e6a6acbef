"""What the page on analytics shows works: its Python block, its commands, and a row for each figure and ratio."""

from __future__ import annotations

import contextlib
import re
import shutil
import sys
from pathlib import Path

import pandas as pd
import pytest

import dealmodel as dm
from dealmodel.analytics.figures import FIGURES, NET_CASH, RATIOS
from dealmodel.analytics.tranche_metrics import TrancheMetrics
from dealmodel.cli import main

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "analytics.md").read_text(encoding="utf-8")
ROWS = [[cell.strip() for cell in line[1:-1].split("|")] for line in PAGE.splitlines() if line.startswith("| ")]


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, flags=re.DOTALL)


def test_every_line_of_the_python_block_gives_something(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines that only name a figure are worked out one by one.

    The floating loan's margin is 2.25%, over periods that end on month ends and are paid on business days. Two points
    less over a modified duration of 3.02 years are 0.66% a year more.
    """
    shutil.copytree(ROOT / "sample_deals", tmp_path / "sample_deals")
    monkeypatch.chdir(tmp_path)
    (block,) = blocks("python")
    scope: dict[str, object] = {}
    shown = []
    for line in block.splitlines():
        if re.match(r"import|\w+ = ", line):
            exec(line, scope)
        elif line:
            shown.append(eval(line.partition("  #")[0], scope))
    assert len(shown) == 9
    assert all(value is not None for value in shown)
    assert [isinstance(value, pd.DataFrame) for value in shown].count(True) == 4
    margin = scope["found"].metrics["floating"].discount_margin().number  # type: ignore[attr-defined]
    par = TrancheMetrics(scope["result"], "floating").discount_margin().number  # type: ignore[arg-type]
    assert par == pytest.approx(0.0225, abs=0.00005)
    assert margin - par == pytest.approx(0.02 / 3.02, abs=0.0003)


@pytest.mark.parametrize("command", blocks("sh")[0].splitlines())
def test_every_command_works(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "argv", command.split())
    with contextlib.suppress(SystemExit):
        main()
    said = capsys.readouterr()
    assert said.err == ""
    assert "DSCR" in said.out or '"dscr"' in said.out


def test_every_figure_has_a_row_with_its_title_and_its_formula() -> None:
    rows = [row for row in ROWS if len(row) == 5]
    named = {name: row for row in rows for name in re.findall(r"`(\w+)`", row[1])}
    left_out = {"balance", "price", "spread_over"}  # what they are needs no formula
    assert set(named) == {figure.key for figure in FIGURES} - left_out
    for figure in FIGURES:
        if figure.key not in left_out:
            assert figure.title in named[figure.key][0].split("; "), figure.key
            assert named[figure.key][2]


def test_every_ratio_has_a_row() -> None:
    named = {name for row in ROWS if len(row) == 3 for name in re.findall(r"`(\w+)`", row[1])}
    assert set(RATIOS) <= named
    assert " ".join(PAGE.split()).find(f"Net cash is {NET_CASH}") > 0


def test_the_columns_of_the_page_are_those_of_the_table() -> None:
    result = dm.run_deal(dm.load_deal(ROOT / "tests" / "definition" / "small_deal.yaml"))
    assert {figure.key for figure in FIGURES} <= set(dm.analyse(result).tranches.columns)
