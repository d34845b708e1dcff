"""Prices of adapters: the newest of each symbol, told as MarketDataSnapshotFullRefresh(W)."""

import asyncio
from typing import Final

from gateway.brokers.api.contract import Host
from gateway.brokers.api.fields import SOH, date_and_time, write

TOLD_EVERY_S: Final = 0.1
BID: Final = "0"  # MDEntryType(269)
ASK: Final = "1"
LAST: Final = "2"
Entry = tuple[str, str, str]
"""MDEntryType(269), price, and as of when."""


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
        self._books: dict[str, tuple[str, str, str]] = {}
        self._trades: dict[str, tuple[str, str]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def quote(self, symbol: str, bid: str, ask: str, at: str = "") -> None:
        """The top of its book; "" or "0": that side is empty. `at`: as of when, as RFC 3339 writes
        it; "" for now.
        """
        self._books[symbol] = (bid, ask, at)
        self._arm()

    def trade(self, symbol: str, price: str, at: str = "") -> None:
        """Its last trade."""
        self._trades[symbol] = (price, at)
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
            bid, ask, at = books.get(symbol, ("", "", ""))
            entries = [(BID, bid, at), (ASK, ask, at), (LAST, *trades.get(symbol, ("", "")))]
            told = [one for one in entries if one[1] not in ("", "0")]
            if symbol in books:
                self._host.heard(b"", [("W", _snapshot(symbol, told))])
            else:
                self._host.heard(b"", [("X", _change(symbol, told))])


def _snapshot(symbol: str, entries: list[Entry]) -> str:
    listed = "".join([write({269: kind} | _price(text, at)) for kind, text, at in entries])
    return f"{write({55: symbol})}268={len(entries)}{SOH}{listed}"


def _change(symbol: str, entries: list[Entry]) -> str:
    listed = "".join(
        [write({279: 0, 269: kind, 55: symbol} | _price(text, at)) for kind, text, at in entries]
    )
    return f"268={len(entries)}{SOH}{listed}"


def _price(text: str, at: str) -> dict[int, object]:
    date, time = date_and_time(at)
    return {270: text, 272: date, 273: time}
