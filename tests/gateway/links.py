"""An engine with a journal and two links, whose loop turns when a test says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic, time_ns
from typing import Any

from gateway.committer import InlineCommitter
from gateway.doors import ClientDoor
from gateway.engine import Engine
from gateway.link import Link
from gateway.resend import Resender
from gateway.throttle import Throttle
from sessions.config import SessionConfig
from sessions.dictionary import builtin
from sessions.framing import Framer
from sessions.session import Numbers, Session
from sessions.values import format_utc_timestamp
from store.journal import SEGMENT_BYTES_MIN, Journal
from tests.fix import fix, pipes
from tests.gateway.bench import ACME, SIM, Bench


class Timer:
    def cancel(self) -> None:
        """Nothing is ever due here: tests call what is due."""


class Loop:
    """What an engine and its committer use of a loop."""

    def __init__(self) -> None:
        self.soon: list[tuple[Callable[..., None], tuple[Any, ...]]] = []
        self.later: list[tuple[Callable[..., None], tuple[Any, ...]]] = []
        self.set_to: float | None = None

    def time(self) -> float:
        return monotonic() if self.set_to is None else self.set_to

    def call_soon(self, action: Callable[..., None], *args: Any) -> None:
        self.soon.append((action, args))

    def call_later(self, _delay_s: float, action: Callable[..., None], *args: Any) -> Timer:
        self.later.append((action, args))
        return Timer()

    def turn(self) -> None:
        """One turn: what was called for before it."""
        due, self.soon = self.soon, []
        for action, args in due:
            action(*args)

    def settle(self) -> None:
        """Turns until nothing is left to do."""
        while self.soon:
            self.turn()


class Wire:
    """A connection that keeps what is written."""

    def __init__(self) -> None:
        self.peer = "127.0.0.1:1"
        self.bytes_queued = 0
        self.is_paused = False
        self.exceeded = ""
        self.is_hung_up = False
        self.write_max_bytes = 0
        self.written = b""
        self.closed = ""

    @property
    def is_open(self) -> bool:
        return not self.closed

    def write(self, data: bytes) -> None:
        if not self.closed:
            self.written += data

    def close(self, why: str) -> None:
        self.closed = self.closed or why

    def limit_writes(self, max_bytes: int, _max_age_s: float) -> None:
        self.write_max_bytes = max_bytes

    def abort(self, why: str) -> None:
        self.close(why)

    def pause_reading(self) -> None:
        self.is_paused = True

    def resume_reading(self) -> None:
        self.is_paused = False

    def got(self) -> list[dict[str, str]]:
        """The messages written since the last call, by tag."""
        items = Framer().feed(self.written)
        self.written = b""
        texts = [pipes(item) for item in items if isinstance(item, bytes)]
        return [dict(f.partition("=")[::2] for f in text[:-1].split("|")) for text in texts]


class Gate:
    """Core, engine and journal; the client's link is an acceptor, the broker's an initiator.

    `client` and `broker` are settings of their sessions.
    """

    def __init__(
        self,
        folder: Path,
        *,
        client: Mapping[str, Any] | None = None,
        broker: Mapping[str, Any] | None = None,
    ) -> None:
        self.bench = Bench()
        self.bench.now = time_ns()
        self.loop = Loop()
        self.journal = Journal(folder, segment_bytes=SEGMENT_BYTES_MIN)
        loop: Any = self.loop
        self.engine = Engine(loop, self.bench.core, self.journal)
        self.engine.committer = InlineCommitter(
            loop, self.journal, self.engine.snapshot, lambda error: None
        )
        self.resender = Resender(self.engine)
        self.engine.on_replay = self.resender.begin
        self.throttle = Throttle(self.engine)
        self.engine.on_excess = self.throttle.excess
        self.engine.on_behind = self.throttle.wait_for_disk
        self.client = self._link(ACME, "ACME", "client", "acceptor", **(client or {}))
        self.broker = self._link(SIM, "SIM", "broker", "initiator", **(broker or {}))
        self.door = ClientDoor(
            self.engine, {("FIX.4.4", "ACME", "GATE"): self.client}, 65_536, evidence_bytes_per_h=0
        )

    def _link(self, number: int, name: str, role: str, side: Any, **more: Any) -> Link:
        config = SessionConfig(
            begin_string="FIX.4.4", sender_comp_id="GATE", target_comp_id=name, role=side, **more
        )
        session = Session(config, builtin("FIX44"), Numbers(), name=name)
        link = Link(number=number, name=name, role=role, session=session)
        self.engine.links[number] = link
        return link

    def connect(self, link: Link) -> Wire:
        """A connection that a peer made or took."""
        wire = Wire()
        connection: Any = wire
        link.attach(connection, Framer())
        self.engine.perform(link, link.session.connected(time_ns()), time_ns())
        self.loop.settle()
        return wire

    def lose(self, link: Link) -> None:
        """The connection is gone."""
        link.detach()
        self.engine.perform(link, link.session.disconnected(time_ns()), time_ns())

    def say(self, link: Link, seq: int, body: str, *, settle: bool = True) -> None:
        """A message of the peer: `35=..` and the body after the header."""
        self.engine.received(link, [frame(link.name, seq, body)])
        if settle:
            self.loop.settle()

    def resends(self) -> list[tuple[Callable[..., None], tuple[Any, ...]]]:
        """Pages of replays that wait for a timer; they are not waited for any more."""
        waiting = [later for later in self.loop.later if later[0] == self.resender.serve]
        self.loop.later.clear()
        return waiting

    def report(self, text: str = "") -> int:
        """An application message to the client; its number."""
        out = self.client.session.send("B", f"148={text or 'news'}\x0133=1\x0158=x\x01", time_ns())
        self.engine._send(self.client, out, 0, time_ns())
        self.engine.committer.touch()
        return out.seq


def frame(sender: str, seq: int, body: str) -> bytes:
    """A message from `sender` to the gateway."""
    kind, _, rest = body.partition("|")
    now = format_utc_timestamp(time_ns())
    return fix(f"8=FIX.4.4|{kind}|34={seq}|49={sender}|52={now}|56=GATE|{rest}")
