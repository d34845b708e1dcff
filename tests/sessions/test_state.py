"""Which state may follow which."""

from itertools import product

import pytest

from sessions.config import SessionConfig
from sessions.conversation import Conversation
from sessions.dictionary import builtin
from sessions.effects import Effect, StateChanged
from sessions.sequence import Numbers
from sessions.state import (
    CONNECTED,
    DISABLED,
    IN_SESSION,
    LATENT,
    LOGGED_ON,
    MOVES,
    PENDING_TIMEOUT,
)

CONFIG = SessionConfig(
    begin_string="FIX.4.4", sender_comp_id="GATE", target_comp_id="PEER", role="acceptor"
)


def in_state(state: str) -> Conversation:
    conversation = Conversation(
        CONFIG, builtin("FIX44"), Numbers(), name="PEER", enabled=True, test_req_id=""
    )
    conversation.state = state
    return conversation


@pytest.mark.parametrize(("old", "new"), list(product(MOVES, MOVES)))
def test_every_pair_of_states(old: str, new: str) -> None:
    conversation = in_state(old)
    out: list[Effect] = []
    if new in MOVES[old]:
        conversation.move(new, "why", out)
        assert conversation.state == new
    else:
        with pytest.raises(AssertionError, match=f"session PEER: {old} to {new}"):
            conversation.move(new, "why", out)
        assert conversation.state == old
        assert not out


def test_a_move_is_told_unless_the_peer_stays_logged_on() -> None:
    for old, news in MOVES.items():
        for new in news:
            out: list[Effect] = []
            in_state(old).move(new, "why", out)
            told = [(e.old, e.new, e.why) for e in out if isinstance(e, StateChanged)]
            quiet = {old, new} == {LOGGED_ON, PENDING_TIMEOUT}
            assert told == ([] if quiet else [(old, new, "why")])


def test_every_state_can_be_left_and_reached_and_disabled() -> None:
    assert all(MOVES.values())
    assert set().union(*MOVES.values()) == set(MOVES)
    assert all(DISABLED in news for old, news in MOVES.items() if old != DISABLED)
    assert all(LATENT in news for old, news in MOVES.items() if old != LATENT)


def test_in_session_is_connected() -> None:
    assert IN_SESSION < CONNECTED < set(MOVES)
