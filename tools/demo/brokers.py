"""The brokers that a demo can route to: a simulator each, and what the gateway is told of it.

To add an API: an entry in API_BROKERS.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from socket import socket
from types import MappingProxyType
from typing import Any, Final

from gateway.brokers.binance.telling import REPLACEMENT
from tools.broker_apis import APIS, CALLERS, Settings, Simulator
from tools.broker_apis.orders import REJECTED as REJECTED_THERE
from tools.broker_apis.orders import Order, Terms
from tools.broker_apis.osengine import Terminal
from tools.broker_apis.treatments import Treatment, Treatments
from tools.broker_simulator import BrokerSettings, BrokerSimulator
from tools.demo.market import FILL, NOFILL, PARTIAL, REJECT, Market, Traded, part_of
from tools.fix_peer import SAMPLE_PRICES, LinkCounts

FIX: Final = "fix"
NAME: Final = "SIM"
SECRET: Final = "simulator-secret"  # noqa: S105 - of a simulator on this machine
FILL_DELAY_MS: Final = 40
REJECTED, EXPIRED = "8", "C"  # OrdStatus(39)
BUY: Final = "1"  # Side(54)
EQUITIES: Final = Market(
    traded=tuple(Traded(symbol=symbol, price=price) for symbol, price in SAMPLE_PRICES.items())
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the broker knows at the end of the day; `doubled`: orders that came twice."""

    orders: int
    rejected: int
    executions: int
    doubled: list[str]


class DemoBroker(ABC):
    """One broker. `market` is what it trades, `environment` what the gateway's process needs."""

    market: Market
    environment: Mapping[str, str] = MappingProxyType({})

    @abstractmethod
    async def start(self) -> None:
        """Listen."""

    @abstractmethod
    async def stop(self) -> None:
        """End every connection."""

    @abstractmethod
    def settings(self) -> dict[str, Any]:
        """Its entry in [[brokers]] of the gateway's configuration, once it listens."""

    @abstractmethod
    def told(self) -> Told:
        """What happened there."""

    def links(self) -> Iterator[tuple[str, str, str, LinkCounts]]:
        """Name, FIX version, state and counters of its session, if it has one."""
        yield from ()


class FixBroker(DemoBroker):
    """Over FIX."""

    def __init__(self, seed: int) -> None:
        self.market = EQUITIES
        self.simulator = BrokerSimulator(
            BrokerSettings(fill="partial:2", fill_delay_ms=FILL_DELAY_MS, seed=seed)
        )

    async def start(self) -> None:
        await self.simulator.start()

    async def stop(self) -> None:
        await self.simulator.stop()

    def settings(self) -> dict[str, Any]:
        return {
            "name": NAME,
            "type": "fix",
            "hosts": [f"127.0.0.1:{self.simulator.port}"],
            "begin_string": "FIX.4.4",
            "sender_comp_id": "FIXGATE",
            "target_comp_id": NAME,
            "reconnect_min_s": 0.2,
        }

    def told(self) -> Told:
        stats = self.simulator.stats()
        return Told(
            orders=stats.orders,
            rejected=stats.by_status.get(REJECTED, 0),
            executions=stats.executions,
            doubled=stats.doubled,
        )

    def links(self) -> Iterator[tuple[str, str, str, LinkCounts]]:
        version = self.simulator.settings.begin_string
        yield NAME, version, self.simulator.session.state, self.simulator.counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """What is traded at one API, its simulator's switches, and the gateway's settings."""

    market: Market
    switches: Mapping[str, Any]
    settings: Callable[[Simulator], dict[str, Any]]


class ApiBroker(DemoBroker):
    """Over an API of its own."""

    environment = MappingProxyType({"SIM_SECRET": SECRET})

    def __init__(self, name: str, seed: int) -> None:
        api = API_BROKERS[name]
        self._name = name
        self._api = api
        self.market = api.market
        self.simulator = _simulator(name, Settings(seed=seed, switches=api.switches))
        self._treatments = _ByLots(self.simulator.world.treatments, api.market)

    async def start(self) -> None:
        await self.simulator.start()

    async def stop(self) -> None:
        await self.simulator.stop()

    def settings(self) -> dict[str, Any]:
        return {"name": NAME, "type": self._name} | self._api.settings(self.simulator)

    def told(self) -> Told:
        world = self.simulator.world
        orders = [one for one in world.exchange.orders.values() if not _continues(one)]
        taken = sum(one.ended != REJECTED_THERE for one in orders)
        rejected = self._treatments.rejected
        return Told(
            orders=taken + rejected,
            rejected=rejected,
            executions=sum(len(one.executions) for one in world.exchange.orders.values()),
            doubled=world.truth.doubled(),
        )


def _simulator(name: str, settings: Settings) -> Simulator:
    """One that listens, or one that calls a port of the gateway's, which is free now."""
    if name in APIS:
        return Simulator(APIS[name], settings)
    with socket() as probe:
        probe.bind((settings.host, 0))
        port = probe.getsockname()[1]
    return CALLERS[name](replace(settings, port=port))


def _continues(order: Order) -> bool:
    """Whether it took the place of another: by what the API says, or by the id we gave it."""
    return bool(order.replaces) or order.client_id.endswith(REPLACEMENT)


class _ByLots:
    """Lets the simulator treat each order as its number of lots asks; counts what it rejects."""

    def __init__(self, treatments: Treatments, market: Market) -> None:
        self.rejected = 0
        self._lots = {_plain(one.symbol): one.lot for one in market.traded}
        delay_s = FILL_DELAY_MS / 1000
        self._of = {
            FILL: Treatment(fill="parts", parts=2, filled_parts=2, fill_delay_s=delay_s),
            PARTIAL: Treatment(fill="parts", parts=2, filled_parts=1, fill_delay_s=delay_s),
            NOFILL: Treatment(fill="none"),
            REJECT: Treatment(reject="insufficient margin"),
        }
        treatments.take = self.take  # type: ignore[method-assign]  # asked by it

    def take(self, terms: Terms) -> Treatment:
        """The treatment of a new order, or of what takes the place of one."""
        part = part_of(terms.quantity / self._lots[_plain(terms.symbol)])
        self.rejected += part == REJECT
        return self._of[part]


def _plain(symbol: str) -> str:
    """A symbol without what APIs write between its parts."""
    return symbol.replace("/", "").replace("_", "")


# --- the APIs ---------------------------------------------------------------------------------


def _http(simulator: Simulator, *urls: str, **own: Any) -> dict[str, Any]:
    patient = {"secret": "env:SIM_SECRET", "order_age_max_s": 60}  # on a busy machine too
    return patient | own | dict.fromkeys(urls, simulator.url)


def _alpaca(simulator: Simulator) -> dict[str, Any]:
    given = {"key_id": "PKSIMULATOR", "requests_per_min": 100_000}
    return _http(simulator, "base_url", "data_url", **given)


def _oanda(simulator: Simulator) -> dict[str, Any]:
    return _http(simulator, "base_url", account_id="101-001-1234567-001")


def _binance(simulator: Simulator) -> dict[str, Any]:
    return _http(simulator, "base_url", "stream_url", "data_url", key_id="BINANCESIMULATOR")


def _ibkr(simulator: Simulator) -> dict[str, Any]:
    return {"port": simulator.port}


def _osengine(simulator: Simulator) -> dict[str, Any]:
    assert isinstance(simulator, Terminal), "a terminal calls the gateway"
    return {"port": simulator.gateway[1], "secret": "env:SIM_SECRET", "security_class": "TQBR"}


API_BROKERS: Final[Mapping[str, Api]] = MappingProxyType(
    {
        "alpaca": Api(
            market=replace(EQUITIES, sides=BUY),  # no order may sell more than is owned
            switches={"rate_limit_per_min": 100_000, "cash": "1000000000", "wash_trade_status": 0},
            settings=_alpaca,
        ),
        "binance": Api(
            market=Market(
                traded=(
                    Traded(symbol="BTC/USDT", price=Decimal(61_250), lot=Decimal("0.01")),
                    Traded(symbol="ETH/USDT", price=Decimal("3120.5"), lot=Decimal("0.1")),
                    Traded(symbol="SOL/USDT", price=Decimal("187.5"), lot=Decimal(1)),
                ),
                day="1",
                ends_unfilled=EXPIRED,
            ),
            switches={
                "secret_key": SECRET,
                "orders_per_10s": 100_000,
                "weight_per_min": 1_000_000,
                "commission_rate": "0",
                "balances": {
                    "USDT": "1000000000",
                    "BTC": "10000",
                    "ETH": "100000",
                    "SOL": "1000000",
                },
            },
            settings=_binance,
        ),
        "ibkr": Api(market=EQUITIES, switches={"balance": "1000000000"}, settings=_ibkr),
        "oanda": Api(
            market=Market(
                traded=(
                    Traded(
                        symbol="EUR/USD",
                        price=Decimal("1.0845"),
                        tick=Decimal("0.00001"),
                        lot=Decimal(1000),
                    ),
                    Traded(
                        symbol="GBP/USD",
                        price=Decimal("1.2631"),
                        tick=Decimal("0.00001"),
                        lot=Decimal(1000),
                    ),
                    Traded(
                        symbol="XAU/USD",
                        price=Decimal("2034.15"),
                        tick=Decimal("0.001"),
                        lot=Decimal(2),
                    ),
                ),
                max_quantity=Decimal(5_000_000),
                ends_unfilled=EXPIRED,
            ),
            switches={"token": SECRET, "balance": "1000000000", "requests_per_s": 100_000},
            settings=_oanda,
        ),
        "osengine": Api(
            market=replace(EQUITIES, at_once=False), switches={"secret": SECRET}, settings=_osengine
        ),
    }
)
BROKERS: Final = (FIX, *API_BROKERS)


def broker_of(name: str, seed: int) -> DemoBroker:
    """One of BROKERS, made anew."""
    return FixBroker(seed) if name == FIX else ApiBroker(name, seed)
