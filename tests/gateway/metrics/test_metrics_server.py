"""Metrics of a desk over HTTP, and of a gateway that trades."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families as parsed

from gateway.control.views import SessionView
from gateway.listening import ListenError
from gateway.metrics.families import GATEWAY, SESSIONS
from gateway.metrics.readings import READINGS
from gateway.metrics.server import (
    CONNECTIONS_MAX,
    SESSIONS_AT_ONCE,
    MetricsServer,
    exposition,
)
from tests.gateway.control.memory_desk import NOW_NS, MemoryDesk, a_session
from tests.gateway.end_to_end import settings
from tests.gateway.end_to_end.harness import HANG_S, play, world

README = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")


ALL = (*GATEWAY, *READINGS, *SESSIONS)


async def text_of(desk: MemoryDesk) -> str:
    return "".join([piece async for piece in exposition(desk)])


def families(text: str) -> dict[str, Metric]:
    return {family.name: family for family in parsed(text)}


def value(text: str, name: str, **labels: str) -> float:
    """The one sample of this name that has these labels."""
    (found,) = [
        sample.value
        for family in parsed(text)
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    ]
    return found


def test_what_a_desk_shows_is_told() -> None:
    text = asyncio.run(text_of(MemoryDesk()))
    acme = {"session": "ACME", "role": "client"}
    assert value(text, "fixgate_orders_open") == 4
    assert value(text, "fixgate_ready") == 1
    assert value(text, "fixgate_limits_hit_total", limit="max_unidentified_connections") == 3
    assert value(text, "fixgate_alarms_total", code="GAP") == 2
    assert value(text, "fixgate_session_state", state="LOGGED_ON", **acme) == 1
    assert value(text, "fixgate_session_next_in", **acme) == 12
    assert value(text, "fixgate_session_messages_received_total", msg_type="D", **acme) == 10
    reject = {"msg_type": "3", "reason": "373=5"}
    assert value(text, "fixgate_session_rejects_sent_total", **reject, **acme) == 1
    assert value(text, "fixgate_session_refused_total", code="MAX_QUANTITY", **acme) == 2
    assert value(text, "fixgate_session_disconnects_total", cause="closed", **acme) == 3
    assert value(text, "fixgate_session_round_trip_seconds", **acme) == 0.00125
    assert value(text, "fixgate_session_unsent_bytes", **acme) == 17
    change = value(text, "fixgate_session_next_change_timestamp_seconds", change="closes", **acme)
    assert change == NOW_NS / 1e9
    assert value(text, "fixgate_alerts_failed_total", sink="ops") == 2
    assert value(text, "fixgate_broker_ack_seconds", broker="SIM", quantile="0.99") == 0.009
    assert value(text, "fixgate_broker_ack_waiting_seconds", broker="SIM") == 2
    assert value(text, "fixgate_limit_used_ratio", limit="max_credit", scope="firm") == 0.9
    assert value(text, "fixgate_rejection_ratio", session="ACME") == 0.25
    assert value(text, "fixgate_result_today") == -12.5
    assert value(text, "process_resident_memory_bytes") > 1_000_000
    assert value(text, "process_cpu_seconds_total") > 0


def test_families_of_many_sessions_are_whole_and_come_in_pieces() -> None:
    class Crowded(MemoryDesk):
        async def sessions(self) -> list[SessionView]:
            return [a_session(f"S{number}") for number in range(3 * SESSIONS_AT_ONCE)]

    async def pieces() -> list[str]:
        return [piece async for piece in exposition(Crowded())]

    found = asyncio.run(pieces())
    assert len(found) > 3 * len(SESSIONS)
    text = "".join(found)
    assert text.count("# TYPE fixgate_session_next_in ") == 1
    assert len(families(text)["fixgate_session_next_in"].samples) == 3 * SESSIONS_AT_ONCE


def test_every_metric_is_in_the_readme_and_no_other() -> None:
    named = [family.name for family, _ in ALL]
    assert len(set(named)) == len(named)
    said = re.findall(r"`((?:fixgate|process)_[a-z_]+)(?:\{[a-z_, ]+\})?`", README)
    assert sorted(said) == sorted(named)


def test_counters_and_only_counters_end_with_total() -> None:
    named = [(family.name.endswith("_total"), family.kind) for family, _ in ALL]
    assert {is_total for is_total, kind in named if kind == "counter"} == {True}
    assert {is_total for is_total, kind in named if kind == "gauge"} == {False}


async def ask(port: int, path: str, method: str = "GET") -> httpx.Response:
    async with httpx.AsyncClient() as client:
        return await client.request(method, f"http://127.0.0.1:{port}{path}")


def test_it_answers_one_path_and_nothing_else() -> None:
    async def script() -> None:
        server = MetricsServer(MemoryDesk(), "127.0.0.1", 0)
        port = await server.start()
        try:
            found = await ask(port, "/metrics")
            assert found.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
            assert "fixgate_info" in families(found.text)
            assert (await ask(port, "/")).status_code == 404
            assert (await ask(port, "/metrics", "POST")).status_code == 405
            assert (await ask(port, "/metrics", "HEAD")).text == ""
        finally:
            await server.stop()

    asyncio.run(script())


def test_those_who_only_sit_there_give_way() -> None:
    async def script() -> None:
        server = MetricsServer(MemoryDesk(), "127.0.0.1", 0)
        port = await server.start()
        try:
            idle = [
                await asyncio.open_connection("127.0.0.1", port) for _ in range(2 * CONNECTIONS_MAX)
            ]
            for reader, _ in idle[:CONNECTIONS_MAX]:
                with suppress(ConnectionResetError):
                    assert await reader.read() == b""
            assert (await ask(port, "/metrics")).status_code == 200
            assert not any(reader.at_eof() for reader, _ in idle[CONNECTIONS_MAX + 1 :])
            for _, writer in idle:
                writer.close()
        finally:
            await server.stop()

    asyncio.run(script())


def test_a_port_that_is_taken_is_told_with_the_section() -> None:
    async def script() -> None:
        first = MetricsServer(MemoryDesk(), "127.0.0.1", 0)
        port = await first.start()
        with pytest.raises(ListenError, match=rf"127.0.0.1:{port}.*set another in \[metrics\]"):
            await MetricsServer(MemoryDesk(), "127.0.0.1", port).start()
        await first.stop()

    asyncio.run(script())


def test_a_gateway_that_trades_tells_so() -> None:
    port = settings.free_port()

    async def script() -> None:
        async with world(metrics={"port": port}) as w:
            client = await w.client()
            filled = client.new_order(
                symbol="IBM", side="1", quantity=Decimal(100), price=Decimal("231.40")
            )
            assert await client.until(lambda: filled.status == "2", HANG_S)
            text = (await ask(port, "/metrics")).text
            assert value(text, "fixgate_sessions_logged_on") == 2
            received = "fixgate_session_messages_received_total"
            assert value(text, received, session="ACME", msg_type="D") == 1
            assert value(text, received, session="SIM", msg_type="8") >= 2
            assert value(text, "fixgate_session_messages_sent_total", session="SIM", msg_type="D")
            await w.stop()

    play(script)


def test_without_a_port_nobody_listens() -> None:
    from gateway.config.process import MetricsSettings

    assert MetricsSettings().port == 0
    assert MetricsSettings().host == "127.0.0.1"
