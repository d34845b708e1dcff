"""Alerts by HTTP to a real server: signed, tried again, given up, never waited for."""

from __future__ import annotations

import hashlib
import hmac

import pytest
import structlog

from gateway.alerts.alert import Sink, UndeliveredError
from gateway.alerts.courier import Courier, Remote
from gateway.alerts.webhook import SIGNATURE, Webhook, signed
from gateway.config.alerts import WebhookSink
from tests.gateway.alerts.receivers import HANG_S, SECRET, alert, web_server, webhook

NOWHERE = "http://127.0.0.1:1/alarms"  # where nobody listens
HERE = webhook(NOWHERE)


def make(config: Remote) -> Sink:
    assert isinstance(config, WebhookSink)
    return Webhook(config, "A")


def ended(courier: Courier) -> None:
    courier.end()
    courier.join(HANG_S)


def test_the_signature_is_that_of_time_and_body() -> None:
    expected = hmac.new(b"key", b"12.{}", hashlib.sha256).hexdigest()
    assert signed("key", b"{}", 12)[SIGNATURE] == f"sha256={expected}"


def test_what_is_sent_says_what_when_and_how_often() -> None:
    with web_server() as server:
        courier = Courier(webhook(server.url), make)
        courier.start()
        courier.put(alert("a text\n", count=3))
        server.wait(1)
        ended(courier)
    assert server.bodies == [
        {
            "from": "fixgate",
            "node": "A",
            "alerts": [
                {
                    "id": "L-1-1795262401500000000",
                    "key": "L-1",
                    "code": "ORDERS",
                    "text": "a text\n",
                    "count": 3,
                    "first": "2026-11-21T12:00:00.000Z",
                    "last": "2026-11-21T12:00:01.500Z",
                }
            ],
        }
    ]
    counts = courier.counts
    assert (counts.sent, counts.failed, counts.dropped, courier.waiting) == (1, 0, 0, 0)


def test_it_is_tried_again_after_a_failure_of_the_server() -> None:
    with web_server() as server:
        server.statuses = [500, 429]
        courier = Courier(webhook(server.url), make)
        courier.start()
        courier.put(alert("again"))
        server.wait(3)
        ended(courier)
    assert server.texts == ["again"] * 3
    assert (courier.counts.sent, courier.counts.problem) == (1, "")


@pytest.mark.parametrize(("status", "attempts"), [(503, 3), (404, 1), (302, 1)])
def test_it_is_given_up_at_the_bound_or_when_it_is_no_use(status: int, attempts: int) -> None:
    with web_server() as server, structlog.testing.capture_logs() as logs:
        server.statuses = [status] * 10
        courier = Courier(webhook(server.url, attempts_max=3), make)
        courier.start()
        courier.put(alert("lost"))
        server.wait(attempts)
        while courier.waiting:
            courier.join(0.01)
        ended(courier)
    assert len(server.bodies) == attempts
    assert (courier.counts.sent, courier.counts.failed) == (0, 1)
    [line] = [line for line in logs if line["event"] == "alerts not delivered"]
    assert (line["sink"], line["problem"]) == ("ops", f"HTTP status {status}")
    assert line["first"] == ["L-1 ORDERS: lost"]


def test_beyond_the_queue_alerts_are_dropped_and_the_rest_goes_together() -> None:
    with web_server() as server:
        server.released.clear()
        courier = Courier(webhook(server.url, queue_max=3), make)
        courier.start()
        courier.put(alert("first"))
        server.wait(1)  # and it has no answer yet
        for number in range(5):
            courier.put(alert(str(number)))
        assert (courier.counts.dropped, courier.waiting) == (2, 4)
        server.released.set()
        server.wait(1)
        ended(courier)
    assert [len(body["alerts"]) for body in server.bodies] == [1, 3]
    assert (courier.counts.sent, courier.counts.dropped) == (4, 2)


def test_other_settings_hold_for_what_waits_already() -> None:
    with web_server() as server:
        courier = Courier(webhook(NOWHERE, retry_min_s=3600, retry_max_s=3600), make)
        courier.start()
        courier.put(alert("late"))
        while not courier.counts.problem:
            courier.join(0.01)
        courier.use(webhook(server.url))
        server.wait(1)
        ended(courier)
    assert server.texts == ["late"]
    assert courier.counts.sent == 1


def test_at_the_end_what_waits_for_another_attempt_is_told_to_be_lost() -> None:
    courier = Courier(webhook(NOWHERE, retry_min_s=3600, retry_max_s=3600), make)
    courier.start()
    courier.put(alert("late"))
    while not courier.counts.problem:
        courier.join(0.01)
    ended(courier)
    assert "refused" in courier.counts.problem
    assert (courier.counts.failed, courier.waiting) == (1, 0)


def test_a_server_that_hears_another_secret_refuses() -> None:
    with web_server() as server:
        courier = Courier(webhook(server.url, secret=SECRET.swapcase()), make)
        with pytest.raises(UndeliveredError, match="403") as caught:
            courier.try_once(alert("forged"))
        assert not caught.value.again
        assert Courier(webhook(server.url), make).try_once(alert("x")) == "HTTP status 200"


def test_a_server_that_does_not_answer_is_not_waited_for_longer_than_set() -> None:
    with web_server() as server:
        server.released.clear()
        courier = Courier(webhook(server.url, timeout_s=0.05), make)
        with pytest.raises(UndeliveredError, match=r"no answer within 0\.05 s") as caught:
            courier.try_once(alert("x"))
        assert caught.value.again


def test_a_fault_of_a_sink_is_counted_and_ends_nothing() -> None:
    class Broken(Webhook):
        def send(self, alerts: object) -> str:
            raise ZeroDivisionError("of a sink")

    courier = Courier(webhook(NOWHERE, attempts_max=1), lambda _config: Broken(HERE, "A"))
    courier.start()
    courier.put(alert("one"))
    while courier.waiting:
        courier.join(0.01)
    courier.put(alert("two"))
    ended(courier)
    assert courier.counts.problem == "ZeroDivisionError: of a sink"
    assert courier.counts.failed == 2
