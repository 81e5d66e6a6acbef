"""The months of a deal: how many, how long, and what comes after the legal final date."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import holidays
import pytest

from dealmodel.basics.day_count import DAY_COUNTS
from dealmodel.basics.moments import Moment
from dealmodel.definition.checks_dates import month_of
from dealmodel.definition.load import deal_from_text
from dealmodel.engine.compile import compile_deal
from dealmodel.engine.run import run_deal
from dealmodel.engine.timeline import timeline_of

SMALL = (Path(__file__).parents[1] / "definition" / "small_deal.yaml").read_text(encoding="utf-8")
CENT = 0.005  # money to the cent
YEARS = 1e-15  # one division

KEEPS = """
tranches:
  note: {kind: note, ranking: 1, balance: 36_000, coupon: {fixed: 0.10}, day_count: 30/360 ISDA, deferrable: true}
accounts: {collection: {kind: collection}}
tests: {final: {measure: unpaid_balance, of: [note], first: legal_final, measured: after_payment}}
states:
  normal: {severity: 0, waterfall: payments}
  late: {severity: 1, waterfall: payments, entered_on: [final], left: never}
waterfalls:
  at_closing: [release: sponsor]
  payments:
    - pay: site_costs
    - pay_interest: note
    - pay_principal: {to: note, up_to: outstanding}
    - release: sponsor
"""
SELLS = KEEPS.replace("left: never}", "left: never, remedy: sell}")


def test_there_is_a_month_for_each_to_the_legal_final_date(tiny_deal) -> None:
    timeline = timeline_of(tiny_deal(KEEPS))
    assert (timeline.periods, timeline.legal_final) == (6, 6)
    assert timeline.grid.period_end[-1] == date(2027, 6, 15)


@pytest.mark.parametrize("lag", [0, 2, 6])
def test_a_deal_that_may_sell_has_the_lag_and_a_month_more(tiny_deal, lag: int) -> None:
    timeline = timeline_of(tiny_deal(SELLS, lag_months=lag))
    assert timeline.legal_final == 6
    assert timeline.periods == 6 + 1 + lag


def test_a_lag_without_a_sale_adds_nothing(tiny_deal) -> None:
    assert timeline_of(tiny_deal(KEEPS, lag_months=6)).periods == 6


def test_month_ends_in_winter_accrue_30_28_and_33_days(tiny_deal) -> None:
    """30/360 ISDA, by hand.

    Closing is on the 15th and the payment day the month end: 15 Dec to 31 Jan is 46 days (31 - 15 + 30), then 28 to
    28 Feb, 33 to 31 Mar and 30 to 30 Apr. At 10 a day: 460, 280, 330, 300.
    """
    deal = tiny_deal(KEEPS, payment_day="month_end", first_payment="2027-01-31", legal_final="2027-04-30", price=0.0)
    trace = run_deal(deal).lines
    assert trace.months("note.interest_accrued") == pytest.approx([460, 280, 330, 300], abs=CENT)
    assert [day.isoformat() for day in timeline_of(deal).grid.period_end] == [
        "2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30",
    ]  # fmt: skip


BANKS = "calendar: USD-FED, business_days: modified_following"
ACTUAL = KEEPS.replace("30/360 ISDA", "Act/360")


@pytest.mark.parametrize(
    ("day_count", "interest"),
    [
        ("Act/360", [470, 280, 310]),
        ("Act/365F", [3600 * 47 / 365, 3600 * 28 / 365, 3600 * 31 / 365]),
        ("30/360 ISDA", [460, 280, 330]),  # 15 Dec to 31 Jan is 46, and 28 Feb is no 30th
        ("30/360 US", [460, 280, 300]),  # from 31 Jan, a 30th, to 28 Feb; from 28 Feb, a 30th, to 31 Mar, one too
        ("30E/360", [450, 280, 320]),  # 31 Jan and 31 Mar are 30ths
        ("30E/360 ISDA", [450, 300, 300]),  # 28 Feb is a 30th too
        ("Act/Act ISDA", [3600 * 47 / 365, 3600 * 28 / 365, 3600 * 31 / 365]),  # neither year is a leap year
        ("Act/Act ICMA", [300 * (16 / 31 + 1), 300, 300]),  # 16 of the days of December, and January; then months
    ],
)
def test_a_tranche_accrues_under_every_day_count(tiny_deal, day_count: str, interest: list[float]) -> None:
    """36,000 at 10% is 3,600 a year: 15 December to 31 January, to 28 February, to 31 March 2027, by hand."""
    text = KEEPS.replace("30/360 ISDA", day_count)
    deal = tiny_deal(text, payment_day="month_end", first_payment="2027-01-31", legal_final="2027-04-30", price=0.0)
    assert run_deal(deal).lines.months("note.interest_accrued")[:3] == pytest.approx(interest, abs=CENT)


def test_every_day_count_is_tried_above() -> None:
    tried = test_a_tranche_accrues_under_every_day_count.pytestmark[0].args[1]
    assert {row[0] for row in tried} == set(DAY_COUNTS)


@pytest.mark.parametrize(
    ("accrual", "interest"), [("unadjusted", [310, 310, 280, 310, 300]), ("adjusted", [310, 320, 270, 310, 320])]
)
def test_adjusted_accrual_follows_the_business_days(tiny_deal, accrual: str, interest: list[float]) -> None:
    """From Tuesday 15 December 2026, 10 a day: 15 January is a Friday; 15 February, Presidents' Day, moves to the 16th.

    15 March is a Monday; 15 April a Thursday; 15 May a Saturday, so Monday 17 May. Unadjusted 31, 31, 28, 31, 30 days.
    Adjusted 31, 32, 27, 31, 32.
    """
    deal = tiny_deal(ACTUAL, price=0.0, dates=f"{BANKS}, accrual_dates: {accrual}")
    assert run_deal(deal).lines.months("note.interest_accrued")[:5] == pytest.approx(interest, abs=CENT)


def test_a_payment_delay_moves_payment_dates_and_lives_and_no_interest(tiny_deal) -> None:
    """Ten days after the 15th, or the next business day; 30/360 from 15 December to 25 January is 40 days.

    Principal is paid in the first month alone, so that the average life is 40 / 360 of a year.
    """
    text = KEEPS.replace("36_000", "900")
    deal, late = (tiny_deal(text, dates=BANKS + more) for more in ("", ", payment_delay_days: 10"))
    assert compile_deal(late).period_ends[:3] == ("2027-01-25", "2027-02-25", "2027-03-25")
    on_time, delayed = run_deal(deal), run_deal(late)
    assert delayed.lines.months("note.interest_accrued") == on_time.lines.months("note.interest_accrued")
    assert delayed.tranche_rows["note"]["wal_years"] == pytest.approx(40 / 360, abs=YEARS)
    assert on_time.tranche_rows["note"]["wal_years"] == pytest.approx(30 / 360, abs=YEARS)
    business = tiny_deal(text, dates=BANKS + ", payment_delay_days: 2, payment_delay_counts: business_days")
    # Friday 15 January, then Monday the 18th, Martin Luther King Day; Tuesday 16 February; Monday 15 March.
    assert compile_deal(business).period_ends[:3] == ("2027-01-20", "2027-02-18", "2027-03-17")


def test_a_short_first_month_accrues_its_days(tiny_deal) -> None:
    """Paid at the end of the month of closing: 16 days to 31 December, then 31, 28 and 31; a month of rent in each."""
    deal = tiny_deal(ACTUAL, payment_day="month_end", first_payment="2026-12-31", legal_final="2027-03-31", price=0.0)
    timeline = timeline_of(deal)
    assert (timeline.periods, timeline.legal_final) == (4, 4)
    assert run_deal(deal).lines.months("note.interest_accrued") == pytest.approx([160, 310, 280, 310], abs=CENT)
    assert timeline.clock.month(deal.tests["final"].first) == 4


@pytest.mark.parametrize(("first_payment", "share"), [("2026-12-31", 11 / 16), ("2027-01-31", 42 / 47)])
def test_a_delivery_within_the_first_month_earns_its_share(tiny_deal, first_payment: str, share: float) -> None:
    """From 15 December: the 20th leaves 11 of 16 days to the end of December, 42 of 47 to the end of January."""
    deal = tiny_deal(KEEPS, payment_day="month_end", first_payment=first_payment, legal_final="2027-03-31")
    clock = timeline_of(deal).clock
    stubs = clock.stubs(Moment(day=date(2026, 12, 20)))
    assert stubs is not None
    assert stubs[1] == pytest.approx(share, abs=YEARS)
    assert stubs[2] == pytest.approx(1 - 20 / timeline_of(deal).grid.days[1], abs=YEARS)


@pytest.mark.parametrize("first_payment", ["2026-12-31", "2027-01-31"])
def test_checks_and_clock_place_every_day_in_the_same_month(tiny_deal, first_payment: str) -> None:
    deal = tiny_deal(KEEPS, payment_day="month_end", first_payment=first_payment, legal_final="2027-03-31")
    clock = timeline_of(deal).clock
    for elapsed in range(120):
        moment = Moment(day=date(2026, 12, 15) + timedelta(days=elapsed))
        assert month_of(moment, deal.deal) == clock.month(moment), moment


@pytest.mark.parametrize(
    ("dates", "version"),
    [
        ("calendar: NONE, business_days: none", ""),
        (BANKS, holidays.__version__),
        ("calendar: [2027-01-15], business_days: following", ""),
    ],
)
def test_the_manifest_says_which_holidays_moved_dates(tiny_deal, dates: str, version: str) -> None:
    assert run_deal(tiny_deal(KEEPS, dates=dates)).manifest["holidays"] == version


@pytest.mark.parametrize(("calendar", "version"), [("NONE", ""), ("USD-GOVT", holidays.__version__)])
def test_the_manifest_says_which_holidays_a_rate_knew(calendar: str, version: str) -> None:
    text = SMALL.replace("day_count: Act/360, between", f"day_count: Act/360, calendar: {calendar}, between")
    assert run_deal(deal_from_text(text, "small.yaml")).manifest["holidays"] == version


def test_a_note_pays_the_compounded_rate_and_its_margin() -> None:
    """15,000,000 over a flat 3.6% compounded daily and 2%: January is 31 days of a basis point, and a month."""
    text = SMALL.replace(
        "day_count: Act/360, between", "day_count: Act/360, index_type: compounded_in_arrears, between"
    )
    text = text.replace("[[2026-12-31, 0.04], [2027-12-31, 0.035]]", "[[2026-12-31, 0.036]]")
    rate = (1.0001**31 - 1) * 360 / 31 + 0.02
    trace = run_deal(deal_from_text(text, "small.yaml")).lines
    assert trace.months("senior.interest_accrued")[0] == pytest.approx(15_000_000 * rate / 12, abs=CENT)


def test_adjusted_accrual_moves_the_days_of_a_rate_in_arrears() -> None:
    """31 January 2027 is a Sunday, so January accrues to Friday the 29th: 29 days of a basis point each."""
    text = SMALL.replace(
        "day_count: Act/360, between", "day_count: Act/360, index_type: compounded_in_arrears, between"
    )
    text = text.replace("[[2026-12-31, 0.04], [2027-12-31, 0.035]]", "[[2026-12-31, 0.036]]")
    text = text.replace(
        "calendar: NONE\n  business_days: none",
        "calendar: USD-FED\n  business_days: modified_following\n  accrual_dates: adjusted",
    )
    trace = run_deal(deal_from_text(text, "small.yaml")).lines
    assert trace.months("market.sofr.rate")[0] == pytest.approx((1.0001**29 - 1) * 360 / 29, abs=1e-13)


def test_years_from_closing_count_thirty_days_a_month(tiny_deal) -> None:
    years = timeline_of(tiny_deal(KEEPS)).years_from_closing()
    assert years == pytest.approx([month / 12 for month in range(1, 7)], abs=YEARS)


def test_month_numbers_and_the_last_month_are_known_to_formulas(tiny_deal) -> None:
    model = compile_deal(tiny_deal(SELLS, lag_months=1))
    assert model.input_by_path["time.month"].value == (1, 2, 3, 4, 5, 6, 7, 8)
    assert model.input_by_path["time.last_month"].value == (0, 0, 0, 0, 0, 0, 0, 1)
    assert model.input_by_path["time.legal_final"].value == 6
    assert not any(model.input_by_path[f"time.{name}"].live for name in ("month", "last_month", "legal_final"))


def test_events_of_the_deal_are_months(tiny_deal) -> None:
    deal = tiny_deal(KEEPS)
    clock = timeline_of(deal).clock
    assert clock.month(deal.tests["final"].first) == 6
    assert clock.month(deal.collateral.cohorts["rack"].delivered) == 0
