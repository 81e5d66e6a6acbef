"""Months of which cash, dues, balances and flags are given, so that only the step under test works anything out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from dealmodel.basics.kinds import Kind, inner_kinds, place_kinds
from dealmodel.basics.moments import Moment
from dealmodel.liabilities.coupons import Coupon
from dealmodel.liabilities.tranches import Note, TrancheLines
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import Line, as_expr
from dealmodel.lines.inputs import Input
from dealmodel.lines.trace import Trace
from dealmodel.lines.values import values_of
from dealmodel.waterfall.ledger import Ledger
from dealmodel.waterfall.steps import Step, Surroundings

Amounts = Mapping[str, float]
ARREARS = 1e9
"""Interest due of a given tranche: so much that a test which reads it, and not what accrued, shows."""


def builder_of(periods: int, kinds: Mapping[str, Kind] | None = None) -> Builder:
    """A Builder that finds the numbers of kinds; each stands at `rows.<name>`."""
    placed: dict[str, Kind] = {}
    for name, kind in (kinds or {}).items():
        place_kinds(kind, f"rows.{name}")
        placed |= {inner.path: inner for inner in inner_kinds(kind)}

    def find(path: str) -> Input | None:
        owner, _, field = path.rpartition(".")
        if owner not in placed:
            return None
        value = getattr(placed[owner], field)
        return Input(path, "ratio", float(value.month if isinstance(value, Moment) else value))

    lines = Builder("deal", periods=periods, source=find)
    months = tuple(float(month) for month in range(1, periods + 1))
    lines.add_input(Input("time.month", "month", months, monthly=True, live=False))
    return lines


def run(lines: Builder) -> Trace:
    """Build and run what a Builder holds."""
    model = lines.build()
    return Trace.of(model, values_of(model))


class Payment:
    """One payment date, on which steps are carried out over given amounts.

    Each argument is a mapping from name to amount: what accounts hold, what is due, balances of tranches, flags of
    states, targets of reserves, scheduled balances, and the payment that would cure a test.
    """

    def __init__(
        self,
        cash: Amounts,
        *,
        dues: Amounts | None = None,
        balances: Amounts | None = None,
        states: Amounts | None = None,
        targets: Amounts | None = None,
        scheduled: Amounts | None = None,
        cures: Mapping[str, object] | None = None,
        places: int | None = None,
    ) -> None:
        self.lines = builder_of(1)
        self.lines.places = places
        held = self._given("held", cash)
        self.ledger = Ledger(
            self.lines, "list", held, dues=self._given("due", dues), balances=self._given("balance", balances)
        )
        self.around = Surroundings(
            next(iter(cash)),
            states=self._given("state", states),
            targets=self._given("target", targets),
            scheduled=self._given("scheduled", scheduled),
            cures=cures or {},  # type: ignore[arg-type]
        )
        self._steps = 0

    def _given(self, kind: str, amounts: Amounts | None) -> dict[str, Line]:
        found = {}
        for name, amount in (amounts or {}).items():
            found[name] = self.lines.series(f"given.{kind}.{name}", (amount,), unit="currency")
        return found

    def carry_out(self, *steps: Step) -> Payment:
        """Carry out steps, one after the other."""
        if self.lines.stage == "schedule":
            self.lines.begin_cash()
        for step in steps:
            self._steps += 1
            self.ledger.begin(f"{self._steps:02d}", "")
            step.carry_out(self.ledger, self.around)
        return self

    def amounts(self) -> tuple[dict[str, float], dict[str, float]]:
        """What was paid on each payee in all, and what each account holds at the end."""
        trace = run(self.lines)
        paid: dict[str, float] = {}
        for posting in self.ledger.postings:
            paid[posting.payee] = paid.get(posting.payee, 0.0) + trace.value(posting.amount.name, 1)
        return paid, {name: trace.value(line.name, 1) for name, line in self.ledger.cash.items()}

    def by_step(self) -> list[tuple[str, str, str, float]]:
        """Every posting: step, account, payee, amount."""
        trace = run(self.lines)
        return [
            (posting.step.removeprefix("list."), posting.account, posting.payee, trace.value(posting.amount.name, 1))
            for posting in self.ledger.postings
        ]


def tranche_of(
    lines: Builder,
    name: str,
    *,
    ranking: int = 1,
    opening: Sequence[float],
    interest: Sequence[float] = (),
    principal: Sequence[float] = (),
    shortfall: Sequence[float] = (),
    principal_paid: Sequence[float] = (),
) -> TrancheLines:
    """A tranche of which opening balance, interest accrued, scheduled principal and what is unpaid are given."""
    nothing = (0.0,) * lines.periods
    note = Note(kind="note", ranking=ranking, balance=1.0, coupon=Coupon(fixed=0.0), day_count="30/360 ISDA")
    place_kinds(note, f"tranches.{name}")
    given = {
        "opening_balance": opening, "interest_accrued": interest, "scheduled_principal": principal,
        "interest_shortfall": shortfall, "principal_paid": principal_paid,
    }  # fmt: skip
    made = {
        key: lines.series(f"{name}.{key}", tuple(values) or nothing, unit="currency") for key, values in given.items()
    }
    return TrancheLines(
        tranche=note,
        opening=made["opening_balance"],
        balance=made["opening_balance"],
        interest_accrued=made["interest_accrued"],
        interest_due=lines.series(f"{name}.interest_due", (ARREARS,) * lines.periods, unit="currency"),
        shortfall=made["interest_shortfall"],
        scheduled=None,
        scheduled_principal=made["scheduled_principal"],
        month_of_interest=as_expr(0),
        closing_month_of_interest=as_expr(0),
    )


@pytest.fixture
def payment() -> type[Payment]:
    """A payment date; see `Payment`."""
    return Payment


@pytest.fixture
def builder():
    """`builder(periods, {name: kind})`."""
    return builder_of


@pytest.fixture
def tranche():
    """`tranche(lines, name, opening=..., ...)`; see `tranche_of`."""
    return tranche_of


@pytest.fixture(name="run")
def _run():
    """Build and run what a Builder holds."""
    return run
