"""HTTP over a Unix socket, as a client of a gateway that is busy or on its way out."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest

from gateway.control.http import request
from tests.gateway.control.running import short_folder

LONG = "x" * 4_000_000  # more than a socket holds, so that sending it takes a reader
ANSWER = b'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"ok"'


def read_all(connection: socket.socket) -> None:
    left = len(LONG)
    while left > 0:
        left -= len(connection.recv(1 << 20))


def served(times: int, ask: Callable[[Path], None]) -> int:
    """Hang up on so many connections, then answer one; how many came."""
    with short_folder() as folder, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "s"))
        listener.listen(4)
        came = []

        def serve() -> None:
            for _ in range(times):
                connection, _ = listener.accept()
                came.append(connection.recv(1))
                connection.close()
            connection, _ = listener.accept()
            came.append(b"")
            read_all(connection)
            connection.sendall(ANSWER)
            connection.close()

        Thread(target=serve, daemon=True).start()
        ask(folder / "s")
        return len(came)


def test_a_request_that_was_not_read_whole_goes_once_more() -> None:
    def ask(path: Path) -> None:
        answer = request(path, 10, "POST", "/flush", json=LONG)
        assert answer.json() == "ok"

    assert served(1, ask) == 2


def test_one_that_is_refused_again_fails() -> None:
    def ask(path: Path) -> None:
        with pytest.raises(BrokenPipeError):
            request(path, 10, "POST", "/flush", json=LONG)

    assert served(2, ask) == 2
