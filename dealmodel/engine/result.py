"""What a run gives back: lines by period, tranches, checks, tests, and a manifest of hashes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from dealmodel.engine.conservation import CheckResult, check_results
from dealmodel.engine.issue import is_strip, size_line, yield_at_issue
from dealmodel.lines.arithmetic import Floats
from dealmodel.lines.explain import Explanation, explain
from dealmodel.lines.model import Model
from dealmodel.lines.names import NEVER
from dealmodel.lines.trace import Trace

if TYPE_CHECKING:
    import pandas as pd

HALF_A_CENT = 0.005
"""At or below it an amount counts as nothing."""
TRANCHE_COLUMNS = {
    "principal_paid": "principal_paid_in_total",
    "interest_paid": "interest_paid_in_total",
    "principal_loss": "principal_loss",
    "interest_shortfall": "interest_shortfall_at_end",
    "wal_years": "wal_years",
}


@dataclass(frozen=True, eq=False)
class Result:
    """One scenario of a deal, run in full.

    Parameters
    ----------
    model : Model
        The lines.
    scenario : str
        Which scenario.
    overrides : dict from path to number
        Base values that were changed for this run.
    lines : Trace
        Maps a line's name to its months: `result.lines["class_a.interest_paid"]` has shape (T,).
    manifest : dict
        Hashes of deal, model and scenario, and the versions that made the numbers.
    """

    model: Model
    scenario: str
    overrides: dict[str, float]
    lines: Trace
    manifest: dict[str, str]

    @cached_property
    def tranche_rows(self) -> dict[str, dict[str, float]]:
        """Figures of each tranche by name; the columns of `tranches`."""
        rows = {}
        for name in self.tranche_names:
            row = {"balance": self.lines.opening(size_line(self.model, name))}
            for column, line in TRANCHE_COLUMNS.items():
                row[column] = self.lines.number(f"{name}.{line}")
            signed = self.lines.number(f"{name}.wal_signed_years") if self.capitalises(name) else row["wal_years"]
            row["wal_signed_years"] = signed
            rows[name] = row
        return rows

    @cached_property
    def tranche_names(self) -> tuple[str, ...]:
        """Tranches in the order of the deal file."""
        suffix = ".principal_loss"
        return tuple(item.name.removesuffix(suffix) for item in self.model.summary if item.name.endswith(suffix))

    def average_lives(self, tranche: str) -> tuple[float | None, float | None]:
        """Average life, positive only and signed: see `tranches`. [years]

        None where no more than half a cent is paid, or is left to weigh. Of a strip, the life of its notional.
        """
        row = self.tranche_rows[tranche]
        if row["principal_paid"] <= HALF_A_CENT and not is_strip(self.model, tranche):
            return None, None
        return row["wal_years"] or None, row["wal_signed_years"] or None

    def capitalises(self, tranche: str) -> bool:
        """Whether a tranche may add interest to its balance, so that its signed average life is one of its own."""
        return f"{tranche}.wal_signed_years" in self.model.definitions

    @cached_property
    def tranches(self) -> pd.DataFrame:
        """One row a tranche.

        balance : at closing, of a strip its notional [currency]; coupon : rate of the first month [per year];
        principal_paid, interest_paid, principal_loss : over the life [currency]; interest_shortfall : interest unpaid
        at the end, with interest on it [currency]; wal_years : average life of the principal paid, of a strip of the
        fall of its notional, 30/360 from closing, positive only: months in which a balance grows by more than is repaid
        are left out, 0 if none is left [years]; wal_signed_years : the same with such months as negative principal, 0
        if no more comes back than was added [years]; yield : at the issue price, semi-annual and 30/360, NaN where
        there is none [per year]. The yield is solved for here, and not by the run; `analyse` gives it in other bases,
        and the reason where there is none.
        """
        import pandas as pd

        rows = {}
        for name, row in self.tranche_rows.items():
            quoted = {"coupon": self.lines.value(f"{name}.rate", 1), "yield": yield_at_issue(self.lines, name).number}
            rows[name] = {"balance": row["balance"], "coupon": quoted["coupon"], **row, "yield": quoted["yield"]}
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("tranche")

    @cached_property
    def checks(self) -> list[CheckResult]:
        """Every invariant with its worst margin and its tolerance."""
        return check_results(self.model, self.lines.number)

    @cached_property
    def periods(self) -> pd.DataFrame:
        """Every line by month, payment dates as index."""
        import pandas as pd

        names = [item.name for item in self.model.monthly]
        return pd.DataFrame(self.lines.rows, columns=names, index=pd.Index(self.model.period_ends, name="payment_date"))

    def ratio(self, test: str) -> Floats:
        """Ratio of a test by month, NaN where there was no result."""
        import numpy as np

        return np.where(self.lines[f"{test}.result"] > 0, self.lines[f"{test}.ratio"], np.nan)

    @cached_property
    def first_failures(self) -> dict[str, int | None]:
        """First month in which each test failed, or None."""
        suffix = ".first_failure"
        found: dict[str, int | None] = {}
        for item in self.model.summary:
            if item.name.endswith(suffix):
                month = int(self.lines.number(item.name))
                found[item.name.removesuffix(suffix)] = None if month >= NEVER else month
        return found

    def states(self) -> list[tuple[int, str]]:
        """Months in which the deal enters a state, with the state, the first month included."""
        suffix = ".months_in_force"
        names = [item.name.removesuffix(suffix) for item in self.model.summary if item.name.endswith(suffix)]
        flags = {name: self.lines.months(f"{name}.in_force") for name in names}
        entered: list[tuple[int, str]] = []
        for month in range(1, self.model.periods + 1):
            state = next(name for name, months in flags.items() if months[month - 1])
            if not entered or entered[-1][1] != state:
                entered.append((month, state))
        return entered

    def explain(self, line: str, period: int) -> list[Explanation]:
        """How a line came to its number in a period, with everything that went in."""
        return explain(self.lines, line, period)
