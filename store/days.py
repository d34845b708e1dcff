"""Days of `messages` on PostgreSQL: each UTC day is a partition, made when its first message comes.

A search of a day reads that day only. Rows of before there were partitions stay in one of their
own, MESSAGES_BEFORE, whose end is a midnight.
"""

import re
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection, text

DAY_NS: Final = 86_400_000_000_000
MESSAGES_BEFORE: Final = "messages_before"
_BOUND: Final = re.compile(r"TO \('(-?[0-9]+)'\)")


def make_days(connection: Connection, days: set[int]) -> None:
    """Make the partitions that are missing of these days, numbered from 1970-01-01."""
    for day in sorted(days):
        name = f"messages_{datetime.fromtimestamp(day * 86_400, UTC):%Y%m%d}"
        if _is_there(connection, name) or day * DAY_NS < _end_of_before(connection):
            continue
        # Made apart and then attached: that waits for no reader.
        connection.exec_driver_sql(f"CREATE TABLE {name} (LIKE messages INCLUDING DEFAULTS)")
        connection.exec_driver_sql(
            f"ALTER TABLE messages ATTACH PARTITION {name}"
            f" FOR VALUES FROM ({day * DAY_NS}) TO ({(day + 1) * DAY_NS})"
        )


def _is_there(connection: Connection, name: str) -> bool:
    return connection.scalar(text("SELECT to_regclass(:name)"), {"name": name}) is not None


def _end_of_before(connection: Connection) -> int:
    """The first time that is not in the partition of old rows, UTC ns; 0: there is none."""
    bound = connection.scalar(
        text("SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE oid = to_regclass(:name)"),
        {"name": MESSAGES_BEFORE},
    )
    found = _BOUND.search(bound or "")
    return int(found[1]) if found is not None else 0
