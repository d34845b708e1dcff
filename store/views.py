"""Views for common questions, in SQL for both kinds of database: name, what it tells, statement.

Made anew with each migration, so they are always those of the program. Days are UTC, yyyy-mm-dd;
numbers made of decimal texts are NUMERIC, which SQLite reckons with as floating point.
"""

import re
from typing import Final, NamedTuple

from sqlalchemy import Connection


class View(NamedTuple):
    """`tells`: what a row is. `sql` has terms such as <day COLUMN>, see `_TERMS`."""

    tells: str
    sql: str


VIEWS: Final[dict[str, View]] = {
    "open_orders": View(
        "an order that may still be executed, the oldest first; of one that went out in parts, the"
        " parts as well, which say by whole_no what they are of",
        "SELECT * FROM orders WHERE open ORDER BY entered_ns",
    ),
    "executions_today": View(
        "an execution of this UTC day that counts, with the OrderID(37) and session of its order,"
        " which are those of the whole if it is of a part",
        "SELECT e.*, coalesce(w.order_id, o.order_id) AS order_id, o.session FROM executions e"
        " LEFT JOIN orders o ON o.order_no = e.order_no"
        " LEFT JOIN orders w ON w.order_no = o.whole_no"
        " WHERE e.status = 'booked' AND e.time_ns >= <midnight_ns>",
    ),
    "account_days": View(
        "what an account executed on a UTC day: executions, orders (in however many parts), bought"
        " and sold quantity, and value (quantity times price) in the symbols' own currencies",
        "SELECT account, <day time_ns> AS day, symbol, count(*) AS executions,"
        " count(DISTINCT coalesce((SELECT o.whole_no FROM orders o"
        " WHERE o.order_no = executions.order_no), order_no)) AS orders,"
        " sum(CASE WHEN <bought> THEN <number last_qty> ELSE 0 END) AS bought,"
        " sum(CASE WHEN <bought> THEN 0 ELSE <number last_qty> END) AS sold,"
        " sum(<number last_qty> * <number last_px>) AS value"
        " FROM executions WHERE <counts>"
        " GROUP BY account, <day time_ns>, symbol",
    ),
    "position_summary": View(
        "what all executions here made of an account's symbol: bought, sold, net quantity, and what"
        " was paid less what was received; imports and adjustments are not in it, `fixgate"
        " positions` has them",
        "SELECT account, symbol,"
        " sum(CASE WHEN <bought> THEN <number last_qty> ELSE 0 END) AS bought,"
        " sum(CASE WHEN <bought> THEN 0 ELSE <number last_qty> END) AS sold,"
        " sum(CASE WHEN <bought> THEN <number last_qty> ELSE -<number last_qty> END) AS net,"
        " sum(CASE WHEN <bought> THEN <number last_qty> ELSE -<number last_qty> END"
        " * <number last_px>) AS paid"
        " FROM executions WHERE <counts> GROUP BY account, symbol",
    ),
    "rejects_by_reason": View(
        "how many orders fixgate refused on a UTC day for a session by a code",
        "SELECT <day entered_ns> AS day, refusal_code, session, count(*) AS orders FROM orders"
        " WHERE refusal_code <> '' GROUP BY <day entered_ns>, refusal_code, session",
    ),
    "broker_latencies": View(
        "how long a broker took on a UTC day from an order to its first answer: orders, and the"
        " least, mean and greatest microseconds",
        "SELECT broker, <day sent_ns> AS day, count(*) AS orders,"
        " min(answered_ns - sent_ns) / 1000 AS least_us,"
        " CAST(avg(answered_ns - sent_ns) / 1000 AS BIGINT) AS mean_us,"
        " max(answered_ns - sent_ns) / 1000 AS greatest_us FROM"
        " (SELECT o.session AS broker, o.batch_ns AS sent_ns, min(a.time_ns) AS answered_ns"
        " FROM messages o JOIN messages a"
        " ON a.cl_ord_id = o.cl_ord_id AND a.link = o.link AND a.direction = 'in'"
        " WHERE o.msg_type = 'D' AND o.direction = 'out' AND NOT o.resent AND NOT o.kept"
        " AND o.batch_ns IS NOT NULL GROUP BY o.record_id, o.session, o.batch_ns) answers"
        " GROUP BY broker, <day sent_ns>",
    ),
    "risk_limits": View(
        "what was said last of a limit of a scope while the gateway ran, who said it, when and"
        ' why; value "": as configured',
        "SELECT e.time_ns, <json scope> AS scope, <json limit> AS limit_name, e.name AS event,"
        " <json old> AS old, <json value> AS value, <json who> AS who, <json why> AS why"
        " FROM order_events e JOIN (SELECT max(record_id) AS record_id FROM order_events"
        " WHERE order_no = 0"
        " AND name IN ('LimitSet', 'LimitWithdrawn', 'LimitLapsed', 'LimitOverridden')"
        " GROUP BY <json scope>, <json limit>) newest ON newest.record_id = e.record_id",
    ),
    "routes": View(
        "which rule sent an order to which broker, and, where a route has several, what each was"
        " judged by",
        "SELECT o.order_no, o.order_id, o.entered_ns, o.route, o.broker,"
        " <json version> AS version, <json strategy> AS strategy, <json arrival> AS arrival,"
        " <json record> AS judged_by FROM orders o"
        " LEFT JOIN order_events e ON e.order_no = o.order_no AND e.name = 'OrderRouted'"
        " WHERE o.route <> ''",
    ),
}

_TERM: Final = re.compile(r"<(day|number|json|midnight_ns|bought|counts)((?: \w+)?)>")
_BOUGHT: Final = "side IN ('1', '3')"
# What an account takes in suspense may lack what a position is made of.
_COUNTS: Final = (
    "(status = 'booked' OR status = 'suspense' AND symbol <> ''"
    " AND side IN ('1', '2', '3', '4', '5', '6') AND "
)
# How a term of a statement is said, {} for its column or name.
_TERMS: Final[dict[str, dict[str, str]]] = {
    "sqlite": {
        "day": "date({} / 1000000000, 'unixepoch')",
        "number": "CAST({} AS NUMERIC)",
        "json": "json_extract(details, '$.{}')",
        "midnight_ns": "unixepoch('now', 'start of day') * 1000000000",
        "bought": _BOUGHT,
        "counts": _COUNTS + "CAST(last_qty AS NUMERIC) > 0 AND last_px GLOB '[-.0-9]*')",
    },
    "postgresql": {
        "day": "to_char(to_timestamp({} / 1000000000) AT TIME ZONE 'UTC', 'YYYY-MM-DD')",
        "number": "CAST({} AS NUMERIC)",
        "json": "(details::json ->> '{}')",
        "midnight_ns": "CAST(extract(epoch FROM date_trunc('day', now() AT TIME ZONE 'UTC'))"
        " AS BIGINT) * 1000000000",
        "bought": _BOUGHT,
        "counts": _COUNTS + "last_qty ~ '[1-9]' AND last_qty ~ '^([0-9]+[.]?[0-9]*|[.][0-9]+)$'"
        " AND last_px ~ '^-?([0-9]+[.]?[0-9]*|[.][0-9]+)$')",
    },
}


def drop_views(connection: Connection) -> None:
    """Remove those that are there."""
    for name in VIEWS:
        connection.exec_driver_sql(f"DROP VIEW IF EXISTS {name}")


def make_views(connection: Connection) -> None:
    """Make all; none is there."""
    dialect = connection.dialect.name
    for name, view in VIEWS.items():
        connection.exec_driver_sql(f"CREATE VIEW {name} AS {_said(view.sql, dialect)}")
        if connection.dialect.supports_comments:
            told = view.tells.replace("'", "''")
            connection.exec_driver_sql(f"COMMENT ON VIEW {name} IS '{told}'")


def _said(sql: str, dialect: str) -> str:
    """The statement with its terms <NAME COLUMN> as this kind of database says them."""
    terms = _TERMS[dialect]
    return _TERM.sub(lambda found: terms[found[1]].format(found[2].strip()), sql)
