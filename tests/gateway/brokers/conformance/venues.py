"""The APIs that the suite is run against, each with its simulator. To add one: an entry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tools.broker_apis import APIS, Settings, Simulator

SECRET: Final = "simulator-secret"


@dataclass(frozen=True, kw_only=True)
class Venue:
    """`broker`: the gateway's settings for a simulator at a URL; `environment`: of its process.
    The paths are patterns of the API's requests, as faults name them.
    """

    name: str
    broker: Callable[[str], dict[str, Any]]
    environment: Mapping[str, str] = field(default_factory=dict)
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
        """Its broker."""
        return Simulator(APIS[self.name], Settings(switches=self.switches))


def _alpaca(url: str) -> dict[str, Any]:
    return {
        "name": "BROKER",
        "type": "alpaca",
        "account": "ACME-1",
        "key_id": "PKSIMULATOR",
        "secret": "env:SECRET",
        "base_url": url,
        "data_url": url,
        "request_timeout_s": 1.0,
        "not_found_after_s": 1.5,
        "reconnect_min_s": 0.05,
        "reconnect_max_s": 0.2,
        "requests_per_min": 100_000,
    }


def _oanda(url: str) -> dict[str, Any]:
    return {
        "name": "BROKER",
        "type": "oanda",
        "account": "ACME-1",
        "account_id": "101-001-1234567-001",
        "secret": "env:SECRET",
        "base_url": url,
        "request_timeout_s": 1.0,
        "not_found_after_s": 1.5,
        "reconnect_min_s": 0.05,
        "reconnect_max_s": 0.2,
    }


def _binance(url: str) -> dict[str, Any]:
    return {
        "name": "BROKER",
        "type": "binance",
        "account": "ACME-1",
        "key_id": "BINANCESIMULATOR",
        "secret": "env:SECRET",
        "base_url": url,
        "stream_url": url,
        "data_url": url,
        "request_timeout_s": 1.0,
        "not_found_after_s": 1.5,
        "reconnect_min_s": 0.05,
        "reconnect_max_s": 0.2,
    }


def _ibkr(url: str) -> dict[str, Any]:
    return {
        "name": "BROKER",
        "type": "ibkr",
        "account": "ACME-1",
        "port": int(url.rpartition(":")[2]),
        "request_timeout_s": 1.0,
        "not_found_after_s": 1.5,
        "reconnect_min_s": 0.05,
        "reconnect_max_s": 0.2,
    }


VENUES: Final[Mapping[str, Venue]] = {
    "alpaca": Venue(
        name="alpaca",
        broker=_alpaca,
        environment={"SECRET": SECRET},
        place={"method": "POST", "path": "/v2/orders"},
        cancel={"method": "DELETE", "path": "/v2/orders/*"},
        replace={"method": "PATCH", "path": "/v2/orders/*"},
        query={"method": "GET", "path": "/v2/orders:by_client_order_id*"},
        stream="trade_updates",
        fill="*fill",
        switches={"rate_limit_per_min": 100_000, "cash": "1000000000"},
    ),
    "ibkr": Venue(
        name="ibkr",
        broker=_ibkr,
        place={"method": "placeOrder"},
        cancel={"method": "cancelOrder"},
        replace={"method": "modifyOrder"},
        query={"method": "reqAllOpenOrders"},
        stream="tws",
        fill="execDetails",
    ),
    "oanda": Venue(
        name="oanda",
        broker=_oanda,
        environment={"SECRET": SECRET},
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
        broker=_binance,
        environment={"SECRET": SECRET},
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
