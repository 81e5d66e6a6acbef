"""Level monthly payments per 100 over 360 months; `sinking_pmt.json` names its source."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dealmodel.analytics.annuities import balance_after, level_payment


def test_thirteen_printed_payments(published: Callable[..., Any], tally: Callable[..., Any]) -> None:
    data = published("sinking_pmt")
    figures = tally("Level payments, 360 months")
    for rate, printed in zip(data["expected"]["rates"], data["expected"]["payment"], strict=True):
        figures.compare(f"{rate:.0%}", level_payment(rate / 12, 360, 100), printed, data["tolerance"]["abs"])
        assert abs(balance_after(rate / 12, 360, 100, payments=360)) < 1e-9
