"""What a session counts while it runs: messages, rejects, resends, ends of connections, round trip.

Plain numbers since the process began, for whoever watches; nothing is decided by them. Names that
a peer chooses are bounded, so that counting them cannot fill memory.
"""

from typing import Final

from sessions.message import Message

# Why connections of a session ended. What came first counts: a Logout(5) that answers ours is ours.
LOGOUT: Final = "logout"  # the peer logged out
OPERATOR: Final = "operator"  # an operator's doing, or the end of the process
SCHEDULE: Final = "schedule"  # the schedule is closed, or its numbers begin anew
REFUSED: Final = "refused"  # there was no logon
SILENT: Final = "silent"  # the peer did not answer a TestRequest(1)
PROTOCOL: Final = "protocol"  # the peer broke a rule that ends a session
LIMIT: Final = "limit"  # the peer went beyond a setting
SLOW: Final = "slow"  # the peer did not read what we sent
REPLACED: Final = "replaced"  # another connection took its place
CLOSED: Final = "closed"  # by the peer, without a Logout(5)
LOST: Final = "lost"  # an error of the network
CAUSES: Final = (
    *(LOGOUT, OPERATOR, SCHEDULE, REFUSED, SILENT, PROTOCOL, LIMIT, SLOW, REPLACED, CLOSED),
    LOST,
)

REASONS: Final = {"3": "373", "9": "102", "j": "380"}
"""MsgType(35) of rejects to the tag that says why."""

OTHER: Final = "other"
NAMES_MAX: Final = 64  # of one kind that are told apart
_NAME_LENGTH_MAX: Final = 8


class Counts:
    """The numbers of one session. `received` and `sent` are by MsgType(35), rejects apart from them
    by "MsgType TAG=REASON"; who counts a message does it in place, and calls `first_...` for a
    type that is not there: what happens six times an order must cost next to nothing.

    `refused`: orders and requests, by the owner's code. `limits`: how often the peer reached one,
    by the name of its setting. `kept`: messages that got their number while the peer was not logged
    on. `round_trip_ns`: from the last TestRequest(1) that was answered to its answer; 0 for none
    yet.
    """

    __slots__ = (
        "ends",
        "garbled",
        "kept",
        "limits",
        "received",
        "refused",
        "rejects_received",
        "rejects_sent",
        "resent",
        "round_trip_ns",
        "sent",
    )

    def __init__(self) -> None:
        self.received: dict[str, int] = {}
        self.sent: dict[str, int] = {}
        self.rejects_received: dict[str, int] = {}
        self.rejects_sent: dict[str, int] = {}
        self.refused: dict[str, int] = {}
        self.limits: dict[str, int] = {}
        self.ends: dict[str, int] = {}
        self.garbled = 0
        self.resent = 0
        self.kept = 0
        self.round_trip_ns = 0

    def first_received(self, message: Message) -> None:
        """Count a message whose type is not in `received`."""
        tag = REASONS.get(message.msg_type)
        if tag is None:
            count(self.received, _name(message.msg_type))
        else:
            reason = message.fields.get(tag, "")
            count(self.rejects_received, _reject(message.msg_type, tag, reason))

    def first_sent(self, msg_type: str, body: str) -> None:
        """Count a message whose type is not in `sent`; `body` as it stands in the message."""
        tag = REASONS.get(msg_type)
        if tag is None:
            count(self.sent, msg_type)
        else:
            _, _, rest = f"\x01{body}".partition(f"\x01{tag}=")
            count(self.rejects_sent, _reject(msg_type, tag, rest.partition("\x01")[0]))

    def all_received(self) -> dict[str, int]:
        """Messages received by MsgType(35), with rejects."""
        return _with_rejects(self.received, self.rejects_received)

    def all_sent(self) -> dict[str, int]:
        """Messages sent by MsgType(35), with rejects, without those sent again."""
        return _with_rejects(self.sent, self.rejects_sent)


def count(counts: dict[str, int], name: str) -> None:
    """One more of this name; of too many names "other"."""
    if name not in counts and len(counts) >= NAMES_MAX:
        name = OTHER
    counts[name] = counts.get(name, 0) + 1


def _name(text: str) -> str:
    short = len(text) <= _NAME_LENGTH_MAX and text.isascii() and text.isalnum()
    return text if short else OTHER


def _reject(msg_type: str, tag: str, reason: str) -> str:
    return f"{msg_type} {tag}={_name(reason)}" if reason else msg_type


def _with_rejects(messages: dict[str, int], rejects: dict[str, int]) -> dict[str, int]:
    found = dict(messages)
    for name, number in rejects.items():
        msg_type = name.partition(" ")[0]
        found[msg_type] = found.get(msg_type, 0) + number
    return dict(sorted(found.items()))
