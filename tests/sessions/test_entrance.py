"""Who is let in, over loopback: allow-lists, headers of proxies, limits by address."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from sessions.acceptor import Acceptor
from sessions.addresses import networks
from sessions.certificates import KeyPair, Rules, server_context
from sessions.entrance import Terms
from tests.certificates import Authority
from tests.sessions.network import HANG_S, LOCALHOST, Play, Recorder, gone, play
from tests.tls_end import TlsEnd

__all__ = ["play"]
V1 = b"PROXY TCP4 192.0.2.7 10.0.0.1 40000 5001\r\n"
V2 = b"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\xc0\x00\x02\x07\x0a\x00\x00\x01\x9c\x40\x13\x89"
MAPPED = b"PROXY TCP6 ::ffff:192.0.2.7 ::1 40000 5001\r\n"
LOCAL = b"\r\n\r\n\x00\r\nQUIT\n\x20\x00\x00\x00"
HERE = ("127.0.0.0/8",)
Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Port:
    """An acceptor on terms, and what it turned away and cut off."""

    def __init__(self, recorder: Recorder, terms: Terms, **more: object) -> None:
        self.turned_away: list[tuple[str, str]] = []
        self.cut_off: list[str] = []
        self.acceptor = Acceptor(
            asyncio.get_running_loop(),
            recorder,
            host=LOCALHOST,
            port=0,
            terms=terms,
            on_cut_off=self.cut_off.append,
            on_turned_away=lambda peer, why: self.turned_away.append((peer, why)),
            **more,  # type: ignore[arg-type]  # any setting
        )
        self.port = 0

    async def open(self) -> Port:
        self.port = await self.acceptor.start()
        return self

    async def come(self, first: bytes = b"", source: str = LOCALHOST) -> Ends:
        end = socket.socket()
        end.bind((source, 0))
        end.setblocking(False)
        await asyncio.get_running_loop().sock_connect(end, (LOCALHOST, self.port))
        reader, writer = await asyncio.open_connection(sock=end)
        writer.write(first)
        return reader, writer


def behind(*allowed: str) -> Terms:
    return Terms(networks(allowed), networks(HERE))


def test_who_is_not_in_the_list_is_not_even_heard(play: Play) -> None:
    async def scene(recorder: Recorder) -> None:
        made = await Port(recorder, Terms(networks(("127.0.1.0/24",)))).open()
        assert await gone(*await made.come(b"hello")) == b""
        assert made.turned_away[0][0].startswith("127.0.0.1:")
        assert made.turned_away[0][1] == "its address is not in allow_from"
        _, writer = await made.come(b"hello", "127.0.1.9")
        await recorder.until(lambda: list(recorder.data.values()) == [b"hello"])
        assert recorder.connections[0].peer.startswith("127.0.1.9:")
        writer.close()
        await recorder.until(lambda: len(recorder.closed) == 1)
        await made.acceptor.stop("over")

    play(scene)


def test_who_is_not_in_the_list_takes_no_place(play: Play) -> None:
    async def scene(recorder: Recorder) -> None:
        terms = Terms(networks(("127.0.1.0/24",)))
        made = await Port(recorder, terms, max_unidentified_connections=1).open()
        _, writer = await made.come(source="127.0.1.9")
        await recorder.until(lambda: len(recorder.connections) == 1)
        for _ in range(3):
            assert await gone(*await made.come()) == b""
        assert made.cut_off == []
        assert recorder.closed == {}
        writer.close()
        await recorder.until(lambda: len(recorder.closed) == 1)
        await made.acceptor.stop("over")

    play(scene)


@pytest.mark.parametrize("header", [V1, V2, MAPPED], ids=["v1", "v2", "v1, IPv4 as IPv6"])
def test_behind_a_proxy_the_client_counts(play: Play, header: bytes) -> None:
    async def scene(recorder: Recorder) -> None:
        made = await Port(recorder, behind("192.0.2.0/24")).open()
        _, writer = await made.come(header + b"hel")
        await recorder.until(lambda: bool(recorder.connections))
        writer.write(b"lo")
        await recorder.until(lambda: list(recorder.data.values()) == [b"hello"])
        assert recorder.connections[0].peer == "192.0.2.7:40000"
        writer.close()
        await recorder.until(lambda: len(recorder.closed) == 1)
        assert made.turned_away == []
        await made.acceptor.stop("over")

    play(scene)


@pytest.mark.parametrize("header", [V1, V2], ids=["v1", "v2"])
def test_a_header_may_come_in_pieces(play: Play, header: bytes) -> None:
    async def scene(recorder: Recorder) -> None:
        made = await Port(recorder, behind()).open()
        _, writer = await made.come()
        for at in range(len(header)):
            writer.write(header[at : at + 1])
            await asyncio.sleep(0)
        writer.write(b"hello")
        await recorder.until(lambda: list(recorder.data.values()) == [b"hello"])
        assert recorder.connections[0].peer == "192.0.2.7:40000"
        writer.close()
        await recorder.until(lambda: len(recorder.closed) == 1)
        await made.acceptor.stop("over")

    play(scene)


def test_behind_a_proxy_the_list_is_of_clients(play: Play) -> None:
    async def scene(recorder: Recorder) -> None:
        made = await Port(recorder, behind("127.0.0.0/8", "198.51.100.0/24")).open()
        assert await gone(*await made.come(V1 + b"hello")) == b""
        assert made.turned_away == [("192.0.2.7:40000", "its address is not in allow_from")]
        assert recorder.connections == []
        await made.acceptor.stop("over")

    play(scene)


def test_what_a_proxy_does_for_itself_is_its_own(play: Play) -> None:
    """A check whether the port is there, which most proxies make every few seconds."""

    async def scene(recorder: Recorder) -> None:
        made = await Port(recorder, behind()).open()
        _, writer = await made.come(LOCAL)
        await recorder.until(lambda: len(recorder.connections) == 1)
        assert recorder.connections[0].peer.startswith("127.0.0.1:")
        writer.close()
        await recorder.until(lambda: len(recorder.closed) == 1)
        reader, writer = await made.come()
        writer.write_eof()  # without a word
        assert await gone(reader, writer) == b""
        assert made.turned_away == []
        await made.acceptor.stop("over")

    play(scene)


def test_a_proxy_without_its_header_is_turned_away(play: Play) -> None:
    async def scene(recorder: Recorder) -> None:
        made = await Port(recorder, behind()).open()
        for first in (b"8=FIX.4.4\x019=5\x01", b"PROXY TCP4 nonsense\r\n8=FIX.4.4\x01"):
            assert await gone(*await made.come(first)) == b""
        assert [why for _, why in made.turned_away] == [
            "no PROXY header",
            "a PROXY line without its six parts",
        ]
        assert recorder.connections == []
        await made.acceptor.stop("over")

    play(scene)


def test_nobody_but_the_proxies_comes_in_and_no_header_helps(play: Play) -> None:
    async def scene(recorder: Recorder) -> None:
        terms = Terms(networks(("192.0.2.0/24",)), networks(("127.0.1.1",)))
        made = await Port(recorder, terms).open()
        assert await gone(*await made.come(V1 + b"hello")) == b""
        assert [why for _, why in made.turned_away] == ["it is not one of the proxies"]
        assert recorder.connections == []
        _, writer = await made.come(V1, "127.0.1.1")
        await recorder.until(lambda: len(recorder.connections) == 1)
        writer.close()
        await recorder.until(lambda: len(recorder.closed) == 1)
        await made.acceptor.stop("over")

    play(scene)


def test_where_no_proxy_is_named_a_header_is_only_bytes(play: Play) -> None:
    async def scene(recorder: Recorder) -> None:
        made = await Port(recorder, Terms()).open()
        _, writer = await made.come(V1)
        await recorder.until(lambda: list(recorder.data.values()) == [V1])
        assert recorder.connections[0].peer.startswith("127.0.0.1:")
        writer.close()
        await recorder.until(lambda: len(recorder.closed) == 1)
        await made.acceptor.stop("over")

    play(scene)


def test_the_header_is_part_of_the_time_before_logon(play: Play) -> None:
    async def scene(recorder: Recorder) -> None:
        made = await Port(recorder, behind(), logon_timeout_s=0.05).open()
        assert await gone(*await made.come(V1[:20])) == b""
        assert [why for _, why in made.turned_away] == ["no Logon(A) within 0.05 s"]
        assert recorder.connections == []
        await made.acceptor.stop("over")

    play(scene)


def test_those_whose_header_is_awaited_count(play: Play) -> None:
    async def scene(recorder: Recorder) -> None:
        made = await Port(recorder, behind(), max_unidentified_connections=2).open()
        ends = [await made.come(V1[:5]) for _ in range(3)]
        assert await gone(*ends[0]) == b""
        assert made.cut_off == ["max_unidentified_connections"]
        await made.acceptor.stop("over")
        for reader, writer in ends[1:]:
            assert await gone(reader, writer) == b""

    play(scene)


def test_one_address_has_only_so_many_places(play: Play) -> None:
    """Also behind a proxy, where all come from one."""

    async def scene(recorder: Recorder) -> None:
        made = await Port(recorder, behind(), max_unidentified_per_address=2).open()
        other = V1.replace(b"192.0.2.7", b"192.0.2.8")
        ends = []
        for count, header in enumerate((V1, V1, other, V1), 1):
            ends.append(await made.come(header))
            await recorder.until(lambda n=count: len(recorder.connections) == n)  # type: ignore[misc]  # a lambda
        assert await gone(*ends[0]) == b""
        assert made.cut_off == ["max_unidentified_per_address"]
        await recorder.until(lambda: len(recorder.closed) == 1)
        assert recorder.closed[recorder.connections[0]].startswith("too many connections")
        for _, writer in ends[1:]:
            writer.close()
        await recorder.until(lambda: len(recorder.closed) == 4)
        await made.acceptor.stop("over")

    play(scene)


@pytest.mark.parametrize("header", [V1, V2], ids=["v1", "v2"])
def test_tls_begins_behind_the_header(play: Play, tmp_path: Path, header: bytes) -> None:
    async def scene(recorder: Recorder) -> None:
        authority = Authority(tmp_path)
        context = server_context(
            KeyPair(*authority.issue("gate")),
            {},
            client_ca=authority.file,
            client_needed=True,
            rules=Rules(),
        )
        terms = Terms(networks(("192.0.2.7",)), networks(HERE), lambda: context)
        made = await Port(recorder, terms).open()
        async with asyncio.timeout(HANG_S):
            client = await TlsEnd.connect(
                made.port, authority.client("acme"), first=b"at once", before=header
            )
        await recorder.until(lambda: list(recorder.data.values()) == [b"at once"])
        (connection,) = recorder.connections
        assert connection.peer == "192.0.2.7:40000"
        assert "cn:acme" in connection.certificate
        connection.write(b"and back")
        assert await client.readexactly(8) == b"and back"
        client.close()
        await recorder.until(lambda: len(recorder.closed) == 1)
        assert made.turned_away == []
        await made.acceptor.stop("over")

    play(scene)
