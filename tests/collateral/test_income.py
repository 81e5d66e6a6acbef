"""Resale value by income, by hand: a unit of 1,000, let half of 100 hours a month; no discount unless said."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from dealmodel.basics.kinds import Kind, inner_kinds, place_kinds
from dealmodel.basics.moments import Moment
from dealmodel.basics.schedule import monthly_grid
from dealmodel.collateral.pool import Cohort, SiteCosts, define_cohort
from dealmodel.lines.build import Builder
from dealmodel.lines.inputs import Input
from dealmodel.lines.trace import Trace
from dealmodel.lines.values import values_of
from dealmodel.market.clock import Clock
from dealmodel.market.prices import Generation, Launch, define_prices

# Sums of some dozens of rounded terms over amounts of some hundreds.
CENT = 1e-6

HALVES = 1 - 2.0**-12
"""Decline of a year after which 2^-12 of the rent is left: every month leaves a half."""


def value(
    periods: int,
    *,
    rent: float = 2.0,
    decline: float = 0.0,
    level: float = 1.0,
    launch: dict[str, Any] | None = None,
    delivered: Any = "closing",
    **fields: Any,
) -> list[float]:
    """Resale value of a unit at the end of the months 1..T. Closing is 31 December 2026."""
    curve = {
        "curve": "income_approach",
        "life_years": 1.0,
        "utilisation": 0.5,
        "operating_cost_per_hour": 1.0,
        "discount_rate_per_year": 0.0,
    } | fields
    terms = {"generation": "g", "units": 3.0, "unit_cost": 1_000.0, "delivered": delivered, "resale": curve}
    cohort = Cohort.model_validate(terms | {"book": {"method": "straight_line", "life_years": 2.0}})
    generation = Generation(rent_per_hour=rent, rent_decline_per_year=decline, resale_level=level)
    launches = {} if launch is None else {"next": Launch.model_validate({"generations": ("g",)} | launch)}
    grid = monthly_grid(
        date(2026, 12, 31), date(2027, 1, 31), periods, payment_day="month_end", convention="none", calendar="NONE"
    )
    clock = Clock(grid, "month_end", {"closing": 0})
    lines = Builder("income", periods=periods)
    lines.add_input(Input("time.month", "month", tuple(map(float, range(1, periods + 1))), monthly=True, live=False))
    lines.add_input(Input("collateral.hours_per_month", "hours", 100.0))
    rows: dict[str, Kind] = {"x": cohort, "g": generation, **launches}
    for path, row in rows.items():
        place_kinds(row, path)
        for kind in inner_kinds(row):
            for field in type(kind).model_fields:
                found = getattr(kind, field)
                number = clock.month(found) if isinstance(found, Moment) else found
                if isinstance(number, int | float):
                    lines.add_input(Input(kind.path_of(field), "ratio", float(number)))
    prices = define_prices(lines, {"g": generation}, launches)["g"]
    define_cohort(lines, clock, cohort, prices, SiteCosts(), collateral=_Collateral())
    model = lines.build()
    return Trace.of(model, values_of(model)).months("cohort.x.resale_per_unit")


class _Collateral:
    def path_of(self, field: str) -> str:
        return f"collateral.{field}"


def test_a_flat_rent_is_worth_the_months_of_life_left() -> None:
    """50 hours a month at 2 - 1 are 50 a month: 550 after one of twelve months, 50 after eleven, then nothing."""
    assert value(14) == pytest.approx([600.0 - 50 * month for month in range(1, 13)] + [0, 0], abs=CENT)


def test_a_delivery_within_a_month_leaves_part_of_it() -> None:
    """From 15 April 11.5 months are left at the end of it: 575, then 525. Before, the whole year."""
    assert value(5, delivered=date(2027, 4, 15)) == pytest.approx([600, 600, 600, 575, 525], abs=CENT)


def test_use_ends_where_the_rent_meets_the_cost() -> None:
    """The rent halves from 64: 32 in month 1. 16, 8 and 4 are ahead above a cost of 3, then 2: 28 - 9 = 19 x 50.

    Month 2: 8 + 4 - 6 = 6; month 3: 4 - 3 = 1; then nothing is above the cost.
    """
    found = value(5, rent=64.0, decline=HALVES, operating_cost_per_hour=3.0)
    assert found == pytest.approx([950, 300, 50, 0, 0], abs=CENT)


def test_a_month_in_which_rent_equals_cost_is_worth_nothing() -> None:
    """At a cost of 4: 16 + 8 + 4 - 12 = 16 in month 1, 8 + 4 - 8 = 4 in month 2, 4 - 4 = 0 in month 3."""
    found = value(4, rent=64.0, decline=HALVES, operating_cost_per_hour=4.0)
    assert found == pytest.approx([800, 200, 0, 0], abs=CENT)


def test_without_cost_use_lasts_for_life() -> None:
    """Halving from 32 over the eleven months left: 16 + 8 + ... + 2^-6 = 32 - 2^-6."""
    assert value(1, rent=64.0, decline=HALVES, operating_cost_per_hour=0.0)[0] == pytest.approx(
        50 * (32 - 2.0**-6), abs=CENT
    )


@pytest.mark.parametrize("decline", [0.0, 0.3, -0.5])
@pytest.mark.parametrize("rate", [0.0, 0.12])
def test_the_sum_written_out_term_by_term(decline: float, rate: float) -> None:
    """Two years of life, eight months gone: sixteen months of v^j (r f^j - 1), the loss-making ones left out."""
    v, f = (1 + rate) ** (-1 / 12), (1 - decline) ** (1 / 12)
    rent = 1.4 * f**8
    months = [v**j * (rent * f**j - 1) for j in range(1, 17) if rent * f**j > 1]
    found = value(8, rent=1.4, decline=decline, discount_rate_per_year=rate, life_years=2.0)[-1]
    assert found == pytest.approx(50 * sum(months), abs=CENT)


def test_a_growing_rent_below_cost_is_worth_nothing() -> None:
    """Use ends at once where the next month does not pay."""
    assert value(2, rent=0.5, decline=-0.5) == [0.0, 0.0]


def test_scrap_is_got_when_use_ends_and_is_the_floor() -> None:
    """Eleven months ahead at v = 1.44^(-1/12): 50 x sum of v^j + 100 v^11; where rent is below cost, 100 at once."""
    v = 1.44 ** (-1 / 12)
    found = value(1, discount_rate_per_year=0.44, scrap=0.1)[0]
    assert found == pytest.approx(50 * sum(v**j for j in range(1, 12)) + 100 * v**11, abs=CENT)
    assert value(1, rent=0.5, scrap=0.1) == pytest.approx([100.0], abs=CENT)
    assert value(1, rent=0.5, scrap=0.1, level=0.2) == pytest.approx([100.0], abs=CENT)


def test_a_launch_acts_through_the_rent_alone_and_is_not_foreseen() -> None:
    """The rent steps from 2 to 1.5 in month 3: 0.5 x 50 x 9 = 225 there, and no resale step; 500 still in month 2."""
    launch = {"when": "month 3", "rent_step": -0.25, "resale_step": -0.9}
    assert value(3, launch=launch) == pytest.approx([550, 500, 225], abs=CENT)


def test_the_resale_level_acts_on_the_value() -> None:
    assert value(2, level=0.5) == pytest.approx([275, 250], abs=CENT)


def test_no_rent_is_worth_nothing() -> None:
    assert value(2, rent=0.0, operating_cost_per_hour=0.0) == [0.0, 0.0]
