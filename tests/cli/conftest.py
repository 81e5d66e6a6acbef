"""The command line, called in the process of the test."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NamedTuple

import pytest

from dealmodel.cli import main


class Said(NamedTuple):
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def widest(self) -> int:
        return max(len(line) for line in self.out.splitlines())


@pytest.fixture
def dealmodel(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Run `dealmodel <words>`."""

    def call(*words: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["dealmodel", *map(str, words)])
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 1
        return Said(code, *capsys.readouterr())

    return call
