"""Times as a deal file writes them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from dealmodel.basics.moments import EVENTS, Moment, MomentField, parse_moment

READ = [
    (date(2027, 4, 15), Moment(day=date(2027, 4, 15))),
    ("month 0", Moment(month=0)),
    ("month 9", Moment(month=9)),
    ("month 1200", Moment(month=1200)),
    *[(event, Moment(event=event)) for event in EVENTS],
]


@pytest.mark.parametrize(("said", "moment"), READ)
def test_a_time_is_a_date_a_month_or_an_event(said: Any, moment: Moment) -> None:
    assert parse_moment(said) == moment
    assert parse_moment(moment) is moment


@pytest.mark.parametrize(
    "said",
    [
        "month 1201",
        "month 99999",
        "month -1",
        "month 1.5",
        "month",
        "month  3",
        "month 3 ",
        "month 3\n",
        "Month 3",
        "month 3 or so",
        "month \u0663",  # an Arabic-Indic three is a digit too
        "closed",
        "CLOSING",
        "",
        3,
        3.0,
        True,
        None,
        ["closing"],
    ],
)
def test_anything_else_is_refused_with_what_is_allowed(said: Any) -> None:
    with pytest.raises(ValueError, match="is not a time; write a date, `month N`, or one of closing, delivery,"):
        parse_moment(said)


def test_a_time_of_day_is_not_a_time_of_a_deal() -> None:
    """A datetime passes for a date, yet cannot be compared with one: month numbers could not be worked out."""
    with pytest.raises(ValueError, match="is not a time"):
        parse_moment(datetime(2027, 4, 15, 12, 0))


@pytest.mark.parametrize("moment", [moment for _, moment in READ])
def test_a_time_is_written_as_it_is_read(moment: Moment) -> None:
    field = TypeAdapter(MomentField)
    assert field.validate_python(field.dump_python(moment)) == moment


@pytest.mark.parametrize(
    ("moment", "text"),
    [(Moment(day=date(2027, 4, 15)), "2027-04-15"), (Moment(month=0), "month 0"), (Moment(event="never"), "never")],
)
def test_a_time_as_text(moment: Moment, text: str) -> None:
    assert str(moment) == text


def test_a_field_says_what_is_allowed() -> None:
    with pytest.raises(ValidationError, match="'soon' is not a time; write a date, `month N`"):
        TypeAdapter(MomentField).validate_python("soon")
    assert TypeAdapter(MomentField).json_schema()["description"].startswith("a date, `month N`, or one of closing")


def test_times_are_keys_and_do_not_change() -> None:
    assert {Moment(month=3): "x"}[Moment(month=3)] == "x"
    with pytest.raises(AttributeError):
        Moment(month=3).month = 4  # type: ignore[misc]
