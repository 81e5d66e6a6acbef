"""Published figures: each test counts what it compared and how far it was off, and prints both with `-s`."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import dealmodel as dm

DEALS = Path(__file__).parent / "deals"


@dataclass
class Tally:
    """Counts comparisons with printed figures and keeps the worst error, as a share of what was allowed."""

    title: str
    count: int = 0
    worst: float = 0.0
    worst_share: float = 0.0
    where: str = ""
    missed: list[str] = field(default_factory=list)

    def compare(self, where: str, got: float, printed: float, allowed: float) -> None:
        self.count += 1
        error = abs(got - printed)
        if math.isnan(error) or error > allowed:
            self.missed.append(f"{where}: {got!r}, printed {printed!r}, off by {error:.3g}, allowed {allowed:.3g}")
        if error / allowed > self.worst_share:
            self.worst, self.worst_share, self.where = error, error / allowed, where


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Iterator[Callable[[str], Tally]]:
    """`tally(title)`: a Tally that fails the test where a figure is missed."""
    opened: list[Tally] = []

    def start(title: str) -> Tally:
        opened.append(Tally(title))
        return opened[-1]

    yield start
    for one in opened:
        print(
            f"\n{one.title}: {one.count} figures, worst error {one.worst:.3g} "
            f"({one.worst_share:.0%} of what the printed digits allow; {one.where or 'exact'})"
        )
        assert not one.missed, "\n".join(one.missed)
        assert one.count


@pytest.fixture(scope="session")
def published() -> Callable[[str], dict[str, Any]]:
    """`published(name)`: a file of printed figures with its source."""

    def read(name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((Path(__file__).parent / f"{name}.json").read_text(encoding="utf-8"))
        return found

    return read


@pytest.fixture(scope="session")
def as_written() -> Callable[[str], dm.Deal]:
    """`as_written(name)`: a published deal as its file has it, loaded once."""
    return cache(lambda name: dm.load_deal(DEALS / name))


@pytest.fixture
def changed(tmp_path: Path) -> Callable[..., dm.Deal]:
    """`changed(name, (find, write), ...)`: the deal with other words in its file, beside the same tables."""

    def load(name: str, *edits: tuple[str, str]) -> dm.Deal:
        for file in (DEALS / name).iterdir():
            text = file.read_text(encoding="utf-8")
            for find, write in edits if file.name == "deal.yaml" else ():
                assert find in text
                text = text.replace(find, write)
            (tmp_path / file.name).write_text(text, encoding="utf-8")
        return dm.load_deal(tmp_path)

    return load
