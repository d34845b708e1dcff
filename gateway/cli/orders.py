"""`fixgate orders`: the orders the gateway holds, and what an operator may do with one."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import click

from gateway.cli.options import control, json_option, place_options, reason_option
from gateway.cli.order_orphans import orphans
from gateway.cli.order_output import print_order, print_orders
from gateway.cli.output import print_json
from gateway.control.views import (
    ORDERS_MAX,
    OrderFilter,
    Outcome,
)
from gateway.orders.statuses import ORDER_STATUSES


@click.group()
def orders() -> None:
    """List, cancel and settle orders, and executions that fit none. KEY is an OrderID(37), or a
    ClOrdID(11) if it is unique.
    """


orders.add_command(orphans)


@orders.command("list")
@click.option("--client", default="", help="Only this client's.")
@click.option("--broker", default="", help="Only at this broker.")
@click.option("--account", default="", help="Only of this Account(1).")
@click.option("--symbol", default="", help="Only of this Symbol(55).")
@click.option(
    "--status", type=click.Choice(list(ORDER_STATUSES.values())), help="Also closed ones."
)
@click.option("--unknown", is_flag=True, help="Only those whose state at the broker is unknown.")
@click.option("--all", "everything", is_flag=True, help="Closed ones too.")
@click.option("--limit", default=100, type=click.IntRange(1, ORDERS_MAX), show_default=True)
@place_options
@json_option
def list_(
    client: str,
    broker: str,
    account: str,
    symbol: str,
    status: str | None,
    unknown: bool,
    everything: bool,
    limit: int,
    config: Path,
    data_dir: Path | None,
    as_json: bool,
) -> None:
    """List open orders, newest first."""
    wanted = OrderFilter(
        client=client,
        broker=broker,
        account=account,
        symbol=symbol,
        status=status or "",
        open_only=not (everything or status),
        unknown=unknown,
        limit=limit,
    )
    with control(config, data_dir) as gateway:
        views = gateway.orders(wanted)
    if as_json:
        print_json(views)
        return
    closed_too = everything or status or unknown
    empty = "no such orders" if closed_too else "no open orders; --all shows the closed ones"
    print_orders(views, empty)
    if len(views) == limit:
        click.echo(f"the newest {limit} only; --limit shows more")


@orders.command()
@click.argument("key")
@place_options
@json_option
def show(key: str, config: Path, data_dir: Path | None, as_json: bool) -> None:
    """Show one order. Its whole story: `fixgate audit story KEY`."""
    with control(config, data_dir) as client:
        print_order(client.order(key), as_json)


@orders.command()
@click.argument("key")
@reason_option(required=False)
@place_options
@json_option
def cancel(key: str, reason: str, config: Path, data_dir: Path | None, as_json: bool) -> None:
    """Send a cancel to the order's broker; the order is canceled when the broker says so."""
    with control(config, data_dir) as client:
        print_order(client.order_action(key, "cancel", reason=reason), as_json)


@orders.command()
@click.argument("key")
@click.option(
    "--outcome",
    required=True,
    type=click.Choice(get_args(Outcome)),
    help="What the broker really holds: the order works, was canceled, or never arrived.",
)
@reason_option(required=True)
@place_options
@json_option
def settle(
    key: str, outcome: str, reason: str, config: Path, data_dir: Path | None, as_json: bool
) -> None:
    """End the uncertainty of an UNKNOWN order, after asking the broker by other means."""
    with control(config, data_dir) as client:
        print_order(client.order_action(key, "settle", outcome=outcome, reason=reason), as_json)
