"""The shell: connects to a gateway, again and again, and serves /_sim/ meanwhile.

Faults of requests are those of HTTP as far as they can be here: where an answer would be a 5xx the
connection is closed, 429 is "busy", a page of HTML is a line that is no JSON.
"""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import struct
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Final

from tools.broker_apis.api import Api
from tools.broker_apis.clock import Clock
from tools.broker_apis.faults import Fault
from tools.broker_apis.http import Answer, Reply, Request, json_reply
from tools.broker_apis.market import Quote
from tools.broker_apis.orders import Order, Terms
from tools.broker_apis.osengine.bridge import Bridge
from tools.broker_apis.osengine.talk import STREAM, Talk, line_of
from tools.broker_apis.outlets import StreamEnd
from tools.broker_apis.simulator import Simulator
from tools.broker_apis.world import Settings, World

LINE_MAX: Final = 1 << 20
LINGER_OFF: Final = struct.pack("ii", 1, 0)
PAGE: Final = b"<html><body>Bad Gateway</body></html>\n"
ON_STREAM: Final[Mapping[str, str]] = {
    "delayed": "stall",
    "duplicate": "twice",
    "event_first": "reorder",
}
"""Faults of a request that are those of the lines that follow it."""


class OsEngine(Api):
    """A terminal has no API of its own that orders could be sent to: its robot is all."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.bridge = Bridge(world)

    def answer(self, request: Request) -> Answer:
        """There is nothing but /_sim/."""
        return self.failure(404)

    def failure(self, status: int) -> Reply:
        """For who looks for more."""
        return json_reply(status, {"error": "only /_sim/ is here"})

    def other_order(self, terms: Terms) -> Order:
        """By hand, or of another robot: ours does not tell of it."""
        order = self.world.exchange.receive(terms, self.world.uuid())
        self.world.desk.accept(order)
        return order


class Lines:
    """Messages to lines."""

    def message(self, payload: str | bytes) -> bytes:
        """One line."""
        return (payload.encode() if isinstance(payload, str) else payload) + b"\n"

    def ping(self, payload: bytes) -> bytes:
        """There is none."""
        return b""

    def end(self, code: int, reason: str) -> bytes:
        """Lines just end."""
        return b""


class Socket:
    """A connection to the gateway."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    def write(self, data: bytes) -> None:
        """Send it."""
        self._writer.write(data)

    def close(self) -> None:
        """End it after what was written."""
        self._writer.close()

    def reset(self) -> None:
        """End it at once (RST)."""
        found = self._writer.get_extra_info("socket")
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_OFF)
        self._writer.transport.abort()


class Terminal(Simulator):
    """A terminal whose robot connects to the gateway at `settings.host`, `settings.port`."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        super().__init__(OsEngine, replace(settings, port=settings.control_port), clock)
        assert isinstance(self.api, OsEngine)
        self.bridge = self.api.bridge
        self.gateway = settings.host, settings.port
        ca = settings.ca
        self._tls = ssl.create_default_context(cafile=ca) if ca is not None else None
        self._robot: asyncio.Task[None] | None = None
        self._strikes: Mapping[str, Callable[[_Line], None]] = {
            "before_accept": lambda one: one.pipe.close(),
            "error_before": lambda one: one.pipe.close(),
            "redirect": lambda one: one.pipe.close(),
            "after_accept": self._unheard,
            "error_after": self._unheard,
            "truncated": lambda one: self._half(one, b""),
            "broken_json": lambda one: self._half(one, b"\n"),
            "reset": self._reset,
            "late": self._late,
            "too_many": self._busy,
            "html": self._page,
        }
        self.world.market.listeners.append(self._quoted)

    async def start(self) -> None:
        """Connect now, and whenever the connection is gone."""
        await super().start()
        self._robot = asyncio.get_running_loop().create_task(self._stay())

    async def stop(self) -> None:
        """Let go of it."""
        if self._robot is not None:
            self._robot.cancel()
            await asyncio.gather(self._robot, return_exceptions=True)
        await super().stop()

    async def _stay(self) -> None:
        while True:
            with suppress(OSError, EOFError, ValueError):
                await self._connection()
            await asyncio.sleep(float(self.world.switches["reconnect_s"]))

    async def _connection(self) -> None:
        host, port = self.gateway
        reader, writer = await asyncio.open_connection(host, port, ssl=self._tls, limit=LINE_MAX)
        talk, pipe = Talk(self.world, self.bridge), Socket(writer)
        beating = asyncio.get_running_loop().create_task(self._beat(talk))
        try:
            with self.streaming(StreamEnd(self.world, talk, Lines(), pipe), talk):
                while not talk.outlet.gone:
                    line = await reader.readuntil(b"\n")
                    self._take(_Line(talk, pipe, line))
                    self.pump()
        finally:
            beating.cancel()
            writer.close()

    async def _beat(self, talk: Talk) -> None:
        while True:
            await asyncio.sleep(float(self.world.switches["beat_s"]))
            talk.beat()
            self.pump()

    def _quoted(self, quote: Quote) -> None:
        self.bridge.tell_price(quote.symbol)

    # --- requests and their faults ----------------------------------------------------------------

    def _take(self, one: _Line) -> None:
        said = json.loads(one.line)
        kind, about = str(said["t"]), str(said.get("id") or said.get("ask") or "")
        fault = self.world.faults.of_request(kind, f"/{kind}", about)
        request = Request(method=kind, target=f"/{kind}", headers={}, body=one.line)
        if kind not in ("hello", "welcome", "beat"):
            entry = self.note(request, about, fault)
            entry["status"] = 200 if fault is None else None
        if fault is None:
            one.talk.received(one.line)
        elif fault.kind in ON_STREAM:
            rule = {"kind": ON_STREAM[fault.kind], "stream": STREAM, "delay_s": fault.delay_s}
            self.world.faults.add(rule)
            one.talk.received(one.line)
        else:
            one.fault = fault
            self._strikes[fault.kind](one)

    def _unheard(self, one: _Line) -> None:
        """Carried out, but the gateway hears nothing of it."""
        one.talk.outlet.gone = True
        one.talk.received(one.line)
        one.pipe.close()

    def _half(self, one: _Line, end: bytes) -> None:
        outlet = one.talk.outlet
        one.talk.received(one.line)
        answer = str(outlet.messages[0][1]).encode() if outlet.messages else b""
        outlet.gone = True
        one.pipe.write(answer[: len(answer) // 2] + end)
        one.pipe.close()

    def _reset(self, one: _Line) -> None:
        one.talk.outlet.gone = True
        if one.fault.accept:
            one.talk.received(one.line)
        one.pipe.reset()

    def _late(self, one: _Line) -> None:
        self.world.agenda.after(one.fault.delay_s or 0, lambda: one.talk.received(one.line))

    def _busy(self, one: _Line) -> None:
        about = json.loads(one.line).get("id", "")
        wait_s = str(self.world.switches["busy_s"])
        one.talk.outlet.send(line_of({"t": "busy", "id": about, "wait_s": wait_s}), "busy")

    def _page(self, one: _Line) -> None:
        if one.fault.accept:
            one.talk.received(one.line)
        one.talk.outlet.gone = True
        one.pipe.write(PAGE)
        one.pipe.close()


class _Line:
    """A line of the gateway's, and whom to answer."""

    def __init__(self, talk: Talk, pipe: Socket, line: bytes) -> None:
        self.talk = talk
        self.pipe = pipe
        self.line = line
        self.fault = Fault(kind="before_accept")
