"""The text of a `fixgate.toml` for a test: two clients, one broker, limits that seldom bite."""

from __future__ import annotations

import random
import socket
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from gateway.config.toml_text import toml_text
from gateway.passwords import hash_password
from tools.fix_peer.settings import FIXT

FIRM = {
    "scope": "firm",
    "instrument_known": "on",
    "max_quantity": 100_000,
    "max_notional": 100_000_000,
    "price_collar_pct": 10,
    "max_open_orders": 100_000,
    "max_open_notional": "off",
    "max_gross_notional": "off",
    "max_credit": "off",
    "max_daily_loss": "off",
    "order_rate_per_s": "off",
    "duplicate_window_s": "off",
    "duplicate_max": "off",
}
PRICES = {"AAPL": "187.50", "MSFT": "412.10", "IBM": "231.40"}


def client(name: str, begin_string: str = "FIX.4.4", **more: Any) -> dict[str, Any]:
    """A `[[clients]]` entry: session NAME, account NAME-1."""
    return {
        "name": name,
        "begin_string": begin_string,
        "sender_comp_id": "FIXGATE",
        "target_comp_id": name,
        "accounts": [f"{name}-1"],
        "default_account": f"{name}-1",
        **more,
    }


def drop_copy(name: str, *of: str, **more: Any) -> dict[str, Any]:
    """A `[[drop_copies]]` entry: session NAME."""
    return {
        "name": name,
        "begin_string": "FIX.4.4",
        "sender_comp_id": "FIXGATE",
        "target_comp_id": name,
        "of": of or ("firm",),
        **more,
    }


def session(begin_string: str) -> dict[str, str]:
    """The settings that make a session one of this BeginString(8), as the simulators speak it."""
    version = {"default_appl_ver_id": "FIX.5.0SP2"} if begin_string == FIXT else {}
    return {"begin_string": begin_string, **version}


def fix_broker(port: int, **more: Any) -> dict[str, Any]:
    """A `[[brokers]]` entry for the broker simulator."""
    return {
        "name": "SIM",
        "type": "fix",
        "hosts": [f"127.0.0.1:{port}"],
        "begin_string": "FIX.4.4",
        "sender_comp_id": "FIXGATE",
        "target_comp_id": "SIM",
        "reconnect_min_s": 0.05,
        "reconnect_max_s": 0.2,
        **more,
    }


def paper_broker(**more: Any) -> dict[str, Any]:
    """A `[[brokers]]` entry in memory."""
    return {"name": "PAPER", "type": "paper", **more}


@cache
def password_hash(password: str) -> str:
    """What a `[[clients]]` entry keeps of a password."""
    return hash_password(password)


def free_port() -> int:
    """A port nobody listens on, below those the system gives to outgoing connections."""
    dice = random.SystemRandom()
    while True:
        port = dice.randrange(15_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def write(folder: Path, tables: Mapping[str, Any]) -> None:
    """Write `fixgate.toml`, instruments and prices."""
    write_config(folder, tables)
    write_reference(folder, PRICES)


def write_config(folder: Path, tables: Mapping[str, Any]) -> None:
    """Write `fixgate.toml`; a list is an array of tables. This machine's clock is of no concern."""
    parts = []
    process = {"clock_unsynchronised": "record", **tables.get("gateway", {})}
    for name, content in {**tables, "gateway": process}.items():
        for entry in content if isinstance(content, list) else [content]:
            head = f"[[{name}]]" if isinstance(content, list) else f"[{name}]"
            lines = [f"{key} = {toml_text(value)}" for key, value in entry.items()]
            parts.append("\n".join([head, *lines]))
    (folder / "fixgate.toml").write_text("\n\n".join(parts) + "\n")


def write_reference(folder: Path, prices: Mapping[str, str], tick: str = "0.01") -> None:
    """Write instruments with these prices, and GME, which is restricted."""
    rows = [f"{symbol},CS,USD,{tick},1,1,no" for symbol in prices]
    head = "symbol,security_type,currency,tick_size,lot_size,multiplier,restricted"
    restricted = "GME,CS,USD,0.01,1,1,yes"
    (folder / "instruments.csv").write_text("\n".join([head, *rows, restricted, ""]))
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    closes = [f"{symbol},{price},{now}" for symbol, price in {**prices, "GME": "20"}.items()]
    (folder / "closes.csv").write_text("\n".join(["symbol,price,time", *closes, ""]))
