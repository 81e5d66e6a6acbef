"""Deal to Model: one function that reads as the order of events in a month.

`docs/concepts/period_order.md` repeats it in words. Every call defines lines; nothing here is a number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import cast

from dealmodel.basics.errors import DealFileError, Issue
from dealmodel.collateral.pool import CohortLines, define_cohort
from dealmodel.contracts.customers import define_stops
from dealmodel.contracts.lots import Lot
from dealmodel.contracts.take_or_pay import Setting, define_uncontracted
from dealmodel.definition.deal import Deal
from dealmodel.engine.amounts import define_amounts, define_stepped_amounts
from dealmodel.engine.cash import Cash
from dealmodel.engine.facts import terms_of
from dealmodel.engine.fees import define_fee_times, define_fees, define_fees_of_collections
from dealmodel.engine.holdings import define_holdings, define_sale, define_units, with_book_by_use
from dealmodel.engine.inputs import InputBook
from dealmodel.engine.invariants import Carriage, define_invariants, define_life_invariants
from dealmodel.engine.lists import run_lists
from dealmodel.engine.measuring import define_known, define_measurements, reads_accounts
from dealmodel.engine.once import ById
from dealmodel.engine.part_periods import part_periods
from dealmodel.engine.payments import (
    Accounts,
    declare_accounts,
    define_available,
    define_balances,
    define_closing,
    define_earning_times,
    define_income,
    define_taken,
    is_written_down,
    minimum_of,
    paid_dues,
    paid_on,
    scheduled_of,
    surroundings,
)
from dealmodel.engine.planned import planned_shares
from dealmodel.engine.pools import define_pools, define_price_of_debt
from dealmodel.engine.reserves import Closing, Month, define_service, sizes_at_closing, sizes_of_month
from dealmodel.engine.sizing import frozen, unsized
from dealmodel.engine.summary import define_summary
from dealmodel.engine.timeline import Timeline, add_time, timeline_of
from dealmodel.engine.variants import live_scenarios, own_scenarios
from dealmodel.liabilities.fees import define_carried_roll
from dealmodel.liabilities.notional import declare_notional, define_notional, strips_among
from dealmodel.liabilities.tranche_lines import declare_balance, define_due, define_roll, define_schedule
from dealmodel.lines.build import Builder, VariesByMonth
from dealmodel.lines.expressions import Expr, Line, maximum, total_of
from dealmodel.lines.model import Model
from dealmodel.market.prices import Prices, define_prices
from dealmodel.market.rate_curves import define_rates, first_rates
from dealmodel.market.scenarios import matches
from dealmodel.waterfall.ledger import Ledger
from dealmodel.waterfall.measures import Measurements, UtilisationTest, define_test
from dealmodel.waterfall.states import counted_tests, declare_states, define_states
from dealmodel.waterfall.step_base import BalanceOf

CENTS = 2
"""Decimal places of amounts where the deal says `rounding: cent`."""


def compile_deal(deal: Deal) -> Model:
    """Compile a deal into its Model.

    Scenarios that change the deal's shape are left out: they get a Model of their own (`engine.variants`).

    Errors: DealFileError names a number which a scenario changes from or until a month, and which the model needs to be
    one number for the whole life.
    """
    try:
        return _compile(sized(deal))
    except VariesByMonth as varies:
        what = f"{varies.path} is one number for the whole life"
        issue = Issue("scenarios", what, "a scenario may change it, but not from or until a month", code="DM-SCN-021")
        raise DealFileError(deal.deal.id, [issue]) from varies


def sized(deal: Deal) -> Deal:
    """The deal with the balances and schedules of its sculpted tranches, worked out on its base scenario.

    A deal without one is returned as it is. A deal is worked out once.

    Errors: DealFileError where the cash of the base scenario carries no such debt.
    """
    return _frozen_once(ById(deal)) if unsized(deal) else deal


@lru_cache(maxsize=16)
def _frozen_once(deal: ById) -> Deal:
    return frozen(deal.deal, _compile)


def _compile(deal: Deal) -> Model:
    timeline = timeline_of(deal)
    scenarios = live_scenarios(deal)
    book = InputBook(deal, timeline.clock, scenarios)
    places = CENTS if deal.deal.rounding == "cent" else None
    lines = Builder(
        deal.deal.id,
        periods=timeline.periods,
        title=deal.deal.name,
        source=book.find,
        places=places,
        ends=timeline.grid.period_end,
    )
    add_time(lines, timeline)

    # What is known before any cash: prices, values, contracts, schedules.
    prices = define_prices(lines, deal.market.generations, deal.market.launches)
    rates = define_rates(lines, deal.market.rates, timeline.grid)
    cohorts = _cohorts(lines, deal, timeline, prices)
    lots = _lots(lines, deal, timeline, prices, cohorts)
    if cohorts:
        cohorts = with_book_by_use(lines, cohorts, lots, hours=lines.of(deal.collateral, "hours_per_month"))
    pools = define_pools(lines, deal, timeline)
    fractions = {
        name: timeline.fractions(tranche.day_count, deal.deal.legal_final) for name, tranche in deal.tranches.items()
    }
    pays = timeline.grid.pays
    planned = planned_shares(deal, timeline.periods)
    parts = part_periods(pays)
    schedules = {
        name: define_schedule(lines, tranche, fractions[name], pays, planned.get(name, ()))
        for name, tranche in deal.tranches.items()
    }
    scheduled = {name: schedule.scheduled for name, schedule in schedules.items()}
    define_service(lines, deal, scheduled)
    fee_times = define_fee_times(lines, deal, timeline)
    earning = define_earning_times(lines, deal, timeline)
    lines.series("years_from_closing", timeline.years_from_closing(), unit="years", label="Years from closing, 30/360")
    by_month = define_stepped_amounts(lines, deal)
    known = define_known(lines, deal, lots=lots, cohorts=cohorts, schedules=scheduled, rates=rates)
    lines.begin_cash()

    # 1. What is held, and what it brings and costs this month.
    may_sell = any(state.remedy == "sell" for state in deal.states.values())
    holdings = define_holdings(lines, lots, cohorts, may_sell=may_sell)
    weights: set[str] = {test.weighted_by for test in deal.tests.values() if isinstance(test, UtilisationTest)}
    units = define_units(lines, deal.collateral, holdings, weights) if cohorts else None

    # 2. What is due.
    announced = declare_states(lines, deal.states)
    at_closing = first_rates(lines, deal.market.rates, timeline.grid)
    for tranche in deal.tranches.values():
        declare_balance(lines, tranche)
    for strip in strips_among(deal.tranches):
        declare_notional(lines, strip, deal.tranches)
    tranches = {
        name: define_due(
            lines, tranche, schedules=schedules[name], rates=rates, first_rates=at_closing, in_force=announced
        )
        for name, tranche in deal.tranches.items()
    }
    cash = Cash(units, pools)
    charges = define_fees(lines, deal, fee_times, tranches=tranches, cash=cash, holdings=holdings)

    # 3. Tests and states, on the balances before payment.
    start = Closing(
        {name: tranche.closing_month_of_interest for name, tranche in tranches.items()},
        at_closing,
        fractions,
        cohorts,
        parts,
        planned,
    )
    opened = _open_accounts(lines, deal, start) if reads_accounts(deal) else None
    measured = define_measurements(
        lines,
        deal,
        tranches=tranches,
        charges=charges,
        cash=cash,
        holdings=holdings,
        known=known,
        accounts=opened[1] if opened is not None else None,
        amounts=by_month,
    )
    counted = counted_tests(deal.states)
    tests = {
        name: test.declare(lines, counted=name in counted)
        if test.after
        else define_test(lines, test, measured, counted=name in counted)
        for name, test in deal.tests.items()
    }
    in_force = define_states(lines, deal.states, tests, announced)

    # 4. Sale of equipment, call of the pools, and the month's collections.
    sold = define_sale(lines, deal.collateral, holdings, deal.states, in_force) if may_sell else None
    called = define_price_of_debt(lines, pools, tranches)
    sales = [line for line in (sold, called) if line is not None]
    collections = _collections(lines, deal, cash, sales)
    flows = [*cash.flows(), *(("sale", line) for line in sales)]
    define_fees_of_collections(lines, deal, charges, collections)

    # 5. Payment: accounts, then the list of the state the deal is in.
    closing, accounts = opened if opened is not None else _open_accounts(lines, deal, start)
    define_income(lines, deal, accounts, earning, rates)
    sizes = sizes_of_month(lines, deal, Month(tranches, charges, cash, holdings, parts))
    taken = define_taken(lines, deal, collections, flows)
    define_available(lines, deal, accounts, collections=taken, tranches=tranches, in_force=in_force, sizes=sizes)
    fees = charges.due
    dues = paid_dues(fees, tranches)
    cures = _cures(lines, deal, measured)
    amounts = define_amounts(
        lines, deal, measured, cures=cures, scheduled=scheduled_of(tranches), least=minimum_of(tranches)
    )
    around = surroundings(deal, accounts, tranches=tranches, in_force=in_force, cures=cures, amounts=amounts)
    balances = {name: tranche.opening for name, tranche in tranches.items()}
    runs, held = run_lists(lines, deal, around, available=accounts.available, dues=dues, balances=balances)

    # 6. Balances after payment, then the tests that look at them.
    for name, fee in fees.items():
        define_carried_roll(lines, fee, paid_on(runs, name))
    for name, due in tranches.items():
        interest, principal = paid_on(runs, f"{name}.interest"), paid_on(runs, f"{name}.principal")
        lost = paid_on(runs, f"{name}.loss") if is_written_down(runs, name) else None
        define_roll(lines, due, interest_paid=interest, principal_paid=principal, lost=lost)
    for strip in strips_among(deal.tranches):
        define_notional(lines, strip)
    parties = define_balances(lines, deal, accounts, runs, held)
    for name, test in deal.tests.items():
        if test.after:
            test.complete(lines, tests[name], measured)

    # 7. Invariants, and what is kept of a whole life.
    define_invariants(lines, Carriage(accounts, runs, tranches, fees, parties, [*taken.values()]))
    define_life_invariants(lines, tranches, fees)
    define_summary(lines, deal, tranches=tranches, closing=closing, parties=parties)
    titles = {name: scenario.title for name, scenario in scenarios.items()}
    ends = [day.isoformat() for day in timeline.grid.payment_date]
    model = lines.build(scenarios=titles, period_ends=ends, facts=_facts(deal, timeline))
    _require_effect(model, book)
    return model


def _require_effect(model: Model, book: InputBook) -> None:
    """Refuse a change of a scenario that moves numbers of which the model reads none."""
    issues = []
    for name, scenario in book.scenarios.items():
        for change in scenario.changes:
            moved = [path for path in book.numbers if matches(change.at, path)]
            if moved and not any(path in model.input_by_path for path in moved):
                what = f"{change.at} is nothing that this deal's model reads"
                hint = "where the deal file gives it a named time, such as `maturity`, write a time of its own there"
                issues.append(Issue(f"scenarios.{name}", what, hint=hint, code="DM-SCN-022"))
    if issues:
        raise DealFileError(model.name, issues)


def _cohorts(lines: Builder, deal: Deal, timeline: Timeline, prices: Mapping[str, Prices]) -> dict[str, CohortLines]:
    collateral = deal.collateral
    return {
        name: define_cohort(
            lines, timeline.clock, cohort, prices[cohort.generation], collateral.units_cost, collateral=collateral
        )
        for name, cohort in collateral.cohorts.items()
    }


def _lots(
    lines: Builder,
    deal: Deal,
    timeline: Timeline,
    prices: Mapping[str, Prices],
    cohorts: Mapping[str, CohortLines],
) -> list[Lot]:
    if not cohorts:
        return []
    stopped = define_stops(lines, deal.customers)
    merchant = _merchant_rates(lines, deal, prices)
    lots = []
    for name, cohort in cohorts.items():
        whole = lines.of(cohort.cohort, "units")
        contracts = [contract for contract in deal.contracts.values() if contract.cohort == name]
        taken: list[Expr] = []
        for contract in contracts:
            units: Expr = whole if contract.units == "all" else lines.of(contract, "units")
            taken.append(units)
            setting = _setting(lines, deal, timeline, cohort, prices, merchant, units, stopped[contract.customer])
            lots.append(contract.define(lines, setting))
        if any(contract.units == "all" for contract in contracts):
            continue
        path = cohort.cohort.path
        with lines.at(path, section="Contracts", group=f"No contract, {name}"):
            free = maximum(whole - total_of(taken), 0) if taken else whole
            units = lines.constant(f"uncontracted_{name}.units", free, unit="units", label="Units under no contract")
        setting = _setting(lines, deal, timeline, cohort, prices, merchant, units, None)
        lots.append(define_uncontracted(lines, f"uncontracted_{name}", path=path, cohort=name, setting=setting))
    return lots


def _merchant_rates(lines: Builder, deal: Deal, prices: Mapping[str, Prices]) -> dict[str, Line]:
    merchant = deal.collateral.units_let
    with lines.at(merchant.path, section="Contracts", group="Merchant use"):
        share = lines.of(merchant, "utilisation") * (1 - lines.of(merchant, "discount_to_market"))
        return {
            name: lines.line(
                f"merchant.{name}.rate", share * price.rent, unit="currency per hour", label=f"Merchant rate, {name}"
            )
            for name, price in prices.items()
        }


def _setting(
    lines: Builder,
    deal: Deal,
    timeline: Timeline,
    cohort: CohortLines,
    prices: Mapping[str, Prices],
    merchant: Mapping[str, Line],
    units: Expr,
    stopped: Line | None,
) -> Setting:
    generation = cohort.cohort.generation
    costs = deal.collateral.units_cost
    return Setting(
        clock=timeline.clock,
        units=units,
        hours=lines.of(deal.collateral, "hours_per_month"),
        delivered=cohort.shares,
        delivery=(cohort.cohort.delivered, lines.of(cohort.cohort, "delivered")),
        stopped=cast("Line", stopped),
        prices=prices[generation],
        merchant_rate=merchant[generation],
        merchant_use=lines.of(deal.collateral.units_let, "utilisation"),
        users_pay_site_costs=deal.market.rent_basis == "net_of_site_costs",
        running_costs=cohort.standing_cost is not None or costs.power is not None,
        working=cohort.working,
    )


def _open_accounts(lines: Builder, deal: Deal, start: Closing) -> tuple[Ledger, Accounts]:
    """Closing, and accounts with what is there at closing. Before the tests where one looks at an account."""
    proceeds = total_of([tranche.proceeds(lines) for tranche in deal.tranches.values()])
    closing = define_closing(lines, deal, proceeds, sizes_at_closing(lines, deal, start))
    return closing, declare_accounts(lines, deal, closing)


def _collections(lines: Builder, deal: Deal, cash: Cash, sales: list[Line]) -> Line:
    label = "Collections: revenue, claims, sale" if cash.pools is None else "Collections: pools, call"
    if cash.pools is not None and cash.units is not None:
        label = "Collections: revenue, claims, pools, sale"
    with lines.at(deal.collateral.path, section="Collateral", group="Pool"):
        amount = lines.money(total_of([*cash.parts(), *sales]))
        return lines.line("collections", amount, unit="currency", label=label)


def _cures(lines: Builder, deal: Deal, of: Measurements) -> dict[str, Callable[[BalanceOf], Expr]]:
    def cure(name: str) -> Callable[[BalanceOf], Expr]:
        return lambda balance: cast("Expr", deal.tests[name].cure(lines, of, balance))

    return {name: cure(name) for name in deal.tests}


def _facts(deal: Deal, timeline: Timeline) -> dict[str, str]:
    own = own_scenarios(deal)
    return {
        **({"workbooks_of_their_own": ", ".join(own)} if own else {}),
        "id": deal.deal.id,
        "name": deal.deal.name,
        "basis": deal.deal.basis,
        "currency": deal.deal.currency,
        "closing": deal.deal.closing.isoformat(),
        "legal_final": deal.deal.legal_final.isoformat(),
        "legal_final_month": str(timeline.legal_final),
        "deal_hash": deal.file_hash,
        "calendar": deal.deal.calendar if isinstance(deal.deal.calendar, str) else "NONE",
        "rate_calendars": " ".join(
            curve.calendar for curve in deal.market.rates.values() if isinstance(curve.calendar, str)
        ),
        **terms_of(deal),
    }
