"""A journal of very many messages, quickly: the real core decides, the real journal keeps.

One process and no sockets, a gateway as `fixgate run` builds it: each order is new, goes to the
broker, is acknowledged and filled, and every id is another. The times of the records are
stretched over a number of UTC days; SendingTime(52) is that of the making.
"""

import asyncio
import json
import sys
from pathlib import Path
from time import time_ns
from typing import Final

from gateway import garbage
from gateway.config import load_config
from gateway.link import Link
from gateway.runtime import Gateway
from sessions.effects import Inbound, Outbound
from sessions.framing import Framer
from store.record import EVENT, IN, OUT
from tools.bench.broker import Broker
from tools.bench.gateway import write_config
from tools.bench.prepared import Orders
from tools.bench.wire import frame, utc_text

BATCH: Final = 64  # orders that one turn of a busy loop takes in
MESSAGES_AN_ORDER: Final = 6
DAY_NS: Final = 86_400_000_000_000
FIRST_DAY_NS: Final = 20_000 * DAY_NS
NEVER_OPENED: Final = 1


class Maker:
    """Takes orders in batches through one gateway and keeps what happens; `now` is the time that
    the record tells, UTC ns.
    """

    def __init__(self, gateway: Gateway) -> None:
        self.now = FIRST_DAY_NS
        self._engine = gateway.engine
        links = {link.role: link for link in self._engine.links.values()}
        self._client, self._broker = links["client"], links["broker"]
        self._framers = {link.number: Framer() for link in links.values()}
        self._peer = Broker("BROKER", "FIXGATE")

    def log_on(self) -> None:
        """Bring both sessions up."""
        now = time_ns()
        self._client.session.connected(now)
        logon = b"35=A\x0134=1\x0149=BENCH\x0152=%b\x0156=FIXGATE\x0198=0\x01108=30\x01"
        self._client.session.receive(frame(logon % utc_text(now)), now)
        for effect in self._broker.session.connected(now):
            if isinstance(effect, Outbound):
                self._broker.session.receive(self._peer.handle(effect.frame), now)
        self._engine.core.broker_up(self._broker.name, now)

    def batch(self, orders: Orders, step_ns: int) -> None:
        """One batch of orders to the broker, and in another batch of the journal its reports."""
        sent = self._way(self._client, orders.take(BATCH))
        self.now += step_ns // 2
        self._way(self._broker, self._peer.handle(b"".join(sent)))
        self.now += step_ns - step_ns // 2

    def _way(self, link: Link, data: bytes) -> list[bytes]:
        """One direction: bytes in, frames out, a batch of the journal."""
        now = time_ns()
        out = []
        for item in self._framers[link.number].feed(data):
            assert isinstance(item, bytes), f"an unreadable frame: {item!r}"
            for effect in link.session.receive(item, now):
                if isinstance(effect, Inbound):
                    out += self._message(link, effect, now)
        journal = self._engine.journal
        journal.commit(self.now, self._engine.snapshot)
        return out

    def _message(self, link: Link, effect: Inbound, now: int) -> list[bytes]:
        assert effect.message is not None, f"not taken: {effect.frame!r}"
        decision = self._engine.core.message(link.number, effect.message, "", now)
        add, at, number = self._engine.journal.add, self.now, decision.order_no
        add(IN, effect.flags, link.number, effect.epoch, effect.seq, at, number, effect.frame)
        for order_no, payload in decision.events:
            add(EVENT, 0, 0, 0, 0, at, order_no, payload)
        out = []
        for send in decision.sends:
            to = self._engine.links[send.link]
            sent = to.session.send(send.msg_type, send.body, now)
            add(OUT, 0, to.number, sent.epoch, sent.seq, at, send.order_no, sent.frame)
            out.append(sent.frame)
        return out


def make(folder: Path, messages: int, days: int) -> None:
    """A data folder at `folder`/data with a journal of about so many messages."""
    asyncio.run(_make(folder, messages, days))


async def _make(folder: Path, messages: int, days: int) -> None:
    write_config(folder, client_port=NEVER_OPENED, broker_port=NEVER_OPENED, audit=False)
    file = folder / "fixgate.toml"
    file.write_text(file.read_text().replace('sync = "batch"', 'sync = "os"'))
    gateway = Gateway(load_config(file), asyncio.get_running_loop())
    try:
        garbage.settle()
        maker = Maker(gateway)
        maker.log_on()
        orders = Orders(b"BENCH", b"FIXGATE", 2, 1)
        batches = max(messages // (MESSAGES_AN_ORDER * BATCH), 1)
        for _ in range(batches):
            maker.batch(orders, days * DAY_NS // batches)
    finally:
        gateway.journal.close()


if __name__ == "__main__":
    make(Path(sys.argv[1]), *(int(number) for number in sys.argv[2:4]))
    print(json.dumps({"messages": int(sys.argv[2])}))
