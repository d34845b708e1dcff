"""Every cell of the table: each state, kind of message and relation of its number."""

from itertools import product

import pytest

from sessions.conversation import (
    APP,
    GAP_FILL,
    HEARTBEAT,
    KINDS,
    LOGON,
    LOGON_RESET,
    LOGOUT,
    REJECT,
    RESEND_REQUEST,
    RESET,
    TEST_REQUEST,
)
from sessions.effects import IN_STASHED, Effect, Inbound, NumbersSet, Outbound
from sessions.sequence import DUPLICATE, EQUAL, HIGH, LOW, Numbers
from sessions.session import Session
from sessions.state import (
    CONNECTED,
    LOGGED_ON,
    LOGON_AWAITED,
    LOGON_SENT,
    LOGOUT_ANSWERED,
    LOGOUT_PENDING,
    LOGOUT_SENT,
    PENDING_TIMEOUT,
)
from sessions.table import TABLE
from tests.sessions.sessions_under_test import (
    NOW,
    ORDER,
    Disconnect,
    ReplayBegun,
    delivered,
    logged_on,
    message,
    of,
    seconds,
    session,
)

NEXT = 10  # the expected number in every state
SEQS = {LOW: 4, DUPLICATE: 4, EQUAL: 10, HIGH: 14}
BODIES = {
    LOGON: ("A", "98=0|108=30|"),
    LOGON_RESET: ("A", "98=0|108=30|141=Y|"),
    HEARTBEAT: ("0", ""),
    TEST_REQUEST: ("1", "112=X|"),
    RESEND_REQUEST: ("2", "7=1|16=0|"),
    REJECT: ("3", "45=1|"),
    RESET: ("4", "36=20|"),
    GAP_FILL: ("4", "123=Y|36=20|"),
    LOGOUT: ("5", ""),
    APP: ("D", ORDER),
}

# What is seen of each cell, in the columns low, low with 43=Y, expected, high:
#   close: closed without a word      out: Logout and closed       wait: Logout, the answer is due
#   done: Logout answered             on: logged on                reset: new epoch, Logon answered
#   take: number consumed             deliver: consumed and delivered
#   keep: put behind a gap            ask: ResendRequest sent      serve: replay begun
#   beat: Heartbeat answered          jump: expected number set    -: recorded, nothing else
# fmt: off
AWAITED = {
    LOGON:          ("out",           "close",   "on take",         "on keep ask"),
    LOGON_RESET:    ("out",           "out",     "out",             "out"),
    HEARTBEAT:      ("close",         "close",   "close",           "close"),
    TEST_REQUEST:   ("close",         "close",   "close",           "close"),
    RESEND_REQUEST: ("close",         "close",   "close",           "close"),
    REJECT:         ("close",         "close",   "close",           "close"),
    RESET:          ("close",         "close",   "close",           "close"),
    GAP_FILL:       ("close",         "close",   "close",           "close"),
    LOGOUT:         ("close",         "close",   "close",           "close"),
    APP:            ("close",         "close",   "close",           "close"),
}
SENT = {
    **AWAITED,
    REJECT:         ("close",         "close",   "close take",      "close"),
    LOGOUT:         ("close",         "close",   "close take",      "close"),
}
ESTABLISHED = {
    LOGON:          ("wait",          "wait",    "wait take",       "wait"),
    LOGON_RESET:    ("out",           "out",     "out",             "out"),
    HEARTBEAT:      ("out",           "-",       "take",            "keep ask"),
    TEST_REQUEST:   ("out",           "-",       "take beat",       "keep ask"),
    RESEND_REQUEST: ("out",           "-",       "take serve",      "keep ask serve"),
    REJECT:         ("out",           "-",       "deliver",         "keep ask"),
    RESET:          ("jump",          "jump",    "jump",            "jump"),
    GAP_FILL:       ("out",           "-",       "jump",            "keep ask"),
    LOGOUT:         ("done",          "-",       "done take",       "keep ask"),
    APP:            ("out",           "-",       "deliver",         "keep ask"),
}
LOGGING_OUT = {
    LOGON:          ("-",             "-",       "-",               "-"),
    LOGON_RESET:    ("-",             "-",       "-",               "-"),
    HEARTBEAT:      ("-",             "-",       "take",            "-"),
    TEST_REQUEST:   ("-",             "-",       "take",            "-"),
    RESEND_REQUEST: ("-",             "-",       "take serve",      "serve"),
    REJECT:         ("-",             "-",       "deliver",         "-"),
    RESET:          ("jump",          "jump",    "jump",            "jump"),
    GAP_FILL:       ("-",             "-",       "jump",            "-"),
    LOGOUT:         ("close",         "close",   "close take",      "close"),
    APP:            ("-",             "-",       "deliver",         "-"),
}
# fmt: on
OVER = dict.fromkeys(BODIES, ("-", "-", "-", "-"))
EXPECTED = {
    LOGON_AWAITED: AWAITED,
    LOGON_SENT: SENT,
    LOGGED_ON: ESTABLISHED,
    PENDING_TIMEOUT: ESTABLISHED,
    LOGOUT_PENDING: ESTABLISHED,
    LOGOUT_SENT: LOGGING_OUT,
    LOGOUT_ANSWERED: OVER,
}


def in_state(state: str) -> Session:
    """A session in the state, expecting NEXT."""
    if state in (LOGON_AWAITED, LOGON_SENT):
        role = "acceptor" if state == LOGON_AWAITED else "initiator"
        one = session(Numbers(1, NEXT, 5), role=role)
        one.connected(NOW)
    else:
        one = logged_on(Numbers(1, NEXT - 1, 5))
        _lead(one, state)
    assert one.state == state
    assert one.numbers.next_in == NEXT
    return one


def _lead(one: Session, state: str) -> None:
    if state == PENDING_TIMEOUT:
        one.tick(NOW + seconds(36))
    elif state == LOGOUT_PENDING:
        one.receive(message("5", NEXT + 9), NOW)
        one.gap.close()  # so that this message's own request can be seen
        one.stash.clear()
    elif state == LOGOUT_SENT:
        one.logout("", NOW)
    elif state == LOGOUT_ANSWERED:
        one.receive(message("5", NEXT - 5), NOW)


def seen(one: Session, effects: list[Effect], seq: int, epoch: int) -> str:
    """The words for what happened."""
    types = [e.frame.split(b"\x0135=")[1][:1] for e in effects if isinstance(e, Outbound)]
    closed = bool(of(Disconnect, effects))
    words = []
    if b"5" in types:
        words.append("out" if closed else "wait" if one.state == LOGOUT_SENT else "done")
    elif closed:
        words.append("close")
    if b"A" in types:
        words.append("reset" if one.numbers.epoch != epoch else "on")
    elif one.state == LOGGED_ON and epoch == 0:
        words.append("on")
    jumped = bool(of(NumbersSet, effects))
    if delivered(effects):
        words.append("deliver")
    elif one.numbers.next_in == seq + 1 and seq == NEXT and not jumped:
        words.append("take")
    kept = any(e.flags == IN_STASHED for e in of(Inbound, effects))
    words += [
        word
        for word, true in (
            ("keep", kept),
            ("ask", b"2" in types),
            ("serve", bool(of(ReplayBegun, effects))),
            ("beat", b"0" in types),
            ("jump", jumped),
        )
        if true
    ]
    return " ".join(words) or "-"


CELLS = list(product(EXPECTED, BODIES, (LOW, DUPLICATE, EQUAL, HIGH)))


@pytest.mark.parametrize(("state", "kind", "column"), CELLS)
def test_every_cell(state: str, kind: str, column: int) -> None:
    one = in_state(state)
    msg_type, body = BODIES[kind]
    header = "43=Y|122=20261120-09:00:00|" if column == DUPLICATE else ""
    seq, now = SEQS[column], NOW + seconds(1)
    epoch = 0 if state == LOGON_SENT else one.numbers.epoch
    before = one.numbers.next_out
    effects = one.receive(message(msg_type, seq, header + body, now), now)
    assert seen(one, effects, seq, epoch) == EXPECTED[state][kind][column]
    frames = of(Inbound, effects)
    assert len(frames) == 1, "every message is recorded once"
    numbered = [e.seq for e in of(Outbound, effects)]
    assert numbered == list(range(before, one.numbers.next_out)), "numbers without a hole"


def test_the_table_has_every_state_with_a_connection_and_every_kind() -> None:
    assert set(TABLE) == CONNECTED == set(EXPECTED)
    kinds = {APP, GAP_FILL, LOGON_RESET, *KINDS.values()}
    assert all(set(rows) == kinds == set(EXPECTED[state]) for state, rows in TABLE.items())


def test_a_reset_in_session_with_number_1() -> None:
    one = in_state(LOGGED_ON)
    effects = one.receive(message("A", 1, BODIES[LOGON_RESET][1]), NOW)
    assert seen(one, effects, 1, 1) == "reset jump"
    assert one.numbers == Numbers(2, 2, 2)
