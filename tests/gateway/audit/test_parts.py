"""What the record says of an order that a route splits: its parts are orders of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text, update

from gateway.audit.replay import Wanted as Replayed
from gateway.audit.replay import replayed
from gateway.audit.story import MessageEntry, story
from gateway.audit.verify import verify
from gateway.decision import Decision
from sessions.message import encode as encode_fix
from store.database import Database
from store.journal import Journal
from store.queries import Wanted, stream
from store.record import EVENT, OUT
from store.tables import executions
from tests.gateway.audit.projecting import fill
from tests.gateway.routing.test_split import NEW, SPLIT, Parts

WHOLE = "A-20261121-000001"


class Kept(Parts):
    """Keeps in a journal what happens and what is sent."""

    def __init__(self, journal: Journal) -> None:
        super().__init__(SPLIT)
        self.journal = journal
        self.sent = 0
        for now, payload in self.events:
            journal.add(EVENT, 0, 0, 0, 0, now, 0, payload)

    def took(self, decision: Decision) -> list[dict[str, str]]:
        for order_no, payload in decision.events:
            self.journal.add(EVENT, 0, 0, 0, 0, decision.now, order_no, payload)
        for one in decision.sends:
            self.sent += 1
            body = f"35={one.msg_type}\x0134={self.sent}\x01{one.body}"
            frame = encode_fix("FIX.4.4", body)
            self.journal.add(OUT, 0, one.link, 1, self.sent, decision.now, one.order_no, frame)
        return super().took(decision)


@pytest.fixture
def database(tmp_path: Path, database_url: str) -> Iterator[Database]:
    """The order A for 300: ONE has filled its part, TWO some of it; and one that is not split."""
    journal = Journal(tmp_path / "journal", sync="os")
    bench = Kept(journal)
    bench.order("A", tag38="300", tag1="ACC")
    for name in ("ONE", "TWO"):
        bench.tells(name, NEW.format(150))
    bench.fills("ONE", 150)
    bench.fills("TWO", 50, "99")
    bench.order("B", tag59="1", tag1="ACC")
    journal.commit(bench.now, lambda: iter(()))
    journal.close()
    fill(tmp_path, database_url)
    with Database(database_url) as opened:
        yield opened


def found(connection: Connection, kind: str, **wanted: Any) -> list[dict[str, Any]]:
    return list(stream(connection, kind, Wanted(**wanted)))


@pytest.mark.parametrize("wanted", [{"cl_ord_id": "A"}, {"order_id": WHOLE}, {"order_no": 1}])
def test_executions_are_found_by_the_ids_that_the_client_knows(
    wanted: dict[str, Any], database: Database
) -> None:
    with database.reading() as connection:
        rows = found(connection, "executions", **wanted)
    assert [(row["last_qty"], row["broker"]) for row in rows] == [("150", "ONE"), ("50", "TWO")]
    assert {(row["order_id"], row["cl_ord_id"]) for row in rows} == {(WHOLE, "A")}
    assert {row["session"] for row in rows} == {"ACME"}


def test_a_part_alone_is_found_by_its_own_order_id(database: Database) -> None:
    with database.reading() as connection:
        [row] = found(connection, "executions", order_id="A-20261121-000003")
        assert row["broker"] == "TWO"
        assert found(connection, "executions", cl_ord_id="B") == []


@pytest.mark.parametrize("order_no", [1, 2, 3])
def test_the_whole_and_its_parts_belong_together(order_no: int, database: Database) -> None:
    with database.reading() as connection:
        orders = found(connection, "orders", order_no=order_no)
        messages = found(connection, "messages", order_no=order_no)
        ours = found(connection, "messages", order_id=WHOLE)
    assert [(row["order_no"], row["whole_no"]) for row in orders] == [(1, None), (2, 1), (3, 1)]
    sent = [(row["session"], row["msg_type"]) for row in messages]
    assert sorted(sent) == [*[("ACME", "8")] * 3, ("ONE", "D"), ("TWO", "D")]
    assert ours == messages


def test_the_story_of_the_whole_has_each_message_once(database: Database) -> None:
    told = story(database, "A")
    sessions = [entry.session for entry in told.entries if isinstance(entry, MessageEntry)]
    assert sorted(sessions) == ["ACME", "ACME", "ACME", "ONE", "TWO"]


def test_a_replay_of_the_whole_has_its_parts(tmp_path: Path, database: Database) -> None:
    told = list(replayed(tmp_path, Replayed(order="A")))
    happened = [one["name"] for one in told if one["kind"] == "event"]
    assert (happened.count("OrderEntered"), happened.count("PartEntered")) == (1, 2)
    assert happened.count("OrderExecuted") == 2
    assert len([one for one in told if one["kind"] == "message"]) == 5


def test_views_count_executions_once_and_by_the_whole(database: Database) -> None:
    with database.writing() as connection:
        [day] = _view(connection, "account_days")
        assert (day["executions"], day["orders"], float(day["bought"])) == (2, 1, 200)
        [position] = _view(connection, "position_summary")
        assert float(position["net"]) == 200
        open_ = [(row["cl_ord_id"], row["whole_no"]) for row in _view(connection, "open_orders")]
        assert sorted(open_, key=str) == [("", 1), ("A", None), ("B", None)]
        connection.execute(update(executions).values(time_ns=2**62))
        today = _view(connection, "executions_today")
        assert [row["order_id"] for row in today] == [WHOLE, WHOLE]


def _view(connection: Connection, name: str) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(text(f"SELECT * FROM {name}")).mappings()]


def test_the_rows_are_those_of_the_journal(
    tmp_path: Path, database_url: str, database: Database
) -> None:
    assert verify(tmp_path, database_url, lambda _done, _total: None).ok
