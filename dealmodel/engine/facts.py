"""Terms of a deal that readers of a run ask for and no formula does: day counts, rankings, reserve accounts."""

from __future__ import annotations

from dealmodel.definition.deal import Deal
from dealmodel.waterfall.accounts import ReserveAccount


def terms_of(deal: Deal) -> dict[str, str]:
    """Day count and ranking of each tranche, day count of each rate, and the reserve accounts.

    Returns
    -------
    mapping from name to text
        `<tranche>.day_count`, `<tranche>.ranking`, `market.<rate>.day_count`, and `reserves`, names parted by blanks.
    """
    reserves = [name for name, account in deal.accounts.items() if isinstance(account, ReserveAccount)]
    return {
        "reserves": " ".join(reserves),
        **{f"{name}.day_count": tranche.day_count for name, tranche in deal.tranches.items()},
        **{f"{name}.ranking": str(tranche.ranking) for name, tranche in deal.tranches.items()},
        **{f"market.{name}.day_count": curve.day_count for name, curve in deal.market.rates.items()},
    }
