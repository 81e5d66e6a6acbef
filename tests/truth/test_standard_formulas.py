"""The worked example of the Bond Market Association's standard formulas: a 9% GNMA at 150% PSA.

Source: Bond Market Association, Uniform Practices for the Clearance and Settlement of Mortgage-Backed Securities,
chapter SF, 1999. Inputs: 9% pass-through on mortgages of 9.5%, 360 months, 150% PSA, payment delay of 14 days,
settlement on the first day at 100.

The chapter's example of margins at a price of 99 (62.05 basis points on the bond-equivalent basis, 56.89 on the
money-market basis) is left out: the flows and the index path behind it are not at hand.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dealmodel.analytics.durations import average_life, convexity, macaulay_duration, modified_duration
from dealmodel.basics.yields import convert_yield, price_from_yield, yield_from_price

MONTHS = np.arange(1, 361)


def pass_through() -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Principal and interest of each month, for 100 of mortgages.

    Level payments at 9.5% / 12; scheduled balance (1 - v^(n - k)) / (1 - v^n). Prepayment at 150% of 0.2% a year for
    each month of age, at most 6%: SMM = 1 - (1 - CPR)^(1/12), which thins out the scheduled balance.
    """
    discount = 1 / (1 + 0.095 / 12)
    scheduled = (1 - discount ** (360.0 - np.arange(361))) / (1 - discount**360)
    yearly = 1.5 * np.minimum(0.002 * MONTHS, 0.06)
    survival = np.cumprod(np.append(1.0, (1 - yearly) ** (1 / 12)))
    balance = 100 * survival * scheduled
    return -np.diff(balance), balance[:-1] * 0.09 / 12


def test_ten_printed_figures_are_reproduced(tally: Callable[..., Any]) -> None:
    figures = tally("BMA standard formulas, 9% GNMA, 150% PSA, price 100")
    principal, interest = pass_through()
    flows = principal + interest
    years = (30 * MONTHS + 14) / 360  # 30/360 from settlement to receipt, 14 days after the first of the next month
    for month, printed in ((1, 0.8242), (2, 0.8491), (3, 0.8738), (360, 0.0562)):
        figures.compare(f"flow of month {month}", flows[month - 1], printed, 5e-5)
    rate = yield_from_price(years, flows, 100, per_year=2).value
    assert rate is not None
    life = average_life(years, principal)
    assert life is not None
    figures.compare("yield", 100 * rate, 9.10675, 5e-6)
    figures.compare("mortgage yield", 100 * convert_yield(rate, per_year=2, to=12), 8.93863, 5e-6)
    figures.compare("average life", life, 9.77844, 5e-6)
    figures.compare("duration", macaulay_duration(years, flows, rate, per_year=2), 5.73147, 5e-6)
    figures.compare("modified duration", modified_duration(years, flows, rate, per_year=2), 5.48186, 5e-6)
    figures.compare("convexity", convexity(years, flows, rate, per_year=2), 54.4326, 5e-5)
    assert figures.count == 10


def test_the_mortgage_yield_solved_from_the_price_is_the_converted_one() -> None:
    principal, interest = pass_through()
    flows, years = principal + interest, (30 * MONTHS + 14) / 360
    monthly = yield_from_price(years, flows, 100, per_year=12).number
    assert price_from_yield(years, flows, monthly, per_year=12) == pytest.approx(100, abs=1e-8)
    assert convert_yield(monthly, per_year=12, to=2) == pytest.approx(
        yield_from_price(years, flows, 100, per_year=2).number, abs=1e-13
    )
