"""The words of formulas: what a formula of a deal may name, and what each word means.

They follow from the rows of the deal alone, so that a formula can be checked before anything is compiled.
`engine/measuring.py` gives each word its line.
"""

from __future__ import annotations

from dealmodel.definition.deal import Deal
from dealmodel.waterfall.measures import FormulaTest

SITE_COSTS = "site_costs"
VALUES = {
    "value.resale": "resale value of the units held",
    "value.book": "book value of the units held",
    "value.cost": "original cost of the units held",
    "value.liquidation": "resale value of the units held, less discount and cost of a forced sale",
}


class Words:
    """Every word that the formulas of a deal may use.

    Parameters
    ----------
    deal : Deal
        Or whatever of it could be read.
    """

    def __init__(self, deal: Deal) -> None:
        self._tests = deal.tests
        self._place = {name: number for number, name in enumerate(deal.tests)}
        self.of_rows = _words_of_rows(deal)

    def has(self, word: str, reader: str) -> bool:
        """Whether a formula may use a word; see `of`."""
        owner, _, last = word.rpartition(".")
        return word in self.of_rows or (last == "ratio" and owner in self._tests and self._is_before(owner, reader))

    def of(self, reader: str = "") -> dict[str, str]:
        """Words that a formula may use, with their meaning.

        Parameters
        ----------
        reader : str
            The test that has the formula: it may use the ratios of tests that stand before it in the file and are
            measured when it is, or sooner. Empty for a row of `amounts`, which may use those of all measured before
            payment.
        """
        meaning = "what that test measured; 0 where it has no result"
        return {**self.of_rows, **{f"{name}.ratio": meaning for name in self._tests if self._is_before(name, reader)}}

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
    words = {
        "month": "month number; closing is 0",
        "revenue": "revenue of the month, of the units held",
        "net_cash": "revenue less site costs and fees of the month",
        **VALUES,
    }
    late = "or after it where the test is measured after payment"
    for name, tranche in deal.tranches.items():
        words[f"{name}.balance"] = f"balance before payment, {late}"
        words[f"{name}.original_balance"] = "balance at closing"
        words[f"{name}.interest"] = "interest due, arrears included"
        words[f"{name}.scheduled_principal"] = "principal that the schedule brings this month"
        if tranche.is_scheduled:
            words[f"{name}.scheduled_balance"] = "balance to be paid down to"
    known = [name for name, fee in deal.fees.items() if fee.of != "collections"]  # those follow the tests
    for name in (*known, SITE_COSTS):
        words[f"{name}.due"] = "due, arrears included"
    for name in deal.accounts:
        words[f"{name}.balance"] = f"balance before the payment date, {late}"
    return words


def formulas_of(deal: Deal) -> dict[str, FormulaTest]:
    """Tests that have a formula."""
    return {name: test for name, test in deal.tests.items() if isinstance(test, FormulaTest)}
