"""Alarms go to the sinks that want them, once they are durable."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gateway.alerts.board import Alerts
from gateway.alerts.news_feed import LINES_MAX
from gateway.config.alerts import Alert as Config
from gateway.config.alerts import NewsSink
from gateway.events import AlarmAcknowledged
from tests.gateway.alerts.receivers import web_server, webhook
from tests.gateway.links import Gate


def news(**changes: Any) -> NewsSink:
    given = {"name": "desk", "type": "news", "sessions": ["ACME"], "gather_s": 0}
    return NewsSink.model_validate(given | changes)


def board(gate: Gate, *configs: Config) -> Alerts:
    alerts = Alerts(gate.engine, "A")
    gate.engine.on_alarm = alerts.raised
    alerts.renew(configs)
    return alerts


def due(gate: Gate) -> None:
    """Let timers of the loop come, and what follows."""
    gate.loop.settle()
    later, gate.loop.later = gate.loop.later, []
    for action, args in later:
        if action.__qualname__.startswith("NewsFeed"):
            action(*args)
    gate.loop.settle()


def told(gate: Gate) -> list[list[str]]:
    """The lines of each News(B) that the journal has."""
    gate.loop.settle()
    bodies = [r.payload.decode() for r in gate.journal.sent(gate.client.number, 1, 9999, 9999)]
    fields = [body.split("\x01") for body in bodies if "\x0135=B\x01" in body]
    return [[f.removeprefix("58=") for f in body if f.startswith("58=")] for body in fields]


def test_alerts_over_fix_are_a_few_lines_of_news(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    alerts = board(gate, news())
    for number in range(LINES_MAX + 1):
        gate.engine.alarm("ORDERS", f"number {number}")
    assert told(gate) == []
    due(gate)
    due(gate)
    assert [len(lines) for lines in told(gate)] == [LINES_MAX, 1]
    assert told(gate)[0][0].endswith(" ORDERS: number 0")
    [view] = alerts.views()
    assert (view.sent, view.waiting, view.problem) == (LINES_MAX + 1, 0, "")


def test_an_alarm_that_is_raised_again_is_told_once_until_it_is_acknowledged(
    tmp_path: Path,
) -> None:
    gate = Gate(tmp_path)
    board(gate, news())
    for _ in range(3):
        gate.engine.alarm("ORDERS", "the same")
        due(gate)
    [[line]] = told(gate)
    key = line.partition(" ")[0]
    gate.engine.event(AlarmAcknowledged(key, "me", "seen to"), gate.bench.now)
    gate.engine.alarm("ORDERS", "the same")
    due(gate)
    assert told(gate) == [[line], [line]]


def test_a_sink_is_sent_the_codes_that_it_names(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    board(gate, news(codes=["SOFT_LIMIT", "TOO_LONG"]))
    decision = gate.engine.core.decision(gate.bench.now)
    decision.alarm("SOFT_LIMIT: limit=max_credit scope=firm used_pct=91")
    decision.alarm("broker SIM: no code of its own")
    gate.engine.perform_decision(decision)
    gate.engine.alarm("TOO_LONG", "an order")
    due(gate)
    codes = [line.split()[1] for lines in told(gate) for line in lines]
    assert codes == ["SOFT_LIMIT:", "TOO_LONG:"]


def test_a_test_over_fix_says_who_gets_it(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    view = asyncio.run(board(gate, news()).test("desk", "me"))
    assert (view.delivered, view.type) == (True, "news")
    assert view.text == "sent to ACME; ACME not logged on, and may ask for it"
    [[line]] = told(gate)
    assert line.endswith(" TEST: a test of sink desk by me")


def test_what_nobody_can_be_told_is_counted(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    alerts = board(gate, news(sessions=["NOBODY"], queue_max=1))
    gate.engine.alarm("ORDERS", "one")
    gate.engine.alarm("ORDERS", "two")
    due(gate)
    [view] = alerts.views()
    assert (view.failed, view.dropped, view.problem) == (1, 1, "no session of NOBODY yet")


def test_a_webhook_gets_an_alarm_when_it_is_durable_and_faults_at_once(tmp_path: Path) -> None:
    async def script() -> None:
        gate = Gate(tmp_path)
        with web_server() as server:
            alerts = board(gate, webhook(server.url), webhook(server.url, name="two", codes="TEST"))
            alerts.start()
            gate.engine.alarm("ORDERS", "kept first")
            assert alerts.views()[0].waiting == 0
            gate.loop.settle()
            server.wait(1)
            view = await alerts.test("two", "me")
            assert (view.delivered, view.text) == (True, "HTTP status 200")
            alerts.failing("the journal cannot be written")
            await alerts.stop()
            with pytest.raises(KeyError):
                await alerts.test("three", "me")
        assert server.texts == [
            "kept first",
            "a test of sink two by me",
            "the journal cannot be written",
        ]

    asyncio.run(script())


def test_sinks_come_go_and_change_and_lose_nothing_by_it(tmp_path: Path) -> None:
    async def script() -> None:
        gate = Gate(tmp_path)
        nowhere = webhook("http://127.0.0.1:1/", retry_min_s=3600, retry_max_s=3600)
        with web_server() as server:
            alerts = board(gate, nowhere)
            alerts.start()
            gate.engine.alarm("ORDERS", "one")
            gate.loop.settle()
            while not alerts.views()[0].problem:
                await asyncio.sleep(0.01)
            alerts.renew([webhook(server.url), news()])
            server.wait(1)
            gate.engine.alarm("ORDERS", "two")
            due(gate)
            alerts.renew([webhook(server.url, name="other")])
            gate.engine.alarm("ORDERS", "three")
            due(gate)
            server.wait(2)
            assert [view.name for view in alerts.views()] == ["other"]
            await alerts.stop()
        assert sorted(server.texts) == ["one", "three", "two"]
        assert [line.partition(": ")[2] for [line] in told(gate)] == ["two"]

    asyncio.run(script())


def test_what_sinks_need_is_loaded_by_those_who_have_them() -> None:
    code = "import sys, gateway.alerts.board; print(sys.modules.keys() & {'httpx', 'smtplib'})"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "set()\n"
