"""One connection to TWS: its handshake, its messages, and what faults make of those.

What speaks HTTP on the same port is the simulator's own control.
"""

from __future__ import annotations

import asyncio
import re
import struct
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from tools.broker_apis.clock import NANOSECONDS
from tools.broker_apis.connection import Connection
from tools.broker_apis.faults import Fault
from tools.broker_apis.http import Request
from tools.broker_apis.ibkr import wire
from tools.broker_apis.outlets import StreamEnd

if TYPE_CHECKING:
    from tools.broker_apis.ibkr.api import Ibkr, Talk
    from tools.broker_apis.simulator import Simulator

VERSIONS: Final = re.compile(rb"v(\d+)\.\.(\d+)")
LENGTH_MAX: Final = 1 << 20
REFUSED: Final = 133
"""The code of `error_before` and `error_after`, which say nothing of what became of the order."""
GARBAGE: Final = "<html>"


class Socket:
    """Reads messages until the connection ends."""

    def __init__(
        self, simulator: Simulator, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._simulator = simulator
        self._reader = reader
        self._writer = writer
        self._pipe = Connection(simulator, reader, writer)
        self._carry_out: dict[str, Callable[[Talk, Sequence[str], Fault], Awaitable[None]]] = {
            "before_accept": self._close_before,
            "redirect": self._close_before,
            "after_accept": self._close_after,
            "truncated": self._truncated,
            "reset": self._reset,
            "delayed": self._delayed,
            "event_first": self._delayed,
            "late": self._late,
            "error_before": self._error_before,
            "error_after": self._error_after,
            "too_many": self._too_many,
            "duplicate": self._duplicate,
            "html": self._garbage,
            "broken_json": self._broken,
        }

    async def run(self) -> None:
        """Until either side ends it."""
        try:
            first = await self._reader.readexactly(len(wire.HELLO))
            if first != wire.HELLO:
                await Connection(self._simulator, self._reader, self._writer, first).run()
                return
            found = VERSIONS.match(await self._message())
            if found is None or not int(found[1]) <= wire.SERVER_VERSION <= int(found[2]):
                return
            now_s = self._simulator.world.clock.shown_ns() / NANOSECONDS
            moment = datetime.fromtimestamp(now_s, UTC)
            hello = wire.said(wire.SERVER_VERSION, f"{moment:%Y%m%d %H:%M:%S} UTC")
            self._pipe.write(wire.pack(hello))
            await self._talk()
        except (ConnectionError, asyncio.IncompleteReadError, ValueError, IndexError):
            pass  # what is no message ends the connection, as TWS does
        finally:
            self._pipe.close()

    async def _message(self) -> bytes:
        (length,) = struct.unpack(">I", await self._reader.readexactly(4))
        if length > LENGTH_MAX:
            raise ValueError(f"a message of {length} bytes")
        return await self._reader.readexactly(length)

    async def _talk(self) -> None:
        api: Ibkr = self._simulator.api  # type: ignore[assignment] # the shell of this API alone
        talk = api.talk()
        end = StreamEnd(self._simulator.world, talk, wire.Prefixed(), self._pipe)
        with self._simulator.streaming(end, talk):
            while not talk.outlet.gone and not self._writer.is_closing():
                fields = (await self._message()).decode().split("\0")[:-1]
                await self._serve(talk, fields)
                self._simulator.pump()

    async def _serve(self, talk: Talk, fields: list[str]) -> None:
        name = talk.name_of(fields)
        about = fields[1] if name in ("placeOrder", "modifyOrder") else ""
        asked = Request(method=name, target=about, headers={})
        fault = self._simulator.world.faults.of_request(name, about, "")
        note = self._simulator.note(asked, "", fault)
        if fault is not None:
            await self._carry_out[fault.kind](talk, fields, fault)
        elif talk.is_too_fast():
            talk.too_many(fields)
        else:
            talk.hear(fields)
            note["status"] = 200

    # --- faults -----------------------------------------------------------------------------------

    def _say_no_more(self, talk: Talk) -> None:
        talk.outlet.messages.clear()
        talk.outlet.gone = True
        self._pipe.close()

    async def _close_before(self, talk: Talk, fields: Sequence[str], fault: Fault) -> None:
        self._say_no_more(talk)

    async def _close_after(self, talk: Talk, fields: Sequence[str], fault: Fault) -> None:
        talk.hear(fields)
        self._say_no_more(talk)

    async def _truncated(self, talk: Talk, fields: Sequence[str], fault: Fault) -> None:
        talk.hear(fields)
        said = b"".join([wire.pack(str(payload)) for _, payload in talk.outlet.messages])
        self._pipe.write(said[: fault.bytes])
        self._say_no_more(talk)

    async def _reset(self, talk: Talk, fields: Sequence[str], fault: Fault) -> None:
        if fault.accept:
            talk.hear(fields)
        talk.outlet.gone = True
        self._pipe.reset()

    async def _delayed(self, talk: Talk, fields: Sequence[str], fault: Fault) -> None:
        """Carried out at once; the order's first messages come late, those of its fills do not."""
        talk.hear(fields)
        held, talk.outlet.messages = talk.outlet.messages, []

        def say() -> None:
            for event, payload in held:
                talk.say(event, str(payload))

        self._simulator.world.agenda.after(0.05 if fault.delay_s is None else fault.delay_s, say)

    async def _late(self, talk: Talk, fields: Sequence[str], fault: Fault) -> None:
        await self._simulator.pause(fault.delay_s)
        talk.hear(fields)

    async def _error_before(self, talk: Talk, fields: Sequence[str], fault: Fault) -> None:
        self._fail(talk, fields, fault)

    async def _error_after(self, talk: Talk, fields: Sequence[str], fault: Fault) -> None:
        talk.hear(fields)
        talk.outlet.messages.clear()
        self._fail(talk, fields, fault)

    def _fail(self, talk: Talk, fields: Sequence[str], fault: Fault) -> None:
        about = int(fields[2 if fields[0] == "4" else 1])
        talk.say("error", wire.error(about, fault.status or REFUSED, fault.body or "It failed."))

    async def _too_many(self, talk: Talk, fields: Sequence[str], fault: Fault) -> None:
        talk.too_many(fields)

    async def _duplicate(self, talk: Talk, fields: Sequence[str], fault: Fault) -> None:
        talk.hear(fields)
        talk.outlet.messages += talk.outlet.messages

    async def _garbage(self, talk: Talk, fields: Sequence[str], fault: Fault) -> None:
        if fault.accept:
            talk.hear(fields)
            talk.outlet.messages.clear()
        talk.say("garbage", wire.said(GARBAGE))

    async def _broken(self, talk: Talk, fields: Sequence[str], fault: Fault) -> None:
        """The first message is whole by its length, and lacks half of its fields."""
        talk.hear(fields)
        (event, payload), *rest = talk.outlet.messages
        half = str(payload).split("\0")
        talk.outlet.messages = [(event, wire.said(*half[: len(half) // 2])), *rest]
