"""Brokers that are reached over an API of their own: their adapters, and what passes between them
and the core.

Owns that a request is in the journal before its adapter sends it, and that what a broker said is
kept word for word: in RawData(96) of the message that the core sees.
"""

import asyncio
from collections.abc import Mapping, Sequence
from time import time_ns
from typing import TYPE_CHECKING, Final

import structlog

from gateway.brokers.api.contract import Adapter, KnowsAccount, Outgoing, Report
from gateway.config import ApiBroker
from gateway.decision import Send
from gateway.events import BrokerCursorMoved, LinkStateChanged
from sessions.message import Message, encode, parse
from sessions.state import LATENT, LOGGED_ON
from sessions.values import format_decimal
from store.record import IN, OUT

if TYPE_CHECKING:
    from gateway.engine import Engine

log = structlog.get_logger("fixgate")

VERSION: Final = "FIX.4.4"
NO_REPORT: Final = "U"
"""MsgType(35), one of those that are left to users, of what a broker says that means no report."""


def frame_of(msg_type: str, body: str, raw: bytes) -> bytes:
    """A message that carries what stood behind it in RawDataLength(95) and RawData(96)."""
    carried = f"95={len(raw)}\x0196={raw.decode('latin-1')}\x01" if raw else ""
    return encode(VERSION, f"35={msg_type}\x01{body}{carried}")


class ApiLink:
    """One such broker; the Host of its adapter."""

    def __init__(
        self, engine: "Engine", number: int, settings: ApiBroker, adapter: Adapter
    ) -> None:
        self.name = settings.name
        self.settings = settings
        self.adapter = adapter
        self.why = "not connected yet"
        self._engine = engine
        self._number = number
        self._is_started = False
        self._is_up = False
        self._has_left = False
        self._waiting: list[Outgoing] = []

    @property
    def account(self) -> tuple[Mapping[str, str], int]:
        """What its account has, as far as its adapter knows, and as of when (UTC ns)."""
        adapter = self.adapter
        return (
            (adapter.account, adapter.account_ns) if isinstance(adapter, KnowsAccount) else ({}, 0)
        )

    def start(self) -> None:
        """Connect, and send what was asked for before."""
        self._is_started = True
        self.adapter.start(self)
        waiting, self._waiting = self._waiting, []
        for outgoing in waiting:
            self.adapter.submit(outgoing)

    async def stop(self) -> None:
        """Let go of its connections, if it was ever told to connect."""
        if self._is_started:
            await self.adapter.stop()

    def lose_requests(self, why: str) -> None:
        """Nobody waits any more for the answers that it owes."""
        lost = self._engine.core.requests_lost(self.name, why, time_ns())
        self._engine.perform_decision(lost)

    def leave(self, why: str) -> None:
        """It is taken out: what its broker still says is kept as evidence, and means nothing."""
        self.down(why)
        self.lose_requests(why)
        self._has_left = True

    @property
    def cursor(self) -> str:
        """Part of Host."""
        return self._engine.core.state.brokers.cursors.get(self.name, "")

    def heard(self, raw: bytes, reports: Sequence[Report], cursor: str = "") -> None:
        """Part of Host."""
        now = time_ns()
        if self._has_left:
            cursor, reports = "", ()
        if cursor and cursor != self.cursor:
            self._engine.event(BrokerCursorMoved(self.name, cursor), now)
        if not reports:
            self._keep(IN, frame_of(NO_REPORT, "", raw), 0, now)
        for msg_type, body in reports:
            frame = frame_of(msg_type, body, raw)
            raw = b""  # once is enough
            message = parse(frame)
            assert isinstance(message, Message), f"{self.name}: we made a garbled message"
            decision = self._engine.core.message(self._number, message, "", now)
            if not decision.conflated:
                self._keep(IN, frame, decision.order_no, now)
            self._engine.perform_decision(decision)

    def unanswered(self, raw: bytes, cl_ord_id: str, why: str) -> None:
        """Part of Host."""
        now = time_ns()
        frame = frame_of(NO_REPORT, f"11={cl_ord_id}\x01", raw)
        if self._has_left:  # it is in doubt already
            self._keep(IN, frame, 0, now)
            return
        decision = self._engine.core.unanswered(self.name, cl_ord_id, why, now)
        self._keep(IN, frame, decision.order_no, now)
        self._engine.perform_decision(decision)

    def up(self) -> None:
        """Part of Host."""
        if self._is_up or self._has_left:
            return
        self._is_up = True
        self._state(LOGGED_ON, "connected")
        self._engine.perform_decision(self._engine.core.broker_up(self.name, time_ns()))

    def down(self, why: str) -> None:
        """Part of Host."""
        self.why = why
        if not self._is_up:
            log.warning("cannot connect", session=self.name, why=why)
            return
        self._is_up = False
        setup = self._engine.core.setup
        broker = setup.brokers.get(self.name)
        if broker is not None:  # else it was taken out
            broker.up = False
        setup.feed_gone(self._number)
        self._state(LATENT, why)

    def alarm(self, code: str, text: str) -> None:
        """Part of Host."""
        self._engine.alarm(code, f"broker {self.name}: {text}")

    def send(self, send: Send, now: int) -> None:
        """Journal a request, and have it leave once it is durable."""
        body = send.body + self._done(send)
        outgoing = self.adapter.request(send.msg_type, body)
        frame = frame_of(send.msg_type, body, outgoing.raw)
        self._keep(OUT, frame, send.order_no, now)
        self._engine.committer.outbox.after(lambda: self._submit(outgoing))

    def _submit(self, outgoing: Outgoing) -> None:
        if self._is_started:
            self.adapter.submit(outgoing)
        else:
            self._waiting.append(outgoing)

    def _done(self, send: Send) -> str:
        """CumQty(14) as a field for a replace: where it means what is left, that is needed."""
        order = self._engine.core.state.book.get(send.order_no) if send.msg_type == "G" else None
        return f"14={format_decimal(order.cum_qty)}\x01" if order is not None else ""

    def _keep(self, kind: int, frame: bytes, order_no: int, now: int) -> None:
        self._engine.journal.add(kind, 0, self._number, 0, 0, now, order_no, frame)
        self._engine.committer.touch()

    def _state(self, state: str, why: str) -> None:
        self._engine.event(LinkStateChanged(self._number, state, why), time_ns())
        log.info("session", name=self.name, state=state, why=why)


class ApiLinks:
    """All of them, by the number of their link."""

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine
        self._links: dict[int, ApiLink] = {}
        self._leaving: set[asyncio.Task[None]] = set()  # kept, or they may vanish in their middle

    def add(self, number: int, settings: ApiBroker, adapter: Adapter) -> None:
        """One more; it connects when it is started. What it owed to who was there before it, nobody
        waits for.
        """
        link = self._links[number] = ApiLink(self._engine, number, settings, adapter)
        link.lose_requests("the gateway ended before the broker answered")

    def items(self) -> list[tuple[int, ApiLink]]:
        """All of them, by the number of their link."""
        return list(self._links.items())

    def drop(self, number: int) -> None:
        """One is taken out, or comes anew: requests that it has not answered are in doubt."""
        link = self._links.pop(number)
        link.leave("it is taken out of the configuration, or has other settings")
        task = asyncio.get_running_loop().create_task(link.stop())
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    def get(self, number: int) -> ApiLink | None:
        """That of a link, if it is one."""
        return self._links.get(number)

    def send(self, send: Send, now: int) -> None:
        """A request to a broker without a session of ours: over its API, or to one in memory."""
        link = self._links.get(send.link)
        if link is not None:
            link.send(send, now)
            return
        paper = self._engine.paper
        after = self._engine.committer.outbox.after
        after(lambda: paper.submit(send.link, send.msg_type, send.body))

    def start(self, number: int = 0) -> None:
        """Have one of them connect, or all."""
        for link in [self._links[number]] if number else self._links.values():
            link.start()

    async def stop(self) -> None:
        """Let go of all connections."""
        for link in self._links.values():
            await link.stop()
