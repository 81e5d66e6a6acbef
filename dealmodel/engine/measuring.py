"""What tests measure, put together from all parts of a deal: the cash of a month, what is known ahead, and words.

Here quantities cross from contracts, liabilities and collateral to tests, which see none of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dealmodel.collateral.pool import CohortLines
from dealmodel.contracts.lots import Lot
from dealmodel.definition.deal import Deal
from dealmodel.definition.words import formulas_of
from dealmodel.engine.cash import Cash
from dealmodel.engine.fees import Charges
from dealmodel.engine.holdings import Holding
from dealmodel.engine.payments import Accounts
from dealmodel.liabilities.notional import Notional
from dealmodel.liabilities.tranche_lines import TrancheLines, stepped_up
from dealmodel.liabilities.tranches import original_balance
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import Expr, Line, maximum, negate, prev, total_of
from dealmodel.market.clock import on_payment_dates
from dealmodel.waterfall.measures import CoverageTest, Known, Measurements


def looks_ahead(deal: Deal) -> bool:
    """Whether some test sums months to come."""
    return any(isinstance(test, CoverageTest) and test.direction == "forward" for test in deal.tests.values())


def reads_accounts(deal: Deal) -> bool:
    """Whether some test looks at the balance of an account."""
    balances = {f"{name}.balance" for name in deal.accounts}
    named = any(balances.intersection(words) for words in _words_used(deal))
    return named or any(test.accounts() for test in deal.tests.values())


def _words_used(deal: Deal) -> Iterable[list[str]]:
    amounts = [row.names_used() for row in deal.amounts.values()]
    return [*amounts, *(test.names_used() for test in formulas_of(deal).values())]


def define_known(
    lines: Builder,
    deal: Deal,
    *,
    lots: list[Lot],
    cohorts: Mapping[str, CohortLines],
    schedules: Mapping[str, Line | None],
    rates: Mapping[str, Line],
) -> Known:
    """Define what tests that look ahead may know, and what each test knows before any cash. Schedule lines."""
    known = Known()
    if looks_ahead(deal):
        scheduled = {name: line for name, line in schedules.items() if line is not None}
        service = {name: _service(lines, deal, name, line, rates) for name, line in scheduled.items()}
        contracted = {lot.name: _contracted(lines, deal, lot, cohorts[lot.cohort]) for lot in lots if lot.contracted}
        known = Known(service, scheduled, contracted, _fees_known(lines, deal, scheduled))
    for test in deal.tests.values():
        test.define_known(lines, known)
    return known


def _service(lines: Builder, deal: Deal, name: str, scheduled: Line, rates: Mapping[str, Line]) -> Line:
    """Interest on last month's scheduled balance and the fall of the scheduled balance."""
    tranche = deal.tranches[name]
    with lines.at(tranche.path, section="Tranches", group=name):
        rate = stepped_up(lines, tranche, tranche.coupon.by_month(lines, rates))
        fraction = Line(f"{name}.day_count_fraction", "years", "schedule")
        service = prev(scheduled) * rate * fraction + (prev(scheduled) - scheduled)
        return lines.line(f"{name}.scheduled_service", service, unit="currency", label="Service by the schedule")


def _contracted(lines: Builder, deal: Deal, lot: Lot, cohort: CohortLines) -> Line:
    """Price of the committed hours, less the site costs that the issuer bears for the contract's units."""
    contract = lot.contracted
    assert contract is not None
    cash = contract.owed
    with lines.at(lot.path, section="Contracts", group=f"Contract {lot.name}"):
        if contract.issuer_keeps and cohort.standing_cost is not None:
            cash = cash - lot.units * contract.in_force * cohort.standing_cost
        if contract.issuer_keeps and cohort.power_cost is not None:
            hours = lines.of(deal.collateral, "hours_per_month")
            cash = cash - lot.units * contract.in_force * hours * cohort.power_cost
        return lines.line(f"{lot.name}.contracted_cash", cash, unit="currency", label="Contracted cash, if held")


def _fees_known(lines: Builder, deal: Deal, scheduled: Mapping[str, Line]) -> Line | None:
    """A twelfth of fixed fees, amounts for each payment date, and rates on the scheduled balances before payment.

    What fees of value, of units, of pools and of cash will come to is left out: it is not known ahead, or rests on
    cash that is not counted.
    """
    year = lines.named("months_per_year", 12, "months")
    terms: list[Expr] = []
    with lines.at("fees", section="Fees", group="Fees known"):
        for fee in deal.fees.values():
            if fee.amount_per_year is not None:
                terms.append(lines.of(fee, "amount_per_year") / year)
            elif fee.given is not None:
                given = Line(f"{fee.row}.given", "currency", "schedule")
                terms.append(given if fee.level is None else given * lines.of(fee, "level"))
            elif fee.amount_per_payment is not None:
                terms.append(on_payment_dates(lines, lines.of(fee, "amount_per_payment")))
            elif fee.rate_per_year is not None and (fee.of == "opening_tranche_balance" or isinstance(fee.of, tuple)):
                named = fee.of if isinstance(fee.of, tuple) else tuple(scheduled)
                balances = [prev(line) for name, line in scheduled.items() if name in named]
                terms.append(total_of(balances) * lines.of(fee, "rate_per_year") / year)
        if not terms:
            return None
        return lines.line("coverage.fees_known", total_of(terms), unit="currency", label="Fees by the schedule")


def define_measurements(
    lines: Builder,
    deal: Deal,
    *,
    tranches: Mapping[str, TrancheLines],
    charges: Charges,
    cash: Cash,
    holdings: list[Holding],
    known: Known,
    accounts: Accounts | None,
    amounts: Mapping[str, Line],
) -> Measurements:
    """Define the month's cash that tests measure, and gather all else that they look at."""
    with lines.at("tests", section="Tests", group="Coverage"):
        costs = total_of([*charges.of_month.values()])
        net = lines.line(
            "coverage.cash",
            cash.regular() - costs,
            unit="currency",
            label="Revenue less site costs and fees of the month"
            if cash.pools is None
            else "Collections less fees and site costs of the month",
            opening=0,
        )
        values = cash.values()
        if _measures(deal, "cost"):
            values["cost"] = _define_cost(lines, holdings)
        if _measures(deal, "liquidation"):
            values["liquidation"] = _define_liquidation(lines, deal, values["resale"])
    contracts = [(item, item.lot.contracted) for item in holdings if item.lot.contracted is not None]
    return Measurements(
        net,
        tranches,
        values,
        cash.units.used if cash.units is not None else {},
        cash.units.held if cash.units is not None else {},
        revenue=cash.income(),
        dues={name: fee.due for name, fee in charges.due.items()},
        accounts=accounts.balances if accounts is not None else {},
        known=known,
        lots={item.lot.name: item.held * negate(contract.stopped) for item, contract in contracts},
        owed=total_of([contract.owed * item.held for item, contract in contracts]),
        received=total_of([contract.received * item.held for item, contract in contracts]),
        amounts=dict(amounts),
        words=lambda of, after: meanings(lines, of, cash, after=after),
    )


def _measures(deal: Deal, basis: str) -> bool:
    bases = any(basis in test.bases() for test in deal.tests.values())
    return bases or any(f"value.{basis}" in words for words in _words_used(deal))


def _define_liquidation(lines: Builder, deal: Deal, resale: Line) -> Line:
    disposal = deal.collateral.units_sold
    share = maximum(1 - lines.of(disposal, "discount") - lines.of(disposal, "cost"), 0)
    label = "Resale value less discount and cost of a forced sale"
    return lines.line("value.liquidation", resale * share, unit="currency", label=label, role="balance")


def _define_cost(lines: Builder, holdings: list[Holding]) -> Line:
    cohorts = {item.lot.cohort: item.cohort.cohort for item in holdings}
    terms = [
        Line(f"cohort.{name}.units_held", "units", "cash") * lines.of(cohort, "unit_cost")
        for name, cohort in cohorts.items()
    ]
    label = "Original cost of the units held"
    return lines.line("value.cost", total_of(terms), unit="currency", label=label, role="balance")


def meanings(lines: Builder, of: Measurements, cash: Cash, *, after: bool) -> dict[str, Expr]:
    """The words of formulas with their lines; `definition/words.py` says what they mean."""
    words: dict[str, Expr] = {
        "month": lines.param("time.month"),
        "net_cash": of.net_cash,
        **{f"value.{basis}": line for basis, line in of.values.items() if basis != "pool"},
    }
    if cash.units is not None:
        words["revenue"] = cash.units.revenue
    if cash.pools is not None:
        words |= cash.pools.words
    for name, tranche in of.tranches.items():
        words[f"{name}.balance"] = of.balance(name, after=after)
        words[f"{name}.original_balance"] = original_balance(lines, tranche.tranche)
        words[f"{name}.interest"] = tranche.interest_due
        words[f"{name}.scheduled_principal"] = tranche.scheduled_principal
        if tranche.scheduled is not None:
            words[f"{name}.scheduled_balance"] = tranche.scheduled
        if tranche.capitalised is not None:
            words[f"{name}.capitalised"] = tranche.capitalised
        if isinstance(tranche.tranche, Notional):
            words[f"{name}.notional"] = tranche.tranche.bearing(tranche.opening)
    words |= {f"{name}.due": line for name, line in of.dues.items()}
    words |= {f"{name}.balance": of.cash_in(name, after=after) for name in of.accounts}
    words |= {f"{name}.ratio": line for name, line in of.ratios.items()}
    return {**of.amounts, **words}
