"""Reserves, traps, amortization events, default and sale: deals of a few months, worked out by hand.

Collections are 1,000 a month unless the tenant stops; coupons are 1% a month; the chips resell for 3,000 less 50 a
month, and a sale brings 80% of that.
"""

from __future__ import annotations

import pytest

from dealmodel.engine.result import Result
from dealmodel.engine.run import run_deal

CENT = 0.005  # money to the cent


def months(result: Result, name: str, count: int) -> list[float]:
    return result.lines.months(name)[:count]


RESERVE = """
tranches:
  note: {kind: note, ranking: 1, balance: 2_000, coupon: {fixed: 0.12}, day_count: 30/360 ISDA, deferrable: true,
         scheduled_balance: {by: month, of: original, points: [[0, 1.0], [4, 0.0]], between: linear}}
fees: {trustee: {amount_per_year: 120}}
accounts:
  collection: {kind: collection}
  reserve: {kind: reserve, target: {months_of_interest: 3, of: [note]}, excess_to: collection}
states: {normal: {severity: 0, waterfall: payments}}
waterfalls:
  at_closing: [top_up: reserve, release: sponsor]
  payments:
    - {pay: [trustee, site_costs], backed_by: reserve}
    - {pay_interest: note, backed_by: reserve}
    - pay_principal: {to: note, up_to: scheduled}
    - top_up: reserve
    - release: sponsor
"""


def test_a_reserve_is_funded_at_closing_and_gives_back_its_excess(tiny_deal) -> None:
    """3 x 20 = 60 of the 2,000 is set aside. Targets on opening balances 2,000, 1,500, 1,000, 500: 60, 45, 30, 15, 0.

    Each month 500 is repaid, so 15 comes back: released are 1,000 - 10 - 20 - 500 = 470; 475 + 15; 480 + 15; 485 + 15.
    """
    result = run_deal(tiny_deal(RESERVE))
    assert result.lines.opening("reserve.balance") == pytest.approx(60, abs=CENT)
    assert result.lines.number("closing.sponsor_contribution") == pytest.approx(3000 - 1940, abs=CENT)
    assert months(result, "reserve.target", 5) == pytest.approx([60, 45, 30, 15, 0], abs=CENT)
    assert months(result, "reserve.balance", 5) == pytest.approx([60, 45, 30, 15, 0], abs=CENT)
    assert months(result, "sponsor.received", 5) == pytest.approx([470, 490, 495, 500, 1005], abs=CENT)


def test_a_reserve_pays_fees_and_interest_when_the_tenant_stops(tiny_deal) -> None:
    """Month 2 brings nothing. 45 after the excess of 15, which pays the fee of 10 and 5 of the interest of 15 first.

    The reserve pays the other 10 of interest: 35 left. Month 3: fee 10, interest 15 from the reserve: 10 left. Month 4:
    fee 10; interest 15 unpaid. Month 5: due 10 + 10 of fees carried: nothing paid; interest 15 + 15 + 0.15 = 30.15.
    """
    result = run_deal(tiny_deal(RESERVE, stops_paying="month 2"))
    assert months(result, "reserve.balance", 5) == pytest.approx([60, 35, 10, 0, 0], abs=CENT)
    assert months(result, "trustee.paid", 5) == pytest.approx([10, 10, 10, 10, 0], abs=CENT)
    assert months(result, "note.interest_paid", 5) == pytest.approx([20, 15, 15, 0, 0], abs=CENT)
    assert months(result, "note.interest_shortfall", 5) == pytest.approx([0, 0, 0, 15, 30.15], abs=CENT)
    assert months(result, "trustee.unpaid", 5) == pytest.approx([0, 0, 0, 0, 10], abs=CENT)


def test_principal_goes_before_the_top_up_in_this_list(tiny_deal) -> None:
    """Collections of 25 a month: fee 10, 15 of interest and 5 more from the reserve: 60 falls to 55, 50, 45.

    At half the coupon 30 is set aside and 10 of interest due: the 5 left over repay principal, 500 of which is due.
    """
    result = run_deal(tiny_deal(RESERVE, price=0.025))
    assert months(result, "reserve.balance", 3) == pytest.approx([55, 50, 45], abs=CENT)
    half = run_deal(tiny_deal(RESERVE, price=0.025), overrides={"tranches.note.coupon.fixed": 0.06})
    assert months(half, "note.principal_paid", 1) == pytest.approx([5], abs=CENT)


def test_a_reserve_that_was_drawn_is_topped_up_again(tiny_deal) -> None:
    """250 a month is scheduled; nothing is collected in month 2. Targets: 60, 52.50, 52.50, 37.50.

    Month 2: the excess of 7.50 pays the fee, the reserve 2.50 of it and 17.50 of interest: 32.50 left. Month 3: 10,
    17.50, 1,750 - 1,250 = 500 of principal, 20 into the reserve, 452.50 released. Month 4: 15 of excess comes back, and
    1,000 + 15 - 10 - 12.50 - 250 = 742.50 is released.
    """
    text = RESERVE.replace("[4, 0.0]", "[8, 0.0]") + (
        "scenarios:\n"
        "  base: {title: Base}\n"
        "  gap: {title: No rent, changes: ["
        "{at: market.generations.chip.rent_level, set: 0, from: month 2, until: month 2}]}\n"
    )
    result = run_deal(tiny_deal(text, in_the_market=True), "gap")
    assert months(result, "reserve.balance", 4) == pytest.approx([60, 32.5, 52.5, 37.5], abs=CENT)
    assert months(result, "note.principal_paid", 4) == pytest.approx([250, 0, 500, 250], abs=CENT)
    assert months(result, "sponsor.received", 4) == pytest.approx([720, 0, 452.5, 742.5], abs=CENT)


TRAP = """
tranches:
  note: {kind: note, ranking: 1, balance: 2_000, coupon: {fixed: 0.12}, day_count: 30/360 ISDA, deferrable: true,
         scheduled_balance: {by: month, of: original, points: [[0, 1.0], [4, 0.0]], between: linear}}
accounts:
  collection: {kind: collection}
  trap: {kind: trap, released_to: collection, released_when: normal}
tests:
  cover: {measure: dscr, debt: [note], at_least: 1.5, cured_after: 2}
states:
  normal: {severity: 0, waterfall: payments}
  trapped: {severity: 1, waterfall: payments, entered_on: [cover], left: when_cured}
waterfalls:
  at_closing: [release: sponsor]
  payments:
    - pay: site_costs
    - pay_interest: note
    - pay_principal: {to: note, up_to: scheduled}
    - {deposit: trap, when: trapped}
    - release: sponsor
scenarios:
  base: {title: Base}
  dip:
    title: Rent is 75% in month 2
    changes: [{at: market.generations.chip.rent_level, multiply: 0.75, from: month 2, until: month 2}]
"""


def test_trapped_cash_is_let_go_when_the_test_is_cured(tiny_deal) -> None:
    """Debt service 520, 515, 510, 505: coverage 1.92, 750/515 = 1.456, 1.96, 1.98 against 1.5.

    Trapped in months 2 and 3: 750 - 515 = 235, then 1,000 - 510 = 490. Month 4 is the second pass: normal again, and
    725 joins the 495 of the month. Nothing is released in months 2 and 3.
    """
    result = run_deal(tiny_deal(TRAP, in_the_market=True), "dip")
    assert months(result, "cover.ratio", 3) == pytest.approx([1000 / 520, 750 / 515, 1000 / 510], abs=1e-9)
    assert result.states()[:3] == [(1, "normal"), (2, "trapped"), (4, "normal")]
    assert months(result, "trap.balance", 5) == pytest.approx([0, 235, 725, 0, 0], abs=CENT)
    assert months(result, "sponsor.received", 5) == pytest.approx([480, 0, 0, 725 + 495, 1000], abs=CENT)
    assert result.first_failures == {"cover": 2}


def test_trapped_cash_is_let_go_once_every_note_is_repaid(tiny_deal) -> None:
    """With 9 passes wanted the deal stays trapped: 235 and 490 are held, in all 725.

    The note is repaid in month 4. What is left of that month, 495, is not trapped any more; month 5 empties the trap.
    """
    result = run_deal(tiny_deal(TRAP, in_the_market=True), "dip", {"tests.cover.cured_after": 9})
    assert months(result, "trap.balance", 4) == pytest.approx([0, 235, 725, 725], abs=CENT)
    assert months(result, "sponsor.received", 4)[3] == pytest.approx(495, abs=CENT)
    assert months(result, "trap.let_go", 5)[4] == pytest.approx(725, abs=CENT)


def test_no_cash_is_trapped_where_nothing_is_owed_any_more(tiny_deal) -> None:
    """As above: months 5 and 6 owe nobody, so the sponsor receives the 725 and what is collected."""
    result = run_deal(tiny_deal(TRAP, in_the_market=True), "dip", {"tests.cover.cured_after": 9})
    assert months(result, "sponsor.received", 6)[4:] == pytest.approx([1725, 1000], abs=CENT)
    assert result.lines.months("trap.balance")[-1] == pytest.approx(0, abs=CENT)


def test_cash_of_claims_and_sales_is_no_coverage(tiny_deal) -> None:
    """The tenant stops in month 2 of a term of ten: 9 x 1,000 is claimed and paid, the chips bring 2,900 x 0.8 = 2,320.

    All of it is collected that month; none of it covers the debt service: the ratio is 0, and the test fails.
    """
    text = TRAP.replace("left: when_cured}", "left: never, remedy: sell}")
    terms = {"contracts.lease.term_months": 10, "contracts.lease.at_default.claim_recovery": 1.0}
    result = run_deal(tiny_deal(text, stops_paying="month 2"), overrides=terms)
    assert months(result, "collections", 2) == pytest.approx([1000, 9000 + 2320], abs=CENT)
    assert months(result, "cover.ratio", 2) == pytest.approx([1000 / 520, 0], abs=1e-9)
    assert result.first_failures == {"cover": 2}


RAPID = """
tranches:
  defaults: {kind: note, day_count: 30/360 ISDA, coupon: {fixed: 0.12}, deferrable: true}
  senior: {ranking: 1, balance: 1_600,
           scheduled_balance: {by: month, of: original, points: [[0, 1.0], [16, 0.0]], between: linear}}
  junior: {ranking: 2, balance: 800}
accounts: {collection: {kind: collection}}
tests:
  worth: {measure: ltv, debt: [senior, junior], value: resale, at_most: 0.84}
states:
  normal: {severity: 0, waterfall: payments}
  rapid: {severity: 1, waterfall: rapid, entered_on: [worth], left: never}
waterfalls:
  at_closing: [release: sponsor]
  payments:
    - pay: site_costs
    - pay_interest: [senior, junior]
    - pay_principal: {to: senior, up_to: scheduled}
    - {pay_principal: {to: junior, up_to: outstanding}, when: rapid}
    - release: sponsor
  rapid:
    - pay: site_costs
    - pay_interest: senior
    - pay_principal: {to: senior, up_to: outstanding}
    - pay_interest: junior
    - pay_principal: {to: junior, up_to: outstanding}
    - release: sponsor
scenarios:
  base: {title: Base}
  fall:
    title: Chips resell for 90% from month 2
    changes: [{at: market.generations.chip.resale_level, multiply: 0.9, from: month 2}]
"""


def test_a_fall_in_value_turns_the_deal_to_rapid_amortization(tiny_deal) -> None:
    """Month 1: 2,400 / 2,950 = 0.814 passes; interest 24, 100 scheduled, 876 released.

    Month 2: 2,300 / (0.9 x 2,900 = 2,610) = 0.881 fails, and the rapid list pays the same month: interest 15, then 985
    to senior, nothing to junior and the sponsor. Month 3: senior 515 and its 5.15; junior is due 8 + 8 + 0.08 = 16.08;
    principal of junior 1,000 - 515 - 5.15 - 16.08 = 463.77. Month 4: 3.3623 and the rest of 336.23; 660.4077 released.
    """
    result = run_deal(tiny_deal(RAPID), "fall")
    assert months(result, "worth.ratio", 2) == pytest.approx([2400 / 2950, 2300 / 2610], abs=1e-9)
    assert result.states() == [(1, "normal"), (2, "rapid")]
    assert months(result, "senior.principal_paid", 3) == pytest.approx([100, 985, 515], abs=CENT)
    assert months(result, "junior.interest_paid", 4) == pytest.approx([8, 0, 16.08, 3.3623], abs=CENT)
    assert months(result, "junior.principal_paid", 4) == pytest.approx([0, 0, 463.77, 336.23], abs=CENT)
    assert months(result, "sponsor.received", 4) == pytest.approx([876, 0, 0, 660.4077], abs=CENT)


def test_without_the_fall_the_deal_stays_on_schedule(tiny_deal) -> None:
    """Month 2: 2,300 / 2,900 = 0.793. The senior is paid 100 a month, the junior nothing but interest."""
    result = run_deal(tiny_deal(RAPID))
    assert result.states() == [(1, "normal")]
    assert months(result, "senior.principal_paid", 3) == pytest.approx([100, 100, 100], abs=CENT)


CURE = """
tranches:
  defaults: {kind: note, day_count: 30/360 ISDA, coupon: {fixed: 0.12}, deferrable: true}
  senior: {ranking: 1, balance: 1_500}
  junior: {ranking: 2, balance: 900}
accounts: {collection: {kind: collection}}
tests:
  cover: {measure: ltv, debt: [senior, junior], value: resale, at_most: 0.8}
states: {normal: {severity: 0, waterfall: payments}}
waterfalls:
  at_closing: [release: sponsor]
  payments:
    - pay: site_costs
    - pay_interest: [senior, junior]
    - pay_principal: {to: [senior, junior], order: sequential, up_to: cure.cover}
    - {pay_principal: {to: [senior, junior], up_to: outstanding}, unless: normal}
    - release: sponsor
"""


def test_a_cure_leaves_the_balances_at_the_level_of_the_value(tiny_deal) -> None:
    """Values 2,950, 2,900, 2,850: balances may be 2,360, 2,320, 2,280. Paid: 40, 40, 40, all to senior.

    Interest 24, 23.60, 23.20; the rest is released.
    """
    result = run_deal(tiny_deal(CURE))
    assert months(result, "senior.principal_paid", 3) == pytest.approx([40, 40, 40], abs=CENT)
    assert months(result, "junior.principal_paid", 3) == [0, 0, 0]
    assert months(result, "sponsor.received", 3) == pytest.approx([936, 936.4, 936.8], abs=CENT)
    for month, value in enumerate((2950, 2900, 2850)):
        left = result.lines.months("senior.balance")[month] + result.lines.months("junior.balance")[month]
        assert left / value == pytest.approx(0.8, abs=1e-12)


DEFAULT = """
tranches:
  defaults: {kind: note, day_count: 30/360 ISDA, coupon: {fixed: 0.12}}
  senior: {ranking: 1, balance: 1_800}
  junior: {ranking: 2, balance: 900, deferrable: true}
accounts:
  collection: {kind: collection}
  reserve: {kind: reserve, target: {amount: 30}, excess_to: collection}
tests:
  unpaid: {measure: unpaid_interest, of: senior_most, measured: after_payment}
states:
  normal: {severity: 0, waterfall: payments}
  default: {severity: 1, waterfall: enforcement, entered_on: [unpaid], left: never, remedy: sell}
waterfalls:
  at_closing: [top_up: reserve, release: sponsor]
  payments:
    - pay: site_costs
    - {pay_interest: senior, backed_by: reserve}
    - pay_interest: junior
    - {pay_principal: {to: [senior, junior], order: sequential, up_to: outstanding}, when: default}
    - release: sponsor
  enforcement:
    - apply: reserve
    - pay: site_costs
    - pay_interest: senior
    - pay_principal: {to: senior, up_to: outstanding}
    - pay_interest: junior
    - pay_principal: {to: junior, up_to: outstanding}
    - release: sponsor
"""


def test_default_then_sale_after_the_lag_then_write_down(tiny_deal) -> None:
    """The tenant stops in month 2; senior interest is 18 a month, the reserve 30.

    Month 1: all paid. Month 2: 18 from the reserve, 12 left. Month 3: 12 from the reserve; 6 unpaid after payment.
    Month 4: default acts, the chips are put up. Due 18 + 6 + 0.06 = 24.06, nothing there. Two months' lag: month 6
    sells 10 chips at age 6, (3,000 - 300) x 0.8 = 2,160. Senior is due: month 5, 18 + 24.06 + 0.2406 = 42.3006;
    month 6, 18 + 42.3006 + 0.423006 = 60.723606. Paid 60.723606 and 1,800 of senior; 299.276394 is left.
    Junior interest is due 9 x (1 + 1.01 + .. + 1.01^4): 9, 18.09, 27.2709, 36.543609, 45.90904509 in month 6.
    Its principal gets 253.36734891; legal final is month 6, and with 1 + 2 months more the rest of 646.63 is written
    down in month 9.
    """
    result = run_deal(tiny_deal(DEFAULT, lag_months=2, stops_paying="month 2"))
    assert result.model.periods == 6 + 1 + 2
    assert result.states() == [(1, "normal"), (4, "default")]
    assert months(result, "reserve.balance", 4) == pytest.approx([30, 12, 0, 0], abs=CENT)
    assert months(result, "senior.interest_shortfall", 6) == pytest.approx([0, 0, 6, 24.06, 42.3006, 0], abs=CENT)
    assert result.lines.months("sale_proceeds") == pytest.approx([0] * 5 + [2160] + [0] * 3, abs=CENT)
    assert result.lines.months("senior.principal_paid") == pytest.approx([0] * 5 + [1800] + [0] * 3, abs=CENT)
    assert months(result, "junior.interest_paid", 6)[5] == pytest.approx(45.90904509, abs=CENT)
    assert months(result, "junior.principal_paid", 6)[5] == pytest.approx(253.36734891, abs=CENT)
    assert result.lines.months("junior.write_down") == pytest.approx([0] * 8 + [646.63265109], abs=CENT)
    assert result.lines.months("sponsor.received")[1:] == [0] * 8


@pytest.mark.parametrize("lag", [0, 1, 3])
def test_a_sale_takes_its_lag(tiny_deal, lag: int) -> None:
    """Put up in month 4, sold at the end of month 4 + lag at that day's value: (3,000 - 50 x (4 + lag)) x 0.8."""
    result = run_deal(tiny_deal(DEFAULT, lag_months=lag, stops_paying="month 2"))
    sold = result.lines.months("sale_proceeds")
    expected = [0.0] * result.model.periods
    expected[4 + lag - 1] = (3000 - 50 * (4 + lag)) * 0.8
    assert sold == pytest.approx(expected, abs=CENT)
    assert result.lines.months("cohort.rack.units_held")[4 + lag :] == [0] * (result.model.periods - 4 - lag)


FINAL = """
tranches:
  note: {kind: note, ranking: 1, balance: 2_500, coupon: {fixed: 0.12}, day_count: 30/360 ISDA, deferrable: true}
accounts: {collection: {kind: collection}}
tests:
  final: {measure: unpaid_balance, of: [note], first: legal_final, measured: after_payment}
states:
  normal: {severity: 0, waterfall: payments}
  default: {severity: 1, waterfall: enforcement, entered_on: [final], left: never, remedy: sell}
waterfalls:
  at_closing: [release: sponsor]
  payments:
    - pay: site_costs
    - pay_interest: note
    - {pay_principal: {to: note, up_to: outstanding}, when: default}
    - release: sponsor
  enforcement:
    - pay: site_costs
    - pay_interest: note
    - pay_principal: {to: note, up_to: outstanding}
    - release: sponsor
"""


def test_a_note_unpaid_at_legal_final_defaults_on_the_next_date(tiny_deal) -> None:
    """Legal final is month 2; nothing is repaid by then: 25 of interest, 975 released a month.

    Month 3 is after legal final, so even the lot that performs is put up; the enforcement list pays 25 and 975: 1,525
    left. Month 4: the lot is sold a month later, and the tenant's last 1,000 comes in: 2,800 x 0.8 = 2,240 more.
    Interest 15.25, principal 1,525; 1,699.75 is released. Nothing is lost.
    """
    result = run_deal(tiny_deal(FINAL, legal_final="2027-02-15", lag_months=1))
    assert result.model.periods == 2 + 1 + 1
    assert result.states() == [(1, "normal"), (3, "default")]
    assert result.lines.months("final.failed") == [0, 1, 1, 0]
    assert result.lines.months("note.principal_paid") == pytest.approx([0, 0, 975, 1525], abs=CENT)
    assert result.lines.months("sale_proceeds") == pytest.approx([0, 0, 0, 2240], abs=CENT)
    assert result.lines.months("sponsor.received") == pytest.approx([975, 975, 0, 1699.75], abs=CENT)
    assert result.tranche_rows["note"]["principal_loss"] == pytest.approx(0, abs=CENT)


def test_a_note_repaid_on_the_legal_final_date_is_no_default(tiny_deal) -> None:
    """1,950 over two months: 1,000 - 19.5 = 980.5, then 969.5 of 1,000 less 9.695."""
    text = FINAL.replace("2_500", "1_950").replace(", when: default}", "}")
    result = run_deal(tiny_deal(text, legal_final="2027-02-15"))
    assert result.lines.months("note.principal_paid")[:2] == pytest.approx([980.5, 969.5], abs=CENT)
    assert result.states() == [(1, "normal")]


def test_average_life_of_what_was_paid(tiny_deal) -> None:
    """975 in month 3 and 1,525 in month 4, of 30 days each: (975 x 3 + 1,525 x 4) / 2,500 / 12 years."""
    result = run_deal(tiny_deal(FINAL, legal_final="2027-02-15", lag_months=1))
    assert result.tranche_rows["note"]["wal_years"] == pytest.approx((975 * 3 + 1525 * 4) / 2500 / 12, abs=1e-9)


ALL = {"reserve": RESERVE, "trap": TRAP, "rapid": RAPID, "cure": CURE, "default": DEFAULT, "final": FINAL}


@pytest.mark.parametrize("stops", ["never", "month 1", "month 3"])
@pytest.mark.parametrize("name", ALL)
def test_cash_in_equals_cash_out(tiny_deal, name: str, stops: str) -> None:
    """What was there at closing and what was collected went to someone, or is still in an account."""
    deal = tiny_deal(ALL[name], stops_paying=stops)
    result = run_deal(deal)
    total = {line: sum(result.lines.months(line)) for line in result.model.definitions if line in paid_lines(deal)}
    started = sum(result.lines.opening(f"{account}.balance") for account in deal.accounts)
    ended = sum(result.lines.months(f"{account}.balance")[-1] for account in deal.accounts)
    assert started + sum(result.lines.months("collections")) == pytest.approx(sum(total.values()) + ended, abs=CENT)


def paid_lines(deal) -> set[str]:
    interest = {f"{name}.{word}_paid" for name in deal.tranches for word in ("interest", "principal")}
    return interest | {f"{name}.paid" for name in [*deal.fees, "site_costs"]} | {"sponsor.received"}


@pytest.mark.parametrize("stops", ["never", "month 1", "month 3"])
@pytest.mark.parametrize("name", ALL)
def test_principal_paid_and_written_down_is_what_was_issued(tiny_deal, name: str, stops: str) -> None:
    deal = tiny_deal(ALL[name], stops_paying=stops)
    result = run_deal(deal)
    for tranche, terms in deal.tranches.items():
        row = result.tranche_rows[tranche]
        assert row["principal_paid"] + row["principal_loss"] == pytest.approx(terms.balance, abs=CENT)


DEFAULTING = """
tranches:
  note: {kind: loan, ranking: 1, balance: 2_000, coupon: {fixed: 0.12}, day_count: 30/360 ISDA,
         default_interest: {add: 0.12, while_in: [ended]}}
accounts: {collection: {kind: collection}}
tests: {missed: {measure: unpaid_interest, of: [note], measured: after_payment}}
states:
  normal: {severity: 0, waterfall: payments}
  ended: {severity: 1, waterfall: payments, entered_on: [missed]}
waterfalls:
  at_closing: [release: sponsor]
  payments:
    - pay: site_costs
    - pay_interest: note
    - pay_principal: {to: note, up_to: outstanding}
    - release: sponsor
"""


def test_default_interest_runs_from_the_month_after_the_state_is_entered(tiny_deal) -> None:
    """Month 1: 20 and 980 of principal; 1,020 stands. The tenant stops: month 2 owes 10.20 and pays nothing.

    Month 3 is measured as missed, the state entered; its month began before, so 10.20 more and 0.102 on the arrears.
    Month 4 began in default: 24% a year, 20.40 and 2% of the arrears of 20.502, 0.41004.
    """
    result = run_deal(tiny_deal(DEFAULTING, stops_paying="month 2"))
    assert months(result, "ended.in_force", 4) == [0.0, 0.0, 1.0, 1.0]
    assert months(result, "note.rate", 4) == pytest.approx([0.12, 0.12, 0.12, 0.24])
    assert months(result, "note.interest_due", 4) == pytest.approx([20, 10.2, 20.502, 41.31204], abs=1e-9)


TWO_TARGETS = """
tranches:
  note: {kind: loan, ranking: 1, balance: 2_000, coupon: {fixed: 0.12}, day_count: 30/360 ISDA, maturity: month 6,
         deferrable: true, amortization: {kind: straight_line, until: month 4},
         minimum_amortization: {kind: share_of_original, share_per_year: 1.2}}
  junior: {kind: note, ranking: 2, balance: 1_000, coupon: {fixed: 0.12}, day_count: 30/360 ISDA, deferrable: true}
accounts: {collection: {kind: collection}}
states: {normal: {severity: 0, waterfall: payments}}
waterfalls:
  at_closing: [release: sponsor]
  payments:
    - pay: site_costs
    - pay_interest: note
    - pay_principal: {to: note, up_to: minimum}
    - pay_interest: junior
    - pay_principal: {to: note, up_to: scheduled}
    - pay_principal: {to: junior, up_to: outstanding}
    - release: sponsor
"""


def test_minimum_principal_goes_before_junior_interest_and_scheduled_after(tiny_deal) -> None:
    """220 a month. Month 1: 20, minimum 200 (a tenth of 2,000); nothing for the junior, which is due 10.

    Month 2: interest 18; minimum 200; 2 of the junior's 20.10. The schedule of 500 a month is never reached.
    """
    result = run_deal(tiny_deal(TWO_TARGETS, price=0.22))
    assert months(result, "note.minimum.scheduled_balance", 3) == pytest.approx([1800, 1600, 1400], abs=CENT)
    assert months(result, "note.scheduled_balance", 4) == pytest.approx([1500, 1000, 500, 0], abs=CENT)
    assert months(result, "note.principal_paid", 2) == pytest.approx([200, 200], abs=CENT)
    assert months(result, "junior.interest_paid", 2) == pytest.approx([0, 2], abs=CENT)
    assert months(result, "payments.03.note.principal.paid", 2) == pytest.approx([200, 200], abs=CENT)
    assert months(result, "payments.05.note.principal.paid", 2) == pytest.approx([0, 0], abs=CENT)


def test_a_discount_leaves_less_at_closing_and_owes_par(tiny_deal) -> None:
    """2,000 at 97% less 1%: 1,920 is released at closing, 2,000 is owed."""
    text = TWO_TARGETS.replace("maturity: month 6,", "maturity: month 6, issue_price: 0.97, upfront_fee: 0.01,")
    result = run_deal(tiny_deal(text))
    assert result.lines.number("closing.01.sponsor.released") == pytest.approx(1920 + 1000, abs=CENT)
    assert months(result, "note.opening_balance", 1) == [2000.0]


def test_a_customer_that_stops_fails_its_test_from_the_first_unpaid_month_on(tiny_deal) -> None:
    """The state is entered on that payment date, and not left."""
    text = DEFAULTING.replace("tests: {missed: {measure: unpaid_interest, of: [note], measured: after_payment}}",
                              "tests: {missed: {measure: not_paying, of: tenant}}").replace(
        "default_interest", "deferrable: true, default_interest")  # fmt: skip
    result = run_deal(tiny_deal(text, stops_paying="month 2"))
    assert months(result, "missed.failed", 4) == [0.0, 1.0, 1.0, 1.0]
    assert months(result, "missed.passed", 4) == [1.0, 0.0, 0.0, 0.0]
    assert months(result, "ended.in_force", 4) == [0.0, 1.0, 1.0, 1.0]
    assert months(result, "note.rate", 4) == pytest.approx([0.12, 0.12, 0.24, 0.24])


GROWS = """
tranches:
  note: {{kind: note, ranking: 1, balance: 1_000, coupon: {{fixed: 0.12}}, day_count: 30/360 ISDA, deferrable: true,
         pay_in_kind: {{share: 1.0, until: month 2}}, amortization: {rule}}}
fees: {{}}
accounts: {{collection: {{kind: collection}}}}
states: {{normal: {{severity: 0, waterfall: payments}}}}
waterfalls:
  at_closing: [release: sponsor]
  payments:
    - pay: site_costs
    - pay_interest: note
    - pay_principal: {{to: note, up_to: scheduled}}
    - release: sponsor
"""


def test_interest_added_to_the_balance_is_not_repaid_before_the_schedule_says(tiny_deal) -> None:
    """1% a month on 1,000 is added twice: 1,010 and 1,020.10; 10.20 in cash then, and all is due in month 4."""
    result = run_deal(tiny_deal(GROWS.format(rule="{kind: bullet, until: month 4}"), price=2.0))
    assert months(result, "note.balance", 4) == pytest.approx([1010, 1020.10, 1020.10, 0], abs=CENT)
    assert months(result, "note.interest_paid", 4) == pytest.approx([0, 0, 10.201, 10.201], abs=CENT)
    assert months(result, "note.scheduled_principal", 4) == pytest.approx([0, 0, 0, 1020.10], abs=CENT)


def test_interest_added_is_repaid_as_the_rest_is(tiny_deal) -> None:
    """Straight line over months 3 to 6: a quarter of 1,020.10 each, 255.025. In month 3 interest is 10.201."""
    result = run_deal(tiny_deal(GROWS.format(rule="{kind: straight_line, starts: month 3}")))
    assert months(result, "note.balance", 6) == pytest.approx([1010, 1020.10, 765.075, 510.05, 255.025, 0], abs=CENT)
    assert months(result, "note.principal_paid", 6) == pytest.approx([0, 0] + [255.025] * 4, abs=CENT)


def test_interest_added_within_the_schedule_is_paid_in_its_share(tiny_deal) -> None:
    """From month 1: shares left 5/6, 4/6, ... of 1,000 + 10 + 8.4167, the interest on 841.67 at 1%.

    Month 1: 5/6 of 1,010 = 841.67. Month 2: 4/6 of 1,018.4167 = 678.94, so 171.14 of principal.
    """
    result = run_deal(tiny_deal(GROWS.format(rule="{kind: straight_line}")))
    assert months(result, "note.balance", 2) == pytest.approx([841.67, 678.94], abs=CENT)
    assert months(result, "note.principal_paid", 2) == pytest.approx([168.33, 171.14], abs=CENT)


WATCHED = """
tranches:
  note: {kind: note, ranking: 1, balance: 12_000, coupon: {fixed: 0.12}, day_count: 30/360 ISDA,
         amortization: {kind: straight_line}}
fees: {}
accounts: {collection: {kind: collection}}
tests:
  missed: {measure: unpaid_debt_service, of: [note], grace_days: 5, measured: after_payment}
  stress: {measure: ltv, debt: [note], value: liquidation, at_most: 10}
states:
  normal: {severity: 0, waterfall: payments}
  worse: {severity: 1, waterfall: payments, entered_on: [missed, stress], left: never}
waterfalls:
  at_closing: [release: sponsor]
  payments:
    - pay: site_costs
    - pay_interest: note
    - pay_principal: {to: note, up_to: scheduled}
    - release: sponsor
"""


def test_missed_principal_is_unpaid_debt_service(tiny_deal) -> None:
    """Due in month 1: 120 and 2,000. 1,000 comes in: 120 and 880 are paid, 1,120 is unpaid; the state changes next."""
    result = run_deal(tiny_deal(WATCHED))
    assert months(result, "missed.ratio", 1) == pytest.approx([1120], abs=CENT)
    assert result.states() == [(1, "normal"), (2, "worse")]


def test_loan_to_liquidation_value(tiny_deal) -> None:
    """12,000 over 80% of 3,000 - 50: the sale's discount is 15% and its cost 5%."""
    result = run_deal(tiny_deal(WATCHED))
    assert months(result, "stress.ratio", 1) == pytest.approx([12_000 / (0.8 * 2950)], abs=1e-9)


def test_condition_is_a_part_of_what_the_curve_says(tiny_deal) -> None:
    """Units in 60% condition are worth 60% of 2,950, and never less than their scrap."""
    result = run_deal(tiny_deal(WATCHED, edits={"delivered: closing,": "delivered: closing, condition: 0.6,"}))
    assert months(result, "value.resale", 1) == pytest.approx([0.6 * 2950], abs=CENT)
