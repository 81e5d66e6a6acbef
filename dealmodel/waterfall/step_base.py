"""Steps of a waterfall: a verb, what it acts on, and wrappers for limits and conditions.

A step says what is due and to whom. Only the ledger decides what is paid.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from dealmodel.basics.kinds import Family, shape
from dealmodel.basics.words import name_in_words
from dealmodel.lines.expressions import Expr, Line, both, negate, total_of
from dealmodel.waterfall.ledger import Ledger, gated, in_words

Names = str | tuple[str, ...]


BalanceOf = Callable[[str], Line]


AmountAtStep = Callable[[BalanceOf, tuple[str, ...]], Expr]
"""Takes the present balances, and the tranches that a step pays; returns an amount."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What steps may refer to.

    Parameters
    ----------
    collection : str
        The account from which steps pay.
    states : mapping from state to Line
        1 where the deal is in it. [flag]
    targets : mapping from reserve to Expr
        What it is to hold. [currency]
    scheduled, minimum : mapping from tranche to Line
        Scheduled balance; balance that must at least be reached. [currency]
    cures : mapping from test to function
        Takes the present balances of tranches; returns the payment that makes the test pass. [currency]
    holding : names of the accounts into which nothing is deposited once no tranche is outstanding
    outliving : names of the accounts into which nothing is deposited in the last month of the model
    amounts : mapping from row to function
        What a row of `amounts` comes to at a step. [currency]
    totals : mapping from payees to Line
        Sums of full dues, kept so that lists which pay the same payees read one line. [currency]
    """

    collection: str
    states: Mapping[str, Line]
    targets: Mapping[str, Expr]
    scheduled: Mapping[str, Line]
    cures: Mapping[str, Callable[[BalanceOf], Expr]]
    holding: frozenset[str] = frozenset()
    outliving: frozenset[str] = frozenset()
    minimum: Mapping[str, Line] = field(default_factory=dict)
    amounts: Mapping[str, AmountAtStep] = field(default_factory=dict)
    totals: dict[tuple[str, ...], Line] = field(default_factory=dict)


class Step(Family):
    """Base of the verbs. `when` and `unless` name a state of the deal; where they do not hold, the step pays 0."""

    when: str | None = shape("name", "State in which alone the step pays", default=None, reason="in every state")
    unless: str | None = shape("name", "State in which the step does not pay", default=None, reason="in every state")
    paid_from: str | None = shape(
        "name",
        "Account of kind collection that the step pays from",
        default=None,
        alias="from",
        reason="the deal's first of them",
    )

    def carry_out(self, ledger: Ledger, around: Surroundings) -> None:
        """Define the step's lines."""
        raise NotImplementedError(f"{type(self).__name__} has no formula")

    def names(self) -> tuple[str, ...]:
        """What the verb acts on."""
        value = getattr(self, self.key)
        return (value,) if isinstance(value, str) else tuple(value)

    def condition_in_words(self) -> str:
        """In which states it pays, with a comma before; nothing where it pays in all."""
        only = f", only in state {name_in_words(self.when)}" if self.when is not None else ""
        if self.paid_from is not None:
            only = f", from the {name_in_words(self.paid_from)}{only}"
        return only + (f", except in state {name_in_words(self.unless)}" if self.unless is not None else "")

    def flag(self, around: Surroundings) -> Expr | None:
        """The step's condition, or None."""
        holds = around.states[self.when] if self.when is not None else None
        if self.unless is None:
            return holds
        otherwise = negate(around.states[self.unless])
        return otherwise if holds is None else both(holds, otherwise)


class PayingStep(Step):
    """Base of the verbs that pay a due, with an account that may pay what cash does not."""

    backed_by: str | None = shape(
        "name", "Account that pays what cash does not, for this step alone", default=None, reason="cash alone pays"
    )

    def conditions_in_words(self) -> str:
        """Which account pays what cash does not, and in which states; with a comma before."""
        backed = (
            "" if self.backed_by is None else f", from collections and then from the {name_in_words(self.backed_by)}"
        )
        if self.backed_by is not None and self.paid_from is not None:
            backed = f", and then from the {name_in_words(self.backed_by)}"
            return self.condition_in_words() + backed
        return backed + self.condition_in_words()

    def accounts(self, around: Surroundings) -> tuple[str, ...]:
        """Accounts that pay, in order."""
        return (around.collection,) if self.backed_by is None else (around.collection, self.backed_by)

    def pay_all(self, ledger: Ledger, around: Surroundings, payees: tuple[str, ...], suffix: str) -> None:
        """Pay what is still due on one or several things; several share in proportion to what is due to each."""
        flag = self.flag(around)
        if len(payees) == 1:
            ledger.pay(payees[0], gated(ledger.unpaid(payees[0]), flag), accounts=self.accounts(around))
            return
        dues = []
        for payee in payees:
            due = gated(ledger.unpaid(payee), flag)
            dues.append((payee, ledger.as_line(f"{payee}.due", due, label=f"{in_words(payee)}: due")))
        whole: Expr = ledger.lines.money(total_of([due for _, due in dues]))
        if flag is None and not ledger.once and not any(ledger.paid_on(payee) for payee in payees):
            if payees not in around.totals:
                around.totals[payees] = ledger.as_line(f"{suffix}.due", whole, label="Due in all")
            whole = around.totals[payees]
        ledger.share(dues, whole, accounts=self.accounts(around), suffix=suffix)
