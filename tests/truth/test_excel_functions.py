"""Spreadsheet functions against values that spreadsheets give; `excel_functions.json` names its sources.

XIRR, XNPV, IRR, MIRR, NPV, PMT, IPMT, PPMT, CUMIPMT, CUMPRINC, PRICE, YIELD, DURATION, MDURATION, COUPNUM, COUPDAYBS,
EFFECT and NOMINAL. Depreciation (DB, DDB, SLN, SYD) is no part of this layer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from dealmodel.analytics.annuities import (
    interest_between,
    interest_part,
    level_payment,
    principal_between,
    principal_part,
)
from dealmodel.analytics.bonds import Bond
from dealmodel.analytics.returns import irr, mirr, npv, xirr, xnpv
from dealmodel.basics.yields import convert_yield

BASIS = {0: "30/360 US", 1: "Act/Act ICMA", 4: "30E/360"}


def printed_tolerance(printed: float, given: float) -> float:
    """The file's tolerance, or half a unit of the last digit printed where that is more."""
    exponent = Decimal(repr(float(printed))).normalize().as_tuple().exponent
    assert isinstance(exponent, int)
    return max(given, 0.5 * 10.0 ** min(exponent, 0) if printed else given)


def a_date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return datetime.strptime(text, "%d-%b-%Y").date()


def dates(texts: Sequence[str]) -> list[date]:
    return [a_date(text) for text in texts]


def flat(items: Sequence[Any]) -> list[float]:
    return [one for item in items for one in (flat(item) if isinstance(item, list) else [float(item)])]


def _annuity(args: list[Any]) -> tuple[list[Any], dict[str, Any]]:
    """A spreadsheet's rate, [number,] periods, pv, fv, type as ours: it owes pv and is to have fv, so we owe -fv."""
    return args[:2], {"final": -(args[3] or 0.0) if len(args) > 3 else 0.0, "in_advance": args[4:5] == [1]}


def pmt(args: list[Any]) -> float:
    _, rest = _annuity(args)
    return -level_payment(args[0], args[1], args[2], **rest)


def ipmt(args: list[Any]) -> float:
    _, rest = _annuity([args[0], *args[2:]])
    return -interest_part(args[0], args[1], args[2], args[3], **rest)


def ppmt(args: list[Any]) -> float:
    _, rest = _annuity([args[0], *args[2:]])
    return -principal_part(args[0], args[1], args[2], args[3], **rest)


def bond(args: list[Any], coupon: float = 0.0) -> Bond:
    """Settlement, maturity, frequency and basis of the functions on coupon dates."""
    settlement, maturity, per_year, basis = args[0], args[1], args[2], (args[3] if len(args) > 3 else 0) or 0
    return Bond(a_date(settlement), a_date(maturity), coupon, per_year, BASIS[basis])  # type: ignore[arg-type]


def price(args: list[Any]) -> float:
    return bond([args[0], args[1], args[5], *args[6:]], args[2]).price(args[3])


def coupon_days(args: list[Any]) -> float:
    if args[3:4] in ([2], [3]):  # Act/360 and Act/365 count the days of the calendar, as Act/Act does
        args = [*args[:3], 1]
    return bond(args).days_accrued


def coupon_count(args: list[Any]) -> float:
    return bond(args[:3]).coupons


FUNCTIONS: dict[str, Callable[[list[Any]], float]] = {
    "IRR": lambda args: irr(flat(args[0])).number,
    "NPV": lambda args: npv(args[0], args[1:]) / (1 + args[0]),
    "MIRR": lambda args: mirr(flat(args[:-2]), finance_rate=args[-2], reinvest_rate=args[-1]),
    "PMT": lambda args: pmt(args[0]),
    "IPMT": lambda args: ipmt(args[0]),
    "PPMT": lambda args: ppmt(args[0]),
    "CUMIPMT": lambda args: -interest_between(*args[:3], first=args[3], last=args[4]),
    "CUMPRINC": lambda args: -principal_between(*args[:3], first=args[3], last=args[4]),
    "PRICE": price,
    "COUPNUM": coupon_count,
    "COUPDAYBS": coupon_days,
    "EFFECT": lambda args: convert_yield(args[0], per_year=args[1], to=1),
    "NOMINAL": lambda args: convert_yield(args[0], per_year=1, to=args[1]),
}
"""By name, a function of the arguments in a row."""
EXACT = 1e-12
"""Rounding of a float, where a value of nil is printed."""
LEFT_OUT = {"DB", "DDB", "SLN", "SYD"}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_rows_of_a_function(name: str, published: Callable[..., Any], tally: Callable[..., Any]) -> None:
    data = published("excel_functions")
    figures = tally(f"{name}, spreadsheet values")
    for row in data["expected"]["by_function"][name]:
        value, args = row[0], row[1:]
        allowed = printed_tolerance(value, data["tolerance"]["relative"] * abs(value) + EXACT)
        figures.compare(str(args)[:60], FUNCTIONS[name](args), value, allowed)


def test_every_function_of_the_file_is_covered_or_named_as_left_out(published: Callable[..., Any]) -> None:
    names = set(published("excel_functions")["expected"]["by_function"])
    assert names - LEFT_OUT - {"XIRR", "XNPV"} == set(FUNCTIONS)


def test_rows_of_xirr(published: Callable[..., Any], tally: Callable[..., Any]) -> None:
    """The spreadsheet's rate is the one root, or one of the several that are listed."""
    data = published("excel_functions")
    figures = tally("XIRR, spreadsheet values")
    for printed, amounts, days, *_ in data["expected"]["by_function"]["XIRR"]:
        found = xirr(dates(days), amounts)
        nearest = min(found.roots, key=lambda root: abs(root - printed), default=float("nan"))
        figures.compare(f"{len(amounts)} flows", nearest, printed, printed_tolerance(printed, 1e-7 * max(1.0, printed)))


def test_rows_of_xnpv(published: Callable[..., Any], tally: Callable[..., Any]) -> None:
    figures = tally("XNPV, spreadsheet values")
    for printed, rate, amounts, days in published("excel_functions")["expected"]["by_function"]["XNPV"]:
        if not isinstance(amounts, list):
            amounts, days = [amounts], [days]
        allowed = max(1e-7 * abs(printed), 1e-7 * max(abs(amount) for amount in amounts))
        figures.compare(f"{len(amounts)} flows", xnpv(rate, dates(days), amounts), printed, allowed)


def _microsoft(name: str, args: list[Any]) -> float:
    if name == "XIRR":
        return xirr(dates(args[1]), args[0]).number
    if name == "XNPV":
        return xnpv(args[0], dates(args[2]), args[1])
    if name == "IRR":
        return irr(args[0]).number
    if name == "MIRR":
        return mirr(args[0], finance_rate=args[1], reinvest_rate=args[2])
    if name == "PRICE":
        return price(args)
    if name == "YIELD":
        return bond([args[0], args[1], args[5], args[6]], args[2]).yield_at(args[3]).number
    held = bond([args[0], args[1], args[4], args[5]], args[2])
    return held.duration(args[3]) if name == "DURATION" else held.modified_duration(args[3])


def test_examples_of_the_function_reference(published: Callable[..., Any], tally: Callable[..., Any]) -> None:
    data = published("excel_functions")
    figures = tally("Examples of the spreadsheet's function reference")
    for row in data["expected"]["microsoft_examples"]:
        if row["fn"] in LEFT_OUT:
            continue
        printed = row["value"]
        allowed = printed_tolerance(printed, 1e-7 * max(1.0, abs(printed)))
        figures.compare(row["fn"], _microsoft(row["fn"], row["args"]), printed, allowed)
    assert figures.count == 9
