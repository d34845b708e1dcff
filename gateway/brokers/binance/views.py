"""Orders and executions as Binance tells them, over REST or the stream, in one shape. Pure.

An OrderID(37) is the symbol and Binance's orderId, which counts by symbol; an ExecID(17) the symbol
and the tradeId: those are the same wherever an execution is told.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from gateway.brokers.api.fields import amount, plain
from gateway.brokers.api.said import Json
from gateway.brokers.binance.words import ENDS, STATUSES

ZERO: Final = Decimal(0)
KEPT_MAX: Final = 100_000
NAMES: Final = {  # of an executionReport: those of REST
    "s": "symbol",
    "i": "orderId",
    "X": "status",
    "S": "side",
    "q": "origQty",
    "p": "price",
    "z": "executedQty",
    "r": "rejectReason",
    "eR": "expiryReason",
}
SIDES: Final = {"BUY": "1", "SELL": "2"}


class Seen:
    """An order at some moment. `cl_ord_id`: its ClOrdID(11) as far as the message says; `cancel`:
    the id of the cancel that ended it, "" for none; `filled`: its executedQty.
    """

    __slots__ = (
        "cancel",
        "cl_ord_id",
        "filled",
        "name",
        "number",
        "price",
        "quantity",
        "side",
        "status",
        "why",
    )

    def __init__(self, said: Mapping[str, Any]) -> None:
        """Of an order that has an id and a symbol: see `order_of`."""
        self.name = str(said["symbol"])
        self.number = str(said["orderId"])
        own, orig = _text(said.get("clientOrderId")), _text(said.get("origClientOrderId"))
        self.cl_ord_id = orig or own
        self.cancel = own if orig and own != orig else ""
        self.status = STATUSES.get(str(said.get("status")), "0")
        self.side = SIDES.get(str(said.get("side")), "")
        self.quantity = plain(said.get("origQty"))
        self.price = plain(said.get("price"))
        self.filled = amount(said.get("executedQty"))
        self.why = _reason(said)

    @property
    def order_id(self) -> str:
        """OrderID(37)."""
        return f"{self.name}:{self.number}"

    @property
    def is_over(self) -> bool:
        """Whether it ended without being filled."""
        return self.status in ENDS


class Trade:
    """An execution."""

    __slots__ = (
        "asset",
        "commission",
        "name",
        "number",
        "order_number",
        "price",
        "quantity",
        "side",
    )

    def __init__(self, said: Mapping[str, Any], name: str, order_number: str, side: str) -> None:
        """Of one entry of "fills" or myTrades."""
        self.name = name
        self.order_number = order_number
        self.side = side
        self.number = str(said.get("tradeId", said.get("id", "")))
        self.price = plain(said.get("price"))
        self.quantity = plain(said.get("qty"))
        self.commission = plain(said.get("commission"))
        self.asset = _text(said.get("commissionAsset"))

    @property
    def exec_id(self) -> str:
        """ExecID(17)."""
        return f"{self.name}:{self.number}"

    @property
    def order_id(self) -> str:
        """OrderID(37)."""
        return f"{self.name}:{self.order_number}"

    @property
    def is_sound(self) -> bool:
        """Whether there is something to book."""
        return self.number.isdecimal() and bool(self.price) and amount(self.quantity) > 0


def order_of(said: Any) -> Seen | None:
    """An order as REST tells it; None for what is none."""
    if not isinstance(said, dict) or not said.get("symbol") or not _is_id(said.get("orderId")):
        return None
    return Seen(said)


def event_of(said: Json) -> Seen | None:
    """An order as an executionReport tells it. Its "c" is the cancel's id where "C" is one."""
    named = {name: said.get(key) for key, name in NAMES.items()}
    named |= {"clientOrderId": said.get("c"), "origClientOrderId": said.get("C")}
    return order_of(named)


def trade_of(said: Json, seen: Seen) -> Trade | None:
    """The execution that an executionReport tells, None for none."""
    fields = {
        "tradeId": said.get("t"),
        "price": said.get("L"),
        "qty": said.get("l"),
        "commission": said.get("n"),
        "commissionAsset": said.get("N"),
    }
    trade = Trade(fields, seen.name, seen.number, seen.side)
    return trade if trade.is_sound else None


def fills_of(said: Any, seen: Seen) -> list[Trade]:
    """The "fills" of an answer to an order."""
    listed = said.get("fills") if isinstance(said, dict) else None
    found = [
        Trade(one, seen.name, seen.number, seen.side)
        for one in (listed if isinstance(listed, list) else ())
        if isinstance(one, dict)
    ]
    return [trade for trade in found if trade.is_sound]


def my_trades(said: Any) -> list[Trade]:
    """An answer of myTrades."""
    found = [
        Trade(one, str(one["symbol"]), str(one["orderId"]), "1" if one.get("isBuyer") else "2")
        for one in (said if isinstance(said, list) else ())
        if isinstance(one, dict) and one.get("symbol") and _is_id(one.get("orderId"))
    ]
    return [trade for trade in found if trade.is_sound]


class Told:
    """What was told of orders, by OrderID(37); of so many of them only."""

    def __init__(self, kept_max: int = KEPT_MAX) -> None:
        self._kept_max = kept_max
        self._trades: dict[str, dict[str, Decimal]] = {}
        self._accepted: dict[str, None] = {}
        self._replaced: dict[str, None] = {}

    def trade(self, trade: Trade) -> bool:
        """It is told now; whether it was not told before."""
        trades = self._trades.setdefault(trade.order_id, {})
        is_new = trade.number not in trades
        trades[trade.number] = amount(trade.quantity)
        self._trim(self._trades)
        return is_new

    def filled(self, order_id: str) -> Decimal:
        """How much of it."""
        return sum(self._trades.get(order_id, {}).values(), ZERO)

    def is_all(self, seen: Seen) -> bool:
        """Whether all executions of an order were told."""
        return self.filled(seen.order_id) >= seen.filled

    def accepted(self, order_id: str) -> bool:
        """It is told now that it was accepted; whether it was not told before."""
        is_new = order_id not in self._accepted
        self._accepted[order_id] = None
        self._trim(self._accepted)
        return is_new

    def replaced(self, order_id: str) -> None:
        """It is told now that another one continues it."""
        self._replaced[order_id] = None
        self._trim(self._replaced)

    def was_replaced(self, order_id: str) -> bool:
        """Whether that was told: its cancel is no end."""
        return order_id in self._replaced

    def _trim(self, kept: dict[str, Any]) -> None:
        if len(kept) > self._kept_max:
            del kept[next(iter(kept))]


def _is_id(said: object) -> bool:
    return str(said).isdecimal()


def _text(said: object) -> str:
    return said if isinstance(said, str) and said != "null" else ""


def _reason(said: Mapping[str, Any]) -> str:
    """Why it was refused or has expired, "" where nothing is said."""
    told = [_text(said.get("rejectReason")), _text(said.get("expiryReason"))]
    return " ".join([text for text in told if text not in ("", "NONE")])
