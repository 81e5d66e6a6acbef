"""The invariants I01 to I08, and I10 of fees with a cap: worked out as lines, in every month of every scenario.

Each is a line that is 0 while the invariant holds, so plain Python, NumPy and the workbook all carry it. They read the
postings and offers of the ledger, not the sums that the rest of the model reads, so that a wrong sum shows. What each
says, and the tolerance, is in docs/concepts/invariants.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dealmodel.engine.lists import ListRun
from dealmodel.engine.payments import Accounts
from dealmodel.liabilities.fees import Carried
from dealmodel.liabilities.notional import Notional, bearing_again
from dealmodel.liabilities.tranche_lines import TrancheLines
from dealmodel.liabilities.tranches import original_balance
from dealmodel.lines.build import Builder
from dealmodel.lines.expressions import (
    Expr,
    Line,
    absolute,
    highest,
    last,
    lowest,
    maximum,
    minimum,
    prev,
    total,
    total_of,
)
from dealmodel.market.clock import pays_every_month, since_last_payment
from dealmodel.waterfall.ledger import Offer

TITLES = {
    "I01": "Every account closes at its opening plus what came in less what went out",
    "I02": "Sources equal uses on every payment date",
    "I03": "Nothing is negative: balances, arrears, payments",
    "I04": "No payment is more than what was there, or than what was due",
    "I05": "Every tranche closes at its opening less principal and write-down",
    "I06": "Principal paid, written down and left over a tranche's life is what was issued",
    "I07": "Interest due is paid or carried forward, and accrues on the opening balance",
    "I08": "No step is paid while an earlier one with cash before it was left unpaid",
    "I10": "No fee is paid beyond the cap of its year, except as its excess",
}
PAYMENTS = "check.payments"
"""The line by month of I04 and I08."""

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
    collections: list[Line]


def define_invariants(lines: Builder, moved: Carriage) -> None:
    """Define the invariants as lines by month: each is 0 while it holds."""
    with lines.at("", section="Checks", group="Invariants"):
        rolls = [_account_gap(moved, name) for name in moved.accounts.balances]
        _check(lines, "i01", [gap for gap in rolls if gap is not None])
        _check(lines, "i02", [_sources_less_uses(moved)])
        lines.check("check.i03", minimum(0, *_never_negative(moved)), unit="currency", label=TITLES["I03"])
        _check(lines, "i05", _tranches_roll(moved))
        _check(lines, "i07", _interest(lines, moved))
        if any(fee.cap is not None for fee in moved.fees.values()):
            _check(lines, "i10", _paid_beyond_caps(lines, moved))
        margins = total_of(_payment_margins(moved))
        label = "I04 (below 0) and I08 (above 0): the lesser of cash left and due unpaid, summed over the payments"
        lines.check(PAYMENTS, margins, unit="currency", label=label)


def define_life_invariants(lines: Builder, tranches: Mapping[str, TrancheLines], fees: Mapping[str, Carried]) -> None:
    """Define the worst margin of each invariant, and I06, which is about a whole life."""
    with lines.at("", section="Checks", group="Worst margin over the life"):
        capped = any(fee.cap is not None for fee in fees.values())
        for name in ("i01", "i02", "i05", "i07", *(("i10",) if capped else ())):
            line = Line(f"check.{name}", "currency", "cash")
            lines.summary(f"worst.{name}", highest(line), unit="currency", label=TITLES[name.upper()], role="check")
        worst = {"i03": -lowest(Line("check.i03", "currency", "cash"))}
        payments = Line(PAYMENTS, "currency", "cash")
        worst |= {"i04": maximum(-lowest(payments), 0), "i08": maximum(highest(payments), 0)}
        for name, margin in worst.items():
            lines.summary(f"worst.{name}", margin, unit="currency", label=TITLES[name.upper()], role="check")
        gaps: list[Expr] = []
        for name, tranche in tranches.items():
            paid = total(Line(f"{name}.principal_paid", "currency", "cash"))
            lost = total(Line(f"{name}.write_down", "currency", "cash"))
            gap = paid + lost + last(tranche.balance) - original_balance(lines, tranche.tranche)
            for added in _added(tranche):
                gap = gap - total(added)
            gaps.append(absolute(gap))
        lines.summary("worst.i06", total_of(gaps), unit="currency", label=TITLES["I06"], role="check")


def _check(lines: Builder, name: str, gaps: list[Expr]) -> None:
    size = total_of([absolute(gap) for gap in gaps])
    lines.check(f"check.{name}", size, unit="currency", label=TITLES[name.upper()])


def _account_gap(moved: Carriage, name: str) -> Expr | None:
    """Closing balance of an account less what its postings say. The collection account is what I02 is about."""
    if name == moved.accounts.collection:
        return None
    into: list[Expr] = list(moved.accounts.moved_in[name])
    out: list[Expr] = list(moved.accounts.moved_out[name])
    for run in moved.runs:
        into += [posting.amount for posting in run.ledger.postings if posting.payee == name]
        out += [posting.amount for posting in run.ledger.postings if posting.account == name]
    expected: Expr = prev(moved.accounts.balances[name])
    if into:
        expected = expected + total_of(into)
    if out:
        expected = expected - total_of(out)
    return moved.accounts.balances[name] - expected


def _sources_less_uses(moved: Carriage) -> Expr:
    tranches = [*moved.tranches]
    sources: list[Expr] = [*moved.collections, *moved.accounts.incomes.values()]
    sources += [*(prev(balance) for balance in moved.accounts.balances.values())]
    uses: list[Expr] = [Line(f"{name}.interest_paid", "currency", "cash") for name in tranches]
    uses += [Line(f"{name}.principal_paid", "currency", "cash") for name in tranches]
    uses += [Line(f"{name}.paid", "currency", "cash") for name in moved.fees]
    uses += [*moved.parties.values(), *moved.accounts.balances.values()]
    return total_of(sources) - total_of(uses)


def _never_negative(moved: Carriage) -> list[Expr]:
    """Everything that may not be negative. What a payment leaves of an account, or of a due, is the matter of I04."""
    found: list[Expr] = [*moved.accounts.balances.values()]
    for tranche in moved.tranches.values():
        name = tranche.tranche.row
        paid = [Line(f"{name}.{word}_paid", "currency", "cash") for word in ("interest", "principal")]
        found += [tranche.balance, *paid]
    for fee in moved.fees.values():
        found.append(Line(f"{fee.name}.paid", "currency", "cash"))
    return [*found, *moved.parties.values()]


def _payment_margins(moved: Carriage) -> list[Expr]:
    """For each payment the lesser of the cash left and the due unpaid.

    It is 0 where the ledger paid min(available, due); below 0 where it paid more, above 0 where it skipped. Lists that
    are not in force hold no cash and pay nothing, so the same due in several lists is one payment here.
    """
    groups: dict[tuple[str, str], list[Offer]] = {}
    for run in moved.runs:
        taken: set[str] = set()
        for offer in run.ledger.offers:
            name = offer.due.name
            groups.setdefault((run.name if name in taken else "", name), []).append(offer)
            taken.add(name)
    margins: list[Expr] = []
    for offers in groups.values():
        left = [amount for offer in offers for amount in offer.left]
        margins.append(minimum(total_of(list(left)), _unpaid(moved, offers)))
    return margins


def _unpaid(moved: Carriage, offers: list[Offer]) -> Expr:
    """Due less paid; where nothing else was ever paid on it, the closing arrears, which I07 holds to just that."""
    payees = offers[0].payees
    steps = {offer.step for offer in offers}
    elsewhere = [
        posting for run in moved.runs for posting in run.ledger.postings
        if posting.payee in payees and posting.step not in steps
    ]  # fmt: skip
    arrears = {name: fee.unpaid for name, fee in moved.fees.items()}
    arrears |= {f"{name}.interest": tranche.shortfall for name, tranche in moved.tranches.items()}
    if not elsewhere and all(payee in arrears for payee in payees):
        return total_of([arrears[payee] for payee in payees])
    paid = [amount for offer in offers for amount in offer.paid]
    return offers[0].due - total_of(list(paid))


def _paid_beyond_caps(lines: Builder, moved: Carriage) -> list[Expr]:
    """What each fee was paid in a month although its year had no room for it, from the postings of the year."""
    beyond: list[Expr] = []
    for name, fee in moved.fees.items():
        if fee.cap is None:
            continue
        posted = [p.amount for run in moved.runs for p in run.ledger.postings if p.payee == name]
        paid = lines.line(f"check.{name}.paid", total_of(list(posted)), unit="currency", label=f"Paid on {name}")
        year = lines.declare(f"check.{name}.paid_in_year", unit="currency", opening=0)
        so_far = prev(year) * (1 - fee.cap.begins) + paid
        lines.define(year, so_far, label=f"Paid on {name} in the year of its cap")
        beyond.append(minimum(paid, maximum(year - fee.cap.amount, 0)))
    return beyond


def _tranches_roll(moved: Carriage) -> list[Expr]:
    gaps: list[Expr] = []
    for name, tranche in moved.tranches.items():
        paid = Line(f"{name}.principal_paid", "currency", "cash")
        expected = prev(tranche.balance) - paid - Line(f"{name}.write_down", "currency", "cash")
        for added in _added(tranche):
            expected = expected + added
        gaps.append(tranche.balance - expected)
    return gaps


def _added(tranche: TrancheLines) -> list[Line]:
    """Interest that was added to the balance of a tranche."""
    added = [tranche.capitalised] if tranche.capitalised is not None else []
    if tranche.tranche.unpaid_interest == "capitalised":
        added.append(Line(f"{tranche.tranche.row}.interest_deferred", "currency", "cash"))
    return added


def _interest(lines: Builder, moved: Carriage) -> list[Expr]:
    """Interest worked out again from balances, rate and day count, less what was paid, added or left unpaid.

    Where the deal rounds, interest on the balance and interest on arrears are rounded one by one.
    """
    gaps: list[Expr] = []
    for name, tranche in moved.tranches.items():
        rate = Line(f"{name}.rate", "rate per year", "cash") * Line(f"{name}.day_count_fraction", "years", "schedule")
        bearing: list[Expr] = [prev(tranche.balance)]
        if isinstance(tranche.tranche, Notional):
            balances = {other: found.balance for other, found in moved.tranches.items()}
            bearing = [bearing_again(lines, tranche.tranche, balances)]
        if tranche.tranche.interest_on_shortfall == "coupon":
            bearing.append(prev(tranche.shortfall))
        accrued = _interest_since_last_payment(lines, name, bearing, rate)
        due: Expr = accrued + prev(tranche.shortfall)
        for added in _added(tranche):
            due = due - added
        gaps.append(due - Line(f"{name}.interest_paid", "currency", "cash") - tranche.shortfall)
    return gaps


def _interest_since_last_payment(lines: Builder, name: str, bearing: list[Expr], rate: Expr) -> Expr:
    """Interest on a balance, and on arrears if they bear any, that a payment date adds."""
    if pays_every_month(lines):
        if lines.places is None:
            return total_of(bearing) * rate
        return total_of([lines.money(amount * rate) for amount in bearing])
    added = []
    for part, amount in zip(("balance", "arrears"), bearing, strict=False):
        label = f"Interest on the {part} of {name}, worked out again"
        added.append(lines.money(since_last_payment(lines, f"check.{name}.{part}", amount * rate, label=label)))
    return total_of(added)
