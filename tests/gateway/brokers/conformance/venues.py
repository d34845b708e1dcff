"""The APIs that the suite is run against, each with its simulator. To add one: an entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tools.broker_apis import APIS, Settings, Simulator

SECRET: Final = "simulator-secret"


@dataclass(frozen=True, kw_only=True)
class Venue:
    """`urls`: the settings that are the simulator's URL; `own`: others that this API alone has.
    `unknown`: a symbol that it lacks; `odd_price`: one with more decimals than it takes. The paths
    are patterns of its requests, as faults name them.
    """

    name: str
    urls: tuple[str, ...] = ("base_url",)
    own: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=lambda: {"SECRET": SECRET})
    unknown: str = "NO/SUCH"
    odd_price: str
    symbol: str = "AAPL"
    price: str = "187.50"
    quantity: int = 100
    place: Mapping[str, str]
    cancel: Mapping[str, str]
    replace: Mapping[str, str]
    query: Mapping[str, str]
    stream: str
    fill: str
    """The event of the stream that tells a fill, a pattern."""
    switches: Mapping[str, Any] = field(default_factory=dict)
    time_in_force: str = "0"

    def simulator(self) -> Simulator:
        """Its broker, which tells more than anybody knows of."""
        switches = {"extra_fields": True, **self.switches}
        return Simulator(APIS[self.name], Settings(switches=switches))

    def broker(self, url: str) -> dict[str, Any]:
        """The gateway's settings for its simulator at a URL."""
        return {**SETTINGS, "type": self.name, **self.own, **dict.fromkeys(self.urls, url)}


SETTINGS: Final[Mapping[str, Any]] = {
    "name": "BROKER",
    "account": "ACME-1",
    "secret": "env:SECRET",
    "request_timeout_s": 1.0,
    "not_found_after_s": 1.5,
    "reconnect_min_s": 0.05,
    "reconnect_max_s": 0.2,
}
"""Of every API."""


VENUES: Final[Mapping[str, Venue]] = {
    "alpaca": Venue(
        name="alpaca",
        urls=("base_url", "data_url"),
        own={"key_id": "PKSIMULATOR", "requests_per_min": 100_000},
        unknown="NOSUCH",
        odd_price="187.5012",
        place={"method": "POST", "path": "/v2/orders"},
        cancel={"method": "DELETE", "path": "/v2/orders/*"},
        replace={"method": "PATCH", "path": "/v2/orders/*"},
        query={"method": "GET", "path": "/v2/orders:by_client_order_id*"},
        stream="trade_updates",
        fill="*fill",
        switches={"rate_limit_per_min": 100_000, "cash": "1000000000"},
    ),
    "oanda": Venue(
        name="oanda",
        own={"account_id": "101-001-1234567-001"},
        odd_price="1.08000001",
        symbol="EUR/USD",
        price="1.08",
        place={"method": "POST", "path": "*/orders"},
        cancel={"method": "PUT", "path": "*/cancel"},
        replace={"method": "PUT", "path": "*/orders/*[0-9]"},
        query={"method": "GET", "path": "*/orders/*"},
        stream="transactions",
        fill="ORDER_FILL",
        switches={"token": SECRET},
    ),
    "binance": Venue(
        name="binance",
        urls=("base_url", "stream_url", "data_url"),
        own={"key_id": "BINANCESIMULATOR"},
        odd_price="187.5012",
        symbol="SOL/USDT",
        place={"method": "POST", "path": "/api/v3/order"},
        cancel={"method": "DELETE", "path": "/api/v3/order"},
        replace={"method": "POST", "path": "/api/v3/order/cancelReplace"},
        query={"method": "GET", "path": "/api/v3/order"},
        stream="user_data",
        fill="TRADE",
        switches={"secret_key": SECRET, "commission_rate": "0"},
        time_in_force="1",
    ),
}
