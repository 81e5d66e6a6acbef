"""What the README shows works: its Python block, its commands, and the names it promises."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import dealmodel as dm
from dealmodel.cli.app import app

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def test_python_block_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "sample_deals", tmp_path / "sample_deals")
    monkeypatch.chdir(tmp_path)
    (block,) = blocks("python")
    scope: dict[str, object] = {}
    exec(compile(block, "README.md", "exec"), scope)
    assert (tmp_path / "gpu_abs_abc.xlsx").stat().st_size > 100_000
    assert (tmp_path / "gpu_abs_abc_term_sheet.xlsx").stat().st_size > 10_000
    assert round(float(scope["result"].tranches.loc["class_a", "principal_loss"]) / 1e6) == 121  # type: ignore[attr-defined]


def test_two_commands_set_everything_up() -> None:
    lines = [line for block in blocks("sh") for line in block.splitlines() if line.startswith("python3 -m venv")]
    assert len(lines) == 2
    assert lines[0].endswith("&& .venv/bin/dealmodel run sample_deals/gpu_abs_abc")
    assert "pytest" in lines[1]


def test_ci_runs_the_test_command_of_the_readme_and_nothing_else_of_it() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    pattern = re.search(r"grep -E '([^']+)' README.md", script)
    assert pattern is not None
    found = [line for line in README.splitlines() if re.match(pattern[1].replace("^", ""), line)]
    assert len(found) == 1
    assert found[0].endswith("-m pytest -q -n 2")
    assert "DEALMODEL_TESTS_NEED_LIBREOFFICE=1" in script


def test_every_command_of_the_readme_is_there() -> None:
    named = set(re.findall(r"^dealmodel (\w+)", README, flags=re.MULTILINE))
    there = {command.callback.__name__ for command in app.registered_commands if command.callback}
    commands = {"run", "check", "explain", "certify", "schema", "new", "diff", "decrement", "analyse", "size"}
    assert named == there == commands


@pytest.mark.parametrize("name", dm.__all__)
def test_every_public_name_can_be_imported(name: str) -> None:
    assert getattr(dm, name) is not None
    assert name in dir(dm)


def test_a_name_that_is_not_public_is_refused() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'rating'"):
        _ = dm.rating  # type: ignore[attr-defined]


def test_help_does_not_load_the_engine() -> None:
    code = (
        "import sys, dealmodel.cli; sys.argv = ['dealmodel', '--help']\n"
        "try:\n    dealmodel.cli.main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'numpy', 'pandas', 'scipy', 'xlsxwriter', 'openpyxl', 'holidays'} & set(sys.modules)\n"
        "print('heavy:', sorted(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("heavy: []\n")


PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md")), *sorted(ROOT.glob("sample_deals/**/*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target
