"""What a pool of loans says of how it behaves, in the words of a term sheet."""

from __future__ import annotations

from collections.abc import Sequence

from dealmodel.basics.words import counted, digits, listed, percent

STAGES = {"maturity": "to maturity", "lag_before_maturity": "so long that recoveries come by maturity"}


def rates_in_words(measure: str, speed: float, vector: Sequence[float], vector_of: str, by: str) -> str:
    """Measure and speed; of a vector, its rates, their months and what they are multiplied by."""
    if measure != "vector":
        return f"{percent(speed)} {measure.upper()}"
    times = "" if speed == 1 else f"{digits(speed, 4)} times "
    since = "months from the cut-off date" if by == "month" else "months of age"
    return f"{times}a vector of {vector_of.upper()} by {since}: {listed([percent(rate) for rate in vector])}"


def defaults_in_words(rates: str, severity: float, lag: int, last: str, advances: str) -> str:
    """Speed of the defaults, what is lost, when the rest comes, how long loans default, and what is advanced."""
    recovered = "in the month of default" if lag == 0 else f"{counted(lag, 'month')} after default"
    advanced = "no advances" if advances == "none" else f"{advances.replace('_', ' ')} advanced"
    return f"defaults at {rates} {STAGES[last]}, {percent(severity)} of them lost, the rest {recovered}, {advanced}"
