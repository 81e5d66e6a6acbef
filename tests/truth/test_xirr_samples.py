"""Series that are hard for a search: several roots, rates near -100%, dates out of order; `xirr_samples.json`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from dealmodel.analytics.returns import xirr, xnpv


def test_every_printed_rate_is_a_root(published: Callable[..., Any], tally: Callable[..., Any]) -> None:
    """The printed rate is the one root; where there are several, it is one of those listed, and no value is given."""
    data = published("xirr_samples")
    figures = tally("XIRR samples")
    several = 0
    for row in data["expected"]["xirr"]:
        days, amounts = zip(*((date.fromisoformat(day), amount) for day, amount in row["flows"]), strict=True)
        found = xirr(days, amounts)
        several += len(found.roots) > 1
        assert (found.value is None) == (len(found.roots) != 1)
        root = min(found.roots, key=lambda one: abs(one - row["value"]), default=float("nan"))
        figures.compare(row["name"], root, row["value"], data["tolerance"]["xirr"])
    print(f"\n{several} of the samples have several roots")


def test_present_values(published: Callable[..., Any], tally: Callable[..., Any]) -> None:
    data = published("xirr_samples")
    figures = tally("XNPV samples")
    for row in data["expected"]["xnpv"]:
        days, amounts = zip(*((date.fromisoformat(day), amount) for day, amount in row["flows"]), strict=True)
        got = xnpv(data["expected"]["xnpv_rate"], days, amounts)
        figures.compare(row["name"], got, row["value"], data["tolerance"]["xnpv_rel"] * abs(row["value"]))
