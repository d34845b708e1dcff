"""`fixgate sessions watch`: what the FIX sessions do, again and again, until Ctrl-C."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from time import sleep, time_ns
from typing import Final

import click
from rich.live import Live
from rich.table import Table

from gateway.cli.options import control, json_option, place_options
from gateway.cli.output import NS, cell, console, print_table
from gateway.control.client import ControlClient
from gateway.control.views import SessionView

COLUMNS: Final = (
    *("NAME", "STATE", "NEXT IN", "NEXT OUT", "IN/S", "OUT/S", "UNSENT", "ROUND TRIP"),
    *("SILENT", "REJECTS", "REFUSED", "ALARM"),
)
INTERVAL_MIN_S: Final = 0.1
NS_PER_MS: Final = 1_000_000

Show = Callable[[list[tuple[object, ...]]], None]


@click.command()
@click.argument("names", nargs=-1)
@click.option(
    "--interval",
    "interval_s",
    type=click.FloatRange(INTERVAL_MIN_S, 3600),
    default=1.0,
    show_default=True,
    help="Seconds between two looks.",
)
@click.option("--count", type=click.IntRange(1), help="End after so many looks.")
@place_options
@json_option
def watch(
    names: tuple[str, ...],
    interval_s: float,
    count: int | None,
    config: Path,
    data_dir: Path | None,
    as_json: bool,
) -> None:
    """Watch sessions, all or those NAMED, until Ctrl-C. --json prints a line each time."""
    # Ctrl-C is how one ends it: no failure.
    with suppress(KeyboardInterrupt), control(config, data_dir) as client:
        looks = _looks(client, names, interval_s, count)
        if as_json:
            for views in looks:
                said = [view.model_dump(mode="json") for view in views]
                click.echo(json.dumps({"time_ns": time_ns(), "sessions": said}))
            return
        rates = Rates()
        with _screen() as show:
            for views in looks:
                now = time_ns()
                show([_row(view, *rates.of(view, now), now) for view in views])


def _looks(
    client: ControlClient, names: tuple[str, ...], interval_s: float, count: int | None
) -> Iterator[list[SessionView]]:
    """What is there, now and after each interval."""
    for name in names:
        client.session(name)  # fails for one that is not there
    looked = 0
    while True:
        views = client.sessions()
        yield [view for view in views if not names or view.name in names]
        looked += 1
        if looked == count:
            return
        sleep(interval_s)


class Rates:
    """Messages a second between two looks."""

    def __init__(self) -> None:
        self._before: dict[str, tuple[int, int, int]] = {}

    def of(self, view: SessionView, now: int) -> tuple[str, str]:
        """(in, out) since the session was looked at before; "" at the first time."""
        seen = sum(view.received.values()), sum(view.sent.values()) + view.resent, now
        before = self._before.get(view.name)
        self._before[view.name] = seen
        if before is None or now <= before[2]:
            return "", ""
        seconds = (now - before[2]) / NS
        # A gateway that was started again counts from zero.
        per_s = [max(seen[at] - before[at], 0) / seconds for at in (0, 1)]
        return f"{per_s[0]:.0f}", f"{per_s[1]:.0f}"


def _row(view: SessionView, per_s_in: str, per_s_out: str, now: int) -> tuple[object, ...]:
    silent_s = (now - view.last_received_ns) / NS if view.last_received_ns else 0
    rejects = sum(view.rejects_received.values()) + sum(view.rejects_sent.values())
    trip = f"{view.round_trip_ns / NS_PER_MS:.1f} ms" if view.round_trip_ns else ""
    return (
        *(view.name, view.state, view.next_in, view.next_out, per_s_in, per_s_out),
        *(view.unsent_bytes or "", trip, f"{silent_s:.0f} s" if silent_s > 0 else ""),
        *(rejects or "", sum(view.refused.values()) or "", view.alarm),
    )


@contextmanager
def _screen() -> Iterator[Show]:
    """Where rows go: over those before on a terminal, below them anywhere else."""
    if not sys.stdout.isatty():
        yield lambda rows: print_table(COLUMNS, rows, "no sessions")
        return
    with Live(console=console(), auto_refresh=False) as live:
        yield lambda rows: live.update(_table(rows), refresh=True)


def _table(rows: Sequence[Sequence[object]]) -> Table:
    table = Table(*COLUMNS, box=None, header_style="bold", pad_edge=False)
    for row in rows:
        table.add_row(*(cell(value) for value in row))
    return table
