"""Names, lists, dates and numbers in words, and what a kind without words of its own says."""

from __future__ import annotations

from datetime import date
from typing import Literal

import pytest

from dealmodel.basics.kinds import Family, Kind, live, shape
from dealmodel.basics.moments import Moment, MomentField
from dealmodel.basics.words import (
    counted,
    day_in_words,
    digits,
    listed,
    moment_in_words,
    name_in_words,
    names_in_words,
    number_in_words,
    percent,
    sentence,
    times,
)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("class_a", "class A"),
        ("liquidity_reserve", "liquidity reserve"),
        ("dscr_trap", "DSCR trap"),
        ("market_ltv", "market LTV"),
        ("cure.asset_base_a", "cure asset base A"),
        ("a", "a"),
        ("gb300", "GB300"),
        ("lease_1", "lease 1"),
        ("obligor12", "obligor12"),
    ],
)
def test_a_name_is_said_as_a_reader_says_it(name: str, said: str) -> None:
    assert name_in_words(name) == said


def test_lists_have_an_and_before_the_last() -> None:
    assert listed([]) == ""
    assert listed(["a"]) == "a"
    assert listed(["a", "b"]) == "a and b"
    assert listed(["a", "b", "c"], "or") == "a, b or c"
    assert names_in_words("class_a") == "class A"
    assert names_in_words(["class_a", "class_b"]) == "class A and class B"


def test_a_sentence_begins_with_a_capital_and_keeps_the_rest() -> None:
    assert sentence("interest on class A") == "Interest on class A"
    assert sentence("") == ""


@pytest.mark.parametrize(
    ("value", "said"), [(0.0, "0"), (-0.0, "0"), (1.0, "1"), (31250.0, "31,250"), (0.2, "0.2"), (100.0, "100")]
)
def test_numbers_have_no_more_decimals_than_they_need(value: float, said: str) -> None:
    assert digits(value) == said


def test_shares_multiples_and_counts() -> None:
    assert percent(0.0075) == "0.75%"
    assert percent(0.29) == "29%"
    assert percent(-0.08) == "-8%"
    assert times(1.35) == "1.35x"
    assert counted(1, "month") == "1 month"
    assert counted(6, "month") == "6 months"
    assert number_in_words(0.06, "rate per year") == "6%"
    assert number_in_words(5, "years") == "5 years"
    assert number_in_words(1.3, "kW") == "1.3 kW"
    assert number_in_words(150_000, "currency per year") == "150,000"


def test_days_and_moments() -> None:
    assert day_in_words(date(2026, 12, 31)) == "31 December 2026"
    assert moment_in_words(Moment(month=24)) == "month 24"
    assert moment_in_words(Moment(event="legal_final")) == "legal final"
    assert moment_in_words(Moment(day=date(2027, 4, 5))) == "5 April 2027"


class Part(Kind):
    """A part of a kind."""

    share: float = live("share", "GPUs pledged")


class Quiet(Family):
    """A kind with no words of its own."""

    amount: float = live("currency", "Amount above which it acts", default=1.0, reason="a test")
    kind: Literal["quiet_kind"] = shape("name", "Kind")
    begins: MomentField = shape("month", "First month")
    of: tuple[str, ...] = shape("name", "Tranches")
    points: tuple[tuple[int, float], ...] = shape("table", "Points")
    part: Part | None = shape("name", "Part", default=None, reason="a test")
    last: int | None = shape("months", "Last month", default=None, reason="a test")


def test_a_kind_without_words_says_its_fields_by_their_descriptions() -> None:
    """The word that chooses it comes first; what is empty is left out; what is inside says itself."""
    quiet = Quiet(kind="quiet_kind", begins="month 3", of=("class_a", "class_b"), points=((0, 1.0), (12, 0.5)))
    said = "quiet kind; amount above which it acts: 1; first month: month 3; tranches: class A and class B"
    assert quiet.words() == f"{said}; points: 0 1, 12 0.5"
    with_part = quiet.model_copy(update={"part": Part(share=0.5), "points": ()})
    assert with_part.words() == f"{said}; part: (GPUs pledged: 50%)"
