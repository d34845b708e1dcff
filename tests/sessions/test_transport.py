"""Connections over loopback, on asyncio's own loop and on uvloop."""

import asyncio
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from sessions import sockets, transport
from sessions.acceptor import Acceptor
from sessions.backoff import Backoff
from sessions.sockets import KEEPALIVE
from sessions.transport import READ_TURN_BYTES, Connection, Initiator
from tests.sessions.network import HANG_S, LOCALHOST, Play, Recorder, gone, listen, play

__all__ = ["play"]


def test_bytes_go_both_ways_and_the_end_is_told(play: Play) -> None:
    async def scene(recorder: Recorder) -> None:
        acceptor, port = await listen(recorder)
        reader, writer = await asyncio.open_connection(LOCALHOST, port)
        writer.write(b"hello")
        await recorder.until(lambda: bool(recorder.data) and b"hello" in recorder.data.values())
        (connection,) = recorder.connections
        assert connection.peer == f"{LOCALHOST}:{writer.get_extra_info('sockname')[1]}"
        assert connection.is_open
        connection.write(b"to ")
        connection.write(b"you")
        assert await reader.readexactly(6) == b"to you"
        writer.close()
        await recorder.until(lambda: connection in recorder.closed)
        assert recorder.closed[connection] == "closed by the peer"
        assert not connection.is_open
        connection.write(b"too late")
        connection.close("again")
        await acceptor.stop("over")

    play(scene)


@contextmanager
def system_socket(connection: Connection) -> Iterator[socket.socket]:
    """The socket of a connection, with all that the system can tell of it."""
    inner = connection._transport
    assert inner is not None
    sock = socket.socket(fileno=inner.get_extra_info("socket").fileno())
    try:
        yield sock
    finally:
        sock.detach()


def test_nagle_is_off(play: Play) -> None:
    async def scene(recorder: Recorder) -> None:
        acceptor, port = await listen(recorder)
        reader, writer = await asyncio.open_connection(LOCALHOST, port)
        await recorder.until(lambda: bool(recorder.connections))
        with system_socket(recorder.connections[0]) as sock:
            assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
        await acceptor.stop("over")
        await gone(reader, writer)

    play(scene)


def test_the_system_asks_a_silent_peer_whether_it_is_there(play: Play) -> None:
    async def scene(recorder: Recorder) -> None:
        acceptor, port = await listen(recorder)
        reader, writer = await asyncio.open_connection(LOCALHOST, port)
        await recorder.until(lambda: bool(recorder.connections))
        with system_socket(recorder.connections[0]) as sock:
            assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
            for name, value in KEEPALIVE:
                if hasattr(socket, name):
                    assert sock.getsockopt(socket.IPPROTO_TCP, getattr(socket, name)) == value
        await acceptor.stop("over")
        await gone(reader, writer)

    play(scene)


def test_a_connection_whose_socket_takes_no_options_works(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "KEEPALIVE", (("TCP_NODELAY", b""),))

    async def scene(recorder: Recorder) -> None:
        acceptor, port = await listen(recorder)
        reader, writer = await asyncio.open_connection(LOCALHOST, port)
        await recorder.until(lambda: bool(recorder.connections))
        recorder.connections[0].write(b"heard")
        assert await reader.readexactly(5) == b"heard"
        await acceptor.stop("over")
        await gone(reader, writer)

    play(scene)


def test_an_error_of_a_handler_is_not_taken_for_the_network_s(play: Play) -> None:
    async def scene(recorder: Recorder) -> None:
        seen: list[object] = []
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _loop, context: seen.append(context.get("exception")))

        def fail(_connection: Connection, _data: bytes) -> None:
            raise PermissionError("not this file")

        recorder.on_data = fail  # type: ignore[method-assign]  # a handler that goes wrong
        acceptor, port = await listen(recorder)
        reader, writer = await asyncio.open_connection(LOCALHOST, port)
        writer.write(b"8=FIX")
        await recorder.until(lambda: bool(recorder.closed))
        assert [repr(error) for error in seen] == ["HandlerError('PermissionError: not this file')"]
        await acceptor.stop("over")
        await gone(reader, writer)

    play(scene)


def test_closing_sends_what_was_written_and_hears_nothing_more(play: Play) -> None:
    async def scene(recorder: Recorder) -> None:
        acceptor, port = await listen(recorder)
        reader, writer = await asyncio.open_connection(LOCALHOST, port)
        await recorder.until(lambda: bool(recorder.connections))
        (connection,) = recorder.connections
        connection.write(b"last words")
        connection.close("enough")
        assert await gone(reader, writer) == b"last words"
        await recorder.until(lambda: connection in recorder.closed)
        assert recorder.closed[connection] == "enough"
        await acceptor.stop("over")

    play(scene)


def test_a_peer_that_does_not_read_can_not_keep_a_closed_connection(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "CLOSE_TIMEOUT_S", 0.01)

    async def scene(recorder: Recorder) -> None:
        acceptor, port = await listen(recorder)
        with socket.create_connection((LOCALHOST, port)):
            await recorder.until(lambda: bool(recorder.connections))
            (connection,) = recorder.connections
            connection.write(b"x" * 30_000_000)
            assert connection.bytes_queued > 0
            connection.close("enough")
            await recorder.until(lambda: connection in recorder.closed)
            assert recorder.closed[connection] == "enough"
        await acceptor.stop("over")

    play(scene)


def test_a_peer_that_does_not_read_is_not_read_and_cut_off_in_the_end(play: Play) -> None:
    async def scene(recorder: Recorder) -> None:
        acceptor, port = await listen(recorder)
        with socket.create_connection((LOCALHOST, port)) as peer:
            await recorder.until(lambda: bool(recorder.connections))
            (connection,) = recorder.connections
            connection.limit_writes(15_000_000)
            connection.write(b"x" * 10_000_000)
            inner = connection._transport
            assert inner is not None
            assert not inner.is_reading()
            peer.setblocking(False)
            while connection.bytes_queued:
                with suppress(BlockingIOError):
                    peer.recv(1_000_000)
                await asyncio.sleep(0)
            assert inner.is_reading()
            connection.pause_reading()
            connection.pause_writing()
            connection.resume_writing()
            assert not inner.is_reading(), "its owner does not want to read"
            connection.pause_writing()
            connection.resume_reading()
            assert not inner.is_reading(), "the peer does not read"
            connection.resume_writing()
            assert inner.is_reading()
            connection.write(b"x" * 60_000_000)
            assert connection.is_open, "it could not know how slow the peer is"
            written = connection.bytes_queued
            connection.write(b"x" * 20_000_000)
            assert not connection.is_open
            assert connection.exceeded == "write_max_bytes"
            await recorder.until(lambda: connection in recorder.closed)
            told = f"the peer does not read: {written + 20_000_000} bytes are unsent"
            assert recorder.closed[connection] == told
        await acceptor.stop("over")

    play(scene)


def test_a_slow_peer_is_cut_off_at_its_limit_and_not_before(play: Play) -> None:
    async def scene(recorder: Recorder) -> None:
        acceptor, port = await listen(recorder)
        with socket.create_connection((LOCALHOST, port)):
            await recorder.until(lambda: bool(recorder.connections))
            (connection,) = recorder.connections
            connection.limit_writes(100_000)
            while connection.bytes_queued == 0:  # what the system takes is no matter of ours
                connection.write(b"x" * 10_000)
            while connection.is_open:
                unsent = connection.bytes_queued
                connection.write(b"x" * 10_000)
            assert 100_000 < unsent + 10_000 <= 120_000
            await recorder.until(lambda: connection in recorder.closed)
        await acceptor.stop("over")

    play(scene)


def test_what_stays_unsent_for_too_long_cuts_the_peer_off(play: Play) -> None:
    async def scene(recorder: Recorder) -> None:
        acceptor, port = await listen(recorder)
        with socket.create_connection((LOCALHOST, port)):
            await recorder.until(lambda: bool(recorder.connections))
            (connection,) = recorder.connections
            connection.limit_writes(100_000_000, 0.2)
            connection.write(b"x")
            await asyncio.sleep(0.4)
            assert connection.is_open, "the system has taken it"
            connection.write(b"x" * 20_000_000)
            await recorder.until(lambda: connection in recorder.closed)
            assert connection.exceeded == "write_max_age_s"
            assert recorder.closed[connection].endswith(" bytes are unsent, some for 0.2 s")
        await acceptor.stop("over")

    play(scene)


def test_a_peer_that_hung_up_is_known_although_nothing_is_read(play: Play) -> None:
    async def scene(recorder: Recorder) -> None:
        acceptor, port = await listen(recorder)
        for ends_by_reset in (False, True):
            with socket.create_connection((LOCALHOST, port)) as peer:
                count = len(recorder.connections)
                await recorder.until(lambda count=count: len(recorder.connections) > count)  # type: ignore[misc]  # a lambda
                connection = recorder.connections[-1]
                connection.pause_reading()
                peer.sendall(b"unread")
                assert not connection.is_hung_up
                if ends_by_reset:
                    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            await recorder.until(lambda c=connection: c.is_hung_up)  # type: ignore[misc]  # a lambda
            assert connection not in recorder.closed
            connection.abort("gone")
            await recorder.until(lambda c=connection: c in recorder.closed)  # type: ignore[misc]  # a lambda
            assert connection.is_hung_up
        await acceptor.stop("over")

    play(scene)


def test_a_peer_that_sends_much_at_once_is_not_read_again_in_the_same_turn(play: Play) -> None:
    async def scene(recorder: Recorder) -> None:
        acceptor, port = await listen(recorder)
        with socket.create_connection((LOCALHOST, port)) as peer:
            await recorder.until(lambda: bool(recorder.connections))
            (connection,) = recorder.connections
            inner = connection._transport
            assert inner is not None
            connection.data_received(b"x" * (READ_TURN_BYTES - 1))
            assert inner.is_reading()
            connection.data_received(b"x" * READ_TURN_BYTES)
            assert not inner.is_reading()
            connection.resume_reading()
            assert not inner.is_reading(), "what came in is to be answered first"
            await asyncio.sleep(0)
            assert inner.is_reading()
            peer.sendall(b"y" * 200_000)
            received = 2 * READ_TURN_BYTES - 1 + 200_000
            await recorder.until(lambda: len(recorder.data[connection]) == received)
            connection.data_received(b"x" * READ_TURN_BYTES)
            connection.abort("at once")
            await recorder.until(lambda: connection in recorder.closed)
        await acceptor.stop("over")

    play(scene)


def test_reading_can_be_paused(play: Play) -> None:
    async def scene(recorder: Recorder) -> None:
        acceptor, port = await listen(recorder)
        reader, writer = await asyncio.open_connection(LOCALHOST, port)
        await recorder.until(lambda: bool(recorder.connections))
        (connection,) = recorder.connections
        connection.pause_reading()
        connection.pause_reading()
        writer.write(b"patience")
        await writer.drain()
        for _ in range(20):
            await asyncio.sleep(0)
        assert recorder.data[connection] == b""
        assert connection.is_paused
        connection.resume_reading()
        assert not connection.is_paused
        connection.resume_reading()
        await recorder.until(lambda: recorder.data[connection] == b"patience")
        await acceptor.stop("over")
        await gone(reader, writer)
        connection.pause_reading()
        connection.resume_reading()

    play(scene)


def test_a_connection_must_be_identified_in_time(play: Play) -> None:
    async def scene(recorder: Recorder) -> None:
        acceptor, port = await listen(recorder, logon_timeout_s=0.05)
        one = await asyncio.open_connection(LOCALHOST, port)
        await recorder.until(lambda: len(recorder.connections) == 1)
        acceptor.identified(recorder.connections[0])
        two = await asyncio.open_connection(LOCALHOST, port)
        assert await gone(*two) == b""
        silent = recorder.connections[1]
        await recorder.until(lambda: silent in recorder.closed)
        assert recorder.closed[silent] == "no Logon(A) within 0.05 s"
        assert recorder.connections[0].is_open
        await acceptor.stop("over")
        await gone(*one)

    play(scene)


def test_too_many_that_wait_cut_off_the_one_that_waited_longest(play: Play) -> None:
    async def scene(recorder: Recorder) -> None:
        counted: list[int] = []
        limits = {"max_unidentified_connections": 2, "on_cut_off": lambda _limit: counted.append(1)}
        acceptor, port = await listen(recorder, **limits)
        ends = []
        for count in range(1, 5):
            ends.append(await asyncio.open_connection(LOCALHOST, port))
            await recorder.until(lambda count=count: len(recorder.connections) == count)  # type: ignore[misc]  # a lambda
            if count == 1:
                acceptor.identified(recorder.connections[0])
        await gone(*ends[1])
        await recorder.until(lambda: len(recorder.closed) == 1)
        assert "too many connections" in recorder.closed[recorder.connections[1]]
        assert counted == [1]
        assert [c.is_open for c in recorder.connections] == [True, False, True, True]
        await acceptor.stop("over")
        for end in (ends[0], ends[2], ends[3]):
            await gone(*end)

    play(scene)


def test_stopping_closes_everything_and_frees_the_port(play: Play) -> None:
    async def scene(recorder: Recorder) -> None:
        acceptor, port = await listen(recorder)
        reader, writer = await asyncio.open_connection(LOCALHOST, port)
        await recorder.until(lambda: bool(recorder.connections))
        await acceptor.stop("the day is over")
        assert await gone(reader, writer) == b""
        await recorder.until(lambda: bool(recorder.closed))
        assert list(recorder.closed.values()) == ["the day is over"]
        with pytest.raises(OSError, match=r"refused|Connect"):
            await asyncio.open_connection(LOCALHOST, port)

    play(scene)


def test_a_port_in_use_is_an_error(play: Play) -> None:
    async def scene(recorder: Recorder) -> None:
        acceptor, port = await listen(recorder)
        loop = asyncio.get_running_loop()
        with pytest.raises(OSError, match="in use"):
            await Acceptor(loop, recorder, host=LOCALHOST, port=port).start()
        await acceptor.stop("over")

    play(scene)


# --- the initiator --------------------------------------------------------------------------------


class Places:
    """Listening sockets that an initiator may be told of, and who came."""

    def __init__(self, count: int) -> None:
        self.came: list[int] = []
        self._count = count
        self._servers: list[asyncio.Server] = []
        self._writers: list[asyncio.StreamWriter] = []
        self.closes = set(range(count))  # places that close at once
        self.hosts: list[tuple[str, int]] = []

    async def open(self) -> None:
        for number in range(self._count):
            server = await asyncio.start_server(self._came(number), LOCALHOST, 0)
            self._servers.append(server)
            self.hosts.append((LOCALHOST, server.sockets[0].getsockname()[1]))

    def _came(self, number: int) -> Callable[..., None]:
        def came(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.came.append(number)
            self._writers.append(writer)
            if number in self.closes:
                writer.close()

        return came

    async def close(self) -> None:
        for writer in self._writers:
            writer.close()
        for server in self._servers:
            server.close()


def initiator(recorder: Recorder, hosts: list[tuple[str, int]], **settings: float) -> Initiator:
    backoff = Backoff(hosts, min_s=0.001, max_s=0.002, random=lambda: 0.5)
    loop = asyncio.get_running_loop()
    return Initiator(loop, recorder, backoff, **settings)  # type: ignore[arg-type]  # any setting


def test_a_host_that_accepts_and_closes_is_left_for_the_next(play: Play) -> None:
    async def scene(recorder: Recorder) -> None:
        places = Places(3)
        await places.open()
        one = initiator(recorder, places.hosts)
        one.start()
        one.start()
        await recorder.until(lambda: len(recorder.closed) >= 7)
        one.stop("enough")
        assert places.came[:7] == [0, 1, 2, 0, 1, 2, 0]
        await places.close()

    play(scene)


def test_a_host_that_gave_a_logon_is_tried_again_first(play: Play) -> None:
    async def scene(recorder: Recorder) -> None:
        places = Places(2)
        places.closes = {0}
        await places.open()
        one = initiator(recorder, places.hosts)
        one.start()
        await recorder.until(lambda: len(recorder.connections) == 2)
        one.logged_on()
        assert one.target == f"{LOCALHOST}:{places.hosts[1][1]}"
        recorder.connections[1].close("try again")
        await recorder.until(lambda: len(recorder.connections) == 3)
        assert one.target == f"{LOCALHOST}:{places.hosts[1][1]}"
        assert one.last_error == ""
        one.stop("enough")
        await recorder.until(lambda: len(recorder.closed) == 3)
        assert places.came == [0, 1, 1]
        await places.close()

    play(scene)


def test_a_host_that_refuses_is_named(play: Play) -> None:
    async def scene(recorder: Recorder) -> None:
        with socket.socket() as free:
            free.bind((LOCALHOST, 0))
            port = free.getsockname()[1]
            places = Places(1)
            places.closes = set()
            await places.open()
            one = initiator(recorder, [(LOCALHOST, port), *places.hosts])
            one.start()
            async with asyncio.timeout(HANG_S):
                while not one.last_error:
                    await asyncio.sleep(0)
            assert one.last_error.startswith(f"{LOCALHOST}:{port}: ")
            await recorder.until(lambda: bool(recorder.connections))
            one.stop("enough")
            await recorder.until(lambda: len(recorder.closed) == 1)
            assert one.last_error == ""
            await places.close()

    play(scene)


def test_it_connects_from_where_it_is_told_again_and_again(play: Play) -> None:
    async def scene(recorder: Recorder) -> None:
        seen: list[tuple[str, int]] = []
        closing: list[asyncio.StreamWriter] = []

        def accepted(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            seen.append(writer.get_extra_info("peername")[:2])
            closing.append(writer)

        server = await asyncio.start_server(accepted, LOCALHOST, 0)
        host = (LOCALHOST, server.sockets[0].getsockname()[1])
        with socket.socket() as probe:
            probe.bind((LOCALHOST, 0))
            source = (LOCALHOST, probe.getsockname()[1])
        loop = asyncio.get_running_loop()
        backoff = Backoff([host], min_s=0.001, max_s=0.001, random=lambda: 0.5)
        one = Initiator(loop, recorder, backoff, source=source)
        one.start()
        for count in (1, 2):  # the same port again
            await recorder.until(lambda n=count: len(recorder.connections) == n)  # type: ignore[misc]  # a lambda
            while len(closing) < count:
                await asyncio.sleep(0)
            closing[-1].close()
            await recorder.until(lambda n=count: len(recorder.closed) == n)  # type: ignore[misc]  # a lambda
        one.stop("enough")
        assert set(seen) == {source}
        for writer in closing:
            writer.close()
        server.close()

    play(scene)


def test_a_source_that_is_not_here_is_an_error_to_read(play: Play) -> None:
    async def scene(recorder: Recorder) -> None:
        loop = asyncio.get_running_loop()
        backoff = Backoff([(LOCALHOST, 1)], min_s=9, max_s=9, random=lambda: 0.5)
        one = Initiator(loop, recorder, backoff, source=("192.0.2.1", 0))
        one.start()
        async with asyncio.timeout(HANG_S):
            while not one.last_error:
                await asyncio.sleep(0.001)
        assert "assign" in one.last_error
        one.stop("enough")

    play(scene)


def test_stopping_only_the_reconnecting_leaves_the_connection(play: Play) -> None:
    async def scene(recorder: Recorder) -> None:
        places = Places(1)
        places.closes = set()
        await places.open()
        one = initiator(recorder, places.hosts)
        one.start()
        await recorder.until(lambda: bool(recorder.connections))
        one.stop_reconnecting()
        (connection,) = recorder.connections
        for _ in range(20):
            await asyncio.sleep(0)
        assert connection.is_open
        connection.close("over")
        await recorder.until(lambda: connection in recorder.closed)
        assert len(recorder.connections) == 1
        one.start()
        await recorder.until(lambda: len(recorder.connections) == 2)
        one.stop("enough")
        await recorder.until(lambda: len(recorder.closed) == 2)
        await places.close()

    play(scene)


def test_stopped_before_it_is_there_it_never_connects(play: Play) -> None:
    async def scene(recorder: Recorder) -> None:
        places = Places(1)
        await places.open()
        one = initiator(recorder, places.hosts)
        one.start()
        one.stop("never mind")
        for _ in range(20):
            await asyncio.sleep(0)
        assert not recorder.connections
        await places.close()

    play(scene)


class _Hanging:
    """A loop whose connections never come about."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.attempts = 0

    async def create_connection(self, *_: object) -> None:
        self.attempts += 1
        await asyncio.Event().wait()

    def __getattr__(self, name: str) -> object:
        return getattr(self._loop, name)


def test_a_connect_that_hangs_is_given_up(play: Play) -> None:
    async def scene(recorder: Recorder) -> None:
        loop = _Hanging(asyncio.get_running_loop())
        backoff = Backoff([("a", 1), ("b", 2)], min_s=0.001, max_s=0.001, random=lambda: 0.5)
        one = Initiator(loop, recorder, backoff, connect_timeout_s=0.01)  # type: ignore[arg-type]  # any setting
        one.start()
        async with asyncio.timeout(HANG_S):
            while loop.attempts < 2:
                await asyncio.sleep(0)
        assert one.last_error == "a:1: no connection within 0.01 s"
        assert one.target == "b:2"
        one.stop("enough")

    play(scene)
