"""The benchmark of the record: its journal is a real one, and every number is measured."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import func, select

from gateway.audit.verify import verify
from store.database import Database
from store.tables import executions, messages, orders
from tests.gateway.control.running import short_folder
from tools.bench import audit
from tools.bench.audit_journal import BATCH, DAY_NS, FIRST_DAY_NS, MESSAGES_AN_ORDER, make

BATCHES = 3
MESSAGES = BATCHES * BATCH * MESSAGES_AN_ORDER


def test_its_journal_has_orders_each_of_its_own_over_the_days(tmp_path: Path) -> None:
    make(tmp_path, MESSAGES, 5)
    url = f"sqlite:///{tmp_path}/audit.db"
    assert verify(tmp_path / "data", url, lambda _done, _total: None).ok
    with Database(url) as database, database.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(messages)) == MESSAGES
        found = connection.execute(select(orders.c.cl_ord_id, orders.c.ord_status)).all()
        assert len({row.cl_ord_id for row in found}) == len(found) == BATCHES * BATCH
        assert {row.ord_status for row in found} == {"2"}
        assert connection.scalar(select(func.count()).select_from(executions)) == len(found)
        first, last = connection.execute(
            select(func.min(messages.c.time_ns), func.max(messages.c.time_ns))
        ).one()
    assert first == FIRST_DAY_NS
    assert last > FIRST_DAY_NS + 4 * DAY_NS


def test_it_measures_every_kind_of_database_that_is_there() -> None:
    with short_folder() as folder:  # a control socket's path is short
        results = audit.measure(MESSAGES, folder)
    assert results.databases[0].database == "SQLite"
    assert len(results.databases) == 2 or "initdb" in results.notes[0]
    for found in results.databases:
        assert min(found.projected_per_s, found.rebuilt_per_s, found.bytes_an_order) > 0
        assert {"ClOrdID(11)", "a day's tag=value, none"} < found.searches_s.keys()
    assert results.journal_bytes_an_order > 1_000
    audit.show(results)
