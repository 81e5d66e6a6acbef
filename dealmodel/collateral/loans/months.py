"""The month of a pool: what is scheduled, prepaid, defaulted, recovered and lost, repline by repline.

One loop, over months, for a few scenarios at a time; `flows` and `servicing` add up what it yields, so that no array of
scenarios by months by replines is ever held.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dealmodel.collateral.loans.replines import Replines
from dealmodel.collateral.loans.schedule import schedule_of
from dealmodel.collateral.loans.speeds import Default, Prepayment, speeds_of
from dealmodel.lines.arithmetic import Floats

Advances = Literal["none", "principal_and_interest"]
LastDefaults = Literal["lag_before_maturity", "maturity"]

NUMBERS_HELD = 1 << 16
"""Scenarios times replines that are worked on at a time: half a megabyte an array, which a processor keeps close by."""

USUAL_LAG = 24
"""Months from default to liquidation up to which fewer scenarios are not worked on at a time."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a pool is run with. Checked when made; `flows` says what each is."""

    prepayment: Prepayment
    default: Default
    severity: Floats
    lag: int
    advances: Advances
    months: int
    last_defaults: LastDefaults

    def __post_init__(self) -> None:
        if self.advances not in ("none", "principal_and_interest"):
            raise ValueError(f"advances are {self.advances!r}; choose none, principal_and_interest")
        if self.last_defaults not in ("lag_before_maturity", "maturity"):
            raise ValueError(f"last_defaults is {self.last_defaults!r}; choose lag_before_maturity, maturity")
        if self.advanced and self.last_defaults == "maturity":
            raise ValueError("last_defaults at maturity with advances; what is advanced then would never be recovered")
        if int(self.lag) != self.lag or self.lag < 0:
            raise ValueError(f"a lag of {self.lag}; it is a whole number of months, 0 or more")
        if int(self.months) != self.months or self.months < 1:
            raise ValueError(f"{self.months} months; a pool is run for a whole number of them, 1 or more")
        object.__setattr__(self, "severity", speeds_of("severity", self.severity))
        if self.severity.max() > 1:
            raise ValueError(f"severity of {self.severity.max()}; it is a share of the defaulted balance, 1 at most")
        self._check_lengths()

    def _check_lengths(self) -> None:
        for name, months in (
            ("prepayment", self.prepayment.months),
            ("default", self.default.months),
            ("severity", self.severity.shape[1] if self.severity.ndim == 2 else None),
        ):
            if months is not None and months < self.months:
                raise ValueError(f"{name} is given for {months} months; the pool is run for {self.months}")
        counts = {
            "prepayment": self.prepayment.scenarios,
            "default": self.default.scenarios,
            "severity": len(self.severity),
        }
        if len(set(counts.values()) - {1}) > 1:
            said = ", ".join(f"{name} {count}" for name, count in counts.items())
            raise ValueError(f"scenarios differ: {said}; all are as many, or one")

    @property
    def advanced(self) -> bool:
        """Whether the servicer pays for defaulted loans until they are liquidated."""
        return self.advances == "principal_and_interest"

    @property
    def scenarios(self) -> int:
        """How many scenarios are told apart."""
        return max(self.prepayment.scenarios, self.default.scenarios, len(self.severity))

    def blocks(self, replines: int) -> Iterator[slice]:
        """Scenarios in runs of a size that keeps memory flat, however long the lag: its months of defaults are held."""
        size = max(1, NUMBERS_HELD * USUAL_LAG // (replines * max(USUAL_LAG, self.lag)))
        for start in range(0, self.scenarios, size):
            yield slice(start, min(start + size, self.scenarios))

    def severity_in(self, month: int, rows: slice) -> Floats:
        """Severity of what is liquidated in a month, by scenario, one column."""
        column = self.severity[:, month - 1] if self.severity.ndim == 2 else self.severity
        return (column[rows] if len(column) > 1 else column)[:, np.newaxis]


@dataclass(frozen=True, slots=True)
class Month:
    """One month of some scenarios; arrays (R, N) in currency but where it is said otherwise."""

    number: int
    opening: Floats
    foreclosed: Floats
    """Opening balance of defaulted loans that are not liquidated yet."""
    scheduled_opening: Floats
    """Opening balance as if nothing had prepaid or defaulted, (N,)."""
    principal_share: Floats
    due_at_once: Floats
    prepaid: Floats
    defaulted: Floats
    liquidated: Floats
    lost: Floats
    closing: Floats


def month_by_month(replines: Replines, terms: Terms, rows: slice) -> Iterator[Month]:
    """Run some scenarios through the months of a pool, until nothing is left or the months are over.

    With r the share of a balance that the schedule leaves: performing loans default at MDR of their opening balance,
    those that do not repay 1 - r of it, and SMM x r of the opening balance prepays, at most what is left. So a month
    leaves r x max(0, 1 - MDR - SMM) of the opening balance. Defaulted loans are liquidated after the lag, at the
    balance at default, times the r of each month until then where principal is advanced.

    Source: Bond Market Association, Uniform Practices, chapter SF, section C.3, 1999.
    """
    schedule = schedule_of(replines)
    ages, place = np.unique(replines.age, return_inverse=True)
    shape = (rows.stop - rows.start, len(replines))
    performing = np.broadcast_to(replines.balance, shape)
    nothing = np.zeros(shape)
    foreclosed, scheduled = nothing, replines.balance
    waiting: deque[tuple[Floats, Floats]] = deque()
    defaulting = not terms.default.is_nothing
    for month in range(1, last_month(replines, terms) + 1):
        share, at_once = schedule.shares(month, scheduled)
        smm = _by_repline(terms.prepayment.rate(month, ages, rows), place)
        mdr, defaulted, liquidated, lost = np.zeros((1, 1)), nothing, nothing, nothing
        if defaulting:
            mdr = _by_repline(terms.default.rate(month, ages, rows), place) * may_default(replines, terms, month)
            defaulted = performing * mdr
            waiting.append((defaulted, scheduled))
            if len(waiting) > terms.lag:
                liquidated, lost = _liquidate(*waiting.popleft(), scheduled, terms, terms.severity_in(month, rows))
        left = performing * (1 - share)
        kept = np.maximum(1 - mdr - smm, 0.0)
        closing = left * kept
        yield Month(
            number=month,
            opening=performing,
            foreclosed=foreclosed,
            scheduled_opening=scheduled,
            principal_share=share,
            due_at_once=at_once,
            prepaid=left * np.minimum(smm, 1 - mdr),
            defaulted=defaulted,
            liquidated=liquidated,
            lost=lost,
            closing=closing,
        )
        if defaulting:
            foreclosed = np.maximum(defaulted + foreclosed - liquidated, 0.0)
            foreclosed = foreclosed * (1 - share) if terms.advanced else foreclosed
        performing, scheduled = closing, scheduled * (1 - share)


def last_month(replines: Replines, terms: Terms) -> int:
    """Last month in which anything happens: maturity, or the last liquidation after it."""
    after = terms.lag if terms.last_defaults == "maturity" else 0
    return min(terms.months, int(replines.remaining.max()) + after)


def may_default(replines: Replines, terms: Terms, month: int) -> NDArray[np.bool_]:
    """Which replines still default: none in the last `lag` months before its maturity, unless said otherwise."""
    last = replines.remaining - (terms.lag if terms.last_defaults == "lag_before_maturity" else 0)
    return month <= last


def _by_repline(rates: Floats, place: NDArray[np.int64]) -> Floats:
    """Rates by age as rates by repline, row after row in memory as sums need it; one column stays one."""
    return rates if rates.shape[1] == 1 else np.take(rates, place, axis=1)


def _liquidate(
    defaulted: Floats, scheduled_then: Floats, scheduled: Floats, terms: Terms, severity: Floats
) -> tuple[Floats, Floats]:
    """Balance that is liquidated, and what of it is lost: severity of the balance at default, at most all of it."""
    balance = defaulted
    if terms.advanced:
        balance = defaulted * (scheduled / np.where(scheduled_then > 0, scheduled_then, 1.0))
    return balance, np.minimum(defaulted * severity, balance)
