"""The flagship deal: what its README prints is what the engine gives, and what it claims holds."""

from __future__ import annotations

import re
from itertools import accumulate
from pathlib import Path

import numpy as np
import pytest

import dealmodel as dm

FOLDER = Path(__file__).parents[2] / "sample_deals" / "gpu_abs_abc"
CLASSES = ("class_a", "class_b", "class_c")
README = (FOLDER / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def deal() -> dm.Deal:
    return dm.load_deal(FOLDER)


def losses(result: dm.Result) -> list[float]:
    return [result.tranche_rows[name]["principal_loss"] / 1e6 for name in CLASSES]


def failure(
    month: int, *, customers: bool = True, left: float | None = 0.05, recovery: float | None = None
) -> dm.Scenario:
    """Customers stop in a month, and chips resell and re-let at a share of their base path from then on."""
    changes: list[dict[str, object]] = []
    if customers:
        changes.append({"at": "customers.*.stops_paying", "set": f"month {month}"})
    if left is not None:
        for field in ("resale_level", "rent_level"):
            changes.append({"at": f"market.generations.*.{field}", "multiply": left, "from": f"month {month}"})
    if recovery is not None:
        changes.append({"at": "contracts.*.at_default.claim_recovery", "set": recovery})
    return dm.Scenario.model_validate({"title": "Failure", "changes": tuple(changes)})


def rows_under(heading: str) -> list[list[str]]:
    """Cells of the table that follows a heading of the README."""
    text = README.split(heading, 1)[1].split("\n#", 1)[0]
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return rows[1:]


def test_both_protections_together_lose_more_than_the_sum_of_the_single_failures(deal: dm.Deal) -> None:
    alone = [losses(dm.run_deal(deal, name))[0] for name in ("contracts_fail", "hardware_worthless")]
    together = losses(dm.run_deal(deal, "both_protections_fail"))[0]
    assert alone == [0.0, 0.0]
    assert together > 100
    assert together > sum(alone)


def test_readme_prints_the_four_scenarios(deal: dm.Deal) -> None:
    rows = rows_under("## The four scenarios")
    assert [row[0] for row in rows] == list(deal.scenarios)
    for name, loss, lives, states, released in rows:
        result = dm.run_deal(deal, name)
        assert loss == " / ".join(f"{value:,.2f}" for value in losses(result))
        assert lives == " / ".join(f"{result.tranche_rows[one]['wal_years']:.2f}" for one in CLASSES)
        later = [f"{state} from {month}" for month, state in result.states()[1:]]
        assert states == (", ".join(later) or "normal throughout")
        assert released == f"{result.lines.number('sponsor.received_in_total') / 1e6:,.1f}"


@pytest.mark.parametrize("recovery", [0, 30, 60])
def test_readme_prints_losses_by_month_severity_and_recovery(deal: dm.Deal, recovery: int) -> None:
    for month, *cells in rows_under(f"### Recovery on claims {recovery}%"):
        for cell, left in zip(cells, (0.05, 0.20, 0.40), strict=True):
            result = dm.run_deal(deal, failure(int(month), left=left, recovery=recovery / 100))
            assert cell == " / ".join(f"{value:,.0f}" for value in losses(result)), (month, left)


def test_readme_prints_what_had_gone_to_the_sponsor(deal: dm.Deal) -> None:
    base = dm.run_deal(deal)
    released = list(accumulate(base.lines.months("sponsor.received")))
    for month, outstanding, before in rows_under("### When class A does not lose"):
        assert outstanding == f"{base.lines['class_a.opening_balance'][int(month) - 1] / 1e6:,.1f}"
        assert before == f"{released[int(month) - 2] / 1e6:,.1f}"
    assert base.lines.number("closing.sponsor_contribution") == pytest.approx(261.75e6, abs=0.005)


def test_class_a_is_whole_only_from_the_months_that_the_readme_names(deal: dm.Deal) -> None:
    text = re.sub(r"\s+", " ", README)
    for left, month in ((0.05, 45), (0.20, 36), (0.40, 29)):
        assert f"month {month}" in text
        assert losses(dm.run_deal(deal, failure(month - 1, left=left)))[0] > 0.01
        for later in (month, month + 1, month + 6, month + 20):
            assert losses(dm.run_deal(deal, failure(later, left=left)))[0] == 0.0


def test_a_single_failure_never_costs_class_a_principal(deal: dm.Deal) -> None:
    for month in (3, 6, 12, 18, 24, 30):
        assert losses(dm.run_deal(deal, failure(month, left=None)))[0] == 0.0
        assert losses(dm.run_deal(deal, failure(month, customers=False)))[0] == 0.0


def test_base_ratios_are_those_of_the_readme(deal: dm.Deal) -> None:
    base = dm.run_deal(deal)
    assert all(month is None for month in base.first_failures.values())
    coverage, to_value = base.ratio("dscr_trap"), base.ratio("market_ltv")
    assert (round(coverage[2], 2), round(float(np.nanmin(coverage)), 2)) == (1.59, 1.43)
    assert int(np.nanargmin(coverage)) + 1 == 36
    assert (round(to_value[0], 3), round(float(np.nanmax(to_value)), 3)) == (0.782, 0.862)
    assert int(np.nanargmax(to_value)) + 1 == 9


def test_resale_value_falls_by_about_a_third_a_year(deal: dm.Deal) -> None:
    """By hand: 400 x .68 + 400 x .72 + 200 x .74 = 708 million, x .92 for the launch = 651.4 after a year."""
    value = dm.run_deal(deal).lines["value.resale"] / 1e6
    assert value[11] == pytest.approx(651.36, abs=0.005)
    falls = [1 - value[11] / 1000, 1 - value[23] / value[11], 1 - value[35] / value[23]]
    assert [round(fall, 2) for fall in falls] == [0.35, 0.29, 0.35]


def test_claims_run_off_faster_than_class_a(deal: dm.Deal) -> None:
    for month, claims, outstanding in ((24, "277.5", "239.7"), (30, "153.0", "145.7")):
        lines = dm.run_deal(deal, failure(month, recovery=0.6)).lines
        assert f"{lines['claims_received'].sum() / 1e6:,.1f}" == claims
        assert f"{lines['class_a.opening_balance'][month - 1] / 1e6:,.1f}" == outstanding
        assert claims in README
        assert outstanding in README
