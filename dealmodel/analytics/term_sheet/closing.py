"""Sources and uses at closing, and the terms of each tranche, of a term sheet."""

from __future__ import annotations

from collections.abc import Iterator

from dealmodel.analytics.term_sheet.tables import TOTAL, Figure, Row
from dealmodel.basics.words import moment_in_words, name_in_words, sentence
from dealmodel.definition.deal import Deal
from dealmodel.engine.result import Result
from dealmodel.liabilities.tranches import Tranche

HALF_A_CENT = 0.005


def closing(deal: Deal, result: Result) -> tuple[Row, ...]:
    """What comes in on the closing date, and where it goes. Both sides are the same amount.

    Sources: notes at par, less discount and upfront fees, which are their proceeds; and the sponsor's contribution.
    What is paid out beyond the cost of the equipment waits with the sponsor for later deliveries, or pays for closing.
    """
    money, tranches = result.lines, list(deal.tranches.values())
    par = sum(tranche.issued for tranche in tranches)
    discount = sum(tranche.issued * (1 - _price(tranche)) for tranche in tranches)
    fees = sum(tranche.issued * (tranche.upfront_fee or 0.0) for tranche in tranches)
    equipment, sponsor = money.number("closing.cost"), money.number("closing.sponsor_contribution")
    proceeds = par - discount - fees
    sources = {"Notes at par": par, "Less discount": -max(discount, 0.0), "Plus premium": max(-discount, 0.0)}
    sources["Less upfront fees"] = -fees
    if par != proceeds:
        sources["Proceeds of the notes"] = proceeds
    sources["Sponsor's contribution"] = sponsor
    held = {f"Into {name_in_words(name)}": _held(result, name) for name in deal.accounts}
    beyond = proceeds + sponsor - equipment - sum(held.values())
    bought = "Equipment and pools at closing" if deal.collateral.pools else "Equipment delivered at closing"
    uses = {bought: equipment, **held, "Paid out beyond that": beyond}
    always = ("Notes at par", "Sponsor's contribution", bought)
    return (*_side(sources, "Sources", proceeds + sponsor, always), *_side(uses, "Uses", sum(uses.values()), always))


def _price(tranche: Tranche) -> float:
    return 1.0 if tranche.issue_price is None else tranche.issue_price


def _side(amounts: dict[str, float], name: str, total: float, always: tuple[str, ...]) -> Iterator[Row]:
    """One side: what there is of it, and its total."""
    for label, amount in amounts.items():
        if abs(amount) > HALF_A_CENT or label in always:
            yield Row.of(label, Figure(amount, "currency"))
    yield Row.of(name, Figure(total, "currency"), look=TOTAL)


def _held(result: Result, account: str) -> float:
    """What an account holds after closing; the collection account has no balance of its own."""
    line = f"{account}.balance"
    return result.lines.opening(line) if line in result.model.definitions else 0.0


def tranche_terms(deal: Deal) -> tuple[Row, ...]:
    """Rows of terms for each tranche, the first to be paid first: interest, unpaid interest, maturity and price."""
    rows = []
    for name, tranche in sorted(deal.tranches.items(), key=lambda item: item[1].ranking):
        terms = {
            "Kind": sentence(tranche.kind_in_words()),
            "Interest": sentence(tranche.interest_in_words()),
            "Unpaid interest": tranche.unpaid_in_words(),
            "Maturity": sentence(moment_in_words(tranche.maturity)),
            "Principal": tranche.principal_in_words(),
            "Issued": tranche.issue_in_words(),
        }
        for place, (label, said) in enumerate(terms.items()):
            rows.append(Row((sentence(name_in_words(name)) if place == 0 else None, label, said), continues=place > 0))
    return tuple(rows)
