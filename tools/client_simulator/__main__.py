"""`python -m tools.client_simulator`: the client simulator from the command line."""

from __future__ import annotations

import asyncio
import json
import signal
from pathlib import Path
from typing import Any

import click

from tools.client_simulator import ABORT, HALF, STORIES, ClientSettings, ClientSimulator, parse_mix
from tools.fix_peer import BEGIN_STRINGS
from tools.fix_peer.command import prices

_STORY_HELP = "\n".join(f"  {name:15} {story.meaning}" for name, story in STORIES.items())


def _mix(context: click.Context, parameter: click.Parameter, value: str) -> dict[str, int]:
    try:
        return parse_mix(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


def _symbols(context: click.Context, parameter: click.Parameter, value: str) -> tuple[str, ...]:
    symbols = tuple(symbol.strip() for symbol in value.split(",") if symbol.strip())
    if not symbols:
        raise click.BadParameter("must name at least one Symbol(55)")
    return symbols


@click.command(
    help="A FIX client to test with: sends orders, follows their stories, checks every report.",
    epilog=f"""\b
Stories for --mix, as in --mix limit=6,cancel=2,replace=1:
{_STORY_HELP}
Exit code 0 when every order was answered and all numbers added up, else 1.
""",
)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=int, required=True)
@click.option("--begin-string", type=click.Choice(BEGIN_STRINGS), default="FIX.4.4")
@click.option("--sender", default="ACME", show_default=True, help="Our SenderCompID(49).")
@click.option("--target", default="FIXGATE", show_default=True, help="The peer's.")
@click.option("--username", default="", help="Username(553) in Logon(A).")
@click.option("--password", default="", help="Password(554) in Logon(A).")
@click.option("--heart-bt-int-s", type=int, default=30, show_default=True)
@click.option("--reset-on-logon", is_flag=True, help="Begin both numbers at 1.")
@click.option("--orders", type=int, default=10, show_default=True, help="New orders to send.")
@click.option("--rate", type=float, default=0, help="New orders a second; 0: as fast as answered.")
@click.option("--window", type=int, default=100, show_default=True, help="Unanswered at most.")
@click.option("--mix", callback=_mix, default="limit", help="STORY=WEIGHT,..., see below.")
@click.option("--symbols", callback=_symbols, default="AAPL", help="Comma-separated Symbol(55).")
@click.option(
    "--price",
    "prices",
    multiple=True,
    callback=prices,
    help="SYMBOL=PRICE to order around; else the samples' or 100.",
)
@click.option("--account", default="", help="Account(1) of every order.")
@click.option("--id-prefix", default="", help="Of ClOrdIDs; else sender and time of the start.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed, same orders.")
@click.option("--drop-after", type=int, default=0, help="Cut the connection after N new orders.")
@click.option("--drop-kind", type=click.Choice([ABORT, HALF]), default=ABORT, show_default=True)
@click.option("--cancel-open/--leave-open", default=True, help="What still rests at the end.")
@click.option(
    "--state",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder that keeps numbers and messages over a restart.",
)
@click.option("--timeout-s", type=float, default=60, show_default=True, help="For all of it.")
@click.option("--json", "as_json", is_flag=True, help="The summary as one line of JSON.")
def main(timeout_s: float, as_json: bool, **options: Any) -> None:
    """Trade, then print what happened."""
    client = ClientSimulator(ClientSettings(**options))
    done = asyncio.run(_run(client, timeout_s))
    stats = client.stats()
    click.echo(json.dumps(stats.as_dict(), indent=None if as_json else 2))
    if not client.counts.logons:
        where = f"{client.settings.host}:{client.settings.port}"
        why = client.counts.problems[-1] if client.counts.problems else "no connection was made"
        click.echo(f"never logged on at {where}: {why}", err=True)
    raise SystemExit(0 if done and not stats.problems else 1)


async def _run(client: ClientSimulator, timeout_s: float) -> bool:
    await client.start()
    trading = asyncio.ensure_future(client.finished(timeout_s))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, trading.cancel)
    try:
        return await trading
    except asyncio.CancelledError:
        return False
    finally:
        await client.stop()


if __name__ == "__main__":
    main()
