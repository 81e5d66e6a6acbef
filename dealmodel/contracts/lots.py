"""Lots: the units of a cohort divided by contract, and what each brings while it is held.

A lot knows its customer, its term and the market rent. It knows no cash and no state of the deal: everything here is a
schedule line, "if held". The sale of equipment is decided elsewhere and meets it in `engine.compile`.
"""

from __future__ import annotations

from dataclasses import dataclass

from dealmodel.lines.expressions import Expr, Line


@dataclass(frozen=True, slots=True)
class Contracted:
    """What a contract asks for, whether its customer pays or not.

    Parameters
    ----------
    in_force : line by month
        Share of the month in which it is in force. [share]
    owed, received : Expr
        Price of the committed hours of the months in force, and of those that were paid. [currency]
    stopped : line by month
        Whether the customer has stopped. [flag]
    issuer_keeps : bool
        Whether the issuer bears power, colocation and upkeep meanwhile.
    """

    in_force: Line
    owed: Expr
    received: Expr
    stopped: Line
    issuer_keeps: bool


@dataclass(frozen=True, slots=True)
class Lot:
    """What a lot hands to the rest of the model.

    Parameters
    ----------
    name, cohort, path : str
        Its own name, its cohort, and its place in the deal file.
    units : Expr
        Number of units. [units]
    performing : line by month or None
        Share of the month under a performing contract; None where there is no contract. [share]
    used, idle : line by month
        Shares of the month with and without a customer. [share]
    revenue : line by month
        What it bills and lets, if held. [currency]
    letting_cost : line by month or None
        Cost of letting again after a default, if held. [currency]
    claim_received : line by month or None
        Paid on the claim against a customer that stopped, held or not. [currency]
    issuer_standing, issuer_used : line by month or None
        Shares of the month for which the issuer bears standing cost, and power. [share]
    contracted : Contracted or None
        What the contract asks for, paid or not; None where there is no contract.
    """

    name: str
    cohort: str
    path: str
    units: Expr
    performing: Line | None
    used: Line
    idle: Line
    revenue: Line
    letting_cost: Line | None = None
    claim_received: Line | None = None
    issuer_standing: Line | None = None
    issuer_used: Line | None = None
    contracted: Contracted | None = None
