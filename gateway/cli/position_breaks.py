"""`fixgate positions breaks`: what brokers hold that is not what we hold."""

from __future__ import annotations

import time
from pathlib import Path

import click

from gateway.cli.options import control, json_option, place_options
from gateway.cli.output import print_json, print_table, utc
from gateway.control.client import ControlClient
from gateway.control.position_models import BreakView, ComparedView

FOUND_BREAKS = 1  # exit code, so that a script sees them
WAIT_S = 30.0
LOOK_EVERY_S = 0.25


@click.command()
@click.option("--broker", default="", help="Only of this broker.")
@click.option("--ask", is_flag=True, help="Ask the broker anew, and wait for its answer.")
@place_options
@json_option
def breaks(broker: str, ask: bool, config: Path, data_dir: Path | None, as_json: bool) -> None:
    """Show how brokers' positions compared with ours when they were last asked: after a logon, or
    with --ask now. Accounts are those in `position_accounts` of a broker. Nothing is changed; exit
    code 1 if there are differences.
    """
    if ask and not broker:
        raise click.UsageError("say whom to ask: --broker NAME")
    with control(config, data_dir) as client:
        views = _asked(client, broker) if ask else client.position_breaks(broker)
    if as_json:
        print_json(views)
    else:
        _print(views)
    if any(view.breaks for view in views):
        raise SystemExit(FOUND_BREAKS)


def _asked(client: ControlClient, broker: str) -> list[ComparedView]:
    views = client.ask_positions(broker)
    deadline = time.monotonic() + WAIT_S
    while any(view.asking for view in views):
        if time.monotonic() > deadline:
            raise click.ClickException(
                f"{broker} has not answered in {WAIT_S:.0f} s; look again without --ask"
            )
        time.sleep(LOOK_EVERY_S)
        views = client.position_breaks(broker)
    return views


def _print(views: list[ComparedView]) -> None:
    found = [_row(view, one) for view in views for one in view.breaks]
    if found:
        head = ("BROKER", "BREAK", "ACCOUNT", "SYMBOL", "CURRENCY", "QTY", "AT BROKER", "AVGPX")
        print_table(head, found, "")
    for view in views:
        when = f"compared {utc(view.time_ns)}" if view.time_ns else "never compared"
        more = ", being asked" if view.asking else ""
        count = f"{view.compared} position(s), {len(view.breaks)} difference(s)"
        click.echo(f"{view.broker} {view.account}: {count}, {when}{more}")
    if not views:
        click.echo("no broker is asked for positions: `position_accounts` of a broker names some")


def _row(view: ComparedView, one: BreakView) -> tuple[object, ...]:
    what = (one.kind, one.account, one.symbol, one.currency)
    return (view.broker, *what, one.quantity, one.broker_quantity, one.average_price)
