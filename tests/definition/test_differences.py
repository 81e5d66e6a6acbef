"""What differs between two deals, by path; each case changes one line of the small deal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dealmodel.definition.differences import Difference, differences
from dealmodel.definition.load import deal_from_text
from dealmodel.definition.written import as_data, in_a_line

SMALL = (Path(__file__).parent / "small_deal.yaml").read_text(encoding="utf-8")
STEPS = """    - {pay_interest: senior, backed_by: reserve}
    - pay_principal: {to: senior, up_to: scheduled}
    - top_up: reserve
    - pay_interest: junior
"""


def found(*changes: tuple[str, str]) -> list[tuple[str, str, str, str, str]]:
    """Differences from the small deal to one with some of its text replaced, with their sides in words."""
    text = SMALL
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    first, second = deal_from_text(SMALL, "first.yaml"), deal_from_text(text, "second.yaml")
    return [
        (item.path, item.what, in_a_line(item.before), in_a_line(item.after), item.unit)
        for item in differences(first, second)
    ]


def test_a_deal_does_not_differ_from_itself() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("coupon: {fixed: 0.09}", "interest_on_shortfall: coupon, coupon: {fixed: 0.09}"),
        ("balance: 2_000_000", "balance: 2000000.0"),
        ("# One cohort", "# Another comment; one cohort"),
        ("  reserve: {kind: reserve, target: {months_of_interest: 3, of: [senior]}, excess_to: collection}\n"
         "  trap: {kind: trap, released_to: collection, released_when: normal}\n",
         "  trap: {kind: trap, released_to: collection, released_when: normal}\n"
         "  reserve: {kind: reserve, target: {months_of_interest: 3, of: [senior]}, excess_to: collection}\n"),
        ("first_payment: 2027-01-31\n  legal_final: 2029-12-31\n",
         "legal_final: 2029-12-31\n  first_payment: 2027-01-31\n"),
    ],
    ids=["a default said", "a number written otherwise", "a comment", "order of rows", "order of fields"],
)  # fmt: skip
def test_what_is_no_difference(old: str, new: str) -> None:
    assert found((old, new)) == []


@pytest.mark.parametrize(
    ("old", "new", "difference"),
    [
        ("fixed: 0.09", "fixed: 0.1", ("tranches.junior.coupon.fixed", "changed", "0.09", "0.1", "rate per year")),
        ("balance: 15_000_000", "balance: 16_000_000",
         ("tranches.senior.balance", "changed", "15_000_000", "16_000_000", "currency")),
        ("legal_final: 2029-12-31", "legal_final: 2030-12-31",
         ("deal.legal_final", "changed", "2029-12-31", "2030-12-31", "")),
        ("over_months: 3", "over_months: 6", ("tests.coverage_low.over_months", "changed", "3", "6", "months")),
        ("when: month 9", "when: 2027-09-30",
         ("market.launches.successor.when", "changed", "month 9", "2027-09-30", "month")),
        ("[[0, 1.0], [36, 0.0]]", "[[0, 1.0], [30, 0.0]]",
         ("tranches.senior.scheduled_balance.points", "changed", "[[0, 1], [36, 0]]", "[[0, 1], [30, 0]]", "")),
        ("value: {lower_of: [book, resale]}", "value: resale",
         ("tests.senior_ltv.value", "changed", "{lower_of: [book, resale]}", "resale", "")),
        ("coupon: {index: sofr, margin: 0.02}", "coupon: {index: sofr, margin: 0.02, floor: 0.01}",
         ("tranches.senior.coupon.floor", "added", "none", "0.01", "rate per year")),
        (", deferrable: true", "", ("tranches.junior.deferrable", "changed", "true", "false", "")),
        ("  trustee: {amount_per_year: 50_000}\n", "  trustee: {amount_per_year: 50_000.5}\n",
         ("fees.trustee.amount_per_year", "changed", "50_000", "50000.5", "currency per year")),
        ("set: month 12", "set: month 6",
         ("scenarios.stops.changes[1]", "changed", "{at: customers.*.stops_paying, set: month 12}",
          "{at: customers.*.stops_paying, set: month 6}", "")),
        ("title: As agreed", "title: As planned", ("scenarios.base.title", "changed", "As agreed", "As planned", "")),
        ("note: made up for a test", "note: made up",
         ("provenance.*.note", "changed", "made up for a test", "made up", "")),
    ],
)  # fmt: skip
def test_one_field_differs(old: str, new: str, difference: tuple[str, ...]) -> None:
    assert found((old, new)) == [difference]


def test_a_row_that_one_deal_alone_has_is_told_whole() -> None:
    """A fee more, which a step pays: the fee as a row, and the step as changed."""
    changes = (
        ("fees:\n", "fees:\n  agent: {amount_per_year: 1_000}\n"),
        ("pay: [trustee, site_costs]", "pay: [trustee, agent, site_costs]"),
    )  # fmt: skip
    step = "{{pay: [{}], backed_by: reserve}}"
    assert found(*changes) == [
        ("fees.agent", "added", "none", "{amount_per_year: 1000}", ""),
        (
            "waterfalls.expenses[1]",
            "changed",
            step.format("trustee, site_costs"),
            step.format("trustee, agent, site_costs"),
            "",
        ),
    ]


def test_a_row_of_another_kind_is_told_whole() -> None:
    ((path, what, before, after, _),) = found(
        ("resale: {curve: exponential, decline_per_year: 0.32", "resale: {curve: straight_line, life_years: 4")
    )
    assert (path, what) == ("collateral.cohorts.first.resale", "changed")
    assert before == "{curve: exponential, scrap: 0.02, decline_per_year: 0.32}"
    assert after == "{curve: straight_line, scrap: 0.02, life_years: 4}"


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ("    - {pay_interest: senior, backed_by: reserve}\n    - top_up: reserve\n"
         "    - pay_principal: {to: senior, up_to: scheduled}\n    - pay_interest: junior\n",
         [("waterfalls.payments[3]", "moved", "waterfalls.payments[4]", "waterfalls.payments[3]", "")]),
        (STEPS.replace("    - top_up: reserve\n", ""),
         [("waterfalls.payments[4]", "removed", "{top_up: reserve}", "none", "")]),
        (STEPS + "    - {pay_interest: senior, when: trapped}\n",
         [("waterfalls.payments[6]", "added", "none", "{pay_interest: senior, when: trapped}", "")]),
        (STEPS.replace("- pay_interest: junior", "- {pay_interest: junior, unless: trapped}"),
         [("waterfalls.payments[5]", "changed", "{pay_interest: junior}", "{pay_interest: junior, unless: trapped}",
           "")]),
        (STEPS.replace("- pay_interest: junior", "- pay_interest: [junior, senior]"),
         [("waterfalls.payments[5]", "changed", "{pay_interest: junior}", "{pay_interest: [junior, senior]}", "")]),
        (STEPS.replace("up_to: scheduled", "up_to: outstanding"),
         [("waterfalls.payments[3]", "changed", "{pay_principal: {to: senior, up_to: scheduled}}",
           "{pay_principal: {to: senior, up_to: outstanding}}", "")]),
    ],
    ids=["moved", "removed", "added", "a condition", "one payee more", "how far"],
)  # fmt: skip
def test_steps_are_added_removed_changed_or_moved(steps: str, expected: list[tuple[str, ...]]) -> None:
    assert found((STEPS, steps)) == expected


def test_differences_turned_round() -> None:
    """What is added one way is removed the other way, and a change has its sides exchanged."""
    first = deal_from_text(SMALL, "first.yaml")
    more = STEPS + "    - {pay_interest: senior, when: trapped}\n"
    second = deal_from_text(SMALL.replace("fixed: 0.09", "fixed: 0.1").replace(STEPS, more), "second.yaml")
    one, other = differences(first, second), differences(second, first)
    turned = {"added": "removed", "removed": "added", "changed": "changed"}
    assert [(item.what, item.before, item.after) for item in other] == [
        (turned[item.what], item.after, item.before) for item in one
    ]
    assert one[0] == Difference("tranches.junior.coupon.fixed", "changed", 0.09, 0.1, "rate per year")


@pytest.mark.parametrize(
    ("value", "line"),
    [
        (None, "none"), (True, "true"), (0.085, "0.085"), (1.0, "1"), (15_000_000.0, "15_000_000"), (9999, "9999"),
        (12_500.25, "12500.25"), ((1, 0.5), "[1, 0.5]"), ({"a": ("b",)}, "{a: [b]}"), ("a text", "a text"),
        (-20_000, "-20_000"),
    ],
)  # fmt: skip
def test_values_in_a_line(value: Any, line: str) -> None:
    assert in_a_line(value) == line


def test_parts_of_a_deal_as_data() -> None:
    deal = deal_from_text(SMALL, "small.yaml")
    assert as_data(deal.customers["obligor"]) == {"class": "bbb"}
    assert as_data(deal.deal.closing) == "2026-12-31"
    assert as_data(deal.market.launches["successor"].when) == "month 9"
    assert as_data(deal.waterfalls["at_closing"]) == [{"top_up": "reserve"}, {"release": "sponsor"}]
