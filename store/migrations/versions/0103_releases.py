"""When what a batch let leave had left."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0103"
down_revision: Final = "0102"


def upgrade() -> None:
    """Journals of before tell none."""
    op.create_table(
        "releases",
        sa.Column("record_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite")),
        sa.Column("batch", sa.BigInteger, nullable=False),
        sa.Column("released_ns", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("record_id", name="pk_releases"),
    )
    op.create_index("ix_releases_batch", "releases", ["batch"])
