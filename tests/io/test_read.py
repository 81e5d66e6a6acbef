"""Deal files to plain data: what they hold, what is refused, and in which words."""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Callable
from typing import Literal

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dealmodel.basics.errors import DealFileError, Issue
from dealmodel.io import yaml_reader
from dealmodel.io.read import read_text
from dealmodel.io.scalars import is_date_like, read_plain

Kind = Literal["yaml", "json"]


def refusal(text: str | bytes, kind: Kind = "yaml") -> DealFileError:
    with pytest.raises(DealFileError) as refused:
        read_text(text, "deal.yaml", kind)
    assert refused.value.exit_code == 2
    return refused.value


def said(text: str | bytes, kind: Kind = "yaml") -> list[tuple[str, str]]:
    return [(issue.code, issue.text()) for issue in refusal(text, kind).issues]


def test_yaml_becomes_plain_data() -> None:
    text = """
deal: {id: abc, closing: 2026-12-31, name: "2026-12-31", rated: no, live: true}
balance: 600_000_000
rate: 1e-2
quoted: ['5%', "010", "true", "~", '']
folded: >
  two
  lines
several: these
  are words
nothing:
list:
- 1
- [a, {b: c}]
-
"""
    document = read_text(text, "deal.yaml", "yaml")
    assert document.data == {
        "deal": {
            "id": "abc",
            "closing": datetime.date(2026, 12, 31),
            "name": "2026-12-31",
            "rated": "no",
            "live": True,
        },
        "balance": 600_000_000,
        "rate": 0.01,
        "quoted": ["5%", "010", "true", "~", ""],
        "folded": "two lines\n",
        "several": "these are words",
        "nothing": None,
        "list": [1, ["a", {"b": "c"}], None],
    }
    assert document.name == "deal.yaml"
    assert document.sha256 == hashlib.sha256(text.encode()).hexdigest()


def test_json_becomes_plain_data() -> None:
    text = (
        r'{"a": [1, -2.5e1, "x", {"b": null}], "d": "2026-12-31", "e": "\u00e9\ud83d\ude00\n\"", "f": false, "010": {}}'
    )
    assert read_text(text, "deal.json", "json").data == {
        "a": [1, -25.0, "x", {"b": None}],
        "d": datetime.date(2026, 12, 31),
        "e": 'é😀\n"',
        "f": False,
        "010": {},
    }


def test_hash_is_that_of_the_bytes() -> None:
    raw = b"\xef\xbb\xbfa: 1\r\n"
    assert read_text(raw, "deal.yaml", "yaml").sha256 == hashlib.sha256(raw).hexdigest()


def test_all_problems_of_a_file_are_said_at_once_and_in_file_order() -> None:
    text = """\
deal: {id: abc, id: def}
rate: 5%
base: &base {a: 1}
copy: *base
typed: !!python/object:os.system x
1: one
fees:
  trustee: 1,000
  <<: x
rate: 010
steps:
  - pay: "\\u202ea"
  - 12:30
"""
    assert (
        str(refusal(text))
        == """\
deal.yaml has 12 problems
  deal.id (line 1): key 'id' stands twice, in line 1; keep one of them
  rate (line 2): 5% is not a decimal number; write 0.05
  base (line 3): YAML anchor '&base'; a deal file has none; write the rows out, or use `defaults`
  copy (line 4): YAML alias '*base'; a deal file has none; write the rows out, or use `defaults`
  typed (line 5): YAML tag '!!python/object:os.system'; a deal file has none; write the value without it
  file (line 6): 1 stands as a key; a key is text; write "1" in quotes
  fees.trustee (line 8): 1,000 has a comma between its digits; write 1_000
  fees (line 9): YAML merge key '<<'; a deal file has none; use `defaults`
  rate (line 10): key 'rate' stands twice, in lines 2 and 10; keep one of them
  rate (line 10): 010 starts with a zero, which programs read in different ways; write 10 or quote it
  steps[1].pay (line 12): a character that changes the order of the text, U+202E; delete it and type the text \
around it again
  steps[2] (line 13): 12:30 is not a number; quote it if it is text"""
    )


@pytest.mark.parametrize("loader", [yaml.SafeLoader, yaml_reader._LOADER])
@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a:\n\t- b", 2, "a tab stands in the indentation; indent with spaces"),
        ("a: 1\n\tb: 2", 2, "a tab stands in the indentation; indent with spaces"),
        (
            "a: [1,\n 2\nb: 2",
            3,
            "brackets are not closed, or a comma is missing (begun in line 1); check the brackets and commas",
        ),
        ("a: b: c", 1, "a ':' stands where no key can be; check the indentation; quote text with ': '"),
        ("a: 1\n b: 2", 2, "a ':' stands where no key can be; check the indentation; quote text with ': '"),
        ('a: "x\n', 2, "text in quotes is not closed (begun in line 1); end it with the same quote"),
        ('a: "\\q"', 1, "an unknown escape in double quotes; use single quotes, or write \\\\ for a backslash"),
        ("a: @x", 1, "'@' cannot start a value; put the text in quotes"),
        ("a: %5", 1, "'%' cannot start a value; put the text in quotes"),
        ("a: 1\nb\nc: 2", 3, "a ':' is missing after a key (begun in line 2); write `key: value`"),
        ("{a: 1} b", 1, "text stands after the end of the mapping; delete it, or check the brackets above"),
        (
            "a: |\n  x\n y",
            3,
            "the line does not fit the lines above (begun in line 1); "
            "check its indentation and quotes, and that list items start with '- '",
        ),
    ],
)
def test_yaml_syntax_errors_are_said_in_plain_words(
    text: str, line: int, message: str, loader: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(yaml_reader, "_LOADER", loader)
    assert said(text) == [("DM-YML-003", f"file (line {line}): {message}")]


def test_a_syntax_error_keeps_the_problems_before_it() -> None:
    assert [code for code, _ in said("a: 5%\nb: [1")] == ["DM-NUM-008", "DM-YML-003"]


def test_the_python_parser_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "a: 1\nb: [x, {c: 'd', e: 2026-12-31}]\nf:\n- 1.5\n- é𝄞: 1\n"
    fast = read_text(text, "deal.yaml", "yaml")
    monkeypatch.setattr(yaml_reader, "_LOADER", yaml.SafeLoader)
    assert read_text(text, "deal.yaml", "yaml") == fast
    assert said('a: "\\UFFFFFFFF"')[0][0] == "DM-YML-003"


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("", "005", "file (line 1): the file is empty; a deal is a mapping of keys to values"),
        ("# only a comment", "005", "file (line 1): the file is empty; a deal is a mapping of keys to values"),
        ("\n- a", "005", "file (line 2): the file does not start with a key; a deal is a mapping of keys to values"),
        ("word", "005", "file (line 1): the file does not start with a key; a deal is a mapping of keys to values"),
        ("a: 1\n---\nb: 2", "006", "file (line 2): a second document starts here; keep one deal in a file"),
        ("%YAML 1.1\n---\na: 1", "001", "file (line 1): YAML directive '%'; a deal file has none; delete the line"),
        (
            "a: {{ name }}",
            "004",
            "a (line 1): a list or mapping stands as a key; a key is text; quote text that starts with a bracket",
        ),
        (
            "a: {2026-01-31: 1}",
            "004",
            'a (line 1): 2026-01-31 stands as a key; a key is text; write "2026-01-31" in quotes',
        ),
        ("true: 1", "004", 'file (line 1): true stands as a key; a key is text; write "true" in quotes'),
        ("~: 1", "004", 'file (line 1): ~ stands as a key; a key is text; write "~" in quotes'),
        ("a:\n  ?\n  : 1", "004", "a (line 2): a key is missing before ':'; a key is text; give it a name"),
        ('"": 1', "004", "file (line 1): a key is empty; give it a name"),
        ('"a\\nb": 1', "004", "file (line 1): a key holds a tab or a line end; write it in one line"),
        (
            "*a : 1",
            "001",
            "file (line 1): YAML alias '*a'; a deal file has none; write the rows out, or use `defaults`",
        ),
        ("a: !own", "001", "a (line 1): YAML tag '!own'; a deal file has none; write the value without it"),
        ("a: ! 5", "001", "a (line 1): YAML tag '!'; a deal file has none; write the value without it"),
    ],
)
def test_structure_that_is_refused(text: str, code: str, message: str) -> None:
    assert said(text) == [(f"DM-YML-{code}", message)]


def test_keys_are_text() -> None:
    text = "no: 1\nON: 2\n'1': 3\n\"2026-01-31\": 4\n30/360: 5\n'<<': 6\n"
    assert list(read_text(text, "deal.yaml", "yaml").data) == ["no", "ON", "1", "2026-01-31", "30/360", "<<"]


@pytest.mark.parametrize(("kind", "text"), [("yaml", "a: {b: {x: 1}, b: {x: 2}}"), ("json", '{"a": {"b": 1, "b": 2}}')])
def test_only_the_doubled_key_itself_is_an_issue(kind: Kind, text: str) -> None:
    assert said(text, kind) == [("DM-YML-002", "a.b (line 1): key 'b' stands twice, in line 1; keep one of them")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1,}', "a comma stands before '}'; delete the comma"),
        ('{"a": [1, ]}', "a comma stands before ']'; delete the comma"),
        ('{"a" 1}', "expected ':' after a key, found '1'; write `\"key\": value`"),
        ("{a: 1}", "expected a key in double quotes, found 'a'; write `\"key\": value`"),
        ("{'a': 1}", 'expected a key in double quotes, found "\'"; write `"key": value`'),
        ('{"a": [1 2]}', "expected ',' or ']', found '2' (begun in line 1); check the brackets and commas"),
        ('{"a": [1', "expected ',' or ']', found the end of the file (begun in line 1); check the brackets and commas"),
        ('{"a": ', "expected a value, found the end of the file; check the brackets and commas"),
        ('{"a": "x', "text in quotes is not closed (begun in line 1); end it with the same quote"),
        ('{"a": "x\ty"}', "a tab or line end stands in quoted text; write \\t or \\n, or close the quotes"),
        ('{"a": "\\q"}', "an unknown escape in double quotes; write \\\\ for a backslash"),
        ('{"a": "\\u12"}', "an unknown escape in double quotes; write \\\\ for a backslash"),
        ('{"a": 1} x', "text stands after the end of the mapping; delete it, or check the brackets above"),
        ('{"a": abc}', "abc stands without quotes; put text and dates in double quotes"),
        ('{"a": True}', "True stands without quotes; put text and dates in double quotes"),
        ('{"a": 2026-12-31}', "2026-12-31 stands without quotes; put text and dates in double quotes"),
        ("// a deal\n{}", "JSON has no comments; delete it"),
    ],
)
def test_json_syntax_errors_are_said_in_plain_words(text: str, message: str) -> None:
    assert said(text, "json") == [("DM-YML-003", f"file (line 1): {message}")]


def test_json_gathers_the_problems_of_numbers_dates_and_keys() -> None:
    text = '{"a": NaN, "b": -Infinity,\n "c": 010, "d": 1_000, "e": "2026-02-30",\n "f": 1e400, "a": $5m, "g": 0x10}'
    assert (
        str(refusal(text, "json"))
        == """\
deal.yaml has 9 problems
  a (line 1): NaN is not a finite number; write a finite number, or quote it if it is text
  b (line 1): -Infinity is not a finite number; write a finite number, or quote it if it is text
  c (line 2): 010 starts with a zero, which programs read in different ways; write 10 or quote it
  d (line 2): 1_000 is not how JSON writes a number; write 1000
  e (line 2): 2026-02-30 is not a day of the calendar; write a date as YYYY-MM-DD
  f (line 3): 1e400 is too large for a number; at most 1.7e308
  a (line 3): key 'a' stands twice, in lines 1 and 3; keep one of them
  a (line 3): $5m is not a plain number; write 5000000
  g (line 3): 0x10 is not a decimal number; write 16 or quote it"""
    )


def test_json_issues_have_columns() -> None:
    issues = refusal('{\n "a": [1, NaN]\n}', "json").issues
    assert issues == (
        Issue(
            "a[2]",
            "NaN is not a finite number",
            hint="write a finite number, or quote it if it is text",
            line=2,
            column=11,
            code="DM-NUM-005",
        ),
    )


NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,12}", fullmatch=True).filter(lambda name: read_plain(name) == name)
NUMBERS = st.integers(-(10**18) + 1, 10**18 - 1) | st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.sampled_from("abcdxyzABC 0123456789.,:;-_+%$#&*!?|>'\"`@{}[]()/\\~=éß€漢"), max_size=20)
DATES = st.dates(datetime.date(1000, 1, 1))
SCALARS = st.none() | st.booleans() | NUMBERS | DATES


class WithoutAliases(yaml.SafeDumper):
    """Writes a date that stands twice out twice."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def nested(scalars: st.SearchStrategy[object]) -> st.SearchStrategy[dict[str, object]]:
    def holders(inner: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
        return st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4)

    return st.dictionaries(NAMES, st.recursive(scalars, holders, max_leaves=12), max_size=5)


@given(
    data=nested(SCALARS | TEXTS.filter(lambda text: read_plain(text) == text)),
    flow=st.sampled_from([True, False, None]),
)
def test_yaml_round_trip(flow: bool | None, data: dict[str, object]) -> None:
    text = yaml.dump(data, Dumper=WithoutAliases, default_flow_style=flow, allow_unicode=True, sort_keys=False)
    assert read_text(text, "deal.yaml", "yaml").data == data


@given(data=nested(SCALARS | TEXTS.filter(lambda text: not is_date_like(text))), indent=st.sampled_from([None, 1]))
def test_json_round_trip(data: dict[str, object], indent: int | None) -> None:
    text = json.dumps(data, indent=indent, default=datetime.date.isoformat, ensure_ascii=indent is None)
    assert read_text(text, "deal.json", "json").data == data


SIGNS = st.text(st.sampled_from("ab01 \n\t:-,.[]{}\"'\\#&*!|>?%@`~<=_uxe\u202e\r/"), max_size=60)


@pytest.mark.parametrize("kind", ["yaml", "json"])
@given(text=SIGNS | st.text() | st.binary())
def test_anything_is_read_or_refused_with_lines(kind: Kind, text: str | bytes) -> None:
    issues: tuple[Issue, ...] = ()
    try:
        assert isinstance(read_text(text, "deal.yaml", kind).data, dict)
    except DealFileError as refused:
        issues = refused.issues or (Issue("", "refused without an issue"),)
    assert all(issue.line and issue.column and issue.code.startswith("DM-") for issue in issues)


Maker = Callable[[int], str]


@pytest.mark.parametrize(("kind", "make"), [("yaml", lambda n: f"a: {n}\n"), ("json", lambda n: f'{{"a": {n}}}')])
def test_numbers_are_never_rounded(kind: Kind, make: Maker) -> None:
    assert read_text(make(10**18 - 1), "deal", kind).data == {"a": 10**18 - 1}
    assert said(make(10**18), kind) == [
        ("DM-NUM-007", f"a (line 1): {10**18} has 19 digits; at most 18; quote it if it is text")
    ]
