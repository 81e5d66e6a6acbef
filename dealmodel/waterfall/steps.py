"""The verbs of a waterfall, each a kind of step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import model_validator

from dealmodel.basics.kinds import Kind, shape, union_of
from dealmodel.basics.words import listed, name_in_words, names_in_words, sentence
from dealmodel.lines.expressions import Expr, Line, both, maximum, minimum, negate, ratio, total_of
from dealmodel.waterfall.ledger import Ledger, gated, in_words
from dealmodel.waterfall.step_base import Names, PayingStep, Step, Surroundings


class Pay(PayingStep):
    """Pay fees, costs, or anything else that is due; a list shares in proportion to what is due to each."""

    key: ClassVar[str] = "pay"
    pay: Names = shape("name", "What is paid")

    def words(self) -> str:
        """What is paid."""
        return sentence(_shared(names_in_words(self.pay), self.names())) + self.conditions_in_words()

    def carry_out(self, ledger: Ledger, around: Surroundings) -> None:
        """Pay the lesser of what is there and what is due."""
        self.pay_all(ledger, around, self.names(), "all")


class PayInterest(PayingStep):
    """Pay interest of tranches, arrears included."""

    key: ClassVar[str] = "pay_interest"
    pay_interest: Names = shape("name", "Tranche, or a list of them in proportion to what is due")

    def words(self) -> str:
        """Whose interest."""
        interest = f"Interest on {names_in_words(self.pay_interest)}"
        return _shared(interest, self.names()) + self.conditions_in_words()

    def carry_out(self, ledger: Ledger, around: Surroundings) -> None:
        """Pay the lesser of what is there and the interest due."""
        self.pay_all(ledger, around, tuple(f"{name}.interest" for name in self.names()), "interest")


class PrincipalTarget(Kind):
    """Which tranches are paid down, in which order, and how far."""

    to: Names = shape("name", "Tranche, or a list of them")
    order: Literal["sequential", "pro_rata"] = shape(
        "name", "Whether a list is paid one after the other, or in proportion", default="pro_rata",
        reason="a list is pro rata unless it says otherwise",
    )  # fmt: skip
    up_to: str = shape("name", "`scheduled`, `minimum`, `outstanding`, `cure.<test>`, or a row of `amounts`")

    def tranches(self) -> tuple[str, ...]:
        """The tranches, in order."""
        return (self.to,) if isinstance(self.to, str) else self.to

    def words(self) -> str:
        """Whose principal, in which order, and how far."""
        names = self.tranches()
        if len(names) > 1 and self.order == "sequential":
            principal = "Principal of " + ", then ".join(map(name_in_words, names))
        else:
            principal = _shared(f"Principal of {names_in_words(names)}", names)
        return f"{principal}, {self._limit_in_words(many=len(names) > 1)}"

    def _limit_in_words(self, *, many: bool) -> str:
        word, _, test = self.up_to.partition(".")
        if word == "cure":
            return f"by what makes the test {name_in_words(test)} pass"
        if word in ("scheduled", "minimum"):
            return f"down to the {word} balance" + (" of each" if many else "")
        if word == "outstanding":
            return "until repaid"
        return f"up to {name_in_words(self.up_to)}"


class PayPrincipal(PayingStep):
    """Pay principal down to the scheduled balance, to nothing, or by what makes a test pass, or by an amount."""

    key: ClassVar[str] = "pay_principal"
    pay_principal: PrincipalTarget = shape("name", "Which tranches, in which order, and how far")

    def names(self) -> tuple[str, ...]:
        """The tranches."""
        return self.pay_principal.tranches()

    def words(self) -> str:
        """Whose principal, in which order, and how far."""
        return self.pay_principal.words() + self.conditions_in_words()

    def carry_out(self, ledger: Ledger, around: Surroundings) -> None:
        """Pay the lesser of what is there and what `up_to` asks for.

        scheduled, minimum: max(0, balance - that balance), arrears included. outstanding: the balance. cure: the amount
        that makes the test pass, at most the balance; a row of `amounts`: what it comes to at this step, at most the
        balance. In a sequence, what the tranches before did not take of it.
        """
        names, flag = self.names(), self.flag(around)
        limit = self._limit(ledger, around, flag)
        needs = [(name, self._need(ledger, around, name, flag)) for name in names]
        if len(names) > 1 and self.pay_principal.order == "pro_rata":
            due = total_of([need for _, need in needs])
            due = due if limit is None else minimum(due, limit)
            payees = [(f"{name}.principal", need) for name, need in needs]
            ledger.share(payees, due, accounts=self.accounts(around), suffix="principal")
            return
        taken: list[Expr] = []
        for name, need in needs:
            due = need if limit is None else minimum(need, maximum(limit - total_of(taken), 0) if taken else limit)
            payee = f"{name}.principal"
            ledger.pay(payee, due, accounts=self.accounts(around))
            taken.append(ledger.paid_on(payee)[-1])

    def _limit(self, ledger: Ledger, around: Surroundings, flag: Expr | None) -> Line | None:
        up_to = self.pay_principal.up_to
        word, _, test = up_to.partition(".")
        if word == "cure":
            amount, label = around.cures[test](ledger.balance), f"Payment that makes {in_words(test)} pass"
        elif up_to in around.amounts:
            amount, label = around.amounts[up_to](ledger.balance, self.names()), in_words(up_to).capitalize()
        else:
            return None
        return ledger.as_line("limit", gated(ledger.lines.money(amount), flag), label=label)

    def _need(self, ledger: Ledger, around: Surroundings, name: str, flag: Expr | None) -> Expr:
        balance = ledger.balance(name)
        need: Expr = balance
        if self.pay_principal.up_to in ("scheduled", "minimum"):
            targets = around.scheduled if self.pay_principal.up_to == "scheduled" else around.minimum
            need = ledger.lines.money(maximum(balance - targets[name], 0))
        if self.pay_principal.up_to in ("scheduled", "minimum", "outstanding"):
            return gated(need, flag)
        return need


class LossTarget(Kind):
    """Which tranches bear a loss, in which order, and how much of it."""

    to: Names = shape("name", "Tranche, or a list of them, the first to lose first")
    order: Literal["sequential", "pro_rata"] = shape(
        "name", "Whether a list loses one after the other, or in proportion to balances", default="sequential",
        reason="the most junior class loses first",
    )  # fmt: skip
    up_to: str = shape("name", "Row of `amounts`: the loss to be borne")

    def tranches(self) -> tuple[str, ...]:
        """The tranches, in order."""
        return (self.to,) if isinstance(self.to, str) else self.to


class WriteDown(Step):
    """Write tranches down by a loss, without cash. Nothing that was written down is written up again."""

    key: ClassVar[str] = "write_down"
    write_down: LossTarget = shape("name", "Which tranches, in which order, and by what")

    def names(self) -> tuple[str, ...]:
        """The tranches."""
        return self.write_down.tranches()

    def words(self) -> str:
        """Whose balance, and by what."""
        names = self.names()
        joined = ", then ".join(map(name_in_words, names))
        if self.write_down.order == "pro_rata":
            joined = _shared(names_in_words(names), names)
        by = name_in_words(self.write_down.up_to)
        return f"No cash: balance of {joined}, written down by {by}{self.condition_in_words()}"

    def carry_out(self, ledger: Ledger, around: Surroundings) -> None:
        """Write down the lesser of the balance here and what the tranches before did not bear of the loss.

        Pro rata: loss x balance / sum of balances, at most the balance.
        """
        names = self.names()
        loss = around.amounts[self.write_down.up_to](ledger.balance, names)
        whole = ledger.as_line("loss", ledger.lines.money(ledger.in_force(gated(loss, self.flag(around)))),
                               label="Loss to be borne")  # fmt: skip
        if self.write_down.order == "pro_rata":
            balances = [ledger.balance(name) for name in names]
            sum_of = total_of([*balances])
            for name, balance in zip(names, balances, strict=True):
                ledger.write_down(name, balance * ratio(minimum(whole, sum_of), sum_of, 0))
            return
        borne: list[Expr] = []
        for name in names:
            rest = maximum(whole - total_of(borne), 0) if borne else whole
            borne.append(ledger.write_down(name, minimum(ledger.balance(name), rest)))


class TopUp(Step):
    """Fill a reserve up to its target."""

    key: ClassVar[str] = "top_up"
    top_up: str = shape("name", "Reserve account")

    def words(self) -> str:
        """Which reserve."""
        return f"Into the {name_in_words(self.top_up)}, up to its target{self.condition_in_words()}"

    def carry_out(self, ledger: Ledger, around: Surroundings) -> None:
        """Move the lesser of what is there and what is missing."""
        missing = maximum(around.targets[self.top_up] - ledger.cash[self.top_up], 0)
        due = ledger.as_line(f"{self.top_up}.missing", gated(missing, self.flag(around)), label="Missing to the target")
        ledger.move(around.collection, self.top_up, due, label=f"Into {in_words(self.top_up)}")


class Deposit(Step):
    """Put all that is left into an account. Nothing is where no tranche is outstanding, or no month is to come."""

    key: ClassVar[str] = "deposit"
    deposit: str = shape("name", "Account")

    def words(self) -> str:
        """Into which account."""
        return f"All that is left, into the {name_in_words(self.deposit)}{self.condition_in_words()}"

    def carry_out(self, ledger: Ledger, around: Surroundings) -> None:
        """Move all that is there."""
        flag = self.flag(around)
        if self.deposit in around.holding:
            cent = ledger.lines.named("half_a_cent", 0.005, "currency")
            balances = total_of([ledger.balance(name) for name in ledger.balances])
            owed = ledger.define("owed", balances > cent, label="Notes are outstanding", unit="flag", role="flag")
            flag = owed if flag is None else both(flag, owed)
        if self.deposit in around.outliving:
            goes_on = negate(ledger.lines.param("time.last_month"))
            flag = goes_on if flag is None else both(flag, goes_on)
        label = f"Into {in_words(self.deposit)}"
        ledger.move_all(around.collection, self.deposit, flag, label=label)


class Apply(Step):
    """Empty accounts into available funds."""

    key: ClassVar[str] = "apply"
    apply: Names = shape("name", "Account, or a list of them")

    def words(self) -> str:
        """Which accounts."""
        accounts = listed([f"the {name_in_words(name)}" for name in self.names()])
        return f"All cash in {accounts} joins the funds to be paid{self.condition_in_words()}"

    def carry_out(self, ledger: Ledger, around: Surroundings) -> None:
        """Move all that each account holds."""
        for name in self.names():
            label = f"Out of {in_words(name)}"
            ledger.move_all(name, around.collection, self.flag(around), label=label)


class Release(Step):
    """Pay all that is left to a party. A list that a state names ends with it."""

    key: ClassVar[str] = "release"
    release: str = shape("name", "`sponsor`, or a row of `parties`")

    def words(self) -> str:
        """To whom."""
        return f"All that is left, to the {name_in_words(self.release)}{self.condition_in_words()}"

    def carry_out(self, ledger: Ledger, around: Surroundings) -> None:
        """Pay all that is there."""
        ledger.release(around.collection, self.release, self.flag(around))


class Use(Step):
    """Insert another list."""

    key: ClassVar[str] = "use"
    use: str = shape("name", "List")

    def words(self) -> str:
        """Which list."""
        return f"The steps of {name_in_words(self.use)}"

    @model_validator(mode="after")
    def _plain(self) -> Use:
        if self.when is not None or self.unless is not None:
            raise ValueError("a list is used whole; put `when` and `unless` on its steps")
        return self

    def carry_out(self, ledger: Ledger, around: Surroundings) -> None:
        """Nothing: lists are inserted before steps are carried out."""


def _shared(paid: str, names: tuple[str, ...]) -> str:
    """What is paid, and that several payees share it."""
    return f"{paid}, pro rata" if len(names) > 1 else paid


def flattened(lists: Mapping[str, tuple[Step, ...]], name: str) -> list[Step]:
    """Steps of a list with the lists that it uses inserted. The definition has checked that there is no cycle."""
    steps: list[Step] = []
    for step in lists[name]:
        steps += flattened(lists, step.use) if isinstance(step, Use) else [step]
    return steps


if TYPE_CHECKING:
    AnyStep = Step
else:
    AnyStep = union_of(Step)
