"""Tests, states, accounts, fees and the priority of payments of a term sheet, in words."""

from __future__ import annotations

from dealmodel.analytics.term_sheet.tables import HEADING, NOT_AVAILABLE, Cell, Figure, Row
from dealmodel.basics.words import moment_in_words, name_in_words, names_in_words, sentence
from dealmodel.definition.deal import Deal
from dealmodel.definition.lists import AT_CLOSING
from dealmodel.engine.result import Result
from dealmodel.waterfall.measures import Test
from dealmodel.waterfall.steps import PayPrincipal, Use, flattened

CURE = "cure."


def tests(deal: Deal, result: Result) -> tuple[Row, ...]:
    """A row a test: what it measures, its level, and its effect; what it measures first and at its tightest."""
    rows = []
    for name, test in deal.tests.items():
        over = getattr(test, "over_months", None)
        rows.append(
            Row.of(
                sentence(name_in_words(name)),
                test.words() + test.failing_in_words(),
                sentence(test.level_in_words()),
                Figure(over, "number") if isinstance(over, int) else None,
                sentence(moment_in_words(test.first)),
                Figure(test.cured_after, "number"),
                *_measured(result, name, test),
                effect(deal, name),
            )
        )
    return tuple(rows)


def _measured(result: Result, name: str, test: Test) -> tuple[Cell, Cell, Cell]:
    """First and tightest result in the run, and the first month in which it fails."""
    failure = result.first_failures.get(name)
    fails = "Never" if failure is None else f"Month {failure}"
    measured = measured_ratios(result, name)
    if not measured:
        return NOT_AVAILABLE, NOT_AVAILABLE, fails
    unit = result.model.definitions[f"{name}.ratio"].line.unit
    if "%" in test.level_in_words():
        unit = "share"
    tightest = max(measured) if hasattr(test, "at_most") else min(measured)
    return Figure(measured[0], unit), Figure(tightest, unit), fails


def measured_ratios(result: Result, test: str) -> list[float]:
    """What a test measures in each month in which it has a result."""
    if f"{test}.ratio" not in result.model.definitions:
        return []
    flags, ratios = result.lines.months(f"{test}.result"), result.lines.months(f"{test}.ratio")
    return [ratio for flag, ratio in zip(flags, ratios, strict=True) if flag > 0]


def effect(deal: Deal, test: str) -> str:
    """States that a test leads to, and the principal that is paid so that it passes."""
    said = []
    for name, state in deal.states.items():
        if test in state.entered_on:
            remedy = "" if state.remedy == "keep_running" else f"; {state.remedy_in_words().lower()}"
            leaving = state.leaving_in_words().lower()
            said.append(f"Leads to state {name_in_words(name)} ({leaving}{remedy})")
    lists = _cured_in(deal, test)
    if lists:
        said.append(f"Principal is paid until it passes, in the list {names_in_words(lists)}")
    return ". ".join(said) or "None"


def _cured_in(deal: Deal, test: str) -> list[str]:
    """Lists, others inserted, in which principal is paid by what makes a test pass."""
    found = []
    for name in paying_lists(deal):
        steps = flattened(deal.waterfalls, name)
        if any(isinstance(step, PayPrincipal) and step.pay_principal.up_to == CURE + test for step in steps):
            found.append(name)
    return found


def paying_lists(deal: Deal) -> dict[str, list[str]]:
    """The list at closing and the lists that states name, with the states, lowest severity first."""
    found: dict[str, list[str]] = {AT_CLOSING: []} if AT_CLOSING in deal.waterfalls else {}
    for name, state in sorted(deal.states.items(), key=lambda item: item[1].severity):
        found.setdefault(state.waterfall, []).append(name)
    return found


def states(deal: Deal) -> tuple[Row, ...]:
    """A row a state, lowest severity first."""
    return tuple(
        Row.of(
            sentence(name_in_words(name)),
            state.entry_in_words(),
            Figure(state.severity, "number"),
            sentence(name_in_words(state.waterfall)),
            None,
            None,
            None,
            None,
            None,
            f"{state.leaving_in_words()}. {state.remedy_in_words()}",
        )
        for name, state in sorted(deal.states.items(), key=lambda item: item[1].severity)
    )


def payments(deal: Deal) -> tuple[Row, ...]:
    """One numbered list for each list that pays, those that it uses inserted."""
    rows = []
    for name, where in paying_lists(deal).items():
        if name == AT_CLOSING:
            heading = "At closing, out of the proceeds of the notes"
        else:
            kind = "state" if len(where) == 1 else "states"
            heading = f"{sentence(name_in_words(name))}: in {kind} {names_in_words(where)}"
        rows.append(Row.of(heading, look=HEADING))
        steps = [step for step in flattened(deal.waterfalls, name) if not isinstance(step, Use)]
        rows += [Row.of(f"{number}.", step.words()) for number, step in enumerate(steps, 1)]
    return tuple(rows)


def accounts(deal: Deal, result: Result) -> tuple[Row, ...]:
    """A row an account: what it is for, and what it holds at closing."""
    rows = []
    for name, account in deal.accounts.items():
        line = f"{name}.balance"
        held = Figure(result.lines.opening(line), "currency") if line in result.model.definitions else None
        rows.append(Row.of(sentence(name_in_words(name)), held, account.words()))
    return tuple(rows)


def fees(deal: Deal, result: Result) -> tuple[Row, ...]:
    """A row a fee: what it is, and what it comes to over the whole life in the run."""
    rows = []
    for name, fee in deal.fees.items():
        line = f"{name}.paid"
        paid = Figure(sum(result.lines.months(line)), "currency") if line in result.model.definitions else None
        rows.append(Row.of(sentence(name_in_words(name)), paid, sentence(fee.words())))
    return tuple(rows)


def amounts(deal: Deal) -> tuple[Row, ...]:
    """A row an amount that a step pays up to: what it is."""
    return tuple(Row.of(sentence(name_in_words(name)), sentence(row.words())) for name, row in deal.amounts.items())
