"""`python -m tools.broker_apis NAME`: the simulator of one broker's API from the command line."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import click

from tools.broker_apis import APIS, CALLERS, Settings, Simulator
from tools.broker_apis.faults import KINDS
from tools.fix_peer.command import by_symbol, prices, serve

_FAULT_HELP = "\n".join(f"  {kind:13} {meaning}" for kind, meaning in KINDS.items())


def _switches(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> dict[str, Any]:
    """NAME=VALUE pairs; a value that is JSON is taken so, else as text."""
    chosen: dict[str, Any] = {}
    for name, text in by_symbol(context, parameter, values).items():
        try:
            chosen[name] = json.loads(text)
        except ValueError:
            chosen[name] = text
    return chosen


@click.command(
    help="A broker's API to test against.",
    epilog=f"""\b
Faults, by POST /_sim/faults of {{"kind": KIND, "path": ..., "nth": ..., "times": ...}}:
{_FAULT_HELP}
Also under /_sim/: truth, requests, treatments, quotes, orders, act, clock, switches.
""",
)
@click.argument("name", type=click.Choice(sorted({*APIS, *CALLERS})))
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option(
    "--port",
    type=int,
    required=True,
    help="To listen on, 0 takes a free one and prints it. Of osengine: the gateway's, to call.",
)
@click.option("--control-port", type=int, default=0, help="Of osengine: to listen on for /_sim/.")
@click.option(
    "--ca",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Of osengine: PEM of who vouches for the gateway's certificate: TLS.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed, the same day.")
@click.option(
    "--price",
    "prices",
    multiple=True,
    callback=prices,
    help="SYMBOL=PRICE that quotes begin at, beside the samples.",
)
@click.option("--quotes-per-s", type=click.FloatRange(0), default=1, help="Of each symbol.")
@click.option(
    "--truth-log",
    "truth_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A JSON line for everything that happens to an order.",
)
@click.option(
    "--certificate",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="PEM of certificate and chain: TLS.",
)
@click.option(
    "--key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="PEM of its key, if the other file has it not.",
)
@click.option(
    "--switch",
    "switches",
    multiple=True,
    callback=_switches,
    help="NAME=VALUE of what the API's documentation leaves open.",
)
def main(name: str, **options: Any) -> None:
    """Run until interrupted."""
    settings = Settings(**options)
    try:
        calls = CALLERS.get(name)
        simulator = calls(settings) if calls is not None else Simulator(APIS[name], settings)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    asyncio.run(_run(simulator, settings))


async def _run(simulator: Simulator, settings: Settings) -> None:
    await serve(simulator, settings.host, simulator.settings.port)
    orders = simulator.world.exchange.orders.values()
    summary = {"requests": len(simulator.control.requests), "orders": len(orders)}
    click.echo(json.dumps(summary))


if __name__ == "__main__":
    main()
