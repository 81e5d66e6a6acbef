"""Pools whose cash comes by month: receivables that amortize, prepay and default, and cash that somebody else gave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import model_validator

from dealmodel.basics.kinds import Family, Kind, live, shape
from dealmodel.basics.words import digits, percent
from dealmodel.collateral.tables import Table, check_collection_months, months_of
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import Expr
from dealmodel.market.clock import Clock

CENT = 0.01
WORDS = {
    "opening": "Opening balance",
    "interest": "Interest",
    "scheduled": "Scheduled principal",
    "prepaid": "Prepaid principal",
    "recovered": "Recovered on defaulted loans",
    "defaulted": "Balance that defaulted",
    "lost": "Lost on defaulted loans",
    "closing": "Closing balance",
    "balance_months": "Opening balances of the pool months collected",
}
"""What a pool brings in each collection month. [currency]"""


@dataclass(frozen=True, slots=True)
class PoolCash:
    """What a pool brings, by the words of `WORDS`, as long as it is held; and its balance at the cut-off date."""

    original: Expr
    months: dict[str, Expr]


class Pool(Family):
    """Base of the pools."""

    noun: ClassVar[str] = "pool"

    def original_balance(self) -> float:
        """Balance at the cut-off date. [currency]"""
        raise NotImplementedError(f"{type(self).__name__} has no balance")

    def define(self, lines: Builder, clock: Clock) -> PoolCash:
        """Make the cash of each collection month known to formulas."""
        raise NotImplementedError(f"{type(self).__name__} has no cash")


class CashTable(Table):
    """Cash of a pool by collection month."""

    known = {
        "month": "collection month, closing is month 0",
        "date": "a day of the collection month",
        "interest": "interest collected",
        "principal": "scheduled principal collected",
        "prepayment": "principal prepaid",
        "defaulted": "balance that defaulted",
        "recovered": "recovered on defaulted loans",
        "lost": "lost on defaulted loans",
        "balance": "closing balance",
    }
    needed = ("interest", "principal")

    def check(self) -> None:
        """Months or dates rise, and nothing is negative."""
        check_collection_months(self)
        self._check_roll()

    def reductions(self) -> list[float]:
        """What each row takes off the balance."""
        parts = [self.column(name) or (0.0,) * len(self.rows) for name in ("principal", "prepayment", "defaulted")]
        return [sum(row) for row in zip(*parts, strict=True)]

    def original(self) -> float:
        """Balance before the first row: its own and what it takes off; without balances, all that is ever taken off."""
        balances, off = self.column("balance"), self.reductions()
        return sum(off) if balances is None else balances[0] + off[0]

    def balances(self) -> list[float]:
        """Closing balances."""
        left, found = self.original(), []
        for off in self.reductions():
            left = max(left - off, 0.0)
            found.append(left)
        return list(self.column("balance") or found)

    def _check_roll(self) -> None:
        before, off = self.original(), self.reductions()
        for number, (balance, less) in enumerate(zip(self.balances(), off, strict=True), 1):
            if abs(before - less - balance) > CENT:
                what = f"row {number}: the balance {balance:,.2f} is not {before:,.2f} less {less:,.2f}"
                raise ValueError(f"{what}, which is {before - less:,.2f}")
            before = balance


class GivenCash(Pool):
    """Collections that are given by month, worked out by somebody else."""

    kind: Literal["given_cash"] = shape("name", "The kind")
    cash: CashTable = shape("table", "Cash by collection month; a month that is left out brings nothing")
    level: float = live("times", "Multiple of the table: of its cash and of its balances", ge=0, le=100, default=1.0,
                        reason="the table as it stands")  # fmt: skip
    stated_total: float | None = shape(
        "currency", "Balance at the cut-off date that the table must come to", gt=0, default=None,
        reason="nothing is compared",
    )  # fmt: skip

    @model_validator(mode="after")
    def _as_stated(self) -> GivenCash:
        check_total(self.cash.original(), self.stated_total)
        return self

    def original_balance(self) -> float:
        """Balance before the first row, at level 1."""
        return self.cash.original()

    def define(self, lines: Builder, clock: Clock) -> PoolCash:
        """The table by month, times the level."""
        months = months_of(self.cash, clock)
        level = lines.of(self, "level")
        name = f"pool.{self.row}"
        columns = {"interest": "interest", "scheduled": "principal", "prepaid": "prepayment"}
        columns |= {word: word for word in ("defaulted", "recovered", "lost")}
        found: dict[str, Expr] = {}
        for word, column in columns.items():
            amounts = self.cash.column(column)
            if amounts is not None:
                by_month = dict(zip(months, amounts, strict=True))
                given = [by_month.get(month, 0.0) for month in range(1, lines.periods + 1)]
                found[word] = self._series(lines, f"{name}.given_{word}", given, WORDS[word]) * level
        original = lines.named(f"{self.row}_original_balance", self.cash.original(), "currency",
                               f"Balance of {self.row} at the cut-off date")  # fmt: skip
        closing = _carried(self.cash.original(), dict(zip(months, self.cash.balances(), strict=True)), lines.periods)
        opening = [self.cash.original(), *closing[:-1]]
        found["opening"] = self._series(lines, f"{name}.given_opening", opening, WORDS["opening"]) * level
        found["closing"] = self._series(lines, f"{name}.given_closing", closing, WORDS["closing"]) * level
        found["balance_months"] = found["opening"]
        return PoolCash(original * level, found)

    def _series(self, lines: Builder, name: str, values: list[float], label: str) -> Expr:
        return lines.series(name, values, unit="currency", label=f"{label}, as given")

    def words(self) -> str:
        """How much there is, and of what."""
        level = "" if self.level == 1 else f", times {digits(self.level, 4)}"
        return f"Cash as given, on {digits(self.original_balance())}{level}; {self.cash.words()}"


def _carried(start: float, balances: dict[int, float], periods: int) -> list[float]:
    left, found = start, []
    for month in range(1, periods + 1):
        left = balances.get(month, left)
        found.append(left)
    return found


def check_total(total: float, stated: float | None) -> None:
    """Raise ValueError where balances do not come to what is stated."""
    if stated is not None and abs(total - stated) > CENT / 2 + 1e-12 * stated:
        raise ValueError(f"the balances come to {total:,.2f}, and `stated_total` is {stated:,.2f}")


class CleanUpCall(Kind):
    """The servicer buys a pool that has become small: on the first payment date on which the share is at or below.

    The price enters the collections of that date; from the next month on the pool brings nothing.
    """

    at_pool_share: float = live("share", "Share of the original balance at which the pool is bought", ge=0, le=1)
    exercised: int = live("flag", "1 where it is exercised, 0 where it is not", ge=0, le=1)
    price: Literal["pool_balance", "debt_outstanding"] = shape(
        "name", "What is paid: the balance that is left; or balances of all tranches before payment and interest due"
    )
    measured: Literal["after_collections", "before_collections"] = shape(
        "name", "Whether the balance that is compared is the closing or the opening one of the month",
        default="after_collections", reason="servicers look at the balance at the end of the collection period",
    )  # fmt: skip
    original_balance: float | None = live(
        "currency", "Balance of which the share is taken", gt=0, default=None, reason="that at the cut-off date"
    )

    def words(self) -> str:
        """When, and for what."""
        price = self.price.replace("_", " ")
        of = "the original balance" if self.original_balance is None else digits(self.original_balance)
        when = self.measured.replace("_", " ")
        said = f"At {percent(self.at_pool_share)} of {of}, measured {when}, for the {price}"
        return said if self.exercised else f"{said}; not exercised"
