"""Amortization: how a tranche's scheduled balance follows from a rule, rather than from a table.

In every kind the balance falls from the original one to a balloon over a window of months, and the balloon falls due in
the window's last month. What differs is how far the fall has come after so many payments.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from dealmodel.basics.kinds import Family, live, shape, union_of, word_of
from dealmodel.basics.moments import LAST_MONTH, Moment, MomentField
from dealmodel.basics.words import moment_in_words, name_in_words, percent
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import Expr, Line, as_expr, maximum, minimum, power, prev, ratio, where
from dealmodel.market.clock import ONE_PAYMENT, payments_until, pays_every_month

MATURITY = Moment(event="maturity")
FIRST = Moment(month=1)


@dataclass(frozen=True, slots=True)
class Window:
    """The months in which a tranche amortizes.

    Parameters
    ----------
    name : str
        Prefix of the lines that an amortization defines.
    count : constant line
        Number of payments, n. [times]
    paid : line by month
        Payments so far, this month's included: 0 before the window, n from its last month on. [times]
    coupon : Expr or None
        The fixed coupon, None for a floating one. [per year]
    """

    name: str
    count: Line
    paid: Line
    coupon: Expr | None


class Amortization(Family):
    """Base of the amortization kinds."""

    starts: MomentField = live(
        "month", "First month in which principal is scheduled: none before, a lock-out", default=FIRST,
        reason="from the first payment date",
    )  # fmt: skip
    until: MomentField = live(
        "month", "Month in which all that is left falls due", default=MATURITY, reason="the tranche's maturity"
    )
    balloon: float = live(
        "share", "Share of the original balance that is left to the last month", ge=0, le=1, default=0.0,
        reason="fully amortizing",
    )  # fmt: skip

    def words(self) -> str:
        """The rule, its months and its balloon."""
        last = "maturity" if self.until.event == "maturity" else moment_in_words(self.until)
        balloon = f", {percent(self.balloon)} of the original balance left to then" if self.balloon else ""
        return f"{self._rule()}, from {moment_in_words(self.starts)} to {last}{balloon}"

    def _rule(self) -> str:
        return name_in_words(word_of(type(self)))

    def needs_its_rate(self) -> bool:
        """Whether it rests on a fixed coupon of the tranche."""
        return False

    def progress(self, lines: Builder, window: Window) -> Expr:
        """How far the balance has come from the original one to the balloon: 0 to 1. [share]"""
        raise NotImplementedError(f"{type(self).__name__} has no formula")

    def _count(self, lines: Builder, start: Expr, last: Expr) -> Expr:
        """Payments from the first to the last month, one at least; a hundred years of them where there is no last.

        The last month pays, be its end a regular payment date or not.
        """
        most = lines.named("longest_schedule", LAST_MONTH, "times", "Payments of a schedule that never ends")
        if pays_every_month(lines):
            return minimum(maximum(last - start + 1, 1), most)
        return maximum(self._paid(lines, minimum(last, most) - 1, start) + 1, 1)

    def _paid(self, lines: Builder, month: Expr, start: Expr) -> Expr:
        """Payments from the first month of the window to another."""
        if pays_every_month(lines):
            return maximum(month - start + 1, 0)
        return maximum(payments_until(lines, month) - payments_until(lines, start - 1), 0)

    def progress_after(self, lines: Builder, paid: Expr, count: Expr, coupon: Expr | None) -> Expr:
        """The same after a number of payments, in closed form, for constants. [share]"""
        raise NotImplementedError(f"{type(self).__name__} has no closed form")

    def repaid_after(self, lines: Builder, months: Expr, *, balance: Expr, maturity: Expr, coupon: Expr | None) -> Expr:
        """What the schedule has repaid so many months after closing; a constant formula. [currency]"""
        start = lines.of(self, "starts")
        last = maturity if self.until.event == "maturity" else lines.of(self, "until")
        count = self._count(lines, start, last)
        paid = minimum(self._paid(lines, months, start), count)
        repaid = (1 - lines.of(self, "balloon")) * self.progress_after(lines, paid, count, coupon)
        return lines.money(balance * maximum(repaid, months >= last))

    def define(self, lines: Builder, name: str, *, balance: Expr, maturity: Expr, coupon: Expr | None) -> Line:
        """Define the scheduled balance: original x (1 - (1 - balloon) x progress), and nothing from the last month on.

        Parameters
        ----------
        balance, maturity : Expr
            Original balance [currency]; month number of the tranche's maturity.
        coupon : Expr or None
            The fixed coupon. [per year]
        """
        month = lines.param("time.month")
        start = lines.of(self, "starts")
        end = maturity if self.until.event == "maturity" else lines.of(self, "until")
        last = lines.constant(f"{name}.last_payment", end, unit="month", label="Month of the last scheduled payment")
        count = lines.constant(
            f"{name}.payments", self._count(lines, start, last), unit="times", label="Number of scheduled payments"
        )
        paid = lines.line(
            f"{name}.payments_so_far",
            minimum(self._paid(lines, month, start), count),
            unit="times",
            label="Scheduled payments so far",
            opening=0,
        )
        done = self.progress(lines, Window(name, count, paid, coupon))
        share = lines.line(
            f"{name}.scheduled_share",
            (1 - (1 - lines.of(self, "balloon")) * done) * (month < last),
            unit="share",
            label="Scheduled share of the original balance",
        )
        return lines.line(
            f"{name}.scheduled_balance",
            lines.money(balance * share),
            unit="currency",
            label="Scheduled balance",
            opening=balance,
        )


class Bullet(Amortization):
    """Nothing before the last month, then all."""

    kind: Literal["bullet"] = shape("name", "Kind of amortization")

    def words(self) -> str:
        """When all is due."""
        return f"all in {'the month of maturity' if self.until.event == 'maturity' else moment_in_words(self.until)}"

    def progress(self, lines: Builder, window: Window) -> Expr:
        """None. Test by hand: all is due in the last month."""
        return as_expr(0)

    def progress_after(self, lines: Builder, paid: Expr, count: Expr, coupon: Expr | None) -> Expr:
        """None."""
        return as_expr(0)


class StraightLine(Amortization):
    """Equal principal on every payment date of the window."""

    kind: Literal["straight_line"] = shape("name", "Kind of amortization")

    def _rule(self) -> str:
        return "equal amounts on its payment dates"

    def progress(self, lines: Builder, window: Window) -> Expr:
        """Payments so far over all. Test by hand: 120 over 4 months leaves 90, 60, 30, 0."""
        return window.paid / window.count

    def progress_after(self, lines: Builder, paid: Expr, count: Expr, coupon: Expr | None) -> Expr:
        """Payments over all."""
        return paid / count


class ShareOfOriginal(Amortization):
    """A share of the original balance each year, in equal parts on its payment dates, as term loans have it."""

    kind: Literal["share_of_original"] = shape("name", "Kind of amortization")
    share_per_year: float = live("share per year", "Share of the original balance repaid in a year", ge=0, le=12)

    def _rule(self) -> str:
        return f"{percent(self.share_per_year)} of the original balance a year in equal parts, the rest at the end"

    def progress(self, lines: Builder, window: Window) -> Expr:
        """Twelfths of a year's share so far, at most all. Test by hand: 12% a year leaves 99% after a month."""
        year = lines.named("months_per_year", 12, "months")
        return minimum(_months(lines, window.paid) * lines.of(self, "share_per_year") / year, 1)

    def progress_after(self, lines: Builder, paid: Expr, count: Expr, coupon: Expr | None) -> Expr:
        """Twelfths of a year's share."""
        year = lines.named("months_per_year", 12, "months")
        return minimum(_months(lines, paid) * lines.of(self, "share_per_year") / year, 1)


class LevelPay(Amortization):
    """Equal instalments of interest and principal at a stated rate, in twelfths of a year.

    With growth g = (1 + rate / 12)^k after k of n payments, the share repaid is (g_k - 1) / (g_n - 1), and k / n at a
    rate of 0. The instalments are level to the cent where each period counts the same part of a year.
    """

    kind: Literal["level_pay"] = shape("name", "Kind of amortization")
    schedule_rate: float | None = live(
        "rate per year", "Rate at which the instalments are worked out", ge=0, le=1, default=None,
        reason="the fixed coupon; a floating tranche must state one",
    )  # fmt: skip

    def _rule(self) -> str:
        rate = "the coupon" if self.schedule_rate is None else percent(self.schedule_rate)
        return f"level instalments at {rate}"

    def needs_its_rate(self) -> bool:
        """Whether its rate is not stated."""
        return self.schedule_rate is None

    def progress(self, lines: Builder, window: Window) -> Expr:
        """Share repaid. Test by hand: 1,000 at 12% over 2 months repays 497.51 and 502.49."""
        growth_of_a_month = self._step(lines, window.coupon)
        step = lines.constant(f"{window.name}.growth_of_a_month", growth_of_a_month, unit="share", label="Growth")
        whole = lines.constant(
            f"{window.name}.growth_in_all", power(step, window.count) - 1, unit="share", label="Growth over all, less 1"
        )
        growth = lines.declare(f"{window.name}.growth", unit="share", opening=1)
        paid_more = window.paid > prev(window.paid)
        lines.define(growth, prev(growth) * where(paid_more, step, 1), label="Growth over the payments so far")
        return ratio(growth - 1, whole, window.paid / window.count)

    def progress_after(self, lines: Builder, paid: Expr, count: Expr, coupon: Expr | None) -> Expr:
        """The same in powers."""
        step = self._step(lines, coupon)
        return ratio(power(step, paid) - 1, power(step, count) - 1, paid / count)

    def _step(self, lines: Builder, coupon: Expr | None) -> Expr:
        rate = lines.of(self, "schedule_rate") if self.schedule_rate is not None else coupon
        if rate is None:
            raise ValueError("a floating tranche needs a `schedule_rate`")
        return 1 + _months(lines, rate) / lines.named("months_per_year", 12, "months")


class Sculpted(Amortization):
    """Debt service on every payment date of the window is cash for debt service over a cover.

    The cover is that of `sizing`, or, where the balance is given, what the cash of the window has for it. The schedule
    is worked out once, on the base scenario, and stands from then on as a scheduled balance.
    Before the window interest alone is paid.
    """

    kind: Literal["sculpted"] = shape("name", "Kind of amortization")

    def _rule(self) -> str:
        return "sculpted to cash for debt service"

    def progress(self, lines: Builder, window: Window) -> Expr:
        """None of its own: a deal is sized before it is compiled, and the schedule stands in the tranche by then."""
        raise ValueError("a sculpted tranche is compiled by its frozen schedule")


def _months(lines: Builder, amount: Expr) -> Expr:
    """An amount times the months from one payment to the next."""
    return amount if pays_every_month(lines) else amount * lines.param(ONE_PAYMENT)


if TYPE_CHECKING:
    AnyAmortization = Amortization
else:
    AnyAmortization = union_of(Amortization)
