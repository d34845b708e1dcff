"""Orders, positions, activities and the account as Alpaca's JSON. Numbers are text."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from tools.broker_apis.accounts import Position
from tools.broker_apis.alpaca.assets import Asset
from tools.broker_apis.clock import rfc3339
from tools.broker_apis.market import Quote
from tools.broker_apis.orders import CANCEL, CANCELED, EXPIRED, FILLED, REJECTED, REPLACED, Order

STAMPS: Final = {
    FILLED: "filled_at",
    CANCELED: "canceled_at",
    EXPIRED: "expired_at",
    REJECTED: "failed_at",
    REPLACED: "replaced_at",
}
MULTIPLIER: Final = 2
NEW_FIELD: Final = {"x_not_documented": {"since": "today", "values": [1, 2]}}


def text(value: Decimal | None) -> str | None:
    """Without exponent and trailing zeros."""
    return None if value is None else format(value.normalize(), "f")


def status(order: Order) -> str:
    """Alpaca's word for the facts of an order."""
    if order.ended:
        return order.ended
    if order.pending:
        return "pending_cancel" if order.pending == CANCEL else "pending_replace"
    if order.accepted_ns is None:
        return str(order.terms.extras.get("waits_as", "pending_new"))
    return "partially_filled" if order.filled else "new"


def order_json(order: Order, asset: Asset, *, extra: bool = False) -> dict[str, Any]:
    """An order as REST and the stream tell it."""
    terms, extras = order.terms, order.terms.extras
    average = order.average
    stamps = dict.fromkeys(STAMPS.values())
    if order.ended and order.ended_ns is not None:
        stamps[STAMPS[order.ended]] = rfc3339(order.ended_ns)
    return {
        "id": order.order_id,
        "client_order_id": order.client_id,
        "created_at": rfc3339(order.received_ns),
        "updated_at": rfc3339(order.updated_ns),
        "submitted_at": rfc3339(order.received_ns),
        **stamps,
        "replaced_by": order.replaced_by or None,
        "replaces": order.replaces or None,
        "asset_id": asset.asset_id,
        "symbol": asset.symbol,
        "asset_class": asset.kind,
        "notional": text(extras.get("notional")),
        "qty": None if extras.get("notional") is not None else text(terms.quantity),
        "filled_qty": text(order.filled),
        "filled_avg_price": None if average is None else text(round(average, 6)),
        "order_class": extras.get("order_class", ""),
        "order_type": terms.kind,
        "type": terms.kind,
        "side": terms.side,
        "position_intent": extras.get("position_intent") or f"{terms.side}_to_open",
        "time_in_force": terms.time_in_force,
        "limit_price": text(terms.limit),
        "stop_price": text(terms.stop),
        "status": status(order),
        "extended_hours": extras.get("extended_hours", False),
        "legs": None,
        "trail_percent": text(extras.get("trail_percent")),
        "trail_price": text(extras.get("trail_price")),
        "hwm": None,
        "subtag": None,
        "source": None,
        "expires_at": None,
        **(NEW_FIELD if extra else {}),
    }


def position_json(position: Position, asset: Asset, quote: Quote, held: Decimal) -> dict[str, Any]:
    """A position; `held` is what open orders hold of it."""
    side = "long" if position.quantity > 0 else "short"
    current = (quote.bid if side == "long" else quote.ask) or position.average
    cost, value = position.quantity * position.average, position.quantity * current
    gain = value - cost
    share = text(round(gain / abs(cost), 6)) if cost else "0"
    return {
        "asset_id": asset.asset_id,
        "symbol": asset.symbol,
        "exchange": asset.exchange,
        "asset_class": asset.kind,
        "asset_marginable": True,
        "qty": text(position.quantity),
        "qty_available": text(position.quantity - held),
        "avg_entry_price": text(round(position.average, 6)),
        "side": side,
        "market_value": text(value),
        "cost_basis": text(round(cost, 6)),
        "unrealized_pl": text(round(gain, 6)),
        "unrealized_plpc": share,
        "unrealized_intraday_pl": text(round(gain, 6)),
        "unrealized_intraday_plpc": share,
        "current_price": text(current),
        "lastday_price": text(position.average),
        "change_today": "0",
    }


def account_json(
    account_id: str, *, cash: Decimal, long_value: Decimal, short_value: Decimal, held: Decimal
) -> dict[str, Any]:
    """GET /v2/account; `held` is what open purchases reserve."""
    equity = cash + long_value + short_value
    return {
        "id": account_id,
        "account_number": f"PA{account_id[:8].upper()}",
        "status": "ACTIVE",
        "crypto_status": "ACTIVE",
        "currency": "USD",
        "cash": text(cash),
        "buying_power": text(max(Decimal(0), equity * MULTIPLIER - long_value - held)),
        "regt_buying_power": text(max(Decimal(0), equity * MULTIPLIER - long_value - held)),
        "non_marginable_buying_power": text(max(Decimal(0), cash - held)),
        "accrued_fees": "0",
        "portfolio_value": text(equity),
        "equity": text(equity),
        "last_equity": text(equity),
        "long_market_value": text(long_value),
        "short_market_value": text(short_value),
        "initial_margin": text((long_value - short_value) / MULTIPLIER),
        "maintenance_margin": text((long_value - short_value) * 3 / 10),
        "multiplier": str(MULTIPLIER),
        "shorting_enabled": True,
        "trading_blocked": False,
        "transfers_blocked": False,
        "account_blocked": False,
        "trade_suspended_by_user": False,
        "created_at": "2026-01-02T14:30:00.000000Z",
    }
