"""Fees: an amount a year, or a rate on balances; what is not paid is carried forward, without interest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import model_validator

from dealmodel.basics.kinds import Kind, live, shape
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import Expr, Line, prev


class Fee(Kind):
    """A fee that accrues by twelfths of a year."""

    amount_per_year: float | None = live(
        "currency per year", "Fixed amount", ge=0, default=None, reason="a percentage fee has none"
    )
    rate_per_year: float | None = live(
        "rate per year", "Rate on the amount named in `of`", ge=0, le=1, default=None, reason="a fixed fee has none"
    )
    of: Literal["opening_tranche_balance"] | None = shape(
        "name",
        "What the rate is of: the tranches' balances before payment",
        default=None,
        reason="a fixed fee has none",
    )

    @model_validator(mode="after")
    def _one_form(self) -> Fee:
        if (self.amount_per_year is None) == (self.rate_per_year is None):
            raise ValueError("a fee is either {amount_per_year: amount} or {rate_per_year: rate, of: balance}")
        if (self.rate_per_year is None) != (self.of is None):
            raise ValueError("a rate needs `of`, and only a rate has it")
        return self


@dataclass(frozen=True, slots=True)
class Carried:
    """An amount due whose unpaid part is due again next month.

    Parameters
    ----------
    name, path : str
        What it is called; its place in the deal file.
    accrued, due, unpaid : line by month
        Of the month; with what was unpaid before; left unpaid, still to be defined. [currency]
    """

    name: str
    path: str
    section: str
    accrued: Line
    due: Line
    unpaid: Line


def define_fee(lines: Builder, fee: Fee, opening_balances: Expr) -> Carried:
    """Define a fee's accrual, a twelfth of the year's, and what is due."""
    year = lines.named("months_per_year", 12, "months")
    if fee.amount_per_year is not None:
        accrued = lines.of(fee, "amount_per_year") / year
    else:
        accrued = opening_balances * lines.of(fee, "rate_per_year") / year
    return define_carried(lines, fee.row, accrued, path=fee.path, section="Fees")


def define_carried(lines: Builder, name: str, accrued: Expr, *, path: str, section: str) -> Carried:
    """Define an amount of each month and what is due with earlier arrears."""
    with lines.at(path, section=section, group=name.replace("_", " ")):
        unpaid = lines.declare(f"{name}.unpaid", unit="currency", opening=0)
        line = lines.line(f"{name}.accrued", lines.money(accrued), unit="currency", label="Of the month")
        due = lines.line(f"{name}.due", lines.money(line + prev(unpaid)), unit="currency", label="Due", role="due")
        return Carried(name, path, section, line, due, unpaid)


def define_carried_roll(lines: Builder, carried: Carried, paid: Expr) -> None:
    """Define what was paid of it and what is left."""
    with lines.at(carried.path, section=carried.section, group=carried.name.replace("_", " ")):
        line = lines.line(f"{carried.name}.paid", paid, unit="currency", label="Paid", role="payment")
        lines.define(carried.unpaid, lines.money(carried.due - line), label="Unpaid", role="balance")
