"""Bringing up to date and rebuilding, with and without a projector at work."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from gateway.audit import access
from gateway.audit.access import bring_up_to_date, newest_batch, rebuild
from store.database import AuditDatabaseError, Database
from store.errors import JournalError
from store.migrations import VERSION_TABLE
from tests.gateway.audit.journals import Writer, busy_day, trade
from tests.gateway.audit.projecting import ProjectorProcess, dump, expected, fill


def silent(_done: int, _total: int) -> None:
    """No progress is shown."""


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A folder that nobody runs."""
    with Writer(tmp_path / "data" / "journal") as writer:
        busy_day(writer)
    return tmp_path / "data"


def test_the_newest_batch_is_that_of_the_journal(tmp_path: Path) -> None:
    with Writer(tmp_path / "journal", segment_bytes=1 << 16) as writer:
        busy_day(writer, 12)
        assert writer.journal.segment > 1
        assert newest_batch(tmp_path) == writer.journal.batch_number
    with pytest.raises(JournalError, match="there is no journal"):
        newest_batch(tmp_path / "nowhere")


def test_rebuilt_it_has_the_same_rows(data_dir: Path, database_url: str, tmp_path: Path) -> None:
    fill(data_dir, database_url)
    before = dump(database_url)
    steps: list[tuple[int, int]] = []
    with Database(database_url) as database:
        with database.writing() as connection:
            connection.execute(text("UPDATE orders SET cum_qty = '7'"))
            connection.execute(text("DELETE FROM messages WHERE link = 1"))
        rebuilt = rebuild(data_dir, database, lambda done, total: steps.append((done, total)))
    assert dump(database_url) == before == expected(data_dir, tmp_path / "other")
    assert rebuilt.rows["messages"] == len(before["messages"])
    assert steps[-1] == (rebuilt.place.batch, newest_batch(data_dir))


def test_rebuilding_also_replaces_a_newer_schema(data_dir: Path, database_url: str) -> None:
    fill(data_dir, database_url)
    before = dump(database_url)
    with Database(database_url) as database:
        with database.writing() as connection:
            connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
        rebuild(data_dir, database, silent)
    assert dump(database_url) == before


def test_beside_a_projector_the_projector_rebuilds(tmp_path: Path, database_url: str) -> None:
    with (
        Writer(tmp_path / "journal") as writer,
        ProjectorProcess(tmp_path, database_url) as projector,
    ):
        busy_day(writer)
        projector.hear_until(writer.journal.batch_number)
        with Database(database_url) as database:
            rebuilt = rebuild(tmp_path, database, silent)
            assert rebuilt.place.batch == writer.journal.batch_number
            trade(writer, "LATER")
            assert bring_up_to_date(tmp_path, database, silent) == ""
        rows = dump(database_url)
    assert rows == expected(tmp_path, tmp_path / "other")


def test_a_projector_that_hangs_is_told(
    data_dir: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "WAIT_S", 0.0)
    monkeypatch.setattr(access, "STANDSTILL_S", 0.0)
    fill(data_dir, database_url)
    with Writer(data_dir / "journal2"):
        pass
    with Database(database_url) as holder, Database(database_url) as database:
        holder.lock()
        with pytest.raises(AuditDatabaseError, match=r"stands at batch 0 of \d+"):
            rebuild(data_dir, database, silent)
        assert "batches behind" in bring_up_to_date(data_dir, database, silent)


def test_beside_a_damaged_journal_the_tables_can_still_be_read(
    data_dir: Path, database_url: str
) -> None:
    fill(data_dir, database_url)
    path = data_dir / "journal" / "00000001.journal"
    raw = bytearray(path.read_bytes())
    raw[2000] ^= 1
    path.write_bytes(raw)
    with Database(database_url) as database:
        note = bring_up_to_date(data_dir, database, silent)
    assert str(path) in note
    assert note.endswith("the audit database is shown as it stands")
