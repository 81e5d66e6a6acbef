"""Replines: loans or leases of one kind, rate, age and remaining term, each taken together as one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dealmodel.lines.arithmetic import Floats

Ints = NDArray[np.int64]

KINDS = ("level_pay", "balloon", "interest_only", "fixed_principal", "lease")
"""How the balance is repaid; `schedule.usual_share` has the formulas."""

MOST_MONTHS = 1200
"""Longest age or term of a loan: what is above it is not in months."""

WITH_PAYMENT = ("level_pay", "balloon")


@dataclass(frozen=True, slots=True)
class Replines:
    """A pool as of its cut-off date, as arrays with one entry for each repline.

    Parameters
    ----------
    balance : array
        Balance at the cut-off date; of a lease, what its rentals and residual are worth at its rate. [currency]
    rate : array
        Gross annual rate; a month bears a twelfth. [decimal]
    remaining, age : array
        Months to maturity from the cut-off date, at least 1; months since origination, at least 0.
    kind : str or a str for each repline
        `level_pay`, `balloon`, `interest_only`, `fixed_principal` or `lease`.
    amortization : array, optional
        Of a balloon: months over which its payment repays it, not less than `remaining`. Other kinds do not read it.
    interest_only : array, optional
        Of `interest_only`: months of interest alone still to come, then level pay over the rest. Without it, or where
        it is `remaining`, all is due at maturity. Other kinds do not read it.
    payment : array, optional
        Of a level payment or a balloon: the payment of a month, where it is given; NaN where it is to be computed.
        Other kinds must have NaN. [currency]
    residual : array, optional
        Of a lease: what is due with its last rental, not more than the balance. Other kinds do not read it. [currency]
    loans : array, optional
        Number of loans, for fees by the loan.

    Raises
    ------
    ValueError
        Where a number is missing, of the wrong length, not finite, or outside what is said above.
    """

    balance: Floats
    rate: Floats
    remaining: Ints
    age: Ints
    kind: tuple[str, ...] | str = "level_pay"
    amortization: Ints | None = None
    interest_only: Ints | None = None
    payment: Floats | None = None
    residual: Floats | None = None
    loans: Floats | None = None

    def __post_init__(self) -> None:
        count = np.size(self.balance)
        if not count:
            raise ValueError("a pool without replines; it has at least one")
        for name in ("balance", "rate", "residual", "loans"):
            self._keep(name, _amounts(name, getattr(self, name), count))
        for name in ("remaining", "age", "amortization", "interest_only"):
            self._keep(name, _months(name, getattr(self, name), count))
        self._keep("payment", _payments(self.payment, count))
        self._keep("kind", _kinds(self.kind, count))
        self._check_terms()
        self._check_payments()

    def _keep(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)

    def __len__(self) -> int:
        """How many replines there are."""
        return len(self.balance)

    def of_kind(self, *kinds: str) -> NDArray[np.bool_]:
        """Which replines are of one of these kinds."""
        return np.isin(np.array(self.kind), kinds)

    def _check_terms(self) -> None:
        _refuse(self.remaining < 1, "remaining", self.remaining, "a loan of the pool has 1 month or more to maturity")
        balloon, interest = self.of_kind("balloon"), self.of_kind("interest_only")
        if balloon.any():
            if self.amortization is None:
                raise ValueError(
                    "amortization is missing; a balloon needs the months that its payment is computed over"
                )
            short = balloon & (self.amortization < self.remaining)
            _refuse(short, "amortization", self.amortization, "a balloon is computed over `remaining` months or more")
        if self.interest_only is not None:
            late = interest & (self.interest_only > self.remaining)
            _refuse(late, "interest_only", self.interest_only, "interest alone is paid for `remaining` months at most")
        if self.residual is not None:
            above = self.of_kind("lease") & (self.residual > self.balance)
            _refuse(above, "residual", self.residual, "a residual is part of the balance, and not above it")

    def _check_payments(self) -> None:
        if self.payment is None:
            return
        given = np.isfinite(self.payment)
        wrong = given & ~self.of_kind(*WITH_PAYMENT)
        _refuse(wrong, "payment", self.payment, f"it is given for {' and '.join(WITH_PAYMENT)} only")
        low = given & (self.payment <= self.balance * self.rate / 12) & (self.balance > 0)
        _refuse(low, "payment", self.payment, "it is above the interest of the first month")


def _refuse(wrong: NDArray[np.bool_], name: str, values: NDArray[Any], allowed: str) -> None:
    """Raise the error of the first repline that is wrong, counted from 1."""
    if wrong.any():
        place = int(np.argmax(wrong))
        raise ValueError(f"{name} of repline {place + 1} is {values[place]}; {allowed}")


def _sized(name: str, values: NDArray[Any], count: int) -> None:
    if values.shape != (count,):
        raise ValueError(f"{name} has the shape {values.shape}; it has one number for each of {count} replines")


def _amounts(name: str, given: ArrayLike | None, count: int) -> Floats | None:
    if given is None:
        return None
    values = np.atleast_1d(np.asarray(given, dtype=np.float64))
    _sized(name, values, count)
    _refuse(~np.isfinite(values), name, values, "it is a number")
    _refuse(values < 0, name, values, "it is not negative")
    return values


def _months(name: str, given: ArrayLike | None, count: int) -> Ints | None:
    if given is None:
        return None
    values = np.atleast_1d(np.asarray(given, dtype=np.float64))
    _sized(name, values, count)
    _refuse(~(np.isfinite(values) & (values == np.floor(values))), name, values, "it is a whole number of months")
    _refuse(values < 0, name, values, "it is not negative")
    _refuse(values > MOST_MONTHS, name, values, f"it is {MOST_MONTHS:,} months at most")
    return values.astype(np.int64)


def _payments(given: ArrayLike | None, count: int) -> Floats | None:
    if given is None:
        return None
    values = np.atleast_1d(np.asarray(given, dtype=np.float64))
    _sized("payment", values, count)
    _refuse(np.isinf(values), "payment", values, "it is a number, or NaN where it is computed")
    return values


def _kinds(given: tuple[str, ...] | str, count: int) -> tuple[str, ...]:
    kinds = (given,) * count if isinstance(given, str) else tuple(given)
    if len(kinds) != count:
        raise ValueError(f"kind has {len(kinds)} entries; it is one word, or one for each of {count} replines")
    for place, kind in enumerate(kinds, start=1):
        if kind not in KINDS:
            raise ValueError(f"kind of repline {place} is {kind!r}; choose {', '.join(KINDS)}")
    return kinds
