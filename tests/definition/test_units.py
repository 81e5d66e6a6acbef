"""Contracts share the units of a cohort."""

from __future__ import annotations

from pathlib import Path

from dealmodel.definition.checks_structure import check_units
from dealmodel.definition.draft import Draft
from dealmodel.definition.load import load_deal

DEAL = load_deal(Path(__file__).parent / "small_deal.yaml")


def said(*units: float | str) -> list[str]:
    rows = {f"lease_{n}": DEAL.contracts["lease"].model_copy(update={"units": each}) for n, each in enumerate(units, 1)}
    draft = Draft(DEAL.model_copy(update={"contracts": rows}), {}, frozenset())
    return [issue.text() for issue in check_units(draft)]


def test_units_may_be_left_without_a_contract() -> None:
    assert said(400, 500) == []


def test_all_units_may_have_contracts() -> None:
    assert said(400, 600) == []
    assert said("all") == []


def test_no_unit_has_two_contracts() -> None:
    assert said(400, 600, 1) == ["contracts.lease_3.units: contracts on cohort 'first' take 1,001 units; it has 1,000"]


def test_who_has_all_units_is_alone() -> None:
    message = "'lease_2' has all units of cohort 'first'; nothing is left for another contract"
    assert said(400, "all", "all") == [f"contracts.lease_1.units: {message}", f"contracts.lease_3.units: {message}"]
