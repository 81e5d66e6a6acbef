"""Where numbers come from: the most exact row counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from dealmodel.basics.errors import DealError
from dealmodel.definition.checks_provenance import provenance_of
from dealmodel.definition.deal import Deal, Provenance
from dealmodel.definition.load import load_deal
from dealmodel.definition.numbers import deal_fields, numeric_paths

FLAGSHIP = Path(__file__).parents[2] / "sample_deals" / "gpu_abs_abc" / "deal.yaml"


def with_rows(*paths: str) -> Deal:
    """The flagship, where the note of every row is its own path."""
    rows = {path: Provenance(status="assumed", note=path) for path in paths}
    return load_deal(FLAGSHIP).model_copy(update={"provenance": rows})


@pytest.mark.parametrize(
    ("rows", "path", "counts"),
    [
        (["*"], "tests.market_ltv.at_most", "*"),
        (["*", "tests"], "tests.market_ltv.at_most", "tests"),
        (["tests.market_ltv", "tests.*.at_most"], "tests.market_ltv.at_most", "tests.*.at_most"),
        (["tests.market_ltv", "tests.*.*"], "tests.market_ltv.at_most", "tests.market_ltv"),
        (["tests.*.at_most", "tests.*"], "tests.market_ltv.at_most", "tests.*.at_most"),
        (["tests", "tests.*"], "tests.market_ltv.at_most", "tests.*"),
        (["tests.asset_base_*", "tests.*"], "tests.asset_base_ab.at_most", "tests.asset_base_*"),
        (["tests.*", "tests.asset_base_*"], "tests.asset_base_ab.at_most", "tests.asset_base_*"),
        (["tests.asset_base_*", "*"], "tests.market_ltv.at_most", "*"),
        (["tests.asset_base_a*", "tests.asset_base_a"], "tests.asset_base_a.at_most", "tests.asset_base_a"),
        (["collateral.cohorts.*.units", "*"], "collateral.cohorts.h200.units", "collateral.cohorts.*.units"),
        (["collateral.cohorts.*.units", "*"], "collateral.cohorts.h200.unit_cost", "*"),
        (["tranches.class_a", "*"], "tranches.class_a.scheduled_balance.points[2]", "tranches.class_a"),
        (["*.*_a.*", "*"], "tranches.class_a.balance", "*.*_a.*"),
    ],
)
def test_the_most_exact_row_counts(rows: list[str], path: str, counts: str) -> None:
    assert provenance_of(with_rows(*rows), path).note == counts


def test_of_two_as_exact_the_longer_counts_and_then_the_last() -> None:
    assert provenance_of(with_rows("tests.mark*", "tests.*ltv"), "tests.market_ltv.at_most").note == "tests.mark*"
    assert provenance_of(with_rows("tests.m*", "tests.*v"), "tests.market_ltv.at_most").note == "tests.*v"


def test_a_row_matches_whole_keys() -> None:
    with pytest.raises(DealError, match=r"no provenance covers 'tests\.market_ltv\.at_most'"):
        provenance_of(with_rows("test", "tests.market"), "tests.market_ltv.at_most")


def test_a_pattern_is_no_regular_expression() -> None:
    with pytest.raises(DealError):
        provenance_of(with_rows("tests.[a-z_]+", "tests.asset.base*"), "tests.asset_base_a.at_most")


def test_every_number_of_the_flagship_has_a_provenance() -> None:
    deal = load_deal(FLAGSHIP)
    assert all(provenance_of(deal, path).status == "assumed" for path in numeric_paths(deal_fields(deal)))
    assert provenance_of(deal, "tests.asset_base_ab.at_most").source == "kdac"
    assert provenance_of(deal, "tests.dscr_trap.at_least").source == "databank"
    assert provenance_of(deal, "tests.dscr_trap.cured_after").source == ""
