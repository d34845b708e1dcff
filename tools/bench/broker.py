"""The broker generator: accepts the gateway's session, answers each order with New and Fill.

Reports are templates into which the order's own fields are put. Started by the benchmark as a
process of its own; goes on with its sequence numbers when the gateway comes back.
"""

import argparse
import gc
import json
import os
import select
import socket
from time import time_ns
from typing import Final

from tools.bench.columns import Columns
from tools.bench.errors import BenchError
from tools.bench.link import Link, listen
from tools.bench.wire import frame, split_frames, utc_text, value
from tools.bench.worker import precise_timers

STDIN: Final = 0
ORDER: Final = b"35=D"
_REPORT: Final = b"35=8\x0134=%d\x0149=%b\x0152=%b\x0156=%b\x0137=B%09d\x01%b\x0117=%b%09d\x01"
_TERMS: Final = b"1=ACC1\x01%b\x01%b\x01%b\x0140=2\x01%b\x0159=0\x01"
NEW: Final = (
    _REPORT + b"150=0\x0139=0\x01" + _TERMS + b"151=%b\x0114=0\x016=0\x0132=0\x0131=0\x0160=%b\x01"
)
FILL: Final = (
    _REPORT
    + b"150=F\x0139=2\x01"
    + _TERMS
    + b"151=0\x0114=%b\x016=%b\x0132=%b\x0131=%b\x0160=%b\x01"
)


class Broker:
    """One session of FIX.4.4; bytes in, bytes out."""

    def __init__(self, sender: str, target: str) -> None:
        self._sender = sender.encode()
        self._target = target.encode()
        self._next_in = 1
        self._next_out = 1
        self.orders = 0
        self.logged_on = False

    def state(self) -> dict[str, object]:
        """What the benchmark wants to know."""
        return {"logged_on": self.logged_on, "orders": self.orders}

    def handle(self, frames: bytes) -> bytes:
        """The answers to whole frames; BenchError if a number or a message is not as expected."""
        columns = Columns(frames)
        if columns.ok and columns.msg_type == ORDER:
            return self._reports(columns)
        return b"".join(self._one(message) for message in split_frames(frames))

    def _one(self, message: bytes) -> bytes:
        msg_type = value(message, b"35")
        if msg_type == b"D":
            return self._reports(Columns(message))
        if msg_type == b"A":
            return self._log_on(message)
        self._taken([b"34=" + value(message, b"34")])
        if msg_type == b"1":
            return self._admin(b"0", b"112=%b\x01" % value(message, b"112"))
        if msg_type == b"5":
            self.logged_on = False
            return self._admin(b"5", b"")
        if msg_type == b"0":
            return b""
        raise BenchError(f"the broker got {message!r}")

    def _log_on(self, message: bytes) -> bytes:
        if value(message, b"141") == b"Y":
            self._next_in = self._next_out = 1
        self._taken([b"34=" + value(message, b"34")])
        self.logged_on = True
        reset = b"141=Y\x01" if value(message, b"141") == b"Y" else b""
        return self._admin(b"A", b"98=0\x01108=%b\x01%b" % (value(message, b"108"), reset))

    def _admin(self, msg_type: bytes, fields: bytes) -> bytes:
        number = self._next_out
        self._next_out += 1
        now = utc_text(time_ns())
        return frame(
            b"35=%b\x0134=%d\x0149=%b\x0152=%b\x0156=%b\x01%b"
            % (msg_type, number, self._sender, now, self._target, fields)
        )

    def _taken(self, numbers: list[bytes]) -> None:
        first = self._next_in
        self._next_in = first + len(numbers)
        if numbers != [b"34=%d" % number for number in range(first, self._next_in)]:
            raise BenchError(f"the broker expected MsgSeqNum(34) from {first}, got {numbers[:5]}")

    def _reports(self, orders: Columns) -> bytes:
        self._taken(orders.column(b"34="))
        now = utc_text(time_ns())
        sender, target = self._sender, self._target
        out = []
        number, seq = self.orders, self._next_out
        for cl_ord_id, symbol, side, order_qty, price in zip(
            orders.column(b"11="),
            orders.column(b"55="),
            orders.column(b"54="),
            orders.column(b"38="),
            orders.column(b"44="),
            strict=True,
        ):
            number += 1
            qty, px = order_qty[3:], price[3:]
            new = NEW % (
                *(seq, sender, now, target, number, cl_ord_id, b"N", number),
                *(symbol, side, order_qty, price, qty, now),
            )
            fill = FILL % (
                *(seq + 1, sender, now, target, number, cl_ord_id, b"F", number),
                *(symbol, side, order_qty, price, qty, px, qty, px, now),
            )
            out.append(frame(new))
            out.append(frame(fill))
            seq += 2
        self.orders, self._next_out = number, seq
        return b"".join(out)


class Server:
    """Listens, serves one connection at a time, answers the benchmark's questions on stdin."""

    def __init__(self, broker: Broker, port: int) -> None:
        self._broker = broker
        self._listener, self.port = listen(port)
        self._link: Link | None = None
        self._problem = ""

    def run(self) -> None:
        """Until stdin closes."""
        while self._turn():
            pass

    def _turn(self) -> bool:
        link = self._link
        watched: list[int | socket.socket] = [STDIN, self._listener]
        if link is not None:
            watched.append(link.sock)
        writers = (link.sock,) if link is not None and link.unsent else ()
        readable, writable, _ = select.select(watched, writers, ())
        if link is not None and writable:
            link.send(b"")
        if link is not None and link.sock in readable:
            self._serve(link)
        if self._listener in readable:
            self._accept()
        return STDIN not in readable or self._answer()

    def _accept(self) -> None:
        sock, _ = self._listener.accept()
        if self._link is not None:
            self._link.close()
        self._link = Link(sock)

    def _serve(self, link: Link) -> None:
        frames = link.read()
        try:
            if frames:
                link.send(self._broker.handle(frames))
        except BenchError as error:
            self._problem = str(error)
            link.closed = True
        if link.closed:
            link.close()
            self._link = None
            self._broker.logged_on = False

    def _answer(self) -> bool:
        """One line of state for each line on stdin; False when stdin has closed."""
        data = os.read(STDIN, 4096)
        if not data:
            return False
        state = self._broker.state()
        if self._problem:
            state["error"] = self._problem
        for _ in range(data.count(b"\n")):
            print(json.dumps(state), flush=True)
        return True


def serve(broker: Broker) -> None:
    """Serve until stdin closes; the first line of stdout tells the port."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench.broker")
    parser.add_argument("--port", type=int, default=0)
    gc.disable()
    precise_timers()
    server = Server(broker, parser.parse_args().port)
    print(json.dumps({"port": server.port}), flush=True)
    server.run()


if __name__ == "__main__":
    serve(Broker("BROKER", "FIXGATE"))
