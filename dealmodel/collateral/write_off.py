"""Schedules by which a price is written off over a life; resale curves and book methods share them."""

from __future__ import annotations

from dealmodel.collateral.life import Life
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import Expr, Line, maximum, minimum, prev, ratio, round_to


def declining_balance(
    lines: Builder, life: Life, what: str, *, kept: Expr, floor: Expr | int, life_months: Expr | None
) -> Line:
    """Share of the price left where a constant share of what is left goes each year of age.

    left(t) = max(floor, left(t - 1) x kept^(1/12)): the whole years are those of the yearly method, and within a year
    the balance declines by equal ratios. With a life, a month loses the straight-line charge instead wherever that is
    larger: the balance above the floor, in equal parts over the months of the life that were left when the month began.

    Parameters
    ----------
    what : str
        `resale` or `book`; the line is called `<name>.<what>_curve`.
    kept : Expr
        Share of the balance kept in a year, 0 to 1. [share]
    floor : Expr
        Scrap or salvage. [share]
    life_months : Expr or None
        Life for the switch to straight line; None for none. [months]

    Test by hand: kept 0.6 leaves 0.6, 0.36, 0.216 after one, two, three years; with a life of five years the charge of
    a month is larger by straight line from then on, and nothing is left after five.
    """
    name = f"{life.name}.{what}"
    step = life.step(lines, what, kept)
    curve = lines.declare(f"{name}_curve", unit="share", opening=1)
    left = prev(curve) * step
    if life_months is not None:
        rest = lines.line(
            f"{name}_months_left",
            maximum(life_months - life.age, 0),
            unit="months",
            label="Months of the life left",
            opening=life_months,
        )
        even = prev(curve) - (prev(curve) - floor) * (1 - ratio(rest, prev(rest), 0))
        left = minimum(left, even)
    return lines.define(curve, maximum(left, floor), label=f"{what.capitalize()} curve")


def sum_of_years_digits(lines: Builder, life: Life, what: str, *, years: Expr, floor: Expr | int) -> Line:
    """Share of the price left where each year of a life is charged by the years that were left when it began.

    After n whole years of a life of L, n (2L - n + 1) / (L (L + 1)) of the price above the floor is gone. Within a year
    the year's charge, 2 (L - n) / (L (L + 1)), goes in equal parts by age. L is a whole number of years.

    Test by hand: five years leave 10/15, 6/15, 3/15, 1/15 and 0 after each of them, and 12.5/15 after six months.
    """
    name = f"{life.name}.{what}"
    year = lines.named("months_per_year", 12, "months")
    half = lines.named("months_per_half_year", 6, "months")
    age = life.years(lines)
    past = lines.line(
        f"{name}_whole_years",
        minimum(maximum(round_to((life.age - half) / year, 0), 0), years),
        unit="years",
        label="Whole years of age within the life",
    )
    left = lines.line(f"{name}_years_left", years - past, unit="years", label="Years of the life from then on")
    digits = past * (years + left + 1) + (left + left) * (age - past)
    lost = (1 - floor) * (digits / (years * (years + 1)))
    return lines.line(f"{name}_curve", maximum(1 - lost, floor), unit="share", label=f"{what.capitalize()} curve")
