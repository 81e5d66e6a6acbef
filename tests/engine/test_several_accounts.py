"""A deal with interest and principal in accounts of their own, paid every quarter, against figures worked out by hand.

The deal is `tests/kinds/two_accounts.yaml`; each payment date is worked out in the test that reads it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import dealmodel as dm
from dealmodel.engine.result import Result
from dealmodel.engine.run import run_model
from dealmodel.excel.certify import certify
from dealmodel.excel.recalculate import find_libreoffice

DEAL = Path(__file__).parents[1] / "kinds" / "two_accounts.yaml"
PAYMENTS = (3, 6, 9, 12)


def run(find: str = "", write: str = "", folder: Path | None = None) -> Result:
    if folder is None:
        return run_model(dm.compile_deal(dm.load_deal(DEAL)), "base")
    text = DEAL.read_text(encoding="utf-8")
    assert find in text
    (folder / "deal.yaml").write_text(text.replace(find, write, 1), encoding="utf-8")
    return run_model(dm.compile_deal(dm.load_deal(folder / "deal.yaml")), "base")


def at_payments(result: Result, name: str) -> list[float]:
    return [float(result.lines[name][month - 1]) for month in PAYMENTS]


@pytest.mark.parametrize(
    ("name", "by_hand"),
    [
        # Interest account 19, 7, 5, 3. Trustee 2 a quarter, 1 from closing: 1.5 within the cap, then what is there.
        ("trustee.paid", [1.5, 1.5, 1.5, 1.5]),
        ("trustee.excess.paid", [1.5, 0.5, 0.0, 0.0]),
        # a: 1% of 700, 450, 350, 200; on the last date 1.5 from interest and 0.5 from principal.
        ("a.interest_paid", [7.0, 4.5, 3.5, 2.0]),
        # b 1.25% of 200, c 1.5% of 100 and then of 50, as 50 were written down; 0.5 is shared as 2.5 to 0.75.
        ("b.interest_paid", [2.5, 0.5 * 2.5 / 3.25, 0.0, 0.0]),
        ("c.interest_paid", [1.5, 0.5 * 0.75 / 3.25, 0.0, 0.0]),
        # Principal 250, 100, 150, 300: to a, then to b what the 0.5 of interest left of it.
        ("a.principal_paid", [250.0, 100.0, 150.0, 200.0]),
        ("b.principal_paid", [0.0, 0.0, 0.0, 99.5]),
        # Defaults 50, 50, 100, 0: c first, then b.
        ("c.write_down", [50.0, 50.0, 0.0, 0.0]),
        ("b.write_down", [0.0, 0.0, 100.0, 0.0]),
        ("a.write_down", [0.0, 0.0, 0.0, 0.0]),
        # What is left: 5 of interest; recoveries of 20 and 10.
        ("sponsor.received", [5.0, 20.0, 10.0, 0.0]),
        ("interest_account.balance", [0.0, 0.0, 0.0, 0.0]),
        ("principal_account.balance", [0.0, 0.0, 0.0, 0.0]),
    ],
)
def test_each_payment_date(name: str, by_hand: list[float]) -> None:
    assert at_payments(run(), name) == pytest.approx(by_hand, abs=1e-9)


def test_each_account_keeps_its_cash_to_the_payment_date() -> None:
    result = run()
    assert list(result.lines["interest_account.balance"][:3]) == pytest.approx([10, 19, 0], abs=1e-9)
    assert list(result.lines["principal_account.balance"][:3]) == pytest.approx([100, 250, 0], abs=1e-9)


def test_a_loss_shared_in_proportion_to_balances(tmp_path: Path) -> None:
    """50 on balances of 200 and 100."""
    result = run("to: [c, b, a], up_to", "to: [c, b], order: pro_rata, up_to", tmp_path)
    assert float(result.lines["b.write_down"][2]) == pytest.approx(50 * 200 / 300, abs=1e-9)
    assert float(result.lines["c.write_down"][2]) == pytest.approx(50 * 100 / 300, abs=1e-9)


def test_excess_interest_turned_to_principal(tmp_path: Path) -> None:
    """The 5 that are left on the first date join 250 of principal."""
    find = "    - {pay_principal: {to: [a, b, c], order: sequential, up_to: principal}, from: principal_account}\n"
    write = "    - deposit: principal_account\n" + find.replace("up_to: principal}", "up_to: outstanding}")
    assert float(run(find, write, tmp_path).lines["a.principal_paid"][2]) == pytest.approx(255, abs=1e-9)


def test_the_term_sheet_says_which_account_pays() -> None:
    steps = dm.load_deal(DEAL).waterfalls["payments"]
    assert steps[4].words() == "Principal of a, then b, then c, up to principal, from the principal account"
    assert steps[5].words() == "No cash: balance of c, then b, then a, written down by realised"


@pytest.mark.libreoffice
@pytest.mark.skipif(find_libreoffice() is None, reason="LibreOffice with uno is not installed")
def test_the_workbook_recalculates_to_the_engines_numbers(tmp_path: Path) -> None:
    certificate = certify(dm.compile_deal(dm.load_deal(DEAL)), run_model, folder=tmp_path)
    assert certificate.holds, str(certificate)
