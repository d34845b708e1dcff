"""What leaves over HTTP, by which connection, and what counts as its answer."""

from __future__ import annotations

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from gateway.brokers.api import http
from gateway.brokers.api.calls import Call
from gateway.brokers.api.connection import HEAD_MAX, Connection, LostError, NotSentError
from gateway.brokers.api.http import HttpApi
from gateway.brokers.api.pace import CANCEL, Turns
from gateway.config.alpaca import AlpacaBroker
from tests.certificates import Authority
from tests.gateway.brokers.api.server import Exchange, Script, Server, serving

pytestmark = pytest.mark.anyio
LIMIT = 10_000


@pytest.fixture(params=[False, True], ids=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, bool]]:
    return "asyncio", {"use_uvloop": request.param}


class Meeting:
    """An API that is asked, and its server."""

    def __init__(self, server: Server, api: HttpApi) -> None:
        self.server = server
        self.api = api

    async def ask(self, path: str = "/a", method: str = "GET", **more: Any) -> bytes:
        """The body of the answer."""
        leaves_in_s = more.pop("leaves_in_s", None)
        call = Call(method, path, **more)
        if leaves_in_s is not None:
            call.leaves_until = asyncio.get_running_loop().time() + leaves_in_s
        return (await self.api.ask(call, path)).body


@asynccontextmanager
async def meeting(
    script: Script,
    *,
    tls: ssl.SSLContext | None = None,
    context: ssl.SSLContext | None = None,
    headers: Callable[[Call], Mapping[str, str]] = lambda _call: {},
    connects: Turns | None = None,
    **more: Any,
) -> AsyncIterator[Meeting]:
    async with serving(script, tls) as server:
        settings = AlpacaBroker(
            name="B", type="alpaca", key_id="K", secret="S", base_url=server.url, **more
        )
        api = HttpApi(settings, headers, context, connects=connects)
        try:
            async with asyncio.timeout(30):
                yield Meeting(server, api)
        finally:
            await api.close()


async def number_it(ask: Exchange) -> None:
    """Answer by how many came before."""
    await ask.answer(b"%d" % ask.number)


# --- connections ----------------------------------------------------------------------------------


async def test_a_connection_is_used_again() -> None:
    async with meeting(number_it) as met:
        assert [await met.ask() for _ in range(3)] == [b"0", b"1", b"2"]
        assert met.server.connections == 1


async def test_one_that_the_server_has_closed_is_not_used_again() -> None:
    async def script(ask: Exchange) -> None:
        await number_it(ask)
        ask.close()

    async with meeting(script) as met:
        assert [await met.ask() for _ in range(3)] == [b"0", b"1", b"2"]
        assert met.server.connections == 3


async def test_one_that_was_not_used_for_long_is_not_used_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with meeting(number_it) as met:
        await met.ask()
        monkeypatch.setattr(http, "KEPT_S", -1.0)
        await met.ask()
        assert met.server.connections == 2


async def test_nothing_is_sent_by_one_that_is_being_closed() -> None:
    """Its end is told to it a turn later."""
    async with serving(number_it) as server:
        port = int(server.url.rpartition(":")[2])
        loop = asyncio.get_running_loop()
        transport, connection = await loop.create_connection(
            lambda: Connection(LIMIT), "127.0.0.1", port
        )
        assert connection.is_usable
        transport.close()
        assert not connection.is_usable
        with pytest.raises(NotSentError, match="ended before it was used"):
            connection.send("GET", "/a", [("Host", "there")], b"")


async def test_an_answer_that_comes_twice_is_none_to_the_next_request() -> None:
    async def script(ask: Exchange) -> None:
        whole = b"HTTP/1.1 200 -\r\nContent-Length: 1\r\n\r\n%d" % ask.number
        await ask.write(whole * 2)

    async with meeting(script) as met:
        assert [await met.ask() for _ in range(3)] == [b"0", b"1", b"2"]
        assert met.server.connections == 3


async def test_what_comes_unasked_is_no_answer_to_the_next_request() -> None:
    said = asyncio.Event()

    async def script(ask: Exchange) -> None:
        await number_it(ask)
        if not ask.number:
            await asyncio.sleep(0.05)
            await ask.answer(b"unasked")
            said.set()

    async with meeting(script) as met:
        await met.ask()
        await said.wait()
        assert await met.ask() == b"1"


async def test_a_cancel_has_the_next_connection() -> None:
    go_on = asyncio.Event()

    async def script(ask: Exchange) -> None:
        await go_on.wait()
        await ask.answer()

    async with meeting(script, connections_max=1) as met:
        asked = [asyncio.create_task(met.ask("/first", "POST"))]
        while not met.server.lines:
            await asyncio.sleep(0.01)
        asked.append(asyncio.create_task(met.ask("/second", "POST")))
        await asyncio.sleep(0)
        asked.append(asyncio.create_task(met.ask("/cancel", "DELETE", rank=CANCEL)))
        await asyncio.sleep(0)
        go_on.set()
        await asyncio.gather(*asked)
        paths = [line.split()[1] for line in met.server.lines]
        assert paths == ["/first", "/cancel", "/second"]


async def test_who_waits_no_more_leaves_its_place_to_others() -> None:
    async def script(ask: Exchange) -> None:
        if ask.number:
            await number_it(ask)

    async with meeting(script, connections_max=1) as met:
        asked = asyncio.create_task(met.ask())
        while not met.server.lines:
            await asyncio.sleep(0.01)
        asked.cancel()
        await asyncio.wait([asked])
        assert await met.ask() == b"1"
        assert met.server.connections == 2


class Never:
    """Nothing may go."""

    async def turn(self, _rank: int) -> None:
        await asyncio.Event().wait()


async def test_a_request_that_gets_no_connection_in_time_was_not_sent() -> None:
    async with meeting(number_it, connects=Never(), connections_max=1) as met:
        for _ in range(2):
            with pytest.raises(NotSentError, match="too long for a connection"):
                await met.ask(leaves_in_s=0.05)
        assert met.server.connections == 0


# --- requests -------------------------------------------------------------------------------------


async def test_what_cannot_be_said_is_not_sent() -> None:
    bad: dict[str, str] = {"X-Id": "a\r\nX-More: b"}
    async with meeting(number_it, headers=lambda _call: bad) as met:
        for value in ("a\r\nX-More: b", "Ω"):
            bad["X-Id"] = value
            with pytest.raises(NotSentError):
                await met.ask()
        bad["X-Id"] = "a"
        for words in ({"path": "/\ud800"}, {"method": "POST", "body": "\ud800"}):
            with pytest.raises(NotSentError):
                await met.ask(**words)
        assert met.server.lines == []
        assert await met.ask() == b"0"


async def test_a_path_goes_quoted_once() -> None:
    async with meeting(number_it) as met:
        await met.ask("/orders/a b\r\nΩ?id=%2F&at=1:2")
        assert met.server.lines == ["GET /orders/a%20b%0D%0A%CE%A9?id=%2F&at=1:2 HTTP/1.1"]


# --- answers --------------------------------------------------------------------------------------


async def test_a_redirect_is_an_answer() -> None:
    async with meeting(lambda ask: ask.answer(status=302, Location="/b")) as met:
        answer = await met.api.ask(Call("GET", "/a"), "/a")
        assert (answer.status, answer.headers["location"]) == (302, "/b")
        assert len(met.server.lines) == 1


async def test_news_before_an_answer_are_none() -> None:
    async def script(ask: Exchange) -> None:
        await ask.write(b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\n")
        await number_it(ask)

    async with meeting(script) as met:
        assert await met.ask() == b"0"


async def test_an_answer_in_chunks_is_read_whole() -> None:
    async def script(ask: Exchange) -> None:
        await ask.write(b"HTTP/1.1 200 -\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        await ask.write(b"2\r\nde\r\n0\r\n\r\n")

    async with meeting(script) as met:
        assert await met.ask() == b"abcde"
        assert await met.ask() == b"abcde"
        assert met.server.connections == 1


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "x-gzip"])
@pytest.mark.parametrize("body", [b"said" * 100, b""])
async def test_a_packed_answer_is_unpacked(encoding: str, body: bytes) -> None:
    packed = gzip.compress(body) if body else b""  # there is nothing to pack
    async with meeting(lambda ask: ask.answer(packed, Content_Encoding=encoding)) as met:
        assert await met.ask() == body


@pytest.mark.parametrize(
    ("body", "encoding", "why"),
    [
        (gzip.compress(bytes(100 * LIMIT)), "gzip", f"more than {LIMIT} bytes"),
        (gzip.compress(b"said" * 100)[:-20], "gzip", "breaks off"),
        (b"no gzip", "gzip", "error"),
        (b"said", "br", "an answer in br"),
        (bytes(2 * LIMIT), "identity", f"more than {LIMIT} bytes"),
    ],
    ids=["large when unpacked", "cut", "not packed", "packed otherwise", "large"],
)
async def test_what_cannot_be_unpacked_is_no_answer(
    monkeypatch: pytest.MonkeyPatch, body: bytes, encoding: str, why: str
) -> None:
    monkeypatch.setattr(http, "ANSWER_MAX", LIMIT)
    async with meeting(lambda ask: ask.answer(body, Content_Encoding=encoding)) as met:
        with pytest.raises(LostError, match=why):
            await met.ask()


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (b"", "ended without an answer"),
        (b"HTTP/1.1 200 -\r\nContent-Le", "ended without an answer"),
        (b"HTTP/1.1 200 -\r\nContent-Length: 10\r\n\r\n12345", "received 5 bytes, expected 10"),
        (b"HTTP/1.1 200 -\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "incomplete chunked"),
        (b"no HTTP\r\n\r\n", "illegal"),
        (b"HTTP/1.1 200 -\r\nX: " + bytes(2 * HEAD_MAX), "Receive buffer too long"),
    ],
    ids=["nothing", "part of its head", "part of its body", "chunks", "no HTTP", "a long head"],
)
async def test_what_is_no_whole_answer_is_lost(said: bytes, why: str) -> None:
    async def script(ask: Exchange) -> None:
        await ask.write(said)
        ask.close()

    async with meeting(script) as met:
        with pytest.raises(LostError, match=why):
            await met.ask()


# --- TLS ------------------------------------------------------------------------------------------


def contexts(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's, and that of those who trust it."""
    authority = Authority(folder)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(*authority.issue("server"))
    return server, ssl.create_default_context(cafile=authority.file)


async def end_it(ask: Exchange) -> None:
    """An answer whose length is not told."""
    await ask.write(b"HTTP/1.1 200 -\r\n\r\nsaid")
    ask.close()


@pytest.mark.parametrize("script", [number_it, end_it])
async def test_over_tls_all_is_the_same(tmp_path: Path, script: Script) -> None:
    tls, trusting = contexts(tmp_path)
    async with meeting(script, tls=tls, context=trusting) as met:
        is_kept = script is number_it
        said = [await met.ask() for _ in range(3)]
        assert said == ([b"0", b"1", b"2"] if is_kept else [b"said"] * 3)
        assert met.server.connections == (1 if is_kept else 3)


async def test_nothing_is_told_to_a_server_that_is_not_trusted(tmp_path: Path) -> None:
    tls, _ = contexts(tmp_path)
    async with meeting(number_it, tls=tls) as met:  # the system does not know its authority
        with pytest.raises(NotSentError, match="certificate is not accepted"):
            await met.ask()
        assert met.server.lines == []
