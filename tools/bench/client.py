"""The client generator: logs on, sends prepared orders, counts and checks what comes back.

Closed loop keeps a window of orders outstanding; open loop sends at a rate and measures from the
moment each order was meant to leave. Started by the benchmark as a process of its own.
"""

import re
from collections.abc import Callable
from dataclasses import asdict
from time import perf_counter_ns, process_time_ns, time_ns
from typing import Any, Final

from tools.bench.errors import BenchError
from tools.bench.link import Link, connect
from tools.bench.meter import Mark, cpu_ns, rss_bytes
from tools.bench.prepared import Orders
from tools.bench.wire import frame, split_frames, utc_text, value
from tools.bench.worker import serve

NEW: Final = b"\x01150=0\x01"
FILL: Final = b"\x01150=F\x01"
HEARTBEAT: Final = b"\x0135=0\x01"
TEST_REQUEST: Final = b"\x0135=1\x01"
_KNOWN: Final = (NEW, FILL, HEARTBEAT, TEST_REQUEST)
SILENCE_S: Final = 60.0
HEART_BT_INT_S: Final = 300
AHEAD_MAX: Final = 100_000  # built before a run; their SendingTime(52) must not grow stale
CHECK_EVERY: Final = 32  # chunks, of which one has its lengths and checksums verified
_SEQ: Final = re.compile(rb"\x0134=([0-9]+)")
_ORDER_NUMBER: Final = re.compile(rb"\x0111=O([0-9]+)")
_EXEC_TYPE: Final = re.compile(rb"\x01150=(.)")


class Reports:
    """Counts reports and checks that MsgSeqNum(34) has no gap."""

    __slots__ = ("_chunks", "filled", "new", "next_seq")

    def __init__(self, next_seq: int) -> None:
        self.next_seq = next_seq
        self.new = 0
        self.filled = 0
        self._chunks = 0

    def take(self, frames: bytes) -> None:
        """Count whole frames; BenchError for anything but reports and heartbeats."""
        numbers = list(map(int, _SEQ.findall(frames)))
        first = self.next_seq
        self.next_seq = first + len(numbers)
        if numbers != list(range(first, self.next_seq)):
            raise BenchError(f"MsgSeqNum(34) expected from {first}, came {numbers[:5]}")
        new = frames.count(NEW)
        filled = frames.count(FILL)
        self.new += new
        self.filled += filled
        self._chunks += 1
        if new + filled != len(numbers) or self._chunks % CHECK_EVERY == 1:
            _check(frames)


def _check(frames: bytes) -> None:
    for message in split_frames(frames):
        if not any(known in message for known in _KNOWN):
            text = value(message, b"58") or message
            raise BenchError(f"the client got {value(message, b'35')!r}: {text!r}")


class Client:
    """One session, for the whole benchmark: numbers go on over connections and restarts."""

    def __init__(
        self, sender: str, target: str, heart_bt_int_s: int = HEART_BT_INT_S, first_order: int = 1
    ) -> None:
        self._heart_bt_int_s = heart_bt_int_s
        self._sender = sender.encode()
        self._target = target.encode()
        self._link: Link | None = None
        self.reports = Reports(1)
        self.orders = Orders(self._sender, self._target, 1, first_order)

    # --- session --------------------------------------------------------------------------------

    def log_on(self, port: int) -> dict[str, Any]:
        """Connect and log on; {"logged_on": False} if nobody listens."""
        try:
            self._link = connect(port)
        except OSError:
            return {"logged_on": False}
        self.send_admin(b"A", b"98=0\x01108=%d\x01" % self._heart_bt_int_s)
        self._expect(b"A")
        return {"logged_on": True}

    def log_out(self) -> dict[str, Any]:
        """Log out and close."""
        self.send_admin(b"5", b"")
        self._expect(b"5")
        self.link.close()
        self._link = None
        return {}

    @property
    def link(self) -> Link:
        """Its connection."""
        if self._link is None:
            raise BenchError("the client is not logged on")
        return self._link

    def send_admin(self, msg_type: bytes, fields: bytes) -> None:
        """Send a message of the session itself."""
        orders = self.orders
        orders.give_back()
        self.link.send(
            frame(
                b"35=%b\x0134=%d\x0149=%b\x0152=%b\x0156=%b\x01%b"
                % (
                    msg_type,
                    orders.next_seq,
                    self._sender,
                    utc_text(time_ns()),
                    self._target,
                    fields,
                )
            )
        )
        orders.next_seq += 1

    def _expect(self, msg_type: bytes) -> None:
        """The peer's answer to an administrative message; its number is taken as it comes."""
        message = split_frames(self.link.receive(SILENCE_S, f"35={msg_type.decode()}"))[-1]
        if value(message, b"35") != msg_type:
            raise BenchError(f"expected 35={msg_type.decode()}, got {message!r}")
        self.reports.next_seq = int(value(message, b"34")) + 1

    # --- runs -----------------------------------------------------------------------------------

    def closed(
        self, orders: int, window: int, last: str, pid: int, others: list[int], mark_every: int
    ) -> dict[str, Any]:
        """Send `orders`, `window` of them outstanding; an order is answered by its `last` report
        ("new" or "fill"). `pid` is the server, measured every `mark_every` orders; `others` are
        further processes of the generator.
        """
        self.orders.prepare(min(orders, AHEAD_MAX))
        reports = self.fresh_reports()
        counted = _counter(reports, last)
        before = generators_ns(others)
        marks = [mark(pid, 0)]
        self._pump(orders, window, counted, lambda done: _marked(marks, pid, done, mark_every))
        marks.append(mark(pid, orders))
        self._drain(orders, last)
        return {
            "marks": [asdict(one) for one in marks],
            "generator_ns": generators_ns(others) - before,
        }

    def fresh_reports(self) -> Reports:
        """Count from zero."""
        self.reports = Reports(self.reports.next_seq)
        return self.reports

    def _pump(
        self, orders: int, window: int, counted: Callable[[], int], answered: Callable[[int], None]
    ) -> None:
        link, take, reports = self.link, self.orders.take, self.reports
        sent = min(window, orders)
        link.send(take(sent))
        done = 0
        while done < orders:
            reports.take(link.receive(SILENCE_S, f"report ({done} of {orders} orders answered)"))
            done = counted()
            more = min(done + window, orders) - sent
            if more:
                link.send(take(more))
                sent += more
            answered(done)

    def _drain(self, orders: int, last: str) -> None:
        """Every order has its New, and its Fill where there are fills."""
        reports = self.reports
        while reports.new < orders or (last == "fill" and reports.filled < orders):
            reports.take(self.link.receive(SILENCE_S, "late reports"))
        if reports.new != orders:
            raise BenchError(f"{orders} orders, {reports.new} New and {reports.filled} Fill")

    def open(self, orders: int, rate: int, pid: int, others: list[int]) -> dict[str, Any]:
        """Send `orders` at `rate` a second; returns each order's nanoseconds to its New."""
        self.orders.give_back()
        self.orders.prepare(min(orders, AHEAD_MAX))
        first = self.orders.next_order - self.orders.unsent
        self.fresh_reports()
        before = generators_ns(others)
        marks = [mark(pid, 0)]
        latencies = self._paced(orders, rate, first)
        marks.append(mark(pid, orders))
        return {
            "marks": [asdict(one) for one in marks],
            "latencies_ns": latencies,
            "generator_ns": generators_ns(others) - before,
        }

    def _paced(self, orders: int, rate: int, first: int) -> list[int]:
        link, take, reports = self.link, self.orders.take, self.reports
        latencies: list[int] = []
        sent = 0
        start = perf_counter_ns()
        while reports.new < orders or reports.filled < orders:
            due = min(orders, (perf_counter_ns() - start) * rate // 1_000_000_000 + 1)
            if due > sent:
                link.send(take(due - sent))
                sent = due
            next_ns = start + sent * 1_000_000_000 // rate - perf_counter_ns()
            if not link.wait(max(next_ns, 0) / 1e9 if sent < orders else SILENCE_S):
                if sent == orders:
                    raise BenchError(f"no report for {SILENCE_S:g} s at {rate} orders a second")
                continue
            frames = link.read()
            now = perf_counter_ns()
            if link.closed:
                raise BenchError(f"connection closed at {rate} orders a second")
            reports.take(frames)
            for number, kind in zip(
                _ORDER_NUMBER.findall(frames), _EXEC_TYPE.findall(frames), strict=True
            ):
                if kind == b"0":
                    meant = start + (int(number) - first) * 1_000_000_000 // rate
                    latencies.append(now - meant)
        return latencies


def _counter(reports: Reports, last: str) -> Callable[[], int]:
    return (lambda: reports.filled) if last == "fill" else (lambda: reports.new)


def mark(pid: int, orders: int) -> Mark:
    """What a process has used so far."""
    return Mark(orders, perf_counter_ns(), cpu_ns(pid), rss_bytes(pid))


def _marked(marks: list[Mark], pid: int, done: int, every: int) -> None:
    if done - marks[-1].orders >= every:
        marks.append(mark(pid, done))


def generators_ns(others: list[int]) -> int:
    """CPU time of this process and others."""
    return process_time_ns() + sum(cpu_ns(pid) for pid in others)


def main() -> None:
    """Serve commands of the benchmark until it closes our input."""
    client = Client("BENCH", "FIXGATE")
    serve(
        {
            "log_on": client.log_on,
            "log_out": client.log_out,
            "closed": client.closed,
            "open": client.open,
        }
    )


if __name__ == "__main__":
    main()
