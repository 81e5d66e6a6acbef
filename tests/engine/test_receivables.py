"""Pools of loans in a deal: by hand through the ledger, moved by scenarios, overrides and blocks without compiling."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dealmodel.basics.errors import DealFileError
from dealmodel.definition.deal import Deal
from dealmodel.definition.load import deal_from_text
from dealmodel.engine.compile import compile_deal
from dealmodel.engine.result import Result
from dealmodel.engine.run import run_deal, run_model
from dealmodel.engine.scenarios import run_scenarios
from dealmodel.lines.values import values_of

KINDS = Path(__file__).parents[1] / "kinds"
TEXT = (KINDS / "receivables.yaml").read_text(encoding="utf-8")
GIVEN = (KINDS / "pools.yaml").read_text(encoding="utf-8")
HEAD, TAIL = GIVEN[: GIVEN.index("      kind: given_cash")], GIVEN[GIVEN.index("  clean_up_call") :]

THREE_MONTHS = """      kind: receivables
      amortization: fixed_principal
      loans: {columns: [balance, rate, remaining_months], rows: [[1_200, 0.12, 3]]}
      prepayment: {measure: smm, speed: 0.10}
      default: {measure: mdr, speed: 0.05}
      severity: 0.4
      recovery_lag_months: 1
"""


def small(pool: str = THREE_MONTHS) -> Deal:
    """The deal of given cash with a pool of loans in its place, and without the scenario that moves its level."""
    tail = "\n".join(line for line in TAIL.splitlines() if not line.startswith("  half:"))
    return deal_from_text(HEAD + pool + tail, "small.yaml")


def months(result: Result, name: str, count: int) -> list[float]:
    return result.lines.months(name)[:count]


def test_three_months_by_hand() -> None:
    """A third, a half, all of the balance is due. 5% defaults, 10% of what the schedule leaves prepays.

    1: 60 defaults; 1,140 pays 11.40 and 380; 10% of 800 prepays; 680 is left. 2: 34 defaults; 646 pays 6.46 and 323;
    10% of 340 prepays; 289 is left; of the 60, 36 is recovered. 3: no default in the last month; 2.89 and 289; 20.40.
    """
    result = run_deal(small())
    assert months(result, "pool.auto.interest", 4) == pytest.approx([11.4, 6.46, 2.89, 0])
    assert months(result, "pool.auto.scheduled", 4) == pytest.approx([380, 323, 289, 0])
    assert months(result, "pool.auto.prepaid", 4) == pytest.approx([80, 34, 0, 0])
    assert months(result, "pool.auto.defaulted", 4) == pytest.approx([60, 34, 0, 0])
    assert months(result, "pool.auto.recovered", 4) == pytest.approx([0, 36, 20.4, 0])
    assert months(result, "pool.losses_so_far", 4) == pytest.approx([0, 24, 37.6, 37.6])
    assert months(result, "pool.balance", 4) == pytest.approx([680, 289, 0, 0])
    assert months(result, "collections", 4) == pytest.approx([471.4, 399.46, 312.29, 0])
    assert months(result, "servicing.paid", 4) == pytest.approx([1.2, 0.68, 0.289, 0])
    note, paid = 900.0, []
    for cash, fee, left in ((471.4, 1.2, 680), (399.46, 0.68, 289), (312.29, 0.289, 0)):
        due = max(note - max(left - 50, 0), 0)
        paid.append(min(cash - fee - note * 0.005, due))
        note -= paid[-1]
    assert months(result, "note.principal_paid", 3) == pytest.approx(paid)


def test_two_months_of_the_pool_in_the_first_collection() -> None:
    """The same pool a month earlier: 17.86 of interest, 817 of principal and 36 come at once, servicing on 1,880."""
    result = run_deal(small(THREE_MONTHS + "      months_in_first_collection: 2\n"))
    assert months(result, "pool.interest", 3) == pytest.approx([17.86, 2.89, 0])
    assert months(result, "pool.principal", 3) == pytest.approx([817, 289, 0])
    assert months(result, "pool.recoveries", 3) == pytest.approx([36, 20.4, 0])
    assert months(result, "pool.opening_balance", 3) == pytest.approx([1200, 289, 0])
    assert months(result, "pool.balance", 3) == pytest.approx([289, 0, 0])
    assert months(result, "servicing.paid", 3) == pytest.approx([1.88, 0.289, 0])


def test_servicing_inside_the_pool_lowers_its_interest() -> None:
    """1.2% of a year on 1,200, 680 and 289: 1.20, 0.68 and 0.289 less. Two loans of 600 bear 1 each at least."""
    rate = "      servicing: {rate_per_year: 0.012}\n"
    assert months(run_deal(small(THREE_MONTHS + rate)), "pool.interest", 3) == pytest.approx([10.2, 5.78, 2.601])
    least = THREE_MONTHS.replace(
        "remaining_months], rows: [[1_200, 0.12, 3]]", "remaining_months, loans], rows: [[1_200, 0.12, 3, 2]]"
    )
    least += "      servicing: {rate_per_year: 0.0, least_per_loan_month: 1}\n"
    assert months(run_deal(small(least)), "pool.interest", 1) == pytest.approx([9.4])


@pytest.mark.parametrize("path", ["pools.yaml", "receivables.yaml"])
def test_every_balance_of_every_pool_is_explained(path: str) -> None:
    """Without advances a default leaves the balance; with them what is recovered and lost of it does, when it is."""
    deal = deal_from_text((KINDS / path).read_text(encoding="utf-8"), path)
    for scenario in deal.scenarios:
        lines = run_deal(deal, scenario).lines
        for name, pool in deal.collateral.pools.items():
            gone = lines[f"pool.{name}.principal"] + lines[f"pool.{name}.sold"]
            if getattr(pool, "advances", "none") == "none":
                gone = gone + lines[f"pool.{name}.defaulted"]
            else:
                gone = gone + lines[f"pool.{name}.recovered"] + lines[f"pool.{name}.lost"]
            left = lines[f"pool.{name}.opening_balance"] - gone
            assert left == pytest.approx(lines[f"pool.{name}.balance"], abs=1e-6), (scenario, name)


def test_a_scenario_or_an_override_moves_a_speed_without_compiling() -> None:
    model = compile_deal(small())
    path = "collateral.pools.auto.prepayment.speed"
    assert months(run_model(model, overrides={path: 0.0}), "pool.auto.prepaid", 2) == [0, 0]
    assert months(run_model(model, overrides={path: 0.2}), "pool.auto.prepaid", 1) == pytest.approx([160])
    lost = run_model(model, overrides={"collateral.pools.auto.severity": 1.0})
    assert months(lost, "pool.auto.recovered", 3) == pytest.approx([0, 0, 0])


def test_a_scenario_that_is_dated_moves_the_months_it_names() -> None:
    deal = deal_from_text(TEXT, "receivables.yaml")
    base, bad = run_deal(deal), run_deal(deal, "bad")
    assert months(base, "pool.auto.defaulted", 2) == months(bad, "pool.auto.defaulted", 2)
    third = months(bad, "pool.auto.defaulted", 3)[2]
    before = months(base, "pool.auto.defaulted", 3)[2]
    mdr = [1 - (1 - rate) ** (1 / 12) for rate in (0.02, 0.06)]
    assert third / before == pytest.approx(mdr[1] / mdr[0])


def test_a_block_of_a_hundred_speeds_equals_a_hundred_single_runs() -> None:
    deal = deal_from_text(TEXT, "receivables.yaml")
    model = compile_deal(deal)
    base = values_of(model)
    path = "collateral.pools.auto.prepayment.speed"
    speeds = np.linspace(0.0, 0.03, 100)
    lines = ["collections", "senior.principal_paid", "pool.balance"]
    block = run_scenarios(model, numbers={**base.numbers, path: speeds}, months=base.months, size=100, keep=lines)
    for place, speed in enumerate(speeds):
        alone = run_model(model, overrides={path: float(speed)}).lines
        for name in lines:
            assert block.lines[name][:, place].tolist() == alone.months(name), (speed, name)


def test_blocks_of_any_size_say_the_same() -> None:
    model = compile_deal(deal_from_text(TEXT, "receivables.yaml"))
    base = values_of(model)
    numbers = {
        **base.numbers,
        "collateral.pools.homes.prepayment.speed": np.linspace(0, 4, 10),
        "collateral.pools.homes.servicing.least_per_loan_month": np.array([0.0, 30.0] * 5),
    }
    whole = run_scenarios(model, numbers=numbers, months={**base.months}, size=10, keep=["collections"])
    parts = run_scenarios(model, numbers=numbers, months={**base.months}, size=10, keep=["collections"], block=3)
    assert (whole.lines["collections"] == parts.lines["collections"]).all()


def test_what_the_table_holds_is_in_the_hash() -> None:
    other = THREE_MONTHS.replace("recovery_lag_months: 1", "recovery_lag_months: 2")
    assert compile_deal(small()).hash != compile_deal(small(other)).hash


@pytest.mark.parametrize(
    ("find", "write", "said"),
    [
        ("stated_total: 1_500_000", "stated_total: 1_500_001",
         "come to 1,500,000.00, and `stated_total` is 1,500,001.00"),
        ("[400_000, 0.12, 24, 0, 36]", "[400_000, 0.12, 24, 37, 36]",
         "row 3, age_months: 37 months of a loan of 36 months"),
        ("[400_000, 0.12, 24, 0, 36]", "[400_000, 0.12, 40, 0, 36]",
         "row 3, remaining_months: 40 months of a loan of 36"),
        ("[400_000, 0.12, 24, 0, 36]", "[400_000, 12, 24, 0, 36]", "row 3, rate: 12 is no decimal rate"),
        ("[400_000, 0.12, 24, 0, 36]", "[400_000, 0.12, 0, 0, 36]", "row 3, remaining_months: 0 is below 1"),
        ("[400_000, 0.12, 24, 0, 36]", "[400_000, 0.12, 2.5, 0, 36]", "row 3, remaining_months: 2.5 is no whole"),
        ("[400_000, 0.12, 24, 0, 36]", "[-400_000, 0.12, 24, 0, 36]", "row 3, balance: -400,000 is below 0"),
        ("[600_000, 0.00, 18, 30, 60]", "[600_000, 0.00, 18, =A1, 60]", "=A1"),
        ("measure: abs, speed: 0.013", "measure: abx, speed: 0.013",
         "'abx' is not allowed; allowed: abs, smm, cpr, psa, vector"),
        ("measure: abs, speed: 0.013", "measure: abs, speed: 1.3", "abs of 1.3 is no share of a balance"),
        ("measure: abs, speed: 0.013", "measure: abs", "missing: the speed as a decimal"),
        ("measure: abs, speed: 0.013", "measure: vector, speed: 1", "`vector: [..]` belongs to `measure: vector`"),
        ("vector: [0.01, 0.02, 0.03]", "vector: [0.01, , 0.03]", ""),
        ("vector: [0.01, 0.02, 0.03]", "vector: [0.01, null, 0.03]", "vector"),
        ("vector: [0.01, 0.02, 0.03]", "vector: [0.01, 1.02]", "the rate 1.02 of month 2 of the vector"),
        ("age_months, original_months]", "interest_only_months, loans]", "give the loans a column `age_months`"),
        ("      severity: 0.5\n", "", "give both `default` and `severity`, or neither"),
        ("interest_only_months, loans]", "interest_only_months, residual]", "needs a column `loans`"),
        ("last_defaults: maturity", "last_defaults: maturity\n      advances: principal_and_interest",
         "without advances"),
    ],
)  # fmt: skip
def test_what_is_refused(find: str, write: str, said: str) -> None:
    assert find in TEXT
    with pytest.raises(DealFileError) as refused:
        deal_from_text(TEXT.replace(find, write, 1), "receivables.yaml")
    assert said in str(refused.value)


def test_a_speed_out_of_range_in_a_run_is_refused_with_its_place() -> None:
    with pytest.raises(DealFileError, match=r"prepayment\.speed: 1\.5 is above 1"):
        run_deal(small(), overrides={"collateral.pools.auto.prepayment.speed": 1.5})
