"""Many scenarios in blocks: the same numbers as one by one, whatever the block, and every invariant in each."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dealmodel as dm
from dealmodel.engine.run import run_model
from dealmodel.engine.scenarios import run_scenarios
from dealmodel.lines.expressions import Param
from dealmodel.lines.model import Model
from dealmodel.lines.values import values_of

FOLDER = Path(__file__).parents[2] / "sample_deals" / "gpu_abs_abc"
KEPT = ("class_a.balance", "dscr_trap.ratio")


@pytest.fixture(scope="module")
def model() -> Model:
    return dm.compile_deal(dm.load_deal(FOLDER))


def the_deals_own(model: Model) -> dict[str, Any]:
    """The scenarios of the deal, side by side: one column each."""
    drawn = [values_of(model, name) for name in model.scenarios]
    numbers = {path: np.array([values.numbers[path] for values in drawn]) for path in drawn[0].numbers}
    months = {path: np.array([values.months[path] for values in drawn]).T for path in drawn[0].months}
    return {"numbers": numbers, "months": months, "size": len(drawn)}


@pytest.mark.parametrize("block", [1, 3, 4, 8192])
def test_a_block_gives_what_the_scenarios_give_one_by_one(model: Model, block: int) -> None:
    many = run_scenarios(model, **the_deals_own(model), keep=KEPT, block=block)
    for place, name in enumerate(model.scenarios):
        one = run_model(model, name)
        for line in KEPT:
            assert many.lines[line][:, place].tolist() == one.lines.months(line)
        for item in model.summary:
            assert many.summary[item.name][place] == one.lines.number(item.name), item.name


@pytest.mark.parametrize("block", [2, 8192])
def test_a_broken_invariant_in_one_scenario_is_named(model: Model, block: int) -> None:
    """Site costs are paid 1 beyond their due where class A bears more than class B's 7.5%: in the third scenario."""
    worked = the_deals_own(model)
    coupon = "tranches.class_a.coupon.fixed"
    worked["numbers"][coupon] = np.array([0.06, 0.06, 0.08, 0.06])
    dearer = Param(coupon, "rate per year") > Param("tranches.class_b.coupon.fixed", "rate per year")
    name = "expenses.02.site_costs.paid"
    faulty = replace(
        model,
        monthly=tuple(
            replace(item, formula=item.formula + dearer) if item.name == name else item for item in model.monthly
        ),
    )
    with pytest.raises(dm.ModelError) as caught:
        run_scenarios(faulty, **worked, block=block)
    assert "I04, scenario 2" in [issue.path for issue in caught.value.issues]
    run_scenarios(model, **worked, block=block)


def test_a_change_that_no_formula_reads_is_refused(tiny_deal) -> None:
    """Amortization ends at maturity: a time of its own for its end would move nothing, and may not do so in silence."""
    text = """
tranches:
  note: {kind: loan, ranking: 1, balance: 2_000, coupon: {fixed: 0.12}, day_count: 30/360 ISDA, deferrable: true,
         maturity: month 6, amortization: {kind: straight_line}}
accounts: {collection: {kind: collection}}
states: {normal: {severity: 0, waterfall: payments}}
waterfalls:
  at_closing: [release: sponsor]
  payments:
    - pay: site_costs
    - pay_interest: note
    - pay_principal: {to: note, up_to: scheduled}
    - release: sponsor
scenarios:
  sooner: {title: It ends sooner, changes: [{at: tranches.note.amortization.until, set: month 3}]}
"""
    with pytest.raises(dm.DealFileError, match=r"amortization\.until is nothing that this deal's model reads"):
        dm.compile_deal(tiny_deal(text))
    moved = tiny_deal(text.replace("tranches.note.amortization.until", "tranches.note.maturity"))
    assert dm.run_deal(moved, "sooner").lines.months("note.scheduled_balance")[2] == 0.0
