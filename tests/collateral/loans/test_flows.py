"""Cash of a pool: defaults and recoveries by hand, conservation over random replines, blocks, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dealmodel.collateral.loans import months as months_module
from dealmodel.collateral.loans.flows import NAMES, Flows, flows
from dealmodel.collateral.loans.replines import KINDS, Replines
from dealmodel.collateral.loans.speeds import Default, Prepayment

CONSERVED = 1e-9
"""Share of the pool that may be lost to rounding."""


def single(balance: float = 1200.0, rate: float = 0.0, remaining: int = 12, **more: Any) -> Replines:
    return Replines(np.array([balance]), np.array([rate]), np.array([remaining]), np.array([0]), **more)


def random_pool(seed: int, count: int = 60) -> Replines:
    draw = np.random.default_rng(seed)
    remaining = draw.integers(1, 61, count)
    balance = draw.uniform(0, 1e6, count)
    return Replines(
        balance=balance,
        rate=np.where(draw.random(count) < 0.2, 0.0, draw.uniform(0, 0.3, count)),
        remaining=remaining,
        age=draw.integers(0, 130, count),
        kind=tuple(draw.choice(KINDS, count)),
        amortization=remaining + draw.integers(0, 3, count) * 60,
        interest_only=draw.integers(0, remaining + 1),
        residual=balance * draw.choice([0.0, 0.4, 1.0], count),
        loans=draw.uniform(1, 100, count),
    )


SPEEDS: list[tuple[Prepayment | None, Default | None]] = [
    (None, None),
    (Prepayment("cpr", np.array([0.0, 0.3, 1.0])), None),
    (Prepayment("psa", np.array([0.5, 3.0, 50.0])), Default("sda", np.array([0.0, 2.0, 100.0]))),
    (Prepayment("abs", np.array([0.005, 0.015, 0.02])), Default("cdr", np.array([0.2, 0.05, 1.0]))),
    (Prepayment("smm", 0.9), Default("mdr", np.array([0.05, 0.5, 1.0]))),
    (Prepayment("vector", vector=np.linspace(0.5, 0, 40), by="age"), Default("vector", vector=np.array([0.1, 0.3]))),
]


@pytest.mark.parametrize("speeds", SPEEDS)
@pytest.mark.parametrize("advances", ["none", "principal_and_interest"])
@pytest.mark.parametrize("lag", [0, 1, 7, 90])
def test_nothing_is_lost_or_made(speeds: tuple[Prepayment | None, Default | None], advances: Any, lag: int) -> None:
    """Each month and over all of them, for performing loans and for those in foreclosure."""
    pool = random_pool(lag)
    found = flows(pool, *speeds, severity=0.35, lag=lag, advances=advances, months=70)
    size = pool.balance.sum()
    assert all(np.isfinite(getattr(found, name)).all() and (getattr(found, name) >= 0).all() for name in NAMES)
    left = found.opening - found.scheduled - found.prepaid - found.defaulted - found.closing
    assert np.abs(left).max() <= CONSERVED * size
    before = np.concatenate([np.zeros((len(left), 1)), found.in_foreclosure[:, :-1]], axis=1)
    left = before + found.defaulted - found.advanced_principal - found.recovered - found.lost - found.in_foreclosure
    assert np.abs(left).max() <= CONSERVED * size
    assert (found.opening[:, 1:] == found.closing[:, :-1]).all()
    assert found.opening[:, 0] == pytest.approx(size, rel=1e-12)
    gone = found.principal.sum(axis=1) + found.lost.sum(axis=1)
    assert gone == pytest.approx(size, rel=CONSERVED)
    assert np.abs(found.pool_balance[:, -1]).max() <= CONSERVED * size


def test_default_without_advances_by_hand() -> None:
    """1,200 at 0% over 12 months, MDR 50% in month 1 alone, lag 2, severity 40%.

    Month 1: 600 default, the other 600 repay 50. Month 3: 0.6 x 600 = 360 are recovered, 240 are lost.
    """
    default = Default("mdr", np.array([[0.5] + [0.0] * 11]))
    found = flows(single(), None, default, severity=0.4, lag=2, months=12)
    assert found.defaulted[0, :2].tolist() == [600, 0]
    assert found.scheduled[0].tolist() == pytest.approx([50.0] * 12)
    assert found.recovered[0, :4].tolist() == pytest.approx([0, 0, 360, 0])
    assert found.lost[0, :4].tolist() == pytest.approx([0, 0, 240, 0])
    assert found.in_foreclosure[0, :4].tolist() == [600, 600, 0, 0]
    assert not found.advanced_principal.any()


def test_default_with_advances_by_hand() -> None:
    """As before, with interest of 12% and principal and interest advanced; equal principal of 1/12.

    The 600 in default go on amortizing: 50 are advanced in each of months 1 and 2, and 500 are liquidated in month 3.
    240 of them are lost, 40% of the 600, and 260 recovered. Interest of 1% of 600, 550 and 500 is advanced.
    """
    pool = single(rate=0.12, kind="fixed_principal")
    default = Default("mdr", np.array([[0.5] + [0.0] * 11]))
    found = flows(pool, None, default, severity=0.4, lag=2, advances="principal_and_interest", months=12)
    assert found.advanced_principal[0, :4].tolist() == pytest.approx([50, 50, 0, 0])
    assert found.advanced_interest[0, :4].tolist() == pytest.approx([6, 5.5, 5, 0])
    assert found.interest[0, :3].tolist() == pytest.approx([6, 5.5, 5])
    assert found.lost[0, :4].tolist() == pytest.approx([0, 0, 240, 0])
    assert found.recovered[0, :4].tolist() == pytest.approx([0, 0, 260, 0])
    assert found.interest_received[0, :2].tolist() == pytest.approx([12, 11])


def test_no_more_is_lost_than_what_is_left_to_liquidate() -> None:
    """600 default in month 1 of 4 and are liquidated in month 4 at a quarter, 150; all of it, not 80% of 600."""
    default = Default("mdr", np.array([[0.5, 0, 0, 0]]))
    found = flows(single(remaining=4), None, default, severity=0.8, lag=3, advances="principal_and_interest", months=4)
    assert found.lost[0].tolist() == pytest.approx([0, 0, 0, 150])
    assert found.recovered[0].tolist() == [0, 0, 0, 0]


def test_no_new_defaults_in_the_last_months_of_the_lag() -> None:
    found = flows(single(), None, Default("mdr", 0.1), lag=5, severity=0.5, months=12)
    assert found.defaulted[0, 6] > 0
    assert not found.defaulted[0, 7:].any()
    assert found.lost[0, 11] > 0
    assert found.in_foreclosure[0, 11] == 0


def test_defaults_up_to_maturity_are_liquidated_after_it() -> None:
    found = flows(single(), None, Default("mdr", 0.1), lag=5, severity=0.5, months=20, last_defaults="maturity")
    assert found.defaulted[0, 11] > 0
    assert found.lost[0, 16] == pytest.approx(0.5 * found.defaulted[0, 11])
    assert not found.lost[0, 17:].any()
    assert found.lost.sum() == pytest.approx(0.5 * found.defaulted.sum())


def test_prepayment_takes_what_default_leaves() -> None:
    """SMM 90% and MDR 50%: half defaults, and prepayment is capped at the other half less its schedule of 50."""
    found = flows(single(), Prepayment("smm", 0.9), Default("mdr", 0.5), months=1)
    assert (found.defaulted[0, 0], found.scheduled[0, 0]) == (600, 50)
    assert found.prepaid[0, 0] == pytest.approx(550)
    assert found.closing[0, 0] == 0


def test_severity_may_go_by_scenario_and_by_the_month_of_liquidation() -> None:
    default = Default("mdr", np.array([[0.5] + [0.0] * 11]))
    by_month = np.zeros((2, 12))
    by_month[0, 2], by_month[1, 2] = 0.25, 1.0
    found = flows(single(), None, default, severity=by_month, lag=2, months=12)
    assert found.lost[:, 2].tolist() == pytest.approx([150, 600])
    found = flows(single(), None, default, severity=np.array([0.25, 1.0]), lag=2, months=12)
    assert found.lost[:, 2].tolist() == pytest.approx([150, 600])


def test_loans_are_counted_as_long_as_they_perform() -> None:
    """Of 12 loans a quarter prepays each month; the schedule takes none away."""
    found = flows(single(loans=np.array([12.0])), Prepayment("smm", 0.25), None, months=12)
    assert found.loans is not None
    assert found.loans[0, :4].tolist() == pytest.approx([12, 9, 6.75, 5.0625])


def test_scenarios_do_not_depend_on_their_block(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bit for bit: all at once, three at a time, and each alone."""
    pool = random_pool(3)
    psa, sda = np.linspace(0, 6, 10), np.linspace(5, 0, 10)
    terms: dict[str, Any] = {"severity": 0.4, "lag": 4, "advances": "principal_and_interest", "months": 70}

    def run(rows: slice) -> Flows:
        return flows(pool, Prepayment("psa", psa[rows]), Default("sda", sda[rows]), **terms)

    together = run(slice(0, 10))
    monkeypatch.setattr(months_module, "NUMBERS_HELD", 3 * len(pool))
    parted = run(slice(0, 10))
    for name in (*NAMES, "loans"):
        assert (getattr(together, name) == getattr(parted, name)).all(), name
        for place in range(10):
            alone = getattr(run(slice(place, place + 1)), name)[0]
            assert (getattr(together, name)[place] == alone).all(), name


def test_replines_add_up() -> None:
    """A pool is the sum of its replines."""
    pool = random_pool(5, count=8)
    speeds = Prepayment("abs", np.array([0.01])), Default("cdr", np.array([0.05]))
    terms: dict[str, Any] = {"severity": 0.4, "lag": 4, "months": 70}
    whole = flows(pool, *speeds, **terms)
    parts = []
    for place in range(8):
        one = {
            name: getattr(pool, name)[place : place + 1]
            for name in (
                "balance",
                "rate",
                "remaining",
                "age",
                "kind",
                "amortization",
                "interest_only",
                "residual",
                "loans",
            )
        }
        parts.append(flows(Replines(**one), *speeds, **terms))
    for name in NAMES:
        total = sum(getattr(part, name) for part in parts)
        np.testing.assert_allclose(getattr(whole, name), total, rtol=1e-11, atol=1e-6)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"months": 0}, "0 months; a pool is run for a whole number of them, 1 or more"),
        ({"lag": -1}, "a lag of -1; it is a whole number of months, 0 or more"),
        ({"lag": 1.5}, "a lag of 1.5"),
        ({"severity": 1.2}, r"severity of 1\.2; it is a share of the defaulted balance, 1 at most"),
        ({"severity": -0.1}, r"severity of scenario 1 is -0\.1; it is a number, and not negative"),
        ({"advances": "interest"}, "advances are 'interest'; choose none, principal_and_interest"),
        ({"last_defaults": "never"}, "last_defaults is 'never'; choose lag_before_maturity, maturity"),
        ({"last_defaults": "maturity", "advances": "principal_and_interest"}, "would never be recovered"),
        ({"severity": np.zeros(3)}, "scenarios differ: prepayment 2, default 1, severity 3; all are as many, or one"),
        ({"severity": np.zeros((2, 5))}, "severity is given for 5 months; the pool is run for 12"),
    ],
)
def test_what_is_wrong_is_said(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        flows(single(), Prepayment("cpr", np.array([0.1, 0.2])), None, **{"months": 12, **given})
