"""What the pools of a deal bring, lose and are worth in a month, and the call that ends them.

All of it is known before any cash of the waterfall, save the price of a call for what the debt comes to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dealmodel.collateral.pools import WORDS, CleanUpCall, PoolCash
from dealmodel.definition.deal import Deal
from dealmodel.definition.words import EACH_POOL, FLOW_WORDS, POOL_WORDS, formulas_of
from dealmodel.engine.timeline import Timeline
from dealmodel.liabilities.tranche_lines import TrancheLines
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import Expr, Line, both, either, prev, total_of
from dealmodel.market.clock import PAYS, at_last_payment, pays_every_month, since_last_payment

TOTALS = {
    "opening_balance": "Opening balance of all pools",
    "interest": "Interest of all pools",
    "principal": "Principal of all pools, scheduled and prepaid",
    "recoveries": "Recovered by all pools",
    "defaults": "Balance of all pools that defaulted",
    "losses": "Lost by all pools",
    "balance": "Closing balance of all pools",
    "balance_months": "Opening balances of the pool months collected, all pools",
}
"""Lines `pool.<word>`, summed over the pools."""

_OF_A_POOL = {"recoveries": "recovered", "defaults": "defaulted", "losses": "lost"}
_BALANCES = ("opening_balance", "balance")


@dataclass(frozen=True, slots=True)
class Call:
    """A clean-up call.

    Parameters
    ----------
    called : line by month
        1 in the month of the call and from then on. [flag]
    price : line by month or None
        Paid in the month of the call; None until the debt is known, where it is for the debt. [currency]
    """

    terms: CleanUpCall
    called: Line
    price: Line | None


@dataclass(frozen=True, slots=True)
class Pools:
    """Pools by name and all together. [currency]

    Parameters
    ----------
    original : constant line
        Balance at the cut-off dates.
    totals : mapping from the words of `TOTALS`, and `losses_so_far`, to a line by month
    each : mapping from pool to its lines, by the same words and `scheduled`, `prepaid`
    cash : Expr
        Interest, principal and recoveries of the month.
    words : mapping from word to Expr
        What formulas may name; `definition/words.py` says what each word means.
    """

    original: Line
    totals: Mapping[str, Line]
    each: Mapping[str, Mapping[str, Line]]
    cash: Expr
    call: Call | None
    words: Mapping[str, Expr]


def define_pools(lines: Builder, deal: Deal, timeline: Timeline) -> Pools | None:
    """Define the lines of every pool, of all together, and of a clean-up call; None where there is no pool."""
    collateral = deal.collateral
    if not collateral.pools:
        return None
    found: dict[str, PoolCash] = {}
    for name, pool in collateral.pools.items():
        with lines.at(pool.path, section="Collateral", group=f"Pool {name.replace('_', ' ')}"):
            found[name] = pool.define(lines, timeline.clock)
    with lines.at(f"{collateral.path}.pools", section="Collateral", group="All pools"):
        label = "Balance of all pools at the cut-off date"
        whole = total_of([cash.original for cash in found.values()])
        original = lines.constant("pool.original_balance", whole, unit="currency", label=label)
    call = _call(lines, collateral.clean_up_call, found, original) if collateral.clean_up_call is not None else None
    each = {}
    for name, cash in found.items():
        with lines.at(collateral.pools[name].path, section="Collateral", group=f"Pool {name.replace('_', ' ')}"):
            each[name] = _pool(lines, f"pool.{name}", cash, call)
    with lines.at(f"{collateral.path}.pools", section="Collateral", group="All pools"):
        totals = _totals(lines, each)
        words = _words(lines, deal, totals, each)
    words["pool.original_balance"] = original
    if call is not None:
        words["pool.called"] = call.called
    return Pools(original, totals, each, totals["interest"] + totals["principal"] + totals["recoveries"], call, words)


def _words(
    lines: Builder, deal: Deal, totals: Mapping[str, Line], each: Mapping[str, Mapping[str, Line]]
) -> dict[str, Expr]:
    """The words of formulas: of a month, or of the months since the payment date before."""
    named = {f"pool.{word}": totals[word] for word in POOL_WORDS}
    named |= {f"pool.{name}.{word}": own[word] for name, own in each.items() for word in EACH_POOL}
    if pays_every_month(lines):
        return {**named}
    used = {word for row in deal.amounts.values() for word in row.names_used()}
    used |= {word for test in formulas_of(deal).values() for word in test.names_used()}
    found: dict[str, Expr] = {**named}
    for word in sorted(used & set(named)):
        line, last = named[word], word.rpartition(".")[2]
        if last in FLOW_WORDS:
            found[word] = since_last_payment(lines, f"{word}_of_period", line, label=last.capitalize())
        elif last == "opening_balance":
            found[word] = at_last_payment(lines, word, line, label="Balance")
    return found


def _call(lines: Builder, terms: CleanUpCall, found: Mapping[str, PoolCash], original: Line) -> Call:
    with lines.at(terms.path, section="Collateral", group="Clean-up call"):
        whole: Expr = original if terms.original_balance is None else lines.of(terms, "original_balance")
        which = "closing" if terms.measured == "after_collections" else "opening"
        left = total_of([cash.months[which] for cash in found.values()])
        if which == "opening":
            left = at_last_payment(lines, "clean_up_call.opening_balance", left, label="Balance of all pools")
        small = lines.line(
            "clean_up_call.pool_is_small",
            left <= lines.of(terms, "at_pool_share") * whole,
            unit="flag",
            label="The share of the pool is at or below that of the call",
            role="flag",
        )
        called = lines.declare("clean_up_call.called", unit="flag", opening=0)
        now = both(small, lines.of(terms, "exercised") > 0)
        if not pays_every_month(lines):
            now = both(now, lines.param(PAYS))
        lines.define(called, either(prev(called), now), label="Called", role="flag")
        if terms.price == "debt_outstanding":
            return Call(terms, called, None)
        price = (called - prev(called)) * total_of([cash.months["closing"] for cash in found.values()])
        return Call(terms, called, _price(lines, price))


def _price(lines: Builder, price: Expr) -> Line:
    return lines.line("clean_up_call.price", lines.money(price), unit="currency", label="Price of the pools bought")


def define_price_of_debt(lines: Builder, pools: Pools | None, tranches: Mapping[str, TrancheLines]) -> Line | None:
    """Price of the call: the line that is there, or what the debt comes to, interest due included."""
    if pools is None or pools.call is None:
        return None
    call = pools.call
    if call.price is not None:
        return call.price
    with lines.at(call.terms.path, section="Collateral", group="Clean-up call"):
        owed: list[Expr] = []
        for tranche in tranches.values():
            owed += [tranche.opening, tranche.interest_due]
        return _price(lines, (call.called - prev(call.called)) * total_of(owed))


def _pool(lines: Builder, name: str, cash: PoolCash, call: Call | None) -> dict[str, Line]:
    """Lines of one pool: while it is held, all; its balance to the end of the month in which it is bought."""

    def held(expression: Expr, now: bool = False) -> Expr:
        if call is None:
            return expression
        return expression * (1 - (call.called if now else prev(call.called)))

    def line(word: str, amount: Expr, label: str, role: str = "") -> Line:
        return lines.line(f"{name}.{word}", amount, unit="currency", label=label, role=role)

    months = cash.months
    own = {"opening_balance": line("opening_balance", held(months["opening"]), WORDS["opening"], "balance")}
    own["interest"] = line("interest", lines.money(held(months["interest"])), WORDS["interest"])
    parts = [part for part in ("scheduled", "prepaid") if part in months]
    for part in parts:
        own[part] = line(part, held(months[part]), WORDS[part])
    principal = total_of([own[part] for part in parts])
    own["principal"] = line("principal", lines.money(principal), "Principal, scheduled and prepaid")
    for total, word in _OF_A_POOL.items():
        if word in months:
            amount = held(months[word])
            own[total] = line(word, lines.money(amount) if word == "recovered" else amount, WORDS[word])
    if "lost" in months:
        so_far = lines.declare(f"{name}.losses_so_far", unit="currency", opening=0)
        own["losses_so_far"] = lines.define(so_far, prev(so_far) + own["losses"], label="Lost since the cut-off date")
    own["balance"] = line("balance", held(months["closing"], now=True), WORDS["closing"], "balance")
    if call is not None:
        line("sold", months["closing"] * (call.called - prev(call.called)), "Balance bought")
    own["balance_months"] = line("balance_months", held(months["balance_months"]), WORDS["balance_months"])
    return own


def _totals(lines: Builder, each: Mapping[str, Mapping[str, Line]]) -> dict[str, Line]:
    totals = {}
    for word, label in TOTALS.items():
        terms: list[Expr] = [own[word] for own in each.values() if word in own]
        role = "balance" if word in _BALANCES else ""
        amount = total_of(terms)
        totals[word] = lines.line(f"pool.{word}", amount, unit="currency", label=label, role=role)
    so_far = lines.declare("pool.losses_so_far", unit="currency", opening=0)
    label = "Lost by all pools since the cut-off date"
    totals["losses_so_far"] = lines.define(so_far, prev(so_far) + totals["losses"], label=label)
    return totals
