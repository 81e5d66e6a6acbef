"""Checks that every kind passes. Kinds are found, not listed: a new one is held to them as soon as it is written."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import numpy as np
import pytest
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from dealmodel.basics.kinds import UNITS, Family, Kind, inner_kinds, key_of, kinds_of, place_kinds, words_of
from dealmodel.basics.moments import Moment
from dealmodel.collateral.book import BookMethod
from dealmodel.collateral.decay import DecayCurve
from dealmodel.definition.deal import Deal
from dealmodel.definition.load import load_deal
from dealmodel.engine.compile import compile_deal
from dealmodel.engine.conservation import check_results
from dealmodel.lines.blocks import run_block
from dealmodel.lines.inputs import Input
from dealmodel.lines.model import Model
from dealmodel.lines.names import NEVER
from dealmodel.lines.plain import run_plain
from dealmodel.lines.values import Values, values_of
from dealmodel.market.scenarios import Scenario, ScenarioChange

SAMPLES = Path(__file__).parents[2] / "sample_deals"
FLAGSHIP = SAMPLES / "gpu_abs_abc" / "deal.yaml"
SCENARIOS = 20
VARIANTS = {path.stem: path for path in sorted(Path(__file__).parent.glob("*.yaml"))}
VARIANTS["loan"] = SAMPLES / "ddtl_ig_single_offtaker" / "deal.yaml"
NAMES = ["flagship", *VARIANTS]


@cache
def deals() -> dict[str, Deal]:
    return {"flagship": load_deal(FLAGSHIP), **{name: load_deal(path) for name, path in VARIANTS.items()}}


@cache
def model_of(name: str) -> Model:
    return compile_deal(deals()[name])


def all_kinds(base: type[Kind] = Kind) -> Iterator[type[Kind]]:
    """Every kind of the package, bases of families included; those that a test made up are none."""
    for kind in base.__subclasses__():
        if kind.__module__.startswith("dealmodel."):
            yield kind
        yield from all_kinds(kind)


KINDS = sorted({kind for kind in all_kinds() if kind is not Family}, key=lambda kind: kind.__name__)
FAMILIES = [kind for kind in KINDS if Family in kind.__bases__]
CHOSEN = [kind for kind in KINDS if not kind.__subclasses__()]
"""Kinds that stand in a deal file, no bases."""


def named(kinds: list[type[Kind]]) -> Any:
    return pytest.mark.parametrize("kind", kinds, ids=lambda kind: kind.__name__)


def instances(kind: type[Kind]) -> list[Kind]:
    return [found for deal in deals().values() for found in inner_kinds(deal) if type(found) is kind]


def extra(info: FieldInfo) -> dict[str, Any]:
    assert isinstance(info.json_schema_extra, dict)
    return info.json_schema_extra


def plain_types(annotation: Any) -> set[Any]:
    """What may stand in a field: types, and `Literal` for any choice of words."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return plain_types(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return set().union(*map(plain_types, get_args(annotation)))
    return {Literal if origin is Literal else annotation}


def fields_given(kind: Kind) -> dict[str, Any]:
    """Fields of a kind by the keys of the deal file."""
    return {
        key_of(type(kind), name): getattr(kind, name)
        for name, info in type(kind).model_fields.items()
        if not info.exclude
    }


# What a kind declares


def test_kinds_are_found() -> None:
    assert {DecayCurve, BookMethod} < set(FAMILIES)
    assert len(CHOSEN) > 40


@named(KINDS)
def test_every_field_is_described(kind: type[Kind]) -> None:
    assert (kind.__doc__ or "").strip().endswith(".") or "\n" in (kind.__doc__ or "")
    for name, info in kind.model_fields.items():
        assert info.description, name
        assert not info.description.endswith("."), name
        assert isinstance(extra(info)["live"], bool), name


@named(KINDS)
def test_every_field_has_a_unit(kind: type[Kind]) -> None:
    """The value that a scenario sets has the unit of what it changes, and none of its own."""
    for name, info in kind.model_fields.items():
        if (kind, name) != (ScenarioChange, "set_to"):
            assert extra(info)["unit"] in UNITS, name


@named(KINDS)
def test_every_default_has_its_reason(kind: type[Kind]) -> None:
    for name, info in kind.model_fields.items():
        assert info.is_required() or extra(info)["reason"], name


@named(KINDS)
def test_live_fields_are_numbers_or_times(kind: type[Kind]) -> None:
    """Only a number or a month number can stand in a cell. A word beside it (`all`), a kind or nothing is no number."""
    for name, info in kind.model_fields.items():
        if extra(info)["live"]:
            types = plain_types(info.annotation) - {NoneType, Literal}
            types = {item for item in types if not (isinstance(item, type) and issubclass(item, Kind))}
            assert types in ({float}, {int}, {Moment}), name


@named(KINDS)
def test_a_field_with_limits_is_a_number(kind: type[Kind]) -> None:
    for name, info in kind.model_fields.items():
        limits = {type(item).__name__ for item in info.metadata} & {"Ge", "Gt", "Le", "Lt"}
        if limits:
            assert plain_types(info.annotation) & {float, int}, name


@named(FAMILIES)
def test_words_of_a_family_are_its_own(kind: type[Family]) -> None:
    words = words_of(kind)
    assert len(words) == len(set(words))
    assert all(word and word == word.lower() for word in words)


@named([kind for family in FAMILIES for kind in kinds_of(family)])
def test_every_kind_of_a_family_has_a_formula(kind: type[Family]) -> None:
    family = next(base for base in FAMILIES if issubclass(kind, base))
    formulas = [name for name in ("define", "carry_out", "progress") if name in vars(family)]
    own = {name for base in kind.__mro__ if base is not family and issubclass(base, family) for name in vars(base)}
    assert not formulas or own & {*formulas, "amount"}


# What a kind takes


@named(CHOSEN)
def test_every_kind_stands_in_a_deal(kind: type[Kind]) -> None:
    """Else nothing below would look at it: add it to a sample deal, or to the variant."""
    assert instances(kind)


@named(CHOSEN)
def test_every_kind_is_frozen(kind: type[Kind]) -> None:
    found = instances(kind)[0]
    for name in type(found).model_fields:
        with pytest.raises(ValidationError, match="frozen"):
            setattr(found, name, getattr(found, name))


@named(CHOSEN)
def test_every_kind_refuses_other_keys(kind: type[Kind]) -> None:
    fields = fields_given(instances(kind)[0])
    assert kind.model_validate(fields)
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        kind.model_validate({**fields, "no_such_key": 1.0})


@named(CHOSEN)
@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_every_number_is_finite(kind: type[Kind], value: float) -> None:
    fields = fields_given(instances(kind)[0])
    for name, info in kind.model_fields.items():
        if plain_types(info.annotation) & {float, int}:
            with pytest.raises(ValidationError):
                kind.model_validate({**fields, key_of(kind, name): value})


@named(CHOSEN)
def test_every_number_is_given_as_a_number(kind: type[Kind]) -> None:
    """Neither a text nor a flag is a number. A field that takes words or texts too is not asked."""
    fields = fields_given(instances(kind)[0])
    for name, info in kind.model_fields.items():
        if plain_types(info.annotation) - {NoneType} in ({float}, {int}):
            for value in ("1", True):
                with pytest.raises(ValidationError):
                    kind.model_validate({**fields, key_of(kind, name): value})


@pytest.mark.parametrize("name", NAMES)
def test_every_kind_written_out_reads_back(name: str) -> None:
    for kind in inner_kinds(deals()[name]):
        again = type(kind).model_validate(kind.model_dump(by_alias=True))
        place_kinds(again, kind.path)
        assert again == kind.model_copy(update={"file_hash": ""} if isinstance(kind, Deal) else {}), kind.path


# Formulas


def draw(item: Input, periods: int, dice: random.Random) -> float:
    """Another value within the limits of a number, its ends included.

    Where 0 itself is left out the least is a millionth, no number too small for a computer to divide by.
    """
    if item.unit == "month":
        return float(dice.choice([*range(periods + 2), NEVER]))
    lowest = 0.0 if item.lowest is None else item.lowest
    if 0 < lowest < 1e-6:
        lowest = 1e-6
    highest = max(3 * item.base, lowest + 1) if item.highest is None else item.highest
    if item.whole:
        return float(dice.choice([lowest, highest, dice.randint(int(lowest), int(min(highest, lowest + 24)))]))
    return dice.choice([lowest, highest, *(dice.uniform(lowest, highest) for _ in range(4))])


def random_values(model: Model, seed: int) -> Values:
    """One of the model's scenarios over a base of which about a third of the numbers are others."""
    dice = random.Random(seed)
    live = [item for item in model.inputs if item.live and not item.given]
    overrides = {item.path: draw(item, model.periods, dice) for item in live if dice.random() < 0.35}
    scenario = dice.choice(list(model.scenarios))
    unfit = [item.path for item in live if item.path in overrides and not fits(item, model, scenario, overrides)]
    return values_of(model, scenario, {path: value for path, value in overrides.items() if path not in unfit})


def fits(item: Input, model: Model, scenario: str, overrides: dict[str, float]) -> bool:
    """Whether a number stays within its limits after the changes of a scenario."""
    base = overrides[item.path]
    values = item.by_month(model.periods, scenario, base) if item.monthly else [item.number(scenario, base)]
    return not any(item.problem_with(value) for value in values)


@cache
def plain_and_block(name: str) -> tuple[list[Any], Any]:
    model = model_of(name)
    drawn = [random_values(model, seed) for seed in range(SCENARIOS)]
    numbers = {path: np.array([values.numbers[path] for values in drawn]) for path in drawn[0].numbers}
    months = {path: np.array([values.months[path] for values in drawn]).T for path in drawn[0].months}
    keep = [item.name for item in model.monthly]
    return [run_plain(model, values) for values in drawn], run_block(
        model, numbers=numbers, months=months, size=SCENARIOS, keep=keep
    )


@pytest.mark.parametrize("name", NAMES)
def test_plain_python_equals_numpy_bit_for_bit(name: str) -> None:
    model = model_of(name)
    outputs, block = plain_and_block(name)
    for scenario, (_, rows, summary) in enumerate(outputs):
        for place, item in enumerate(model.monthly):
            plain = [row[place] for row in rows]
            assert plain == block.lines[item.name][:, scenario].tolist(), (item.path, item.name, scenario)
        for item, value in zip(model.summary, summary, strict=True):
            assert value == block.summary[item.name][scenario], (item.path, item.name, scenario)


@pytest.mark.parametrize("name", NAMES)
def test_every_line_is_finite(name: str) -> None:
    model = model_of(name)
    for scenario, (constants, rows, summary) in enumerate(plain_and_block(name)[0]):
        for item, value in zip((*model.constants, *model.summary), (*constants, *summary), strict=True):
            assert np.isfinite(value), (item.path, item.name, scenario)
        for place, finite in enumerate(np.isfinite(np.array(rows)).all(axis=0)):
            assert finite, (model.monthly[place].path, model.monthly[place].name, scenario)


@pytest.mark.parametrize("name", NAMES)
def test_every_invariant_holds_whatever_the_numbers(name: str) -> None:
    model = model_of(name)
    names = [item.name for item in model.summary]
    constants = [item.name for item in model.constants]
    for scenario, (first, _, summary) in enumerate(plain_and_block(name)[0]):
        numbers = dict(zip(names, summary, strict=True)) | dict(zip(constants, first, strict=True))
        broken = [check for check in check_results(model, numbers.__getitem__) if not check.holds]
        assert not broken, (scenario, broken)


@pytest.mark.parametrize("name", NAMES)
def test_random_scenarios_are_not_all_alike(name: str) -> None:
    """Else the two checks above would prove little: most lines that may move do move."""
    _, block = plain_and_block(name)
    moving = [line for line, values in block.lines.items() if (values != values[:, :1]).any()]
    assert len(moving) > len(block.lines) / 2


@pytest.mark.parametrize("name", NAMES)
def test_every_curve_and_book_value_falls_from_the_price(name: str) -> None:
    """Whatever its numbers, no curve rises with age, exceeds the price, or is negative; one made of rents may."""
    model = model_of(name)
    _, block = plain_and_block(name)
    cohorts = deals()[name].collateral.cohorts
    earning = {f"cohort.{cohort}.resale_curve" for cohort, row in cohorts.items() if row.resale.by_income}
    found = [item for item in model.monthly if item.name.endswith((".resale_curve", ".book_curve"))]
    kinds = list(inner_kinds(deals()[name].collateral))
    assert len(found) == sum(isinstance(kind, DecayCurve | BookMethod) for kind in kinds)
    curves = [item for item in found if item.name not in earning]
    for item in curves:
        values = np.vstack([np.ones(SCENARIOS), block.lines[item.name]])
        assert (np.diff(values, axis=0) <= 0).all(), item.name
        assert (values >= 0).all(), item.name


def test_a_scenario_needs_no_formula() -> None:
    """Scenarios change inputs, and stand in no formula."""
    for deal in deals().values():
        paths = [kind.path for kind in inner_kinds(deal) if isinstance(kind, Scenario | ScenarioChange)]
        made = {item.path for item in model_of("variant").monthly}
        assert paths
        assert not made & set(paths)


NO_WORDS = ("Moment(", "datetime.", "None", "Kind(", "{", "[(")
"""Signs that a value was printed as Python prints it."""


@named(CHOSEN)
def test_every_kind_says_itself_in_words(kind: type[Kind]) -> None:
    """A term sheet can name whatever stands in a deal; a kind without words of its own says its fields."""
    found = instances(kind)
    assert found
    for one in found:
        words = one.words()
        assert words.strip(), one.path
        assert not any(sign in words for sign in NO_WORDS), (one.path, words)
