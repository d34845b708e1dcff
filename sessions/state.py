"""The states of a session, and which may follow which. Illegal moves are absent.

Two more facts live beside the state because they are independent of it: the open range of a
ResendRequest(2) we sent (sequence.Gap) and the replay we serve (replay.Replay).
"""

from types import MappingProxyType
from typing import Final

LATENT: Final = "LATENT"  # no connection
LOGON_AWAITED: Final = "LOGON_AWAITED"  # acceptor: connected, the first message must be a Logon
LOGON_SENT: Final = "LOGON_SENT"  # initiator: our Logon is out, its answer is due
LOGGED_ON: Final = "LOGGED_ON"
PENDING_TIMEOUT: Final = "PENDING_TIMEOUT"  # logged on, the peer is silent, a TestRequest is out
LOGOUT_PENDING: Final = "LOGOUT_PENDING"  # the peer's Logout waits for a gap before it to be filled
LOGOUT_SENT: Final = "LOGOUT_SENT"  # we asked for the end, the peer's Logout is due
LOGOUT_ANSWERED: Final = "LOGOUT_ANSWERED"  # both Logouts are out, the peer closes
CLOSING: Final = "CLOSING"  # we are closing the connection; what still comes is discarded
OUT_OF_SCHEDULE: Final = "OUT_OF_SCHEDULE"  # LATENT, and no logon is wanted before it opens
DISABLED: Final = "DISABLED"  # no connection is wanted until an operator enables the session

_ENDS: Final = (CLOSING, LATENT, DISABLED)  # the connection may be closed or lost at any time

MOVES: Final = MappingProxyType(
    {
        LATENT: frozenset((LOGON_AWAITED, LOGON_SENT, OUT_OF_SCHEDULE, DISABLED)),
        OUT_OF_SCHEDULE: frozenset(
            (LATENT, LOGON_AWAITED, DISABLED)  # a Logon is awaited to be refused with a reason
        ),
        LOGON_AWAITED: frozenset((LOGGED_ON, *_ENDS)),
        LOGON_SENT: frozenset((LOGGED_ON, *_ENDS)),
        LOGGED_ON: frozenset(
            (PENDING_TIMEOUT, LOGOUT_PENDING, LOGOUT_SENT, LOGOUT_ANSWERED, *_ENDS)
        ),
        PENDING_TIMEOUT: frozenset(
            (LOGGED_ON, LOGOUT_PENDING, LOGOUT_SENT, LOGOUT_ANSWERED, *_ENDS)
        ),
        LOGOUT_PENDING: frozenset((LOGOUT_SENT, LOGOUT_ANSWERED, *_ENDS)),
        LOGOUT_SENT: frozenset(_ENDS),
        LOGOUT_ANSWERED: frozenset(_ENDS),
        CLOSING: frozenset((LATENT, DISABLED)),
        DISABLED: frozenset((LATENT,)),
    }
)
"""State to the states that may follow it."""

BEFORE_LOGON: Final = frozenset((LOGON_AWAITED, LOGON_SENT))
"""There is a connection, and nobody has shown who it is."""

IN_SESSION: Final = frozenset((LOGGED_ON, PENDING_TIMEOUT, LOGOUT_PENDING))
"""Both sides are logged on; application messages flow."""

ESTABLISHED: Final = IN_SESSION | {LOGOUT_SENT, LOGOUT_ANSWERED}
"""Both sides have logged on, and the connection stands."""

REPLACEABLE: Final = ESTABLISHED | {CLOSING}
"""There is a connection that may be as good as dead."""

CONNECTED: Final = frozenset(MOVES) - {LATENT, OUT_OF_SCHEDULE, CLOSING, DISABLED}
"""There is a connection, and what comes over it counts."""

UNCONNECTED: Final = frozenset((LATENT, OUT_OF_SCHEDULE, DISABLED))
"""There is no connection."""
