"""CSV files beside a deal file: what is read, and what is refused in which words."""

from __future__ import annotations

import datetime

import pytest

from dealmodel.io.csv_table import read_csv_table


def test_numbers_and_dates_are_read_as_in_a_deal_file() -> None:
    table = read_csv_table(
        b"\xef\xbb\xbfdate, interest,principal\r\n2027-01-15,1_000.5, 20\r\n2027-02-15,1e3,0\r\n\r\n"
    )
    assert table.columns == ("date", "interest", "principal")
    assert table.rows == ((datetime.date(2027, 1, 15), 1000.5, 20), (datetime.date(2027, 2, 15), 1000.0, 0))
    assert not table.issues


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file is empty"),
        ("a,b\n1,=A1", "line 2: b: '=A1' is no number and no date; formulas are not read; write their value"),
        ("a,b\n1,@SUM(A1)", "line 2: b: '@SUM(A1)' is no number and no date; formulas are not read"),
        ("a,b\n1,", "line 2: b is empty; write 0 if nothing is meant"),
        ("a,b\n1,2,3", "line 2: more cells, where 2 columns are"),
        ("a,b\n1", "line 2: 1 cells, where 2 columns are"),
        ("a,b\n\n1,2", "line 2: 1 cells"),
        ("a;b\n1;2", "line 1: 'a;b' is not the name of a column"),
        ("a,Balance\n1,2", "line 1: 'Balance' is not the name of a column"),
        ('a,b\n"1",2', "line 2: a: '\"1\"' is no number"),
        ("a,b\n5%,2", "line 2: a: "),
        ("a,b\n010,2", "line 2: a: 010 starts with a zero"),
        ("a,b\ntrue,2", "line 2: a: 'true' is no number"),
        ("a,b\n1,\u202e2", "line 2: a character that changes the order of the text"),
        ("a,b\n1,nan", "line 2: b: "),
        (",".join(f"c{number}" for number in range(41)), "line 1: 41 columns"),
        ("a\n" + "1\n" * 20_001, "20,001 rows; at most 20,000"),
    ],
)
def test_what_is_refused(text: str, said: str) -> None:
    table = read_csv_table(text.encode())
    assert not table.rows
    assert said in table.issues[0].text()


def test_bytes_that_are_no_text_are_refused() -> None:
    assert "is not UTF-8" in read_csv_table(b"a,b\n1,\xff").issues[0].text()


def test_no_more_than_twenty_problems_are_said() -> None:
    assert len(read_csv_table(b"a\n" + b"x\n" * 1000).issues) == 20
