"""Head, terms, capital structure, collateral and contracts of a term sheet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from dealmodel.analytics.reading import is_strip
from dealmodel.analytics.term_sheet.closing import HALF_A_CENT
from dealmodel.analytics.term_sheet.tables import NOT_AVAILABLE, TOTAL, Cell, Figure, Row
from dealmodel.basics.words import counted, digits, moment_in_words, name_in_words, percent, sentence, times
from dealmodel.collateral.pool import Cohort
from dealmodel.definition.deal import Deal
from dealmodel.engine.result import Result
from dealmodel.engine.timeline import timeline_of
from dealmodel.liabilities.tranches import Tranche
from dealmodel.market.prices import Generation
from dealmodel.version import VERSION

BASES = {
    "illustrative": "Illustrative: a made-up deal",
    "modelled_on": "Modelled on public terms, with assumptions of our own",
    "own": "The user's own deal",
}
WARNING = "Not an offer. Nothing here is a rating or a price forecast."
ACCRUALS = {
    "adjusted": "To period ends moved to business days",
    "unadjusted": "To period ends as they stand, be they business days or not",
}
LAST_PERIODS = {
    "short": "Short, where the legal final date is no regular payment date",
    "long": "Long, where the legal final date is no regular payment date",
}
RENTS = {
    "all_in": "Market rents include site costs, which the issuer pays",
    "net_of_site_costs": "Market rents leave out site costs, which the user pays",
}
NO_BALANCE = "Interest alone"


def head(deal: Deal) -> tuple[Row, ...]:
    """The basis and the warning."""
    return (Row.of(BASES[deal.deal.basis]), Row.of(WARNING))


def terms(deal: Deal, result: Result) -> tuple[Row, ...]:
    """Names and dates of the deal, and what made the numbers."""
    dates, pays = deal.deal, deal.deal.payment_day
    day = "last day of the month" if pays == "month_end" else f"day {pays} of the month"
    moved = "" if dates.business_days == "none" else f"; business days: {name_in_words(dates.business_days)}"
    listed_days = isinstance(dates.calendar, tuple)
    calendar = f"{len(dates.calendar)} holidays of its own" if listed_days else str(dates.calendar)
    rounding = "Amounts are not rounded" if dates.rounding == "none" else f"To the {name_in_words(dates.rounding)}"
    scenario = result.model.scenarios.get(result.scenario, result.scenario)
    rows: list[tuple[str, Cell]] = [
        ("Currency", dates.currency),
        ("Closing", dates.closing),
        ("First payment", dates.first_payment),
        ("Legal final", dates.legal_final),
        ("Payments", f"{sentence(name_in_words(dates.frequency))}, on the {day}{moved}"),
        ("Paid", _delay(deal)),
        ("Interest accrues", ACCRUALS[dates.accrual_dates]),
        ("Last interest period", LAST_PERIODS[dates.last_period]),
        ("Calendar", "No holidays" if calendar == "NONE" else calendar),
        ("Rounding", rounding),
        ("Base scenario", scenario),
        ("Deal file, SHA-256", deal.file_hash or NOT_AVAILABLE),
        ("Made by", f"dealmodel {VERSION}"),
    ]
    rows[9:9] = [(f"Party: {name_in_words(name)}", party.name) for name, party in deal.parties.items()]
    return tuple(Row.of(label, value) for label, value in rows)


def _delay(deal: Deal) -> str:
    """How long after the end of its collection month a month is paid."""
    days, business = deal.deal.payment_delay_days, deal.deal.payment_delay_counts == "business_days"
    if not days:
        return "At the end of the collection month"
    return f"{counted(days, 'business day' if business else 'calendar day')} after the end of the collection month"


def capital_structure(deal: Deal, result: Result) -> tuple[Row, ...]:
    """A row a tranche, the first to be paid first: what it is, how long it lives, how well it is covered."""
    whole = sum(tranche.issued for tranche in deal.tranches.values())
    resale, book = values_at_closing(deal)
    rows = []
    for name, tranche in sorted(deal.tranches.items(), key=lambda item: item[1].ranking):
        if not tranche.has_principal:
            rows.append(_strip(name, tranche, result))
            continue
        through = sum(other.issued for other in deal.tranches.values() if other.ranking <= tranche.ranking)
        rows.append(
            Row.of(
                sentence(name_in_words(name)),
                Figure(tranche.issued, "currency"),
                Figure(tranche.issued / whole, "share"),
                Figure(tranche.ranking, "number"),
                tranche.coupon.words(),
                tranche.day_count,
                tranche.principal_in_words(),
                average_life(result, name),
                last_payment(result, name),
                _share(through, resale),
                _share(through, book),
                _share(whole - through, whole),
                _share(resale - through, resale),
            )
        )
    total = (Figure(whole, "currency"), Figure(1.0, "share"))
    return (*rows, Row.of("All notes", *total, *[None] * 6, _share(whole, resale), _share(whole, book), look=TOTAL))


def _strip(name: str, tranche: Tranche, result: Result) -> Row:
    """A strip of interest: its life is that of its notional, and it covers nothing."""
    return Row.of(
        sentence(name_in_words(name)),
        NO_BALANCE,
        NOT_AVAILABLE,
        Figure(tranche.ranking, "number"),
        tranche.coupon.words(),
        tranche.day_count,
        tranche.principal_in_words(),
        average_life(result, name),
        last_payment(result, name),
        *[NOT_AVAILABLE] * 4,
    )


def average_life(result: Result, name: str) -> Cell:
    """Average life, positive only; in words with the signed one where interest may be added to the balance."""
    life, signed = result.average_lives(name)
    if life is None:
        return NOT_AVAILABLE
    if not result.capitalises(name):
        return Figure(life, "years")
    return f"{life:.2f}; signed {NOT_AVAILABLE if signed is None else f'{signed:.2f}'}"


def last_payment(result: Result, tranche: str) -> Cell:
    """Date on which the last principal is paid, of a strip the last interest; words where some is never paid."""
    strip = is_strip(result, tranche)
    months = result.lines.months(f"{tranche}.{'interest' if strip else 'principal'}_paid")
    paid = [month for month, amount in enumerate(months) if amount > HALF_A_CENT]
    if strip and not paid:
        return NOT_AVAILABLE
    if result.tranche_rows[tranche]["principal_loss"] > HALF_A_CENT or not paid:
        return "Not repaid in full"
    return date.fromisoformat(result.model.period_ends[paid[-1]])


def values_at_closing(deal: Deal) -> tuple[float, float]:
    """Resale and book value of what is delivered at closing, new, at the resale level of that day. [currency]"""
    clock = timeline_of(deal).clock
    resale = book = 0.0
    for cohort in deal.collateral.cohorts.values():
        if clock.month(cohort.delivered) <= 0:
            cost = cohort.units * cohort.unit_cost
            level = deal.market.generations[cohort.generation].resale_level
            for launch in deal.market.launches.values():
                if cohort.generation in launch.generations and clock.month(launch.when) <= 0:
                    level *= 1 + launch.resale_step
            resale += cost * max(cohort.resale.when_new() * level, cohort.resale.scrap)
            book += cost * cohort.book.when_new()
    return resale, book


def _share(part: float, whole: float) -> Cell:
    return Figure(part / whole, "share") if whole > HALF_A_CENT else NOT_AVAILABLE


def collateral(deal: Deal) -> tuple[Row, ...]:
    """A row a cohort, and all of them together."""
    cohorts = deal.collateral.cohorts
    whole = sum(cohort.units * cohort.unit_cost for cohort in cohorts.values())
    units = sum(cohort.units for cohort in cohorts.values())
    rows = [_cohort(deal, name, cohort, whole) for name, cohort in cohorts.items()]
    if not rows:
        return ()
    total = (Figure(units, "units"), None, Figure(whole, "currency"), Figure(1.0, "share"))
    return (*rows, Row.of("All", None, *total, look=TOTAL))


def _cohort(deal: Deal, name: str, cohort: Cohort, whole: float) -> Row:
    generation = deal.market.generations[cohort.generation]
    let = [contract.units for contract in deal.contracts.values() if contract.cohort == name]
    taken = cohort.units if "all" in let else sum(units for units in let if not isinstance(units, str))
    cost = cohort.units * cohort.unit_cost
    return Row.of(
        sentence(name_in_words(name)),
        name_in_words(cohort.generation) + _levels(generation),
        Figure(cohort.units, "units"),
        Figure(cohort.unit_cost, "currency"),
        Figure(cost, "currency"),
        _share(cost, whole),
        sentence(moment_in_words(cohort.delivered)),
        Figure(taken / cohort.units, "share"),
        Figure(generation.rent_per_hour, "currency per hour"),
        Figure(generation.rent_decline_per_year, "share"),
        cohort.resale.words() + _state(cohort),
        cohort.book.words(),
    )


def _levels(generation: Generation) -> str:
    """Levels of a generation where they are not 1."""
    levels = {"rent": generation.rent_level, "resale": generation.resale_level}
    return "".join(f"; {name} at {times(level)} its path" for name, level in levels.items() if level != 1)


def _state(cohort: Cohort) -> str:
    """Condition and failures of a cohort, where they are stated."""
    said = "" if cohort.condition is None else f"; condition {percent(cohort.condition)}"
    return said if cohort.failures is None else f"{said}; {cohort.failures.words()}"


def collateral_terms(deal: Deal) -> tuple[Row, ...]:
    """What all cohorts have in common, and the launches of successors."""
    pool = deal.collateral
    rows = [(sentence(name_in_words(name)), row.words()) for name, row in pool.pools.items()]
    if pool.clean_up_call is not None:
        rows.append(("Clean-up call", pool.clean_up_call.words()))
    if pool.cohorts and deal.market.rent_basis is not None:
        rows += [
            ("Market rents", RENTS[deal.market.rent_basis]),
            ("Hours", f"{digits(pool.hours_per_month, 4)} a month"),
            ("Site costs", pool.units_cost.words()),
            ("Merchant use", pool.units_let.words()),
            ("Disposal", pool.units_sold.words()),
        ]
    rows += [(sentence(name_in_words(name)), launch.words()) for name, launch in deal.market.launches.items()]
    rows += [(sentence(name_in_words(name)), curve.words()) for name, curve in deal.market.rates.items()]
    return tuple(Row.of(label, said) for label, said in rows)


def contracts(deal: Deal, result: Result) -> tuple[Row, ...]:
    """A row a contract, and what all of them bring."""
    rows = list(_contracts(deal, result))
    revenue = sum(cell.value for row in rows if isinstance(cell := row.cells[8], Figure))
    if not rows:
        return ()
    return (*rows, Row.of("All", *[None] * 7, Figure(revenue, "currency"), look=TOTAL))


def _contracts(deal: Deal, result: Result) -> Iterator[Row]:
    for name, contract in deal.contracts.items():
        whole = deal.collateral.cohorts[contract.cohort].units
        units = whole if isinstance(contract.units, str) else contract.units
        owed = contracted_revenue(result, name)
        yield Row.of(
            sentence(name_in_words(name)) + _committed(contract),
            name_in_words(contract.customer),
            deal.customers[contract.customer].words(),
            name_in_words(contract.cohort),
            Figure(units, "units"),
            _field(contract, "price_per_hour", "currency per hour"),
            _field(contract, "term_months", "number"),
            sentence(moment_in_words(contract.start)),
            NOT_AVAILABLE if owed is None else Figure(owed, "currency"),
            sentence(str(getattr(contract, "site_costs_paid_by", NOT_AVAILABLE))),
            _words_of(contract, "at_expiry"),
            _words_of(contract, "at_default") or contract.words(),
        )


def _field(kind: object, name: str, unit: str) -> Cell:
    """A number of a contract of whatever kind; nothing where that kind has none of this name."""
    value = getattr(kind, name, None)
    return Figure(value, unit) if isinstance(value, int | float) else None


def _committed(contract: object) -> str:
    """The share of the hours that is owed for, where it is not all of them."""
    share = getattr(contract, "share_committed", 1.0)
    return "" if share == 1 else f", {percent(share)} of the hours"


def _words_of(kind: object, name: str) -> str:
    part = getattr(kind, name, None)
    return "" if part is None else str(part.words())


def contracted_revenue(result: Result, contract: str) -> float | None:
    """Price of all committed hours from closing to the last month of the model, paid or not. [currency]"""
    needed = (f"{contract}.in_force", f"{contract}.hours", f"{contract}.billed_rate")
    if not all(name in result.model.definitions for name in needed):
        return None
    in_force, hours, rate = needed
    return sum(result.lines.months(in_force)) * result.lines.number(hours) * result.lines.number(rate)
