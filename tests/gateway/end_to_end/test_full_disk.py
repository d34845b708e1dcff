"""A disk that is really full: the gateway stops, and goes on when there is room again.

What every user can run, a file size limit, is in test_starts.py.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import FileIO
from pathlib import Path

import pytest

from tests.gateway.end_to_end import agreement
from tests.gateway.end_to_end.harness import HANG_S, World, play, world
from tests.gateway.end_to_end.test_starts import mounted
from tools.client_simulator import STORIES

MIX = dict.fromkeys(STORIES, 1)
QUEUES = [{"name": "all", "broker": "SIM", "when_down": "queue"}]
SCRIPT_S = 4 * HANG_S


@asynccontextmanager
async def own_disk(w: World, size: str) -> AsyncIterator[Path]:
    """The stopped gateway's data folder becomes a disk of its own."""
    data, saved = w.gate.folder / "data", w.gate.folder / "saved"
    shutil.copytree(data, saved)
    if not mounted("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(data)):
        pytest.skip("no right to mount")
    try:
        shutil.copytree(saved, data, dirs_exist_ok=True)
        yield data
    finally:
        await w.gate.close()
        mounted("umount", "-l", str(data))


def fill(disk: Path) -> Path:
    """Take all the space there is, to the last byte; the file that has it."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for piece in (1 << 20, 4096, 1):
            with pytest.raises(OSError, match="No space left"):
                write_on(file, bytes(piece))
    return ballast


def write_on(file: FileIO, piece: bytes) -> None:
    while file.write(piece):
        pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
@pytest.mark.parametrize("writer", ["inline", "thread"])
def test_a_full_disk_stops_the_gateway_and_no_order_is_lost_or_doubled(writer: str) -> None:
    async def script() -> None:
        journal = {"segment_mb": 1, "disk_reserve_mb": 1, "writer": writer}
        quiet = {"audit": {"enabled": False}, "routes": QUEUES}
        async with world({"ack_delay_ms": 2}, journal=journal, **quiet) as w:
            assert await w.gate.stop() == 0
            async with own_disk(w, "40m") as disk:
                await w.gate.start()
                await w.broker_is(up=True)
                pace = {"orders": 1500, "rate": 400, "window": 200, "mix": MIX}
                clients = [await w.client(name, **pace) for name in ("ACME", "BETA")]
                await w.broker.until(lambda: w.broker.stats().orders >= 50, HANG_S)
                ballast = fill(disk)
                assert await w.gate.ended() == 1
                said = [line for line in w.gate.lines if line.get("level") == "critical"]
                assert len(said) == 1, said
                assert str(disk / "journal") in said[0]["problem"]
                assert "free space on this disk" in said[0]["problem"]
                assert any(order.waiting for client in clients for order in client.book.orders)
                ballast.unlink()
                await w.gate.start()
                for client in clients:
                    assert await client.finished(HANG_S), client.stats()
                await agreement.check(w)
                await w.stop()

    play(script, SCRIPT_S)
