"""Scheduled principal: which share of its opening balance a repline repays in a month, without prepayment or default.

The share is the same for every loan of a repline, so it also holds for what prepayment and default have left of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dealmodel.collateral.loans.replines import Ints, Replines
from dealmodel.lines.arithmetic import Floats

LARGEST_EXPONENT = 700.0
"""Growth that a float still holds; a loan that grows so far repays nothing of its balance in a month."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """What the scheduled principal of the replines depends on, worked out once."""

    monthly_rate: Floats
    growth: Floats
    remaining: Ints
    amortization: Ints
    interest_only: Ints
    residual: Floats | None
    equal_principal: NDArray[np.bool_]
    payment: Floats | None

    def shares(self, month: int, opening: Floats) -> tuple[Floats, Floats]:
        """Share of the opening balance that is due as principal, and what of it is due at once at maturity.

        All that is left is due at maturity; beyond the usual payment it is a balloon, a bullet or a residual.

        Parameters
        ----------
        month : int
            Month since the cut-off date, from 1.
        opening : array (N,)
            Scheduled balance at the start of the month. [currency]

        Returns
        -------
        two arrays (N,)
            Between 0 and 1; the first is 1 from the month of maturity on, the second 0 but in that month. [share]
        """
        usual = self.usual_share(month, opening)
        share: Floats = np.where(month >= self.remaining, 1.0, usual)
        at_once: Floats = np.where(month == self.remaining, 1 - usual, 0.0)
        return share, at_once

    def usual_share(self, month: int, opening: Floats) -> Floats:
        """Share that the payment of the month repays, as if it were not the last one.

        With i the monthly rate, k the months left of the amortization, this one included, B the scheduled opening
        balance and R the residual:

        - level pay and balloon: i / ((1 + i)^k - 1), or 1 / k at a rate of 0; a payment that is given repays
          (payment - i B) / B;
        - interest only: 0 in those months, then as level pay;
        - equal principal: 1 / k;
        - lease: (1 - R / B) times the share of level pay. Rentals are paid at the end of their month.
        """
        left = np.maximum(self.amortization - month + 1, 1)
        grown = np.expm1(np.minimum(left * self.growth, LARGEST_EXPONENT))
        by_level = self.monthly_rate / np.where(grown > 0, grown, 1.0)
        equal = self.equal_principal | (grown <= 0) | (left == 1)
        share: Floats = np.where(equal, 1 / left, np.minimum(by_level, 1.0))
        owed = np.where(opening > 0, opening, 1.0)
        if self.payment is not None:
            repaid = np.clip(self.payment / owed - self.monthly_rate, 0.0, 1.0)
            share = np.where(np.isnan(self.payment), share, repaid)
        if self.residual is not None:
            share = share * (1 - np.minimum(self.residual / owed, 1.0))
        share[month <= self.interest_only] = 0.0
        return share


def schedule_of(replines: Replines) -> Schedule:
    """Gather what the scheduled principal of the replines depends on."""
    nothing = np.zeros(len(replines), dtype=np.int64)
    amortization = replines.remaining
    if replines.amortization is not None:
        amortization = np.where(replines.of_kind("balloon"), replines.amortization, amortization)
    alone = replines.interest_only if replines.interest_only is not None else replines.remaining
    residual = replines.residual
    if residual is not None:
        residual = np.where(replines.of_kind("lease"), residual, 0.0)
    monthly_rate = replines.rate / 12
    return Schedule(
        monthly_rate=monthly_rate,
        growth=np.log1p(monthly_rate),
        remaining=replines.remaining,
        amortization=amortization,
        interest_only=np.where(replines.of_kind("interest_only"), alone, nothing),
        residual=residual,
        equal_principal=replines.of_kind("fixed_principal"),
        payment=replines.payment,
    )
