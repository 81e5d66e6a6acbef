"""What is said when something is wrong, word for word."""

from __future__ import annotations

import pytest

from dealmodel.basics.errors import (
    MOST_ISSUES_SHOWN,
    DealError,
    DealFileError,
    FileAccessError,
    Issue,
    ModelError,
    WorkbookError,
    in_file_order,
    nearest,
)


@pytest.mark.parametrize(
    ("issue", "text"),
    [
        (Issue("a.b", "5 is too much"), "a.b: 5 is too much"),
        (Issue("a.b", "5 is too much", line=7), "a.b (line 7): 5 is too much"),
        (Issue("", "nothing in it"), "file: nothing in it"),
        (Issue("", "a stray bracket", line=1, column=3), "file (line 1): a stray bracket"),
        (Issue("a", "5 is too much", "at most 4", "write 4"), "a: 5 is too much; at most 4; write 4"),
        (Issue("a", "5 is too much", hint="write 4"), "a: 5 is too much; write 4"),
        (Issue("a", "5 is too much", code="DM-X-001"), "a: 5 is too much"),
    ],
)
def test_an_issue_says_where_what_allowed_and_hint_in_that_order(issue: Issue, text: str) -> None:
    assert issue.text() == text


def test_an_error_without_issues_is_its_subject() -> None:
    assert str(DealError("no such file")) == "no such file"


def test_one_problem_and_two() -> None:
    one = Issue("a", "is wrong", line=2)
    assert str(DealFileError("x.yaml", [one])) == "x.yaml has 1 problem\n  a (line 2): is wrong"
    two = str(DealFileError("x.yaml", [one, Issue("b", "too")]))
    assert two == "x.yaml has 2 problems\n  a (line 2): is wrong\n  b: too"


def test_issues_may_come_one_at_a_time() -> None:
    error = DealFileError("x.yaml", (Issue("a", str(number)) for number in range(3)))
    assert len(error.issues) == 3
    assert "3 problems" in str(error)


def test_fifty_problems_are_shown_and_the_rest_counted() -> None:
    issues = [Issue(f"row{number}", "is wrong") for number in range(MOST_ISSUES_SHOWN + 1)]
    whole = str(DealFileError("x.yaml", issues[:-1])).splitlines()
    assert whole[0] == "x.yaml has 50 problems"
    assert whole[-1] == "  row49: is wrong"
    assert len(whole) == 51
    cut = str(DealFileError("x.yaml", issues)).splitlines()
    assert cut[0] == "x.yaml has 51 problems"
    assert cut[-2:] == ["  row49: is wrong", "  ... and 1 more"]


@pytest.mark.parametrize(
    ("kind", "code"),
    [(DealError, 1), (DealFileError, 2), (ModelError, 1), (FileAccessError, 3), (WorkbookError, 1)],
)
def test_each_error_has_its_exit_code_and_one_base(kind: type[DealError], code: int) -> None:
    assert kind.exit_code == code
    assert isinstance(kind("subject"), DealError)


@pytest.mark.parametrize(
    ("name", "known", "said"),
    [
        ("clas_b", ["class_a", "class_b"], "did you mean 'class_b'?"),
        ("class_b", ["class_a", "class_b"], "did you mean 'class_b'?"),
        ("zzz", ["class_a", "class_b"], ""),
        ("class_b", [], ""),
    ],
)
def test_the_nearest_name_is_offered_if_it_is_near(name: str, known: list[str], said: str) -> None:
    assert nearest(name, known) == said


def test_issues_stand_in_file_order_and_those_without_a_line_last() -> None:
    issues = [
        Issue("lost", "x"), Issue("late", "x", line=9), Issue("right", "x", line=2, column=8),
        Issue("lost too", "x"), Issue("left", "x", line=2, column=1), Issue("no column", "x", line=2),
    ]  # fmt: skip
    found = [issue.path for issue in in_file_order(issues)]
    assert found == ["no column", "left", "right", "late", "lost", "lost too"]
