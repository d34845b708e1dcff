"""Where the CPU of an order goes: each stage of its way, timed over the real code.

One process and no sockets: a gateway is built as `fixgate run` builds it, its sessions are logged
on, and orders with two reports each are taken through stage by stage, a batch at a time. Caches
are warmer here than under load, so the sum is below what a loaded gateway needs.
"""

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time_ns, time_ns
from typing import Final, TypeVar

from gateway import garbage
from gateway.config import load_config
from gateway.decision import Decision
from gateway.link import Link
from gateway.runtime import Gateway
from sessions.effects import Effect, Inbound, Outbound
from sessions.framing import Framer
from sessions.message import Message, Parser
from sessions.validation import Validator
from store.record import EVENT, IN, OUT
from tools.bench.broker import Broker
from tools.bench.gateway import write_config
from tools.bench.prepared import Orders
from tools.bench.wire import frame, utc_text

T = TypeVar("T")

BATCH: Final = 64  # orders that one turn of a busy loop takes in
WARM_UP: Final = 4
NEVER_OPENED: Final = 1


class Stages:
    """Runs batches of orders through one gateway; `spent` is nanoseconds by stage."""

    def __init__(self, gateway: Gateway) -> None:
        self._engine = gateway.engine
        self._core = gateway.engine.core
        links = {link.role: link for link in self._engine.links.values()}
        self._client, self._broker = links["client"], links["broker"]
        self._parser = Parser()  # for what the validators have not seen yet
        self._validators = {
            link.number: link.session.validator for link in self._engine.links.values()
        }
        self._framers = {link.number: Framer() for link in self._engine.links.values()}
        self._peer = Broker("BROKER", "FIXGATE")
        self.spent: dict[str, int] = {}

    def log_on(self) -> None:
        """Bring both sessions up."""
        now = time_ns()
        client, broker = self._client.session, self._broker.session
        client.connected(now)
        logon = b"35=A\x0134=1\x0149=BENCH\x0152=%b\x0156=FIXGATE\x0198=0\x01108=30\x01"
        client.receive(frame(logon % utc_text(now)), now)
        for effect in broker.connected(now):
            if isinstance(effect, Outbound):
                broker.receive(self._peer.handle(effect.frame), now)
        assert client.logged_on, "the client's session did not log on"
        assert broker.logged_on, "the broker's session did not log on"
        self._core.broker_up(self._broker.name, now)

    def batch(self, orders: Orders) -> None:
        """One batch of orders to the broker, and its reports back."""
        to_broker = self._way(self._client, orders.take(BATCH))
        self._way(self._broker, self._peer.handle(b"".join(to_broker)))
        self._time("seal and write", self._commit)

    def _way(self, link: Link, data: bytes) -> list[bytes]:
        """One direction: bytes in, frames out."""
        now = time_ns()
        cut = self._time("framing", lambda: self._framers[link.number].feed(data))
        frames = [item for item in cut if isinstance(item, bytes)]
        validator = self._validators[link.number]
        self._time("read", lambda: self._read_all(validator, frames))
        effects = self._time(
            "session in", lambda: [link.session.receive(item, now) for item in frames]
        )
        decisions = self._time("decide", lambda: self._decide(link, effects, now))
        sent = self._time("session out", lambda: self._number(decisions, now))
        self._time("journal", lambda: self._journal(effects, decisions, sent, now))
        return [out for _, out in sent]

    def _read_all(self, validator: Validator, frames: list[bytes]) -> None:
        """Parse and validate, as a session does."""
        for item in frames:
            message = validator.read(item) or self._parser.parse(item)
            assert isinstance(message, Message), f"an unreadable order: {message!r}"
            assert validator.check(message) is None, f"an invalid message: {message!r}"

    def _decide(self, link: Link, effects: list[list[Effect]], now: int) -> list[Decision]:
        decide = self._core.message
        return [
            decide(link.number, effect.message, "", now)
            for found in effects
            for effect in found
            if isinstance(effect, Inbound) and effect.message is not None
        ]

    def _number(self, decisions: list[Decision], now: int) -> list[tuple[int, bytes]]:
        links = self._engine.links
        return [
            (send.order_no, links[send.link].session.send(send.msg_type, send.body, now).frame)
            for decision in decisions
            for send in decision.sends
        ]

    def _journal(
        self,
        effects: list[list[Effect]],
        decisions: list[Decision],
        sent: list[tuple[int, bytes]],
        now: int,
    ) -> None:
        add = self._engine.journal.add
        for found in effects:
            for effect in found:
                if isinstance(effect, Inbound):
                    add(IN, effect.flags, 1, effect.epoch, effect.seq, now, 0, effect.frame)
        for decision in decisions:
            for order_no, payload in decision.events:
                add(EVENT, 0, 0, 0, 0, now, order_no, payload)
        for number, (order_no, out) in enumerate(sent):
            add(OUT, 0, 1, 1, number, now, order_no, out)

    def _commit(self) -> None:
        self._engine.journal.commit(time_ns(), self._engine.snapshot)

    def _time(self, stage: str, work: Callable[[], T]) -> T:
        begin = process_time_ns()
        result = work()
        self.spent[stage] = self.spent.get(stage, 0) + process_time_ns() - begin
        return result


def measure_stages(orders: int, folder: Path | None = None) -> dict[str, float]:
    """CPU microseconds an order by stage. "session in" is without reading."""
    with TemporaryDirectory(prefix="bench-stages-", dir=folder) as name:
        return asyncio.run(_measure(orders, Path(name)))


async def _measure(orders: int, folder: Path) -> dict[str, float]:
    write_config(folder, client_port=NEVER_OPENED, broker_port=NEVER_OPENED, audit=False)
    gateway = Gateway(load_config(folder / "fixgate.toml"), asyncio.get_running_loop())
    try:
        garbage.settle()
        stages = Stages(gateway)
        stages.log_on()
        prepared = Orders(b"BENCH", b"FIXGATE", 2, 1)
        batches = max(orders // BATCH, 1)
        prepared.prepare((batches + WARM_UP) * BATCH)
        for _ in range(WARM_UP):
            stages.batch(prepared)
        stages.spent.clear()
        for _ in range(batches):
            stages.batch(prepared)
    finally:
        gateway.journal.close()
    spent = {stage: ns / 1000 / (batches * BATCH) for stage, ns in stages.spent.items()}
    spent["session in"] -= spent["read"]
    return spent


if __name__ == "__main__":
    print(json.dumps(measure_stages(int(sys.argv[1]), Path(sys.argv[2]))))
