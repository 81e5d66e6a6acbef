"""Jianyuan RMBS 2017-5 written in the deal language: two accounts, a fee in two steps, excess interest to principal.

Source: AbsBox (https://github.com/yellowbean/AbsBox), benchmark `china/test06.py` and its response, whose figures are
rounded to cents.

The response compounds interest on 1 March: interest of the days before it bears the new rate until it is paid. Of a
period with d1 days before it and d2 after it that adds balance x r1 d1/365 x r2 d2/365, which is a shift of the rate
by r1 d1 r2 d2 / 365 / (d1 + d2). The scenario `compounded_at_reset` adds that in the four periods with a 1 March; the
deal as its documents have it does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import dealmodel as dm
from dealmodel.engine.run import run_model
from dealmodel.excel.certify import certify
from dealmodel.excel.recalculate import find_libreoffice

FOLDER = Path(__file__).parent / "deals" / "absbox_jy2017_5"
NAME, COMPOUNDED = "absbox_jy2017_5", "compounded_at_reset"
RESETS = {8: (0.051, 3, 25), 20: (0.06, 4, 25), 32: (0.06, 3, 25), 44: (0.06, 3, 25)}
"""Payment with a 1 March before it: rate before, days before and after. The rate after is 6%."""
BY_ITEM = {"interest": "interest_paid", "principal": "principal_paid", "balance": "balance"}


def figures(deal: dm.Deal, given: Mapping[str, Any], scenario: str) -> Iterator[tuple[str, float, float]]:
    """Where, what the deal gives and what the response has: A3, subordinated class, fees."""
    result = run_model(dm.compile_deal(deal), scenario)
    lines = {f"{name}.{line}": result.lines[f"{name}.{line}"] for name in ("a3", "sub") for line in BY_ITEM.values()}
    fees = result.lines["expense.paid"] + result.lines["expense.excess.paid"]
    for name, key in (("a3", "A3"), ("sub", "sub")):
        for month, (day, *printed) in enumerate(given[key], 1):
            for (item, line), figure in zip(BY_ITEM.items(), printed, strict=True):
                yield f"{name} {item} {day}", float(lines[f"{name}.{line}"][month - 1]), figure
    for month, (day, figure) in enumerate(given["fees"], 1):
        yield f"fees {day}", float(fees[month - 1]), figure


def test_every_figure(published: Callable[..., Any], tally: Callable[..., Any]) -> None:
    data = published(NAME)
    found = tally("absbox_jy2017_5 as a deal file, compounded at the reset")
    for where, got, printed in figures(dm.load_deal(FOLDER), data["expected"], COMPOUNDED):
        found.compare(where, got, printed, data["tolerance"]["currency"])
    assert found.count == 3 * 53 + 3 * 99 + 99


def test_interest_by_days_at_each_rate_differs_by_the_compounding_alone(published: Callable[..., Any]) -> None:
    """March 2023: 1,195,100,872.70 x 0.051 x 3/365 x 0.06 x 25/365 = 2,058.7 less than the response."""
    data = published(NAME)
    gaps = {where: printed - got for where, got, printed in figures(dm.load_deal(FOLDER), data["expected"], "base")}
    assert gaps["a3 interest 2023-03-26"] == pytest.approx(1_195_100_872.70 * 0.051 * 3 * 0.06 * 25 / 365**2, abs=0.5)
    assert max(abs(gap) for gap in gaps.values()) < 9_000  # four years of about 2,000 each, in the principal repaid


def test_the_shifts_are_what_compounding_adds() -> None:
    changes = dm.load_deal(FOLDER).scenarios[COMPOUNDED].changes
    for change, (before, days, after) in zip(changes, RESETS.values(), strict=True):
        assert change.add == pytest.approx(before * days * 0.06 * after / 365 / (days + after), rel=1e-12)


@pytest.mark.parametrize(
    ("find", "write"),
    [
        ("    - deposit: principal_account\n", "    - release: originator\n"),
        ("order: sequential", "order: pro_rata"),
        ("order: sequential, up_to: outstanding}", "order: sequential, up_to: principal}"),
        ("unpaid_at_closing: 120_000", "unpaid_at_closing: 60_000"),
        ("takes: [interest]}", "takes: [principal]}"),
    ],
)
def test_another_rule_misses(find: str, write: str, published: Callable[..., Any], tmp_path: Path) -> None:
    """No turbo of excess income; principal to both classes; principal of the pool alone; other arrears; swapped."""
    text = (FOLDER / "deal.yaml").read_text(encoding="utf-8")
    assert find in text
    text = text.replace(find, write)
    if "up_to: principal}" in write:
        text = text.replace("states:", 'amounts: {principal: {formula: "pool.principal"}}\nstates:')
    if "takes" in write:
        text = text.replace("takes: [principal, recoveries]", "takes: [interest, recoveries]")
    (tmp_path / "deal.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "cash.csv").write_text((FOLDER / "cash.csv").read_text(encoding="utf-8"), encoding="utf-8")
    data = published(NAME)
    found = figures(dm.load_deal(tmp_path), data["expected"], COMPOUNDED)
    outside = [where for where, got, printed in found if abs(got - printed) > data["tolerance"]["currency"]]
    print(f"{write.strip()}: {len(outside)} figures missed")
    assert outside


def test_losses_written_down_from_the_senior_class_miss(published: Callable[..., Any], tmp_path: Path) -> None:
    """The subordinated class absorbs what defaults: where A3 does, its balances are others."""
    text = (FOLDER / "deal.yaml").read_text(encoding="utf-8")
    text = text.replace("states:", 'amounts: {lost: {formula: "pool.defaults"}}\nstates:', 1)
    text = text.replace("    - deposit:", "    - write_down: {to: a3, up_to: lost}\n    - deposit:")
    (tmp_path / "deal.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "cash.csv").write_text((FOLDER / "cash.csv").read_text(encoding="utf-8"), encoding="utf-8")
    data = published(NAME)
    found = figures(dm.load_deal(tmp_path), data["expected"], COMPOUNDED)
    assert sum(abs(got - printed) > data["tolerance"]["currency"] for _, got, printed in found) > 100


@pytest.mark.libreoffice
@pytest.mark.skipif(find_libreoffice() is None, reason="LibreOffice with uno is not installed")
def test_the_workbook_recalculates_to_the_engines_numbers(tmp_path: Path) -> None:
    certificate = certify(dm.compile_deal(dm.load_deal(FOLDER)), run_model, folder=tmp_path)
    assert certificate.holds, str(certificate)
    print("\n" + "\n".join(certificate.lines()))
