"""The sink: a server that does next to nothing, to measure how much the generators can do.

Towards the client it is a gateway whose reports were all built beforehand, towards the broker one
whose orders were. It counts messages and sends as many prepared ones; it reads no field.
"""

import argparse
import gc
import json
import os
import select
import socket
from time import time_ns
from typing import Final

from tools.bench import broker
from tools.bench.link import Link, connect, listen
from tools.bench.prepared import Orders
from tools.bench.wire import TRAILER, frame, split_frames, utc_text, value

STDIN: Final = 0
SETTLE_S: Final = 10.0


class Prepared:
    """Messages built beforehand, handed out in order."""

    def __init__(self, frames: list[bytes]) -> None:
        self._frames = frames
        self._at = 0

    def take(self, count: int) -> bytes:
        """The next `count` of them; fewer when they run out."""
        start = self._at
        self._at = start + count
        return b"".join(self._frames[start : self._at])


def client_reports(orders: int, with_fills: bool) -> list[bytes]:
    """What a gateway would tell its client: New, and Fill where asked, with numbers from 2."""
    source = broker.Broker("FIXGATE", "BENCH")
    source.handle(_message(b"A", 1, b"98=0\x01108=30\x01"))
    prepared = Orders(b"BENCH", b"FIXGATE", 2, 1)
    frames = split_frames(source.handle(prepared.take(orders)))
    return frames if with_fills else _renumbered(frames[::2])


def _renumbered(frames: list[bytes]) -> list[bytes]:
    reports = []
    for number, report in enumerate(frames, 2):
        body = report[report.index(b"35=8") : report.rindex(b"10=")]
        _, _, tail = body.partition(b"\x0149=")
        reports.append(frame(b"35=8\x0134=%d\x0149=%b" % (number, tail)))
    return reports


def _message(msg_type: bytes, number: int, fields: bytes) -> bytes:
    now = utc_text(time_ns())
    return frame(
        b"35=%b\x0134=%d\x0149=FIXGATE\x0152=%b\x0156=BENCH\x01%b" % (msg_type, number, now, fields)
    )


class Sink:
    """One client connection, and one to the broker generator where there is one."""

    def __init__(self, orders: int, broker_port: int) -> None:
        self._reports = Prepared(client_reports(orders, with_fills=bool(broker_port)))
        self._broker: Link | None = None
        self._client: Link | None = None
        if broker_port:
            self._log_on_to_broker(broker_port)
            stream = Orders(b"FIXGATE", b"BROKER", 2, 1)
            self._to_broker = Prepared(split_frames(stream.take(orders)))
        self._listener, self.port = listen()

    def _log_on_to_broker(self, port: int) -> None:
        self._broker = connect(port)
        self._broker.send(_message(b"A", 1, b"98=0\x01108=30\x01141=Y\x01"))
        self._broker.receive(SETTLE_S, "Logon(A) of the broker")

    def run(self) -> None:
        """Until stdin closes."""
        while self._turn():
            pass

    def _turn(self) -> bool:
        links = [link for link in (self._client, self._broker) if link is not None]
        watched: list[int | socket.socket] = [STDIN, self._listener, *(li.sock for li in links)]
        writers = [link.sock for link in links if link.unsent]
        readable, writable, _ = select.select(watched, writers, ())
        for link in links:
            if link.sock in writable:
                link.send(b"")
            if link.sock in readable:
                self._serve(link)
        if self._listener in readable:
            self._client = Link(self._listener.accept()[0])
        return STDIN not in readable or bool(os.read(STDIN, 4096))

    def _serve(self, link: Link) -> None:
        frames = link.read()
        if link.closed:
            self._drop(link)
        elif frames.find(b"\x0135=A\x01", 0, 40) > 0:
            link.send(_message(b"A", 1, b"98=0\x01108=%b\x01" % value(frames, b"108")))
        elif link is self._broker:
            self._to_client(frames.count(TRAILER))
        elif self._broker is not None:
            self._broker.send(self._to_broker.take(frames.count(TRAILER)))
        else:
            self._to_client(frames.count(TRAILER))

    def _to_client(self, count: int) -> None:
        if self._client is not None:
            self._client.send(self._reports.take(count))

    def _drop(self, link: Link) -> None:
        link.close()
        if link is self._client:
            self._client = None
        else:
            self._broker = None


def main() -> None:
    """Serve until stdin closes; the first line of stdout tells the port."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench.sink")
    parser.add_argument("--orders", type=int, required=True)
    parser.add_argument("--broker-port", type=int, default=0)
    options = parser.parse_args()
    gc.disable()
    sink = Sink(options.orders, options.broker_port)
    print(json.dumps({"port": sink.port}), flush=True)
    sink.run()


if __name__ == "__main__":
    main()
