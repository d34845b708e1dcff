"""What operators call a parked execution by."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0003"
down_revision: Final = "0002"
TABLES: Final = (
    *("messages", "orders", "order_ids", "order_events", "executions", "sessions"),
    *("session_events", "operator_actions", "halts", "projection"),
)


def upgrade() -> None:
    """Keys of what is parked already are in the journal alone: then all rows are made anew."""
    executions = sa.table("executions", sa.column("order_no"))
    parked = sa.select(sa.func.count()).where(executions.c.order_no.is_(None))
    is_there = op.get_bind().scalar(parked.select_from(executions))
    op.add_column("executions", sa.Column("parked_key", sa.Text, nullable=False, server_default=""))
    if is_there:
        for name in TABLES:
            op.execute(sa.delete(sa.table(name)))
