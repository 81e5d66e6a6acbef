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
from dealmodel.definition.load import deal_from_text, load_deal
from dealmodel.engine.compile import compile_deal
from dealmodel.lines.blocks import run_block
from dealmodel.lines.inputs import Input
from dealmodel.lines.model import Model
from dealmodel.lines.names import NEVER
from dealmodel.lines.plain import run_plain
from dealmodel.lines.values import Values, values_of
from dealmodel.market.scenarios import Scenario, ScenarioChange

FLAGSHIP = Path(__file__).parents[2] / "sample_deals" / "gpu_abs_abc" / "deal.yaml"
SCENARIOS = 20
NAMES = ["flagship", "variant", *sorted(path.stem for path in Path(__file__).parent.glob("*.yaml"))]

VARIANT = """
format: 1
deal:
  {id: variant, name: Every kind that the flagship leaves out, basis: illustrative, currency: USD, closing: 2026-12-31,
   first_payment: 2027-01-31, legal_final: 2029-12-31, frequency: monthly, payment_day: month_end, calendar: NONE,
   business_days: none, rounding: none}
market:
  rent_basis: all_in
  rates:
    sofr: {kind: forward, day_count: Act/360, between: linear, after_last: flat,
           points: [[2026-12-31, 0.04], [2027-12-31, 0.035]], shift: 0.001}
    daily: {kind: forward, day_count: Act/360, between: step, after_last: flat, index_type: compounded_in_arrears,
            calendar: USD-GOVT, lookback_days: 2, lockout_days: 1, daily_floor: 0.01, round_places: 5,
            fixings: [[2026-12-29, 0.041], [2026-12-30, 0.042]], points: [[2026-12-31, 0.04], [2027-12-31, 0.035]]}
  generations:
    old: {rent_per_hour: 1.7, rent_decline_per_year: 0.2}
    new: {rent_per_hour: 3.0, rent_decline_per_year: 0.0, rent_level: 1.1, resale_level: 0.9}
  launches:
    next: {when: 2027-09-15, generations: [old], rent_step: -0.08, resale_step: -0.1}
    expected: {when: month 18, generations: [old, new], rent_step: -0.05, resale_step: -0.2, ramp_months: 6}
collateral:
  cohorts:
    line:     {generation: old, units: 400, unit_cost: 20_000, delivered: month 2,
               resale: {curve: straight_line, life_years: 3, scrap: 0.05},
               book: {method: straight_line, life_years: 4, salvage: 0.02}}
    appraised: {generation: new, units: 300, unit_cost: 40_000, delivered: 2027-04-15,
               resale: {curve: table, points: [[0, 1.0], [12, 0.6], [24, 0.4]]},
               book: {method: straight_line, life_years: 4}}
    stepped:  {generation: new, units: 100, unit_cost: 40_000, delivered: closing,
               resale: {curve: table, between: step, points: [[0, 1.0], [6, 0.8], [30, 0.3]]},
               book: {method: straight_line, life_years: 4}}
    decaying: {generation: old, units: 200, unit_cost: 20_000, delivered: 2027-02-10,
               resale: {curve: exponential, decline_per_year: 0.3},
               book: {method: straight_line, life_years: 4}}
    balanced: {generation: old, units: 10, unit_cost: 20_000, delivered: 2027-05-20,
               resale: {curve: declining_balance, factor: 2, life_years: 3, switch: straight_line, scrap: 0.1},
               book: {method: declining_balance, factor: 1.5, life_years: 2.5, salvage: 0.05}}
    digits:   {generation: old, units: 10, unit_cost: 20_000, delivered: 2027-06-15,
               resale: {curve: sum_of_years_digits, life_years: 2, scrap: 0.1},
               book: {method: sum_of_years_digits, life_years: 3}}
    curved:   {generation: new, units: 10, unit_cost: 40_000, delivered: 2027-01-15,
               resale: {curve: hyperbolic, initial_decline_per_year: 0.9, exponent: 1.5},
               book: {method: units_of_production, life_hours: 12_000, salvage: 0.1},
               failures: {rate_per_year: 0.06, spares: 0.05}}
    cliff:    {generation: new, units: 10, unit_cost: 40_000, delivered: month 1,
               resale: {curve: logistic, midpoint_years: 1.5, steepness_per_year: 4, scrap: 0.02},
               book: {method: declining_balance, life_years: 4, switch: never},
               failures: {rate_per_year: 0.3}}
    layered:  {generation: new, units: 10, unit_cost: 40_000, delivered: 2027-02-20,
               resale: {curve: lower_of, scrap: 0.03, layers: {
                 wear: {curve: declining_balance, decline_per_year: 0.2},
                 market: {curve: table, between: monotone, points: [[0, 1.0], [6, 0.9], [24, 0.2]]}}},
               book: {method: straight_line, life_years: 4}}
    earning:  {generation: old, units: 10, unit_cost: 20_000, delivered: 2027-03-10,
               resale: {curve: income_approach, life_years: 3, utilisation: 0.7, operating_cost_per_hour: 0.5,
                        discount_rate_per_year: 0.1, scrap: 0.02},
               book: {method: straight_line, life_years: 4}}
    worn:     {generation: new, units: 10, unit_cost: 40_000, delivered: closing,
               resale: {curve: product_of, layers: {
                 wear: {curve: straight_line, life_years: 6, scrap: 0.1},
                 market: {curve: table, between: log_linear, points: [[0, 1.0], [24, 0.2]]}}},
               book: {method: straight_line, life_years: 4}}
  site_costs:
    idle_per_unit_hour: 0.1
    colocation: {price_per_kw_month: 150, kw_per_unit: 1.3}
    power: {price_per_kwh: 0.06, kw_per_unit: 1.2, pue: 1.3, load: 0.8}
    upkeep_per_unit_per_year: 900
  merchant: {utilisation: 0.7, discount_to_market: 0.1}
  disposal: {discount: 0.3, cost: 0.05, lag_months: 0}
customers:
  steady: {class: bb}
  failing: {class: b, stops_paying: month 9}
contracts:
  defaults:
    kind: take_or_pay
    at_expiry: {then: merchant, downtime_months: 0}
    at_default: {then: re_let, downtime_months: 2, cost_per_unit: 400, discount_to_market: 0.2, utilisation: 0.8,
                 claim_recovery: 0.3, claim_lag_months: 3}
  whole:  {customer: steady, cohort: appraised, units: all, site_costs_paid_by: issuer, price_per_hour: 3.1,
           term_months: 18}
  failing_units: {customer: failing, cohort: curved, units: 6, site_costs_paid_by: customer, price_per_hour: 2.5,
                  term_months: 20}
  part:   {customer: failing, cohort: decaying, units: 150, site_costs_paid_by: customer, price_per_hour: 1.9,
           start: 2027-03-20, term_months: 12, share_committed: 0.9}
tranches:
  senior: {kind: note, ranking: 1, balance: 12_000_000, day_count: Act/360,
           coupon: {index: sofr, margin: 0.02, floor: 0.0}, interest_on_shortfall: none,
           scheduled_balance: {by: month, of: original, points: [[0, 1.0], [30, 0.0]], between: step}}
  middle: {kind: note, ranking: 2, balance: 3_000_000, day_count: Act/360, deferrable: true,
           coupon: {index: daily, margin: 0.05, floor: 0.0, cap: 0.12, cap_applies_to: all_in}}
  junior: {kind: note, ranking: 3, balance: 1_000_000, day_count: 30/360 ISDA, coupon: {fixed: 0.12}, deferrable: true}
fees:
  trustee:  {amount_per_year: 50_000}
  servicer: {rate_per_year: 0.005, of: opening_tranche_balance}
  agent: {rate_per_year: 0.001, of: [senior, junior], day_count: Act/360, at_least_per_year: 4_000}
  custodian: {rate_per_year: 0.0005, of: book_value, cap_per_year: 3_000, cap_year: calendar}
  monitor: {amount_per_unit_per_year: 30, cap_per_year: 20_000}
  registrar: {amount_per_payment: 500}
  collector: {rate: 0.01, of: collections, cap_per_year: 60_000}
  letting_agent: {rate: 0.005, of: revenue, at_least_per_year: 1_200, day_count: Act/365F}
accounts:
  collection: {kind: collection}
  interest_reserve: {kind: reserve, target: {months_of_interest: 3, of: [senior]}, excess_to: collection,
                     earns: {rate: {index: sofr, margin: -0.002}, day_count: Act/360, added_to: account}}
  fixed_reserve: {kind: reserve, target: {amount: 100_000}, excess_to: collection}
  service_reserve: {kind: reserve, excess_to: collection, earns: {rate: {fixed: 0.02}, day_count: 30/360 ISDA},
                    target: {months: 3, of: [interest, scheduled_principal, fees, site_costs],
                             floor: 50_000, cap: 2_000_000}}
  share_reserve: {kind: reserve, excess_to: collection,
                  target: {greater_of: [25_000, {rate: 0.01, of: opening_tranche_balance},
                                        {months: 2, of: [senior.interest, middle.interest, agent, site_costs.power]},
                                        {rate: 0.02, of: [senior, junior.original]}]}}
  value_reserve: {kind: reserve, excess_to: collection,
                  target: {lesser_of: [{rate: 0.01, of: resale_value}, {rate: 0.01, of: original_tranche_balance}]}}
  trap: {kind: trap, released_to: collection, released_when: normal,
         earns: {rate: {fixed: 0.01}, day_count: Act/365F, added_to: account}}
tests:
  covered: {measure: dscr, debt: [senior, middle], cured_after: 3, fails_when: {failed: 2, of_last: 3},
            at_least: {by: month, points: [[0, 1.1], [12, 1.2]], between: step}}
  ahead: {measure: dscr, debt: [senior], direction: forward, until: maturity, uses: contracted_cash, at_least: 0.2}
  half_year_ahead: {measure: dscr, debt: [senior], direction: forward, over_months: 6, uses: contracted_cash,
                    at_least: 0.2, effective: next_payment_date}
  interest_covered: {measure: icr, debt: [senior, middle], over_months: 3, at_least: 1.0, curable: false}
  ic: {measure: ic, debt: [senior, middle], net_of: [trustee, servicer, site_costs], at_least: 1.05}
  yield: {measure: debt_yield, debt: [senior], over_months: 3, at_least: 0.1}
  oc: {measure: oc, debt: [senior, middle], value: {lower_of: [cost, book]}, counted: 0.9, at_least: 1.1}
  oc_with_cash: {measure: oc, debt: [senior], value: resale, cash: [trap, fixed_reserve], cure_from: principal,
                 at_least: 1.2}
  ltv_after: {measure: ltv, debt: [senior], value: cost, at_most: 0.9, measured: after_payment}
  unpaid_by_customers: {measure: contract_shortfall, at_most: 0.2}
  thin: {measure: formula, unit: ratio, at_least: 0.5,
         formula: "ratio(value.book - senior.balance, value.cost, 1) * min(oc.ratio, 2)"}
  lean: {measure: formula, unit: currency, at_most: 40_000, measured: after_payment,
         formula: "site_costs.due + trustee.due - 0.01 * (collection.balance + revenue)"}
  in_use: {measure: utilisation, weighted_by: units, over_months: 2, first: month 4, at_least: 0.6}
  book_ltv: {measure: ltv, debt: [senior, middle], value: book, at_most: 0.9}
  low_ltv: {measure: ltv, debt: [senior], value: {lower_of: [resale]}, first: 2027-05-10, at_most: 0.8}
  junior_interest: {measure: unpaid_interest, of: [middle, junior], at_most: 100, measured: after_payment,
                    cured_after: 2}
  senior_interest: {measure: unpaid_interest, of: senior_most, measured: after_payment}
  repaid: {measure: unpaid_balance, of: [senior], first: legal_final, measured: after_payment}
amounts:
  asked: {greatest_of: [scheduled, cure.oc, cure.ic, above_book]}
  above_book: {formula: "max(senior.balance - 0.8 * value.book, month - 500)"}
  measured_out: {least_of: [outstanding, cure.yield, asked]}
states:
  normal: {severity: 0, waterfall: payments}
  watched: {severity: 1, waterfall: payments, left: when_cured,
            entered_on: [junior_interest, covered, ahead, half_year_ahead, interest_covered, unpaid_by_customers,
                         ltv_after, thin, lean]}
  trapped: {severity: 2, waterfall: payments, entered_on: [in_use, book_ltv, low_ltv], left: when_cured}
  ended: {severity: 3, waterfall: enforcement, entered_on: [senior_interest, repaid], left: never, remedy: sell,
          performing_contracts: end}
waterfalls:
  at_closing:
    - top_up: interest_reserve
    - top_up: fixed_reserve
    - top_up: service_reserve
    - top_up: share_reserve
    - top_up: value_reserve
    - release: sponsor
  costs:
    - {pay: [trustee, servicer, site_costs], backed_by: fixed_reserve}
    - pay: [agent, custodian, monitor, registrar, collector, letting_agent]
  capped:
    - pay: [custodian.excess, monitor.excess, collector.excess]
  payments:
    - use: costs
    - {pay_interest: senior, backed_by: interest_reserve}
    - pay_principal: {to: senior, up_to: scheduled}
    - top_up: interest_reserve
    - top_up: fixed_reserve
    - top_up: service_reserve
    - top_up: share_reserve
    - top_up: value_reserve
    - pay_interest: [middle, junior]
    - pay_principal: {to: [senior, middle], up_to: cure.book_ltv}
    - pay_principal: {to: senior, up_to: cure.oc_with_cash}
    - pay_principal: {to: senior, up_to: asked}
    - pay_principal: {to: senior, up_to: measured_out}
    - {pay_principal: {to: [middle, junior], up_to: outstanding}, unless: trapped}
    - use: capped
    - {deposit: trap, when: trapped}
    - {deposit: share_reserve, when: watched}
    - release: sponsor
  enforcement:
    - apply: [interest_reserve, fixed_reserve, service_reserve, share_reserve, value_reserve, trap]
    - use: costs
    - pay_interest: senior
    - pay_principal: {to: senior, up_to: outstanding}
    - pay_interest: [middle, junior]
    - pay_principal: {to: [middle, junior], order: sequential, up_to: outstanding}
    - use: capped
    - release: sponsor
scenarios:
  base: {title: As it stands}
  late: {title: Everything comes later, changes: [
    {at: collateral.cohorts.appraised.delivered, shift_months: 2}, {at: customers.*.stops_paying, set: month 14},
    {at: market.generations.*.rent_level, multiply: 0.5, from: month 6, until: month 12}]}
  dearer: {title: Costs rise, changes: [{at: collateral.site_costs.power.price_per_kwh, add: 0.02}]}
  all: {title: All of it, combine: [late, dearer]}
sources:
  paper: {title: A paper, date: 2026-11-01, url: "https://example.org"}
provenance:
  "*": {status: assumed, note: made up for a test}
  fees.*: {status: known, source: paper}
"""


@cache
def deals() -> dict[str, Deal]:
    variants = {path.stem: load_deal(path) for path in sorted(Path(__file__).parent.glob("*.yaml"))}
    return {"flagship": load_deal(FLAGSHIP), "variant": deal_from_text(VARIANT, "variant.yaml"), **variants}


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
