"""Requests, replies and streams as an API sees them. Knows no socket."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

Pairs = Sequence[tuple[str, str]]
JSON: Final = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request. `target` is the request line's own text, `path` unquoted."""

    method: str
    target: str
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes = b""

    @property
    def path(self) -> str:
        """Without the query."""
        return unquote(self.target.partition("?")[0])

    @property
    def raw_query(self) -> str:
        """To the byte, for signatures."""
        return self.target.partition("?")[2]

    @property
    def query(self) -> dict[str, str]:
        """The last value of each name."""
        return dict(parse_qsl(self.raw_query, keep_blank_values=True))

    def json(self) -> Any:
        """The body; ValueError if it is no JSON."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One HTTP reply; Content-Length and Date are added by the shell."""

    status: int = 200
    body: bytes = b""
    headers: Pairs = ()


def json_reply(status: int, value: Any, headers: Pairs = ()) -> Reply:
    """A reply of JSON, as brokers write it."""
    body = json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
    content = ("Content-Type", f"{JSON}; charset=UTF-8")
    return Reply(status=status, body=body, headers=[content, *headers])


class Outlet:
    """Where an API puts what a stream shall say; the shell takes it from there.

    `messages` are (event name, payload); text makes a text frame, bytes make a binary one. Of a
    chunked reply every payload is a chunk of its own.
    """

    def __init__(self) -> None:
        self.messages: list[tuple[str, str | bytes]] = []
        self.ending: tuple[int, str] | None = None
        self.pings: list[bytes] = []
        self.gone = False
        """The connection is no more; what is said is lost, as it is to a client that is away."""

    def send(self, payload: str | bytes, event: str = "") -> None:
        """Say it; `event` is what fault rules call it."""
        if not self.gone:
            self.messages.append((event, payload))

    def ping(self, payload: bytes = b"") -> None:
        """A WebSocket ping."""
        if not self.gone:
            self.pings.append(payload)

    def close(self, code: int = 1000, reason: str = "") -> None:
        """End the stream after what was said."""
        self.ending = (code, reason)


class Conversation:
    """The broker's side of one stream. `name` is what fault rules call it."""

    name = "stream"

    def __init__(self) -> None:
        self.outlet = Outlet()

    def opened(self) -> None:
        """The stream is there."""

    def received(self, message: str | bytes) -> None:
        """The client said something (WebSocket only)."""

    def ponged(self, payload: bytes) -> None:
        """The client answered a ping."""

    def closed(self) -> None:
        """The stream is no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Streaming:
    """A reply whose body goes on: chunked, without an end."""

    conversation: Conversation
    status: int = 200
    headers: Pairs = field(default_factory=list)


Answer = Reply | Streaming
Handler = Callable[[Request], Answer]
