"""A database that was down for days, while the record went on and by its policy."""

from __future__ import annotations

from pathlib import Path

from gateway.events import SegmentsExpired
from store.database import Database
from store.writes import read_place
from tests.gateway.audit.projecting import dump, expected, fill
from tests.gateway.retention.records import Record, archived


def stood_in(database_url: str) -> int:
    """The segment that a database has reached."""
    with Database(database_url) as database, database.reading() as connection:
        return read_place(connection).segment


def test_what_was_archived_meanwhile_comes_out_of_the_archive(
    tmp_path: Path, database_url: str
) -> None:
    with Record(tmp_path / "data", 1) as record:
        fill(record.data_dir, database_url)
        for _ in range(4):
            record.day()
        record.round(1)
        assert stood_in(database_url) <= archived(record.data_dir)[-1]
        assert fill(record.data_dir, database_url) == ""
        assert dump(database_url) == expected(record.data_dir, tmp_path / "other")


def test_where_more_expired_meanwhile_the_tables_are_made_anew_of_what_is_left(
    tmp_path: Path, database_url: str
) -> None:
    with Record(tmp_path / "data", 1) as record:
        data_dir = record.data_dir
        fill(data_dir, database_url)
        for _ in range(4):
            record.day()
        steps = record.round(1, 2)
        [event] = [s.event for s in steps if isinstance(s.event, SegmentsExpired)]
        assert stood_in(database_url) <= event.last_segment
        alarm = f"all up to segment {event.last_segment} expired before these tables took it"
        assert fill(data_dir, database_url) == f"{alarm}; the tables are made anew"
        assert dump(database_url) == expected(data_dir, tmp_path / "other")
