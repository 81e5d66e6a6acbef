"""Figures of two runs side by side, worked out by hand on a note repaid in four months, and in two."""

from __future__ import annotations

import pytest

from dealmodel.engine.comparison import Compared, Figure, compared, figures
from dealmodel.engine.run import run_deal

CENT = 0.005  # money to the cent
TINY = 1e-9  # ratios and years

NOTE = """
tranches:
  note: {{kind: note, ranking: 1, balance: 2_000, coupon: {{fixed: 0.12}}, day_count: 30/360 ISDA, deferrable: true,
         scheduled_balance: {{by: month, of: original, points: [[0, 1.0], [{months}, 0.0]], between: linear}}}}
accounts: {{collection: {{kind: collection}}}}
tests: {{cover: {{measure: dscr, debt: [note], at_least: 1.5}}}}
states:
  normal: {{severity: 0, waterfall: payments}}
  watched: {{severity: 1, waterfall: payments, entered_on: [cover]}}
waterfalls:
  at_closing: [release: sponsor]
  payments: [pay: site_costs, pay_interest: note, pay_principal: {{to: note, up_to: scheduled}}, release: sponsor]
"""


def told(deal) -> dict[tuple[str, str], float | None]:
    return {(item.of, item.name): item.value for item in figures(deal, run_deal(deal))}


def test_figures_of_a_note_repaid_in_four_months(tiny_deal) -> None:
    """Months bring 1,000; interest is 20, 15, 10, 5 and principal 500 a month.

    Average life (1 + 2 + 3 + 4) / 4 months of 30 days. Coverage is lowest in month 1: 1,000 / 520, and passes 1.5.
    Released: 480 + 485 + 490 + 495, then 1,000 in each of two months. The chips cost 3,000, of which the note brings
    2,000.
    """
    found = told(tiny_deal(NOTE.format(months=4)))
    assert found["note", "average life, positive only"] == pytest.approx(2.5 / 12, abs=TINY)
    assert found["note", "principal lost"] == pytest.approx(0, abs=CENT)
    assert found["note", "interest unpaid"] == pytest.approx(0, abs=CENT)
    assert found["note", "last payment"] == 4
    assert found["cover", "lowest DSCR"] == pytest.approx(1000 / 520, abs=TINY)
    assert found["deal", "first trigger"] is None
    assert ("cover", "first failure") not in found
    assert found["sponsor", "received after closing"] == pytest.approx(3950, abs=CENT)
    assert found["sponsor", "put in at closing"] == pytest.approx(1000, abs=CENT)


def test_what_differs_where_it_is_to_be_repaid_in_two(tiny_deal) -> None:
    """Month 1: interest 20, so 980 of the 1,000. Month 2: 10.20 and 989.80. Month 3: 0.302 and the last 30.20.

    Coverage of month 1 is 1,000 / 1,020 and fails; month 2 gives 1,000 / 1,010.20. Released in all: 6,000 - 2,000 -
    30.502 = 3,969.498, which is 19.498 more.
    """
    deals = [tiny_deal(NOTE.format(months=months)) for months in (4, 2)]
    rows = {(row.of, row.name): row for row in compared(*(figures(deal, run_deal(deal)) for deal in deals))}
    life = (980 * 1 + 989.8 * 2 + 30.2 * 3) / 2000 / 12
    assert rows["note", "average life, positive only"].second == pytest.approx(life, abs=TINY)
    assert rows["note", "average life, positive only"].difference == pytest.approx(life - 2.5 / 12, abs=TINY)
    assert rows["note", "last payment"].difference == -1
    assert rows["cover", "lowest DSCR"].difference == pytest.approx(1000 / 1020 - 1000 / 520, abs=TINY)
    assert rows["deal", "first trigger"] == Compared("deal", "first trigger", "month", None, 1.0)
    assert rows["cover", "first failure"] == Compared("cover", "first failure", "month", None, 1.0)
    assert rows["sponsor", "received after closing"].difference == pytest.approx(19.498, abs=CENT)
    assert rows["sponsor", "put in at closing"].difference == pytest.approx(0, abs=CENT)


def test_a_note_that_is_paid_nothing_has_no_life_and_no_last_payment(tiny_deal) -> None:
    found = told(tiny_deal(NOTE.format(months=4), stops_paying="month 1"))
    assert found["note", "average life, positive only"] is None
    assert found["note", "last payment"] is None
    assert found["note", "principal lost"] == pytest.approx(2000, abs=CENT)


def test_a_test_that_is_never_measured_has_no_lowest_ratio(tiny_deal) -> None:
    found = told(tiny_deal(NOTE.format(months=4).replace("debt: [note]", "debt: [note], first: never")))
    assert found["cover", "lowest DSCR"] is None


def test_a_figure_that_one_run_alone_has() -> None:
    """The rows of the first keep their order; what the second alone has comes last."""
    first = [Figure("b", "lost", "currency", 1.0), Figure("a", "lost", "currency", 2.0)]
    second = [Figure("c", "lost", "currency", 4.0), Figure("a", "lost", "currency", 5.0)]
    rows = compared(first, second)
    assert [(row.of, row.first, row.second, row.difference) for row in rows] == [
        ("b", 1.0, None, None),
        ("a", 2.0, 5.0, 3.0),
        ("c", None, 4.0, None),
    ]
