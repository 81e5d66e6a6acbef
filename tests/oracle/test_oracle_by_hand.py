"""Is the second engine itself right, against numbers which can be worked out on paper?"""

import copy
import datetime
import importlib.util
import sys
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DEAL_FILE = ROOT / "sample_deals" / "gpu_abs_abc" / "deal.yaml"
SCENARIOS = ("base", "contracts_fail", "hardware_worthless", "both_protections_fail")
CENT = Decimal("0.005")  # money, as printed
EXACT = Decimal("1e-12")  # sums of numbers with 50 digits, added here with 28


def load_flagship():
    """The oracle, loaded by its path: the tests are not a package."""
    spec = importlib.util.spec_from_file_location("oracle_flagship", Path(__file__).with_name("flagship.py"))
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


flagship = load_flagship()


@pytest.fixture(scope="module")
def deal():
    return yaml.safe_load(DEAL_FILE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def outcomes(deal):
    return {name: flagship.run(deal, flagship.scenario_changes(deal, name)) for name in SCENARIOS}


@pytest.fixture(scope="module")
def base(outcomes):
    return outcomes["base"]


def month(outcome, line, number):
    return outcome.lines[line][number - 1]


def close_to(value, expected, tolerance=CENT):
    return abs(Decimal(value) - Decimal(str(expected))) <= tolerance


# Reading the deal file


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ((2026, 12, 31), (2027, 1, 31), 30),
        ((2027, 1, 31), (2027, 2, 28), 28),
        ((2027, 2, 28), (2027, 3, 31), 33),  # the start is not the 30th or 31st, so the 31st stays
        ((2028, 1, 31), (2028, 2, 29), 29),
        ((2028, 2, 29), (2028, 3, 31), 32),
        ((2026, 12, 31), (2033, 12, 31), 7 * 360),
        ((2023, 2, 28), (2023, 8, 31), 183),
    ],
)
def test_day_count_is_30_360_isda(start, end, days):
    years = flagship.years_30_360_isda(datetime.date(*start), datetime.date(*end))
    assert years == Decimal(days) / 360


def test_a_row_takes_from_defaults_what_it_does_not_say():
    family = {"defaults": {"a": 1, "b": {"x": 2, "y": 3}}, "row": {"b": {"y": 4}}, "other": {"a": 5}}
    assert flagship.with_defaults({"family": family}) == {
        "family": {"row": {"a": 1, "b": {"x": 2, "y": 4}}, "other": {"a": 5, "b": {"x": 2, "y": 3}}}
    }


def test_combined_scenario_is_the_changes_of_its_parts_in_order(deal):
    parts = [flagship.scenario_changes(deal, name) for name in ("contracts_fail", "hardware_worthless")]
    assert flagship.scenario_changes(deal, "both_protections_fail") == parts[0] + parts[1]


def test_two_scenarios_that_set_one_path_to_different_values_do_not_combine(deal):
    other = copy.deepcopy(deal)
    change = {"at": "customers.*.stops_paying", "set": "month 30"}
    other["scenarios"] |= {"late": {"changes": [change]}, "both": {"combine": ["contracts_fail", "late"]}}
    with pytest.raises(ValueError, match="two different values"):
        flagship.scenario_changes(other, "both")


def test_a_dated_change_acts_from_its_first_to_its_last_month(deal, base):
    change = {"at": "market.generations.*.resale_level", "multiply": 0.5, "from": "month 3", "until": "month 4"}
    after = flagship.run(deal, [change])
    factors = [month(after, "value.resale", m) / month(base, "value.resale", m) for m in (2, 3, 4, 5)]
    assert factors == [1, Decimal("0.5"), Decimal("0.5"), 1]


def test_a_later_default_is_the_same_shifted_or_set(deal):
    early = {"at": "customers.obligor_1.stops_paying", "set": "month 24"}
    shift = {"at": "customers.obligor_1.stops_paying", "shift_months": 3}
    late = {"at": "customers.obligor_1.stops_paying", "set": "month 27"}
    assert flagship.run(deal, [early, shift]).lines == flagship.run(deal, [late]).lines


def test_a_run_leaves_the_deal_as_it_was(deal):
    before = copy.deepcopy(deal)
    flagship.run(deal, flagship.scenario_changes(deal, "both_protections_fail"))
    assert deal == before


@pytest.mark.parametrize(
    "change",
    [
        {"at": "customers.*.stops_payng", "set": "never"},
        {"at": "fees.servicer.rate_per_year", "add": 1, "from": "month 2"},
    ],
)
def test_a_change_that_does_not_fit_is_refused(deal, change):
    with pytest.raises(ValueError, match=r"no field|may not move"):
        flagship.run(deal, [change])


# Closing


def test_notes_fill_the_reserve_and_the_rest_buys_the_equipment(base):
    # 6 months x (600m x 6.0% + 100m x 7.5%) / 12 = 18m + 3.75m; equipment costs 400m + 400m + 200m
    assert base.closing["reserve_funded"] == 21_750_000
    assert base.closing["released_to_sponsor"] == 738_250_000
    assert base.closing["sponsor_contribution"] == 261_750_000


def test_loan_to_value_at_closing_is_76_percent(base):
    assert base.closing["value.resale"] == base.closing["value.book"] == 1_000_000_000
    debt = sum(month(base, f"{name}.opening_balance", 1) for name in flagship.CLASSES)
    assert debt / base.closing["value.resale"] == Decimal("0.76")


# Month 1 and the months after


def test_model_runs_84_months_and_one_and_the_lag_of_a_sale(outcomes):
    lengths = {len(line) for outcome in outcomes.values() for line in outcome.lines.values()}
    assert lengths == {84 + 1 + 6}


def test_revenue_of_month_1_is_the_price_of_the_six_leases(base):
    # 15,840 + 5,760 + 11,800 + 7,560 + 5,325 + 3,750 = 50,035 an hour, x 730 hours
    assert month(base, "revenue", 1) == 36_525_550


def test_interest_follows_the_days_of_30_360(base):
    assert [month(base, f"{name}.interest_paid", 1) for name in flagship.CLASSES] == [3_000_000, 625_000, 500_000]
    # After 1/36 of 94% is repaid: 584,333,333.33 x 6% x 28/360
    assert close_to(month(base, "class_a.interest_paid", 2), "2726888.888888888889", EXACT)


def test_class_a_is_paid_down_its_schedule(base):
    # 600m x 94% / 36 a month, then 6% over 12 months
    assert close_to(month(base, "class_a.principal_paid", 1), "15666666.666666666667", EXACT)
    assert close_to(month(base, "class_a.balance", 36), 36_000_000, EXACT)
    assert close_to(month(base, "class_a.balance", 42), 18_000_000, EXACT)
    assert close_to(month(base, "class_a.balance", 48), 0, EXACT)


def test_fees_of_month_1(base):
    # 150,000 / 12; 760m x 0.75% / 12; 760m x 0.05% / 12
    assert month(base, "trustee.paid", 1) == 12_500
    assert month(base, "servicer.paid", 1) == 475_000
    assert close_to(month(base, "backup_servicer.paid", 1), "31666.666666666667", EXACT)


def test_sponsor_receives_what_is_left_in_month_1(base):
    # 36,525,550 - fees 519,166.67 - interest 4,125,000 - principal 15,666,666.67 + 1,851,851.85 + 1,000,000
    # + reserve: none, its target falls a month later
    assert close_to(month(base, "sponsor.received", 1), "13362864.81")


def test_reserve_falls_with_the_balances_and_its_excess_is_released(base):
    # 6 x (584,333,333.33 x 6% + 98,148,148.15 x 7.5%) / 12 = 17,530,000 + 3,680,555.56
    assert month(base, "liquidity_reserve.balance", 1) == 21_750_000
    assert close_to(month(base, "liquidity_reserve.balance", 2), "21210555.56")


def test_dscr_of_month_3_is_three_months_of_cash_over_debt_service(base):
    # Opening balances of A, B and C fall by 15.6667m, 1.8519m and 1m a month; days 30, 28, 33
    a, b, c = 564 / 36, 100 / 54, 60 / 60
    interest = sum(
        ((600 - k * a) * 0.06 + (100 - k * b) * 0.075 + (60 - k * c) * 0.10) * days / 360
        for k, days in enumerate((30, 28, 33))
    )
    fees = sum(0.15 / 12 + (760 - k * (a + b + c)) * 0.008 / 12 for k in range(3))
    expected = (3 * 36.52555 - fees) / (interest + 3 * (a + b + c))
    assert float(month(base, "dscr_trap.ratio", 3)) == pytest.approx(expected, abs=1e-9)
    assert month(base, "dscr_trap.ratio", 2) == month(base, "dscr_trap.passed", 2) == 0


@pytest.mark.parametrize(("number", "value"), [(12, 800_000_000), (30, 500_000_000), (60, 0), (61, 0)])
def test_book_value_is_straight_line_over_five_years(base, number, value):
    assert close_to(month(base, "value.book", number), value, EXACT)


def test_resale_value_falls_by_age_and_by_each_launch(base):
    # Age 1 year, one launch of -8%: (400m x 0.68 + 400m x 0.72 + 200m x 0.74) x 0.92
    assert close_to(month(base, "value.resale", 12), 651_360_000, EXACT)
    # Age 3 years, two launches: (400m x 0.68^3 + 400m x 0.72^3 + 200m x 0.74^3) x 0.92^2
    assert close_to(month(base, "value.resale", 36), "301417259.52", EXACT)
    # Without the launch the value of month 9 would be 1 / 0.92 as much
    unit = 31_250 * 0.68**0.75 * 12_800 + 62_500 * 0.72**0.75 * 6_400 + 80_000 * 0.74**0.75 * 2_500
    assert close_to(month(base, "value.resale", 9), unit * 0.92)


def test_units_of_an_ended_lease_are_idle_for_a_month_then_in_merchant_use(base):
    # Lease 2 (3,200 units) ends with month 27; the other five pay 50,035 - 5,760 = 44,275 an hour
    assert month(base, "revenue", 27) == 36_525_550
    assert month(base, "revenue", 28) == 44_275 * 730
    assert month(base, "site_costs.due", 28) == Decimal("467200")
    assert month(base, "site_costs.due", 29) == Decimal("46720")
    rent = 1.70 * 0.8 ** (29 / 12) * 0.92
    assert close_to(month(base, "revenue", 29), 44_275 * 730 + 3_200 * 730 * 0.9 * 0.9 * rent)


# Default


def test_claim_of_lease_1_in_month_24(deal):
    # 13 months are not paid: 13 x 9,600 x 730 x 1.65 = 150,321,600
    # Re-letting is expected in months 6 to 12 after: rent 1.70 x 0.8^2 x 0.92 = 1.00096, a geometric sum of decline
    ratio = 0.8 ** (1 / 12)
    expected = 9_600 * 730 * 0.9 * 0.8 * 1.00096 * (ratio**6 - ratio**13) / (1 - ratio)
    after = flagship.run(deal, [{"at": "customers.obligor_1.stops_paying", "set": "month 24"}])
    assert close_to(month(after, "claims_received", 36), 0.30 * (150_321_600 - expected))
    assert [m for m in range(1, 92) if month(after, "claims_received", m)] == [36]


def test_units_of_a_customer_that_stopped_are_idle_then_let_again(deal):
    after = flagship.run(deal, [{"at": "customers.obligor_1.stops_paying", "set": "month 20"}])
    assert month(after, "revenue", 19) == 36_525_550
    assert {month(after, "revenue", m) for m in range(20, 26)} == {Decimal(36_525_550 - 15_840 * 730)}
    # 9,600 x 730 x 0.20 a month; in month 26 a tenth of it and 9,600 x 400
    assert month(after, "site_costs.due", 25) == 1_401_600
    assert month(after, "site_costs.due", 26) == 140_160 + 3_840_000
    rent = 1.70 * 0.8 ** (26 / 12) * 0.92
    assert close_to(month(after, "revenue", 26), 34_195 * 730 + 9_600 * 730 * 0.9 * 0.8 * rent)


def test_a_customer_that_stops_after_its_lease_is_no_default(deal, base):
    after = flagship.run(deal, [{"at": "customers.obligor_2.stops_paying", "set": "month 28"}])
    assert after.lines == base.lines


def test_claim_recovery_from_defaults_can_be_changed(deal):
    changes = flagship.scenario_changes(deal, "contracts_fail")
    half = flagship.run(deal, [*changes, {"at": "contracts.*.at_default.claim_recovery", "multiply": 0.5}])
    full = flagship.run(deal, changes)
    assert close_to(2 * month(half, "claims_received", 36), month(full, "claims_received", 36), EXACT)


# States and sale


def test_worthless_equipment_is_sold_for_scrap_after_the_lag(outcomes):
    both = outcomes["both_protections_fail"]
    # Month 30 leaves class A's interest unpaid, so month 31 accelerates; 2% of 1,000m x (1 - 25% - 3%) in month 37
    assert month(both, "senior_interest.failed", 30) == 1
    assert month(both, "accelerated.in_force", 30) == 0
    assert month(both, "accelerated.in_force", 31) == 1
    assert month(both, "sale_proceeds", 37) == sum(both.lines["sale_proceeds"]) == 14_400_000
    assert month(both, "value.resale", 37) == 20_000_000
    assert month(both, "value.resale", 38) == month(both, "revenue", 38) == 0


def test_cash_is_trapped_until_the_test_passed_twice_running(deal):
    # DSCR of month 3 is 1.5947x, of month 4 1.6022x, of month 5 1.6034x
    after = flagship.run(deal, [{"at": "tests.dscr_trap.at_least", "set": 1.595}])
    assert [month(after, "trapped.in_force", m) for m in (2, 3, 4, 5)] == [0, 1, 1, 0]
    assert [month(after, "dscr_trap.passes_in_a_row", m) for m in (3, 4, 5)] == [0, 1, 2]
    assert month(after, "sponsor.received", 3) == month(after, "sponsor.received", 4) == 0
    assert month(after, "trapped_cash.balance", 4) > month(after, "trapped_cash.balance", 3) > 0
    assert month(after, "trapped_cash.balance", 5) == 0
    assert month(after, "sponsor.received", 5) > month(after, "trapped_cash.balance", 4)


def test_class_a_is_repaid_until_it_stands_at_its_asset_base(deal):
    after = flagship.run(deal, [{"at": "tests.asset_base_a.at_most", "set": 0.60}])
    lower = min(month(after, "value.resale", 1), month(after, "value.book", 1))
    assert month(after, "asset_base_a.failed", 1) == 1
    assert close_to(month(after, "class_a.balance", 1), Decimal("0.60") * lower, EXACT)


# In every month of every scenario


@pytest.mark.parametrize("name", SCENARIOS)
def test_all_cash_in_is_all_cash_out(outcomes, name):
    outcome = outcomes[name]
    accounts = ("liquidity_reserve.balance", "trapped_cash.balance", "collection.balance")
    paid = [f"{x}.paid" for x in ("site_costs", *flagship.FEES)] + ["sponsor.received"]
    paid += [f"{x}.{part}_paid" for x in flagship.CLASSES for part in ("interest", "principal")]
    before = outcome.closing["reserve_funded"]
    for number in range(1, len(outcome.lines["revenue"]) + 1):
        held = sum(month(outcome, account, number) for account in accounts)
        out = sum(month(outcome, line, number) for line in paid)
        assert close_to(before + month(outcome, "collections", number), out + held, EXACT)
        before = held


@pytest.mark.parametrize("name", SCENARIOS)
def test_collection_account_is_emptied_and_nothing_is_negative(outcomes, name):
    lines = outcomes[name].lines
    assert set(lines["collection.balance"]) == {0}
    assert not [line for line, values in lines.items() if min(values) < 0 and not line.startswith("dscr")]


@pytest.mark.parametrize("name", SCENARIOS)
def test_each_note_is_repaid_or_written_down(outcomes, deal, name):
    outcome = outcomes[name]
    for tranche, total in outcome.tranches.items():
        assert close_to(total["principal_paid"] + total["principal_loss"], deal["tranches"][tranche]["balance"], EXACT)
        assert month(outcome, f"{tranche}.balance", 91) == 0


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_deal_is_in_one_state(outcomes, name):
    states = zip(
        *(outcomes[name].lines[f"{s}.in_force"] for s in ("normal", "trapped", "rapid", "accelerated")), strict=True
    )
    assert {sum(flags) for flags in states} == {1}


@pytest.mark.parametrize("name", SCENARIOS[:3])
def test_one_protection_alone_repays_every_class(outcomes, name):
    assert [total["principal_loss"] for total in outcomes[name].tranches.values()] == [0, 0, 0]


def test_average_life_of_class_c_in_base_is_that_of_sixty_equal_payments(base):
    # Day 28 or 29 of February is counted: 2 days less in 2027, 2029, 2030, 2031, 1 less in 2028; 61 / 24 years before
    years = (Decimal(61) / 24) - Decimal(4 * 2 + 1) / (360 * 60)
    assert close_to(base.tranches["class_c"]["wal_years"], years, EXACT)
