"""Which errors that reach the event loop are faults of our own, and what then helps. Knows no
gateway.
"""

from collections.abc import Mapping
from typing import Any, Final

# What a loop names beside an error of the operating system that came out of none of our callbacks:
# a connection, a listening socket, or a task that decides nothing about orders.
ELSEWHERE: Final = frozenset({"transport", "socket", "future", "task"})


def is_fault(context: Mapping[str, Any]) -> bool:
    """Whether an event loop's context tells of an error that may have left half a decision.

    Every exception does but those of the operating system that the loop met itself. What a
    connection's handler raises comes as `sessions.errors.HandlerError`.
    """
    error = context.get("exception")
    if error is None:
        return False
    return not isinstance(error, OSError) or ELSEWHERE.isdisjoint(context)


def remedy(session: str) -> dict[str, str]:
    """What helps if the peer of a session, whose message made a fault, sends it after each start
    again and again.
    """
    command = f"fixgate sessions disable {session} --offline"
    return {"session": session, "remedy": f"if it fails so again: `{command}`, then start it"}
