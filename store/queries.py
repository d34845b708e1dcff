"""What is asked of the audit database. Rows go out as they stand; their meaning is the caller's."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final

from sqlalchemy import Connection, Row, select

from store.tables import order_events

KEYS_A_QUERY: Final = 500


def order_histories(connection: Connection, numbers: Iterable[int]) -> Iterator[Row[Any]]:
    """The events of these orders, each order's in the order of the journal."""
    wanted = iter(sorted(numbers))
    while some := list(islice(wanted, KEYS_A_QUERY)):
        yield from connection.execute(
            select(order_events)
            .where(order_events.c.order_no.in_(some))
            .order_by(order_events.c.record_id)
        )
