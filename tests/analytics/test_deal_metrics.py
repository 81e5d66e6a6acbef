"""Coverage, gap, equity, enhancement and decrement tables: by hand, and against the deal's own tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import dealmodel as dm
from dealmodel.analytics.coverage import coverage, value_of
from dealmodel.analytics.decrement import AVERAGE_LIFE_ROW, decrement_table, printed_percent, printed_table
from dealmodel.analytics.enhancement import enhancement, subordination
from dealmodel.analytics.equity import equity
from dealmodel.analytics.figures import FIGURES
from dealmodel.analytics.gap import collateral_gap
from dealmodel.engine.run import run_deal

CENT = 0.005
RATIO = 1e-9  # ratios to nine places
FLAGSHIP = Path(__file__).parents[2] / "sample_deals" / "gpu_abs_abc"
KINDS = Path(__file__).parents[1] / "kinds"
FIVE_MONTHS = [[0, 1.0], [5, 0.0]]


@pytest.fixture(scope="module")
def flagship() -> dict[str, dm.Result]:
    deal = dm.load_deal(FLAGSHIP)
    return {name: dm.run_deal(deal, name) for name in deal.scenarios}


def test_debt_sculpted_to_a_coverage_has_that_dscr_and_llcr_in_every_month(one_note) -> None:
    """Cash 1,000 over 1.25 leaves 800 a month, which carries 800 (1 - 1.01^-4) / 0.01 at 1%.

    With a constant DSCR the LLCR equals it in every month. The project runs two months longer, whose 1,000 each are
    worth 1,000 / 1.01^5 and ^6 at closing.
    """
    worth = [800 * (1 - 1.01 ** -(4 - month)) / 0.01 for month in range(5)]
    points = [[month, value / worth[0]] for month, value in enumerate(worth)]
    covered = coverage(run_deal(one_note(worth[0], points)))
    assert covered.dscr[:4] == pytest.approx([1.25] * 4, abs=RATIO)
    assert covered.llcr[:4] == pytest.approx([1.25] * 4, abs=RATIO)
    assert covered.plcr[0] == pytest.approx(1.25 + 1000 * (1.01**-5 + 1.01**-6) / worth[0], abs=RATIO)
    assert np.isnan(covered.dscr[4:]).all()
    assert covered.icr[0] == pytest.approx(1000 / (0.01 * worth[0]), abs=RATIO)
    assert covered.debt_yield[0] == pytest.approx(12_000 / worth[0], abs=RATIO)
    assert covered.worst["plcr"] == pytest.approx((1, covered.plcr[0]))


def test_reserves_join_the_cash_of_the_loan_life_where_they_are_named(flagship: dict[str, dm.Result]) -> None:
    """21.75 million in the reserve against 760 million before the first payment."""
    result = flagship["base"]
    plain, with_reserve = coverage(result), coverage(result, reserves=["liquidity_reserve"])
    assert with_reserve.llcr[0] - plain.llcr[0] == pytest.approx(21.75 / 760, abs=RATIO)
    assert with_reserve.dscr == pytest.approx(plain.dscr, nan_ok=True)


def test_worst_ratios_name_their_month(one_note) -> None:
    """2,500 over five months: debt service 525, 520, ... so DSCR is least in month 1; the LTV is highest there too.

    Resale value in month 1 is 2,950.
    """
    worst = coverage(run_deal(one_note(2_500, FIVE_MONTHS))).worst
    assert worst["dscr"] == pytest.approx((1, 1000 / 525))
    assert worst["ltv_resale"] == pytest.approx((1, 2500 / 2950))
    assert worst["ltv_liquidation"] == pytest.approx((1, 2500 / (2950 * 0.8)))


def test_a_window_sums_cash_and_service(one_note) -> None:
    """Months 1 to 3: 3,000 over 525 + 520 + 515; before that n/a. Months 4 and 5 pay 510 and 505, month 6 nothing."""
    covered = coverage(run_deal(one_note(2_500, FIVE_MONTHS)), over_months=3)
    assert np.isnan(covered.dscr[:2]).all()
    assert covered.dscr[2] == pytest.approx(3000 / 1560, abs=RATIO)
    assert covered.dscr[5] == pytest.approx(3000 / 1015, abs=RATIO)


@pytest.mark.parametrize("scenario", ["base", "contracts_fail", "both_protections_fail"])
def test_series_equal_the_tests_of_the_deal(flagship: dict[str, dm.Result], scenario: str) -> None:
    """The deal's own tests measure the same ratios: DSCR over three months, resale LTV before payment."""
    result = flagship[scenario]
    over_three = coverage(result, over_months=3).dscr
    assert over_three == pytest.approx(result.ratio("dscr_trap"), abs=RATIO, nan_ok=True)
    ltv = coverage(result).loan_to_value("resale")
    assert ltv == pytest.approx(result.ratio("market_ltv"), abs=RATIO, nan_ok=True)
    lower = np.minimum(value_of(result, "book"), value_of(result, "resale"))
    both = result.ratio("asset_base_ab")
    known = ~np.isnan(both)
    debt = coverage(result, ["class_a", "class_b"]).balance
    assert debt[known] / lower[known] == pytest.approx(both[known], abs=RATIO)


def test_gap_by_hand(one_note) -> None:
    """Debt 2,500, 2,000, ... against 0.8 x (3,000 - 50 t): 2,360, 2,320, ...: 140 short in month 1, and covered after.

    Book value over three years: 3,000 x 35 / 36 in month 1.
    """
    deal = one_note(2_500, FIVE_MONTHS)
    gap = collateral_gap(run_deal(deal))
    assert gap.gap[:2] == pytest.approx([140, -320], abs=CENT)
    assert gap.first_month == 1
    assert gap.largest == pytest.approx((1, 140), abs=CENT)
    assert gap.area == pytest.approx(140 / 12, abs=CENT)
    assert gap.book[0] == pytest.approx(3000 * 35 / 36, abs=CENT)
    assert list(gap.table.columns) == ["book", "resale", "liquidation", "debt", "gap"]


def test_a_covered_debt_has_no_gap(one_note) -> None:
    gap = collateral_gap(run_deal(one_note(1_000, FIVE_MONTHS)), share_received=0.8)
    assert (gap.first_month, gap.largest, gap.area) == (None, None, 0)


def test_a_deal_that_never_sells_has_a_gap_by_its_terms_of_disposal(one_note) -> None:
    """No state of it sells; its terms say that a sale would bring 1 - 0.15 - 0.05 of the resale value."""
    result = run_deal(one_note(1_000, FIVE_MONTHS))
    gap = dm.analyse(result).gap
    assert gap is not None
    assert gap.liquidation == pytest.approx(0.8 * gap.resale)
    assert dm.analyse(result).gap_note == ""
    halved = run_deal(one_note(1_000, FIVE_MONTHS), overrides={"collateral.disposal.discount": 0.55})
    assert collateral_gap(halved).liquidation == pytest.approx(0.4 * gap.resale)


def test_gap_of_the_loan_in_every_scenario() -> None:
    """No state of the loan sells; its terms say 1 - 0.25 - 0.03 = 72%. 8,500 million are owed at first."""
    deal = dm.load_deal(FLAGSHIP.parent / "ddtl_ig_single_offtaker")
    for scenario in deal.scenarios:
        found = dm.analyse(dm.run_deal(deal, scenario))
        assert found.gap is not None
        assert found.gap.liquidation == pytest.approx(0.72 * found.gap.resale)
        assert found.gap.gap[0] == pytest.approx(8_500e6 - 0.72 * found.gap.resale[0], abs=CENT)
        ltv = found.coverage.ratios["ltv_liquidation"][0]
        assert ltv == pytest.approx(8_500e6 / (0.72 * found.gap.resale[0]), abs=RATIO)


def test_a_deal_without_hardware_says_why_it_has_no_gap() -> None:
    result = run_deal(dm.load_deal(KINDS / "pools.yaml"))
    analysis = dm.analyse(result)
    assert analysis.gap is None
    assert analysis.gap_note == "the deal holds no hardware, so there is nothing to sell"
    assert analysis.reason("note", "credit_enhancement") == analysis.gap_note
    assert not [name for name in analysis.coverage.ratios if name.startswith("ltv")]
    with pytest.raises(ValueError, match=r"^the deal holds no hardware, so there is nothing to sell$"):
        collateral_gap(result)


@pytest.fixture(scope="module")
def quarterly() -> dm.Result:
    return run_deal(dm.load_deal(KINDS / "quarterly.yaml"))


def test_ratios_of_a_quarterly_deal_stand_on_its_payment_dates(quarterly: dm.Result) -> None:
    """Months 4, 7, 10 ...; the first ratio has the cash of months 1 to 4 over what is due in month 4."""
    covered = coverage(quarterly)
    months = np.arange(1, quarterly.model.periods + 1)
    assert list(months[covered.pays][:4]) == [4, 7, 10, 13]
    for name, series in covered.ratios.items():
        assert np.isnan(series[~covered.pays]).all(), name
        assert not np.isnan(series[[3, 6, 9]]).any(), name
    cash, lines = quarterly.lines["coverage.cash"], quarterly.lines
    due = sum(lines[f"{name}.scheduled_principal"][3] for name in quarterly.tranche_names)
    interest = lines["senior.interest_accrued"][3] + lines["mezzanine.interest_accrued"][3]
    interest += lines["junior.interest_accrued"][3] * 0.5  # the other half is added to the balance
    assert covered.icr[3] == pytest.approx(cash[:4].sum() / interest, abs=1e-6)
    assert covered.dscr[3] == pytest.approx(cash[:4].sum() / (interest + due), abs=1e-6)
    assert covered.debt_yield[3] == pytest.approx(cash[:4].sum() * 3 / covered.balance[3], abs=RATIO)
    assert len(covered.table) == int(covered.pays.sum())


def test_ratios_of_a_quarterly_deal_equal_its_own_tests(quarterly: dm.Result) -> None:
    """The trigger of two of its classes over three months, and its loan to value, on every payment date."""
    covered = coverage(quarterly, ["senior", "mezzanine"], over_months=3)
    own, pays = quarterly.ratio("cover"), covered.pays
    both = pays & ~np.isnan(own) & ~np.isnan(covered.dscr)
    assert both.sum() >= 5
    assert covered.dscr[both] == pytest.approx(own[both], abs=1e-6)
    ltv = quarterly.ratio("asset_base")
    known = pays & ~np.isnan(ltv)
    assert covered.loan_to_value("resale")[known] == pytest.approx(ltv[known], abs=RATIO)


def test_llcr_of_a_quarterly_deal_by_hand(quarterly: dm.Result) -> None:
    """Cash of each period, discounted period by period at interest accrued over the opening balance."""
    covered = coverage(quarterly)
    lines, places = quarterly.lines, np.flatnonzero(covered.pays)
    names = quarterly.tranche_names
    opening = sum(lines[f"{name}.opening_balance"] for name in names)
    accrued = sum(lines[f"{name}.interest_accrued"] for name in names)
    worth, factor = 0.0, 1.0
    for number, place in enumerate(places):
        if opening[place] <= CENT:
            break
        factor /= 1 + accrued[place] / opening[place]
        start = places[number - 1] + 1 if number else 0
        worth += factor * lines["coverage.cash"][start : place + 1].sum()
    assert covered.llcr[3] == pytest.approx(worth / 12e6, abs=RATIO)


def test_gap_of_the_flagship_takes_its_own_discount(flagship: dict[str, dm.Result]) -> None:
    """A sale brings 1 - 0.25 - 0.03 = 72% of the resale value; 760 million are owed before the first payment."""
    result = flagship["base"]
    gap = collateral_gap(result)
    assert gap.liquidation == pytest.approx(0.72 * gap.resale)
    assert gap.debt[0] == pytest.approx(760e6)
    assert gap.gap[0] == pytest.approx(760e6 - 0.72 * gap.resale[0], abs=CENT)


def test_equity_is_the_sponsors_whatever_else_is_released_to(rent_deal) -> None:
    """What is left of the proceeds goes to the seller of the chips, later cash to the sponsor: 1,000 a month.

    The chips cost 3,000 and the note brings 3,100. The 100 beyond their cost are the seller's, and nothing is paid in.
    """
    terms = "kind: note, ranking: 1, balance: 3_100, coupon: {fixed: 0.0}, day_count: 30/360 ISDA, deferrable: true"
    steps = "    - pay_interest: note\n    - pay_principal: {to: note, up_to: outstanding}"
    deal = rent_deal(f"  note: {{{terms}}}", steps, rest="parties: {seller: {name: The seller}}\n", closing_to="seller")
    result = run_deal(deal)
    owned = dm.analyse(result).equity
    assert owned is not None
    assert owned.party == "sponsor"
    assert owned.amounts == pytest.approx([0, 0, 0, 0, 900, 1000, 1000], abs=CENT)
    assert equity(result, "seller").amounts == pytest.approx([100, 0, 0, 0, 0, 0, 0], abs=CENT)


def test_equity_by_hand(one_note) -> None:
    """Pays 3,000 - 2,900 = 100 at closing. 580 of principal a month; interest 29, 23.20, 17.40, 11.60, 5.80.

    Receives 391, 396.80, 402.60, 408.40, 414.20 and 1,000: 3,013 in all.
    """
    owned = equity(run_deal(one_note(2_900, FIVE_MONTHS)))
    received = [391, 396.8, 402.6, 408.4, 414.2, 1000]
    assert owned.party == "sponsor"
    assert owned.amounts == pytest.approx([-100, *received], abs=CENT)
    assert owned.contribution == pytest.approx(100, abs=CENT)
    assert owned.multiple == pytest.approx(3013 / 100, abs=1e-9)
    growth = 1 + owned.irr.number
    days = [(day - owned.dates[0]).days for day in owned.dates[1:]]
    worth = sum(amount * growth ** (-day / 365) for amount, day in zip(received, days, strict=True))
    assert worth == pytest.approx(100, abs=1e-6)


def test_return_on_one_payment_is_exact(one_note) -> None:
    """One month: pays 3,000 - 400, gets 1,000 - 404 = 596 after 31 days."""
    owned = equity(run_deal(one_note(400, [[0, 1.0], [1, 0.0]], legal_final="2027-01-15")))
    assert owned.irr.value == pytest.approx((596 / 2600) ** (365 / 31) - 1, abs=1e-11)
    assert owned.multiple == pytest.approx(596 / 2600, abs=1e-12)


def test_no_return_without_a_contribution(one_note) -> None:
    """3,500 is borrowed on chips of 3,000: the sponsor keeps 500 at closing."""
    owned = equity(run_deal(one_note(3_500, [[0, 1.0], [6, 0.0]])))
    assert owned.amounts[0] == pytest.approx(500, abs=CENT)
    assert (owned.irr.reason, owned.multiple) == ("sponsor pays nothing in at closing", None)


def test_no_return_where_nothing_comes_back(one_note) -> None:
    owned = equity(run_deal(one_note(400, [[0, 1.0], [1, 0.0]], rent=0.0)))
    assert owned.irr.reason == "no sign change"


def test_no_return_where_equipment_comes_later(one_note) -> None:
    owned = equity(run_deal(one_note(400, [[0, 1.0], [1, 0.0]], delivered="month 2")))
    assert owned.irr.reason == "equipment for 3,000 is delivered after closing, and who buys it is not modelled"


def test_equity_of_the_flagship_starts_with_its_contribution(flagship: dict[str, dm.Result]) -> None:
    """The README of the deal: 261.75 million put in, 914.5 million received in the base case."""
    owned = equity(flagship["base"])
    assert owned.contribution == pytest.approx(261.75e6, abs=CENT)
    assert owned.multiple == pytest.approx(914.5 / 261.75, abs=0.05 / 261.75)


def test_enhancement_of_the_flagship_at_closing(flagship: dict[str, dm.Result]) -> None:
    """600 / 100 / 60: 160 of 760 below class A, 60 below class B, none below class C; reserve of 21.75."""
    result = flagship["base"]
    for name, junior in (("class_a", 160), ("class_b", 60), ("class_c", 0)):
        found = enhancement(result, name)
        assert found.subordination[0] == pytest.approx(junior * 1e6, abs=CENT)
        assert found.share[0] == pytest.approx(junior / 760, abs=RATIO)
        assert found.with_reserves[0] == pytest.approx((junior + 21.75) * 1e6, abs=CENT)
        assert found.share_with_reserves[0] == pytest.approx((junior + 21.75) / 760, abs=RATIO)
        assert enhancement(result, name, reserves=[]).with_reserves == pytest.approx(found.subordination)
    assert np.isnan(enhancement(result, "class_a").share[-1])
    with pytest.raises(ValueError, match=r"^'reserve' is no account; choose from .*liquidity_reserve"):
        enhancement(result, "class_a", reserves=["reserve"])


def test_tranches_of_one_rank_do_not_protect_each_other() -> None:
    balances = {"x": 50.0, "y": 30.0, "z": 20.0}
    assert subordination(balances, {"x": 1, "y": 1, "z": 2}, "x") == 20


def test_decrement_table_by_hand(one_note) -> None:
    """500 of 2,500 a month: 80, 60, 40, 20, 0%; average life (1 + 2 + 3 + 4 + 5) / 60. Rent of nil repays nothing."""
    results = {
        "base": run_deal(one_note(2_500, FIVE_MONTHS)),
        "no_rent": run_deal(one_note(2_500, FIVE_MONTHS, rent=0.0)),
    }
    table = decrement_table(results, "note", every_months=2)
    assert list(table.index) == ["2026-12-15", "2027-02-15", "2027-04-15", "2027-06-15", AVERAGE_LIFE_ROW]
    assert table["base"].tolist() == pytest.approx([100, 60, 20, 0, 0.25])
    assert table["no_rent"].tolist()[:3] == pytest.approx([100, 100, 100])
    shown = printed_table(table)
    assert shown["base"].tolist() == ["100", "60", "20", "0", "0.25"]
    assert shown["no_rent"].tolist()[-1] == "n/a"


def test_percentages_print_as_in_prospectuses() -> None:
    assert [printed_percent(value) for value in (0.0, 0.3, 0.5, 12.5, 100.0)] == ["0", "*", "1", "13", "100"]


def test_decrement_table_refuses_other_dates(one_note) -> None:
    results = {
        "short": run_deal(one_note(2_500, FIVE_MONTHS)),
        "long": run_deal(one_note(2_500, FIVE_MONTHS, legal_final="2027-07-15")),
    }
    with pytest.raises(
        ValueError, match=r"^scenario 'long' has other dates than the first; give it a table of its own$"
    ):
        decrement_table(results, "note")
    with pytest.raises(ValueError, match=r"^a decrement table needs at least one result$"):
        decrement_table({}, "note")


def test_analyse_reads_everything_at_once(flagship: dict[str, dm.Result]) -> None:
    """At par on 30/360 months a monthly yield is near the coupon: February and March are 28 and 33 days of accrual."""
    result = flagship["base"]
    analysis = dm.analyse(result, prices={"class_a": 99.0})
    assert list(analysis.tranches.index) == ["class_a", "class_b", "class_c"]
    assert analysis.metrics["class_a"].price == 99
    assert analysis.tranches.loc["class_b", "yield_monthly"] == pytest.approx(0.075, abs=0.0005)
    for name, row in result.tranche_rows.items():
        assert analysis.tranches.loc[name, "wal_30_360"] == pytest.approx(row["wal_years"], abs=RATIO)
        assert analysis.tranches.loc[name, "loss"] == pytest.approx(row["principal_loss"], abs=CENT)
    assert analysis.coverage.table.shape == (result.model.periods, 12)
    assert analysis.equity is not None
    with pytest.raises(ValueError, match=r"^the price of class_a is -1; give it per 100, such as 99\.5$"):
        dm.analyse(result, prices={"class_a": -1})


def test_analyse_has_a_number_or_a_reason_for_every_figure() -> None:
    """Of every tranche of every sample deal and of the deals of every kind, in every scenario."""
    deals = [*sorted(FLAGSHIP.parent.glob("*/deal.yaml")), *sorted(KINDS.glob("*.yaml"))]
    assert len(deals) >= 6
    for path in deals:
        deal = dm.load_deal(path)
        for scenario in deal.scenarios:
            analysis = dm.analyse(dm.run_deal(deal, scenario))
            for name in analysis.metrics:
                row = analysis.row(name)
                for figure in FIGURES:
                    value = row[figure.key]
                    if figure.key != "first_interest_shortfall_month" and (value is None or value != value):
                        assert analysis.reason(name, figure.key), (path.name, scenario, name, figure.key)
            assert (analysis.gap is None) == bool(analysis.gap_note)
            assert (analysis.equity is None) == bool(analysis.equity_note)
            if analysis.equity is not None and analysis.equity.irr.value is None:
                assert analysis.equity.irr.reason


def test_the_columns_of_analyse_are_the_figures_and_their_notes() -> None:
    analysis = dm.analyse(run_deal(dm.load_deal(KINDS / "debt.yaml")))
    notes = {"yield_note", "discount_margin_note", "spread_note", "effective_note"}
    assert set(analysis.tranches.columns) == {figure.key for figure in FIGURES} | notes
    table = analysis.decrement("level")
    assert table.iloc[0, 0] == 100


def test_credit_enhancement_is_what_the_value_covers_beyond_the_class(flagship: dict[str, dm.Result]) -> None:
    """1 - 600, 700 and 760 million over the resale value, on the first payment date."""
    result = flagship["base"]
    resale = result.lines["value.resale"][0]
    for name, through in (("class_a", 600e6), ("class_b", 700e6), ("class_c", 760e6)):
        found = enhancement(result, name)
        assert found.first_credit == pytest.approx(1 - through / resale, abs=RATIO)
        assert found.lowest_credit is not None
        assert found.lowest_credit <= found.first_credit


def test_a_spread_and_effective_figures_are_in_the_table(flagship: dict[str, dm.Result]) -> None:
    """A deal whose market has no rate says so; a fixed coupon that no rate moves has its modified duration."""
    table = dm.analyse(flagship["base"]).tranches
    assert set(table.spread_note) == {"the deal's market has no rate"}
    assert table.effective_duration.to_numpy() == pytest.approx(table.modified_duration.to_numpy(), abs=1e-3)
