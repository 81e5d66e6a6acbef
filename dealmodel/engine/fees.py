"""The deal's fees: which are known before tests, which wait for the collections, and what each is of.

Sale proceeds follow states, and states follow tests; so tests take of a fee on collections the part on revenue, as they
take revenue alone of the collections.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from dealmodel.definition.deal import Deal
from dealmodel.engine.cash import Cash
from dealmodel.engine.holdings import Holding, define_unit_months
from dealmodel.engine.timeline import Timeline
from dealmodel.liabilities.fees import (
    POOL_BALANCE,
    TWELFTHS,
    Carried,
    Fee,
    FeeBases,
    accrual,
    define_carried,
    define_fee,
)
from dealmodel.liabilities.tranche_lines import TrancheLines
from dealmodel.liabilities.tranches import original_balance
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import Expr, Line, as_expr, total_of

SITE_COSTS = "site_costs"
"""What `pay: site_costs` pays: idle hours, re-letting, and what contracts leave to the issuer."""


@dataclass(frozen=True, slots=True)
class FeeTimes:
    """What is known of a fee before any cash: part of a year, or given amount, in each month; where years of its cap
    begin."""

    share: Line | None
    begins: Line | None


@dataclass(slots=True)
class Charges:
    """Fees and site costs of a month.

    Parameters
    ----------
    due : mapping from what `pay` may name to its lines
    of_month : mapping from fee, and site costs, to Expr
        What tests take of the month, caps left out. [currency]
    """

    times: Mapping[str, FeeTimes]
    bases: FeeBases
    due: dict[str, Carried] = field(default_factory=dict)
    of_month: dict[str, Expr] = field(default_factory=dict)


def define_fee_times(lines: Builder, deal: Deal, timeline: Timeline) -> dict[str, FeeTimes]:
    """Define the day counts and years of fees, which are schedule lines."""
    found = {}
    for name, fee in deal.fees.items():
        twelfths = fee.day_count == TWELFTHS
        given = timeline.twelfths() if twelfths else timeline.fractions(fee.day_count, deal.deal.legal_final)
        share = begins = None
        with lines.at(fee.path, section="Fees", group=name.replace("_", " ")):
            if given is not None and fee.amount_per_payment is None and fee.given is None and fee.of != POOL_BALANCE:
                label = f"Accrual, {fee.day_count}"
                share = lines.series(f"{name}.day_count_fraction", given, unit="years", label=label)
            if fee.given is not None:
                table = fee.given.by_month(timeline.clock, lines.periods)
                share = lines.series(f"{name}.given", table, unit="currency", label="Amount, as given")
            if fee.cap_per_year is not None:
                starts = timeline.year_begins(fee.cap_year)
                begins = lines.series(f"{name}.year_begins", starts, unit="flag", label="A year of the cap begins")
        found[name] = FeeTimes(share, begins)
    return found


def define_fees(
    lines: Builder,
    deal: Deal,
    times: Mapping[str, FeeTimes],
    *,
    tranches: Mapping[str, TrancheLines],
    cash: Cash,
    holdings: list[Holding],
) -> Charges:
    """Define the fees that are known before tests, and the site costs; of a fee on collections, its part on revenue and
    on what pools bring."""
    with lines.at("tranches", section="Tranches", group="All tranches"):
        opening = lines.line(
            "tranches.opening_balance",
            total_of([tranche.opening for tranche in tranches.values()]),
            unit="currency",
            label="Opening balance of all tranches",
        )
    units: Expr = as_expr(0)
    if any(fee.amount_per_unit_per_year is not None for fee in deal.fees.values()):
        units = define_unit_months(lines, deal.collateral, holdings)
    balances = {name: tranche.opening for name, tranche in tranches.items()}
    values: dict[str, Expr] = dict(cash.values())
    if cash.pools is not None:
        values[POOL_BALANCE] = cash.pools.totals["balance_months"]
    revenue = cash.units.revenue if cash.units is not None else as_expr(0)
    charges = Charges(times, FeeBases(balances, opening, values, units, revenue))
    regular = replace(charges.bases, cash=cash.regular())
    for name, fee in deal.fees.items():
        if fee.of == "collections":
            with lines.at(fee.path, section="Fees", group=name.replace("_", " ")):
                part = accrual(lines, fee, regular, times[name].share)
                charges.of_month[name] = lines.line(
                    f"{name}.of_revenue", part, unit="currency", label="Of the month's revenue, for tests"
                )
        else:
            _define(lines, fee, charges, charges.bases)
            charges.of_month[name] = charges.due[name].accrued
    if cash.units is not None:
        path = deal.collateral.units_cost.path
        charges.due[SITE_COSTS] = define_carried(lines, SITE_COSTS, cash.units.site_costs, path=path, section="Fees")
        charges.of_month[SITE_COSTS] = charges.due[SITE_COSTS].accrued
    return charges


def define_fees_of_collections(lines: Builder, deal: Deal, charges: Charges, collections: Line) -> None:
    """Define the fees that are a share of the collections, sale proceeds included."""
    bases = replace(charges.bases, cash=collections)
    for fee in deal.fees.values():
        if fee.of == "collections":
            _define(lines, fee, charges, bases)


def _define(lines: Builder, fee: Fee, charges: Charges, bases: FeeBases) -> None:
    times = charges.times[fee.row]
    charges.due |= define_fee(lines, fee, accrual(lines, fee, bases, times.share), times.begins)


def fee_at_closing(lines: Builder, deal: Deal, fee: Fee) -> Expr:
    """A month of a fee as it stands at closing: nothing of cash, values at cost. [currency]"""
    balances: dict[str, Expr] = {name: original_balance(lines, tranche) for name, tranche in deal.tranches.items()}
    cost = cost_at_closing(lines, deal)
    here = [lines.of(row, "units") * (lines.of(row, "delivered") <= 0) for row in deal.collateral.cohorts.values()]
    values = {"resale": cost, "book": cost, POOL_BALANCE: pools_at_closing(lines, deal)}
    bases = FeeBases(balances, total_of([*balances.values()]), values, total_of(list(here)), as_expr(0))
    return accrual(lines, fee, bases, None)


def pools_at_closing(lines: Builder, deal: Deal) -> Expr:
    """Balance of all pools at their cut-off dates. [currency]"""
    return Line("pool.original_balance", "currency", "constant") if deal.collateral.pools else as_expr(0)


def cost_at_closing(lines: Builder, deal: Deal) -> Expr:
    """Purchase price of what is delivered at closing, which is its value then on either clock. [currency]"""
    return total_of(
        [
            lines.of(row, "units") * lines.of(row, "unit_cost") * (lines.of(row, "delivered") <= 0)
            for row in deal.collateral.cohorts.values()
        ]
    )
