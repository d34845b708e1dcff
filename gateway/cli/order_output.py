"""How commands print orders."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from gateway.cli.output import print_json, print_pairs, print_table, utc
from gateway.control.views import OrderView
from gateway.orders.order_types import BY_ORD_TYPE, SIDES, TIMES_IN_FORCE

ORD_TYPES: Final = {value: kind.name.replace("_", " ") for value, kind in BY_ORD_TYPE.items()}


def print_orders(views: Iterable[OrderView], empty: str) -> None:
    """A table of orders."""
    head = ("ORDER", "STATUS", "CLIENT", "SIDE", "QTY", "SYMBOL", "PRICE")
    print_table((*head, "STOP", "DONE", "CLORDID", "AT"), map(_row, views), empty)


def _row(view: OrderView) -> tuple[object, ...]:
    price = view.price or ORD_TYPES.get(view.ord_type, view.ord_type)
    side = SIDES.get(view.side, view.side)
    return (
        view.order_id,
        standing(view),
        view.client,
        side,
        view.order_qty,
        view.symbol,
        price,
        view.stop_px,
        view.cum_qty,
        view.cl_ord_id,
        view.broker,
    )


def print_order(view: OrderView, as_json: bool) -> None:
    """Print one order."""
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
            ("TimeInForce(59)", _time_in_force(view.time_in_force)),
            ("OrderQty(38)", view.order_qty),
            ("Price(44)", view.price),
            ("StopPx(99)", view.stop_px),
            ("OrdStatus(39)", standing(view)),
            ("CumQty(14)", view.cum_qty),
            ("LeavesQty(151)", view.leaves_qty),
            ("AvgPx(6)", view.avg_px),
            ("broker", view.broker),
            ("slice there", _slice(view)),
            ("broker's ClOrdID(11)", view.broker_cl_ord_id),
            ("broker's OrderID(37)", view.broker_order_id),
            ("entered (UTC)", utc(view.entered_ns)),
            ("Text(58)", view.text),
        ]
    )


def _slice(view: OrderView) -> str:
    """What the broker has of an order that is sent in slices."""
    if not view.slice_number:
        return ""
    return f"{view.slice_number}: {view.slice_cum_qty} of {view.slice_order_qty} filled"


def _time_in_force(value: str) -> str:
    time = TIMES_IN_FORCE.get(value)
    return value if time is None else time.name


def standing(view: OrderView) -> str:
    """Its status, and what else is to be known."""
    marks = [mark for mark in ("unknown", "queued", "verbal") if getattr(view, mark)]
    if view.held and not view.queued:
        marks.append(f"held for {view.held}")
    if view.whole:
        marks.append(f"part of {view.whole}")
    if view.on_behalf_of:
        marks.append(f"on behalf of {view.on_behalf_of}")
    return f"{view.status} ({', '.join(marks)})" if marks else view.status
