"""The parts of a benchmark, each starting the processes it needs and ending them.

Knows the order of things within a part; what is printed is not its business.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tools.bench.errors import BenchError
from tools.bench.gateway import HERE, Gateway, write_config
from tools.bench.link import listen
from tools.bench.results import AROUND, MARK_EVERY, Growth, Run, Runs
from tools.bench.worker import Worker

WINDOW: Final = 512
FLOOR_FACTOR: Final = 4  # the floor is this much faster, so it gets as many more orders
LONG_SESSIONS: Final = 3
WARM_UP_SHARE: Final = 5  # the first run of a server has one part in five, and does not count


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much is run, and where."""

    orders: int
    repeats: int
    seconds: float
    rates: tuple[int, ...]
    growth_orders: int
    audit: bool
    folder: Path
    server_core: int
    generator_core: int


@dataclass(frozen=True, slots=True)
class Bench:
    """A running gateway with both generators."""

    gateway: Gateway
    client: Worker
    broker: Worker

    def closed(self, orders: int, mark_every: int) -> Run:
        """Closed loop with the standard window."""
        answer = self.client.ask(
            "closed",
            orders=orders,
            window=WINDOW,
            last="fill",
            pid=self.gateway.pid,
            others=[self.broker.pid],
            mark_every=mark_every,
        )
        self._check_broker()
        return Run.of(answer)

    def open(self, rate: int, seconds: float) -> Run:
        """Open loop at `rate` orders a second."""
        answer = self.client.ask(
            "open",
            orders=max(int(rate * seconds), 1),
            rate=rate,
            pid=self.gateway.pid,
            others=[self.broker.pid],
        )
        self._check_broker()
        return Run.of(answer)

    def _check_broker(self) -> None:
        self.broker.ask("state")

    def restart(self) -> float:
        """Log out, stop the gateway, start it on the same folder; seconds until it is ready."""
        self.client.ask("log_out")
        self.gateway.stop()
        return self.gateway.start(self.client, self.broker)


def _client(plan: Plan) -> Worker:
    return Worker("tools.bench.client", [], plan.generator_core)


def _one_report(client: Worker, server: Worker, orders: int) -> Run:
    answer = client.ask(
        "closed",
        orders=orders,
        window=WINDOW,
        last="new",
        pid=server.pid,
        others=[],
        mark_every=orders,
    )
    return Run.of(answer)


def _log_on(client: Worker, port: int) -> None:
    if not client.ask("log_on", port=port)["logged_on"]:
        raise BenchError(f"nobody listens on port {port}")


def floor(plan: Plan) -> Runs:
    """The bare durable server, one report an order."""
    orders = plan.orders * FLOOR_FACTOR
    with TemporaryDirectory(prefix="bench-floor-", dir=plan.folder) as folder:
        arguments = ["--dir", folder]
        with Worker("tools.bench.floor", arguments, plan.server_core) as server:
            port = int(server.answered()["port"])
            with _client(plan) as client:
                _log_on(client, port)
                _one_report(client, server, orders // WARM_UP_SHARE)
                runs = [_one_report(client, server, orders) for _ in range(plan.repeats)]
    return Runs(tuple(runs))


def floor_saturation(plan: Plan) -> float:
    """Orders a second the client alone can do."""
    orders = plan.orders * FLOOR_FACTOR
    with Worker("tools.bench.sink", ["--orders", str(orders)], plan.server_core) as sink:
        port = int(sink.answered()["port"])
        with _client(plan) as client:
            _log_on(client, port)
            return _one_report(client, sink, orders).orders_per_s


def gateway_saturation(plan: Plan) -> float:
    """Orders a second that client and broker can do on their one core."""
    orders = plan.orders
    with Worker("tools.bench.broker", [], plan.generator_core) as broker:
        arguments = ["--orders", str(orders), "--broker-port", str(broker.answered()["port"])]
        with Worker("tools.bench.sink", arguments, plan.server_core) as sink:
            port = int(sink.answered()["port"])
            with _client(plan) as client:
                _log_on(client, port)
                answer = client.ask(
                    "closed",
                    orders=orders,
                    window=WINDOW,
                    last="fill",
                    pid=sink.pid,
                    others=[broker.pid],
                    mark_every=orders,
                )
    return Run.of(answer).orders_per_s


def free_port() -> int:
    """A port that nobody listened on a moment ago."""
    sock, port = listen()
    sock.close()
    return port


@contextmanager
def running(plan: Plan, tree: Path = HERE) -> Iterator[Bench]:
    """A fresh gateway of the code in `tree`, ready, with its generators; gone afterwards."""
    with (
        TemporaryDirectory(prefix="bench-gateway-", dir=plan.folder) as name,
        Worker("tools.bench.broker", [], plan.generator_core) as broker,
        _client(plan) as client,
    ):
        folder, port = Path(name), free_port()
        broker_port = int(broker.answered()["port"])
        write_config(folder, client_port=port, broker_port=broker_port, audit=plan.audit, tree=tree)
        gateway = Gateway(
            folder, port, tree=tree, core=plan.server_core, children_core=plan.generator_core
        )
        try:
            gateway.start(client, broker)
            yield Bench(gateway, client, broker)
            client.ask("log_out")
        except BenchError as error:
            raise BenchError(f"{error}\n{gateway.log_tail()}".rstrip()) from None
        finally:
            gateway.stop()


def closed_loop(bench: Bench, orders: int, repeats: int) -> Runs:
    """Warm up, then equal runs."""
    bench.closed(max(orders // WARM_UP_SHARE, 1), orders)
    return Runs(tuple(bench.closed(orders, orders) for _ in range(repeats)))


def growth(plan: Plan, tree: Path = HERE) -> tuple[Growth, float]:
    """Long sessions, each on a fresh gateway: the one whose growth is the median, and the seconds
    a restart takes after it.
    """
    found = [_long_session(plan, tree) for _ in range(LONG_SESSIONS)]
    return sorted(found, key=lambda one: one[0].ratio)[LONG_SESSIONS // 2]


def _long_session(plan: Plan, tree: Path) -> tuple[Growth, float]:
    with running(plan, tree) as bench:
        run = bench.closed(plan.growth_orders + AROUND, MARK_EVERY)
        return Growth(run, plan.growth_orders), bench.restart()


def stages(plan: Plan, tree: Path = HERE) -> dict[str, float]:
    """CPU microseconds an order by stage, of the code in `tree`."""
    found: dict[str, float] = json.loads(run_in(tree, "stages", str(plan.orders), str(plan.folder)))
    return found


def checks(plan: Plan, tree: Path = HERE) -> dict[str, float]:
    """CPU microseconds an order of each pre-trade check, and of the whole way with all of them."""
    found: dict[str, float] = json.loads(run_in(tree, "checks", str(plan.orders), str(plan.folder)))
    return found


def run_in(tree: Path, name: str, *given: str) -> str:
    """What `tools.bench.NAME` prints, run with the code in `tree`; raises BenchError."""
    done = subprocess.run(
        [sys.executable, "-m", f"tools.bench.{name}", *given],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree)},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BenchError(f"tools.bench.{name} ended with exit status {done.returncode}")
    return done.stdout
