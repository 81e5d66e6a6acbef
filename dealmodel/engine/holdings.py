"""Which lots are held, what the units bring and cost, and the sale of equipment.

Here quantities cross from contracts to collateral: both are told, neither sees the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dealmodel.collateral.pool import SHARE_RECEIVED, CohortLines, Collateral, define_book_by_use, sale_price_share
from dealmodel.contracts.lots import Lot
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import Expr, Line, as_expr, both, either, prev, total_of
from dealmodel.waterfall.states import State


@dataclass(frozen=True, slots=True)
class Holding:
    """A lot with its cohort, and what is held of it at the start of the month.

    Parameters
    ----------
    held : Expr
        Share of the lot that is not sold and, where units fail for good, works. [share]
    units : line by month
        Units delivered, not yet sold, and working. [units]
    sold : line by month or None
        1 from the month of its sale, still to be defined; None where the deal never sells.
    """

    lot: Lot
    cohort: CohortLines
    held: Expr
    units: Line
    sold: Line | None


@dataclass(frozen=True, slots=True)
class Units:
    """Sums over all lots of a deal that has units. [currency]"""

    revenue: Line
    claims: Line
    site_costs: Line
    values: dict[str, Line]
    used: dict[str, Line]
    held: dict[str, Line]


def with_book_by_use(
    lines: Builder, cohorts: Mapping[str, CohortLines], lots: list[Lot], *, hours: Expr
) -> dict[str, CohortLines]:
    """Hand the hours of use of a cohort's average unit to the cohorts that are written off by them.

    Hours = hours of a month x sum over its lots of units x share used / sum of their units, if held.
    """
    found = dict(cohorts)
    for name, cohort in cohorts.items():
        if cohort.cohort.book.by_use:
            own = [lot for lot in lots if lot.cohort == name]
            used = total_of([lot.units * lot.used for lot in own]) / total_of([lot.units for lot in own])
            found[name] = define_book_by_use(lines, cohort, hours=used * hours)
    return found


def define_holdings(
    lines: Builder, lots: list[Lot], cohorts: Mapping[str, CohortLines], *, may_sell: bool
) -> list[Holding]:
    """Define for each lot what is held of it: nothing from the month after its sale, and no unit that failed for good.

    A unit that fails in a month brings nothing, costs nothing and is worth nothing in that month.
    """
    holdings = []
    for lot in lots:
        cohort = cohorts[lot.cohort]
        with lines.at(lot.path, section="Collateral", group=f"Lot {lot.name}"):
            sold = lines.declare(f"{lot.name}.sold", unit="flag", opening=0) if may_sell else None
            delivered: Expr = lot.units * cohort.shares.started
            held: Expr = 1 - prev(sold) if sold is not None else as_expr(1)
            if sold is not None:
                held = lines.line(f"{lot.name}.held", held, unit="flag", label="Held", role="flag")
                delivered = delivered * held
            if cohort.working is not None:
                delivered = delivered * cohort.working
                share = cohort.working * held
                held = lines.line(f"{lot.name}.share_held", share, unit="share", label="Share held and working")
            units = lines.line(f"{lot.name}.units_held", delivered, unit="units", label="Units held")
            holdings.append(Holding(lot, cohort, held, units, sold))
    return holdings


def define_units(lines: Builder, collateral: Collateral, holdings: list[Holding], weights: set[str]) -> Units:
    """Define revenue, claims, site costs, values, and use of the units held by each weight that a test asks for."""
    with lines.at(collateral.path, section="Collateral", group="Pool"):
        revenue = lines.line(
            "revenue",
            total_of([item.lot.revenue * item.held for item in holdings]),
            unit="currency",
            label="Revenue of the units held",
        )
        received = [item.lot.claim_received for item in holdings if item.lot.claim_received is not None]
        claims = lines.line("claims_received", total_of(list(received)), unit="currency", label="Received on claims")
        units = _units_by_cohort(lines, holdings)
        cohorts = {item.lot.cohort: item.cohort for item in holdings}
        values = {}
        for basis in ("resale", "book"):
            terms = [units[name] * _value_of(cohort, basis) for name, cohort in cohorts.items()]
            label = f"{basis.capitalize()} value of the units held"
            values[basis] = lines.line(f"value.{basis}", total_of(terms), unit="currency", label=label, role="balance")
        costs = _site_costs(lines, collateral, holdings)
        used, held = _weights(lines, holdings, units, weights)
    sale_price_share(lines, collateral.units_sold)
    return Units(revenue, claims, costs, values, used, held)


def _value_of(cohort: CohortLines, basis: str) -> Line:
    assert cohort.book is not None
    return cohort.resale if basis == "resale" else cohort.book


def _units_by_cohort(lines: Builder, holdings: list[Holding]) -> dict[str, Line]:
    units = {}
    for name in dict.fromkeys(item.lot.cohort for item in holdings):
        held = total_of([item.units for item in holdings if item.lot.cohort == name])
        units[name] = lines.line(f"cohort.{name}.units_held", held, unit="units", label=f"Units held, {name}")
    return units


def _site_costs(lines: Builder, collateral: Collateral, holdings: list[Holding]) -> Line:
    rate = lines.of(collateral.units_cost, "idle_per_unit_hour")
    hours = lines.of(collateral, "hours_per_month")
    idle = [item.units * item.lot.idle for item in holdings]
    unit_months = lines.line("collateral.idle_units", total_of(list(idle)), unit="units", label="Idle units, a month")
    parts: list[Expr] = [unit_months * hours * rate]
    parts += [term for item in holdings for _, term in _costs_of(item, hours)]
    return lines.line("collateral.costs", total_of(parts), unit="currency", label="Site costs of the month")


def _costs_of(item: Holding, hours: Expr) -> list[tuple[str, Expr]]:
    """Costs of a lot beside those of idle hours, each with what it is for. [currency]"""
    lot, cohort = item.lot, item.cohort
    found: list[tuple[str, Expr]] = []
    if lot.letting_cost is not None:
        found.append(("letting", lot.letting_cost * item.held))
    if cohort.standing_cost is not None and lot.issuer_standing is not None:
        found.append(("standing", item.units * lot.issuer_standing * cohort.standing_cost))
    if cohort.power_cost is not None and lot.issuer_used is not None:
        found.append(("power", item.units * lot.issuer_used * hours * cohort.power_cost))
    return found


def define_running_costs(lines: Builder, collateral: Collateral, holdings: list[Holding], kind: str) -> Line:
    """Define the running costs of the month, the cost of letting again left out: `power` alone, or `all`."""
    hours = lines.of(collateral, "hours_per_month")
    wanted = ("power",) if kind == "power" else ("standing", "power")
    parts = [term for item in holdings for word, term in _costs_of(item, hours) if word in wanted]
    with lines.at(collateral.units_cost.path, section="Collateral", group="Pool"):
        if kind == "power":
            return lines.line("collateral.power", total_of(parts), unit="currency", label="Power of the month")
        idle = Line("collateral.idle_units", "units", "cash") * hours
        rate = lines.of(collateral.units_cost, "idle_per_unit_hour")
        return lines.line(
            "collateral.running_costs",
            total_of([idle * rate, *parts]),
            unit="currency",
            label="Running site costs of the month",
        )


def define_unit_months(lines: Builder, collateral: Collateral, holdings: list[Holding]) -> Line:
    """Define the units held, each by the share of the month since its delivery. [units]"""
    terms = [item.lot.units * item.cohort.shares.share * item.held for item in holdings]
    with lines.at(collateral.path, section="Collateral", group="Pool"):
        label = "Units held, by share of the month"
        return lines.line("collateral.unit_months", total_of(terms), unit="units", label=label)


def _weights(
    lines: Builder, holdings: list[Holding], units: Mapping[str, Line], names: set[str]
) -> tuple[dict[str, Line], dict[str, Line]]:
    used, held = {}, {}
    for name in sorted(names):
        unit = "currency" if name == "unit_cost" else "units"
        in_use: list[Expr] = []
        whole: list[Expr] = []
        for cohort in units:
            lots = [item for item in holdings if item.lot.cohort == cohort]
            weight = lines.of(lots[0].cohort.cohort, "unit_cost") if name == "unit_cost" else as_expr(1)
            in_use.append(total_of([item.units * item.lot.used for item in lots]) * weight)
            whole.append(units[cohort] * weight)
        used[name] = lines.line(f"collateral.used_{name}", total_of(in_use), unit=unit, label="In use", opening=0)
        held[name] = lines.line(f"collateral.held_{name}", total_of(whole), unit=unit, label="Held", opening=0)
    return used, held


def define_sale(
    lines: Builder,
    collateral: Collateral,
    holdings: list[Holding],
    states: Mapping[str, State],
    in_force: Mapping[str, Line],
) -> Line:
    """Define the sale of equipment and its proceeds.

    In a state with the remedy `sell` a lot is put up for sale once it is delivered and no contract performs on it;
    where contracts end on a sale, and after the legal final date, at once. It is sold `lag_months` later, for units x
    resale value of that day x (1 - discount - cost).
    """
    selling = {name: state for name, state in states.items() if state.remedy == "sell"}
    with lines.at(collateral.units_sold.path, section="Collateral", group="Sale"):
        late = lines.param("time.month") > lines.param("time.legal_final")
        late_flag = lines.line("sale.after_legal_final", late, unit="flag", label="After legal final", role="flag")
        share = Line(SHARE_RECEIVED, "share", "constant")
        prices = {
            item.lot.cohort: lines.line(
                f"cohort.{item.lot.cohort}.sale_price",
                item.cohort.resale * share,
                unit="currency",
                label=f"Received for a unit, {item.lot.cohort}",
            )
            for item in {item.lot.cohort: item for item in holdings}.values()
        }
    proceeds: list[Expr] = []
    for item in holdings:
        assert item.sold is not None
        name, lag = item.lot.name, collateral.units_sold.lag_months
        with lines.at(item.lot.path, section="Collateral", group=f"Lot {name}"):
            up = lines.declare(f"{name}.put_up", unit="flag", opening=0)
            begins = _put_up(item, selling, in_force, late_flag)
            lines.define(up, either(prev(up), begins), label="Put up for sale", role="flag")
            lines.define(item.sold, prev(up, lag) if lag else up, label="Sold", role="flag")
            edge = item.sold - prev(item.sold)
            proceeds.append(
                lines.line(
                    f"{name}.sale_proceeds",
                    edge * item.units * prices[item.lot.cohort],
                    unit="currency",
                    label="Proceeds of sale",
                )
            )
    with lines.at(collateral.units_sold.path, section="Collateral", group="Sale"):
        return lines.line("sale_proceeds", total_of(proceeds), unit="currency", label="Sale proceeds")


def _put_up(item: Holding, selling: Mapping[str, State], in_force: Mapping[str, Line], late: Line) -> Expr:
    terms: list[Expr] = []
    for name, state in selling.items():
        ready: Expr = in_force[name]
        if item.lot.performing is not None and state.performing_contracts == "run_on":
            ready = both(ready, either(item.lot.performing <= 0, late))
        terms.append(ready)
    first, *others = terms
    return both(either(first, *others), item.cohort.shares.started)
