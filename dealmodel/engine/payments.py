"""Accounts and waterfalls as lines: closing once, then on every payment date the list of the state the deal is in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from dealmodel.definition.deal import Deal
from dealmodel.engine.lists import ListRun, Terms, carry_out
from dealmodel.liabilities.fees import Carried
from dealmodel.liabilities.tranches import TrancheLines
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import Expr, Line, as_expr, either, maximum, prev, sum_of_states, total_of
from dealmodel.waterfall.accounts import CollectionAccount, ReserveAccount, TrapAccount
from dealmodel.waterfall.ledger import Ledger, Posting
from dealmodel.waterfall.steps import AmountAtStep, BalanceOf, Release, Surroundings, flattened

AT_CLOSING = "at_closing"


@dataclass(slots=True)
class Accounts:
    """The deal's accounts in a month.

    Parameters
    ----------
    balances : mapping from account to Line
        After payment; declared, defined at the end of the month. [currency]
    available : mapping from account to Line
        Before the first step. [currency]
    targets : mapping from reserve to Line
    moved_in, moved_out : mapping from account to lines
        Cash that moved before the first step, collections included. [currency]
    """

    collection: str
    balances: dict[str, Line]
    available: dict[str, Line] = field(default_factory=dict)
    targets: dict[str, Line] = field(default_factory=dict)
    moved_in: dict[str, list[Line]] = field(default_factory=dict)
    moved_out: dict[str, list[Line]] = field(default_factory=dict)


def collection_account(deal: Deal) -> str:
    """Name of the account that takes the collections."""
    return next(name for name, account in deal.accounts.items() if isinstance(account, CollectionAccount))


def define_closing(lines: Builder, deal: Deal, proceeds: Expr, months_of_interest: Mapping[str, Expr]) -> Ledger:
    """Carry out the list `at_closing` over the proceeds of the notes. Constant lines."""
    collection = collection_account(deal)
    cash = {}
    targets: dict[str, Expr] = {}
    with lines.at("waterfalls.at_closing", section="Closing", group="Closing"):
        for name, account in deal.accounts.items():
            start = proceeds if name == collection else as_expr(0)
            label = "Proceeds of the notes" if name == collection else f"{name.replace('_', ' ')} before"
            cash[name] = lines.constant(f"closing.start.{name}", start, unit="currency", label=label)
            if isinstance(account, ReserveAccount):
                targets[name] = lines.constant(
                    f"closing.target.{name}",
                    lines.money(account.target.define(lines, months_of_interest)),
                    unit="currency",
                    label=f"Target of {name.replace('_', ' ')}",
                )
        ledger = Ledger(lines, "closing", cash, dues={}, balances={}, once=True)
        around = Surroundings(collection, states={}, targets=targets, scheduled={}, cures={})
        carry_out(lines, flattened(deal.waterfalls, AT_CLOSING), ledger, around)
    return ledger


def declare_accounts(lines: Builder, deal: Deal, closing: Ledger) -> Accounts:
    """Announce closing balances, with what is there at closing as their opening."""
    balances = {}
    for name, account in deal.accounts.items():
        with lines.at(account.path, section="Accounts", group=name.replace("_", " ")):
            balances[name] = lines.declare(f"{name}.balance", unit="currency", opening=closing.cash[name])
    return Accounts(collection_account(deal), balances)


def define_available(
    lines: Builder,
    deal: Deal,
    accounts: Accounts,
    *,
    collections: Line,
    tranches: Mapping[str, TrancheLines],
    in_force: Mapping[str, Line],
) -> None:
    """Define what each account holds before the first step.

    A trap is let go in the state that lets it, and once every tranche is repaid; a reserve gives back what is above its
    target. Targets follow the balances before payment.
    """
    accounts.moved_in = {name: [] for name in deal.accounts}
    accounts.moved_out = {name: [] for name in deal.accounts}
    accounts.moved_in[accounts.collection].append(collections)
    months = {name: tranche.month_of_interest for name, tranche in tranches.items()}
    for name, account in deal.accounts.items():
        with lines.at(account.path, section="Accounts", group=name.replace("_", " ")):
            if isinstance(account, ReserveAccount):
                target = lines.money(account.target.define(lines, months))
                line = lines.line(f"{name}.target", target, unit="currency", label="Target", role="due")
                accounts.targets[name] = line
                excess = maximum(prev(accounts.balances[name]) - line, 0)
                moved = lines.line(f"{name}.excess", excess, unit="currency", label="Above the target")
                _move(accounts, name, account.excess_to, moved)
            elif isinstance(account, TrapAccount):
                cent = lines.named("half_a_cent", 0.005, "currency")
                repaid = total_of([tranche.opening for tranche in tranches.values()]) <= cent
                free = either(in_force[account.released_when], repaid)
                moved = lines.line(
                    f"{name}.let_go", prev(accounts.balances[name]) * free, unit="currency", label="Let go"
                )
                _move(accounts, name, account.released_to, moved)
    for name, account in deal.accounts.items():
        with lines.at(account.path, section="Accounts", group=name.replace("_", " ")):
            held: Expr = prev(accounts.balances[name]) + total_of(list(accounts.moved_in[name]))
            if not accounts.moved_in[name]:
                held = prev(accounts.balances[name])
            for line in accounts.moved_out[name]:
                held = held - line
            accounts.available[name] = lines.line(
                f"{name}.available", lines.money(held), unit="currency", label="Before payment"
            )


def _move(accounts: Accounts, source: str, target: str, line: Line) -> None:
    accounts.moved_out[source].append(line)
    accounts.moved_in[target].append(line)


def surroundings(
    deal: Deal,
    accounts: Accounts,
    *,
    tranches: Mapping[str, TrancheLines],
    in_force: Mapping[str, Line],
    cures: Mapping[str, Callable[[BalanceOf], Expr]],
    amounts: Mapping[str, AmountAtStep],
) -> Surroundings:
    """What the steps of a payment date may refer to."""
    scheduled = scheduled_of(tranches)
    minimum = minimum_of(tranches)
    traps = frozenset(name for name, account in deal.accounts.items() if isinstance(account, TrapAccount))
    return Surroundings(
        accounts.collection, in_force, accounts.targets, scheduled, cures, traps, amounts=amounts, minimum=minimum
    )


def scheduled_of(tranches: Mapping[str, TrancheLines]) -> dict[str, Line]:
    """Scheduled balances of the tranches that have one."""
    return {name: tranche.scheduled for name, tranche in tranches.items() if tranche.scheduled is not None}


def minimum_of(tranches: Mapping[str, TrancheLines]) -> dict[str, Line]:
    """Minimum balances of the tranches that have one."""
    return {name: tranche.minimum for name, tranche in tranches.items() if tranche.minimum is not None}


def paid_on(runs: list[ListRun], payee: str) -> Expr:
    """What was paid on something by the list that pays this month."""
    terms = []
    for run in runs:
        paid = [posting.amount for posting in run.ledger.postings if posting.payee == payee]
        if paid:
            terms.append((run.flags, total_of(list(paid))))
    return sum_of_states(terms)


def define_balances(
    lines: Builder, deal: Deal, accounts: Accounts, runs: list[ListRun], held: Mapping[str, Terms]
) -> dict[str, Line]:
    """Define closing balances of accounts, and what each party received. Returns the parties."""
    for name, account in deal.accounts.items():
        with lines.at(account.path, section="Accounts", group=name.replace("_", " ")):
            left = lines.money(sum_of_states(held[name]))
            lines.define(accounts.balances[name], left, label="After payment", role="balance")
    parties = {}
    for party in dict.fromkeys(posting.payee for run in runs for posting in released(run.ledger, deal)):
        with lines.at("waterfalls", section="Waterfall", group=party.replace("_", " ")):
            parties[party] = lines.line(
                f"{party}.received", paid_on(runs, party), unit="currency", label=f"Released to {party}", role="payment"
            )
    return parties


def released(ledger: Ledger, deal: Deal) -> list[Posting]:
    """Postings by which cash left to a party."""
    parties = {
        step.release
        for name in deal.waterfalls
        for step in flattened(deal.waterfalls, name)
        if isinstance(step, Release)
    }
    return [posting for posting in ledger.postings if posting.payee in parties]


def paid_dues(fees: Mapping[str, Carried], tranches: Mapping[str, TrancheLines]) -> dict[str, Line]:
    """Everything that `pay` may name, with the line of what is due."""
    dues = {name: fee.due for name, fee in fees.items()}
    return dues | {f"{name}.interest": tranche.interest_due for name, tranche in tranches.items()}
