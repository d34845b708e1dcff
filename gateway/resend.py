"""Sends old messages again: reads them from the journal page by page, and lets go what waited.

Which numbers, and in what form, the session says; this owns the pages and their pace. An order
too old to be sent again to a broker, or stopped meanwhile by a level of trading, is told to the
core instead.
"""

from time import time_ns
from typing import Final

from gateway.engine import Engine
from gateway.link import CALLED, Link
from sessions.message import Message, parse
from sessions.replay import Replay, Stored
from sessions.transport import WRITE_HIGH_BYTES, Connection
from store.record import Record

PAGE: Final = 500
PAGES_PER_S: Final = 10  # at a slow pace pages are so small that they are so many
SOCKET_WAIT_S: Final = 0.01
MAY_BE_TOO_OLD: Final = frozenset({"D", "G"})
QUESTIONS: Final = (b"\x0135=H\x01", b"\x0135=AF\x01", b"\x0135=AN\x01", b"\x0135=V\x01")


class Resender:
    """Serves the replays of all links."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin(self, link: Link, replay: Replay) -> None:
        """Send the first page once what was decided so far is durable."""
        self._engine.committer.outbox.after(lambda: self.serve(link, replay))

    def serve(self, link: Link, replay: Replay) -> None:
        """Send one page; the next follows when the socket has taken this one and its pace allows.
        What was asked for on a connection that is gone is over.
        """
        connection = link.connection
        if link.session.replay is not replay or connection is None:
            return
        engine = self._engine
        now = time_ns()
        wait_s = self._wait_s(link, connection, now)
        if wait_s:
            engine.loop.call_later(wait_s, self.serve, link, replay)
            return
        if not self._send_page(link, replay, now):
            return
        if not replay.done:
            engine.committer.outbox.after(lambda: self.serve(link, replay))
            return
        # The replay that begins now may cover what waited for this one: that goes out before.
        for frame in replay.release():
            engine.committer.outbox.write(connection, frame)

    def _wait_s(self, link: Link, connection: Connection, now: int) -> float:
        """How long the next page has to wait; 0: not at all."""
        if connection.bytes_queued > min(WRITE_HIGH_BYTES, connection.write_max_bytes // 2):
            return SOCKET_WAIT_S
        wait_s = link.resend_s - self._engine.loop.time()
        if wait_s <= 0:
            return 0.0
        self._engine.hit("resend_rate_per_s", link)
        return wait_s

    def _send_page(self, link: Link, replay: Replay, now: int) -> bool:
        """False if nothing is sent any more, for the session ends."""
        engine = self._engine
        rate = link.session.config.resend_rate_per_s
        size = min(PAGE, max(rate // PAGES_PER_S, 1)) if rate else PAGE
        end = replay.page_end(size)
        records = engine.journal.sent(link.number, replay.next_seq, end, size)
        if link.role != "broker" and self._is_too_long(link, records):
            return False
        if rate:
            link.resend_s = engine.loop.time() + len(records) / rate
        stored = [Stored(r.seq, r.time_ns, self._kept(link, r, now)) for r in records]
        engine.perform(link, link.session.serve_page(replay, stored, end, now), now)
        return True

    def _is_too_long(self, link: Link, records: list[Record]) -> bool:
        """Whether the client takes less now than when it was sent first; its session ends then, for
        filling over a report would lose it.
        """
        for record in records:
            if len(record.payload) > link.session.message_max_bytes:
                self._engine.too_long(link, record.payload)
                return True
        return False

    def _kept(self, link: Link, sent: Record, now: int) -> bytes | None:
        """The frame if it may be sent again; None declines it, and its order is told. A question of
        before this logon may not: it is asked anew.
        """
        frame = sent.payload
        core = self._engine.core
        broker = core.setup.brokers_by_link.get(link.number)
        if broker is not None and len(frame) > link.session.message_max_bytes:
            self._engine.too_long(link, frame)
            return None
        asked_before = link.role in CALLED and sent.seq < link.first_live_seq
        if asked_before and any(mark in frame for mark in QUESTIONS):
            return None
        if broker is None:
            return frame
        is_old = now - sent.time_ns > broker.resend_age_max_ns
        if not is_old and not core.state.levels.by_scope:
            return frame
        message = parse(frame)
        if not isinstance(message, Message) or message.msg_type not in MAY_BE_TOO_OLD:
            return frame
        if not is_old and not core.is_stopped(broker, message):
            return frame
        certain = sent.seq < link.first_live_seq
        self._engine.perform_decision(core.not_resent(link.number, message, certain, now))
        return None
