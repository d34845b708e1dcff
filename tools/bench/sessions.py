"""Many sessions at once: what a thousand that only beat cost, and whether many that trade together
get as much done as one.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from tools.bench.crowd import names
from tools.bench.errors import BenchError
from tools.bench.gateway import HERE, Gateway, write_config
from tools.bench.measure import WARM_UP_SHARE, WINDOW, Plan, free_port
from tools.bench.results import Run
from tools.bench.worker import Worker

INTERVALS_S: Final = (1, 30)  # HeartBtInt(108): the shortest there is, and what most agree on
QUIET_HEART_BT_INT_S: Final = 300
CPU_SHARE_MAX: Final = 0.40
RSS_MAX_MB: Final = 300.0
SHARED_LEAST: Final = 0.85  # of the throughput of one session
DEEP: Final = 16  # orders of each session that are outstanding where sessions do not share a window
_MB: Final = 1 << 20

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Size:
    """How many sessions beat, for how long, and how many trade."""

    beating: int
    seconds: float
    trading: int


QUICK: Final = Size(100, 4.0, 20)
WHOLE: Final = Size(1_000, 30.0, 200)


@dataclass(frozen=True, slots=True)
class Beating:
    """Sessions that only beat; `late`: how often the generator was late with it."""

    sessions: int
    interval_s: int
    run: Run
    late: int

    @property
    def cpu_share(self) -> float:
        """Of one core."""
        return self.run.cpu_ns / self.run.elapsed_ns

    @property
    def rss_mb(self) -> float:
        """Resident memory of the gateway at the end, in MiB."""
        return self.run.rss_bytes / _MB


@dataclass(frozen=True, slots=True)
class Trading:
    """Equal runs, turn about: of `one` session, of many that have as many orders outstanding
    together (`shallow`), and of many with DEEP orders outstanding each (`deep`).
    """

    sessions: int
    one: tuple[Run, ...]
    shallow: tuple[Run, ...]
    deep: tuple[Run, ...]

    def throughput_ratio(self, many: tuple[Run, ...]) -> float:
        """Orders a second of many sessions over those of one, the median of the turns."""
        pairs = zip(many, self.one, strict=True)
        return median(run.orders_per_s / one.orders_per_s for run, one in pairs)

    def cpu_ratio(self, many: tuple[Run, ...]) -> float:
        """CPU an order of many sessions over that of one, likewise."""
        pairs = zip(many, self.one, strict=True)
        return median(run.cpu_us_per_order / one.cpu_us_per_order for run, one in pairs)


@dataclass(frozen=True, slots=True)
class Found:
    """What was measured."""

    beating: tuple[Beating, ...]
    trading: Trading


def measure(
    plan: Plan,
    size: Size,
    say: Say,
    tree: Path = HERE,
    intervals_s: tuple[int, ...] = INTERVALS_S,
) -> Found:
    """All parts, each with a fresh gateway of the code in `tree`."""
    beating = []
    for interval_s in intervals_s:
        say(f"{size.beating} sessions, HeartBtInt(108)={interval_s}")
        beating.append(_beat(plan, size, interval_s, tree))
    say(f"{size.trading} sessions that trade, and one")
    return Found(tuple(beating), _trade(plan, size.trading, tree))


def _beat(plan: Plan, size: Size, interval_s: int, tree: Path) -> Beating:
    with _running(plan, tree, size.beating, interval_s) as (gateway, crowd, _broker):
        seconds = max(size.seconds, 2.0 * interval_s)
        answer = crowd.ask("beat", seconds=seconds, pid=gateway.pid)
        return Beating(size.beating, interval_s, Run.of(answer), answer["late"])


def _trade(plan: Plan, sessions: int, tree: Path) -> Trading:
    with _running(plan, tree, sessions, QUIET_HEART_BT_INT_S) as (gateway, crowd, broker):

        def run(count: int, orders: int, window: int) -> Run:
            answer = crowd.ask(
                "trade",
                orders=orders,
                window=window,
                sessions=count,
                pid=gateway.pid,
                others=[broker.pid],
            )
            broker.ask("state")
            return Run.of(answer)

        kinds = ((1, WINDOW), (sessions, WINDOW), (sessions, DEEP * sessions))
        for count, window in kinds:
            run(count, max(plan.orders // WARM_UP_SHARE, sessions), window)
        turns = [
            [run(count, plan.orders, window) for count, window in kinds]
            for _ in range(plan.repeats)
        ]
        one, shallow, deep = (tuple(runs) for runs in zip(*turns, strict=True))
        return Trading(sessions, one, shallow, deep)


@contextmanager
def _running(
    plan: Plan, tree: Path, sessions: int, heart_bt_int_s: int
) -> Iterator[tuple[Gateway, Worker, Worker]]:
    """A fresh gateway with all sessions logged on; gone afterwards."""
    arguments = ["--sessions", str(sessions), "--heart-bt-int-s", str(heart_bt_int_s)]
    with (
        TemporaryDirectory(prefix="bench-sessions-", dir=plan.folder) as name,
        Worker("tools.bench.broker", [], plan.generator_core) as broker,
        Worker("tools.bench.crowd", arguments, plan.generator_core) as crowd,
    ):
        folder, port = Path(name), free_port()
        write_config(
            folder,
            client_port=port,
            broker_port=int(broker.answered()["port"]),
            audit=plan.audit,
            tree=tree,
            clients=names(sessions),
        )
        gateway = Gateway(
            folder, port, tree=tree, core=plan.server_core, children_core=plan.generator_core
        )
        try:
            gateway.start(crowd, broker)
            yield gateway, crowd, broker
            crowd.ask("hang_up")
        except BenchError as error:
            raise BenchError(f"{error}\n{gateway.log_tail()}".rstrip()) from None
        finally:
            gateway.stop()


def as_json(found: Found) -> dict[str, Any]:
    """All numbers."""
    trading = found.trading
    return {
        "beating": [
            {
                "sessions": one.sessions,
                "heart_bt_int_s": one.interval_s,
                "cpu_share": round(one.cpu_share, 4),
                "rss_mb": round(one.rss_mb, 1),
                "generator_busy": round(one.run.generator_busy, 3),
                "generator_late": one.late,
            }
            for one in found.beating
        ],
        "trading": [
            {
                "sessions": count,
                "outstanding": outstanding,
                "orders_per_s": round(median(run.orders_per_s for run in runs)),
                "cpu_us_per_order": round(median(run.cpu_us_per_order for run in runs), 2),
                "generator_busy": round(median(run.generator_busy for run in runs), 3),
                "throughput_ratio": round(trading.throughput_ratio(runs), 4),
                "cpu_ratio": round(trading.cpu_ratio(runs), 4),
            }
            for count, outstanding, runs in _kinds(trading)
        ],
    }


def _kinds(trading: Trading) -> list[tuple[int, int, tuple[Run, ...]]]:
    """(sessions, orders outstanding in all, runs)."""
    count = trading.sessions
    return [
        (1, WINDOW, trading.one),
        (count, max(WINDOW // count, 1) * count, trading.shallow),
        (count, DEEP * count, trading.deep),
    ]


def print_found(found: Found, console: Console) -> None:
    """A table of each part, with what is aimed at."""
    _print_beating(found.beating, console)
    _print_trading(found.trading, console)


def _print_beating(beating: tuple[Beating, ...], console: Console) -> None:
    columns = ("sessions", "HeartBtInt(108)", "CPU of a core", "memory", "generator late")
    table = Table(*columns, title="Heartbeats only")
    for one in beating:
        table.add_row(
            *(str(one.sessions), f"{one.interval_s} s", f"{one.cpu_share:.1%}"),
            *(f"{one.rss_mb:.0f} MiB", str(one.late)),
        )
    console.print(table)
    console.print(f"aim: below {CPU_SHARE_MAX:.0%} and {RSS_MAX_MB:.0f} MiB with 1000 sessions")


def _print_trading(trading: Trading, console: Console) -> None:
    columns = ("sessions", "outstanding", "orders/s", "ratio", "CPU us an order", "ratio")
    table = Table(*columns, "generator busy", title="Trading")
    for count, outstanding, runs in _kinds(trading):
        table.add_row(
            *(str(count), str(outstanding)),
            f"{median(run.orders_per_s for run in runs):,.0f}",
            f"{trading.throughput_ratio(runs):.3f}",
            f"{median(run.cpu_us_per_order for run in runs):.2f}",
            f"{trading.cpu_ratio(runs):.3f}",
            f"{median(run.generator_busy for run in runs):.0%}",
        )
    console.print(table)
    console.print(f"aim: at least {SHARED_LEAST} of the orders a second of one session")


def show(found: Found, *, as_object: bool) -> None:
    """Print JSON or the tables."""
    if as_object:
        print(json.dumps(as_json(found)))
    else:
        print_found(found, Console())
