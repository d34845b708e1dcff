"""The projector in this process: same rows whatever interrupts it, on both databases."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from gateway.audit import groups
from gateway.audit.groups import ForeignDatabaseError
from gateway.audit.projector import Projector
from gateway.audit.verify import verify
from gateway.events import LinkStateChanged, encode
from store.database import AuditDatabaseError, Database, DatabaseBusyError
from store.errors import JournalError
from store.journal import Journal
from store.record import EVENT
from store.tables import projection
from store.writes import clear
from tests.gateway.audit.journals import Writer, busy_day, trade
from tests.gateway.audit.projecting import dump, expected, fill
from tests.gateway.bench import NOON


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A gateway's folder with a busy day in its journal."""
    folder = tmp_path / "data"
    with Writer(folder / "journal") as writer:
        busy_day(writer)
    return folder


def test_both_databases_hold_the_same(data_dir: Path, database_url: str, tmp_path: Path) -> None:
    assert fill(data_dir, database_url) == ""
    assert dump(database_url) == expected(data_dir, tmp_path / "other")


def test_a_restart_after_every_group_changes_nothing(
    data_dir: Path, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = expected(data_dir, tmp_path / "other")
    monkeypatch.setattr(groups, "RECORDS_A_GROUP", 1)
    monkeypatch.setattr(groups, "BATCHES_A_READ", 1)
    steps = 0
    going = True
    while going:
        with Database(database_url) as database, Projector(data_dir, database) as projector:
            going = projector.step()
            steps += 1
    assert steps == whole["projection"][0]["batch"] + 1
    assert dump(database_url) == whole


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(sizes=st.lists(st.integers(1, 60), min_size=1, max_size=8))
def test_groups_of_any_size_make_the_same_rows(
    data_dir: Path, tmp_path: Path, sizes: list[int]
) -> None:
    (tmp_path / "audit.db").unlink(missing_ok=True)
    url = f"sqlite:///{tmp_path}/audit.db"
    with pytest.MonkeyPatch.context() as patch, Database(url) as database:
        patch.setattr(groups, "BATCHES_A_READ", 1)
        with Projector(data_dir, database) as projector:
            step = 0
            patch.setattr(groups, "RECORDS_A_GROUP", sizes[0])
            while projector.step():
                step += 1
                patch.setattr(groups, "RECORDS_A_GROUP", sizes[step % len(sizes)])
    assert dump(url) == expected(data_dir, tmp_path / "other")


def test_orders_are_made_again_when_memory_was_too_small(
    data_dir: Path, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = expected(data_dir, tmp_path / "other")
    monkeypatch.setattr("gateway.audit.orders.ORDERS_KEPT", 1)
    monkeypatch.setattr(groups, "RECORDS_A_GROUP", 1)
    monkeypatch.setattr(groups, "BATCHES_A_READ", 1)
    fill(data_dir, database_url)
    assert dump(database_url) == whole


def test_a_failed_transaction_leaves_no_trace(
    data_dir: Path, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Database(database_url) as database:
        with Projector(data_dir, database):
            pass  # the schema is there
        with database.writing() as connection:
            connection.exec_driver_sql("ALTER TABLE halts RENAME TO not_there")
        with pytest.raises(AuditDatabaseError, match="halts"):
            fill(data_dir, database_url)
        with database.writing() as connection:
            connection.exec_driver_sql("ALTER TABLE not_there RENAME TO halts")
    fill(data_dir, database_url)
    assert dump(database_url) == expected(data_dir, tmp_path / "other")


def test_it_goes_on_over_segments(tmp_path: Path, database_url: str) -> None:
    data_dir = tmp_path / "data"
    with Writer(data_dir / "journal", segment_bytes=1 << 16) as writer:
        for _ in range(4):
            busy_day(writer, 8)
            fill(data_dir, database_url)
        segments = writer.journal.segment
    assert segments > 2
    assert dump(database_url) == expected(data_dir, tmp_path / "other")


def test_archived_segments_are_replaced_by_the_snapshot_behind_them(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    url = f"sqlite:///{tmp_path}/audit.db"
    with Writer(data_dir / "journal", segment_bytes=1 << 16) as writer:
        busy_day(writer, 20)
        fill(data_dir, f"sqlite:///{tmp_path}/all.db")
    (data_dir / "journal" / "00000001.journal").unlink()
    fill(data_dir, url)
    whole, rest = dump(f"sqlite:///{tmp_path}/all.db"), dump(url)
    known = ("link", "name", "sender_comp_id", "epoch", "next_in", "next_out")
    for one, other in zip(rest["sessions"], whole["sessions"], strict=True):
        assert [one[name] for name in known] == [other[name] for name in known]
    open_orders = [row for row in whole["orders"] if row["open"]]
    assert open_orders == [row for row in rest["orders"] if row["open"]]
    assert 0 < len(rest["messages"]) < len(whole["messages"])


def test_a_snapshot_in_pieces_tells_what_was_before_all_that_lies_among_them(
    tmp_path: Path,
) -> None:
    data_dir = tmp_path / "data"
    url = f"sqlite:///{tmp_path}/audit.db"
    with Writer(data_dir / "journal", segment_bytes=1 << 16) as writer:
        ids = [writer.enter(f"C{number}")[0]["11"] for number in range(30)]
        for broker_id in ids:
            writer.report(broker_id, "0")
        writer.operator(who="root", why="x" * (1 << 16))
        writer.commit()
        for broker_id in reversed(ids):
            writer.report(broker_id, "F", "32=40|31=100.25")
            writer.commit()
        assert not writer.journal.in_pieces
        fill(data_dir, f"sqlite:///{tmp_path}/all.db")
    (data_dir / "journal" / "00000001.journal").unlink()
    fill(data_dir, url)
    whole, rest = dump(f"sqlite:///{tmp_path}/all.db"), dump(url)
    assert len(rest["orders"]) == 30
    assert rest["orders"] == whole["orders"]
    assert [row["cum_qty"] for row in rest["orders"]] == ["40"] * 30
    result = verify(data_dir, url, lambda _done, _total: None, is_archived=True)
    assert result.problems == []


def test_a_journal_cut_behind_its_place_makes_it_begin_anew(
    tmp_path: Path, database_url: str
) -> None:
    data_dir = tmp_path / "data"
    with Writer(data_dir / "journal") as writer:
        trade(writer, "A")
    shutil.copytree(data_dir / "journal", tmp_path / "backup")
    more(data_dir / "journal", "LATER")
    fill(data_dir, database_url)
    shutil.rmtree(data_dir / "journal")
    shutil.copytree(tmp_path / "backup", data_dir / "journal")
    more(data_dir / "journal", "OTHER", again=True)
    alarm = fill(data_dir, database_url)
    assert "the tables are made anew" in alarm
    assert dump(database_url) == expected(data_dir, tmp_path / "other")


def test_tables_of_another_journal_are_refused_and_kept(tmp_path: Path, database_url: str) -> None:
    for number, name in enumerate(("one", "two")):
        with Writer(tmp_path / name / "journal", now=NOON + number) as writer:
            trade(writer, name)
    fill(tmp_path / "one", database_url)
    before = dump(database_url)
    with pytest.raises(ForeignDatabaseError, match="made from another journal"):
        fill(tmp_path / "two", database_url)
    assert dump(database_url) == before


def test_a_second_projector_is_refused(data_dir: Path, database_url: str) -> None:
    with (
        Database(database_url) as one,
        Database(database_url) as two,
        Projector(data_dir, one),
        pytest.raises(DatabaseBusyError, match=r"another projector \(.*\d+\) works on it"),
        Projector(data_dir, two),
    ):
        pass
    fill(data_dir, database_url)  # the lock is free again


def test_emptied_tables_are_noticed_in_the_middle_and_at_rest(
    data_dir: Path, database_url: str, tmp_path: Path
) -> None:
    with (
        Database(database_url) as other,
        Database(database_url) as database,
        Projector(data_dir, database) as projector,
    ):
        while projector.step():
            pass
        with other.writing() as connection:
            clear(connection)
        assert not projector.step()
        projector.check_place()
        while projector.step():
            pass
        assert dump(database_url) == expected(data_dir, tmp_path / "other")
        with other.writing() as connection:
            clear(connection)
        more(data_dir / "journal", "NEW")
        while projector.step():
            pass
    assert dump(database_url) == expected(data_dir, tmp_path / "other")


def test_a_deleted_file_is_made_anew(data_dir: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/audit.db"
    with Database(url) as database, Projector(data_dir, database) as projector:
        while projector.step():
            pass
        for path in tmp_path.glob("audit.db*"):
            if path.suffix != ".lock":
                path.unlink()
        assert projector.step()
        assert "deleted or exchanged" in projector.alarm
        while projector.step():
            pass
    assert dump(url) == expected(data_dir, tmp_path / "other")


def test_a_folder_without_journal_is_named(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match=r"nowhere/journal: there is no journal"):
        fill(tmp_path / "nowhere", f"sqlite:///{tmp_path}/audit.db")


def test_the_place_is_that_of_the_last_batch(data_dir: Path, database_url: str) -> None:
    fill(data_dir, database_url)
    with Database(database_url) as database, database.writing() as connection:
        place = connection.execute(select(projection)).one()
        connection.execute(update(projection).values(hash=b"x" * 32))
    assert place.first_batch == 1
    assert "made anew" in fill(data_dir, database_url)
    with Database(database_url) as database, database.reading() as connection:
        assert connection.execute(select(projection)).one() == place


def more(journal: Path, cl_ord_id: str, again: bool = False) -> None:
    """Append what a later run of the gateway might."""
    opened = Journal(journal, sync="os")
    payload = encode(LinkStateChanged(1, "logged on", cl_ord_id))
    for number in range(3 if again else 1):
        opened.add(EVENT, 0, 0, 0, 0, number, 0, payload)
        opened.commit(number, list)
    opened.close()
