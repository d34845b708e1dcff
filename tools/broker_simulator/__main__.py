"""`python -m tools.broker_simulator`: the broker simulator from the command line."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import click

from tools.broker_simulator import SCENARIOS, BrokerSettings, BrokerSimulator
from tools.broker_simulator.scenarios import check_fill
from tools.fix_peer import BEGIN_STRINGS
from tools.fix_peer.command import by_symbol, prices, serve

_RATE = click.FloatRange(0, 1)
_SCENARIO_HELP = "\n".join(f"  {word:9} {entry.meaning}" for word, entry in SCENARIOS.items())


def _fill(context: click.Context, parameter: click.Parameter, value: str) -> str:
    try:
        return check_fill(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


def _scenarios(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> dict[str, str]:
    pairs = by_symbol(context, parameter, values)
    for word in pairs.values():
        if word not in SCENARIOS:
            raise click.BadParameter(f"{word!r}: must be one of {', '.join(SCENARIOS)}")
    return pairs


@click.command(
    help="A FIX broker to test against: an acceptor with its own order book.",
    epilog=f"""\b
Scenario words, in Text(58) of an order or by --scenario SYMBOL=WORD:
{_SCENARIO_HELP}
A word in Text(58) of a replace holds from then on. Ends on Ctrl-C with Logout(5) and a summary.
""",
)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=int, required=True, help="0 takes a free one and prints it.")
@click.option("--begin-string", type=click.Choice(BEGIN_STRINGS), default="FIX.4.4")
@click.option("--sender", default="SIM", show_default=True, help="Our SenderCompID(49).")
@click.option("--target", default="FIXGATE", show_default=True, help="The peer's.")
@click.option("--username", default="", help="Username(553) that Logon(A) must carry.")
@click.option("--password", default="", help="Password(554) that Logon(A) must carry.")
@click.option("--ack-delay-ms", type=float, default=0, help="From a request to its answer.")
@click.option(
    "--fill",
    callback=_fill,
    default="full",
    show_default=True,
    help="full, none, half (the rest stays open), random, or partial:N (N fills to the whole).",
)
@click.option("--fill-delay-ms", type=float, default=0, help="Before each fill.")
@click.option("--slow-ms", type=float, default=1000, help="The answer's delay for SLOW orders.")
@click.option("--mass-status", is_flag=True, help="Answer OrderMassStatusRequest(AF).")
@click.option("--pending-acks", is_flag=True, help="Pending New, Cancel, Replace come first.")
@click.option("--reject-rate", type=_RATE, default=0, help="New orders refused.")
@click.option("--disconnect-every", type=int, default=0, help="Cut at every N-th request.")
@click.option("--duplicate-rate", type=_RATE, default=0, help="Fills that are told twice.")
@click.option("--reorder-rate", type=_RATE, default=0, help="Reports that come after their next.")
@click.option("--late-fill-rate", type=_RATE, default=0, help="Cancels with a fill after them.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed, the same day.")
@click.option(
    "--price",
    "prices",
    multiple=True,
    callback=prices,
    help="SYMBOL=PRICE of market orders; else the samples' or 100.",
)
@click.option(
    "--scenario", "scenarios", multiple=True, callback=_scenarios, help="SYMBOL=WORD, see below."
)
@click.option(
    "--state",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder that keeps numbers, messages and orders over a restart.",
)
@click.option(
    "--json-log",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Truth log: a JSON line for every request received and execution made.",
)
@click.option("--json", "as_json", is_flag=True, help="The summary as one JSON object.")
def main(as_json: bool, **options: Any) -> None:
    """Run until interrupted."""
    asyncio.run(_run(BrokerSettings(**options), as_json))


async def _run(settings: BrokerSettings, as_json: bool) -> None:
    broker = BrokerSimulator(settings)
    await serve(broker, settings.host, settings.port)
    summary = broker.stats().as_dict()
    click.echo(json.dumps(summary, indent=None if as_json else 2))


if __name__ == "__main__":
    main()
