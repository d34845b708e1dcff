"""The adapter's port: robots that come and go, those that are none, and what is asked for again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import structlog
from pydantic import ValidationError

from gateway.brokers.osengine import door, robot
from gateway.brokers.osengine.lines import LINE_MAX, seal
from gateway.brokers.osengine.shell import OsEngineAdapter
from gateway.config.osengine import OsEngineBroker
from gateway.config.tls import ListenerTls
from tests.certificates import Authority
from tests.gateway.brokers.osengine.host import Host, order, send, until
from tests.gateway.end_to_end.settings import free_port
from tools.broker_apis.osengine import Terminal
from tools.broker_apis.world import Settings

SECRET = "a secret of the test"


def settings(**more: Any) -> OsEngineBroker:
    table = {"name": "B", "type": "osengine", "port": free_port(), "secret": SECRET}
    return OsEngineBroker(**(table | {"portfolio": "L01", "request_timeout_s": 0.5} | more))


class Peer:
    """A robot, line by line."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def say(self, **said: str) -> None:
        self.writer.write(json.dumps(said).encode() + b"\n")

    async def hear(self) -> dict[str, str]:
        """The next line that is no beat; {} when it is over."""
        async with asyncio.timeout(30):
            while True:
                try:
                    line = await self.reader.readline()
                except ConnectionError:
                    return {}
                said: dict[str, str] = json.loads(line) if line else {}
                if said.get("t") != "beat":
                    return said

    async def greet(
        self, secret: str = SECRET, log: str = "L", first: int = 1, last: int = 0
    ) -> Any:
        theirs = (await self.hear())["nonce"]
        self.say(
            t="hello",
            version="1",
            robot="R",
            connector="C",
            nonce="n",
            log=log,
            first=str(first),
            last=str(last),
            seal=seal(secret, "robot", theirs, "n"),
        )
        said = await self.hear()
        if said.get("t") == "welcome":
            assert said["seal"] == seal(SECRET, "gateway", "n", theirs)
            self.say(t="state", connected="yes", why="", last=str(last))
        return said


Call = Callable[[], Awaitable[Peer]]


@asynccontextmanager
async def opened(host: Host, **more: Any) -> AsyncIterator[tuple[OsEngineAdapter, Call]]:
    """An adapter, and how to call it as a robot does."""
    chosen = settings(**more)
    tls = chosen.certificates
    adapter = OsEngineAdapter(chosen, tls.context if tls is not None else None)
    adapter.start(host)
    peers: list[Peer] = []

    async def call() -> Peer:
        while True:
            try:
                made = Peer(*await asyncio.open_connection("127.0.0.1", chosen.port))
            except ConnectionRefusedError:
                await asyncio.sleep(0.01)
            else:
                peers.append(made)
                return made

    try:
        yield adapter, call
    finally:
        for peer in peers:
            peer.writer.transport.abort()
        await adapter.stop()


def test_one_with_another_secret_is_sent_away_with_an_alarm() -> None:
    async def script() -> None:
        host = Host()
        async with opened(host) as (_, call):
            assert await (await call()).greet("another secret!!") == {}
            await until(lambda: bool(host.alarms))
            assert host.alarms == ["a robot at 127.0.0.1 has another secret"]
            assert not host.is_up

    asyncio.run(script())


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        (b"x" * (LINE_MAX * 3), f"a line of more than {LINE_MAX} bytes"),
        (b"GET / HTTP/1.1\r\n\r\n", "no JSON object of texts: b'GET / HTTP/1.1"),
        (b'{"t":"hello","version":"2"}\n', "greets with 'hello 2', not with hello of version 1"),
        (b'{"t":"new"}\n', "greets with 'new ', not with hello of version 1"),
        (b'{"t":"hello","version":"1","nonce":"n","seal":"\xd1\x8f"}\n', "has another secret"),
        (b'{"t":"hello","version":"1","nonce":"\\ud800"}\n', "no JSON object of texts"),
        (b'{"t":"hel', "closed the connection"),
    ],
)
def test_one_that_greets_wrongly_is_let_go_with_one_line(sent: bytes, why: str) -> None:
    async def script() -> None:
        host = Host()
        with structlog.testing.capture_logs() as logs:
            async with opened(host) as (_, call):
                peer = await call()
                peer.writer.write(sent)
                if not sent.endswith(b"\n"):
                    await peer.writer.drain()
                    peer.writer.write_eof()
                while await peer.hear():
                    pass
                await until(lambda: bool(logs))
        [one] = logs
        assert one["event"] == "robot let go"
        assert str(one["why"]).startswith(why)
        assert not host.is_up

    asyncio.run(script())


def test_callers_who_say_nothing_are_let_go_and_no_more_than_a_few_may(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(robot, "GREETING_S", 0.3)

    async def script() -> None:
        host = Host()
        async with opened(host) as (_, call):
            callers = [await call() for _ in range(door.CALLERS_MAX)]
            for one in callers:
                assert (await one.hear())["t"] == "hello"
            assert await (await call()).hear() == {}
            for one in callers:
                assert await one.hear() == {}
            assert (await (await call()).greet())["t"] == "welcome"
            await until(lambda: host.is_up)

    asyncio.run(script())


def test_a_second_robot_is_sent_away_and_the_first_one_stays() -> None:
    async def script() -> None:
        host = Host()
        async with opened(host) as (adapter, call):
            first, second = await call(), await call()
            await first.greet()
            await until(lambda: host.is_up)
            assert await second.greet() == {"t": "bye", "why": "another robot is connected"}
            assert await second.hear() == {}
            order(adapter, "a")
            assert (await first.hear())["id"] == "a"
            assert host.is_up

    asyncio.run(script())


def test_one_that_does_not_read_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(robot, "UNREAD_MAX", 100_000)

    async def script() -> None:
        host = Host()
        async with opened(host, request_timeout_s=60) as (adapter, call):
            await (await call()).greet()
            await until(lambda: host.is_up)
            for number in range(1000):
                send(adapter, "D", _11=f"a{number}", _55="S" * 20_000, _54="1", _38="1", _40="1")
            await until(lambda: not host.is_up)
            assert "left 100000 bytes unread" in host.why
            assert host.doubted[0] == "a0"  # who knows what it has read

    asyncio.run(script())


def test_what_a_robot_did_not_read_does_not_leave_after_the_connection() -> None:
    async def script() -> None:
        host = Host()
        async with opened(host, request_timeout_s=60) as (adapter, call):
            peer = await call()
            await peer.greet()
            await until(lambda: host.is_up)
            peer.writer.transport.pause_reading()  # type: ignore[attr-defined] # it can
            assert adapter._robot is not None
            transport = adapter._robot._writer.transport
            for number in range(1_000_000):
                if transport.get_write_buffer_size():
                    break
                send(adapter, "D", _11=f"a{number}", _55="S" * 20_000, _54="1", _38="1", _40="1")
            await adapter.stop()
            assert transport.get_write_buffer_size() == 0

    asyncio.run(script())


@pytest.mark.parametrize("line", [b"<html></html>\n", b'{"t":"trade","seq":"x"}\n', b"\n"])
def test_a_robot_that_talks_nonsense_is_let_go(line: bytes) -> None:
    async def script() -> None:
        host = Host()
        async with opened(host) as (adapter, call):
            peer = await call()
            await peer.greet()
            await until(lambda: host.is_up)
            order(adapter, "a")
            assert (await peer.hear())["id"] == "a"
            peer.writer.write(line)
            await until(lambda: not host.is_up)
            assert host.doubted == ["a"]
            order(adapter, "b")
            assert host.told[-1][1]["58"] == "NOT_SENT: no robot is connected"

    asyncio.run(script())


def test_facts_are_told_once_in_their_order_and_asked_for_when_missing() -> None:
    async def script() -> None:
        host = Host()
        async with opened(host) as (_, call):
            peer = await call()
            await peer.greet()
            await until(lambda: host.is_up)
            trade = {"t": "trade", "id": "a", "order_id": "9", "qty": "1", "price": "2", "of": "5"}
            for seq in ("1", "1", "3", "4"):
                peer.say(**trade, seq=seq, trade=seq, done=seq)
            assert await peer.hear() == {"t": "since", "seq": "1"}
            for seq in ("2", "3", "4"):
                peer.say(**trade, seq=seq, trade=seq, done=seq)
            peer.say(t="state", connected="yes", why="", last="5")
            assert await peer.hear() == {"t": "since", "seq": "4"}
            assert [body["17"] for _, body in host.told] == ["9:1", "9:2", "9:3", "9:4"]
            assert host.cursor == "L:4"

    asyncio.run(script())


@pytest.mark.parametrize(
    ("log", "first", "last", "since", "alarm"),
    [
        ("L", 1, 9, 5, ""),
        ("L", 6, 9, 5, ""),
        ("L", 8, 9, 7, "facts 6 to 7 are not in its record any more"),
        ("L", 1, 3, 3, "its record ends at 3, 5 is known here"),
        ("M", 1, 3, 0, "keeps another record than before"),
    ],
)
def test_a_robot_goes_on_where_it_was_left(
    log: str, first: int, last: int, since: int, alarm: str
) -> None:
    async def script() -> None:
        host = Host()
        host.cursor = "L:5"
        async with opened(host) as (_, call):
            said = await (await call()).greet(log=log, first=first, last=last)
            assert said["since"] == str(since)
            assert host.cursor == f"{log}:{since}"
            assert [alarm in text for text in host.alarms] == ([True] if alarm else [])

    asyncio.run(script())


def test_the_first_robot_ever_tells_nothing_of_before() -> None:
    async def script() -> None:
        host = Host()
        async with opened(host) as (_, call):
            assert (await (await call()).greet(last=12))["since"] == "12"
            assert (host.cursor, host.alarms) == ("L:12", [])

    asyncio.run(script())


def test_what_is_not_answered_is_in_doubt_and_a_question_ends_the_connection() -> None:
    async def script() -> None:
        host = Host()
        async with opened(host) as (adapter, call):
            peer = await call()
            await peer.greet()
            await until(lambda: host.is_up)
            order(adapter, "a")
            await until(lambda: host.doubted == ["a"])
            assert host.is_up
            send(adapter, "H", _11="a")
            await until(lambda: not host.is_up)
            assert "left query unanswered" in host.why

    asyncio.run(script())


def test_what_was_not_taken_goes_again_and_what_concerns_it_behind_it() -> None:
    async def script() -> None:
        host = Host()
        async with opened(host) as (adapter, call):
            peer = await call()
            await peer.greet()
            await until(lambda: host.is_up)
            order(adapter, "a")
            assert (await peer.hear())["id"] == "a"
            peer.say(t="busy", id="a", wait_s="0.1")
            peer.say(t="quote", security="X")
            await asyncio.sleep(0.05)
            send(adapter, "F", _11="c", _41="a")
            order(adapter, "other")
            assert [(await peer.hear())["id"] for _ in range(2)] == ["other", "a"]
            peer.say(t="taken", seq="1", id="a")
            assert (await peer.hear())["id"] == "c"

    asyncio.run(script())


def test_an_order_that_was_not_taken_for_too_long_is_not_sent_any_more() -> None:
    async def script() -> None:
        host = Host()
        async with opened(host, order_age_max_s=0.3) as (adapter, call):
            peer = await call()
            await peer.greet()
            await until(lambda: host.is_up)
            order(adapter, "a")
            assert (await peer.hear())["id"] == "a"
            peer.say(t="busy", id="a", wait_s="0.2")
            assert (await peer.hear())["id"] == "a"
            send(adapter, "F", _11="c", _41="a")
            peer.say(t="busy", id="a", wait_s="0.2")
            assert (await peer.hear())["id"] == "c"
            peer.say(t="busy", id="c", wait_s="0.4")
            assert (await peer.hear())["id"] == "c"  # cancels wait for as long as it takes
            assert [body["58"] for _, body in host.told if "58" in body] == [
                "NOT_SENT: the robot is busy"
            ]
            assert host.doubted == []

    asyncio.run(script())


def test_an_order_that_waited_too_long_behind_another_request_is_not_sent() -> None:
    async def script() -> None:
        host = Host()
        async with opened(host, order_age_max_s=0.3) as (adapter, call):
            peer = await call()
            await peer.greet()
            await until(lambda: host.is_up)
            send(adapter, "F", _11="c", _41="a")
            assert (await peer.hear())["id"] == "c"
            peer.say(t="busy", id="c", wait_s="0.6")
            peer.say(t="quote", security="X")
            await asyncio.sleep(0.05)
            send(adapter, "G", _11="r", _41="a", _38="50", _44="271")
            assert (await peer.hear())["id"] == "c"
            peer.say(t="known", id="c")
            await until(lambda: bool(host.marks()))
            why = "NOT_SENT: it waited for more than 0.3 s"
            assert [(kind, body["11"], body["58"]) for kind, body in host.told] == [("9", "r", why)]

    asyncio.run(script())


def test_what_waits_for_its_turn_when_the_robot_goes_has_never_left() -> None:
    async def script() -> None:
        host = Host()
        async with opened(host, order_age_max_s=600) as (adapter, call):
            peer = await call()
            await peer.greet()
            await until(lambda: host.is_up)
            order(adapter, "a")
            assert (await peer.hear())["id"] == "a"
            peer.say(t="busy", id="a", wait_s="60")
            await asyncio.sleep(0.05)
            peer.writer.close()
            await until(lambda: not host.is_up)
            assert host.doubted == []
            assert [(kind, body["11"]) for kind, body in host.told] == [("8", "a")]

    asyncio.run(script())


def test_an_order_without_a_quantity_is_rejected_here() -> None:
    async def script() -> None:
        host = Host()
        async with opened(host) as (adapter, call):
            peer = await call()
            await peer.greet()
            await until(lambda: host.is_up)
            send(adapter, "D", _11="a", _55="SBER", _54="1", _152="1000", _40="1")
            assert host.told[0][1]["58"] == "NOT_SENT: it has no OrderQty(38)"

    asyncio.run(script())


def test_a_connector_that_is_away_is_told_and_the_robot_stays() -> None:
    async def script() -> None:
        host = Host()
        chosen = settings(secret="simulator-secret")
        adapter = OsEngineAdapter(chosen, None)
        adapter.start(host)
        terminal = Terminal(Settings(port=chosen.port))
        await terminal.start()
        try:
            await until(lambda: host.is_up)
            terminal.bridge.connector(connected=False, why="night")
            terminal.pump()
            await until(lambda: not host.is_up)
            assert "night" in host.why
            order(adapter, "a")
            await until(lambda: bool(host.told))
            assert host.told[0][1]["58"] == "the connector is not connected: night"
            terminal.bridge.connector(connected=True)
            terminal.pump()
            await until(lambda: host.is_up)
        finally:
            await terminal.stop()
            await adapter.stop()

    asyncio.run(script())


def test_prices_come_for_what_is_wanted() -> None:
    async def script() -> None:
        host = Host()
        async with opened(host) as (adapter, call):
            send(adapter, "V", _262="v", _55="SBER@TQBR")
            peer = await call()
            await peer.greet()
            assert await peer.hear() == {"t": "watch", "security": "SBER", "class": "TQBR"}
            named = {"t": "quote", "security": "SBER", "class": "TQBR"}
            peer.say(**named, bid="271.3", ask="271.35", last="271.3")
            await until(lambda: bool(host.told))
            [(kind, body)] = host.told
            assert (kind, body["55"], body["268"]) == ("W", "SBER@TQBR", "3")

    asyncio.run(script())


def test_tls_is_spoken_where_it_is_set(tmp_path: Path) -> None:
    async def script() -> None:
        authority = Authority(tmp_path)
        certificate, key = authority.issue("gateway")
        host = Host()
        tls = ListenerTls(certificate=certificate, key=key)
        port = free_port()
        async with opened(host, secret="simulator-secret", listen_tls=tls, port=port) as (_, call):
            with structlog.testing.capture_logs() as logs:
                plain = await call()
                plain.say(t="hello", version="1")
                assert await plain.hear() == {}
                await until(lambda: bool(logs))
            terminal = Terminal(Settings(port=port, ca=authority.file))
            await terminal.start()
            try:
                await until(lambda: host.is_up)
            finally:
                await terminal.stop()

    asyncio.run(script())


def test_a_port_that_is_taken_is_tried_again() -> None:
    async def script() -> None:
        host = Host()
        port = free_port()
        other = await asyncio.start_server(
            lambda _reader, writer: writer.close(), "127.0.0.1", port
        )
        async with opened(host, port=port) as (_, call):
            await until(lambda: "cannot listen" in host.why)
            other.close()
            await other.wait_closed()
            terminal = await call()
            async with asyncio.timeout(30):
                while (await terminal.hear()).get("t") != "hello":
                    terminal = await call()
                    await asyncio.sleep(0.05)

    asyncio.run(script())


def test_other_machines_need_tls() -> None:
    with pytest.raises(ValidationError, match="it needs a table listen_tls"):
        settings(host="0.0.0.0")
    with pytest.raises(ValidationError, match="secret"):
        settings(secret="short")
