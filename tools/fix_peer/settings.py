"""Who talks to whom, and how: the settings of one link."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

INITIATOR: Final = "initiator"
ACCEPTOR: Final = "acceptor"
FIXT: Final = "FIXT.1.1"
FIX50SP2: Final = "9"
"""ApplVerID of what is spoken over FIXT.1.1 here."""
BEGIN_STRINGS: Final = ("FIX.4.2", "FIX.4.4", FIXT)


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

    @property
    def default_appl_ver_id(self) -> str:
        """DefaultApplVerID(1137) of Logon(A), "" where the version has none."""
        return FIX50SP2 if self.begin_string == FIXT else ""
