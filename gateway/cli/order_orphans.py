"""`fixgate orders orphans`: executions that fit no order and orders that only a broker knows, and
what an operator may do about one.
"""

from __future__ import annotations

from pathlib import Path

import click

from gateway.cli.options import control, json_option, place_options, reason_option
from gateway.cli.order_output import print_order
from gateway.cli.output import print_json, print_table, utc
from gateway.control.views import OrphanView
from gateway.orders.order_types import SIDES


@click.group()
def orphans() -> None:
    """Executions that fit no order, and orders that only their broker knows. ORPHAN is a key that
    `list` shows.
    """


@orphans.command("list")
@place_options
@json_option
def list_(config: Path, data_dir: Path | None, as_json: bool) -> None:
    """List orphans, newest first; no order and no limit counts them."""
    with control(config, data_dir) as client:
        views = client.orphans()
    if as_json:
        print_json(views)
        return
    head = ("ORPHAN", "SINCE (UTC)", "KIND", "BROKER", "EXECID", "CLORDID", "ACCOUNT", "SIDE")
    print_table((*head, "QTY", "SYMBOL", "PRICE", "WHY"), map(_row, views), "no orphans")


def _row(view: OrphanView) -> tuple[object, ...]:
    ids = (view.kind, view.broker, view.exec_id, view.broker_cl_ord_id, view.account)
    side = SIDES.get(view.side, view.side)
    what = (side, view.quantity, view.symbol, view.price, view.why)
    return (view.key, utc(view.parked_ns), *ids, *what)


@orphans.command()
@click.argument("orphan")
@click.argument("order")
@reason_option(required=True)
@place_options
@json_option
def adopt(
    orphan: str, order: str, reason: str, config: Path, data_dir: Path | None, as_json: bool
) -> None:
    """Book an execution on ORDER, an OrderID(37) or unique ClOrdID(11); the client is told."""
    with control(config, data_dir) as client:
        print_order(client.adopt_orphan(orphan, order, reason=reason), as_json)


@orphans.command()
@click.argument("orphan")
@click.option(
    "--account",
    default="",
    help="Account(1) that takes it in suspense; without one nothing is taken.",
)
@reason_option(required=True)
@place_options
@json_option
def book(
    orphan: str, account: str, reason: str, config: Path, data_dir: Path | None, as_json: bool
) -> None:
    """Say that an orphan is dealt with by other means."""
    with control(config, data_dir) as client:
        view = client.book_orphan(orphan, account, reason=reason)
    if as_json:
        print_json(view)
        return
    taken = f"in suspense of account {account}" if account else "dealt with"
    click.echo(f"{view.key}: {view.kind} {view.exec_id or view.broker_order_id} is {taken}")
