"""The account and its positions as OANDA's JSON. Numbers are text."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from tools.broker_apis.accounts import Position
from tools.broker_apis.oanda.life import Life
from tools.broker_apis.oanda.trades import Trade
from tools.broker_apis.world import World

NOTHING: Final = {"units": "0", "pl": "0.0000", "unrealizedPL": "0.0000", "resettablePL": "0.0000"}


def position_row(life: Life, name: str, position: Position) -> dict[str, Any]:
    """One instrument: long and short sides, of which an account that nets has one."""
    side = {
        **NOTHING,
        "units": format(position.quantity, "f"),
        "averagePrice": format(round(position.average, 6), "f"),
        "tradeIDs": [trade.trade_id for trade in life.trades.open[name]],
    }
    is_long = position.quantity > 0
    return {
        "instrument": name,
        "pl": "0.0000",
        "unrealizedPL": "0.0000",
        "resettablePL": "0.0000",
        "commission": "0.0000",
        "long": side if is_long else dict(NOTHING),
        "short": dict(NOTHING) if is_long or not position.quantity else side,
    }


def trade_row(name: str, trade: Trade) -> dict[str, Any]:
    """An open trade."""
    return {
        "id": trade.trade_id,
        "instrument": name,
        "price": format(trade.price, "f"),
        "openTime": trade.time_ns,
        "initialUnits": format(trade.units, "f"),
        "currentUnits": format(trade.units, "f"),
        "state": "OPEN",
        "realizedPL": "0.0000",
        "unrealizedPL": "0.0000",
        "financing": "0.0000",
    }


def summary(world: World, life: Life, last: str) -> dict[str, Any]:
    """GET /accounts/{a}/summary."""
    balance = Decimal(str(world.switches["balance"]))
    held = world.accounts.held(life.account_id)
    shown = format(balance, "f")
    return {
        "id": life.account_id,
        "alias": "Primary",
        "currency": "USD",
        "balance": shown,
        "createdByUserID": 1234567,
        "guaranteedStopLossOrderMode": "DISABLED",
        "pl": "0.0000",
        "unrealizedPL": "0.0000",
        "NAV": shown,
        "marginRate": "0.02",
        "marginUsed": "0.0000",
        "marginAvailable": shown,
        "hedgingEnabled": False,
        "openTradeCount": sum(len(trades) for trades in life.trades.open.values()),
        "openPositionCount": len(held),
        "pendingOrderCount": len(life.pending()),
        "withdrawalLimit": shown,
        "lastTransactionID": last,
    }
