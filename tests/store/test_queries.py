"""What can be searched for, on a day of real messages."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from store.database import Database
from store.queries import (
    FILTERS,
    Found,
    Wanted,
    count_messages,
    count_rows,
    find_orders,
    ids_of,
    newest_messages,
    stream,
)
from tests.gateway.audit.journals import Writer, busy_day
from tests.gateway.audit.projecting import fill
from tests.gateway.bench import NOON, SECOND

ALL = 10_000


@pytest.fixture
def day(tmp_path: Path, database_url: str) -> Iterator[Connection]:
    """The database of a busy day."""
    with Writer(tmp_path / "journal") as writer:
        busy_day(writer)
    fill(tmp_path, database_url)
    with Database(database_url) as database, database.reading() as connection:
        yield connection


def newest(connection: Connection, wanted: Wanted, limit: int) -> list[Found]:
    """The newest that match, oldest first, read in small pages."""
    return list(islice(newest_messages(connection, wanted, 7), limit))[::-1]


# What is wanted, and what is then true of every row found and of no other.
SEARCHES = [
    (Wanted(), lambda row: True),
    (Wanted(session="BETA"), lambda row: row["session"] == "BETA"),
    (Wanted(direction="in"), lambda row: row["direction"] == "in"),
    (Wanted(msg_type="8"), lambda row: row["msg_type"] == "8"),
    (Wanted(account="ACC"), lambda row: row["account"] == "ACC"),
    (Wanted(symbol="IBM"), lambda row: row["symbol"] == "IBM"),
    (Wanted(exec_id="E3"), lambda row: row["exec_id"] == "E3"),
    (Wanted(cl_ord_id="R1"), lambda row: "R1" in (row["cl_ord_id"], row["orig_cl_ord_id"])),
    (Wanted(cl_ord_id="M" * 300), lambda row: row["cl_ord_id"] == "M" * 200),
    (Wanted(order_id="B3"), lambda row: row["order_id"] == "B3"),
    (Wanted(order_id="A-20261121-000003"), lambda row: row["order_no"] == 3),
    (Wanted(since_ns=NOON + SECOND), lambda row: row["time_ns"] >= NOON + SECOND),
    (Wanted(until_ns=NOON + SECOND), lambda row: row["time_ns"] < NOON + SECOND),
    (
        Wanted(session="ACME", msg_type="D", direction="in"),
        lambda row: (row["session"], row["msg_type"]) == ("ACME", "D"),
    ),
    (Wanted(sessions=("BETA", "OTHER")), lambda row: row["session"] == "BETA"),
    (Wanted(order_no=3), lambda row: row["order_no"] == 3),
    (Wanted(parts=(b"\x0138=10\x01",)), lambda row: b"\x0138=10\x01" in row["raw"]),
    (
        Wanted(parts=(b"\x01150=F\x01", b"\x0132=60\x01")),
        lambda row: b"\x01150=F\x01" in row["raw"] and b"\x0132=60\x01" in row["raw"],
    ),
    (Wanted(text=b"TOO Late"), lambda row: b"too late" in row["raw"]),
    (Wanted(text=b"caF\xe9 \x00 END"), lambda row: b"caf\xe9 \x00 end" in row["raw"]),
    (Wanted(text=b"\\"), lambda row: False),
    (Wanted(symbol="NOPE"), lambda row: False),
]


@pytest.mark.parametrize("number", range(len(SEARCHES)))
def test_a_search_finds_what_is_wanted_and_nothing_else(number: int, day: Connection) -> None:
    wanted, true = SEARCHES[number]
    everything = newest(day, Wanted(), ALL)
    found = newest(day, wanted, ALL)
    assert found == [row for row in everything if true(row)]
    assert found or wanted.symbol == "NOPE" or wanted.text == b"\\"
    assert list(stream(day, "messages", wanted)) == found


def test_a_limit_leaves_the_newest_oldest_first(day: Connection) -> None:
    everything = newest(day, Wanted(), ALL)
    assert newest(day, Wanted(), 5) == everything[-5:]
    keys = [row["record_id"] for row in everything]
    assert keys == sorted(keys)


@pytest.mark.parametrize("kind", FILTERS)
def test_every_filter_of_a_kind_narrows_its_rows(kind: str, day: Connection) -> None:
    everything = list(stream(day, kind, Wanted()))
    assert everything
    unknown: dict[str, Any] = {"since_ns": 2**62, "until_ns": 0, "order_no": 2**40}
    unknown |= {"record": 2**40, "sessions": ("x",), "parts": (b"nothing",), "text": b"nothing"}
    for name in FILTERS[kind]:
        value = unknown.get(name, "nothing has this")
        assert list(stream(day, kind, Wanted(**{name: value}))) == [], name


def test_an_underscore_in_a_clients_name_is_one(day: Connection) -> None:
    assert newest(day, Wanted(sessions=("B_TA",)), ALL) == []


def test_orders_and_executions_are_found_by_any_id(day: Connection) -> None:
    [order] = stream(day, "orders", Wanted(cl_ord_id="R0t"))
    assert order["cl_ord_id"] == "R0u"
    told = [row["exec_id"] for row in stream(day, "executions", Wanted(cl_ord_id="B0"))]
    assert told == ["E4", "E5", "E6", "E8"]
    [one] = stream(day, "executions", Wanted(exec_id="A-20261121-000002-5"))
    assert (one["exec_id"], one["order_id"]) == ("E8", "A-20261121-000002")
    orderless = [row for row in stream(day, "executions", Wanted()) if not row["order_id"]]
    assert [row["status"] for row in orderless] == ["acknowledged", "acknowledged", "parked"]


def test_an_order_is_found_by_our_id_before_any_other(day: Connection) -> None:
    [order] = find_orders(day, "A-20261121-000002")
    assert order["cl_ord_id"] == "B0"
    assert find_orders(day, "B0") == [order]
    assert find_orders(day, "nothing") == []
    assert "B0" in ids_of(day, order["order_no"])["client"]


def test_messages_are_counted_without_garbage(day: Connection) -> None:
    rows = newest(day, Wanted(), ALL)
    good = [row for row in rows if not row["garbled"]]
    assert len(good) < len(rows)
    counted = count_messages(day)
    assert counted["in"] + counted["out"] == len(good)
    assert counted["in"] == sum(row["direction"] == "in" for row in good)
    assert count_rows(day)["messages"] == len(rows)
