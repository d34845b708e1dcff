"""How the broker simulator behaves: connection, pace, fills, and the trouble it makes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from tools.fix_peer import ACCEPTOR, SAMPLE_PRICES, PeerSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerSettings:
    """Everything that can be chosen. Rates are between 0 and 1, rolled by `seed` an order."""

    host: str = "127.0.0.1"
    port: int = 0
    """0 takes a free port; `BrokerSimulator.port` tells which."""
    begin_string: str = "FIX.4.4"
    sender: str = "SIM"
    target: str = "FIXGATE"
    username: str = ""
    password: str = ""
    """When given, Logon(A) must carry them."""

    ack_delay_ms: float = 0
    """From a request to its answer."""
    fill: str = "full"
    """full, none, half, random, or partial:N (N fills that make up the whole)."""
    fill_delay_ms: float = 0
    """Before each fill."""
    slow_ms: float = 1000
    """The answer's delay in scenario SLOW."""
    mass_status: bool = False
    """Answer OrderMassStatusRequest(AF)."""
    positions: Mapping[str, Decimal] | None = None
    """Answer RequestForPositions(AN) with these, by "ACCOUNT:SYMBOL", and what was executed."""
    quotes: Mapping[str, tuple[Decimal, Decimal]] = field(default_factory=dict)
    """Answer MarketDataRequest(V) with these bids and asks, by Symbol(55)."""
    pending_acks: bool = False
    """Send Pending New, Pending Cancel and Pending Replace before the outcome."""

    reject_rate: float = 0
    """New orders refused."""
    disconnect_every: int = 0
    """Cut the connection at every N-th application message received; 0: never."""
    duplicate_rate: float = 0
    """Fills reported twice: plainly, with PossResend(97), or with PossDupFlag(43)."""
    reorder_rate: float = 0
    """Reports that are sent after the next one of their order."""
    late_fill_rate: float = 0
    """Cancels that are followed by a fill that had already happened."""
    seed: int = 1

    prices: Mapping[str, Decimal] = field(default_factory=lambda: SAMPLE_PRICES)
    """Execution price by Symbol(55), for orders without Price(44)."""
    price_default: Decimal = Decimal(100)
    scenarios: Mapping[str, str] = field(default_factory=dict)
    """Scenario word by Symbol(55); a word in Text(58) comes first."""
    scenario: Callable[[Mapping[str, str]], str] | None = None
    """For scripts: from the fields of D or G to a scenario word, or "" for none; asked first."""

    state: Path | None = None
    """Folder that keeps numbers, messages and so the orders over a restart."""
    json_log: Path | None = None
    """File that gets a JSON line for every request received and execution made."""

    def peer(self) -> PeerSettings:
        """The FIX session of these settings."""
        return PeerSettings(
            role=ACCEPTOR,
            begin_string=self.begin_string,
            sender=self.sender,
            target=self.target,
            username=self.username,
            password=self.password,
        )
