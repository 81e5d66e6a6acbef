"""The collateral of a deal: pools; cohorts of GPUs, what they cost to keep, what is got for them without a contract."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from dealmodel.basics.kinds import Kind, live, shape
from dealmodel.basics.moments import MomentField
from dealmodel.basics.words import counted, digits, percent
from dealmodel.collateral.book import Book
from dealmodel.collateral.life import Earning, Life
from dealmodel.collateral.pool_kinds import AnyPool
from dealmodel.collateral.pools import CleanUpCall
from dealmodel.collateral.resale import ResaleCurve
from dealmodel.lines.build import Builder, HasPath
from dealmodel.lines.expressions import Expr, Line, maximum, minimum, prev, total_of
from dealmodel.market.clock import Clock, Shares
from dealmodel.market.prices import Prices


class Failures(Kind):
    """Units that fail for good, and the spares that stand in for them until they run out.

    A failed unit earns nothing and is worth nothing. Spares have no value of their own, and no cost but what
    `unit_cost` holds of theirs.
    """

    rate_per_year: float = live("share per year", "Share of the units left that fails in a year of age", ge=0, lt=1)
    spares: float = live(
        "share", "Units delivered beside the contracted ones, as a share of them", ge=0, le=1, default=0.0,
        reason="no spares unless stated",
    )  # fmt: skip

    def words(self) -> str:
        """How many fail, and the spares."""
        spares = f", spares of {percent(self.spares)}" if self.spares else ", no spares"
        return f"{percent(self.rate_per_year)} of the units left fails for good in a year of age{spares}"


class Cohort(Kind):
    """Units of one generation, bought at one price and delivered together."""

    generation: str = shape("name", "Generation in the market")
    units: float = live("units", "Number of GPUs", gt=0)
    unit_cost: float = live("currency per unit", "Purchase price of a unit, with its share of the servers", gt=0)
    delivered: MomentField = live("month", "When the units are delivered and begin to age and to earn")
    resale: ResaleCurve = shape("name", "What a sale brings, by age")
    book: Book = shape("name", "What the accounts say, by age")
    condition: float | None = live(
        "share", "Condition of the units: their part of what the curve says of sound ones", ge=0, le=2, default=None,
        reason="sound",
    )  # fmt: skip
    failures: Failures | None = shape("name", "Units that fail for good", default=None, reason="no unit fails for good")


class Colocation(Kind):
    """Data-centre space, paid by contracted power from delivery."""

    price_per_kw_month: float = live("currency per kW and month", "Price of a kilowatt for a month", ge=0)
    kw_per_unit: float = live("kW", "Contracted power of a unit", ge=0)

    def words(self) -> str:
        """The price and the power."""
        return f"{digits(self.price_per_kw_month)} a kW and month, {digits(self.kw_per_unit, 4)} kW a unit"


class Power(Kind):
    """Electricity, paid for the hours in use."""

    price_per_kwh: float = live("currency per kWh", "Price of a kilowatt hour", ge=0)
    kw_per_unit: float = live("kW", "Rated power of a unit", ge=0)
    pue: float = live("times", "Power drawn by the site for each unit of power at the chips", ge=1, le=5)
    load: float = live("share", "Share of the rated power that a unit in use draws", ge=0, le=1)

    def words(self) -> str:
        """The price, and what a unit draws."""
        drawn = f"{percent(self.load)} of {digits(self.kw_per_unit, 4)} kW a unit, PUE {digits(self.pue, 4)}"
        return f"{digits(self.price_per_kwh, 4)} a kWh, {drawn}"


class SiteCosts(Kind):
    """What keeping a unit costs. A contract says who pays; what nobody else pays is the issuer's."""

    idle_per_unit_hour: float = live(
        "currency per hour", "The issuer's cost of an hour of a unit that is not let", ge=0, default=0.0,
        reason="no cost of idleness unless one is stated",
    )  # fmt: skip
    colocation: Colocation | None = shape("name", "Data-centre space", default=None, reason="inside the rent, or none")
    power: Power | None = shape("name", "Electricity", default=None, reason="inside the rent, or none")
    upkeep_per_unit_per_year: float | None = live(
        "currency per unit", "Maintenance, spares and insurance of a unit for a year", ge=0, default=None,
        reason="none unless stated",
    )  # fmt: skip

    def words(self) -> str:
        """Each cost that there is."""
        parts = [f"{digits(self.idle_per_unit_hour, 4)} for an idle hour of a unit"]
        if self.colocation is not None:
            parts.append(f"colocation {self.colocation.words()}")
        if self.power is not None:
            parts.append(f"power {self.power.words()}")
        if self.upkeep_per_unit_per_year is not None:
            parts.append(f"upkeep {digits(self.upkeep_per_unit_per_year)} a unit and year")
        return "; ".join(parts)


class Merchant(Kind):
    """Use of units without a contract, at the market rent of the month."""

    utilisation: float = live("share", "Share of the hours that are let", ge=0, le=1)
    discount_to_market: float = live("share", "Discount to the market rent", ge=0, le=1)

    def words(self) -> str:
        """The use and the rent."""
        return f"Let {percent(self.utilisation)} of the hours, {percent(self.discount_to_market)} below the market rent"


class Disposal(Kind):
    """Sale of equipment: discount and cost are shares of the resale value on the day of sale."""

    discount: float = live("share", "Discount of a forced sale", ge=0, le=1)
    cost: float = live("share", "Cost of sale", ge=0, le=1)
    lag_months: int = shape("months", "Months from the decision to sell to the sale and its cash", ge=0, le=60)

    def words(self) -> str:
        """What is lost on a sale, and when it happens."""
        lost = f"{percent(self.discount)} below resale value, at a cost of {percent(self.cost)} of it"
        return f"Sold {lost}, {counted(self.lag_months, 'month')} after the decision"


_UNITS = "a deal with cohorts states it; one without has none"


class Collateral(Kind):
    """Everything pledged: cohorts of units, pools, or both. A deal without cohorts has none of what units need."""

    cohorts: dict[str, Cohort] = shape("table", "GPUs by delivery", default={}, reason="pools may be all there is")
    pools: dict[str, AnyPool] = shape(
        "table", "Pools of receivables, and revenue of projects", default={}, reason="cohorts may be all there is"
    )
    clean_up_call: CleanUpCall | None = shape(
        "name", "When the pools are bought back once they are small", default=None, reason="no call unless stated"
    )
    hours_per_month: float = live(
        "hours", "Hours of a month", gt=0, le=744, default=730.0, reason="8,760 hours of a year over twelve months"
    )
    site_costs: SiteCosts | None = shape("name", "What keeping a unit costs", default=None, reason=_UNITS)
    merchant: Merchant | None = shape("name", "Use of units without a contract", default=None, reason=_UNITS)
    disposal: Disposal | None = shape("name", "Sale of equipment", default=None, reason=_UNITS)

    @property
    def units_cost(self) -> SiteCosts:
        """What keeping a unit costs, in a deal that has units."""
        assert self.site_costs is not None
        return self.site_costs

    @property
    def units_let(self) -> Merchant:
        """Use of units without a contract, in a deal that has units."""
        assert self.merchant is not None
        return self.merchant

    @property
    def units_sold(self) -> Disposal:
        """Sale of equipment, in a deal that has units."""
        assert self.disposal is not None
        return self.disposal


@dataclass(frozen=True, slots=True)
class CohortLines:
    """Lines of one cohort, for each unit of it.

    Parameters
    ----------
    shares : Shares
        When it was delivered, and the share of each month since.
    resale : line by month
        What the sale of a unit would bring before discount and cost. [currency]
    book : line by month or None
        Book value of a unit; None until its hours of use are known, where it is written off by them. [currency]
    life : Life
        The age of its units.
    standing_cost, power_cost : constant line or None
        Cost of a unit for a month, and for an hour in use. [currency]
    working : line by month or None
        Share of the contracted units that work in the month; None where no unit fails for good. [share]
    """

    cohort: Cohort
    shares: Shares
    life: Life
    resale: Line
    book: Line | None
    standing_cost: Line | None
    power_cost: Line | None
    working: Line | None = None


def define_cohort(
    lines: Builder,
    clock: Clock,
    cohort: Cohort,
    prices: Prices,
    costs: SiteCosts,
    *,
    collateral: HasPath | None = None,
) -> CohortLines:
    """Define age, resale value and book value of a unit of a cohort.

    Resale = max(unit_cost x curve(age) x resale level of the generation x condition, unit_cost x scrap); book =
    unit_cost x book curve. Decline is by age for resale and by calendar for rent, so neither is counted twice. A curve
    by income holds the launches in its rents; the resale level is then the generation's own, without their steps.

    Parameters
    ----------
    collateral : a kind with the hours of a month, optional
        Asked by curves by income alone.
    """
    name = f"cohort.{cohort.row}"
    with lines.at(cohort.path, section="Collateral", group=f"Cohort {cohort.row}"):
        shares = clock.shares_after(lines, f"{name}.delivered", cohort.delivered, lines.of(cohort, "delivered"))
        age = lines.declare(f"{name}.age", unit="months", opening=0)
        lines.define(age, prev(age) + shares.share, label="Age at the end of the month")
        life = Life(name, age, shares.started, shares.stub, _earning(lines, cohort, prices, collateral))
        cost = lines.of(cohort, "unit_cost")
        curve = cohort.resale.define(lines, life)
        level = prices.level if cohort.resale.by_income and prices.level is not None else prices.resale
        market = cost * curve * level
        if cohort.condition is not None:
            market = market * lines.of(cohort, "condition")
        resale = lines.line(
            f"{name}.resale_per_unit",
            maximum(market, cost * lines.of(cohort.resale, "scrap")),
            unit="currency",
            label="Resale value of a unit",
        )
        book = None if cohort.book.by_use else _book(lines, cohort, life)
        standing, power = _running_costs(lines, name, costs)
        working = _working(lines, cohort.failures, life) if cohort.failures is not None else None
    return CohortLines(cohort, shares, life, resale, book, standing, power, working)


def _earning(lines: Builder, cohort: Cohort, prices: Prices, collateral: HasPath | None) -> Earning | None:
    if not cohort.resale.by_income or collateral is None:
        return None
    hours, cost = lines.of(collateral, "hours_per_month"), lines.of(cohort, "unit_cost")
    return Earning(prices.rent, prices.monthly_factor, hours, cost)


def define_book_by_use(lines: Builder, cohort: CohortLines, *, hours: Expr) -> CohortLines:
    """Define the book value of units that are written off by their hours of use.

    Parameters
    ----------
    hours : Expr
        Hours of use of an average unit of the cohort in each month. [hours]
    """
    name = cohort.life.name
    with lines.at(cohort.cohort.path, section="Collateral", group=f"Cohort {cohort.cohort.row}"):
        used = lines.declare(f"{name}.hours_used", unit="hours", opening=0)
        lines.define(used, prev(used) + hours, label="Hours of use of a unit since delivery")
        return replace(cohort, book=_book(lines, cohort.cohort, cohort.life, used))


def _book(lines: Builder, cohort: Cohort, life: Life, used: Line | None = None) -> Line:
    cost = lines.of(cohort, "unit_cost")
    value = cost * cohort.book.define(lines, life, used)
    return lines.line(f"{life.name}.book_per_unit", value, unit="currency", label="Book value of a unit")


def _working(lines: Builder, failures: Failures, life: Life) -> Line:
    """Share of the contracted units that work: min(1, (1 + spares) x (1 - rate)^(age in years)).

    Spares age and fail as the others do, whether they stand in or wait. Until they run out every contracted unit works.

    Test by hand: a rate of 0.36 leaves 0.8 after six months and 0.64 after twelve; with a quarter of spares, 1 and 0.8.
    """
    step = life.step(lines, "left", 1 - lines.of(failures, "rate_per_year"))
    left = lines.declare(f"{life.name}.not_failed", unit="share", opening=1)
    lines.define(left, prev(left) * step, label="Not failed, of the units delivered")
    working = minimum((1 + lines.of(failures, "spares")) * left, 1)
    return lines.line(f"{life.name}.working", working, unit="share", label="Working, of the contracted units")


def _running_costs(lines: Builder, name: str, costs: SiteCosts) -> tuple[Line | None, Line | None]:
    standing: list[Expr] = []
    if costs.upkeep_per_unit_per_year is not None:
        year = lines.named("months_per_year", 12, "months")
        standing.append(lines.of(costs, "upkeep_per_unit_per_year") / year)
    if costs.colocation is not None:
        place = costs.colocation
        standing.append(lines.of(place, "price_per_kw_month") * lines.of(place, "kw_per_unit"))
    used = kept = None
    if costs.power is not None:
        drawn = lines.of(costs.power, "kw_per_unit") * lines.of(costs.power, "pue") * lines.of(costs.power, "load")
        cost = lines.of(costs.power, "price_per_kwh") * drawn
        used = lines.constant(f"{name}.power_cost", cost, unit="currency per hour", label="Power for an hour in use")
    if standing:
        kept = lines.constant(
            f"{name}.standing_cost", total_of(standing), unit="currency", label="Standing cost of a unit a month"
        )
    return kept, used


SHARE_RECEIVED = "disposal.share_received"
"""Constant line of what a sale brings, as a share of the resale value."""

RentBasis = Literal["all_in", "net_of_site_costs"]
"""Whether market rents include site costs: `all_in`, the issuer pays them; else the user does."""


def sale_price_share(lines: Builder, disposal: Disposal) -> Line:
    """Share of the resale value that a sale brings: 1 - discount - cost, not below 0."""
    with lines.at(disposal.path, section="Collateral", group="Disposal"):
        share = maximum(1 - lines.of(disposal, "discount") - lines.of(disposal, "cost"), 0)
        return lines.constant(SHARE_RECEIVED, share, unit="share", label="Received of the resale value")
