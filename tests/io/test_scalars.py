"""The meaning of values without quotes, and the numbers that are meant badly."""

from __future__ import annotations

import datetime
import math

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dealmodel.basics.errors import Issue
from dealmodel.io.scalars import read_date, read_plain


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("true", True),
        ("false", False),
        ("1", 1),
        ("-3", -3),
        ("+5", 5),
        ("0", 0),
        ("-0", 0),
        ("600_000_000", 600_000_000),
        ("123456789012345678", 123456789012345678),
        ("1.5", 1.5),
        ("0.060", 0.06),
        ("1_000.25", 1000.25),
        ("1e3", 1000.0),
        ("1E+3", 1000.0),
        ("1.5e-3", 0.0015),
        ("0e5", 0.0),
        ("2026-12-31", datetime.date(2026, 12, 31)),
        ("2028-02-29", datetime.date(2028, 2, 29)),
    ],
)
def test_a_value_is_what_it_looks_like(text: str, value: object) -> None:
    read = read_plain(text)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        *("no", "yes", "on", "off", "NO", "Yes", "y", "n", "True", "FALSE", "Null", "NULL"),
        *("month 9", "closing", "30/360", "30/360 ISDA", "act/365", "class_a", "h200", "customers.*.stops_paying"),
        *("_1", "1.2.3", "5a", "1e", "-", ".", "...", "--", "=", "2026-12", "infinite", "nano", "USD", "$", "%"),
    ],
)
def test_all_else_stays_text(text: str) -> None:
    assert read_plain(text) == text


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("010", "001", "010 starts with a zero, which programs read in different ways; write 10 or quote it"),
        ("-007.5", "001", "-007.5 starts with a zero, which programs read in different ways; write -7.5 or quote it"),
        ("00", "001", "00 starts with a zero, which programs read in different ways; write 0 or quote it"),
        ("0x1F", "002", "0x1F is not a decimal number; write 31 or quote it"),
        ("0o17", "002", "0o17 is not a decimal number; write 15 or quote it"),
        ("0b101", "002", "0b101 is not a decimal number; write 5 or quote it"),
        ("0x" + "f" * 32, "002", f"0x{'f' * 32} is not a decimal number; quote it if it is text"),
        ("1,000", "003", "1,000 has a comma between its digits; write 1_000"),
        ("1,000,000.50", "003", "1,000,000.50 has a comma between its digits; write 1_000_000.50"),
        ("8,5", "003", "8,5 has a comma between its digits; write 8.5"),
        ("0,050", "003", "0,050 has a comma between its digits; write 0.050"),
        ("1.000,50", "003", "1.000,50 has points between its groups of digits; write 1_000.50 or quote it"),
        ("1.000.000", "003", "1.000.000 has points between its groups of digits; write 1_000_000 or quote it"),
        ("60 000", "003", "60 000 has gaps between its groups of digits; write 60_000 or quote it"),
        ("1'000", "003", "1'000 has gaps between its groups of digits; write 1_000 or quote it"),
        ("1_0_", "003", "1_0_ has a _ that does not stand between two digits; write 10 or quote it"),
        ("1__0", "003", "1__0 has a _ that does not stand between two digits; write 10 or quote it"),
        ("12:30", "004", "12:30 is not a number; quote it if it is text"),
        ("1_:0", "004", "1_:0 is not a number; quote it if it is text"),
        ("12:30:45", "004", "12:30:45 is not a number; quote it if it is text"),
        (".inf", "005", ".inf is not a finite number; write a finite number, or quote it if it is text"),
        ("-.INF", "005", "-.INF is not a finite number; write a finite number, or quote it if it is text"),
        (".nan", "005", ".nan is not a finite number; write a finite number, or quote it if it is text"),
        ("NaN", "005", "NaN is not a finite number; write a finite number, or quote it if it is text"),
        ("1e400", "006", "1e400 is too large for a number; at most 1.7e308"),
        ("1e-400", "006", "1e-400 is too close to zero for a number; write 0 if nothing is meant"),
        ("1234567890123456789", "007", "1234567890123456789 has 19 digits; at most 18; quote it if it is text"),
        ("9" * 400, "007", f"{'9' * 40}... has 400 digits; at most 18; quote it if it is text"),
        (
            "0." + "1" * 100,
            "007",
            f"0.{'1' * 38}... has 101 digits; a number has at most 64 characters; quote it if it is text",
        ),
        ("5%", "008", "5% is not a decimal number; write 0.05"),
        ("-8.5 %", "008", "-8.5 % is not a decimal number; write -0.085"),
        ("250bps", "008", "250bps is not a decimal number; write 0.025"),
        ("1.35x", "008", "1.35x is not a plain number; write 1.35"),
        ("$5m", "008", "$5m is not a plain number; write 5_000_000"),
        ("-$5", "008", "-$5 is not a plain number; write -5"),
        ("\u20ac1,000", "008", "\u20ac1,000 is not a plain number; write 1_000"),
        ("USD 2.5bn", "008", "USD 2.5bn is not a plain number; write 2_500_000_000"),
        ("100 EUR", "008", "100 EUR is not a plain number; write 100"),
        ("5m", "008", "5m is not a plain number; write 5_000_000 or quote it"),
        ("(5)", "008", "(5) is not a plain number; write -5"),
        ("\u22125", "008", "\u22125 has a dash for its minus; write -5"),
        ("--5", "008", "--5 has two signs; keep one sign"),
        (".5", "009", ".5 has no digit on one side of its point; write 0.5"),
        ("5.", "009", "5. has no digit on one side of its point; write 5.0"),
        (".5_", "009", ".5_ has no digit on one side of its point; write 0.5"),
        ("2026-02-30", "010", "2026-02-30 is not a day of the calendar; write a date as YYYY-MM-DD"),
        ("2026-1-31", "011", "2026-1-31 is not a date; write 2026-01-31"),
        ("2026/12/31", "011", "2026/12/31 is not a date; write 2026-12-31"),
        ("2026/13/31", "011", "2026/13/31 is not a date; write a date as YYYY-MM-DD"),
        ("31.12.2026", "011", "31.12.2026 is not a date; write a date as YYYY-MM-DD"),
        ("2026-12-31T10:00:00Z", "011", "2026-12-31T10:00:00Z has a time of day; write 2026-12-31"),
    ],
)
def test_a_number_meant_badly_is_an_issue_with_a_hint(text: str, code: str, message: str) -> None:
    issue = read_plain(text)
    assert isinstance(issue, Issue)
    assert issue.text() == f"file: {message}"
    assert issue.code == f"DM-NUM-{code}"


def test_minus_zero_is_zero() -> None:
    value = read_plain("-0.0")
    assert isinstance(value, float)
    assert math.copysign(1.0, value) == 1.0


def test_date_of_a_text() -> None:
    assert read_date("2026-12-31") == datetime.date(2026, 12, 31)
    assert isinstance(read_date("2027-02-29"), Issue)


@given(st.one_of(st.integers(-(10**18) + 1, 10**18 - 1), st.floats(allow_nan=False, allow_infinity=False)))
def test_every_number_reads_as_python_writes_it(number: float) -> None:
    read = read_plain(repr(number))
    assert read == number
    assert type(read) is type(number)


@given(st.text(max_size=80))
def test_any_text_is_read_without_an_exception(text: str) -> None:
    read = read_plain(text)
    assert not isinstance(read, str) or read == text


@given(st.from_regex(r"[-+.$(]?[0-9][-0-9_.,:ex% /mk]{0,12}", fullmatch=True))
def test_what_a_common_reader_takes_for_a_number_is_that_number_or_an_issue(text: str) -> None:
    read, usual = read_plain(text.strip()), usual_value(text)
    if isinstance(usual, int | float) and not isinstance(read, Issue):
        assert read == usual


def usual_value(text: str) -> object:
    try:
        return yaml.safe_load(f"a: {text}")["a"]
    except (yaml.YAMLError, ValueError):
        return None
