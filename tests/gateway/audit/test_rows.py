"""Records as rows: every kind of message and event, and what hostile ones may hold."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit import rows
from gateway.audit.happenings import SENTENCES, sentence
from gateway.audit.message_rows import COLUMNS, TIMES_UNTIL_KNOWN, MessageRows
from gateway.events import (
    EVENTS,
    ClosingOrderSent,
    Event,
    ExecutionCommission,
    OrderEntered,
    OrderGivenVerbally,
    OrderRefused,
    PartEntered,
    PermissionEnded,
    encode,
    order_no_of,
)
from gateway.orders.machine import TRANSITIONS
from sessions.message import Message, parse
from store.record import IN, IN_GARBLED, IN_STASHED, OUT, OUT_KEPT, OUT_RESENT, Record
from store.tables import SEARCHED_LENGTH_MAX, messages
from tests.fix import fix

REPORT = fix(
    "8=FIX.4.4|35=8|34=7|49=SIM|52=20261121-12:00:00|56=GATE|1=ACC|6=1.5|11=C|14=10|17=E|31=1.50"
    "|32=10|37=O|38=20|39=1|40=2|41=CC|43=Y|44=1.60|54=1|55=IBM|58=hello|150=F|151=10"
)


OFTEN = TIMES_UNTIL_KNOWN + 1


def record(kind: int, payload: bytes, flags: int = 0, correlation: int = 0) -> Record:
    return Record(kind, flags, 3, 2, 7, 1_000, correlation, payload)


def message_row(key: int, given: Record, session: str, batch_ns: int) -> dict[str, Any]:
    """A row by its columns, the same whether its layout is known or not."""
    made = MessageRows()
    first, *others = (made.row(key, given, session, batch_ns) for _ in range(OFTEN))
    assert set(others) == {first}
    return dict(zip(COLUMNS, first, strict=True))


def test_a_message_has_its_main_fields_in_columns_and_every_byte_in_raw() -> None:
    row = message_row(5, record(IN, REPORT, correlation=42), "SIM", 2_000)
    assert row == {
        "record_id": 5,
        "time_ns": 1_000,
        "link": 3,
        "session": "SIM",
        "direction": "in",
        "epoch": 2,
        "msg_seq_num": 7,
        "msg_type": "8",
        "order_no": 42,
        "kept": False,
        "resent": False,
        "poss_dup": True,
        "garbled": False,
        "stashed": False,
        "batch_ns": 2_000,
        "cl_ord_id": "C",
        "orig_cl_ord_id": "CC",
        "order_id": "O",
        "exec_id": "E",
        "account": "ACC",
        "symbol": "IBM",
        "side": "1",
        "ord_type": "2",
        "order_qty": "20",
        "price": "1.60",
        "exec_type": "F",
        "ord_status": "1",
        "last_qty": "10",
        "last_px": "1.50",
        "cum_qty": "10",
        "text": "hello",
        "raw": REPORT,
    }


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
def test_an_events_values_are_written_as_json_writes_them(kind: type[Event]) -> None:
    odd = 'a"b\\c\x01\n\x7f\u00e9\u2400%s%d'
    values = {each.name: -5 if each.type is int else odd for each in fields(kind)}
    assert rows.details(kind(**values)) == json.dumps(values)


def test_a_message_row_has_exactly_the_columns_of_the_table() -> None:
    row = message_row(1, record(OUT, REPORT), "SIM", 2)
    assert set(row) == set(messages.columns.keys())


@pytest.mark.parametrize(
    ("kind", "flags", "true"),
    [
        (IN, 0, set()),
        (IN, IN_GARBLED, {"garbled"}),
        (IN, IN_STASHED, {"stashed"}),
        (OUT, 0, set()),
        (OUT, OUT_RESENT, {"resent"}),
        (OUT, OUT_KEPT, {"kept"}),
        (IN, OUT_KEPT, set()),
    ],
)
def test_flags_mean_what_the_direction_says(kind: int, flags: int, true: set[str]) -> None:
    row = message_row(1, record(kind, REPORT, flags), "SIM", 2)
    assert {name for name in ("garbled", "stashed", "kept", "resent") if row[name]} == true


@given(st.binary(max_size=200))
def test_any_bytes_make_a_row_that_a_database_can_hold(raw: bytes) -> None:
    row = message_row(1, record(IN, raw, IN_GARBLED), "X", 2)
    assert row["raw"] == raw
    assert not any("\x00" in value for value in row.values() if isinstance(value, str))


def test_long_ids_are_cut_where_they_are_searched_for() -> None:
    raw = fix(f"8=FIX.4.4|35=D|34=7|11={'x' * 900}|55={'y' * 900}|58={'z' * 900}")
    row = message_row(1, record(IN, raw), "X", 2)
    assert row["cl_ord_id"] == "x" * SEARCHED_LENGTH_MAX
    assert row["symbol"] == "y" * SEARCHED_LENGTH_MAX
    assert row["text"] == "z" * 900


def test_keys_grow_with_the_journal_and_lead_back() -> None:
    keys = [rows.record_id(1, 0), rows.record_id(1, 1), rows.record_id(2, 0)]
    assert keys == sorted(set(keys))
    assert [rows.place_of(key) for key in keys] == [(1, 0), (1, 1), (2, 0)]


def sample(kind: type[Event]) -> Any:
    """An event with a value in every field."""
    values = [
        number if field.type is int else f"v{number}" for number, field in enumerate(fields(kind))
    ]
    return kind(*values)


@pytest.mark.parametrize("kind", EVENTS)
def test_every_event_comes_back_from_its_row(kind: type[Event]) -> None:
    event = sample(kind)
    row = rows.event_row(1, 2, event, order_no=order_no_of(event))
    assert rows.event_of(row["name"], row["details"]) == event
    assert rows.read_event(encode(event)) == event


def test_a_nul_in_an_event_is_shown() -> None:
    event = sample(OrderEntered)
    event.cl_ord_id = "a\x00b"
    assert rows.read_event(encode(event)).cl_ord_id == "a␀b"  # type: ignore[attr-defined]  # Event is the base


OTHERS = (
    OrderEntered,
    OrderGivenVerbally,
    OrderRefused,
    PartEntered,
    PartEntered,
    ExecutionCommission,
    PermissionEnded,
    ClosingOrderSent,
)


@pytest.mark.parametrize("kind", EVENTS)
def test_every_event_of_an_order_has_a_sentence(kind: type[Event]) -> None:
    entered = kind in TRANSITIONS or kind in OTHERS
    assert (kind.__name__ in SENTENCES) == entered
    if entered:
        event = sample(kind)
        values = {field.name: getattr(event, field.name) for field in fields(kind)}
        full = sentence(kind.__name__, values)
        bare = sentence(kind.__name__, dict.fromkeys(values, ""))
        assert "{" not in full + bare
        assert len(bare) <= len(full)


def test_a_business_date_is_told_as_people_write_it() -> None:
    told = sentence("OrderRenewed", {"order_no": 1, "date": 20261123, "report_no": 2})
    assert told == "goes on under business date 2026-11-23"


@pytest.mark.parametrize(
    ("payload", "who", "what"),
    [
        (b'{"who": "ann", "why": "x", "what": "halt", "scope": "firm"}', "ann", "halt"),
        (b'{"who": "a\\u0000b", "what": "halt"}', "a␀b", "halt"),
        (b"\xff not JSON", "", "unreadable"),
        (b"[1]", "", "unreadable"),
    ],
)
def test_what_operators_did_is_kept_whole(payload: bytes, who: str, what: str) -> None:
    row = rows.operator_row(1, 2, payload)
    assert (row["who"], row["what"]) == (who, what)
    assert "\x00" not in row["details"]
    assert json.loads(row["details"])


@given(
    st.lists(st.sampled_from((b"35=8", b"11=C", b"55", b"=", b"\x01", b"17=E", b"x")), max_size=9)
)
def test_whatever_came_before_a_row_tells_what_a_parser_reads(pieces: list[bytes]) -> None:
    made = MessageRows()
    known = (b"8=F\x0135=8\x0111=C\x01", b"35=8\x0155=I\x0117=E\x01") * OFTEN
    for frame in (*known, b"".join(pieces), b"8=x=\x01" + b"\x01".join(pieces) + b"\x01"):
        row = dict(zip(COLUMNS, made.row(1, record(IN, frame), "X", 2), strict=True))
        found = parse(frame)
        fields = found.fields if isinstance(found, Message) else {}
        told = [fields.get(tag) for tag in ("11", "17", "55")]
        assert [row["cl_ord_id"], row["exec_id"], row["symbol"]] == told
        assert row["msg_type"] == fields.get("35", "")


def test_many_layouts_of_one_kind_make_the_rows_that_each_makes_alone() -> None:
    """More than are tried, of the same type and number of fields."""
    made = MessageRows()
    frames = [b"8=F\x0135=8\x0111=C\x01%d=x\x01" % tag for tag in range(9_000, 9_020)]
    for _ in range(OFTEN):
        for frame in frames:
            row = made.row(1, record(IN, frame), "X", 2)
            assert row == MessageRows().row(1, record(IN, frame), "X", 2)
