"""What may be added to a coupon, and to a balance in the place of payment."""

from __future__ import annotations

from dealmodel.basics.kinds import Kind, live, shape
from dealmodel.basics.moments import Moment, MomentField
from dealmodel.basics.words import moment_in_words, names_in_words, percent

MATURITY = Moment(event="maturity")


class StepUp(Kind):
    """A rate that is added to the coupon from some month on."""

    when: MomentField = live("month", "First month in which it is added")
    add: float = live("rate per year", "Added to the coupon", ge=-0.5, le=1)

    def words(self) -> str:
        """How much, and from when."""
        sign = "less" if self.add < 0 else "plus"
        return f"{sign} {percent(abs(self.add))} from {moment_in_words(self.when)}"


class DefaultInterest(Kind):
    """A rate that is added to the coupon of a month at whose start the deal is in default."""

    add: float = live("rate per year", "Added to the coupon", ge=0, le=1)
    while_in: tuple[str, ...] = shape("name", "States in which it is added")

    def words(self) -> str:
        """How much, and in which states."""
        return f"plus {percent(self.add)} in state {names_in_words(self.while_in, 'or')}"


class PayInKind(Kind):
    """Interest that is added to the balance instead of paid."""

    share: float = live("share", "Share of the interest of the month that is added", ge=0, le=1, default=1.0,
                        reason="all of it")  # fmt: skip
    until: MomentField = live(
        "month", "Last month in which it is added", default=MATURITY, reason="until the tranche's maturity"
    )
    while_outstanding: tuple[str, ...] = shape(
        "name", "Tranches of which one at least is outstanding before payment in the months in which it is added",
        default=(), reason="whatever is outstanding",
    )  # fmt: skip

    def words(self) -> str:
        """Which part of the interest, and for how long."""
        part = "all interest" if self.share == 1 else f"{percent(self.share)} of the interest"
        others = self.while_outstanding
        during = f" while {names_in_words(others, 'or')} is outstanding, at most" if others else ""
        return f"{part} added to the balance{during} until {moment_in_words(self.until)}"
