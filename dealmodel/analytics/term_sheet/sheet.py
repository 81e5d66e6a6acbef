"""Put a term sheet together: what a structurer reads before opening the model."""

from __future__ import annotations

from collections.abc import Mapping

from dealmodel.analytics.term_sheet.closing import closing, tranche_terms
from dealmodel.analytics.term_sheet.covenants import accounts, amounts, fees, payments, states, tests
from dealmodel.analytics.term_sheet.outcomes import assumptions, run_names, scenarios
from dealmodel.analytics.term_sheet.structure import (
    capital_structure,
    collateral,
    collateral_terms,
    contracts,
    head,
    terms,
)
from dealmodel.analytics.term_sheet.tables import TermSheet
from dealmodel.definition.deal import Deal
from dealmodel.engine.compile import sized
from dealmodel.engine.result import Result
from dealmodel.engine.run import run_deal
from dealmodel.lines.inputs import BASE


def term_sheet(deal: Deal) -> TermSheet:
    """Say a deal in words and numbers, with the results of its base and of every scenario.

    Base figures (average life, last payment, results of tests) are those of the base scenario. A scenario that changes
    the deal's shape is run on a Model of its own.

    Parameters
    ----------
    deal : Deal

    Returns
    -------
    TermSheet
        Its blocks: head, terms, closing, capital_structure, tranche_terms, collateral, collateral_terms, contracts,
        tests, states, accounts, fees, amounts, payments, scenarios, assumptions.

    Errors: those of a run.
    """
    deal = sized(deal)
    return in_words(deal, {name: run_deal(deal, name) for name in run_names(deal)})


def in_words(deal: Deal, results: Mapping[str, Result]) -> TermSheet:
    """The term sheet of a deal that was run: its words are those of the deal, its figures those of the runs.

    Parameters
    ----------
    deal : Deal
    results : mapping from scenario to Result
        A run of each of its scenarios, base among them.
    """
    base = results[BASE]
    blocks = {
        "head": head(deal),
        "terms": terms(deal, base),
        "closing": closing(deal, base),
        "capital_structure": capital_structure(deal, base),
        "tranche_terms": tranche_terms(deal),
        "collateral": collateral(deal),
        "collateral_terms": collateral_terms(deal),
        "contracts": contracts(deal, base),
        "tests": tests(deal, base),
        "states": states(deal),
        "accounts": accounts(deal, base),
        "fees": fees(deal, base),
        "amounts": amounts(deal),
        "payments": payments(deal),
        "scenarios": scenarios(deal, results),
        "assumptions": assumptions(deal),
    }
    return TermSheet(deal.deal.name, blocks, deal.deal.id)
