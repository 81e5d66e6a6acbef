"""Project finance deals written in the deal language, run by the ordinary engine, against published models.

Each deal stands in `deals/`, the published figures and their source beside this file.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import dealmodel as dm
from dealmodel.engine.result import Result
from dealmodel.engine.run import run_model
from dealmodel.excel.certify import certify
from dealmodel.excel.recalculate import find_libreoffice

HERE = Path(__file__).parent
YEAR = 12
NAMES = ("sam_dscr_sculpt", "ppiaf_operation")
SAM_SCENARIOS = {"flat": "base", "dsra6": "dsra6"}


def yearly(result: Result, line: str) -> list[float]:
    """A line at closing and on each payment date of a deal that pays every year."""
    opening = result.lines.opening(line) if line.endswith(".balance") else 0.0
    return [opening, *(float(amount) for amount in result.lines[line][YEAR - 1 :: YEAR])]


# NREL's single-owner model: debt sized and sculpted to a cover


def sam_series(result: Result) -> dict[str, list[float]]:
    """Series of the published model, by their names there."""
    found = {
        "revenue": yearly(result, "pool.interest"),
        "balance": yearly(result, "term.balance"),
        "interest": yearly(result, "term.interest_paid"),
        "principal": yearly(result, "term.principal_paid"),
        "dsra": yearly(result, "dsra.balance"),
        "dscr": [0.0, *(float(ratio) if ratio == ratio else 0.0 for ratio in result.ratio("cover")[YEAR - 1 :: YEAR])],
    }
    found["debt_service"] = [sum(parts) for parts in zip(found["interest"], found["principal"], strict=True)]
    cash = [brought - cost for brought, cost in zip(found["revenue"], yearly(result, "operations.paid"), strict=True)]
    last = max(year for year, amount in enumerate(found["interest"]) if amount)
    found["cfads"] = [amount if year <= last else 0.0 for year, amount in enumerate(cash)]
    return found


def sam_misses(deal: dm.Deal, case: dict[str, Any], allowed: float) -> int:
    got = sam_series(dm.run_deal(deal, SAM_SCENARIOS[case["name"]]))
    return sum(
        abs(one - other) > allowed
        for name, series in got.items()
        for one, other in zip(series, case[name], strict=True)
    )


@pytest.mark.parametrize("number", [0, 1])
def test_debt_sized_and_sculpted_to_a_cover(
    number: int, published: Callable[..., Any], tally: Callable[..., Any], as_written: Callable[[str], dm.Deal]
) -> None:
    data = published("sam_dscr_sculpt")
    case, allowed = data["expected"]["cases"][number], data["tolerance"]["usd"]
    result = dm.run_deal(as_written("sam_dscr_sculpt"), SAM_SCENARIOS[case["name"]])
    figures = tally(f"single owner, {case['name']}")
    figures.compare("size", result.lines.opening("term.balance"), case["debt_size"], allowed)
    for name, series in sam_series(result).items():
        for year, (got, printed) in enumerate(zip(series, case[name], strict=True)):
            figures.compare(f"{name}, year {year}", got, printed, 1e-8 if name == "dscr" else allowed)
    assert figures.count == 161


@pytest.mark.parametrize(
    ("find", "write"),
    [
        ("sizing: {dscr: 1.30}", "sizing: {dscr: 1.31}"),
        ("kind: sculpted}", "kind: sculpted, starts: month 24}"),
        ("day_count: 30/360 ISDA", "day_count: Act/360"),
        ("amount_per_payment: 1_500_000", "amount_per_payment: 1_400_000"),
        ("fees:\n", "fees:\n  agent: {rate_per_year: 0.001, of: opening_tranche_balance}\n"),
    ],
)
def test_another_reading_misses_the_sculpted_debt(
    find: str, write: str, published: Callable[..., Any], changed: Callable[..., dm.Deal]
) -> None:
    data = published("sam_dscr_sculpt")
    edits = [(find, write), *([("- pay: operations", "- pay: [operations, agent]")] if "agent" in write else [])]
    deal = changed("sam_dscr_sculpt", *edits)
    missed = sam_misses(deal, data["expected"]["cases"][0], data["tolerance"]["usd"])
    print(f"single owner, {write.strip()}: {missed} figures missed")
    assert missed >= 5


def test_the_revenue_is_the_published_inputs_own(published: Callable[..., Any]) -> None:
    """Energy x price, the one less half a percent a year and the other two percent more."""
    inputs = published("sam_dscr_sculpt")["sam_inputs"]
    first = inputs["annual_energy_kwh_year1"] * inputs["ppa_usd_per_kwh"]
    rows = (HERE / "deals" / "sam_dscr_sculpt" / "revenue.csv").read_text(encoding="utf-8").splitlines()[1:]
    for year, row in enumerate(rows):
        assert float(row.partition(",")[2]) == pytest.approx(first * (1.02 * 0.995) ** year, abs=1e-5)


# PPIAF's toll highway, from the end of construction on


def highway(published: Callable[..., Any]) -> tuple[list[dict[str, float]], float]:
    """Published years from the end of construction to the last repayment, in USD, and what they may miss."""
    data = published("ppiaf_toll_highway")
    with (HERE / data["expected"]["csv"]).open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if 2012 <= int(row["year"]) <= 2028]
    years = [{name: abs(float(text or 0)) * 1e6 for name, text in row.items() if name != "year"} for row in rows]
    return years, data["tolerance"]["usd_m"] * 1e6


def highway_figures(deal: dm.Deal) -> dict[str, list[float]]:
    result = dm.run_deal(deal)
    found = {}
    for number in (1, 2, 3):
        found[f"asset.tranche{number}.balance"] = yearly(result, f"t{number}.balance")
        found[f"infra.debt.interest_t{number}"] = yearly(result, f"t{number}.interest_paid")
        found[f"infra.debt.principal_t{number}"] = yearly(result, f"t{number}.principal_paid")
    return found


def test_grace_and_annuities_of_three_tranches(
    published: Callable[..., Any], tally: Callable[..., Any], as_written: Callable[[str], dm.Deal]
) -> None:
    """Balances, interest and principal from 2012 to 2028; construction, subsidy and tax are not worked out here."""
    years, allowed = highway(published)
    figures = tally("toll highway in operation, USD")
    for name, series in highway_figures(as_written("ppiaf_operation")).items():
        for place, (got, year) in enumerate(zip(series, years, strict=True)):
            figures.compare(f"{name}, {2012 + place}", got, year[name], allowed)
    assert figures.count == 9 * 17


@pytest.mark.parametrize(
    ("find", "write"), [("starts: 2014-12-31", "starts: 2013-12-31"), ("kind: level_pay", "kind: straight_line")]
)
def test_another_reading_misses_the_annuities(
    find: str, write: str, published: Callable[..., Any], changed: Callable[..., dm.Deal]
) -> None:
    years, allowed = highway(published)
    got = highway_figures(changed("ppiaf_operation", (find, write)))
    missed = sum(
        abs(one - year[name]) > allowed for name, series in got.items() for one, year in zip(series, years, strict=True)
    )
    print(f"toll highway, {write}: {missed} figures missed")
    assert missed > 20


def test_the_cover_is_at_least_what_the_subsidy_restores(
    published: Callable[..., Any], as_written: Callable[[str], dm.Deal]
) -> None:
    """1.30 in every year with a subsidy: revenue, subsidy, costs and tax are those that are published."""
    years, _ = highway(published)
    ratios = dm.run_deal(as_written("ppiaf_operation")).ratio("cover")[YEAR - 1 :: YEAR]
    for ratio, year in zip(ratios, years[1:], strict=True):
        if year["infra.subsidy.availability"]:
            assert ratio == pytest.approx(1.30, abs=1e-6)


@pytest.mark.libreoffice
@pytest.mark.skipif(find_libreoffice() is None, reason="LibreOffice with uno is not installed")
@pytest.mark.parametrize("name", NAMES)
def test_the_workbook_recalculates_to_the_engines_numbers(
    name: str, tmp_path: Path, as_written: Callable[[str], dm.Deal]
) -> None:
    certificate = certify(dm.compile_deal(as_written(name)), run_model, folder=tmp_path)
    assert certificate.holds, str(certificate)
    print("\n" + "\n".join(certificate.lines()))
