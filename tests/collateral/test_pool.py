"""Value of a unit, its running cost, and what its sale brings, by hand."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import pytest

from dealmodel.basics.kinds import Kind, inner_kinds, place_kinds
from dealmodel.basics.moments import Moment
from dealmodel.basics.schedule import monthly_grid
from dealmodel.collateral.pool import (
    Cohort,
    CohortLines,
    Colocation,
    Disposal,
    Power,
    SiteCosts,
    define_cohort,
    sale_price_share,
)
from dealmodel.lines.build import Builder
from dealmodel.lines.inputs import Input
from dealmodel.lines.model import Model
from dealmodel.lines.trace import Trace
from dealmodel.lines.values import values_of
from dealmodel.market.clock import Clock
from dealmodel.market.prices import Prices

PERIODS = 12
# A product of a dozen rounded factors.
ROUNDING = 1e-13


def add_numbers(lines: Builder, kinds: Iterable[Kind], clock: Clock) -> None:
    """Make every number that a formula may ask for known under its path."""
    for outer in kinds:
        for kind in inner_kinds(outer):
            for field in type(kind).model_fields:
                value = getattr(kind, field)
                number = float(clock.month(value)) if isinstance(value, Moment) else value
                if isinstance(number, int | float):
                    lines.add_input(Input(kind.path_of(field), "ratio", float(number)))


def cohort_model(
    *, levels: Iterable[float] = (1.0,) * PERIODS, costs: SiteCosts | None = None, **fields: Any
) -> tuple[Model, CohortLines]:
    """One cohort `x` at 1,000 a unit, delivered at closing unless the fields say otherwise."""
    terms = {
        "generation": "g",
        "units": 3.0,
        "unit_cost": 1_000.0,
        "delivered": "closing",
        "resale": {"curve": "exponential", "decline_per_year": 0.36, "scrap": 0.5},
        "book": {"method": "straight_line", "life_years": 2.0},
    }
    cohort = Cohort.model_validate(terms | fields)
    costs = costs or SiteCosts()
    place_kinds(cohort, "cohorts.x")
    place_kinds(costs, "site_costs")
    grid = monthly_grid(
        date(2026, 12, 31), date(2027, 1, 31), PERIODS, payment_day="month_end", convention="none", calendar="NONE"
    )
    clock = Clock(grid, "month_end", {"closing": 0})
    lines = Builder("pool", periods=PERIODS)
    lines.add_input(Input("time.month", "month", tuple(map(float, range(1, PERIODS + 1))), monthly=True, live=False))
    add_numbers(lines, [cohort, costs], clock)
    level = lines.series("level", tuple(levels), unit="times")
    found = define_cohort(lines, clock, cohort, Prices(level, level, level, level), costs)
    return lines.build(), found


def traced(**fields: Any) -> Trace:
    model, _ = cohort_model(**fields)
    return Trace.of(model, values_of(model))


def test_resale_is_cost_times_curve_times_level() -> None:
    """0.8 is left after six months and 0.64 after twelve; a level of 1.25 lifts both."""
    found = traced(levels=[1.25] * PERIODS).months("cohort.x.resale_per_unit")
    assert [found[5], found[11]] == pytest.approx([1_000.0, 800.0], rel=ROUNDING)


def test_the_floor_is_scrap_of_cost_after_the_level() -> None:
    """At month 6 the curve leaves 800. A level of 0.75 makes 600, above the floor of 500; one of 0.5 makes 400, below.

    A floor applied before the level would give 0.5 x 800 = 400.
    """
    levels = [1.0] * 4 + [0.75, 0.75] + [0.5] * 6
    found = traced(levels=levels).months("cohort.x.resale_per_unit")
    assert found[5] == pytest.approx(600.0, rel=ROUNDING)
    assert found[6:] == [500.0] * 6


def test_the_floor_of_a_straight_line_does_not_move_with_the_level() -> None:
    """At month 12 the curve stands at its scrap of 0.2: 1,000 x 0.2 x 0.5 = 100 is below the floor of 200."""
    resale = {"curve": "straight_line", "life_years": 1.0, "scrap": 0.2}
    found = traced(resale=resale, levels=[0.5] * PERIODS).months("cohort.x.resale_per_unit")
    assert found[5] == pytest.approx(1_000 * 0.6 * 0.5, rel=ROUNDING)  # 1 - 0.8 x 6/12 = 0.6
    assert found[11] == pytest.approx(200.0, rel=ROUNDING)


def test_without_scrap_a_level_of_nothing_leaves_nothing() -> None:
    resale = {"curve": "exponential", "decline_per_year": 0.36}
    assert traced(resale=resale, levels=[0.0] * PERIODS).months("cohort.x.resale_per_unit") == [0.0] * PERIODS


CURVES: list[dict[str, Any]] = [
    {"curve": "exponential", "decline_per_year": 0.6},
    {"curve": "declining_balance", "factor": 2.0, "life_years": 3.0, "switch": "straight_line"},
    {"curve": "sum_of_years_digits", "life_years": 2},
    {"curve": "hyperbolic", "initial_decline_per_year": 2.0, "exponent": 1.0},
    {"curve": "logistic", "midpoint_years": 0.5, "steepness_per_year": 6.0},
    {"curve": "table", "points": ((0, 1.0), (12, 0.3)), "between": "log_linear"},
    {
        "curve": "lower_of",
        "layers": {
            "wear": {"curve": "straight_line", "life_years": 2.0},
            "age": {"curve": "exponential", "decline_per_year": 0.5},
        },
    },
]


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve["curve"])
def test_value_is_cost_times_curve_times_level_and_then_the_floor(curve: dict[str, Any]) -> None:
    """Whatever the curve, a level of 0.75 from month 6 on acts on all of it, and scrap of 0.3 holds after that."""
    trace = traced(resale=curve | {"scrap": 0.3}, levels=[1.0] * 5 + [0.75] * 7)
    shares = trace.months("cohort.x.resale_curve")
    expected = [1_000 * share for share in shares[:5]] + [750 * share for share in shares[5:]]
    found = trace.months("cohort.x.resale_per_unit")
    assert found == pytest.approx([max(value, 300.0) for value in expected], rel=ROUNDING)
    assert found[5] < found[4]


def test_working_units_by_hand() -> None:
    """1 - 2^-24 a year leaves a quarter a month, half in half of April; a quarter of spares lifts it by 1.25, to 1."""
    rate = 1 - 2.0**-24
    alone = traced(delivered=date(2027, 4, 15), failures={"rate_per_year": rate})
    assert alone.months("cohort.x.working")[:6] == pytest.approx([1, 1, 1, 1 / 2, 1 / 8, 1 / 32], rel=ROUNDING)
    spared = traced(delivered="closing", failures={"rate_per_year": 0.36, "spares": 0.25})
    found = spared.months("cohort.x.working")
    assert found[:5] == pytest.approx([1.0] * 5, rel=ROUNDING)  # 1.25 x 0.64^(5/12) is 1.04
    assert [found[5], found[11]] == pytest.approx([1.0, 0.8], rel=ROUNDING)


def test_book_value_knows_neither_level_nor_scrap() -> None:
    """1,000 over 24 months: 500 after twelve, whatever the market says."""
    found = traced(levels=[0.1] * PERIODS).months("cohort.x.book_per_unit")
    assert [found[0], found[11]] == pytest.approx([1_000 * 23 / 24, 500.0], rel=ROUNDING)


def test_a_unit_begins_to_age_the_day_it_is_delivered() -> None:
    """Delivered on 15 April, half of the month is left: ages 0.5 and 1.5, and the book a 24th of 1,000 a month less."""
    trace = traced(delivered=date(2027, 4, 15))
    assert trace.months("cohort.x.age")[2:6] == [0.0, 0.5, 1.5, 2.5]
    book = trace.months("cohort.x.book_per_unit")[2:5]
    assert book == pytest.approx([1_000.0, 1_000 * (1 - 0.5 / 24), 1_000 * (1 - 1.5 / 24)], rel=ROUNDING)
    resale = trace.months("cohort.x.resale_per_unit")[2:5]
    assert resale == pytest.approx([1_000.0, 1_000 * 0.64 ** (0.5 / 12), 1_000 * 0.64 ** (1.5 / 12)], rel=ROUNDING)


def test_running_costs_by_hand() -> None:
    """A unit costs 1,200 / 12 + 150 x 1.5 = 325 a month; an hour in use draws 0.8 x 1.5 x 0.5 = 0.6 kW at 0.25."""
    costs = SiteCosts(
        idle_per_unit_hour=0.2,
        colocation=Colocation(price_per_kw_month=150.0, kw_per_unit=1.5),
        power=Power(price_per_kwh=0.25, kw_per_unit=0.8, pue=1.5, load=0.5),
        upkeep_per_unit_per_year=1_200.0,
    )
    trace = traced(costs=costs)
    assert trace.number("cohort.x.standing_cost") == 325.0
    assert trace.number("cohort.x.power_cost") == pytest.approx(0.15, rel=ROUNDING)


@pytest.mark.parametrize(
    ("costs", "standing", "power"),
    [
        (SiteCosts(), None, None),
        (SiteCosts(idle_per_unit_hour=0.2), None, None),  # idle hours are costed by the lot
        (SiteCosts(upkeep_per_unit_per_year=1_200.0), 100.0, None),
        (SiteCosts(upkeep_per_unit_per_year=0.0), 0.0, None),
        (SiteCosts(colocation=Colocation(price_per_kw_month=150.0, kw_per_unit=1.5)), 225.0, None),
        (SiteCosts(power=Power(price_per_kwh=0.5, kw_per_unit=1.0, pue=1.0, load=0.5)), None, 0.25),
    ],
)
def test_only_stated_costs_have_lines(costs: SiteCosts, standing: float | None, power: float | None) -> None:
    model, found = cohort_model(costs=costs)
    trace = Trace.of(model, values_of(model))
    assert (None if found.standing_cost is None else trace.number(found.standing_cost.name)) == standing
    assert (None if found.power_cost is None else trace.number(found.power_cost.name)) == power


@pytest.mark.parametrize(
    ("discount", "cost", "share"),
    [
        (0.25, 0.03, 0.72),
        (0.0, 0.0, 1.0),
        (0.75, 0.25, 0.0),
        (0.8, 0.3, 0.0),  # a sale that costs more than it brings is not made at a loss
        (1.0, 0.0, 0.0),
    ],
)
def test_a_sale_brings_what_discount_and_cost_leave(discount: float, cost: float, share: float) -> None:
    disposal = Disposal(discount=discount, cost=cost, lag_months=6)
    place_kinds(disposal, "disposal")
    lines = Builder("sale", periods=1)
    lines.add_input(Input("disposal.discount", "share", discount))
    lines.add_input(Input("disposal.cost", "share", cost))
    sale_price_share(lines, disposal)
    model = lines.build()
    found = Trace.of(model, values_of(model)).number("disposal.share_received")
    assert found == pytest.approx(share, abs=ROUNDING)
