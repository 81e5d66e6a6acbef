"""Customers: who owes, and when they stop paying."""

from __future__ import annotations

from dealmodel.basics.kinds import Kind, live, shape
from dealmodel.basics.moments import Moment, MomentField
from dealmodel.basics.words import moment_in_words
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import Line


class Customer(Kind):
    """A customer. Its class is a word of ours, never an agency's rating."""

    customer_class: str = shape("name", "Band of credit quality, in the deal's own words", alias="class")
    stops_paying: MomentField = live(
        "month", "First month that is not paid", default=Moment(event="never"), reason="scripted by scenarios"
    )

    def words(self) -> str:
        """The class, and when it stops paying if it does."""
        stops = self.stops_paying
        return self.customer_class.replace("_", " ") + (
            "" if stops.event == "never" else f", stops paying in {moment_in_words(stops)}"
        )


def define_stops(lines: Builder, customers: dict[str, Customer]) -> dict[str, Line]:
    """Define for each customer the flag that is 1 from the first month that is not paid."""
    stopped = {}
    for name, customer in customers.items():
        with lines.at(customer.path, section="Contracts", group="Customers"):
            flag = lines.param("time.month") >= lines.of(customer, "stops_paying")
            stopped[name] = lines.line(
                f"customer.{name}.stopped", flag, unit="flag", label=f"{name} has stopped paying", role="flag"
            )
    return stopped
