"""`fixgate demo`: runs a day, shows it, and holds it against the record.

Owns the options, the signals and the exit code.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import Final

import click
from rich.console import Console

from gateway.cli.failures import BAD_USAGE, FAILED
from store.errors import StoreError
from tools.demo.brokers import BROKERS, FIX
from tools.demo.day import Day
from tools.demo.ending import print_ending, print_next
from tools.demo.errors import DemoError, FolderError
from tools.demo.place import Place, placed
from tools.demo.record import read_record, story_of
from tools.demo.screen import shown
from tools.demo.totals import faults, totals_of

ORDERS_MIN: Final = 10
ORDERS_MAX: Final = 5_000
PIPE_WIDTH: Final = 160
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the totals as JSON on the last line.")
@click.option(
    "--keep",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Keep the data in DIR, which must be new or empty.",
)
@click.option(
    "--orders",
    type=click.IntRange(ORDERS_MIN, ORDERS_MAX),
    default=200,
    show_default=True,
    help="Orders of both clients together.",
)
@click.option(
    "--broker",
    type=click.Choice(list(BROKERS)),
    default=FIX,
    show_default=True,
    help="How the broker is reached: over FIX, or over the API of one.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed, same orders.")
def demo(as_json: bool, keep: Path | None, orders: int, broker: str, seed: int) -> None:
    """Show the main job: a gateway, a broker and two clients trade over TCP on this machine.

    Shows orders moving, then one order's whole story from the audit database, the totals, and
    that the journal's hash chain and its seals verify. Exits with 1 if anything does not add up.
    """
    width = None if sys.stdout.isatty() else PIPE_WIDTH
    console = Console(file=sys.stdout, width=width, markup=False, highlight=False, emoji=False)
    try:
        with placed(keep) as place:
            sys.exit(asyncio.run(_demo(Day(orders, seed, broker), place, console, as_json)))
    except FolderError as error:
        click.echo(str(error), err=True)
        sys.exit(BAD_USAGE)
    except (DemoError, StoreError, OSError) as error:
        click.echo(f"the demo failed: {error}", err=True)
        sys.exit(FAILED)
    except asyncio.CancelledError:
        click.echo("the demo was stopped; nothing of it runs any more", err=True)
        sys.exit(FAILED)


async def _demo(day: Day, place: Place, console: Console, as_json: bool) -> int:
    _listen_to_signals(day)
    async with shown(day, console):
        await day.run(place)
    record = read_record(place, [link[0] for link in day.links])
    totals = totals_of(day, record)
    wrong = list(faults(day, totals, record))
    order = day.replaced()
    print_ending(console, story_of(place, order.order_id) if order else None, totals, record)
    print_next(console, place, order.order_id if order else "ORDER")
    for text in day.gateway.troubles if day.gateway is not None else ():
        click.echo(f"the gateway warned: {text}", err=True)
    for text in wrong:
        click.echo(f"wrong: {text}", err=True)
    if as_json:
        click.echo(json.dumps(totals.as_dict()))
    return FAILED if wrong else 0


def _listen_to_signals(day: Day) -> None:
    """The first signal ends the day in good order, the second at once."""
    task = asyncio.current_task()
    assert task is not None, "no task runs"
    loop = asyncio.get_running_loop()

    def stop() -> None:
        if task.cancelling() and day.gateway is not None:
            day.gateway.kill()
        task.cancel()

    for number in _SIGNALS:
        loop.add_signal_handler(number, stop)
