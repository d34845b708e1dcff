"""The time of the batch of a message."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0100"
down_revision: Final = "0005"


def upgrade() -> None:
    """Of messages that are there already it is in the journal: `fixgate audit rebuild` shows it."""
    op.add_column("messages", sa.Column("batch_ns", sa.BigInteger, nullable=True))
