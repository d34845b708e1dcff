"""`fixgate halt`: the kill switch."""

from __future__ import annotations

from pathlib import Path

import click

from gateway.cli.options import control, json_option, place_options, reason_option
from gateway.cli.output import print_json, print_table
from gateway.control.views import LEVELS, DrillView, HaltView

scope_option = click.option(
    "--scope",
    default="firm",
    show_default=True,
    help="firm, broker:NAME, client:NAME, account:NAME, session:NAME, strategy:NAME, symbol:NAME or"
    " sector:NAME.",
)


@click.command()
@scope_option
@click.option("--level", type=click.Choice(LEVELS), default=LEVELS[-1], show_default=True)
@click.option("--cancel-open", is_flag=True, help="Also cancel the open orders of the scope.")
@click.option("--drill", is_flag=True, help="Only say what it would do.")
@click.option("--force", is_flag=True, help="Also an account, symbol or strategy not known here.")
@reason_option(required=True)
@place_options
@json_option
def halt(
    scope: str,
    level: str,
    cancel_open: bool,
    drill: bool,
    force: bool,
    reason: str,
    config: Path,
    data_dir: Path | None,
    as_json: bool,
) -> None:
    """Refuse new orders and replaces of a scope; cancels still pass. It survives a restart, and so
    do the cancels: `fixgate halts` shows how far they are.
    """
    asked = {"level": level, "cancel_open": cancel_open, "force": force, "reason": reason}
    with control(config, data_dir) as client:
        view = client.drill_halt(scope, **asked) if drill else client.halt(scope, **asked)
    if as_json:
        print_json(view)
    elif isinstance(view, DrillView):
        _show_drill(view)
    else:
        _show(view)


def _show(view: HaltView) -> None:
    lift = f"fixgate resume --scope {view.scope} --reason WHY"
    click.echo(f"{view.scope} is {view.level}; `{lift}` lifts it")
    if view.cancels_sent:
        click.echo(f"{view.cancels_sent} cancel(s) sent")
    if view.open_orders:
        click.echo(f"{view.open_orders} order(s) are still open: `fixgate orders list`")
    if view.cancel_open:
        show_residue([view])


def show_residue(halts: list[HaltView]) -> None:
    """What is to be canceled and still open, by broker and reason."""
    rows = [
        (halt.scope, row.broker, row.orders, row.good_till or "", row.why, ", ".join(row.order_ids))
        for halt in halts
        for row in halt.residue
    ]
    columns = ("TO CANCEL IN", "BROKER", "OPEN", "GOOD TILL", "WHY", "ORDERS")
    print_table(columns, rows, "nothing is left to cancel")


def _show_drill(view: DrillView) -> None:
    click.echo(f"a drill: nothing is changed; {view.scope} would be {view.level}")
    if view.stricter:
        click.echo(f"as strict is in force already: {view.stricter}")
    click.echo(f"its orders would be refused to: {', '.join(view.sessions) or 'nobody'}")
    word = "would cancel" if view.cancel_open else "would leave open"
    rows = [(row.broker, row.orders, row.held, row.good_till, row.why) for row in view.brokers]
    columns = ("BROKER", "ORDERS THERE", "HELD HERE", "GOOD TILL", "CANNOT NOW, FOR")
    if rows:
        click.echo(f"it {word}:")
    print_table(columns, rows, "there is no open order in it")
