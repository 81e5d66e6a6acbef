"""Level payments: instalment, and what of it is interest and principal."""

from __future__ import annotations


def level_payment(
    rate: float, periods: float, balance: float, *, final: float = 0.0, in_advance: bool = False
) -> float:
    """Payment of each period that takes a balance to a final balance.

    payment = (balance g - final) r / (g - 1), with g = (1 + r)^n, over 1 + r if paid in advance; without interest
    (balance - final) / n.

    Parameters
    ----------
    rate : float
        For each period, above -1. [rate]
    periods : float
        Above 0.
    balance, final : float
        Owed now and after the last payment. [currency]
    in_advance : bool
        Whether payments are made at the start of each period.

    Returns
    -------
    float
        Positive where the balance is paid down. [currency]
    """
    _check(rate, periods)
    if rate == 0:
        return (balance - final) / periods
    growth = float((1 + rate) ** periods)
    payment = (balance * growth - final) * rate / (growth - 1)
    return payment / (1 + rate) if in_advance else payment


def balance_after(
    rate: float, periods: float, balance: float, *, payments: float, final: float = 0.0, in_advance: bool = False
) -> float:
    """Balance after a number of level payments, each with the interest of its period. [currency]"""
    payment = level_payment(rate, periods, balance, final=final, in_advance=in_advance)
    if rate == 0:
        return balance - payment * payments
    growth = float((1 + rate) ** payments)
    paid = payment * (growth - 1) / rate
    return balance * growth - (paid * (1 + rate) if in_advance else paid)


def interest_part(
    rate: float, number: int, periods: float, balance: float, *, final: float = 0.0, in_advance: bool = False
) -> float:
    """Interest in the payment of a number, counted from 1. A first payment in advance holds none. [currency]"""
    _check_number(number, periods)
    if not in_advance:
        return rate * balance_after(rate, periods, balance, payments=number - 1, final=final)
    if number == 1:
        return 0.0
    payment = level_payment(rate, periods, balance, final=final, in_advance=True)
    before = balance_after(rate, periods, balance, payments=number - 2, final=final, in_advance=True)
    return rate * (before - payment)


def principal_part(
    rate: float, number: int, periods: float, balance: float, *, final: float = 0.0, in_advance: bool = False
) -> float:
    """Principal in the payment of a number, counted from 1: the payment less its interest. [currency]"""
    payment = level_payment(rate, periods, balance, final=final, in_advance=in_advance)
    return payment - interest_part(rate, number, periods, balance, final=final, in_advance=in_advance)


def interest_between(rate: float, periods: float, balance: float, *, first: int, last: int) -> float:
    """Interest in the payments from one number to another, both included. [currency]"""
    return sum(interest_part(rate, number, periods, balance) for number in range(first, last + 1))


def principal_between(rate: float, periods: float, balance: float, *, first: int, last: int) -> float:
    """Principal in the payments from one number to another, both included. [currency]"""
    return sum(principal_part(rate, number, periods, balance) for number in range(first, last + 1))


def _check(rate: float, periods: float) -> None:
    if rate <= -1:
        raise ValueError(f"a rate of {rate} for each period leaves nothing; it must be above -1")
    if periods <= 0:
        raise ValueError(f"{periods} periods; there must be more than none")


def _check_number(number: int, periods: float) -> None:
    if not 1 <= number <= periods:
        raise ValueError(f"payment {number} is not one of 1 to {periods:g}")
