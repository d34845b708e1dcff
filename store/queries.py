"""What is asked of the audit database. Rows go out as they stand; their meaning is the caller's."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from sqlalchemy import (
    Column,
    ColumnElement,
    CompoundSelect,
    Connection,
    Row,
    Select,
    false,
    func,
    or_,
    select,
    union,
)

from store.containing import contains, contains_any_case
from store.tables import (
    DATA_TABLES,
    RECORDS_A_BATCH_MAX,
    SEARCHED_LENGTH_MAX,
    executions,
    messages,
    operator_actions,
    order_events,
    order_ids,
    orders,
    sessions,
)

KEYS_A_QUERY: Final = 500
KEYS_AT_ONCE: Final = 10_000  # one statement takes so many values on any database
ROWS_A_FETCH: Final = 1_000

Found = dict[str, Any]
"""A row by the names of its columns."""

CLIENT_ID: Final = "client"
BROKER_IDS: Final = ("broker", "broker_order")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which rows are asked for; an empty value asks for any. Times are UTC ns, `until` excluded.

    `cl_ord_id` also finds messages that name it as OrigClOrdID(41); `order_id` also finds the
    messages of the order that has this OrderID(37) here, on both sides, and of its parts, as both
    find executions of parts. `sessions`: any of these, and those whose name begins with one and a
    dot. `order_no`: all about this order, its parts and the whole that it is a part of, on both
    sides. `record`: this message, and what the same batch says to or has from its session without
    an order. `parts`: bytes that all stand in the message; `text`: bytes that do in any case.
    """

    session: str = ""
    sessions: tuple[str, ...] = ()
    order_no: int = 0
    record: int = 0
    parts: tuple[bytes, ...] = ()
    text: bytes = b""
    direction: str = ""
    msg_type: str = ""
    cl_ord_id: str = ""
    order_id: str = ""
    exec_id: str = ""
    account: str = ""
    symbol: str = ""
    since_ns: int | None = None
    until_ns: int | None = None


_TIMES: Final = frozenset({"since_ns", "until_ns"})
_CORRELATION: Final = {"order_no", "record"}
_ORDERS: Final = (
    _TIMES | _CORRELATION | {"session", "sessions", "cl_ord_id", "order_id", "account", "symbol"}
)
FILTERS: Final = {
    "messages": _ORDERS | {"direction", "msg_type", "exec_id", "parts", "text"},
    "orders": _ORDERS,
    "executions": _ORDERS | {"exec_id"},
}
"""What rows of each kind can be found by: names of `Wanted`."""


def order_histories(connection: Connection, numbers: Iterable[int]) -> Iterator[Row[Any]]:
    """The events of these orders, each order's in the order of the journal."""
    wanted = iter(sorted(numbers))
    while some := list(islice(wanted, KEYS_A_QUERY)):
        yield from connection.execute(
            select(order_events)
            .where(order_events.c.order_no.in_(some))
            .order_by(order_events.c.record_id)
        )


def _all(connection: Connection, statement: Select[Any]) -> list[Found]:
    return [dict(row._mapping) for row in connection.execute(statement)]


# --- searching --------------------------------------------------------------------------------


def newest_messages(connection: Connection, wanted: Wanted, page: int) -> Iterator[Found]:
    """All messages that match, newest first, read from the database in pages of so many."""
    table = messages.c
    conditions = _message_conditions(connection, wanted)
    below: list[ColumnElement[bool]] = []
    while True:
        ids = (
            select(table.record_id)
            .where(*conditions, *below)
            .order_by(table.record_id.desc())
            .limit(page)
        )
        keys = list(connection.scalars(ids))
        yield from _by_key(connection, keys)
        if len(keys) < page:
            return
        below = [table.record_id < keys[-1]]


def _by_key(connection: Connection, keys: list[int]) -> Iterator[Found]:
    table = messages.c
    for start in range(0, len(keys), KEYS_A_QUERY):
        some = keys[start : start + KEYS_A_QUERY]
        statement = (
            select(messages).where(table.record_id.in_(some)).order_by(table.record_id.desc())
        )
        yield from _all(connection, statement)


def stream(connection: Connection, kind: str, wanted: Wanted) -> Iterator[Found]:
    """All rows of "messages", "orders" or "executions" that match, oldest first."""
    options = {"yield_per": ROWS_A_FETCH}
    statement = _STREAMS[kind](connection, wanted)
    for row in connection.execute(statement, execution_options=options):
        yield dict(row._mapping)


def _all_messages(connection: Connection, wanted: Wanted) -> Select[Any]:
    conditions = _message_conditions(connection, wanted)
    return select(messages).where(*conditions).order_by(messages.c.record_id)


def _all_orders(connection: Connection, wanted: Wanted) -> Select[Any]:
    table = orders.c
    conditions = [
        *_equal(table, wanted, ("session", "order_id", "account", "symbol")),
        *_between(table.entered_ns, wanted),
        *_of_sessions(table.session, wanted),
        *_of_order(connection, table.order_no, wanted),
    ]
    if wanted.cl_ord_id:
        conditions.append(table.order_no.in_(_numbers(order_ids.c.id, wanted.cl_ord_id)))
    return select(orders).where(*conditions).order_by(table.order_no)


def _numbers(column: Column[Any], given: str) -> Select[Any]:
    """The numbers of the orders that have this there."""
    return select(column.table.c.order_no).where(column == _cut(given))


def _and_parts(numbers: Select[Any]) -> CompoundSelect[Any]:
    """The numbers of these orders, and of the parts that they went out in."""
    return union(numbers, select(orders.c.order_no).where(orders.c.whole_no.in_(numbers)))


def _all_executions(connection: Connection, wanted: Wanted) -> Select[Any]:
    """With the ids that the client knows: of a part, those of its whole."""
    table, whole = executions.c, orders.alias()
    conditions = [
        *_equal(table, wanted, ("account", "symbol")),
        *_equal(orders.c, wanted, ("session",)),
        *_between(table.time_ns, wanted),
        *_of_sessions(orders.c.session, wanted),
        *_of_order(connection, table.order_no, wanted),
    ]
    if wanted.exec_id:
        given = _cut(wanted.exec_id)
        conditions.append(or_(table.exec_id == given, table.report_id == given))
    if wanted.order_id:
        ours = _numbers(orders.c.order_id, wanted.order_id)
        conditions.append(table.order_no.in_(_and_parts(ours)))
    if wanted.cl_ord_id:
        named = _numbers(order_ids.c.id, wanted.cl_ord_id)
        conditions.append(table.order_no.in_(_and_parts(named)))
    told = (
        func.coalesce(whole.c.order_id, orders.c.order_id).label("order_id"),
        orders.c.session,
        func.coalesce(whole.c.cl_ord_id, orders.c.cl_ord_id).label("cl_ord_id"),
    )
    return (
        select(executions, *told)
        .join_from(executions, orders, table.order_no == orders.c.order_no, isouter=True)
        .join(whole, whole.c.order_no == orders.c.whole_no, isouter=True)
        .where(*conditions)
        .order_by(table.record_id)
    )


_STREAMS: Final = {
    "messages": _all_messages,
    "orders": _all_orders,
    "executions": _all_executions,
}


def _of_sessions(column: ColumnElement[str], wanted: Wanted) -> list[ColumnElement[bool]]:
    if not wanted.sessions:
        return []
    templates = [column.startswith(f"{name}.", autoescape=True) for name in wanted.sessions]
    return [or_(column.in_(wanted.sessions), *templates)]


def _of_order(connection: Connection, column: Column[Any], wanted: Wanted) -> list[Any]:
    if wanted.record:
        return [false()]  # a message that is about no order
    return [column.in_(_together(connection, wanted.order_no))] if wanted.order_no else []


def _together(connection: Connection, order_no: int) -> list[int]:
    """The numbers of an order and of its parts; of a part, of its whole and all parts."""
    table = orders.c
    whole = select(func.coalesce(table.whole_no, table.order_no)).where(table.order_no == order_no)
    return list(connection.scalars(_and_parts(whole))) or [order_no]


def _message_conditions(connection: Connection, wanted: Wanted) -> list[ColumnElement[bool]]:
    table = messages.c
    exact = ("session", "direction", "msg_type", "exec_id", "account", "symbol")
    conditions = [
        *_equal(table, wanted, exact),
        *_between(table.time_ns, wanted),
        *_of_sessions(table.session, wanted),
    ]
    if wanted.cl_ord_id:
        given = _cut(wanted.cl_ord_id)
        conditions.append(or_(table.cl_ord_id == given, table.orig_cl_ord_id == given))
    if wanted.order_id:
        # Asked before: a subquery inside of "or" would keep PostgreSQL from its indexes.
        ours = connection.scalars(_and_parts(_numbers(orders.c.order_id, wanted.order_id))).all()
        conditions.append(or_(table.order_id == _cut(wanted.order_id), table.order_no.in_(ours)))
    if wanted.order_no:
        about = union(*(_about(connection, no) for no in _together(connection, wanted.order_no)))
        keys = connection.scalars(about).all()
        few = len(keys) <= KEYS_AT_ONCE
        conditions.append(table.record_id.in_(keys if few else about))
    if wanted.record:
        conditions += _beside(connection, wanted.record)
    dialect = connection.dialect.name
    conditions += [contains(dialect, table.raw, part) for part in wanted.parts]
    if wanted.text:
        conditions.append(contains_any_case(dialect, table.raw, wanted.text))
    return conditions


def _about(connection: Connection, order_no: int) -> Select[Any]:
    """The keys of the messages about an order."""
    found = _all(connection, select(orders).where(orders.c.order_no == order_no))
    if found:
        return _keys_about(connection, found[0])
    return select(messages.c.record_id).where(messages.c.order_no == order_no)


def _beside(connection: Connection, record: int) -> list[ColumnElement[bool]]:
    """A message without an order, with those of its session in the same batch that have none."""
    table = messages.c
    link = connection.scalar(select(table.link).where(table.record_id == record))
    first = record - record % RECORDS_A_BATCH_MAX
    return [
        table.record_id.between(first, first + RECORDS_A_BATCH_MAX - 1),
        table.link == link,
        table.order_no.is_(None),
    ]


def _equal(table: Any, wanted: Wanted, names: Iterable[str]) -> list[ColumnElement[bool]]:
    given = {name: getattr(wanted, name) for name in names}
    return [table[name] == _cut(value) for name, value in given.items() if value]


def _between(column: ColumnElement[int], wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions = []
    if wanted.since_ns is not None:
        conditions.append(column >= wanted.since_ns)
    if wanted.until_ns is not None:
        conditions.append(column < wanted.until_ns)
    return conditions


def _cut(text: str) -> str:
    return text[:SEARCHED_LENGTH_MAX]


# --- one order --------------------------------------------------------------------------------


def find_orders(connection: Connection, key: str) -> list[Found]:
    """The orders that `key` leads to: the one with this OrderID(37), else all that ever had it as
    one of their ids.
    """
    found = _all(connection, select(orders).where(orders.c.order_id == _cut(key)))
    if found:
        return found
    numbers = _numbers(order_ids.c.id, key)
    statement = select(orders).where(orders.c.order_no.in_(numbers)).order_by(orders.c.order_no)
    return _all(connection, statement)


def parts_of(connection: Connection, order_no: int) -> list[Found]:
    """The parts that an order went out in, oldest first."""
    statement = select(orders).where(orders.c.whole_no == order_no)
    return _all(connection, statement.order_by(orders.c.order_no))


def ids_of(connection: Connection, order_no: int) -> dict[str, list[str]]:
    """Every id of an order, by kind."""
    found: dict[str, list[str]] = {}
    statement = (
        select(order_ids.c.kind, order_ids.c.id)
        .where(order_ids.c.order_no == order_no)
        .order_by(order_ids.c.kind, order_ids.c.id)
    )
    for kind, given in connection.execute(statement):
        found.setdefault(kind, []).append(given)
    return found


def messages_of(connection: Connection, order: Mapping[str, Any]) -> list[Found]:
    """All messages about an order on both sides, also those journalled before it was known which
    order they are about: resent ones, and ones that waited behind a gap.
    """
    key = messages.c.record_id
    statement = select(messages).where(key.in_(_keys_about(connection, order))).order_by(key)
    return _all(connection, statement)


def _keys_about(connection: Connection, order: Mapping[str, Any]) -> Select[Any]:
    table = messages.c
    ids = ids_of(connection, order["order_no"])
    client_ids = ids.get(CLIENT_ID, [])
    broker_ids = [given for kind in BROKER_IDS for given in ids.get(kind, ())]
    broker = select(sessions.c.link).where(sessions.c.name == order["broker"])
    at_client = table.link == order["link"]
    at_broker = table.link.in_(broker)
    found = union(
        select(table.record_id).where(table.order_no == order["order_no"]),
        *(_unclaimed(at_client, name, client_ids) for name in ("cl_ord_id", "orig_cl_ord_id")),
        *(_unclaimed(at_broker, name, broker_ids) for name in ("cl_ord_id", "orig_cl_ord_id")),
        _unclaimed(at_client, "order_id", [order["order_id"]]),
        _unclaimed(at_broker, "order_id", broker_ids),
    ).subquery()
    return select(found.c.record_id)


def _unclaimed(on: ColumnElement[bool], column: str, ids: list[str]) -> Select[Any]:
    """Messages of a session that name one of these ids and are known to be about no other order."""
    table = messages.c
    return select(table.record_id).where(on, table[column].in_(ids), table.order_no.is_(None))


def events_of(connection: Connection, order_no: int) -> list[Row[Any]]:
    """The events of an order, in the order of the journal."""
    return list(order_histories(connection, (order_no,)))


# --- the whole --------------------------------------------------------------------------------


def count_rows(connection: Connection) -> dict[str, int]:
    """How many rows each table has."""
    counts = {}
    for table in DATA_TABLES:
        counts[table.name] = connection.scalar(select(func.count()).select_from(table)) or 0
    return counts


def count_messages(connection: Connection) -> dict[str, int]:
    """How many messages the sessions exchanged, by direction; garbage is no message."""
    statement = (
        select(messages.c.direction, func.count().label("number"))
        .where(messages.c.garbled.is_(False))
        .group_by(messages.c.direction)
    )
    counted = {row.direction: row.number for row in connection.execute(statement)}
    return {"in": counted.get("in", 0), "out": counted.get("out", 0)}


def actions_named(connection: Connection, names: Iterable[str]) -> list[Found]:
    """What operators did by these commands, oldest first."""
    table = operator_actions.c
    return _all(
        connection,
        select(operator_actions).where(table.what.in_(list(names))).order_by(table.record_id),
    )
