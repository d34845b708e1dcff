"""Named operators, and what waits for a second one of them. Part of the fold; decides nothing.

Knows the hash of a token, never the token.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

from gateway import events as ev
from gateway.operators.proposals import Proposals

ADMINISTRATOR: Final = "administrator"


class Operator:
    """One of them. `issued` and `rotated`: when (UTC ns), and the fact."""

    __slots__ = ("expires_ns", "issued", "name", "roles", "rotated", "token_hash")

    def __init__(self, event: ev.OperatorIssued, now: int) -> None:
        self.name = event.name
        self.roles = frozenset(event.roles.split(","))
        self.token_hash = event.token_hash
        self.expires_ns = event.expires_ns
        self.issued = (now, event)
        self.rotated: tuple[int, ev.OperatorRotated] | None = None

    def rotate(self, event: ev.OperatorRotated, now: int) -> None:
        """Have another token."""
        self.token_hash = event.token_hash
        self.expires_ns = event.expires_ns
        self.rotated = (now, event)

    def expired(self, now: int) -> bool:
        """Whether the token is of no use any more."""
        return 0 < self.expires_ns <= now


class Operators:
    """By name, in the order in which they were issued. `configuration`: what was put in force last,
    and when (UTC ns).
    """

    __slots__ = ("_known", "configuration", "proposals")

    def __init__(self) -> None:
        self._known: dict[str, Operator] = {}
        self.configuration: tuple[int, ev.ConfigurationInForce] | None = None
        self.proposals = Proposals()

    def appliers(self) -> dict[type[ev.Event], Callable[[Any, int, bytes], None]]:
        """What applies each event that concerns operators alone."""
        return {
            ev.OperatorIssued: self._issued,
            ev.OperatorRotated: self._rotated,
            ev.OperatorRevoked: self._revoked,
            ev.ActionProposed: self.proposals.proposed,
            ev.ProposalDecided: self.proposals.decided,
            ev.ConfigurationInForce: self._configured,
        }

    # --- what is so -----------------------------------------------------------------------------

    def get(self, name: str) -> Operator | None:
        """The operator of this name."""
        return self._known.get(name)

    def all(self) -> list[Operator]:
        """Those that are not revoked."""
        return list(self._known.values())

    def administrators(self) -> list[Operator]:
        """Those who may name others, also with a token that has expired."""
        return [known for known in self._known.values() if ADMINISTRATOR in known.roles]

    # --- what happened --------------------------------------------------------------------------

    def _issued(self, event: ev.OperatorIssued, now: int, _payload: bytes) -> None:
        self._known[event.name] = Operator(event, now)

    def _rotated(self, event: ev.OperatorRotated, now: int, _payload: bytes) -> None:
        self._known[event.name].rotate(event, now)

    def _revoked(self, event: ev.OperatorRevoked, _now: int, _payload: bytes) -> None:
        self._known.pop(event.name, None)

    def _configured(self, event: ev.ConfigurationInForce, now: int, _payload: bytes) -> None:
        self.configuration = (now, event)

    def snapshot(self) -> Iterator[tuple[int, ev.Event]]:
        """The events that make this again, each with its time."""
        for known in self._known.values():
            yield known.issued
            if known.rotated is not None:
                yield known.rotated
        yield from self.proposals.snapshot()
        if self.configuration is not None:
            yield self.configuration
