"""Months of which cash, dues, balances and flags are given, so that only the step under test works anything out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

import pytest

from dealmodel.basics.kinds import Kind, inner_kinds, place_kinds
from dealmodel.basics.moments import Moment
from dealmodel.basics.schedule import add_months
from dealmodel.liabilities.coupons import Coupon
from dealmodel.liabilities.tranche_lines import TrancheLines
from dealmodel.liabilities.tranches import Note
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import Expr, Line, as_expr
from dealmodel.lines.inputs import Input
from dealmodel.lines.trace import Trace
from dealmodel.lines.values import values_of
from dealmodel.waterfall.ledger import Ledger
from dealmodel.waterfall.measures import Known, Measurements, Test, define_test
from dealmodel.waterfall.step_base import Step, Surroundings

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
        name, _, point = field.partition("[")
        value = getattr(placed[owner], name)
        if point:
            value = value[int(point.removesuffix("]")) - 1][1]
        return Input(path, "ratio", float(value.month if isinstance(value, Moment) else value))

    ends = [add_months(date(2026, 12, 31), month) for month in range(1, periods + 1)]
    lines = Builder("deal", periods=periods, source=find, ends=ends)
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
    interest_due: Sequence[float] = (),
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
        interest_due=lines.series(
            f"{name}.interest_due", tuple(interest_due) or (ARREARS,) * lines.periods, unit="currency"
        ),
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


class Found:
    """A test measured on given amounts, and what its cure asks for at given balances.

    Parameters
    ----------
    test : Test
        Called `cover`.
    rows : mapping from tranche to its amounts by month
        See `tranche_of`.
    cash, revenue, resale, book, cost, owed, received : amounts by month
    dues, accounts : mapping from name to amounts by month
        What is due; balances of accounts after payment. What an account holds before month 1 is 0.
    paid : mapping from tranche to amounts by month, optional
        Principal that steps paid on a tranche before the step whose cure is asked for.
    """

    def __init__(
        self,
        test: Test,
        rows: Mapping[str, Mapping[str, Sequence[float]]],
        *,
        dues: Mapping[str, Sequence[float]] | None = None,
        accounts: Mapping[str, Sequence[float]] | None = None,
        paid: Mapping[str, Sequence[float]] | None = None,
        words: Callable[[Measurements, bool], Mapping[str, Expr]] | None = None,
        **amounts: Sequence[float],
    ) -> None:
        periods = len(next(iter(next(iter(rows.values())).values())))
        lines = builder_of(periods, {"cover": test})
        nothing = (0.0,) * periods
        tranches = {name: tranche_of(lines, name, **({"opening": nothing} | given)) for name, given in rows.items()}  # type: ignore[arg-type]
        made = {
            name: lines.series(f"given.{name}", amounts.get(name, nothing), unit="currency")
            for name in ("cash", "revenue", "resale", "book", "cost", "owed", "received")
        }
        due = {name: lines.series(f"given.due.{name}", row, unit="currency") for name, row in (dues or {}).items()}
        held = {
            name: lines.series(f"given.account.{name}", row, unit="currency") for name, row in (accounts or {}).items()
        }
        taken = {name: lines.series(f"given.paid.{name}", row, unit="currency") for name, row in (paid or {}).items()}
        test.define_known(lines, Known())
        lines.begin_cash()
        values = {basis: made[basis] for basis in ("resale", "book", "cost")}
        of = Measurements(
            made["cash"], tranches, values, {}, {}, revenue=made["revenue"], dues=due, accounts=held,
            owed=made["owed"], received=made["received"], words=words,
        )  # fmt: skip
        if test.after:
            test.complete(lines, test.declare(lines, counted=True), of)
        else:
            define_test(lines, test, of, counted=True)
            if test.cures:
                left = {
                    name: lines.line(f"left.{name}", row.opening - taken[name], unit="currency")
                    if name in taken
                    else row.opening
                    for name, row in tranches.items()
                }
                cure = test.cure(lines, of, left.__getitem__)
                assert cure is not None
                lines.line("cure", cure, unit="currency")
        self._trace = run(lines)

    def __getattr__(self, name: str) -> list[float]:
        """Months of one of its lines: `ratio`, `result`, `failed`, `passed`, `passes_in_a_row`, `misses`, `level`."""
        return self._trace.months(name if name == "cure" else f"cover.{name}")


@pytest.fixture
def found() -> type[Found]:
    """A test measured on given amounts; see `Found`."""
    return Found
