"""What has to be known of Binance after a restart, as the text that the gateway keeps. Pure.

`trades`: by symbol the last tradeId up to which all executions were read in their order. `begun`:
by OrderID(37) of an open order that continues others how much those have filled: Binance counts
each by itself.
"""

import json
from decimal import Decimal
from typing import Any

from gateway.brokers.api.fields import amount, plain


class Cursor:
    """Both of them. `is_new`: there is something that was not kept yet."""

    def __init__(self) -> None:
        self.trades: dict[str, int] = {}
        self.begun: dict[str, Decimal] = {}
        self.is_new = False

    def read(self, text: str) -> None:
        """Take what is kept; an earlier run may have kept nothing."""
        try:
            said = json.loads(text) if text else {}
        except ValueError:
            said = {}
        self.trades = {name: int(last) for name, last in _pairs(said, "trades")}
        self.begun = {order_id: amount(filled) for order_id, filled in _pairs(said, "begun")}

    @property
    def text(self) -> str:
        """To be kept."""
        begun = {order_id: plain(filled) for order_id, filled in self.begun.items()}
        return json.dumps({"trades": self.trades, "begun": begun}, separators=(",", ":"))

    def begin(self, name: str, trade_number: str) -> None:
        """An execution was told in a symbol where none was before: it is read on from it."""
        if name not in self.trades:
            self.trades[name] = int(trade_number) - 1
            self.is_new = True

    def read_on(self, name: str, last: int) -> None:
        """All executions of a symbol up to this one were read."""
        if last > self.trades.get(name, -1):
            self.trades[name] = last
            self.is_new = True

    def continues(self, order_id: str, filled: Decimal) -> None:
        """An order continues others that filled so much."""
        self.begun[order_id] = filled
        self.is_new = True

    def over(self, order_id: str) -> None:
        """An order is over."""
        if self.begun.pop(order_id, None) is not None:
            self.is_new = True

    def of(self, order_id: str) -> Decimal:
        """How much the orders have filled that an order continues."""
        return self.begun.get(order_id, Decimal(0))


def _pairs(said: Any, name: str) -> list[tuple[str, Any]]:
    found = said.get(name) if isinstance(said, dict) else None
    return list(found.items()) if isinstance(found, dict) else []
