"""How the desk looks at a request before it becomes a proposal: see `verbs.LOOKS`.

Each raises DeskError if it could not be done as things are, and changes nothing.
"""

from __future__ import annotations

from typing import Protocol

from gateway.control.limit_models import LimitKey, OverrideLimit, PermitOrder, SetLimit
from gateway.control.position_models import AdjustPosition
from gateway.control.requests import (
    Adopt,
    Book,
    Breaker,
    GivenReason,
    News,
    Request,
    Resume,
    SetNumbers,
    Settle,
    StatePrice,
)


class Looks(Protocol):
    """Part of the desk."""

    def look_at_session(self, ask: Request, name: str) -> None:
        """Whether there is such a session."""

    def look_at_numbers(self, ask: SetNumbers, name: str) -> None:
        """Whether a session could have such numbers."""

    def look_at_settlement(self, ask: Settle, key: str) -> None:
        """Whether an order could be settled."""

    def look_at_adoption(self, ask: Adopt, key: str) -> None:
        """Whether an orphan fits an order."""

    def look_at_booking(self, ask: Book, key: str) -> None:
        """Whether there is such an orphan."""

    def look_at_adjustment(self, ask: AdjustPosition) -> None:
        """Whether a position could be adjusted."""

    def look_at_price(self, ask: StatePrice, symbol: str) -> None:
        """Whether a price could be stated."""

    def look_at_limit(self, ask: SetLimit) -> None:
        """Whether a limit could be set."""

    def look_at_unset(self, ask: LimitKey) -> None:
        """Whether a limit could be unset."""

    def look_at_override(self, ask: OverrideLimit) -> None:
        """Whether a limit could be overridden."""

    def look_at_permit(self, ask: PermitOrder) -> None:
        """Whether an order could be permitted so."""

    def look_at_roll(self, ask: Request) -> None:
        """Whether the next business date could begin."""

    def look_at_hold(self, ask: GivenReason, number: int) -> None:
        """Whether there is such a legal hold."""

    def look_at_reset(self, ask: Breaker, name: str) -> None:
        """Whether a breaker could be reset."""

    def look_at_broker(self, ask: Request, name: str) -> None:
        """Whether there is such a broker."""

    def look_at_resume(self, ask: Resume) -> None:
        """Whether a scope could trade again."""

    def look_at_news(self, ask: News) -> None:
        """Whether those that are to be told are there."""
