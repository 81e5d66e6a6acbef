"""Dates stand in order and on the deal's months; tables of points are in order and in range."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from dealmodel.basics.errors import Issue
from dealmodel.basics.kinds import inner_kinds
from dealmodel.basics.live_points import LivePoints
from dealmodel.basics.moments import Moment
from dealmodel.basics.points import check_points
from dealmodel.basics.schedule import MOST_PERIODS, Delay, Grid, add_months, monthly_grid, months_until
from dealmodel.collateral.decay import TableCurve
from dealmodel.contracts.take_or_pay import Contract
from dealmodel.definition.deal import DealTerms
from dealmodel.definition.draft import Draft
from dealmodel.definition.messages import scale_hint
from dealmodel.definition.numbers import DealNumber
from dealmodel.liabilities.amortization import Amortization
from dealmodel.liabilities.interest_terms import PayInKind
from dealmodel.market.fixings import FixingsError, check_published
from dealmodel.market.overnight import PeriodError
from dealmodel.market.rate_curves import RateCurve
from dealmodel.market.rates import forward_rates
from dealmodel.waterfall.measures import Test

ORDER, OFF_GRID, TOO_LONG, NO_MEANING, BAD_POINTS = (
    "DM-DAT-001",
    "DM-DAT-002",
    "DM-DAT-003",
    "DM-DAT-004",
    "DM-DAT-005",
)
LOWEST_RATE, HIGHEST_RATE = -0.05, 1.0
HIGHEST_SHARE = 2.0
EVENTS_OF_A_DEAL = ("closing", "legal_final", "never")


def check_grid(terms: DealTerms, tail: int = 0) -> Iterator[Issue]:
    """Closing, first payment and legal final date follow each other, and lie on the grid of payment days."""
    if isinstance(terms.payment_day, int) and not 1 <= terms.payment_day <= 28:
        yield Issue(
            "deal.payment_day", f"{terms.payment_day} is not a payment day", "1 to 28 or month_end", code=OFF_GRID
        )
        return
    in_order = True
    for name, day, limit, is_wrong in (
        ("first_payment", terms.first_payment, "closing", terms.first_payment <= terms.closing),
        ("legal_final", terms.legal_final, "first_payment", terms.legal_final < terms.first_payment),
    ):
        if is_wrong:
            in_order = False
            relation = "is not after" if limit == "closing" else "is before"
            what = f"{name} {day} {relation} {limit} {getattr(terms, limit)}"
            yield Issue(f"deal.{name}", what, "closing < first_payment <= legal_final", code=ORDER)
    if in_order:
        yield from _on_grid(terms, tail)


def _on_grid(terms: DealTerms, tail: int) -> Iterator[Issue]:
    months = last_month(terms) + tail
    if months > MOST_PERIODS:
        what = f"{months:,} months to the legal final date"
        yield Issue("deal.legal_final", what, f"at most {MOST_PERIODS:,} months", code=TOO_LONG)
        return
    end = add_months(terms.first_payment, 0, terms.payment_day)
    if terms.first_payment != end:
        what = f"{terms.first_payment} is not a period end; the payment day is {terms.payment_day}"
        yield Issue("deal.first_payment", what, hint=f"write {end}", code=OFF_GRID)
        return
    try:
        grid_of(terms, tail)
    except ValueError as error:
        yield Issue(
            "deal.first_payment" if "first payment" in str(error) else "deal.calendar", str(error), code=OFF_GRID
        )


def last_month(terms: DealTerms) -> int:
    """Month number of the legal final date: the month that ends on it, be it the payment day or not."""
    day = terms.legal_final
    months = months_until(terms.closing, terms.first_payment, day, terms.payment_day)
    return max(1, months + (add_months(day, 0, terms.payment_day) < day))


def grid_of(terms: DealTerms, tail: int = 0) -> Grid:
    """Return the months of a deal; ValueError where it has none."""
    return monthly_grid(
        terms.closing,
        terms.first_payment,
        last_month(terms) + tail,
        payment_day=terms.payment_day,
        convention=terms.business_days,
        calendar=terms.calendar,
        delay=Delay(terms.payment_delay_days or 0, terms.payment_delay_counts),
        accrual=terms.accrual_dates,
        frequency=terms.frequency,
        final=terms.legal_final,
        last_period=terms.last_period,
    )


def check_dates(draft: Draft) -> Iterator[Issue]:
    """The grid, every moment of the deal, and curves."""
    terms = draft.deal.deal if draft.is_whole("deal") else None
    grid_issues = list(check_grid(terms, _tail(draft))) if terms is not None else []
    yield from grid_issues
    if terms is not None:
        for number in draft.numbers.values():
            if isinstance(number.value, Moment):
                yield from check_moment(number, number.value, terms)
    grid = grid_of(terms, _tail(draft)) if terms is not None and not grid_issues else None
    for field in draft.fields:
        if isinstance(field.kind, LivePoints) and field.name == "points" and field.kind.by == "date" and grid:
            yield from _reach_the_grid(field.kind, grid)
    for name, curve in draft.deal.market.rates.items() if draft.deal.market is not None else ():
        yield from _rates(f"market.rates.{name}", curve, grid)
    for cohort in draft.deal.collateral.cohorts.values() if draft.deal.collateral is not None else ():
        for kind in inner_kinds(cohort.resale):
            if isinstance(kind, TableCurve):
                wrong = list(_ages(kind.path_of("points"), kind))
                yield from wrong
                if not wrong and grid is not None and terms is not None:
                    oldest = grid.periods - month_of(cohort.delivered, terms)
                    yield from _reaches(kind.path_of("points"), kind, oldest)


def _reach_the_grid(table: LivePoints, grid: Grid) -> Iterator[Issue]:
    """Dates of a table begin by the end of the first month, and none is after the deal's last."""
    first, last = table.points[0][0], table.points[-1][0]
    assert isinstance(first, date)
    assert isinstance(last, date)
    path, number = table.path_of("points"), len(table.points)
    if first > grid.period_end[0]:
        what = f"{first} is after the first month's end; nothing is read before the first point"
        yield Issue(f"{path}[1][1]", what, f"on or before {grid.period_end[0]}", code=BAD_POINTS)
    if last > grid.period_end[-1]:
        what = f"{last} is after the last payment date, so its value is never read"
        yield Issue(f"{path}[{number}][1]", what, f"on or before {grid.period_end[-1]}", code=BAD_POINTS)


def _tail(draft: Draft) -> int:
    """Months after the legal final date: a sale takes its lag."""
    collateral = draft.deal.collateral
    if collateral is None or collateral.disposal is None:
        return 0
    sells = any(state.remedy == "sell" for state in draft.deal.states.values())
    return 1 + collateral.disposal.lag_months if sells else 0


def check_moment(number: DealNumber, moment: Moment, terms: DealTerms, path: str = "") -> Iterator[Issue]:
    """A moment is not before closing, and is an event that the deal has. `path` is where the moment is written."""
    place = path or number.path
    if moment.day is not None and moment.day < terms.closing:
        yield Issue(place, f"{moment.day} is before closing {terms.closing}", code=ORDER)
    events = (*EVENTS_OF_A_DEAL, *own_events(number))
    if moment.event and moment.event not in events:
        allowed = f"a date, `month N`, {', '.join(events)}"
        yield Issue(place, f"`{moment.event}` has no meaning here", f"allowed: {allowed}", code=NO_MEANING)
    elif isinstance(number.kind, Test) and number.field == "first":
        yield from _measured_in_time(place, moment, terms)


def _measured_in_time(path: str, moment: Moment, terms: DealTerms) -> Iterator[Issue]:
    """A test that is first measured after the legal final date never fails; `never` says so in words."""
    in_order = terms.closing < terms.first_payment <= terms.legal_final
    if in_order and moment.event != "never" and month_of(moment, terms) > last_month(terms):
        when = str(moment.day or f"month {moment.month}")
        what = f"the test is first measured at {when}, after the legal final date {terms.legal_final}"
        hint = "write `never` for a test that is switched off"
        yield Issue(path, what, f"at most month {last_month(terms)}", hint, code=ORDER)


def own_events(number: DealNumber) -> tuple[str, ...]:
    """Events that mean something for one field alone: the delivery of a contract's units, the maturity of a tranche."""
    if isinstance(number.kind, Contract) and number.field == "start":
        return ("delivery",)
    until = isinstance(number.kind, Amortization | PayInKind) and number.field == "until"
    return ("maturity",) if until else ()


def month_of(moment: Moment, terms: DealTerms) -> float:
    """Month number of a moment, for putting moments in order; `never` comes after all."""
    if moment.month is not None:
        return moment.month
    day = {"closing": terms.closing, "legal_final": terms.legal_final}.get(moment.event, moment.day)
    if day is None:
        return float("inf")
    if day == terms.closing:
        return 0
    months = months_until(terms.closing, terms.first_payment, day, terms.payment_day)
    return max(1, months + (add_months(day, 0, terms.payment_day) < day))


def _rates(path: str, curve: RateCurve, grid: Grid | None) -> Iterator[Issue]:
    """Points and fixings are in order and in range, and every day that the deal needs has a rate."""
    try:
        forward_rates(curve.points, (), between=curve.between, after_last=curve.after_last)
        check_published(curve.fixings, curve.calendar)
        if grid is not None:
            curve.index_rates(grid)
    except FixingsError as error:
        yield Issue(f"{path}.fixings", str(error), hint=_earlier(curve), code=BAD_POINTS)
    except PeriodError as error:
        yield Issue(path, str(error), code=BAD_POINTS)
    except ValueError as error:
        yield Issue(f"{path}.points", str(error), hint=_earlier(curve), code=BAD_POINTS)
    for field, pairs in (("points", curve.points), ("fixings", curve.fixings)):
        for number, (_, rate) in enumerate(pairs, 1):
            if not LOWEST_RATE <= rate <= HIGHEST_RATE:
                relation = f"above {HIGHEST_RATE:g}" if rate > HIGHEST_RATE else f"below {LOWEST_RATE:g}"
                what, hint = f"{rate:g} is {relation}", scale_hint(rate, "rate per year")
                yield Issue(f"{path}.{field}[{number}][2]", what, "a rate is a decimal", hint, code=BAD_POINTS)


def _earlier(curve: RateCurve) -> str:
    """Say how far back rates are needed, where a rate looks back."""
    looks_back = {
        "the look-back": curve.lookback_days,
        "the fixing lag": curve.fixing_lag_days,
        "the average": curve.index_type == "average_in_advance",
    }
    said = [name for name, days in looks_back.items() if days]
    verb = "needs" if len(said) == 1 else "need"
    needs = f"{' and '.join(said)} {verb} rates from before the period; start the curve or the fixings earlier"
    return needs if said else ""


def _reaches(path: str, curve: TableCurve, oldest: float) -> Iterator[Issue]:
    last = curve.points[-1][0] if curve.points else 0
    if curve.after_last == "error" and 0 < last < oldest:
        what = f"the table ends at {last} months of age; the units are {oldest:g} months old when the deal ends"
        hint = "add points, or write `after_last: flat` to hold the last value"
        yield Issue(path, what, f"points up to {oldest:g}", hint, code=BAD_POINTS)


def _ages(path: str, curve: TableCurve) -> Iterator[Issue]:
    try:
        check_points(curve.points, what="ages")
    except ValueError as error:
        yield Issue(path, str(error), code=BAD_POINTS)
    for number, (_, share) in enumerate(curve.points, 1):
        if not 0 <= share <= HIGHEST_SHARE:
            what = f"{share:g} is no share of the purchase price"
            hint = scale_hint(share, "share")
            yield Issue(f"{path}[{number}][2]", what, f"between 0 and {HIGHEST_SHARE:g}", hint, code=BAD_POINTS)
        elif share == 0 and curve.between == "log_linear":
            what = "0 is not reached by equal ratios"
            hint = "write `between: linear`, or a share above 0"
            yield Issue(f"{path}[{number}][2]", what, "above 0", hint, code=BAD_POINTS)
