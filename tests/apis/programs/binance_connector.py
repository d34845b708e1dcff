"""binance-connector as a process: `python binance_connector.py URL WEBSOCKET_URL KEY SECRET`.

SECRET is that of HMAC-SHA256, or a file with a private key for Ed25519. Commands come in and what
happens goes out as JSON, one object a line. Knows nothing of fixgate.
"""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path
from typing import Any

from binance.error import ClientError, ServerError
from binance.lib.utils import websocket_api_signature
from binance.spot import Spot
from binance.websocket.spot.websocket_api import SpotWebsocketAPIClient
from binance.websocket.spot.websocket_stream import SpotWebsocketStreamClient

URL, WEBSOCKET_URL, KEY, SECRET = sys.argv[1:]
WRITING = threading.Lock()

if Path(SECRET).is_file():
    rest = Spot(KEY, base_url=URL, private_key=Path(SECRET).read_bytes())
else:
    rest = Spot(KEY, SECRET, base_url=URL)
streams: dict[str, Any] = {}


def say(row: dict[str, Any]) -> None:
    with WRITING:
        sys.stdout.write(json.dumps(row, default=str) + "\n")
        sys.stdout.flush()


def heard(_: Any, text: str) -> None:
    say({"event": "message", "data": json.loads(text)})


def stream() -> SpotWebsocketAPIClient:
    if "api" not in streams:
        streams["api"] = SpotWebsocketAPIClient(
            stream_url=f"{WEBSOCKET_URL}/ws-api/v3",
            api_key=KEY,
            api_secret=SECRET,
            on_message=heard,
        )
    found: SpotWebsocketAPIClient = streams["api"]
    return found


def listen() -> None:
    """The library has no call for it yet; it signs and sends."""
    method = "userDataStream.subscribe.signature"
    parameters = websocket_api_signature(KEY, SECRET, {})
    stream().send({"id": method, "method": method, "params": parameters})


def watch(symbol: str) -> None:
    quotes = SpotWebsocketStreamClient(stream_url=WEBSOCKET_URL, on_message=heard, is_combined=True)
    quotes.book_ticker(symbol=symbol)
    streams["quotes"] = quotes


COMMANDS = {
    "listen": listen,
    "watch": watch,
    "over_stream": lambda **fields: stream().new_order(**fields),
    "time": rest.time,
    "info": rest.exchange_info,
    "place": rest.new_order,
    "test": rest.new_order_test,
    "cancel": rest.cancel_order,
    "cancel_all": rest.cancel_open_orders,
    "replace": rest.cancel_and_replace,
    "order": rest.get_order,
    "open": rest.get_open_orders,
    "orders": rest.get_orders,
    "trades": rest.my_trades,
    "account": rest.account,
    "quote": rest.book_ticker,
}

for line in sys.stdin:
    command = json.loads(line)
    try:
        say({"result": COMMANDS[command.pop("do")](**command)})
    except ClientError as error:
        said = {"status": error.status_code, "code": error.error_code}
        headers = {name.lower(): value for name, value in error.header.items()}
        said |= {"message": error.error_message, "data": error.error_data, "headers": headers}
        say({"error": "ClientError", **said})
    except ServerError as error:
        say({"error": "ServerError", "status": error.status_code, "message": error.message})
    except Exception as error:
        say({"error": type(error).__name__, "message": str(error)})
