"""Rows and the place they reach are written together, or not at all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import func, select

from store.database import AuditDatabaseError, Database
from store.schema import migrate
from store.tables import (
    DATA_TABLES,
    RECORDS_A_BATCH_MAX,
    messages,
    metadata,
    order_ids,
    orders,
    projection,
)
from store.writes import (
    APPENDED,
    REPLACED,
    Changes,
    Place,
    ProjectionMovedError,
    Row,
    Rows,
    clear,
    read_place,
    write,
)

FIRST = Place(1, 1, 64, b"a" * 32, 10, 1, b"a" * 32)
SECOND = Place(2, 1, 128, b"b" * 32, 20, 1, b"a" * 32)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An empty audit database."""
    with Database(database_url) as opened:
        migrate(opened)
        yield opened


def message(key: int, **values: object) -> Row:
    row: Row = dict.fromkeys(messages.columns.keys())
    texts = ("session", "direction", "msg_type")
    flags = ("kept", "resent", "poss_dup", "garbled", "stashed")
    numbers = ("time_ns", "link", "epoch", "msg_seq_num")
    row |= dict.fromkeys(texts, "") | dict.fromkeys(flags, False) | dict.fromkeys(numbers, 1)
    return row | {"record_id": key, "raw": b""} | values


def order(number: int, **values: object) -> Row:
    row: Row = {}
    for column in orders.columns:
        row[column.name] = {"TEXT": "", "BOOLEAN": False}.get(str(column.type), 1)
    return row | {"order_no": number} | values


def changes(*rows: Row, replaced: tuple[Row, ...] = (), ids: tuple[Row, ...] = ()) -> Rows:
    made = Changes()
    made.messages += [tuple(row.values()) for row in rows]
    made.replaced["orders"] |= {row["order_no"]: row for row in replaced}
    made.ids += ids
    return made.rows()


def count(database: Database, table: str) -> int:
    with database.reading() as connection:
        return connection.scalar(select(func.count()).select_from(metadata.tables[table])) or 0


def test_every_table_is_written_in_one_way() -> None:
    assert {*APPENDED, *REPLACED, order_ids, messages} == set(DATA_TABLES)
    assert set(metadata.tables.values()) == {*DATA_TABLES, projection}


def test_an_empty_database_stands_at_no_place(database: Database) -> None:
    with database.reading() as connection:
        assert read_place(connection) == Place()


def test_rows_and_place_are_written_together(database: Database) -> None:
    with database.writing() as connection:
        write(connection, changes(message(1), message(2)), Place(), FIRST)
    with database.writing() as connection:
        write(connection, changes(message(3)), FIRST, SECOND)
    with database.reading() as connection:
        assert read_place(connection) == SECOND
    assert count(database, "messages") == 3


def test_a_writer_that_is_not_where_it_thinks_writes_nothing(database: Database) -> None:
    with database.writing() as connection:
        write(connection, changes(message(1)), Place(), FIRST)
    for wrong in (Place(), SECOND):
        with pytest.raises(ProjectionMovedError), database.writing() as connection:
            write(connection, changes(message(2)), wrong, SECOND)
    assert count(database, "messages") == 1
    with database.reading() as connection:
        assert read_place(connection) == FIRST


def test_a_row_that_fails_takes_the_place_with_it(database: Database) -> None:
    with pytest.raises(AuditDatabaseError), database.writing() as connection:
        write(connection, changes(message(1), message(1)), Place(), FIRST)
    assert count(database, "messages") == 0
    with database.reading() as connection:
        assert read_place(connection) == Place()


def test_replaced_rows_stand_in_place_of_the_old_ones(database: Database) -> None:
    with database.writing() as connection:
        write(connection, changes(replaced=(order(1), order(2))), Place(), FIRST)
    with database.writing() as connection:
        write(connection, changes(replaced=(order(2, cum_qty="5"), order(3))), FIRST, SECOND)
    with database.reading() as connection:
        found = connection.execute(select(orders.c.order_no, orders.c.cum_qty).order_by("order_no"))
        assert [tuple(row) for row in found] == [(1, ""), (2, "5"), (3, "")]


def test_an_id_is_kept_once(database: Database) -> None:
    row = {"id": "A", "kind": "client", "order_no": 1}
    with database.writing() as connection:
        write(connection, changes(ids=(row, row)), Place(), FIRST)
    with database.writing() as connection:
        write(connection, changes(ids=(row, {**row, "order_no": 2})), FIRST, SECOND)
    assert count(database, "order_ids") == 2


def test_large_keys_texts_and_bytes_come_back_as_they_were(database: Database) -> None:
    key = (1 << 38) * RECORDS_A_BATCH_MAX + 5
    raw = bytes(range(256))
    text = "10000000000000000000000000.0000000001"
    given = message(key, raw=raw, price=text, text="é\x01␀", time_ns=2**62, order_no=2**60)
    with database.writing() as connection:
        write(connection, changes(given), Place(), FIRST)
    with database.reading() as connection:
        assert dict(connection.execute(select(messages)).one()._mapping) == given


def test_cleared_it_is_as_new(database: Database) -> None:
    with database.writing() as connection:
        write(connection, changes(message(1), replaced=(order(1),)), Place(), FIRST)
    with database.writing() as connection:
        clear(connection)
    with database.writing() as connection:
        write(connection, changes(message(1)), Place(), FIRST)
    assert (count(database, "messages"), count(database, "orders")) == (1, 0)
