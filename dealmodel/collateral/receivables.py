"""A pool of loans or leases: its tape, how fast it prepays and defaults, and what of it enters a deal as series."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from pydantic import model_validator

from dealmodel.basics.kinds import Kind, live, shape
from dealmodel.basics.words import digits, percent
from dealmodel.collateral.loan_table import LoanTable
from dealmodel.collateral.loans.flows import Flows, flows
from dealmodel.collateral.loans.replines import Replines
from dealmodel.collateral.loans.servicing import servicing
from dealmodel.collateral.loans.speeds import Default, Prepayment
from dealmodel.collateral.loans.words import defaults_in_words, rates_in_words
from dealmodel.collateral.pools import WORDS, Pool, PoolCash, check_total
from dealmodel.lines.arithmetic import Floats
from dealmodel.lines.build import Builder, VariesByMonth
from dealmodel.lines.supplies import Supply
from dealmodel.market.clock import Clock

BY_AGE = ("abs", "psa", "sda")
SHARES = ("abs", "smm", "cpr", "mdr", "cdr")


class Rates(Kind):
    """Base of the speeds. A vector has a rate for month 1, 2, 3 and so on; the last one holds after it."""

    speed: float = live("times", "The speed as a decimal: 0.015 is 1.5% ABS, 0.06 a CPR of 6%, 1.5 is 150% PSA or SDA; "
                        "of a vector, what its rates are multiplied by", ge=0, le=100)  # fmt: skip
    vector: tuple[float, ...] = shape("rate per year", "Rates of the measure `vector`, month after month", default=(),
                                      reason="other measures have none")  # fmt: skip
    by: Literal["month", "age"] = shape(
        "name", "Whether the vector's months are counted from the cut-off date, or from origination", default="month",
        reason="vectors are given for a pool as it stands",
    )  # fmt: skip

    @model_validator(mode="before")
    @classmethod
    def _once(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("measure") == "vector" and "speed" not in data:
            return {**data, "speed": 1.0}
        return data

    @model_validator(mode="after")
    def _one_form(self) -> Rates:
        measure = str(getattr(self, "measure", ""))
        if (measure == "vector") != bool(self.vector):
            raise ValueError("`vector: [..]` belongs to `measure: vector`, which needs it")
        if measure in SHARES and self.speed > 1:
            raise ValueError(f"{measure} of {self.speed:g} is no share of a balance; write 0.015 for 1.5%")
        for month, rate in enumerate(self.vector, 1):
            if not 0 <= rate <= 1:
                raise ValueError(f"the rate {rate:g} of month {month} of the vector is not between 0 and 1")
        return self

    def unit_here(self, field: str) -> str:
        """A speed is a share of a balance, or a multiple of a curve."""
        return "share" if field == "speed" and getattr(self, "measure", "") in SHARES else ""

    def most_here(self, field: str) -> float | None:
        """A share of a balance is 1 at most."""
        return 1.0 if field == "speed" and getattr(self, "measure", "") in SHARES else None

    def rests_on_age(self) -> bool:
        """Whether it looks at the age of a loan."""
        return getattr(self, "measure", "") in BY_AGE or (bool(self.vector) and self.by == "age")

    def table(self) -> Floats | None:
        """The vector, or None where the measure is no vector."""
        return np.array(self.vector) if self.vector else None


class PrepaymentRates(Rates):
    """How fast loans prepay."""

    measure: Literal["abs", "smm", "cpr", "psa", "vector"] = shape("name", "What the speed is a speed of")
    vector_of: Literal["cpr", "smm"] = shape("name", "Whether the vector holds rates of a year or of a month",
                                             default="cpr", reason="vectors are mostly of a year")  # fmt: skip

    def words(self) -> str:
        """Measure and speed."""
        return rates_in_words(self.measure, self.speed, self.vector, self.vector_of, self.by)


class DefaultRates(Rates):
    """How fast loans default."""

    measure: Literal["mdr", "cdr", "sda", "vector"] = shape("name", "What the speed is a speed of")
    vector_of: Literal["cdr", "mdr"] = shape("name", "Whether the vector holds rates of a year or of a month",
                                             default="cdr", reason="vectors are mostly of a year")  # fmt: skip

    def words(self) -> str:
        """Measure and speed."""
        return rates_in_words(self.measure, self.speed, self.vector, self.vector_of, self.by)


class PoolServicing(Kind):
    """Servicing that is taken inside the pool, before its interest is passed on; not more than that interest."""

    rate_per_year: float = live("rate per year", "Rate on opening balances", ge=0, le=1)
    least_per_loan_month: float = live(
        "currency per unit", "Least amount for a loan and month; the table then says how many loans there are", ge=0,
        default=0.0, reason="no minimum unless stated",
    )  # fmt: skip

    def words(self) -> str:
        """The rate and the least amount."""
        least = f", at least {digits(self.least_per_loan_month)} a loan and month" if self.least_per_loan_month else ""
        return f"servicing of {percent(self.rate_per_year)} a year inside the pool{least}"


class Receivables(Pool):
    """Loans or leases that amortize, prepay and default; worked out apart from the lines, for all scenarios at once."""

    kind: Literal["receivables"] = shape("name", "The kind")
    loans: LoanTable = shape("table", "Loans at the cut-off date")
    amortization: Literal["level_pay", "balloon", "interest_only", "fixed_principal", "lease"] = shape(
        "name", "How they are repaid"
    )
    prepayment: PrepaymentRates | None = shape("name", "How fast they prepay", default=None, reason="none prepays")
    default: DefaultRates | None = shape("name", "How fast they default", default=None, reason="none defaults")
    severity: float | None = live(
        "share", "Share of a defaulted balance that is lost", ge=0, le=1, default=None, reason="nothing defaults"
    )
    recovery_lag_months: int = shape("months", "Months from default to what is recovered", ge=0, le=120, default=0,
                                     reason="in the month of default")  # fmt: skip
    advances: Literal["none", "principal_and_interest"] = shape(
        "name", "What the servicer pays for loans in default until they are liquidated", default="none",
        reason="servicers of consumer loans advance nothing on them",
    )  # fmt: skip
    last_defaults: Literal["lag_before_maturity", "maturity"] = shape(
        "name", "Whether loans default up to their maturity, or only so long that what is recovered comes by then",
        default="lag_before_maturity", reason="as the standard formulas have it",
    )  # fmt: skip
    months_in_first_collection: int = shape(
        "months", "Months of the pool that are collected in the first collection month", ge=1, le=24, default=1,
        reason="the cut-off date is a month before the first collections end",
    )  # fmt: skip
    stated_total: float | None = shape(
        "currency", "Balance at the cut-off date that the rows must come to", gt=0, default=None,
        reason="nothing is compared",
    )  # fmt: skip
    servicing: PoolServicing | None = shape(
        "name", "Servicing taken out of the interest inside the pool", default=None, reason="a fee of the deal pays it"
    )

    @model_validator(mode="after")
    def _suits(self) -> Receivables:
        check_total(self.original_balance(), self.stated_total)
        rates = [row for row in (self.prepayment, self.default) if row is not None]
        if any(row.rests_on_age() for row in rates) and "age_months" not in self.loans.columns:
            raise ValueError("a speed looks at the age of a loan; give the loans a column `age_months`")
        if (self.default is None) != (self.severity is None):
            raise ValueError("`severity` is the loss on what defaults: give both `default` and `severity`, or neither")
        if self.advances != "none" and self.last_defaults == "maturity":
            raise ValueError("`last_defaults: maturity` is for a pool without advances")
        least = self.servicing.least_per_loan_month if self.servicing is not None else 0.0
        if least > 0 and "loans" not in self.loans.columns:
            raise ValueError("a least amount for a loan needs a column `loans`, the number of loans of a row")
        self.replines()
        return self

    def original_balance(self) -> float:
        """Sum of the balances."""
        return sum(self.loans.column("balance") or ())

    def replines(self) -> Replines:
        """The rows as arrays."""
        columns = {name: np.array(found) for name in self.loans.known if (found := self.loans.column(name)) is not None}
        return Replines(
            balance=columns["balance"],
            rate=columns["rate"],
            remaining=columns["remaining_months"],
            age=columns.get("age_months", np.zeros(len(self.loans.rows))),
            kind=self.amortization,
            amortization=columns.get("amortization_months"),
            interest_only=columns.get("interest_only_months"),
            payment=columns.get("payment"),
            residual=columns.get("residual"),
            loans=columns.get("loans"),
        )

    def define(self, lines: Builder, clock: Clock) -> PoolCash:
        """Supply what the pool brings in each collection month."""
        reads = self._reads(lines)
        words = [word for word in WORDS if self._has(word)]
        stage = _Stage(self, self.replines(), lines.periods, {path: key for key, path in reads.items()})
        base = f"supplied.{self.path}"
        paths = {word: f"{base}.{word}" for word in words}
        supply = Supply(
            self.path,
            tuple(reads.values()),
            tuple(paths.values()),
            lambda read: {f"{base}.{word}": months for word, months in stage.run(read).items() if word in paths},
            self._mark(),
        )
        gives = {path: ("currency", f"{WORDS[word]}, {self.row}") for word, path in paths.items()}
        found = lines.supply(supply, gives)
        label = f"Balance of {self.row} at the cut-off date"
        original = lines.named(f"{self.row}_original_balance", self.original_balance(), "currency", label)
        return PoolCash(original, {word: found[path] for word, path in paths.items()})

    def _has(self, word: str) -> bool:
        if word == "prepaid":
            return self.prepayment is not None
        return self.default is not None if word in ("recovered", "defaulted", "lost") else True

    def _reads(self, lines: Builder) -> dict[str, str]:
        """Live numbers that the stage reads: what each is, and its path."""
        found = {}
        if self.prepayment is not None:
            found["prepayment"] = lines.of(self.prepayment, "speed").path
        if self.default is not None:
            found["default"] = lines.of(self.default, "speed").path
            found["severity"] = lines.of(self, "severity").path
        if self.servicing is not None:
            for field in ("rate_per_year", "least_per_loan_month"):
                number = lines.of(self.servicing, field)
                if number.monthly:
                    raise VariesByMonth(f"{number.path} is one number for the whole life", number.path)
                found[field] = number.path
        return found

    def _mark(self) -> str:
        shapes = self.model_dump(mode="json", exclude={"severity", "stated_total"})
        return hashlib.sha256(repr(shapes).encode()).hexdigest()

    def words(self) -> str:
        """How much there is, and how it behaves."""
        said = [f"{digits(self.original_balance())} in {self.loans.words()}"]
        said.append(self.amortization.replace("_", " "))
        said.append("no prepayment" if self.prepayment is None else f"prepayment at {self.prepayment.words()}")
        if self.default is not None:
            terms = (self.recovery_lag_months, self.last_defaults, self.advances)
            said.append(defaults_in_words(self.default.words(), self.severity or 0.0, *terms))
        if self.servicing is not None:
            said.append(self.servicing.words())
        if self.months_in_first_collection > 1:
            said.append(f"{self.months_in_first_collection} months in the first collection")
        return "; ".join(said)


class _Stage:
    """The arithmetic of a pool for many scenarios, gathered into collection months."""

    def __init__(self, pool: Receivables, replines: Replines, periods: int, keys: Mapping[str, str]) -> None:
        self.pool, self.replines, self.keys = pool, replines, keys
        self.first = pool.months_in_first_collection
        self.months = periods + self.first - 1

    def run(self, read: Mapping[str, Floats]) -> dict[str, Floats]:
        """Months of shape (T, S), by word, from numbers of shape (1, S) or (T, S)."""
        numbers = {key: self._by_pool_month(read[path]) for path, key in self.keys.items()}
        pool = self.pool
        prepayment, default = pool.prepayment, pool.default
        found = flows(
            self.replines,
            None if prepayment is None else Prepayment(
                prepayment.measure, numbers["prepayment"], prepayment.table(),
                prepayment.vector_of if prepayment.vector else "", prepayment.by,
            ),
            None if default is None else Default(
                default.measure, numbers["default"], default.table(),
                default.vector_of if default.vector else "", default.by,
            ),
            severity=numbers.get("severity", np.zeros(1)),
            lag=pool.recovery_lag_months,
            advances=pool.advances,
            months=self.months,
            last_defaults=pool.last_defaults,
        )  # fmt: skip
        return self._collected(found, self._fee(found, numbers))

    def _collected(self, found: Flows, fee: Floats) -> dict[str, Floats]:
        """What is passed on. With advances, loans in default are part of the balance until they are liquidated."""
        advanced = self.pool.advances != "none"
        opening, closing = found.opening, found.closing
        if advanced:
            closing = found.pool_balance
            opening = np.concatenate([found.opening[:, :1], closing[:, :-1]], axis=1)
        sums = {
            "interest": np.maximum(found.interest_received - fee, 0.0),
            "scheduled": found.scheduled + found.advanced_principal,
            "prepaid": found.prepaid,
            "recovered": found.recovered,
            "defaulted": found.defaulted,
            "lost": found.lost,
            "balance_months": opening,
        }
        months = {word: self._summed(flow) for word, flow in sums.items()}
        months["opening"] = np.concatenate([opening[:, :1], opening[:, self.first :]], axis=1).T
        months["closing"] = closing[:, self.first - 1 :].T
        return months

    def _fee(self, found: Flows, numbers: Mapping[str, Floats]) -> Floats:
        if self.pool.servicing is None:
            return np.zeros_like(found.interest)
        rates, least = np.broadcast_arrays(numbers["rate_per_year"], numbers["least_per_loan_month"])
        pairs = sorted(set(zip(rates.tolist(), least.tolist(), strict=True)))
        fees = [servicing(self.replines, found, rate, minimum) for rate, minimum in pairs]
        if len(pairs) == 1:
            return fees[0]
        place = [pairs.index(pair) for pair in zip(rates.tolist(), least.tolist(), strict=True)]
        many = [np.broadcast_to(fee, (len(place), self.months)) for fee in fees]
        return np.array([many[which][row] for row, which in enumerate(place)])

    def _summed(self, flow: Floats) -> Floats:
        """(S, M) by month of the pool to (T, S) by collection month; the first holds `first` months of the pool."""
        start = flow[:, 0].copy()
        for month in range(1, self.first):
            start = start + flow[:, month]
        return np.concatenate([start[:, np.newaxis], flow[:, self.first :]], axis=1).T

    def _by_pool_month(self, number: Floats) -> Floats:
        """(1, S) to (S,); (T, S) by collection month to (S, M) by month of the pool."""
        if number.shape[0] == 1:
            row: Floats = number[0]
            return row
        before = np.repeat(number[:1], self.first - 1, axis=0)
        return np.concatenate([before, number]).T
