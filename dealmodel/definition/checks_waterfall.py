"""Steps name what is there, and every list that pays is complete: it pays all that is due, and ends with `release`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from dealmodel.basics.errors import Issue
from dealmodel.definition.checks_classes import is_strip, without_principal
from dealmodel.definition.checks_collateral import costs_of
from dealmodel.definition.checks_names import SHARED, is_id
from dealmodel.definition.checks_references import WRONG_KIND
from dealmodel.definition.checks_takers import check_emptied, collecting, has_several
from dealmodel.definition.checks_tests import asked_for, cured_by, unknown_amount
from dealmodel.definition.draft import ROW_WORDS, Draft, repeated
from dealmodel.definition.lists import AT_CLOSING, MOST_NESTED, MOST_STEPS, Lists, around
from dealmodel.definition.messages import MOST_GUESSED, close_to, closest, listed, said
from dealmodel.waterfall.accounts import Account, CollectionAccount, ReserveAccount, TrapAccount
from dealmodel.waterfall.step_base import PayingStep, Step
from dealmodel.waterfall.steps import Apply, Deposit, Pay, PayInterest, PayPrincipal, Release, TopUp, Use, WriteDown

CIRCLE, UNENDED, UNPAID, TOO_MANY, NOTHING_DUE = "DM-WFL-001", "DM-WFL-002", "DM-WFL-003", "DM-WFL-004", "DM-WFL-005"
UNKNOWN_PAYEE, BAD_LIMIT, NEVER_PAYS = "DM-WFL-006", "DM-WFL-007", "DM-WFL-008"
SPONSOR = "sponsor"


def check_steps(draft: Draft) -> Iterator[Issue]:
    """Every name in a step leads to what the step can act on."""
    for steps in draft.deal.waterfalls.values():
        for step in steps:
            yield from _conditions(draft, step)
            yield from _subject(draft, step)
            if isinstance(step, PayingStep) and step.backed_by is not None:
                yield from _account(draft, f"{step.path}.backed_by", step.backed_by, _movable(draft))
            yield from _source(draft, step)


def check_lists(draft: Draft) -> Iterator[Issue]:
    """Lists end, once and last, with `release`; every list that a state names pays everything."""
    lists = Lists(draft)
    for circle in lists.circles:
        what = "lists use each other in a circle: " + around(circle)
        yield Issue(f"waterfalls.{circle[0]}", what, code=CIRCLE)
    if draft.knows("waterfalls"):
        yield from _at_closing(draft, lists)
    for name, states in lists.paying.items():
        yield from _length(lists, name)
        if name == AT_CLOSING:
            path = f"states.{states[0]}.waterfall"
            yield Issue(path, "`at_closing` runs once, on the proceeds of the notes", code=NOTHING_DUE)
        else:
            yield from _paying_list(draft, lists, name)


def _conditions(draft: Draft, step: Step) -> Iterator[Issue]:
    for key, state in (("when", step.when), ("unless", step.unless)):
        if state is not None:
            yield from draft.unknown(f"{step.path}.{key}", state, "states")
    if step.when is not None and step.when == step.unless:
        yield Issue(
            step.path, f"a step {said(step.when)} alone and never {said(step.when)} pays nothing", code=NEVER_PAYS
        )


def _subject(draft: Draft, step: Step) -> Iterator[Issue]:
    path = f"{step.path}.{step.key}"
    if isinstance(step, Use):
        yield from draft.unknown(path, step.use, "waterfalls")
    elif isinstance(step, Pay):
        yield from _payees(draft, path, step.pay)
    elif isinstance(step, PayInterest):
        yield from draft.unknown_in(path, step.pay_interest, "tranches")
    elif isinstance(step, PayPrincipal):
        yield from draft.unknown_in(f"{path}.to", step.pay_principal.to, "tranches")
        yield from without_principal(draft, f"{path}.to", step.pay_principal.to)
        yield from _limit(draft, f"{path}.up_to", step)
    elif isinstance(step, WriteDown):
        yield from draft.unknown_in(f"{path}.to", step.write_down.to, "tranches")
        yield from draft.unknown(f"{path}.up_to", step.write_down.up_to, "amounts")
    elif isinstance(step, TopUp):
        yield from _account(draft, path, step.top_up, (ReserveAccount,))
    elif isinstance(step, Deposit):
        yield from _account(draft, path, step.deposit, _movable(draft))
    elif isinstance(step, Apply):
        if not isinstance(step.apply, str):
            yield from repeated(path, step.apply, "account")
        for number, name in enumerate(step.names(), 1):
            place = path if isinstance(step.apply, str) else f"{path}[{number}]"
            yield from _account(draft, place, name, _movable(draft))
    elif isinstance(step, Release):
        yield from _party(draft, path, step.release)


def _movable(draft: Draft) -> tuple[type[Account], ...]:
    """Kinds of account that a step may name beside the one it pays from."""
    kinds: tuple[type[Account], ...] = (ReserveAccount, TrapAccount)
    return (*kinds, CollectionAccount) if has_several(draft) else kinds


def _source(draft: Draft, step: Step) -> Iterator[Issue]:
    """The account that a step pays from is of kind collection, and the step names another one beside it."""
    if step.paid_from is not None:
        yield from _account(draft, f"{step.path}.from", step.paid_from, (CollectionAccount,))
        if isinstance(step, WriteDown):
            what = "a step that writes down pays nothing"
            yield Issue(f"{step.path}.from", what, "leave `from` out", code=NEVER_PAYS)
    found = collecting(draft)
    source = step.paid_from or next(iter(found), None)
    named: tuple[str | None, ...] = (step.backed_by,) if isinstance(step, PayingStep) else ()
    if isinstance(step, Deposit | Apply):
        named = step.names()
    if source is not None and source in named and source in found and len(found) > 1:
        what = f"the step pays from {said(source)} already"
        yield Issue(step.path, what, "name another account", code=NEVER_PAYS)


def _payees(draft: Draft, path: str, names: str | tuple[str, ...]) -> Iterator[Issue]:
    if not isinstance(names, str):
        yield from repeated(path, names, "fee or interest")
    if not (draft.knows("fees") and draft.knows("tranches")):
        return
    tranches, costs = draft.rows("tranches"), costs_of(draft)
    for number, name in enumerate((names,) if isinstance(names, str) else names, 1):
        place = path if isinstance(names, str) else f"{path}[{number}]"
        owner, _, word = name.partition(".")
        if name in draft.rows("fees") or name in costs or (owner in tranches and word == "interest"):
            continue
        if name in capped_excesses(draft):
            continue
        if owner in draft.rows("fees") and word == "excess":
            what = f"fee {said(owner)} has no cap_per_year and no cap_per_payment, and so no excess"
            yield Issue(place, what, code=UNKNOWN_PAYEE)
        elif owner in tranches and word in ("", "principal"):
            hint = f"`pay_principal: {{to: {owner}, up_to: ..}}` pays principal, `pay_interest: {owner}` interest"
            yield Issue(place, f"`pay` does not pay {said(name)}", hint=hint, code=UNKNOWN_PAYEE)
        else:
            payable = [
                *draft.ids("fees"),
                *capped_excesses(draft),
                *costs,
                *(f"{tranche}.interest" for tranche in tranches),
            ]
            have = listed(payable, before="may be paid: ")
            yield Issue(place, f"nothing is due to {said(name)}", have, close_to(name, payable), code=UNKNOWN_PAYEE)


def capped_excesses(draft: Draft) -> list[str]:
    """What is due beyond the caps of fees, by the name that `pay` pays it under."""
    rows = draft.rows("fees")
    return [
        f"{fee}.excess"
        for fee, row in rows.items()
        if isinstance(row, Mapping) and any(row.get(cap) is not None for cap in ("cap_per_year", "cap_per_payment"))
    ]


def _limit(draft: Draft, path: str, step: PayPrincipal) -> Iterator[Issue]:
    up_to = step.pay_principal.up_to
    asked = asked_for(draft, up_to)
    for name in step.names():
        tranche = draft.deal.tranches.get(name)
        if tranche is None:
            continue
        if "minimum" in asked and tranche.minimum_amortization is None:
            yield Issue(path, f"tranche {said(name)} has no minimum_amortization", code=BAD_LIMIT)
        if "scheduled" in asked and not tranche.is_scheduled:
            what = f"tranche {said(name)} has no scheduled_balance"
            yield Issue(path, what, "a table (`scheduled_balance`) or a rule (`amortization`)", code=BAD_LIMIT)
    yield from unknown_amount(draft, path, up_to)
    for test in cured_by(draft, up_to):
        for name in step.names() if test.cures and not test.after else ():
            if name in draft.rows("tranches") and name not in test.names():
                what = f"paying {said(name)} does not cure {said(test.row)}"
                yield Issue(path, what, listed(test.names(), before="its debt is "), code=BAD_LIMIT)


def _account(draft: Draft, path: str, name: str, kinds: tuple[type[Account], ...]) -> Iterator[Issue]:
    yield from draft.unknown(path, name, "accounts")
    account = draft.deal.accounts.get(name)
    if account is not None and not isinstance(account, kinds):
        words = {ReserveAccount: "reserve", TrapAccount: "trap"}
        allowed = " or ".join(words[kind] for kind in kinds if kind in words)
        yield Issue(path, f"account {said(name)} is not of kind {allowed}", code=WRONG_KIND)


def _party(draft: Draft, path: str, name: str) -> Iterator[Issue]:
    """What is left goes to the sponsor or to a row of `parties`."""
    if name == SPONSOR or name in draft.rows("parties") or not draft.knows("parties"):
        return
    families = [family for family in SHARED if name in draft.rows(family)]
    if not families:
        known = [SPONSOR, *draft.ids("parties")]
        hint = close_to(name, known) or f"give it a row in `parties`: {name}: {{name: ..}}" * is_id(name)
        yield Issue(path, f"no party {said(name)}", f"{SPONSOR}, or a row of `parties`", hint, code=UNKNOWN_PAYEE)
    for family in families:
        what = f"{said(name)} is {'an' if family == 'accounts' else 'a'} {ROW_WORDS[family]}"
        yield Issue(path, what, "`release` pays a party, such as sponsor", code=WRONG_KIND)


def _at_closing(draft: Draft, lists: Lists) -> Iterator[Issue]:
    path = f"waterfalls.{AT_CLOSING}"
    if AT_CLOSING not in draft.ids("waterfalls"):
        hint = "write at_closing: [{release: sponsor}] if nothing is set aside"
        yield Issue(path, "missing: the list over the proceeds of the notes", hint=hint, code=UNENDED)
        return
    yield from _length(lists, AT_CLOSING)
    steps = lists.steps(AT_CLOSING)
    if steps is None:
        return
    yield from _end(draft, path, steps, at_closing=True)
    for step in steps:
        if step.when is not None or step.unless is not None:
            yield Issue(step.path, "there is no state yet at closing", "no `when` and no `unless`", code=NOTHING_DUE)
        if isinstance(step, PayingStep | Apply | WriteDown):
            what = f"nothing is there at closing that `{step.key}` could act on"
            yield Issue(step.path, what, "allowed: top_up, deposit, release", code=NOTHING_DUE)


def _paying_list(draft: Draft, lists: Lists, name: str) -> Iterator[Issue]:
    steps = lists.steps(name)
    if steps is None:
        return
    path = f"waterfalls.{name}"
    yield from _end(draft, path, steps)
    if not (draft.knows("fees") and draft.knows("tranches")):
        return
    tranches = draft.rows("tranches")
    owed = [*(fee for fee in draft.ids("fees") if is_id(fee) and fee not in tranches), *costs_of(draft)]
    owed += [name for name in capped_excesses(draft) if is_id(name.partition(".")[0])]
    owed += [f"{tranche}.interest" for tranche in tranches if is_id(tranche)]
    owed += [f"{tranche}.principal" for tranche in tranches if is_id(tranche) and not is_strip(draft, tranche)]
    named = {payee for step in steps for payee in _paid(step)}
    meant = {closest(payee, owed) for payee in islice(sorted(named.difference(owed)), MOST_GUESSED)}
    state = lists.paying[name][0]
    for payee in owed:
        if payee not in named and payee not in meant:
            allowed = f"a list that a state names, here {state}, pays everything that is due"
            yield Issue(path, f"{payee} is never paid", allowed, code=UNPAID)


def _paid(step: Step) -> tuple[str, ...]:
    if isinstance(step, PayInterest):
        return tuple(f"{name}.interest" for name in step.names())
    if isinstance(step, PayPrincipal):
        return tuple(f"{name}.principal" for name in step.names())
    return step.names() if isinstance(step, Pay) else ()


def _end(draft: Draft, path: str, steps: list[Step], *, at_closing: bool = False) -> Iterator[Issue]:
    """A list ends with one unconditional `release`; with several accounts of kind collection, it empties each."""
    if has_several(draft):
        if draft.is_whole("accounts"):
            yield from check_emptied(path, steps, collecting(draft), at_closing)
        return
    last = steps[-1] if steps else None
    if not any(isinstance(step, Release) for step in steps):
        yield Issue(path, "does not end with `release`", "what is left goes to a party, such as sponsor", code=UNENDED)
    elif isinstance(last, Release) and (last.when is not None or last.unless is not None):
        yield Issue(
            last.path, "the last `release` has a condition", "what is left always goes to a party", code=UNENDED
        )
    for step in steps[:-1]:
        if isinstance(step, Release):
            yield Issue(step.path, "steps follow after `release`", "it stands once, and last", code=UNENDED)


def _length(lists: Lists, name: str) -> Iterator[Issue]:
    if lists.is_too_long(name):
        size, depth = lists.sizes[name]
        what = f"has {size:,} steps with the lists that it uses, {depth:,} deep"
        yield Issue(f"waterfalls.{name}", what, f"at most {MOST_STEPS:,}, {MOST_NESTED} deep", code=TOO_MANY)
