"""Of which order another is a part."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0102"
down_revision: Final = "0101"


def upgrade() -> None:
    """Before this there were no parts."""
    op.add_column("orders", sa.Column("whole_no", sa.BigInteger, nullable=True))
    is_part = sa.text("whole_no IS NOT NULL")
    op.create_index(
        "ix_orders_whole_no",
        "orders",
        ["whole_no"],
        sqlite_where=is_part,
        postgresql_where=is_part,
    )
