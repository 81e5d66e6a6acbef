"""Take-or-pay contracts: a price for a number of units and a term, owed whether they are used or not.

A contract ends in one of two ways. As agreed: the units are idle for a while, then in merchant use. By default: the
customer stops, the units are idle, then let again at a discount to the market rent of each month; a claim for the price
that is left, less what letting again was expected to bring, is paid in part after a lag.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from dealmodel.basics.kinds import Family, Kind, live, shape, union_of
from dealmodel.basics.moments import Moment, MomentField
from dealmodel.basics.words import counted, digits, percent
from dealmodel.contracts.lots import Contracted, Lot
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import (
    Expr,
    Line,
    as_expr,
    both,
    either,
    maximum,
    minimum,
    negate,
    power,
    prev,
    ratio,
    where,
)
from dealmodel.market.clock import Clock, Shares
from dealmodel.market.prices import Prices


def _idle_for(months: float) -> str:
    """How long units wait for their next use."""
    return f"Idle for {counted(months, 'month')}, then " if months else "At once "


class AtExpiry(Kind):
    """What happens to the units when the contract ends as agreed."""

    then: Literal["merchant"] = shape("name", "Use of the units afterwards")
    downtime_months: int = live("months", "Idle months before that use", ge=0, le=120)

    def words(self) -> str:
        """How long the units are idle, and their use after that."""
        return f"{_idle_for(self.downtime_months)}in merchant use"


class AtDefault(Kind):
    """What happens when the customer stops paying."""

    then: Literal["re_let"] = shape("name", "Use of the units afterwards")
    downtime_months: int = live("months", "Idle months, the first unpaid month included", ge=0, le=120)
    cost_per_unit: float = live("currency per unit", "Cost of letting a unit again, paid when it is let", ge=0)
    discount_to_market: float = live("share", "Discount to the market rent of each month", ge=0, le=1)
    utilisation: float = live("share", "Share of the hours that are let", ge=0, le=1)
    claim: Literal["remaining_price_less_re_letting"] = shape(
        "name", "What is claimed of the customer", default="remaining_price_less_re_letting", reason="loss of bargain"
    )
    claim_recovery: float = live("share", "Share of the claim that is paid", ge=0, le=1)
    claim_lag_months: int = live("months", "Months from the default to the payment on the claim", ge=0, le=600)

    def words(self) -> str:
        """How the units are let again, and what comes of the claim."""
        rent = f"for {percent(self.utilisation)} of the hours, {percent(self.discount_to_market)} below the market rent"
        idle = f"{_idle_for(self.downtime_months)}let again {rent}"
        paid = f"{percent(self.claim_recovery)} of the claim paid after {counted(self.claim_lag_months, 'month')}"
        return f"{idle}, at a cost of {digits(self.cost_per_unit)} a unit; {paid}"


class Contract(Family):
    """Base of the contract kinds."""

    customer: str = shape("name", "Who owes")
    cohort: str = shape("name", "Whose units it covers")
    units: Annotated[float, Field(gt=0)] | Literal["all"] = live("units", "Number of units, or all of the cohort")
    start: MomentField = live(
        "month", "When it begins", default=Moment(event="delivery"), reason="a contract begins on delivery"
    )

    def define(self, lines: Builder, setting: Setting) -> Lot:
        """Define the lot's lines."""
        raise NotImplementedError(f"{type(self).__name__} has no formula")


@dataclass(frozen=True, slots=True)
class Setting:
    """What surrounds a contract: quantities and prices handed over by `engine.compile`.

    Parameters
    ----------
    units : Expr
        Units of the lot. [units]
    hours : Expr
        Hours of a month. [hours]
    delivered : Shares
        Delivery of the cohort.
    delivery : tuple of Moment and Expr
        The cohort's delivery as the deal file has it, and its month number.
    stopped : line by month
        1 once the customer has stopped. [flag]
    prices : Prices
        Market prices of the generation.
    merchant_rate : line by month
        Revenue of a unit for an hour in merchant use, utilisation included. [currency per hour]
    merchant_use : Expr
        Utilisation in merchant use. [share]
    users_pay_site_costs : bool
        Whether whoever rents at the market pays site costs.
    running_costs : bool
        Whether the deal has site costs beside those of idle hours, so that it matters who bears them.
    working : line by month or None
        Share of the units that have not failed for good; None where none does. [share]
    """

    clock: Clock
    units: Expr
    hours: Expr
    delivered: Shares
    delivery: tuple[Moment, Expr]
    stopped: Line
    prices: Prices
    merchant_rate: Line
    merchant_use: Expr
    users_pay_site_costs: bool
    running_costs: bool
    working: Line | None = None


class TakeOrPay(Contract):
    """A fixed price an hour for every committed hour of the term."""

    kind: Literal["take_or_pay"] = shape("name", "Kind of contract")
    site_costs_paid_by: Literal["customer", "issuer"] = shape(
        "name", "Who pays power, colocation and upkeep while the customer pays"
    )
    price_per_hour: float = live("currency per hour", "Price of a unit for an hour", ge=0)
    share_committed: float = live(
        "share", "Share of the hours that is owed for; the rest brings nothing", ge=0, le=1, default=1.0,
        reason="take-or-pay for every hour",
    )  # fmt: skip
    term_months: int = live("months", "Length of the contract", ge=1, le=600)
    at_expiry: AtExpiry = shape("name", "When it ends as agreed")
    at_default: AtDefault = shape("name", "When the customer stops")

    def words(self) -> str:
        """The price, the committed hours and the term."""
        price = f"{digits(self.price_per_hour, 4)} for {percent(self.share_committed)} of the hours of each unit"
        return f"Take-or-pay: {price}, for {counted(self.term_months, 'month')}"

    def define(self, lines: Builder, setting: Setting) -> Lot:
        """Define a contract's months: in force, performing, hit, let again, merchant; revenue, cost and claim."""
        with lines.at(self.path, section="Contracts", group=f"Contract {self.row}"):
            rates = self._rates(lines, setting)
            term = self._term(lines, setting)
            hit = self._hit(lines, term, setting.stopped)
            uses = self._uses(lines, term, hit, setting)
            standing, used = self._issuer_shares(lines, uses, setting)
            return Lot(
                name=self.row,
                cohort=self.cohort,
                path=self.path,
                units=setting.units,
                performing=uses.performing,
                used=uses.used,
                idle=uses.idle,
                revenue=self._revenue(lines, uses, rates, setting),
                letting_cost=self._letting_cost(lines, uses, setting),
                claim_received=self._claim(lines, term, hit, rates, setting),
                issuer_standing=standing,
                issuer_used=used,
                contracted=Contracted(
                    in_force=term.in_force,
                    owed=rates.hours * (term.in_force * rates.billed),
                    received=rates.hours * (uses.performing * rates.billed),
                    stopped=setting.stopped,
                    issuer_keeps=self.site_costs_paid_by == "issuer",
                ),
            )

    def _rates(self, lines: Builder, setting: Setting) -> _Rates:
        billed = lines.of(self, "share_committed") * lines.of(self, "price_per_hour")
        let = lines.of(self.at_default, "utilisation") * (1 - lines.of(self.at_default, "discount_to_market"))
        return _Rates(
            hours=lines.constant(
                f"{self.row}.hours",
                setting.units * setting.hours,
                unit="hours",
                label="Hours of all its units, a month",
            ),
            billed=lines.constant(
                f"{self.row}.billed_rate", billed, unit="currency per hour", label="Price of the committed share"
            ),
            let=lines.constant(
                f"{self.row}.letting_share", let, unit="share", label="Share of market rent when let again"
            ),
        )

    def _term(self, lines: Builder, setting: Setting) -> _Term:
        moment, start = setting.delivery
        begun = setting.delivered
        if self.start.event != "delivery":
            moment = self.start
            later = maximum(lines.of(self, "start"), start)
            stub = self._first_share(lines, setting)
            start = lines.constant(f"{self.row}.start", later, unit="month", label="Start, not before delivery")
            begun = setting.clock.shares_after(lines, f"{self.row}.begun", moment, start, stub=stub)
        end = lines.constant(
            f"{self.row}.end", start + lines.of(self, "term_months"), unit="month", label="Last month in force"
        )
        first = begun.stub if begun.stub is not None else as_expr(0)
        ended = setting.clock.shares_after(lines, f"{self.row}.ended", moment, end, stub=begun.stub)
        in_force = lines.line(f"{self.row}.in_force", begun.share - ended.share, unit="share", label="In force")
        beyond = lines.constant(f"{self.row}.beyond", end - first + 1, unit="month", label="Month after the last")
        return _Term(begun, ended, in_force, beyond)

    def _first_share(self, lines: Builder, setting: Setting) -> Line | None:
        """Share of its first month in which it is in force: its own start's, or the delivery's if that is later."""
        start, delivered = lines.of(self, "start"), setting.delivery[1]
        own = setting.clock.stub(lines, f"{self.row}.own", self.start, start)
        if own is None and setting.delivered.stub is None:
            return None
        mine: Expr = own if own is not None else as_expr(0)
        theirs: Expr = setting.delivered.stub if setting.delivered.stub is not None else as_expr(0)
        early, late = start < delivered, start > delivered
        share = early * theirs + late * mine + (1 - early - late) * minimum(mine, theirs)
        return lines.constant(f"{self.row}.first_share", share, unit="share", label="Share of its first month")

    def _hit(self, lines: Builder, term: _Term, stopped: Line) -> _Hit:
        hit = lines.declare(f"{self.row}.hit", unit="flag", opening=0)
        begins = both(stopped, term.in_force > 0)
        lines.define(hit, either(prev(hit), begins), label="Customer stopped during the term", role="flag")
        since = lines.declare(f"{self.row}.months_since_hit", unit="months", opening=0)
        lines.define(since, prev(since) + hit, label="Months since the customer stopped, that month included")
        return _Hit(hit, since)

    def _uses(self, lines: Builder, term: _Term, hit: _Hit, setting: Setting) -> _Uses:
        performing = lines.line(
            f"{self.row}.performing", term.in_force * negate(setting.stopped), unit="share", label="Performing"
        )
        let_again = lines.line(
            f"{self.row}.let_again",
            hit.since > lines.of(self.at_default, "downtime_months"),
            unit="flag",
            label="Let again",
            role="flag",
            opening=0,
        )
        over = lines.declare(f"{self.row}.months_since_expiry", unit="months", opening=0)
        lines.define(
            over, prev(over) + prev(term.ended.started) * negate(hit.hit), label="Months since it ended as agreed"
        )
        merchant = lines.line(
            f"{self.row}.merchant",
            over > lines.of(self.at_expiry, "downtime_months"),
            unit="flag",
            label="In merchant use",
            role="flag",
        )
        let: Expr = let_again
        if setting.delivered.stub is not None:
            share = let_again * setting.delivered.share
            let = lines.line(
                f"{self.row}.let_again_share", share, unit="share", label="Let again, of what is delivered"
            )
        elsewhere = let * lines.of(self.at_default, "utilisation") + merchant * setting.merchant_use
        used = lines.line(f"{self.row}.used", performing + elsewhere, unit="share", label="Share with a customer")
        idle = lines.line(f"{self.row}.idle", setting.delivered.share - used, unit="share", label="Idle share")
        return _Uses(performing, let_again, let, merchant, used, idle)

    def _revenue(self, lines: Builder, uses: _Uses, rates: _Rates, setting: Setting) -> Line:
        again = uses.let * (rates.let * setting.prices.rent)
        rate = lines.line(
            f"{self.row}.rate",
            uses.performing * rates.billed + again + uses.merchant * setting.merchant_rate,
            unit="currency per hour",
            label="Revenue of a unit for an hour",
        )
        return lines.line(f"{self.row}.revenue_if_held", rates.hours * rate, unit="currency", label="Revenue, if held")

    def _letting_cost(self, lines: Builder, uses: _Uses, setting: Setting) -> Line:
        whole = setting.units * lines.of(self.at_default, "cost_per_unit")
        cost = lines.constant(
            f"{self.row}.letting_cost", whole, unit="currency", label="Cost of letting all units again"
        )
        begins = (uses.let_again - prev(uses.let_again)) * cost
        return lines.line(
            f"{self.row}.letting_cost_if_held", begins, unit="currency", label="Cost of letting again, if held"
        )

    def _claim(self, lines: Builder, term: _Term, hit: _Hit, rates: _Rates, setting: Setting) -> Line:
        """Claim = remaining price - expected re-letting at the rent of the month of the default and its base decline.

        Only units that work in the month of the default are claimed for; later failures are not foreseen.

        The expected months are summed in closed form, (f^d - f^n) / (1 - f) with f the rent left after a month; the sum
        loses digits for a decline of less than one part in a billion a year, and is n - d exactly where there is none.
        """
        left = lines.line(
            f"{self.row}.months_left",
            minimum(term.beyond - lines.param("time.month"), lines.of(self, "term_months")),
            unit="months",
            label="Months of the term from this one on",
        )
        expected = self._expected_months(lines, term, left, setting)
        claim = lines.declare(f"{self.row}.claim", unit="currency", opening=0)
        lost = maximum(left * rates.billed - expected * (rates.let * setting.prices.rent), 0)
        whole = (hit.hit - prev(hit.hit)) * lost * rates.hours
        made = lines.line(
            f"{self.row}.claim_made",
            whole if setting.working is None else whole * setting.working,
            unit="currency",
            label="Claim in the month of the default",
        )
        lines.define(claim, prev(claim) + made, label="Claim against the customer")
        due = lines.line(
            f"{self.row}.claim_settled",
            hit.since > lines.of(self.at_default, "claim_lag_months"),
            unit="flag",
            label="Claim settled",
            role="flag",
            opening=0,
        )
        received = (due - prev(due)) * claim * lines.of(self.at_default, "claim_recovery")
        return lines.line(f"{self.row}.claim_received", received, unit="currency", label="Received on the claim")

    def _expected_months(self, lines: Builder, term: _Term, left: Line, setting: Setting) -> Expr:
        downtime = lines.of(self.at_default, "downtime_months")
        monthly = setting.prices.monthly_factor
        first = lines.constant(f"{self.row}.factor_when_let", power(monthly, downtime), unit="share")
        end = lines.constant(f"{self.row}.factor_at_end", power(monthly, term.beyond), unit="share")
        lost = lines.constant(f"{self.row}.factor_lost", 1 - monthly, unit="share")
        rest: Expr = end / setting.prices.decline_factor
        if term.begun.stub is not None:
            # in the month of the start the term is longer than what the calendar leaves of it
            whole = power(monthly, lines.of(self, "term_months"))
            term_factor = lines.constant(f"{self.row}.factor_of_term", whole, unit="share")
            full = left >= lines.of(self, "term_months")
            rest = lines.line(f"{self.row}.factor_left", where(full, term_factor, rest), unit="share")
        months = lines.line(
            f"{self.row}.expected_months",
            ratio(first - rest, lost, left - downtime),
            unit="months",
            label="Months of this month's rent that letting again would bring",
        )
        return maximum(months, 0)

    def _issuer_shares(self, lines: Builder, uses: _Uses, setting: Setting) -> tuple[Line | None, Line | None]:
        if not setting.running_costs:
            return None, None
        market_use = uses.used - uses.performing
        used: Expr = as_expr(0) if self.site_costs_paid_by == "customer" else uses.performing
        if not setting.users_pay_site_costs:
            used = used + market_use
        bears = lines.line(f"{self.row}.issuer_used", used, unit="share", label="Share in use at the issuer's cost")
        kept = lines.line(
            f"{self.row}.issuer_standing", uses.idle + bears, unit="share", label="Share the issuer keeps up"
        )
        return kept, bears


@dataclass(frozen=True, slots=True)
class _Rates:
    hours: Line
    billed: Line
    let: Line


@dataclass(frozen=True, slots=True)
class _Term:
    begun: Shares
    ended: Shares
    in_force: Line
    beyond: Line


@dataclass(frozen=True, slots=True)
class _Hit:
    hit: Line
    since: Line


@dataclass(frozen=True, slots=True)
class _Uses:
    performing: Line
    let_again: Line
    let: Expr
    merchant: Line
    used: Line
    idle: Line


def define_uncontracted(lines: Builder, name: str, *, path: str, cohort: str, setting: Setting) -> Lot:
    """Define the lot of a cohort's units under no contract: in merchant use from delivery."""
    with lines.at(path, section="Contracts", group=f"No contract, {cohort}"):
        present = setting.delivered.share
        used = lines.line(f"{name}.used", present * setting.merchant_use, unit="share", label="Share with a customer")
        idle = lines.line(f"{name}.idle", present - used, unit="share", label="Idle share")
        revenue = lines.line(
            f"{name}.revenue_if_held",
            setting.units * setting.hours * present * setting.merchant_rate,
            unit="currency",
            label="Revenue, if held",
        )
        used_cost = used if setting.running_costs and not setting.users_pay_site_costs else None
        kept = (present if used_cost is not None else idle) if setting.running_costs else None
        return Lot(
            name, cohort, path, setting.units, None, used, idle, revenue, issuer_standing=kept, issuer_used=used_cost
        )


if TYPE_CHECKING:
    AnyContract = Contract
else:
    AnyContract = union_of(Contract)
