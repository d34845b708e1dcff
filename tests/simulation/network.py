"""The simulated network: connections that deliver in order, in pieces, late, or not at all.

A connection keeps what TCP keeps: order, and a window that makes a slow reader felt by the writer.
It loses what TCP loses: whatever is on its way when it breaks or when a process dies.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any, Final, cast
from unittest import mock

from tests.simulation.loop import SimulatedLoop
from tests.simulation.process import Died, Process

FIN: Final = "fin"
RST: Final = "rst"
WINDOWS: Final = (600, 4_000, 65_536)
LATENCY_S: Final = (0.0001, 0.004)
HIGH_BYTES: Final = 65_536


class Network:
    """All connections. `on_write` is told of every write of the gateway before it happens."""

    def __init__(self, loop: SimulatedLoop, dice: random.Random) -> None:
        self.loop = loop
        self.dice = dice
        self.pairs: list[Pair] = []
        self.deliveries = 0
        self.on_write: Callable[[End, bytes], None] = lambda _end, _data: None
        self._servers: dict[int, tuple[Callable[[], Any], Process | None]] = {}

    def delay_s(self) -> float:
        """How long something takes."""
        return self.dice.uniform(*LATENCY_S)

    def listen(self, port: int, factory: Callable[[], Any], process: Process | None = None) -> Any:
        """Take connections to a port; what asyncio calls a server."""
        held = self._servers.get(port)
        if held is not None and (held[1] is None or held[1].is_alive):
            raise OSError(98, "Address already in use")
        entry = self._servers[port] = (factory, process)

        def close() -> None:
            if self._servers.get(port) is entry:
                del self._servers[port]

        address = SimpleNamespace(getsockname=lambda: ("127.0.0.1", port))
        return SimpleNamespace(sockets=[address], close=close)

    async def connect(
        self, port: int, factory: Callable[[], Any], process: Process | None = None
    ) -> tuple[End, Any]:
        """Connect to a port, as asyncio's `create_connection`."""
        await asyncio.sleep(self.delay_s())
        server = self._servers.get(port)
        if server is None or (server[1] is not None and not server[1].is_alive):
            raise ConnectionRefusedError(111, "Connection refused")
        pair = Pair(self, port)
        self.pairs.append(pair)
        there = End(pair, server[0](), server[1])
        here = End(pair, factory(), process)
        here.other, there.other = there, here
        pair.ends = (here, there)
        there.call(there.protocol.connection_made, there)
        here.protocol.connection_made(here)
        return here, here.protocol

    def process_died(self, process: Process) -> None:
        """The system closes what a process had open."""
        for pair in list(self.pairs):
            for end in pair.ends:
                if end.process is process:
                    end.lost_with_its_process()
        for port, server in list(self._servers.items()):
            if server[1] is process:
                del self._servers[port]


class Pair:
    """One connection with its two ends. Nothing arrives before `stalled_until` (loop time)."""

    def __init__(self, network: Network, port: int) -> None:
        self.network = network
        self.port = port
        self.ends: tuple[End, ...] = ()
        self.window = network.dice.choice(WINDOWS)
        self.stalled_until = 0.0

    def stall(self, duration_s: float) -> None:
        """Nothing arrives for a while; nothing is lost either."""
        self.stalled_until = max(self.stalled_until, self.network.loop.time() + duration_s)

    def cut(self) -> None:
        """Break it; what is on its way is lost, and each end hears of it in its own time."""
        for end in self.ends:
            end.flight.clear()
            end.flight.append(RST)
            end.arm()

    def forget(self) -> None:
        """Once both ends know that it is over."""
        if all(end.is_lost for end in self.ends) and self in self.network.pairs:
            self.network.pairs.remove(self)


class End(asyncio.Transport):
    """One end of a connection, as asyncio's transport. `flight`: what it sent and the other end
    has not got.
    """

    other: End

    def __init__(self, pair: Pair, protocol: asyncio.Protocol, process: Process | None) -> None:
        super().__init__()
        self.pair = pair
        self.protocol = protocol
        self.process = process
        self.flight: deque[bytes | str] = deque()
        self.is_lost = False
        self._unsent = bytearray()
        self._arrived = bytearray()
        self._other_closed = ""
        self._reading = True
        self._closing = False
        self._choked = False
        self._high = HIGH_BYTES
        self._low = HIGH_BYTES // 4
        self._timer: asyncio.TimerHandle | None = None

    # --- for the protocol -----------------------------------------------------------------------

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Part of asyncio's transport, as all of these."""
        return ("127.0.0.1", 40_000) if name == "peername" else default

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.protocol = cast(asyncio.Protocol, protocol)

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self.protocol

    def write(self, data: Any) -> None:
        if self._closing or self.is_lost:
            return
        process = self.process
        if process is not None:
            if process.burns():
                if self.pair.network.dice.random() < 0.5:
                    self._put(data)
                process.die()
                raise Died
            self.pair.network.on_write(self, bytes(data))
        self._put(data)
        if len(self._unsent) > self._high and not self._choked:
            self._choked = True
            self.protocol.pause_writing()

    def write_eof(self) -> None:
        self.close()

    def can_write_eof(self) -> bool:
        return False

    def get_write_buffer_size(self) -> int:
        return len(self._unsent)

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._high = HIGH_BYTES if high is None else high
        self._low = self._high // 4 if low is None else low

    def is_reading(self) -> bool:
        return self._reading

    def pause_reading(self) -> None:
        self._reading = False

    def resume_reading(self) -> None:
        self._reading = True
        self._soon(self._read)

    def is_closing(self) -> bool:
        return self._closing or self.is_lost

    def is_hung_up(self) -> bool:
        """Whether the other end is closed, read or not."""
        return bool(self._other_closed)

    def close(self) -> None:
        if not self._closing and not self.is_lost:
            self._closing = True
            self._pump()

    def abort(self) -> None:
        if not self.is_lost:
            self._closing = True
            self._unsent.clear()
            self.flight.append(RST)
            self.arm()
            self._soon(self._lose, None)

    # --- on its way -----------------------------------------------------------------------------

    def call(self, callback: Callable[..., Any], *args: Any) -> None:
        """Call the protocol in its process."""
        if self.process is None:
            callback(*args)
        else:
            self.process.run(callback, *args)

    def lost_with_its_process(self) -> None:
        """What its system had taken may still arrive."""
        self.is_lost = True
        self._unsent.clear()
        dice = self.pair.network.dice
        while self.flight and dice.random() < 0.5:
            self.flight.pop()
        last = dice.choice((FIN, RST))
        self.flight.append(RST if self._arrived else last)  # as TCP does of what nobody will read
        self.arm()
        self.pair.forget()

    def arm(self) -> None:
        """See to it that what is next on its way arrives."""
        if self.flight and self._timer is None:
            pair = self.pair
            at = max(pair.network.loop.time() + pair.network.delay_s(), pair.stalled_until)
            self._timer = pair.network.loop.call_at(at, self._arrive)

    def _put(self, data: Any) -> None:
        self._unsent += data
        self._pump()

    def _pump(self) -> None:
        dice = self.pair.network.dice
        while self._unsent:
            room = self.pair.window - self._under_way()
            if room < min(len(self._unsent), self.pair.window // 2):
                break  # as in TCP: no crumbs into a window that is almost full
            size = min(len(self._unsent), room)
            if dice.random() < 0.2:
                size = dice.randint(1, size)
            self.flight.append(bytes(self._unsent[:size]))
            del self._unsent[:size]
        self.arm()
        if self._choked and len(self._unsent) <= self._low:
            self._choked = False
            self.call(self.protocol.resume_writing)
        if self._closing and not self._unsent and not self.is_lost:
            self.flight.append(FIN)
            self.arm()
            self._soon(self._lose, None)

    def _under_way(self) -> int:
        there = self.other
        return sum(len(item) for item in self.flight) + len(there._arrived)

    def _arrive(self) -> None:
        self._timer = None
        pair = self.pair
        if pair.network.loop.time() < pair.stalled_until:
            self.arm()
            return
        if self.flight:
            pair.network.deliveries += 1
            self.other._take(self.flight.popleft())
        self.arm()

    # --- arriving -------------------------------------------------------------------------------

    def _take(self, item: bytes | str) -> None:
        if self.is_lost:
            if isinstance(item, bytes):  # nobody is there: the writer learns that at once
                self.flight.clear()
                self.flight.append(RST)
                self.arm()
            return
        if isinstance(item, bytes):
            self._arrived += item
        elif item == RST:
            self._other_closed = RST
            self._lose(ConnectionResetError(104, "Connection reset by peer"))
            return
        else:
            self._other_closed = FIN
        self._read()

    def _read(self) -> None:
        if self.is_lost or not self._reading:
            return
        if self._arrived:
            data = bytes(self._arrived)
            self._arrived.clear()
            self.other._soon(self.other._pump)
            self.call(self.protocol.data_received, data)
            self._soon(self._read)
        elif self._other_closed:
            self.close()

    def _lose(self, error: Exception | None) -> None:
        if self.is_lost:
            return
        self.is_lost = self._closing = True
        self._unsent.clear()
        self._soon(self.call, self.protocol.connection_lost, error)
        self.pair.forget()

    def _soon(self, callback: Callable[..., Any], *args: Any) -> None:
        self.pair.network.loop.call_soon(callback, *args)


def sockets() -> ExitStack:
    """While this lasts what is asked of sockets is asked of the simulated connections."""
    stack = ExitStack()
    asked = "sessions.transport"
    stack.enter_context(mock.patch(f"{asked}.keep_alive"))
    stack.enter_context(mock.patch(f"{asked}.is_hung_up", End.is_hung_up))
    return stack
