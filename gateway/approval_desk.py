"""The operators' desk for what needs two people: proposed by one, approved by another.

A verb of the control API needs a second person by its line in `gateway.control.verbs`, and, where
that says "configurable", by `[control] second_person`. The API then does not call the verb's
handler but `propose`, which journals verb, arguments and requester, and answers 202. When somebody
else approves, the API calls the same handler with the same arguments: there is no other way to do
a verb. Here is what both need of the state; HTTP, and the calling, are `gateway.control.second`.

It is approved before it is done: a crash between the two leads to "never done", never to "done
twice". What then cannot be done is "failed", and must be asked for anew.
"""

import json
from time import time_ns
from typing import Final

from gateway.alarm_list import alarm_key
from gateway.config import Config
from gateway.control.desk import DeskError, unknown_proposal
from gateway.control.operator_models import ProposalView
from gateway.control.verbs import BY_NAME, Verb, needs_second_person
from gateway.engine import Engine
from gateway.events import ActionProposed, AlarmAcknowledged, ProposalDecided
from gateway.operator_desk import OperatorDesk, forbidden
from gateway.operators import action
from gateway.operators.proposals import Proposal
from sessions.values import NS_PER_S

ARGUMENTS_MAX: Final = 16_384
"""Characters of a proposal's arguments: each segment of the journal repeats them."""
APPROVED: Final = "approved"
REFUSED: Final = "refused"
WITHDRAWN: Final = "withdrawn"
EXPIRED: Final = "expired"
FAILED: Final = "failed"
WANTED: Final = "APPROVAL_WANTED"
"""Code of the alarm for what waits for a second person."""


class ApprovalDesk(OperatorDesk):
    """Part of the desk; `_engine` and `_config` are those of the whole."""

    _engine: Engine
    _config: Config

    def needs_second_person(self, verb: Verb) -> bool:
        """Whether a verb is done by two people only, as things are."""
        return needs_second_person(verb, self._config.control.second_person)

    # --- asking ---------------------------------------------------------------------------------

    async def propose(
        self, verb: Verb, arguments: dict[str, object], *, who: str, why: str
    ) -> ProposalView:
        """Keep what somebody asks for until somebody else approves. `arguments` can be JSON."""
        proposals = self._engine.core.state.operators.proposals
        text = json.dumps(arguments)
        if len(text) > ARGUMENTS_MAX:
            told = f"{len(text)} characters of arguments, more than {ARGUMENTS_MAX}"
            raise DeskError("PROPOSAL_TOO_LONG", told, "ask for less at a time", 422)
        most = self._config.control.proposals_max
        if len(proposals.waiting()) >= most:
            self._engine.hit("proposals_max")
            told = f"{most} proposals wait for a second person already"
            raise DeskError("TOO_MANY_PROPOSALS", told, "decide some: `fixgate approvals list`")
        now, number = time_ns(), proposals.next_no
        expires_ns = now + int(self._config.control.second_person_expires_s * NS_PER_S)
        said = action(who, why, verb.name, proposal=key_of(number), arguments=text)
        self._engine.operator(said, now)
        self._engine.event(ActionProposed(number, verb.name, text, expires_ns, who, why), now)
        self._engine.alarm(WANTED, _wanted(proposals.waiting()[-1]))
        await self._engine.committer.flush()
        return self.proposal(key_of(number))

    # --- reading --------------------------------------------------------------------------------

    def proposals(self, *, everything: bool) -> list[ProposalView]:
        """What waits, the oldest first; or what is known of decided ones as well."""
        self.expire_proposals(time_ns())
        held = self._engine.core.state.operators.proposals
        return [_view(one) for one in (held.all() if everything else held.waiting())]

    def proposal(self, key: str) -> ProposalView:
        """One of them."""
        self.expire_proposals(time_ns())
        return _view(self._proposal(key))

    def _proposal(self, key: str) -> Proposal:
        kind, _, number = key.partition("-")
        known = number.isascii() and number.isdecimal() and kind.upper() == "P"
        found = self._engine.core.state.operators.proposals.get(int(number)) if known else None
        if found is None:
            raise unknown_proposal(key)
        return found

    # --- deciding -------------------------------------------------------------------------------

    def approve(self, key: str, *, who: str, why: str) -> tuple[Verb, ProposalView]:
        """Mark it approved, and say what is to be done now: the caller does it, at once."""
        proposal, verb = self._undecided(key, who)
        if verb is None:
            told = f"{key}: this version of fixgate has no {proposal.action.verb}"
            raise DeskError("OUTDATED_PROPOSAL", told, "refuse it")
        asked_by = proposal.action.who
        if asked_by == who:
            raise self.turned_away(_own(key), verb, who)
        if not self.may(asked_by, verb):
            raise _asker_may_not(key, forbidden(asked_by, verb))  # any more
        self._decide(proposal, APPROVED, who, why)
        return verb, _view(proposal)

    def fail(self, key: str, *, who: str, why: str) -> None:
        """What was approved could not be done."""
        self._decide(self._proposal(key), FAILED, who, why)

    async def refuse(self, key: str, *, who: str, why: str) -> ProposalView:
        """It shall not be done."""
        proposal, _ = self._undecided(key, who)
        if proposal.action.who == who:
            raise _own(key)
        return await self._end(proposal, REFUSED, who, why)

    async def withdraw(self, key: str, *, who: str, why: str) -> ProposalView:
        """Who asked for it wants it no more."""
        proposal, _ = self._undecided(key, "")
        if proposal.action.who != who:
            told = f"{key} is {proposal.action.who}'s, who alone can withdraw it"
            raise DeskError("NOT_YOUR_PROPOSAL", told, "`fixgate approvals refuse` ends it", 403)
        return await self._end(proposal, WITHDRAWN, who, why)

    def _undecided(self, key: str, who: str) -> tuple[Proposal, Verb | None]:
        """The proposal that waits, and its verb, which `who` must be allowed ("": anybody)."""
        self.expire_proposals(time_ns())
        proposal = self._proposal(key)
        if proposal.decision is not None:
            was = proposal.decision
            told = f"{key} is {was.outcome} already" + (f", by {was.who}" if was.who else "")
            raise DeskError("PROPOSAL_DECIDED", told, "ask for it anew, if it is still wanted")
        verb = BY_NAME.get(proposal.action.verb)
        if verb is not None and who and not self.may(who, verb):
            raise self.turned_away(forbidden(who, verb), verb, who)
        return proposal, verb

    async def _end(self, proposal: Proposal, outcome: str, who: str, why: str) -> ProposalView:
        self._decide(proposal, outcome, who, why)
        await self._engine.committer.flush()
        return _view(proposal)

    def _decide(self, proposal: Proposal, outcome: str, who: str, why: str) -> None:
        now, number = time_ns(), proposal.action.proposal_no
        if who:
            told = {"proposal": key_of(number), "verb": proposal.action.verb}
            self._engine.operator(action(who, why, f"approvals {outcome}", **told), now)
        self._engine.event(ProposalDecided(number, outcome, who, why), now)
        alarm = alarm_key(WANTED, _wanted(proposal))
        if alarm in self._engine.core.state.alarms:
            self._engine.event(AlarmAcknowledged(alarm, who, outcome), now)

    def expire_proposals(self, now: int) -> None:
        """End those that nobody has decided in time."""
        for proposal in self._engine.core.state.operators.proposals.overdue(now):
            self._decide(proposal, EXPIRED, "", "nobody has decided in time")


def key_of(number: int) -> str:
    """What operators call a proposal."""
    return f"P-{number}"


def _wanted(proposal: Proposal) -> str:
    """The alarm for it, which is in sight until it is decided."""
    asked = proposal.action
    return f"{key_of(asked.proposal_no)}: {asked.who} asks for `{asked.verb}`: {asked.why}"


def _own(key: str) -> DeskError:
    told = f"{key} is your own: somebody else has to decide"
    return DeskError("OWN_PROPOSAL", told, "`fixgate approvals withdraw` takes it back", 403)


def _asker_may_not(key: str, error: DeskError) -> DeskError:
    text = f"who asked for {key} may not have it: {error.text}"
    return DeskError(error.code, text, f"`fixgate approvals refuse {key}` ends it", error.status)


def _view(proposal: Proposal) -> ProposalView:
    asked, decision = proposal.action, proposal.decision
    return ProposalView(
        key=key_of(asked.proposal_no),
        verb=asked.verb,
        arguments=json.loads(asked.arguments),
        who=asked.who,
        why=asked.why,
        proposed_ns=proposal.proposed_ns,
        expires_ns=asked.expires_ns,
        state=decision.outcome if decision is not None else "waiting",
        decided_by=decision.who if decision is not None else "",
        decided_why=decision.why if decision is not None else "",
        decided_ns=proposal.decided_ns,
    )
