"""Resale value by income: what a unit still earns above its cost, discounted.

The market rent of the month is carried forward by the generation's base decline alone: a buyer knows the launches that
have happened and the level of the month, not the path's own future. Launches act through the rent, so their resale
steps are left out; the generation's own resale level acts as on any curve.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from dealmodel.basics.kinds import live, shape
from dealmodel.collateral.decay import DecayCurve
from dealmodel.collateral.life import Earning, Life
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import Expr, Line, log, maximum, minimum, power, ratio, round_to, where


class IncomeCurve(DecayCurve):
    """Present value of rent less operating cost over the rest of a life, then scrap; use ends where rent meets cost.

    As a share of the price: it need not begin at 1, and rises where rents do. It is no layer of another curve.
    """

    by_income: ClassVar[bool] = True
    curve: Literal["income_approach"] = shape("name", "Kind of curve")
    life_years: float = live("years", "Age beyond which a unit earns nothing", gt=0, le=50)
    utilisation: float = live("share", "Share of the hours that a buyer expects to let", ge=0, le=1)
    operating_cost_per_hour: float = live("currency per hour", "Cost of an hour let", ge=0)
    discount_rate_per_year: float = live("rate per year", "Yield that a buyer wants, compounded yearly", ge=0, le=5)

    def define(self, lines: Builder, life: Life) -> Expr:
        """Sum the months ahead in closed form.

        With v the discount and f the rent left after a month, r the rent of the month, c the cost of an hour and m the
        months of use ahead: hours x utilisation x sum over j = 1 .. m of v^j (r f^j - c), + v^m x scrap x price, over
        the price. m = the months of the life left or, if fewer, those in which r f^j is above c. Part of a last month
        of life counts as the formula of the sum has it, m being a broken number. The sum loses digits where v or v f is
        within a billionth of 1, and is m exactly at 1. Worked out month by month.

        Test by hand: a rent of 2 without decline, a cost of 1, 100 hours at half use, no discount and a year of life
        are worth 600 at delivery and 50 less each month.
        """
        assert life.earning is not None
        earning, name = life.earning, f"{life.name}.resale"
        year = lines.named("months_per_year", 12, "months")
        discount = lines.constant(
            f"{name}_discount",
            power(1 + lines.of(self, "discount_rate_per_year"), -(1 / year)),
            unit="share",
            label="Worth of a month later",
        )
        both = lines.constant(f"{name}_rent_discounted", discount * earning.factor, unit="share")
        months = self._months(lines, life, earning, lines.of(self, "life_years") * year)
        rents = _geometric(lines, f"{name}_rent_months", both, months)
        costs = _geometric(lines, f"{name}_cost_months", discount, months)
        hourly = earning.rent * rents - lines.of(self, "operating_cost_per_hour") * costs
        income = maximum(hourly, 0) * earning.hours * lines.of(self, "utilisation") / earning.cost
        share = income + power(discount, months) * lines.of(self, "scrap")
        return lines.line(f"{name}_curve", share, unit="share", label="Value by income, as a share of the price")

    def _months(self, lines: Builder, life: Life, earning: Earning, life_months: Expr) -> Line:
        """Months of use ahead: to the end of the life, or as long as the rent is above the cost."""
        name = f"{life.name}.resale"
        left = lines.line(f"{name}_months_left", maximum(life_months - life.age, 0), unit="months")
        cost = lines.of(self, "operating_cost_per_hour")
        least = lines.named("least_rent", 1e-9, "currency per hour")
        half = lines.named("half_a_month", 0.5, "months")
        falls = lines.constant(f"{name}_rent_fall", -log(earning.factor), unit="ratio", label="Fall of rent a month")
        above = log(maximum(earning.rent, least) / maximum(cost, least))
        until = lines.line(f"{name}_months_above", ratio(above, falls, 0), unit="months")
        whole = maximum(round_to(until - half, 0), 0)
        return lines.line(
            f"{name}_months_of_use",
            where(falls > 0, minimum(left, whole), left * (earning.rent * earning.factor > cost)),
            unit="months",
            label="Months of use ahead",
        )


def _geometric(lines: Builder, name: str, factor: Line, months: Line) -> Line:
    """factor + factor^2 + ... over some months."""
    total = ratio(factor * (1 - power(factor, months)), 1 - factor, months)
    return lines.line(name, total, unit="months", label="Months ahead, discounted")
