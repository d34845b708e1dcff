"""Alpaca's streams: trade_updates, market data, and the events of activities as SSE."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from tools.broker_apis.alpaca.activities import Activities
from tools.broker_apis.clock import rfc3339
from tools.broker_apis.http import Conversation
from tools.broker_apis.market import Quote
from tools.broker_apis.msgpack import Stamp, pack, unpack
from tools.broker_apis.world import World

MSGPACK: Final = "application/msgpack"
TRADE_UPDATES: Final = "trade_updates"
AUTH_WITHIN_S: Final = 10
CHANNELS: Final = (
    "trades",
    "quotes",
    "bars",
    "updatedBars",
    "dailyBars",
    "statuses",
    "lulds",
    "corrections",
    "cancelErrors",
)
CommandTable = Mapping[str, Callable[[dict[str, Any]], None]]


class Codec:
    """JSON or MessagePack, in text or binary frames."""

    def __init__(self, content_type: str, *, binary: bool) -> None:
        self.msgpack = content_type.startswith(MSGPACK)
        self._binary = binary

    def write(self, value: Any) -> str | bytes:
        """A message."""
        if self.msgpack:
            return pack(value)
        said = json.dumps(value, separators=(",", ":"), default=_json_of)
        return said.encode() if self._binary else said

    def read(self, message: str | bytes) -> Any:
        """What the client said; ValueError."""
        if self.msgpack and isinstance(message, bytes):
            return unpack(message)
        return json.loads(message)


def _json_of(value: Any) -> str:
    assert isinstance(value, Stamp)
    return rfc3339(value.time_ns)


class TradeUpdates(Conversation):
    """One client on /stream. There is no replay, no heartbeat and no number."""

    name = TRADE_UPDATES

    def __init__(self, world: World, codec: Codec, talks: list[TradeUpdates]) -> None:
        super().__init__()
        self._world = world
        self._codec = codec
        self._talks = talks
        self._authorized = False
        self._commands: CommandTable = {
            "authenticate": self._authenticate,
            "auth": self._authenticate,
            "listen": self._listen,
        }

    def received(self, message: str | bytes) -> None:
        """A command; nonsense is answered by nothing."""
        try:
            said = self._codec.read(message)
            command = self._commands.get(said["action"])
        except (ValueError, TypeError, KeyError):
            return
        if command is not None:
            command(said)

    def closed(self) -> None:
        """It hears no more."""
        if self in self._talks:
            self._talks.remove(self)

    def tell(self, data: dict[str, Any]) -> None:
        """A trade update; its event is what fault rules see."""
        said = {"stream": TRADE_UPDATES, "data": data}
        self.outlet.send(self._codec.write(said), str(data["event"]))

    def _authenticate(self, said: dict[str, Any]) -> None:
        data = said.get("data") or {}
        key = data.get("key_id", said.get("key"))
        secret = data.get("secret_key", said.get("secret"))
        switches = self._world.switches
        good = key == switches["key_id"] and secret == switches["secret_key"]
        self._authorized = good or data.get("oauth_token") == switches["oauth_token"]
        self._authorization("authenticate")

    def _authorization(self, action: str) -> None:
        status = "authorized" if self._authorized else "unauthorized"
        said = {"stream": "authorization", "data": {"action": action, "status": status}}
        self.outlet.send(self._codec.write(said), "authorization")

    def _listen(self, said: dict[str, Any]) -> None:
        if not self._authorized:
            self._authorization("listen")
            return
        streams = [s for s in (said.get("data") or {}).get("streams", []) if s == TRADE_UPDATES]
        if self in self._talks:
            self._talks.remove(self)
        if streams:
            self._talks.append(self)
        said = {"stream": "listening", "data": {"streams": streams}}
        self.outlet.send(self._codec.write(said), "listening")


class MarketData(Conversation):
    """One client on /v2/iex, /v2/sip or the crypto feed; quotes alone are told."""

    name = "market_data"

    def __init__(self, world: World, codec: Codec, talks: list[MarketData]) -> None:
        super().__init__()
        self._world = world
        self._codec = codec
        self._talks = talks
        self._authenticated = False
        self._symbols: dict[str, list[str]] = {channel: [] for channel in CHANNELS}
        self._commands: CommandTable = {
            "auth": self._auth,
            "subscribe": self._subscribe,
            "unsubscribe": self._unsubscribe,
        }

    def opened(self) -> None:
        """It greets, and waits for the key for a while."""
        self._say([{"T": "success", "msg": "connected"}], "success")
        self._world.agenda.after(AUTH_WITHIN_S, self._too_slow)

    def received(self, message: str | bytes) -> None:
        """A command."""
        try:
            said = self._codec.read(message)
            command = self._commands.get(said["action"])
        except (ValueError, TypeError, KeyError):
            self._error(400, "invalid syntax")
            return
        if command is None:
            self._error(400, "invalid syntax")
        elif not self._authenticated and said["action"] != "auth":
            self._error(401, "not authenticated")
        else:
            command(said)

    def closed(self) -> None:
        """Its place is free."""
        if self in self._talks:
            self._talks.remove(self)

    def tell(self, quote: Quote) -> None:
        """A quote, if it asked for that symbol. An empty side is 0 at size 0; sizes are shares."""
        wanted = self._symbols["quotes"]
        if quote.symbol not in wanted and "*" not in wanted:
            return
        row = {
            "T": "q",
            "S": quote.symbol,
            "bx": "V",
            "bp": float(quote.bid),
            "bs": int(quote.bid_size) if quote.bid else 0,
            "ax": "V",
            "ap": float(quote.ask),
            "as": int(quote.ask_size) if quote.ask else 0,
            "c": ["R"],
            "z": "C",
            "t": Stamp(self._world.clock.shown_ns()),
        }
        self._say([row], "q")

    def _say(self, value: list[dict[str, Any]], event: str) -> None:
        self.outlet.send(self._codec.write(value), event)

    def _error(self, code: int, message: str) -> None:
        self._say([{"T": "error", "code": code, "msg": message}], "error")

    def _too_slow(self) -> None:
        if not self._authenticated:
            self._error(404, "auth timeout")
            self.outlet.close()

    def _auth(self, said: dict[str, Any]) -> None:
        switches = self._world.switches
        if self._authenticated:
            self._error(403, "already authenticated")
        elif (said.get("key"), said.get("secret")) != (switches["key_id"], switches["secret_key"]):
            self._error(402, "auth failed")
        elif len(self._talks) >= int(switches["data_connections"]):
            self._error(406, "connection limit exceeded")
            self.outlet.close()
        else:
            self._authenticated = True
            self._talks.append(self)
            self._say([{"T": "success", "msg": "authenticated"}], "success")

    def _subscribe(self, said: dict[str, Any]) -> None:
        wanted = set(self._symbols["quotes"]) | set(said.get("quotes", []))
        if len(wanted) > int(self._world.switches["data_symbols_max"]):
            self._error(405, "symbol limit exceeded")
            return
        for channel in CHANNELS:
            held = self._symbols[channel]
            held += [symbol for symbol in said.get(channel, []) if symbol not in held]
        self._subscribed()

    def _unsubscribe(self, said: dict[str, Any]) -> None:
        for channel in CHANNELS:
            gone = said.get(channel, [])
            self._symbols[channel] = [s for s in self._symbols[channel] if s not in gone]
        self._subscribed()

    def _subscribed(self) -> None:
        self._say([{"T": "subscription", **self._symbols}], "subscription")


class ActivityEvents(Conversation):
    """SSE of executions: those after `since_id` first, then as they come."""

    name = "activities"

    def __init__(self, activities: Activities, since_id: str | None) -> None:
        super().__init__()
        self._activities = activities
        self._since_id = since_id

    def opened(self) -> None:
        """What was missed comes first."""
        self.outlet.send(": welcome\n\n", "comment")
        if self._since_id is not None:
            for event in self._activities.since(self._since_id):
                self._tell(event)
        self._activities.listeners.append(self._tell)

    def closed(self) -> None:
        """It hears no more."""
        self._activities.listeners.remove(self._tell)

    def _tell(self, event: dict[str, Any]) -> None:
        said = json.dumps(event, separators=(",", ":"))
        self.outlet.send(f"data: {said}\n\n", str(event["execution_type"]))
