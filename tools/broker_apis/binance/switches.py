"""The simulator's switches: what Binance leaves open, does by account, or may change."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

SWITCHES: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "key_id": "BINANCESIMULATOR",
        "secret_key": "simulator-secret",  # of HMAC-SHA256
        "public_key": "",  # PEM of an Ed25519 key; signatures are by it then, and no other
        "weight_per_min": 6000,
        "orders_per_10s": 100,
        "orders_per_day": 200_000,
        "ban_after": 20,  # requests after a 429 that are still answered by one; then 418
        "ban_s": 120,
        "balances": {"USDT": "1000000000"},
        "commission_rate": "0.001",
        "commission_asset": "",  # "": what is received; else an asset that all of it is paid in
        "canceled_id": "original",  # or "cancel": clientOrderId of a canceled order in queries
        "engine_delay_s": 0.0,  # from arrival to the second look at timestamp and recvWindow
        "stream_lives_s": 86400,
        "ping_every_s": 20,
        "pong_within_s": 60,
        "random_partials": 0.0,  # share of marketable orders that are filled in two parts
    }
)
