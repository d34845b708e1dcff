"""Verification: what is right passes, and every single change is found and named."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select, text, update

from gateway.audit.comparison import SHOWN_PROBLEMS
from gateway.audit.verify import Result, verify
from store.database import Database
from store.tables import DATA_TABLES, metadata
from tests.gateway.audit.journals import Writer, busy_day
from tests.gateway.audit.projecting import fill


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A busy day."""
    with Writer(tmp_path / "data" / "journal") as writer:
        busy_day(writer, 2)
    return tmp_path / "data"


def checked(data_dir: Path, url: str) -> Result:
    return verify(data_dir, url, lambda _done, _total: None)


def test_what_is_right_passes_and_is_filled_first(data_dir: Path, database_url: str) -> None:
    result = checked(data_dir, database_url)
    assert result.problems == []
    data = result.as_data()
    assert data["ok"] is data["chain_ok"] is True
    assert data["database_batch"] == data["last_batch"]
    assert data["rows"]["messages"] > 50
    assert dict(result.lines())["rows"] == "equal to the journal"


# What may be lost or changed in each table, and what verification calls it.
@pytest.mark.parametrize("table", [table.name for table in DATA_TABLES])
def test_a_lost_row_is_found_in_every_table(table: str, data_dir: Path, database_url: str) -> None:
    fill(data_dir, database_url)
    key = metadata.tables[table].primary_key.columns.keys()[-1]
    with Database(database_url) as database, database.writing() as connection:
        smallest = f"(SELECT min({key}) FROM {table})"
        connection.execute(text(f"DELETE FROM {table} WHERE {key} = {smallest}"))
    result = checked(data_dir, database_url)
    assert any(problem.startswith(f"{table}: row ") for problem in result.problems)


def columns() -> list[tuple[str, str]]:
    """Every column that says something, of every table."""
    return [
        (table.name, column.name)
        for table in DATA_TABLES
        for column in table.columns
        if not column.primary_key
    ]


def test_a_changed_value_is_found_in_every_column(data_dir: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/audit.db"
    fill(data_dir, url)
    for name, column in columns():
        table = metadata.tables[name]
        key = next(iter(table.primary_key.columns))
        with Database(url) as database:
            with database.writing() as connection:
                row = connection.execute(select(key, table.c[column]).order_by(key)).first()
                assert row is not None
                changed = {bool: True, int: 99, bytes: b"x"}.get(type(row[1]), "changed")
                changed = (not row[1]) if isinstance(row[1], bool) else changed
                here = update(table).where(key == row[0])
                connection.execute(here.values({column: changed}))
            problems = checked(data_dir, url).problems
            assert problems, f"{name}.{column}"
            with database.writing() as connection:
                connection.execute(here.values({column: row[1]}))
    assert checked(data_dir, url).problems == []


def test_a_row_too_many_is_found(data_dir: Path, database_url: str) -> None:
    fill(data_dir, database_url)
    with Database(database_url) as database, database.writing() as connection:
        connection.execute(text("INSERT INTO order_ids VALUES ('x', 'client', 1)"))
        connection.execute(text("INSERT INTO session_events VALUES (1, 2, 3, 'a', '{}')"))
    problems = checked(data_dir, database_url).problems
    assert "session_events: row 1 is not in the journal" in problems
    assert any("order_ids: row 1 differs" in problem for problem in problems)


def test_the_place_of_a_fault_is_named(data_dir: Path, database_url: str) -> None:
    fill(data_dir, database_url)
    with Database(database_url) as database, database.writing() as connection:
        first = "(SELECT min(record_id) FROM messages)"
        connection.execute(text(f"UPDATE messages SET symbol = 'X' WHERE record_id = {first}"))
    [problem] = checked(data_dir, database_url).problems
    assert "differs from the journal in symbol (batch 2, segment 1 offset " in problem


def test_many_faults_are_counted(data_dir: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/audit.db"
    fill(data_dir, url)
    with Database(url) as database, database.writing() as connection:
        connection.execute(text("UPDATE messages SET price = '-1'"))
        number = connection.scalar(text("SELECT count(*) FROM messages")) or 0
    problems = checked(data_dir, url).problems
    assert len(problems) == SHOWN_PROBLEMS + 1
    assert problems[-1].startswith(f"and {number - SHOWN_PROBLEMS} more rows are wrong")


def test_a_broken_chain_is_named_and_the_tables_are_left_alone(
    data_dir: Path, database_url: str
) -> None:
    fill(data_dir, database_url)
    path = data_dir / "journal" / "00000001.journal"
    raw = bytearray(path.read_bytes())
    raw[2000] ^= 1
    path.write_bytes(raw)
    result = checked(data_dir, database_url)
    assert not result.journal.ok
    assert result.tables is None
    assert str(path) in result.problems[0]
    assert dict(result.lines())["hash chain"] == "BROKEN"


def test_without_a_database_the_journal_is_checked_all_the_same(data_dir: Path) -> None:
    result = checked(data_dir, "postgresql://fixgate@127.0.0.1:1/audit")
    assert result.journal.ok
    assert not result.ok
    [problem] = result.problems
    assert "start PostgreSQL" in problem
