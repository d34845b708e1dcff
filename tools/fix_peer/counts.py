"""Counters of one link: every FIX message that came in or went out, and what was odd about it.

Plain numbers, changed by the session, read by whoever compares them with a record of messages.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

PROBLEMS_MAX: Final = 100


@dataclass(slots=True)
class LinkCounts:
    """Messages in and out, session and application alike, resent ones too."""

    messages_in: int = 0
    messages_out: int = 0
    in_by_type: Counter[str] = field(default_factory=Counter)
    out_by_type: Counter[str] = field(default_factory=Counter)
    connections: int = 0
    logons: int = 0
    poss_dup_in: int = 0
    """Messages with PossDupFlag(43), taken or not."""
    repeated_in: int = 0
    """Messages with PossDupFlag(43) that had been taken before, and were dropped."""
    resent_out: int = 0
    """Application messages sent again with PossDupFlag(43)."""
    gap_fills_out: int = 0
    gaps_in: int = 0
    """Times that numbers were missing and asked for."""
    broken_in: int = 0
    """Bytes that were no message: wrong length, wrong checksum, no field."""
    unsent: int = 0
    """Messages numbered but not written, because no peer was logged on; it may ask for them."""
    logout_texts: list[str] = field(default_factory=list)
    """Text(58) of every Logout(5) that came after the logon."""
    problems: list[str] = field(default_factory=list)
    """What the peer did against the protocol; empty when all is well."""

    def came(self, msg_type: str, poss_dup: bool) -> None:
        """A whole message was read."""
        self.messages_in += 1
        self.in_by_type[msg_type] += 1
        self.poss_dup_in += poss_dup

    def went(self, msg_type: str) -> None:
        """A message was handed to the socket."""
        self.messages_out += 1
        self.out_by_type[msg_type] += 1

    def problem(self, text: str) -> None:
        """Keep a fault of the peer; the first hundred are enough."""
        if len(self.problems) < PROBLEMS_MAX:
            self.problems.append(text)

    def as_dict(self) -> dict[str, Any]:
        """All of it, ready for JSON."""
        values = {name: getattr(self, name) for name in self.__slots__}
        values["in_by_type"] = dict(sorted(self.in_by_type.items()))
        values["out_by_type"] = dict(sorted(self.out_by_type.items()))
        return values
