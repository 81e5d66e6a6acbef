"""When a customer stops paying: the month named is the first that is not paid."""

from __future__ import annotations

import pytest

from dealmodel.basics.kinds import place_kinds
from dealmodel.contracts.customers import Customer, define_stops
from dealmodel.lines.build import Builder
from dealmodel.lines.inputs import Input
from dealmodel.lines.names import NEVER
from dealmodel.lines.trace import Trace
from dealmodel.lines.values import values_of


@pytest.mark.parametrize(
    ("month", "stopped"),
    [(0, [1, 1, 1, 1]), (1, [1, 1, 1, 1]), (3, [0, 0, 1, 1]), (5, [0, 0, 0, 0]), (NEVER, [0, 0, 0, 0])],
)
def test_the_month_named_is_the_first_unpaid_and_no_later_one_is_paid(month: int, stopped: list[int]) -> None:
    customer = Customer.model_validate({"class": "a"})
    place_kinds(customer, "customers.one")
    lines = Builder("stops", periods=4)
    lines.add_input(Input("time.month", "month", (1.0, 2.0, 3.0, 4.0), monthly=True, live=False))
    lines.add_input(Input("customers.one.stops_paying", "month", float(month)))
    define_stops(lines, {"one": customer})
    model = lines.build()
    assert Trace.of(model, values_of(model)).months("customer.one.stopped") == stopped


def test_a_customer_pays_unless_a_scenario_says_otherwise() -> None:
    assert str(Customer.model_validate({"class": "a"}).stops_paying) == "never"
