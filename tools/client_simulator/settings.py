"""How the client simulator behaves: connection, what it orders, how fast, and when it drops out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Final

from tools.fix_peer import INITIATOR, SAMPLE_PRICES, PeerSettings

ABORT: Final = "abort"
HALF: Final = "half"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSettings:
    """Everything that can be chosen."""

    host: str = "127.0.0.1"
    port: int = 0
    begin_string: str = "FIX.4.4"
    sender: str = "ACME"
    target: str = "FIXGATE"
    username: str = ""
    password: str = ""
    heart_bt_int_s: int = 30
    reset_on_logon: bool = False
    """The first Logon(A) asks to begin both numbers at 1."""
    reconnect_first_s: float = 0.1
    reconnect_max_s: float = 5.0
    """Waits between attempts: doubled each time, with jitter."""

    orders: int = 0
    """New orders to send by itself; 0: only what is asked for by method calls."""
    rate: float = 0
    """New orders a second; 0: as fast as answers come."""
    window: int = 100
    """New orders without an answer, at most."""
    mix: Mapping[str, int] = field(default_factory=lambda: {"limit": 1})
    """Weights of the stories (stories.py) that orders are drawn from."""
    symbols: tuple[str, ...] = ("AAPL",)
    prices: Mapping[str, Decimal] = field(default_factory=lambda: SAMPLE_PRICES)
    """Limit prices are drawn around these, by Symbol(55)."""
    price_default: Decimal = Decimal(100)
    tick: Decimal = Decimal("0.01")
    lot: Decimal = Decimal(100)
    """Quantities are one to ten lots."""
    oversize: Decimal = Decimal(10_000_000)
    """The quantity of story "oversize", meant to break a risk limit."""
    account: str = ""
    id_prefix: str = ""
    """Of ClOrdIDs; empty: the sender and the time of the start, so that two runs never collide."""
    seed: int = 1

    drop_after: int = 0
    """Cut the connection once, after this many new orders; 0: never."""
    drop_kind: str = ABORT
    """abort: like a pulled cable; half: end our direction, read what still comes."""
    cancel_open: bool = True
    """At the end cancel what is still open."""
    quiet_s: float = 0.5
    """So long without a report means that no more is to be expected."""
    state: Path | None = None
    """Folder that keeps numbers and messages over a restart."""

    def peer(self) -> PeerSettings:
        """The FIX session of these settings."""
        return PeerSettings(
            role=INITIATOR,
            begin_string=self.begin_string,
            sender=self.sender,
            target=self.target,
            heart_bt_int_s=self.heart_bt_int_s,
            username=self.username,
            password=self.password,
            reset_on_logon=self.reset_on_logon,
        )
