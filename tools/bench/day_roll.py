"""How long a day roll takes with very many good-till orders, and how long it holds up sessions.

The gateway runs in a process of its own, with its journal on a disk, its paper broker, and a client
that is told of each order over a real connection. A stall is how much later than due the loop
comes round, by a timer that is always due in a millisecond: nothing is read or sent meanwhile.
"""

import asyncio
import json
import subprocess
import sys
from dataclasses import asdict, dataclass, replace
from decimal import getcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time, thread_time, time_ns
from typing import Final

from rich.console import Console
from rich.table import Table

from gateway import garbage
from gateway.config.load import load_config
from gateway.orders.order import DECIMAL_DIGITS
from gateway.runtime import Gateway
from sessions.message import Message, parse
from sessions.state import LOGGED_ON
from tools.bench.errors import BenchError
from tools.bench.gateway import CLIENT, write_config
from tools.bench.measure import Plan, free_port, run_in
from tools.bench.prepared import Orders
from tools.bench.wire import split_frames

ORDERS: Final = 200_000
QUICK_ORDERS: Final = 20_000
SECONDS_MAX: Final = 10.0
STALL_MAX_MS: Final = 50.0
AT_ONCE: Final = 500
TICK_S: Final = 0.001
READER_S: Final = 60.0
_DAY: Final = (
    '[day]\nroll_time = "00:00"\nweekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]\n'
)


@dataclass(frozen=True, slots=True)
class Found:
    """`told`: reports that the client read; `idle_ms`: the longest stall without a roll, of as many
    seconds. `stall_cpu_ms`: the most CPU time that a turn of the loop took. `segments`: how many
    the journal began meanwhile. The snapshots that open them tell all open orders: the longest
    stall is that until the last of them was whole, `whole_s` from the begin.
    """

    seconds: float
    cpu_s: float
    stall_ms: float
    stall_cpu_ms: float
    segments: int
    whole_s: float
    orders: int = 0
    idle_ms: float = 0.0
    told: int = 0


def measure(plan: Plan, orders: int, tree: Path) -> Found:
    """Run it with the program in `tree`."""
    with TemporaryDirectory(prefix="bench-day-", dir=plan.folder) as folder:
        told = run_in(tree, "day_roll", folder, str(orders))
        return Found(**json.loads(told.splitlines()[-1]))


def show(found: Found, *, as_object: bool) -> None:
    """Print JSON or a table."""
    if as_object:
        print(json.dumps(asdict(found)))
        return
    columns = ("orders", "seconds", "CPU seconds", "longest stall", "CPU in a turn")
    more = ("without a roll", "segments", "snapshots whole after")
    table = Table(*columns, *more, title="Day roll")
    stalls = (f"{ms:.1f} ms" for ms in (found.stall_ms, found.stall_cpu_ms, found.idle_ms))
    segments = (str(found.segments), f"{found.whole_s:.2f} s")
    times = (f"{found.seconds:.2f}", f"{found.cpu_s:.2f}")
    table.add_row(f"{found.orders:,}", *times, *stalls, *segments)
    console = Console()
    console.print(table)
    console.print(f"{found.told:,} reports to the client")
    console.print(
        f"aim: {ORDERS:,} orders within {SECONDS_MAX:.0f} s, no stall above {STALL_MAX_MS:.0f} ms"
    )


# --- the process under test -----------------------------------------------------------------------


class Stalls:
    """The longest time that the loop came round too late, and the most CPU time that its thread
    took for a round: what is not its own is the disk, or others that want the machine.
    """

    def __init__(self) -> None:
        self.longest_ms = 0.0
        self.cpu_ms = 0.0
        self._task = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        last, cpu_last = perf_counter(), thread_time()
        while True:
            await asyncio.sleep(TICK_S)
            now, cpu_now = perf_counter(), thread_time()
            self.longest_ms = max(self.longest_ms, (now - last - TICK_S) * 1e3)
            self.cpu_ms = max(self.cpu_ms, (cpu_now - cpu_last) * 1e3)
            last, cpu_last = now, cpu_now

    def end(self) -> None:
        """Watch no more."""
        self._task.cancel()


async def _run(folder: Path, orders: int) -> Found:
    port = free_port()
    write_config(folder, client_port=port, broker_port=free_port(), audit=False)
    _change_config(folder / "fixgate.toml")
    gateway = Gateway(load_config(folder / "fixgate.toml"), asyncio.get_running_loop())
    await gateway.start()
    await _enter(gateway, orders)
    reader = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tools.bench.day_reader", str(port)), stdout=subprocess.PIPE
    )
    link = next(link for link in gateway.engine.links.values() if link.name == CLIENT)
    while link.session.state != LOGGED_ON:
        await asyncio.sleep(TICK_S)
    garbage.settle()
    rolled = await _roll(gateway)
    stalls = Stalls()
    await asyncio.sleep(rolled.seconds)
    stalls.end()
    await gateway.stop()
    told, _ = await asyncio.wait_for(reader.communicate(), READER_S)
    return replace(rolled, orders=orders, idle_ms=stalls.longest_ms, told=int(told))


def _change_config(path: Path) -> None:
    """A broker in memory that fills nothing, room for the orders, business dates."""
    text = path.read_text()
    head, _, rest = text.partition("[[brokers]]")
    _, _, rest = rest.partition("[[routes]]")
    broker = '[[brokers]]\nname = "BROKER"\ntype = "paper"\nfill = "none"\n\n[[routes]]'
    text = (head + broker + rest).replace("= 100_000\n", "= 10_000_000\n")
    text = text.replace('accounts = ["ACC1"]', 'accounts = ["ACC1"]\nopen_orders_max = 10_000_000')
    path.write_text(f"{text}\n{_DAY}")


async def _enter(gateway: Gateway, orders: int) -> None:
    """Have that many good-till orders at the broker."""
    engine = gateway.engine
    link = next(link for link in engine.links.values() if link.name == CLIENT)
    source = Orders(CLIENT.encode(), b"FIXGATE", 1, 1)
    for begin in range(0, orders, AT_ONCE):
        now = time_ns()
        for raw in split_frames(source.take(min(AT_ONCE, orders - begin))):
            message = parse(raw.replace(b"\x0159=0\x01", b"\x0159=1\x01"))
            assert isinstance(message, Message), "an order that cannot be read"
            engine.perform_decision(engine.core.message(link.number, message, "", now))
        await asyncio.sleep(0)
    opened = engine.core.state.book.open
    while not all(order.accepted for order in opened.values()):
        await asyncio.sleep(0.1)
    if len(opened) != orders:
        raise BenchError(f"{len(opened)} of {orders} orders are open")


async def _roll(gateway: Gateway) -> Found:
    journal = gateway.journal
    while journal.in_pieces:
        await asyncio.sleep(TICK_S)
    segment = journal.segment
    stalls = Stalls()
    began, cpu_began = perf_counter(), process_time()
    await gateway.desk.roll_day(who="bench", why="to measure it")
    while gateway.engine.core.to_roll:
        await asyncio.sleep(TICK_S)
    await gateway.engine.committer.flush()
    seconds, cpu_s = perf_counter() - began, process_time() - cpu_began
    while journal.in_pieces:
        await asyncio.sleep(TICK_S)
    whole_s = perf_counter() - began
    stalls.end()
    segments = journal.segment - segment
    return Found(seconds, cpu_s, stalls.longest_ms, stalls.cpu_ms, segments, whole_s)


def main(folder: str, orders: str) -> None:
    """In the process: measure, and print the numbers as JSON."""
    getcontext().prec = DECIMAL_DIGITS
    found = asyncio.run(_run(Path(folder), int(orders)))
    print(json.dumps(asdict(found)))


if __name__ == "__main__":
    main(*sys.argv[1:])
