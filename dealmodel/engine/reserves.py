"""What reserves are sized on, at closing and on each payment date, and which accounts could outlive the model.

Debt service ahead is that of the schedule, at the rate of the month: interest on scheduled balances and principal down
to them, from the balance as it stands. Fees and site costs ahead are those of the present month, so many times over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate

from dealmodel.collateral.pool import CohortLines
from dealmodel.definition.deal import Deal
from dealmodel.engine.cash import Cash
from dealmodel.engine.fees import SITE_COSTS, Charges, cost_at_closing, fee_at_closing, pools_at_closing
from dealmodel.engine.holdings import Holding, define_running_costs
from dealmodel.engine.part_periods import PartPeriods
from dealmodel.liabilities.schedules import ScheduledBalance
from dealmodel.liabilities.tranche_lines import TrancheLines, amortized_by
from dealmodel.liabilities.tranches import Tranche, original_balance
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import Expr, Line, as_expr, lookup, maximum, minimum, prev, sum_ahead, total_of
from dealmodel.lines.model import text_of
from dealmodel.waterfall.accounts import HoldingAccount, ReserveAccount
from dealmodel.waterfall.measures import UnpaidBalanceTest
from dealmodel.waterfall.steps import Apply, flattened
from dealmodel.waterfall.targets import ORIGINAL, ORIGINAL_POOL, POOL, Sizes

INTEREST, PRINCIPAL, FEES, POWER = "interest", "scheduled_principal", "fees", "site_costs.power"
Service = Callable[[str, str], Expr]
"""Interest or scheduled principal of a tranche over the months ahead. [currency]"""


def parts_ahead(deal: Deal) -> set[str]:
    """What the targets of a deal name over months."""
    return {
        str(name)
        for account in deal.accounts.values()
        if isinstance(account, ReserveAccount)
        for part in account.target.parts()
        if part.months is not None
        for name in part.of
    }


def define_service(lines: Builder, deal: Deal, scheduled: Mapping[str, Line | None]) -> None:
    """Define scheduled debt service by month, as schedule lines, for the tranches of which targets look ahead."""
    named = parts_ahead(deal)
    for name, tranche in deal.tranches.items():
        balance = scheduled[name]
        if balance is None:
            continue
        with lines.at(tranche.path, section="Tranches", group=name):
            if named & {INTEREST, f"{name}.{INTEREST}"}:
                fraction = Line(f"{name}.day_count_fraction", "years", "schedule")
                accrues = prev(balance) * fraction
                lines.line(f"{name}.scheduled_accrual", accrues, unit="currency", label="Scheduled balance x years")
            if named & {PRINCIPAL, f"{name}.{PRINCIPAL}"}:
                falls = prev(balance) - balance
                lines.line(f"{name}.scheduled_payment", falls, unit="currency", label="Fall of the scheduled balance")


@dataclass(frozen=True, slots=True)
class Month:
    """What the targets of a month look at."""

    tranches: Mapping[str, TrancheLines]
    charges: Charges
    cash: Cash
    holdings: list[Holding]
    parts: PartPeriods


def sizes_of_month(lines: Builder, deal: Deal, month: Month) -> Sizes:
    """What targets are made of on a payment date, before payment."""
    costs: dict[str, Line] = {}
    places: dict[str, tuple[Expr, Expr, Expr]] = {}

    def between(until: Expr) -> tuple[Expr, Expr, Expr] | None:
        if month.parts.whole:
            return None
        key = text_of(until)
        if key not in places:
            places[key] = month.parts.define(lines, f"reserves.ahead_{len(places) + 1}", until)
        return places[key]

    def running(kind: str) -> Expr:
        if kind not in costs:
            costs[kind] = define_running_costs(lines, deal.collateral, month.holdings, kind)
        return costs[kind]

    def ahead(part: str, months: Expr) -> Expr:
        until = lines.param("time.month") + months
        found = _service(deal, part, lambda name, word: _service_of_month(month.tranches[name], word, until, between))
        if found is not None:
            return found
        if part in (SITE_COSTS, POWER):
            return months * running("power" if part == POWER else "all")
        names = deal.fees if part == FEES else (part,)
        return months * total_of([month.charges.due[name].month for name in names])

    def amount_of(base: str) -> Expr:
        if base.endswith("_value"):
            return month.cash.values()[base.removesuffix("_value")]
        if base in (POOL, ORIGINAL_POOL):
            return _pools(lines, deal, month.cash, base)
        if base == "opening_tranche_balance":
            return month.charges.bases.all_balances
        tranche = month.tranches.get(base)
        return _original(lines, deal, base) if tranche is None else tranche.opening

    return Sizes({name: tranche.month_of_interest for name, tranche in month.tranches.items()}, ahead, amount_of)


def _pools(lines: Builder, deal: Deal, cash: Cash, base: str) -> Expr:
    """Closing balance of the pools, or that at their cut-off dates."""
    if base == ORIGINAL_POOL or cash.pools is None:
        return pools_at_closing(lines, deal)
    return cash.pools.totals["balance"]


def _service(deal: Deal, part: str, of: Service) -> Expr | None:
    """Debt service of one tranche, or of all; None where the part is no debt service."""
    if part in (INTEREST, PRINCIPAL):
        return total_of([of(name, part) for name in deal.tranches])
    owner, _, word = part.partition(".")
    return of(owner, word) if owner in deal.tranches else None


def _service_of_month(
    tranche: TrancheLines, word: str, until: Expr, between: Callable[[Expr], tuple[Expr, Expr, Expr] | None]
) -> Expr:
    """Interest: rate x the lesser of scheduled balances x years and balance x years. Principal: the schedule's fall.

    What was paid ahead of the schedule is not due again; without a schedule interest is on the balance as it stands,
    and no principal is scheduled. Arrears are left out. Where the months end between two payment dates, the part of
    the principal of the next one counts that has gone by of the time to it.
    """
    name, scheduled = tranche.tranche.row, tranche.scheduled
    if word == PRINCIPAL:
        if scheduled is None:
            return as_expr(0)
        payment = Line(f"{name}.scheduled_payment", "currency", "schedule")
        falls = sum_ahead(payment, until)
        parts = between(until)
        if parts is not None:
            _, after, share = parts
            falls = falls + share * (sum_ahead(payment, after) - falls)
        return maximum(minimum(tranche.opening - scheduled, 0) + falls, 0)
    years = sum_ahead(Line(f"{name}.day_count_fraction", "years", "schedule"), until)
    bearing: Expr = tranche.opening * years
    if scheduled is not None:
        bearing = minimum(sum_ahead(Line(f"{name}.scheduled_accrual", "currency", "schedule"), until), bearing)
    return maximum(Line(f"{name}.rate", "rate per year", "cash") * bearing, 0)


@dataclass(frozen=True, slots=True)
class Closing:
    """What the targets at closing look at.

    Parameters
    ----------
    months_of_interest : mapping from tranche to Expr
        A twelfth of a year's interest on the balance at closing. [currency]
    first_rates : mapping from reference rate to Expr
    fractions : mapping from tranche to the day-count fraction of each month
    cohorts : mapping from cohort to its lines
    parts : PartPeriods
        Of the time between payment dates.
    planned : mapping from tranche to the shares that its planned balance leaves by month
    """

    months_of_interest: Mapping[str, Expr]
    first_rates: Mapping[str, Expr]
    fractions: Mapping[str, tuple[float, ...]]
    cohorts: Mapping[str, CohortLines]
    parts: PartPeriods
    planned: Mapping[str, tuple[float, ...]] = field(default_factory=dict)


def sizes_at_closing(lines: Builder, deal: Deal, closing: Closing) -> Sizes:
    """What targets are made of at closing, as constants: the same months ahead, from closing on."""

    def ahead(part: str, months: Expr) -> Expr:
        found = _service(deal, part, lambda name, word: _service_at_closing(lines, deal, closing, (name, word), months))
        if found is not None:
            return found
        if part in (SITE_COSTS, POWER):
            return months * _costs_at_closing(lines, deal, closing, part)
        names = deal.fees if part == FEES else (part,)
        return months * total_of([fee_at_closing(lines, deal, deal.fees[name]) for name in names])

    def amount_of(base: str) -> Expr:
        if base in (POOL, ORIGINAL_POOL):
            return pools_at_closing(lines, deal)
        return cost_at_closing(lines, deal) if base.endswith("_value") else _original(lines, deal, base)

    return Sizes(closing.months_of_interest, ahead, amount_of)


def _service_at_closing(lines: Builder, deal: Deal, closing: Closing, of: tuple[str, str], months: Expr) -> Expr:
    """The same months ahead, read off a table of the schedule's sums by number of months.

    Of a tranche that amortizes by a rule, interest is on the whole balance, which the first payment date puts right.
    """
    name, word = of
    tranche, fractions = deal.tranches[name], closing.fractions[name]
    if tranche.amortization is not None and word == PRINCIPAL:
        return _amortized_ahead(lines, tranche, closing.parts, months)
    shares = _shares(tranche, lines.periods, closing.planned.get(name, ()))
    if word == PRINCIPAL:
        by_months = closing.parts.of_table([1 - share for share in shares])
    else:
        by_months = [0.0, *accumulate(share * part for share, part in zip(shares, fractions, strict=False))]
    amount = original_balance(lines, tranche) * lookup(f"{name} {word.replace('_', ' ')} ahead", by_months, months)
    if word == PRINCIPAL:
        return amount
    return maximum(amount * tranche.coupon.at_closing(lines, closing.first_rates), 0)


def _amortized_ahead(lines: Builder, tranche: Tranche, parts: PartPeriods, months: Expr) -> Expr:
    rule = tranche.amortization
    assert rule is not None
    if parts.whole:
        return amortized_by(lines, tranche, rule, months)
    before, after, share = parts.entries(months)
    paid = amortized_by(lines, tranche, rule, before)
    return paid + share * (amortized_by(lines, tranche, rule, after) - paid)


def _shares(tranche: Tranche, periods: int, planned: tuple[float, ...]) -> tuple[float, ...]:
    """Share of the original balance scheduled to be left at closing and after each month."""
    if tranche.scheduled_balance is None:
        return (1.0,) * (periods + 1)
    given = tranche.scheduled_balance
    return (1.0, *(given.shares(periods) if isinstance(given, ScheduledBalance) else planned))


def _costs_at_closing(lines: Builder, deal: Deal, closing: Closing, part: str) -> Expr:
    """A month's cost of the units delivered at closing that are the issuer's to keep, every one of them in use."""
    hours = lines.of(deal.collateral, "hours_per_month")
    terms: list[Expr] = []
    for name, cohort in closing.cohorts.items():
        cost = _cost_of_a_unit(cohort, hours, part)
        units = _units_at_issuers_cost(lines, deal, name)
        if cost is not None and units is not None:
            terms.append(units * (lines.of(cohort.cohort, "delivered") <= 0) * cost)
    return total_of(terms)


def _cost_of_a_unit(cohort: CohortLines, hours: Expr, part: str) -> Expr | None:
    terms: list[Expr] = []
    if cohort.power_cost is not None:
        terms.append(cohort.power_cost * hours)
    if cohort.standing_cost is not None and part != POWER:
        terms.append(cohort.standing_cost)
    return total_of(terms) if terms else None


def _units_at_issuers_cost(lines: Builder, deal: Deal, cohort: str) -> Expr | None:
    """Units of contracts that leave site costs to the issuer, and without a contract where market rents do."""
    whole = lines.of(deal.collateral.cohorts[cohort], "units")
    own: list[Expr] = []
    taken: list[Expr] = []
    for contract in deal.contracts.values():
        if contract.cohort == cohort:
            units: Expr = whole if contract.units == "all" else lines.of(contract, "units")
            taken.append(units)
            if getattr(contract, "site_costs_paid_by", "issuer") == "issuer":
                own.append(units)
    if deal.market.rent_basis == "all_in":
        own.append(maximum(whole - total_of(taken), 0) if taken else whole)
    return total_of(own) if own else None


def _original(lines: Builder, deal: Deal, base: str) -> Expr:
    name = base.removesuffix(ORIGINAL)
    if name in deal.tranches:
        return original_balance(lines, deal.tranches[name])
    return total_of([original_balance(lines, tranche) for tranche in deal.tranches.values()])


def could_outlive(deal: Deal, name: str) -> bool:
    """Whether an account could hold cash after the last month, if nothing else empties it by then.

    It could not where an unpaid balance on the legal final date leads for good to a sale, and every list from that
    severity on empties the account: the months after the legal final date do it.
    """
    if not isinstance(deal.accounts[name], HoldingAccount):
        return False
    final = {
        key
        for key, test in deal.tests.items()
        if isinstance(test, UnpaidBalanceTest) and test.first.event == "legal_final" and {*test.of} == {*deal.tranches}
    }
    severities = [
        state.severity for state in deal.states.values() if state.remedy == "sell" and final & {*state.entered_on}
    ]
    if not severities:
        return True
    return not all(
        any(
            isinstance(step, Apply) and name in step.names() and step.when is None and step.unless is None
            for step in flattened(deal.waterfalls, state.waterfall)
        )
        for state in deal.states.values()
        if state.severity >= min(severities)
    )
