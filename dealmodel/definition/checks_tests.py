"""Tests and amounts: what they look at is there, formulas can be read, and forward service has its schedule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dealmodel.basics.errors import Issue
from dealmodel.basics.schedule import MONTHS_OF
from dealmodel.definition.checks_collateral import costs_of
from dealmodel.definition.draft import Draft, repeated
from dealmodel.definition.messages import close_to, listed, said
from dealmodel.definition.words import Words
from dealmodel.lines.expressions import Call, Expr, Number, Param, walk
from dealmodel.lines.formula import FormulaError, names_in, parse_formula
from dealmodel.waterfall.amounts import Amount, FormulaAmount, SteppedAmount
from dealmodel.waterfall.measures import (
    CoverageTest,
    FormulaTest,
    InterestCoverageTest,
    InterestTest,
    LoanToValueTest,
    LowerOf,
    NotPayingTest,
    OvercollateralizationTest,
    Test,
)

BAD_FORMULA, NO_SCHEDULE, UNKNOWN_DUE, BAD_AMOUNT = "DM-TST-001", "DM-TST-002", "DM-TST-003", "DM-TST-004"
PART_OF_A_PERIOD = "DM-TST-005"
MOST_PARTS = 100
OWN_WORDS = ("month", "net_cash")
LIMITS = ("scheduled", "minimum", "outstanding")
"""What `up_to` and the parts of an amount may say beside `cure.<test>` and rows of `amounts`."""


def check_tests(draft: Draft) -> Iterator[Issue]:
    """Tranches, accounts, fees and values that a test looks at, and its formula."""
    words = _words(draft)
    for name, test in draft.deal.tests.items():
        path = f"tests.{name}"
        for key in ("debt", "of"):
            tranches = getattr(test, key, None)
            if isinstance(tranches, tuple):
                yield from draft.unknown_in(f"{path}.{key}", tranches, "tranches")
        if isinstance(test, LoanToValueTest | OvercollateralizationTest) and isinstance(test.value, LowerOf):
            yield from repeated(f"{path}.value.lower_of", test.value.lower_of, "basis of value")
        if isinstance(test, OvercollateralizationTest) and test.cash:
            yield from draft.unknown_in(f"{path}.cash", test.cash, "accounts")
        if isinstance(test, InterestTest):
            yield from _ranks_before(draft, f"{path}.net_of", test)
        if isinstance(test, NotPayingTest):
            yield from draft.unknown(f"{path}.of", test.of, "customers")
        if isinstance(test, CoverageTest | InterestCoverageTest):
            yield from _whole_periods(draft, f"{path}.over_months", test)
        if isinstance(test, CoverageTest) and test.direction == "forward":
            yield from _scheduled(draft, f"{path}.debt", test.debt)
        if isinstance(test, FormulaTest):
            yield from _formula(words, f"{path}.formula", test.formula, name)


def check_amounts(draft: Draft) -> Iterator[Issue]:
    """Rows of `amounts`: formulas can be read, parts are there, and no row rests on itself."""
    words = _words(draft)
    for name, row in draft.deal.amounts.items():
        path = f"amounts.{name}"
        if name in LIMITS:
            yield Issue(path, f"`up_to: {name}` has a meaning of its own", "choose another id", code=BAD_AMOUNT)
        if name in OWN_WORDS:
            yield Issue(path, f"{said(name)} is a word of formulas", "choose another id", code=BAD_AMOUNT)
        if isinstance(row, SteppedAmount):
            continue
        if isinstance(row, FormulaAmount):
            yield from _formula(words, f"{path}.formula", row.formula, name)
            continue
        yield from repeated(f"{path}.{row.key}", row.parts(), "amount")
        for number, word in enumerate(row.parts(), 1):
            yield from unknown_amount(draft, f"{path}.{row.key}[{number}]", word)
        parts = _parts_of(draft.deal.amounts, name)
        if name in parts:
            yield Issue(path, f"amount {said(name)} rests on itself", code=BAD_AMOUNT)
        elif len(parts) > MOST_PARTS:
            yield Issue(path, f"amount {said(name)} has too many parts", f"at most {MOST_PARTS}", code=BAD_AMOUNT)


def unknown_amount(draft: Draft, path: str, word: str) -> Iterator[Issue]:
    """Yield an issue if a word is no limit, no cure of a test, and no row of `amounts`."""
    family, dot, test = word.partition(".")
    if word in LIMITS or word in draft.rows("amounts"):
        return
    if family == "cure" and dot:
        yield from no_cure(draft, path, test)
        return
    words = [*LIMITS, *(f"cure.{name}" for name, row in draft.deal.tests.items() if row.cures), *draft.ids("amounts")]
    yield Issue(path, f"{said(word)} is no limit", listed(words), close_to(word, words), code="DM-WFL-007")


def no_cure(draft: Draft, path: str, name: str) -> Iterator[Issue]:
    """Yield an issue if no payment makes a test pass on the same date."""
    yield from draft.unknown(path, name, "tests")
    test = draft.deal.tests.get(name)
    if test is None:
        return
    if not test.cures:
        what = f"no payment makes {said(name)} pass"
        yield Issue(path, what, "tests of measure debt_yield, ic, ltv and oc have a cure", code="DM-WFL-007")
    elif test.after:
        what = f"{said(name)} is measured after payment"
        yield Issue(path, what, "only a test measured before payment has a cure", code="DM-WFL-007")


def cured_by(draft: Draft, word: str) -> list[Test]:
    """Tests whose cure an `up_to` asks for, by way of `amounts` too."""
    names = (part.partition(".")[2] for part in asked_for(draft, word) if part.startswith("cure."))
    return [draft.deal.tests[name] for name in dict.fromkeys(names) if name in draft.deal.tests]


def asked_for(draft: Draft, word: str) -> list[str]:
    """What an `up_to` says, with the parts of the amount that it may name."""
    return [word, *(_parts_of(draft.deal.amounts, word) if word in draft.deal.amounts else ())]


def _whole_periods(draft: Draft, path: str, test: CoverageTest | InterestCoverageTest) -> Iterator[Issue]:
    """Debt service is due on payment dates, so that coverage sums whole interest periods."""
    step = MONTHS_OF[draft.deal.deal.frequency] if draft.is_whole("deal") else 1
    if getattr(test, "until", None) is None and test.over_months % step:
        what = f"{test.over_months} months are no whole number of the {step} months between payment dates"
        hint = f"write {max(1, round(test.over_months / step)) * step}"
        yield Issue(path, what, f"a multiple of {step}", hint, code=PART_OF_A_PERIOD)


def _ranks_before(draft: Draft, path: str, test: InterestTest) -> Iterator[Issue]:
    known = [*draft.ids("fees"), *costs_of(draft)]
    for number, name in enumerate(test.net_of, 1):
        if name in test.net_of[: number - 1]:
            yield Issue(f"{path}[{number}]", f"{said(name)} is named twice", code="DM-REF-003")
        elif draft.knows("fees") and name not in known:
            have = listed(known, before="there are " if len(known) > 1 else "there is ")
            yield Issue(f"{path}[{number}]", f"no fee {said(name)}", have, close_to(name, known), code=UNKNOWN_DUE)


def _scheduled(draft: Draft, path: str, debt: tuple[str, ...]) -> Iterator[Issue]:
    for number, name in enumerate(debt, 1):
        tranche = draft.deal.tranches.get(name)
        if tranche is not None and not tranche.is_scheduled:
            what = f"tranche {said(name)} has no scheduled_balance"
            yield Issue(f"{path}[{number}]", what, "forward service follows the schedule", code=NO_SCHEDULE)


def _formula(words: Words | None, path: str, text: str, reader: str) -> Iterator[Issue]:
    """What is wrong with a formula; names are let through where not all rows could be read."""
    try:
        used = names_in(text)
        wrong = words is not None and not all(words.has(word, reader) for word in used)
        known = words.of(reader) if words is not None and wrong else used
        formula = parse_formula(text, {word: Param(word, "") for word in known}, Number)
    except FormulaError as error:
        yield Issue(path, error.what, error.allowed, error.hint, code=BAD_FORMULA)
        return
    for node in walk(formula):
        if isinstance(node, Call) and node.operation == "div" and _may_be_nothing(node.args[1]):
            what, allowed = "what it divides by may be nothing", "`/` divides by a number other than 0"
            yield Issue(path, what, allowed, "write ratio(a, b, c), which is c where b is 0", code=BAD_FORMULA)
            return


def _words(draft: Draft) -> Words | None:
    """Words of formulas, or None where not all rows that give them could be read."""
    whole = all(draft.is_whole(family) for family in ("tranches", "fees", "accounts", "tests", "amounts", "collateral"))
    return Words(draft.deal) if whole else None


def _may_be_nothing(divisor: Expr) -> bool:
    return not isinstance(divisor, Number) or divisor.value == 0


def _parts_of(amounts: Mapping[str, Amount], name: str) -> list[str]:
    """Every part of an amount, parts of its parts included, each as often as it stands; one more than may at most."""
    found: list[str] = []
    waiting = list(amounts[name].parts())
    while waiting and len(found) <= MOST_PARTS:
        part = waiting.pop(0)
        found.append(part)
        if part != name and part in amounts:
            waiting += amounts[part].parts()
    return found
