"""Opening databases: which there are, who may write, and what is said when it fails."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from store.database import AuditDatabaseError, Database, DatabaseBusyError, DatabaseUrlError
from store.schema import migrate
from tools.postgres import Cluster


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nothing", "not a database URL"),
        ("mysql://u@h/d", "mysql is not supported; write sqlite or"),
        ("sqlite://", "it must be a file"),
        ("sqlite:///:memory:", "it must be a file"),
        (
            "postgresql+pg8000://u@h/d",
            "postgresql\\+pg8000 is not supported; write sqlite or postgresql\\+psycopg",
        ),
    ],
)
def test_a_wrong_url_is_told_with_the_right_form(url: str, said: str) -> None:
    with pytest.raises(DatabaseUrlError, match=said):
        Database(url)


def test_a_password_is_never_shown() -> None:
    with Database("postgresql://fixgate:hidden@127.0.0.1:1/audit") as database:
        assert "hidden" not in database.name
        with pytest.raises(AuditDatabaseError, match="start PostgreSQL") as caught:
            migrate(database)
    assert "hidden" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_sqlite_keeps_a_log_that_readers_do_not_wait_for(tmp_path: Path) -> None:
    with Database(f"sqlite:///{tmp_path}/a.db") as database, database.reading() as connection:
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert connection.scalar(text("PRAGMA synchronous")) == 1  # NORMAL: it can be rebuilt


def test_a_reader_sees_one_state_while_another_writes(database_url: str) -> None:
    with Database(database_url) as database:
        migrate(database)
        with database.reading() as reader:
            before = reader.scalar(text("SELECT count(*) FROM session_events"))
            with database.writing() as writer:
                writer.execute(text("INSERT INTO session_events VALUES (1, 2, 3, 'a', '{}')"))
            assert reader.scalar(text("SELECT count(*) FROM session_events")) == before == 0


def test_an_exception_undoes_what_was_written(database_url: str) -> None:
    with Database(database_url) as database:
        migrate(database)
        with pytest.raises(ZeroDivisionError), database.writing() as connection:
            _write_and_fail(connection)
        with database.reading() as connection:
            assert connection.scalar(text("SELECT count(*) FROM session_events")) == 0


def _write_and_fail(connection: Connection) -> None:
    connection.execute(text("INSERT INTO session_events VALUES (1, 2, 3, 'a', '{}')"))
    raise ZeroDivisionError


def test_only_one_holds_the_lock(database_url: str) -> None:
    with Database(database_url) as one, Database(database_url) as two:
        one.lock()
        one.lock()  # it has it already
        with pytest.raises(DatabaseBusyError, match="only one can"):
            two.lock()
        one.unlock()
        two.lock()
        with pytest.raises(DatabaseBusyError):
            one.lock()


def test_the_holder_of_the_lock_writes_and_others_still_read(database_url: str) -> None:
    with Database(database_url) as holder, Database(database_url) as other:
        migrate(holder)
        holder.lock()
        for number in (1, 2):
            with holder.writing() as connection:
                values = {"n": number}
                statement = "INSERT INTO session_events VALUES (:n, 2, 3, 'a', '{}')"
                connection.execute(text(statement), values)
        with other.reading() as connection:
            assert connection.scalar(text("SELECT count(*) FROM session_events")) == 2


def test_a_lock_counts_for_its_own_database_only(
    postgres_cluster: Cluster, postgres_url: str
) -> None:
    elsewhere = postgres_cluster.create("elsewhere")
    with Database(postgres_url) as one, Database(elsewhere) as two:
        one.lock()
        two.lock()


def test_a_lost_connection_takes_the_lock_and_the_right_to_write(postgres_url: str) -> None:
    with Database(postgres_url) as holder, Database(postgres_url) as other:
        migrate(holder)
        holder.lock()
        with other.writing() as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
                    " AND database = (SELECT oid FROM pg_database"
                    " WHERE datname = current_database())"
                )
            )
        other.lock()
        with pytest.raises(AuditDatabaseError), holder.writing() as connection:
            connection.execute(text("INSERT INTO session_events VALUES (1, 2, 3, 'a', '{}')"))
        holder.unlock()
        with pytest.raises(DatabaseBusyError):
            holder.lock()


def test_a_file_that_is_no_database_is_named_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    path.write_bytes(b"my notes, " * 1000)
    with (
        Database(f"sqlite:///{path}") as database,
        pytest.raises(AuditDatabaseError, match="not a database: move the file away"),
    ):
        migrate(database)
    assert path.read_bytes() == b"my notes, " * 1000


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with Database(f"sqlite:///{tmp_path}/no/audit.db") as database:
        with pytest.raises(AuditDatabaseError, match="the folder must exist and be writable"):
            migrate(database)
        with pytest.raises(AuditDatabaseError, match="the folder must exist and be writable"):
            database.lock()


def test_a_database_that_does_not_exist_is_named(postgres_cluster: Cluster) -> None:
    with (
        Database(postgres_cluster.url_of("nowhere")) as database,
        pytest.raises(AuditDatabaseError, match='"nowhere" does not exist: create it'),
    ):
        migrate(database)


def test_an_exchanged_file_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    with Database(f"sqlite:///{path}") as database:
        migrate(database)
        database.remember_file()
        assert not database.was_replaced()
        path.rename(tmp_path / "old.db")
        assert database.was_replaced()
        migrate(database)
        database.remember_file()
        assert not database.was_replaced()
