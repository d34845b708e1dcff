"""When calls go, and what becomes of those that are late, refused or not answered, by a server of
our own and the mapping of Alpaca.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.utils import formatdate
from time import monotonic, time
from typing import Any

import pytest

from gateway.brokers.alpaca.mapping import AlpacaMapping
from gateway.brokers.api import http
from gateway.brokers.api.caller import Caller
from gateway.brokers.api.calls import Call
from gateway.brokers.api.http import HttpApi
from gateway.brokers.api.pace import Pace
from gateway.config.alpaca import AlpacaBroker
from tests.gateway.brokers.api.server import Exchange, Script, Server, serving
from tests.gateway.brokers.host import Host

pytestmark = pytest.mark.anyio
AGE_S = 0.3
NEW = {"11": "A1", "55": "AAPL", "54": "1", "38": "10", "40": "2", "44": "180", "59": "0"}
CANCEL = {"11": "C1", "41": "A1", "37": "O1"}
REPLACE = NEW | {"11": "R1", "41": "A1", "37": "O1", "38": "20"}
DEEP = b"[" * 200_000


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def order(name: str = "A1") -> bytes:
    said = {"id": "O1", "client_order_id": name, "status": "new", "symbol": "AAPL", "side": "buy"}
    return json.dumps(said | {"qty": "10", "filled_qty": "0"}).encode()


class Meeting:
    """A caller that calls a server."""

    def __init__(self, server: Server, pace: Pace | None = None, **more: Any) -> None:
        self.server = server
        self.host = Host()
        settings = AlpacaBroker(
            name="B", type="alpaca", key_id="K", secret="S", base_url=server.url, **more
        )
        self._mapping = AlpacaMapping()
        self.caller = Caller(
            HttpApi(settings, lambda _call: {}),
            self._mapping,
            pace or Pace(1000, 1.0, monotonic),
            lambda _answer: None,
            host=self.host,
            order_age_max_s=AGE_S,
        )

    def send(self, msg_type: str, fields: dict[str, str]) -> None:
        call = self._mapping.request(msg_type, fields)
        assert isinstance(call, Call)
        self.caller.submit(call)


@asynccontextmanager
async def meeting(script: Script, pace: Pace | None = None, **more: Any) -> AsyncIterator[Meeting]:
    async with serving(script) as server:
        met = Meeting(server, pace, **more)
        try:
            async with asyncio.timeout(30):
                yield met
        finally:
            await met.caller.stop()


def rejects(host: Host, name: str) -> list[str]:
    """Text(58) of what was not done of this request."""
    return [
        one["58"]
        for one in host.reports
        if one.get("11") == name and (one["35"] == "9" or one.get("150") == "8")
    ]


# --- what is too old is not sent ------------------------------------------------------------------


async def test_an_order_that_waited_too_long_for_the_rate_limit_is_not_sent() -> None:
    pace = Pace(1, 60.0, monotonic)
    async with meeting(lambda ask: ask.answer(order()), pace) as met:
        met.send("D", NEW)
        met.send("D", NEW | {"11": "A2"})
        await met.host.until(lambda: rejects(met.host, "A2"))
        assert rejects(met.host, "A2") == [f"NOT_SENT: it waited for more than {AGE_S:g} s"]
        assert len(met.server.lines) == 1


async def test_a_cancel_waits_for_as_long_as_it_takes() -> None:
    pace = Pace(1, 2 * AGE_S, monotonic)
    async with meeting(lambda ask: ask.answer(order()), pace) as met:
        met.send("D", NEW)
        met.send("F", CANCEL)
        await met.host.until(lambda: len(met.server.lines) == 2, 0.01)
        assert rejects(met.host, "C1") == []


async def test_a_replace_behind_an_order_that_is_answered_late_is_not_sent() -> None:
    async def script(ask: Exchange) -> None:
        if ask.line.startswith("POST"):
            await asyncio.sleep(2 * AGE_S)
        await ask.answer(order())

    async with meeting(script) as met:
        met.send("D", NEW)
        met.send("G", REPLACE)
        met.send("F", CANCEL)
        await met.host.until(lambda: len(met.server.lines) == 2, 0.01)
        assert rejects(met.host, "R1") == [f"NOT_SENT: it waited for more than {AGE_S:g} s"]
        assert [line.split()[0] for line in met.server.lines] == ["POST", "DELETE"]


async def test_an_order_that_waited_too_long_for_a_connection_is_not_sent() -> None:
    async def script(ask: Exchange) -> None:
        await asyncio.sleep(2 * AGE_S)
        await ask.answer(order())

    async with meeting(script, connections_max=1) as met:
        met.send("D", NEW)
        await met.host.until(lambda: met.server.lines, 0.01)
        met.send("D", NEW | {"11": "A2"})
        await met.host.until(lambda: rejects(met.host, "A2"))
        await met.host.until(lambda: met.host.told("A1"))
        assert len(met.server.lines) == 1
        assert met.host.doubts == []


async def test_an_order_that_left_in_time_may_be_answered_later() -> None:
    async def script(ask: Exchange) -> None:
        await asyncio.sleep(2 * AGE_S)
        await ask.answer(order())

    async with meeting(script) as met:
        met.send("D", NEW)
        await met.host.until(lambda: met.host.told("A1"))
        assert met.host.told("A1") == ["0"]


async def test_an_order_is_rejected_at_once_where_the_broker_takes_nothing_for_longer() -> None:
    async def script(ask: Exchange) -> None:
        await ask.answer(status=429, Retry_After="20")

    async with meeting(script) as met:
        met.send("D", NEW)
        await met.host.until(lambda: rejects(met.host, "A1"))
        assert rejects(met.host, "A1") == ["NOT_SENT: the broker is busy"]


# --- questions ------------------------------------------------------------------------------------


async def test_a_cancel_does_not_wait_behind_a_question_that_fails() -> None:
    async def script(ask: Exchange) -> None:
        is_question = ask.line.startswith("GET")
        await ask.answer(status=500 if is_question else 204)

    async with meeting(script) as met:
        met.send("H", {"11": "A1"})
        met.send("F", CANCEL)
        await met.host.until(lambda: met.host.told("C1"))
        assert met.host.told("C1") == ["6"]
        asked = sum(line.startswith("GET") for line in met.server.lines)
        await met.host.until(lambda: len(met.server.lines) > asked + 2, 0.01)  # it goes on asking


@pytest.mark.parametrize("kind", ["H", "AF", "AN"])
async def test_a_question_ends_with_its_connection(kind: str) -> None:
    async with meeting(lambda ask: ask.answer(status=500)) as met:
        met.send(kind, {"11": "A1"})
        await met.host.until(lambda: len(met.server.lines) == 2, 0.01)
        met.caller.connection_ended()
        met.send(kind, {"11": "A2"})
        seen = len(met.server.lines)
        await met.host.until(lambda: len(met.server.lines) == seen + 3, 0.01)
        if kind == "H":
            assert all("A2" in line for line in met.server.lines[seen + 1 :])
        assert len(met.caller._tasks) == 1


# --- answers that are none ------------------------------------------------------------------------


async def test_an_answer_without_an_end_is_in_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "ANSWER_MAX", 10_000)
    async with meeting(lambda ask: ask.answer(b" " * 20_000)) as met:
        met.send("D", NEW)
        await met.host.until(lambda: met.host.doubts)
        assert met.host.doubts == [("A1", "an answer of more than 10000 bytes")]


async def test_an_answer_that_trickles_is_in_doubt_after_its_time() -> None:
    async def script(ask: Exchange) -> None:
        await ask.write(b"HTTP/1.1 200 -\r\nContent-Length: 1000\r\n\r\n")
        while True:
            await asyncio.sleep(0.05)
            await ask.write(b" ")

    async with meeting(script, request_timeout_s=0.3) as met:
        begun = monotonic()
        met.send("D", NEW)
        await met.host.until(lambda: met.host.doubts)
        assert met.host.doubts == [("A1", "no whole answer within 0.3 s")]
        assert monotonic() - begun >= 0.3


async def test_an_answer_that_is_nested_too_deeply_is_in_doubt() -> None:
    async def script(ask: Exchange) -> None:
        await ask.answer(DEEP, X_Request_ID="7f3a")

    async with meeting(script) as met:
        met.send("D", NEW)
        await met.host.until(lambda: met.host.doubts)
        assert met.host.doubts == [("A1", "the answer is no JSON (request 7f3a)")]
        assert met.host.raws[0].startswith(b"200 POST /v2/orders 7f3a\r\n")


async def test_nothing_left_where_nobody_listens() -> None:
    async with serving(lambda ask: ask.answer()) as server:
        pass
    met = Meeting(server)
    met.send("D", NEW)
    await met.host.until(lambda: rejects(met.host, "A1"))
    await met.caller.stop()
    assert met.host.doubts == []


# --- clocks ---------------------------------------------------------------------------------------


async def test_a_clock_that_is_wrong_is_an_alarm_once_until_it_was_good() -> None:
    ahead_s = 10.0

    async def script(ask: Exchange) -> None:
        await ask.answer(order(), Date=formatdate(time() + ahead_s, usegmt=True))

    async def asked(met: Meeting, count: int) -> None:
        wanted = len(met.host.raws) + count
        for _ in range(count):
            met.send("D", NEW)
        await met.host.until(lambda: len(met.host.raws) == wanted)

    async with meeting(script) as met:
        await asked(met, 3)
        assert [code for code, _ in met.host.alarms] == ["CLOCK_SKEW"]
        assert "ahead of ours" in met.host.alarms[0][1]
        ahead_s = 0.0
        await asked(met, 1)
        ahead_s = -10.0
        await asked(met, 2)
        assert [code for code, _ in met.host.alarms] == ["CLOCK_SKEW"] * 2
        assert "behind ours" in met.host.alarms[1][1]
