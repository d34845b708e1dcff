"""HTTP over a Unix socket, as a client of a gateway that does not read a request to its end."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from http.client import RemoteDisconnected
from pathlib import Path
from threading import Thread

import pytest

from gateway.control.http import request
from tests.gateway.control.running import short_folder

LONG = "x" * 4_000_000  # more than a socket holds, so that sending it takes a reader
ANSWER = b'HTTP/1.1 503 Busy\r\nContent-Length: 6\r\n\r\n"busy"'


def served(answer: bytes, ask: Callable[[Path], None]) -> int:
    """Read a bit of each request, answer, and hang up; how many came."""
    with short_folder() as folder, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "s"))
        listener.listen(4)
        came = []

        def serve() -> None:
            with suppress(OSError):  # there will be no more
                while True:
                    connection, _ = listener.accept()
                    came.append(connection.recv(1))
                    connection.sendall(answer)
                    connection.close()

        serving = Thread(target=serve)
        serving.start()
        try:
            ask(folder / "s")
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            serving.join()
        return len(came)


def test_an_answer_counts_that_came_before_the_request_was_read() -> None:
    def ask(path: Path) -> None:
        answer = request(path, 10, "POST", "/flush", json=LONG)
        assert (answer.status, answer.json()) == (503, "busy")

    assert served(ANSWER, ask) == 1


def test_a_request_that_nobody_answers_fails_and_is_not_sent_again() -> None:
    def ask(path: Path) -> None:
        with pytest.raises((RemoteDisconnected, BrokenPipeError, ConnectionResetError)):
            request(path, 10, "POST", "/flush", json=LONG)

    assert served(b"", ask) == 1


def test_where_nobody_listens_nothing_is_waited_for() -> None:
    with short_folder() as folder, pytest.raises(FileNotFoundError):
        request(folder / "s", 10, "GET", "/status")
