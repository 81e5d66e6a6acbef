"""Speeds, defaults and recoveries of pools against tables that others printed.

Sources: Bond Market Association, Uniform Practices, chapter SF, 1999 (`bma_defaults.json`); an encyclopedia article's
table of 100% SDA at 150% PSA (`sda_150psa_handbook.json`). Amounts are printed in whole dollars, rates to the digits
that the allowances name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dealmodel.analytics.durations import average_life
from dealmodel.collateral.loans.flows import Flows, flows
from dealmodel.collateral.loans.replines import Replines
from dealmodel.collateral.loans.speeds import Default, Prepayment

DOLLAR = 0.5000001
"""Half of the last printed digit."""

SPEEDS = {"A": (Prepayment("smm", 0.01), Default("mdr", 0.01)), "B": (Prepayment("psa", 1.5), Default("sda", 1.0))}


def single(balance: float, wac: float, wam: int, age: int = 0) -> Replines:
    return Replines(np.array([balance]), np.array([wac]), np.array([wam]), np.array([age]))


def printed_columns(found: Flows) -> dict[str, Any]:
    """The columns of the association's tables."""
    return {
        "closing": found.closing,
        "defaulted": found.defaulted,
        "in_foreclosure": found.in_foreclosure,
        "expected_amortization": found.scheduled + found.advanced_principal,
        "prepaid": found.prepaid,
        "advanced_principal": found.advanced_principal,
        "actual_amortization": found.scheduled,
        "expected_interest": found.interest + found.advanced_interest,
        "interest_lost": found.advanced_interest,
        "actual_interest": found.interest,
        "recovered": found.recovered,
        "lost": found.lost,
    }


@pytest.mark.parametrize("table", ["A", "B"])
def test_cash_flows_with_defaults_and_advances(
    table: str, published: Callable[..., Any], tally: Callable[..., Any]
) -> None:
    data = published("bma_defaults")
    given = data["inputs"]
    pool = single(given["balance"], given["wac"], given["wam"], given["age"])
    prepayment, default = SPEEDS[table]
    found = printed_columns(
        flows(
            pool,
            prepayment,
            default,
            severity=given["severity"],
            lag=given["lag"],
            advances=given["advances"],
            months=360,
        )
    )
    figures = tally(f"BMA cash flow {table}, USD")
    for month, row in data["expected"][table].items():
        for name, printed in zip(data["fields"], row, strict=True):
            figures.compare(f"month {month}, {name}", found[name][0, int(month) - 1], printed, DOLLAR)
    for name, printed in data["expected"][f"{table}_total"].items():
        figures.compare(f"total, {name}", found[name].sum(), printed, DOLLAR)


def test_cumulative_defaults_of_54_speeds_in_one_call(published: Callable[..., Any], tally: Callable[..., Any]) -> None:
    data = published("bma_defaults")
    printed = data["expected"]["cumulative_default_pct"]
    pairs = [(float(psa), sda) for psa in printed["by_psa"] for sda in printed["sda"]]
    psa, sda = np.array(pairs).T / 100
    pool = single(100.0, data["inputs"]["wac"], 360)
    found = flows(
        pool,
        Prepayment("psa", psa),
        Default("sda", sda),
        severity=0.2,
        lag=12,
        advances="principal_and_interest",
        months=360,
    ).defaulted.sum(axis=1)
    figures = tally("BMA matrix of cumulative defaults, percent")
    expected = [cell for row in printed["by_psa"].values() for cell in row]
    for pair, got, cell in zip(pairs, found, expected, strict=True):
        figures.compare(f"{pair[0]}% PSA, {pair[1]}% SDA", float(got), cell, 0.0050001)
    assert figures.count == 54


def test_abs_speeds_as_smm(published: Callable[..., Any], tally: Callable[..., Any]) -> None:
    """The printed table by month of age; also its worked example, 2.5000% in month 11 at 2% ABS."""
    figures = tally("ABS to SMM, percent")
    for speed, column in published("bma_defaults")["expected"]["smm_pct_by_month_of_age"].items():
        measure = Prepayment("abs", float(speed) / 100)
        for age, printed in enumerate(column, start=1):
            got = 100 * measure.rate(1, np.array([age - 1]), slice(0, 1))[0, 0]
            figures.compare(f"{speed}% ABS, month {age}", float(got), printed, 0.0050001)
    figures.compare("example", 100 * Prepayment("abs", 0.02).rate(9, np.array([2]), slice(0, 1))[0, 0], 2.5, 5e-5)


def test_sda_table_of_the_handbook(published: Callable[..., Any], tally: Callable[..., Any]) -> None:
    """The table's factor is that of 150% PSA alone; defaults are its MDR times that factor at the end of the month."""
    data = published("sda_150psa_handbook")
    given, allowed = data["inputs"], data["tolerance"]
    ages, months = np.array([given["age"]]), given["wam"]
    pool = single(1.0, given["wac"], months, given["age"])
    factor = flows(pool, Prepayment("psa", given["psa"] / 100), None, months=months).closing[0]
    default = Default("sda", given["sda"] / 100)
    mdr = np.array([default.rate(t, ages, slice(0, 1))[0, 0] for t in range(1, months + 1)])
    figures = tally("100% SDA at 150% PSA")
    for month, (cdr, printed, adjusted) in data["expected"]["rows"].items():
        place = int(month) - 1
        figures.compare(f"month {month}, CDR", 100 * (1 - (1 - mdr[place]) ** 12), cdr, allowed["cdr_pct"])
        figures.compare(f"month {month}, factor", factor[place], printed, allowed["factor"])
        figures.compare(f"month {month}, defaults", 100 * mdr[place] * factor[place], adjusted, allowed["mdr_pct"])
    assert figures.count == 42
    figures.compare("cumulative", 100 * (mdr * factor).sum(), data["expected"]["cumulative_pct"], allowed["cum_pct"])


def test_defaults_taken_off_before_prepayment_miss_the_cash_flows(published: Callable[..., Any]) -> None:
    """A month leaves r x (1 - MDR - SMM); r x (1 - MDR)(1 - SMM) is another model, and misses every printed balance."""
    data = published("bma_defaults")
    given = data["inputs"]
    scheduled = flows(single(given["balance"], given["wac"], 360), None, None, months=360).closing[0]
    survived = np.cumprod(np.full(360, 0.99 * 0.99))
    printed = {int(month): row[0] for month, row in data["expected"]["A"].items() if row[0]}
    assert all(abs((scheduled * survived)[month - 1] - balance) > 20 * DOLLAR for month, balance in printed.items())


def test_the_gnma_of_the_standard_formulas(tally: Callable[..., Any]) -> None:
    """9% pass-through on 9.5%, 360 months, 150% PSA: flows and life as in the chapter's example."""
    found = flows(single(100.0, 0.095, 360), Prepayment("psa", 1.5), None, months=360)
    cash = (found.scheduled + found.prepaid + found.interest * 9.0 / 9.5)[0]
    figures = tally("BMA standard formulas, pool stage")
    for month, printed in ((1, 0.8242), (2, 0.8491), (3, 0.8738), (360, 0.0562)):
        figures.compare(f"flow of month {month}", cash[month - 1], printed, 5e-5)
    life = average_life((30 * np.arange(1, 361) + 14) / 360, found.principal[0])
    assert life is not None
    figures.compare("average life", life, 9.77844, 5e-6)
