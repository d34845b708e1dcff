"""oandapyV20 as a process: `python oandapy.py URL TOKEN ACCOUNT`.

Commands come in and what happens goes out as JSON, one object a line. Knows nothing of fixgate.
"""

from __future__ import annotations

import json
import sys
import threading
from typing import Any

from oandapyV20 import API
from oandapyV20.endpoints import accounts, orders, positions, pricing, trades, transactions
from oandapyV20.exceptions import V20Error
from oandapyV20.oandapyV20 import TRADING_ENVIRONMENTS

URL, TOKEN, ACCOUNT = sys.argv[1:]
WRITING = threading.Lock()

TRADING_ENVIRONMENTS["simulator"] = {"api": URL, "stream": URL}


def api() -> API:
    return API(access_token=TOKEN, environment="simulator")


trading = api()


def say(row: dict[str, Any]) -> None:
    with WRITING:
        sys.stdout.write(json.dumps(row) + "\n")
        sys.stdout.flush()


def follow(name: str, endpoint: Any) -> None:
    def run() -> None:
        for row in api().request(endpoint):
            say({"event": name, "data": row})

    threading.Thread(target=run, daemon=True).start()


def listen(**_: Any) -> None:
    follow("transaction", transactions.TransactionsStream(ACCOUNT))


def watch(instruments: str) -> None:
    follow("price", pricing.PricingStream(ACCOUNT, params={"instruments": instruments}))


COMMANDS = {
    "place": lambda **order: orders.OrderCreate(ACCOUNT, data={"order": order}),
    "replace": lambda spec, **order: orders.OrderReplace(ACCOUNT, spec, data={"order": order}),
    "cancel": lambda spec: orders.OrderCancel(ACCOUNT, spec),
    "order": lambda spec: orders.OrderDetails(ACCOUNT, spec),
    "orders": lambda **params: orders.OrderList(ACCOUNT, params=params),
    "pending": lambda: orders.OrdersPending(ACCOUNT),
    "positions": lambda: positions.OpenPositions(ACCOUNT),
    "trades": lambda: trades.OpenTrades(ACCOUNT),
    "summary": lambda: accounts.AccountSummary(ACCOUNT),
    "accounts": accounts.AccountList,
    "instruments": lambda: accounts.AccountInstruments(ACCOUNT),
    "changes": lambda **params: accounts.AccountChanges(ACCOUNT, params=params),
    "since": lambda **params: transactions.TransactionsSinceID(ACCOUNT, params=params),
    "range": lambda **params: transactions.TransactionIDRange(ACCOUNT, params=params),
    "transaction": lambda number: transactions.TransactionDetails(ACCOUNT, number),
    "prices": lambda **params: pricing.PricingInfo(ACCOUNT, params=params),
}
STREAMS = {"listen": listen, "watch": watch}


def main() -> None:
    for line in sys.stdin:
        fields = json.loads(line)
        name = fields.pop("do")
        try:
            if name in STREAMS:
                STREAMS[name](**fields)
                say({"result": None})
            else:
                say({"result": trading.request(COMMANDS[name](**fields))})
        except V20Error as error:
            say({"error": "V20Error", "code": error.code, "said": json.loads(error.msg)})


main()
