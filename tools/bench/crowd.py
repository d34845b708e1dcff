"""The generator of many sessions: logs all of them on, lets them beat, or trade beside each other.

One process and one thread: sessions are served as their sockets become readable. Started by the
benchmark as a process of its own.
"""

import argparse
import select
from collections import deque
from dataclasses import asdict
from time import perf_counter_ns
from typing import Any, Final

from gateway.descriptors import allow_all
from tools.bench.client import (
    HEARTBEAT,
    SILENCE_S,
    TEST_REQUEST,
    Client,
    generators_ns,
    mark,
)
from tools.bench.errors import BenchError
from tools.bench.prepared import CYCLE
from tools.bench.wire import split_frames, value
from tools.bench.worker import serve

TARGET: Final = "FIXGATE"


def names(count: int) -> list[str]:
    """What the sessions of a crowd are called."""
    return [f"S{number:04d}" for number in range(count)]


class Crowd:
    """Sessions by number; those that trade or beat are the first ones."""

    def __init__(self, count: int, heart_bt_int_s: int) -> None:
        self._clients = [
            Client(name, TARGET, heart_bt_int_s, number * CYCLE // count + 1)  # no equal orders
            for number, name in enumerate(names(count))
        ]
        self._by_fd: dict[int, int] = {}
        self._poll = select.epoll()
        self._interval_ns = heart_bt_int_s * 1_000_000_000
        self._due: deque[tuple[int, int]] = deque()  # when which session sends its next Heartbeat

    def log_on(self, port: int) -> dict[str, Any]:
        """All of them, one after the other; {"logged_on": False} if nobody listens."""
        for number, client in enumerate(self._clients):
            if not client.log_on(port)["logged_on"]:
                return {"logged_on": False}
            descriptor = client.link.sock.fileno()
            self._by_fd[descriptor] = number
            self._poll.register(descriptor, select.EPOLLIN)
            self._due.append((perf_counter_ns() + self._interval_ns, number))
            self._pulse()
        return {"logged_on": True}

    def _pulse(self) -> float:
        """The Heartbeats(0) that are due; seconds until the next one."""
        due = self._due
        while (left_ns := due[0][0] - perf_counter_ns()) <= 0:
            time_ns, number = due.popleft()
            self._clients[number].send_admin(b"0", b"")
            due.append((time_ns + self._interval_ns, number))
        return left_ns / 1e9

    def hang_up(self) -> dict[str, Any]:
        """Close all connections: to log out one after the other takes longer than a heartbeat."""
        for client in self._clients:
            client.link.close()
        return {}

    def _readable(self, seconds: float) -> list[int]:
        """Sessions with something to read, sooner or later."""
        return [self._by_fd[descriptor] for descriptor, _ in self._poll.poll(max(seconds, 0.0))]

    def _read(self, number: int) -> bytes:
        link = self._clients[number].link
        frames = link.read()
        if link.closed:
            raise BenchError(f"the connection of session {number} is closed")
        return frames

    # --- heartbeats -------------------------------------------------------------------------------

    def beat(self, seconds: float, pid: int) -> dict[str, Any]:
        """Nothing but Heartbeats(0), both ways; counts those of the gateway, `pid`. "late": how
        often a TestRequest(1) had to ask for ours, for the machine did not let us send in time.
        """
        late = 0
        beats = [0] * len(self._clients)
        before = generators_ns([])
        marks = [mark(pid, 0)]
        end = perf_counter_ns() + int(seconds * 1e9)
        give_up = end + int(SILENCE_S * 1e9)
        while (now := perf_counter_ns()) < end or (not min(beats) and now < give_up):
            for number in self._readable(self._pulse()):
                frames = self._read(number)
                if frames:
                    self._clients[number].reports.take(frames)
                    beats[number] += frames.count(HEARTBEAT)
                    late += self._answer_tests(number, frames)
        marks.append(mark(pid, sum(beats)))
        if not min(beats):
            raise BenchError(f"no Heartbeat(0) for session {beats.index(0)}")
        return {**self._answer(marks, generators_ns([]) - before), "late": late}

    def _answer_tests(self, number: int, frames: bytes) -> int:
        """Answer TestRequests(1); how many there were."""
        if TEST_REQUEST not in frames:
            return 0
        asked = [message for message in split_frames(frames) if TEST_REQUEST in message]
        for message in asked:
            self._clients[number].send_admin(b"0", b"112=%b\x01" % value(message, b"112"))
        return len(asked)

    # --- orders -----------------------------------------------------------------------------------

    def trade(
        self, orders: int, window: int, sessions: int, pid: int, others: list[int]
    ) -> dict[str, Any]:
        """`orders` in all, by so many `sessions`, `window` of all outstanding at any time."""
        share, each = max(window // sessions, 1), max(orders // sessions, 1)
        clients = self._clients[:sessions]
        for client in clients:
            client.orders.give_back()
            client.orders.prepare(each)
            client.fresh_reports()
        before = generators_ns(others)
        marks = [mark(pid, 0)]
        sent = [min(share, each)] * sessions
        for client in clients:
            client.link.send(client.orders.take(sent[0]))
        left = sessions
        while left:
            left -= self._turn(sent, share, each)
        marks.append(mark(pid, each * sessions))
        return self._answer(marks, generators_ns(others) - before)

    def _turn(self, sent: list[int], share: int, each: int) -> int:
        """Answer what came; how many sessions got their last Fill."""
        readable = self._readable(SILENCE_S)
        if not readable:
            raise BenchError(f"no report for {SILENCE_S:g} s")
        done = 0
        for number in readable:
            client = self._clients[number]
            frames = self._read(number)
            if not frames:
                continue
            client.reports.take(frames)
            filled = client.reports.filled
            more = min(filled + share, each) - sent[number]
            if more > 0:
                client.link.send(client.orders.take(more))
                sent[number] += more
            done += filled == each and client.reports.new == each
        return done

    def _answer(self, marks: list[Any], generator_ns: int) -> dict[str, Any]:
        return {"marks": [asdict(one) for one in marks], "generator_ns": generator_ns}


def main() -> None:
    """Serve commands of the benchmark until it closes our input."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench.crowd")
    parser.add_argument("--sessions", type=int, required=True)
    parser.add_argument("--heart-bt-int-s", type=int, required=True)
    options = parser.parse_args()
    allow_all()
    crowd = Crowd(options.sessions, options.heart_bt_int_s)
    serve(
        {
            "log_on": crowd.log_on,
            "hang_up": crowd.hang_up,
            "beat": crowd.beat,
            "trade": crowd.trade,
        }
    )


if __name__ == "__main__":
    main()
