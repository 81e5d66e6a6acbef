"""Market rent and resale level by hand: decline by calendar, levels, launches."""

from __future__ import annotations

from typing import Any

import pytest

from dealmodel.basics.kinds import Kind, inner_kinds, place_kinds
from dealmodel.basics.moments import Moment
from dealmodel.lines.build import Builder
from dealmodel.lines.inputs import Change, Input
from dealmodel.lines.names import NEVER
from dealmodel.lines.trace import Trace
from dealmodel.lines.values import values_of
from dealmodel.market.prices import Generation, Launch, define_prices

# A product of up to 24 rounded monthly factors; each rounds by at most one part in 2 ** 52.
ROUNDING = 1e-13


def a_launch(when: str, rent: float, resale: float, *of: str, ramp: int | None = None) -> Launch:
    fields = {"when": when, "generations": of, "rent_step": rent, "resale_step": resale, "ramp_months": ramp}
    return Launch.model_validate(fields)


def prices(
    periods: int,
    generations: dict[str, dict[str, float]],
    launches: dict[str, Launch] | None = None,
    *,
    monthly: dict[str, tuple[Change, ...]] | None = None,
    overrides: dict[str, float] | None = None,
) -> Trace:
    """Price lines of some generations; `monthly` holds dated changes, by path."""
    lines = Builder("prices", periods=periods)
    months = tuple(float(month) for month in range(1, periods + 1))
    lines.add_input(Input("time.month", "month", months, monthly=True, live=False))
    made = {name: Generation(**fields) for name, fields in generations.items()}
    launches = launches or {}
    rows: dict[str, Kind] = {f"generations.{name}": kind for name, kind in made.items()}
    rows |= {f"launches.{name}": kind for name, kind in launches.items()}
    for path, row in rows.items():
        place_kinds(row, path)
        for kind in inner_kinds(row):
            for field in type(kind).model_fields:
                add(lines, kind.path_of(field), getattr(kind, field), (monthly or {}).get(kind.path_of(field), ()))
    define_prices(lines, made, launches)
    model = lines.build()
    return Trace.of(model, values_of(model, overrides=overrides))


def add(lines: Builder, path: str, value: Any, changes: tuple[Change, ...]) -> None:
    if isinstance(value, Moment):
        value = float(NEVER if value.event == "never" else value.month or 0)
    if isinstance(value, float | int):
        lines.add_input(Input(path, "ratio", float(value), monthly=bool(changes), changes={"base": changes}))


def test_rent_declines_by_calendar_month() -> None:
    """A decline of 0.36 leaves 0.64 after a year, its square root 0.8 after half of one, and 0.64 ** 2 after two."""
    trace = prices(24, {"x": {"rent_per_hour": 2.0, "rent_decline_per_year": 0.36}})
    rent = trace.months("market.x.rent")
    assert [rent[5], rent[11], rent[17], rent[23]] == pytest.approx([1.6, 1.28, 1.024, 0.8192], rel=ROUNDING)
    assert rent[0] == pytest.approx(2.0 * 0.64 ** (1 / 12), rel=ROUNDING)  # month 1 holds a month of decline
    assert trace.number("market.x.rent_factor_of_a_month") == pytest.approx(0.64 ** (1 / 12), rel=ROUNDING)


def test_a_negative_decline_is_growth() -> None:
    """A decline of -0.21 is growth by 1.21 a year, and by its square root 1.1 in half of one."""
    rent = prices(12, {"x": {"rent_per_hour": 2.0, "rent_decline_per_year": -0.21}}).months("market.x.rent")
    assert [rent[5], rent[11]] == pytest.approx([2.2, 2.42], rel=ROUNDING)


def test_no_decline_and_no_launch_leave_the_rent_as_it_is() -> None:
    trace = prices(3, {"x": {"rent_per_hour": 2.0, "rent_decline_per_year": 0.0}})
    assert trace.months("market.x.rent") == [2.0, 2.0, 2.0]
    assert trace.months("market.x.resale_level") == [1.0, 1.0, 1.0]


def test_the_decline_of_rent_does_not_touch_the_resale_level() -> None:
    trace = prices(12, {"x": {"rent_per_hour": 2.0, "rent_decline_per_year": 0.36, "resale_level": 0.75}})
    assert trace.months("market.x.resale_level") == [0.75] * 12


def test_each_level_multiplies_its_own_path_in_every_month() -> None:
    levels = {"rent_per_hour": 2.0, "rent_decline_per_year": 0.0, "rent_level": 0.5, "resale_level": 0.25}
    trace = prices(3, {"x": levels})
    assert trace.months("market.x.rent") == [1.0, 1.0, 1.0]
    assert trace.months("market.x.resale_level") == [0.25, 0.25, 0.25]


def test_a_dated_level_acts_from_its_month_until_its_month() -> None:
    """Both months are included: 2 x 0.5 in months 2 and 3, 2 in the others."""
    levels = {"generations.x.rent_level": (Change("multiply", 0.5, 2, 3),)}
    trace = prices(4, {"x": {"rent_per_hour": 2.0, "rent_decline_per_year": 0.0}}, monthly=levels)
    assert trace.months("market.x.rent") == [2.0, 1.0, 1.0, 2.0]


def test_two_launches_step_in_their_own_months_for_good_and_multiply() -> None:
    """Rent 2, 2 x 0.75 from month 3, 2 x 0.75 x 0.5 from month 5; resale 1, 0.5, 0.5 x 0.25."""
    launches = {"first": a_launch("month 3", -0.25, -0.5, "x"), "second": a_launch("month 5", -0.5, -0.75, "x")}
    trace = prices(6, {"x": {"rent_per_hour": 2.0, "rent_decline_per_year": 0.0}}, launches)
    assert trace.months("market.x.rent") == [2.0, 2.0, 1.5, 1.5, 0.75, 0.75]
    assert trace.months("market.x.resale_level") == [1.0, 1.0, 0.5, 0.5, 0.125, 0.125]
    assert trace.months("market.first.launched") == [0, 0, 1, 1, 1, 1]


def test_two_launches_in_one_month_both_step() -> None:
    launches = {"first": a_launch("month 2", -0.5, -0.5, "x"), "second": a_launch("month 2", -0.5, 0.0, "x")}
    trace = prices(2, {"x": {"rent_per_hour": 2.0, "rent_decline_per_year": 0.0}}, launches)
    assert trace.months("market.x.rent") == [2.0, 0.5]
    assert trace.months("market.x.resale_level") == [1.0, 0.5]


@pytest.mark.parametrize(("when", "rent"), [("closing", [1.0, 1.0]), ("never", [2.0, 2.0]), ("month 2", [2.0, 1.0])])
def test_a_launch_at_closing_acts_at_once_and_one_that_never_comes_does_not(when: str, rent: list[float]) -> None:
    launch = {"one": a_launch(when, -0.5, 0.0, "x")}
    trace = prices(2, {"x": {"rent_per_hour": 2.0, "rent_decline_per_year": 0.0}}, launch)
    assert trace.months("market.x.rent") == rent


def test_a_launch_leaves_a_generation_that_it_does_not_name() -> None:
    generation = {"rent_per_hour": 2.0, "rent_decline_per_year": 0.0}
    trace = prices(2, {"x": generation, "y": generation}, {"one": a_launch("month 1", -0.5, -0.5, "y")})
    assert trace.months("market.x.rent") == [2.0, 2.0]
    assert trace.months("market.x.resale_level") == [1.0, 1.0]
    assert trace.months("market.y.rent") == [1.0, 1.0]
    assert trace.months("market.y.resale_level") == [0.5, 0.5]


def test_the_base_decline_knows_neither_level_nor_launch() -> None:
    """Claims are sized on the base decline alone: 0.64 ** (6 / 12) = 0.8 whatever the level."""
    generation = {"rent_per_hour": 2.0, "rent_decline_per_year": 0.36, "rent_level": 0.5}
    trace = prices(6, {"x": generation}, {"one": a_launch("month 2", -0.5, -0.5, "x")})
    assert trace.months("market.x.rent_decline_factor")[5] == pytest.approx(0.8, rel=ROUNDING)
    assert trace.value("market.x.rent_decline_factor", 0) == 1.0
    assert trace.months("market.x.rent")[5] == pytest.approx(2.0 * 0.8 * 0.5 * 0.5, rel=ROUNDING)


def test_a_launch_moves_with_its_month_number() -> None:
    launch = {"one": a_launch("month 3", -0.5, 0.0, "x")}
    trace = prices(
        3, {"x": {"rent_per_hour": 2.0, "rent_decline_per_year": 0.0}}, launch, overrides={"launches.one.when": 2}
    )
    assert trace.months("market.x.rent") == [2.0, 1.0, 1.0]


def test_an_expected_launch_steps_in_equal_parts_before_its_month() -> None:
    """Four months before month 6: 0 in month 2, then a quarter more each month; the month of the launch holds it all.

    A rent of 2 falls by half: 2, 2, 1.75, 1.5, 1.25, 1 from month 6; resale by 0.8: 1, 1, 0.8, 0.6, 0.4, 0.2.
    """
    launch = {"one": a_launch("month 6", -0.5, -0.8, "x", ramp=4)}
    trace = prices(8, {"x": {"rent_per_hour": 2.0, "rent_decline_per_year": 0.0}}, launch)
    assert trace.months("market.one.in_prices") == [0, 0, 0.25, 0.5, 0.75, 1, 1, 1]
    assert trace.months("market.x.rent") == [2.0, 2.0, 1.75, 1.5, 1.25, 1.0, 1.0, 1.0]
    found = trace.months("market.x.resale_level")
    assert found == pytest.approx([1, 1, 0.8, 0.6, 0.4, 0.2, 0.2, 0.2], rel=ROUNDING)


def test_a_ramp_of_a_month_is_a_step_and_one_from_before_closing_is_under_way() -> None:
    """A month before the launch none of the step is in; of twelve months before month 3, 10/12 are past in month 1."""
    generation = {"x": {"rent_per_hour": 1.0, "rent_decline_per_year": 0.0}}
    sudden = prices(4, generation, {"one": a_launch("month 3", -0.5, 0.0, "x", ramp=1)})
    assert sudden.months("market.x.rent") == prices(4, generation, {"one": a_launch("month 3", -0.5, 0.0, "x")}).months(
        "market.x.rent"
    )
    early = prices(4, generation, {"one": a_launch("month 3", -0.6, 0.0, "x", ramp=12)})
    assert early.months("market.x.rent") == pytest.approx([0.5, 0.45, 0.4, 0.4], rel=ROUNDING)


def test_a_launch_that_never_comes_is_not_expected_either() -> None:
    launch = {"one": a_launch("never", -0.5, -0.5, "x", ramp=120)}
    trace = prices(3, {"x": {"rent_per_hour": 2.0, "rent_decline_per_year": 0.0}}, launch)
    assert trace.months("market.x.rent") == [2.0, 2.0, 2.0]


def test_a_ramp_is_a_live_number() -> None:
    """Two months in place of four: half of the step in the month before."""
    launch = {"one": a_launch("month 3", -0.5, 0.0, "x", ramp=4)}
    generation = {"x": {"rent_per_hour": 2.0, "rent_decline_per_year": 0.0}}
    trace = prices(3, generation, launch, overrides={"launches.one.ramp_months": 2.0})
    assert trace.months("market.x.rent") == [2.0, 1.5, 1.0]


def test_a_rent_that_falls_away_within_the_year_is_refused() -> None:
    with pytest.raises(ValueError, match="less than 1"):
        Generation(rent_per_hour=2.0, rent_decline_per_year=1.0)
    with pytest.raises(ValueError, match="greater than or equal to -1"):
        Launch.model_validate({"when": "month 1", "generations": ("x",), "rent_step": -1.01, "resale_step": 0.0})
