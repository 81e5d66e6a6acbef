"""The kinds of pools that a deal may have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dealmodel.basics.kinds import union_of
from dealmodel.collateral.pools import Pool
from dealmodel.collateral.receivables import Receivables
from dealmodel.collateral.revenue import GivenRevenue

__all__ = ["AnyPool", "GivenRevenue", "Receivables"]

if TYPE_CHECKING:
    AnyPool = Pool
else:
    AnyPool = union_of(Pool)
