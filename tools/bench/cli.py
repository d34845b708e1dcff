"""The command line of the benchmark, and the order in which its parts run.

Numbers go to stdout, progress to stderr.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from platform import platform, python_version
from tempfile import TemporaryDirectory, gettempdir
from typing import Final

from rich.console import Console

from tools.bench import brokers, day_roll, kill, measure, sessions
from tools.bench.against import compare
from tools.bench.errors import BenchError
from tools.bench.floor import sync_method
from tools.bench.gateway import HERE
from tools.bench.measure import Plan
from tools.bench.report import as_json, print_table
from tools.bench.results import AROUND, EARLY, Results
from tools.bench.worker import cores
from tools.compiled import CompileError, build, obstacle
from tools.demo.errors import DemoError

RATES: Final = (1_000, 5_000)
QUICK_ORDERS: Final = 5_000
QUICK_GROWTH: Final = 30_000
BROKER_ORDERS: Final = 1_000
BROKER_ORDERS_QUICK: Final = 50

Say = Callable[[str], None]


def parser() -> argparse.ArgumentParser:
    """The options and their defaults."""
    found = argparse.ArgumentParser(
        prog="python -m tools.bench",
        description="Measure the gateway against a bare durable server, in one run.",
    )
    add = found.add_argument
    add("--json", action="store_true", help="print one JSON object")
    add("--quick", action="store_true", help="a short version, for a first impression")
    add("--orders", type=_positive, help="orders of each closed-loop run (default 50000)")
    add("--repeats", type=_positive, help="runs of which the median counts (default 5)")
    add("--seconds", type=float, help="seconds at each open-loop rate (default 10)")
    add("--growth-orders", type=_growth, help="orders of the long session (default 500000)")
    add("--audit", action="store_true", help="with the audit projector, on the generators' core")
    add("--plain", action="store_true", help="do not compile, measure plain Python only")
    add("--floor-only", action="store_true", help="floor and generators only, no gateway")
    add("--against", metavar="REV", help="compare CPU an order with another revision, turn about")
    add("--day-roll", action="store_true", help="a day roll over very many good-till orders")
    add("--kill", action="store_true", help="the kill switch over very many open orders")
    add("--brokers", action="store_true", help="brokers over an API beside one over FIX")
    add("--sessions", action="store_true", help="many sessions: their cost, and how they share")
    add("--dir", type=Path, default=Path(gettempdir()), help="where journals go while it runs")
    return found


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be positive")
    return number


def _growth(text: str) -> int:
    number = int(text)
    if number < EARLY + 2 * AROUND:
        raise argparse.ArgumentTypeError(f"must be at least {EARLY + 2 * AROUND}")
    return number


def plan_of(options: argparse.Namespace) -> Plan:
    """The plan that the options ask for."""
    quick = options.quick
    server_core, generator_core = cores()
    return Plan(
        orders=options.orders or (QUICK_ORDERS if quick else 50_000),
        repeats=options.repeats or (3 if quick else 5),
        seconds=options.seconds or (2.0 if quick else 10.0),
        rates=RATES,
        growth_orders=options.growth_orders or (QUICK_GROWTH if quick else 500_000),
        audit=options.audit,
        folder=options.dir,
        server_core=server_core,
        generator_core=generator_core,
    )


def run(plan: Plan, *, floor_only: bool, plain: bool, say: Say) -> Results:
    """Floor, generators, gateway, latency, growth, restart; compiled where that can be had."""
    say("floor")
    floor = measure.floor(plan)
    say("generators")
    results = Results(
        floor=floor,
        floor_saturation=measure.floor_saturation(plan),
        gateway_saturation=measure.gateway_saturation(plan),
        notes=notes(plan),
    )
    if floor_only:
        return results
    why = "asked for" if plain else obstacle()
    if why:
        results.notes.append(f"plain Python: {why}")
        _gateway(plan, HERE, results, say)
        return results
    with TemporaryDirectory(prefix="bench-compiled-", dir=plan.folder) as folder:
        say("gateway in plain Python, closed loop")
        with measure.running(plan) as bench:
            results.plain = measure.closed_loop(bench, plan.orders, plan.repeats)
        say("compiling")
        tree = build(Path(folder) / "tree")
        results.notes.append("compiled by mypyc, and in plain Python beside it")
        _gateway(plan, tree, results, say)
    return results


def _gateway(plan: Plan, tree: Path, results: Results, say: Say) -> None:
    """Everything about the gateway of one tree."""
    say("gateway, closed loop")
    with measure.running(plan, tree) as bench:
        results.gateway = measure.closed_loop(bench, plan.orders, plan.repeats)
        for rate in plan.rates:
            say(f"gateway, {rate} orders a second")
            results.paced[rate] = bench.open(rate, plan.seconds)
    say("stages")
    results.stages_us = measure.stages(plan, tree)
    say("checks")
    results.checks_us = measure.checks(plan, tree)
    say(f"gateway, {plan.growth_orders} orders in one session, {measure.LONG_SESSIONS} times")
    results.growth, results.restart_s = measure.growth(plan, tree)


def notes(plan: Plan) -> list[str]:
    """What a reader must know to trust or compare the numbers."""
    found = [
        f"{platform()}, Python {python_version()}, {_loop()}, sync by {sync_method()}",
        f"audit projector {'on, on the generators core' if plan.audit else 'off'}",
    ]
    if plan.server_core == plan.generator_core:
        found.append("one core for server and generators: orders/s and latency mean little")
    if _filesystem(plan.folder) in ("tmpfs", "ramfs"):
        found.append(f"{plan.folder} is in memory: syncs cost nothing; choose a disk with --dir")
    return found


def _loop() -> str:
    try:
        return f"uvloop {version('uvloop')}"
    except PackageNotFoundError:
        return "asyncio's own loop"


def _filesystem(folder: Path) -> str:
    """The type of the filesystem that holds `folder`."""
    best, kind = -1, ""
    target = folder.resolve()
    for line in Path("/proc/mounts").read_text().splitlines():
        _, point, found, *_ = line.split()
        if target.is_relative_to(point) and len(point) > best:
            best, kind = len(point), found
    return kind


def main(arguments: Sequence[str]) -> int:
    """0: measured; 1: a run failed and there are no numbers."""
    options = parser().parse_args(arguments)
    plan = plan_of(options)
    try:
        if options.against:
            _compare(plan, options.against, as_object=options.json)
        elif options.day_roll:
            _measure_day_roll(plan, options)
        elif options.kill:
            _measure_kill(plan, options)
        elif options.sessions:
            _measure_sessions(plan, options)
        elif options.brokers:
            _say("brokers over FIX and over an API")
            found = brokers.measure(plan, BROKER_ORDERS_QUICK if options.quick else BROKER_ORDERS)
            brokers.show(found, as_object=options.json)
        else:
            _measure(plan, options)
    except (BenchError, CompileError, DemoError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    return 0


def _say(text: str) -> None:
    print(text, file=sys.stderr)


def _measure(plan: Plan, options: argparse.Namespace) -> None:
    results = run(plan, floor_only=options.floor_only, plain=options.plain, say=_say)
    if options.json:
        print(json.dumps(as_json(results)))
    else:
        print_table(results, Console())


def _measure_sessions(plan: Plan, options: argparse.Namespace) -> None:
    size = sessions.QUICK if options.quick else sessions.WHOLE
    why = "asked for" if options.plain else obstacle()
    with TemporaryDirectory(prefix="bench-compiled-", dir=plan.folder) as folder:
        _say(f"plain Python: {why}" if why else "compiling")
        tree = HERE if why else build(Path(folder) / "tree")
        found = sessions.measure(plan, size, _say, tree)
    sessions.show(found, as_object=options.json)


def _measure_day_roll(plan: Plan, options: argparse.Namespace) -> None:
    orders = options.orders or (day_roll.QUICK_ORDERS if options.quick else day_roll.ORDERS)
    why = "asked for" if options.plain else obstacle()
    with TemporaryDirectory(prefix="bench-compiled-", dir=plan.folder) as folder:
        _say(f"plain Python: {why}" if why else "compiling")
        tree = HERE if why else build(Path(folder) / "tree")
        _say(f"a day roll over {orders} orders")
        found = day_roll.measure(plan, orders, tree)
    day_roll.show(found, as_object=options.json)


def _measure_kill(plan: Plan, options: argparse.Namespace) -> None:
    orders = options.orders or kill.ORDERS
    why = "asked for" if options.plain else obstacle()
    with TemporaryDirectory(prefix="bench-compiled-", dir=plan.folder) as folder:
        _say(f"plain Python: {why}" if why else "compiling")
        tree = HERE if why else build(Path(folder) / "tree")
        _say(f"the kill switch over {orders} orders")
        found = kill.measure(plan, orders, tree)
    kill.show(found, as_object=options.json)


def _compare(plan: Plan, revision: str, *, as_object: bool) -> None:
    comparison = compare(plan, revision)
    if as_object:
        print(json.dumps(comparison.as_json()))
    else:
        comparison.print_table(Console())
