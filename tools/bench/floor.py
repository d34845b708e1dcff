"""The floor: a bare asyncio server that does the least a durable FIX server must do.

Frames, verifies BodyLength(9) and CheckSum(10), splits into fields, builds one true
ExecutionReport(8), writes and syncs what one turn of the loop gave, then answers. No session, no
risk, no order state. It shares no code with the gateway, so that neither can slow the other.
"""

import argparse
import asyncio
import gc
import json
import os
import sys
from pathlib import Path
from time import time_ns
from typing import Final, cast
from zlib import adler32

from tools.bench.wire import SOH, TRAILERS, utc_text

FILE_BYTES: Final = 64 << 20
_PREFIX: Final = b"8=FIX.4.4\x019="
_SUM_MAX: Final = 256  # bytes whose sum adler32 holds exactly
_RWF_DSYNC: Final[int] = getattr(os, "RWF_DSYNC", 0)


def sync_method() -> str:
    """How bytes reach the disk on this platform."""
    return "pwritev RWF_DSYNC" if _RWF_DSYNC else "write + fdatasync"


def byte_sum(data: bytes) -> int:
    """The sum of all bytes modulo 256."""
    total = adler32(data[:_SUM_MAX], 0)
    for at in range(_SUM_MAX, len(data), _SUM_MAX):
        total += adler32(data[at : at + _SUM_MAX], 0) & 0xFFFF
    return total & 0xFF


class SyncedFile:
    """A zeroed file, written round and round; what `write` took is on disk when it returns."""

    def __init__(self, path: Path) -> None:
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        block = bytes(1 << 20)
        for _ in range(FILE_BYTES // len(block)):
            os.write(self._fd, block)
        os.fsync(self._fd)
        self._at = 0

    def write(self, data: bytes) -> None:
        """Write and sync."""
        if self._at + len(data) > FILE_BYTES:
            self._at = 0
        written = os.pwritev(self._fd, [data], self._at, _RWF_DSYNC)
        if not _RWF_DSYNC:
            os.fdatasync(self._fd)
        if written != len(data):
            raise OSError(f"wrote {written} of {len(data)} bytes")
        self._at += written


class Floor(asyncio.Protocol):
    """One connection."""

    def __init__(self, loop: asyncio.AbstractEventLoop, file: SyncedFile) -> None:
        self._loop = loop
        self._file = file
        self._rest = b""
        self._kept: list[bytes] = []
        self._out: list[bytes] = []
        self._seq = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport for answers."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's derives from none

    def data_received(self, data: bytes) -> None:
        """Take every whole frame; commit at the end of this turn of the loop."""
        if self._rest:
            data = self._rest + data
        now = utc_text(time_ns())
        pos = 0
        while True:
            end = self._frame_end(data, pos)
            if not end:
                break
            self._take(data[pos:end], now)
            pos = end
        self._rest = data[pos:]
        if self._out:
            self._loop.call_soon(self._commit)

    @staticmethod
    def _frame_end(data: bytes, pos: int) -> int:
        """Where the frame at `pos` ends, verified; 0 if it is not all there."""
        body = data.find(SOH, pos + len(_PREFIX)) + 1
        if not body:
            return 0
        digits = data[pos + len(_PREFIX) : body - 1]
        if not data.startswith(_PREFIX, pos) or not digits.isdigit():
            raise ValueError(f"no FIX.4.4 header: {data[pos : pos + 40]!r}")
        trailer = body + int(digits)
        end = trailer + 7
        if end > len(data):
            return 0
        if data[trailer:end] != TRAILERS[byte_sum(data[pos:trailer])]:
            raise ValueError(f"CheckSum(10) is wrong: {data[pos:end]!r}")
        return end

    def _take(self, frame: bytes, now: bytes) -> None:
        fields: dict[str, str] = {}
        for pair in frame.decode("latin-1").split("\x01"):
            tag, _, text = pair.partition("=")
            fields[tag] = text
        self._seq += 1
        header = (
            f"34={self._seq}\x0149={fields['56']}\x0152={now.decode()}\x0156={fields['49']}\x01"
        )
        if fields["35"] == "D":
            body = f"35=8\x01{header}{self._report(fields, now.decode())}"
        else:
            body = f"35={fields['35']}\x01{header}"
        answer = b"8=FIX.4.4\x019=%d\x01%b" % (len(body), body.encode("latin-1"))
        answer += TRAILERS[byte_sum(answer)]
        self._kept.append(frame)
        self._kept.append(answer)
        self._out.append(answer)

    def _report(self, order: dict[str, str], now: str) -> str:
        return (
            f"37=F{self._seq}\x0111={order['11']}\x0117=E{self._seq}\x01150=0\x0139=0\x01"
            f"1={order['1']}\x0155={order['55']}\x0154={order['54']}\x0138={order['38']}\x01"
            f"40={order['40']}\x0144={order['44']}\x0159={order['59']}\x01151={order['38']}\x01"
            f"14=0\x016=0\x0160={now}\x01"
        )

    def _commit(self) -> None:
        if not self._out:
            return
        self._file.write(b"".join(self._kept))
        self._transport.write(b"".join(self._out))
        self._kept.clear()
        self._out.clear()


def new_loop() -> asyncio.AbstractEventLoop:
    """uvloop's where it is installed, as in the gateway."""
    try:
        import uvloop  # noqa: PLC0415 - there is none for some platforms
    except ImportError:
        return asyncio.new_event_loop()
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop


def main() -> None:
    """Serve until stdin closes; the first line of stdout tells the port."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench.floor")
    parser.add_argument("--dir", type=Path, required=True)
    file = SyncedFile(parser.parse_args().dir / "floor.journal")
    loop = new_loop()
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 1000)
    server = loop.run_until_complete(loop.create_server(lambda: Floor(loop, file), "127.0.0.1", 0))
    loop.add_reader(sys.stdin.fileno(), loop.stop)
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    loop.run_forever()


if __name__ == "__main__":
    main()
