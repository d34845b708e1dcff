"""TradingSessionStatusRequest(g): what is told of the trading session, to whom, and when again."""

from __future__ import annotations

from datetime import UTC

import pytest

from gateway.decision import Decision
from gateway.snapshot import snapshot
from sessions.schedule import Schedule
from sessions.schedule_text import parse_windows
from tests.gateway.bench import ACME, BETA, NOON, SECOND, Bench, limits_off
from tests.gateway.test_versions import OLDEST, VERSIONS, checked

ASK = "35=g|335=T1|263={}"
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
SESSION_FIELDS = {"335": "T1", "336": "1"}


def statuses(sent: list[dict[str, str]]) -> list[tuple[int, str, str, str]]:
    """Of each h: to whom, TradSesReqID(335), TradSesStatus(340), UnsolicitedIndicator(325)."""
    return [(int(m["link"]), m["335"], m["340"], m["325"]) for m in sent if m["35"] == "h"]


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_since_4_2_is_answered_in_its_own_layout(version: str) -> None:
    bench = Bench(client_version=version)
    [answer] = bench.client(ASK.format("0"))
    if version in OLDEST:
        assert (answer["35"], answer["58"]) == ("3", "Unsupported Message Type")
        return
    assert answer == {"link": str(ACME), "35": "h", **SESSION_FIELDS, "325": "N", "340": "2"}
    [refused] = bench.client(ASK.format("1") + "|336=NIGHT")
    if version == "FIX.4.2":
        assert (refused["35"], refused["380"], refused["379"]) == ("j", "1", "T1")
    else:
        assert (refused["35"], refused["340"], refused["567"]) == ("h", "6", "1")
        assert refused["336"] == "NIGHT"
    for told in (answer, refused):
        fields = {**told, "336": "1"} if told["35"] == "h" else told
        body = "".join(f"{t}={v}|" for t, v in fields.items() if t not in ("link", "35"))
        checked(version, told["35"], body)
    assert not bench.core.state.subscriptions


@pytest.mark.parametrize(
    ("body", "reason", "text"),
    [
        ("263=0", "0", "FIELD_MISSING: tag=335"),
        ("335=T1", "0", "FIELD_INVALID: tag=263 value="),
        ("335=T1|263=3", "0", "FIELD_INVALID: tag=263 value=3"),
        (f"335={'T' * 65}|263=0", "0", "ID_TOO_LONG: field=TradSesReqID(335) length=65 limit=64"),
    ],
)
def test_a_bad_request_gets_its_reason(body: str, reason: str, text: str) -> None:
    bench = Bench()
    [answer] = bench.client(f"35=g|{body}")
    assert (answer["35"], answer["372"], answer["380"]) == ("j", "g", reason)
    assert answer["58"] == text
    assert not bench.core.state.subscriptions


def test_too_many_requests_are_refused() -> None:
    bench = Bench(limits_off(cancel_rate_per_s=1, cancel_burst=1))
    bench.client(ASK.format("0"))
    [answer] = bench.client(ASK.format("0"))
    assert answer["58"].startswith("REQUEST_RATE")


@pytest.mark.parametrize("scope", ["firm", "client:ACME"])
def test_subscribers_hear_of_halts_that_are_theirs_and_no_others(scope: str) -> None:
    bench = Bench()
    bench.client(ASK.format("0"), BETA)
    assert statuses(bench.client(ASK.format("1"))) == [(ACME, "T1", "2", "N")]

    def halt(of: str) -> list[tuple[int, str, str, str]]:
        return statuses(bench.took(bench.core.halt(of, False, "op", "why", bench.now)))

    def resume(of: str) -> list[tuple[int, str, str, str]]:
        return statuses(bench.took(bench.core.resume(of, "op", "why", bench.now)))

    assert halt(scope) == [(ACME, "T1", "1", "Y")]
    assert halt(scope) == []
    assert statuses(bench.client(ASK.format("0"))) == [(ACME, "T1", "1", "N")]
    other = "firm" if scope != "firm" else "client:ACME"
    assert halt(other) == []  # it is halted already
    assert resume(scope) == []  # and still is
    assert resume(other) == [(ACME, "T1", "2", "Y")]
    for elsewhere in ("client:BETA", "account:ACC", "symbol:IBM"):
        assert halt(elsewhere) == []
        assert resume(elsewhere) == []


def test_a_subscription_is_one_a_client_survives_a_restart_and_can_be_ended() -> None:
    bench = Bench()
    bench.client(ASK.format("1"))
    bench.client("35=g|335=T2|263=1")
    bench.client("35=g|335=T3|263=0")
    assert bench.refolded().subscriptions == {ACME: "T2"}
    held = [payload for _, payload in snapshot(bench.core.state, NOON)]
    assert b"TradingStatusSubscribed\x011\x01T2" in held
    events = len(bench.events)
    assert statuses(bench.client("35=g|335=T2|263=1")) == [(ACME, "T2", "2", "N")]
    assert len(bench.events) == events
    assert bench.client("35=g|335=T2|263=2") == []
    assert bench.client("35=g|335=T2|263=2") == []
    assert bench.took(bench.core.halt("firm", False, "op", "why", NOON)) == []
    assert bench.refolded().subscriptions == {}


def test_a_client_that_is_gone_is_told_nothing() -> None:
    bench = Bench()
    bench.client(ASK.format("1"))
    del bench.setup.clients[ACME]
    assert bench.took(bench.core.halt("firm", False, "op", "why", NOON)) == []


@pytest.mark.parametrize(
    ("condition", "status"), [("DISK_RESERVE", "1"), ("GATEWAY_STOPPING", "3"), ("", "2")]
)
def test_what_refuses_orders_shows(condition: str, status: str) -> None:
    bench = Bench()
    bench.core.refuse_new = condition
    assert statuses(bench.client(ASK.format("0"))) == [(ACME, "T1", status, "N")]


def test_the_schedule_of_the_session_closes_and_tells_when() -> None:
    bench = Bench()
    client = bench.setup.clients[ACME]
    client.schedule = Schedule(UTC, parse_windows(("09:00-17:00",), DAYS))
    [answer] = bench.client(ASK.format("0"))
    assert (answer["340"], answer["344"]) == ("2", "20261121-17:00:00")
    bench.now += 6 * 3600 * SECOND
    [answer] = bench.client(ASK.format("0"))
    assert (answer["340"], answer["342"]) == ("3", "20261122-09:00:00")
    assert "344" not in answer
    decision: Decision = bench.core.halt("firm", False, "op", "why", bench.now)
    assert statuses(bench.took(decision)) == []
