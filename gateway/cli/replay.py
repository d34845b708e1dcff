"""`fixgate replay`: a stretch of the record played back, as JSON lines, at the pace it had."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any, Final

import click

from gateway.audit.player import Player, Readers
from gateway.audit.replay import Wanted, replayed
from gateway.cli.audit_reading import record_reading
from gateway.cli.moments import Moment
from gateway.cli.options import place_options
from gateway.cli.output import utc
from gateway.config.locate import locate

LOOPBACK: Final = "127.0.0.1"
SPEED_MAX: Final = 1_000_000.0


class Speed(click.ParamType[float]):
    """How many times as fast as it was; 0 for "max"."""

    name = "speed"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        if value == "max":
            return 0.0
        try:
            speed = float(value)
        except ValueError:
            speed = 0.0
        if not 0 < speed <= SPEED_MAX:
            self.fail(f'{value!r}: write 1 for as it was, 10 for ten times as fast, or "max"')
        return speed


class Address(click.ParamType[tuple[str, int]]):
    """HOST:PORT, [HOST]:PORT or PORT."""

    name = "address"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, int]:
        host, _, port = str(value).rpartition(":")
        if not (port.isascii() and port.isdigit() and int(port) < 1 << 16):
            self.fail(
                f"{value!r}: write HOST:PORT, or a port of {LOOPBACK} alone; 0: any that is free"
            )
        return host.removeprefix("[").removesuffix("]") or LOOPBACK, int(port)


@click.command()
@click.option("--from", "since_ns", type=Moment(), help="From this time on, UTC.")
@click.option("--to", "until_ns", type=Moment(), help="Before this time, UTC.")
@click.option(
    "--speed",
    type=Speed(),
    default="1",
    show_default=True,
    help='1: as it was; 10: ten times as fast; "max": without a pause.',
)
@click.option("--session", help="Only what concerns this session.")
@click.option("--order", help="Only one order: OrderID(37) or ClOrdID(11).")
@click.option("--messages-only", is_flag=True, help="No events and no acts of operators.")
@click.option(
    "--listen",
    type=Address(),
    metavar="HOST:PORT",
    help="Give the lines to everybody who connects here as well; begins when somebody has.",
)
@place_options
def replay(
    speed: float,
    listen: tuple[str, int] | None,
    config: Path,
    data_dir: Path | None,
    **given: Any,
) -> None:
    """Play a stretch of the record back, as JSON lines on standard output, until Ctrl-C.

    Reads the journal alone, of a running gateway or of one that nobody runs; nothing is sent to a
    client or a broker. What a line has is in the README.
    """
    where = locate(config, data_dir).data_dir
    asked = {name: value or None for name, value in given.items()}
    asked["listen"] = None if listen is None else "{}:{}".format(*listen)
    record_reading("replay", asked, config=config, data_dir=data_dir, where=where)
    wanted = Wanted(**{name: value for name, value in given.items() if value is not None})
    player = Player(sys.stdout, speed)
    try:
        asyncio.run(_play(player, where, wanted, listen))
    except KeyboardInterrupt:  # how one ends it: no failure
        reached = f" at {utc(player.time_ns)}" if player.played else ""
        click.echo(f"stopped{reached} after {player.played} lines", err=True)
        return
    click.echo(f"{player.played} lines, the last of {utc(player.time_ns) or 'none'}", err=True)


async def _play(
    player: Player, where: Path, wanted: Wanted, listen: tuple[str, int] | None
) -> None:
    if listen is None:
        await player.play(replayed(where, wanted))
        return
    readers = Readers(lambda text: click.echo(text, err=True))
    server = await asyncio.start_server(readers.connected, *listen)
    async with server:
        host, port, *_ = server.sockets[0].getsockname()
        click.echo(f"listening on {host}:{port}; begins when somebody connects", err=True)
        try:
            await readers.somebody.wait()
            player.readers = readers
            await player.play(replayed(where, wanted))
            await readers.finish()
        finally:
            readers.hang_up()
