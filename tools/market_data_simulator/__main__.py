"""`python -m tools.market_data_simulator`: the market data simulator from the command line."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import click

from tools.fix_peer import BEGIN_STRINGS
from tools.fix_peer.command import prices, serve
from tools.market_data_simulator import MarketDataSettings, MarketDataSimulator


@click.command(help="Market data to test against: an acceptor that answers MarketDataRequest(V).")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=int, required=True, help="0 takes a free one and prints it.")
@click.option("--begin-string", type=click.Choice(BEGIN_STRINGS), default="FIX.4.4")
@click.option("--sender", default="PRICES", show_default=True, help="Our SenderCompID(49).")
@click.option("--target", default="FIXGATE", show_default=True, help="The peer's.")
@click.option("--rate-per-s", type=click.FloatRange(0), default=1, help="Changes of each symbol.")
@click.option("--price", "prices", multiple=True, callback=prices, help="SYMBOL=PRICE to begin.")
@click.option("--refuse", "refused", multiple=True, help="A symbol that is refused by Y.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed, the same day.")
def main(refused: tuple[str, ...], **options: Any) -> None:
    """Run until interrupted."""
    asyncio.run(_run(MarketDataSettings(refused=frozenset(refused), **options)))


async def _run(settings: MarketDataSettings) -> None:
    feed = MarketDataSimulator(settings)
    await serve(feed, settings.host, settings.port)
    click.echo(json.dumps(feed.counts.as_dict()))


if __name__ == "__main__":
    main()
