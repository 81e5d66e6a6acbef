"""Accounts and waterfalls as lines: closing once, then on every payment date the list of the state the deal is in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from dealmodel.definition.deal import Deal
from dealmodel.engine.lists import ListRun, Terms, carry_out
from dealmodel.engine.reserves import could_outlive
from dealmodel.engine.timeline import Timeline
from dealmodel.liabilities.fees import Carried
from dealmodel.liabilities.tranche_lines import TrancheLines
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import Expr, Line, as_expr, either, maximum, prev, sum_of_states, total_of
from dealmodel.market.clock import between_payments, on_payment_dates, pays_every_month
from dealmodel.waterfall.accounts import CollectionAccount, HoldingAccount, ReserveAccount, TrapAccount
from dealmodel.waterfall.ledger import Ledger, Posting
from dealmodel.waterfall.step_base import AmountAtStep, BalanceOf, Surroundings
from dealmodel.waterfall.steps import Release, flattened
from dealmodel.waterfall.targets import Sizes

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
    incomes : mapping from account to Line
        Interest that it earned during the month. [currency]
    kept : mapping from account to Line
        What it holds in a month that does not pay. [currency]
    moved_in, moved_out : mapping from account to lines
        Cash that moved before the first step, collections and incomes included. [currency]
    """

    collection: str
    balances: dict[str, Line]
    available: dict[str, Line] = field(default_factory=dict)
    targets: dict[str, Line] = field(default_factory=dict)
    incomes: dict[str, Line] = field(default_factory=dict)
    kept: dict[str, Line] = field(default_factory=dict)
    moved_in: dict[str, list[Line]] = field(default_factory=dict)
    moved_out: dict[str, list[Line]] = field(default_factory=dict)


def collection_account(deal: Deal) -> str:
    """Name of the account that takes the collections."""
    return next(name for name, account in deal.accounts.items() if isinstance(account, CollectionAccount))


def taker(deal: Deal, flow: str) -> str:
    """Name of the account of kind collection that takes a flow."""
    for name, account in deal.accounts.items():
        if isinstance(account, CollectionAccount) and account.takes is not None and flow in account.takes:
            return name
    return collection_account(deal)


def define_taken(lines: Builder, deal: Deal, collections: Line, flows: Sequence[tuple[str, Expr]]) -> dict[str, Line]:
    """Define what each account of kind collection takes; all of the collections where there is one such account."""
    found = [name for name, account in deal.accounts.items() if isinstance(account, CollectionAccount)]
    if len(found) == 1:
        return {found[0]: collections}
    taken = {}
    for name in found:
        own = [amount for flow, amount in flows if taker(deal, flow) == name]
        if own:
            with lines.at(deal.accounts[name].path, section="Accounts", group=name.replace("_", " ")):
                label = "Collections that it takes"
                taken[name] = lines.line(f"{name}.taken", lines.money(total_of(own)), unit="currency", label=label)
    return taken


def define_closing(lines: Builder, deal: Deal, proceeds: Expr, sizes: Sizes) -> Ledger:
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
                    lines.money(account.target.define(lines, sizes)),
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


def define_earning_times(lines: Builder, deal: Deal, timeline: Timeline) -> dict[str, Line]:
    """Define the day counts of the accounts that earn interest, which are schedule lines."""
    found = {}
    for name, account in deal.accounts.items():
        if isinstance(account, HoldingAccount) and account.earns is not None:
            given = timeline.fractions(account.earns.day_count, deal.deal.legal_final)
            with lines.at(account.path, section="Accounts", group=name.replace("_", " ")):
                label = f"Accrual, {account.earns.day_count}"
                found[name] = lines.series(f"{name}.day_count_fraction", given, unit="years", label=label)
    return found


def define_income(
    lines: Builder, deal: Deal, accounts: Accounts, fractions: Mapping[str, Line], rates: Mapping[str, Line]
) -> None:
    """Define what accounts earned on what they held since the last payment date."""
    for name, fraction in fractions.items():
        account = deal.accounts[name]
        assert isinstance(account, HoldingAccount)
        assert account.earns is not None
        with lines.at(account.path, section="Accounts", group=name.replace("_", " ")):
            earned = account.earns.define(lines, prev(accounts.balances[name]), fraction, rates)
            accounts.incomes[name] = lines.line(
                f"{name}.income", lines.money(earned), unit="currency", label="Interest earned"
            )


def define_available(
    lines: Builder,
    deal: Deal,
    accounts: Accounts,
    *,
    collections: Mapping[str, Line],
    tranches: Mapping[str, TrancheLines],
    in_force: Mapping[str, Line],
    sizes: Sizes,
) -> None:
    """Define what each account holds before the first step.

    A trap is let go in the state that lets it, and once every tranche is repaid; a reserve gives back what is above its
    target. Targets follow the balances before payment, and are 0 once every tranche is repaid. In the last month of
    the model nothing is held any more.
    """
    accounts.moved_in = {name: [] for name in deal.accounts}
    accounts.moved_out = {name: [] for name in deal.accounts}
    for name, line in collections.items():
        accounts.moved_in[name].append(line)
    _add_incomes(deal, accounts)
    owed = total_of([tranche.opening for tranche in tranches.values()])
    for name, account in deal.accounts.items():
        with lines.at(account.path, section="Accounts", group=name.replace("_", " ")):
            if isinstance(account, ReserveAccount):
                target = lines.money(_target(lines, deal, account, owed, sizes))
                line = lines.line(f"{name}.target", target, unit="currency", label="Target", role="due")
                accounts.targets[name] = line
                excess = maximum(_held(accounts, name) - line, 0)
                moved = lines.line(f"{name}.excess", excess, unit="currency", label="Above the target")
                _move(accounts, name, account.excess_to, moved)
            elif isinstance(account, TrapAccount):
                cent = lines.named("half_a_cent", 0.005, "currency")
                free = either(in_force[account.released_when], owed <= cent)
                if could_outlive(deal, name):
                    free = either(free, lines.param("time.last_month"))
                moved = lines.line(f"{name}.let_go", _held(accounts, name) * free, unit="currency", label="Let go")
                _move(accounts, name, account.released_to, moved)
    for name, account in deal.accounts.items():
        with lines.at(account.path, section="Accounts", group=name.replace("_", " ")):
            held: Expr = prev(accounts.balances[name]) + total_of(list(accounts.moved_in[name]))
            if not accounts.moved_in[name]:
                held = prev(accounts.balances[name])
            for line in accounts.moved_out[name]:
                held = held - line
            accounts.available[name] = _available(lines, accounts, name, held)


def _available(lines: Builder, accounts: Accounts, name: str, held: Expr) -> Line:
    """What an account holds for the steps: nothing in a month that does not pay, in which it keeps all."""
    if pays_every_month(lines):
        return lines.line(f"{name}.available", lines.money(held), unit="currency", label="Before payment")
    whole = lines.line(f"{name}.held", lines.money(held), unit="currency", label="Held")
    kept = between_payments(lines, whole)
    accounts.kept[name] = lines.line(f"{name}.kept", kept, unit="currency", label="Kept to the next payment date")
    available = on_payment_dates(lines, whole)
    return lines.line(f"{name}.available", available, unit="currency", label="Before payment")


def _target(lines: Builder, deal: Deal, account: ReserveAccount, owed: Expr, sizes: Sizes) -> Expr:
    """A reserve's target while it has something to be held for."""
    target = account.target.define(lines, sizes)
    if account.target.outlasts_the_debt():
        target = target * (owed > lines.named("half_a_cent", 0.005, "currency"))
    if could_outlive(deal, account.row):
        target = target * (1 - lines.param("time.last_month"))
    return target


def _add_incomes(deal: Deal, accounts: Accounts) -> None:
    for name, income in accounts.incomes.items():
        account = deal.accounts[name]
        stays = (
            isinstance(account, HoldingAccount) and account.earns is not None and account.earns.added_to == "account"
        )
        accounts.moved_in[name if stays else taker(deal, "income")].append(income)


def _held(accounts: Accounts, name: str) -> Expr:
    """What an account holds before anything is let go: its balance, and interest that stays in it."""
    stays = [line for account, line in accounts.incomes.items() if account == name and line in accounts.moved_in[name]]
    return prev(accounts.balances[name]) + total_of(list(stays)) if stays else prev(accounts.balances[name])


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
    holding = frozenset(name for name, account in deal.accounts.items() if isinstance(account, HoldingAccount))
    outliving = frozenset(name for name in holding if could_outlive(deal, name))
    return Surroundings(
        accounts.collection,
        in_force,
        accounts.targets,
        scheduled_of(tranches),
        cures,
        holding,
        outliving,
        amounts=amounts,
        minimum=minimum_of(tranches),
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


def is_written_down(runs: list[ListRun], tranche: str) -> bool:
    """Whether a step writes a tranche down."""
    return any(posting.payee == f"{tranche}.loss" for run in runs for posting in run.ledger.postings)


def define_balances(
    lines: Builder, deal: Deal, accounts: Accounts, runs: list[ListRun], held: Mapping[str, Terms]
) -> dict[str, Line]:
    """Define closing balances of accounts, and what each party received. Returns the parties."""
    for name, account in deal.accounts.items():
        with lines.at(account.path, section="Accounts", group=name.replace("_", " ")):
            left: Expr = sum_of_states(held[name])
            if name in accounts.kept:
                left = left + accounts.kept[name]
            lines.define(accounts.balances[name], lines.money(left), label="After payment", role="balance")
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
