"""OANDA's streams: chunked answers of a JSON object a line, which begin when they are opened."""

from __future__ import annotations

import json
from typing import Any, Final

from tools.broker_apis.http import Conversation
from tools.broker_apis.market import Quote
from tools.broker_apis.oanda.instruments import LISTED
from tools.broker_apis.oanda.ledger import Ledger, Row, shown
from tools.broker_apis.world import World

WINDOW_S: Final = 0.25
"""Prices are told once in each: the last one."""
HEARTBEAT: Final = "HEARTBEAT"


class Talk(Conversation):
    """A stream with heartbeats."""

    def __init__(self, world: World, talks: list[Talk], *, unix: bool) -> None:
        super().__init__()
        self.world = world
        self._talks = talks
        self._unix = unix

    def opened(self) -> None:
        """It begins with a heartbeat."""
        self._talks.append(self)
        self._beat()

    def closed(self) -> None:
        """It is no more."""
        self._talks.remove(self)

    def say(self, row: Row) -> None:
        """A line; its type is what fault rules see."""
        if self.world.switches["extra_fields"]:
            row = {**row, "x_not_documented": [1]}
        line = json.dumps(shown(row, unix=self._unix), separators=(",", ":"))
        self.outlet.send(f"{line}\n", str(row["type"]))

    def heartbeat(self) -> Row:
        """What it says so often."""
        return {"type": HEARTBEAT, "time": self.world.clock.shown_ns()}

    def _beat(self) -> None:
        if not self.outlet.gone:
            self.say(self.heartbeat())
            self.world.agenda.after(float(self.world.switches["heartbeat_s"]), self._beat)


class Transactions(Talk):
    """One client on /transactions/stream. There is no replay."""

    name = "transactions"

    def __init__(self, world: World, talks: list[Talk], ledger: Ledger, *, unix: bool) -> None:
        super().__init__(world, talks, unix=unix)
        self._ledger = ledger

    def opened(self) -> None:
        """From now on."""
        super().opened()
        self._ledger.listeners.append(self.say)

    def closed(self) -> None:
        """It hears no more."""
        super().closed()
        self._ledger.listeners.remove(self.say)

    def heartbeat(self) -> Row:
        """With the newest transaction."""
        return {**super().heartbeat(), "lastTransactionID": self._ledger.last}


class Prices(Talk):
    """One client on /pricing/stream: the best of each instrument, the last of each window."""

    name = "pricing"

    def __init__(
        self, world: World, talks: list[Talk], instruments: list[str], *, unix: bool, snapshot: bool
    ) -> None:
        super().__init__(world, talks, unix=unix)
        self._instruments = instruments
        self._snapshot = snapshot
        self._waiting: dict[str, None] = {}

    def opened(self) -> None:
        """The newest prices come first."""
        super().opened()
        self.world.market.listeners.append(self._quoted)
        for name in self._instruments if self._snapshot else ():
            self.say(price_row(self.world, name))

    def closed(self) -> None:
        """It hears no more."""
        super().closed()
        self.world.market.listeners.remove(self._quoted)

    def _quoted(self, quote: Quote) -> None:
        if quote.symbol not in self._instruments:
            return
        if not self._waiting:
            self.world.agenda.after(WINDOW_S, self._tell)
        self._waiting[quote.symbol] = None

    def _tell(self) -> None:
        waiting, self._waiting = self._waiting, {}
        for name in waiting:
            self.say(price_row(self.world, name))


def price_row(world: World, name: str, *, tradeable: bool = True) -> dict[str, Any]:
    """A PRICE, as the stream and the query tell it."""
    quote, digits = world.market.quote(name), LISTED[name].digits

    def levels(price: Any, size: Any) -> list[dict[str, Any]]:
        return [{"price": f"{price:.{digits}f}", "liquidity": int(size)}] if price else []

    return {
        "type": "PRICE",
        "time": world.clock.shown_ns(),
        "instrument": name,
        "status": "tradeable" if tradeable else "non-tradeable",
        "tradeable": tradeable,
        "bids": levels(quote.bid, quote.bid_size),
        "asks": levels(quote.ask, quote.ask_size),
        "closeoutBid": f"{quote.bid:.{digits}f}",
        "closeoutAsk": f"{quote.ask:.{digits}f}",
    }
