"""A deal as a key of a cache of what was worked out of it."""

from __future__ import annotations

from dealmodel.definition.deal import Deal


class ById:
    """A deal as a key of a cache: two deals are one key only if they are one object."""

    def __init__(self, deal: Deal) -> None:
        self.deal = deal

    def __hash__(self) -> int:
        return id(self.deal)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ById) and other.deal is self.deal
