"""The ledger: the only place where cash moves.

One ledger carries out one list of steps. A payment moves the lesser of what is there and what is due, and leaves two
lines behind, paid and left. There are no plugs: cash that enters is named, and cash that leaves goes to a named party.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import Expr, Line, maximum, minimum, ratio, total_of
from dealmodel.market.clock import on_payment_dates

NO_ACCOUNT = ""
"""Account of a posting that moves no cash."""


@dataclass(frozen=True, slots=True)
class Posting:
    """Cash that moved: from an account to an account or a party, for something that was due.

    `payee` is what it was paid on (`class_a.interest`), the account it went to, or the party it was released to.
    """

    step: str
    account: str
    payee: str
    amount: Line


@dataclass(frozen=True, slots=True)
class Offer:
    """What one step offered to pay: kept so that every payment can be checked afterwards.

    Parameters
    ----------
    payees : tuple of str
        What was paid on.
    due : Line
        What was due in the step. [currency]
    paid : tuple of Line
        What was paid on it, by account. [currency]
    left : tuple of Line
        What is left of each account that could pay. [currency]
    """

    step: str
    payees: tuple[str, ...]
    due: Line
    paid: tuple[Line, ...]
    left: tuple[Line, ...]


@dataclass(slots=True)
class Ledger:
    """Balances of one list of steps while it is carried out.

    Parameters
    ----------
    lines : Builder
    name : str
        The list's name, the prefix of the lines.
    cash : mapping from account to Line
        What each account holds before the first step.
    dues : mapping from name to Line
        What is due: fees, costs, interest.
    balances : mapping from tranche to Line
        Balances before payment.
    once : bool
        Whether the list runs once, at closing, over constant lines.
    known : postings
        What was paid before the first step, by steps carried out elsewhere.
    pays : Expr or None
        1 where the list pays, for what moves without cash; None where it always does. [flag]
    """

    lines: Builder
    name: str
    cash: dict[str, Line]
    dues: Mapping[str, Line]
    balances: Mapping[str, Line]
    once: bool = False
    known: Sequence[Posting] = ()
    pays: Expr | None = None
    postings: list[Posting] = field(default_factory=list)
    offers: list[Offer] = field(default_factory=list)
    _running: dict[str, Line] = field(default_factory=dict)
    _paid_by_then: dict[str, int] = field(default_factory=dict)
    _step: str = ""
    _path: str = ""

    def begin(self, step: str, path: str) -> None:
        """Begin a step; its name prefixes the lines that it defines."""
        self._step, self._path = f"{self.name}.{step}", path

    def define(self, name: str, formula: Expr, *, label: str, role: str = "", unit: str = "currency") -> Line:
        """Define a line of the present step."""
        full = f"{self._step}.{name}"
        if self.once:
            return self.lines.constant(full, formula, unit=unit, label=label, role=role)
        return self.lines.line(full, formula, unit=unit, label=label, role=role)

    def as_line(self, name: str, formula: Expr, *, label: str) -> Line:
        """Return a formula as a line: itself if it is one."""
        return formula if isinstance(formula, Line) else self.define(name, formula, label=label, role="due")

    # what is still due

    def paid_on(self, payee: str) -> list[Line]:
        """Payments made on something so far."""
        return [posting.amount for posting in (*self.known, *self.postings) if posting.payee == payee]

    def unpaid(self, payee: str) -> Expr:
        """What is still due on a fee, a cost or interest."""
        paid = self.paid_on(payee)
        due = self.dues[payee]
        return self.lines.money(maximum(due - total_of(list(paid)), 0)) if paid else due

    def balance(self, tranche: str) -> Line:
        """Balance of a tranche after what was paid on its principal, and written down, so far."""
        off = (f"{tranche}.principal", f"{tranche}.loss")
        paid = [posting.amount for posting in (*self.known, *self.postings) if posting.payee in off]
        if not paid:
            return self.balances[tranche]
        if self._paid_by_then.get(tranche) != len(paid):
            before = self._running.get(tranche, self.balances[tranche])
            fresh = paid[self._paid_by_then.get(tranche, 0) :]
            line = self.define(
                f"{tranche}.balance",
                self.lines.money(before - total_of(list(fresh))),
                label=f"{in_words(tranche)}: balance here",
            )
            if tranche in self._running:
                self.lines.supersede(before, line)
            self._running[tranche] = line
            self._paid_by_then[tranche] = len(paid)
        return self._running[tranche]

    # movements

    def pay(self, payee: str, due: Expr, *, accounts: Sequence[str], suffix: str = "") -> None:
        """Pay one amount from the first account, and what that cannot pay from the next."""
        self.share([(payee, due)], due, accounts=accounts, suffix=suffix or payee)

    def share(self, payees: Sequence[tuple[str, Expr]], due: Expr, *, accounts: Sequence[str], suffix: str) -> None:
        """Pay several amounts in proportion to what is due to each.

        paid = min(available, due); each payee gets its due x paid / sum of dues. `due` is their sum, or less where the
        step has a limit. In full payment the ratio is exactly 1, and each is paid what it is due to the last digit.
        """
        asked = self.as_line(f"{suffix}.due", due, label=f"{in_words(suffix)}: due")
        open_part: Expr = asked
        owed = list(payees)
        paid, left = [], []
        for number, account in enumerate(accounts):
            before = self.cash[account]
            word = "paid" if number == 0 else f"from_{account}"
            label = f"{in_words(suffix)}: {in_words(word)}"
            amount = self.define(f"{suffix}.{word}", minimum(before, open_part), label=label, role="payment")
            after = self._reduce(account, amount)
            open_part = self.lines.money(open_part - amount)
            owed = self._post(owed, account, amount, f"{suffix}.{word}")
            paid.append(amount)
            left.append(after)
        names = tuple(payee for payee, _ in payees)
        self.offers.append(Offer(self._step, names, asked, tuple(paid), tuple(left)))

    def _post(self, payees: list[tuple[str, Expr]], account: str, amount: Line, word: str) -> list[tuple[str, Expr]]:
        """Divide an amount among payees. Returns what the next account is to share in proportion to."""
        if len(payees) == 1:
            self.postings.append(Posting(self._step, account, payees[0][0], amount))
            return payees
        whole = total_of([due for _, due in payees])
        part = self.define(f"{word}_share", ratio(amount, whole, 0), label="Share of the dues paid", unit="share")
        rounds = self.lines.places is not None
        amounts = self._in_cents(payees, part, word) if rounds else [due * part for _, due in payees]
        rest = []
        for (payee, due), formula in zip(payees, amounts, strict=True):
            line = self.define(f"{word}.{payee}", formula, label=f"{in_words(payee)}: paid", role="payment")
            self.postings.append(Posting(self._step, account, payee, line))
            rest.append((payee, self.lines.money(due - line) if rounds else due))
        return rest

    def _in_cents(self, payees: list[tuple[str, Expr]], part: Line, word: str) -> list[Expr]:
        """Shares in whole cents that add up: the running total is rounded, and each payee gets what it rises by.

        No share is below 0 or above its due where the dues are whole cents.
        """
        amounts: list[Expr] = []
        so_far: list[Expr] = []
        before: Line | None = None
        for payee, due in payees:
            so_far.append(due)
            label = f"Paid up to and with {in_words(payee)}, in cents"
            upto = self.define(f"{word}.upto.{payee}", self.lines.money(total_of(so_far) * part), label=label)
            amounts.append(upto if before is None else self.lines.money(upto - before))
            before = upto
        return amounts

    def in_force(self, amount: Expr) -> Expr:
        """An amount where the list pays, for what moves without cash."""
        return on_payment_dates(self.lines, gated(amount, self.pays))

    def write_down(self, tranche: str, amount: Expr) -> Line:
        """Take a loss off the balance of a tranche; no account is touched."""
        label = f"{in_words(tranche)}: written down"
        line = self.define(f"{tranche}.written_down", self.lines.money(amount), label=label, role="due")
        self.postings.append(Posting(self._step, NO_ACCOUNT, f"{tranche}.loss", line))
        return line

    def move(self, source: str, target: str, amount: Expr, *, label: str) -> Line:
        """Move cash between accounts, at most what the first holds."""
        before = self.cash[source]
        line = self.define(f"{target}.moved", minimum(before, amount), label=label, role="payment")
        self._reduce(source, line)
        self._increase(target, line)
        self.postings.append(Posting(self._step, source, target, line))
        return line

    def move_all(self, source: str, target: str, flag: Expr | None, *, label: str) -> Line:
        """Move all that an account holds to another; nothing where the flag is 0."""
        before = self.cash[source]
        amount = before * flag if flag is not None else before
        line = self.define(f"{source}.to_{target}", amount, label=label, role="payment")
        self._reduce(source, line)
        self._increase(target, line)
        self.postings.append(Posting(self._step, source, target, line))
        return line

    def release(self, source: str, party: str, flag: Expr | None) -> Line:
        """Pay all that is left to a party; nothing where the flag is 0."""
        before = self.cash[source]
        amount = before * flag if flag is not None else before
        line = self.define(f"{party}.released", amount, label=f"Released to {in_words(party)}", role="payment")
        self._reduce(source, line)
        self.postings.append(Posting(self._step, source, party, line))
        return line

    def _reduce(self, account: str, amount: Line) -> Line:
        return self._renew(account, self.cash[account] - amount, f"{amount.name.removeprefix(self._step + '.')}.left")

    def _increase(self, account: str, amount: Line) -> Line:
        return self._renew(account, self.cash[account] + amount, f"{amount.name.removeprefix(self._step + '.')}.added")

    def _renew(self, account: str, formula: Expr, name: str) -> Line:
        before = self.cash[account]
        line = self.define(name, self.lines.money(formula), label=f"{in_words(account)}: left")
        self.lines.supersede(before, line)
        self.cash[account] = line
        return line


def gated(due: Expr, flag: Expr | None) -> Expr:
    """A due that counts where a flag is 1."""
    return due if flag is None else due * flag


def in_words(name: str) -> str:
    """A name as a reader says it: `class_a.interest` is "class a interest"."""
    return name.replace("_", " ").replace(".", " ")
