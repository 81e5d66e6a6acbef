"""The lists of steps of a deal's states, carried out side by side over the cash of the state the deal is in.

A list that several of them use is carried out once, over the cash of whichever of them pays: what they hold when they
come to it is joined before it, and divided again after it. Lists that do not pay hold nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from dealmodel.definition.deal import Deal
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import Expr, Line, total_of
from dealmodel.waterfall.ledger import Ledger, Posting
from dealmodel.waterfall.step_base import PayingStep, Step, Surroundings
from dealmodel.waterfall.steps import Apply, Deposit, TopUp, Use, flattened

Terms = list[tuple[tuple[Line, ...], Expr]]
"""Amounts, each with the flags of the lists of which one must pay for it to differ from 0."""


@dataclass(frozen=True, slots=True)
class ListRun:
    """A list of steps carried out, with the flags of the states' lists that it belongs to. Empty flags mean always."""

    name: str
    flags: tuple[Line, ...]
    ledger: Ledger


@dataclass(frozen=True, slots=True)
class Piece:
    """Steps that are carried out in a row: a whole list that several use, or a part of a state's list.

    Parameters
    ----------
    name : str
        The list.
    users : tuple of str
        Lists of states that it is carried out for: itself, or those that use it.
    steps : tuple of Step
    first : int
        Number of the first step within the list, from 1.
    """

    name: str
    users: tuple[str, ...]
    steps: tuple[Step, ...]
    first: int


def pieces_of(lists: Mapping[str, tuple[Step, ...]], paying: Sequence[str]) -> list[Piece]:
    """The lists of the states in pieces, in an order in which each list keeps its own.

    A list that several states' lists use, each of them once, is one piece for all of them; unless lists use two such
    lists in opposite orders: then the later one is inserted into each, as every other list is.
    """
    uses = Counter(step.use for name in paying for step in lists[name] if isinstance(step, Use))
    by_name = {name: [step.use for step in lists[name] if isinstance(step, Use)] for name in paying}
    once_each = [
        used
        for used, times in uses.items()
        if times > 1 and used not in paying and all(users.count(used) <= 1 for users in by_name.values())
    ]
    while True:
        sequences = {name: _sequence(lists, name, once_each) for name in paying}
        found = _in_order(lists, sequences)
        if found is not None:
            return found
        once_each.pop()


def _sequence(lists: Mapping[str, tuple[Step, ...]], name: str, shared: Sequence[str]) -> list[Step | str]:
    found: list[Step | str] = []
    for step in lists[name]:
        if isinstance(step, Use):
            found += [step.use] if step.use in shared else flattened(lists, step.use)
        else:
            found.append(step)
    return found


def _in_order(lists: Mapping[str, tuple[Step, ...]], sequences: Mapping[str, list[Step | str]]) -> list[Piece] | None:
    """Pieces in order, or None where two lists wait for each other."""
    place = dict.fromkeys(sequences, 0)
    pieces: list[Piece] = []
    while True:
        for name, sequence in sequences.items():
            first = place[name]
            steps = []
            for step in sequence[first:]:
                if isinstance(step, str):
                    break
                steps.append(step)
            if steps:
                pieces.append(Piece(name, (name,), tuple(steps), first + 1))
                place[name] += len(steps)
        waiting = {name: sequence[place[name]] for name, sequence in sequences.items() if place[name] < len(sequence)}
        if not waiting:
            return pieces
        users = {used: tuple(name for name in sequences if used in sequences[name]) for used in waiting.values()}
        ready = [used for used, who in users.items() if all(waiting.get(name) == used for name in who)]
        if not ready:
            return None
        used = str(ready[0])
        pieces.append(Piece(used, users[used], tuple(flattened(lists, used)), 1))
        for name in users[used]:
            place[name] += 1


@dataclass(frozen=True, slots=True)
class _Part:
    """What one line says that an account holds for some lists together; for one of them it is line x flag."""

    line: Line
    lists: frozenset[str]


class Shares:
    """What each account holds for each of the states' lists while they are carried out.

    Parameters
    ----------
    flags : mapping from a state's list to Line
        1 in the months in which it pays.
    available : mapping from account to Line
        What it holds before the first step. [currency]
    """

    def __init__(self, flags: Mapping[str, Line], available: Mapping[str, Line]) -> None:
        self._flags = flags
        everyone = frozenset(flags)
        self._parts = {account: dict.fromkeys(flags, _Part(line, everyone)) for account, line in available.items()}

    def held(self, account: str, lists: Sequence[str]) -> Terms:
        """What an account holds for some lists, a term for each line that says a part of it. [currency]"""
        owners: dict[_Part, list[str]] = {}
        for name in lists:
            owners.setdefault(self._parts[account][name], []).append(name)
        return [
            (self.flags_of(names), part.line if part.lists == set(names) else part.line * self._one_of(names))
            for part, names in owners.items()
        ]

    def flags_of(self, lists: Sequence[str]) -> tuple[Line, ...]:
        """Flags of some lists; none where they are all there are, so that one of them always pays."""
        return () if set(lists) == set(self._flags) else tuple(self._flags[name] for name in lists)

    def pays(self, lists: Sequence[str]) -> Expr | None:
        """1 where one of some lists pays; None where they are all there are."""
        return None if set(lists) == set(self._flags) else self._one_of(lists)

    def _one_of(self, lists: Sequence[str]) -> Expr:
        return total_of([self._flags[name] for name in lists])

    def hand_out(self, lines: Builder, account: str, piece: Piece) -> Line:
        """The line of what an account holds for the lists that a piece is carried out for."""
        terms = [term for _, term in self.held(account, piece.users)]
        if len(terms) == 1 and isinstance(terms[0], Line):
            return terms[0]
        place = "the first step" if piece.first == 1 else f"step {piece.first}"
        return lines.line(
            f"{piece.name}.{piece.first - 1:02d}.{account}",
            total_of(terms),
            unit="currency",
            label=f"{account.replace('_', ' ')} before {place}",
        )

    def put_back(self, account: str, piece: Piece, left: Line) -> None:
        """Note what a piece left in an account."""
        self._parts[account] |= dict.fromkeys(piece.users, _Part(left, frozenset(piece.users)))


def run_lists(
    lines: Builder,
    deal: Deal,
    around: Surroundings,
    *,
    available: Mapping[str, Line],
    dues: Mapping[str, Line],
    balances: Mapping[str, Line],
) -> tuple[list[ListRun], dict[str, Terms]]:
    """Carry out every list that a state names, over what the accounts hold while that state is in force.

    Returns the pieces carried out, in order, and what each account holds after the last of them. [currency]
    """
    flags = _list_flags(lines, deal, around)
    shares = Shares(flags, available)
    known: dict[str, list[Posting]] = {name: [] for name in flags}
    runs = []
    for piece in pieces_of(deal.waterfalls, list(flags)):
        with lines.at(f"waterfalls.{piece.name}", section="Waterfall", group=f"List {piece.name}"):
            accounts = _touched(deal, piece.steps, around.collection)
            cash = {account: shares.hand_out(lines, account, piece) for account in accounts}
            paid = tuple(dict.fromkeys(posting for name in piece.users for posting in known[name]))
            pays = shares.pays(piece.users)
            ledger = Ledger(lines, piece.name, cash, dues=dues, balances=balances, known=paid, pays=pays)
            carry_out(lines, piece.steps, ledger, around, first=piece.first)
        for account in accounts:
            shares.put_back(account, piece, ledger.cash[account])
        for name in piece.users:
            known[name] += ledger.postings
        runs.append(ListRun(piece.name, shares.flags_of(piece.users), ledger))
    return runs, {account: shares.held(account, list(flags)) for account in available}


def _list_flags(lines: Builder, deal: Deal, around: Surroundings) -> dict[str, Line]:
    found = {}
    for name in dict.fromkeys(state.waterfall for state in deal.states.values()):
        flags = [around.states[state] for state, terms in deal.states.items() if terms.waterfall == name]
        found[name] = flags[0]
        if len(flags) > 1:
            with lines.at(f"waterfalls.{name}", section="Waterfall", group=f"List {name}"):
                found[name] = lines.line(
                    f"{name}.pays", total_of(list(flags)), unit="flag", label=f"List {name} pays", role="flag"
                )
    return found


def _touched(deal: Deal, steps: Sequence[Step], collection: str) -> list[str]:
    touched = {collection}
    for step in steps:
        if step.paid_from is not None:
            touched.add(step.paid_from)
        if isinstance(step, PayingStep) and step.backed_by is not None:
            touched.add(step.backed_by)
        if isinstance(step, TopUp | Deposit | Apply):
            touched.update(step.names())
    return [account for account in deal.accounts if account in touched]


def carry_out(lines: Builder, steps: Sequence[Step], ledger: Ledger, around: Surroundings, *, first: int = 1) -> None:
    """Carry out steps in order over what a ledger holds. `first` is the number of the first of them in its list."""
    for number, step in enumerate(steps, first):
        with lines.at(step.path, section=None, group=f"List {ledger.name}: {number}. {describe(step)}"):
            ledger.begin(f"{number:02d}", step.path)
            own = around if step.paid_from is None else replace(around, collection=step.paid_from)
            step.carry_out(ledger, own)


def describe(step: Step) -> str:
    """A step in a few words: verb, what it acts on, limits and conditions."""
    words = [step.key.replace("_", " "), ", ".join(name.replace("_", " ") for name in step.names())]
    target = getattr(step, "pay_principal", None)
    if target is not None:
        words.append(f"up to {target.up_to}")
    for wrapper in ("paid_from", "backed_by", "when", "unless"):
        value = getattr(step, wrapper, None)
        if value is not None:
            words.append(f"{wrapper.replace('_', ' ')} {value.replace('_', ' ')}")
    return " ".join(words)
