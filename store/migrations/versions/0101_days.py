"""On PostgreSQL, messages by UTC days. Those that are there stay, as one partition."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0101"
down_revision: Final = "0100"
DAY_NS: Final = 86_400_000_000_000
INDEXED: Final = (
    *("order_no", "cl_ord_id", "orig_cl_ord_id", "order_id", "exec_id", "account", "symbol"),
)


def upgrade() -> None:
    """No row is copied: the old table becomes a partition, with its indexes."""
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    newest = connection.scalar(sa.text("SELECT max(time_ns) FROM messages"))
    op.execute("ALTER TABLE messages RENAME TO messages_before")
    op.execute("ALTER TABLE messages_before DROP CONSTRAINT pk_messages")
    for name in (*INDEXED, "time_ns"):
        op.execute(f"ALTER INDEX IF EXISTS ix_messages_{name} RENAME TO ix_messages_before_{name}")
    op.execute(
        "CREATE TABLE messages (LIKE messages_before INCLUDING DEFAULTS,"
        " CONSTRAINT pk_messages PRIMARY KEY (record_id, time_ns)) PARTITION BY RANGE (time_ns)"
    )
    for name in INDEXED:
        op.execute(f"CREATE INDEX ix_messages_{name} ON messages ({name}) WHERE {name} IS NOT NULL")
    op.execute("CREATE INDEX ix_messages_time_ns ON messages (time_ns)")
    if newest is None:
        op.execute("DROP TABLE messages_before")
        return
    end = (newest // DAY_NS + 1) * DAY_NS
    op.execute(
        "ALTER TABLE messages ATTACH PARTITION messages_before"
        f" FOR VALUES FROM (MINVALUE) TO ({end})"
    )
