"""Numbers over the whole life that every run keeps: per tranche, per test, per state, and at closing."""

from __future__ import annotations

from collections.abc import Mapping

from dealmodel.definition.deal import Deal
from dealmodel.liabilities.notional import Notional
from dealmodel.liabilities.tranche_lines import TrancheLines
from dealmodel.liabilities.tranches import original_balance
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import Expr, Line, first_month, last, maximum, prev, ratio, total, total_of
from dealmodel.waterfall.ledger import Ledger
from dealmodel.waterfall.measurements import half_a_cent


def define_summary(
    lines: Builder, deal: Deal, *, tranches: Mapping[str, TrancheLines], closing: Ledger, parties: Mapping[str, Line]
) -> None:
    """Define the totals of tranches, the first failure of each test, the months in each state, and the closing."""
    for name, tranche in tranches.items():
        with lines.at(tranche.tranche.path, section="Results", group=name):
            _tranche(lines, name, tranche)
    for name, test in deal.tests.items():
        with lines.at(test.path, section="Results", group="Tests"):
            failed = Line(f"{name}.failed", "flag", "cash")
            lines.summary(f"{name}.first_failure", first_month(failed), unit="month", label=f"First failure of {name}")
    for name, state in deal.states.items():
        with lines.at(state.path, section="Results", group="States"):
            months = total(Line(f"{name}.in_force", "flag", "cash"))
            lines.summary(f"{name}.months_in_force", months, unit="months", label=f"Months in state {name}")
    with lines.at("waterfalls", section="Results", group="Parties"):
        for name, received in parties.items():
            lines.summary(f"{name}.received_in_total", total(received), unit="currency", label=f"Released to {name}")
    _closing(lines, deal, closing)


def _tranche(lines: Builder, name: str, tranche: TrancheLines) -> None:
    principal = Line(f"{name}.principal_paid", "currency", "cash")
    interest = Line(f"{name}.interest_paid", "currency", "cash")
    years = Line("years_from_closing", "years", "schedule")
    paid = lines.summary(f"{name}.principal_paid_in_total", total(principal), unit="currency", label="Principal paid")
    lines.summary(f"{name}.interest_paid_in_total", total(interest), unit="currency", label="Interest paid")
    lost = total(Line(f"{name}.write_down", "currency", "cash"))
    lines.summary(f"{name}.principal_loss", lost, unit="currency", label="Principal written down")
    short = last(tranche.shortfall)
    lines.summary(f"{name}.interest_shortfall_at_end", short, unit="currency", label="Interest unpaid at the end")
    if tranche.capitalises:
        _lives(lines, name, years)
        return
    label = "Average life"
    if isinstance(tranche.tranche, Notional):
        notional = Line(f"{name}.notional", "currency", "cash")
        principal = lines.line(f"{name}.notional_fall", prev(notional) - notional, unit="currency", label="Fall")
        paid = lines.summary(f"{name}.notional_fall_in_total", total(principal), unit="currency")
        label = "Average life of the notional"
    weighted = lines.line(f"{name}.principal_years", principal * years, unit="currency", label="Principal x years")
    lines.summary(f"{name}.wal_years", ratio(total(weighted), paid, 0), unit="years", label=label)


def _lives(lines: Builder, name: str, years: Line) -> None:
    """The two average lives of a tranche that may add interest to its balance: positive only, and signed.

    A month's net principal is opening balance less closing balance less what is written down. Positive only leaves out
    the months in which it is negative; signed nets them. 0 where no more than half a cent is left to weigh.
    """
    opening, balance, lost = (
        Line(f"{name}.{quantity}", "currency", "cash") for quantity in ("opening_balance", "balance", "write_down")
    )
    net = lines.line(
        f"{name}.net_principal",
        opening - balance - lost,
        unit="currency",
        label="Principal paid less interest added to the balance",
    )
    label = "Net principal where it is positive"
    positive = lines.line(f"{name}.balance_reduction", maximum(net, 0), unit="currency", label=label)
    for kind, principal, words in (
        ("wal", positive, "Average life, months of net repayment only (positive only)"),
        ("wal_signed", net, "Average life, interest added as negative principal (signed)"),
    ):
        weighted = lines.line(f"{name}.{kind}_weights", principal * years, unit="currency", label="Principal x years")
        counted = total(principal)
        life = ratio(total(weighted), counted * (counted > half_a_cent(lines)), 0)
        lines.summary(f"{name}.{kind}_years", life, unit="years", label=words)


def _closing(lines: Builder, deal: Deal, closing: Ledger) -> None:
    delivered: list[Expr] = []
    with lines.at("waterfalls.at_closing", section="Closing", group="Sponsor"):
        size = total_of([original_balance(lines, tranche) for tranche in deal.tranches.values()])
        lines.summary("check.size", size, unit="currency", label="Size of the deal, on which tolerances are set")
        for cohort in deal.collateral.cohorts.values():
            here = lines.of(cohort, "delivered") <= 0
            delivered.append(lines.of(cohort, "units") * lines.of(cohort, "unit_cost") * here)
        label = "Cost of equipment at closing"
        if deal.collateral.pools:
            delivered.append(Line("pool.original_balance", "currency", "constant"))
            label = "Cost of equipment at closing, and balance of the pools"
        cost = lines.constant("closing.cost", total_of(delivered), unit="currency", label=label)
        out = total_of([posting.amount for posting in closing.postings if posting.payee not in deal.accounts])
        lines.constant(
            "closing.sponsor_contribution",
            maximum(cost - out, 0),
            unit="currency",
            label="Sponsor's contribution: cost beyond what is released",
        )
