"""What a TWS says, as it comes over its socket, read by ib_async as it is in the gateway."""

from __future__ import annotations

from typing import Any

from gateway.brokers.api.fields import read
from gateway.brokers.ibkr.contracts import Defaults
from gateway.brokers.ibkr.hearing import Heard
from gateway.brokers.ibkr.library import Said, Tws, Writer
from gateway.brokers.ibkr.mapping import IbkrMapping
from gateway.brokers.ibkr.orders import Message
from tools.broker_apis.ibkr import wire

CLIENT = 17
PERM_ID = 1837465001
ORDER = {
    "55": "AAPL",
    "54": "1",
    "38": "100",
    "40": "2",
    "44": "187.50",
    "59": "0",
}
DEFAULTS = Defaults(pairs_exchanges={"CASH": "IDEALPRO", "CRYPTO": "PAXOS"}, kinds={})
AAPL = {"conId": 265598, "symbol": "AAPL", "secType": "STK", "exchange": "SMART", "currency": "USD"}


def said(*texts: str) -> list[Said]:
    """Messages as the gateway takes them."""
    taken: list[Said] = []
    tws = Tws(taken.append)
    for text in texts:
        tws.read(text.split("\0")[:-1])
    return taken


class Desk:
    """A mapping with a connection, and what it makes of messages."""

    def __init__(self) -> None:
        self.mapping = IbkrMapping(CLIENT, DEFAULTS)
        self.mapping.connected(1042, Writer(), "DU1234567")

    def request(self, kind: str, **fields: str) -> Message:
        """One of ours; `_11` is ClOrdID(11)."""
        named = {tag.removeprefix("_"): value for tag, value in fields.items()}
        made = self.mapping.request(kind, ORDER | named)
        assert isinstance(made, Message)
        made.has_left = True
        return made

    def hear(self, *texts: str) -> list[dict[str, str]]:
        """The reports of messages, by tag, MsgType(35) among them."""
        return [one for text in texts for one in told(self.heard(text))]

    def heard(self, text: str) -> Heard:
        """What one message means."""
        (one,) = said(text)
        return self.mapping.hearing.hear(one)

    def works(self, number: int = 1042) -> None:
        """An order is placed, and works."""
        self.request("D", _11="A-1")
        assert len(self.hear(open_order(number), status("Submitted", number))) == 1


def told(heard: Heard) -> list[dict[str, str]]:
    """Reports by tag."""
    return [{"35": kind, **read(body)} for kind, body in heard.reports]


def open_order(number: int = 1042, **more: Any) -> str:
    """An openOrder."""
    row: dict[str, Any] = {
        **AAPL,
        "orderId": number,
        "clientId": CLIENT,
        "permId": PERM_ID,
        "action": "BUY",
        "totalQuantity": 100,
        "orderType": "LMT",
        "lmtPrice": "187.5",
        "auxPrice": "0.0",
        "tif": "DAY",
        "origin": 0,
        "account": "DU1234567",
        "orderRef": "A-1",
        "status": "Submitted",
    }
    return wire.open_order(row | more)


def status(word: str, number: int = 1042, **more: Any) -> str:
    """An orderStatus."""
    row: dict[str, Any] = {
        "orderId": number,
        "status": word,
        "filled": 0,
        "remaining": 100,
        "permId": PERM_ID,
        "clientId": CLIENT,
    }
    return wire.order_status(row | more)


def execution(exec_id: str = "00012ab3.65f0c1d2.01.01", number: int = 1042, **more: Any) -> str:
    """An execDetails."""
    row: dict[str, Any] = {
        **AAPL,
        "orderId": number,
        "clientId": CLIENT,
        "permId": PERM_ID,
        "execId": exec_id,
        "time": "20991115 14:30:02 UTC",
        "acctNumber": "DU1234567",
        "execExchange": "ARCA",
        "side": "BOT",
        "shares": 40,
        "price": "187.21",
        "cumQty": 40,
        "avgPrice": "187.21",
        "orderRef": "A-1",
    }
    return wire.exec_details(-1, row | more)


def completed(word: str, **more: Any) -> str:
    """A completedOrder."""
    row: dict[str, Any] = {
        **AAPL,
        "permId": PERM_ID,
        "action": "BUY",
        "totalQuantity": 100,
        "orderType": "LMT",
        "lmtPrice": "187.5",
        "tif": "DAY",
        "origin": 0,
        "account": "DU1234567",
        "orderRef": "A-1",
        "status": word,
    }
    return wire.completed_order(row | more)
