"""Quotes of the contracts that are wanted. Delayed ones are none."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from gateway.brokers.api.contract import Host
from gateway.brokers.api.fields import plain
from gateway.brokers.api.prices import Prices
from gateway.brokers.ibkr.contracts import Defaults, contract_of
from gateway.brokers.ibkr.library import Said, Writer
from gateway.brokers.ibkr.words import WARNINGS

FIRST_ID: Final = 1_500_000_000
LIVE: Final = 1  # marketDataType
BID: Final = 1  # tick types
ASK: Final = 2
LAST: Final = 4


class IbkrQuotes:
    """`ask` sends messages."""

    def __init__(
        self, host: Host, defaults: Defaults, ask: Callable[[Sequence[str]], None]
    ) -> None:
        self._host = host
        self._defaults = defaults
        self._ask = ask
        self._prices = Prices(host)
        self._ids: dict[str, int] = {}
        self._symbols: dict[int, str] = {}
        self._books: dict[str, tuple[str, str]] = {}
        self._delayed: set[int] = set()
        self._writer: Writer | None = None

    def want(self, symbols: Iterable[str]) -> None:
        """Prices of these as well."""
        for symbol in symbols:
            if symbol not in self._ids:
                number = FIRST_ID + len(self._ids)
                self._ids[symbol] = number
                self._symbols[number] = symbol
                self._subscribe([symbol])

    def begin(self, writer: Writer) -> None:
        """There is a connection, or one that has lost its data: all are asked for."""
        self._writer = writer
        self._books.clear()
        self._delayed.clear()
        self._subscribe(list(self._ids))

    def _subscribe(self, symbols: Sequence[str]) -> None:
        writer = self._writer
        if writer is None:
            return
        contracts = [(self._ids[one], contract_of({"55": one}, self._defaults)) for one in symbols]
        self._ask([writer.quotes(number, contract) for number, contract in contracts])

    def heard(self, said: Said) -> None:
        """A message that may be about prices."""
        if said.name == "priceSizeTick":
            self._tick(*said.args)
        elif said.name == "marketDataType" and said.args[1] != LIVE:
            self._is_delayed(said.args[0])
        elif said.name == "error" and said.args[0] in self._symbols:
            number, code, text = said.args[:3]
            if code not in WARNINGS:
                symbol = self._symbols[number]
                self._host.alarm("LIMIT_REACHED", f"no quotes of {symbol}: {text} ({code})")

    def _is_delayed(self, number: int) -> None:
        if number in self._symbols and number not in self._delayed:
            self._delayed.add(number)
            symbol = self._symbols[number]
            text = f"quotes of {symbol} are delayed, for want of a subscription: not taken"
            self._host.alarm("LIMIT_REACHED", text)

    def _tick(self, number: int, kind: int, price: Any, _size: Any) -> None:
        symbol = self._symbols.get(number)
        if symbol is None or number in self._delayed:
            return
        shown = plain(price) if price > 0 else ""
        bid, ask = self._books.get(symbol, ("", ""))
        if kind == LAST and shown:
            self._prices.trade(symbol, shown)
        elif kind in (BID, ASK):
            book = (shown, ask) if kind == BID else (bid, shown)
            self._books[symbol] = book
            self._prices.quote(symbol, *book)

    def stop(self) -> None:
        """Tell nothing any more."""
        self._prices.stop()
