"""The remedy fits what is wrong with an address."""

from __future__ import annotations

import asyncio
import errno
import socket
from typing import Any

import pytest
import uvloop

from gateway.listening import cannot_listen
from sessions.acceptor import Acceptor


@pytest.mark.parametrize("loop_factory", [asyncio.new_event_loop, uvloop.new_event_loop])
@pytest.mark.parametrize(
    ("host", "said"),
    [
        ("192.0.2.1", "host in [[listeners]] to an address of this machine"),  # of no machine
        ("no-such-host.invalid", "host in [[listeners]] to an address of this machine"),
        ("no..host", "host in [[listeners]] to an address of this machine"),
        ("127.0.0.1", "free the port"),
    ],
)
def test_an_address_that_can_not_be_had_names_the_right_setting(
    host: str, said: str, loop_factory: Any
) -> None:
    async def listen(port: int) -> OSError | UnicodeError:
        acceptor = Acceptor(asyncio.get_running_loop(), None, host=host, port=port)  # type: ignore[arg-type]  # nobody connects
        with pytest.raises((OSError, UnicodeError)) as caught:
            await acceptor.start()
        return caught.value

    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        asyncio.Runner(loop_factory=loop_factory) as runner,
    ):
        port = taken.getsockname()[1]
        line = cannot_listen(host, port, runner.run(listen(port)))
    assert line.startswith(f"{host}:{port}: cannot listen: ")
    assert said in line
    assert ("free the port" in line) == (host == "127.0.0.1")


def test_a_port_below_1024_names_the_right_that_is_missing() -> None:
    line = cannot_listen("0.0.0.0", 80, PermissionError(errno.EACCES, "permission denied"))
    assert "0.0.0.0:80: cannot listen: Permission denied: set a port from 1024 on" in line


def test_anything_else_is_told_as_the_system_says_it() -> None:
    line = cannot_listen("0.0.0.0", 80, OSError("odd"))
    assert line == "0.0.0.0:80: cannot listen: odd: set another host or port in [[listeners]]"
