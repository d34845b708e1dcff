"""What a broker over an API costs beside one over FIX: how soon an order is on the broker's socket,
how many orders a second are sustained, and what a broker that answers nothing does to the others.

The gateway is a process on one core; client and brokers are in this one, on the other, so that all
times are of one clock: from the client's write to the request as the broker has read it. A broker's
reading is in it: simplefix's of a message over FIX, h11's and json's of a request over HTTP.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import time_ns
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from gateway.config.toml_text import toml_text
from tools.bench.errors import BenchError
from tools.bench.measure import Plan
from tools.broker_apis import Settings, Simulator, World
from tools.broker_apis.alpaca import Alpaca
from tools.broker_apis.http import Answer, Request
from tools.broker_simulator import BrokerSettings, BrokerSimulator
from tools.client_simulator import ClientOrder, ClientSettings, ClientSimulator, percentile
from tools.demo.place import Place
from tools.demo.process import running
from tools.fix_peer import SAMPLE_PRICES, Received

FIX, REST, STALLED = "FIX", "REST", "STALLED"
ROUTES: Final = dict(zip((FIX, REST, STALLED), SAMPLE_PRICES, strict=True))
"""The symbol whose orders go to each broker."""
RATE: Final = 200
RATE_LIMIT_PER_MIN: Final = 250 * 60
STALLED_RATE: Final = 20
PATIENCE_S: Final = 30.0
LATENCY_MAX: Final = 2.0
STALL_MAX: Final = 1.5
SECRET: Final = "simulator-secret"  # noqa: S105 - of a simulator on this machine

_CONFIG: Final = """\
[gateway]
data_dir = "."

[log]
format = "json"

[[listeners]]
host = "127.0.0.1"
port = 0

[[clients]]
name = "BENCH"
begin_string = "FIX.4.4"
sender_comp_id = "FIXGATE"
target_comp_id = "BENCH"
accounts = ["BENCH-1"]
default_account = "BENCH-1"

[[risk.limits]]
scope = "firm"
instrument_known = "on"
max_quantity = 100_000
max_notional = 50_000_000
price_collar_pct = 10
max_open_orders = 100_000
max_open_notional = "off"
max_gross_notional = "off"
max_credit = "off"
max_daily_loss = "off"
order_rate_per_s = 1_000
duplicate_window_s = "off"
duplicate_max = "off"
"""


@dataclass(frozen=True, slots=True)
class Found:
    """Median microseconds from the client's order to the request at the broker, over FIX, over
    REST, and over each while a third broker answers nothing. `sustained`: orders a second to the
    broker over REST, `refused` of them for their rate, `sustained_p99_ms` from order to request.
    """

    fix_us: float
    rest_us: float
    fix_beside_stalled_us: float
    rest_beside_stalled_us: float
    sustained: float
    sustained_p99_ms: float
    refused: int

    @property
    def ratio(self) -> float:
        """REST to FIX."""
        return self.rest_us / self.fix_us

    @property
    def stall_ratio(self) -> float:
        """With a stalled broker beside to without, over the route that suffers more."""
        return max(
            self.fix_beside_stalled_us / self.fix_us, self.rest_beside_stalled_us / self.rest_us
        )


def measure(plan: Plan, orders: int) -> Found:
    """Run it: `orders` for each latency."""
    with TemporaryDirectory(prefix="bench-brokers-", dir=plan.folder) as folder:
        return asyncio.run(_measure(plan, Path(folder), orders))


class _FixBroker(BrokerSimulator):
    """Notes when orders come."""

    def __init__(self) -> None:
        super().__init__(BrokerSettings(fill="all"))
        self.arrivals: list[int] = []

    def messages(self, messages: list[Received], now: int) -> None:
        arrived = time_ns()
        self.arrivals += [arrived for message in messages if message.msg_type == "D"]
        super().messages(messages, now)


class _Rest(Alpaca):
    """Notes when orders come, which is before they are worked."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.arrivals: list[int] = []

    def answer(self, request: Request) -> Answer:
        if request.method == "POST":
            self.arrivals.append(time_ns())
        return super().answer(request)


class _Brokers:
    """All three, and the gateway's settings of them."""

    def __init__(self) -> None:
        self.fix = _FixBroker()
        self.rest = Simulator(_Rest, _api_settings())
        self.stalled = Simulator(_Rest, _api_settings())
        self.stalled.world.faults.add(
            {"kind": "late", "method": "POST", "delay_s": 3600, "times": None}
        )

    async def start(self) -> None:
        """They listen."""
        for one in (self.fix, self.rest, self.stalled):
            await one.start()

    async def stop(self) -> None:
        """They are gone."""
        for one in (self.fix, self.rest, self.stalled):
            await one.stop()

    def arrivals(self, route: str) -> list[int]:
        """When orders came to a broker (UTC ns)."""
        if route == FIX:
            return self.fix.arrivals
        assert isinstance(self.rest.api, _Rest), "the simulator has another API"
        return self.rest.api.arrivals

    @property
    def refused(self) -> int:
        """Requests to the REST broker that came too fast."""
        return sum(entry["status"] == 429 for entry in self.rest.control.requests)

    def tables(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Their entries in the configuration."""
        yield (
            "brokers",
            {
                "name": FIX,
                "type": "fix",
                "hosts": [f"127.0.0.1:{self.fix.port}"],
                "begin_string": "FIX.4.4",
                "sender_comp_id": "FIXGATE",
                "target_comp_id": "SIM",
                "reconnect_min_s": 0.1,
            },
        )
        for name, simulator in ((REST, self.rest), (STALLED, self.stalled)):
            settings: dict[str, Any] = {"name": name, "type": "alpaca", "key_id": "PKSIMULATOR"}
            settings |= {"secret": "env:SIM_SECRET", "base_url": simulator.url}
            settings |= {"order_age_max_s": PATIENCE_S}  # what waits is measured, not refused
            yield "brokers", settings | {"requests_per_min": RATE_LIMIT_PER_MIN}
        for name, symbol in ROUTES.items():
            yield "routes", {"name": name.lower(), "broker": name, "symbol": symbol}


def _api_settings() -> Settings:
    switches = {"rate_limit_per_min": RATE_LIMIT_PER_MIN, "cash": "1000000000000"}
    return Settings(switches=switches)


async def _measure(plan: Plan, folder: Path, orders: int) -> Found:
    with _on_core(plan.generator_core):
        async with _trading(plan, folder) as (client, brokers):
            fix_us, rest_us = await _latencies(client, brokers, orders)
            sustained, p99_ms = await _sustained(client, brokers, plan.seconds)
            stalling = asyncio.create_task(_stall(client))
            beside = await _latencies(client, brokers, orders)
            stalling.cancel()
            refused = brokers.refused
    return Found(fix_us, rest_us, *beside, sustained, p99_ms, refused)


async def _latencies(
    client: ClientSimulator, brokers: _Brokers, orders: int
) -> tuple[float, float]:
    """Median microseconds of both routes, one order at a time, turn about."""
    spent: dict[str, list[float]] = {FIX: [], REST: []}
    for _ in range(orders):
        for route, found in spent.items():
            arrivals = brokers.arrivals(route)
            seen = len(arrivals)
            begin = time_ns()
            order = _order(client, route)
            await _until(client, order)
            if len(arrivals) != seen + 1:
                raise BenchError(f"{route}: an order came {len(arrivals) - seen} times")
            found.append((arrivals[-1] - begin) / 1000)
    return median(spent[FIX]), median(spent[REST])


async def _sustained(
    client: ClientSimulator, brokers: _Brokers, seconds: float
) -> tuple[float, float]:
    """Orders a second over REST that were asked for and came, and the 99th percentile (ms)."""
    loop = asyncio.get_running_loop()
    arrivals = brokers.arrivals(REST)
    seen = len(arrivals)
    number = int(RATE * seconds)
    orders, begun = [], loop.time()
    for due in range(number):
        await asyncio.sleep(begun + due / RATE - loop.time())
        orders.append(_order(client, REST))
    for order in orders:
        await _until(client, order)
    came = sorted(arrivals[seen:])
    if len(came) != number:
        raise BenchError(f"of {number} orders {len(came)} came to the broker")
    waits = sorted((at - order.sent_ns) / 1e6 for at, order in zip(came, orders, strict=True))
    return (number - 1) / ((came[-1] - came[0]) / 1e9), percentile(waits, 99)


async def _stall(client: ClientSimulator) -> None:
    """Orders to the broker that answers nothing."""
    while True:
        _order(client, STALLED)
        await asyncio.sleep(1 / STALLED_RATE)


def _order(client: ClientSimulator, route: str) -> ClientOrder:
    symbol = ROUTES[route]
    quantity = Decimal(1 + len(client.book.orders) % 5_000)  # no two alike
    return client.new_order(
        symbol=symbol, side="1", quantity=quantity, price=SAMPLE_PRICES[symbol] + 1
    )


async def _until(client: ClientSimulator, order: ClientOrder) -> None:
    if not await client.until(lambda: bool(order.answered_ns), PATIENCE_S) or order.status == "8":
        raise BenchError(f"an order was not taken: {order.text or 'no answer'}")


@asynccontextmanager
async def _trading(plan: Plan, folder: Path) -> AsyncIterator[tuple[ClientSimulator, _Brokers]]:
    """Everything runs, and the client is logged on."""
    brokers = _Brokers()
    await brokers.start()
    place = Place(folder, folder / "control.sock", kept=False)
    _write(place, brokers)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(brokers.stop)
        with _on_core(plan.server_core):
            gateway = await stack.enter_async_context(running(place, {"SIM_SECRET": SECRET}))
        port = await gateway.port()
        if not await gateway.reaches_brokers(PATIENCE_S):
            raise BenchError("the gateway does not reach its brokers")
        client = ClientSimulator(ClientSettings(port=port, sender="BENCH", account="BENCH-1"))
        await client.start()
        if not await client.logged_on(PATIENCE_S):
            raise BenchError("the client cannot log on")
        yield client, brokers
        await client.stop()


def _write(place: Place, brokers: _Brokers) -> None:
    lines = [_CONFIG]
    for table, settings in brokers.tables():
        lines += ["", f"[[{table}]]", *(f"{k} = {toml_text(v)}" for k, v in settings.items())]
    place.config.write_text("\n".join([*lines, ""]))
    head = "symbol,security_type,currency,tick_size,lot_size\n"
    rows = "".join(f"{symbol},CS,USD,0.01,1\n" for symbol in SAMPLE_PRICES)
    (place.folder / "instruments.csv").write_text(head + rows)
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    closes = "".join(f"{symbol},{price},{now}\n" for symbol, price in SAMPLE_PRICES.items())
    (place.folder / "closes.csv").write_text("symbol,price,time\n" + closes)


@contextmanager
def _on_core(core: int) -> Iterator[None]:
    """This process, and what it starts meanwhile, on one core."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def show(found: Found, *, as_object: bool) -> None:
    """Print JSON or a table."""
    if as_object:
        ratios = {"ratio": round(found.ratio, 3), "stall_ratio": round(found.stall_ratio, 3)}
        print(json.dumps(asdict(found) | ratios))
        return
    table = Table(title="Brokers")
    for name in ("from order to broker, median", "FIX", "REST", "REST to FIX"):
        table.add_column(name)
    table.add_row(
        "alone", f"{found.fix_us:.0f} us", f"{found.rest_us:.0f} us", f"{found.ratio:.2f}"
    )
    table.add_row(
        "beside a broker that answers nothing",
        f"{found.fix_beside_stalled_us:.0f} us",
        f"{found.rest_beside_stalled_us:.0f} us",
        f"{found.rest_beside_stalled_us / found.fix_beside_stalled_us:.2f}",
    )
    console = Console()
    console.print(table)
    console.print(
        f"sustained over REST: {found.sustained:.0f} orders a second, p99"
        f" {found.sustained_p99_ms:.1f} ms, {found.refused} refused for their rate"
    )
    console.print(
        f"aim: REST within {LATENCY_MAX:g} times FIX, {RATE} orders a second, no route more than"
        f" {STALL_MAX:g} times slower beside a stalled one (here {found.stall_ratio:.2f})"
    )
