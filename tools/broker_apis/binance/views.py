"""Orders, executions and events as Binance's JSON. Numbers are text of eight decimals."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from tools.broker_apis.binance.funds import Trade
from tools.broker_apis.orders import CANCELED, EXPIRED, FILLED, REJECTED, Order

ENDS: Final = {
    FILLED: "FILLED",
    CANCELED: "CANCELED",
    EXPIRED: "EXPIRED",
    REJECTED: "REJECTED",
}
NEW_FIELD: Final = {"xNotDocumented": {"since": "today", "values": [1, 2]}}
MS_NS: Final = 1_000_000


def eight(value: Decimal | None) -> str:
    """0.00000000 for none."""
    return f"{value or Decimal(0):.8f}"


def ms(time_ns: int) -> int:
    """Milliseconds."""
    return time_ns // MS_NS


def number(order: Order) -> int:
    """Its orderId, which counts by symbol."""
    return int(order.order_id.partition(":")[2])


def status(order: Order) -> str:
    """Binance's word for the facts of an order."""
    if order.ended:
        return ENDS[order.ended]
    return "PARTIALLY_FILLED" if order.filled else "NEW"


def ack_json(order: Order) -> dict[str, Any]:
    """newOrderRespType=ACK."""
    return {
        "symbol": order.terms.symbol,
        "orderId": number(order),
        "orderListId": -1,
        "clientOrderId": order.client_id,
        "transactTime": ms(order.updated_ns),
    }


def _common(order: Order) -> dict[str, Any]:
    terms, extras = order.terms, order.terms.extras
    shown: dict[str, Any] = {
        "price": eight(extras.get("price")),
        "origQty": eight(terms.quantity),
        "executedQty": eight(order.filled),
        "origQuoteOrderQty": eight(extras.get("quote_quantity")),
        "cummulativeQuoteQty": eight(order.spent),
        "status": status(order),
        "timeInForce": extras["timeInForce"],
        "type": extras["type"],
        "side": terms.side.upper(),
    }
    if terms.stop is not None:
        shown["stopPrice"] = eight(terms.stop)
    if order.ended == EXPIRED and order.reason:
        shown["expiryReason"] = order.reason
    return shown


def result_json(order: Order) -> dict[str, Any]:
    """newOrderRespType=RESULT."""
    return {
        **ack_json(order),
        **_common(order),
        "workingTime": ms(order.received_ns),
        "selfTradePreventionMode": order.terms.extras.get("selfTradePreventionMode", "NONE"),
    }


def full_json(order: Order, trades: list[Trade]) -> dict[str, Any]:
    """newOrderRespType=FULL."""
    fills = [
        {
            "price": eight(trade.price),
            "qty": eight(trade.quantity),
            "commission": eight(trade.commission),
            "commissionAsset": trade.asset,
            "tradeId": trade.number,
        }
        for trade in trades
    ]
    return {**result_json(order), "fills": fills}


def cancel_json(order: Order, cancel_id: str) -> dict[str, Any]:
    """The answer to a cancel: the id of the order is the original one."""
    return {**result_json(order), "origClientOrderId": order.client_id, "clientOrderId": cancel_id}


def query_json(order: Order, shown_id: str, *, extra: bool) -> dict[str, Any]:
    """The answer to a query."""
    return {
        **ack_json(order),
        "clientOrderId": shown_id,
        **_common(order),
        "stopPrice": eight(order.terms.stop),
        "icebergQty": "0.00000000",
        "time": ms(order.received_ns),
        "updateTime": ms(order.updated_ns),
        "isWorking": order.accepted_ns is not None,
        "workingTime": ms(order.received_ns),
        "selfTradePreventionMode": order.terms.extras.get("selfTradePreventionMode", "NONE"),
        **(NEW_FIELD if extra else {}),
    }


def trade_json(trade: Trade) -> dict[str, Any]:
    """One of myTrades."""
    return {
        "symbol": trade.order.terms.symbol,
        "id": trade.number,
        "orderId": number(trade.order),
        "orderListId": -1,
        "price": eight(trade.price),
        "qty": eight(trade.quantity),
        "quoteQty": eight(trade.price * trade.quantity),
        "commission": eight(trade.commission),
        "commissionAsset": trade.asset,
        "time": ms(trade.time_ns),
        "isBuyer": trade.order.terms.side == "buy",
        "isMaker": trade.is_maker,
        "isBestMatch": True,
    }


def event_json(
    order: Order,
    what: str,
    *,
    own: str,
    orig: str,
    event_ns: int,
    execution: int,
    trade: Trade | None = None,
    extra: bool = False,
) -> dict[str, Any]:
    """An executionReport. `own`, `orig`: c and C."""
    terms, extras = order.terms, order.terms.extras
    state = _state(order, what)
    said: dict[str, Any] = {
        "e": "executionReport",
        "E": ms(event_ns),
        "s": terms.symbol,
        "c": own,
        "S": terms.side.upper(),
        "o": extras["type"],
        "f": extras["timeInForce"],
        "q": eight(terms.quantity),
        "p": eight(extras.get("price")),
        "P": eight(terms.stop),
        "F": "0.00000000",
        "g": -1,
        "C": orig,
        "x": what,
        "X": state,
        "r": order.reason if what == "REJECTED" and order.reason else "NONE",
        "i": number(order),
        "z": eight(order.filled),
        **_traded(trade),
        "T": ms(order.updated_ns),
        "I": execution,
        "w": state in ("NEW", "PARTIALLY_FILLED"),
        "M": False,
        "O": ms(order.received_ns),
        "Z": eight(order.spent),
        "Q": eight(extras.get("quote_quantity")),
        "W": ms(order.received_ns),
        "V": extras.get("selfTradePreventionMode", "NONE"),
        **(NEW_FIELD if extra else {}),
    }
    if what == "EXPIRED" and order.reason:
        said["eR"] = order.reason
    return said


def _state(order: Order, what: str) -> str:
    """As of the event: an execution that fills it may have ended it since."""
    if what == "TRADE":
        return "FILLED" if order.filled >= order.terms.quantity else "PARTIALLY_FILLED"
    return "NEW" if what == "NEW" else status(order)


def _traded(trade: Trade | None) -> dict[str, Any]:
    """Its fields of an execution, with those of none."""
    return {
        "l": eight(trade.quantity if trade else None),
        "L": eight(trade.price if trade else None),
        "n": eight(trade.commission) if trade else "0",
        "N": trade.asset if trade else None,
        "t": trade.number if trade else -1,
        "m": trade.is_maker if trade else False,
        "Y": eight(trade.quantity * trade.price if trade else None),
    }
