"""What the record costs and how fast it is found: projection, rebuild, searches, bytes an order.

`python -m tools.bench.audit`, or `make bench-audit`. A journal of many messages is made first; then
each kind of database takes it, by code that is compiled where that can be had. Searches are timed
through the code that the commands use, the slowest of several; times are of the whole machine, so
measure on one that has nothing else to do.
"""

import argparse
import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from time import perf_counter
from typing import Final

from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection, func, select, text

from gateway import garbage
from gateway.audit import access
from gateway.audit.projector import Projector
from gateway.audit.searching import Asked, Tag, part_of, search
from gateway.audit.story import story
from store.database import Database
from store.queries import Wanted
from store.segment import numbers_in, path_of
from store.tables import messages, orders
from tools.bench.audit_journal import DAY_NS, FIRST_DAY_NS, MESSAGES_AN_ORDER
from tools.bench.gateway import HERE
from tools.bench.measure import run_in
from tools.compiled import CompileError, build, is_compiled, obstacle
from tools.postgres import find_binaries, running

MESSAGES: Final = 1_000_000
DAYS: Final = 5
PROBES: Final = 5
LIMIT: Final = 100
SEED: Final = 7


@dataclass(slots=True)
class Found:
    """Of one kind of database. Rates are messages a second, of the clock and of the projector's
    CPU; searches are seconds, the slowest of some; `bytes_an_order`: of the database's files.
    """

    database: str
    projected_per_s: float = 0.0
    projected_per_cpu_s: float = 0.0
    rebuilt_per_s: float = 0.0
    rebuilt_per_cpu_s: float = 0.0
    bytes_an_order: float = 0.0
    searches_s: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class Results:
    """`journal_bytes_an_order`: as written; `zstd_bytes_an_order`: a segment compressed, None
    where zstandard is not installed.
    """

    messages: int
    days: int
    journal_bytes_an_order: float
    zstd_bytes_an_order: float | None
    databases: list[Found]
    notes: list[str]


def measure(messages_: int, folder: Path) -> Results:
    """Make the journal and measure with each kind of database."""
    with TemporaryDirectory(prefix="bench-audit-", dir=folder) as name:
        place = Path(name)
        _say("journal")
        run_in(HERE, "audit_journal", name, str(messages_), str(DAYS))
        data = place / "data"
        _say("SQLite")
        found = [_measured("SQLite", data, f"sqlite:///{place}/audit.db")]
        notes = []
        binaries = find_binaries()
        if binaries is None:
            notes.append("PostgreSQL is left out: initdb is not installed")
        else:
            _say("PostgreSQL")
            with running(binaries) as cluster:
                found.append(_measured("PostgreSQL", data, cluster.create("bench")))
        many = messages_ / MESSAGES_AN_ORDER
        journal = data / "journal"
        segments = [path_of(journal, number) for number in numbers_in(journal)]
        written = sum(_used(path) for path in segments)
        packed = _zstd_share(segments[0])
        if packed is None:
            notes.append("zstandard is not installed: no size of a compressed segment")
        share = None if packed is None else packed * written / many
        return Results(messages_, DAYS, written / many, share, found, notes)


def _measured(name: str, data: Path, url: str) -> Found:
    found = Found(name)
    with Database(url) as database:
        with _timed() as took, Projector(data, database) as projector:
            while projector.step():
                pass
        count = _count(database)
        found.projected_per_s, found.projected_per_cpu_s = count / took[0], count / took[1]
        with _timed() as took:
            access.rebuild(data, database, lambda _done, _total: None)
        found.rebuilt_per_s, found.rebuilt_per_cpu_s = count / took[0], count / took[1]
        found.bytes_an_order = _size(database) * MESSAGES_AN_ORDER / count
        found.searches_s = _searches(database)
    return found


@contextmanager
def _timed() -> Iterator[list[float]]:
    """Seconds of the clock and of CPU, here and in processes that ended; filled in at the end."""
    took: list[float] = []
    wall, cpu = perf_counter(), sum(os.times()[:4])
    yield took
    took += [perf_counter() - wall, sum(os.times()[:4]) - cpu]


def _count(database: Database) -> int:
    with database.reading() as connection:
        return connection.scalar(select(func.count()).select_from(messages)) or 0


def _size(database: Database) -> int:
    if database.file is not None:
        return database.file.stat().st_size
    with database.reading() as connection:
        return connection.scalar(text("SELECT pg_database_size(current_database())")) or 0


# --- searches ---------------------------------------------------------------------------------


def _searches(database: Database) -> dict[str, float]:
    chosen = random.Random(SEED)
    found: dict[str, float] = {}
    with database.reading() as connection:
        last = connection.scalar(select(func.max(orders.c.order_no))) or 1
        for number in chosen.sample(range(1, last + 1), min(PROBES, last)):
            for name, asked in _by_id(connection, number).items():
                found[name] = max(found.get(name, 0.0), _search_s(connection, asked))
        day = (FIRST_DAY_NS + (DAYS // 2) * DAY_NS, FIRST_DAY_NS + (DAYS // 2 + 1) * DAY_NS)
        for name, asked in _of_a_day(*day).items():
            found[name] = _search_s(connection, asked)
        order_id = connection.scalar(select(orders.c.order_id).where(orders.c.order_no == last))
    began = perf_counter()
    story(database, str(order_id))
    found["story of an order"] = perf_counter() - began
    return found


def _by_id(connection: Connection, number: int) -> dict[str, Asked]:
    row = connection.execute(select(orders).where(orders.c.order_no == number)).one()
    executed = connection.scalar(
        select(messages.c.exec_id).where(
            messages.c.order_no == number, messages.c.exec_id.is_not(None)
        )
    )
    return {
        "ClOrdID(11)": Asked(Wanted(cl_ord_id=row.cl_ord_id)),
        "ClOrdID(11) at the broker": Asked(Wanted(cl_ord_id=row.broker_cl_ord_id)),
        "OrderID(37)": Asked(Wanted(order_id=row.order_id)),
        "ExecID(17)": Asked(Wanted(exec_id=executed or "")),
        "correlation id": Asked(Wanted(order_no=number)),
    }


def _of_a_day(since_ns: int, until_ns: int) -> dict[str, Asked]:
    tags: dict[str, Tag] = {
        "a day's tag=value, many": ("55", "SYM07"),
        "a day's tag=value, none": ("55", "NOPE"),
    }
    asked = {
        name: Asked(Wanted(parts=(part_of(tag),), since_ns=since_ns, until_ns=until_ns), (tag,))
        for name, tag in tags.items()
    }
    words = Wanted(text=b"no such words", since_ns=since_ns, until_ns=until_ns)
    return {**asked, "a day's free text, none": Asked(words)}


def _search_s(connection: Connection, asked: Asked) -> float:
    began = perf_counter()
    search(connection, asked, LIMIT)
    return perf_counter() - began


# --- disk -------------------------------------------------------------------------------------


def _used(segment: Path) -> int:
    """Bytes of a segment without the room that is made ahead."""
    return len(segment.read_bytes().rstrip(b"\x00"))


def _zstd_share(segment: Path) -> float | None:
    try:
        zstandard = import_module("zstandard")
    except ImportError:
        return None
    data = segment.read_bytes().rstrip(b"\x00")
    return len(zstandard.ZstdCompressor().compress(data)) / len(data)


# --- output -----------------------------------------------------------------------------------


def show(results: Results) -> None:
    """A table."""
    table = Table("", *(found.database for found in results.databases), title="The record")
    table.add_row("messages", *(f"{results.messages:,}" for _ in results.databases))
    for name in ("projected_per_s", "projected_per_cpu_s", "rebuilt_per_s", "rebuilt_per_cpu_s"):
        shown = (f"{getattr(found, name):,.0f}" for found in results.databases)
        table.add_row(name.replace("_per_", " messages/").replace("_", " "), *shown)
    for name in results.databases[0].searches_s:
        shown = (f"{found.searches_s[name] * 1000:,.1f} ms" for found in results.databases)
        table.add_row(name, *shown)
    sizes = (f"{found.bytes_an_order:,.0f}" for found in results.databases)
    table.add_row("bytes an order", *sizes)
    console = Console()
    console.print(table)
    console.print(
        f"{results.days} days; journal: {results.journal_bytes_an_order:,.0f} bytes an order"
    )
    if results.zstd_bytes_an_order is not None:
        console.print(f"compressed by zstd: {results.zstd_bytes_an_order:,.0f} bytes an order")
    console.print(f"{os.cpu_count()} cores; load {os.getloadavg()[0]:.1f}")
    for note in results.notes:
        console.print(note)


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


def main() -> int:
    """Measure and print; 1: nothing could be measured."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench.audit", description=__doc__)
    parser.add_argument("--messages", type=int, default=MESSAGES)
    parser.add_argument("--dir", type=Path, default=Path(gettempdir()), help="where the files go")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--plain", action="store_true", help="do not compile, measure plain Python")
    asked = parser.parse_args()
    why = "asked for" if asked.plain else obstacle()
    if not why:
        return _in_compiled_copy(asked)
    garbage.seldom()  # as the projector and `fixgate audit rebuild` have it
    results = measure(asked.messages, asked.dir)
    results.notes.append("compiled by mypyc" if is_compiled() else f"plain Python: {why}")
    if asked.json:
        print(json.dumps(asdict(results)))
    else:
        show(results)
    return 0


def _in_compiled_copy(asked: argparse.Namespace) -> int:
    """The same in a copy of the program that is compiled."""
    folder = asked.dir.resolve()
    given = ["--plain", "--messages", str(asked.messages), "--dir", str(folder)]
    with TemporaryDirectory(prefix="bench-compiled-", dir=folder) as name:
        _say("compiling")
        try:
            tree = build(Path(name) / "tree")
        except CompileError as error:
            print(f"bench-audit: {error}", file=sys.stderr)
            return 1
        command = [sys.executable, "-m", "tools.bench.audit", *given, *["--json"] * asked.json]
        paths = {**os.environ, "PYTHONPATH": str(tree)}
        return subprocess.run(command, cwd=tree, env=paths, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
