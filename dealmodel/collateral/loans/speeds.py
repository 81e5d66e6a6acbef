"""Speeds: how fast the loans of a pool prepay and default, as share of a balance a month, by scenario and age.

A loan that is `age` months old at the cut-off date is in month `age + t` of its life in month t after it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from dealmodel.collateral.loans.replines import Ints
from dealmodel.lines.arithmetic import Floats

PSA_STEP, PSA_PEAK = 0.002, 0.06
SDA_AGES, SDA_RATES = (0.0, 30.0, 60.0, 120.0), (0.0, 0.006, 0.006, 0.0003)
EXHAUSTED = 1e-12
"""Share of a month's prepayment below which what is left of an ABS curve is rounding, and none."""


def monthly(yearly: Floats) -> Floats:
    """A yearly rate as one of a month: 1 - (1 - yearly)^(1/12), yearly rates above 1 being taken as 1."""
    return 1 - (1 - np.minimum(yearly, 1.0)) ** (1 / 12)


def psa_cpr(age: Floats) -> Floats:
    """CPR at 100% PSA: 0.2% for each month of age, 6% from month 30 on.

    Source: Bond Market Association, Uniform Practices, chapter SF, section B.2, 1999.
    """
    return np.minimum(PSA_STEP * age, PSA_PEAK)


def sda_cdr(age: Floats) -> Floats:
    """CDR at 100% SDA: 0.02% for each month of age to 0.60% in month 30, flat to 60, falling to 0.03% in month 120.

    Source: Bond Market Association, Uniform Practices, chapter SF, section C.4, 1999.
    """
    return np.interp(age, SDA_AGES, SDA_RATES)


def abs_smm(speed: Floats, age: Floats) -> Floats:
    """SMM in a month of age at an ABS speed: speed / (1 - speed x (age - 1)), and 1 once no loan is left.

    The same number of the loans that were originated prepays each month, so max(0, 1 - speed x age) of them are left.
    A pool that is older than 1 / speed months is prepaid in the first month.

    Source: Bond Market Association, Uniform Practices, chapter SF, section B.4, 1999.
    """
    left = 1 - speed * (age - 1)
    lasts = left > speed * (1 + EXHAUSTED)
    return np.where(lasts, speed / np.where(lasts, left, 1.0), 1.0)


@dataclass(frozen=True, slots=True)
class Speed:
    """Base of the two speeds.

    Parameters
    ----------
    measure : str
        One of `measures`.
    speed : float, array (S,) or (S, M)
        One for all, one for each scenario, or one for each scenario and month since the cut-off date. A decimal: 1.5 is
        150% PSA, 0.015 is 1.5% ABS, 0.06 a CPR of 6%. Of a vector it is what its rates are multiplied by.
    vector : array (L,) or (S, L), optional
        Of `vector`: a rate for each month 1, 2, 3 ... L. The last one holds after it.
    vector_of : str
        Whether the vector holds rates of a year or of a month; one of `vector_units`.
    by : str
        Whether the vector's months are `month` since the cut-off date, or `age` since origination.

    Raises
    ------
    ValueError
        A measure that is not known, a speed that is negative or no number, a gap in a vector, a rate above 1.
    """

    measures: ClassVar[tuple[str, ...]] = ()
    vector_units: ClassVar[tuple[str, ...]] = ()

    measure: str
    speed: Floats = field(default_factory=lambda: np.ones(1))
    vector: Floats | None = None
    vector_of: str = ""
    by: str = "month"

    def __post_init__(self) -> None:
        _choose("measure", self.measure, self.measures)
        object.__setattr__(self, "speed", speeds_of(self.measure, self.speed))
        if (self.measure == "vector") != (self.vector is not None):
            raise ValueError("a vector of rates belongs to the measure `vector`, and that measure needs one")
        if not self.vector_of:
            object.__setattr__(self, "vector_of", self.vector_units[0])
        _choose("vector_of", self.vector_of, self.vector_units)
        _choose("by", self.by, ("month", "age"))
        if self.vector is not None:
            object.__setattr__(self, "vector", speeds_of("vector", self.vector, scenarios_first=False))
            if not self.vector.shape[-1]:
                raise ValueError("a vector without rates; it has one or more")
        if self.measure in self.vector_units and self.speed.max(initial=0.0) > 1:
            raise ValueError(f"{self.measure} of {self.speed.max()}; it is a share of the balance, 1 at most")

    @property
    def scenarios(self) -> int:
        """How many scenarios it tells apart; 1 where it is the same in all."""
        by_vector = 1 if self.vector is None or self.vector.ndim == 1 else len(self.vector)
        by_speed = len(self.speed)
        if by_vector != by_speed and 1 not in (by_vector, by_speed):
            raise ValueError(f"{by_speed} speeds with vectors of {by_vector} scenarios; they are as many, or one")
        return max(by_vector, by_speed)

    @property
    def months(self) -> int | None:
        """How many months it is given for; None where it is the same in all."""
        return self.speed.shape[1] if self.speed.ndim == 2 else None

    @property
    def is_nothing(self) -> bool:
        """Whether it is 0 in all months of all scenarios."""
        return not self.speed.any() or (self.vector is not None and not self.vector.any())

    def rate(self, month: int, ages: Ints, rows: slice) -> Floats:
        """Share of a balance in a month since the cut-off date, by scenario and age.

        Parameters
        ----------
        month : int
            Month since the cut-off date, from 1.
        ages : array (U,)
            Ages at the cut-off date. [months]
        rows : slice
            The scenarios asked for.

        Returns
        -------
        array (R, U), (R, 1) or (1, U)
            Between 0 and 1, one row where all scenarios are alike, one column where all ages are.
        """
        column = self.speed[:, month - 1] if self.speed.ndim == 2 else self.speed
        speed = (column[rows] if len(column) > 1 else column)[:, np.newaxis]
        return np.minimum(self._monthly(speed, month, (ages + month).astype(np.float64), rows), 1.0)

    def _monthly(self, speed: Floats, month: int, ages: Floats, rows: slice) -> Floats:
        if self.vector is not None:
            found = speed * self._vector_rates(month, ages, rows)
            return monthly(found) if self.vector_of == self.vector_units[0] else found
        return self._by_measure(speed, ages)

    def _vector_rates(self, month: int, ages: Floats, rows: slice) -> Floats:
        assert self.vector is not None
        table = np.atleast_2d(self.vector)
        table = table[rows] if len(table) > 1 else table
        places = ages.astype(np.int64) if self.by == "age" else np.array([month])
        return table[:, np.minimum(places, table.shape[1]) - 1]

    def _by_measure(self, speed: Floats, ages: Floats) -> Floats:
        raise NotImplementedError(f"{type(self).__name__} has no formula")


@dataclass(frozen=True, slots=True)
class Prepayment(Speed):
    """Share of the scheduled balance that prepays: `smm`, `cpr`, `psa`, `abs`, or a `vector` of CPR or SMM."""

    measures: ClassVar[tuple[str, ...]] = ("smm", "cpr", "psa", "abs", "vector")
    vector_units: ClassVar[tuple[str, ...]] = ("cpr", "smm")

    def _by_measure(self, speed: Floats, ages: Floats) -> Floats:
        if self.measure == "abs":
            return abs_smm(speed, ages)
        if self.measure == "smm":
            return speed
        return monthly(speed if self.measure == "cpr" else speed * psa_cpr(ages))


@dataclass(frozen=True, slots=True)
class Default(Speed):
    """Share of the performing balance that defaults: `mdr`, `cdr`, `sda`, or a `vector` of CDR or MDR."""

    measures: ClassVar[tuple[str, ...]] = ("mdr", "cdr", "sda", "vector")
    vector_units: ClassVar[tuple[str, ...]] = ("cdr", "mdr")

    def _by_measure(self, speed: Floats, ages: Floats) -> Floats:
        if self.measure == "mdr":
            return speed
        return monthly(speed if self.measure == "cdr" else speed * sda_cdr(ages))


def speeds_of(name: str, given: ArrayLike, *, scenarios_first: bool = True) -> Floats:
    """A number, or numbers by scenario, or by scenario and month, as an array of one or two dimensions.

    Raises
    ------
    ValueError
        Where a number is negative or missing, or there are more dimensions.
    """
    values = np.atleast_1d(np.asarray(given, dtype=np.float64))
    if values.ndim > 2 or (scenarios_first and not values.size):
        raise ValueError(f"{name} has the shape {values.shape}; it goes by scenario, or by scenario and month")
    wrong = ~(np.isfinite(values) & (values >= 0))
    if wrong.any():
        place = np.unravel_index(int(np.argmax(wrong)), values.shape)
        where = f"month {place[-1] + 1}" if values.ndim == 2 or not scenarios_first else f"scenario {place[0] + 1}"
        raise ValueError(f"{name} of {where} is {values[place]}; it is a number, and not negative")
    return values


def _choose(name: str, given: str, allowed: tuple[str, ...]) -> None:
    if given not in allowed:
        raise ValueError(f"{name} is {given!r}; choose {', '.join(allowed)}")
