"""Who talks to whom, and how: the settings of one link."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

INITIATOR: Final = "initiator"
ACCEPTOR: Final = "acceptor"


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerSettings:
    """One FIX session as seen from our side."""

    role: str
    begin_string: str
    sender: str
    target: str
    heart_bt_int_s: int = 30
    username: str = ""
    password: str = ""
    reset_on_logon: bool = False
    """Initiator: the first Logon(A) asks for ResetSeqNumFlag(141)."""
    answer_timeout_s: float = 10.0
    """How long to wait for the other's Logon(A) or Logout(5)."""
