"""A small deal, and deals of pools, broken in one place at a time: what is said, word for word."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from dealmodel.basics.errors import DealFileError, Issue
from dealmodel.definition.load import deal_from_text

HERE = Path(__file__).parent
SMALL = (HERE / "small_deal.yaml").read_text(encoding="utf-8")
CASES: dict[str, dict[str, Any]] = yaml.safe_load((HERE / "broken_deals.yaml").read_text(encoding="utf-8"))
OF_POOLS: dict[str, dict[str, Any]] = yaml.safe_load((HERE / "broken_pools.yaml").read_text(encoding="utf-8"))


def issues_of(text: str) -> tuple[Issue, ...]:
    with pytest.raises(DealFileError) as refused:
        deal_from_text(text, "small.yaml")
    assert refused.value.subject == "small.yaml"
    return refused.value.issues


def edited(text: str, find: str, write: str) -> str:
    assert find in text
    return text.replace(find, write, 1)


@pytest.mark.parametrize("case", CASES)
def test_a_broken_deal_is_refused_in_these_words(case: str) -> None:
    row = CASES[case]
    issues = issues_of(edited(SMALL, row["find"], row["write"]))
    assert [f"{issue.code} {issue.text()}" for issue in issues] == row["says"]


@pytest.mark.parametrize("case", OF_POOLS)
def test_a_broken_deal_of_pools_is_refused_in_these_words(case: str) -> None:
    row = OF_POOLS[case]
    text = (HERE.parent / "kinds" / f"{row['deal']}.yaml").read_text(encoding="utf-8")
    issues = issues_of(edited(text, row["find"], row["write"]))
    assert [f"{issue.code} {issue.text()}" for issue in issues] == row["says"]


@pytest.mark.parametrize("case", [*CASES, *OF_POOLS])
def test_no_message_speaks_of_the_program(case: str) -> None:
    said = " ".join({**CASES, **OF_POOLS}[case]["says"]).replace("dealmodel", "").replace("pay_in_kind", "")
    for word in (
        "pydantic",
        "validation",
        "Input should",
        "NoneType",
        "float",
        "str,",
        "tuple",
        "dict",
        "Literal",
        "_in_",
    ):
        assert word not in said.replace("floating coupon", "").replace("months_in_first_collection", "")


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 200


def test_all_problems_are_said_at_once_in_file_order() -> None:
    wrong = [
        ("currency: USD", "currency: dollars"),
        ("rent_per_hour: 1.70", "rent_per_hour: -1"),
        ("cohort: first", "cohort: second"),
        ("fixed: 0.09", "fixed: 9"),
        ("excess_to: collection", "excess_to: colection"),
        ("- release: sponsor\n  expenses", "- relase: sponsor\n  expenses"),
        ('"*": {status: assumed', '"*": {status: asumed'),
    ]
    text = SMALL
    for find, write in wrong:
        text = edited(text, find, write)
    issues = issues_of(text)
    assert [issue.path for issue in issues] == [
        "deal.currency",
        "market.generations.h200.rent_per_hour",
        "contracts.lease.cohort",
        "tranches.junior.coupon.fixed",
        "accounts.reserve.excess_to",
        "waterfalls.at_closing[2]",
        "provenance.*.status",
    ]
    lines = [issue.line or 0 for issue in issues]
    assert lines == sorted(lines)
    assert all(issue.column for issue in issues)


def test_one_bad_row_hides_nothing_and_floods_nothing() -> None:
    text = edited(SMALL, "junior: {ranking: 2, balance: 2_000_000", "junior: {ranking: 2, balance: much")
    text = edited(text, "price_per_hour: 1.65", "price_per_hour: cheap")
    assert [issue.path for issue in issues_of(text)] == ["contracts.lease.price_per_hour", "tranches.junior.balance"]


def test_what_defaults_give_is_said_once_where_it_stands() -> None:
    text = edited(SMALL, "day_count: 30/360 ISDA", "day_count: 30/360")
    (issue,) = issues_of(text)
    assert issue.path == "tranches.defaults.day_count"
    assert SMALL.splitlines()[(issue.line or 0) - 1].strip().startswith("defaults: {kind: note")


def test_a_circle_is_printed_whole() -> None:
    text = edited(
        SMALL, "  enforcement:\n", "  a:\n    - use: b\n  b:\n    - use: c\n  c:\n    - use: a\n  enforcement:\n"
    )
    assert "lists use each other in a circle: a -> b -> c -> a" in [issue.what for issue in issues_of(text)]
