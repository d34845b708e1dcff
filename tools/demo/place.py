"""The folder of a demo: configuration, instruments, prices and a key that seals the record, and
later journal, seals and database.

Owns what stands in the files, and that nothing is left behind unless it is to be kept.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from time import time_ns
from typing import Final

from gateway.config.toml_text import toml_text
from gateway.seals.keys import KEYS_FOLDER, KeyFolder
from tools.demo.brokers import DemoBroker
from tools.demo.errors import FolderError
from tools.demo.market import Traded

RESTRICTED: Final = "GME"
UNPRICED: Final = "NEWCO"
CONFIG: Final = "fixgate.toml"
_SOCKET: Final = "control.sock"
_SOCKET_PATH_MAX: Final = 107  # bytes, a limit of Unix sockets
_TEMPORARY: Final = "fixgate-demo-"

_CONFIG_TEXT: Final = """\
# The gateway of `fixgate demo`. `fixgate init` writes a configuration with every setting explained.

[gateway]
data_dir = "."
drain_deadline_s = 5.0
clock_unsynchronised = "record"

[journal]
segment_mb = 4

[log]
format = "json"

[[listeners]]
host = "127.0.0.1"
port = 0 # the system chooses

[[clients]]
name = "ACME"
begin_string = "FIX.4.4"
sender_comp_id = "FIXGATE"
target_comp_id = "ACME"
accounts = ["ACME-1"]
default_account = "ACME-1"

[[clients]]
name = "BETA"
begin_string = "FIX.4.2"
sender_comp_id = "FIXGATE"
target_comp_id = "BETA"
accounts = ["BETA-1"]
default_account = "BETA-1"

[[routes]]
name = "all"
broker = "SIM"

[risk]
currency = "USD"

[[risk.limits]]
scope = "firm"
instrument_known = "on"
max_quantity = {max_quantity}
max_notional = {max_notional}
price_collar_pct = 5
max_open_orders = 1000
max_open_notional = 50_000_000
max_gross_notional = 200_000_000
max_credit = 50_000_000
max_daily_loss = "off"
order_rate_per_s = 200
order_burst = 400
duplicate_window_s = 1
duplicate_max = 1

[[brokers]]
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the demo's files are. `socket` is the gateway's control socket."""

    folder: Path
    socket: Path
    kept: bool

    @property
    def config(self) -> Path:
        """The gateway's configuration."""
        return self.folder / CONFIG

    @property
    def log(self) -> Path:
        """What the gateway says."""
        return self.folder / "gateway.log"

    @property
    def database_url(self) -> str:
        """The audit database."""
        return f"sqlite:///{self.folder / 'audit.db'}"

    def write(self, broker: DemoBroker) -> None:
        """Write the gateway's files."""
        market = broker.market
        time = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        none = Traded(symbol="", price=Decimal(25))
        rows = [
            *((one.symbol, one, "no") for one in market.traded),
            (RESTRICTED, none, "yes"),
            (UNPRICED, none, "no"),
        ]
        instruments = "".join(
            f"{symbol},CS,USD,{one.tick:f},{one.lot:f},1,{restricted}\n"
            for symbol, one, restricted in rows
        )
        closes = "".join(
            f"{symbol},{one.price},{time}\n" for symbol, one, _ in rows if symbol != UNPRICED
        )
        head = "symbol,security_type,currency,tick_size,lot_size,multiplier,restricted\n"
        text = _CONFIG_TEXT.format(
            max_quantity=market.max_quantity, max_notional=market.max_notional
        )
        settings = [f"{name} = {toml_text(value)}\n" for name, value in broker.settings().items()]
        self.config.write_text(text + "".join(settings))
        (self.folder / "instruments.csv").write_text(head + instruments)
        (self.folder / "closes.csv").write_text("symbol,price,time\n" + closes)
        KeyFolder(self.folder / KEYS_FOLDER).new(time_ns())


@contextmanager
def placed(keep: Path | None) -> Iterator[Place]:
    """A temporary folder that is gone afterwards, or `keep`, which must be new or empty."""
    temporary = Path(tempfile.mkdtemp(prefix=_TEMPORARY))
    try:
        folder = temporary if keep is None else _empty(keep)
        short = len(os.fsencode(folder / _SOCKET)) <= _SOCKET_PATH_MAX
        yield Place(folder, (folder if short else temporary) / _SOCKET, keep is not None)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _empty(folder: Path) -> Path:
    folder = folder.absolute()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FolderError(f"{folder}: must be a new or empty folder; name another with --keep")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
