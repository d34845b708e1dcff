"""The control socket: private from the start, stale ones taken over, living ones respected."""

from __future__ import annotations

import asyncio
import getpass
import grp
import os
import signal
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import uvloop

from gateway.control.api import build_app
from gateway.control.client import ControlClient
from gateway.control.errors import ControlSocketError
from gateway.control.peer import peer_uid, user_name
from gateway.control.server import ControlServer, open_socket
from tests.gateway.control.memory_desk import MemoryDesk
from tests.gateway.control.running import served, short_folder


@pytest.fixture
def path() -> Iterator[Path]:
    with short_folder() as folder:
        yield folder / "control.sock"


def test_the_socket_is_readable_by_its_owner_only(path: Path) -> None:
    with served(MemoryDesk(), path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_socket_is_private_even_under_a_permissive_umask(path: Path) -> None:
    before = os.umask(0)
    try:
        listener = open_socket(path)
        now = os.umask(0)
    finally:
        os.umask(before)
    assert now == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    listener.close()


def test_the_socket_can_be_opened_to_a_group(path: Path) -> None:
    group = grp.getgrgid(os.getgid())
    listener = open_socket(path, group.gr_name)
    try:
        found = path.stat()
    finally:
        listener.close()
    assert (stat.S_IMODE(found.st_mode), found.st_gid) == (0o660, group.gr_gid)


def test_an_unknown_group_is_told_and_opens_nothing(path: Path) -> None:
    with pytest.raises(ControlSocketError, match="there is no group no-such-group; `getent group`"):
        open_socket(path, "no-such-group")
    assert not path.exists()


def test_the_socket_file_is_gone_after_a_stop(path: Path) -> None:
    with served(MemoryDesk(), path):
        assert path.exists()
    assert not path.exists()


def test_a_stop_leaves_a_socket_that_another_gateway_made_since(path: Path) -> None:
    with served(MemoryDesk(), path):
        path.unlink()
        other = open_socket(path)
    assert path.exists()
    other.close()


def test_a_dead_gateways_socket_is_taken_over(path: Path) -> None:
    open_socket(path).close()
    assert path.exists()
    with served(MemoryDesk(), path), ControlClient(path) as client:
        assert client.health().alive


def test_a_living_gateways_socket_is_refused(path: Path) -> None:
    with served(MemoryDesk(), path):
        with pytest.raises(ControlSocketError, match="another gateway listens here"):
            open_socket(path)
        assert path.exists()


def test_a_file_that_is_no_socket_is_left_alone(path: Path) -> None:
    path.write_text("precious")
    with pytest.raises(ControlSocketError, match="is not a socket; move it away"):
        open_socket(path)
    assert path.read_text() == "precious"


def test_a_missing_folder_is_named(path: Path) -> None:
    with pytest.raises(ControlSocketError, match=r"the folder .*gone does not exist; create it"):
        open_socket(path.parent / "gone" / "control.sock")


def test_a_path_that_is_too_long_is_named(path: Path) -> None:
    with pytest.raises(ControlSocketError, match=r"too long; set \[control\] socket"):
        open_socket(path.parent / ("x" * 120))


def test_signal_handlers_of_the_process_stay_as_they_are(path: Path) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]

    async def main() -> list[object]:
        server = ControlServer(build_app(MemoryDesk()), path)
        await server.start()
        during = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
        await server.stop()
        return during

    loop = asyncio.new_event_loop()  # asyncio.run would install a handler of its own
    assert loop.run_until_complete(main()) == before
    loop.close()


def test_it_serves_in_a_uvloop_too(path: Path) -> None:
    async def main() -> int:
        server = ControlServer(build_app(MemoryDesk()), path)
        await server.start()
        async with httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(uds=str(path))) as client:
            response = await client.post("http://fixgate/halt", json={"reason": "test"})
        await server.stop()
        assert response.json()["who"] == getpass.getuser()
        return response.status_code

    assert uvloop.run(main()) == 200


def test_the_peer_is_who_the_kernel_says() -> None:
    here, there = socket.socketpair(socket.AF_UNIX)
    with here, there:
        assert peer_uid(here) == os.getuid()


def test_a_user_without_a_name_is_told_by_number() -> None:
    assert asyncio.run(user_name(987_654)) == "uid:987654"


def test_a_platform_without_peer_credentials_says_unknown() -> None:
    assert asyncio.run(user_name(None)) == "unknown"
