"""Binance's WebSockets: the WebSocket API with its user data stream, and the market stream."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from tools.broker_apis.binance.errors import RefusedError
from tools.broker_apis.binance.security import Security
from tools.broker_apis.clock import NANOSECONDS
from tools.broker_apis.http import Conversation
from tools.broker_apis.market import Quote
from tools.broker_apis.world import World

WARNED_S: Final = 600
BOOK_TICKER: Final = "@bookTicker"
Json = dict[str, Any]


class Desk(Protocol):
    """The API, as a conversation needs it."""

    def call(self, method: str, parameters: Mapping[str, Any]) -> Any:
        """Carry a method of the WebSocket API out; RefusedError."""

    def rate_limits(self) -> list[Json]:
        """What is used."""


class Lives(Conversation):
    """What both have: pings, a cut where no pong comes, an end after a day."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world
        self._heard_ns = world.clock.now_ns()
        self._is_gone = False

    def opened(self) -> None:
        """Its time runs."""
        lives_s = float(self._world.switches["stream_lives_s"])
        self._world.agenda.after(max(0.0, lives_s - WARNED_S), self.warn)
        self._world.agenda.after(lives_s, self._end)
        self._ping()

    def ponged(self, payload: bytes) -> None:
        """It lives."""
        self._heard_ns = self._world.clock.now_ns()

    def closed(self) -> None:
        """No more pings."""
        self._is_gone = True

    def warn(self) -> None:
        """It is going to be shut down."""

    def _end(self) -> None:
        self.outlet.close(1008, "Disconnected")

    def _ping(self) -> None:
        if self._is_gone:
            return
        now = self._world.clock.now_ns()
        if now - self._heard_ns > float(self._world.switches["pong_within_s"]) * NANOSECONDS:
            self.outlet.close(1008, "Pong timeout")
            return
        self.outlet.ping(str(now // 1_000_000).encode())
        self._world.agenda.after(float(self._world.switches["ping_every_s"]), self._ping)


class Session(Lives):
    """One client of /ws-api/v3. Fault rules call it "user_data", its events by their "x" or "e"."""

    name = "user_data"

    def __init__(self, world: World, security: Security, desk: Desk, talks: list[Session]) -> None:
        super().__init__(world)
        self._security = security
        self._desk = desk
        self._talks = talks
        self._key = ""
        """Of a session that has logged on."""
        self._commands: Mapping[str, Callable[[Json], Any]] = {
            "session.logon": self._log_on,
            "session.status": lambda _: self._session(),
            "session.logout": self._log_out,
            "userDataStream.subscribe": self._subscribe_logged_on,
            "userDataStream.subscribe.signature": self._subscribe_signed,
            "userDataStream.unsubscribe": self._unsubscribe,
            "session.subscriptions": lambda _: [{"subscriptionId": 0}] if self._is_told else [],
        }

    @property
    def _is_told(self) -> bool:
        return self in self._talks

    def received(self, message: str | bytes) -> None:
        """A request; what is none is answered as such."""
        request_id: Any = None
        try:
            said = json.loads(message)
            request_id, method = said.get("id"), said["method"]
            parameters = said.get("params") or {}
            if not isinstance(parameters, dict):
                raise RefusedError(-1135, "Invalid JSON")
            self._answer(request_id, 200, {"result": self._carried_out(method, parameters)})
        except RefusedError as refused:
            self._answer(request_id, refused.status, {"error": refused.body})
        except (ValueError, KeyError, AttributeError):
            self._answer(request_id, 400, {"error": {"code": -1135, "msg": "Invalid JSON"}})

    def closed(self) -> None:
        """It hears no more."""
        super().closed()
        if self._is_told:
            self._talks.remove(self)

    def warn(self) -> None:
        """It is told before."""
        said = {"e": "serverShutdown", "E": self._world.clock.shown_ns() // 1_000_000}
        self.outlet.send(json.dumps({"event": said}), "serverShutdown")

    def tell(self, event: Json) -> None:
        """An event of the account."""
        said = {"subscriptionId": 0, "event": event}
        self.outlet.send(json.dumps(said, separators=(",", ":")), str(event.get("x", event["e"])))

    def _carried_out(self, method: str, parameters: Json) -> Any:
        command = self._commands.get(method)
        if command is not None:
            return command(parameters)
        if self._key and "signature" not in parameters and "timestamp" in parameters:
            self._security.check_time(parameters)
        elif "signature" in parameters:
            self._security.signed_call(parameters)
        elif method not in ("ping", "time", "exchangeInfo"):
            raise RefusedError(-1102, "Mandatory parameter 'signature' was not sent.")
        own = ("apiKey", "signature", "timestamp", "recvWindow")
        return self._desk.call(method, {k: v for k, v in parameters.items() if k not in own})

    def _answer(self, request_id: Any, status: int, what: Json) -> None:
        said = {"id": request_id, "status": status, **what, "rateLimits": self._desk.rate_limits()}
        self.outlet.send(json.dumps(said, separators=(",", ":")), "answer")

    def _log_on(self, parameters: Json) -> Json:
        if not self._security.by_ed25519:
            raise RefusedError(-4056, "HMAC_SHA256 API key is not supported.")
        self._security.signed_call(parameters)
        self._key = str(parameters["apiKey"])
        return self._session()

    def _log_out(self, _: Json) -> Json:
        self._key = ""
        return self._session()

    def _session(self) -> Json:
        now = self._world.clock.shown_ns() // 1_000_000
        return {
            "apiKey": self._key or None,
            "authorizedSince": now if self._key else None,
            "connectedSince": now,
            "returnRateLimits": True,
            "serverTime": now,
            "userDataStream": self._is_told,
        }

    def _subscribe_logged_on(self, _: Json) -> Json:
        if not self._key:
            raise RefusedError(-2015, "Invalid API-key, IP, or permissions for action.", 401)
        return self._subscribe()

    def _subscribe_signed(self, parameters: Json) -> Json:
        self._security.signed_call(parameters)
        return self._subscribe()

    def _subscribe(self) -> Json:
        if self._is_told:
            raise RefusedError(-2035, "User Data Stream subscription already active.")
        self._talks.append(self)
        return {"subscriptionId": 0}

    def _unsubscribe(self, _: Json) -> Json:
        if self._is_told:
            self._talks.remove(self)
        return {}


class MarketStream(Lives):
    """One client of /ws/... or /stream: bookTicker of the symbols that it names."""

    name = "market_data"

    def __init__(
        self, world: World, talks: list[MarketStream], streams: list[str], *, combined: bool
    ) -> None:
        super().__init__(world)
        self._talks = talks
        self._streams = dict.fromkeys(streams)
        self._combined = combined
        self._updates = 0

    def opened(self) -> None:
        """It begins with what is there."""
        super().opened()
        self._talks.append(self)
        self._begin(list(self._streams))

    def closed(self) -> None:
        """It hears no more."""
        super().closed()
        self._talks.remove(self)

    def received(self, message: str | bytes) -> None:
        """SUBSCRIBE, UNSUBSCRIBE, LIST_SUBSCRIPTIONS."""
        try:
            said = json.loads(message)
            method, streams = said["method"], [str(one) for one in said.get("params", [])]
        except (ValueError, KeyError, TypeError):
            self._say({"error": {"code": 3, "msg": "Invalid JSON"}}, "error")
            return
        result: Any = None
        if method == "SUBSCRIBE":
            self._streams.update(dict.fromkeys(streams))
        elif method == "UNSUBSCRIBE":
            self._streams = {k: v for k, v in self._streams.items() if k not in streams}
        elif method == "LIST_SUBSCRIPTIONS":
            result = list(self._streams)
        self._say({"result": result, "id": said.get("id")}, "answer")
        if method == "SUBSCRIBE":
            self._begin(streams)

    def tell(self, quote: Quote) -> None:
        """A quote, if it asked for that symbol."""
        stream = quote.symbol.lower() + BOOK_TICKER
        if stream not in self._streams:
            return
        self._updates += 1
        said = {
            "u": self._world.clock.now_ns() // 1000 + self._updates,
            "s": quote.symbol,
            "b": f"{quote.bid:.8f}",
            "B": f"{quote.bid_size:.8f}",
            "a": f"{quote.ask:.8f}",
            "A": f"{quote.ask_size:.8f}",
        }
        self._say({"stream": stream, "data": said} if self._combined else said, "bookTicker")

    def _begin(self, streams: list[str]) -> None:
        for stream in streams:
            symbol = stream.partition("@")[0].upper()
            quote = self._world.market.quotes.get(symbol)
            if quote is not None:
                self.tell(quote)

    def _say(self, said: Json, event: str) -> None:
        self.outlet.send(json.dumps(said, separators=(",", ":")), event)
