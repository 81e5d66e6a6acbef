"""A deal of pools that pays every quarter: collected every month, kept to the payment date. Worked out by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from dealmodel.definition.deal import Deal
from dealmodel.definition.load import deal_from_text
from dealmodel.engine.result import Result
from dealmodel.engine.run import run_deal

TEXT = (Path(__file__).parents[1] / "kinds" / "pools.yaml").read_text(encoding="utf-8")
QUARTERLY = (
    ("first_payment: 2027-01-15", "first_payment: 2027-03-15"),
    ("frequency: monthly", "frequency: quarterly"),
)


def deal(*edits: tuple[str, str]) -> Deal:
    text = TEXT
    for find, write in (*QUARTERLY, *edits):
        assert find in text
        text = text.replace(find, write, 1)
    return deal_from_text(text, "quarterly.yaml")


def months(result: Result, name: str) -> list[float]:
    return result.lines.months(name)


def test_what_is_collected_is_kept_to_the_payment_date() -> None:
    """Month 3 pays what 210 + 308 + 234.50 leave: 752.50 - 2.25 - 13.50, and 900 - (250 - 50) = 700 is due.

    Servicing is 0.1% of 1,000, of 800 and of 450; interest a quarter of 6% on 900, then on 200. Month 6 pays 252.50 -
    0.25 - 3 - 200.
    """
    result = run_deal(deal())
    assert months(result, "collections") == pytest.approx([210, 308, 234.5, 252.5, 0, 0])
    assert months(result, "collection.balance") == pytest.approx([210, 518, 0, 252.5, 252.5, 0])
    assert months(result, "servicing.paid") == pytest.approx([0, 0, 2.25, 0, 0, 0.25])
    assert months(result, "note.interest_paid") == pytest.approx([0, 0, 13.5, 0, 0, 3])
    assert months(result, "note.principal_paid") == pytest.approx([0, 0, 700, 0, 0, 200])
    assert months(result, "sponsor.received") == pytest.approx([0, 0, 36.75, 0, 0, 49.25])


def test_a_call_waits_for_the_payment_date() -> None:
    """The pool is 45% in month 2, which does not pay. In month 3 the 250 left are bought, and all 900 is due."""
    result = run_deal(deal(), "to_call")
    assert months(result, "clean_up_call.called") == [0, 0, 1, 1, 1, 1]
    assert months(result, "clean_up_call.price") == pytest.approx([0, 0, 250, 0, 0, 0])
    assert months(result, "note.principal_paid") == pytest.approx([0, 0, 900, 0, 0, 0])
    assert months(result, "sponsor.received") == pytest.approx([0, 0, 86.75, 0, 0, 0])


def test_a_call_before_collections_looks_at_the_payment_date_before() -> None:
    """The quarter of month 3 opened with 1,000, that of month 6 with 250."""
    edit = ("price: pool_balance", "price: debt_outstanding, measured: before_collections")
    assert months(run_deal(deal(edit), "to_call"), "clean_up_call.price") == pytest.approx([0, 0, 0, 0, 0, 203])


def test_words_of_formulas_are_of_the_months_since_the_last_payment() -> None:
    """200 + 300 + 200 of principal in the first quarter, 250 in the second; 20 of 1,000 lost, then nothing of 250."""
    edits = [
        ("max(note.balance - max(pool.balance - 50, 0), 0)", "pool.principal"),
        ("states: {normal: {severity: 0, waterfall: payments}}",
         "tests: {lost: {measure: formula, formula: \"ratio(pool.losses, pool.opening_balance, 0)\", unit: ratio,"
         " at_most: 0.5}}\n"
         "states:\n  normal: {severity: 0, waterfall: payments}\n"
         "  bad: {severity: 1, waterfall: payments, entered_on: [lost], left: when_cured}"),
    ]  # fmt: skip
    result = run_deal(deal(*edits))
    assert months(result, "turbo.amount") == pytest.approx([0, 0, 700, 0, 0, 250])
    assert months(result, "pool.opening_balance_of_period") == pytest.approx([1000, 1000, 1000, 250, 250, 250])
    assert result.ratio("lost")[2] == pytest.approx(0.02)
    assert months(result, "lost.result") == [0, 0, 1, 0, 0, 1]
