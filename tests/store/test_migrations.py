"""The schema: made by migrations, the same as the tables say, and never opened if it is newer."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import func, insert, inspect, select, text

from gateway.audit.verify import verify
from store import schema
from store.database import AuditDatabaseError, Database, SchemaTooNewError
from store.migrations import REVISIONS, VERSION_TABLE
from store.tables import messages, metadata
from tests.gateway.audit.journals import Writer, busy_day, trade
from tests.gateway.audit.projecting import dump, fill


def test_migrations_make_what_the_tables_say(database_url: str) -> None:
    with Database(database_url) as database:
        schema.migrate(database)
        with database.reading() as connection:
            context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
            assert compare_metadata(context, metadata) == []


def test_every_step_is_listed() -> None:
    config = Config()
    config.set_main_option("script_location", str(schema._SCRIPTS))
    steps = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert tuple(reversed(steps)) == REVISIONS


def test_migrating_again_changes_nothing(database_url: str) -> None:
    with Database(database_url) as database:
        schema.migrate(database)
        with database.writing() as connection:
            connection.execute(text("INSERT INTO session_events VALUES (1, 2, 3, 'a', '{}')"))
        schema.migrate(database)
        with database.reading() as connection:
            assert connection.scalar(text("SELECT count(*) FROM session_events")) == 1


def test_every_column_says_what_it_holds() -> None:
    silent = [str(c) for t in metadata.tables.values() for c in t.columns if not c.comment]
    assert silent == []
    assert all(table.comment for table in metadata.tables.values())


def test_postgresql_shows_what_columns_hold(postgres_url: str) -> None:
    with Database(postgres_url) as database:
        schema.migrate(database)
        with database.reading() as connection:
            columns = {c["name"]: c for c in inspect(connection).get_columns("messages")}
            assert columns["cl_ord_id"]["comment"] == "ClOrdID(11)"


def test_a_newer_schema_is_left_alone(database_url: str) -> None:
    with Database(database_url) as database:
        schema.migrate(database)
        with database.writing() as connection:
            connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
        with pytest.raises(SchemaTooNewError, match=r"schema 9999 is of a newer fixgate"):
            schema.migrate(database)


def test_a_failed_migration_leaves_nothing(database_url: str) -> None:
    with Database(database_url) as database:
        with database.writing() as connection:
            connection.execute(text("CREATE TABLE sessions (another_program TEXT)"))
        with pytest.raises(AuditDatabaseError, match=r"sessions.* already exists.*of its own"):
            schema.migrate(database)
        with database.reading() as connection:
            assert inspect(connection).get_table_names() == ["sessions"]


def test_dropping_all_leaves_room_for_a_new_start(database_url: str) -> None:
    with Database(database_url) as database:
        schema.migrate(database)
        with database.writing() as connection:
            schema.drop_all(connection)
        with database.reading() as connection:
            assert inspect(connection).get_table_names() == []
        schema.migrate(database)
        with database.reading() as connection:
            assert "messages" in inspect(connection).get_table_names()


def test_rows_of_an_older_program_stay(database_url: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(schema._SCRIPTS))
    with Database(database_url) as database:
        with database.writing() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "0001")
            connection.execute(
                text(
                    "INSERT INTO messages (record_id, time_ns, link, session, direction, epoch,"
                    " msg_seq_num, msg_type, resent, poss_dup, garbled, stashed, raw)"
                    " VALUES (1, 2, 3, 'a', 'out', 1, 5, '8', false, false, false, false, 'x')"
                )
            )
        schema.migrate(database)
        with database.reading() as connection:
            found = connection.execute(select(messages)).one()
            assert (found.msg_seq_num, found.kept) == (5, False)


def test_messages_of_before_there_were_days_stay_and_new_ones_have_theirs(
    tmp_path: Path, postgres_url: str
) -> None:
    config = Config()
    config.set_main_option("script_location", str(schema._SCRIPTS))
    with Writer(tmp_path / "journal") as writer:
        busy_day(writer, 1)
        old = tmp_path / "old"
        old.mkdir()
        fill(tmp_path, f"sqlite:///{old}/audit.db")
        rows = dump(f"sqlite:///{old}/audit.db")["messages"]
        with Database(postgres_url) as database, database.writing() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "0100")
            connection.execute(insert(messages), rows)
            command.upgrade(config, "0101")
            assert connection.execute(select(messages)).fetchall()
            connection.execute(text("DELETE FROM messages"))
        fill(tmp_path, postgres_url)
        writer.now += 86_400_000_000_000
        trade(writer, "NEXT")
    fill(tmp_path, postgres_url)
    with Database(postgres_url) as database, database.reading() as connection:
        names = select(func.count()).select_from(text("messages_before"))
        assert connection.scalar(names) == len(rows)
        assert connection.scalar(text("SELECT count(*) FROM messages_20261122")) == 8
        plan = connection.execute(
            text("EXPLAIN SELECT * FROM messages WHERE time_ns >= 1795305600000000000")
        ).fetchall()
        assert not any("messages_before" in str(line) for line in plan)
    assert verify(tmp_path, postgres_url, lambda _done, _total: None).ok
