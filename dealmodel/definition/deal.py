"""The whole deal file as one frozen Deal, put together from the families' kinds."""

from __future__ import annotations

import datetime
from typing import Literal

from pydantic import Field, field_validator

from dealmodel.basics.calendars import check_calendar
from dealmodel.basics.kinds import Kind, shape
from dealmodel.basics.schedule import AccrualDates, DelayCounts, Frequency, LastPeriod
from dealmodel.basics.words import day_in_words
from dealmodel.collateral.pool import Collateral, RentBasis
from dealmodel.contracts.customers import Customer
from dealmodel.contracts.take_or_pay import AnyContract
from dealmodel.liabilities.fees import Fee
from dealmodel.liabilities.notional import AnyTranche
from dealmodel.market.prices import Generation, Launch
from dealmodel.market.rate_curves import RateCurve
from dealmodel.market.scenarios import Scenario
from dealmodel.waterfall.accounts import AnyAccount
from dealmodel.waterfall.amounts import AnyAmount
from dealmodel.waterfall.measures import AnyTest
from dealmodel.waterfall.states import State
from dealmodel.waterfall.steps import AnyStep

FORMAT = 1
"""Version of the deal language that this package reads."""


class DealTerms(Kind):
    """Names and dates of the deal."""

    id: str = shape("name", "Short name: a-z, 0-9 and _")
    name: str = shape("text", "What people call it")
    basis: Literal["illustrative", "modelled_on", "own"] = shape(
        "name", "Whether it is made up, modelled on public terms, or the user's own"
    )
    currency: str = shape("name", "ISO code of the currency")
    closing: datetime.date = shape("date", "Closing date; month 0")
    first_payment: datetime.date = shape("date", "First payment date; the others follow it by the frequency")
    legal_final: datetime.date = shape(
        "date", "Date by which every tranche must be repaid: a payment date, be it a regular one or not"
    )
    frequency: Frequency = shape("name", "How often the deal pays; it collects every month")
    payment_day: int | Literal["month_end"] = shape("name", "Day of the month on which collections are paid out")
    calendar: str | tuple[datetime.date, ...] = shape("name", "Calendar of business days, or a list of holidays")
    business_days: Literal["none", "following", "modified_following", "preceding", "modified_preceding"] = shape(
        "name", "How a payment date that is no business day moves"
    )
    rounding: Literal["none", "cent"] = shape(
        "name", "Rounding of what enters the ledger: not at all, or to the cent, half a cent up"
    )
    accrual_dates: AccrualDates = shape(
        "name",
        "Whether interest accrues to period ends moved to business days, or to period ends as they stand",
        default="unadjusted",
        reason="term notes accrue by whole months whatever the weekday",
    )
    last_period: LastPeriod = shape(
        "name",
        "Where the legal final date is no regular payment date: whether the last interest period is what follows the "
        "payment date before it, or the whole period before that too",
        default="short",
        reason="every regular payment date is kept",
    )
    payment_delay_days: int | None = shape(
        "days",
        "Days after the end of a collection month on which it is paid",
        ge=0,
        le=60,
        default=None,
        reason="paid at the period end",
    )
    payment_delay_counts: DelayCounts = shape(
        "name",
        "Calendar days, before the move to a business day; or business days of the deal's calendar, after it",
        default="calendar_days",
        reason="indentures name a day of the month after",
    )

    @field_validator("calendar", mode="after")
    @classmethod
    def _known(cls, calendar: str | tuple[datetime.date, ...]) -> str | tuple[datetime.date, ...]:
        check_calendar(calendar)
        return calendar


class Market(Kind):
    """The prices of compute and money."""

    rent_basis: RentBasis | None = shape(
        "name", "`all_in`: the issuer pays site costs out of market rents; else the user pays", default=None,
        reason="a deal with cohorts states it; one without has no rents",
    )  # fmt: skip
    rates: dict[str, RateCurve] = shape("table", "Reference rates", default={}, reason="every coupon may be fixed")
    generations: dict[str, Generation] = shape(
        "table", "Generations of GPU", default={}, reason="a deal may have no GPUs"
    )
    launches: dict[str, Launch] = shape("table", "Launches of successors", default={}, reason="none is foreseen")

    def words(self) -> str:
        """Its fields, if it has any."""
        return super().words() or "No market prices"


class Party(Kind):
    """Who is paid what is left, beside the sponsor."""

    name: str = shape("text", "What people call it")


class Source(Kind):
    """A document."""

    title: str = shape("text", "Title")
    date: datetime.date | None = shape("date", "Date of the document", default=None, reason="not every page has one")
    url: str = shape("text", "Where it can be read", default="", reason="not every document is on the web")

    def words(self) -> str:
        """Title and date."""
        return self.title if self.date is None else f"{self.title}, {day_in_words(self.date)}"


class Provenance(Kind):
    """Where numbers come from."""

    status: Literal["known", "press", "derived", "assumed"] = shape("name", "How far the number can be trusted")
    source: str = shape("name", "Document, by its id in `sources`", default="", reason="an assumption may have none")
    note: str = shape("text", "Remark", default="", reason="not every number needs one")


class Deal(Kind):
    """A deal. Frozen; every name in it has been checked when it comes out of `load_deal`."""

    format: Literal[1] = shape("name", "Version of the deal language")
    deal: DealTerms = shape("name", "Names and dates")
    market: Market = shape("name", "Prices", default=Market(), reason="a deal without GPUs may need none")
    collateral: Collateral = shape("name", "What is pledged")
    customers: dict[str, Customer] = shape("table", "Who owes under contracts", default={}, reason="pools have none")
    parties: dict[str, Party] = shape(
        "table", "Who is paid what is left, beside the sponsor", default={}, reason="all of it is the sponsor's"
    )
    contracts: dict[str, AnyContract] = shape("table", "Contracts", default={}, reason="pools have none")
    tranches: dict[str, AnyTranche] = shape("table", "Classes and loans")
    fees: dict[str, Fee] = shape("table", "Fees", default={}, reason="a deal may have none")
    accounts: dict[str, AnyAccount] = shape("table", "Accounts")
    amounts: dict[str, AnyAmount] = shape("table", "Amounts", default={}, reason="steps may need none")
    tests: dict[str, AnyTest] = shape("table", "Tests", default={}, reason="a deal may have none")
    states: dict[str, State] = shape("table", "States")
    waterfalls: dict[str, tuple[AnyStep, ...]] = shape("table", "Lists of steps")
    scenarios: dict[str, Scenario] = shape("table", "Scenarios", default={}, reason="base alone")
    sources: dict[str, Source] = shape("table", "Documents", default={}, reason="an illustrative deal may have none")
    provenance: dict[str, Provenance] = shape("table", "Where numbers come from, by path")
    file_hash: str = Field(default="", exclude=True, repr=False, description="SHA-256 of the file",
                           json_schema_extra={"unit": "text", "live": False, "reason": "set on loading"})  # fmt: skip
