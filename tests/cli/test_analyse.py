"""`dealmodel analyse`: what it prints, its data, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import dealmodel as dm
from dealmodel.analytics.figures import FIGURES, RATIOS

ROOT = Path(__file__).parents[2]
SAMPLES = sorted((ROOT / "sample_deals").glob("*/deal.yaml"))
KINDS = ROOT / "tests" / "kinds"
FLAGSHIP = ROOT / "sample_deals" / "gpu_abs_abc"
SMALL = ROOT / "tests" / "definition" / "small_deal.yaml"


@pytest.mark.parametrize(
    "path", [*SAMPLES, *sorted(KINDS.glob("*.yaml"))], ids=lambda path: f"{path.parent.name}-{path.stem}"
)
def test_tables_fit_the_page_with_a_basis_beside_every_number(dealmodel, path: Path) -> None:
    """Of every sample deal, and of the deals that have every kind: monthly, quarterly, without hardware, with pools."""
    said = dealmodel("analyse", path)
    assert (said.code, said.err) == (0, "")
    assert said.widest <= 100
    words = " ".join(said.out.split())
    for figure in FIGURES:
        if not figure.signed:
            assert figure.title in words
    assert "semi-annual, 30/360 ISDA" in words
    assert "Coverage of all tranches, at its worst" in words
    assert "nan" not in words.split()


def test_what_is_not_available_has_a_note(dealmodel) -> None:
    said = dealmodel("analyse", FLAGSHIP, "--scenario", "both_protections_fail").out
    rows = [line.split() for line in said.splitlines()]
    margin = next(row for row in rows if row[:2] == ["Discount", "margin"])
    assert margin[-6:] == ["n/a", "(1)"] * 3
    assert "(1) the coupon is fixed" in said
    assert "(2) the deal's market has no rate" in said
    money_market = next(row for row in rows if row[0:1] == ["Yield"] and "simple" in row)
    assert money_market[-3:] == ["-6.348%", "-55.416%", "-55.649%"]


def test_signed_lives_are_shown_where_interest_may_be_added(dealmodel) -> None:
    assert "WAL, signed" not in dealmodel("analyse", FLAGSHIP).out
    assert "WAL, signed" in dealmodel("analyse", KINDS / "quarterly.yaml").out


def test_series_of_a_quarterly_deal_have_payment_dates_only(dealmodel) -> None:
    """Two days of each quarter: the 15th, or the business day after it."""
    said = dealmodel("analyse", KINDS / "quarterly.yaml", "--every", "1").out
    series = said.partition("by payment date")[2].partition("Collateral gap")[0]
    days = [line.split()[0] for line in series.splitlines() if line.strip().startswith("20")]
    assert days[:4] == ["2027-04-15", "2027-07-15", "2027-10-15", "2028-01-18"]


def test_a_deal_without_hardware_has_no_gap_and_says_so(dealmodel) -> None:
    said = dealmodel("analyse", KINDS / "pools.yaml").out
    assert "Collateral gap: n/a, the deal holds no hardware, so there is nothing to sell." in said
    assert "LTV resale" not in said


def test_a_price_is_a_share_of_the_balance(dealmodel) -> None:
    said = dealmodel("analyse", FLAGSHIP, "--price", "class_a=0.985", "--price", "class_c=1.01", "--json")
    data = json.loads(said.out)["tranches"]
    assert [data[name]["price"] for name in data] == pytest.approx([98.5, 100, 101])
    result = dm.run_deal(dm.load_deal(FLAGSHIP))
    row = dm.analyse(result, prices={"class_a": 98.5, "class_c": 101.0}).tranches.loc["class_a"]
    assert data["class_a"]["yield_semi_annual"] == row["yield_semi_annual"]


@pytest.mark.parametrize("path", [FLAGSHIP, KINDS / "quarterly.yaml", KINDS / "pools.yaml"], ids=lambda path: path.stem)
def test_as_data_is_strict_json_with_every_figure_and_series(dealmodel, path: Path) -> None:
    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is no JSON")

    said = dealmodel("analyse", path, "--json")
    assert (said.code, said.err) == (0, "")
    data = json.loads(said.out, parse_constant=refuse)
    for row in data["tranches"].values():
        assert {figure.key for figure in FIGURES} <= set(row)
    series = data["coverage"]["series"]
    assert {len(values) for values in series.values()} == {len(series["payment_date"])}
    assert set(data["coverage"]["formulas"]) <= {"net_cash", *RATIOS}
    assert set(data["coverage"]["worst"]) == set(series) - {"payment_date"}
    assert data["gap"].get("reason") or len(data["gap"]["series"]["gap"]) == len(data["gap"]["series"]["month_end"])
    assert data["equity"]["party"] == "sponsor"
    assert data["manifest"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--price", "snior=0.98"), "--price: 'snior' is no tranche; one of senior, junior; did you mean 'senior'?"),
        (("--price", "senior=98.5"), "--price: '98.5' is no price of senior; a share of the balance above 0, up to 2"),
        (("--price", "senior=0"), "'0' is no price of senior"),
        (("--price", "senior=nan"), "'nan' is no price of senior"),
        (("--price", "senior"), "'' is no price of senior"),
        (("--price", "senior=0.9", "--price", "senior=0.8"), "--price: senior has two prices; one for each tranche"),
        (("--scenario", "bth"), "did you mean 'both'?"),
        (("--every", "0"), "--every"),
    ],
)
def test_what_cannot_be_met_is_refused(dealmodel, words: tuple[str, ...], said: str) -> None:
    found = dealmodel("analyse", SMALL, *words)
    assert found.code == 2
    assert said in found.err
    assert found.out == ""
    assert "Traceback" not in found.err
