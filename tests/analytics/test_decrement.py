"""Decrement tables by hand: bullets, straight lines, a sequential pair, an accrual class; and what is refused.

Every deal here collects 1,000 a month, closes on 15 December 2026 and pays on the 15th, unless it says otherwise.
"""

from __future__ import annotations

import json
from datetime import date

import pytest

import dealmodel as dm
from dealmodel.analytics.decrement import printed_percent, row_months
from dealmodel.analytics.decrement_runs import MOST_RUNS
from dealmodel.analytics.decrement_tables import NEVER_REPAID, column_groups
from dealmodel.analytics.tranche_metrics import TrancheMetrics
from dealmodel.basics.errors import DealFileError
from dealmodel.basics.schedule import add_months

EXACT = 1e-9
"""Percentages are rounded to nine decimals."""
RENT = "market.generations.chip.rent_per_hour"
STRAIGHT = [[0, 1.0], [5, 0.0]]
BULLET = [[0, 1.0], [4, 1.0], [5, 0.0]]

PAIR = """
  a: {kind: note, ranking: 1, balance: 1_500, coupon: {fixed: 0.0}, day_count: 30/360 ISDA, deferrable: true}
  b: {kind: note, ranking: 2, balance: 1_500, coupon: {fixed: 0.0}, day_count: 30/360 ISDA, deferrable: true}
"""
ONE_AFTER_THE_OTHER = """
    - pay_interest: [a, b]
    - pay_principal: {to: [a, b], order: sequential, up_to: outstanding}
"""
SCENARIOS = """
scenarios:
  base: {title: Rents as they are}
  half: {title: Half of the rent, changes: [{at: market.generations.*.rent_level, multiply: 0.5}]}
  none: {title: No rent, changes: [{at: market.generations.*.rent_level, multiply: 0.0}]}
"""


def percents(tables: dm.DecrementTables, tranche: str, column: str, scenario: str | None = None) -> list[float]:
    return tables.table(tranche, scenario).percent[column].tolist()


def lives(tables: dm.DecrementTables, tranche: str, counts: str = "signed", scenario: str = "") -> list[float]:
    return tables.table(tranche).lives.loc[(scenario, counts)].tolist()


@pytest.fixture
def pair(rent_deal) -> dm.Deal:
    return rent_deal(PAIR, ONE_AFTER_THE_OTHER, rest=SCENARIOS)


@pytest.mark.parametrize("life", ["30/360", "months_over_12"])
def test_a_straight_line(one_note, life: str) -> None:
    """500 of 2,500 a month; the average life is (1 + 2 + 3 + 4 + 5) / 5 / 12 = 0.25."""
    tables = dm.decrement(one_note(2_500, STRAIGHT), life=life)
    table = tables.table("note")
    assert percents(tables, "note", "base") == pytest.approx([100, 80, 60, 40, 20, 0], abs=EXACT)
    assert table.percent.index.tolist() == [
        "2026-12-15", "2027-01-15", "2027-02-15", "2027-03-15", "2027-04-15", "2027-05-15",
    ]  # fmt: skip
    assert table.months == (0, 1, 2, 3, 4, 5)
    assert lives(tables, "note") == pytest.approx([0.25], abs=EXACT)
    assert tables.printed(table)["base"].tolist() == ["100", "80", "60", "40", "20", "0", "0.25"]


def test_a_bullet(one_note) -> None:
    """Nothing until month 5, then all: 5 / 12 of a year."""
    tables = dm.decrement(one_note(900, BULLET), by="month", places=2)
    printed = tables.printed(tables.table("note"))
    assert printed.index.tolist() == ["0", "1", "2", "3", "4", "5", "Average life, years"]
    assert printed["base"].tolist() == ["100.00", "100.00", "100.00", "100.00", "100.00", "0.00", "0.42"]
    assert lives(tables, "note") == pytest.approx([5 / 12], abs=EXACT)


def test_a_stub_counts_its_days_on_30_360_and_a_month_over_12(one_note) -> None:
    """Closing on 25 December: 20, 50, 80, 110 and 140 days of 360, 80 on average; by months (1 + ... + 5) / 60."""
    deal = one_note(2_500, STRAIGHT, closing="2026-12-25")
    by_days, by_months = dm.decrement(deal), dm.decrement(deal, life="months_over_12")
    for tables in (by_days, by_months):
        assert percents(tables, "note", "base") == pytest.approx([100, 80, 60, 40, 20, 0], abs=EXACT)
    assert lives(by_days, "note") == pytest.approx([80 / 360], abs=EXACT)
    assert lives(by_months, "note") == pytest.approx([15 / 60], abs=EXACT)


def test_a_sequential_pair_by_scenario(pair: dm.Deal) -> None:
    """1,000 a month: A gets 1,000 and 500, B 500 and 1,000. At half: A in months 1 to 3, B in 4 to 6.

    Lives in months: A (1 x 1,000 + 2 x 500) / 1,500 and (1 + 2 + 3) / 3; B (2 x 500 + 3 x 1,000) / 1,500 and 5.
    """
    tables = dm.decrement(pair, scenarios=["base", "half"])
    assert [table.tranche for table in tables.tables] == ["a", "b"]
    assert percents(tables, "a", "base") == pytest.approx([100, 100 / 3, 0, 0], abs=EXACT)
    assert percents(tables, "a", "half") == pytest.approx([100, 200 / 3, 100 / 3, 0], abs=EXACT)
    assert percents(tables, "b", "base") == pytest.approx([100, 100, 200 / 3, 0, 0, 0, 0], abs=EXACT)
    assert percents(tables, "b", "half") == pytest.approx([100, 100, 100, 100, 200 / 3, 100 / 3, 0], abs=EXACT)
    assert lives(tables, "a") == pytest.approx([4 / 3 / 12, 2 / 12], abs=EXACT)
    assert lives(tables, "b") == pytest.approx([8 / 3 / 12, 5 / 12], abs=EXACT)
    assert tables.printed(tables.table("a")).to_numpy().tolist() == [
        ["100", "100"], ["33", "67"], ["0", "33"], ["0", "0"], ["0.11", "0.17"],
    ]  # fmt: skip
    assert dict(tables.scenarios) == {"base": "Rents as they are", "half": "Half of the rent"}


def test_a_number_varied_equals_the_scenario_that_moves_it(pair: dm.Deal) -> None:
    """A rent of 1.0 is the base, one of 0.5 the scenario `half`; `*` names the one generation."""
    by_scenario = dm.decrement(pair, scenarios=["base", "half"])
    for path in (RENT, "market.generations.*.rent_per_hour"):
        tables = dm.decrement(pair, vary=path, values=[1.0, 0.5])
        assert [column.name for column in tables.columns] == ["1.0", "0.5"]
        for tranche in ("a", "b"):
            table = tables.table(tranche)
            assert table.scenario == "base"
            assert (table.percent.to_numpy() == by_scenario.table(tranche).percent.to_numpy()).all()
            assert (table.lives.to_numpy() == by_scenario.table(tranche).lives.to_numpy()).all()


def test_lives_of_two_scenarios_stand_side_by_side_under_each_table(pair: dm.Deal) -> None:
    """As lives to call and to maturity do. Rents of 2.0 and 1.0: under `half` they are those of 1.0 and 0.5.

    At 2,000 a month A is repaid in month 1, and B gets 500 then and 1,000 in month 2: (500 + 2,000) / 1,500.
    """
    tables = dm.decrement(pair, scenarios=["base", "half"], vary=RENT, values=[2.0, 1.0])
    assert [table.title for table in tables.tables] == ["A, base", "A, half", "B, base", "B, half"]
    base, half = [(5 / 3) / 12, (8 / 3) / 12], [(8 / 3) / 12, 5 / 12]
    first, second = tables.table("b", "base").life_rows(), tables.table("b", "half").life_rows()
    assert [label for label, _ in first] == ["Average life, years: base", "Average life, years: half"]
    assert [label for label, _ in second] == ["Average life, years: half", "Average life, years: base"]
    assert first[0][1] == second[1][1] == pytest.approx(base, abs=EXACT)
    assert first[1][1] == second[0][1] == pytest.approx(half, abs=EXACT)
    assert percents(tables, "b", "2.0", "base") == pytest.approx([100, 200 / 3, 0, 0], abs=EXACT)
    assert percents(tables, "b", "1.0", "half")[-3:] == pytest.approx([200 / 3, 100 / 3, 0], abs=EXACT)


def test_an_accrual_class_has_two_lives(rent_deal) -> None:
    """A takes all cash of months 1 and 2, while 5% a month is added to Z: 800, 840, 882, repaid in month 3.

    Positive reductions only: 3 months. Signed: (-40 x 1 - 42 x 2 + 882 x 3) / 800 months.
    """
    tranches = """
  a: {kind: note, ranking: 1, balance: 2_000, coupon: {fixed: 0.0}, day_count: 30/360 ISDA, deferrable: true}
  z: {kind: note, ranking: 2, balance: 800, coupon: {fixed: 0.60}, day_count: 30/360 ISDA, deferrable: true,
      pay_in_kind: {share: 1.0, until: month 2}}
"""
    steps = """
    - pay_interest: a
    - pay_principal: {to: a, up_to: outstanding}
    - pay_interest: z
    - pay_principal: {to: z, up_to: outstanding}
"""
    tables = dm.decrement(rent_deal(tranches, steps), places=2)
    z = tables.table("z")
    assert percents(tables, "z", "base") == pytest.approx([100, 105, 110.25, 0], abs=EXACT)
    assert lives(tables, "z", "positive_only") == pytest.approx([3 / 12], abs=EXACT)
    assert lives(tables, "z", "signed") == pytest.approx([(882 * 3 - 42 * 2 - 40) / 800 / 12], abs=EXACT)
    assert (z.grows, tables.table("a").grows) == (True, False)
    assert [label for label, _ in z.life_rows()] == [
        "Average life, years (positive reductions only)", "Average life, years (signed)",
    ]  # fmt: skip
    assert tables.printed(z)["base"].tolist() == ["100.00", "105.00", "110.25", "0.00", "0.25", "0.26"]
    assert [label for label, _ in tables.table("a").life_rows()] == ["Average life, years"]
    assert any("Positive reductions only" in note for note in tables.notes())


def test_a_month_in_which_more_is_repaid_than_added_counts_its_net_reduction(rent_deal) -> None:
    """1% of 2,500 is added and 1,000 repaid: net 975; 15.25 and 1,000: net 984.75; then the 540.25 that is left."""
    tranche = """
  z: {kind: note, ranking: 1, balance: 2_500, coupon: {fixed: 0.12}, day_count: 30/360 ISDA, deferrable: true,
      pay_in_kind: {share: 1.0, until: month 2}}
"""
    deal = rent_deal(tranche, "    - pay_interest: z\n    - pay_principal: {to: z, up_to: outstanding}")
    tables = dm.decrement(deal)
    expected = (975 * 1 + 984.75 * 2 + 540.25 * 3) / 2_500 / 12
    assert percents(tables, "z", "base") == pytest.approx([100, 61, 21.61, 0], abs=EXACT)
    assert not tables.table("z").grows
    assert lives(tables, "z", "positive_only") == pytest.approx([expected], abs=EXACT)
    assert lives(tables, "z", "signed") == pytest.approx([expected], abs=EXACT)
    metrics = TrancheMetrics(dm.run_deal(deal), "z")
    assert metrics.average_life(positive_only=True) == pytest.approx(expected, abs=EXACT)


def test_what_is_never_repaid_stays_in_the_table_and_has_no_life(pair: dm.Deal) -> None:
    """Without rent nothing is paid; the last month writes it down, which is no repayment."""
    tables = dm.decrement(pair, scenarios=["base", "none"])
    table = tables.table("a")
    assert percents(tables, "a", "none") == [100.0] * 3
    assert table.never_repaid == (0.0, pytest.approx(100.0, abs=EXACT))
    printed = tables.printed(table)
    assert printed.loc["Average life, years"].tolist() == ["0.11", "n/a"]
    assert printed.loc[NEVER_REPAID].tolist() == ["0", "100"]
    assert any("never repaid" in note for note in tables.notes())
    alone = dm.decrement(pair, scenarios=["none"])
    assert percents(alone, "a", "none") == [100.0, 100.0]


def test_all_scenarios_base_first_unless_some_are_named(pair: dm.Deal) -> None:
    assert [column.name for column in dm.decrement(pair).columns] == ["base", "half", "none"]


def test_a_star_stands_for_above_zero_and_below_a_half(one_note) -> None:
    """0.4% is left after month 1, then 0.5% in another deal, which prints 1."""
    for left, printed in ((0.004, "*"), (0.005, "1")):
        tables = dm.decrement(one_note(900, [[0, 1.0], [1, left], [2, 0.0]]))
        assert tables.printed(tables.table("note"))["base"].tolist()[:3] == ["100", printed, "0"]
        assert any(note.startswith("*") for note in tables.notes()) == (printed == "*")


@pytest.mark.parametrize(
    ("percent", "whole", "two"),
    [
        (0.0, "0", "0.00"),
        (0.004, "*", "0.00"),
        (0.005, "*", "0.01"),
        (0.49, "*", "0.49"),
        (0.5, "1", "0.50"),
        (0.49999999999999, "1", "0.50"),
        (1.005, "1", "1.01"),
        (2.5, "3", "2.50"),
        (99.5, "100", "99.50"),
        (110.25, "110", "110.25"),
        (float("nan"), "n/a", "n/a"),
    ],
)
def test_percentages_are_rounded_half_up(percent: float, whole: str, two: str) -> None:
    assert (printed_percent(percent), printed_percent(percent, 2)) == (whole, two)


def monthly(closing: date, first: date, months: int) -> list[date]:
    return [closing, *(add_months(first, month, first.day) for month in range(months))]


def test_anniversary_rows_are_the_payment_dates_nearest_to_them() -> None:
    """Closing on 23 February, paying on the 18th: the 12th payment. Nothing is left from month 30 on: rows to month 36.

    Closing on 15 December, a 12th payment moved to the 17th: still the 12th. A model of 30 months ends with its last.
    """
    dates = monthly(date(2017, 2, 23), date(2017, 3, 18), 48)
    assert row_months("anniversary", dates, 30) == [0, 12, 24, 36]
    assert row_months("anniversary", dates, 24) == [0, 12, 24]
    assert row_months("payment_date", dates, 3) == row_months("month", dates, 3) == [0, 1, 2, 3]
    moved = monthly(date(2026, 12, 15), date(2027, 1, 15), 30)
    moved[12] = date(2027, 12, 17)
    assert row_months("anniversary", moved, 30) == [0, 12, 24, 30]
    leap = monthly(date(2024, 2, 29), date(2024, 3, 28), 24)
    assert row_months("anniversary", leap, 24) == [0, 12, 24]


def test_columns_are_shared_out_evenly() -> None:
    assert column_groups(9, 7) == [(0, 5), (5, 9)]
    assert column_groups(7, 7) == [(0, 7)]
    assert column_groups(3, 1) == [(0, 1), (1, 2), (2, 3)]


def test_a_scenario_that_ends_earlier_stays_as_it_ended(rent_deal) -> None:
    """The legal final date in April: after four months of 500, 1,000 of B's 1,500 is never repaid."""
    sooner = "  sooner: {title: Sooner, changes: [{at: deal.legal_final, set: 2027-04-15}]}\n"
    deal = rent_deal(PAIR, ONE_AFTER_THE_OTHER, rent=0.5, rest=SCENARIOS + sooner)
    tables = dm.decrement(deal, scenarios=["base", "sooner"])
    assert percents(tables, "b", "base") == pytest.approx([100] * 4 + [200 / 3, 100 / 3, 0], abs=EXACT)
    assert percents(tables, "b", "sooner") == pytest.approx([100] * 4 + [200 / 3] * 3, abs=EXACT)
    assert tables.table("b").never_repaid == pytest.approx((0, 200 / 3), abs=EXACT)
    assert lives(tables, "b") == pytest.approx([5 / 12, 4 / 12], abs=EXACT)


def test_values_are_headed_in_their_unit(one_note) -> None:
    """Rates as percents, times as months and dates; where two headings would be the same, as they were given."""
    deal = one_note(900, BULLET)
    rates = dm.decrement(deal, vary="tranches.note.coupon.fixed", values=[0.05, 0.125])
    assert [column.heading for column in rates.columns] == ["5%", "12.5%"]
    assert rates.varied == "Note, coupon: fixed (tranches.note.coupon.fixed)"
    close = dm.decrement(deal, vary="tranches.note.coupon.fixed", values=[0.05, 0.05000001])
    assert [column.heading for column in close.columns] == ["0.05", "0.05000001"]
    times = dm.decrement(deal, vary="collateral.cohorts.rack.delivered", values=["month 0", date(2026, 12, 15)])
    assert [column.heading for column in times.columns] == ["month 0", "15 December 2026"]


def test_as_data(pair: dm.Deal) -> None:
    tables = dm.decrement(pair, scenarios=["base", "none"])
    data = json.loads(json.dumps(tables.as_data(), allow_nan=False))
    assert (data["deal"], data["by"], data["life"], data["places"], data["vary"]) == (
        "rents", "payment_date", "30/360", 0, None,
    )  # fmt: skip
    assert [column["name"] for column in data["columns"]] == ["base", "none"]
    a = data["tables"][0]
    assert (a["tranche"], a["scenario"], a["balance_grows"]) == ("a", None, False)
    assert a["original_balance"] == {"base": 1500.0, "none": 1500.0}
    assert a["rows"][1]["month"] == 1
    assert a["rows"][1]["date"] == "2027-01-15"
    assert a["rows"][1]["percent"]["base"] == pytest.approx(100 / 3, abs=EXACT)
    assert a["rows"][1]["printed"] == {"base": "33", "none": "100"}
    assert [life["counts"] for life in a["average_lives"]] == ["positive_only", "signed"]
    assert a["average_lives"][0]["years"] == {"base": pytest.approx(4 / 3 / 12, abs=EXACT), "none": None}
    assert a["percent_never_repaid"]["base"] == 0


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"scenarios": ["base", "hlf"]}, "scenarios.hlf: no such scenario; there are base, half, none; did you mean"),
        ({"scenarios": []}, "scenarios: none is named"),
        ({"scenarios": ["half", "half"]}, "scenarios.half: is named twice"),
        ({"vary": RENT}, f"{RENT}: is to be varied, and no value is given"),
        ({"values": [1.0]}, "values: values are given, and no number to vary"),
        ({"vary": RENT, "values": [1.0, 1.0]}, "values: 1.0 is given twice"),
        ({"vary": RENT, "values": ["month 3"]}, f"values: 'month 3' is no number, and {RENT} is not a time"),
        ({"vary": RENT, "values": [-1.0]}, "-1.0 is below 0"),
        ({"vary": RENT, "values": [float("nan")]}, "nan is not a finite number"),
        ({"vary": "market.generations.chip.rent_per_hr", "values": [1.0]}, f"did you mean '{RENT}'"),
        ({"vary": "collateral.cohorts.rack.delivered", "values": ["soon"]}, "'soon' is not a time"),
        ({"vary": RENT, "values": [float(n) for n in range(MOST_RUNS + 1)]}, "401 runs are asked for; 400 at most"),
        ({"by": "mnth"}, "by: 'mnth' is not possible; choose payment_date, anniversary, month; did you mean 'month'?"),
        ({"life": "Act/365F"}, "life: 'Act/365F' is not possible; choose 30/360, months_over_12"),
        ({"places": 1}, "places: 1 is not possible; choose 0, 2"),
    ],
)
def test_a_request_that_cannot_be_met(pair: dm.Deal, asked: dict[str, object], said: str) -> None:
    with pytest.raises(DealFileError) as refused:
        dm.decrement(pair, **asked)  # type: ignore[arg-type]
    assert said in str(refused.value)


def test_all_that_is_wrong_is_said_at_once(pair: dm.Deal) -> None:
    with pytest.raises(DealFileError, match="decrement tables of rents has 3 problems"):
        dm.decrement(pair, scenarios=["hlf", "nne"], values=[1.0])


def test_a_table_that_is_not_there(pair: dm.Deal) -> None:
    with pytest.raises(ValueError, match=r"^there is no such table; tranches are a, b; $"):
        dm.decrement(pair).table("z")


def test_a_shape_is_not_varied(pair: dm.Deal) -> None:
    with pytest.raises(DealFileError, match="is part of the deal's shape"):
        dm.decrement(pair, vary="tranches.a.ranking", values=[1.0, 2.0])
