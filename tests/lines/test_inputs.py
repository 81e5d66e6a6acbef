"""A scenario's changes act on a base value, in order, in the months that they name."""

from __future__ import annotations

import pytest

from dealmodel.basics.errors import DealFileError
from dealmodel.lines.build import Builder
from dealmodel.lines.inputs import Change, Input
from dealmodel.lines.names import NEVER
from dealmodel.lines.values import values_of


def rent(*changes: Change, value: float = 10.0, **fields: object) -> Input:
    return Input("rent", "currency", value, changes={"stress": changes}, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (Change("set", 3.0), 3.0),
        (Change("multiply", 3.0), 30.0),
        (Change("add", 3.0), 13.0),
        (Change("add", -3.0), 7.0),
        (Change("shift_months", 3.0), 13.0),
        (Change("shift_months", -3.0), 7.0),
    ],
)
def test_each_operation(change: Change, expected: float) -> None:
    assert rent(change).number("stress") == expected
    assert rent(change).number() == 10.0


def test_a_month_that_is_never_is_not_shifted() -> None:
    stops = rent(Change("shift_months", -6.0), value=float(NEVER))
    assert stops.number("stress") == NEVER
    assert rent(Change("set", 24.0), Change("shift_months", 6.0), value=float(NEVER)).number("stress") == 30.0


@pytest.mark.parametrize(
    ("start", "until", "expected"),
    [
        (None, None, [20, 20, 20, 20]),
        (2, None, [10, 20, 20, 20]),
        (None, 2, [20, 20, 10, 10]),
        (2, 3, [10, 20, 20, 10]),
        (3, 3, [10, 10, 20, 10]),
        (4, 2, [10, 10, 10, 10]),
        (9, None, [10, 10, 10, 10]),
    ],
)
def test_from_and_until_are_both_included(start: int | None, until: int | None, expected: list[float]) -> None:
    change = Change("multiply", 2.0, start, until)
    assert rent(change, monthly=True).by_month(4, "stress") == expected
    assert change.dated == (start is not None or until is not None)


def test_changes_act_in_the_order_in_which_they_stand() -> None:
    """10 x 2 + 3 = 23, and (10 + 3) x 2 = 26; a later `set` wipes out what came before."""
    double, more, fix = Change("multiply", 2.0), Change("add", 3.0), Change("set", 1.0)
    assert rent(double, more).number("stress") == 23.0
    assert rent(more, double).number("stress") == 26.0
    assert rent(double, fix).number("stress") == 1.0
    assert rent(fix, double).number("stress") == 2.0


def test_an_override_takes_the_place_of_an_undated_set_alone() -> None:
    """Base 10, override 100. Undated: set 1 gives way, times 2 acts: 200. Dated: set 1 from month 2 stays."""
    fix, double, dated = Change("set", 1.0), Change("multiply", 2.0), Change("set", 1.0, 2)
    assert rent(fix, double).number("stress", 100.0) == 200.0
    assert rent(fix, double).number("stress") == 2.0
    assert rent(fix, dated, monthly=True).by_month(3, "stress", 100.0) == [100.0, 1.0, 1.0]


def test_months_given_one_by_one_do_not_move() -> None:
    given = Input("days", "months", (31.0, 28.0), monthly=True, changes={"stress": (Change("multiply", 2.0),)})
    assert given.by_month(2, "stress") == [31.0, 28.0]
    assert given.given
    with pytest.raises(TypeError, match="given month by month"):
        _ = given.base


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (float("nan"), "not a finite number"),
        (float("inf"), "not a finite number"),
        (float("-inf"), "not a finite number"),
        (2.5, "2.5 is not a whole number of months"),
        (-1.0, "-1.0 is below 0"),
        (13.0, "13.0 is above 12"),
        (0.0, ""),
        (12.0, ""),
    ],
)
def test_a_number_out_of_range_is_said(value: float, said: str) -> None:
    item = Input("lag", "months", 3.0, lowest=0.0, highest=12.0, whole=True)
    assert said in item.problem_with(value)
    assert bool(item.problem_with(value)) == bool(said)


def model_of(item: Input):
    lines = Builder("deal", periods=3)
    lines.line("paid", lines.add_input(item), unit="currency")
    lines.named("months_per_year", 12, "months")
    return lines.build(scenarios={"base": "Base", "stress": "Stress"})


def test_a_scenario_that_leaves_the_range_is_refused_with_its_name() -> None:
    model = model_of(rent(Change("multiply", 3.0), highest=20.0))
    assert values_of(model).numbers["rent"] == 10.0
    with pytest.raises(DealFileError, match=r"rent: 30.0 is above 20; in scenario 'stress'"):
        values_of(model, "stress")


def test_one_month_out_of_range_is_enough() -> None:
    model = model_of(rent(Change("multiply", 3.0, 3, 3), highest=20.0, monthly=True))
    with pytest.raises(DealFileError, match=r"30\.0 is above 20"):
        values_of(model, "stress")


def test_unknown_scenario_and_paths_are_refused_with_the_nearest() -> None:
    model = model_of(rent())
    with pytest.raises(DealFileError, match="did you mean 'stress'"):
        values_of(model, "stres")
    with pytest.raises(DealFileError, match=r"rant: no live number has this path; did you mean 'rent'\?"):
        values_of(model, overrides={"rant": 1.0})
    with pytest.raises(DealFileError, match="is part of the deal's shape and cannot be overridden"):
        values_of(model, overrides={"constants.months_per_year": 13.0})
