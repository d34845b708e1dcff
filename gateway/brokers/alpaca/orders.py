"""An order as Alpaca writes it, and reports on it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from gateway.brokers.alpaca.words import STATUSES
from gateway.brokers.api.fields import plain, write
from gateway.brokers.api.reports import OTHER
from gateway.brokers.api.said import Json

NOTHING: Final = ("", "0")


def is_order(said: Any) -> bool:
    """Whether it has the ids that every order has."""
    ids = [said.get("id"), said.get("client_order_id")] if isinstance(said, dict) else [None]
    return all(isinstance(one, str) and one for one in ids)


def trade(order: Json, quantity: object, price: object) -> str:
    """An execution, as the event that tells it has the order. Its id: see the mapping."""
    filled = plain(order.get("filled_qty"))
    status = "2" if order.get("status") == "filled" else "1"
    detail = {32: plain(quantity), 31: plain(price), 6: plain(order.get("filled_avg_price"))}
    return report(order, "F", status, exec_id=f"{order['id']}:{filled}", detail=detail)


def status_of(order: Json) -> str:
    """How the order stands."""
    status = STATUSES.get(str(order.get("status")), "0")
    if status == "0" and plain(order.get("filled_qty")) not in NOTHING:
        status = "1"
    return report(order, "I", status, reason=OTHER if status == "8" else None)


def report(
    order: Json,
    exec_type: str,
    status: str,
    *,
    about: str = "",
    orig: str = "",
    exec_id: str = "",
    reason: int | None = None,
    detail: Mapping[int, str] | None = None,
) -> str:
    """The body of an ExecutionReport(8). CumQty(14) is left out where the order continues
    another one, of whose executions it says nothing.
    """
    cl_ord_id = order["client_order_id"]
    fields: dict[int, object] = {
        37: order["id"],
        11: about or cl_ord_id,
        41: cl_ord_id if orig == about else orig,
        17: exec_id or f"{order['id']}:{order.get('updated_at')}:{exec_type}",
        150: exec_type,
        39: status,
        55: order.get("symbol"),
        54: "1" if order.get("side") == "buy" else "2",
        38: plain(order.get("qty")),
        44: plain(order.get("limit_price")),
        103: reason,
        **(detail or {}),
    }
    if not order.get("replaces"):
        fields[14] = plain(order.get("filled_qty") or "0")
    if not orig:
        del fields[41]
    return write(fields)


def held(said: Any) -> dict[str, Decimal]:
    """Positions by symbol; Alpaca gives short ones a side, and may give them a sign."""
    found: dict[str, Decimal] = {}
    for one in said if isinstance(said, list) else ():
        quantity = plain(one.get("qty")) if isinstance(one, dict) else ""
        if quantity:
            size = abs(Decimal(quantity))
            found[str(one.get("symbol"))] = -size if one.get("side") == "short" else size
    return found


def working(order: Json) -> str:
    """OrdStatus(39) of an order that works: partly filled, or new."""
    return "1" if plain(order.get("filled_qty")) not in NOTHING else "0"
