"""Who may operate the gateway, and what two of them decide together."""

from dataclasses import dataclass

from gateway.events.base import Event


@dataclass(slots=True)
class OperatorIssued(Event):
    """An operator was named, with `roles` ("risk,trader") and a token of this hash, which expires
    at `expires_ns` (UTC ns; 0: never).
    """

    name: str
    roles: str
    token_hash: str
    expires_ns: int
    who: str
    why: str


@dataclass(slots=True)
class OperatorRotated(Event):
    """Another token took the place of an operator's."""

    name: str
    token_hash: str
    expires_ns: int
    who: str
    why: str


@dataclass(slots=True)
class OperatorRevoked(Event):
    """There is no such operator any more."""

    name: str
    who: str
    why: str


@dataclass(slots=True)
class ActionProposed(Event):
    """Somebody asked for what needs a second person: a verb of the control API, with its arguments
    as JSON. Nobody can approve it after `expires_ns` (UTC ns).
    """

    proposal_no: int
    verb: str
    arguments: str
    expires_ns: int
    who: str
    why: str


@dataclass(slots=True)
class ProposalDecided(Event):
    """What became of it: approved, refused, withdrawn, expired, or, after it was approved, failed;
    `why` says what failed.
    """

    proposal_no: int
    outcome: str
    who: str
    why: str
