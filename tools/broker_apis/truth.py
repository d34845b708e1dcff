"""The truth log: orders, fills and cancels as the broker knows them.

A test holds it against the gateway's record. Facts are written as JSON lines when a path is given.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tools.broker_apis.accounts import Accounts
from tools.broker_apis.exchange import Exchange
from tools.broker_apis.orders import Fact, Order


class Truth:
    """What `GET /_sim/truth` answers."""

    def __init__(self, exchange: Exchange, accounts: Accounts, path: Path | None = None) -> None:
        self._exchange = exchange
        self._accounts = accounts
        self._file = None if path is None else path.open("a", encoding="utf-8", buffering=1)
        exchange.listeners.append(self._told)

    def as_dict(self) -> dict[str, Any]:
        """`orders` in the order they came, `facts`, `positions` by account and symbol."""
        return {
            "orders": [order.as_dict() for order in self._exchange.orders.values()],
            "facts": [fact.as_dict() for fact in self._exchange.facts],
            "positions": self._accounts.as_dict(),
        }

    def doubled(self) -> list[str]:
        """Client ids under which more than one order came to be."""
        seen: dict[str, int] = {}
        for order in self._exchange.orders.values():
            seen[order.client_id] = seen.get(order.client_id, 0) + 1
        return sorted(client_id for client_id, times in seen.items() if client_id and times > 1)

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _told(self, fact: Fact, order: Order) -> None:
        if self._file is not None:
            self._file.write(json.dumps(fact.as_dict()) + "\n")
