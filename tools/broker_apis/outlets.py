"""The shell's end of a stream: frames, and the faults of its messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from tools.broker_apis.faults import Fault
from tools.broker_apis.http import Conversation
from tools.broker_apis.world import World


class Framing(Protocol):
    """Payloads to bytes: WebSocket frames or HTTP chunks."""

    def message(self, payload: str | bytes) -> bytes:
        """One message."""

    def ping(self, payload: bytes) -> bytes:
        """A ping; b"" where there are none."""

    def end(self, code: int, reason: str) -> bytes:
        """The last bytes of a stream that is ended properly."""


class Pipe(Protocol):
    """A connection."""

    def write(self, data: bytes) -> None:
        """Send it."""

    def close(self) -> None:
        """End it after what was written."""

    def reset(self) -> None:
        """End it at once (RST)."""


class StreamEnd:
    """Sends what a conversation says, as the faults let it."""

    def __init__(
        self, world: World, conversation: Conversation, framing: Framing, pipe: Pipe
    ) -> None:
        self._world = world
        self._conversation = conversation
        self._framing = framing
        self._pipe = pipe
        self._behind = b""
        """A message that waits for the next one."""
        self._batch: list[bytes] = []
        self._batch_size = 0
        self._stalled = False
        self._held: list[bytes] = []
        self._strikes: dict[str, Callable[[Fault, bytes], None]] = {
            "drop": lambda fault, data: self._reset(b""),
            "close": lambda fault, data: self._close(fault.code, "going away"),
            "stall": self._stall,
            "twice": lambda fault, data: self._pass(data + data),
            "reorder": self._reorder,
            "lost": lambda fault, data: None,
            "half": lambda fault, data: self._reset(data[: len(data) // 2]),
            "batch": self._begin_batch,
        }

    def flush(self) -> None:
        """Send what was said since."""
        outlet = self._conversation.outlet
        said, outlet.messages = outlet.messages, []
        for event, payload in said:
            if outlet.gone:
                return
            data = self._framing.message(payload)
            fault = self._world.faults.of_message(self._conversation.name, event)
            if fault is None:
                self._pass(data)
            else:
                self._strikes[fault.kind](fault, data)
        pings, outlet.pings = outlet.pings, []
        for payload in pings:
            self.raw(self._framing.ping(payload))
        if outlet.ending is not None and not outlet.gone:
            self._close(*outlet.ending)

    def raw(self, data: bytes) -> None:
        """Bytes that are no message (pongs, pings, close frames): only a stall holds them."""
        if not data or self._conversation.outlet.gone:
            return
        if self._stalled:
            self._held.append(data)
        else:
            self._pipe.write(data)

    # --- inside -----------------------------------------------------------------------------------

    def _pass(self, data: bytes) -> None:
        if self._batch_size:
            self._batch.append(data)
            if len(self._batch) < self._batch_size:
                return
            data, self._batch, self._batch_size = b"".join(self._batch), [], 0
        self.raw(data + self._behind)
        self._behind = b""

    def _reorder(self, fault: Fault, data: bytes) -> None:
        self._behind += data

    def _begin_batch(self, fault: Fault, data: bytes) -> None:
        self._batch_size = fault.count
        self._pass(data)

    def _stall(self, fault: Fault, data: bytes) -> None:
        self._stalled = True
        self._held.append(data)
        if fault.delay_s is not None:
            self._world.agenda.after(fault.delay_s, self._go_on)

    def _go_on(self) -> None:
        self._stalled = False
        held, self._held = b"".join(self._held), []
        self.raw(held)

    def _close(self, code: int, reason: str) -> None:
        self.raw(self._framing.end(code, reason))
        self._conversation.outlet.gone = True
        self._pipe.close()

    def _reset(self, data: bytes) -> None:
        self._conversation.outlet.gone = True
        if not data:
            self._pipe.reset()
            return
        self._pipe.write(data)
        self._pipe.close()
