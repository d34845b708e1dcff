"""What operators see of a session, from a gateway whose links are real."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from time import time_ns

import pytest

from gateway.control.views import SessionView
from gateway.link import Link
from gateway.session_view import session_view
from sessions.opening import keep_to
from sessions.schedule import Schedule, Window
from tests.gateway.links import Gate, frame

DAY_NS = 86_400_000_000_000
HOUR_NS = DAY_NS // 24
NOW = time_ns()
MIDNIGHT = NOW - NOW % DAY_NS
LOGON = "35=A|98=0|108=30"
ORDER = "35=D|11={}|55=IBM|54=1|38={}|40=2|44=100|60=20261121-12:00:00"


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    made = Gate(tmp_path / "journal")
    yield made
    made.journal.close()


def seen(link: Link, now: int = NOW) -> SessionView:
    return session_view(link, [], now)


def test_messages_refusals_and_rejects_of_a_client(gate: Gate) -> None:
    gate.connect(gate.client)
    gate.say(gate.client, 1, LOGON)
    gate.say(gate.client, 2, ORDER.format("A1", "100"))
    gate.say(gate.client, 3, ORDER.format("A2", "0"))
    gate.say(gate.client, 4, "35=F|11=C1|41=nothing|55=IBM|54=1|38=1|60=20261121-12:00:00")
    view = seen(gate.client)
    assert view.received == {"A": 1, "D": 2, "F": 1}
    assert view.sent == {"8": 1, "9": 1, "A": 1}
    assert view.refused == {"QUANTITY_INVALID": 1, "UNKNOWN_ORDER": 1}
    assert view.rejects_sent == {"9 102=1": 1}
    assert view.last_received_ns >= NOW
    assert view.last_sent_ns >= NOW


def test_what_a_broker_rejects_is_counted_for_both(gate: Gate) -> None:
    gate.connect(gate.client)
    gate.say(gate.client, 1, LOGON)
    gate.connect(gate.broker)
    gate.say(gate.broker, 1, LOGON)
    gate.bench.core.broker_up("SIM", time_ns())
    gate.say(gate.client, 2, ORDER.format("A1", "100"))
    sent = gate.bench.found("A1").broker_cl_ord_id
    report = "35=8|37=B1|11={}|17=E1|150=8|39=8|103=5|55=IBM|54=1|151=0|14=0|6=0|58=no"
    gate.say(gate.broker, 2, report.format(sent))
    assert seen(gate.client).refused == {"BROKER": 1}
    assert seen(gate.broker).refused == {"103=5": 1}


def test_bytes_that_wait(gate: Gate) -> None:
    wire = gate.connect(gate.client)
    gate.say(gate.client, 1, LOGON)
    wire.bytes_queued = 1234
    assert seen(gate.client).unsent_bytes == 1234
    gate.report()
    gate.loop.settle()
    wire.bytes_queued = 1 << 30  # the replay waits for the socket, and the next message for it
    gate.say(gate.client, 2, "35=2|7=1|16=0")
    gate.report()
    assert seen(gate.client).held_bytes > 0


def test_messages_for_who_is_not_there_are_kept(gate: Gate) -> None:
    gate.report()
    view = seen(gate.client)
    assert (view.kept, view.sent, view.unsent_bytes) == (1, {"B": 1}, 0)


def test_messages_behind_a_gap(gate: Gate) -> None:
    gate.connect(gate.client)
    gate.say(gate.client, 1, LOGON)
    gate.engine.received(gate.client, [frame("ACME", 5, ORDER.format("A5", "100"))])
    assert seen(gate.client).stash_messages == 1


def test_the_next_change_of_a_schedule(gate: Gate) -> None:
    every_day = [Window(day, 8 * 3600, 0, 12 * 3600) for day in range(7)]
    keep_to(gate.client.session, Schedule(UTC, every_day), 0, 0)
    begin, end = MIDNIGHT + 8 * HOUR_NS, MIDNIGHT + 12 * HOUR_NS
    closed, opened = seen(gate.client, begin - 1), seen(gate.client, begin)
    assert (closed.next_change, closed.next_change_ns) == ("opens", begin)
    assert (opened.next_change, opened.next_change_ns) == ("closes", end)


def test_without_a_schedule_or_without_windows_nothing_changes(gate: Gate) -> None:
    assert seen(gate.client).next_change == ""
    keep_to(gate.client.session, Schedule(UTC, []), 0, 0)
    view = seen(gate.client)
    assert (view.next_change, view.next_change_ns) == ("", 0)


def test_a_limit_is_counted_for_its_session(gate: Gate) -> None:
    gate.connect(gate.client)
    gate.say(gate.client, 1, LOGON)
    gate.engine.cut_off(gate.client, "resend_held_max_bytes", "too much waits")
    gate.loop.settle()
    assert seen(gate.client).limits_hit == {"resend_held_max_bytes": 1}
    assert seen(gate.broker).limits_hit == {}
    assert gate.engine.limits_hit == {"resend_held_max_bytes": 1}


def test_a_peer_that_does_not_read_is_counted_as_slow(gate: Gate) -> None:
    wire = gate.connect(gate.client)
    gate.say(gate.client, 1, LOGON)
    connection = gate.client.connection
    assert connection is not None
    gate.door._links[connection] = gate.client
    wire.exceeded = "write_max_bytes"
    gate.door.on_closed(connection, "the peer does not read")
    view = seen(gate.client)
    assert (view.limits_hit, view.disconnects) == ({"write_max_bytes": 1}, {"slow": 1})
