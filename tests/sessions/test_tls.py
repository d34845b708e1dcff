"""TLS over loopback, on asyncio's own loop and on uvloop; the other end is the standard library's.

Both ends of a connection run in one loop, so no step here may block.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions.acceptor import Acceptor
from sessions.backoff import Backoff
from sessions.certificates import KeyPair, Rules, client_context, server_context
from sessions.entrance import Terms
from sessions.tls import Tls
from sessions.transport import Connection, Initiator
from tests.certificates import Authority
from tests.sessions.network import HANG_S, LOCALHOST, Play, Recorder, gone, play
from tests.tls_end import TlsEnd

__all__ = ["play"]
MEGABYTE = 1 << 20


class TlsPort:
    """An acceptor that speaks TLS, and what it turned away."""

    def __init__(
        self,
        recorder: Recorder,
        authority: Authority,
        *,
        mutual: bool = False,
        rules: Rules = Rules(),  # noqa: B008 - it is never changed
        **more: object,
    ) -> None:
        context = server_context(
            KeyPair(*authority.issue("gate")),
            {"other.example": KeyPair(*authority.issue("other", "other.example"))},
            client_ca=authority.file if mutual else None,
            client_needed=True,
            rules=rules,
        )
        self.turned_away: list[str] = []
        self.acceptor = Acceptor(
            asyncio.get_running_loop(),
            recorder,
            host=LOCALHOST,
            port=0,
            terms=Terms(secure=lambda: context),
            on_turned_away=lambda _peer, why: self.turned_away.append(why),
            **more,  # type: ignore[arg-type]  # any setting
        )
        self.port = 0

    async def open(self) -> TlsPort:
        self.port = await self.acceptor.start()
        return self

    async def told(self) -> str:
        async with asyncio.timeout(HANG_S):
            while not self.turned_away:
                await asyncio.sleep(0.001)
        return self.turned_away[0]


async def connected(recorder: Recorder, tmp_path: Path) -> tuple[TlsPort, TlsEnd, Connection]:
    """A port, a client that is connected to it over TLS, and the port's end of that."""
    authority = Authority(tmp_path)
    made = await TlsPort(recorder, authority).open()
    client = await TlsEnd.connect(made.port, authority.client())
    await recorder.until(lambda: bool(recorder.connections))
    (connection,) = recorder.connections
    return made, client, connection


def test_bytes_go_both_ways_and_the_end_is_told(play: Play, tmp_path: Path) -> None:
    async def scene(recorder: Recorder) -> None:
        authority = Authority(tmp_path)
        made = await TlsPort(recorder, authority).open()
        client = await TlsEnd.connect(made.port, authority.client())
        client.write(b"hello")
        await recorder.until(lambda: b"hello" in recorder.data.values())
        (connection,) = recorder.connections
        assert connection.peer == f"{LOCALHOST}:{client.writer.get_extra_info('sockname')[1]}"
        connection.write(b"to ")
        connection.write(b"you")
        assert await client.readexactly(6) == b"to you"
        client.close()
        await recorder.until(lambda: connection in recorder.closed)
        assert recorder.closed[connection] == "closed by the peer"
        await made.acceptor.stop("over")
        assert made.turned_away == []

    play(scene)


def test_what_comes_with_the_handshake_is_not_lost(play: Play, tmp_path: Path) -> None:
    """A client of TLS 1.3 may send at once behind its last message of the handshake."""

    async def scene(recorder: Recorder) -> None:
        authority = Authority(tmp_path)
        made = await TlsPort(recorder, authority).open()
        client = await TlsEnd.connect(made.port, authority.client(), first=b"at once")
        await recorder.until(lambda: b"at once" in recorder.data.values())
        client.close()
        await recorder.until(lambda: len(recorder.closed) == 1)
        await made.acceptor.stop("over")

    play(scene)


def test_megabytes_come_whole_in_both_directions(play: Play, tmp_path: Path) -> None:
    async def scene(recorder: Recorder) -> None:
        authority = Authority(tmp_path)
        made = await TlsPort(recorder, authority).open()
        client = await TlsEnd.connect(made.port, authority.client())
        there = bytes(range(256)) * (16 * MEGABYTE // 256)
        client.write(there)
        await recorder.until(lambda: len(next(iter(recorder.data.values()), b"")) == len(there))
        (connection,) = recorder.connections
        assert recorder.data[connection] == there
        connection.write(there[::-1])
        assert connection.bytes_queued > 0, "nobody reads yet"
        async with asyncio.timeout(HANG_S):
            assert await client.readexactly(len(there)) == there[::-1]
        assert connection.bytes_queued == 0
        connection.close("enough")
        assert await client.rest() == b""
        await recorder.until(lambda: connection in recorder.closed)
        await made.acceptor.stop("over")

    play(scene)


def test_what_is_written_before_a_close_still_comes(play: Play, tmp_path: Path) -> None:
    """And the end is a good one, so that nobody takes it for a cut."""

    async def scene(recorder: Recorder) -> None:
        made, client, connection = await connected(recorder, tmp_path)
        connection.write(b"x" * MEGABYTE)
        connection.close("bye")
        connection.write(b"too late")
        assert await client.rest() == b"x" * MEGABYTE
        await recorder.until(lambda: connection in recorder.closed)
        assert recorder.closed[connection] == "bye"
        await made.acceptor.stop("over")

    play(scene)


def test_a_peer_that_does_not_read_is_cut_off(play: Play, tmp_path: Path) -> None:
    async def scene(recorder: Recorder) -> None:
        made, client, connection = await connected(recorder, tmp_path)
        connection.limit_writes(2 * MEGABYTE)
        while connection.is_open:
            connection.write(b"x" * 100_000)
            await asyncio.sleep(0)
        assert connection.exceeded == "write_max_bytes"
        await recorder.until(lambda: connection in recorder.closed)
        client.abort()
        await made.acceptor.stop("over")

    play(scene)


def test_a_peer_that_is_not_read_waits(play: Play, tmp_path: Path) -> None:
    async def scene(recorder: Recorder) -> None:
        made, client, connection = await connected(recorder, tmp_path)
        connection.pause_reading()
        client.write(b"y" * 16 * MEGABYTE)
        for _ in range(200):
            await asyncio.sleep(0)
        assert recorder.data[connection] == b""
        connection.resume_reading()
        await recorder.until(lambda: len(recorder.data[connection]) == 16 * MEGABYTE)
        client.close()
        await recorder.until(lambda: connection in recorder.closed)
        await made.acceptor.stop("over")

    play(scene)


def test_a_name_chooses_the_certificate(play: Play, tmp_path: Path) -> None:
    async def scene(recorder: Recorder) -> None:
        authority = Authority(tmp_path)
        made = await TlsPort(recorder, authority).open()
        for name in ("localhost", "other.example"):
            client = await TlsEnd.connect(made.port, authority.client(), name)
            assert ("DNS", name) in client.shown["subjectAltName"]
            client.close()
        await recorder.until(lambda: len(recorder.closed) == 2)
        await made.acceptor.stop("over")

    play(scene)


def test_without_a_certificate_nobody_comes_in_where_one_is_required(
    play: Play, tmp_path: Path
) -> None:
    async def scene(recorder: Recorder) -> None:
        authority = Authority(tmp_path)
        made = await TlsPort(recorder, authority, mutual=True).open()
        client = await TlsEnd.connect(made.port, authority.client())
        assert "peer did not return a certificate" in await made.told()
        with pytest.raises(ssl.SSLError, match="CERTIFICATE_REQUIRED"):
            await client.read()
        stranger = Authority(tmp_path, "stranger")
        context = authority.client()
        context.load_cert_chain(*stranger.issue("mallory"))
        made.turned_away.clear()
        client.abort()
        client = await TlsEnd.connect(made.port, context)
        assert "its certificate is not accepted" in await made.told()
        with pytest.raises(ssl.SSLError, match="UNKNOWN_CA"):
            await client.read()
        assert recorder.connections == []
        client.abort()
        client = await TlsEnd.connect(made.port, authority.client("acme"))
        await recorder.until(lambda: len(recorder.connections) == 1)
        client.close()
        await recorder.until(lambda: len(recorder.closed) == 1)
        await made.acceptor.stop("over")

    play(scene)


@pytest.mark.parametrize(
    ("bytes_", "why"),
    [
        (b"8=FIX.4.4\x019=5\x01", "TLS: wrong version number"),
        (b"GET / HTTP/1.0\r\n\r\n", "TLS: http request"),
        (b"\x16\x03\x01\x00\x05hello", "TLS: unexpected message"),
    ],
    ids=["FIX", "HTTP", "no handshake"],
)
def test_a_stranger_that_speaks_no_tls_is_turned_away(
    play: Play, tmp_path: Path, bytes_: bytes, why: str
) -> None:
    async def scene(recorder: Recorder) -> None:
        made = await TlsPort(recorder, Authority(tmp_path)).open()
        reader, writer = await asyncio.open_connection(LOCALHOST, made.port)
        writer.write(bytes_)
        await gone(reader, writer)
        assert await made.told() == why
        assert recorder.connections == []
        await made.acceptor.stop("over")

    play(scene)


def test_old_versions_are_not_spoken(play: Play, tmp_path: Path) -> None:
    async def scene(recorder: Recorder) -> None:
        authority = Authority(tmp_path)
        made = await TlsPort(recorder, authority).open()
        context = authority.client()
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises(ssl.SSLError):
            await TlsEnd.connect(made.port, context)
        assert await made.told() == "TLS: unsupported protocol"
        await made.acceptor.stop("over")

    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        play(scene)


@pytest.mark.parametrize(
    ("rules", "why"),
    [
        (Rules(min_version="1.3"), "TLS: unsupported protocol"),
        (Rules(ciphers="ECDHE-ECDSA-AES256-GCM-SHA384"), "TLS: no shared cipher"),
    ],
    ids=["version", "ciphers"],
)
def test_the_least_version_and_the_ciphers_can_be_set(
    play: Play, tmp_path: Path, rules: Rules, why: str
) -> None:
    async def scene(recorder: Recorder) -> None:
        authority = Authority(tmp_path)
        made = await TlsPort(recorder, authority, rules=rules).open()
        context = authority.client()
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256")
        with pytest.raises(ssl.SSLError):
            await TlsEnd.connect(made.port, context)
        assert await made.told() == why
        context.maximum_version = ssl.TLSVersion.TLSv1_3
        context.set_ciphers("ECDHE-ECDSA-AES256-GCM-SHA384")
        client = await TlsEnd.connect(made.port, context)
        client.close()
        await recorder.until(lambda: len(recorder.closed) == 1)
        await made.acceptor.stop("over")

    play(scene)


def test_one_that_only_opens_and_closes_is_no_news(play: Play, tmp_path: Path) -> None:
    async def scene(recorder: Recorder) -> None:
        made = await TlsPort(recorder, Authority(tmp_path)).open()
        acceptor = made.acceptor
        _, writer = await asyncio.open_connection(LOCALHOST, made.port)
        while not acceptor._entrances:
            await asyncio.sleep(0.001)
        writer.transport.abort()
        async with asyncio.timeout(HANG_S):
            while acceptor._entrances:
                await asyncio.sleep(0.001)
        assert made.turned_away == []
        assert recorder.connections == []
        await made.acceptor.stop("over")

    play(scene)


def test_the_handshake_is_part_of_the_time_before_logon(play: Play, tmp_path: Path) -> None:
    async def scene(recorder: Recorder) -> None:
        made = await TlsPort(recorder, Authority(tmp_path), logon_timeout_s=0.05).open()
        reader, writer = await asyncio.open_connection(LOCALHOST, made.port)
        writer.write(b"\x16")  # and no more
        assert await gone(reader, writer) == b""
        assert await made.told() == "no Logon(A) within 0.05 s"
        assert recorder.connections == []
        await made.acceptor.stop("over")

    play(scene)


def test_those_in_the_handshake_count(play: Play, tmp_path: Path) -> None:
    async def scene(recorder: Recorder) -> None:
        cut_off: list[str] = []
        made = await TlsPort(
            recorder,
            Authority(tmp_path),
            max_unidentified_connections=2,
            on_cut_off=cut_off.append,
        ).open()
        ends = [await asyncio.open_connection(LOCALHOST, made.port) for _ in range(3)]
        assert await gone(*ends[0]) == b""
        assert cut_off == ["max_unidentified_connections"]
        assert await made.told() == "too many connections without a Logon(A)"
        await made.acceptor.stop("over")
        for reader, writer in ends[1:]:
            assert await gone(reader, writer) == b""

    play(scene)


def test_damage_on_the_way_ends_the_connection(play: Play, tmp_path: Path) -> None:
    async def scene(recorder: Recorder) -> None:
        authority = Authority(tmp_path)
        made = await TlsPort(recorder, authority).open()
        client = await TlsEnd.connect(made.port, authority.client())
        await recorder.until(lambda: bool(recorder.connections))
        client.writer.write(b"\x17\x03\x03\x00\x20" + bytes(32))
        await recorder.until(lambda: len(recorder.closed) == 1)
        (why,) = recorder.closed.values()
        assert why == "connection lost: TLS: decryption failed or bad record mac"
        client.abort()
        await made.acceptor.stop("over")

    play(scene)


# --- as the one that connects --------------------------------------------------------------------


class Server:
    """Sends back what comes, and remembers who came."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        self.ends: list[TlsEnd] = []
        self.names: list[str | None] = []
        context.sni_callback = self._named
        self._server: asyncio.Server

    def _named(self, _object: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> None:
        self.names.append(name)

    async def open(self) -> int:
        self._server = await asyncio.start_server(self._come, LOCALHOST, 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def _come(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        end = TlsEnd(reader, writer)
        with suppress(OSError):
            await end.shake_hands(self._context)
            self.ends.append(end)
            while data := await end.read():
                end.write(data)
        end.abort()

    async def close(self) -> None:
        self._server.close()
        for end in self.ends:
            end.abort()


def initiator(
    recorder: Recorder, port: int, context: ssl.SSLContext, host: str = LOCALHOST, **more: object
) -> Initiator:
    backoff = Backoff([(host, port)], min_s=0.001, max_s=0.001, random=lambda: 0.5)
    loop = asyncio.get_running_loop()
    return Initiator(loop, recorder, backoff, secure=lambda: context, **more)  # type: ignore[arg-type]  # any setting


def trusting(authority: Authority, pair: KeyPair | None = None, **more: bool) -> ssl.SSLContext:
    checks = more.get("check_hostname", True)
    return client_context(pair, ca=authority.file, check_hostname=checks, rules=Rules())


async def failure(one: Initiator) -> str:
    one.start()
    async with asyncio.timeout(HANG_S):
        while not one.last_error:
            await asyncio.sleep(0.001)
    one.stop("enough")
    return one.last_error


@pytest.mark.parametrize("bound", [False, True], ids=["any address", "bound"])
def test_we_speak_it_and_ask_for_the_server_by_name(
    play: Play, tmp_path: Path, bound: bool
) -> None:
    async def scene(recorder: Recorder) -> None:
        authority = Authority(tmp_path)
        server = Server(authority.server("broker", "fix.broker.example"))
        source = {"source": (LOCALHOST, 0)} if bound else {}
        one = initiator(
            recorder,
            await server.open(),
            trusting(authority),
            server_name="fix.broker.example",
            **source,
        )
        one.start()
        await recorder.until(lambda: bool(recorder.connections))
        (connection,) = recorder.connections
        connection.write(b"echo")
        await recorder.until(lambda: recorder.data[connection] == b"echo")
        assert server.names == ["fix.broker.example"]
        one.stop("enough")
        await recorder.until(lambda: connection in recorder.closed)
        assert recorder.closed[connection] == "enough"
        await server.close()

    play(scene)


def test_we_show_our_certificate(play: Play, tmp_path: Path) -> None:
    async def scene(recorder: Recorder) -> None:
        authority = Authority(tmp_path)
        context = authority.server("broker")
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(authority.file)
        server = Server(context)
        pair = KeyPair(*authority.issue("gate", password="s3cret"), "s3cret")
        one = initiator(recorder, await server.open(), trusting(authority, pair))
        one.start()
        await recorder.until(lambda: bool(recorder.connections))
        async with asyncio.timeout(HANG_S):
            while not server.ends:
                await asyncio.sleep(0.001)
        assert (("commonName", "gate"),) in server.ends[0].shown["subject"]
        one.stop("enough")
        await recorder.until(lambda: len(recorder.closed) == 1)
        await server.close()

    play(scene)


def test_a_server_of_another_name_is_no_server_of_ours(play: Play, tmp_path: Path) -> None:
    async def scene(recorder: Recorder) -> None:
        authority = Authority(tmp_path)
        server = Server(authority.server("broker", "fix.broker.example"))
        port = await server.open()
        why = await failure(initiator(recorder, port, trusting(authority)))
        assert why.startswith(f"{LOCALHOST}:{port}: its certificate is not accepted: ")
        assert "not valid for '127.0.0.1'" in why
        assert recorder.connections == []
        lax = trusting(authority, check_hostname=False)
        one = initiator(recorder, port, lax)
        one.start()
        await recorder.until(lambda: bool(recorder.connections))
        one.stop("enough")
        await recorder.until(lambda: len(recorder.closed) == 1)
        await server.close()

    play(scene)


def test_a_server_that_nobody_vouches_for_is_not_spoken_to(play: Play, tmp_path: Path) -> None:
    async def scene(recorder: Recorder) -> None:
        server = Server(Authority(tmp_path, "other").server("broker"))
        port = await server.open()
        why = await failure(initiator(recorder, port, trusting(Authority(tmp_path))))
        assert "its certificate is not accepted: unable to get local issuer certificate" in why
        assert recorder.connections == []
        await server.close()

    play(scene)


def test_a_certificate_itself_can_be_trusted(play: Play, tmp_path: Path) -> None:
    """Many counterparties send one that no authority has signed."""

    async def scene(recorder: Recorder) -> None:
        authority = Authority(tmp_path)
        server = Server(authority.server("broker"))
        pinned = client_context(
            None, ca=tmp_path / "broker.pem", check_hostname=True, rules=Rules()
        )
        one = initiator(recorder, await server.open(), pinned)
        one.start()
        await recorder.until(lambda: bool(recorder.connections))
        one.stop("enough")
        await recorder.until(lambda: len(recorder.closed) == 1)
        await server.close()

    play(scene)


async def silent(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Accepts, and says nothing."""


async def closing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Listens, and hangs up."""
    await reader.read(65_536)
    writer.close()


async def plain(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Speaks FIX at once."""
    writer.write(b"8=FIX.4.4\x019=5\x01")


Plain = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.mark.parametrize(
    ("behaves", "why"),
    [
        (silent, "no connection within 0.2 s"),
        (closing, "closed by the peer before TLS was there"),
        (plain, "TLS: wrong version number"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_server_without_tls_is_a_failure(
    play: Play, tmp_path: Path, behaves: Plain, why: str
) -> None:
    async def scene(recorder: Recorder) -> None:
        writers = []

        async def come(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writers.append(writer)
            await behaves(reader, writer)

        server = await asyncio.start_server(come, LOCALHOST, 0)
        port: int = server.sockets[0].getsockname()[1]
        one = initiator(recorder, port, trusting(Authority(tmp_path)), connect_timeout_s=0.2)
        assert await failure(one) == f"{LOCALHOST}:{port}: {why}"
        assert recorder.connections == []
        server.close()
        for writer in writers:
            writer.transport.abort()

    play(scene)


def test_all_names_of_a_certificate_are_told(play: Play, tmp_path: Path) -> None:
    async def scene(recorder: Recorder) -> None:
        authority = Authority(tmp_path)
        made = await TlsPort(recorder, authority, mutual=True).open()
        context = authority.client()
        hosts = ("FIX.acme.example", "2001:DB8:0::1", "10.0.0.1", "joe@acme.example")
        context.load_cert_chain(*authority.issue("Acme Ltd", *hosts))
        client = await TlsEnd.connect(made.port, context)
        await recorder.until(lambda: bool(recorder.connections))
        names = recorder.connections[0].certificate
        assert len(next(name for name in names if name.startswith("sha256:"))) == 7 + 64
        assert {name for name in names if not name.startswith("sha256:")} == {
            "cn:Acme Ltd",
            "dns:fix.acme.example",
            "ip:2001:db8::1",
            "ip:10.0.0.1",
            "email:joe@acme.example",
        }
        client.close()
        await recorder.until(lambda: len(recorder.closed) == 1)
        assert recorder.connections[0].certificate == frozenset()
        await made.acceptor.stop("over")

    play(scene)


# --- any bytes -----------------------------------------------------------------------------------


class Wire(asyncio.Transport):
    """What is written goes nowhere."""

    is_cut = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Lost."""

    def abort(self) -> None:
        self.is_cut = True

    close = abort

    def is_closing(self) -> bool:
        return self.is_cut


class Deaf(asyncio.Protocol):
    """Nobody may come as far as to be heard."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        raise AssertionError("a handshake of nonsense")


@pytest.fixture(scope="module")
def meeting(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, bytes]:
    """What a server speaks, and the first message of a client."""
    authority = Authority(tmp_path_factory.mktemp("any"))
    pair = KeyPair(*authority.issue("gate"))
    rules = Rules()
    context = server_context(pair, {}, client_ca=None, client_needed=False, rules=rules)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    with suppress(ssl.SSLWantReadError):
        authority.client().wrap_bio(incoming, outgoing, server_hostname="x").do_handshake()
    return context, outgoing.read()


@given(
    st.lists(st.tuples(st.integers(0, 600), st.integers(0, 255)), max_size=8),
    st.lists(st.binary(max_size=400), max_size=5),
)
def test_no_bytes_of_a_stranger_are_a_fault(
    meeting: tuple[ssl.SSLContext, bytes],
    changed: list[tuple[int, int]],
    more: list[bytes],
) -> None:
    context, hello = meeting
    first = bytearray(hello)
    for at, value in changed:
        first[at % len(first)] = value
    said: list[str] = []
    tls = Tls(Deaf(), context, ended=said.append, server_side=True)
    wire = Wire()
    tls.connection_made(wire)
    for data in (bytes(first), *more):
        if not wire.is_cut:
            tls.data_received(data)
    tls.connection_lost(None)
    assert len(said) == 1
    assert said[0].startswith(("TLS: ", "closed by the peer"))
