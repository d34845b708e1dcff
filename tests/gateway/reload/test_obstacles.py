"""What must be over before another configuration can be in force."""

from __future__ import annotations

from gateway.known_links import definition
from gateway.reload.obstacles import still_ending
from gateway.risk.limits import LimitTable
from gateway.state import State
from tests.gateway.config_files import ACME_CLIENT as ACME


def test_a_session_comes_again_when_its_connection_is_gone() -> None:
    state = State(LimitTable([]), 10)
    fact = definition(ACME)
    fact.number = 7
    state.apply(fact, 0, b"")
    (told,) = still_ending([ACME], state, {7: "still closing", 8: "with other CompIDs"})
    assert told == "ACME: is still being logged out: reload again in a few seconds"
    assert not list(still_ending([ACME], state, {8: "with other CompIDs"}))
    other = ACME.model_copy(update={"target_comp_id": "OTHER"})
    assert not list(still_ending([other], state, {7: "still closing"}))
