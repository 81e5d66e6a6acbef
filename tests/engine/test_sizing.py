"""Sizes and sculpted schedules: closed forms by hand, identities of constant cover, and what is refused."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

import dealmodel as dm
from dealmodel.analytics.debt_sizing import debt_sizes
from dealmodel.basics.errors import DealFileError
from dealmodel.cli.sizes import write_frozen
from dealmodel.definition.load import deal_from_text
from dealmodel.engine.compile import sized

KINDS = Path(__file__).parents[1] / "kinds"
DEAL = """
format: 1
deal: {{id: park, name: Park, basis: own, currency: USD, closing: 2026-12-31, first_payment: 2027-12-31,
       legal_final: 2029-12-31, frequency: annual, payment_day: month_end, calendar: NONE, business_days: none,
       rounding: none}}
collateral:
  pools:
    wind: {{kind: given_revenue, cash: {{columns: [month, amount], rows: [[12, {first}], [24, 144], [36, 172.8]]}}}}
tranches:
  loan: {{kind: loan, ranking: 1, {size}, coupon: {{fixed: 0.10}}, day_count: 30/360 ISDA, deferrable: true,
         amortization: {{kind: sculpted{rule}}}}}
fees: {{{fees}}}
accounts: {{collection: {{kind: collection}}}}
tests: {{cover: {{measure: dscr, debt: [loan], over_months: 12, at_least: 1.0}}}}
states:
  normal: {{severity: 0, waterfall: payments}}
  low: {{severity: 1, waterfall: payments, entered_on: [cover], left: when_cured}}
waterfalls:
  at_closing: [release: sponsor]
  payments: [{pays}{{pay_interest: loan}}, {{pay_principal: {{to: loan, up_to: scheduled}}}}, {{release: sponsor}}]
scenarios: {{calm: {{title: Calm, changes: [{{at: collateral.pools.wind.level, multiply: 0.5}}]}}}}
provenance: {{"*": {{status: assumed}}}}
"""


def park(
    size: str = "sizing: {dscr: 1.2}", *, first: float = 120, rule: str = "", fees: str = "", pays: str = ""
) -> dm.Deal:
    return deal_from_text(DEAL.format(size=size, first=first, rule=rule, fees=fees, pays=pays), "park.yaml")


def balances(result: dm.Result) -> list[float]:
    return [result.lines.opening("loan.balance"), *(float(left) for left in result.lines["loan.balance"][11::12])]


def test_by_hand() -> None:
    """Debt service 100, 120, 144 at 10%: 100 / 1.1 + 120 / 1.21 + 144 / 1.331."""
    worth = 100 / 1.1 + 120 / 1.21 + 144 / 1.331
    expected = [worth]
    for service in (100, 120, 144):
        expected.append(expected[-1] * 1.1 - service)
    assert balances(dm.run_deal(park())) == pytest.approx([*expected[:-1], 0.0], abs=1e-9)
    assert worth == pytest.approx(298.2719759579)


def test_interest_alone_is_paid_before_the_window() -> None:
    """120 / 1.1 + 144 / 1.21 a year after closing, and the same at closing."""
    worth = 120 / 1.1 + 144 / 1.21
    expected = [worth, worth, 144 / 1.1, 0.0]
    assert balances(dm.run_deal(park(rule=", starts: month 24"))) == pytest.approx(expected, abs=1e-9)


def test_a_balloon_is_left_to_the_last_date() -> None:
    """D = worth + 0.2 D / 1.331."""
    worth = 100 / 1.1 + 120 / 1.21 + 144 / 1.331
    whole = worth / (1 - 0.2 / 1.331)
    found = balances(dm.run_deal(park(rule=", balloon: 0.2")))
    assert found == pytest.approx([whole, whole * 1.1 - 100, whole * 1.21 - 110 - 120, 0.0])


def test_the_cover_follows_from_a_stated_balance() -> None:
    """Debt service = cash x balance / worth of the cash: a cover of 357.93 / 250 on every date."""
    result = dm.run_deal(park("balance: 250"))
    worth = 120 / 1.1 + 144 / 1.21 + 172.8 / 1.331
    assert result.ratio("cover")[11::12] == pytest.approx([worth / 250] * 3)
    assert balances(result)[-1] == 0.0


def test_a_fee_of_the_balance_has_its_closed_form() -> None:
    """Fee g on the opening balance: debt service = (cash - g B) / c, so D = sum of (C / c) / (1 + r + g / c)^t."""
    deal = park(fees="agent: {rate_per_year: 0.01, of: [loan]}", pays="{pay: agent}, ")
    growth = 1.1 + 0.01 / 1.2
    worth = sum(service / growth**year for year, service in enumerate((100, 120, 144), 1))
    result = dm.run_deal(deal)
    assert balances(result)[0] == pytest.approx(worth, rel=1e-11)
    assert result.ratio("cover")[11::12] == pytest.approx([1.2] * 3)


def test_scenarios_stress_the_debt_as_it_was_sized() -> None:
    deal = park()
    base, calm = dm.run_deal(deal), dm.run_deal(deal, "calm")
    assert calm.lines["loan.scheduled_balance"].tolist() == base.lines["loan.scheduled_balance"].tolist()
    assert calm.ratio("cover")[11] == pytest.approx(0.6)
    assert dm.run_deal(deal, overrides={"tranches.loan.balance": 100}).lines["loan.balance"][11] == pytest.approx(
        100 * balances(base)[1] / balances(base)[0]
    )


@pytest.mark.parametrize("name", ["sculpted"])
def test_identities_of_a_constant_cover(name: str) -> None:
    """Cover and LLCR are the same on every date of the window, and nothing is left after it."""
    bank, fund = debt_sizes(dm.load_deal(KINDS / f"{name}.yaml"))
    cent = 0.01 / 300_000  # the deal rounds to the cent
    for row in bank.dates[1:]:
        assert (row.dscr, row.llcr) == (pytest.approx(1.25, abs=cent), pytest.approx(1.25, abs=cent))
    assert bank.dates[-1].left == fund.dates[-1].left == 0.0
    for size in (bank, fund):
        assert sum(row.principal for row in size.dates) == pytest.approx(size.balance)
        for before, after in pairwise(size.dates):
            assert before.left >= after.left
    for one, other in zip(bank.dates[1:], fund.dates[1:], strict=False):
        assert 3 * one.cash == pytest.approx(7 * other.cash)


def test_a_frozen_deal_is_written_and_read(tmp_path: Path) -> None:
    deal = dm.load_deal(KINDS / "sculpted.yaml")
    write_frozen(sized(deal), tmp_path / "deal.yaml")
    again = dm.load_deal(tmp_path)
    assert sized(again) is again
    one, other = dm.run_deal(deal, "dull"), dm.run_deal(again, "dull")
    assert one.lines.rows.tolist() == other.lines.rows.tolist()
    assert debt_sizes(again)[0].words == "sized to 1.25x of 70% of base cash"


def test_a_deal_is_sized_once() -> None:
    deal = park()
    assert sized(deal) is sized(deal)


def test_cash_below_interest_is_refused_with_its_date() -> None:
    with pytest.raises(DealFileError, match=r"tranches.loan: on 2027-12-31 debt service of 8.33 is less than interest"):
        dm.run_deal(park(first=10))


def test_no_cash_is_refused() -> None:
    with pytest.raises(DealFileError, match="there is no cash for debt service over its life"):
        dm.run_deal(park(fees="keeper: {amount_per_payment: 1_000}", pays="{pay: keeper}, "))


def test_the_term_sheet_says_how_it_was_sized() -> None:
    deal = sized(park())
    assert "sized to 1.20x of base cash" in deal.tranches["loan"].words()
    assert deal.provenance["tranches.loan.balance"].status == "derived"
    dm.term_sheet(park())


def test_months_in_reserve_that_end_between_payment_dates() -> None:
    """Half of the next debt service at six months; all of it and half of the one after at eighteen."""
    for months, expected in ((6, [50, 60, 72]), (18, [160, 192, 144])):
        text = DEAL.format(size="sizing: {dscr: 1.2}", first=120, rule="", fees="", pays="")
        text = text.replace(
            "accounts: {collection: {kind: collection}}",
            "accounts: {collection: {kind: collection}, dsra: {kind: reserve, excess_to: collection, "
            f"target: {{months: {months}, of: [loan.interest, loan.scheduled_principal]}}}}}}",
        ).replace("at_closing: [", "at_closing: [{top_up: dsra}, ")
        result = dm.run_deal(deal_from_text(text, "park.yaml"))
        targets = [result.lines.number("closing.target.dsra"), *result.lines["dsra.target"][11:35:12]]
        assert targets == pytest.approx(expected)


def test_costs_by_month_come_before_debt_service() -> None:
    """Costs of 12, 24 and 28.8 in the years leave 108, 120 and 144 for debt service at 1.2: 90, 100, 120."""
    rows = "[2027-03-15, 5], [2027-09-30, 7], [2028-12-31, 24], [2029-01-31, 28.8]"
    costs = f"repairs: {{given: {{columns: [date, amount], rows: [{rows}]}}}}"
    result = dm.run_deal(park(fees=costs, pays="{pay: repairs}, "))
    assert result.lines["repairs.paid"][11::12] == pytest.approx([12, 24, 28.8])
    worth = 90 / 1.1 + 100 / 1.21 + 120 / 1.331
    assert balances(result)[0] == pytest.approx(worth, rel=1e-11)
