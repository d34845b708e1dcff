"""A control server on a real Unix socket in its own event loop and thread, for clients to call."""

from __future__ import annotations

import asyncio
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.control.api import build_app
from gateway.control.desk import Desk
from gateway.control.server import ControlServer


@contextmanager
def short_folder() -> Iterator[Path]:
    """A folder with a short name: a Unix socket's path has at most 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="fg-") as folder:
        yield Path(folder)


@contextmanager
def served(desk: Desk, path: Path) -> Iterator[ControlServer]:
    """`desk` behind the control API at `path` while the block runs."""
    loop = asyncio.new_event_loop()
    server = ControlServer(build_app(desk), path)
    loop.run_until_complete(server.start())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(server.stop(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
