"""What the engine does with effects: replays beside live messages, new epochs, old connections."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from time import time_ns
from typing import Any

import pytest

from gateway.committer import InlineCommitter
from gateway.engine import FORGOTTEN_AT_ONCE
from gateway.link import Link
from gateway.orders.order import Order
from gateway.orders.order_parts import Terms
from gateway.setup import Broker
from sessions.framing import Framer
from sessions.state import LOGGED_ON
from store.journal import SEGMENT_BYTES_MIN, Journal
from store.record import EVENT, Record
from tests.gateway.bench import ACME, SECOND, message
from tests.gateway.links import Gate, Wire, frame

DAY = 86_400 * SECOND
LOGON = "35=A|98=0|108=30"
RESEND_ALL = "35=2|7=1|16=0"


def client_on(gate: Gate, seq: int = 1) -> Wire:
    wire = gate.connect(gate.client)
    gate.say(gate.client, seq, LOGON)
    return wire


def numbers(messages: list[dict[str, str]]) -> list[tuple[str, str, str]]:
    return [(m["34"], m["35"], m.get("43", "N")) for m in messages]


def test_a_message_held_behind_a_replay_is_not_sent_anew_after_the_next_replay(
    tmp_path: Path,
) -> None:
    gate = Gate(tmp_path, client={"resend_rate_per_s": 0})
    wire = client_on(gate)
    gate.report()
    gate.loop.settle()
    wire.got()
    gate.say(gate.client, 2, RESEND_ALL, settle=False)
    gate.report()
    gate.say(gate.client, 3, RESEND_ALL)
    assert numbers(wire.got()) == [
        *(("1", "4", "Y"), ("2", "B", "Y")),
        ("3", "B", "N"),
        *(("1", "4", "Y"), ("2", "B", "Y"), ("3", "B", "Y")),
    ]


def test_a_replay_that_a_lost_connection_left_does_not_touch_the_next_one(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    wire = client_on(gate)
    gate.report()
    gate.loop.settle()
    wire.bytes_queued = 1 << 30
    gate.say(gate.client, 2, RESEND_ALL)  # the socket is full: the page waits for a timer
    left = gate.resends()
    assert left
    gate.lose(gate.client)
    missed = gate.report()
    wire = client_on_unsettled(gate)
    gate.say(gate.client, 4, f"35=2|7={missed}|16=0", settle=False)
    for action, args in left:
        action(*args)  # before the batch with the missed report is durable
    gate.loop.settle()
    assert (str(missed), "B", "Y") in numbers(wire.got())


def client_on_unsettled(gate: Gate) -> Wire:
    """Logged on, and nothing of it committed yet."""
    wire = Wire()
    connection: Any = wire
    gate.client.attach(connection, Framer())
    gate.engine.perform(gate.client, gate.client.session.connected(time_ns()), time_ns())
    gate.say(gate.client, 3, LOGON, settle=False)
    return wire


def test_too_much_behind_a_replay_ends_the_connection_and_loses_nothing(tmp_path: Path) -> None:
    gate = Gate(tmp_path, client={"resend_held_max_bytes": 65_536})
    wire = client_on(gate)
    wire.got()
    wire.bytes_queued = 1 << 30
    gate.say(gate.client, 2, RESEND_ALL)
    last = 0
    while not wire.closed:
        last = gate.report("x" * 1000)
        gate.loop.settle()
    [logout] = wire.got()
    why = "too much waits behind the messages that are being sent again"
    assert (logout["35"], logout["58"]) == ("5", why)
    assert gate.engine.limits_hit == {"resend_held_max_bytes": 1}
    assert int(logout["34"]) == last + 1
    gate.lose(gate.client)
    wire = client_on(gate, 3)
    gate.say(gate.client, 4, RESEND_ALL)
    assert ("2", "B", "Y") in (got := numbers(wire.got()))
    assert (str(last), "B", "Y") in got


def test_a_replay_keeps_its_pace_and_a_second_one_does_not_get_around_it(
    tmp_path: Path,
) -> None:
    gate = Gate(tmp_path, client={"resend_rate_per_s": 20})  # pages of two
    wire = client_on(gate)
    for _ in range(4):
        gate.report()
    gate.loop.settle()
    wire.got()
    gate.loop.set_to = 100.0
    gate.say(gate.client, 2, "35=2|7=2|16=5")
    assert numbers(wire.got()) == [("2", "B", "Y"), ("3", "B", "Y")]
    assert gate.client.resend_s == 100.0 + 2 / 20
    [(action, args)] = gate.resends()
    gate.loop.set_to += 2 / 20
    action(*args)
    gate.loop.settle()
    assert numbers(wire.got()) == [("4", "B", "Y"), ("5", "B", "Y")]
    gate.say(gate.client, 3, "35=2|7=4|16=5")
    assert wire.got() == []
    assert len(gate.resends()) == 1
    assert gate.engine.limits_hit == {"resend_rate_per_s": 2}


def test_a_limit_that_a_session_reaches_is_counted_and_told(tmp_path: Path) -> None:
    gate = Gate(tmp_path, client={"resend_max_messages": 1})
    wire = client_on(gate)
    gate.report()
    gate.say(gate.client, 2, RESEND_ALL)
    assert wire.closed
    assert gate.engine.limits_hit == {"resend_max_messages": 1}
    [(_, code, text)] = gate.engine.alarms.newest
    assert code == "PEER_CUT_OFF"
    assert text.startswith("ACME: logged out: 2 messages are too many")
    assert text.endswith("(resend_max_messages)")


def test_after_a_reset_an_order_of_this_connection_is_unknown_not_rejected(tmp_path: Path) -> None:
    gate = Gate(tmp_path, broker={"reset_on_logon": True})
    gate.broker.session.numbers.next_out = 50
    gate.connect(gate.broker)
    gate.say(gate.broker, 1, "35=A|98=0|108=30|141=Y")
    order = message("D", "11=X|55=IBM|54=1|38=100|40=2|44=100|60=20261121-12:00:00")
    gate.engine.perform_decision(gate.bench.core.message(1, order, "", time_ns() - 9 * SECOND))
    gate.loop.settle()
    gate.say(gate.broker, 2, "35=2|7=2|16=0")
    assert gate.bench.found("X").unknown
    assert not gate.bench.found("X").closed


def test_after_a_reset_in_mid_session_the_broker_is_asked_at_once(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    wire = gate.connect(gate.broker)
    gate.say(gate.broker, 1, "35=A|98=0|108=30")
    order = message("D", "11=X|55=IBM|54=1|38=100|40=2|44=100|60=20261121-12:00:00")
    gate.engine.perform_decision(gate.bench.core.message(1, order, "", time_ns()))
    gate.loop.settle()
    broker_id = wire.got()[-1]["11"]
    gate.say(gate.broker, 1, "35=A|98=0|108=30|141=Y")
    answer, asked = wire.got()
    assert (answer["35"], answer["34"]) == ("A", "1")
    assert (asked["35"], asked["34"], asked["11"]) == ("H", "2", broker_id)


def ordered(gate: Gate) -> tuple[Wire, str]:
    """Logged on at the broker, with an order there; its ClOrdID(11) there."""
    wire = gate.connect(gate.broker)
    gate.say(gate.broker, 1, LOGON)
    order = message("D", "11=X|55=IBM|54=1|38=100|40=2|44=100|60=20261121-12:00:00")
    gate.engine.perform_decision(gate.bench.core.message(1, order, "", time_ns()))
    gate.loop.settle()
    broker_id = wire.got()[-1]["11"]
    gate.say(gate.broker, 2, report(broker_id, "0", "39=0|14=0|151=100"))
    return wire, broker_id


def report(broker_id: str, exec_type: str, more: str) -> str:
    body = f"37=B|11={broker_id}|17=E{more[-2:]}|150={exec_type}|{more}|55=IBM|54=1|6=0"
    return f"35=8|{body}|"


def test_a_reset_over_messages_doubts_and_asks_and_loses_nothing_that_was_here(
    tmp_path: Path,
) -> None:
    gate = Gate(tmp_path)
    wire, broker_id = ordered(gate)
    trade = report(broker_id, "F", "39=1|32=30|31=100|14=30|151=70")
    gate.say(gate.broker, 5, trade)  # behind a gap
    assert wire.got()[-1]["35"] == "2"
    order = gate.bench.found()
    assert order.cum_qty == 0
    gate.say(gate.broker, 6, "35=4|36=9|")
    assert (order.cum_qty, order.unknown) == (30, True)
    [asked] = wire.got()
    assert (asked["35"], asked["11"]) == ("H", broker_id)
    names = [record.payload.split(b"\x01")[0] for record in events(gate)]
    names = [name for name in names if name not in (b"AlarmRaised", b"InstrumentTold")]
    assert names[-4:] == [b"NumberTaken", b"OrderExecuted", b"NumbersChanged", b"OrderUnknown"]
    gate.say(gate.broker, 9, report(broker_id, "I", "39=1|14=30|151=70"))
    assert not order.unknown


def events(gate: Gate) -> list[Record]:
    """The EVENT records of the journal."""
    records = [record for batch in gate.journal.batches() for record in batch.records]
    return [record for record in records if record.kind == EVENT]


def test_a_gap_fill_is_the_brokers_word_that_nothing_is_missing(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    wire, _ = ordered(gate)
    gate.say(gate.broker, 3, "35=4|123=Y|36=9|")
    assert not gate.bench.found().unknown
    assert wire.got() == []


@pytest.mark.parametrize("verb", ["reset", "next_in", "next_out"])
def test_numbers_moved_by_an_operator_doubt_and_the_next_logon_asks(
    tmp_path: Path, verb: str
) -> None:
    gate = Gate(tmp_path)
    ordered(gate)
    gate.lose(gate.broker)
    gate.bench.core.setup.brokers["SIM"].up = False
    session, now = gate.broker.session, time_ns()
    assert not gate.bench.found().unknown
    if verb == "reset":
        effects = session.reset(now)
    elif verb == "next_in":
        effects = session.set_numbers(9, None, now)
    else:
        effects = session.set_numbers(None, 9, now)
    gate.engine.perform(gate.broker, effects, now)
    assert gate.bench.found().unknown
    [asked] = gate.bench.took(gate.bench.core.broker_up("SIM", now))
    assert asked["35"] == "H"


@pytest.mark.parametrize("is_another", [False, True])
def test_numbers_of_a_broker_that_is_taken_out_doubt_nothing(
    tmp_path: Path, is_another: bool
) -> None:
    gate = Gate(tmp_path)
    ordered(gate)
    gate.lose(gate.broker)
    brokers: Any = gate.bench.setup.brokers
    held = brokers.pop("SIM")
    if is_another:
        brokers["SIM"] = Broker(
            name="SIM", link=99, dialect=held.dialect, resend_age_max_ns=held.resend_age_max_ns
        )
    now = time_ns()
    gate.engine.perform(gate.broker, gate.broker.session.reset(now), now)
    assert gate.broker.session.numbers.epoch == 2
    assert not gate.bench.found().unknown


def test_numbers_set_to_what_they_are_doubt_nothing(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    ordered(gate)
    gate.lose(gate.broker)
    numbers = gate.broker.session.numbers
    effects = gate.broker.session.set_numbers(numbers.next_in, numbers.next_out, time_ns())
    gate.engine.perform(gate.broker, effects, time_ns())
    assert not gate.bench.found().unknown


def test_after_a_reset_at_logon_the_broker_is_asked_with_the_logon_and_not_twice(
    tmp_path: Path,
) -> None:
    gate = Gate(tmp_path)
    broker = gate.bench.core.setup.brokers["SIM"]
    order = message("D", "11=X|55=IBM|54=1|38=100|40=2|44=100|60=20261121-12:00:00")
    gate.engine.perform_decision(gate.bench.core.message(1, order, "", time_ns()))
    broker.up = False

    def up(_link: Link, state: str) -> None:
        if state == LOGGED_ON and not broker.up:
            gate.engine.perform_decision(gate.bench.core.broker_up("SIM", time_ns()))

    gate.engine.on_state_change = up
    wire = gate.connect(gate.broker)
    gate.say(gate.broker, 1, "35=A|98=0|108=30|141=Y")
    assert gate.bench.found("X").unknown
    assert [sent["35"] for sent in wire.got()].count("H") == 1


def test_bytes_of_an_old_connection_are_not_read_as_those_of_the_new_one(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    old: Any = Wire()
    new: Any = Wire()
    gate.door.on_connected(old)
    gate.door.on_data(old, frame("ACME", 1, LOGON))
    gate.loop.settle()
    session = gate.client.session
    gate.engine.perform(gate.client, session.disable(time_ns()), time_ns())
    gate.engine.perform(gate.client, session.enable(time_ns()), time_ns())
    gate.door.on_connected(new)  # before the disk let the old connection be closed
    gate.door.on_data(new, frame("ACME", 2, LOGON))
    assert session.logged_on
    gate.door.on_data(old, frame("ACME", 3, "35=0"))
    gate.door.on_data(new, frame("ACME", 3, "35=0"))
    assert session.logged_on
    assert session.numbers.next_in == 4


def test_ids_of_refused_requests_are_forgotten_with_the_orders_of_their_days(
    tmp_path: Path,
) -> None:
    gate = Gate(tmp_path)
    bench = gate.bench
    cancel = "35=F|11={}|41=NONE|55=IBM|54=1|60=20261121-12:00:00"
    bench.client(cancel.format("OLD"))
    book = bench.core.state.book
    book.forget_closed_before(bench.now, 9)
    assert book.is_used(ACME, "OLD")
    book.forget_closed_before(bench.now + 1, 9)
    assert not book.is_used(ACME, "OLD")


def test_an_order_closed_within_the_days_kept_is_not_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(tmp_path)
    now = time_ns()
    begun = {1: now - 5 * DAY, 2: now - 3 * DAY, 3: now - DAY // 2, 4: now, 5: now}
    monkeypatch.setattr(Journal, "created_ns", lambda _journal, segment: begun[segment])
    roll(gate)
    gate.bench.now = now - DAY
    gate.bench.order("X")
    gate.bench.broker(f"35=8|11={gate.bench.found('X').broker_cl_ord_id}|17=E|150=8|39=8")
    roll(gate)
    roll(gate)
    state = gate.bench.core.state
    assert (state.history_from, state.book.is_used(ACME, "X")) == (2, True)
    gate.engine.history_ns = 0
    roll(gate)
    assert not state.book.is_used(ACME, "X")


def test_many_orders_of_days_past_are_forgotten_in_turns(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    state = gate.bench.core.state
    for _ in range(FORGOTTEN_AT_ONCE + 10):
        state.order_no += 1
        terms = Terms("2", "0", Decimal(1), "1", "", Decimal(1))
        number = state.order_no
        order = Order(number, f"A-{number}", ACME, f"C{number}", "ACC", "IBM", "1", terms, 1)
        state.book.add(order)
        state.book.close(order, 1)
    gate.engine.history_ns = 0
    roll(gate)
    assert len(state.book) == 10
    (forget, arguments), *others = gate.loop.later
    assert not others
    forget(*arguments)
    assert len(state.book) == 0


def roll(gate: Gate) -> None:
    """Fill the journal's segment, so that a snapshot opens the next."""
    gate.engine.operator(bytes(SEGMENT_BYTES_MIN * 2), time_ns())
    gate.loop.settle()


def test_what_a_replay_held_back_does_not_go_out_in_the_next_epoch(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    wire = client_on(gate)
    gate.report()
    gate.loop.settle()
    wire.got()
    gate.say(gate.client, 2, RESEND_ALL, settle=False)
    gate.report()
    gate.say(gate.client, 1, f"{LOGON}|141=Y")
    assert [(m["34"], m["35"]) for m in wire.got()] == [("1", "A")]
    assert gate.report() == 2
    gate.loop.settle()
    assert numbers(wire.got()) == [("2", "B", "N")]


def test_refused_requests_do_not_grow_the_snapshot_of_an_open_order(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    gate.bench.order("X")
    before = len(list(gate.engine.snapshot()))
    for _ in range(3):  # a ClOrdID(11) used before
        gate.bench.client("35=F|11=X|41=X|55=IBM|54=1|60=20261121-12:00:00")
    assert len(list(gate.engine.snapshot())) == before


def test_a_peer_is_not_read_while_the_disk_is_behind(tmp_path: Path) -> None:
    class Behind(InlineCommitter):
        is_behind = True

    gate = Gate(tmp_path)
    loop: Any = gate.loop
    gate.engine.committer = Behind(loop, gate.journal, gate.engine.snapshot, lambda _error: None)
    wire = gate.connect(gate.client)
    gate.say(gate.client, 1, LOGON, settle=False)
    assert wire.is_paused
    assert gate.engine.limits_hit == {"pending_max_mb": 1}
    gate.loop.settle()
    assert not wire.is_paused
    assert [m["35"] for m in wire.got()] == ["A"]
