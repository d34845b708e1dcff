"""alpaca-py as a process: `python alpaca_py.py URL WEBSOCKET_URL KEY SECRET`.

Commands come in and what happens goes out as JSON, one object a line. Knows nothing of fixgate.
"""

from __future__ import annotations

import json
import sys
import threading
from typing import Any

from alpaca.common.exceptions import APIError
from alpaca.data.historical.stock import StockHistoricalDataClient
from alpaca.data.live.stock import StockDataStream
from alpaca.data.requests import StockLatestQuoteRequest
from alpaca.trading.client import TradingClient
from alpaca.trading.requests import (
    GetOrdersRequest,
    LimitOrderRequest,
    MarketOrderRequest,
    ReplaceOrderRequest,
)
from alpaca.trading.stream import TradingStream

URL, WEBSOCKET_URL, *KEYS = sys.argv[1:]
WRITING = threading.Lock()

trading = TradingClient(*KEYS, url_override=URL)
history = StockHistoricalDataClient(*KEYS, url_override=URL)
updates = TradingStream(*KEYS, url_override=f"{WEBSOCKET_URL}/stream")
quotes = StockDataStream(*KEYS, url_override=f"{WEBSOCKET_URL}/v2/iex")


def say(row: dict[str, Any]) -> None:
    with WRITING:
        sys.stdout.write(json.dumps(row, default=str) + "\n")
        sys.stdout.flush()


def plain(result: Any) -> Any:
    if isinstance(result, list):
        return [plain(one) for one in result]
    if isinstance(result, dict):
        return {key: plain(one) for key, one in result.items()}
    return result.model_dump(mode="json") if hasattr(result, "model_dump") else result


async def updated(update: Any) -> None:
    say({"event": "update", "data": plain(update)})


async def quoted(quote: Any) -> None:
    say({"event": "quote", "data": plain(quote)})


def follow(stream: Any) -> None:
    threading.Thread(target=stream.run, daemon=True).start()


def listen(**_: Any) -> None:
    updates.subscribe_trade_updates(updated)
    follow(updates)


def watch(symbols: list[str]) -> None:
    quotes.subscribe_quotes(quoted, *symbols)
    follow(quotes)


COMMANDS = {
    "listen": listen,
    "watch": watch,
    "limit": lambda **fields: trading.submit_order(LimitOrderRequest(**fields)),
    "market": lambda **fields: trading.submit_order(MarketOrderRequest(**fields)),
    "replace": lambda order_id, **fields: trading.replace_order_by_id(
        order_id, ReplaceOrderRequest(**fields)
    ),
    "cancel": trading.cancel_order_by_id,
    "cancel_all": trading.cancel_orders,
    "order": trading.get_order_by_id,
    "by_client_id": trading.get_order_by_client_id,
    "orders": lambda **fields: trading.get_orders(GetOrdersRequest(**fields)),
    "positions": trading.get_all_positions,
    "position": trading.get_open_position,
    "close": trading.close_position,
    "account": trading.get_account,
    "clock": trading.get_clock,
    "assets": trading.get_all_assets,
    "asset": trading.get_asset,
    "calendar": trading.get_calendar,
    "quote": lambda symbol: history.get_stock_latest_quote(
        StockLatestQuoteRequest(symbol_or_symbols=symbol)
    ),
}

for line in sys.stdin:
    command = json.loads(line)
    try:
        say({"result": plain(COMMANDS[command.pop("do")](**command))})
    except APIError as error:
        said = {"code": error.code, "message": error.message} if error._error[:1] == "{" else {}
        say({"error": "APIError", "status": error.status_code, **said})
    except Exception as error:
        say({"error": type(error).__name__, "message": str(error)})
