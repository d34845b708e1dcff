"""What happens to which message in which state: the whole protocol on one page.

Rows are kinds of messages, columns how their MsgSeqNum(34) compares to the expected one. Messages
reach the table when they are sound and from the right peer (sessions.checks, sessions.logon).
States without a connection are absent: there is nothing to receive.
"""

from types import MappingProxyType
from typing import Final

from sessions.conversation import (
    APP,
    GAP_FILL,
    HEARTBEAT,
    LOGON,
    LOGON_RESET,
    LOGOUT,
    REJECT,
    RESEND_REQUEST,
    RESET,
    TEST_REQUEST,
    Arrival,
    Conversation,
    Handler,
)
from sessions.effects import Effect
from sessions.handlers import (
    gap_fill,
    gap_fill_again,
    ignore,
    logon_again,
    logout_answered,
    logout_any_number,
    logout_early,
    sequence_reset,
    serve_early,
    serve_last,
    serve_low,
    stash,
    take,
    take_quietly,
    too_low,
)
from sessions.logon import (
    accept,
    accept_early,
    confirmed,
    confirmed_early,
    logon_too_low,
    refused,
    reset_in_session,
    unexpected,
)
from sessions.sequence import relation
from sessions.state import (
    LOGGED_ON,
    LOGON_AWAITED,
    LOGON_SENT,
    LOGOUT_ANSWERED,
    LOGOUT_PENDING,
    LOGOUT_SENT,
    PENDING_TIMEOUT,
)

Row = tuple[Handler, Handler, Handler, Handler]


def _always(handler: Handler) -> Row:
    return handler, handler, handler, handler


# fmt: off
#                    low                low, 43=Y       expected      high
_AWAITED: Final[dict[str, Row]] = {
    LOGON:          (logon_too_low,     unexpected,     accept,       accept_early),
    LOGON_RESET:    (logon_too_low,     unexpected,     accept,       accept_early),
    HEARTBEAT:      _always(unexpected),
    TEST_REQUEST:   _always(unexpected),
    RESEND_REQUEST: _always(unexpected),
    REJECT:         _always(unexpected),
    RESET:          _always(unexpected),
    GAP_FILL:       _always(unexpected),
    LOGOUT:         _always(unexpected),
    APP:            _always(unexpected),
}
_SENT: Final[dict[str, Row]] = {
    LOGON:          (logon_too_low,     unexpected,     confirmed,    confirmed_early),
    LOGON_RESET:    (logon_too_low,     unexpected,     confirmed,    confirmed_early),
    HEARTBEAT:      _always(unexpected),
    TEST_REQUEST:   _always(unexpected),
    RESEND_REQUEST: _always(unexpected),
    REJECT:         _always(refused),
    RESET:          _always(unexpected),
    GAP_FILL:       _always(unexpected),
    LOGOUT:         _always(refused),
    APP:            _always(unexpected),
}
_ESTABLISHED: Final[dict[str, Row]] = {
    LOGON:          _always(logon_again),
    LOGON_RESET:    _always(reset_in_session),
    HEARTBEAT:      (too_low,           ignore,         take,         stash),
    TEST_REQUEST:   (too_low,           ignore,         take,         stash),
    RESEND_REQUEST: (serve_low,         ignore,         take,         serve_early),
    REJECT:         (too_low,           ignore,         take,         stash),
    RESET:          _always(sequence_reset),
    GAP_FILL:       (too_low,           gap_fill_again, gap_fill,     stash),
    LOGOUT:         (logout_any_number, ignore,         take,         logout_early),
    APP:            (too_low,           ignore,         take,         stash),
}
_LOGGING_OUT: Final[dict[str, Row]] = {  # our Logout is out: what comes in order is still taken
    LOGON:          _always(ignore),
    LOGON_RESET:    _always(ignore),
    HEARTBEAT:      (ignore,            ignore,         take_quietly, ignore),
    TEST_REQUEST:   (ignore,            ignore,         take_quietly, ignore),
    RESEND_REQUEST: (ignore,            ignore,         serve_last,   serve_last),
    REJECT:         (ignore,            ignore,         take_quietly, ignore),
    RESET:          _always(sequence_reset),
    GAP_FILL:       (ignore,            ignore,         gap_fill,     ignore),
    LOGOUT:         _always(logout_answered),
    APP:            (ignore,            ignore,         take_quietly, ignore),
}
# fmt: on
_OVER: Final[dict[str, Row]] = {kind: _always(ignore) for kind in _ESTABLISHED}

TABLE: Final = MappingProxyType(
    {
        LOGON_AWAITED: _AWAITED,
        LOGON_SENT: _SENT,
        LOGGED_ON: _ESTABLISHED,
        PENDING_TIMEOUT: _ESTABLISHED,
        LOGOUT_PENDING: _ESTABLISHED,
        LOGOUT_SENT: _LOGGING_OUT,
        LOGOUT_ANSWERED: _OVER,
    }
)
"""State to kind to the handlers of LOW, DUPLICATE, EQUAL and HIGH."""


def dispatch(conversation: Conversation, arrival: Arrival, out: list[Effect]) -> None:
    """Have the message handled."""
    row = TABLE[conversation.state][arrival.kind]
    column = relation(arrival.seq, conversation.numbers.next_in, arrival.duplicate)
    row[column](conversation, arrival, out)
