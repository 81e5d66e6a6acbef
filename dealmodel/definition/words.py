"""The words of formulas: what a formula of a deal may name, and what each word means.

They follow from the rows of the deal alone, so that a formula can be checked before anything is compiled.
`engine/measuring.py` gives each word its line.
"""

from __future__ import annotations

from dealmodel.definition.deal import Deal
from dealmodel.waterfall.amounts import FormulaAmount, SteppedAmount
from dealmodel.waterfall.measures import FormulaTest

SITE_COSTS = "site_costs"
VALUES = {
    "value.resale": "resale value of the units held",
    "value.book": "book value of the units held",
    "value.cost": "original cost of the units held",
    "value.liquidation": "resale value of the units held, less discount and cost of a forced sale",
}
EACH_POOL = {
    "balance": "closing balance of the month, after its collections",
    "opening_balance": "balance after the collections of the payment date before",
    "interest": "interest collected since the payment date before",
    "principal": "principal collected since the payment date before, scheduled and prepaid",
}
"""Words of one pool: `pool.<id>.<word>`."""

POOL_WORDS = {
    **EACH_POOL,
    "recoveries": "recovered on defaulted loans since the payment date before",
    "defaults": "balance that defaulted since the payment date before",
    "losses": "lost on defaulted loans since the payment date before",
    "losses_so_far": "lost from the cut-off date to the end of the month",
}
"""Words of all pools together: `pool.<word>`."""

FLOW_WORDS = ("interest", "principal", "recoveries", "defaults", "losses")
"""Those of the months since the payment date before, where not every month pays."""


class Words:
    """Every word that the formulas of a deal may use.

    Parameters
    ----------
    deal : Deal
        Or whatever of it could be read.
    """

    def __init__(self, deal: Deal) -> None:
        self._tests = deal.tests
        self._amounts = deal.amounts
        self._place = {name: number for number, name in enumerate(deal.tests)}
        self.of_rows = _words_of_rows(deal)

    def has(self, word: str, reader: str) -> bool:
        """Whether a formula may use a word; see `of`."""
        owner, _, last = word.rpartition(".")
        ratio = last == "ratio" and owner in self._tests and self._is_before(owner, reader)
        return word in self.of_rows or ratio or word in self._amounts_read_by(reader)

    def of(self, reader: str = "") -> dict[str, str]:
        """Words that a formula may use, with their meaning.

        Parameters
        ----------
        reader : str
            The test that has the formula: it may use the ratios of tests that stand before it in the file and are
            measured when it is, or sooner; and amounts by month. Or the row of `amounts` that has it: it may use the
            ratios of all tests measured before payment, amounts by month, and formulas of `amounts` before it.
        """
        meaning = "what that test measured; 0 where it has no result"
        ratios = {f"{name}.ratio": meaning for name in self._tests if self._is_before(name, reader)}
        return {**self.of_rows, **ratios, **self._amounts_read_by(reader)}

    def _amounts_read_by(self, reader: str) -> dict[str, str]:
        """Amounts by month; and where an amount asks, formulas that stand before it."""
        found: dict[str, str] = {}
        before = reader in self._amounts
        for name, row in self._amounts.items():
            before = before and name != reader
            if isinstance(row, SteppedAmount):
                found[name] = "that amount in the month"
            elif before and isinstance(row, FormulaAmount):
                found[name] = "what that formula gives, not below 0"
        return found

    def _is_before(self, name: str, reader: str) -> bool:
        test, asks = self._tests[name], self._tests.get(reader)
        if asks is None:
            return not test.after
        earlier = self._place[name] < self._place[reader]
        return (earlier or asks.after) if not test.after else (earlier and asks.after)


def words_of_a_formula(deal: Deal, reader: str = "") -> dict[str, str]:
    """Words that a formula may use, with their meaning; see `Words.of`."""
    return Words(deal).of(reader)


def _words_of_rows(deal: Deal) -> dict[str, str]:
    words = {"month": "month number; closing is 0", "net_cash": "collections less site costs and fees of the month"}
    if deal.collateral is None or deal.collateral.cohorts:
        words |= {"revenue": "revenue of the month, of the units held", **VALUES}
    words |= _words_of_pools(deal)
    late = "or after it where the test is measured after payment"
    for name, tranche in deal.tranches.items():
        words[f"{name}.balance"] = f"balance before payment, {late}"
        words[f"{name}.original_balance"] = "balance at closing"
        words[f"{name}.interest"] = "interest due, arrears included"
        words[f"{name}.scheduled_principal"] = "principal that the schedule brings this month"
        if tranche.is_scheduled:
            words[f"{name}.scheduled_balance"] = "balance to be paid down to"
    known = [name for name, fee in deal.fees.items() if fee.of != "collections"]  # those follow the tests
    if deal.collateral is None or deal.collateral.cohorts:
        known.append(SITE_COSTS)
    for name in known:
        words[f"{name}.due"] = "due, arrears included"
    for name in deal.accounts:
        words[f"{name}.balance"] = f"balance before the payment date, {late}"
    return words


def _words_of_pools(deal: Deal) -> dict[str, str]:
    collateral = deal.collateral
    if collateral is None or not collateral.pools:
        return {}
    words = {f"pool.{word}": meaning for word, meaning in POOL_WORDS.items()}
    words["pool.original_balance"] = "balance at the cut-off date"
    for name in collateral.pools:
        words |= {f"pool.{name}.{word}": meaning for word, meaning in EACH_POOL.items()}
    if collateral.clean_up_call is not None:
        words["pool.called"] = "1 in the month of the clean-up call and after it"
    return words


def formulas_of(deal: Deal) -> dict[str, FormulaTest]:
    """Tests that have a formula."""
    return {name: test for name, test in deal.tests.items() if isinstance(test, FormulaTest)}
