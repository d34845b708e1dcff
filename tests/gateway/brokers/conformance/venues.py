"""The APIs that the suite is run against, each with its simulator. To add one: an entry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from tests.gateway.end_to_end.settings import free_port
from tools.broker_apis import APIS, Settings, Simulator
from tools.broker_apis.osengine import Terminal

SECRET: Final = "simulator-secret"
SLOW: Final = {"reconnect_min_s": 0.6, "reconnect_max_s": 0.6}


COMMON: Final[Mapping[str, Any]] = {
    "name": "BROKER",
    "account": "ACME-1",
    "secret": "env:SECRET",
    "request_timeout_s": 1.0,
    "not_found_after_s": 1.5,
    "order_age_max_s": 60,  # on a busy machine too
}
HTTP: Final = {**COMMON, "reconnect_min_s": 0.05, "reconnect_max_s": 0.2}


@dataclass(frozen=True, kw_only=True)
class Venue:
    """`urls`: the settings that are the simulator's URL, none where the simulator calls a port of
    the gateway's; `own`: others that this API alone has; `has_account`: it tells what is there.
    `unknown`: a symbol that it lacks; `odd_price`: one with more decimals than it takes. The paths
    are patterns of its requests, as faults name them.
    """

    name: str
    urls: tuple[str, ...] = ("base_url",)
    common: Mapping[str, Any] = field(default_factory=lambda: HTTP)
    has_account: bool = True
    own: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=lambda: {"SECRET": SECRET})
    stranger: Mapping[str, Any] = field(default_factory=dict)
    """Settings that name an account of another environment, where the secret does not."""
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
    make: Callable[[Settings], Simulator] | None = None
    """Its broker, where that is more than an API's simulator."""
    slow: Mapping[str, Any] = field(default_factory=lambda: SLOW)
    """Settings by which a connection that is gone comes back late."""

    def simulator(self) -> Simulator:
        """Its broker, which tells more than anybody knows of."""
        settings = Settings(switches={"extra_fields": True, **self.switches})
        return self.make(settings) if self.make else Simulator(APIS[self.name], settings)

    def broker(self, url: str) -> dict[str, Any]:
        """The gateway's settings for its simulator at a URL."""
        at = dict.fromkeys(self.urls, url) or {"port": int(url.rpartition(":")[2])}
        return {**self.common, "type": self.name, **self.own, **at}


class _Terminal(Terminal):
    """It is known by the port that it connects to."""

    def __init__(self, given: Settings) -> None:
        super().__init__(replace(given, port=free_port()))

    @property
    def url(self) -> str:
        return f"tcp://127.0.0.1:{self.gateway[1]}"


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
    "ibkr": Venue(
        name="ibkr",
        urls=(),
        common={name: value for name, value in HTTP.items() if name != "secret"},
        environment={},
        stranger={"account_id": "DU9999999"},
        has_account=False,
        unknown="NOSUCH",
        odd_price="187.5012",
        place={"method": "placeOrder"},
        cancel={"method": "cancelOrder"},
        replace={"method": "modifyOrder"},
        query={"method": "reqAllOpenOrders"},
        stream="tws",
        fill="execDetails",
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
    "osengine": Venue(
        name="osengine",
        urls=(),
        common=COMMON,
        own={"security_class": "TQBR"},
        has_account=False,
        unknown="NOSUCH",
        odd_price="187.5012",
        place={"method": "new"},
        cancel={"method": "cancel"},
        replace={"method": "replace"},
        query={"method": "query"},
        stream="robot",
        fill="trade",
        switches={"secret": SECRET},
        make=_Terminal,
        slow={},
    ),
}
