"""TWS's API over a simulated world: the conversation with each client."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar, Final

from tools.broker_apis.api import Api
from tools.broker_apis.clock import NANOSECONDS
from tools.broker_apis.http import Answer, Conversation, Reply, Request, json_reply
from tools.broker_apis.ibkr import wire
from tools.broker_apis.ibkr.contracts import CONTRACTS
from tools.broker_apis.ibkr.entry import RefusedError, contract_of
from tools.broker_apis.ibkr.life import Life
from tools.broker_apis.ibkr.queries import Queries
from tools.broker_apis.ibkr.socket import Socket
from tools.broker_apis.ibkr.switches import SWITCHES
from tools.broker_apis.market import Quote
from tools.broker_apis.orders import BUY, Order, Terms
from tools.broker_apis.world import World

NAMES: Final = {
    1: "reqMktData",
    2: "cancelMktData",
    3: "placeOrder",
    4: "cancelOrder",
    5: "reqOpenOrders",
    6: "reqAccountUpdates",
    7: "reqExecutions",
    8: "reqIds",
    9: "reqContractDetails",
    15: "reqAutoOpenOrders",
    16: "reqAllOpenOrders",
    17: "reqManagedAccts",
    49: "reqCurrentTime",
    58: "reqGlobalCancel",
    59: "reqMarketDataType",
    61: "reqPositions",
    62: "reqAccountSummary",
    63: "cancelAccountSummary",
    64: "cancelPositions",
    71: "startApi",
    76: "reqAccountUpdatesMulti",
    77: "cancelAccountUpdatesMulti",
    99: "reqCompletedOrders",
}
MODIFY: Final = "modifyOrder"
"""What fault rules call a placeOrder of an order that there is."""
OTHER_CLIENT: Final = 999
"""The client id of another trader's orders."""


class Talk(Conversation):
    """The broker's side of one client's connection."""

    name = "tws"

    def __init__(self, api: Ibkr) -> None:
        super().__init__()
        self.api = api
        self.client: int | None = None
        self.quotes: dict[int, str] = {}  # symbols by request
        self._times: deque[int] = deque()
        self._violations = 0

    def say(self, event: str, payload: str) -> None:
        """A message to the client."""
        self.outlet.send(payload, event)

    def name_of(self, fields: Sequence[str]) -> str:
        """What a message asks for, as fault rules call it."""
        name = NAMES.get(int(fields[0]), fields[0])
        known = name == "placeOrder" and self.client is not None
        if known and self.api.life.ticket(self.client or 0, int(fields[1])) is not None:
            return MODIFY
        return name

    def is_too_fast(self) -> bool:
        """Whether one more message is more than TWS takes in a second."""
        now = self.api.world.clock.now_ns()
        while self._times and self._times[0] <= now - NANOSECONDS:
            self._times.popleft()
        self._times.append(now)
        return len(self._times) > int(self.api.world.switches["messages_per_s"])

    def too_many(self, fields: Sequence[str]) -> None:
        """The message is not carried out; too many of them cost the connection."""
        names = self.api.world.switches["pacing_names_order"] and fields[0] in ("3", "4")
        about = int(fields[1 if fields[0] == "3" else 2]) if names else -1
        text = "Max rate of messages per second has been exceeded:max=50 rec=51 (1)"
        self.say("error", wire.error(about, 100, text))
        self._violations += 1
        if self._violations >= int(self.api.world.switches["violations_max"]):
            self.outlet.close()

    def hear(self, fields: Sequence[str]) -> None:
        """Carry a message out."""
        self.api.ways[NAMES.get(int(fields[0]), "")](self, fields)

    def closed(self) -> None:
        """The client is gone; its orders stay."""
        self.api.talks = [talk for talk in self.api.talks if talk is not self]


Way = Callable[[Talk, Sequence[str]], None]


class Ibkr(Api):
    """One TWS with one account."""

    shell: ClassVar[Any] = Socket

    def __init__(self, world: World) -> None:
        super().__init__(world)
        world.offer(SWITCHES)
        world.desk.step = Decimal(1)
        self.life = Life(world, self.say)
        self.talks: list[Talk] = []
        queries = Queries(world, self.life)
        world.market.listeners.append(self._quoted)
        self.ways: Mapping[str, Way] = {
            "": lambda talk, fields: self._unknown(talk),
            "reqMktData": self._quotes,
            "cancelMktData": self._no_quotes,
            "placeOrder": lambda talk, fields: self.life.place(self.id_of(talk), fields),
            "cancelOrder": lambda talk, fields: self.life.cancel(self.id_of(talk), int(fields[2])),
            "reqIds": lambda talk, fields: self._next_id(talk),
            "reqAutoOpenOrders": lambda talk, fields: None,
            "reqManagedAccts": lambda talk, fields: self._accounts(talk),
            "reqCurrentTime": self._time,
            "reqGlobalCancel": lambda talk, fields: self.life.cancel_all(),
            "reqMarketDataType": lambda talk, fields: None,
            "cancelAccountSummary": lambda talk, fields: None,
            "cancelPositions": lambda talk, fields: None,
            "cancelAccountUpdatesMulti": lambda talk, fields: None,
            "startApi": self._start,
            **queries.ways,
        }

    # --- Api --------------------------------------------------------------------------------------

    def answer(self, request: Request) -> Answer:
        """There is nothing over HTTP but what is the simulator's own."""
        return self.failure(404)

    def failure(self, status: int) -> Reply:
        """Part of Api."""
        return json_reply(status, {"error": "TWS speaks no HTTP"})

    def other_order(self, terms: Terms) -> Order:
        """Part of Api: another client of this TWS places it."""
        listed = next((one for one in CONTRACTS if one.market == terms.symbol), None)
        if listed is None:
            raise ValueError(f"no contract {terms.symbol!r}")
        row = {
            **listed.as_dict(),
            "action": "BUY" if terms.side == BUY else "SELL",
            "totalQuantity": terms.quantity,
            "orderType": "MKT" if terms.limit is None else "LMT",
            "lmtPrice": terms.limit or 0,
            "auxPrice": 0,
            "tif": terms.time_in_force.upper(),
            "origin": 0,
        }
        account = str(self.world.switches["account"])
        made = Terms(
            account=account,
            client_id=terms.client_id,
            symbol=terms.symbol,
            side=terms.side,
            quantity=terms.quantity,
            kind=terms.kind,
            limit=terms.limit,
            time_in_force=terms.time_in_force,
            extras={"row": row},
        )
        number = len(self.life.tickets) + 1
        return self.life.take(made, OTHER_CLIENT, number)

    # --- the link to IB's servers -----------------------------------------------------------------

    def lose_link(self) -> None:
        """TWS loses IB's servers: what happens to orders is not told, then or later."""
        self.say(-1, "error", wire.error(-1, 1100, "Connectivity between IBKR and TWS is lost."))
        self.life.is_linked = False

    def find_link(self, *, data_lost: bool = False) -> None:
        """It has them again."""
        self.life.is_linked = True
        code, end = (1101, "lost") if data_lost else (1102, "maintained")
        text = f"Connectivity between IBKR and TWS has been restored - data {end}."
        if data_lost:
            for talk in self.talks:
                talk.quotes.clear()
        self.say(-1, "error", wire.error(-1, code, text))

    # --- talking ----------------------------------------------------------------------------------

    def talk(self) -> Talk:
        """The conversation with one more client."""
        return Talk(self)

    def say(self, client: int, event: str, payload: str) -> None:
        """To a client, if it is there; -1 is all of them. Without the link nothing is heard."""
        if self.life.is_linked:
            for talk in self.talks:
                if client in (-1, talk.client):
                    talk.say(event, payload)

    def id_of(self, talk: Talk) -> int:
        """Its client id; -2 of one that has not said it."""
        return -2 if talk.client is None else talk.client

    def _unknown(self, talk: Talk) -> None:
        text = "Error reading request. Message id is not known here."
        talk.say("error", wire.error(-1, 320, text))

    def _start(self, talk: Talk, fields: Sequence[str]) -> None:
        client = int(fields[2])
        if any(other.client == client for other in self.talks):
            text = "Unable to connect as the client id is already in use. Retry with a unique one."
            talk.say("error", wire.error(-1, 326, text))
            talk.outlet.close()
            return
        talk.client = client
        self.talks.append(talk)
        self._accounts(talk)
        self._next_id(talk)
        for code, farm in ((2104, "Market data farm"), (2106, "HMDS data farm")):
            talk.say("error", wire.error(-1, code, f"{farm} connection is OK:usfarm"))
        if not self.life.is_linked:
            text = "Connectivity between IBKR and TWS is lost."
            talk.say("error", wire.error(-1, 1100, text))
        elif self.world.switches["download_open_orders"]:
            mine = [t for t in self.life.tickets.values() if t.client == client]
            for ticket in mine:
                if not ticket.order.ended:
                    talk.say("openOrder", wire.open_order(self.life.row(ticket)))
                    talk.say("orderStatus", wire.order_status(self.life.row(ticket)))

    def _accounts(self, talk: Talk) -> None:
        talk.say("managedAccounts", wire.said(15, 1, self.world.switches["account"]))

    def _next_id(self, talk: Talk) -> None:
        talk.say("nextValidId", wire.said(9, 1, self.life.next_id(self.id_of(talk))))

    def _time(self, talk: Talk, fields: Sequence[str]) -> None:
        now_s = self.world.clock.shown_ns() // NANOSECONDS
        talk.say("currentTime", wire.said(49, 1, now_s))

    # --- quotes -----------------------------------------------------------------------------------

    def _quotes(self, talk: Talk, fields: Sequence[str]) -> None:
        about = int(fields[2])
        try:
            listed = contract_of(dict(zip(wire.CONTRACT, fields[3:], strict=False)))
        except RefusedError as error:
            talk.say("error", wire.error(about, error.code, str(error)))
            return
        talk.quotes[about] = listed.market
        kind = int(self.world.switches["market_data_type"])
        talk.say("marketDataType", wire.said(58, 1, about, kind))
        self._tell(talk, about, self.world.market.quote(listed.market))

    def _no_quotes(self, talk: Talk, fields: Sequence[str]) -> None:
        talk.quotes.pop(int(fields[2]), None)

    def _quoted(self, quote: Quote) -> None:
        for talk in self.talks if self.life.is_linked else ():
            for about, symbol in talk.quotes.items():
                if symbol == quote.symbol:
                    self._tell(talk, about, quote)

    def _tell(self, talk: Talk, about: int, quote: Quote) -> None:
        """Bid and ask; an empty side has a price of -1 and no size. Delayed ticks have numbers of
        their own.
        """
        delayed = int(self.world.switches["market_data_type"]) > 2
        sides = ((66, 67) if delayed else (1, 2), (quote.bid, quote.ask))
        sizes = (quote.bid_size, quote.ask_size)
        for kind, price, size in zip(*sides, sizes, strict=True):
            shown, left = (price, size) if price else (-1, 0)
            talk.say("tickPrice", wire.said(1, 6, about, kind, shown, left, 0))
