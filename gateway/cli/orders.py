"""`fixgate orders`: the orders the gateway holds, and what an operator may do with one."""

from __future__ import annotations

from pathlib import Path
from typing import Final, get_args

import click

from gateway.cli.options import control, json_option, place_options, reason_option
from gateway.cli.output import print_json, print_pairs, print_table, utc
from gateway.control.views import (
    ORDER_STATUSES,
    ORDERS_MAX,
    OrderFilter,
    OrderView,
    Outcome,
    ParkedView,
)

SIDES: Final = {  # Side(54)
    "1": "buy",
    "2": "sell",
    "3": "buy minus",
    "4": "sell plus",
    "5": "sell short",
    "6": "sell short exempt",
}
ORD_TYPES: Final = {"1": "market", "2": "limit", "3": "stop", "4": "stop limit"}  # OrdType(40)
TIMES_IN_FORCE: Final = {  # TimeInForce(59)
    "0": "day",
    "1": "GTC",
    "2": "at the opening",
    "3": "IOC",
    "4": "FOK",
    "6": "GTD",
}


@click.group()
def orders() -> None:
    """List, cancel and settle orders, and executions that fit none. KEY is an OrderID(37), or a
    ClOrdID(11) if it is unique.
    """


@orders.command("list")
@click.option("--client", default="", help="Only this client's.")
@click.option("--broker", default="", help="Only at this broker.")
@click.option("--account", default="", help="Only of this Account(1).")
@click.option("--symbol", default="", help="Only of this Symbol(55).")
@click.option(
    "--status", type=click.Choice(list(ORDER_STATUSES.values())), help="Also closed ones."
)
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
        limit=limit,
    )
    with control(config, data_dir) as gateway:
        views = gateway.orders(wanted)
    if as_json:
        print_json(views)
        return
    head = ("ORDER", "CLIENT", "CLORDID", "SIDE", "QTY", "SYMBOL", "PRICE", "DONE", "STATUS", "AT")
    print_table(
        head,
        map(_row, views),
        "no such orders" if everything or status else "no open orders; --all shows the closed ones",
    )
    if len(views) == limit:
        click.echo(f"the newest {limit} only; --limit shows more")


def _row(view: OrderView) -> tuple[object, ...]:
    price = view.price or ORD_TYPES.get(view.ord_type, view.ord_type)
    side = SIDES.get(view.side, view.side)
    return (
        view.order_id,
        view.client,
        view.cl_ord_id,
        side,
        view.order_qty,
        view.symbol,
        price,
        view.cum_qty,
        _status(view),
        view.broker,
    )


@orders.command()
@click.argument("key")
@place_options
@json_option
def show(key: str, config: Path, data_dir: Path | None, as_json: bool) -> None:
    """Show one order. Its whole story: `fixgate audit show KEY`."""
    with control(config, data_dir) as client:
        _print(client.order(key), as_json)


@orders.command()
@click.argument("key")
@reason_option(required=False)
@place_options
@json_option
def cancel(key: str, reason: str, config: Path, data_dir: Path | None, as_json: bool) -> None:
    """Send a cancel to the order's broker; the order is canceled when the broker says so."""
    with control(config, data_dir) as client:
        _print(client.order_action(key, "cancel", reason=reason), as_json)


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
        _print(client.order_action(key, "settle", outcome=outcome, reason=reason), as_json)


@orders.command()
@place_options
@json_option
def parked(config: Path, data_dir: Path | None, as_json: bool) -> None:
    """List executions that fit no order, newest first; no order and no limit counts them."""
    with control(config, data_dir) as client:
        views = client.parked()
    if as_json:
        print_json(views)
        return
    head = ("KEY", "PARKED (UTC)", "BROKER", "EXECID", "CLORDID", "SIDE", "QTY", "SYMBOL", "PRICE")
    print_table((*head, "WHY"), map(_parked_row, views), "no parked executions")


def _parked_row(view: ParkedView) -> tuple[object, ...]:
    side = SIDES.get(view.side, view.side)
    what = (view.broker, view.exec_id, view.broker_cl_ord_id, side, view.last_qty, view.symbol)
    return (view.key, utc(view.parked_ns), *what, view.last_px, view.why)


@orders.command()
@click.argument("key")
@reason_option(required=True)
@place_options
@json_option
def acknowledge(key: str, reason: str, config: Path, data_dir: Path | None, as_json: bool) -> None:
    """Say that a parked execution is dealt with; KEY is from `fixgate orders parked`."""
    with control(config, data_dir) as client:
        view = client.acknowledge_parked(key, reason=reason)
    if as_json:
        print_json(view)
    else:
        click.echo(f"{view.key}: ExecID(17)={view.exec_id} of {view.broker} is parked no more")


def _print(view: OrderView, as_json: bool) -> None:
    if as_json:
        print_json(view)
        return
    print_pairs(
        [
            ("OrderID(37)", view.order_id),
            ("client", view.client),
            ("ClOrdID(11)", view.cl_ord_id),
            ("Account(1)", view.account),
            ("Symbol(55)", view.symbol),
            ("Side(54)", SIDES.get(view.side, view.side)),
            ("OrdType(40)", ORD_TYPES.get(view.ord_type, view.ord_type)),
            ("TimeInForce(59)", TIMES_IN_FORCE.get(view.time_in_force, view.time_in_force)),
            ("OrderQty(38)", view.order_qty),
            ("Price(44)", view.price),
            ("StopPx(99)", view.stop_px),
            ("OrdStatus(39)", _status(view)),
            ("CumQty(14)", view.cum_qty),
            ("LeavesQty(151)", view.leaves_qty),
            ("AvgPx(6)", view.avg_px),
            ("broker", view.broker),
            ("broker's ClOrdID(11)", view.broker_cl_ord_id),
            ("broker's OrderID(37)", view.broker_order_id),
            ("entered (UTC)", utc(view.entered_ns)),
            ("Text(58)", view.text),
        ]
    )


def _status(view: OrderView) -> str:
    marks = [mark for mark in ("unknown", "queued") if getattr(view, mark)]
    return f"{view.status} ({', '.join(marks)})" if marks else view.status
