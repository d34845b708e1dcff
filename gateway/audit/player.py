"""Gives lines out when they are due: to a text file, and to everybody who is connected.

Owns pace and readers; knows nothing of what the lines say. A reader that does not take its lines is
dropped, so that it holds up neither the play nor another for longer than PATIENCE_S.
"""

import asyncio
import json
from collections.abc import Callable, Iterable
from typing import Any, Final, TextIO

NS_PER_S: Final = 1_000_000_000
UNSENT_MAX: Final = 1 << 20  # bytes; a reader with more of them is waited for, and then dropped
PATIENCE_S: Final = 1.0
READERS_MAX: Final = 64
AT_ONCE: Final = 100  # lines, before others have their turn

Say = Callable[[str], None]


class Readers:
    """Those who connected; each gets the lines from then on. What they send is not read. `say` is
    told in words who was dropped.
    """

    def __init__(self, say: Say) -> None:
        self.somebody = asyncio.Event()
        self._say = say
        self._writers: dict[asyncio.StreamWriter, int] = {}  # and how many lines each got

    def connected(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """What `asyncio.start_server` calls."""
        if len(self._writers) >= READERS_MAX:
            self._say(f"{_peer(writer)}: there are {READERS_MAX} readers already: not taken")
            writer.transport.abort()
            return
        writer.transport.set_write_buffer_limits(high=UNSENT_MAX)
        self._writers[writer] = 0
        self.somebody.set()

    async def send(self, line: bytes) -> None:
        """To all; takes up to PATIENCE_S if somebody has not taken those before."""
        full = []
        for writer in list(self._writers):
            if writer.is_closing():
                del self._writers[writer]
                continue
            writer.write(line)
            self._writers[writer] += 1
            if writer.transport.get_write_buffer_size() > UNSENT_MAX:
                full.append(writer)
        if full:
            await self._wait_for(full)

    async def finish(self) -> None:
        """Let them have the last lines."""
        for writer in self._writers:
            writer.transport.set_write_buffer_limits(high=0)
        await self._wait_for([w for w in self._writers if not w.is_closing()])

    def hang_up(self) -> None:
        """On everybody, whatever they have not taken."""
        for writer in self._writers:
            writer.transport.abort()

    async def _wait_for(self, writers: list[asyncio.StreamWriter]) -> None:
        waits = {asyncio.create_task(writer.drain()): writer for writer in writers}
        if not waits:
            return
        done, late = await asyncio.wait(waits, timeout=PATIENCE_S)
        for task in done:
            if task.exception() is not None:  # it has hung up
                del self._writers[waits[task]]
        for task in late:
            task.cancel()
            writer = waits[task]
            lines = self._writers.pop(writer)
            self._say(f"{_peer(writer)}: reads too slowly: dropped after {lines} lines")
            writer.transport.abort()


class Player:
    """`speed`: 1 as it was, 10 ten times as fast, 0 as fast as it goes. `played` lines have gone
    out, and `time_ns` (UTC) is that of the last. `readers` get them too, if there are any.
    """

    def __init__(self, out: TextIO, speed: float) -> None:
        self.played = 0
        self.time_ns = 0
        self._out = out
        self._speed = speed
        self.readers: Readers | None = None

    async def play(self, lines: Iterable[dict[str, Any]]) -> None:
        """Each line when it is due, counted from the first; one whose time is past at once."""
        loop = asyncio.get_running_loop()
        begun_s, first_ns = loop.time(), 0
        for line in lines:
            self.time_ns = line["time_ns"]
            first_ns = first_ns or self.time_ns
            if self._speed:
                due_s = begun_s + (self.time_ns - first_ns) / NS_PER_S / self._speed
                await self._pause(due_s - loop.time())
            if self.played % AT_ONCE == 0:
                await asyncio.sleep(0)
            await self._give(json.dumps(line) + "\n")
            self.played += 1
        self._out.flush()

    async def _pause(self, wait_s: float) -> None:
        """Who reads the output sees what is there before anybody waits."""
        if wait_s > 0:
            self._out.flush()
            await asyncio.sleep(wait_s)

    async def _give(self, text: str) -> None:
        self._out.write(text)
        if self.readers is not None:
            await self.readers.send(text.encode())


def _peer(writer: asyncio.StreamWriter) -> str:
    host, port, *_ = writer.get_extra_info("peername") or ("somebody", 0)
    return f"{host}:{port}"
