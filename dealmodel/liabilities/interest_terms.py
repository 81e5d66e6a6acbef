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


class DefaultInterest(Kind):
    """A rate that is added to the coupon of a month at whose start the deal is in default."""

    add: float = live("rate per year", "Added to the coupon", ge=0, le=1)
    while_in: tuple[str, ...] = shape("name", "States in which it is added")


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
        """How much, and as long as what."""
        said = f"{percent(self.share)} of the interest added to the balance"
        if self.while_outstanding:
            said += f" while {names_in_words(self.while_outstanding, 'or')} is outstanding"
        if self.until.event != "maturity":
            said += f" until {moment_in_words(self.until)}"
        return said if self.while_outstanding or self.until.event != "maturity" else f"{said} at first"
