"""Whether everybody tells the same: clients, gateway, broker, journal and audit database.

Trading must rest meanwhile. Reads the database with its driver, past the gateway's own code.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Collection
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from gateway.control.client import ControlClient
from store.reader import JournalReader
from store.record import IN, OUT, OUT_RESENT
from tests.gateway.end_to_end.copy_taker import CopyTaker
from tests.gateway.end_to_end.harness import Gate, World
from tools.broker_simulator import BrokerSimulator
from tools.client_simulator import ClientSimulator
from tools.fix_peer import Received, read_one

NOT_RECEIVED = "NOT_RECEIVED"
Row = dict[str, Any]


async def check(world: World, *, verified: bool = True) -> None:
    """All of it; without `verified` the chain and the rows are not read again from the journal."""
    await numbers_agree(world)
    if verified:
        await world.gate.verify()
    else:
        await world.gate.recorded()
    gate = world.gate
    orders = audit_rows(gate, "SELECT * FROM orders")
    for client in world.clients:
        check_client(client, [row for row in orders if row["session"] == client.settings.sender])
    check_broker(world.broker, [row for row in orders if row["broker"]])
    check_executions(world.broker, gate)
    check_messages(gate)


async def numbers_agree(world: World) -> None:
    """Both sides of every session expect the numbers that the other will send."""
    peers = {client.settings.sender: client.memory for client in world.clients}
    peers["SIM"] = world.broker.memory

    def agree(control: ControlClient) -> bool:
        views = {name: control.session(name) for name in peers}
        return all(
            (view.next_in, view.next_out) == (peers[name].next_out, peers[name].next_in)
            for name, view in views.items()
        )

    await world.gate.until(agree)


def rows(data: Path, query: str) -> list[Row]:
    """What a query finds in the audit database."""
    with closing(sqlite3.connect(f"file:{data / 'audit.db'}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(query)]


def audit_rows(gate: Gate, query: str) -> list[Row]:
    """The same of a gateway, whatever its audit database; of one that runs: so far."""
    gate.record()
    if not gate.database_url:
        return rows(gate.folder / "data", query)
    url = gate.database_url.replace("postgresql+psycopg:", "postgresql:")
    with psycopg.connect(url, row_factory=dict_row) as connection:
        return connection.execute(query.encode()).fetchall()


def check_client(client: ClientSimulator, orders: list[Row]) -> None:
    """Every order of the client is there once, as the client knows it."""
    assert not client.book.problems, client.book.problems
    assert not client.counts.problems, client.counts.problems
    for row in [row for row in orders if not row["cl_ord_id"]]:
        told_last = client.book.given_for_us.get(row["order_id"])
        assert told_last is not None, row
        assert Decimal(told_last.get("14")) == Decimal(row["cum_qty"]), row
    orders = [row for row in orders if row["cl_ord_id"]]
    found = {row["order_id"]: row for row in orders}
    assert len(found) == len(orders) == len(client.book.orders), len(orders)
    for order in client.book.orders:
        row = found[order.order_id]
        status = "0" if order.status == "5" else order.status  # FIX.4.2 tells New as Replaced
        assert client.book.by_id[row["cl_ord_id"]] is order, row
        told = (status, order.cum)
        assert told == (row["ord_status"], Decimal(row["cum_qty"])), (told, row)


def check_broker(broker: BrokerSimulator, orders: list[Row]) -> None:
    """The broker has every order that was sent once, in the same state, and no other."""
    assert not broker.truth.doubled, broker.truth.doubled
    assert not broker.counts.problems, broker.counts.problems
    held = {}
    for row in orders:
        order = broker.core.book.find(row["broker_cl_ord_id"])
        if row["text"].startswith(NOT_RECEIVED):
            assert order is None, row
            continue
        assert order is not None, row
        told = (order.status(shows_replaced=False), order.cum)
        assert told == (row["ord_status"], Decimal(row["cum_qty"])), (told, row)
        held[order.number] = row
    assert len(held) == len(broker.core.book.orders), len(held)


def check_executions(broker: BrokerSimulator, gate: Gate) -> None:
    """Every fill the broker made is booked once."""
    made = Counter(entry.exec_id for entry in broker.truth.executions if not entry.repeats)
    booked = Counter(
        row["exec_id"]
        for row in audit_rows(gate, "SELECT exec_id FROM executions WHERE order_no > 0")
    )
    assert booked == made, {"missing": made - booked, "surplus": booked - made}


def check_messages(gate: Gate) -> None:
    """The database has as many messages of each link and direction as the journal."""
    directions = {IN: "in", OUT: "out"}
    journal = Counter(
        (record.link, directions[record.kind])
        for batch in JournalReader(gate.folder / "data" / "journal").batches()
        for record in batch.records
        if record.kind in directions
    )
    query = "SELECT link, direction, count(*) AS number FROM messages GROUP BY link, direction"
    found = {(row["link"], row["direction"]): row["number"] for row in audit_rows(gate, query)}
    assert journal == found, (journal, found)


def check_copies(data: Path, taker: CopyTaker, clients: Collection[str]) -> None:
    """A drop copy has every report and cancel reject that these clients were sent, in order."""
    told = [
        message
        for batch in JournalReader(data / "journal").batches()
        for record in batch.records
        if record.kind == OUT and not record.flags & OUT_RESENT
        if (message := read_one(record.payload)).msg_type in ("8", "9")
        if message.get("56") in clients
    ]
    copied = [(message.get("115"), _facts(message)) for message in taker.copies]
    wanted = [(message.get("56"), _facts(message)) for message in told]
    missing = [fact for fact in wanted if fact not in copied]
    assert copied == wanted, f"{len(wanted)} told, {len(copied)} copied, missing {missing[:3]}"
    marks = {copy.get("797") for copy in taker.copies if copy.msg_type == "8"}
    assert marks <= {"" if taker.begin_string == "FIX.4.2" else "Y"}, marks


def _facts(message: Received) -> dict[str, str]:
    """What every version says in the same words."""
    return {tag: message.get(tag) for tag in ("35", "11", "41", "37", "17", "14", "32", "58")}
