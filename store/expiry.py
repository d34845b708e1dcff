"""Removes the rows of what has expired from the audit database. Knows tables and keys, no meaning.

Rows that stand for what is still so stay: sessions, orders that are open or changed later with all
of their events, what is parked, and halts in force by then.
"""

from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, delete, exists, select

from store.tables import (
    executions,
    halts,
    messages,
    operator_actions,
    order_events,
    order_ids,
    orders,
    releases,
    session_events,
)

BY_RECORD: Final = (messages, session_events, releases, operator_actions)
"""Tables whose rows are of one record each and stand for nothing later."""


def expire(connection: Connection, before: int, until_ns: int) -> None:
    """Remove the rows that are made of records before `before` (a `record_id`) alone; the latest
    of these was at `until_ns` (UTC).
    """
    over = _over(before)
    for table in (executions, order_ids, orders):
        connection.execute(delete(table).where(table.c.order_no.in_(over)))
    left = exists().where(orders.c.order_no == order_events.c.order_no)
    connection.execute(delete(order_events).where(_is_before(order_events, before), ~left))
    for table in BY_RECORD:
        connection.execute(delete(table).where(_is_before(table, before)))
    ended = halts.c.resumed_ns <= until_ns
    connection.execute(delete(halts).where(_is_before(halts, before), ended))


def _is_before(table: Any, before: int) -> ColumnElement[bool]:
    return table.c.record_id < before  # type: ignore[no-any-return]  # columns are untyped


def _over(before: int) -> Select[tuple[int]]:
    """The numbers of orders of which nothing is later, and that are not open."""
    later = order_events.alias()
    is_later = exists().where(
        later.c.order_no == order_events.c.order_no, later.c.record_id >= before
    )
    is_open = exists().where(orders.c.order_no == order_events.c.order_no, orders.c.open)
    return (
        select(order_events.c.order_no)
        .where(_is_before(order_events, before), order_events.c.order_no > 0, ~is_later, ~is_open)
        .distinct()
    )
