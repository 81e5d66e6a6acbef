"""The single-offtaker loan: what its README prints is what the engine gives, beside the published ratios."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

import dealmodel as dm
from dealmodel.engine.run import model_for

FOLDER = Path(__file__).parents[2] / "sample_deals" / "ddtl_ig_single_offtaker"
README = (FOLDER / "README.md").read_text(encoding="utf-8")
BORROWERS_BASE, AGENCYS_BASE = 1.26, 1.20
"""Published DSCRs of the deal it is modelled on."""


@pytest.fixture(scope="module")
def deal() -> dm.Deal:
    return dm.load_deal(FOLDER)


def rows_under(heading: str) -> list[list[str]]:
    text = README.split(heading, 1)[1].split("\n#", 1)[0]
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return rows[1:]


def lowest(result: dm.Result, name: str) -> float:
    measured = [
        ratio
        for ratio, there in zip(
            result.lines.months(f"{name}.ratio"), result.lines.months(f"{name}.result"), strict=True
        )
        if there
    ]
    return min(measured)


def test_the_deal_is_drawn_at_closing_in_its_known_parts(deal: dm.Deal) -> None:
    """4,040.8 + 4,459.2 = 8,500 million; 41,305 + 4 x 20,612 units at 76,316 cost 9,444 million: 90% is lent."""
    result = dm.run_deal(deal)
    assert result.tranches.balance.sum() == pytest.approx(8_500e6)
    cost = result.lines.number("closing.cost")
    assert cost == pytest.approx((41_305 + 4 * 20_612) * 76_316)
    assert 8_500e6 / cost == pytest.approx(0.90, abs=0.0005)


def test_both_parts_are_repaid_by_level_payments_over_64_months(deal: dm.Deal) -> None:
    """Interest only to month 8. At the schedule rate of 5.72% a year in twelfths every instalment is the same."""
    result = dm.run_deal(deal)
    left = [
        8_500e6,
        *(sum(pair) for pair in zip(*(result.lines.months(f"{name}.balance") for name in deal.tranches), strict=True)),
    ]
    assert left[8] == pytest.approx(8_500e6)
    assert left[72] == pytest.approx(0.0, abs=0.01)
    rate = 0.0572 / 12
    level = 8_500e6 * rate / (1 - (1 + rate) ** -64)
    instalments = [was * (1 + rate) - now for was, now in pairwise(left[8:])]
    assert instalments == pytest.approx([level] * 64, abs=0.01)


def test_readme_prints_the_coverage_of_each_clock(deal: dm.Deal) -> None:
    model = model_for(deal)
    for month, payments, printed in rows_under("## The clock"):
        result = dm.run_deal(deal, overrides={"tranches.*.amortization.starts": f"month {month}"})
        assert int(payments) == 72 - int(month) + 1
        assert f"{lowest(result, 'dscr_maintenance'):.2f}x" == printed.rstrip("x ") + "x", month
    assert model.periods == 72


def test_coverage_lies_between_the_published_ones(deal: dm.Deal) -> None:
    result = dm.run_deal(deal)
    ours = lowest(result, "dscr_maintenance")
    assert AGENCYS_BASE < ours < BORROWERS_BASE
    assert f"Our {ours:.2f}x lies between them" in README
    cheaper = dm.run_deal(deal, overrides={"collateral.site_costs.colocation.price_per_kw_month": 140.0})
    assert f"to {lowest(cheaper, 'dscr_maintenance'):.2f}x." in README
    projected = [value for value in result.lines.months("dscr_projected.ratio") if value]
    assert f"{projected[0]:.2f}x at the start, {min(projected):.2f}x at its lowest" in README


def test_readme_prints_the_four_scenarios(deal: dm.Deal) -> None:
    rows = rows_under("## The four scenarios")
    assert [row[0] for row in rows] == list(deal.scenarios)
    for name, losses, states, released in rows:
        result = dm.run_deal(deal, name)
        printed = " / ".join(f"{loss / 1e6:,.1f}" for loss in result.tranches.principal_loss)
        assert losses == printed, name
        assert f"{result.lines.number('sponsor.received_in_total') / 1e6:,.1f}" == released
        accelerated = result.lines.months("accelerated.in_force")
        said = f"accelerated from {accelerated.index(1.0) + 1}" if any(accelerated) else "normal throughout"
        assert states == said, name


def test_a_worse_market_raises_the_claim_on_the_customer(deal: dm.Deal) -> None:
    received = [
        sum(dm.run_deal(deal, name).lines.months("claims_received")) / 1e6
        for name in ("contracts_fail", "both_protections_fail")
    ]
    assert f"from {received[0]:,.0f} to {received[1]:,.0f} million received" in README
