"""The invariants I01 to I08: worked out as lines, in every month of every scenario of every run.

Each is a line that is 0 while the invariant holds, so plain Python, NumPy and the workbook all carry it. They read the
postings and offers of the ledger, not the sums that the rest of the model reads, so that a wrong sum shows. What each
says, and the tolerance, is in docs/concepts/invariants.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dealmodel.engine.payments import Accounts, ListRun
from dealmodel.liabilities.fees import Carried
from dealmodel.liabilities.tranches import TrancheLines
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import (
    Expr,
    Line,
    as_expr,
    highest,
    last,
    lowest,
    maximum,
    minimum,
    prev,
    total,
    total_of,
)

TITLES = {
    "I01": "Every account closes at its opening plus what came in less what went out",
    "I02": "Sources equal uses on every payment date",
    "I03": "Nothing is negative: balances, arrears, payments",
    "I04": "No payment is more than what was there, or than what was due",
    "I05": "Every tranche closes at its opening less principal and write-down",
    "I06": "Principal paid, written down and left over a tranche's life is what was issued",
    "I07": "Interest due is paid or carried forward, and accrues on the opening balance",
    "I08": "No step is paid while an earlier one with cash before it was left unpaid",
}
RELATIVE_TOLERANCE = 1e-12
LARGEST_TOLERANCE = 0.005


@dataclass(frozen=True, slots=True)
class Carriage:
    """Everything that moved in a month."""

    accounts: Accounts
    runs: list[ListRun]
    tranches: Mapping[str, TrancheLines]
    fees: Mapping[str, Carried]
    parties: Mapping[str, Line]
    collections: Line


def define_invariants(lines: Builder, moved: Carriage) -> None:
    """Define the eight invariants as lines by month, and the worst of each over the whole life."""
    with lines.at("", section="Checks", group="Invariants"):
        _check(lines, "i01", _accounts_roll(moved))
        _check(lines, "i02", [_sources_less_uses(moved)])
        lines.check("check.i03", minimum(0, *_signed(moved)), unit="currency", label=TITLES["I03"])
        paid, skipped = _offers(lines, moved)
        lines.check("check.i04", minimum(0, *paid), unit="currency", label=TITLES["I04"])
        _check(lines, "i05", _tranches_roll(moved))
        _check(lines, "i07", _interest(lines, moved))
        lines.check("check.i08", maximum(0, *skipped), unit="currency", label=TITLES["I08"])


def define_life_invariants(lines: Builder, tranches: Mapping[str, TrancheLines]) -> None:
    """Define the worst margin of each invariant, and I06, which is about a whole life."""
    with lines.at("", section="Checks", group="Worst margin over the life"):
        for name in ("i01", "i02", "i05", "i07"):
            line = Line(f"check.{name}", "currency", "cash")
            worst = maximum(highest(line), -lowest(line))
            lines.summary(f"worst.{name}", worst, unit="currency", label=TITLES[name.upper()], role="check")
        for name in ("i03", "i04"):
            low = -lowest(Line(f"check.{name}", "currency", "cash"))
            lines.summary(f"worst.{name}", low, unit="currency", label=TITLES[name.upper()], role="check")
        lines.summary(
            "worst.i08",
            highest(Line("check.i08", "currency", "cash")),
            unit="currency",
            label=TITLES["I08"],
            role="check",
        )
        gaps: list[Expr] = []
        for name, tranche in tranches.items():
            paid = total(Line(f"{name}.principal_paid", "currency", "cash"))
            lost = total(Line(f"{name}.write_down", "currency", "cash"))
            gap = paid + lost + last(tranche.balance) - lines.of(tranche.tranche, "balance")
            gaps.append(maximum(gap, -gap))
        lines.summary("worst.i06", total_of(gaps), unit="currency", label=TITLES["I06"], role="check")


def _check(lines: Builder, name: str, gaps: list[Expr]) -> None:
    size = total_of([maximum(gap, -gap) for gap in gaps]) if len(gaps) > 1 else gaps[0]
    lines.check(f"check.{name}", size, unit="currency", label=TITLES[name.upper()])


def _accounts_roll(moved: Carriage) -> list[Expr]:
    gaps: list[Expr] = []
    for name, balance in moved.accounts.balances.items():
        into: list[Expr] = list(moved.accounts.moved_in[name])
        out: list[Expr] = list(moved.accounts.moved_out[name])
        for run in moved.runs:
            into += [posting.amount for posting in run.ledger.postings if posting.payee == name]
            out += [posting.amount for posting in run.ledger.postings if posting.account == name]
        expected: Expr = prev(balance)
        if into:
            expected = expected + total_of(into)
        if out:
            expected = expected - total_of(out)
        gaps.append(balance - expected)
    return gaps


def _sources_less_uses(moved: Carriage) -> Expr:
    tranches = [*moved.tranches]
    sources: list[Expr] = [moved.collections, *(prev(balance) for balance in moved.accounts.balances.values())]
    uses: list[Expr] = [Line(f"{name}.interest_paid", "currency", "cash") for name in tranches]
    uses += [Line(f"{name}.principal_paid", "currency", "cash") for name in tranches]
    uses += [Line(f"{name}.paid", "currency", "cash") for name in moved.fees]
    uses += [*moved.parties.values(), *moved.accounts.balances.values()]
    return total_of(sources) - total_of(uses)


def _signed(moved: Carriage) -> list[Expr]:
    """Everything that may not be negative. Payments are covered by I04, as what is left of a due and of an account."""
    found: list[Expr] = [*moved.accounts.balances.values()]
    for tranche in moved.tranches.values():
        found += [tranche.balance, tranche.shortfall, Line(f"{tranche.tranche.row}.principal_paid", "currency", "cash")]
        found.append(Line(f"{tranche.tranche.row}.interest_paid", "currency", "cash"))
    for fee in moved.fees.values():
        found += [fee.unpaid, Line(f"{fee.name}.paid", "currency", "cash")]
    return [*found, *moved.parties.values()]


def _offers(lines: Builder, moved: Carriage) -> tuple[list[Expr], list[Expr]]:
    """For each offer the lesser of cash left and due unpaid: below 0 too much was paid, above 0 a step was skipped."""
    margins: list[Expr] = []
    for run in moved.runs:
        for offer in run.ledger.offers:
            unpaid = offer.due - total_of(list(offer.paid))
            margins.append(
                lines.check(
                    f"check.{offer.step}.{len(margins):03d}",
                    minimum(total_of(list(offer.left)), unpaid),
                    unit="currency",
                    label=f"{offer.step}: lesser of cash left and due unpaid",
                )
            )
    return (margins, margins) if margins else ([as_expr(0)], [as_expr(0)])


def _tranches_roll(moved: Carriage) -> list[Expr]:
    gaps: list[Expr] = []
    for name, tranche in moved.tranches.items():
        paid = [
            posting.amount
            for run in moved.runs
            for posting in run.ledger.postings
            if posting.payee == f"{name}.principal"
        ]
        expected = prev(tranche.balance) - total_of(list(paid)) - Line(f"{name}.write_down", "currency", "cash")
        gaps.append(tranche.balance - expected)
    return gaps


def _interest(lines: Builder, moved: Carriage) -> list[Expr]:
    gaps: list[Expr] = []
    for name, tranche in moved.tranches.items():
        paid = [
            posting.amount
            for run in moved.runs
            for posting in run.ledger.postings
            if posting.payee == f"{name}.interest"
        ]
        rate = Line(f"{name}.rate", "rate per year", "cash") * Line(f"{name}.day_count_fraction", "years", "schedule")
        bearing: Expr = prev(tranche.balance)
        if tranche.tranche.interest_on_shortfall == "coupon":
            bearing = bearing + prev(tranche.shortfall)
        due = bearing * rate + prev(tranche.shortfall)
        gaps.append(due - total_of(list(paid)) - tranche.shortfall)
    return gaps
