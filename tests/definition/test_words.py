"""Words of formulas: each follows from the rows of the deal, and the page about them names them all."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dealmodel.definition.load import deal_from_text
from dealmodel.definition.words import Words, words_of_a_formula

HERE = Path(__file__).parent
SMALL = (HERE / "small_deal.yaml").read_text(encoding="utf-8")
PAGE = (HERE.parents[1] / "docs" / "concepts" / "formulas.md").read_text(encoding="utf-8")


@pytest.fixture
def deal():
    return deal_from_text(SMALL, "small.yaml")


def test_words_of_the_small_deal(deal) -> None:
    """Tranches senior (with a schedule) and junior, one fee, three accounts; no test stands before the first."""
    of_tranches = [
        f"{name}.{word}"
        for name in ("senior", "junior")
        for word in ("balance", "original_balance", "interest", "scheduled_principal")
    ]
    expected = {
        "month", "revenue", "net_cash", "value.resale", "value.book", "value.cost", "value.liquidation", *of_tranches,
        "senior.scheduled_balance", "trustee.due", "site_costs.due", "collection.balance", "reserve.balance",
        "trap.balance",
    }  # fmt: skip
    assert set(words_of_a_formula(deal, "coverage_low")) == expected
    assert set(words_of_a_formula(deal)) == expected | {"coverage_low.ratio", "senior_ltv.ratio"}


def test_a_test_reads_what_is_measured_before_it(deal) -> None:
    """coverage_low, senior_ltv before payment; unpaid after it."""
    words = Words(deal)
    for reader, expected in (
        ("coverage_low", []),
        ("senior_ltv", ["coverage_low"]),
        ("unpaid", ["coverage_low", "senior_ltv"]),
        ("", ["coverage_low", "senior_ltv"]),
    ):
        read = [name for name in deal.tests if f"{name}.ratio" in words.of(reader)]
        assert read == expected
        assert [name for name in deal.tests if words.has(f"{name}.ratio", reader)] == expected


def test_the_page_names_every_word(deal) -> None:
    said = set(re.findall(r"`([a-z_.<>]+)`", PAGE))
    for word in words_of_a_formula(deal):
        owner, _, last = word.rpartition(".")
        family = next(
            (
                name
                for name, rows in (
                    ("tranche", deal.tranches),
                    ("fee", deal.fees),
                    ("account", deal.accounts),
                    ("test", deal.tests),
                )
                if owner in rows
            ),
            "",
        )
        assert (f"<{family}>.{last}" if family else word) in said
