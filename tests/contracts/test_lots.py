"""Units under no contract, by hand: 10 units of 100 hours a month, let for half of the hours at 0.8 an hour."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

import pytest

from dealmodel.basics.moments import Moment
from dealmodel.basics.schedule import monthly_grid
from dealmodel.contracts.lots import Lot
from dealmodel.contracts.take_or_pay import Setting, define_uncontracted
from dealmodel.lines.build import Builder
from dealmodel.lines.inputs import Input
from dealmodel.lines.trace import Trace
from dealmodel.lines.values import values_of
from dealmodel.market.clock import Clock

# The division of a stub.
ROUNDING = 1e-12


def uncontracted(
    delivered: Moment, *, net: bool = True, running_costs: bool = False, units: float = 10.0
) -> tuple[Trace, Lot]:
    """The lot `free` over six months from 31 December 2026."""
    grid = monthly_grid(
        date(2026, 12, 31), date(2027, 1, 31), 6, payment_day="month_end", convention="none", calendar="NONE"
    )
    clock = Clock(grid, "month_end", {"closing": 0})
    lines = Builder("lot", periods=6)
    lines.add_input(Input("time.month", "month", tuple(map(float, range(1, 7))), monthly=True, live=False))
    month = lines.add_input(Input("delivered", "month", float(clock.month(delivered))))
    merchant_rate = lines.add_input(Input("merchant_rate", "currency per hour", 0.8))
    nothing = cast("Any", None)  # a lot without a contract asks for no customer and no rent of its own
    setting = Setting(
        clock=clock,
        units=lines.add_input(Input("units", "units", units)),
        hours=lines.add_input(Input("hours", "hours", 100.0)),
        delivered=clock.shares_after(lines, "delivered", delivered, month),
        delivery=(delivered, month),
        stopped=nothing,
        prices=nothing,
        merchant_rate=lines.line("merchant_rate", merchant_rate, unit="currency per hour"),
        merchant_use=lines.add_input(Input("merchant_use", "share", 0.5)),
        users_pay_site_costs=net,
        running_costs=running_costs,
    )
    lot = define_uncontracted(lines, "free", path="cohorts.x", cohort="x", setting=setting)
    model = lines.build()
    return Trace.of(model, values_of(model)), lot


def test_units_under_no_contract_are_in_merchant_use_from_delivery() -> None:
    """10 x 100 x 0.8 = 800 a month from the month after delivery."""
    trace, lot = uncontracted(Moment(month=2))
    assert trace.months("free.used") == [0, 0, 0.5, 0.5, 0.5, 0.5]
    assert trace.months("free.idle") == [0, 0, 0.5, 0.5, 0.5, 0.5]
    assert trace.months("free.revenue_if_held") == pytest.approx([0, 0, 800, 800, 800, 800], abs=ROUNDING)
    assert lot.performing is None
    assert lot.letting_cost is None
    assert lot.claim_received is None


def test_a_month_of_delivery_earns_its_share() -> None:
    """15 April leaves half of its 30 days: 400, a quarter of the month in use and a quarter idle."""
    trace, _ = uncontracted(Moment(day=date(2027, 4, 15)))
    assert trace.months("free.revenue_if_held") == pytest.approx([0, 0, 0, 400, 800, 800], abs=ROUNDING)
    assert trace.months("free.used") == trace.months("free.idle") == [0, 0, 0, 0.25, 0.5, 0.5]


def test_no_units_bring_nothing() -> None:
    trace, _ = uncontracted(Moment(event="closing"), units=0.0)
    assert trace.months("free.revenue_if_held") == [0.0] * 6


def test_users_who_pay_site_costs_leave_idle_months_to_the_issuer() -> None:
    trace, lot = uncontracted(Moment(month=2), net=True, running_costs=True)
    assert lot.issuer_used is None
    assert lot.issuer_standing is not None
    assert trace.months(lot.issuer_standing.name) == [0, 0, 0.5, 0.5, 0.5, 0.5]


def test_rents_that_include_site_costs_leave_all_of_them_to_the_issuer() -> None:
    """Standing cost for every month since delivery, power for the half of the hours in use."""
    trace, lot = uncontracted(Moment(month=2), net=False, running_costs=True)
    assert lot.issuer_used is not None
    assert lot.issuer_standing is not None
    assert trace.months(lot.issuer_used.name) == [0, 0, 0.5, 0.5, 0.5, 0.5]
    assert trace.months(lot.issuer_standing.name) == [0, 0, 1, 1, 1, 1]


@pytest.mark.parametrize("net", [True, False])
def test_without_running_costs_no_one_bears_them(net: bool) -> None:
    _, lot = uncontracted(Moment(month=2), net=net)
    assert lot.issuer_used is None
    assert lot.issuer_standing is None
