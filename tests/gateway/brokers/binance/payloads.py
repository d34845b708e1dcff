"""Payloads as Binance's documentation has them, and helpers to feed them to a mapping."""

from __future__ import annotations

import json
from typing import Any

from gateway.brokers.api.calls import Answer, Call, Nothing, Outcome
from gateway.brokers.api.fields import read
from gateway.brokers.binance.mapping import BinanceMapping
from gateway.brokers.binance.rules import Rules

INFO = {
    "rateLimits": [
        {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 6000},
        {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 50},
        {"rateLimitType": "ORDERS", "interval": "DAY", "intervalNum": 1, "limit": 160000},
        {"rateLimitType": "NEW_ONE", "interval": "YEAR", "intervalNum": 1, "limit": 1},
    ],
    "symbols": [
        {
            "symbol": "BTCUSDT",
            "status": "TRADING",
            "baseAsset": "BTC",
            "quoteAsset": "USDT",
            "orderTypes": ["LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT"],
            "filters": [
                {
                    "filterType": "PRICE_FILTER",
                    "minPrice": "0.01000000",
                    "maxPrice": "1000000.00000000",
                    "tickSize": "0.01000000",
                },
                {
                    "filterType": "LOT_SIZE",
                    "minQty": "0.00001000",
                    "maxQty": "9000.00000000",
                    "stepSize": "0.00001000",
                },
                {
                    "filterType": "MARKET_LOT_SIZE",
                    "minQty": "0.00000000",
                    "maxQty": "85.00000000",
                    "stepSize": "0.00000000",
                },
                {"filterType": "NOTIONAL", "minNotional": "5.00000000", "applyMinToMarket": True},
                {"filterType": "OF_TOMORROW", "x": None},
            ],
        },
        {
            "symbol": "LUNAUSDT",
            "status": "BREAK",
            "baseAsset": "LUNA",
            "quoteAsset": "USDT",
            "filters": [],
        },
        {"no": "symbol"},
    ],
}
ORDER = {
    "symbol": "BTCUSDT",
    "orderId": 900123456,
    "orderListId": -1,
    "clientOrderId": "A1",
    "transactTime": 1768471200123,
    "price": "61250.10000000",
    "origQty": "0.01500000",
    "executedQty": "0.00000000",
    "origQuoteOrderQty": "0.000000",
    "cummulativeQuoteQty": "0.00000000",
    "status": "NEW",
    "timeInForce": "GTC",
    "type": "LIMIT",
    "side": "BUY",
    "workingTime": 1768471200123,
    "selfTradePreventionMode": "NONE",
    "fieldOfTomorrow": {"deep": [1]},
}
FILL = {
    "price": "61250.10",
    "qty": "0.00500000",
    "commission": "0.00000500",
    "commissionAsset": "BTC",
    "tradeId": 4455,
}
FILLED_IN_PART = ORDER | {
    "executedQty": "0.00500000",
    "status": "PARTIALLY_FILLED",
    "fills": [FILL],
}
TRADE = {
    "symbol": "BTCUSDT",
    "id": 4455,
    "orderId": 900123456,
    "price": "61250.10000000",
    "qty": "0.00500000",
    "commission": "0.00000500",
    "commissionAsset": "BTC",
    "isBuyer": True,
}
EVENT = {
    "e": "executionReport",
    "E": 1499405658658,
    "s": "BTCUSDT",
    "c": "A1",
    "S": "BUY",
    "o": "LIMIT",
    "f": "GTC",
    "q": "0.01500000",
    "p": "61250.10000000",
    "C": "",
    "x": "NEW",
    "X": "NEW",
    "r": "NONE",
    "i": 900123456,
    "l": "0.00000000",
    "z": "0.00000000",
    "L": "0.00000000",
    "n": "0",
    "N": None,
    "t": -1,
}
TRADED = EVENT | {
    "x": "TRADE",
    "X": "PARTIALLY_FILLED",
    "l": "0.00500000",
    "z": "0.00500000",
    "L": "61250.10000000",
    "n": "0.00000500",
    "N": "BTC",
    "t": 4455,
}
NEW = {
    "11": "A1",
    "55": "BTC/USDT",
    "54": "1",
    "38": "0.015",
    "40": "2",
    "44": "61250.10",
    "59": "1",
}
CANCEL = {"11": "C1", "41": "A1", "55": "BTC/USDT", "54": "1"}
REPLACE = NEW | {"11": "R1", "41": "A1", "38": "0.02"}


def refusal(code: int, text: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "msg": text, **more}


def answer(status: int, body: Any = b"", **headers: str) -> Answer:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, text)


def mapping() -> BinanceMapping:
    made = BinanceMapping(patience_s=3)
    made.teller.rules = Rules(INFO)
    return made


def call_of(one: BinanceMapping, kind: str, fields: dict[str, str]) -> Call:
    call = one.request(kind, fields)
    assert isinstance(call, Call), call.reports if isinstance(call, Nothing) else call
    return call


def told(outcome: Outcome | Nothing) -> list[dict[str, str]]:
    return [read(body) | {"35": kind} for kind, body in outcome.reports]


def kinds(outcome: Outcome) -> list[str]:
    return [one.get("150", one["35"]) for one in told(outcome)]


def placed(one: BinanceMapping, said: Any = None) -> Outcome:
    return one.answer(call_of(one, "D", NEW), answer(200, said or ORDER))
