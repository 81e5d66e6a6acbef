"""Read the invariants off a run, and refuse a run that breaks one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dealmodel.basics.errors import Issue, ModelError
from dealmodel.engine.invariants import LARGEST_TOLERANCE, RELATIVE_TOLERANCE, TITLES
from dealmodel.lines.model import Model

WORST = "worst."


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One invariant over a run: its id, what it says, the worst margin met, and what is allowed. [currency]"""

    id: str
    title: str
    margin: float
    tolerance: float

    @property
    def holds(self) -> bool:
        """Whether the margin is within the tolerance; a margin that is not a number is not."""
        return self.margin <= self.tolerance


def tolerance_of(size: float) -> float:
    """1e-12 of the deal's size, never above half a cent. [currency]"""
    return min(size * RELATIVE_TOLERANCE, LARGEST_TOLERANCE)


def check_results(model: Model, number: Callable[[str], float]) -> list[CheckResult]:
    """Every invariant with its worst margin, from a function that looks up summary and constant lines."""
    tolerance = tolerance_of(number("check.size"))
    names = sorted(item.name for item in model.summary if item.name.startswith(WORST))
    return [
        CheckResult(key, TITLES[key], number(name), tolerance)
        for name, key in ((name, name.removeprefix(WORST).upper()) for name in names)
    ]


def require_invariants(model: Model, number: Callable[[str], float], where: Callable[[str], str]) -> None:
    """Raise ModelError unless every invariant holds.

    Parameters
    ----------
    number : function from a line's name to its number
    where : function from an invariant's id to the months, accounts or tranches in which it is broken
    """
    broken = [check for check in check_results(model, number) if not check.holds]
    if broken:
        issues = [
            Issue(
                where(check.id),
                f"{check.title}: broken by {check.margin:,.9f}",
                f"at most {check.tolerance:.9f} is rounding",
                code=f"DM-INV-{check.id[1:]}",
            )
            for check in broken
        ]
        raise ModelError(f"run of {model.name}", issues)
