"""Every term of a deal stands in its term sheet: fields are found, not listed, so that a new one is held to it at once.

A field is said if the words of the term sheet change with it. The figures are kept: they are those of the runs of the
deal as it stands. Tables of points, and where numbers come from, may stand among the assumptions alone.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
from pydantic.fields import FieldInfo

from dealmodel.analytics.term_sheet import structure
from dealmodel.analytics.term_sheet.outcomes import run_names
from dealmodel.analytics.term_sheet.sheet import in_words
from dealmodel.basics.kinds import Family, Kind, inner_kinds
from dealmodel.basics.live_points import LivePoints
from dealmodel.basics.moments import Moment
from dealmodel.collateral.pools import GivenCash
from dealmodel.collateral.receivables import Receivables
from dealmodel.definition.deal import Deal, DealTerms, Provenance, Source
from dealmodel.definition.load import load_deal
from dealmodel.definition.messages import members_of
from dealmodel.engine.result import Result
from dealmodel.engine.run import run_deal
from dealmodel.engine.timeline import timeline_of

ROOT = Path(__file__).parents[2]
DEALS = {path.stem: path for path in sorted(Path(__file__).parent.glob("*.yaml"))}
DEALS |= {path.name: path / "deal.yaml" for path in sorted((ROOT / "sample_deals").iterdir())}

NO_TERM = {
    (Deal, "format"): "how the file is read",
    (DealTerms, "id"): "what files are called",
    (LivePoints, "by"): "its points are months or dates",
    (GivenCash, "stated_total"): "the rows come to it, or the deal is refused",
    (Receivables, "stated_total"): "the rows come to it, or the deal is refused",
    (Source, "url"): "where a document can be read",
}
"""Fields that are no term of the deal."""
WITHOUT_EFFECT = {
    ("DealTerms", "payment_delay_counts"): "no deal here is paid later",
    ("Market", "rent_basis"): "left out by deals without units alone",
    ("PrepaymentRates", "vector_of"): "left out here where there is no vector",
    ("Bullet", "starts"): "all is due in the last month, whenever it starts",
    ("Bullet", "balloon"): "all is due in the last month",
    ("UnpaidInterestTest", "effective"): "measured after payment, they act on the next date anyway",
    ("UnpaidBalanceTest", "effective"): "measured after payment, they act on the next date anyway",
    ("UnpaidDebtServiceTest", "effective"): "measured after payment, they act on the next date anyway",
}
"""Fields that these deals leave out, and that would say and do nothing if they stood there."""
AMONG_ASSUMPTIONS = (Provenance, Source)
"""Kinds that say where numbers come from."""


@cache
def deal_of(name: str) -> Deal:
    return load_deal(DEALS[name])


@cache
def results_of(name: str) -> dict[str, Result]:
    return {scenario: run_deal(deal_of(name), scenario) for scenario in run_names(deal_of(name))}


def text(deal: Deal, name: str, *, assumptions: bool) -> str:
    sheet = in_words(deal, results_of(name))
    kept = [rows for block, rows in sheet.blocks.items() if assumptions or block != "assumptions"]
    return f"{sheet.title}\n" + "\n".join("|".join(map(str, row.cells)) for rows in kept for row in rows)


@cache
def text_of(name: str, *, assumptions: bool) -> str:
    return text(deal_of(name), name, assumptions=assumptions)


def with_field(node: Any, kind: Kind, field: str, value: object) -> Any:
    """The same with one field of one kind inside it changed."""
    if node is kind:
        return kind.model_copy(update={field: value})
    if isinstance(node, Kind):
        changed = {}
        for name in type(node).model_fields:
            inner = getattr(node, name)
            if (again := with_field(inner, kind, field, value)) is not inner:
                changed[name] = again
        return node.model_copy(update=changed) if changed else node
    if isinstance(node, dict):
        items = {key: with_field(inner, kind, field, value) for key, inner in node.items()}
        return items if any(items[key] is not node[key] for key in node) else node
    if isinstance(node, tuple):
        parts = tuple(with_field(inner, kind, field, value) for inner in node)
        return parts if any(one is not other for one, other in zip(parts, node, strict=True)) else node
    return node


def no_term(kind: Kind, field: str) -> bool:
    return any(isinstance(kind, family) and field == name for family, name in NO_TERM)


def fields(deal: Deal) -> Iterator[tuple[Kind, str, FieldInfo, Any]]:
    """Every field of every kind of a deal that has another value than its default, those of no term left out."""
    for kind in inner_kinds(deal):
        for field, info in type(kind).model_fields.items():
            value = getattr(kind, field)
            if info.exclude or no_term(kind, field) or (not info.is_required() and value == info.default):
                continue
            if not (isinstance(kind, Family) and field == kind.tag):
                yield kind, field, info, value


def others(field: str, info: FieldInfo, value: Any, deal: Deal) -> list[Any]:
    """Other values that a field may have; none where what is inside it is asked for itself."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int | float):
        return [value * 2 + 1]
    if isinstance(value, Moment):
        return [Moment(month=7) if value != Moment(month=7) else Moment(month=8)]
    if isinstance(value, datetime.date):
        return [value + datetime.timedelta(days=1)]
    if isinstance(value, str):
        words = [word for one in members_of(info.annotation) if get_origin(one) is Literal for word in get_args(one)]
        known = words or rows_beside(field, value, deal) or [f"{value}_other"]
        return [word for word in known if word != value]
    if isinstance(value, tuple) and len(value) > 1 and not isinstance(value[0], Kind):
        return [value[:-1]]
    return []


def rows_beside(field: str, value: str, deal: Deal) -> list[str]:
    """Rows of the family of which a name is one; the family that the field is called after, if there are several."""
    families = {name: rows for name, rows in vars(deal).items() if isinstance(rows, dict)}
    families |= {"cohorts": deal.collateral.cohorts, "generations": deal.market.generations}
    found = sorted((not name.startswith(field), name) for name, rows in families.items() if value in rows)
    return list(families[found[0][1]]) if found else []


def is_said(name: str, kind: Kind, field: str, value: Any, other: Any) -> bool:
    table = isinstance(value, tuple) and value and isinstance(value[0], tuple)
    assumptions = bool(table) or isinstance(kind, AMONG_ASSUMPTIONS)
    changed = with_field(deal_of(name), kind, field, other)
    assert changed is not deal_of(name), kind.path
    return text(changed, name, assumptions=assumptions) != text_of(name, assumptions=assumptions)


@pytest.mark.parametrize("name", DEALS)
def test_every_term_of_a_deal_stands_in_its_term_sheet(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    grid = timeline_of(deal_of(name))
    monkeypatch.setattr(structure, "timeline_of", lambda _: grid)
    asked: set[tuple[type[Kind], str, str]] = set()
    unsaid = []
    for kind, field, info, value in fields(deal_of(name)):
        once = (type(kind), field, repr(value))
        tried = others(field, info, value, deal_of(name)) if once not in asked else []
        asked.add(once)
        if tried and not any(is_said(name, kind, field, value, other) for other in tried[:2]):
            unsaid.append(f"{kind.path_of(field)}: {value!r}")
    assert not unsaid, "\n".join(unsaid)


def guesses(info: FieldInfo, value: Any) -> Iterator[Any]:
    """Values that a field which is left out might have."""
    if isinstance(value, bool):
        yield not value
        return
    plain: dict[Any, list[Any]] = {int: [3, 12], float: [0.123, 0.9], Moment: [Moment(month=7)]}
    plain[datetime.date] = [datetime.date(2027, 2, 3)]
    for one in members_of(info.annotation):
        words = get_args(one) if get_origin(one) is Literal else plain.get(one, [])
        yield from (word for word in words if word != value)


def may_be(kind: Kind, field: str, value: Any) -> bool:
    family = type(kind).model_fields
    given = {family[name].alias or name: getattr(kind, name) for name in family if name != field}
    try:
        type(kind).model_validate({**given, family[field].alias or field: value})
    except ValueError:
        return False
    return True


def test_a_term_that_no_deal_states_would_stand_there_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers, times, words and flags that are left out, where some value of them makes sense."""
    said: set[tuple[str, str]] = set()
    unsaid: set[tuple[str, str]] = set()
    for name in DEALS:
        grid = timeline_of(deal_of(name))
        monkeypatch.setattr(structure, "timeline_of", lambda _, grid=grid: grid)
        for kind in inner_kinds(deal_of(name)):
            for field, info in type(kind).model_fields.items():
                key, value = (type(kind).__name__, field), getattr(kind, field)
                if key in said or info.exclude or info.is_required() or no_term(kind, field) or value != info.default:
                    continue
                tried = [guess for guess in guesses(info, value) if may_be(kind, field, guess)]
                if any(is_said(name, kind, field, value, guess) for guess in tried):
                    said.add(key)
                elif tried:
                    unsaid.add(key)
    assert unsaid - said == set(WITHOUT_EFFECT)
    assert len(said) > 100
