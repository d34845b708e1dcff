"""How long the kill switch takes: from the request to the last cancel handed to a broker's socket.

The gateway runs in a process of its own, with its journal on a disk; the broker, in another,
answers neither orders nor cancels. Besides: how soon new orders are refused, and how long sessions
wait.
"""

import asyncio
import json
import sys
from dataclasses import asdict, dataclass, replace
from decimal import getcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time, time_ns
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from gateway import garbage
from gateway.config.load import load_config
from gateway.control.requests import Halt
from gateway.orders.order import DECIMAL_DIGITS
from gateway.runtime import Gateway
from sessions.message import Message, parse
from tools.bench.day_roll import Stalls
from tools.bench.errors import BenchError
from tools.bench.gateway import CLIENT, write_config
from tools.bench.measure import Plan, free_port, run_in
from tools.bench.prepared import Orders
from tools.bench.wire import split_frames
from tools.bench.worker import Worker

ORDERS: Final = 10_000
SECONDS_MAX: Final = 1.0
AT_ONCE: Final = 250
TICK_S: Final = 0.001
READY_S: Final = 30.0
READ_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Found:
    """`refused_ms`: until the refusal of new orders was durable; `sent_s`: until the last cancel
    was handed to the socket, `read_s` until the broker had read it. `stall_ms`: how much later than
    due the loop came round at worst, `stall_cpu_ms` the most CPU time of a turn.
    """

    orders: int
    refused_ms: float
    sent_s: float
    cpu_s: float
    stall_ms: float
    stall_cpu_ms: float
    began_ns: int
    read_s: float = 0.0


def measure(plan: Plan, orders: int, tree: Path) -> Found:
    """Run it with the program in `tree`."""
    with (
        TemporaryDirectory(prefix="bench-kill-", dir=plan.folder) as folder,
        Worker("tools.bench.silent_broker", [], plan.generator_core) as broker,
    ):
        port = str(broker.answered()["port"])
        told = run_in(tree, "kill", folder, str(orders), port)
        found = Found(**json.loads(told.splitlines()[-1]))
        state = broker.ask("state")
    if state["cancels"] != orders:
        raise BenchError(f"the broker read {state['cancels']} cancels of {orders}")
    return replace(found, read_s=(int(state["last_cancel_ns"]) - found.began_ns) / 1e9)


def show(found: Found, *, as_object: bool) -> None:
    """Print JSON or a table."""
    if as_object:
        print(json.dumps(asdict(found)))
        return
    columns = ("open orders", "new refused after", "last cancel sent after", "read after")
    table = Table(*columns, "CPU seconds", "longest stall", "CPU in a turn", title="Kill switch")
    table.add_row(
        f"{found.orders:,}",
        f"{found.refused_ms:.1f} ms",
        f"{found.sent_s:.2f} s",
        f"{found.read_s:.2f} s",
        f"{found.cpu_s:.2f}",
        f"{found.stall_ms:.1f} ms",
        f"{found.stall_cpu_ms:.1f} ms",
    )
    console = Console()
    console.print(table)
    console.print(f"aim: {ORDERS:,} orders in less than {SECONDS_MAX:.0f} s")


# --- the process under test -----------------------------------------------------------------------


async def _run(folder: Path, orders: int, broker_port: int) -> Found:
    client_port = free_port()
    write_config(folder, client_port=client_port, broker_port=broker_port, audit=False)
    gateway = Gateway(load_config(folder / "fixgate.toml"), asyncio.get_running_loop())
    await gateway.start()
    async with asyncio.timeout(READY_S):
        while not all(broker.up for broker in gateway.engine.core.setup.brokers.values()):
            await asyncio.sleep(TICK_S)
    await _enter(gateway, orders)
    garbage.settle()
    found = await _kill(gateway, orders)
    async with asyncio.timeout(READ_S):
        while any(c.bytes_queued for c in _connections(gateway)):
            await asyncio.sleep(TICK_S)
    await asyncio.sleep(READ_S / 10)  # for the broker to read
    await gateway.abandon()
    return found


def _connections(gateway: Gateway) -> list[Any]:
    links = gateway.engine.links.values()
    return [link.connection for link in links if link.connection is not None]


async def _enter(gateway: Gateway, orders: int) -> None:
    """Have that many orders at the broker."""
    engine = gateway.engine
    link = next(link for link in engine.links.values() if link.name == CLIENT)
    source = Orders(CLIENT.encode(), b"FIXGATE", 1, 1)
    for begin in range(0, orders, AT_ONCE):
        now = time_ns()
        for raw in split_frames(source.take(min(AT_ONCE, orders - begin))):
            message = parse(raw)
            assert isinstance(message, Message), "an order that cannot be read"
            engine.perform_decision(engine.core.message(link.number, message, "", now))
        await asyncio.sleep(0)
    await engine.committer.flush()
    opened = len(engine.core.state.book.open)
    if opened != orders:
        raise BenchError(f"{opened} of {orders} orders are open")


async def _kill(gateway: Gateway, orders: int) -> Found:
    engine = gateway.engine
    stalls = Stalls()
    await asyncio.sleep(10 * TICK_S)
    began_ns, began, cpu_began = time_ns(), perf_counter(), process_time()
    ask = Halt(scope="firm", cancel_open=True, reason="to measure it")
    killing = asyncio.create_task(gateway.desk.halt(ask, who="bench"))
    while "firm" not in engine.core.state.levels.by_scope:
        await asyncio.sleep(0)
    await engine.committer.flush()
    refused_ms = (perf_counter() - began) * 1e3
    while engine.core.sweep.to_look:
        await asyncio.sleep(0)
    await engine.committer.flush()
    sent_s, cpu_s = perf_counter() - began, process_time() - cpu_began
    await killing
    stalls.end()
    stall = (stalls.longest_ms, stalls.cpu_ms)
    return Found(orders, refused_ms, sent_s, cpu_s, *stall, began_ns)


def main(folder: str, orders: str, broker_port: str) -> None:
    """In the process: measure, and print the numbers as JSON."""
    getcontext().prec = DECIMAL_DIGITS
    found = asyncio.run(_run(Path(folder), int(orders), int(broker_port)))
    print(json.dumps(asdict(found)))


if __name__ == "__main__":
    main(*sys.argv[1:])
