"""Messages that name an id which no order here has: of another engine's history, of an order that
was refused before it was one, of a broker alone.
"""

from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from store.queries import Found
from store.tables import SEARCHED_LENGTH_MAX, messages

NAMING: Final = ("cl_ord_id", "orig_cl_ord_id", "order_id")
NAMED_MAX: Final = 1_000
"""So many messages are one story at the most."""
_NOTHING: Final = frozenset({"", "0", "NONE", "None", "none", "UNKNOWN", "N/A"})
"""What stands in OrderID(37) where there is none, such as of a rejected order."""


def messages_naming(connection: Connection, key: str) -> list[Found]:
    """Messages about no order that have `key` as ClOrdID(11), OrigClOrdID(41) or OrderID(37), and
    those of the same session that have an id which these have; oldest first, one more than
    NAMED_MAX if there are more.
    """
    named = _read(connection, _names({key[:SEARCHED_LENGTH_MAX]}))
    ids: dict[int, set[str]] = {}
    for row in named:
        ids.setdefault(row["link"], set()).update(row[column] or "" for column in NAMING)
    beside = [and_(messages.c.link == n, _names(some - _NOTHING)) for n, some in ids.items()]
    return _read(connection, or_(*beside)) if beside and len(named) <= NAMED_MAX else named


def _names(ids: set[str]) -> ColumnElement[bool]:
    return or_(*(messages.c[column].in_(sorted(ids)) for column in NAMING))


def _read(connection: Connection, condition: ColumnElement[bool]) -> list[Found]:
    statement = select(messages).where(messages.c.order_no.is_(None), condition)
    found: Any = connection.execute(statement.order_by(messages.c.record_id).limit(NAMED_MAX + 1))
    return [dict(row) for row in found.mappings()]
