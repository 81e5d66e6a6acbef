"""A name of the deal becomes an identifier in one place, and nothing else gets through."""

from __future__ import annotations

import pytest

from dealmodel.lines.names import NEVER, check_name, identifier


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("rent", "v_rent"),
        ("class_a.interest_paid", "v_class_a__interest_paid"),
        ("payments.01.all.due", "v_payments__01__all__due"),
        ("lambda", "v_lambda"),
        ("a" * 200, "v_" + "a" * 200),
    ],
)
def test_dots_become_two_underscores_behind_a_prefix(name: str, word: str) -> None:
    assert identifier(name) == word
    assert word.isidentifier()


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Class",
        "1st",
        "_a",
        "a b",
        "a.",
        ".a",
        "a..b",
        "a._b",
        "a-b",
        "a\n",
        "a;b",
        "__import__('os')",
        "é",
        "a" * 201,
    ],
)
def test_anything_else_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is not a name"):
        check_name(name)


def test_never_is_later_than_any_month() -> None:
    assert NEVER > 1200 + 1 + 60  # a hundred years, and the longest sale after them
