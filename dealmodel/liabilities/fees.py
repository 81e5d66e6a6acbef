"""Fees: what accrues each month, what is due under a yearly cap and beyond it, and what is carried forward.

A fee accrues on every day between two payment dates, whatever the dates of collection. What is not paid is due again,
without interest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import field_validator, model_validator

from dealmodel.basics.day_count import day_count_name
from dealmodel.basics.kinds import Kind, live, shape
from dealmodel.basics.words import digits, names_in_words, percent
from dealmodel.collateral.amount_table import AmountTable
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import Expr, Line, as_expr, maximum, minimum, prev, total_of
from dealmodel.market.clock import ONE_PAYMENT, on_payment_dates, pays_every_month, since_last_payment

TWELFTHS = "twelfths"
"""Accrual by months: a twelfth of a year each, and of the first period its part of a month."""

POOL_BALANCE = "pool_balance"
"""Opening balance of the pools, once for each month of the pool that the collections of a month hold."""

_FORMS = (
    "a fee is either {amount_per_year: amount} or {rate_per_year: rate, of: balance}, or {amount_per_payment: amount}, "
    "{amount_per_unit_per_year: amount}, {rate: share, of: collections}, {given: table of amounts}"
)
_OF_CASH = ("revenue", "collections")


class Fee(Kind):
    """A fee: an amount a year, a payment date or a unit; a rate a year on balances or value; a share of cash."""

    amount_per_year: float | None = live(
        "currency per year", "Fixed amount", ge=0, default=None, reason="another form of fee has none"
    )
    amount_per_payment: float | None = live(
        "currency", "Amount for each payment date, whatever its days", ge=0, default=None,
        reason="another form of fee has none",
    )  # fmt: skip
    amount_per_unit_per_year: float | None = live(
        "currency per unit", "Amount a year for each unit held, from its delivery", ge=0, default=None,
        reason="another form of fee has none",
    )  # fmt: skip
    given: AmountTable | None = shape(
        "table", "Amount by collection month, due on the next payment date: costs of a project", default=None,
        reason="another form of fee has none",
    )  # fmt: skip
    level: float | None = live(
        "times", "Multiple of the table in `given`", ge=0, le=100, default=None, reason="the table as it stands"
    )
    rate_per_year: float | None = live(
        "rate per year", "Rate on the amount named in `of`", ge=0, le=1, default=None, reason="a fixed fee has none"
    )
    rate: float | None = live(
        "share", "Share of the month's cash named in `of`", ge=0, le=1, default=None, reason="a fixed fee has none"
    )
    of: (
        Literal["opening_tranche_balance", "resale_value", "book_value", "pool_balance", "revenue", "collections"]
        | tuple[str, ...]
        | None
    ) = shape(
        "name",
        "What the rate is of: balances before payment, of all tranches or of those listed; value; opening balance of "
        "the pools, for each month of theirs that is collected; cash of the month",
        default=None,
        reason="a fixed fee has none",
    )
    at_least_per_year: float | None = live(
        "currency per year", "Least amount, compared each month", ge=0, default=None, reason="no minimum unless stated"
    )
    cap_per_year: float | None = live(
        "currency per year", "Most that is paid in a year; the rest is due as `<fee>.excess`", ge=0, default=None,
        reason="no cap unless one is stated",
    )  # fmt: skip
    cap_year: Literal["from_closing", "calendar"] = shape(
        "name", "Whether the year of the cap begins on anniversaries of closing, or with the calendar year",
        default="from_closing", reason="years of a deal are counted from its closing",
    )  # fmt: skip
    cap_per_payment: float | None = live(
        "currency", "Most that is paid on a payment date; the rest is due as `<fee>.excess`", ge=0, default=None,
        reason="no cap unless one is stated",
    )  # fmt: skip
    unpaid_at_closing: float | None = live(
        "currency", "What has accrued by closing and is not paid: due on the first payment date", ge=0, default=None,
        reason="a fee accrues from closing",
    )  # fmt: skip
    day_count: str = shape(
        "name", "Day count of the accrual, or `twelfths` of a year", default=TWELFTHS,
        reason="fee letters state an amount a year in monthly parts; every day counts in each of them",
    )  # fmt: skip

    @field_validator("day_count", mode="after")
    @classmethod
    def _exact(cls, name: str) -> str:
        return name if name == TWELFTHS else day_count_name(name)

    @model_validator(mode="after")
    def _one_form(self) -> Fee:
        fixed = (self.amount_per_year, self.amount_per_payment, self.amount_per_unit_per_year)
        rates = (self.rate_per_year, self.rate)
        if self.level is not None and self.given is None:
            raise ValueError("`level` is a multiple of `given`, which is not stated")
        if sum(value is not None for value in (*fixed, *rates, self.given)) != 1:
            raise ValueError(_FORMS)
        if all(value is None for value in rates) != (self.of is None):
            raise ValueError("a rate needs `of`, and only a rate has it")
        if self.rate_per_year is not None and self.of in _OF_CASH:
            balances = "opening_tranche_balance, a list of tranches, pool_balance, resale_value or book_value"
            raise ValueError(f"`rate_per_year` is of {balances}; a share of cash is {{rate: share, of: {self.of}}}")
        if self.rate is not None and self.of not in _OF_CASH:
            raise ValueError("`rate` is of revenue or collections; a rate a year is {rate_per_year: rate, of: balance}")
        self._check_limits()
        return self

    def _check_limits(self) -> None:
        if self.of == POOL_BALANCE and self.day_count != TWELFTHS:
            raise ValueError("a rate on the pools is a twelfth for each of their months; leave `day_count` out")
        counts_no_days = (
            self.amount_per_payment is not None
            or self.given is not None
            or (self.rate is not None and not self.at_least_per_year)
        )
        if self.day_count != TWELFTHS and counts_no_days:
            raise ValueError(
                "an amount for each payment date, given, or of cash, counts no days; leave `day_count` out"
            )
        if self.at_least_per_year is not None and self.of is None and self.amount_per_unit_per_year is None:
            raise ValueError("a fixed amount has no minimum; leave `at_least_per_year` out")
        if self.cap_per_year is not None and self.cap_per_payment is not None:
            raise ValueError("a fee has one cap: `cap_per_year` or `cap_per_payment`")
        if self.cap_per_year is None and self.cap_year != "from_closing":
            raise ValueError("`cap_year` is the year of `cap_per_year`, which is not stated")

    def words(self) -> str:
        """The amount, or the rate and what it is of, its limits and its day count."""
        year = "calendar year" if self.cap_year == "calendar" else "year from closing"
        cap = f", capped at {digits(self.cap_per_year)} a {year}" if self.cap_per_year is not None else ""
        if self.cap_per_payment is not None:
            cap = f", capped at {digits(self.cap_per_payment)} on each payment date"
        if self.unpaid_at_closing is not None:
            cap += f", with {digits(self.unpaid_at_closing)} unpaid at closing"
        least = f", at least {digits(self.at_least_per_year)} a year" if self.at_least_per_year is not None else ""
        return self._amount_in_words() + least + cap + self._days_in_words()

    def _days_in_words(self) -> str:
        """How days count, where they do."""
        if self.amount_per_payment is not None or (self.rate is not None and not self.at_least_per_year):
            return ""
        return ", by twelfths of a year" if self.day_count == TWELFTHS else f", {self.day_count}"

    def _amount_in_words(self) -> str:
        if self.amount_per_year is not None:
            return f"{digits(self.amount_per_year)} a year"
        if self.amount_per_payment is not None:
            return f"{digits(self.amount_per_payment)} on each payment date"
        if self.amount_per_unit_per_year is not None:
            return f"{digits(self.amount_per_unit_per_year)} a unit and year"
        if self.given is not None:
            more = f", times {digits(self.level)}" if self.level is not None else ""
            return f"{digits(sum(self.given.column('amount') or ()))} in all, as given; {self.given.words()}{more}"
        if self.rate is not None:
            return f"{percent(self.rate)} of the month's {self.of}"
        base = "the balance of all tranches before payment"
        if isinstance(self.of, tuple):
            base = f"the balance of {names_in_words(self.of)} before payment"
        elif self.of == POOL_BALANCE:
            base = "the opening balance of the pools"
        elif self.of != "opening_tranche_balance":
            base = f"the {str(self.of).removesuffix('_value')} value of the units held"
        return f"{percent(self.rate_per_year or 0.0)} a year of {base}"

    def tranches(self) -> tuple[str, ...]:
        """Tranches that it names."""
        return self.of if isinstance(self.of, tuple) else ()


@dataclass(frozen=True, slots=True)
class FeeBases:
    """What fees are of.

    Parameters
    ----------
    balances : mapping from tranche to Expr
        Balance before payment. [currency]
    all_balances : Expr
        Their sum. [currency]
    values : mapping from basis to Expr
        Value of the units held; opening balances of the pools. [currency]
    unit_months : Expr
        Units held, each by the share of the month since its delivery. [units]
    cash : Expr
        Revenue or collections of the month. [currency]
    """

    balances: Mapping[str, Expr]
    all_balances: Expr
    values: Mapping[str, Expr]
    unit_months: Expr
    cash: Expr


@dataclass(frozen=True, slots=True)
class Cap:
    """The yearly cap of a fee.

    Parameters
    ----------
    amount : Expr
        Most that is paid in a year. [currency]
    begins : line by month
        1 in the first month of each of its years. [flag]
    paid_in_year : line by month
        Paid in the year so far, still to be defined. [currency]
    """

    amount: Expr
    begins: Line
    paid_in_year: Line


@dataclass(frozen=True, slots=True)
class Carried:
    """An amount due whose unpaid part is due again next month.

    Parameters
    ----------
    name, path : str
        What it is called; its place in the deal file.
    month, accrued, due, unpaid : line by month
        Of the month; since the last payment, on payment dates; with what was unpaid before; left unpaid, still to be
        defined. [currency]
    cap : Cap or None
        Where what is paid in a year has a cap; `due` is then what the cap leaves room for.
    """

    name: str
    path: str
    section: str
    month: Line
    accrued: Line
    due: Line
    unpaid: Line
    cap: Cap | None = None


def accrual(lines: Builder, fee: Fee, bases: FeeBases, share: Line | None) -> Expr:
    """What accrues in a month. [currency]

    amount x part of a year; rate x balance, value or units x part of a year; share x cash. Not below the minimum x part
    of a year. Of an amount for each payment date, its part. `share` is the part of a year by the day count; a twelfth
    without one, and always of a rate on pools. Of a fee that is given, `share` is the table; nothing without one.
    """
    if fee.given is not None:
        amount: Expr = share if share is not None else as_expr(0)
        return amount if fee.level is None else amount * lines.of(fee, "level")
    if fee.amount_per_payment is not None:
        of_payment = lines.of(fee, "amount_per_payment")
        return of_payment if pays_every_month(lines) else of_payment / lines.param(ONE_PAYMENT)
    if fee.rate is not None:
        amount = bases.cash * lines.of(fee, "rate")
    else:
        amount = _of_a_month(lines, _of_a_year(lines, fee, bases), None if fee.of == POOL_BALANCE else share)
    if fee.at_least_per_year is not None:
        amount = maximum(amount, _of_a_month(lines, lines.of(fee, "at_least_per_year"), share))
    return amount


def _of_a_year(lines: Builder, fee: Fee, bases: FeeBases) -> Expr:
    if fee.amount_per_year is not None:
        return lines.of(fee, "amount_per_year")
    if fee.amount_per_unit_per_year is not None:
        return bases.unit_months * lines.of(fee, "amount_per_unit_per_year")
    if isinstance(fee.of, tuple):
        base = total_of([bases.balances[name] for name in fee.of])
    elif fee.of == "opening_tranche_balance":
        base = bases.all_balances
    else:
        base = bases.values[str(fee.of).removesuffix("_value")]
    return base * lines.of(fee, "rate_per_year")


def _of_a_month(lines: Builder, year: Expr, share: Line | None) -> Expr:
    return year / lines.named("months_per_year", 12, "months") if share is None else year * share


def define_fee(lines: Builder, fee: Fee, accrued: Expr, begins: Line | None = None) -> dict[str, Carried]:
    """Define what is due on a fee, by the name under which it is paid: itself, and beyond a cap `<fee>.excess`.

    owed = accrued + all that is unpaid; due = the lesser of that and what the cap leaves of the year; excess = owed -
    due. What a year's cap left unpaid is due again under the next. `begins` marks the first month of each year.
    """
    start: Expr = as_expr(0) if fee.unpaid_at_closing is None else lines.of(fee, "unpaid_at_closing")
    if fee.cap_per_payment is None and (fee.cap_per_year is None or begins is None):
        of_payment = _of_a_payment(lines, fee)
        carried_on = define_carried(
            lines, fee.row, accrued, path=fee.path, section="Fees", of_payment=of_payment, start=start
        )
        return {fee.row: carried_on}
    name, beyond = fee.row, f"{fee.row}.excess"
    with lines.at(fee.path, section="Fees", group=name.replace("_", " ")):
        unpaid = lines.declare(f"{name}.unpaid", unit="currency", opening=start)
        unpaid_beyond = lines.declare(f"{beyond}.unpaid", unit="currency", opening=0)
        month, line = _accrued(lines, name, accrued, _of_a_payment(lines, fee))
        carried = prev(unpaid) + prev(unpaid_beyond)
        owed = lines.line(f"{name}.owed", lines.money(line + carried), unit="currency", label="Owed, arrears included")
        cap: Cap | None = None
        if fee.cap_per_payment is not None or begins is None:
            room = lines.money(on_payment_dates(lines, lines.of(fee, "cap_per_payment")))
            left = lines.line(f"{name}.room", room, unit="currency", label="Cap of the payment date")
        else:
            paid = lines.declare(f"{name}.paid_in_year", unit="currency", opening=0)
            cap = Cap(lines.money(lines.of(fee, "cap_per_year")), begins, paid)
            room = maximum(cap.amount - prev(paid) * (1 - begins), 0)
            left = lines.line(f"{name}.room", lines.money(room), unit="currency", label="Left of the year's cap")
        due = lines.line(f"{name}.due", minimum(owed, left), unit="currency", label="Due within the cap", role="due")
        excess = lines.line(
            f"{beyond}.due", lines.money(owed - due), unit="currency", label="Due beyond the cap", role="due"
        )
        return {
            name: Carried(name, fee.path, "Fees", month, line, due, unpaid, cap),
            beyond: Carried(beyond, fee.path, "Fees", excess, excess, excess, unpaid_beyond),
        }


def define_carried(
    lines: Builder,
    name: str,
    accrued: Expr,
    *,
    path: str,
    section: str,
    of_payment: Expr | None = None,
    start: Expr | None = None,
) -> Carried:
    """Define an amount of each month and what is due with earlier arrears.

    `of_payment` is what a payment date adds where that is not what has accrued since the one before; `start` is what is
    unpaid at closing.
    """
    with lines.at(path, section=section, group=name.replace("_", " ")):
        unpaid = lines.declare(f"{name}.unpaid", unit="currency", opening=0 if start is None else start)
        month, line = _accrued(lines, name, accrued, of_payment)
        due = lines.line(f"{name}.due", lines.money(line + prev(unpaid)), unit="currency", label="Due", role="due")
        return Carried(name, path, section, month, line, due, unpaid)


def _of_a_payment(lines: Builder, fee: Fee) -> Expr | None:
    """Amount for each payment date of a fee that has one."""
    return None if fee.amount_per_payment is None else on_payment_dates(lines, lines.of(fee, "amount_per_payment"))


def _accrued(lines: Builder, name: str, accrued: Expr, of_payment: Expr | None) -> tuple[Line, Line]:
    """Define what accrues in a month, and what a payment date adds: all of it since the one before."""
    if pays_every_month(lines):
        line = lines.line(f"{name}.accrued", lines.money(accrued), unit="currency", label="Of the month")
        return line, line
    month = lines.line(f"{name}.of_the_month", accrued, unit="currency", label="Of the month")
    period = since_last_payment(lines, f"{name}.accrued", month, label="Accrued") if of_payment is None else of_payment
    label = "Since the last payment"
    return month, lines.line(f"{name}.accrued", lines.money(period), unit="currency", label=label)


def define_carried_roll(lines: Builder, carried: Carried, paid: Expr) -> None:
    """Define what was paid of it and what is left; of a fee with a cap, what was paid in the year."""
    with lines.at(carried.path, section=carried.section, group=carried.name.replace("_", " ").replace(".", " ")):
        line = lines.line(f"{carried.name}.paid", paid, unit="currency", label="Paid", role="payment")
        lines.define(carried.unpaid, lines.money(carried.due - line), label="Unpaid", role="balance")
        cap = carried.cap
        if cap is not None:
            so_far = prev(cap.paid_in_year) * (1 - cap.begins) + line
            lines.define(cap.paid_in_year, lines.money(so_far), label="Paid in the year of the cap")
