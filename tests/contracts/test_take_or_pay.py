"""One take-or-pay contract by hand, month by month.

Ten units of 100 hours a month, so that a rate of 1 an hour is 1,000 a month. The price is 3; let again, a unit brings
0.75 x (1 - 0.2) = 0.6 of the rent, in merchant use 0.5 x (1 - 0.2) = 0.4. Closing is 31 December 2026.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from dealmodel.basics.kinds import Kind, inner_kinds, place_kinds
from dealmodel.basics.moments import Moment, parse_moment
from dealmodel.basics.schedule import monthly_grid
from dealmodel.contracts.customers import Customer, define_stops
from dealmodel.contracts.take_or_pay import Setting, TakeOrPay
from dealmodel.lines.build import Builder
from dealmodel.lines.inputs import Input
from dealmodel.lines.trace import Trace
from dealmodel.lines.values import values_of
from dealmodel.market.clock import Clock
from dealmodel.market.prices import Generation, Launch, define_prices

# A handful of rounded operations on amounts of some thousands: far below a cent.
CENT = 1e-6
# The same on shares and rates near 1.
ROUNDING = 1e-12

HALVES_EACH_MONTH = 1 - 2.0**-12
"""Decline of a year after which 2 ** -12 of the rent is left: every month leaves a half."""

MID_APRIL = date(2027, 4, 15)
"""Half way through month 4, which has 30 days."""


def lease_fields(
    *, at_expiry: dict[str, Any] | None = None, at_default: dict[str, Any] | None = None, **fields: Any
) -> dict[str, Any]:
    """Fields of the contract as a deal file gives them."""
    expiry: dict[str, Any] = {"then": "merchant", "downtime_months": 1} | (at_expiry or {})
    default: dict[str, Any] = {
        "then": "re_let",
        "downtime_months": 2,
        "cost_per_unit": 50.0,
        "discount_to_market": 0.2,
        "utilisation": 0.75,
        "claim_recovery": 0.25,
        "claim_lag_months": 2,
    } | (at_default or {})
    terms: dict[str, Any] = {
        "kind": "take_or_pay",
        "customer": "one",
        "cohort": "x",
        "units": 10.0,
        "start": "closing",
        "site_costs_paid_by": "customer",
        "price_per_hour": 3.0,
        "term_months": 4,
        "at_expiry": expiry,
        "at_default": default,
    }
    return terms | fields


def lease(
    periods: int,
    *,
    stops: Any = "never",
    rent: float = 2.0,
    decline: float = 0.0,
    launch: Launch | None = None,
    delivered: Any = "closing",
    net: bool = True,
    running_costs: bool = False,
    overrides: dict[str, float] | None = None,
    at_expiry: dict[str, Any] | None = None,
    at_default: dict[str, Any] | None = None,
    **fields: Any,
) -> Trace:
    """Lines `lease.*` of a contract of 10 units with a term of 4 months, unless said otherwise."""
    contract = TakeOrPay.model_validate(lease_fields(at_expiry=at_expiry, at_default=at_default, **fields))
    customer = Customer.model_validate({"class": "a", "stops_paying": stops})
    generation = Generation(rent_per_hour=rent, rent_decline_per_year=decline)
    launches = {} if launch is None else {"launch": launch}

    grid = monthly_grid(
        date(2026, 12, 31), date(2027, 1, 31), periods, payment_day="month_end", convention="none", calendar="NONE"
    )
    clock = Clock(grid, "month_end", {"closing": 0})
    lines = Builder("lease", periods=periods)
    lines.add_input(Input("time.month", "month", tuple(map(float, range(1, periods + 1))), monthly=True, live=False))
    places: dict[str, Kind] = {
        "contracts.lease": contract, "customers.one": customer, "market.g": generation,
        **{f"market.{name}": item for name, item in launches.items()},
    }  # fmt: skip
    add_numbers(lines, places, clock)
    delivery = parse_moment(delivered)
    delivered_month = lines.add_input(Input("delivered", "month", float(clock.month(delivery))))
    prices = define_prices(lines, {"g": generation}, launches)["g"]
    merchant_share = lines.add_input(Input("merchant_share", "share", 0.4))
    contract.define(
        lines,
        Setting(
            clock=clock,
            units=lines.of(contract, "units"),
            hours=lines.add_input(Input("hours", "hours", 100.0)),
            delivered=clock.shares_after(lines, "delivered", delivery, delivered_month),
            delivery=(delivery, delivered_month),
            stopped=define_stops(lines, {"one": customer})["one"],
            prices=prices,
            merchant_rate=lines.line("merchant_rate", merchant_share * prices.rent, unit="currency per hour"),
            merchant_use=lines.add_input(Input("merchant_use", "share", 0.5)),
            users_pay_site_costs=net,
            running_costs=running_costs,
        ),
    )
    model = lines.build()
    return Trace.of(model, values_of(model, overrides=overrides))


def add_numbers(lines: Builder, places: dict[str, Kind], clock: Clock) -> None:
    """Make every number that a formula may ask for known under its path."""
    for path, outer in places.items():
        place_kinds(outer, path)
        for kind in inner_kinds(outer):
            for field in type(kind).model_fields:
                value = getattr(kind, field)
                on_delivery = isinstance(value, Moment) and value.event == "delivery"
                if isinstance(value, int | float | Moment) and not on_delivery:
                    number = clock.month(value) if isinstance(value, Moment) else value
                    lines.add_input(Input(kind.path_of(field), "ratio", float(number)))


def holds(trace: Trace, table: dict[str, list[float]]) -> None:
    """Compare lines of the lease, month by month."""
    for name, by_hand in table.items():
        assert trace.months(f"lease.{name}") == pytest.approx(by_hand, abs=CENT), name


AS_AGREED: dict[str, list[float]] = {
    # month           1      2      3      4    5    6    7    8
    "in_force":      [1,     1,     1,     1,   0,   0,   0,   0],
    "performing":    [1,     1,     1,     1,   0,   0,   0,   0],
    "hit":           [0,     0,     0,     0,   0,   0,   0,   0],
    "let_again":     [0,     0,     0,     0,   0,   0,   0,   0],
    "merchant":      [0,     0,     0,     0,   0,   1,   1,   1],
    "used":          [1,     1,     1,     1,   0,  .5,  .5,  .5],
    "idle":          [0,     0,     0,     0,   1,  .5,  .5,  .5],
    "rate":          [3,     3,     3,     3,   0,  .8,  .8,  .8],
    "revenue_if_held":
                  [3_000, 3_000, 3_000, 3_000,   0, 800, 800, 800],
    "letting_cost_if_held":
                     [0,     0,     0,     0,   0,   0,   0,   0],
    "claim_made":    [0,     0,     0,     0,   0,   0,   0,   0],
    "claim_received":[0,     0,     0,     0,   0,   0,   0,   0],
}  # fmt: skip


# As agreed


def test_a_contract_that_ends_as_agreed_is_idle_and_then_in_merchant_use() -> None:
    """Four months at 3; month 5 idle; then 0.4 of a rent of 2."""
    holds(lease(8), AS_AGREED)


def test_no_downtime_at_expiry_leaves_no_idle_month() -> None:
    trace = lease(6, at_expiry={"downtime_months": 0})
    holds(trace, {"merchant": [0, 0, 0, 0, 1, 1], "idle": [0, 0, 0, 0, 0.5, 0.5], "rate": [3, 3, 3, 3, 0.8, 0.8]})


def test_three_months_of_downtime_at_expiry() -> None:
    holds(lease(8, at_expiry={"downtime_months": 3}), {"merchant": [0, 0, 0, 0, 0, 0, 0, 1]})


def test_a_later_start_leaves_the_units_idle_until_then() -> None:
    """Started at the end of month 2, a term of 4 months runs in months 3 to 6. Nothing is let before."""
    trace = lease(9, start="month 2")
    holds(
        trace,
        {
            "in_force": [0, 0, 1, 1, 1, 1, 0, 0, 0],
            "used": [0, 0, 1, 1, 1, 1, 0, 0.5, 0.5],
            "idle": [1, 1, 0, 0, 0, 0, 1, 0.5, 0.5],
            "merchant": [0, 0, 0, 0, 0, 0, 0, 1, 1],
        },
    )
    assert trace.number("lease.end") == 6


def test_a_start_on_delivery_follows_the_delivery_of_the_cohort() -> None:
    trace = lease(10, start="delivery", delivered="month 4")
    holds(trace, {"in_force": [0, 0, 0, 0, 1, 1, 1, 1, 0, 0], "idle": [0, 0, 0, 0, 0, 0, 0, 0, 1, 0.5]})


def test_a_start_on_delivery_moves_when_the_delivery_moves() -> None:
    trace = lease(8, start="delivery", delivered="month 4", overrides={"delivered": 1})
    holds(trace, {"in_force": [0, 1, 1, 1, 1, 0, 0, 0]})


def test_merchant_use_follows_the_rent_of_each_month() -> None:
    """The rent halves each month from 64 at closing: 1 in month 6 and 0.5 in month 7."""
    trace = lease(7, rent=64.0, decline=HALVES_EACH_MONTH)
    holds(trace, {"rate": [3, 3, 3, 3, 0, 0.4, 0.2]})


def test_the_price_is_owed_for_the_committed_share_and_all_units_are_used() -> None:
    trace = lease(6, share_committed=0.5)
    holds(trace, {"rate": [1.5, 1.5, 1.5, 1.5, 0, 0.8], "used": [1, 1, 1, 1, 0, 0.5], "idle": [0, 0, 0, 0, 1, 0.5]})


# Default within the term

TERM_OF_SIX: dict[str, Any] = {"term_months": 6, "stops": "month 3"}


def test_a_default_in_the_middle_is_idle_then_let_again_for_good() -> None:
    """Stopped in month 3: months 3 and 4 idle, then 0.6 of a rent of 2. Letting costs 10 x 50 once.

    The claim: n = 4 months (3 to 6) at 3 are 12,000; from j = 2 to 3 letting again was to bring 2 x 1,200.
    12,000 - 2,400 = 9,600, of which a quarter comes two months later.
    """
    holds(
        lease(9, **TERM_OF_SIX),
        {
            # month          1      2      3    4      5      6      7      8      9
            "in_force":     [1,     1,     1,   1,     1,     1,     0,     0,     0],
            "performing":   [1,     1,     0,   0,     0,     0,     0,     0,     0],
            "hit":          [0,     0,     1,   1,     1,     1,     1,     1,     1],
            "months_since_hit":
                            [0,     0,     1,   2,     3,     4,     5,     6,     7],
            "let_again":    [0,     0,     0,   0,     1,     1,     1,     1,     1],
            "merchant":     [0,     0,     0,   0,     0,     0,     0,     0,     0],
            "used":         [1,     1,     0,   0,   .75,   .75,   .75,   .75,   .75],
            "idle":         [0,     0,     1,   1,   .25,   .25,   .25,   .25,   .25],
            "rate":         [3,     3,     0,   0,   1.2,   1.2,   1.2,   1.2,   1.2],
            "revenue_if_held":
                         [3_000, 3_000,    0,   0, 1_200, 1_200, 1_200, 1_200, 1_200],
            "letting_cost_if_held":
                            [0,     0,     0,   0,   500,     0,     0,     0,     0],
            "claim_made":   [0,     0, 9_600,   0,     0,     0,     0,     0,     0],
            "claim_received":
                            [0,     0,     0,   0, 2_400,     0,     0,     0,     0],
        },
    )  # fmt: skip


def claim_of(periods: int = 9, **terms: Any) -> float:
    """The claim in the month of the default; in no other month is there one."""
    made = lease(periods, **terms).months("lease.claim_made")
    assert sum(amount != 0 for amount in made) <= 1
    return sum(made)


def test_the_claim_counts_on_the_rent_of_the_default_and_its_base_decline() -> None:
    """The rent of month 3 is 64 / 8 = 8, so letting again starts from 0.6 x 8 = 4.8 an hour, a half less each month.

    n = 4, d = 2: remaining 4 x 3 = 12; expected 4.8 x (1/2 ** 2 + 1/2 ** 3) = 4.8 x 0.375 = 1.8; 10.2 an hour is left.
    """
    claim = claim_of(rent=64.0, decline=HALVES_EACH_MONTH, **TERM_OF_SIX)
    assert claim == pytest.approx(1_000 * (4 * 3.0 - 4.8 * (1 / 4 + 1 / 8)), abs=CENT)
    assert claim == pytest.approx(10_200, abs=CENT)


def test_the_claim_with_the_sum_written_out_term_by_term() -> None:
    """A decline of 0.36: month j from the default counts 0.64 ** (j / 12) of its rent. n = 10, d = 3."""
    rent = 4.0 * 0.64 ** (3 / 12)
    months = (
        0.64 ** (3 / 12) + 0.64 ** (4 / 12) + 0.64 ** (5 / 12) + 0.64 ** (6 / 12)
        + 0.64 ** (7 / 12) + 0.64 ** (8 / 12) + 0.64 ** (9 / 12)
    )  # fmt: skip
    claim = claim_of(
        rent=4.0, decline=0.36, stops="month 3", term_months=12, at_default={"downtime_months": 3}
    )  # fmt: skip
    assert claim == pytest.approx(1_000 * (10 * 3.0 - 0.6 * rent * months), abs=CENT)


def test_a_launch_before_the_default_lowers_what_letting_is_expected_to_bring() -> None:
    """The rent has stepped from 2 to 1: 12,000 - 2 x 600. A launch after the default is not foreseen by the claim."""
    step = {"generations": ("g",), "rent_step": -0.5, "resale_step": 0.0}
    before = Launch.model_validate({"when": "month 2", **step})
    after = Launch.model_validate({"when": "month 4", **step})
    assert claim_of(launch=before, **TERM_OF_SIX) == pytest.approx(10_800, abs=CENT)
    assert claim_of(launch=after, **TERM_OF_SIX) == pytest.approx(9_600, abs=CENT)


def test_a_rent_that_does_not_decline_counts_every_month_alike() -> None:
    """A decline of 0 has no geometric sum: n - d = 3 months at d = 1. A tiny decline comes to the same."""
    terms: dict[str, Any] = {**TERM_OF_SIX, "at_default": {"downtime_months": 1}}
    assert claim_of(**terms) == pytest.approx(1_000 * (12 - 1.2 - 1.2 - 1.2), abs=CENT)
    almost = claim_of(**terms, decline=1e-6)
    assert almost == pytest.approx(claim_of(**terms), abs=0.01)  # a millionth of some thousands


@pytest.mark.parametrize(
    ("downtime", "claim"),
    [
        (3, 12_000 - 1_200),  # n = 4: one month of letting, the last, is still expected
        (4, 12_000),
        (5, 12_000),
        (120, 12_000),
    ],
)
@pytest.mark.parametrize("decline", [0.0, 1e-5])
def test_downtime_beyond_the_term_leaves_the_whole_price_to_claim(downtime: int, claim: float, decline: float) -> None:
    found = claim_of(**TERM_OF_SIX, decline=decline, at_default={"downtime_months": downtime})
    assert found == pytest.approx(claim, abs=0.05)  # a hundred-thousandth of 1,200, four months on


def test_the_expected_months_of_letting_never_count_against_the_customer() -> None:
    """With d > n the geometric sum is negative; the claim is the price and not more."""
    terms: dict[str, Any] = {**TERM_OF_SIX, "at_default": {"downtime_months": 6}}
    assert claim_of(rent=64.0, decline=HALVES_EACH_MONTH, **terms) == pytest.approx(12_000, abs=CENT)


@pytest.mark.parametrize(("rent", "claim"), [(10.0, 0.0), (5.0, 0.0), (4.0, 2_400.0)])
def test_letting_above_the_price_leaves_nothing_to_claim(rent: float, claim: float) -> None:
    """Without downtime, four months of 0.6 x 5 make up for four of 3; at a rent of 4, 4 x (3 - 2.4) is lost."""
    found = claim_of(**TERM_OF_SIX, rent=rent, at_default={"downtime_months": 0})
    assert found == pytest.approx(claim, abs=CENT)


def test_without_downtime_the_units_are_let_in_the_month_of_the_default() -> None:
    trace = lease(5, **TERM_OF_SIX, at_default={"downtime_months": 0})
    holds(
        trace,
        {
            "performing": [1, 1, 0, 0, 0],
            "let_again": [0, 0, 1, 1, 1],
            "used": [1, 1, 0.75, 0.75, 0.75],
            "idle": [0, 0, 0.25, 0.25, 0.25],
            "rate": [3, 3, 1.2, 1.2, 1.2],
            "letting_cost_if_held": [0, 0, 500, 0, 0],
            "claim_made": [0, 0, 12_000 - 4 * 1_200, 0, 0],
        },
    )


def test_what_is_let_again_follows_the_rent_of_each_month() -> None:
    """64 halved five times is 2 in month 5: 0.6 x 2, then 0.6 x 1."""
    trace = lease(6, rent=64.0, decline=HALVES_EACH_MONTH, **TERM_OF_SIX)
    holds(trace, {"rate": [3, 3, 0, 0, 1.2, 0.6]})


@pytest.mark.parametrize(
    ("lag", "received"),
    [(0, [0, 0, 2_400, 0, 0, 0]), (1, [0, 0, 0, 2_400, 0, 0]), (3, [0, 0, 0, 0, 0, 2_400]), (4, [0] * 6)],
)
def test_the_claim_is_paid_once_after_its_lag_and_lost_after_the_last_month(lag: int, received: list[float]) -> None:
    holds(lease(6, **TERM_OF_SIX, at_default={"claim_lag_months": lag}), {"claim_received": received})


@pytest.mark.parametrize(("recovery", "received"), [(0.0, 0.0), (0.5, 4_800.0), (1.0, 9_600.0)])
def test_the_share_recovered_is_received(recovery: float, received: float) -> None:
    trace = lease(9, **TERM_OF_SIX, at_default={"claim_recovery": recovery})
    assert sum(trace.months("lease.claim_received")) == pytest.approx(received, abs=CENT)


def test_the_claim_is_for_the_committed_share() -> None:
    """Half of the hours at 3: 4 x 1.5 = 6 an hour, less two months at 1.2."""
    assert claim_of(**TERM_OF_SIX, share_committed=0.5) == pytest.approx(1_000 * (4 * 1.5 - 2 * 1.2), abs=CENT)


@pytest.mark.parametrize(("stops", "months"), [(1, 6), (2, 5), (5, 2), (6, 1)])
def test_the_claim_counts_the_months_of_the_term_from_the_default_on(stops: int, months: int) -> None:
    """With a downtime of ten months nothing is expected of letting: the price of the months that are left."""
    found = claim_of(stops=f"month {stops}", term_months=6, at_default={"downtime_months": 10})
    assert found == pytest.approx(months * 3_000, abs=CENT)


# Default outside the term


def test_a_customer_that_stopped_before_the_start_is_hit_in_the_first_month_in_force() -> None:
    """In force from month 3 for four months: hit in month 3, n = 4, idle in 3 and 4, let again from 5."""
    holds(
        lease(8, stops="month 1", start="month 2"),
        {
            "in_force": [0, 0, 1, 1, 1, 1, 0, 0],
            "performing": [0, 0, 0, 0, 0, 0, 0, 0],
            "hit": [0, 0, 1, 1, 1, 1, 1, 1],
            "let_again": [0, 0, 0, 0, 1, 1, 1, 1],
            "merchant": [0, 0, 0, 0, 0, 0, 0, 0],
            "idle": [1, 1, 1, 1, 0.25, 0.25, 0.25, 0.25],
            "claim_made": [0, 0, 12_000 - 2_400, 0, 0, 0, 0, 0],
            "claim_received": [0, 0, 0, 0, 2_400, 0, 0, 0],
        },
    )


@pytest.mark.parametrize("stops", ["month 5", "month 6", "month 7"])
def test_a_customer_that_stops_after_the_term_changes_nothing(stops: str) -> None:
    holds(lease(8, stops=stops), AS_AGREED)


def test_a_default_in_the_last_month_counts() -> None:
    """n = 1 and d = 2: the price of a month is claimed, and the contract did not end as agreed."""
    trace = lease(7, stops="month 4")
    holds(
        trace,
        {
            "performing": [1, 1, 1, 0, 0, 0, 0],
            "let_again": [0, 0, 0, 0, 0, 1, 1],
            "merchant": [0, 0, 0, 0, 0, 0, 0],
            "claim_made": [0, 0, 0, 3_000, 0, 0, 0],
        },
    )


# Within a month


@pytest.mark.parametrize(
    ("start", "delivered"), [(MID_APRIL, "closing"), (MID_APRIL, MID_APRIL), ("delivery", MID_APRIL)]
)
@pytest.mark.parametrize("term", [2, 5, 6, 12])
def test_a_start_within_a_month_is_in_force_for_its_term_exactly(start: Any, delivered: Any, term: int) -> None:
    """Half of April, the whole months after it, and the half of the last month that makes the term full."""
    in_force = lease(20, start=start, delivered=delivered, term_months=term).months("lease.in_force")
    assert in_force[3:5] == [0.5, 1.0]
    assert sum(in_force) == pytest.approx(term, abs=ROUNDING)


def test_a_start_within_a_month_pays_for_its_share() -> None:
    """Half of April, May, and half of June, which has 30 days too; July is the idle month after the end."""
    trace = lease(8, start=MID_APRIL, term_months=2)
    holds(
        trace,
        {
            "in_force": [0, 0, 0, 0.5, 1, 0.5, 0, 0],
            "used": [0, 0, 0, 0.5, 1, 0.5, 0, 0.5],
            "idle": [1, 1, 1, 0.5, 0, 0.5, 1, 0.5],
            "revenue_if_held": [0, 0, 0, 1_500, 3_000, 1_500, 0, 800],
        },
    )


def test_a_start_on_the_tenth_pays_for_the_days_left_and_makes_up_for_them_at_its_end() -> None:
    """Two thirds of April, May, and a third of June. A claim in May counts 4/3 of a month, one in June a third."""
    tenth: dict[str, Any] = {"start": date(2027, 4, 10), "term_months": 2}
    holds(lease(7, **tenth), {"in_force": [0, 0, 0, 2 / 3, 1, 1 / 3, 0]})
    for stops, months in ((4, 2.0), (5, 4 / 3), (6, 1 / 3)):
        found = claim_of(**tenth, stops=f"month {stops}", at_default={"downtime_months": 10})
        assert found == pytest.approx(months * 3_000, abs=CENT)


def test_a_contract_does_not_start_before_its_units_are_delivered() -> None:
    """Signed at closing, delivered at the end of month 2: four months from then, or from a later start of its own."""
    holds(lease(8, delivered="month 2"), {"in_force": [0, 0, 1, 1, 1, 1, 0, 0], "idle": [0, 0, 0, 0, 0, 0, 1, 0.5]})
    holds(lease(8, delivered="month 2", start="month 3"), {"in_force": [0, 0, 0, 1, 1, 1, 1, 0]})


@pytest.mark.parametrize("delivered", ["month 4", MID_APRIL])
def test_a_contract_that_waits_for_its_units_loses_nothing_of_its_term(delivered: Any) -> None:
    """Dated 20 March, it starts on delivery: after April, or with half of April left; two months follow."""
    in_force = lease(8, start=date(2027, 3, 20), delivered=delivered, term_months=2).months("lease.in_force")
    assert sum(in_force) == pytest.approx(2, abs=ROUNDING)
    assert in_force[3] == (0 if delivered == "month 4" else 0.5)


def test_a_delivery_within_a_month_has_no_idle_share_before_it() -> None:
    trace = lease(8, start="delivery", delivered=MID_APRIL, term_months=2)
    holds(trace, {"idle": [0, 0, 0, 0, 0, 0.5, 1, 0.5]})


@pytest.mark.parametrize(("stops", "months"), [(4, 2.0), (5, 1.5), (6, 0.5)])
def test_the_claim_within_a_month_counts_the_months_left_of_the_term(stops: int, months: float) -> None:
    """From 15 April for two months: 2 are left at the start, 1.5 from May on, 0.5 in June."""
    found = claim_of(
        start=MID_APRIL, term_months=2, stops=f"month {stops}", at_default={"downtime_months": 10}
    )  # fmt: skip
    assert found == pytest.approx(months * 3_000, abs=CENT)


def test_the_expected_letting_of_a_start_within_a_month_counts_its_term_and_no_more() -> None:
    """The customer stopped before the start: n = 2 at the rent of April, 16 / 2 ** 4 = 1.

    Without downtime letting again is to bring 0.6 x (1 + 1/2) = 0.9 an hour; 2 x 3 - 0.9 = 5.1 is claimed.
    """
    found = claim_of(
        start=MID_APRIL, term_months=2, stops="month 1", rent=16.0, decline=HALVES_EACH_MONTH,
        at_default={"downtime_months": 0},
    )  # fmt: skip
    assert found == pytest.approx(5_100, abs=CENT)


def test_units_are_not_let_before_they_are_delivered() -> None:
    """The customer stopped before a delivery on 15 April: at most half of April's hours can be let again."""
    trace = lease(6, start="delivery", delivered=MID_APRIL, stops="month 1", at_default={"downtime_months": 0})
    assert trace.months("lease.used")[3] <= 0.5
    assert min(trace.months("lease.idle")) >= 0


# Who pays site costs


@pytest.mark.parametrize(
    ("payer", "net", "standing", "used"),
    [
        # months: performing, idle, in merchant use for half of the hours
        ("customer", True, [0, 1, 0.5], [0, 0, 0]),
        ("customer", False, [0, 1, 1.0], [0, 0, 0.5]),
        ("issuer", True, [1, 1, 0.5], [1, 0, 0]),
        ("issuer", False, [1, 1, 1.0], [1, 0, 0.5]),
    ],
)
def test_the_issuer_bears_what_no_one_else_does(
    payer: str, net: bool, standing: list[float], used: list[float]
) -> None:
    """The contract says who pays while the customer pays, the market's basis who pays in other use; idle is ours."""
    trace = lease(6, site_costs_paid_by=payer, net=net, running_costs=True)
    assert trace.months("lease.issuer_standing")[3:] == standing
    assert trace.months("lease.issuer_used")[3:] == used


@pytest.mark.parametrize(("net", "standing", "used"), [(True, 0.25, 0.0), (False, 1.0, 0.75)])
def test_after_a_default_the_basis_of_the_market_decides(net: bool, standing: float, used: float) -> None:
    """Let again at 0.75 of the hours from month 5: the defaulted contract's payer has no say."""
    for payer in ("customer", "issuer"):
        trace = lease(6, **TERM_OF_SIX, site_costs_paid_by=payer, net=net, running_costs=True)
        assert trace.months("lease.issuer_standing")[4] == standing
        assert trace.months("lease.issuer_used")[4] == used


def test_without_running_costs_no_one_bears_them() -> None:
    assert "lease.issuer_standing" not in lease(2).model.definitions
    assert "lease.issuer_used" not in lease(2).model.definitions


# What is taken and refused


def test_a_contract_may_cover_all_units_of_its_cohort() -> None:
    fields = lease_fields(units="all")
    assert TakeOrPay.model_validate(fields).units == "all"


@pytest.mark.parametrize(
    "fields",
    [
        {"term_months": 0},
        {"term_months": 2.5},
        {"share_committed": 1.01},
        {"price_per_hour": -1.0},
        {"units": 0.0},
        {"units": "some"},
        {"at_default": {"claim_recovery": 1.5}},
        {"at_default": {"downtime_months": -1}},
        {"at_default": {"then": "sold"}},
        {"at_expiry": {"then": "re_let"}},
    ],
)
def test_terms_beyond_their_limits_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        lease(2, **fields)
