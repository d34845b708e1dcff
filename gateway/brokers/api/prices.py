"""Prices of adapters: the newest of each symbol, told as MarketDataSnapshotFullRefresh(W)."""

import asyncio
from typing import Final

from gateway.brokers.api.contract import Host
from gateway.brokers.api.fields import SOH, write

TOLD_EVERY_S: Final = 0.1
BID: Final = "0"  # MDEntryType(269)
ASK: Final = "1"
LAST: Final = "2"


def wanted(body: str) -> list[str]:
    """The symbols of a MarketDataRequest(V)."""
    pairs = (pair.partition("=") for pair in body.split(SOH))
    return [value for tag, _, value in pairs if tag == "55"]


class Wish:
    """A MarketDataRequest(V), as it is kept until its adapter subscribes."""

    __slots__ = ("symbols",)

    raw = b""

    def __init__(self, symbols: list[str]) -> None:
        self.symbols = symbols


class Prices:
    """What was said since it was last told: of each symbol the newest book, and the last trade. A
    side without a price is an empty one.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._books: dict[str, tuple[str, str]] = {}
        self._trades: dict[str, str] = {}
        self._timer: asyncio.TimerHandle | None = None

    def quote(self, symbol: str, bid: str, ask: str) -> None:
        """The top of its book; "" or "0": that side is empty."""
        self._books[symbol] = (bid, ask)
        self._arm()

    def trade(self, symbol: str, price: str) -> None:
        """Its last trade."""
        self._trades[symbol] = price
        self._arm()

    def stop(self) -> None:
        """Tell nothing any more."""
        if self._timer is not None:
            self._timer.cancel()

    def _arm(self) -> None:
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(TOLD_EVERY_S, self._tell)

    def _tell(self) -> None:
        self._timer = None
        books, self._books = self._books, {}
        trades, self._trades = self._trades, {}
        for symbol in books.keys() | trades.keys():
            bid, ask = books.get(symbol, ("", ""))
            entries = [(BID, bid), (ASK, ask), (LAST, trades.get(symbol, ""))]
            told = [one for one in entries if one[1] not in ("", "0")]
            if symbol in books:
                self._host.heard(b"", [("W", _snapshot(symbol, told))])
            else:
                self._host.heard(b"", [("X", _change(symbol, told))])


def _snapshot(symbol: str, entries: list[tuple[str, str]]) -> str:
    listed = "".join([f"269={kind}{SOH}270={price}{SOH}" for kind, price in entries])
    return f"{write({55: symbol})}268={len(entries)}{SOH}{listed}"


def _change(symbol: str, entries: list[tuple[str, str]]) -> str:
    of = write({55: symbol})
    listed = "".join([f"279=0{SOH}269={kind}{SOH}{of}270={price}{SOH}" for kind, price in entries])
    return f"268={len(entries)}{SOH}{listed}"
