"""What the journal's records make of sessions, halts, orders and executions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.audit.fold import IGNORED, Fold
from gateway.audit.message_rows import COLUMNS
from gateway.events import (
    EVENTS,
    Event,
    ExecutionAcknowledged,
    ExecutionBusted,
    LimitSet,
    LimitWithdrawn,
    LinkDefined,
    LinkStateChanged,
    NumbersChanged,
    NumberTaken,
    OrderExecuted,
    PermissionEnded,
    encode,
    order_no_of,
)
from store.reader import JournalReader
from store.record import (
    EVENT,
    IN,
    IN_ADVANCES,
    IN_STASHED,
    OUT,
    OUT_RESENT,
    Batch,
    Position,
    Record,
)
from store.tables import metadata
from store.writes import Changes, Row
from tests.fix import fix
from tests.gateway.audit.journals import Writer, busy_day, trade
from tests.gateway.audit.projecting import dump, fill

NO_JOURNAL = Path("there is none")
HEARTBEAT = fix("8=FIX.4.4|35=0|34=2|49=A|52=20261121-12:00:00|56=B")


class Records(Batch):
    """A batch of given records."""

    def __init__(self, *records: Record) -> None:
        super().__init__(Position(1, 64), 1, 5, bytes(32), bytes(32), len(records), b"")
        self._records = list(records)

    @property
    def records(self) -> list[Record]:
        return self._records


def event(what: Event, now: int = 5) -> Record:
    return Record(EVENT, 0, 0, 0, 0, now, order_no_of(what), encode(what))


def message(kind: int, seq: int, flags: int = 0, now: int = 6) -> Record:
    return Record(kind, flags, 1, 1, seq, now, 0, HEARTBEAT)


def folded(*records: Record) -> Changes:
    return Fold({}, {}, {}, lambda _numbers: {}, NO_JOURNAL).take([Records(*records)])


def session(*records: Record) -> Row:
    defined = event(LinkDefined(1, "ACME", "client", "FIX.4.4", "GATE", "ACME"))
    return folded(defined, *records).replaced["sessions"][1]


def test_a_session_is_as_it_was_defined() -> None:
    assert session() == {
        "link": 1,
        "name": "ACME",
        "role": "client",
        "begin_string": "FIX.4.4",
        "sender_comp_id": "GATE",
        "target_comp_id": "ACME",
        "state": "",
        "why": "",
        "epoch": 1,
        "next_in": 1,
        "next_out": 1,
        "updated_ns": 5,
    }


@pytest.mark.parametrize(
    ("record", "next_in", "next_out"),
    [
        (message(IN, 4, IN_ADVANCES), 5, 1),
        (message(IN, 4, IN_STASHED), 1, 1),
        (message(OUT, 4), 1, 5),
        (message(OUT, 4, OUT_RESENT), 1, 1),
        (event(NumberTaken(1, 1, 8)), 9, 1),
        (event(NumbersChanged(1, 2, 11, 12, "reset")), 11, 12),
    ],
)
def test_numbers_move_as_in_a_restart(record: Record, next_in: int, next_out: int) -> None:
    row = session(record)
    assert (row["next_in"], row["next_out"]) == (next_in, next_out)


def test_the_last_state_and_its_reason_stand() -> None:
    row = session(
        event(LinkStateChanged(1, "logged on", "a")), event(LinkStateChanged(1, "x", "b"))
    )
    assert (row["state"], row["why"]) == ("x", "b")


def test_messages_of_a_session_that_nobody_defined_are_kept() -> None:
    changes = folded(message(IN, 1))
    assert changes.messages[0][COLUMNS.index("session")] == "link-1"
    assert changes.replaced["sessions"][1]["name"] == "link-1"


def test_every_event_is_shown_somewhere() -> None:
    fold = Fold({}, {}, {}, lambda _numbers: {}, NO_JOURNAL)
    about_orders = {kind for kind in EVENTS if "order_no" in kind.__slots__}
    handled = set(fold._kinds) | about_orders
    assert handled == set(EVENTS)
    assert not about_orders & set(fold._kinds) - set(IGNORED)


def test_what_was_said_of_limits_is_a_row_each() -> None:
    changes = folded(
        event(LimitSet("firm", "max_quantity", "100", "50", "desk", "ann", 0, "results")),
        event(LimitWithdrawn("firm", "max_quantity", "50", "100", "bob", "calm")),
        event(PermissionEnded(3, 7, "used", "", "")),
    )
    told = [(row["order_no"], row["name"]) for row in changes.appended["order_events"]]
    assert told == [(0, "LimitSet"), (0, "LimitWithdrawn"), (7, "PermissionEnded")]
    said = json.loads(changes.appended["order_events"][0]["details"])
    assert (said["old"], said["value"], said["who"], said["why"]) == ("100", "50", "ann", "results")


def test_an_event_of_an_order_from_before_the_journal_is_kept_without_an_order() -> None:
    changes = folded(event(OrderExecuted(9, "E", "1", "2", "", "")))
    assert len(changes.appended["order_events"]) == 1
    assert changes.replaced["orders"] == {}
    assert changes.replaced["executions"] == {}


def test_a_bust_of_an_unknown_execution_changes_no_execution(tmp_path: Path) -> None:
    with Writer(tmp_path / "journal") as writer:
        trade(writer, "A")
        writer.event(ExecutionBusted(1, "E9", "never seen", ""))
        writer.commit()
    url = f"sqlite:///{tmp_path}/audit.db"
    fill(tmp_path, url)
    assert [row["status"] for row in dump(url)["executions"]] == ["booked", "booked"]


def test_every_row_names_its_columns_in_the_order_of_its_table(tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    with Writer(folder) as writer:
        busy_day(writer)
        writer.report("NOBODY", "F", "32=5|31=1")
        core, now = writer.bench.core, writer.now
        writer.perform(core.halt("firm", False, "ann", "a", now))
        writer.operator(who="ann", why="a", what="halt")
        writer.commit()
        reader = JournalReader(folder)
        changes = Fold({}, {}, {}, lambda _numbers: {}, folder).take(reader.poll())
        reader.close()
    replaced = {name: [*kept.values()] for name, kept in changes.replaced.items()}
    told = {**changes.appended, **replaced, "order_ids": changes.ids}
    assert all(told.values()), "a table of which nothing is seen"
    assert {row["status"] for row in told["executions"]} > {"booked", "parked"}
    for name, made in told.items():
        columns = metadata.tables[name].columns.keys()
        assert [row for row in made if list(row) != columns] == []


def test_orders_and_executions_are_what_the_gateway_holds(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/audit.db"
    with Writer(tmp_path / "journal") as writer:
        busy_day(writer)
        fill(tmp_path, url)
        held = {order.order_no: order for order in writer.bench.core.state.book}
    rows = dump(url)
    assert {row["order_no"] for row in rows["orders"]} == set(held)
    for row in rows["orders"]:
        order = held[row["order_no"]]
        assert row["ord_status"] == order.ord_status
        assert row["cum_qty"] == str(order.cum_qty)
        assert row["leaves_qty"] == str(order.leaves_qty)
        assert row["open"] == (not order.closed)
        booked = {
            one["exec_id"]: one["last_qty"]
            for one in rows["executions"]
            if one["order_no"] == order.order_no and one["status"] == "booked"
        }
        ledger = {k: str(e.last_qty) for k, e in (order.executions or {}).items() if e.last_qty}
        assert booked == ledger


def test_an_execution_has_the_trade_date_that_its_broker_says(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/audit.db"
    with Writer(tmp_path / "journal") as writer:
        sent = writer.enter("X")[0]["11"]
        writer.report(sent, "F", "32=10|31=100|38=100|14=10|75=20261120")
        writer.commit()
        fill(tmp_path, url)
        writer.report(sent, "F", "32=20|31=100|38=100|14=30")
        writer.report(sent, "G", f"19=E{writer.executions}|32=21|31=100|38=100|14=31|75=20261119")
        writer.commit()
        fill(tmp_path, url)
    told = [(row["last_qty"], row["trade_date"]) for row in dump(url)["executions"]]
    assert told == [("10", "20261120"), ("20", ""), ("21", "20261119")]


def test_a_parked_execution_has_its_key_until_it_is_dealt_with_and_beyond(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/audit.db"
    with Writer(tmp_path / "journal") as writer:
        writer.enter("X")
        for quantity in ("5", "6", "7", "8", "9"):
            writer.report("NOBODY", "F", f"32={quantity}|31=1")
        writer.commit()
        fill(tmp_path, url)
        core, now = writer.bench.core, writer.now
        keys = [key for key, _, _ in core.state.parked.items()]
        writer.event(ExecutionAcknowledged(keys[0], "ann", "as earlier versions say it"))
        writer.perform(core.book(keys[1], "", "ann", "the broker took it back", now))
        writer.perform(core.book(keys[2], "ERR", "ann", "nobody's", now))
        writer.perform(core.adopt(keys[3], writer.bench.found("X"), "ann", "it is its", now))
        writer.commit()
        fill(tmp_path, url)
    tables = dump(url)
    told = [(r["last_qty"], r["status"], r["parked_key"]) for r in tables["executions"]]
    statuses = ["acknowledged", "acknowledged", "suspense", "adopted", "parked"]
    assert told[:5] == list(zip("56789", statuses, keys, strict=True))
    assert told[5:] == [("8", "booked", "")]
    suspense = tables["executions"][2]
    assert (suspense["account"], suspense["text"]) == ("ERR", "booked by ann: nobody's")
    names = [row["name"] for row in tables["order_events"]]
    assert names.count("OrphanBooked") == 2
    assert names[-2:] == ["OrphanAdopted", "OrderExecuted"]


def test_halts_show_who_began_and_who_lifted_them(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/audit.db"
    with Writer(tmp_path / "journal") as writer:
        core = writer.bench.core
        writer.perform(core.halt("firm", False, "ann", "a", writer.now))
        writer.perform(core.halt("firm", False, "bob", "again", writer.now))
        writer.perform(core.halt("symbol:IBM", False, "ann", "b", writer.now, "reduce-only"))
        writer.perform(core.halt("symbol:IBM", False, "bob", "c", writer.now, "cancel-only"))
        writer.commit()
        fill(tmp_path, url)
        writer.perform(core.resume("firm", "eve", "over", writer.now + 1))
        writer.commit()
        fill(tmp_path, url)
    shown = [
        (row["scope"], row["level"], row["halted_by"], row["resumed_by"], row["resumed_ns"])
        for row in dump(url)["halts"]
    ]
    assert shown == [
        ("firm", "halted", "ann", "eve", writer.now + 1),
        ("symbol:IBM", "reduce-only", "ann", "bob", writer.now),
        ("symbol:IBM", "cancel-only", "bob", "", None),
    ]


def test_every_id_leads_to_its_order(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/audit.db"
    with Writer(tmp_path / "journal") as writer:
        busy_day(writer, 1)
        fill(tmp_path, url)
    rows = dump(url)
    number = next(r["order_no"] for r in rows["orders"] if r["cl_ord_id"] == "R0u")
    ids = {(r["kind"], r["id"]) for r in rows["order_ids"] if r["order_no"] == number}
    assert {i for kind, i in ids if kind == "client"} == {"R0", "R0r", "R0s", "R0t", "R0u"}
    assert len([i for kind, i in ids if kind == "broker"]) == 4
