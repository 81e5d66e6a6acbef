"""Running a deal: scenarios by name and as objects, overrides, shapes, and the manifest."""

from __future__ import annotations

import re
from datetime import date

import pytest

from dealmodel.basics.errors import DealError, DealFileError
from dealmodel.basics.moments import Moment
from dealmodel.engine.compile import compile_deal
from dealmodel.engine.inputs import live_numbers
from dealmodel.engine.run import model_for, run_deal
from dealmodel.market.scenarios import Scenario, ScenarioChange

CENT = 0.005  # money to the cent

TERMS = """
tranches:
  defaults: {kind: note, day_count: 30/360 ISDA, coupon: {fixed: 0.12}}
  senior: {ranking: 1, balance: 1_800}
  junior: {ranking: 2, balance: 900, deferrable: true}
fees: {trustee: {amount_per_year: 120}}
accounts: {collection: {kind: collection}}
tests:
  unpaid: {measure: unpaid_interest, of: senior_most, measured: after_payment}
states:
  normal: {severity: 0, waterfall: payments}
  default: {severity: 1, waterfall: payments, entered_on: [unpaid], left: never, remedy: sell}
waterfalls:
  at_closing: [release: sponsor]
  payments:
    - pay: [trustee, site_costs]
    - pay_interest: senior
    - pay_interest: junior
    - pay_principal: {to: [senior, junior], order: sequential, up_to: outstanding}
    - release: sponsor
scenarios:
  base: {title: Base}
  dear: {title: The fee is 240, changes: [{at: fees.trustee.amount_per_year, set: 240}]}
  double: {title: The fee doubles, changes: [{at: fees.trustee.amount_per_year, multiply: 2}]}
  more: {title: Twelve more, changes: [{at: fees.trustee.amount_per_year, add: 12}]}
  later:
    title: Rent is half from month 2 to month 3
    changes: [{at: market.generations.*.rent_level, multiply: 0.5, from: month 2, until: month 3}]
  both: {title: Doubled and then twelve more, combine: [double, more]}
  slow: {title: A sale takes three months, changes: [{at: collateral.disposal.lag_months, set: 3}]}
  simple: {title: No interest on interest, changes: [{at: tranches.senior.interest_on_shortfall, set: none}]}
  stops: {title: The tenant stops, changes: [{at: customers.*.stops_paying, set: month 2}]}
  hurry: {title: A month sooner, changes: [{at: customers.tenant.stops_paying, shift_months: -1}]}
  sooner: {title: Stops a month sooner, combine: [stops, hurry]}
"""


def fee(result, month: int = 1) -> float:
    return result.lines.value("trustee.accrued", month)


def change(at: str, **fields: object) -> ScenarioChange:
    return ScenarioChange(at=at, **fields)  # type: ignore[arg-type]


FEE = "fees.trustee.amount_per_year"


@pytest.mark.parametrize(
    ("scenario", "override", "expected"),
    [
        ("base", None, 10), ("base", 600, 50), ("dear", None, 20), ("double", None, 20), ("double", 600, 100),
        ("more", None, 11), ("more", 600, 51), ("both", None, 21), ("both", 600, 101),
        ("dear", 600, 50),  # an override takes the place of an undated `set`
    ],
)  # fmt: skip
def test_an_override_is_another_base_value(tiny_deal, scenario: str, override: float | None, expected: float) -> None:
    """The fee is 120 a year, 10 a month."""
    overrides = {} if override is None else {FEE: override}
    assert fee(run_deal(tiny_deal(TERMS), scenario, overrides)) == pytest.approx(expected, abs=CENT)


def test_a_dated_set_stays_over_an_override(tiny_deal) -> None:
    """120 a year, overridden to 600, set to 24 from month 2: 50, then 2."""
    scenario = Scenario(title="x", changes=(change(FEE, set=24.0, start=Moment(month=2)),))
    result = run_deal(tiny_deal(TERMS), scenario, {FEE: 600})
    assert result.lines.months("trustee.accrued")[:3] == pytest.approx([50, 2, 2], abs=CENT)


def test_a_dated_change_acts_from_and_until_its_months(tiny_deal) -> None:
    text = TERMS.split("  stops: ")[0]
    later = run_deal(tiny_deal(text, in_the_market=True), "later")
    assert later.lines.months("collections")[:4] == pytest.approx([1000, 500, 500, 1000], abs=CENT)


def test_a_combined_scenario_applies_its_parts_in_order(tiny_deal) -> None:
    deal = tiny_deal(TERMS)
    assert run_deal(deal, "stops").lines.months("revenue")[:2] == [1000, 0]
    assert run_deal(deal, "sooner").lines.months("revenue")[:2] == [0, 0]


def test_a_star_stands_for_every_row(tiny_deal) -> None:
    """Both coupons at 6%: 1,800 and 900 bear 9 and 4.50."""
    result = run_deal(tiny_deal(TERMS), overrides={"tranches.*.coupon.fixed": 0.06})
    assert result.lines.value("senior.interest_due", 1) == pytest.approx(9, abs=CENT)
    assert result.lines.value("junior.interest_due", 1) == pytest.approx(4.5, abs=CENT)
    assert result.overrides == {"tranches.senior.coupon.fixed": 0.06, "tranches.junior.coupon.fixed": 0.06}


def test_a_later_override_goes_before_an_earlier_star(tiny_deal) -> None:
    overrides = {"tranches.*.coupon.fixed": 0.06, "tranches.junior.coupon.fixed": 0.24}
    result = run_deal(tiny_deal(TERMS), overrides=overrides)
    assert result.lines.value("junior.interest_due", 1) == pytest.approx(18, abs=CENT)


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ({"fees.truste.amount_per_year": 1.0}, "did you mean 'fees.trustee.amount_per_year'?"),
        ({"tranches.*.coupn.fixed": 0.06}, "tranches.*.coupn.fixed: no live number of the model has this path"),
        ({"collateral.disposal.lag_months": 2}, "collateral.disposal.lag_months: is part of the deal's shape"),
        ({"constants.months_per_year": 13}, "constants.months_per_year: no live number"),
        ({"tranches.senior.coupon.fixed": 8.5}, "tranches.senior.coupon.fixed: 8.5 is above 1"),
        ({"tranches.senior.balance": 0}, "is below"),
        ({FEE: float("nan")}, "nan is not a finite number"),
        ({FEE: float("inf")}, "inf is not a finite number"),
        ({"contracts.lease.term_months": 1.5}, "1.5 is not a whole number of months"),
        ({"customers.tenant.stops_paying": "sometime"}, "'sometime' is not a time"),
    ],
)
def test_an_override_that_cannot_be_is_refused(tiny_deal, overrides: dict, said: str) -> None:
    with pytest.raises(DealFileError, match=re.escape(said)):
        run_deal(tiny_deal(TERMS), overrides=overrides)


def test_all_wrong_overrides_are_named_at_once(tiny_deal) -> None:
    with pytest.raises(DealFileError) as caught:
        run_deal(tiny_deal(TERMS), overrides={"fees.x": 1, "tranches.y": 2})
    assert [issue.path for issue in caught.value.issues] == ["fees.x", "tranches.y"]


@pytest.mark.parametrize("when", ["month 3", date(2027, 3, 15), date(2027, 2, 16), Moment(month=3), 3])
def test_a_time_may_be_given_as_a_month_or_a_date(tiny_deal, when: object) -> None:
    """16 February to 15 March is month 3."""
    result = run_deal(tiny_deal(TERMS), overrides={"customers.tenant.stops_paying": when})
    assert result.lines.months("collections")[:3] == [1000, 1000, 0]


def test_a_model_knows_no_dates(tiny_deal) -> None:
    model = compile_deal(tiny_deal(TERMS))
    path = "customers.tenant.stops_paying"
    assert run_deal(model, overrides={path: "month 3"}).lines.months("collections")[:3] == [1000, 1000, 0]
    with pytest.raises(DealFileError, match="needs the deal's dates"):
        run_deal(model, overrides={path: date(2027, 3, 15)})


def test_an_unknown_scenario_is_refused_with_the_nearest(tiny_deal) -> None:
    with pytest.raises(DealFileError, match=re.escape("did you mean 'double'?")):
        run_deal(tiny_deal(TERMS), "duble")


def test_a_deal_and_its_model_run_alike(tiny_deal) -> None:
    deal = tiny_deal(TERMS)
    first, second = run_deal(deal, "double"), run_deal(compile_deal(deal), "double")
    assert first.lines.rows.tolist() == second.lines.rows.tolist()
    assert first.manifest == second.manifest


def test_a_scenario_object_runs_as_one_of_the_file_does(tiny_deal) -> None:
    deal = tiny_deal(TERMS)
    mine = Scenario(title="Mine", changes=(change(FEE, multiply=2.0),))
    assert run_deal(deal, mine).lines.rows.tolist() == run_deal(deal, "double").lines.rows.tolist()


def test_a_scenario_object_may_combine_those_of_the_file(tiny_deal) -> None:
    mine = Scenario(title="Mine", combine=("double", "more"))
    assert fee(run_deal(tiny_deal(TERMS), mine)) == pytest.approx(21, abs=CENT)


def test_a_scenario_object_needs_the_deal(tiny_deal) -> None:
    with pytest.raises(DealFileError, match="a Scenario object needs the Deal"):
        run_deal(compile_deal(tiny_deal(TERMS)), Scenario(title="Mine"))


def test_a_scenario_object_leaves_the_deal_as_it_was(tiny_deal) -> None:
    deal = tiny_deal(TERMS)
    before = run_deal(deal).manifest
    run_deal(deal, Scenario(title="Mine", changes=(change(FEE, multiply=2.0),)))
    run_deal(deal, Scenario(title="Shape", changes=(change("tranches.senior.interest_on_shortfall", set="none"),)))
    assert run_deal(deal).manifest == before
    assert "ad_hoc" not in run_deal(deal).model.scenarios


def test_a_scenario_that_changes_the_shape_has_its_own_model(tiny_deal) -> None:
    """Six months, one more after the legal final date, and the lag: 7 at none, 10 at three."""
    deal = tiny_deal(TERMS)
    assert model_for(deal, "base").periods == 7
    assert model_for(deal, "slow").periods == 10
    assert "slow" not in model_for(deal, "base").scenarios
    assert set(model_for(deal, "slow").scenarios) == {"base", "slow"}
    assert run_deal(deal, "slow").scenario == "slow"
    assert deal.collateral.disposal.lag_months == 0
    mine = Scenario(title="Mine", changes=(change("collateral.disposal.lag_months", set=3),))
    assert run_deal(deal, mine).lines.rows.tolist() == run_deal(deal, "slow").lines.rows.tolist()


def test_a_word_of_the_shape_may_be_changed(tiny_deal) -> None:
    """The tenant stops in month 1: 18 and 36 are due with no interest on interest, 18 and 36.18 with it."""
    deal = tiny_deal(TERMS, stops_paying="month 1")
    assert run_deal(deal, "simple").lines.months("senior.interest_due")[:2] == pytest.approx([18, 36], abs=CENT)
    assert run_deal(deal).lines.months("senior.interest_due")[:2] == pytest.approx([18, 36.18], abs=CENT)


def test_a_shape_and_live_numbers_may_change_together(tiny_deal) -> None:
    """The tenant stops in month 2 and 18 of interest is unpaid: put up in month 3, sold in month 6 for 2,700 x 0.8."""
    mine = Scenario(
        title="Mine",
        changes=(
            change("collateral.disposal.lag_months", set=3),
            change("customers.tenant.stops_paying", set="month 2"),
        ),
    )
    result = run_deal(tiny_deal(TERMS), mine)
    assert result.lines.months("sale_proceeds")[:7] == pytest.approx([0, 0, 0, 0, 0, 2160, 0], abs=CENT)


def test_a_shape_changes_by_an_undated_set_alone(tiny_deal) -> None:
    for fields in ({"multiply": 2.0}, {"add": 1.0}, {"set": 3, "start": Moment(month=2)}):
        mine = Scenario(title="Mine", changes=(change("collateral.disposal.lag_months", **fields),))
        with pytest.raises(DealFileError, match="only `set`, without `from` and `until`, changes it"):
            run_deal(tiny_deal(TERMS), mine)


def test_an_unknown_path_in_a_scenario_object_is_the_scenarios_fault(tiny_deal) -> None:
    mine = Scenario(title="Mine", changes=(change("fees.truste.amount_per_year", set=1.0),))
    with pytest.raises(DealFileError):
        run_deal(tiny_deal(TERMS), mine)


def test_a_shape_out_of_range_in_a_scenario_object_is_the_scenarios_fault(tiny_deal) -> None:
    mine = Scenario(title="Mine", changes=(change("collateral.disposal.lag_months", set=-1),))
    with pytest.raises(DealFileError):
        run_deal(tiny_deal(TERMS), mine)


def test_a_dated_change_of_any_live_number_runs_or_is_the_scenarios_fault(tiny_deal) -> None:
    """`from` stands on any live number; where a model cannot follow it, the author is told the path, not a line."""
    deal = tiny_deal(TERMS)
    blamed_on_the_model = []
    for number in live_numbers(deal).values():
        operation = {"shift_months": 0} if isinstance(number.value, Moment) else {"multiply": 1.0}
        mine = Scenario(title="Mine", changes=(change(number.path, start=Moment(month=2), **operation),))
        try:
            run_deal(deal, mine)
        except DealFileError:
            continue
        except DealError:
            blamed_on_the_model.append(number.path)
    assert blamed_on_the_model == []


def test_equal_runs_have_equal_manifests(tiny_deal) -> None:
    one, two = run_deal(tiny_deal(TERMS), "double"), run_deal(tiny_deal(TERMS), "double")
    assert one.manifest == two.manifest
    assert one.lines.rows.tolist() == two.lines.rows.tolist()


def test_hashes_follow_what_changed(tiny_deal) -> None:
    deal = tiny_deal(TERMS)
    base = run_deal(deal).manifest
    other_file = run_deal(tiny_deal(TERMS.replace("1_800", "1_801"))).manifest
    assert base["deal_hash"] != other_file["deal_hash"]
    assert base["model_hash"] != other_file["model_hash"]
    assert base["scenario_hash"] != other_file["scenario_hash"]
    scenario, override = run_deal(deal, "double").manifest, run_deal(deal, overrides={FEE: 121}).manifest
    hashes = {base["scenario_hash"], scenario["scenario_hash"], override["scenario_hash"]}
    assert len(hashes) == 3
    assert base["model_hash"] == scenario["model_hash"] == override["model_hash"]
    assert run_deal(deal, "simple").manifest["model_hash"] != base["model_hash"]


def test_a_comment_changes_the_hash_of_the_file_alone(tiny_deal) -> None:
    base, commented = (run_deal(tiny_deal(TERMS + end)).manifest for end in ("", "# a remark\n"))
    assert base["deal_hash"] != commented["deal_hash"]
    assert base["model_hash"] == commented["model_hash"]


def test_a_result_tells_states_failures_and_tranches(tiny_deal) -> None:
    """The tenant stops in month 2: 18 of senior interest is unpaid after payment, and month 3 is in default."""
    result = run_deal(tiny_deal(TERMS), "stops")
    assert result.states() == [(1, "normal"), (3, "default")]
    assert result.first_failures == {"unpaid": 2}
    assert result.tranche_names == ("senior", "junior")
    assert run_deal(tiny_deal(TERMS)).first_failures == {"unpaid": None}
    table = result.tranches
    assert list(table.index) == ["senior", "junior"]
    assert table.loc["senior", "balance"] == 1800
    assert result.periods.index[0] == "2027-01-15"
    assert list(result.periods["collections"][:2]) == [1000, 0]


def test_every_invariant_is_checked_in_every_run(tiny_deal) -> None:
    checks = run_deal(tiny_deal(TERMS), "stops").checks
    assert [check.id for check in checks] == [f"I0{number}" for number in range(1, 9)]
    assert all(check.holds for check in checks)


def test_an_override_of_the_shape_is_told_what_changes_it(tiny_deal) -> None:
    with pytest.raises(DealFileError, match="is part of the deal's shape, which no override changes"):
        run_deal(tiny_deal(TERMS), overrides={"collateral.disposal.lag_months": 3})
