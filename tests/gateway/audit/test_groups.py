"""Groups of rows: what the next one needs of one that is not written yet."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.audit import groups, orders
from gateway.audit.groups import Groups
from store.database import Database
from store.schema import migrate
from store.writes import write
from tests.gateway.audit.journals import Writer, busy_day
from tests.gateway.audit.projecting import dump, expected


def test_orders_of_a_group_that_is_not_written_yet_are_known(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data_dir = tmp_path / "data"
    with Writer(data_dir / "journal") as writer:
        busy_day(writer, 8)
    monkeypatch.setattr(orders, "ORDERS_KEPT", 1)
    monkeypatch.setattr(groups, "RECORDS_A_GROUP", 1)
    monkeypatch.setattr(groups, "BATCHES_A_READ", 1)
    with Database(database_url) as database:
        migrate(database)
        made = Groups(data_dir / "journal", database)
        assert made.resume() == ""
        place, group = made.place, made.next()
        while group is not None:
            following = made.next()
            with database.writing() as connection:
                write(connection, group.rows, place, group.after)
            place, group = group.after, following
        made.close()
    assert dump(database_url) == expected(data_dir, tmp_path / "other")
