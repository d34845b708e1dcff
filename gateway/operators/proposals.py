"""What was asked for and needs a second person. Part of the fold; decides nothing.

Those that are decided stay known for a while, so that one who comes late is told what became of
his; the last one always, because numbers go on from it.
"""

from collections.abc import Iterator
from typing import Final

from gateway.events import ActionProposed, Event, ProposalDecided

DECIDED_MAX: Final = 200
"""Decided ones that stay known; the oldest are forgotten first."""


class Proposal:
    """One of them; times are UTC ns, `decision` is None while it waits."""

    __slots__ = ("action", "decided_ns", "decision", "proposed_ns")

    def __init__(self, action: ActionProposed, now: int) -> None:
        self.action = action
        self.proposed_ns = now
        self.decision: ProposalDecided | None = None
        self.decided_ns = 0

    def decide(self, decision: ProposalDecided, now: int) -> None:
        """It waits no more."""
        self.decision = decision
        self.decided_ns = now


class Proposals:
    """By number."""

    __slots__ = ("_known", "_waiting")

    def __init__(self) -> None:
        self._known: dict[int, Proposal] = {}
        self._waiting: dict[int, Proposal] = {}

    # --- what is so -----------------------------------------------------------------------------

    @property
    def next_no(self) -> int:
        """The number of the next one; taken by the event that carries it."""
        return max(self._known, default=0) + 1

    def get(self, number: int) -> Proposal | None:
        """The proposal of this number."""
        return self._known.get(number)

    def all(self) -> list[Proposal]:
        """The oldest first."""
        return list(self._known.values())

    def waiting(self) -> list[Proposal]:
        """Those that nobody has decided, the oldest first."""
        return list(self._waiting.values())

    def overdue(self, now: int) -> list[Proposal]:
        """Those among them that nobody can approve any more."""
        return [one for one in self._waiting.values() if one.action.expires_ns <= now]

    # --- what happened --------------------------------------------------------------------------

    def proposed(self, event: ActionProposed, now: int, _payload: bytes) -> None:
        """One more."""
        proposal = Proposal(event, now)
        self._known[event.proposal_no] = self._waiting[event.proposal_no] = proposal

    def decided(self, event: ProposalDecided, now: int, _payload: bytes) -> None:
        """Approved, refused, withdrawn, expired; or failed, after it was approved."""
        proposal = self._known.get(event.proposal_no)
        if proposal is not None:
            proposal.decide(event, now)
            self._waiting.pop(event.proposal_no, None)
        if len(self._known) - len(self._waiting) > DECIDED_MAX:
            del self._known[next(no for no in self._known if no not in self._waiting)]

    def snapshot(self) -> Iterator[tuple[int, Event]]:
        """The events that make this again, each with its time."""
        for proposal in self._known.values():
            yield proposal.proposed_ns, proposal.action
            if proposal.decision is not None:
                yield proposal.decided_ns, proposal.decision
