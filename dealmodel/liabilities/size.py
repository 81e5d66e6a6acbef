"""Size of a tranche by what the base scenario's cash carries."""

from __future__ import annotations

from dealmodel.basics.kinds import Kind, shape
from dealmodel.basics.words import percent, times


class Sizing(Kind):
    """Balance by cover: what cash for debt service carries at a stated cover, as the base scenario has it.

    It is worked out once, before any scenario: scenarios stress the debt as it was sized.
    """

    dscr: float = shape("ratio", "Cash for debt service over debt service on each payment date", gt=0, le=100)
    share: float = shape(
        "share", "Share of the debt service, where several tranches are sized on the same cash", gt=0, le=1,
        default=1.0, reason="one tranche has it all",
    )  # fmt: skip

    def words(self) -> str:
        """The cover, and the share of the cash."""
        part = f"{percent(self.share)} of " if self.share < 1 else ""
        cover = f"{self.dscr:.2f}x" if round(self.dscr, 2) == self.dscr else times(self.dscr)
        return f"sized to {cover} of {part}base cash"
