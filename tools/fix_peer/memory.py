"""What a FIX side must not forget: both sequence numbers and the messages it sent.

Kept in memory, and in a file of JSON lines when a path is given, so that a simulator can be stopped
or killed and started again. Lines are written before the bytes they tell of leave. Knows nothing of
sessions; the file is safe against the end of the process, not against loss of power.

A line is one of: ["in", next number, message or null], ["out", number, message or null], ["reset"].
The message is kept for application messages only.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


class Memory:
    """Numbers and sent messages of one link."""

    def __init__(self, path: Path | None = None) -> None:
        self.next_in = 1
        self.next_out = 1
        self.sent: dict[int, bytes] = {}
        """Application messages of this run of numbers, by MsgSeqNum(34)."""
        self.lost: dict[int, int] = {}
        """Numbers that were left out for ever, each to the first one after them."""
        self.history: list[tuple[str, bytes]] = []
        """What the file held when it was opened: "in" or "out", application message."""
        self._file = None
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.exists():
                self._read(path)
            self._file = path.open("ab", buffering=0)

    def took(self, next_in: int, raw: bytes | None) -> None:
        """The peer's messages below `next_in` are done with; `raw` is the last of them."""
        self.next_in = next_in
        self._write(["in", next_in, None if raw is None else raw.decode("latin-1")])

    def gave(self, seq: int, raw: bytes | None) -> None:
        """Our message `seq` exists; `raw` is None where a gap fill stands for it in a resend."""
        self.next_out = seq + 1
        if raw is not None:
            self.sent[seq] = raw
        self._write(["out", seq, None if raw is None else raw.decode("latin-1")])

    def skip(self, new: int) -> None:
        """Our numbers up to `new` will never come."""
        self._skip(new)
        self._write(["skip", new])

    def reset(self) -> None:
        """Both sides begin at 1 again; nothing sent before will be resent."""
        self._clear()
        self._write(["reset"])

    def close(self) -> None:
        """Close the file; the numbers stay readable."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _clear(self) -> None:
        self.next_in = self.next_out = 1
        self.sent = {}
        self.lost = {}

    def _skip(self, new: int) -> None:
        self.lost.update(dict.fromkeys(range(self.next_out, new), new))
        self.next_out = new

    def _write(self, line: list[Any]) -> None:
        if self._file is not None:
            self._file.write(json.dumps(line).encode() + b"\n")

    def _read(self, path: Path) -> None:
        data = path.read_bytes()
        whole = data[: data.rfind(b"\n") + 1]
        if len(whole) != len(data):  # the process ended inside its last write
            with path.open("r+b") as file:
                file.truncate(len(whole))
        for line in whole.splitlines():
            self._apply(*json.loads(line))

    def _apply(self, kind: str, number: int = 0, text: str | None = None) -> None:
        if kind == "reset":
            self._clear()
            return
        if kind == "skip":
            self._skip(number)
            return
        raw = None if text is None else text.encode("latin-1")
        if raw is not None:
            self.history.append((kind, raw))
        if kind == "in":
            self.next_in = number
        else:
            self.next_out = number + 1
            if raw is not None:
                self.sent[number] = raw
