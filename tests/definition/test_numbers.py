"""The numbers of a deal, as scenarios and the engine see them."""

from __future__ import annotations

from pathlib import Path

from dealmodel.basics.moments import Moment
from dealmodel.definition.load import load_deal
from dealmodel.definition.numbers import all_numbers, deal_fields, live_numbers, numeric_paths

DEAL = load_deal(Path(__file__).parent / "small_deal.yaml")


def test_a_live_number_knows_what_it_is() -> None:
    number = live_numbers(DEAL)["tranches.senior.coupon.margin"]
    assert (number.value, number.unit, number.ge, number.le, number.gt) == (0.02, "rate per year", -0.05, 1.0, None)
    assert number.kind is DEAL.tranches["senior"].coupon
    assert (number.field, number.description, number.live, number.whole) == (
        "margin",
        "Added to the index",
        True,
        False,
    )


def test_defaults_of_the_language_are_numbers_too() -> None:
    assert live_numbers(DEAL)["market.generations.h200.rent_level"].value == 1.0


def test_moments_are_live_and_are_times() -> None:
    number = live_numbers(DEAL)["customers.obligor.stops_paying"]
    assert number.value == Moment(event="never")
    assert number.is_time


def test_whole_numbers_are_known() -> None:
    assert live_numbers(DEAL)["contracts.lease.term_months"].whole
    assert not live_numbers(DEAL)["contracts.lease.units"].whole


def test_what_is_empty_or_a_word_is_no_number() -> None:
    paths = all_numbers(DEAL)
    assert "tranches.senior.coupon.fixed" not in paths
    contract = DEAL.contracts["lease"].model_copy(update={"units": "all"})
    deal = DEAL.model_copy(update={"contracts": {"lease": contract}})
    assert "contracts.lease.units" in live_numbers(DEAL)
    assert "contracts.lease.units" not in live_numbers(deal)


def test_shape_is_no_live_number() -> None:
    assert "collateral.disposal.lag_months" not in live_numbers(DEAL)
    assert "collateral.disposal.lag_months" in all_numbers(DEAL)
    assert "deal.closing" in all_numbers(DEAL)


def test_steps_and_scenarios_hold_no_numbers_of_the_deal() -> None:
    assert not [
        path for path in all_numbers(DEAL) if path.startswith(("waterfalls", "scenarios", "provenance", "format"))
    ]


def test_a_table_counts_once_and_times_do_not_count() -> None:
    paths = numeric_paths(deal_fields(DEAL))
    assert "tranches.senior.scheduled_balance.points" in paths
    assert "market.rates.sofr.points" in paths
    assert "deal.closing" not in paths
    assert "customers.obligor.stops_paying" not in paths
