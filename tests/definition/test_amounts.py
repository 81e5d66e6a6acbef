"""Amounts across rows: what `up_to` asks for by way of them is checked as if it stood there itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from dealmodel.basics.errors import DealFileError
from dealmodel.definition.load import deal_from_text

SMALL = (Path(__file__).parent / "small_deal.yaml").read_text(encoding="utf-8")


def said(amounts: str, to: str) -> list[str]:
    """What is wrong with a deal that pays a tranche up to `asked`."""
    text = SMALL.replace("tests:\n", f"amounts:\n{amounts}tests:\n", 1)
    text = text.replace(
        "pay_principal: {to: senior, up_to: cure.senior_ltv}", f"pay_principal: {{to: {to}, up_to: asked}}"
    )
    try:
        deal_from_text(text, "small.yaml")
    except DealFileError as error:
        return [f"{issue.path}: {issue.what}" for issue in error.issues]
    return []


ROWS = "  asked: {greatest_of: [%s, inner]}\n  inner: {least_of: [outstanding, cure.senior_ltv]}\n"


def test_an_amount_that_suits_its_step_is_fine() -> None:
    assert said(ROWS % "scheduled", "senior") == []


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        ("scheduled", ["tranche 'junior' has no scheduled_balance", "paying 'junior' does not cure 'senior_ltv'"]),
        ("outstanding", ["paying 'junior' does not cure 'senior_ltv'"]),
    ],
)
def test_parts_of_an_amount_must_suit_the_tranche(first: str, expected: list[str]) -> None:
    """`inner` is a part of a part: the cure in it is of the senior's loan to value."""
    place = "waterfalls.payments[6].pay_principal.up_to"
    assert said(ROWS % first, "junior") == [f"{place}: {what}" for what in expected]


def test_amounts_that_multiply_are_refused() -> None:
    """Each row names the next one twice over: 2 + 4 + 8 + ... parts, more than a hundred from the first rows on."""
    rows = "".join(
        f"  a{n}: {{greatest_of: [a{n + 1}, b{n + 1}]}}\n  b{n}: {{least_of: [a{n + 1}, b{n + 1}]}}\n"
        for n in range(30)
    )
    rows += "  a30: {greatest_of: [outstanding]}\n  b30: {greatest_of: [cure.senior_ltv]}\n"
    found = said("  asked: {greatest_of: [a0, b0]}\n" + rows, "senior")
    assert found[0] == "amounts.asked: amount 'asked' has too many parts"
