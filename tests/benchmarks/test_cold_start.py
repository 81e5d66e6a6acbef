"""What the command line takes from a cold start, beside Python that imports NumPy and pydantic.

Prints; never fails on speed.

pytest tests/benchmarks/test_cold_start.py -s
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import pytest

pytestmark = pytest.mark.benchmark
ROOT = Path(__file__).parents[2]
ROUNDS = 5


def seconds_of(arguments: list[str]) -> float:
    """Wall time of one Python process that has to end well. [seconds]"""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *arguments], capture_output=True, env=os.environ | {"PYTHONPATH": str(ROOT)}, timeout=120
    )
    taken = time.perf_counter() - start
    assert done.returncode == 0, done.stderr.decode()
    return taken


def test_check_and_run_from_a_cold_start(tmp_path: Path) -> None:
    command = ["-c", "from dealmodel.cli.app import app; app()"]
    deal = str(ROOT / "sample_deals" / "gpu_abs_abc")
    works = {
        "import": ["-c", "import numpy, pydantic"],
        "check": [*command, "check", deal],
        "run": [*command, "run", deal, "--out", str(tmp_path)],
    }
    for arguments in works.values():  # compiled bytecode and a warm disk are there for everyone
        seconds_of(arguments)
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(ROUNDS):
        for name, arguments in works.items():
            times[name].append(seconds_of(arguments))
    assert len(list(tmp_path.glob("*.xlsx"))) == 2, "`run` writes the model and the term sheet"
    middle = {name: median(found) for name, found in times.items()}
    print(
        f"\ncold start, median of {ROUNDS}: `check` {middle['check']:.2f} s (promise 0.8), `run` to both workbooks "
        f"{middle['run']:.2f} s (promise 3); Python with NumPy and pydantic imported {middle['import']:.2f} s, "
        f"ratios {middle['check'] / middle['import']:.1f} and {middle['run'] / middle['import']:.1f}"
    )
