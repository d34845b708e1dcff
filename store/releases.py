"""When what the journal's batches let leave had left, as the batches after them tell."""

from collections.abc import Iterable
from itertools import islice

from sqlalchemy import Connection, select

from store.queries import KEYS_A_QUERY
from store.tables import releases


def released_ns(connection: Connection, batches: Iterable[int]) -> dict[int, int]:
    """By the number of a batch, in UTC nanoseconds; of those that let something leave."""
    found: dict[int, int] = {}
    wanted = iter(sorted(batches))
    while some := list(islice(wanted, KEYS_A_QUERY)):
        told = select(releases.c.batch, releases.c.released_ns).where(releases.c.batch.in_(some))
        found |= {row.batch: row.released_ns for row in connection.execute(told)}
    return found
