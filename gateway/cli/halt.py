"""`fixgate halt`: the kill switch."""

from __future__ import annotations

from pathlib import Path

import click

from gateway.cli.options import control, json_option, place_options, reason_option
from gateway.cli.output import print_json

scope_option = click.option(
    "--scope",
    default="firm",
    show_default=True,
    help="firm, client:NAME, account:NAME or symbol:NAME.",
)


@click.command()
@scope_option
@click.option("--cancel-open", is_flag=True, help="Also cancel the open orders of the scope.")
@reason_option(required=True)
@place_options
@json_option
def halt(
    scope: str, cancel_open: bool, reason: str, config: Path, data_dir: Path | None, as_json: bool
) -> None:
    """Refuse new orders and replaces of a scope; cancels still pass. It survives a restart."""
    with control(config, data_dir) as client:
        view = client.halt(scope, cancel_open=cancel_open, reason=reason)
    if as_json:
        print_json(view)
        return
    lift = f"fixgate resume --scope {view.scope} --reason WHY"
    click.echo(f"{view.scope} is halted; `{lift}` lifts it")
    if view.cancels_sent:
        click.echo(f"{view.cancels_sent} cancel(s) sent")
    if view.open_orders:
        click.echo(f"{view.open_orders} order(s) are still open: `fixgate orders list`")
