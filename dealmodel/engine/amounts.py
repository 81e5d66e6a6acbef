"""The amounts that `up_to` may name, as lines and as what they come to at a step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from dealmodel.definition.deal import Deal
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import Expr, Line, as_expr, maximum, minimum, total_of
from dealmodel.waterfall.amounts import FormulaAmount, GreatestOf, RemainingOf, SteppedAmount
from dealmodel.waterfall.measures import Measurements
from dealmodel.waterfall.measures_formula import written_formula
from dealmodel.waterfall.step_base import AmountAtStep, BalanceOf

Cures = Mapping[str, Callable[[BalanceOf], Expr]]


def define_stepped_amounts(lines: Builder, deal: Deal) -> dict[str, Line]:
    """Define the amounts that are given by month. Schedule lines: the sum over the points of value x weight."""
    found = {}
    for name, row in deal.amounts.items():
        if isinstance(row, SteppedAmount):
            with lines.at(row.path, section="Amounts", group=name.replace("_", " ")):
                terms: list[Expr] = []
                weights = zip(row.stepped.paths(), row.stepped.weights(lines.ends), strict=True)
                for number, (path, by_month) in enumerate(weights, 1):
                    label = f"Months of point {number}"
                    weight = lines.series(f"{name}.weight_{number}", by_month, unit="share", label=label)
                    terms.append(weight * lines.param(path))
                amount = total_of(terms)
                found[name] = lines.line(
                    f"{name}.amount", amount, unit="ratio", label="Amount of the month", role="due"
                )
    return found


def define_amounts(
    lines: Builder,
    deal: Deal,
    of: Measurements,
    *,
    cures: Cures,
    scheduled: Mapping[str, Line],
    least: Mapping[str, Line],
) -> dict[str, AmountAtStep]:
    """Define the amounts that are formulas, and say what each row comes to at a step that pays some tranches."""
    formulas: dict[str, Line] = {name: line for name, line in of.amounts.items() if name in deal.amounts}
    for name, row in deal.amounts.items():
        if isinstance(row, FormulaAmount):
            with lines.at(row.path, section="Amounts", group=name.replace("_", " ")):
                value = maximum(written_formula(lines, name, row.formula, of, after=False), 0)
                formulas[name] = lines.line(
                    f"{name}.amount", value, unit="currency", label="Amount, not below 0", role="due"
                )
                of.amounts[name] = formulas[name]

    def part(word: str, balance: BalanceOf, paid: tuple[str, ...]) -> Expr:
        if word == "outstanding":
            return total_of([balance(name) for name in paid])
        if word in ("scheduled", "minimum"):
            targets = scheduled if word == "scheduled" else least
            return total_of([maximum(balance(name) - targets[name], 0) for name in paid])
        family, _, test = word.partition(".")
        return cures[test](balance) if family == "cure" and test else amount(word, balance, paid)

    def amount(name: str, balance: BalanceOf, paid: tuple[str, ...]) -> Expr:
        if name in formulas:
            return formulas[name]
        row = deal.amounts[name]
        if isinstance(row, RemainingOf):
            whole = part(row.remaining_of, balance, paid)
            return maximum(whole - _paid_before(of, balance, row.paid_to or tuple(of.tranches)), 0)
        first, *others = [part(word, balance, paid) for word in row.parts()]
        return (maximum if isinstance(row, GreatestOf) else minimum)(first, *others) if others else first

    def at_step(name: str) -> AmountAtStep:
        return lambda balance, paid: amount(name, balance, paid)

    return {name: at_step(name) for name in deal.amounts}


def _paid_before(of: Measurements, balance: BalanceOf, names: Sequence[str]) -> Expr:
    """Principal paid before a step on this date: balances before payment less those at the step. [currency]"""
    paid: list[Expr] = []
    for name in names:
        before, now = of.tranches[name].opening, balance(name)
        if now is not before:
            paid.append(before - now)
    return total_of(paid) if paid else as_expr(0)
