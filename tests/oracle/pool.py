"""What does a loan of a pool pay, worked out a second time, month by month, in decimals.

Independent of the package: nothing of it is imported. Balances run on payments in money, not on shares, and defaults
follow the formulas of section C.3 of the Bond Market Association's standard formulas line by line, cohort by cohort.
"""

from decimal import Decimal, localcontext
from typing import Any

ZERO, ONE, TWELVE = Decimal(0), Decimal(1), Decimal(12)


def scheduled_balances(loan: dict[str, Any]) -> list[Decimal]:
    """Balance at the cut-off date and after each payment, nothing prepaid or defaulted."""
    i, months, kind = loan["rate"] / TWELVE, loan["remaining"], loan["kind"]
    alone = loan["interest_only"] if kind == "interest_only" else 0
    term = loan["amortization"] if kind == "balloon" else months - alone
    residual = loan["residual"] if kind == "lease" else ZERO
    repaid = loan["balance"] - residual
    payment = ZERO
    if term:
        payment = repaid / term if i == 0 else repaid * i / (ONE - (ONE + i) ** -term) + residual * i
    balances = [loan["balance"]]
    for month in range(1, months + 1):
        before = balances[-1]
        due = payment - before * i
        if kind == "fixed_principal":
            due = loan["balance"] / months
        if month <= alone:
            due = ZERO
        balances.append(ZERO if month == months else before - due)
    return balances


def monthly(yearly: Decimal) -> Decimal:
    return ONE - (ONE - min(yearly, ONE)) ** (ONE / TWELVE) if yearly < 1 else ONE


def smm(measure: str, speed: Decimal, age: int) -> Decimal:
    """Single monthly mortality in a month of age."""
    if measure == "cpr":
        return monthly(speed)
    if measure == "psa":
        return monthly(speed * min(Decimal("0.002") * age, Decimal("0.06")))
    before, after = ONE - speed * (age - 1), ONE - speed * age
    return ONE - after / before if after > 0 else ONE


def mdr(measure: str, speed: Decimal, age: int) -> Decimal:
    """Monthly default rate in a month of age."""
    if measure == "cdr":
        return monthly(speed)
    peak, tail = Decimal("0.006"), Decimal("0.0003")
    if age <= 30:
        yearly = peak * age / 30
    elif age <= 60:
        yearly = peak
    else:
        yearly = max(tail, peak - (peak - tail) * (age - 60) / 60)
    return monthly(speed * yearly)


def run(loan: dict[str, Any], deal: dict[str, Any]) -> dict[str, list[Decimal]]:
    """Cash of each month: the association's columns, under the names of the package."""
    with localcontext() as context:
        context.prec = 40
        return _run(loan, deal)


def _run(loan: dict[str, Any], deal: dict[str, Any]) -> dict[str, list[Decimal]]:
    scheduled, i, lag = scheduled_balances(loan), loan["rate"] / TWELVE, deal["lag"]
    advanced = deal["advances"] == "principal_and_interest"
    names = "opening interest scheduled prepaid defaulted recovered lost closing in_foreclosure advanced_principal"
    found: dict[str, list[Decimal]] = {name: [] for name in [*names.split(), "advanced_interest"]}
    performing, foreclosure, new_defaults = loan["balance"], ZERO, []
    for month in range(1, loan["remaining"] + 1):
        kept = scheduled[month] / scheduled[month - 1] if scheduled[month - 1] else ZERO
        age = loan["age"] + month
        rate = mdr(*deal["default"], age) if month <= loan["remaining"] - lag else ZERO
        new = performing * rate
        new_defaults.append(new)
        actual = (performing - new) * (ONE - kept)
        prepaid = min(performing * kept * smm(*deal["prepayment"], age), performing - new - actual)
        liquidated = lost = ZERO
        if month > lag:
            then = month - lag
            old = new_defaults[then - 1]
            shrunk = scheduled[month - 1] / scheduled[then - 1] if advanced and scheduled[then - 1] else ONE
            liquidated = old * shrunk
            lost = min(old * deal["severity"], liquidated)
        stays = new + foreclosure - liquidated
        advance = stays * (ONE - kept) if advanced else ZERO
        row = {
            "opening": performing,
            "interest": (performing - new) * i,
            "scheduled": actual,
            "prepaid": prepaid,
            "defaulted": new,
            "recovered": liquidated - lost,
            "lost": lost,
            "closing": performing - new - prepaid - actual,
            "in_foreclosure": stays - advance,
            "advanced_principal": advance,
            "advanced_interest": (new + foreclosure) * i if advanced else ZERO,
        }
        for name, value in row.items():
            found[name].append(value)
        performing, foreclosure = row["closing"], row["in_foreclosure"]
    return found
